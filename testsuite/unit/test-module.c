/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, identity, the pool; lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/module.h"
#include "libkmod/pool.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

static void l28_one_object_for_each_name_and_alias(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *dash = by_name(ctx, "mod-a"), *dot = by_name(ctx, "mod_a.ko"),
			   *found = by_alias(ctx, "mod_a"), *alias = by_alias(ctx, "testalias_a"),
			   *again = by_alias(ctx, "testalias-a"), *path = NULL;

	(void)state;
	assert_ptr_equal(dash, dot);
	assert_ptr_equal(dash, found);
	assert_ptr_not_equal(dash, alias);
	assert_string_equal(kmod_module_get_name(alias), "mod_a");
	assert_ptr_equal(alias, again);
	assert_int_equal(kmod_module_new_from_path(ctx, ROOT_MODULES "/kernel/mod_a.ko", &path), 0);
	assert_ptr_equal(path, dash);
	assert_ptr_equal(kmod_module_unref(path), dash);
	assert_ptr_equal(kmod_module_unref(dash), dot);
	assert_ptr_equal(kmod_module_unref(dot), found);
	assert_null(kmod_module_unref(found));
	assert_ptr_equal(kmod_module_unref(alias), again);
	assert_null(kmod_module_unref(again));
	assert_null(kmod_unref(ctx));
}

static void l29_how_names_are_spelled(void **state)
{
	static const char *const cases[][2] = {
		{ "snd-hda[0-9]-x.ko.xz", "snd_hda[0_9]_x" },
		{ "snd-hda.ko.xz", "snd_hda" },
		{ "", "" },
		{ ".ko", "" },
		{ "a/b", "a/b" },
	};
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod;
	char longest[6000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		mod = by_name(ctx, cases[i][0]);
		assert_string_equal(kmod_module_get_name(mod), cases[i][1]);
		assert_null(kmod_module_unref(mod));
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	mod = by_name(ctx, longest);
	assert_int_equal(strlen(kmod_module_get_name(mod)), 4095);
	assert_int_equal(kmod_module_get_initstate(mod), -ENAMETOOLONG);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static int from_path(struct kmod_ctx *ctx, const char *path, struct kmod_module **ret)
{
	*ret = NULL;
	return kmod_module_new_from_path(ctx, path, ret);
}

static void l30_modules_by_path(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod, *same, *other;

	(void)state;
	put("one/x-y.ko", "");
	put("two/x_y.ko.xz", "");
	put_dir("usr");
	put_dir("a.dir");
	assert_int_equal(from_path(ctx, "/nonexistent/x.ko", &mod), -ENOENT);
	assert_int_equal(from_path(ctx, "one/x-y.ko/z", &mod), -ENOTDIR);
	assert_int_equal(from_path(ctx, "/usr/", &mod), -ENOENT);
	assert_int_equal(from_path(ctx, "", &mod), -ENOENT);
	assert_null(mod);
	assert_int_equal(from_path(ctx, "a.dir", &mod), 0);
	assert_string_equal(kmod_module_get_name(mod), "a");
	assert_null(kmod_module_unref(mod));

	assert_int_equal(from_path(ctx, "one/x-y.ko", &mod), 0);
	assert_string_equal(kmod_module_get_name(mod), "x_y");
	assert_string_equal(caught(), "");
	assert_int_equal(from_path(ctx, "two/x_y.ko.xz", &other), -EEXIST);
	assert_int_equal(caught_lines(), 1);
	assert_int_equal(from_path(ctx, "./one/x-y.ko", &other), -EEXIST);
	assert_null(other);
	assert_int_equal(from_path(ctx, kmod_module_get_path(mod), &same), 0);
	assert_ptr_equal(same, mod);
	assert_ptr_equal(kmod_module_unref(same), mod);
	assert_null(kmod_module_unref(mod));
	assert_int_equal(from_path(ctx, "two/x_y.ko.xz", &mod), 0);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l31_a_path_says_that_it_is_not_built_in(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "bimod"), *same;

	(void)state;
	put("alt/bimod.ko", "");
	assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_BUILTIN);
	assert_int_equal(from_path(ctx, "alt/bimod.ko", &same), 0);
	assert_ptr_equal(same, mod);
	assert_int_equal(kmod_module_get_initstate(mod), -ENOENT);
	put_module("bimod", "live\n");
	assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_LIVE);
	assert_ptr_equal(kmod_module_unref(same), mod);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l33_a_path_is_the_directory_as_it_was_given_and_the_line(void **state)
{
	struct kmod_ctx *ctx = kmod_new(ROOT_MODULES "/", PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_a"), *bimod = by_name(ctx, "bimod"),
			   *nosuch = by_name(ctx, "nosuch");

	(void)state;
	assert_string_equal(kmod_module_get_path(mod), ROOT_MODULES "//kernel/mod_a.ko");
	assert_ptr_equal(kmod_module_get_path(mod), kmod_module_get_path(mod));
	assert_null(kmod_module_get_path(bimod));
	assert_null(kmod_module_get_path(nosuch));
	/* whether the file is there is not asked; and what was found is remembered */
	take_away("lib/modules");
	assert_string_equal(kmod_module_get_path(mod), ROOT_MODULES "//kernel/mod_a.ko");
	root_copy("api");
	assert_null(kmod_module_get_path(nosuch));
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_module_unref(bimod));
	assert_null(kmod_module_unref(nosuch));
	assert_null(kmod_unref(ctx));
}

static void l80_a_path_inside_the_tree_and_a_lookup_are_one_object(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *path, *found;

	(void)state;
	/* dracut: by path first, then the name while the first object lives */
	assert_int_equal(from_path(ctx, ROOT_MODULES "/kernel/mod_b.ko", &path), 0);
	found = by_alias(ctx, kmod_module_get_name(path));
	assert_ptr_equal(found, path);
	assert_string_equal(kmod_module_get_path(found), ROOT_MODULES "/kernel/mod_b.ko");
	assert_string_equal(names_of_taken(kmod_module_get_dependencies(found)), "mod_c");
	assert_ptr_equal(kmod_module_unref(found), path);
	assert_null(kmod_module_unref(path));

	/* a file elsewhere: its own path, the dependencies of its name */
	put("else/mod_b.ko", "");
	assert_int_equal(from_path(ctx, "else/mod_b.ko", &path), 0);
	assert_string_equal(names_of_taken(kmod_module_get_dependencies(path)), "mod_c");
	assert_non_null(strstr(kmod_module_get_path(path), "/else/mod_b.ko"));
	assert_null(kmod_module_unref(path));
	assert_null(kmod_unref(ctx));
}

static void lists_hold_references(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_f"), *first;
	struct kmod_list *list = kmod_module_get_dependencies(mod);

	(void)state;
	assert_null(kmod_module_unref(mod));
	first = kmod_module_get_module(list);
	assert_string_equal(kmod_module_get_name(first), "mod_c");
	/* any node of the circle stands for the whole */
	assert_int_equal(kmod_module_unref_list(kmod_list_next(list, list)), 0);
	assert_string_equal(kmod_module_get_name(first), "mod_c");
	assert_null(kmod_module_unref(first));
	assert_int_equal(kmod_module_unref_list(NULL), 0);
	assert_null(kmod_unref(ctx));
}

static void the_pool_forgets_who_is_gone(void **state)
{
	struct pool pool = { HASH_INIT };
	struct kmod_module *thing = (struct kmod_module *)(void *)&pool;

	(void)state;
	assert_null(pool_get(&pool, "x"));
	oom_arm(1);
	assert_int_equal(pool_add(&pool, "x", thing), -ENOMEM);
	assert_true(oom_fired());
	assert_null(pool_get(&pool, "x"));
	assert_int_equal(pool_add(&pool, "x", thing), 0);
	assert_int_equal(pool_add(&pool, "x\\y", thing), 0);
	assert_ptr_equal(pool_get(&pool, "x"), thing);
	pool_del(&pool, "x");
	pool_del(&pool, "never there");
	assert_null(pool_get(&pool, "x"));
	assert_ptr_equal(pool_get(&pool, "x\\y"), thing);
	pool_release(&pool);
}

/* A module object by name, by path, by what an alias stands for, and what modules.dep says of it. */
static int make(struct kmod_ctx *ctx, unsigned how, struct kmod_module **ret)
{
	switch (how) {
	case 0:
		return kmod_module_new_from_name(ctx, "mod-f", ret);
	case 1:
		return kmod_module_new_from_path(ctx, "lib/modules/9.9.9/kernel/mod_f.ko", ret);
	case 2:
		return kmod_module_new_from_path(ctx, ROOT_MODULES "/kernel/mod_f.ko", ret);
	default:
		return module_get(ctx, "mod_f", "an-alias", ret);
	}
}

static void without_memory_there_is_no_module(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 4; how++) {
		for (unsigned n = 1;; n++) {
			struct kmod_ctx *ctx = new_context(PATHS());
			struct kmod_module *mod = NULL;
			bool fired;
			int r;

			oom_arm(n);
			r = make(ctx, how, &mod);
			fired = oom_fired();
			assert_int_equal(r, fired ? -ENOMEM : 0);
			assert_true(fired == !mod);
			if (fired) /* nothing of it is left in the pool */
				assert_int_equal(make(ctx, how, &mod), 0);
			assert_string_equal(kmod_module_get_name(mod), "mod_f");
			assert_null(kmod_module_unref(mod));
			assert_null(kmod_unref(ctx));
			if (!fired) {
				assert_true(n > 4);
				break;
			}
		}
	}
}

static void a_path_that_is_not_known_for_want_of_memory_is_asked_for_again(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		struct kmod_module *mod = by_name(ctx, "mod_f");
		bool fired;
		int r;

		oom_arm(n);
		r = module_need_dep_line(mod);
		fired = oom_fired();
		assert_int_equal(r, fired ? -ENOMEM : 0);
		assert_true(!fired || (!mod->path && !mod->dep_line && !mod->dep_line_asked));
		assert_string_equal(kmod_module_get_path(mod), ROOT_MODULES "/kernel/mod_f.ko");
		assert_null(kmod_module_unref(mod));
		assert_null(kmod_unref(ctx));
		if (!fired) {
			assert_true(n > 3);
			break;
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(without_memory_there_is_no_module),
		TEST(a_path_that_is_not_known_for_want_of_memory_is_asked_for_again),
		TEST(l28_one_object_for_each_name_and_alias),
		TEST(l29_how_names_are_spelled),
		TEST(l30_modules_by_path),
		TEST(l31_a_path_says_that_it_is_not_built_in),
		TEST(l33_a_path_is_the_directory_as_it_was_given_and_the_line),
		TEST(l80_a_path_inside_the_tree_and_a_lookup_are_one_object),
		TEST(lists_hold_references),
		cmocka_unit_test(the_pool_forgets_who_is_gone),
	};

	return cmocka_run_group_tests_name("module", tests, NULL, NULL);
}
