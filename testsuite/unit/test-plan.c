/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which steps, in which order, why. lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <sys/resource.h>

#include "libkmod/conf.h"
#include "libkmod/plan.h"
#include "shared/path.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

/* The names, and (with_why) what each is there for: `NAME[*](WHY BY FILE:LINE)`, * if required. */
static const char *text_of(const struct plan *plan, bool with_why)
{
	static const char *const why[] = { "requested", "needed by", "before", "after" };
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct step *s = plan_step(plan, i);

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
				      kmod_module_get_name(s->mod));
		if (!with_why)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s(%s%s%s", s->required ? "*" : "",
				      why[s->why], s->by ? " " : "",
				      s->by ? kmod_module_get_name(s->by) : "");
		if (s->rule)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s:%u",
					      path_base(s->rule->file), s->rule->line);
		n += (size_t)snprintf(text + n, sizeof(text) - n, ")%s", s->ignore_command ? "!" : "");
		assert_true(n < sizeof(text));
	}
	return text;
}

/* Who is there although a rule refuses it; NULL: nobody. */
static const char *there;

static bool is_there(struct kmod_module *mod, void *data)
{
	assert_ptr_equal(data, &there);
	return there && streq(there, kmod_module_get_name(mod));
}

static const struct plan_wish usual = { .is_there = is_there, .data = &there };

static void check(const char *conf, const char *name, bool ignore_command, bool with_why,
		  const char *want)
{
	struct kmod_ctx *ctx = context_with(conf);
	struct kmod_module *mod = by_name(ctx, name);
	const struct plan_wish wish = { ignore_command, false, is_there, &there };
	struct plan *plan = NULL;

	assert_int_equal(plan_make(mod, &wish, &plan), 0);
	assert_null(plan->refused);
	assert_string_equal(text_of(plan, with_why), want);
	for (size_t i = 0; i < plan->steps.n; i++) {
		for (size_t k = i + 1; k < plan->steps.n; k++) /* each module once */
			assert_ptr_not_equal(plan_step(plan, i)->mod, plan_step(plan, k)->mod);
	}
	plan_free(plan);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	assert_string_equal(kernel_calls(), "");
}

static void l66_dependencies_come_before_soft_ones_around(void **state)
{
	(void)state;
	check("", "mod_c", false, false, "mod_d mod_c");
	check("", "mod_a", false, false, "mod_d mod_c mod_b mod_a");
	check("", "mod_e", false, false, "mod_e");
	check("", "nosuch", false, false, "nosuch");
	check("", "bimod", false, false, "bimod");
	check("softdep mod_f pre: mod_d post: mod_e\n", "mod_f", false, false,
	      "mod_d mod_c mod_b mod_a mod_e mod_f");
	check("softdep mod_e pre: s1 post: s2\ninstall s1 x\ninstall s2 x\n", "mod_f", false, false,
	      "mod_d mod_c mod_b mod_a s1 mod_e s2 mod_f");
	check("softdep mod_e post: mod_b pre: multi-x\n", "mod_e", false, false,
	      "mod_d mod_c mod_b mod_a mod_e"); /* an alias with two targets */
	check("softdep mod_e post: mod_b\n", "mod_e", false, false, "mod_e mod_d mod_c mod_b");
}

static void each_step_tells_why_it_is_there(void **state)
{
	(void)state;
	check("# a comment\nsoftdep mod_f pre: mod_e\nsoftdep mod_b post: x1\ninstall x1 c\n", "mod_f",
	      false, true,
	      "mod_d(before mod_c modules.softdep:2) mod_c*(needed by mod_f) mod_b*(needed by mod_f) "
	      "x1(after mod_b test.conf:3) mod_a*(needed by mod_f) mod_e*(needed by mod_f) "
	      "mod_f*(requested)");
	check("softdep mod_e post: mod_a\n", "mod_e", false, true,
	      "mod_e*(requested) mod_d(before mod_c modules.softdep:2) mod_c(needed by mod_a) "
	      "mod_b(needed by mod_a) mod_a(after mod_e test.conf:1)");
	check("softdep mod_c \\\n pre: mod_e\n", "mod_c", false, true,
	      "mod_d(before mod_c modules.softdep:2) mod_e(before mod_c test.conf:2) mod_c*(requested)");
	check("softdep mod_f pre: nosuch\n", "mod_e", true, true, "mod_e*(requested)!");
}

/* what is wanted and then needed is needed */
static void the_strongest_reason_is_told(void **state)
{
	(void)state;
	check("softdep mod_c pre: mod_e\n", "mod_f", false, true,
	      "mod_d(before mod_c modules.softdep:2) mod_e*(needed by mod_f) mod_c*(needed by mod_f) "
	      "mod_b*(needed by mod_f) mod_a*(needed by mod_f) mod_f*(requested)");
	check("softdep mod_d pre: mod_a\nsoftdep mod_e pre: mod_d\n", "mod_f", false, true,
	      "mod_c*(needed by mod_f) mod_b*(needed by mod_f) mod_a*(needed by mod_f) "
	      "mod_d(before mod_c modules.softdep:2) mod_e*(needed by mod_f) mod_f*(requested)");
}

/* docs/spec/README.md 1 */
static void all_softdep_rules_count(void **state)
{
	(void)state;
	check("softdep mod_c post: mod_e\nsoftdep mod_* pre: x1\ninstall x1 c\n", "mod_c", false, true,
	      "x1(before mod_d test.conf:2) mod_d(before mod_c modules.softdep:2) mod_c*(requested) "
	      "mod_e(after mod_c test.conf:1)");
}

static void l68_without_its_command_the_module_wants_nobody(void **state)
{
	(void)state;
	check("softdep mod_f pre: x1 post: x2\ninstall x1 c\ninstall x2 c\ninstall mod_e c\n", "mod_f",
	      true, true,
	      "mod_d(before mod_c modules.softdep:2) mod_c*(needed by mod_f) mod_b*(needed by mod_f) "
	      "mod_a*(needed by mod_f) mod_e*(needed by mod_f) mod_f*(requested)!");
}

static void l78_loops_of_softdeps_end(void **state)
{
	(void)state;
	check("softdep mod_a pre: mod_f\n", "mod_a", false, false,
	      "mod_d mod_c mod_b mod_a mod_e mod_f");
	check("softdep mod_a pre: mod_f\n", "mod_f", false, false,
	      "mod_d mod_c mod_b mod_a mod_e mod_f");
	check("softdep mod_a pre: mod_a\n", "mod_a", false, false, "mod_d mod_c mod_b mod_a");
	check("softdep mod_d pre: mod_e\nsoftdep mod_e pre: mod_d\n", "mod_d", false, false,
	      "mod_e mod_d");
	check("softdep mod_d post: mod_e\nsoftdep mod_e post: mod_d\n", "mod_d", false, false,
	      "mod_d mod_e");
	check("softdep mod_c pre: mod_a post: mod_a\n", "mod_c", false, false,
	      "mod_d mod_c mod_b mod_a");
	check("softdep mod_* pre: mod_a mod_b mod_c mod_d mod_e mod_f\n", "mod_b", false, false,
	      "mod_c mod_b mod_a mod_e mod_f mod_d");
}

/* Whatever the soft rules say, nobody comes before who he needs. */
static void hard_dependencies_hold_in_every_tangle(void **state)
{
	static const char *const needs[][2] = { { "mod_b", "mod_c" }, { "mod_a", "mod_b" },
						{ "mod_a", "mod_c" }, { "mod_f", "mod_e" },
						{ "mod_f", "mod_a" }, { "mod_f", "mod_b" },
						{ "mod_f", "mod_c" } };
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		char conf[512] = "", name[6] = "mod_a";
		struct kmod_module *mod;
		struct kmod_ctx *ctx;
		struct plan *plan = NULL;
		size_t n = 0;

		for (int rule = 0; rule < 6; rule++) {
			unsigned d[4];

			for (int i = 0; i < 4; i++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				d[i] = (unsigned)(seed >> 33) % 6;
			}
			n += (size_t)snprintf(conf + n, sizeof(conf) - n,
					      "softdep mod_%c pre: mod_%c post: mod_%c mod_%c\n",
					      'a' + (char)d[0], 'a' + (char)d[1], 'a' + (char)d[2],
					      'a' + (char)d[3]);
		}
		name[4] = (char)('a' + round % 6);
		ctx = context_with(conf);
		mod = by_name(ctx, name);
		assert_int_equal(plan_make(mod, &usual, &plan), 0);
		for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
			int at[2] = { -1, -1 };

			for (size_t k = 0; k < plan->steps.n; k++) {
				const char *step = kmod_module_get_name(plan_step(plan, k)->mod);

				for (int w = 0; w < 2; w++) {
					if (streq(step, needs[i][w])) {
						assert_int_equal(at[w], -1);
						at[w] = (int)k;
					}
				}
			}
			if (at[0] >= 0 && (at[1] < 0 || at[1] > at[0]))
				fail_msg("%s before %s: %s\n%s", needs[i][0], needs[i][1],
					 text_of(plan, false), conf);
		}
		plan_free(plan);
		(void)kmod_module_unref(mod);
		assert_null(kmod_unref(ctx));
	}
}

/* An alias is the module it stands for; the requested object is the one in the plan. */
static void an_alias_object_is_the_module_it_stands_for(void **state)
{
	struct kmod_ctx *ctx = context_with("softdep mod_b pre: testalias-c post: mod_b\n");
	struct kmod_module *mod = by_alias(ctx, "testalias-b");
	struct plan *plan = NULL;

	(void)state;
	assert_int_equal(plan_make(mod, &usual, &plan), 0);
	assert_string_equal(text_of(plan, false), "mod_d mod_c mod_b");
	assert_ptr_equal(plan_step(plan, 2)->mod, mod);
	plan_free(plan);
	plan_free(NULL);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

/* Nothing is loaded for mod, because of that module. */
static void check_refused(const char *conf, const char *name, const char *by)
{
	struct kmod_ctx *ctx = context_with(conf);
	struct kmod_module *mod = by_name(ctx, name);
	struct plan *plan = NULL;

	assert_int_equal(plan_make(mod, &usual, &plan), 0);
	assert_non_null(plan->refused);
	assert_string_equal(kmod_module_get_name(plan->refused), by);
	assert_int_equal(plan->steps.n, 0);
	plan_free(plan);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

/* docs/spec/README.md 2 */
static void a_refusal_is_for_all_who_need_the_module(void **state)
{
	static const char *const refusals[] = { "/bin/false",	 "/usr/bin/false", "false",
						"/bin/true",	 "/usr/bin/true",  "true",
						"  /bin/false ", "true\t" };
	static const char *const commands[] = { "/bin/false x", "/sbin/false", "true;", "/bin/truely" };
	char conf[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		(void)snprintf(conf, sizeof(conf), "softdep mod_b pre: mod_e post: mod_f\ninstall mod_b %s\n",
			       refusals[i]);
		check_refused(conf, "mod_b", "mod_b");
		check_refused(conf, "mod_a", "mod_b");
		check_refused(conf, "mod_f", "mod_b");
		check(conf, "mod_c", false, false, "mod_d mod_c");
		check(conf, "mod_b", true, true, /* without its own command */
		      "mod_d(before mod_c modules.softdep:2) mod_c*(needed by mod_b) mod_b*(requested)!");
		there = "mod_b";
		check(conf, "mod_a", false, false, "mod_d mod_c mod_b mod_a");
		there = NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		(void)snprintf(conf, sizeof(conf), "softdep mod_b pre: mod_e\ninstall mod_b %s\n",
			       commands[i]);
		check(conf, "mod_b", false, false, "mod_d mod_c mod_e mod_b");
	}
}

/* What is only wanted stays away, with what only it needs. */
static void a_refused_soft_dependency_is_left_out(void **state)
{
	(void)state;
	check("install mod_d false\n", "mod_a", false, false, "mod_c mod_b mod_a");
	check("softdep mod_d pre: mod_a mod_e\ninstall mod_c true\n", "mod_d", false, false, "mod_e mod_d");
	check("softdep mod_d pre: mod_a post: mod_c\ninstall mod_b true\n", "mod_d", false, false,
	      "mod_d mod_c");
	check_refused("softdep mod_d post: mod_e\ninstall mod_d false\ninstall mod_e false\n", "mod_d",
		      "mod_d");
}

/* Who brings a callback makes of the command what he likes (libkmod-api.md 13.5). */
static void without_a_word_on_who_is_there_nothing_is_refused(void **state)
{
	static const struct plan_wish wish = { .is_there = NULL };
	struct kmod_ctx *ctx = context_with("softdep mod_b pre: mod_e\ninstall mod_b false\n");
	struct kmod_module *mod = by_name(ctx, "mod_a");
	struct plan *plan = NULL;

	(void)state;
	assert_int_equal(plan_make(mod, &wish, &plan), 0);
	assert_null(plan->refused);
	assert_string_equal(text_of(plan, false), "mod_d mod_c mod_b mod_a");
	plan_free(plan);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

/* docs/spec/README.md 3 */
static void a_step_whose_file_is_gone_stays(void **state)
{
	(void)state;
	take_away("lib/modules/9.9.9/kernel/mod_c.ko");
	check("", "mod_b", false, false, "mod_d mod_c mod_b");
}

/* The stack of a small thread is enough for any of them. */
static void a_long_chain_of_soft_dependencies_is_no_deep_one(void **state)
{
	enum { LENGTH = 10000, STACK = 512 * 1024 };
	static char conf[LENGTH * 64];
	struct rlimit limit, all;
	struct kmod_module *mod;
	struct kmod_ctx *ctx;
	struct plan *plan = NULL;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < LENGTH; i++)
		n += (size_t)snprintf(conf + n, sizeof(conf) - n, "softdep %dm pre: %dm\ninstall %dm c\n",
				      i, i + 1, i);
	ctx = context_with(conf);
	mod = by_name(ctx, "0m");
	assert_int_equal(getrlimit(RLIMIT_STACK, &all), 0);
	limit = all;
	limit.rlim_cur = STACK;
	assert_int_equal(setrlimit(RLIMIT_STACK, &limit), 0);
	assert_int_equal(plan_make(mod, &usual, &plan), 0);
	assert_int_equal(setrlimit(RLIMIT_STACK, &all), 0);
	assert_int_equal(plan->steps.n, LENGTH);
	assert_string_equal(kmod_module_get_name(plan_step(plan, 0)->mod), "9999m");
	assert_ptr_equal(plan_step(plan, LENGTH - 1)->mod, mod);
	plan_free(plan);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void every_failed_allocation_is_survived(void **state)
{
	(void)state;
	put("conf/test.conf", "softdep mod_f pre: mod_d multi-x post: mod_e bialias-1\n"
			      "alias x y\nsoftdep mod_e pre: x\n");
	for (unsigned n = 1;; n++) {
		struct kmod_ctx *ctx = new_context(PATHS("conf"));
		struct kmod_module *mod = by_name(ctx, "mod_f");
		struct plan *plan = NULL;
		bool fired;
		int r;

		oom_arm(n);
		r = plan_make(mod, &usual, &plan);
		fired = oom_fired();
		if (fired) {
			assert_int_equal(r, -ENOMEM);
			assert_null(plan);
			assert_int_equal(plan_make(mod, &usual, &plan), 0); /* nothing wrong is remembered */
		}
		assert_string_equal(text_of(plan, false), "mod_d mod_c mod_b mod_a y mod_e mod_f bimod");
		plan_free(plan);
		assert_null(kmod_module_unref(mod));
		assert_null(kmod_unref(ctx));
		if (!fired) {
			assert_true(n > 50);
			break;
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l66_dependencies_come_before_soft_ones_around),
		TEST(each_step_tells_why_it_is_there),
		TEST(the_strongest_reason_is_told),
		TEST(all_softdep_rules_count),
		TEST(l68_without_its_command_the_module_wants_nobody),
		TEST(l78_loops_of_softdeps_end),
		TEST(hard_dependencies_hold_in_every_tangle),
		TEST(an_alias_object_is_the_module_it_stands_for),
		TEST(a_refusal_is_for_all_who_need_the_module),
		TEST(a_refused_soft_dependency_is_left_out),
		TEST(without_a_word_on_who_is_there_nothing_is_refused),
		TEST(a_step_whose_file_is_gone_stays),
		TEST(a_long_chain_of_soft_dependencies_is_no_deep_one),
		TEST(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
