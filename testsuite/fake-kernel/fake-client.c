/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-client.c - one thing at a time done on the fake kernel, for its self-test.
 *
 *   load FILE PARAMS [FLAGS]	finit_module by syscall(); prints 0 or the error's text
 *   image FILE PARAMS		init_module by syscall()
 *   image-libc FILE PARAMS	init_module by libc
 *   unload NAME FLAGS		delete_module by syscall()
 *   probe			finit_module(-1, "", 0)
 *   show NAME			prints what sysfs and /proc/modules show
 *   late NAME FILE [MARK]	opens initstate, makes MARK, reads once FILE is there; prints the text or the error
 *   uevents MARK FILE		listens, makes MARK, prints what came once FILE is there: SENDER GROUP TEXT, 1st lines
 *   paths			every kind of path function on /etc/marker; prints what is wrong
 *   syslog TEXT		two messages, one before openlog()
 *   uname			prints the release
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <linux/netlink.h>

extern int init_module(const void *image, unsigned long len, const char *params);

static int report(long r)
{
	puts(r < 0 ? strerror(errno) : "0");
	return r < 0;
}

static void nap(long msec)
{
	struct timespec t = { msec / 1000, msec % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

static int load(const char *file, const char *params, int flags)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0) {
		perror(file);
		return 2;
	}
	r = report(syscall(SYS_finit_module, fd, params, flags));
	close(fd);
	return r;
}

static int image(const char *file, const char *params, bool libc)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), r = 2;
	char *text = malloc(65536);
	ssize_t n = -1;

	if (fd >= 0 && text)
		n = read(fd, text, 65536);
	if (n >= 0)
		r = report(libc ? (long)init_module(text, (unsigned long)n, params) :
			   syscall(SYS_init_module, text, (unsigned long)n, params));
	free(text);
	if (fd >= 0)
		close(fd);
	return r;
}

/* One word of a small file of the module, `-` if it is not there. */
static void word_of(const char *mod, const char *file, char *word)
{
	char path[256];
	FILE *f;

	strcpy(word, "-");
	snprintf(path, sizeof(path), "/sys/module/%s/%s", mod, file);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fscanf(f, "%15s", word) != 1)
		strcpy(word, "?");
	fclose(f);
}

static void proc_words(const char *mod, char *word, char *ref)
{
	char line[512], name[64];
	FILE *f = fopen("/proc/modules", "re");

	strcpy(word, "-");
	strcpy(ref, "-");
	while (f && fgets(line, sizeof(line), f)) {
		char r[16], w[16];

		if (sscanf(line, "%63s %*s %15s %*s %15s", name, r, w) == 3 && strcmp(name, mod) == 0) {
			strcpy(word, w);
			strcpy(ref, r);
		}
	}
	if (f)
		fclose(f);
}

/* STATE REFCNT of /proc/modules, what is in the directory, initstate, refcnt */
static int show(const char *mod)
{
	static const char *const parts[] = { "", "/holders", "/parameters", "/sections" };
	char init[16], ref[16], word[16], procref[16], path[256], seen[] = "dhps";

	proc_words(mod, word, procref);
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/sys/module/%s%s", mod, parts[i]);
		if (access(path, F_OK) < 0)
			seen[i] = '-';
	}
	word_of(mod, "initstate", init);
	word_of(mod, "refcnt", ref);
	return printf("%s %s %s %s %s\n", word, procref, seen, init, ref) < 0;
}

static int late(const char *mod, const char *file, const char *mark)
{
	char path[256], text[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", mod);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return report(-1);
	if (mark)
		close(creat(mark, 0644));
	while (access(file, F_OK) < 0)
		nap(5);
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return report(-1);
	printf("%.*s", (int)n, text);
	close(fd);
	return 0;
}

static int uevents(const char *mark, const char *file)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	socklen_t len = sizeof(nl);
	char text[256];
	ssize_t n;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&nl, sizeof(nl)) < 0)
		return report(-1);
	close(creat(mark, 0644));
	while (access(file, F_OK) < 0)
		nap(5);
	while ((n = recvfrom(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&nl, &len)) >= 0) {
		text[n] = '\0';
		printf("%u %u %s\n", nl.nl_pid, nl.nl_groups, text);
	}
	close(fd);
	return errno != EAGAIN;
}

static int wrong;
#define WANT(what) do { if (!(what)) { printf("wrong: %s (%s)\n", #what, strerror(errno)); wrong++; } } while (0)

static int paths(void)
{
	char buf[4096], temp[] = "/run/temp.XXXXXX";
	struct dirent *d;
#ifdef STATX_SIZE /* young in musl */
	struct statx sx;
#endif
	struct stat st;
	bool found = false;
	FILE *f;
	DIR *dir;
	int fd;

	WANT((fd = open("/etc/marker", O_RDONLY)) >= 0 && read(fd, buf, 16) == 5 && close(fd) == 0);
	WANT((fd = openat(AT_FDCWD, "//etc/./marker", O_RDONLY)) >= 0 && close(fd) == 0);
	WANT((fd = open("/etc", O_RDONLY | O_DIRECTORY)) >= 0);
	WANT(faccessat(fd, "marker", R_OK, 0) == 0 && fstatat(fd, "marker", &st, 0) == 0 && st.st_size == 5);
	close(fd);
	WANT((fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/marker", O_RDONLY)) >= 0 && close(fd) == 0);
	WANT((f = fopen("/etc/marker", "re")) && fgets(buf, 16, f) && strcmp(buf, "mark\n") == 0 && fclose(f) == 0);
	WANT((dir = opendir("/etc")));
	while (dir && (d = readdir(dir)))
		found |= strcmp(d->d_name, "marker") == 0;
	if (dir)
		closedir(dir);
	WANT(found);
	WANT(stat("/etc/marker", &st) == 0 && st.st_size == 5);
	WANT(lstat("/etc/link", &st) == 0 && S_ISLNK(st.st_mode));
#ifdef STATX_SIZE
	WANT(statx(AT_FDCWD, "/etc/marker", 0, STATX_SIZE, &sx) == 0 && sx.stx_size == 5);
#endif
	WANT(access("/etc/marker", R_OK) == 0);
	WANT(readlink("/etc/link", buf, sizeof(buf)) == 6);
	WANT(readlinkat(AT_FDCWD, "/etc/link", buf, sizeof(buf)) == 6);
	WANT(realpath("/etc/link", buf) && access(buf, R_OK) == 0 && strcmp(buf, "/etc/marker") != 0);
	WANT(stat(buf, &st) == 0 && st.st_size == 5);	/* inside the tree: not redirected again */
	WANT(mkdir("/run/d", 0755) == 0 && mkdir("/run/d", 0755) < 0 && errno == EEXIST && rmdir("/run/d") == 0);
	WANT((fd = creat("/run/f", 0644)) >= 0 && close(fd) == 0 && rename("/run/f", "/run/g") == 0);
	WANT(renameat(AT_FDCWD, "/run/g", AT_FDCWD, "/run/h") == 0 && symlink("/x", "/run/s") == 0);
	WANT(unlink("/run/h") == 0 && unlinkat(AT_FDCWD, "/run/s", 0) == 0);
	WANT((fd = mkstemp(temp)) >= 0 && strstr(temp, "XXXXXX") == NULL && close(fd) == 0 && unlink(temp) == 0);
	WANT(access("/etc/hostname", F_OK) < 0 && access("/usr/lib/os-release", F_OK) < 0);
	WANT(access("/lib/modprobe.d", F_OK) < 0 && access("/usr/local/etc", F_OK) < 0);
	WANT(access("/etcetera", F_OK) < 0 && access("/proc/self/maps", R_OK) == 0 && access("/proc/1", F_OK) == 0);
	WANT(access("/proc/meminfo", F_OK) < 0 && access("/sys/kernel", F_OK) < 0);
	WANT(access("/dev/null", R_OK) == 0 && access("/bin/sh", X_OK) == 0);
	return wrong > 0;
}

/* Without SA_RESTART: a signal ends a wait with EINTR. */
static void on_signal(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct utsname u;

	(void)sigaction(SIGUSR1, &sa, NULL);
	if (argc >= 4 && strcmp(argv[1], "load") == 0)
		return load(argv[2], argv[3], argc > 4 ? atoi(argv[4]) : 0);
	if (argc == 4 && strcmp(argv[1], "image") == 0)
		return image(argv[2], argv[3], false);
	if (argc == 4 && strcmp(argv[1], "image-libc") == 0)
		return image(argv[2], argv[3], true);
	if (argc == 4 && strcmp(argv[1], "unload") == 0)
		return report(syscall(SYS_delete_module, argv[2], (unsigned int)atoi(argv[3])));
	if (argc == 2 && strcmp(argv[1], "probe") == 0)
		return report(syscall(SYS_finit_module, -1, "", 0));
	if (argc == 3 && strcmp(argv[1], "show") == 0)
		return show(argv[2]);
	if (argc >= 4 && strcmp(argv[1], "late") == 0)
		return late(argv[2], argv[3], argv[4]);	/* NULL at the end of argv */
	if (argc == 4 && strcmp(argv[1], "uevents") == 0)
		return uevents(argv[2], argv[3]);
	if (argc == 2 && strcmp(argv[1], "paths") == 0)
		return paths();
	if (argc == 3 && strcmp(argv[1], "syslog") == 0) {
		syslog(LOG_USER | LOG_INFO, "before %d", 1);
		openlog("client", LOG_CONS, LOG_DAEMON);
		syslog(LOG_CRIT, "%s", argv[2]);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "uname") == 0 && uname(&u) == 0)
		return puts(u.release) < 0;
	fputs("fake-client: see the head of its source\n", stderr);
	return 2;
}
