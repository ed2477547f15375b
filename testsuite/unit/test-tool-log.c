/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a tool finds on descriptors 0 to 2 when it was started without some of them. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/tool-log.h"
#include "tools/tool.h"

static bool no_dev_null;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	if (no_dev_null && streq(path, "/dev/null")) {
		errno = ENOENT;
		return -1;
	}
	return __real_open(path, flags); /* nothing here creates a file */
}

int __wrap_open64(const char *path, int flags, ...)
{
	return __wrap_open(path, flags);
}

enum { TAKEN = 1, OPEN = 2, DEAF = 4 }; /* what a child found, as its exit status */

/*
 * A process that was started without these descriptors (a mask of 1, 2, 4) prints a word.
 * TAKEN: none of the three numbers is free. OPEN: what was open is as it was.
 * DEAF: tool_finish() said that the word was lost.
 */
static int started_without(unsigned mask)
{
	pid_t child;
	int status;

	(void)fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int zero = __real_open("/dev/zero", O_RDWR), seen = TAKEN | OPEN, fd;

		for (fd = 0; fd < 3; fd++) {
			if (mask & 1U << fd ? close(fd) < 0 : dup2(zero, fd) < 0)
				_exit(64);
		}
		tool_log_open("test", LOG_ERR);
		for (fd = 0; fd < 3; fd++) {
			struct stat st;

			if (fstat(fd, &st) < 0)
				seen &= ~TAKEN;
			else if (!(mask & 1U << fd) && !S_ISCHR(st.st_mode))
				seen &= ~OPEN;
		}
		if (tool_log_was_closed() != !!(mask & 4))
			_exit(65);
		(void)puts("word");
		if (tool_finish(EXIT_SUCCESS) != EXIT_SUCCESS)
			seen |= DEAF;
		_exit(seen);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* load-race.md 10: nothing goes wrong in a tool that a kernel started; README.md 11: lost output is a failure. */
static void output_is_lost_only_where_somebody_could_read(void **state)
{
	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		no_dev_null = turn; /* an initramfs in its first moments */
		for (unsigned mask = 0; mask < 8; mask++) {
			bool lost = mask & 2 && mask != 7;

			if (started_without(mask) != (TAKEN | OPEN | (lost ? DEAF : 0)))
				fail_msg("without %u%s", mask, turn ? ", no /dev/null" : "");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_is_lost_only_where_somebody_could_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
