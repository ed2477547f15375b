/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * demand - ask the kernel for many things it has in modules, all at once
 *
 * usage: demand TIMES THING...
 * Each THING is asked for by TIMES threads; all threads begin together:
 *   fs:TYPE               a file system of this type to be configured for a mount
 *   mount:TYPE:DEV:DIR    a real mount, read only; that another thread was first is as good
 *   socket:AF:TYPE:PROTO  numbers
 *   alg:TYPE:NAME         an AF_ALG socket bound to it
 *   open:PATH
 * Prints "ok N of M", then " THING=ERRNO" for each that failed. Exit 0: none did.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/if_alg.h>

#define THREADS_MAX 1000

static struct call {
	char *thing;
	int fd; /* >= 0, or a negative errno */
} calls[THREADS_MAX];

static pthread_barrier_t begin;

static int bind_alg(const char *type, const char *name)
{
	struct sockaddr_alg alg = { .salg_family = AF_ALG };
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return fd;
	memcpy(alg.salg_type, type, strnlen(type, sizeof(alg.salg_type) - 1));
	memcpy(alg.salg_name, name, strnlen(name, sizeof(alg.salg_name) - 1));
	if (bind(fd, (struct sockaddr *)&alg, sizeof(alg)) == 0)
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

static int ask_for(const char *thing)
{
	char a[64], b[64], c[64];
	int family, type, proto;

	if (sscanf(thing, "fs:%63s", a) == 1)
		return (int)syscall(SYS_fsopen, a, 1 /* FSOPEN_CLOEXEC */);
	if (sscanf(thing, "mount:%63[^:]:%63[^:]:%63s", a, b, c) == 3)
		return mount(b, c, a, MS_RDONLY, NULL) == 0 || errno == EBUSY ? 0 : -1;
	if (sscanf(thing, "socket:%d:%d:%d", &family, &type, &proto) == 3)
		return socket(family, type | SOCK_CLOEXEC, proto);
	if (sscanf(thing, "alg:%63[^:]:%63s", a, b) == 2)
		return bind_alg(a, b);
	if (sscanf(thing, "open:%63s", a) == 1)
		return open(a, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	errno = EINVAL;
	return -1;
}

static void *ask(void *arg)
{
	struct call *call = arg;

	(void)pthread_barrier_wait(&begin);
	call->fd = ask_for(call->thing);
	if (call->fd < 0)
		call->fd = -errno;
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t threads[THREADS_MAX];
	int times = argc > 2 ? atoi(argv[1]) : 0, n = times * (argc - 2), good = 0;

	if (n < 1 || n > THREADS_MAX || pthread_barrier_init(&begin, NULL, (unsigned int)n) != 0) {
		fprintf(stderr, "usage: demand TIMES THING...\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		calls[i].thing = argv[2 + i % (argc - 2)];
		if (pthread_create(&threads[i], NULL, ask, &calls[i]) != 0)
			return 2;
	}
	for (int i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	for (int i = 0; i < n; i++)
		good += calls[i].fd >= 0;
	printf("ok %d of %d", good, n);
	for (int i = 0; i < n; i++) {
		if (calls[i].fd < 0)
			printf(" %s=%s", calls[i].thing, strerrorname_np(-calls[i].fd));
	}
	printf("\n");
	return good == n ? 0 : 1;
}
