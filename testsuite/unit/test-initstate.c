/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel shows of a module. lNN are edge cases of docs/spec/libkmod-api.md
 * 16, rNN of docs/spec/load-race.md 13; the table is that of load-race.md 3.7.
 */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "libkmod/initstate.h"
#include "shared/clock.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

static struct kmod_ctx *ctx;
static struct kmod_module *mod; /* "m", in no index */

static int enter(void **state)
{
	int r = root_enter_api(state);

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

static void l46_the_public_answer(void **state)
{
	static const struct {
		const char *content;
		int want;
	} cases[] = {
		{ "live\n", KMOD_MODULE_LIVE }, { "coming\n", KMOD_MODULE_COMING },
		{ "going\n", KMOD_MODULE_GOING },
		{ "foo\n", -EINVAL }, { "live", -EINVAL }, { "", -EINVAL }, { "\n", -EINVAL },
		{ "live\n\n", -EINVAL }, { "live \n", -EINVAL }, { "LIVE\n", -EINVAL },
		{ "lived\n", -EINVAL },
		{ "live\nlive\nlive\nlive\nlive\nlive\nlive\nlive\n", -EINVAL },
	};

	(void)state;
	assert_int_equal(kmod_module_get_initstate(mod), -ENOENT);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put("sys/module/m/initstate", cases[i].content);
		(void)catch_log();
		assert_int_equal(kmod_module_get_initstate(mod), cases[i].want);
		assert_int_equal(caught_lines() > 0, cases[i].want < 0); /* an error is said */
	}
	take_away("sys/module/m/initstate");
	(void)catch_log();
	assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_COMING);
	take_away("sys/module/m");
	put("sys/module/m", "a file");
	assert_int_equal(kmod_module_get_initstate(mod), -ENOTDIR);
	put_dir("sys/module/x/initstate"); /* cannot be read */
	assert_string_equal(caught(), "");
}

static void l46_the_index_of_built_ins_comes_first(void **state)
{
	struct kmod_module *bimod = by_name(ctx, "bimod");

	(void)state;
	put_module("bimod", "live\n");
	assert_int_equal(kmod_module_get_initstate(bimod), KMOD_MODULE_BUILTIN);
	assert_int_equal(initstate_observe(bimod), SEEN_BUILTIN);
	assert_null(kmod_module_unref(bimod));
}

static void names_that_are_no_module(void **state)
{
	static char longest[4096]; /* longer than a path with something before it */
	const char *const names[] = { "", ".ko", "a/b", "../x", longest };

	(void)state;
	put_module("a", "live\n");
	put("sys/module/a/b/initstate", "live\n");
	put("sys/x/initstate", "live\n");
	memset(longest, 'x', sizeof(longest) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct kmod_module *odd = by_name(ctx, names[i]);

		assert_int_equal(kmod_module_get_initstate(odd), names[i] == longest ? -ENAMETOOLONG : -ENOENT);
		assert_int_equal(initstate_observe(odd), SEEN_ABSENT);
		assert_true(initstate_identity(kmod_module_get_name(odd)) == 0);
		assert_null(kmod_module_unref(odd));
	}
}

static void states_have_words(void **state)
{
	(void)state;
	assert_string_equal(kmod_module_initstate_str(KMOD_MODULE_BUILTIN), "builtin");
	assert_string_equal(kmod_module_initstate_str(KMOD_MODULE_LIVE), "live");
	assert_string_equal(kmod_module_initstate_str(KMOD_MODULE_COMING), "coming");
	assert_string_equal(kmod_module_initstate_str(KMOD_MODULE_GOING), "going");
	assert_null(kmod_module_initstate_str((enum kmod_module_initstate)4));
	assert_null(kmod_module_initstate_str((enum kmod_module_initstate)-2));
}

/* 8.1: what a loader concludes from the file */
static void r23_r24_the_loaders_answer(void **state)
{
	static const struct {
		const char *content;
		enum seen want;
		unsigned lines; /* of the log */
	} cases[] = {
		{ "live\n", SEEN_LIVE, 0 },	{ "coming\n", SEEN_COMING, 0 },
		{ "going\n", SEEN_GOING, 0 },	{ "live", SEEN_LIVE, 0 },
		{ "going", SEEN_GOING, 0 },	{ "coming", SEEN_COMING, 0 },
		{ "garbage\n", SEEN_ABSENT, 1 }, { "garbage\n", SEEN_ABSENT, 0 }, /* said once */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put("sys/module/m/initstate", cases[i].content);
		(void)catch_log();
		assert_int_equal(initstate_observe(mod), cases[i].want);
		assert_int_equal(caught_lines(), cases[i].lines);
	}
	take_away("sys/module/m");
	assert_int_equal(initstate_observe(mod), SEEN_ABSENT);
}

static void r25_a_file_that_vanishes_is_asked_for_again(void **state)
{
	(void)state;
	put_module("m", "live\n");
	vanish_when_opened("/sys/module/m/initstate");
	take_away("sys/module/m/holders"); /* nothing but refcnt remains: torn down, or old */
	assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_COMING);
	take_away("sys/module/m");
	put_module("m", "live\n");
	vanish_when_opened("/sys/module/m/initstate");
	put("proc/modules", "m 1 0 - Unloading 0x0\n");
	assert_int_equal(initstate_observe(mod), SEEN_GOING);
	take_away("sys/module/m");
	assert_int_equal(initstate_observe(mod), SEEN_ABSENT);
	assert_string_equal(caught(), "");
}

static void other_errors_are_decided_by_the_list(void **state)
{
	static const struct {
		const char *list; /* NULL: none */
		enum seen want;
	} cases[] = {
		{ "m 1 0 - Live 0x0\n", SEEN_LIVE }, { "m 1 0 - Loading 0x0\n", SEEN_COMING },
		{ "m 1 0 - Unloading 0x0\n", SEEN_GOING }, { "", SEEN_ABSENT }, { NULL, SEEN_ABSENT },
	};

	(void)state;
	put_dir("sys/module/m/initstate"); /* EISDIR */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		take_away("proc/modules");
		if (cases[i].list)
			put("proc/modules", cases[i].list);
		assert_int_equal(initstate_observe(mod), cases[i].want);
	}
}

enum list_says { LOADING, UNLOADING, LIVE, NOT_LISTED, UNREADABLE };

/* 3.7, each row with everything its "any" stands for */
static void every_row_of_the_evidence_table(void **state)
{
	enum { NO, YES, ANY };
	static const struct {
		int holders, uevent, other; /* other: sections/ or notes/ */
		int list; /* enum list_says; -1: any */
		enum seen want;
		bool slow; /* looks again until the time is over */
	} rows[] = {
		{ YES, ANY, ANY, LOADING, SEEN_COMING, false },
		{ YES, ANY, ANY, UNLOADING, SEEN_GOING, false },
		{ YES, ANY, ANY, LIVE, SEEN_LIVE, true },
		{ YES, ANY, ANY, NOT_LISTED, SEEN_COMING, true },
		{ YES, ANY, ANY, UNREADABLE, SEEN_COMING, true },
		/* Only built-in code shows uevent alone. A list that speaks of a load is looked at again:
		 * it may be one of a file with that name, which the kernel will refuse. */
		{ NO, YES, ANY, NOT_LISTED, SEEN_BUILTIN, false },
		{ NO, YES, ANY, UNREADABLE, SEEN_BUILTIN, false },
		{ NO, YES, ANY, LIVE, SEEN_BUILTIN, true },
		{ NO, YES, ANY, LOADING, SEEN_BUILTIN, true },
		{ NO, YES, ANY, UNLOADING, SEEN_BUILTIN, true },
		{ NO, NO, ANY, LOADING, SEEN_COMING, false },
		{ NO, NO, ANY, UNLOADING, SEEN_GOING, false },
		{ NO, NO, YES, NOT_LISTED, SEEN_GOING, false },
		{ NO, NO, YES, UNREADABLE, SEEN_GOING, false },
		{ NO, NO, NO, NOT_LISTED, SEEN_BUILTIN, true },
		{ NO, NO, NO, UNREADABLE, SEEN_COMING, true }, /* docs/spec/README.md 24 */
	};
	static const char *const lists[] = {
		"x 1 0 - Live 0x0\nm 16384 1 - Loading 0xffff (E)\nmm 1 0 - Live 0x0\n",
		"m 16384 -1 a,b, Unloading 0xffff\n",
		"m 16384 0 - Live 0xffff",
		"mm 1 0 - Live 0x0\nxm 1 0 m Loading 0x0\n",
		NULL,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int variant = 0; variant < 8; variant++) {
			int uevent = variant & 1, sections = variant >> 1 & 1, notes = variant >> 2;
			uint64_t start, took;

			if ((rows[i].uevent != ANY && rows[i].uevent != uevent) ||
			    (rows[i].other != ANY && rows[i].other != (sections || notes)))
				continue;
			take_away("sys/module/m");
			put_dir("sys/module/m/parameters");
			if (rows[i].holders)
				put_dir("sys/module/m/holders");
			if (uevent)
				put("sys/module/m/uevent", "");
			if (sections)
				put_dir("sys/module/m/sections");
			if (notes)
				put_dir("sys/module/m/notes");
			take_away("proc/modules");
			if (lists[rows[i].list])
				put("proc/modules", lists[rows[i].list]);
			took = 0;
			for (int round = 0; round == 0 || (took >= 20 && !rows[i].slow); round++) {
				assert_true(round < 1000); /* somebody else had the processor */
				start = clock_msec();
				assert_int_equal(initstate_observe(mod), rows[i].want);
				took = clock_msec() - start;
			}
			assert_true(took >= 20 || !rows[i].slow);
		}
	}

	assert_string_equal(caught(), "");
}

/* Old kernels list no state: listed is live. */
static void a_list_without_states(void **state)
{
	(void)state;
	put_dir("sys/module/m/holders");
	put("proc/modules", "m 16384 0\n");
	assert_int_equal(initstate_observe(mod), SEEN_LIVE);
	put("proc/modules", "m\n");
	assert_int_equal(initstate_observe(mod), SEEN_LIVE);
}

static void take_m(void)
{
	take_away("sys/module/m");
}

static void finish_m(void)
{
	put_module("m", "live\n");
}

static void take_uevent(void)
{
	take_away("sys/module/m/uevent");
	take_away("sys/module/m/holders");
	put_dir("sys/module/m/sections");
}

/* What changes between two looks must not become an answer that was never true. */
static void snapshots_that_race(void **state)
{
	(void)state;
	/* the directory goes while it is judged */
	put_dir("sys/module/m/holders");
	when_asked("/sys/module/m/notes", 1, take_m);
	assert_int_equal(initstate_observe(mod), SEEN_ABSENT);
	/* it becomes live while it is judged */
	put_dir("sys/module/m/holders");
	when_asked("/sys/module/m/notes", 1, finish_m);
	assert_int_equal(initstate_observe(mod), SEEN_LIVE);
	take_away("sys/module/m");
	/* between the existence of the directory and the open of the file */
	put_module("m", "going\n");
	when_asked("/sys/module/m", 1, take_m);
	assert_int_equal(initstate_observe(mod), SEEN_ABSENT);
	/* uevent was seen, then both went: the tail of an unload, never built in */
	put_dir("sys/module/m/holders");
	put("sys/module/m/uevent", "");
	when_asked("/sys/module/m/holders", 1, take_uevent);
	assert_int_equal(initstate_observe(mod), SEEN_GOING);
}

static void list_m(void)
{
	put("proc/modules", "x 1 0 - Live 0x0\nm 1 1 - Loading 0x0\n");
}

/* a long list is no snapshot: an entry can be passed over when one before it goes */
static void not_listed_is_believed_of_two_readings(void **state)
{
	(void)state;
	put("proc/modules", "x 1 0 - Live 0x0\n");
	assert_int_equal(initstate_listed("m"), SEEN_ABSENT);
	when_asked("/proc/modules", 2, list_m);
	assert_int_equal(initstate_listed("m"), SEEN_COMING);
}

static void r8_another_name_is_judged_without_the_index(void **state)
{
	(void)state;
	put("sys/module/printk/uevent", "");
	put("sys/module/printk/parameters/x", "0\n");
	assert_int_equal(initstate_observe_name("printk", mod), SEEN_BUILTIN);
	assert_int_equal(initstate_observe_name("bimod", mod), SEEN_ABSENT);
	assert_int_equal(initstate_from_sysfs("printk"), KMOD_MODULE_COMING);
}

/* r2, r3 */
static void without_sysfs_the_list_has_the_word(void **state)
{
	(void)state;
	put("proc/modules", "m 1 0 - Live 0x0\n");
	assert_int_equal(initstate_without_sysfs("m"), SEEN_ABSENT); /* there is one: it would show it */
	take_away("sys/module");
	assert_int_equal(initstate_without_sysfs("m"), SEEN_LIVE);
	assert_int_equal(initstate_without_sysfs("mm"), SEEN_ABSENT);
	take_away("proc/modules");
	assert_int_equal(initstate_without_sysfs("m"), SEEN_BLIND);
	assert_int_equal(initstate_observe(mod), SEEN_ABSENT);
}

static void memory_that_runs_out_proves_nothing(void **state)
{
	(void)state;
	put_dir("sys/module/m/holders");
	put("proc/modules", "m 1 0 - Loading 0x0\n");
	for (unsigned n = 1;; n++) {
		struct kmod_module *bimod = by_name(ctx, "bimod");
		bool fired;
		int r;

		oom_arm(n);
		r = kmod_module_get_initstate(bimod);
		fired = oom_fired();
		assert_int_equal(r, fired ? -ENOMEM : KMOD_MODULE_BUILTIN);
		oom_arm(n);
		assert_int_equal(initstate_observe(mod), SEEN_COMING);
		fired |= oom_fired();
		assert_null(kmod_module_unref(bimod));
		kmod_unload_resources(ctx);
		if (!fired)
			break;
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(l46_the_public_answer),
		TEST(l46_the_index_of_built_ins_comes_first),
		TEST(names_that_are_no_module),
		TEST(states_have_words),
		TEST(r23_r24_the_loaders_answer),
		TEST(r25_a_file_that_vanishes_is_asked_for_again),
		TEST(other_errors_are_decided_by_the_list),
		TEST(every_row_of_the_evidence_table),
		TEST(a_list_without_states),
		TEST(snapshots_that_race),
		TEST(not_listed_is_believed_of_two_readings),
		TEST(r8_another_name_is_judged_without_the_index),
		TEST(without_sysfs_the_list_has_the_word),
		TEST(memory_that_runs_out_proves_nothing),
	};

	return cmocka_run_group_tests_name("initstate", tests, NULL, NULL);
}
