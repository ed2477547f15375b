/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an answer of the kernel means, by what is seen after it; docs/spec/load-race.md 8.2 to 8.4. */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libkmod/judge.h"
#include "libkmod/plan.h"
#include "shared/clock.h"
#include "testsuite/unit/fake-root.h"

static struct kmod_ctx *ctx;
static struct kmod_module *mod; /* "mod_b", which needs mod_c */
static struct judge judge;
static struct attempts tried;

static int enter(void **state)
{
	static const struct plan_wish wish = { 0 };
	int r = root_enter_api(state);

	if (r < 0)
		return r;
	ctx = new_context(PATHS());
	mod = by_name(ctx, "mod_b");
	tried = (struct attempts){ 0 };
	judge = (struct judge){ .requested = mod, .unloads = -1 };
	return plan_make(mod, &wish, &judge.plan);
}

static int leave(void **state)
{
	plan_free(judge.plan);
	judge_close(&judge);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	return root_leave(state);
}

static struct step *step_of(const char *name)
{
	for (size_t i = 0; i < judge.plan->steps.n; i++) {
		if (streq(kmod_module_get_name(plan_step(judge.plan, i)->mod), name))
			return plan_step(judge.plan, i);
	}
	fail();
	return NULL;
}

/* NULL: nothing of it */
static void see(const char *name, const char *seen)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/module/%s", name);
	take_away(path);
	if (seen)
		put_module(name, seen);
}

static void what_rests_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(judge_settle(&judge, mod, SEEN_ABSENT, &tried), SEEN_ABSENT);
	assert_int_equal(judge_settle(&judge, mod, SEEN_BUILTIN, &tried), SEEN_BUILTIN);
	assert_false(tried.was_loaded);
	assert_int_equal(judge_settle(&judge, mod, SEEN_LIVE, &tried), SEEN_LIVE);
	assert_true(tried.was_loaded); /* if it is absent next, it was unloaded */
}

static void all_waits_together_have_one_limit(void **state)
{
	uint64_t start = clock_msec();

	(void)state;
	assert_int_equal(kmod_set_wait_limits(ctx, 120, 200000), 0);
	see("mod_b", "coming\n");
	assert_int_equal(judge_settle(&judge, mod, SEEN_COMING, &tried), SEEN_COMING);
	assert_true(clock_msec() - start >= 120);
	assert_true(tried.waited_coming >= 120);
	assert_string_equal(kmod_module_get_failure(mod), "mod_b is still initializing after 0.120 s");
	start = clock_msec();
	assert_int_equal(kmod_set_wait_limits(ctx, 100, 200000), 0); /* which are over */
	assert_int_equal(judge_settle(&judge, mod, SEEN_COMING, &tried), SEEN_COMING);
	assert_true(clock_msec() - start < 100000);
	assert_int_equal(tried.waited_going, 0);
}

/* Who cannot hear of unloads takes what was going for one. */
static void what_was_going_was_unloaded(void **state)
{
	(void)state;
	assert_int_equal(judge_settle(&judge, mod, SEEN_GOING, &tried), SEEN_ABSENT);
	assert_true(tried.was_loaded);
	judge_begin(&judge, mod, &tried);
	assert_false(tried.was_loaded);
	assert_true(tried.was_loaded_before);
	tried.others_failed = 99;
	assert_false(judge_gives_up(&tried)); /* not for what was loaded once */
	tried.was_loaded_before = false;
	assert_true(judge_gives_up(&tried));
}

/* Who listens, and hears nothing: a load failed, unless it may have been said before. */
static void what_was_going_before_we_listened_may_have_been_unloaded(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	judge.unloads = ends[0];
	assert_int_equal(judge_settle(&judge, mod, SEEN_GOING, &tried), SEEN_ABSENT);
	assert_int_equal(tried.others_failed, 1);
	assert_false(tried.was_loaded_before);
	tried = (struct attempts){ .going_before = true };
	assert_int_equal(judge_settle(&judge, mod, SEEN_GOING, &tried), SEEN_ABSENT);
	assert_int_equal(tried.others_failed, 0);
	assert_true(tried.was_loaded_before);
	assert_int_equal(judge_settle(&judge, mod, SEEN_GOING, &tried), SEEN_ABSENT); /* the next one */
	assert_int_equal(tried.others_failed, 1);
	assert_int_equal(close(ends[1]), 0);
}

/* What it was a moment ago may have come to its end unheard: it is looked at again, once. */
static void who_begins_to_listen_looks_again(void **state)
{
	(void)state;
	assert_int_equal(judge_listen(&judge, mod, SEEN_GOING, &tried), SEEN_ABSENT);
	assert_false(tried.going_before);
	judge_close(&judge);
	judge.unloads = -1;
	see("mod_b", "going\n");
	assert_int_equal(judge_listen(&judge, mod, SEEN_COMING, &tried), SEEN_GOING);
	assert_true(tried.going_before);
	if (judge.unloads < 0)
		return; /* nobody to listen to here */
	tried = (struct attempts){ 0 };
	assert_int_equal(judge_listen(&judge, mod, SEEN_COMING, &tried), SEEN_COMING);
	assert_false(tried.going_before);
}

static void one_answer_by_what_is_seen(void **state)
{
	static const struct {
		int err;
		const char *seen; /* NULL: nothing */
		uint64_t took;
		enum verdict want;
		int told;
	} cases[] = {
		{ -EEXIST, "live\n", 0, VERDICT_ALREADY, 0 },
		{ -EEXIST, "coming\n", 0, VERDICT_FINAL, -ETIMEDOUT },
		{ -EEXIST, "going\n", 0, VERDICT_FINAL, -EBUSY },
		{ -EEXIST, NULL, 0, VERDICT_AGAIN, -EBUSY },
		{ -EBUSY, "live\n", 0, VERDICT_ALREADY, 0 },
		{ -EBUSY, "coming\n", 5000, VERDICT_AGAIN, -EBUSY },
		{ -EBUSY, "going\n", 0, VERDICT_LOST, -EBUSY },
		{ -EBUSY, NULL, 0, VERDICT_AGAIN, -EBUSY },
		{ -EBUSY, NULL, 5000, VERDICT_FINAL, -EBUSY },
		{ -ENOENT, NULL, 0, VERDICT_FINAL, -ENOENT }, /* what it needs is not there */
		{ -EINTR, NULL, 0, VERDICT_AGAIN, -EINTR },
		{ -ENOEXEC, "live\n", 0, VERDICT_FINAL, -ENOEXEC }, /* of no other is it looked at */
	};

	(void)state;
	assert_int_equal(kmod_set_wait_limits(ctx, 50, 50), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int err = cases[i].err;

		see("mod_b", cases[i].seen);
		tried = (struct attempts){ 0 };
		assert_int_equal(judge_answer(&judge, mod, cases[i].took, &tried, &err), cases[i].want);
		if (cases[i].want != VERDICT_ALREADY)
			assert_int_equal(err, cases[i].told);
	}
}

/* How often each answer is worth another attempt. */
static void repeats_come_to_an_end(void **state)
{
	static const struct {
		int err;
		unsigned again;
	} cases[] = { { -EEXIST, 1 }, { -EBUSY, 1 }, { -ENOENT, 1 }, { -EINTR, 3 } };

	(void)state;
	see("mod_c", "live\n"); /* all that it needs is there: the answer may have been another's */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum verdict verdict;
		unsigned n = 0;

		tried = (struct attempts){ 0 };
		do {
			int err = cases[i].err;

			judge_begin(&judge, mod, &tried);
			verdict = judge_answer(&judge, mod, 0, &tried, &err);
			n += verdict == VERDICT_AGAIN ? 1 : 0;
			assert_true(n < 100);
		} while (verdict == VERDICT_AGAIN);
		assert_int_equal(verdict, VERDICT_FINAL);
		assert_int_equal(n, cases[i].again);
	}
}

/* An init that takes its time and then says ENOENT has spoken for itself. */
static void a_slow_enoent_is_its_own(void **state)
{
	int err = -ENOENT;

	(void)state;
	see("mod_c", "live\n");
	assert_int_equal(judge_answer(&judge, mod, 3600000, &tried, &err), VERDICT_FINAL);
}

static void a_dependency_that_was_live_and_is_not(void **state)
{
	int err = -ENOENT;

	(void)state;
	step_of("mod_c")->was_live = true;
	assert_int_equal(judge_answer(&judge, mod, 0, &tried, &err), VERDICT_RESTART);
	assert_string_equal(kmod_module_get_failure(mod), "dependency mod_c of mod_b was removed by somebody else");
	/* another one of that name is not the one that was seen */
	see("mod_c", "live\n");
	step_of("mod_c")->identity = 1;
	assert_int_equal(judge_answer(&judge, mod, 0, &tried, &err), VERDICT_RESTART);
	take_away("lib/modules/9.9.9/kernel/mod_b.ko");
	assert_int_equal(judge_answer(&judge, mod, 0, &tried, &err), VERDICT_FINAL);
}

/* EBUSY, too, is what the kernel says when what it needs took too long to come. */
static void a_dependency_on_its_way_is_worth_the_wait(void **state)
{
	int err = -EBUSY;

	(void)state;
	assert_int_equal(kmod_set_wait_limits(ctx, 80, 80), 0);
	see("mod_c", "coming\n");
	for (int i = 0; i < 5; i++) {
		uint64_t start = clock_msec();

		assert_int_equal(judge_answer(&judge, mod, 30000, &tried, &err), VERDICT_AGAIN);
		assert_true(clock_msec() - start >= 80);
	}
	see("mod_c", "live\n");
	assert_int_equal(judge_answer(&judge, mod, 30000, &tried, &err), VERDICT_FINAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_rests_is_not_waited_for),
		TEST(all_waits_together_have_one_limit),
		TEST(what_was_going_was_unloaded),
		TEST(what_was_going_before_we_listened_may_have_been_unloaded),
		TEST(who_begins_to_listen_looks_again),
		TEST(one_answer_by_what_is_seen),
		TEST(repeats_come_to_an_end),
		TEST(a_slow_enoent_is_its_own),
		TEST(a_dependency_that_was_live_and_is_not),
		TEST(a_dependency_on_its_way_is_worth_the_wait),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
