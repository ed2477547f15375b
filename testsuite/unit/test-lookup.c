/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an alias to modules; lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <stdio.h>

#include "libkmod/lookup.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

struct lookup_case {
	const char *alias, *names;
};

static void check(struct kmod_ctx *ctx, const struct lookup_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_string_equal(names_for(ctx, cases[i].alias), cases[i].names);
}
#define CHECK(ctx, ...)                                                       \
	do {                                                                  \
		static const struct lookup_case cases_[] = { __VA_ARGS__ };   \
		check(ctx, cases_, ARRAY_SIZE(cases_));                       \
	} while (0)

static void l32_names_and_file_names(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = NULL;

	(void)state;
	CHECK(ctx, { "mod_a.ko", "" }, { "mod-a", "mod_a" });
	assert_int_equal(kmod_module_new_from_name_lookup(ctx, "nosuch", &mod), 0);
	assert_null(mod);
	assert_int_equal(kmod_module_new_from_name_lookup(ctx, "testalias-a", &mod), 0);
	assert_null(mod); /* no alias of a loadable module */
	assert_int_equal(kmod_module_new_from_name_lookup(ctx, "mod_a.ko", &mod), 0);
	assert_string_equal(kmod_module_get_name(mod), "mod_a");
	assert_null(kmod_module_unref(mod));
	/* 7.4: built-in ones do resolve, by alias too */
	assert_int_equal(kmod_module_new_from_name_lookup(ctx, "mod-z", &mod), 0);
	assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_BUILTIN);
	assert_null(kmod_module_unref(mod));
	assert_int_equal(kmod_module_new_from_name_lookup(ctx, "bialias-7", &mod), 0);
	assert_string_equal(kmod_module_get_name(mod), "bimod");
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l34_what_is_no_alias(void **state)
{
	static const char *const wrong[] = { "a]", "a[b", "]", "[", "a[b]]" };
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct kmod_list *list = NULL;

		assert_int_equal(kmod_module_new_from_lookup(ctx, wrong[i], &list), -EINVAL);
		assert_null(list);
	}
	CHECK(ctx, { "a[b]", "" }, { "", "" }, { "symbol:nosuch", "" }, { "symbol:csym", "mod_c" },
	      { "symbol:esym", "mod_e" }, { "mod:a", "" }, { "symbol:", "" }, { "*", "" },
	      { "mod_?", "" });
	assert_string_equal(caught(), "");
	assert_null(kmod_unref(ctx));
}

static void l35_wildcards_of_the_index(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	CHECK(ctx, { "multi-x", "mod_a mod_d" }, { "multi-q", "mod_a" }, { "multi*", "mod_a" },
	      { "multi", "mod_a" }, { "mult", "" },
	      { "pci:v00001234d00005678sv0", "mod_c" }, { "pci:v00001235d0", "" });
	assert_null(kmod_unref(ctx));
}

static void l36_built_in_ones(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_alias(ctx, "bimod");

	(void)state;
	assert_string_equal(kmod_module_get_name(mod), "bimod");
	assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_BUILTIN);
	assert_null(kmod_module_get_path(mod));
	assert_null(kmod_module_unref(mod));
	CHECK(ctx, { "mod-z", "mod_z" }, { "bialias-1", "bimod" });
	mod = by_alias(ctx, "bialias-1");
	assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_BUILTIN);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l37_aliases_of_the_configuration(void **state)
{
	struct kmod_ctx *ctx = context_with("alias my-alias* mod-a\nalias my-alias-x mod_b\n"
					    "alias my-alias-x mod_b\n"
					    "options my-alias* from=alias\n");
	struct kmod_module *alias = by_alias(ctx, "my-alias-y"), *plain = by_name(ctx, "mod_a");

	(void)state;
	CHECK(ctx, { "my-alias-x", "mod_a mod_b mod_b" }, { "my_alias_z", "mod_a" }, { "my_alia", "" });
	assert_string_equal(kmod_module_get_options(alias), "from=alias");
	assert_null(kmod_module_get_options(plain));
	assert_null(kmod_module_unref(alias));
	assert_null(kmod_module_unref(plain));
	assert_null(kmod_unref(ctx));
}

static void l38_they_come_first_and_only_once(void **state)
{
	struct kmod_ctx *ctx = context_with("alias mod_a mod_b\nalias ca cb\nalias cb mod_c\n"
					    "alias x off\nalias dot foo.ko\nalias symbol:csym mod_d\n");

	(void)state;
	CHECK(ctx, { "mod_a", "mod_b" }, { "ca", "cb" }, { "cb", "mod_c" }, { "x", "off" },
	      { "dot", "foo.ko" }, { "symbol:csym", "mod_d" });
	assert_null(kmod_unref(ctx));
}

static void l39_commands_make_names(void **state)
{
	struct kmod_ctx *ctx = context_with("install instonly cmd 1\ninstall instonly cmd 2\n"
					    "install mod_* cmd\nremove remonly cmd 3\n"
					    "install testalias_a no\n");
	struct kmod_module *mod = by_alias(ctx, "instonly");

	(void)state;
	assert_string_equal(kmod_module_get_name(mod), "instonly");
	assert_null(kmod_module_get_path(mod));
	assert_string_equal(kmod_module_get_install_commands(mod), "cmd 1");
	assert_null(kmod_module_get_remove_commands(mod));
	assert_null(kmod_module_unref(mod));
	mod = by_alias(ctx, "remonly");
	assert_string_equal(kmod_module_get_remove_commands(mod), "cmd 3");
	assert_null(kmod_module_unref(mod));
	CHECK(ctx, { "mod_q", "" }, { "mod_*", "mod_*" }, { "testalias-a", "testalias_a" });
	mod = by_name(ctx, "mod_a");
	assert_string_equal(kmod_module_get_install_commands(mod), "cmd");
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l40_options_for_one_alias(void **state)
{
	struct kmod_ctx *ctx = context_with("options testalias-b x=1\n");
	struct kmod_module *alias = by_alias(ctx, "testalias_b"), *plain = by_name(ctx, "mod_b");

	(void)state;
	assert_string_equal(kmod_module_get_options(alias), "x=1");
	assert_null(kmod_module_get_options(plain));
	assert_null(kmod_module_unref(alias));
	assert_null(kmod_module_unref(plain));
	assert_null(kmod_unref(ctx));
}

static void names_have_a_limit(void **state)
{
	struct kmod_ctx *ctx = context_with("alias * target\n");
	static char alias[5000];
	struct kmod_list *list = NULL;
	struct kmod_ctx *wide;
	char conf[5100];

	(void)state;
	memset(alias, 'x', sizeof(alias) - 1);
	/* the alias that is recorded is the pattern: short */
	assert_int_equal(kmod_module_new_from_lookup(ctx, alias, &list), 0);
	assert_string_equal(names_of_taken(list), "target");
	assert_null(kmod_unref(ctx));
	/* "target\" and 4087 make 4094: the longest key */
	list = NULL;
	for (size_t n = 4087; n <= 4089; n++) {
		(void)snprintf(conf, sizeof(conf), "alias %.*s target\n", (int)n, alias);
		wide = context_with(conf);
		alias[n] = '\0';
		assert_int_equal(kmod_module_new_from_lookup(wide, alias, &list),
				 n <= 4088 ? 0 : -ENAMETOOLONG);
		alias[n] = 'x';
		if (n <= 4088)
			assert_string_equal(names_of_taken(list), "target");
		else
			assert_null(list);
		list = NULL;
		assert_null(kmod_unref(wide));
	}
}

static void a_lookup_appends(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_list *list = NULL;

	(void)state;
	assert_int_equal(lookup_alias(ctx, "mod_e", &list), 0);
	assert_int_equal(lookup_alias(ctx, "nosuch", &list), 0);
	assert_int_equal(lookup_alias(ctx, "multi-x", &list), 0);
	assert_int_equal(lookup_alias(ctx, "a]", &list), -EINVAL);
	assert_string_equal(names_of(list), "mod_e mod_a mod_d");
	assert_int_equal(kmod_module_unref_list(list), 0);
	assert_null(kmod_unref(ctx));
}

/* lspci: everything an application sees through one lookup at a time, names good while the list is */
static void l80_one_context_many_lookups_no_reference_left(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	assert_int_equal(kmod_load_resources(ctx), 0);
	for (int i = 0; i < 100; i++) {
		struct kmod_list *list = NULL;

		assert_int_equal(kmod_module_new_from_lookup(ctx, "pci:v00001234d00000001", &list), 0);
		assert_string_equal(names_of_taken(list), "mod_c");
		assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	}
	assert_null(kmod_unref(ctx)); /* udevd asserts on this */
}

static void without_memory_a_list_is_as_it_was(void **state)
{
	/* one for each source */
	static const struct lookup_case cases[] = {
		{ "my-alias-x", "mod_e mod_a mod_b" }, { "mod-a", "mod_e mod_a" },
		{ "symbol:csym", "mod_e mod_c" }, { "instonly", "mod_e instonly" },
		{ "remonly", "mod_e remonly" }, { "multi-x", "mod_e mod_a mod_d" },
		{ "mod-z", "mod_e mod_z" }, { "bialias-1", "mod_e bimod" }, { "nosuch", "mod_e" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (unsigned n = 1;; n++) {
			struct kmod_ctx *ctx = context_with("alias my-alias* mod-a\nalias my-alias-x mod_b\n"
							    "install instonly x\nremove remonly y\n");
			struct kmod_list *list = NULL;
			bool fired;
			int r;

			assert_int_equal(lookup_alias(ctx, "mod_e", &list), 0);
			kmod_unload_resources(ctx);
			oom_arm(n);
			r = lookup_alias(ctx, cases[i].alias, &list);
			fired = oom_fired();
			assert_int_equal(r, fired ? -ENOMEM : 0);
			assert_string_equal(names_of_taken(list), fired ? "mod_e" : cases[i].names);
			assert_null(kmod_unref(ctx)); /* no module is left in it */
			if (!fired) {
				assert_true(n > 3);
				break;
			}
		}
	}
}

static void without_memory_a_name_stands_for_nothing(void **state)
{
	static const char *const names[] = { "mod_a", "mod_z", "bialias-7" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (unsigned n = 1;; n++) {
			struct kmod_ctx *ctx = new_context(PATHS());
			struct kmod_module *mod = NULL;
			bool fired;
			int r;

			oom_arm(n);
			r = kmod_module_new_from_name_lookup(ctx, names[i], &mod);
			fired = oom_fired();
			assert_int_equal(r, fired ? -ENOMEM : 0);
			assert_true(fired == !mod);
			assert_null(kmod_module_unref(mod));
			assert_null(kmod_unref(ctx));
			if (!fired) {
				assert_true(n > 4);
				break;
			}
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l32_names_and_file_names),
		TEST(l34_what_is_no_alias),
		TEST(l35_wildcards_of_the_index),
		TEST(l36_built_in_ones),
		TEST(l37_aliases_of_the_configuration),
		TEST(l38_they_come_first_and_only_once),
		TEST(l39_commands_make_names),
		TEST(l40_options_for_one_alias),
		TEST(names_have_a_limit),
		TEST(a_lookup_appends),
		TEST(l80_one_context_many_lookups_no_reference_left),
		TEST(without_memory_a_list_is_as_it_was),
		TEST(without_memory_a_name_stands_for_nothing),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
