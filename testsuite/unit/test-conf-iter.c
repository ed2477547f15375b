/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public iterators over the rules.
 * docs/spec/libkmod-api.md 5; lNN are edge cases of its section 16.
 */
#include "testsuite/unit/unit.h"

#include <stdio.h>

#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

typedef struct kmod_config_iter *get_fn(const struct kmod_ctx *ctx);

static get_fn *const getters[] = {
	kmod_config_get_blacklists, kmod_config_get_install_commands,
	kmod_config_get_remove_commands, kmod_config_get_aliases,
	kmod_config_get_options, kmod_config_get_softdeps,
	kmod_config_get_weakdeps,
};

/* All of an iterator: `KEY=VALUE; ` each. */
static const char *all(const struct kmod_ctx *ctx, get_fn *get)
{
	static char text[1024];
	struct kmod_config_iter *iter = get(ctx);
	size_t n = 0;

	assert_non_null(iter);
	text[0] = '\0';
	while (kmod_config_iter_next(iter)) {
		const char *value = kmod_config_iter_get_value(iter);

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s=%s; ",
				      kmod_config_iter_get_key(iter), value ? value : "NULL");
		assert_true(n < sizeof(text));
	}
	kmod_config_iter_free_iter(iter);
	return text;
}

static void each_kind_of_rule_in_reading_order(void **state)
{
	struct kmod_ctx *ctx = context_with("alias al-one* mod-a\nblacklist b-1\nblacklist b-1\n"
					    "install i-1 one  two\nremove r* cmd\n"
					    "options o-1 a=1\toptb=2\nsoftdep s-1 pre: x-1 post: y\n"
					    "weakdep w-1  a b-2\nalias second m\n");

	(void)state;
	assert_string_equal(all(ctx, getters[0]), "b_1=NULL; b_1=NULL; ");
	assert_string_equal(all(ctx, getters[1]), "i_1=one  two; ");
	assert_string_equal(all(ctx, getters[2]), "r*=cmd; ");
	assert_string_equal(all(ctx, getters[3]), "al_one*=mod_a; second=m; ");
	assert_string_equal(all(ctx, getters[4]), "o_1=a=1 optb=2; ");
	assert_string_equal(all(ctx, getters[5]), "mod_c=pre: mod_d; s_1=pre: x-1 post: y; ");
	assert_string_equal(all(ctx, getters[6]), "mod_d=mod_a; w_1=a b-2; ");
	assert_null(kmod_unref(ctx));
}

static void l16_without_configuration_the_modules_own_rules_remain(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(all(ctx, getters[i]), "");
	assert_string_equal(all(ctx, kmod_config_get_softdeps), "mod_c=pre: mod_d; ");
	assert_string_equal(all(ctx, kmod_config_get_weakdeps), "mod_d=mod_a; ");
	assert_null(kmod_unref(ctx));
}

static void l20_before_the_first_and_behind_the_last_there_is_nothing(void **state)
{
	struct kmod_ctx *ctx = context_with("options a x=1\noptions b y=2\nblacklist c\n");
	struct kmod_config_iter *iter = kmod_config_get_options(ctx);

	(void)state;
	for (int round = 0; round < 3; round++) {
		assert_null(kmod_config_iter_get_key(iter));
		assert_null(kmod_config_iter_get_value(iter));
		assert_true(kmod_config_iter_next(iter));
		assert_string_equal(kmod_config_iter_get_key(iter), "a");
		assert_true(kmod_config_iter_next(iter));
		assert_string_equal(kmod_config_iter_get_key(iter), "b");
		assert_string_equal(kmod_config_iter_get_value(iter), "y=2");
		assert_false(kmod_config_iter_next(iter));
	}
	kmod_config_iter_free_iter(iter);

	iter = kmod_config_get_aliases(ctx); /* empty */
	assert_false(kmod_config_iter_next(iter));
	assert_false(kmod_config_iter_next(iter));
	assert_null(kmod_config_iter_get_key(iter));
	kmod_config_iter_free_iter(iter);

	iter = kmod_config_get_blacklists(ctx);
	assert_true(kmod_config_iter_next(iter));
	assert_string_equal(kmod_config_iter_get_key(iter), "c");
	assert_null(kmod_config_iter_get_value(iter));
	kmod_config_iter_free_iter(iter);
	assert_null(kmod_unref(ctx));
}

static void l21_alternating_labels(void **state)
{
	struct kmod_ctx *ctx = context_with("softdep s1 pre: mod_a post: mod_b pre: mod_c\n"
					    "softdep s2 lost\nsoftdep s3 post: x\n");

	(void)state;
	assert_string_equal(all(ctx, kmod_config_get_softdeps),
			    "mod_c=pre: mod_d; s1=pre: mod_a mod_c post: mod_b; s2=; s3=post: x; ");
	assert_null(kmod_unref(ctx));
}

static void without_memory_there_is_no_iterator_and_no_value(void **state)
{
	struct kmod_ctx *ctx = context_with("");
	struct kmod_config_iter *iter;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(getters); i++) {
		oom_arm(1);
		assert_null(getters[i](ctx));
		assert_true(oom_fired());
		assert_null(getters[i](NULL));
	}
	iter = kmod_config_get_softdeps(ctx);
	assert_true(kmod_config_iter_next(iter));
	oom_arm(1);
	assert_null(kmod_config_iter_get_value(iter));
	assert_true(oom_fired());
	assert_string_equal(kmod_config_iter_get_key(iter), "mod_c");
	assert_string_equal(kmod_config_iter_get_value(iter), "pre: mod_d");
	kmod_config_iter_free_iter(iter);
	assert_null(kmod_unref(ctx));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(each_kind_of_rule_in_reading_order),
		TEST(l16_without_configuration_the_modules_own_rules_remain),
		TEST(l20_before_the_first_and_behind_the_last_there_is_nothing),
		TEST(l21_alternating_labels),
		TEST(without_memory_there_is_no_iterator_and_no_value),
	};

	return cmocka_run_group_tests_name("conf-iter", tests, NULL, NULL);
}
