/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting until a module's fate is known; docs/spec/load-race.md 8.4. */
#include "testsuite/unit/unit.h"

#include <pthread.h>
#include <stdio.h>

#include "libkmod/await.h"
#include "shared/clock.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

static struct kmod_ctx *ctx;
static struct kmod_module *mod; /* "m" */

static int enter(void **state)
{
	int r = root_enter(state);

	if (r == 0) {
		ctx = new_context(PATHS());
		mod = by_name(ctx, "m");
	}
	return r;
}

static int leave(void **state)
{
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	return root_leave(state);
}

/* 60 ms later m is what the argument says; NULL: gone. */
static void *change(void *to)
{
	clock_nap_until(clock_msec() + 60);
	if (!to)
		take_away("sys/module/m");
	else if (rename(to, "sys/module/m/initstate") < 0)
		return to;
	return NULL;
}

static void a_change_is_seen_soon(void **state)
{
	static const struct {
		const char *first;
		enum seen from;
		const char *then;
		enum seen want;
	} cases[] = {
		{ "coming\n", SEEN_COMING, "live\n", SEEN_LIVE },
		{ "coming\n", SEEN_COMING, "going\n", SEEN_GOING },
		{ "coming\n", SEEN_COMING, NULL, SEEN_ABSENT },
		{ "going\n", SEEN_GOING, NULL, SEEN_ABSENT },
		{ "going\n", SEEN_GOING, "coming\n", SEEN_COMING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t start = clock_msec();
		void *fault = NULL;
		pthread_t thread;

		put_module("m", cases[i].first);
		if (cases[i].then)
			put("new", cases[i].then);
		assert_int_equal(pthread_create(&thread, NULL, change,
						(void *)(cases[i].then ? "new" : NULL)), 0);
		assert_int_equal(await_change(mod, cases[i].from, 200000, NULL), cases[i].want);
		assert_true(clock_msec() - start >= 60);
		assert_true(clock_msec() - start < 100000);
		assert_int_equal(pthread_join(thread, &fault), 0);
		assert_null(fault);
	}
}

static void no_change_ends_at_the_limit(void **state)
{
	static const unsigned limits[] = { 0, 1, 100 };

	(void)state;
	put_module("m", "coming\n");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		uint64_t start = clock_msec();

		assert_int_equal(await_change(mod, SEEN_COMING, limits[i], NULL), SEEN_COMING);
		assert_true(clock_msec() - start >= limits[i]);
		assert_true(clock_msec() - start < limits[i] + 60000);
	}
	assert_string_equal(kernel_calls(), "");
}

static void what_is_already_otherwise_is_not_waited_for(void **state)
{
	uint64_t start = clock_msec();

	(void)state;
	assert_int_equal(await_change(mod, SEEN_COMING, 200000, NULL), SEEN_ABSENT);
	put_module("m", "live\n");
	assert_int_equal(await_change(mod, SEEN_GOING, 200000, NULL), SEEN_LIVE);
	assert_true(clock_msec() - start < 100000);
}

static void gone_is_what_neither_sysfs_nor_the_list_shows(void **state)
{
	static const struct {
		const char *list; /* NULL: no such file */
		int want;
	} cases[] = {
		{ "other 4096 0 - Live 0x0\n", -ENOENT },
		{ "m 4096 -1 - Unloading 0x0\n", KMOD_MODULE_GOING },
		{ "m 4096 1 - Loading 0x0\n", KMOD_MODULE_COMING },
		{ "m 4096 0 - Live 0x0\n", KMOD_MODULE_LIVE },
		{ NULL, -ENOENT },
	};

	(void)state;
	put("sys/module/other/initstate", "live\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].list)
			put("proc/modules", cases[i].list);
		else
			take_away("proc/modules");
		assert_int_equal(kmod_module_observe(mod, KMOD_MODULE_COMING, 0), cases[i].want);
		assert_int_equal(kmod_module_observe(mod, KMOD_MODULE_GOING, 0), cases[i].want);
		assert_int_equal(kmod_module_observe(mod, KMOD_MODULE_GOING, 30), cases[i].want);
	}
	take_away("sys/module");
	assert_int_equal(kmod_module_observe(mod, KMOD_MODULE_GOING, 0), -ENODATA);
}

/* What is in the list is not gone because the list could not be read. */
static void a_list_that_cannot_be_read_is_no_proof(void **state)
{
	(void)state;
	put("sys/module/other/initstate", "live\n");
	put("proc/modules", "m 4096 -1 - Unloading 0x0\n");
	for (unsigned n = 1;; n++) {
		struct kmod_module *fresh = by_name(ctx, "m");
		bool fired;
		int r;

		oom_arm(n);
		r = kmod_module_observe(fresh, KMOD_MODULE_COMING, 0);
		fired = oom_fired();
		assert_true(r == KMOD_MODULE_GOING || (fired && r == -ENODATA));
		assert_ptr_equal(kmod_module_unref(fresh), mod);
		kmod_unload_resources(ctx);
		if (!fired) {
			assert_true(n > 2);
			break;
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(a_change_is_seen_soon),
		TEST(no_change_ends_at_the_limit),
		TEST(what_is_already_otherwise_is_not_waited_for),
		TEST(gone_is_what_neither_sysfs_nor_the_list_shows),
		TEST(a_list_that_cannot_be_read_is_no_proof),
	};

	return cmocka_run_group_tests_name("await", tests, NULL, NULL);
}
