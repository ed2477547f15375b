/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * echo-client - many clients of an echo daemon on this machine at once
 *
 * usage: echo-client PORT CLIENTS BYTES
 * Each client has a thread, sends BYTES of its own and wants them back. All are
 * connected before the first one sends. Prints "ok N of CLIENTS"; exit 0 if all are.
 * CLIENTS 0: one client that connects, prints "connected" and stays until standard
 * input ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 1000
#define PIECE 4096

static pthread_barrier_t connected;
static struct sockaddr_in to = { .sin_family = AF_INET };
static long bytes;

static int connect_one(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		(void)close(fd);
		fd = -1;
	}
	if (fd < 0)
		perror("echo-client");
	return fd;
}

static bool receive_all(int fd, char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(fd, buf, len, 0);

		if (n <= 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

/* Not NULL: every byte came back. */
static void *talk(void *arg)
{
	unsigned int state = (unsigned int)(size_t)arg;
	int fd = connect_one();
	bool good = fd >= 0;

	(void)pthread_barrier_wait(&connected);
	for (long done = 0; good && done < bytes; done += PIECE) {
		char out[PIECE], in[PIECE];

		for (int i = 0; i < PIECE; i++)
			out[i] = (char)rand_r(&state);
		good = send(fd, out, PIECE, MSG_NOSIGNAL) == PIECE &&
		       receive_all(fd, in, PIECE) && memcmp(in, out, PIECE) == 0;
	}
	if (fd >= 0)
		(void)close(fd);
	return good ? &connected : NULL;
}

int main(int argc, char **argv)
{
	static pthread_t threads[CLIENTS_MAX];
	int n, good = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: echo-client PORT CLIENTS BYTES\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	n = atoi(argv[2]);
	bytes = atol(argv[3]);
	if (n == 0) {
		char c;

		if (connect_one() < 0)
			return 1;
		printf("connected\n");
		fflush(stdout);
		while (read(0, &c, 1) > 0)
			;
		return 0;
	}
	if (n < 1 || n > CLIENTS_MAX || pthread_barrier_init(&connected, NULL, (unsigned int)n) != 0)
		return 2;
	for (int i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, talk, (void *)(size_t)(i + 1)) != 0)
			return 2;
	}
	for (int i = 0; i < n; i++) {
		void *answer = NULL;

		(void)pthread_join(threads[i], &answer);
		good += answer != NULL;
	}
	printf("ok %d of %d\n", good, n);
	return good == n ? 0 : 1;
}
