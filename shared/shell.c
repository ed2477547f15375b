/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child with an environment of its own. system() has none to give it, and lets the
 * whole process ignore SIGINT and SIGQUIT meanwhile: not for a library to do.
 */
#include "shared/shell.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>

/* The wait status of it. */
static int await_end(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status;
}

int shell_run(const char *command, char *const envp[])
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	posix_spawnattr_t attributes;
	sigset_t ends, before;
	pid_t child;
	int r = posix_spawnattr_init(&attributes);

	if (r != 0)
		return -r;
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGCHLD);
	(void)pthread_sigmask(SIG_BLOCK, &ends, &before);
	(void)posix_spawnattr_setsigmask(&attributes, &before);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawn(&child, "/bin/sh", NULL, &attributes, argv, envp);
	r = r == 0 ? await_end(child) : -r;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)posix_spawnattr_destroy(&attributes);
	return r;
}
