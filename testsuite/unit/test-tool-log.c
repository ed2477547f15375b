/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a tool finds on descriptors 0 to 2 when it was started without some of them; messages without memory. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/oom.h"
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

/* ---- memory ---------------------------------------------------------------- */

/* What was written to standard error while the n-th allocation of act() failed; *fired: whether it did. */
static const char *said(void (*act)(void), unsigned n, bool *fired)
{
	static char text[1024];
	FILE *file = tmpfile();
	auto_close int saved = dup(STDERR_FILENO);
	ssize_t got;

	assert_true(file && saved >= 0);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	oom_arm(n);
	act();
	*fired = oom_fired();
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	got = io_read(fileno(file), text, sizeof(text) - 1);
	assert_true(got >= 0);
	text[got] = '\0';
	assert_int_equal(fclose(file), 0);
	return text;
}

static void say_two(void)
{
	tool_log(LOG_ERR, "%s", "one");
	tool_log_more(LOG_ERR, "%s", "two");
}

static void without_memory_the_raw_words_are_said(void **state)
{
	static const char *const want[] = { "test: ERROR: one\n\ttwo\n", "test: ERROR: %s\n\ttwo\n",
					    "test: ERROR: one\n\t%s\n" };
	bool fired;

	(void)state;
	tool_log_open("test", LOG_WARNING);
	for (unsigned n = 0; n < ARRAY_SIZE(want); n++) {
		assert_string_equal(said(say_two, n, &fired), want[n]);
		assert_int_equal(fired, n > 0);
	}
}

static void hold_two(void)
{
	tool_log_hold();
	tool_log(LOG_ERR, "one");
	tool_log(LOG_WARNING, "two");
	tool_log_let_go(true);
}

/* README.md: better too early than never */
static void what_cannot_be_held_is_said_at_once(void **state)
{
	static const char one[] = "test: ERROR: one\n", two[] = "test: WARNING: two\n";
	bool fired = true;

	(void)state;
	tool_log_open("test", LOG_WARNING);
	for (unsigned n = 1; fired; n++) {
		const char *text = said(hold_two, n, &fired);

		assert_int_equal(strlen(text), strlen(one) + strlen(two));
		assert_non_null(strstr(text, one));
		assert_non_null(strstr(text, two));
		assert_false(tool_log_held());
		assert_true(fired || n > 4);
	}
}

static char trace[] = "/tmp/test-tool-log-XXXXXX";

/* Into the trace it goes as well, with time and process before it. */
static void a_line_without_memory_is_missing_in_the_trace_only(void **state)
{
	static const unsigned lines[] = { 2, 1, 1, 1, 1 };
	int fd = mkstemp(trace);
	bool fired;

	(void)state;
	assert_true(fd >= 0);
	tool_log_open("test", LOG_WARNING);
	assert_int_equal(tool_log_trace(trace), 0);
	for (unsigned n = 0; n < ARRAY_SIZE(lines); n++) {
		auto_free char *text = NULL;
		unsigned seen = 0;

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_non_null(strchr(said(say_two, n, &fired), '\t'));
		assert_int_equal(fired, n > 0);
		assert_int_equal(io_read_text(trace, 0, &text, NULL), 0);
		for (const char *at = text; (at = strstr(at, " test: ERROR: ")); at++)
			seen++;
		assert_int_equal(seen, lines[n]);
	}
	assert_int_equal(close(fd) | unlink(trace), 0);
}

static struct kmod_ctx *made;

static void make_context(void)
{
	made = tool_log_context("/nonexistent", (const char *const[]){ NULL });
}

static void without_memory_there_is_no_context_and_that_is_said(void **state)
{
	bool fired = true;

	(void)state;
	tool_log_open("test", LOG_ERR);
	for (unsigned n = 1; fired; n++) {
		const char *text = said(make_context, n, &fired);

		assert_true(fired == !made);
		assert_true(fired == !!strstr(text, "test: ERROR: kmod_new() failed!\n"));
		assert_true(fired || n > 2);
	}
	assert_null(kmod_unref(made));
}

static char *result;

static void join(void)
{
	char *words[] = { (char[]){ "a=b c" }, (char[]){ "d" }, (char[]){ "e=\"f g\"" } };

	result = tool_join_parameters(words, 3);
}

static void find_directory(void)
{
	result = tool_module_directory("/root", "9.9.9");
}

static void without_memory_there_are_no_parameters_and_no_directory(void **state)
{
	bool fired = true;

	(void)state;
	tool_log_open("test", LOG_ERR);
	for (unsigned n = 1; fired; n++) {
		assert_string_equal(said(join, n, &fired), "");
		assert_true(fired == !result);
	}
	assert_string_equal(result, "a=\"b c\" d e=\"f g\"");
	free(result);
	fired = true;
	for (unsigned n = 1; fired; n++) {
		const char *text = said(find_directory, n, &fired);

		assert_true(fired == !result);
		assert_int_equal(!strncmp(text, "test: ERROR: ", 13), fired);
		assert_true(fired || n > 2);
	}
	assert_string_equal(result, "/root" MODULE_DIRECTORY "/9.9.9");
	free(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_is_lost_only_where_somebody_could_read),
		cmocka_unit_test(without_memory_the_raw_words_are_said),
		cmocka_unit_test(what_cannot_be_held_is_said_at_once),
		cmocka_unit_test(without_memory_there_is_no_context_and_that_is_said),
		cmocka_unit_test(without_memory_there_are_no_parameters_and_no_directory),
		cmocka_unit_test(a_line_without_memory_is_missing_in_the_trace_only), /* the last: it stays open */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
