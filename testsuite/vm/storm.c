/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * storm - modprobe against modprobe -r, and what each exit status was worth
 *
 * usage: [STORM_OPTION=OPTION] storm LOADS LOADERS REMOVERS PAUSE_USEC MODULE
 * LOADERS processes run "modprobe [OPTION] MODULE", LOADS times each, and REMOVERS "modprobe -r
 * MODULE" until the last loader is through. The module says on the kernel log when it
 * was of use (modules/fixture.h); a modprobe that ended with 0 must have seen such a
 * time. The first load that fails stops the kernel's trace, if there is one. Prints one
 * line of figures:
 *   loads=N load_failed=N lies=N removals=N removal_failed=N ups=N slowest_ms=N
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 20000
#define TIMES_MAX 40000

struct run {
	int64_t begin, end; /* nanoseconds */
	int status;
	int remove;
};

/* Shared by all processes. */
static struct shared {
	int n;
	int loading; /* loaders that are not through */
	struct run run[RUNS_MAX];
} *the;

static int64_t up[TIMES_MAX], down[TIMES_MAX];

static int64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int spawn(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void stop_trace(void)
{
	int fd = open("/sys/kernel/tracing/tracing_on", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* not mounted */
	if (write(fd, "0", 1) != 1)
		perror("storm: tracing_on");
	(void)close(fd);
}

static void worker(int remove, int loads, int pause, char *module)
{
	char modprobe[] = "/sbin/modprobe", minus_r[] = "-r";
	char *option = getenv("STORM_OPTION");
	char *load[] = { modprobe, option ? option : module, option ? module : NULL, NULL };
	char *unload[] = { modprobe, minus_r, module, NULL };

	while (remove ? __atomic_load_n(&the->loading, __ATOMIC_RELAXED) > 0 : loads-- > 0) {
		int i = __atomic_fetch_add(&the->n, 1, __ATOMIC_RELAXED);
		struct run *run;

		if (i >= RUNS_MAX)
			break;
		run = &the->run[i];
		run->remove = remove;
		run->begin = now();
		run->status = spawn(remove ? unload : load);
		run->end = now();
		if (!remove && run->status != 0) {
			stop_trace();
			fprintf(stderr, "storm: process %d: a load ended with %d, from %lld to %lld ns\n",
				(int)getpid(), run->status, (long long)run->begin,
				(long long)run->end);
		}
		if (pause)
			(void)usleep((useconds_t)(rand() % pause));
	}
	if (!remove)
		(void)__atomic_fetch_sub(&the->loading, 1, __ATOMIC_RELAXED);
	_exit(0);
}

/* The times on the log: number of ups, and down[i] of each, INT64_MAX while it lasts. */
static int read_log(int fd, const char *module)
{
	char record[8192], word[64], name[64];
	int n = 0;
	ssize_t len;

	for (;;) {
		long long t;
		const char *text;

		len = read(fd, record, sizeof(record) - 1);
		if (len < 0 && errno == EPIPE) {
			fprintf(stderr, "storm: the kernel log was too short\n");
			exit(2);
		}
		if (len <= 0)
			break;
		record[len] = '\0';
		text = strstr(record, "fixture: ");
		if (!text || sscanf(text, "fixture: %63s %63s %lld", name, word, &t) != 3 ||
		    strcmp(name, module) != 0)
			continue;
		if (strcmp(word, "up") == 0 && n < TIMES_MAX) {
			up[n] = t;
			down[n++] = INT64_MAX;
		} else if (strcmp(word, "down") == 0 && n > 0) {
			down[n - 1] = t;
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	int loads = 0, load_failed = 0, lies = 0, removals = 0, removal_failed = 0, n, log;
	int64_t slowest = 0;

	if (argc != 6) {
		fprintf(stderr, "usage: storm LOADS LOADERS REMOVERS PAUSE_USEC MODULE\n");
		return 2;
	}
	the = mmap(NULL, sizeof(*the), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (the == MAP_FAILED || log < 0 || lseek(log, 0, SEEK_END) < 0) {
		perror("storm");
		return 2;
	}
	the->loading = atoi(argv[2]);
	for (int i = 0; i < atoi(argv[2]) + atoi(argv[3]); i++) {
		if (fork() == 0) {
			srand((unsigned int)i);
			worker(i >= atoi(argv[2]), atoi(argv[1]), atoi(argv[4]), argv[5]);
		}
	}
	while (wait(NULL) > 0)
		;
	n = read_log(log, argv[5]);
	for (int i = 0; i < the->n && i < RUNS_MAX; i++) {
		const struct run *run = &the->run[i];
		int seen = 0;

		if (run->end - run->begin > slowest)
			slowest = run->end - run->begin;
		if (run->remove) {
			removals++;
			removal_failed += run->status != 0;
			continue;
		}
		loads++;
		load_failed += run->status != 0;
		for (int k = 0; k < n && !seen; k++)
			seen = up[k] <= run->end && down[k] >= run->begin;
		if (run->status == 0 && !seen) {
			lies++;
			fprintf(stderr, "storm: exit 0 without a live module, from %lld to %lld ns\n",
				(long long)run->begin, (long long)run->end);
		}
	}
	printf("loads=%d load_failed=%d lies=%d removals=%d removal_failed=%d ups=%d slowest_ms=%lld\n",
	       loads, load_failed, lies, removals, removal_failed, n, (long long)(slowest / 1000000));
	return 0;
}
