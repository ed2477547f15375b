/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where messages go, and which. Numbers are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

/* 9 */
static void l9_words_and_numbers_of_KMOD_LOG(void **state)
{
	static const struct {
		const char *value;
		int priority;
	} cases[] = {
		{ "7", 7 }, { "6 x", 6 }, { "-1", -1 }, { "  5", 5 }, { "3\t", 3 }, { "0", 0 },
		{ "err", 3 }, { "errfoo", 3 }, { "info", 6 }, { "information", 6 }, { "debug", 7 },
		{ "DEBUG", 0 }, { "warning", 0 }, { "4x", 0 }, { "", 0 }, { "er", 0 }, { " err", 0 },
		{ "2147483647", 2147483647 }, { "2147483648", 0 }, { "-2147483649", 0 },
		{ "99999999999999999999999", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmod_ctx *ctx;

		assert_int_equal(log_parse_priority(cases[i].value), cases[i].priority);
		assert_int_equal(setenv("KMOD_LOG", cases[i].value, 1), 0);
		ctx = kmod_new(NULL, PATHS());
		assert_non_null(ctx);
		assert_int_equal(kmod_get_log_priority(ctx), cases[i].priority);
		assert_null(kmod_unref(ctx));
	}
	assert_int_equal(unsetenv("KMOD_LOG"), 0);
}

static int default_priority(void)
{
	struct log log;

	log_init(&log);
	return log.priority;
}

/* 9, 12 */
static void l12_KMOD_LOG_is_not_for_programs_with_more_rights(void **state)
{
	(void)state;
	assert_int_equal(default_priority(), LOG_ERR);
	assert_int_equal(setenv("KMOD_LOG", "info", 1), 0);
	assert_int_equal(default_priority(), LOG_INFO);
	set_at_secure(true);
	assert_int_equal(default_priority(), LOG_ERR);
	set_at_secure(false);
	assert_int_equal(unsetenv("KMOD_LOG"), 0);
}

/* What the default sink wrote to standard error; oom: while the first allocation fails. */
static void check_stderr_oom(int priority, int message_priority, bool oom, const char *want)
{
	auto_close int file = open("err", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	auto_close int saved = dup(STDERR_FILENO);
	char got[256];
	struct log log;
	ssize_t n;

	log_init(&log);
	log.priority = priority;
	assert_true(file >= 0 && saved >= 0);
	assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
	errno = ENOENT;
	oom_arm(oom);
	log_at(&log, message_priority, "%s: %m", "what");
	assert_int_equal(errno, ENOENT);
	assert_int_equal(oom_fired(), oom);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	n = io_read(file, got, sizeof(got) - 1);
	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void check_stderr(int priority, int message_priority, const char *want)
{
	check_stderr_oom(priority, message_priority, false, want);
}

static void the_default_sink_writes_one_line(void **state)
{
#define LINE(word) "libkmod: " word ": check_stderr_oom: what: No such file or directory\n"
	(void)state;
	check_stderr(LOG_ERR, LOG_ERR, LINE("ERROR"));
	check_stderr(LOG_ERR, LOG_NOTICE, "");
	check_stderr(LOG_DEBUG, LOG_EMERG, LINE("EMERGENCY"));
	check_stderr(LOG_DEBUG, LOG_WARNING, LINE("WARNING"));
	check_stderr(LOG_DEBUG, LOG_INFO, LINE("INFO"));
	check_stderr(LOG_DEBUG, LOG_DEBUG, LINE("DEBUG"));
	check_stderr(99, 42, LINE("L:42"));
	check_stderr(99, -1, LINE("L:-1"));
}

static void without_memory_it_is_said_all_the_same(void **state)
{
	(void)state;
	check_stderr_oom(LOG_ERR, LOG_ERR, true, LINE("ERROR"));
	check_stderr_oom(99, 42, true, LINE("L:42"));
}

static void a_step_without_memory_is_told_as_it_was_written(void **state)
{
	struct log log = *catch_log();

	(void)state;
	log.priority = LOG_DEBUG;
	for (int oom = 0; oom < 2; oom++) {
		struct log quiet = *catch_log();

		quiet.priority = LOG_INFO;
		oom_arm((unsigned)oom);
		errno = ERANGE;
		log_step(&quiet, "m", "seen %s", "live"); /* nobody wants to know */
		log_step(&log, "m", "seen %s", "live");
		assert_int_equal(errno, ERANGE);
		assert_int_equal(oom_fired(), oom);
		assert_int_equal(caught_lines(), 1);
		assert_non_null(strstr(caught(), oom ? " m: seen %s\n" : " m: seen live\n"));
	}
}

static int seen_priority, seen_calls;
static void *seen_data;

static void see(void *data, int priority, const char *file, int line, const char *fn,
		const char *format, va_list args)
{
	char text[256];

	assert_non_null(file);
	assert_true(line > 0);
	assert_non_null(fn);
	assert_int_equal(format[strlen(format) - 1], '\n');
	assert_true(vsnprintf(text, sizeof(text), format, args) > 0);
	seen_priority = priority;
	seen_data = data;
	seen_calls++;
	errno = EDOM; /* what a sink does to errno is not the caller's affair */
}

/* 11 */
static void l11_messages_go_where_they_are_sent(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	char mark;
	struct kmod_list *full = (struct kmod_list *)(void *)&mark;

	(void)state;
	kmod_set_log_fn(ctx, see, &mark);
	assert_int_equal(kmod_get_log_priority(ctx), 3);
	errno = ERANGE;
	assert_int_equal(kmod_module_new_from_lookup(ctx, "x", &full), -ENOSYS);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(seen_calls, 1);
	assert_int_equal(seen_priority, 3);
	assert_ptr_equal(seen_data, &mark);
	kmod_set_log_priority(ctx, 2);
	assert_int_equal(kmod_get_log_priority(ctx), 2);
	assert_int_equal(kmod_module_new_from_lookup(ctx, "x", &full), -ENOSYS);
	assert_int_equal(seen_calls, 1);
	kmod_set_log_priority(ctx, LOG_DEBUG);
	kmod_set_log_fn(ctx, NULL, NULL); /* discards, and does not crash */
	assert_int_equal(kmod_module_new_from_lookup(ctx, "x", &full), -ENOSYS);
	assert_int_equal(seen_calls, 1);
	assert_null(kmod_unref(ctx));
}

static void no_log_is_silence(void **state)
{
	const struct log *none = NULL;

	(void)state;
	log_err(none, "nobody reads this");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l9_words_and_numbers_of_KMOD_LOG),
		cmocka_unit_test(l12_KMOD_LOG_is_not_for_programs_with_more_rights),
		cmocka_unit_test(the_default_sink_writes_one_line),
		cmocka_unit_test(without_memory_it_is_said_all_the_same),
		cmocka_unit_test(a_step_without_memory_is_told_as_it_was_written),
		cmocka_unit_test(l11_messages_go_where_they_are_sent),
		cmocka_unit_test(no_log_is_silence),
	};

	(void)unsetenv("KMOD_LOG");
	return cmocka_run_group_tests_name("log", tests, root_enter, root_leave);
}
