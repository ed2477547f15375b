/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is kept of a failure, and when it becomes words; docs/spec/README.md 39. */
#include "testsuite/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "libkmod/failure.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

static struct kmod_ctx *ctx;
static struct kmod_module *mod, *other; /* mod_b and what it needs, mod_c */

static int enter(void **state)
{
	int r = root_enter_api(state);

	if (r < 0)
		return r;
	ctx = new_context(PATHS());
	mod = by_name(ctx, "mod_b");
	other = by_name(ctx, "mod_c");
	return 0;
}

static int leave(void **state)
{
	assert_null(kmod_module_unref(other));
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	return root_leave(state);
}

static void the_last_one_told_is_given(void **state)
{
	const char *words;

	(void)state;
	assert_null(kmod_module_get_failure(NULL));
	assert_null(kmod_module_get_failure(mod));
	failure_say(mod, "%s, %d", "one", 1);
	assert_string_equal(kmod_module_get_failure(mod), "one, 1");
	failure_say(mod, "%s", "%two");
	words = kmod_module_get_failure(mod);
	assert_string_equal(words, "%two");
	assert_ptr_equal(kmod_module_get_failure(mod), words);
	assert_null(kmod_module_get_failure(other));
	failure_forget(mod);
	assert_null(kmod_module_get_failure(mod));
	failure_forget(mod); /* of nothing there is nothing to forget */
}

static void who_is_told_last_is_believed(void **state)
{
	(void)state;
	failure_say(mod, "first");
	failure_later(mod, other, -EPERM, 0, "");
	assert_non_null(strstr(kmod_module_get_failure(mod), "dependency mod_c: "));
	failure_later(mod, other, -EPERM, 0, "");
	failure_say(mod, "second");
	assert_string_equal(kmod_module_get_failure(mod), "second");
	failure_later(mod, other, -EPERM, 0, "");
	failure_forget(mod);
	assert_null(kmod_module_get_failure(mod));
}

/* An error that there is no more to say of is named for a dependency; the caller has its own. */
static void an_error_without_a_cause(void **state)
{
	(void)state;
	failure_later(mod, other, -EINTR, 0, "");
	errno = 0;
	assert_string_equal(kmod_module_get_failure(mod), "dependency mod_c: Interrupted system call");
	failure_later(mod, mod, -EINTR, 0, "");
	assert_null(kmod_module_get_failure(mod));
}

static void memory_that_runs_out(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		const char *words;
		bool fired;

		failure_say(mod, "old");
		oom_arm(n);
		failure_later(mod, other, -EINTR, 0, "x=1");
		words = kmod_module_get_failure(mod);
		fired = oom_fired();
		/* Not the old words, which were about something else. */
		assert_true(words ? strcmp(words, "dependency mod_c: Interrupted system call") == 0 : fired);
		if (!fired) {
			assert_true(n > 3);
			break;
		}
	}
	failure_forget(mod);
	oom_arm(1);
	failure_say(mod, "%s", "nobody hears");
	assert_true(oom_fired());
	assert_null(kmod_module_get_failure(mod));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_one_told_is_given),
		TEST(who_is_told_last_is_believed),
		TEST(an_error_without_a_cause),
		TEST(memory_that_runs_out),
	};

	return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
