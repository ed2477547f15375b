/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One raw call; l63 is an edge case of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>

#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"

static int result;

static int say(const struct kernel_call *call)
{
	(void)call;
	return result;
}

static void l63_which_flags_the_kernel_sees(void **state)
{
	static const struct {
		unsigned given, seen;
	} cases[] = {
		{ 0, O_NONBLOCK },
		{ KMOD_REMOVE_FORCE, O_NONBLOCK | O_TRUNC },
		{ KMOD_REMOVE_NOWAIT, O_NONBLOCK },
		{ KMOD_REMOVE_NOLOG, O_NONBLOCK },
		{ ~0u, O_NONBLOCK | O_TRUNC },
	};
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "a-b");
	char want[64];

	(void)state;
	kernel_answers = say;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		kernel_forget();
		result = 0;
		assert_int_equal(kmod_module_remove_module(mod, cases[i].given), 0);
		(void)snprintf(want, sizeof(want), "delete a_b %x; ", cases[i].seen);
		assert_string_equal(kernel_calls(), want);
	}
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void the_kernels_answer_is_the_answer(void **state)
{
	static const int answers[] = { -ENOENT, -EBUSY, -EAGAIN, -EPERM, -ENOSYS, -EINTR };
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "m");

	(void)state;
	kernel_answers = say;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		result = answers[i];
		(void)catch_log();
		errno = 0;
		assert_int_equal(kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG), result);
		assert_int_equal(errno, -result);
		assert_string_equal(caught(), "");
		assert_int_equal(kmod_module_remove_module(mod, 0), result);
		assert_int_equal(caught_lines(), 1);
		assert_non_null(strstr(caught(), strerror(-result)));
	}
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l63_which_flags_the_kernel_sees),
		TEST(the_kernels_answer_is_the_answer),
	};

	return cmocka_run_group_tests_name("remove", tests, NULL, NULL);
}
