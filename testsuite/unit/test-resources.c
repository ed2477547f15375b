/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Indexes: mapped when needed, stale, pinned, dumped; lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "libkmod/context.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

#define M "lib/modules/9.9.9/"

static void l24_only_what_is_loaded_can_be_stale(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	make_older(M "modules.dep.bin");
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	assert_string_equal(names_for(ctx, "mod_a"), "mod_a");
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	assert_int_equal(kmod_load_resources(ctx), 0);
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	root_copy("api"); /* other mtimes */
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
	assert_int_equal(kmod_load_resources(ctx), 0);
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
	kmod_unload_resources(ctx);
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	assert_int_equal(kmod_load_resources(ctx), 0);
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	take_away(M "modules.builtin.bin");
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
	kmod_unload_resources(ctx);
	kmod_unload_resources(ctx);
	assert_null(kmod_unref(ctx));
}

static void l24_each_loaded_index_is_watched(void **state)
{
	static const char *const files[] = { "modules.dep.bin", "modules.alias.bin",
					     "modules.symbols.bin", "modules.builtin.alias.bin",
					     "modules.builtin.bin" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct kmod_ctx *ctx = new_context(PATHS());

		assert_int_equal(kmod_load_resources(ctx), 0);
		assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
		(void)snprintf(path, sizeof(path), M "%s", files[i]);
		make_older(path);
		assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RELOAD);
		assert_null(kmod_unref(ctx));
		root_copy("api");
	}
}

static void l25_configuration_paths_are_watched(void **state)
{
	static const struct {
		const char *file, *dir; /* what changes: one of them */
		enum kmod_resources want;
	} cases[] = {
		{ "conf/new.conf", "conf", KMOD_RESOURCES_MUST_RECREATE }, /* a new file inside */
		{ "single", "single", KMOD_RESOURCES_MUST_RECREATE }, /* a given file rewritten */
		{ "conf/old.conf", NULL, KMOD_RESOURCES_OK }, /* a file inside rewritten in place */
		{ "later/x.conf", NULL, KMOD_RESOURCES_OK }, /* a path created later */
		{ NULL, "conf", KMOD_RESOURCES_MUST_RECREATE }, /* removed */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmod_ctx *ctx;

		put("conf/old.conf", "");
		put("single", "");
		ctx = new_context(PATHS("conf", "single", "later"));
		assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
		if (cases[i].file)
			put(cases[i].file, "# changed\n");
		if (cases[i].file && cases[i].dir) /* the clock of the file system may be slow */
			make_older(cases[i].dir);
		if (!cases[i].file)
			take_away(cases[i].dir);
		assert_int_equal(kmod_validate_resources(ctx), cases[i].want);
		assert_null(kmod_unref(ctx));
		take_away("later");
	}
}

static void check_still_works(struct kmod_ctx *ctx)
{
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	assert_string_equal(names_for(ctx, "mod_a"), "mod_a");
	assert_string_equal(names_for(ctx, "symbol:csym"), "mod_c");
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
}

static void l26_which_index_may_be_missing_or_damaged(void **state)
{
	static const struct {
		const char *file, *content; /* NULL: missing */
		int want;
	} cases[] = {
		{ "modules.builtin.alias.bin", NULL, 0 },
		{ "modules.builtin.alias.bin", "garbage, and more of it", 0 },
		{ "modules.builtin.alias.bin", "abc", 0 },
		{ "modules.builtin.bin", NULL, -ENOENT },
		{ "modules.builtin.bin", "abc", -EINVAL },
		{ "modules.builtin.bin", "garbage, and more of it", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		char path[64];

		(void)snprintf(path, sizeof(path), M "%s", cases[i].file);
		take_away(path);
		if (cases[i].content)
			put(path, cases[i].content);
		assert_int_equal(kmod_load_resources(ctx), cases[i].want);
		check_still_works(ctx);
		if (cases[i].want < 0) { /* nothing is loaded: a change is no matter */
			make_older(M "modules.dep.bin");
			check_still_works(ctx);
		}
		assert_null(kmod_unref(ctx));
		root_copy("api");
	}
}

/* index-files.md edge case 14 */
static void all_but_one_index_must_be_there(void **state)
{
	static const struct {
		const char *file;
		int want;
	} cases[] = {
		{ M "modules.dep.bin", -ENOENT },     { M "modules.alias.bin", -ENOENT },
		{ M "modules.symbols.bin", -ENOENT }, { M "modules.builtin.bin", -ENOENT },
		{ M "modules.builtin.alias.bin", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmod_ctx *ctx = new_context(PATHS());

		take_away(cases[i].file);
		assert_int_equal(kmod_load_resources(ctx), cases[i].want);
		for (size_t k = 0; k < RESOURCES_INDEXES; k++) {
			const struct resource *slot = &ctx->resources.slot[k];
			bool mapped = cases[i].want == 0 && k != KMOD_INDEX_MODULES_BUILTIN_ALIAS;

			assert_int_equal(slot->index != NULL, mapped);
			assert_int_equal(slot->pinned, mapped);
		}
		assert_string_equal(caught(), ""); /* the errno says it */
		assert_null(kmod_unref(ctx));
		root_copy("api");
	}
}

static void a_failed_load_forgets_an_earlier_one(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	take_away(M "modules.builtin.alias.bin");
	assert_int_equal(kmod_load_resources(ctx), 0);
	assert_int_equal(kmod_load_resources(ctx), 0); /* what is loaded is not opened again */
	kmod_unload_resources(ctx);
	take_away(M "modules.symbols.bin");
	assert_int_equal(kmod_load_resources(ctx), -ENOENT);
	make_older(M "modules.dep.bin");
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	assert_null(kmod_unref(ctx));
}

static void l41_no_index_at_all(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = NULL;

	(void)state;
	take_away("lib/modules");
	for (int loaded = 0; loaded < 2; loaded++) {
		assert_string_equal(names_for(ctx, "mod_a"), "");
		assert_string_equal(names_for(ctx, "symbol:csym"), "");
		assert_int_equal(kmod_module_new_from_name_lookup(ctx, "mod_a", &mod), 0);
		assert_null(mod);
		assert_int_equal(kmod_load_resources(ctx), -ENOENT);
	}
	assert_string_equal(caught(), "");
	assert_null(kmod_unref(ctx));
}

static void an_index_is_mapped_once_and_kept(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	const struct resource *slot = ctx->resources.slot;
	const struct index *first;

	(void)state;
	for (size_t i = 0; i < RESOURCES_INDEXES; i++)
		assert_null(slot[i].index); /* kmod_new() opens none */
	assert_string_equal(names_for(ctx, "mod_a"), "mod_a");
	first = slot[KMOD_INDEX_MODULES_DEP].index;
	assert_non_null(first);
	assert_null(slot[KMOD_INDEX_MODULES_ALIAS].index); /* nobody asked it */
	assert_string_equal(names_for(ctx, "mod_b"), "mod_b");
	assert_ptr_equal(slot[KMOD_INDEX_MODULES_DEP].index, first);
	assert_null(kmod_unref(ctx));
}

static void a_new_file_is_seen_unless_it_is_pinned(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS()), *pinned = new_context(PATHS());

	(void)state;
	assert_int_equal(kmod_load_resources(pinned), 0);
	assert_string_equal(names_for(ctx, "mod_a"), "mod_a");
	/* depmod renames a new file over the old one */
	assert_int_equal(rename(M "modules.builtin.bin", M "new"), 0);
	assert_int_equal(rename(M "new", M "modules.dep.bin"), 0);
	assert_string_equal(names_for(ctx, "mod_a"), "");
	assert_string_equal(names_for(pinned, "mod_a"), "mod_a");
	take_away(M "modules.dep.bin");
	assert_string_equal(names_for(ctx, "mod_a"), "");
	assert_string_equal(names_for(pinned, "mod_a"), "mod_a");
	root_copy("api"); /* and back */
	assert_string_equal(names_for(ctx, "mod_a"), "mod_a");
	kmod_unload_resources(pinned);
	assert_string_equal(names_for(pinned, "mod_a"), "mod_a");
	assert_null(kmod_unref(ctx));
	assert_null(kmod_unref(pinned));
}

/* Nothing is loaded: each way in which an index gets another one must be seen by the next lookup. */
static void never_stale(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
	/* the directory of the release is another one */
	assert_int_equal(rename("lib/modules/9.9.9", "lib/modules/old"), 0);
	assert_string_equal(names_for(ctx, "testalias-b"), "");
	put_dir("lib/modules/9.9.9");
	assert_string_equal(names_for(ctx, "testalias-b"), ""); /* there, but empty */
	root_copy("api"); /* it is filled later */
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
	/* one above it */
	assert_int_equal(rename("lib", "old"), 0);
	assert_string_equal(names_for(ctx, "testalias-b"), "");
	assert_int_equal(symlink("old", "lib"), 0);
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
	/* a link that leads elsewhere, with no change to any directory of the old tree */
	put_dir("new/modules/9.9.9");
	assert_int_equal(rename("old/modules/old/modules.dep.bin", "new/modules/9.9.9/modules.alias.bin"), 0);
	assert_int_equal(symlink("new", "other"), 0);
	assert_int_equal(rename("other", "lib"), 0);
	assert_string_equal(names_for(ctx, "testalias-b"), "");
	/* back to the very file that was mapped first */
	take_away("lib");
	assert_int_equal(rename("old", "lib"), 0);
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
	/* rewritten in place, shorter and longer */
	put(M "modules.alias.bin", "");
	assert_string_equal(names_for(ctx, "testalias-b"), "");
	root_copy("api");
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
	assert_null(kmod_unref(ctx));
}

static unsigned looks;

static void count_look(void)
{
	looks++;
}

/* A look at an index that is current is one stat(), and no look at any other. */
static void one_look_for_each_lookup(void **state)
{
	static const char *const names[] = { "modules.dep.bin", "modules.alias.bin",
					     "modules.symbols.bin", "modules.builtin.alias.bin",
					     "modules.builtin.bin" };
	static const struct {
		const char *alias, *found;
		unsigned looks[RESOURCES_INDEXES]; /* of names */
	} cases[] = {
		{ "mod_a", "mod_a", { 1, 0, 0, 0, 0 } },
		{ "pci:v00001234d1", "mod_c", { 0, 1, 0, 0, 0 } },
		{ "symbol:csym", "mod_c", { 0, 0, 1, 0, 0 } },
		{ "testalias-b", "mod_b", { 1, 1, 0, 0, 0 } },
		{ "pci:nosuch", "", { 0, 1, 0, 1, 1 } },
	};
	struct kmod_ctx *ctx = new_context(PATHS());
	char path[128];

	(void)state;
	for (size_t turn = 0; turn < 2; turn++) { /* the second time all is mapped */
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			for (size_t k = 0; k < RESOURCES_INDEXES; k++) {
				(void)snprintf(path, sizeof(path), "%s/%s", ROOT_MODULES, names[k]);
				for (unsigned n = 1; n <= 2; n++) {
					looks = 0;
					when_asked(path, n, count_look);
					assert_string_equal(names_for(ctx, cases[i].alias),
							    cases[i].found);
					if (turn > 0)
						assert_int_equal(looks, cases[i].looks[k] >= n);
				}
			}
		}
	}
	assert_null(kmod_unref(ctx));
}

/* A damaged file is opened once, told once, and looked at again when it is another one. */
static void a_damaged_file_is_told_once(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	put(M "modules.alias.bin", "garbage, and more of it");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(names_for(ctx, "testalias-b"), "");
		assert_int_equal(caught_lines(), 1);
	}
	assert_non_null(strstr(caught(), ROOT_MODULES "/modules.alias.bin"));
	put(M "modules.alias.bin", "other garbage than before");
	assert_string_equal(names_for(ctx, "testalias-b"), "");
	assert_int_equal(caught_lines(), 2);
	assert_int_equal(kmod_load_resources(ctx), -EINVAL); /* here somebody asks for it */
	assert_int_equal(caught_lines(), 3);
	root_copy("api");
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
	assert_int_equal(caught_lines(), 3);
	assert_null(kmod_unref(ctx));
}

/* The text of an index, or the error as text. */
static const char *dump(struct kmod_ctx *ctx, int type)
{
	static char text[4096];
	auto_close int fd = open("dump", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = kmod_dump_index(ctx, (enum kmod_index)type, fd);
	ssize_t n;

	if (r < 0)
		return r == -ENOENT ? "-ENOENT" : r == -ENOSYS ? "-ENOSYS" : "another error";
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	n = io_read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

/* index-files.md edge case 12 */
static void l27_dumps(void **state)
{
	static const char *const want[] = {
		"mod_a kernel/mod_a.ko: kernel/mod_b.ko kernel/mod_c.ko\n"
		"mod_b kernel/mod_b.ko: kernel/mod_c.ko\n"
		"mod_c kernel/mod_c.ko:\n"
		"mod_d kernel/mod_d.ko:\n"
		"mod_e kernel/mod_e.ko:\n"
		"mod_f kernel/mod_f.ko: kernel/mod_e.ko kernel/mod_a.ko kernel/mod_b.ko kernel/mod_c.ko\n",
		"alias multi* mod_a\n"
		"alias multi_x mod_d\n"
		"alias pci:v00001234d* mod_c\n"
		"alias testalias_a mod_a\n"
		"alias testalias_b mod_b\n"
		"alias testalias_c mod_c\n",
		"alias symbol:asym mod_a\n"
		"alias symbol:bsym mod_b\n"
		"alias symbol:csym mod_c\n"
		"alias symbol:esym mod_e\n",
		"bialias_* bimod\n",
		"bimod \nmod_z \n",
	};
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	for (int loaded = 0; loaded < 2; loaded++) {
		for (size_t i = 0; i < ARRAY_SIZE(want); i++)
			assert_string_equal(dump(ctx, (int)i), want[i]);
		assert_string_equal(dump(ctx, 5), "-ENOENT");
		assert_string_equal(dump(ctx, -1), "-ENOENT");
		assert_int_equal(kmod_load_resources(ctx), 0);
	}
	kmod_unload_resources(ctx);
	take_away(M "modules.alias.bin");
	assert_string_equal(dump(ctx, KMOD_INDEX_MODULES_ALIAS), "-ENOSYS");
	put(M "modules.symbols.bin", "garbage, and more of it");
	assert_string_equal(dump(ctx, KMOD_INDEX_MODULES_SYMBOL), "-ENOSYS");
	assert_int_equal(kmod_dump_index(ctx, KMOD_INDEX_MODULES_DEP, -1), -EBADF);
	assert_null(kmod_unref(ctx));
}

/* load-race.md R3 and 13.28 */
static void the_text_list_stands_in_for_the_index_of_built_ins(void **state)
{
	static const char *const damage[] = { NULL, "abc", "garbage, and more of it" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damage); i++) {
		struct kmod_ctx *ctx;

		take_away(M "modules.builtin.bin");
		if (damage[i])
			put(M "modules.builtin.bin", damage[i]);
		put(M "modules.builtin", "kernel/bimod.ko\nkernel/x/mod-z.ko\n\nkernel/\nno_newline.ko");
		ctx = new_context(PATHS());
		assert_int_equal(resources_is_builtin(ctx, "bimod"), 1);
		assert_int_equal(resources_is_builtin(ctx, "mod_z"), 1);
		assert_int_equal(resources_is_builtin(ctx, "no_newline"), 1);
		assert_int_equal(resources_is_builtin(ctx, "mod"), 0); /* whole names only */
		assert_int_equal(resources_is_builtin(ctx, "imod"), 0);
		assert_int_equal(resources_is_builtin(ctx, "bimod\nmod_z"), 0);
		assert_int_equal(resources_is_builtin(ctx, "kernel"), 0);
		assert_int_equal(resources_is_builtin(ctx, ""), 0);
		assert_string_equal(names_for(ctx, "mod-z"), "mod_z");
		assert_null(kmod_unref(ctx));
	}
	take_away(M "modules.builtin");
	take_away(M "modules.builtin.bin");
	{
		struct kmod_ctx *ctx = new_context(PATHS());

		assert_int_equal(resources_is_builtin(ctx, "bimod"), 0);
		assert_null(kmod_unref(ctx));
	}
}

/* An answer that only lack of memory made must not be taken for the truth, then or later. */
static void memory_that_runs_out_is_told_and_forgotten(void **state)
{
	(void)state;
	take_away(M "modules.builtin.bin"); /* the longest way */
	for (unsigned n = 1;; n++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		bool fired;
		int r;

		oom_arm(n);
		r = resources_is_builtin(ctx, "bimod");
		fired = oom_fired();
		assert_int_equal(r, fired ? -ENOMEM : 1);
		assert_int_equal(resources_is_builtin(ctx, "bimod"), 1);
		assert_null(kmod_unref(ctx));
		if (!fired) {
			assert_true(n > 4);
			break;
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l24_only_what_is_loaded_can_be_stale),
		TEST(l24_each_loaded_index_is_watched),
		TEST(l25_configuration_paths_are_watched),
		TEST(l26_which_index_may_be_missing_or_damaged),
		TEST(all_but_one_index_must_be_there),
		TEST(a_failed_load_forgets_an_earlier_one),
		TEST(l41_no_index_at_all),
		TEST(an_index_is_mapped_once_and_kept),
		TEST(a_new_file_is_seen_unless_it_is_pinned),
		TEST(never_stale),
		TEST(one_look_for_each_lookup),
		TEST(a_damaged_file_is_told_once),
		TEST(l27_dumps),
		TEST(the_text_list_stands_in_for_the_index_of_built_ins),
		TEST(memory_that_runs_out_is_told_and_forgotten),
	};

	return cmocka_run_group_tests_name("resources", tests, NULL, NULL);
}
