/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netlink-burst - open one netlink protocol from many threads at once
 *
 * usage: netlink-burst PROTO THREADS
 * The threads meet at a barrier and call socket() together. Where the protocol
 * belongs to a module that is not loaded, each call makes the kernel start
 * modprobe and looks once, afterwards, whether the protocol is there.
 *
 * Prints one line, "ok N of THREADS" and then " ERRNO=COUNT" for each reason of
 * a failure. Exit: 0 all calls succeeded, 1 some failed, 2 the test itself
 * could not be done. Sockets stay open until every thread has its answer.
 */
#define _GNU_SOURCE	/* strerrorname_np() */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netlink.h>

#define THREADS_MAX 1024

struct call {
	int fd;		/* >= 0, or -1 and err */
	int err;
};

static pthread_barrier_t start;
static int proto;

static void *open_one(void *arg)
{
	struct call *call = arg;

	(void)pthread_barrier_wait(&start);
	call->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, proto);
	call->err = call->fd < 0 ? errno : 0;
	return NULL;
}

static bool number(const char *text, int min, int max, int *ret)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < min || n > max)
		return false;
	*ret = (int)n;
	return true;
}

int main(int argc, char **argv)
{
	static pthread_t threads[THREADS_MAX];
	static struct call calls[THREADS_MAX];
	int n, ok = 0, r;

	if (argc != 3 || !number(argv[1], 0, 1000, &proto) ||
	    !number(argv[2], 1, THREADS_MAX, &n)) {
		fprintf(stderr, "usage: netlink-burst PROTO THREADS\n");
		return 2;
	}
	r = pthread_barrier_init(&start, NULL, (unsigned int)n);
	for (int i = 0; r == 0 && i < n; i++)
		r = pthread_create(&threads[i], NULL, open_one, &calls[i]);
	if (r != 0) {
		fprintf(stderr, "netlink-burst: %s\n", strerror(r));
		return 2;
	}
	for (int i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);

	for (int i = 0; i < n; i++) {
		if (calls[i].fd >= 0) {
			ok++;
			(void)close(calls[i].fd);
		}
	}
	printf("ok %d of %d", ok, n);
	for (int i = 0; i < n; i++) {
		int err = calls[i].err, count = 0;
		const char *name;

		if (err == 0)
			continue;
		for (int j = i; j < n; j++) {	/* count this reason and strike it out */
			if (calls[j].err == err) {
				count++;
				calls[j].err = 0;
			}
		}
		name = strerrorname_np(err);
		if (name)
			printf(" %s=%d", name, count);
		else
			printf(" %d=%d", err, count);
	}
	printf("\n");
	if (fflush(stdout) != 0)
		return 2;
	return ok == n ? 0 : 1;
}
