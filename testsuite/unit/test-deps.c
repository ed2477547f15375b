/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hard, soft and weak dependencies; lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "libkmod/conf.h"
#include "libkmod/deps.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

#define M "lib/modules/9.9.9/"

static const char *needs(struct kmod_module *mod)
{
	return names_of_taken(kmod_module_get_dependencies(mod));
}

static void l42_load_order_and_a_fresh_list_each_time(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_f");
	struct kmod_list *one = kmod_module_get_dependencies(mod),
			 *two = kmod_module_get_dependencies(mod), *a, *b = two;

	(void)state;
	assert_string_equal(names_of(one), "mod_c mod_b mod_a mod_e");
	assert_ptr_not_equal(one, two);
	kmod_list_foreach(a, one) {
		struct kmod_module *x = kmod_module_get_module(a), *y = kmod_module_get_module(b);

		assert_ptr_equal(x, y);
		(void)kmod_module_unref(x);
		(void)kmod_module_unref(y);
		b = kmod_list_next(two, b);
	}
	assert_null(b);
	assert_int_equal(kmod_module_unref_list(one), 0);
	assert_int_equal(kmod_module_unref_list(two), 0);
	assert_null(kmod_module_unref(mod));
	mod = by_name(ctx, "mod_c");
	assert_null(kmod_module_get_dependencies(mod));
	assert_null(kmod_module_unref(mod));
	mod = by_name(ctx, "nosuch");
	assert_null(kmod_module_get_dependencies(mod));
	assert_string_equal(caught(), "");
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l43_a_missing_file_is_an_error_that_is_not_remembered(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_b");
	struct kmod_list *list = NULL;

	(void)state;
	assert_int_equal(rename(M "kernel/mod_c.ko", "away"), 0);
	assert_null(kmod_module_get_dependencies(mod));
	assert_int_equal(caught_lines(), 1);
	assert_string_equal(kmod_module_get_path(mod), ROOT_MODULES "/kernel/mod_b.ko");
	/* README.md 3: the plan keeps the step, so that the probe can name the file */
	assert_int_equal(deps_hard(mod, &list), 0);
	assert_string_equal(names_of_taken(list), "mod_c");
	assert_int_equal(rename("away", M "kernel/mod_c.ko"), 0);
	assert_string_equal(needs(mod), "mod_c");
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l44_a_dependency_known_by_another_path(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_a"), *other = NULL;
	struct kmod_list *list = NULL;

	(void)state;
	put("else/mod_b.ko", "");
	assert_int_equal(kmod_module_new_from_path(ctx, "else/mod_b.ko", &other), 0);
	assert_null(kmod_module_get_dependencies(mod));
	assert_int_equal(deps_hard(mod, &list), 0); /* the object there is */
	assert_string_equal(names_of_taken(list), "mod_c mod_b");
	assert_non_null(strstr(kmod_module_get_path(other), "/else/mod_b.ko"));
	assert_null(kmod_module_unref(other));
	assert_string_equal(needs(mod), "mod_c mod_b");
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void paths_of_modules_dep_may_be_absolute(void **state)
{
	struct kmod_ctx *ctx;
	struct kmod_module *mod, *dep;
	struct kmod_list *list;

	(void)state;
	/* the index of the fixture `alias-one`, in another place, knows mod_b: mod_a */
	root_copy("alias-one");
	ctx = new_context(PATHS());
	mod = by_name(ctx, "mod_b");
	list = kmod_module_get_dependencies(mod);
	dep = kmod_module_get_module(list);
	assert_string_equal(kmod_module_get_path(dep), ROOT_MODULES "/kernel/mod_a.ko");
	assert_int_equal(kmod_module_get_initstate(dep), -ENOENT);
	assert_int_equal(kmod_module_unref_list(list), 0);
	assert_null(kmod_module_unref(dep));
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

/* "PRE | POST" of a module. */
static const char *wants(struct kmod_ctx *ctx, const char *name)
{
	static char text[1024];
	struct kmod_module *mod = by_name(ctx, name);
	struct kmod_list *pre = NULL, *post = NULL;
	size_t n;

	assert_int_equal(kmod_module_get_softdeps(mod, &pre, &post), 0);
	n = (size_t)snprintf(text, sizeof(text), "%s | ", names_of_taken(pre));
	assert_true(n + strlen(names_of(post)) < sizeof(text));
	(void)strcpy(text + n, names_of_taken(post));
	(void)kmod_module_unref(mod);
	return text;
}

static void l21_l22_softdeps(void **state)
{
	struct kmod_ctx *ctx = context_with("softdep s1 pre: mod_a post: mod_b pre: mod_c\n"
					    "softdep s2  pre: mod_a\n"
					    "softdep s3 pre: multi-x nosuch post: testalias-c bimod\n"
					    "softdep s4 pre: a] mod_e\n"
					    "softdep w* pre: mod_e\n"
					    "softdep s5 lost\n");

	(void)state;
	assert_string_equal(wants(ctx, "s1"), "mod_a mod_c | mod_b");
	assert_string_equal(wants(ctx, "s2"), "mod_a | ");
	assert_string_equal(wants(ctx, "s3"), "mod_a mod_d | mod_c bimod"); /* aliases may be several */
	assert_string_equal(caught(), "");
	assert_string_equal(wants(ctx, "s4"), "mod_e | ");
	assert_int_equal(caught_lines(), 1); /* a] */
	assert_string_equal(wants(ctx, "wide"), "mod_e | ");
	assert_string_equal(wants(ctx, "s5"), " | ");
	assert_string_equal(wants(ctx, "mod_c"), "mod_d | ");
	assert_null(kmod_unref(ctx));
}

/* docs/spec/README.md 1 */
static void l23_all_softdep_rules_count_each_name_once(void **state)
{
	struct kmod_ctx *ctx;

	(void)state;
	put("c/aa.conf", "softdep mod_c pre: mod_e mod_d post: mod_f\n");
	put("c/zz.conf", "softdep mod_c pre: mod_a mod_e post: bimod mod_f\nsoftdep mod_? post: mod_b\n");
	ctx = new_context(PATHS("c"));
	assert_string_equal(wants(ctx, "mod_c"), "mod_e mod_d mod_a | mod_f bimod mod_b");
	assert_string_equal(wants(ctx, "mod_a"), " | mod_b");
	assert_null(kmod_unref(ctx));
}

struct walk {
	unsigned calls, stop_at;
	int answer;
	const char *rules[8];
};

static int on_soft(struct kmod_module *dep, bool pre, const struct conf_rule *rule, void *data)
{
	struct walk *walk = data;

	assert_non_null(dep);
	assert_true(pre);
	walk->rules[walk->calls++] = rule->file;
	return walk->calls == walk->stop_at ? walk->answer : 0;
}

static void each_softdep_comes_with_its_rule_and_may_end_the_walk(void **state)
{
	struct kmod_ctx *ctx = context_with("softdep mod_c pre: mod_d mod_e post: mod_f\n");
	struct kmod_module *mod = by_name(ctx, "mod_c");
	struct walk walk = { 0 };

	(void)state;
	assert_int_equal(deps_soft(mod, true, on_soft, &walk), 0);
	assert_int_equal(walk.calls, 3); /* duplicates included */
	assert_string_equal(walk.rules[0], ROOT_MODULES "/modules.softdep");
	assert_string_equal(walk.rules[1], "conf/test.conf");
	walk = (struct walk){ .stop_at = 2, .answer = -EBADMSG };
	assert_int_equal(deps_soft(mod, true, on_soft, &walk), -EBADMSG);
	assert_int_equal(walk.calls, 2);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static const char *weak(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod = by_name(ctx, name);
	struct kmod_list *list = NULL;

	assert_int_equal(kmod_module_get_weakdeps(mod, &list), 0);
	(void)kmod_module_unref(mod);
	return names_of_taken(list);
}

static void l22_weakdeps(void **state)
{
	struct kmod_ctx *ctx = context_with("weakdep w1  mod_a\nweakdep w2 nosuch multi-x a[\n"
					    "weakdep mod_d mod_e mod_a\nweakdep w[34] mod_b\n");

	(void)state;
	assert_string_equal(weak(ctx, "w1"), "mod_a");
	assert_string_equal(weak(ctx, "w2"), "mod_a mod_d");
	assert_string_equal(weak(ctx, "w4"), "mod_b");
	assert_string_equal(weak(ctx, "mod_d"), "mod_a mod_e");
	assert_string_equal(weak(ctx, "mod_a"), "");
	assert_null(kmod_unref(ctx));
}

/* docs/spec/README.md 5 */
static void lists_for_results_have_to_be_empty(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_c");
	struct kmod_list *none = NULL, *full = (struct kmod_list *)(void *)&none;

	(void)state;
	assert_int_equal(kmod_module_get_softdeps(mod, &full, &none), -EINVAL);
	assert_int_equal(kmod_module_get_softdeps(mod, &none, &full), -EINVAL);
	assert_int_equal(kmod_module_get_weakdeps(mod, &full), -EINVAL);
	assert_null(none);
	assert_ptr_equal(full, &none);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

/* Each of them, as a number of modules or -errno; outputs are what they were when there is none. */
static int ask(unsigned what, struct kmod_module *mod)
{
	struct kmod_list *list = NULL, *after = NULL, *l;
	struct walk walk = { 0 };
	int r = 0, n = 0;

	switch (what) {
	case 0:
		errno = 0;
		list = kmod_module_get_dependencies(mod);
		r = list ? 0 : -errno;
		break;
	case 1:
		r = deps_hard(mod, &list);
		break;
	case 2:
		r = kmod_module_get_softdeps(mod, &list, &after);
		assert_true(r == 0 || !after);
		(void)kmod_module_unref_list(after);
		break;
	case 3:
		r = kmod_module_get_weakdeps(mod, &list);
		break;
	default:
		r = deps_soft(mod, true, on_soft, &walk);
		return r < 0 ? r : (int)walk.calls;
	}
	assert_true(r == 0 || !list);
	kmod_list_foreach(l, list)
		n++;
	(void)kmod_module_unref_list(list);
	return r < 0 ? r : n;
}

static void memory_that_runs_out_is_said_and_forgotten(void **state)
{
	static const int want[] = { 4, 4, 3, 2, 3 };

	(void)state;
	for (unsigned what = 0; what < ARRAY_SIZE(want); what++) {
		for (unsigned n = 1;; n++) {
			struct kmod_ctx *ctx = context_with("softdep mod_f pre: multi-x mod_e post: bimod\n"
							    "weakdep mod_f mod_a bimod\n");
			struct kmod_module *mod = by_name(ctx, "mod_f");
			bool fired;
			int r;

			oom_arm(n);
			r = ask(what, mod);
			fired = oom_fired();
			assert_int_equal(r, fired ? -ENOMEM : want[what]);
			assert_int_equal(ask(what, mod), want[what]);
			assert_null(kmod_module_unref(mod));
			assert_null(kmod_unref(ctx)); /* no module is left in it */
			if (!fired) {
				assert_true(n > 10);
				break;
			}
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l42_load_order_and_a_fresh_list_each_time),
		TEST(l43_a_missing_file_is_an_error_that_is_not_remembered),
		TEST(l44_a_dependency_known_by_another_path),
		TEST(paths_of_modules_dep_may_be_absolute),
		TEST(l21_l22_softdeps),
		TEST(l23_all_softdep_rules_count_each_name_once),
		TEST(each_softdep_comes_with_its_rule_and_may_end_the_walk),
		TEST(l22_weakdeps),
		TEST(lists_for_results_have_to_be_empty),
		TEST(memory_that_runs_out_is_said_and_forgotten),
	};

	return cmocka_run_group_tests_name("deps", tests, NULL, NULL);
}
