/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Indexes: mapped when needed, stale, pinned, dumped; lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/context.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/strbuf.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/index-test.h"
#include "testsuite/unit/oom.h"

#define M "lib/modules/9.9.9/"

/* What would stand in for an index. */
static void no_texts(void)
{
	take_away(M "modules.dep");
	take_away(M "modules.alias");
	take_away(M "modules.symbols");
	take_away(M "modules.builtin");
	take_away(M "modules.builtin.modinfo");
}

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

static void i14_a_failed_load_forgets_an_earlier_one(void **state)
{
	static const char *const needed[] = {
		M "modules.dep.bin", M "modules.alias.bin", M "modules.symbols.bin",
		M "modules.builtin.bin",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		struct kmod_ctx *ctx = new_context(PATHS());

		take_away(M "modules.builtin.alias.bin");
		assert_int_equal(kmod_load_resources(ctx), 0);
		assert_int_equal(kmod_load_resources(ctx), 0); /* what is loaded is not opened again */
		kmod_unload_resources(ctx);
		take_away(needed[i]);
		assert_int_equal(kmod_load_resources(ctx), -ENOENT);
		make_older(needed[i == 0]);
		assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
		assert_null(kmod_unref(ctx));
		root_copy("api");
	}
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

/* modprobe -a with hundreds of names is one pass: nothing is opened for the second one. */
static void many_lookups_open_nothing_twice(void **state)
{
	static const char *const names[] = { "mod_a", "multi-x", "symbol:csym", "bialias-1",
					     "mod-z", "pci:v00001234d1", "nosuch", "symbol:nosuch" };
	struct kmod_ctx *ctx = new_context(PATHS());
	const struct index *first[RESOURCES_INDEXES];

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			(void)names_for(ctx, names[i]);
		for (size_t i = 0; i < RESOURCES_INDEXES; i++) {
			const struct index *now = ctx->resources.slot[i].index;

			assert_non_null(now);
			if (round > 0)
				assert_ptr_equal(now, first[i]);
			first[i] = now;
		}
	}
	assert_null(kmod_unref(ctx));
}

static void a_new_file_is_seen_unless_it_is_pinned(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS()), *pinned = new_context(PATHS());

	(void)state;
	no_texts();
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
	no_texts();
	assert_string_equal(names_for(ctx, "testalias-b"), "mod_b");
	/* the directory of the release is another one */
	assert_int_equal(rename("lib/modules/9.9.9", "lib/modules/old"), 0);
	assert_string_equal(names_for(ctx, "testalias-b"), "");
	put_dir("lib/modules/9.9.9");
	assert_string_equal(names_for(ctx, "testalias-b"), ""); /* there, but empty */
	root_copy("api"); /* it is filled later */
	no_texts();
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
	no_texts();
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

static void l27_i12_dumps(void **state)
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

/* One question for each index, and what stands in for it. */
static const struct {
	const char *index, *text, *alias, *found;
} twins[] = {
	{ "modules.dep.bin", "modules.dep", "mod_a", "mod_a" },
	{ "modules.alias.bin", "modules.alias", "multi-x", "mod_a mod_d" },
	{ "modules.symbols.bin", "modules.symbols", "symbol:csym", "mod_c" },
	{ "modules.builtin.alias.bin", "modules.builtin.modinfo", "bialias-1", "bimod" },
	{ "modules.builtin.bin", "modules.builtin", "mod-z", "mod_z" },
};

static unsigned caught_times(const char *text)
{
	unsigned n = 0;

	for (const char *at = caught(); (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void the_text_stands_in_for_an_index(void **state)
{
	static const char *const damage[] = { NULL, "", "abc", "garbage, and more of it",
					      "\xb0\x07\xf4W\0\2\0\1\x60\0\0\xff" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(twins); i++) {
		char path[64], text[64];

		(void)snprintf(path, sizeof(path), M "%s", twins[i].index);
		(void)snprintf(text, sizeof(text), M "%s", twins[i].text);
		for (size_t k = 0; k < ARRAY_SIZE(damage); k++) {
			bool may_be_empty = strstr(twins[i].index, "builtin") != NULL;
			struct kmod_ctx *ctx;

			if (k == 1 && may_be_empty)
				continue;
			take_away(path);
			if (damage[k])
				put_bytes(path, damage[k], k == 4 ? 12 : strlen(damage[k]));
			ctx = new_context(PATHS());
			kmod_set_log_priority(ctx, LOG_WARNING);
			for (int again = 0; again < 3; again++) {
				assert_string_equal(names_for(ctx, twins[i].alias), twins[i].found);
				kmod_unload_resources(ctx);
			}
			/* Older trees have no modules.builtin.alias.bin, and that is no news. */
			assert_int_equal(caught_times("run depmod"),
					 (k == 4) * 3 + (i != 3)); /* damage inside says so as well */
			/* What the index is for is another question. */
			assert_int_equal(kmod_load_resources(ctx),
					 k == 4 || i == 3 ? 0 : k == 0 ? -ENOENT : -EINVAL);
			assert_null(kmod_unref(ctx));
			(void)catch_log();
		}
		/* With neither nothing is found, and nothing is wrong. */
		take_away(path);
		take_away(text);
		{
			struct kmod_ctx *ctx = new_context(PATHS());

			kmod_set_log_priority(ctx, LOG_WARNING);
			assert_string_equal(names_for(ctx, twins[i].alias), "");
			assert_string_equal(caught(), "");
			assert_null(kmod_unref(ctx));
		}
		root_copy("api");
	}
}

static void a_new_text_is_seen_and_an_index_ends_it(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	take_away(M "modules.alias.bin");
	assert_string_equal(names_for(ctx, "multi-q"), "mod_a");
	put(M "modules.alias", "alias multi* mod_d\n");
	make_older(M "modules.alias");
	assert_string_equal(names_for(ctx, "multi-q"), "mod_d");
	take_away(M "modules.alias");
	assert_string_equal(names_for(ctx, "multi-q"), "");
	put(M "modules.alias", "alias multi* mod_d\n");
	assert_string_equal(names_for(ctx, "multi-q"), "mod_d");
	root_copy("api");
	put(M "modules.alias", "alias multi* mod_d\n");
	assert_string_equal(names_for(ctx, "multi-q"), "mod_a");
	assert_null(kmod_unref(ctx));
}

static void paths_and_dependencies_come_from_the_text(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_f");

	(void)state;
	take_away(M "modules.dep.bin");
	assert_string_equal(kmod_module_get_path(mod), ROOT_MODULES "/kernel/mod_f.ko");
	assert_string_equal(names_of_taken(kmod_module_get_dependencies(mod)),
			    "mod_c mod_b mod_a mod_e");
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void memory_that_runs_out_with_a_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(twins); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), M "%s", twins[i].index);
		take_away(path);
		for (unsigned n = 1;; n++) {
			struct kmod_ctx *ctx = new_context(PATHS());
			struct kmod_list *list = NULL;
			bool fired;
			int r;

			oom_arm(n);
			r = kmod_module_new_from_lookup(ctx, twins[i].alias, &list);
			fired = oom_fired();
			assert_int_equal(r, fired ? -ENOMEM : 0);
			assert_string_equal(names_of_taken(list), fired ? "" : twins[i].found);
			assert_string_equal(names_for(ctx, twins[i].alias), twins[i].found);
			assert_null(kmod_unref(ctx));
			if (!fired) {
				assert_true(n > 4);
				break;
			}
		}
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

/* What says nothing of the file: of the process, the machine, the disk. */
static const int passing[] = { EMFILE, ENFILE, ENOMEM, EIO };

/* An answer that was not to be had is an error, not "there is none", and is not remembered. */
static void what_could_not_be_asked_is_no_answer(void **state)
{
	static const struct {
		const char *begin, *alias, *found;
	} cases[] = {
		{ "modules.dep", "mod_a", "mod_a" },
		{ "modules.alias", "multi-x", "mod_a mod_d" },
		{ "modules.symbols", "symbol:csym", "mod_c" },
		{ "modules.builtin", "bialias-1", "bimod" },
		{ "modules.builtin", "mod-z", "mod_z" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(passing) * 2; i++) {
		size_t k = i / 2 % ARRAY_SIZE(cases);
		int error = passing[i / 2 / ARRAY_SIZE(cases)];
		struct kmod_ctx *ctx = new_context(PATHS());
		struct kmod_list *list = NULL;
		char begin[64];

		/* the index alone is missing in every second turn: then it is the text that cannot be asked */
		if (i % 2) {
			for (size_t t = 0; t < ARRAY_SIZE(twins); t++) {
				(void)snprintf(begin, sizeof(begin), M "%s", twins[t].index);
				take_away(begin);
			}
		}
		(void)snprintf(begin, sizeof(begin), ROOT_MODULES "/%s", cases[k].begin);
		opening_fails(begin, error);
		assert_int_equal(kmod_module_new_from_lookup(ctx, cases[k].alias, &list), -error);
		assert_null(list);
		opening_fails(NULL, 0);
		assert_string_equal(names_for(ctx, cases[k].alias), cases[k].found);
		assert_null(kmod_unref(ctx));
		root_copy("api");
	}
}

/* index-files.md 5.1: what may not be read, or is no file, is not there. */
static void what_is_no_index_is_none(void **state)
{
	static const int errors[] = { ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, ENXIO };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct kmod_ctx *ctx = new_context(PATHS());

		opening_fails(ROOT_MODULES "/modules.", errors[i]);
		for (size_t k = 0; k < ARRAY_SIZE(twins); k++)
			assert_string_equal(names_for(ctx, twins[k].alias), "");
		opening_fails(ROOT_MODULES "/modules.alias.bin", EIO); /* the text can say it */
		assert_string_equal(names_for(ctx, "multi-x"), "mod_a mod_d");
		opening_fails(NULL, 0);
		assert_null(kmod_unref(ctx));
	}
}

static void modules_forget_what_they_could_not_ask(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(passing); i++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		struct kmod_module *mod = by_name(ctx, "mod_b"), *bi = by_name(ctx, "bimod"), *found = NULL;
		struct kmod_list *list = NULL;

		opening_fails(ROOT_MODULES, passing[i]);
		assert_int_equal(kmod_module_new_from_name_lookup(ctx, "mod_b", &found), -passing[i]);
		assert_null(found);
		errno = 0;
		assert_null(kmod_module_get_path(mod));
		assert_int_equal(errno, passing[i]);
		errno = 0;
		assert_null(kmod_module_get_dependencies(mod));
		assert_int_equal(errno, passing[i]);
		assert_int_equal(kmod_module_get_initstate(bi), -passing[i]);
		assert_int_equal(kmod_module_get_info(bi, &list), -passing[i]);
		assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -passing[i]);
		assert_int_equal(kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL), -passing[i]);
		assert_int_equal(kmod_module_probe_insert_module(bi, 0, NULL, NULL, NULL, NULL), -passing[i]);
		opening_fails(NULL, 0);
		assert_int_equal(kmod_module_get_initstate(bi), KMOD_MODULE_BUILTIN);
		assert_int_equal(kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL), 0);
		assert_string_equal(kmod_module_get_path(mod), ROOT_MODULES "/kernel/mod_b.ko");
		assert_string_equal(kernel_calls(), "finit mod_d 0 <>; finit mod_c 0 <>; finit mod_b 0 <>; ");
		assert_int_equal(kmod_module_probe_insert_module(bi, 0, NULL, NULL, NULL, NULL), 0);
		assert_null(kmod_module_unref(bi));
		assert_null(kmod_module_unref(mod));
		assert_null(kmod_unref(ctx));
		take_away("sys");
		kernel_forget();
	}
}

/* A word that could not be looked up is not one that stands for nothing. */
static void soft_dependencies_that_could_not_be_asked(void **state)
{
	struct kmod_ctx *ctx = context_with("softdep mod_e pre: testalias_b post: bad[name mod_d\n"
					    "weakdep mod_e testalias_b\n");
	struct kmod_module *mod = by_name(ctx, "mod_e");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(passing); i++) {
		struct kmod_list *pre = NULL, *post = NULL, *weak = NULL;
		bool goes_on = passing[i] == EIO; /* of the disk: who only wants it is not held up */

		kmod_unload_resources(ctx);
		opening_fails(ROOT_MODULES "/modules.alias", passing[i]);
		assert_int_equal(kmod_module_get_softdeps(mod, &pre, &post), goes_on ? 0 : -passing[i]);
		assert_int_equal(kmod_module_get_weakdeps(mod, &weak), goes_on ? 0 : -passing[i]);
		assert_null(pre);
		assert_null(weak);
		assert_string_equal(names_of_taken(post), goes_on ? "mod_d" : "");
		opening_fails(NULL, 0);
		post = NULL;
		assert_int_equal(kmod_module_get_softdeps(mod, &pre, &post), 0);
		assert_string_equal(names_of_taken(pre), "mod_b");
		assert_string_equal(names_of_taken(post), "mod_d");
	}
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

#define MANY 5000 /* keys k0 to k4999: an index that is read by the chunk */

/* Indexes of modules and of aliases, and no text. Value of kN: kernel/kN.ko, and modN. */
static void put_large_indexes(void)
{
	for (int alias = 0; alias < 2; alias++) {
		auto_free struct index_test_entry *entries = calloc(MANY, sizeof(*entries));
		auto_strbuf struct strbuf bytes = STRBUF_INIT;

		assert_non_null(entries);
		for (unsigned i = 0; i < MANY; i++) {
			char key[16], value[32];

			(void)snprintf(key, sizeof(key), alias ? "a:%u" : "k%u", i);
			(void)snprintf(value, sizeof(value), alias ? "mod%u" : "kernel/k%u.ko:", i);
			entries[i] = (struct index_test_entry){ strdup(key), strdup(value), i };
		}
		index_test_write(entries, MANY, &bytes);
		assert_true(bytes.len > 48 * 1024);
		put_bytes(alias ? M "modules.alias.bin" : M "modules.dep.bin", bytes.s, bytes.len);
		for (unsigned i = 0; i < MANY; i++) {
			free((char *)(uintptr_t)entries[i].key);
			free((char *)(uintptr_t)entries[i].value);
		}
	}
	no_texts();
}

/* What becomes of the descriptor that is open on a file; returns its number. */
enum loss { LOSS_CLOSED, LOSS_NULL, LOSS_DIRECTORY, LOSS_PIPE, LOSSES };
static int lose_descriptor(const char *path, enum loss how)
{
	static const char *const others[LOSSES] = { NULL, "/dev/null", "/", NULL };
	struct stat file, st;

	assert_int_equal(stat(path, &file), 0);
	for (int fd = 3; fd < 64; fd++) {
		int other, ends[2] = { -1, -1 };

		if (fstat(fd, &st) < 0 || st.st_dev != file.st_dev || st.st_ino != file.st_ino)
			continue;
		assert_int_equal(close(fd), 0);
		if (how == LOSS_CLOSED)
			return fd;
		if (how == LOSS_PIPE) {
			assert_int_equal(pipe(ends), 0);
			(void)close(ends[1]);
			other = ends[0];
		} else {
			other = open(others[how], O_RDONLY);
		}
		assert_true(other >= 0);
		if (other != fd) {
			assert_int_equal(dup2(other, fd), fd);
			assert_int_equal(close(other), 0);
		}
		return fd;
	}
	fail_msg("%s is not open", path);
	return -1;
}

/* What the caller has opened in its place is still open. */
static void give_back(int fd, enum loss how)
{
	if (how != LOSS_CLOSED)
		assert_int_equal(close(fd), 0);
}

/* A daemon may close all descriptors that it does not know, and open others. */
static void an_index_whose_descriptor_is_gone_is_opened_again(void **state)
{
	(void)state;
	put_large_indexes();
	for (enum loss how = 0; how < LOSSES; how++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		struct kmod_module *mod;
		char text[64], want[64];
		int fd;

		assert_string_equal(names_for(ctx, "a:5"), "mod5");
		fd = lose_descriptor(M "modules.alias.bin", how);
		for (unsigned i = 7; i < MANY; i += 331) {
			(void)snprintf(text, sizeof(text), "a:%u", i);
			(void)snprintf(want, sizeof(want), "mod%u", i);
			assert_string_equal(names_for(ctx, text), want);
		}
		give_back(fd, how);
		assert_string_equal(names_for(ctx, "k5"), "k5");
		fd = lose_descriptor(M "modules.dep.bin", how);
		for (unsigned i = 7; i < MANY; i += 331) {
			(void)snprintf(text, sizeof(text), "k%u", i);
			(void)snprintf(want, sizeof(want), ROOT_MODULES "/kernel/k%u.ko", i);
			mod = by_name(ctx, text);
			assert_string_equal(kmod_module_get_path(mod), want);
			assert_null(kmod_module_unref(mod));
		}
		give_back(fd, how);
		assert_string_equal(caught(), ""); /* nothing is wrong with any file */
		assert_null(kmod_unref(ctx));
	}
}

static void a_whole_index_whose_descriptor_is_gone(void **state)
{
	(void)state;
	put_large_indexes();
	for (enum loss how = 0; how < LOSSES; how++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		auto_close int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
		char *why = NULL;
		int fd;

		assert_string_equal(names_for(ctx, "k5"), "k5");
		fd = lose_descriptor(M "modules.dep.bin", how);
		assert_int_equal(kmod_dump_index(ctx, KMOD_INDEX_MODULES_DEP, out), 0);
		give_back(fd, how);
		kmod_unload_resources(ctx);
		assert_string_equal(names_for(ctx, "k5"), "k5");
		fd = lose_descriptor(M "modules.dep.bin", how);
#ifndef ENABLE_SMALL
		assert_int_equal(kmod_explain_lookup(ctx, "k2999x", &why), 0);
		assert_non_null(strstr(why, "k2999"));
		free(why);
#else
		(void)why;
#endif
		give_back(fd, how);
		assert_string_equal(caught(), "");
		assert_null(kmod_unref(ctx));
	}
}

static void what_cannot_be_opened_again_is_an_error_for_now(void **state)
{
	(void)state;
	put_large_indexes();
	for (size_t i = 0; i < ARRAY_SIZE(passing); i++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		struct kmod_list *list = NULL;

		assert_string_equal(names_for(ctx, "a:5"), "mod5");
		(void)lose_descriptor(M "modules.alias.bin", LOSS_CLOSED);
		opening_fails(ROOT_MODULES "/modules.alias.bin", passing[i]);
		for (int again = 0; again < 2; again++)
			assert_int_equal(kmod_module_new_from_lookup(ctx, "a:2999", &list), -passing[i]);
		opening_fails(NULL, 0);
		assert_string_equal(names_for(ctx, "a:2999"), "mod2999");
		assert_null(kmod_unref(ctx));
	}
	for (unsigned n = 1;; n++) {
		struct kmod_ctx *ctx = new_context(PATHS());
		struct kmod_list *list = NULL;
		bool fired;
		int r;

		assert_string_equal(names_for(ctx, "a:5"), "mod5");
		(void)lose_descriptor(M "modules.alias.bin", LOSS_CLOSED);
		oom_arm(n);
		r = kmod_module_new_from_lookup(ctx, "a:2999", &list);
		fired = oom_fired();
		assert_int_equal(r, fired ? -ENOMEM : 0);
		assert_string_equal(names_of_taken(list), fired ? "" : "mod2999");
		assert_string_equal(names_for(ctx, "a:2999"), "mod2999");
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
		TEST(i14_a_failed_load_forgets_an_earlier_one),
		TEST(l41_no_index_at_all),
		TEST(an_index_is_mapped_once_and_kept),
		TEST(many_lookups_open_nothing_twice),
		TEST(a_new_file_is_seen_unless_it_is_pinned),
		TEST(never_stale),
		TEST(one_look_for_each_lookup),
		TEST(a_damaged_file_is_told_once),
		TEST(l27_i12_dumps),
		TEST(the_text_list_stands_in_for_the_index_of_built_ins),
		TEST(the_text_stands_in_for_an_index),
		TEST(a_new_text_is_seen_and_an_index_ends_it),
		TEST(paths_and_dependencies_come_from_the_text),
		TEST(memory_that_runs_out_with_a_text),
		TEST(memory_that_runs_out_is_told_and_forgotten),
		TEST(what_could_not_be_asked_is_no_answer),
		TEST(what_is_no_index_is_none),
		TEST(modules_forget_what_they_could_not_ask),
		TEST(soft_dependencies_that_could_not_be_asked),
		TEST(an_index_whose_descriptor_is_gone_is_opened_again),
		TEST(a_whole_index_whose_descriptor_is_gone),
		TEST(what_cannot_be_opened_again_is_an_error_for_now),
	};

	return cmocka_run_group_tests_name("resources", tests, NULL, NULL);
}
