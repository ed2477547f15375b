/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Size, reference count, holders, sections, list; lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>

#include "shared/cleanup.h"
#include "testsuite/unit/catch-log.h"
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

/* A name is no way to anywhere else. */
static void names_that_are_paths(void **state)
{
	static const char *const names[] = { "", "m/n", "/m/n", "m/n/" };

	(void)state;
	put_module("m/n", "live\n");
	put("sys/module/m/n/coresize", "4096\n");
	put("sys/module/refcnt", "1\n");
	put("sys/module/coresize", "1\n");
	put_dir("sys/module/holders");
	put_dir("sys/module/sections");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct kmod_module *other = by_name(ctx, names[i]);

		assert_int_equal(kmod_module_get_refcnt(other), -ENOENT);
		assert_int_equal(kmod_module_get_size(other), -ENOENT);
		assert_int_equal(kmod_module_get_initstate(other), -ENOENT);
		errno = 0;
		assert_null(kmod_module_get_holders(other));
		assert_int_equal(errno, ENOENT);
		errno = 0;
		assert_null(kmod_module_get_sections(other));
		assert_int_equal(errno, ENOENT);
		assert_string_equal(caught(), "");
		assert_null(kmod_module_unref(other));
	}
}

static void l47_sizes(void **state)
{
	static const struct {
		const char *coresize, *list; /* NULL: not there */
		long want;
	} cases[] = {
		{ "4096\n", NULL, 4096 },
		{ "0\n", NULL, 0 },
		{ NULL, "x 9 0 - Live 0x0\nm 1234 0 - Live 0x0\n", 1234 },
		{ NULL, "mm 9 0 - Live 0x0\n", -ENOENT },
		{ NULL, "m\n", -ENOENT },
		{ NULL, "m x 0\n", -ENOENT },
		{ NULL, "m -1 0\n", -ENOENT },
		{ NULL, "m 99999999999999999999999 0\n", -ENOENT },
		{ NULL, NULL, -ENOENT },
		{ "x\n", "m 1234 0 - Live 0x0\n", -EINVAL },
		{ "", NULL, -EINVAL },
		{ "12", NULL, -EINVAL },
		{ "-5\n", NULL, -EINVAL },
		{ "99999999999999999999999\n", NULL, -EINVAL },
	};

	(void)state;
	put("proc/modules", "m 1234 0 - Live 0x0\n");
	assert_int_equal(kmod_module_get_size(mod), -ENOENT); /* no directory */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		take_away("sys/module/m");
		take_away("proc/modules");
		put_dir("sys/module/m");
		if (cases[i].coresize)
			put("sys/module/m/coresize", cases[i].coresize);
		if (cases[i].list)
			put("proc/modules", cases[i].list);
		assert_int_equal(kmod_module_get_size(mod), cases[i].want);
	}
}

static void l48_reference_counts(void **state)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = {
		{ "7\n", 7 }, { "0\n", 0 }, { "-1\n", -1 }, { "2147483647\n", INT_MAX },
		{ "5", -EINVAL }, { "x\n", -EINVAL }, { "", -EINVAL }, { "\n", -EINVAL },
		{ "5x\n", -EINVAL }, { "2147483648\n", -EINVAL }, { "99999999999999999999999\n", -EINVAL },
		{ "                                        5\n", -EINVAL }, /* not in the first 32 */
	};

	(void)state;
	assert_int_equal(kmod_module_get_refcnt(mod), -ENOENT);
	put_dir("sys/module/m");
	assert_int_equal(kmod_module_get_refcnt(mod), -ENOENT);
	assert_string_equal(caught(), "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put("sys/module/m/refcnt", cases[i].text);
		(void)catch_log();
		assert_int_equal(kmod_module_get_refcnt(mod), cases[i].want);
		assert_int_equal(caught_lines() > 0, cases[i].want == -EINVAL);
	}
}

/* load-race.md 3.5: ENODEV from a read means "ask again"; lsmod says nothing of such a module */
static void what_vanishes_while_it_is_read_is_not_there(void **state)
{
	(void)state;
	put("proc/modules", "");
	put("sys/module/m/refcnt", "1\n");
	put("sys/module/m/coresize", "4096\n");
	put("sys/module/m/sections/.text", "0x1\n");
	vanish_when_opened("/sys/module/m/refcnt");
	assert_int_equal(kmod_module_get_refcnt(mod), -ENOENT);
	vanish_when_opened("/sys/module/m/coresize");
	assert_int_equal(kmod_module_get_size(mod), -ENOENT);
	assert_string_equal(caught(), "");
}

static void l49_the_list_of_all(void **state)
{
	auto_free char *text = malloc(20000);
	struct kmod_list *list = NULL;
	int n;

	(void)state;
	assert_non_null(text);
	take_away("proc");
	list = (struct kmod_list *)(void *)text;
	assert_int_equal(kmod_module_new_from_loaded(ctx, &list), -ENOENT);
	assert_ptr_equal(list, text); /* untouched */
	assert_int_equal(caught_lines(), 1);
	n = snprintf(text, 20000, "first 16384 1 %09000d, Live 0x0\nsnd-foo.bar 1 2\n\n\n \nlast\t1 2 - Live",
		     0);
	assert_true(n > 9000);
	put("proc/modules", text);
	assert_int_equal(kmod_module_new_from_loaded(ctx, &list), 0); /* overwritten */
	assert_string_equal(names_of_taken(list), "first snd_foo last");
	put("proc/modules", "");
	assert_int_equal(kmod_module_new_from_loaded(ctx, &list), 0);
	assert_null(list);
}

/* module-files.md edge case 43, for the library */
static void f43_lines_of_every_kind(void **state)
{
	static const struct {
		const char *name;
		long size;
	} want[] = {
		{ "plain", 16384 }, { "forever", 4096 }, { "leaving", 8192 },
		{ "arriving", 12288 }, { "tainted", 20480 }, { "used", 1 },
	};
	struct kmod_list *list = NULL;

	(void)state;
	put("proc/modules", "plain 16384 0 - Live 0x0000000000000000\n"
			    "forever 4096 1 [permanent], Live 0x0000000000000000\n"
			    "leaving 8192 -1 - Unloading 0x0000000000000000\n"
			    "arriving 12288 1 - Loading 0x0000000000000000 (OE+)\n"
			    "tainted 20480 0 - Live 0xffffffffc0000000 (POE)\n"
			    "used 1 2 plain,tainted,[permanent], Live 0x0\n");
	assert_int_equal(kmod_module_new_from_loaded(ctx, &list), 0);
	assert_string_equal(names_of_taken(list), "plain forever leaving arriving tainted used");
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct kmod_module *m = by_name(ctx, want[i].name);
		char path[64];

		(void)snprintf(path, sizeof(path), "sys/module/%s", want[i].name);
		put_dir(path); /* no coresize: the list tells the size */
		assert_int_equal(kmod_module_get_size(m), want[i].size);
		assert_null(kmod_module_unref(m));
	}
	assert_string_equal(caught(), "");
}

/* module-files.md edge case 44 */
static void f44_sections_that_may_not_be_read(void **state)
{
	const uid_t me = geteuid(), nobody = 65534;
	struct kmod_module *other = by_name(ctx, "compression");

	(void)state;
	put("sys/module/m/sections/.text", "0x1\n");
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(chmod("sys/module/m/sections", me == 0 ? 0700 : 0), 0);
	assert_int_equal(me == 0 ? seteuid(nobody) : 0, 0);
	assert_null(kmod_module_get_sections(mod));
	assert_int_equal(me == 0 ? seteuid(me) : 0, 0);
	assert_int_equal(chmod("sys/module/m/sections", 0700), 0);
	assert_int_equal(caught_lines(), 1);
	assert_non_null(strstr(caught(), "/sys/module/m/sections"));

	put("sys/module/compression", "xz\n");
	assert_true(kmod_module_get_initstate(other) < 0);
	assert_null(kmod_module_get_holders(other));
	assert_true(kmod_module_get_refcnt(other) < 0);
	assert_null(kmod_module_unref(other));
}

static void l50_holders(void **state)
{
	struct kmod_list *list;
	const char *names;

	(void)state;
	assert_null(kmod_module_get_holders(mod));
	assert_int_equal(caught_lines(), 1);
	put_dir("sys/module/m/holders");
	assert_null(kmod_module_get_holders(mod));
	put_dir("sys/module/m/holders/m_live");
	put_dir("sys/module/m/holders/snd-x.y");
	list = kmod_module_get_holders(mod);
	names = names_of_taken(list);
	assert_true(streq(names, "m_live snd_x") || streq(names, "snd_x m_live"));
}

static void l50_sections(void **state)
{
	static const struct {
		const char *text;
		unsigned long want;
	} cases[] = {
		{ "0xffffffffa0000000\n", (unsigned long)0xffffffffa0000000ull },
		{ "0x0000000000000000\n", 0 },
		{ "1f \n", 0x1f },
		{ "0xffffffffffffffff\n", (unsigned long)-1 },
	};
	struct kmod_list *list, *l;
	unsigned n = 0;

	(void)state;
	assert_null(kmod_module_get_sections(mod));
	assert_int_equal(caught_lines(), 1);
	put_dir("sys/module/m/sections");
	assert_null(kmod_module_get_sections(mod));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (sizeof(long) < 8 && strlen(cases[i].text) > 12)
			continue;
		put("sys/module/m/sections/.text", cases[i].text);
		list = kmod_module_get_sections(mod);
		assert_string_equal(kmod_module_section_get_name(list), ".text");
		assert_true(kmod_module_section_get_address(list) == cases[i].want);
		kmod_module_section_free_list(list);
	}
	put("sys/module/m/sections/.data", "0x10\n");
	put("sys/module/m/sections/__bug_table", "0x20\n");
	list = kmod_module_get_sections(mod);
	kmod_list_foreach(l, list)
		n++;
	assert_int_equal(n, 3);
	kmod_module_section_free_list(list);
}

static void l50_one_bad_section_spoils_the_list(void **state)
{
	static const char *const bad[] = { "x\n", "", "0x1", "0x1ffffffffffffffff\n", "12 34x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		/* good ones on both sides, whatever the order of the directory */
		for (char name[] = "sys/module/m/sections/.a"; name[23] <= 'y'; name[23]++)
			put(name, "0x1\n");
		put("sys/module/m/sections/.m", bad[i]);
		(void)catch_log();
		if (i == ARRAY_SIZE(bad) - 1) { /* a word, then a blank: fine */
			struct kmod_list *list = kmod_module_get_sections(mod);

			assert_non_null(list);
			kmod_module_section_free_list(list);
			continue;
		}
		assert_null(kmod_module_get_sections(mod));
		assert_int_equal(caught_lines(), 1);
	}
}

/* Each of them, as a number or -errno. */
static long ask(unsigned what)
{
	struct kmod_list *list = NULL, *l;
	long r = 0, n = 0;

	errno = 0;
	switch (what) {
	case 0:
		return kmod_module_get_refcnt(mod);
	case 1:
		return kmod_module_get_size(mod);
	case 2:
		list = kmod_module_get_holders(mod);
		r = list ? 0 : -errno;
		break;
	case 3:
		list = kmod_module_get_sections(mod);
		r = list ? 0 : -errno;
		break;
	default:
		r = kmod_module_new_from_loaded(ctx, &list);
		assert_true(r == 0 || !list);
		break;
	}
	kmod_list_foreach(l, list)
		n++;
	if (what == 3)
		kmod_module_section_free_list(list);
	else
		(void)kmod_module_unref_list(list);
	return r < 0 ? r : n;
}

static void memory_may_run_out(void **state)
{
	static const long want[] = { 7, 1234, 2, 3, 2 };

	(void)state;
	put("proc/modules", "m 1234 0 - Live 0x0\nother 1 0 - Live 0x0\n");
	put("sys/module/m/refcnt", "7\n"); /* no coresize: the list tells the size */
	put_dir("sys/module/m/holders/one");
	put_dir("sys/module/m/holders/two");
	put("sys/module/m/sections/.data", "0x10\n");
	put("sys/module/m/sections/.text", "0x20\n");
	put("sys/module/m/sections/__bug_table", "0x30\n");
	for (unsigned what = 0; what < ARRAY_SIZE(want); what++) {
		unsigned n = 0;
		bool fired;

		do {
			long r;

			oom_arm(++n);
			r = ask(what);
			fired = oom_fired();
			assert_int_equal(r, fired ? -ENOMEM : want[what]);
		} while (fired);
		assert_true(n > 2);
	}
}

/* The file goes between the look at the directory and the look at it; a link that leads nowhere is such a file. */
static void a_section_that_vanishes_spoils_the_list(void **state)
{
	(void)state;
	put("sys/module/m/sections/.text", "0x1\n");
	assert_int_equal(symlink("nowhere", "sys/module/m/sections/.data"), 0);
	errno = 0;
	assert_null(kmod_module_get_sections(mod));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(caught_lines(), 1);
	assert_non_null(strstr(caught(), "could not read section .data of m"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(names_that_are_paths),
		TEST(l47_sizes),
		TEST(l48_reference_counts),
		TEST(what_vanishes_while_it_is_read_is_not_there),
		TEST(l49_the_list_of_all),
		TEST(f43_lines_of_every_kind),
		TEST(f44_sections_that_may_not_be_read),
		TEST(l50_holders),
		TEST(l50_sections),
		TEST(l50_one_bad_section_spoils_the_list),
		TEST(a_section_that_vanishes_spoils_the_list),
		TEST(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("loaded", tests, NULL, NULL);
}
