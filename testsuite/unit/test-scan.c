/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which module files there are, and which one of a name is taken. */
#include "testsuite/unit/unit.h"

#include "shared/cleanup.h"
#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"
#include "tools/depmod/depmod-conf.h"
#include "tools/depmod/order.h"
#include "tools/depmod/scan.h"

static const char *fails_at; /* opendir() of this path fails: */
static bool for_want; /* of descriptors, or there is no such thing */

const char *oom_path(const char *path)
{
	if (!fails_at || !streq(path, fails_at))
		return path;
	if (!for_want)
		return "none";
	allow_descriptors(false);
	return path;
}

/* Scans TREE with a configuration; what was found, sorted, one text. */
static const char *scan_text(const char *tree, const char *conf_text)
{
	static const char *const paths[] = { "conf", NULL };
	static char text[4096];
	auto_depmod_conf struct depmod_conf conf = DEPMOD_CONF_INIT;
	auto_scan struct scan scan = SCAN_INIT;
	size_t n = 0;

	put_file("conf", conf_text);
	text[0] = '\0';
	assert_int_equal(depmod_conf_read(&conf, paths, "9.9.9", &log_taken), 0);
	assert_int_equal(scan_tree(&scan, tree, &conf, &log_taken), 0);
	assert_int_equal(order_sort(&scan, tree, NULL), 0);
	assert_int_equal(scan.by_name.n, scan.files.n);
	for (size_t i = 0; i < scan.files.n; i++) {
		const struct scan_file *file = scan.files.at[i];

		assert_ptr_equal(hash_get(&scan.by_name, file->name), file);
		ADD("%s%s", n ? " " : "", file->listed);
	}
	return text;
}

/* docs/spec/depmod.md 6 and edge case 17 */
static void only_module_files_count(void **state)
{
	(void)state;
	put_file("t/k/a.ko", "");
	put_file("t/k/a.b.ko.xz", ""); /* module a again: the smaller path stays */
	put_file("t/k/b.KO", "");
	put_file("t/k/c.ko.bak", "");
	put_file("t/k/d.ko.bz2", "");
	put_file("t/k/.ko", "");
	put_file("t/k/.e.ko", "");
	put_file("t/k/dir.ko/f.ko.zst", "");
	put_file("t/.hidden/g.ko.gz", "");
	put_file("t/k/build/h.ko", "");
	put_file("t/source/i.ko", "");
	put_file("t/builder/j.ko", "");
	put_file("t/symlinks/-lead.ko", "");
	assert_string_equal(scan_text("t/", ""), ".hidden/g.ko.gz builder/j.ko k/a.b.ko.xz "
						 "k/dir.ko/f.ko.zst symlinks/-lead.ko");
	assert_logged("");
}

/* docs/spec/depmod.md edge cases 17 and 18 */
static void links_are_followed_but_not_in_circles(void **state)
{
	(void)state;
	put_file("t/k/a.ko", "");
	put_file("out/b.ko", "");
	put_file("out/deep/c.ko", "");
	assert_int_equal(symlink(".", "t/loop"), 0);
	assert_int_equal(symlink("../..", "t/k/two-up"), 0);
	assert_int_equal(symlink("loop/loop/k", "t/l"), 0);
	assert_int_equal(symlink("..", "t/k/up"), 0);
	assert_int_equal(symlink("../../out/b.ko", "t/k/b.ko"), 0);
	assert_int_equal(symlink("../out/deep", "t/deep"), 0);
	assert_string_equal(scan_text("t", ""), "deep/c.ko k/a.ko k/b.ko");
	assert_logged("");
}

/* docs/spec/depmod.md edge case 17 */
static void what_cannot_be_examined_is_said(void **state)
{
	(void)state;
	put_file("t/a.ko", "");
	assert_int_equal(mkfifo("t/fifo", 0600), 0);
	assert_int_equal(symlink("nowhere", "t/dangling"), 0);
	assert_string_equal(scan_text("t", ""), "a.ko");
	assert_non_null(strstr(taken.s, "3 unsupported file type t/fifo: 10000\n"));
	assert_non_null(strstr(taken.s, ", dangling): No such file or directory\n"));
}

/* A path with a blank, a colon or a byte above 127 cannot be told in modules.dep. */
static void paths_the_indexes_cannot_hold_are_refused(void **state)
{
	(void)state;
	put_file("t/a.ko", "");
	put_file("t/z y/a.ko", "");
	put_file("t/b c.ko", "");
	put_file("t/d:e.ko", "");
	put_file("t/\xc3\xa9.ko", "");
	assert_string_equal(scan_text("t", "search z y"), "a.ko");
	assert_non_null(strstr(taken.s, "module ignored: t/b c.ko\n"));
	assert_non_null(strstr(taken.s, "module ignored: t/d:e.ko\n"));
	assert_non_null(strstr(taken.s, "module ignored: t/\xc3\xa9.ko\n"));
}

/* docs/spec/depmod.md 6.1, edge cases 11 to 15 */
static void one_file_of_each_module_is_chosen(void **state)
{
	static const struct { const char *conf, *want; } cases[] = {
		{ "", "updates/dkms/m-a.ko" },
		{ "search foobar foo built-in", "foobar/m-a.ko" },
		{ "search foo built-in", "foo/m-a.ko" },
		{ "search foo built-in\nsearch extra", "foo/m-a.ko" },
		{ "search extra/ foo", "foo/m-a.ko" },
		{ "search updates/dkms updates", "updates/dkms/m-a.ko" },
		{ "search updates updates/dkms built-in", "updates/m-a.ko" },
		{ "search updates", "updates/dkms/m-a.ko" }, /* tie: the smallest path */
		{ "search built-in foo", "extra/m-a.ko" },
		{ "search none", "extra/m-a.ko" },
		{ "override m-a * extra\nsearch foo", "extra/m-a.ko" },
		{ "override m_a * extra\nsearch foo", "extra/m-a.ko" },
		{ "override m-a * extra\noverride m-a * kernel", "kernel/m-a.ko" },
		{ "override m-a * extra\noverride m-a 9.8 kernel", "extra/m-a.ko" },
		{ "override m-a * /extra\noverride m-a * kernel/", "updates/dkms/m-a.ko" },
		{ "override m-a * updates/dkms", "updates/dkms/m-a.ko" },
		{ "exclude dkms", "updates/m-a.ko" },
		{ "exclude updates", "extra/m-a.ko" },
		{ "exclude updates/dkms", "updates/dkms/m-a.ko" },
		{ "exclude m-a.ko", "" },
	};
	static const char *const dirs[] = { "kernel", "updates", "extra", "foo", "foobar" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "t/%s/m-a.ko", dirs[i]);
		put_file(path, "");
	}
	put_file("t/updates/dkms/m-a.ko", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(scan_text("t", cases[i].conf), cases[i].want);
	/* both are what is meant: two spellings in one directory */
	put_file("t/extra/m_a.ko", "");
	assert_string_equal(scan_text("t", "override m-a * extra\nsearch foo"), "extra/m-a.ko");
	assert_int_equal(remove("t/extra/m_a.ko"), 0);
	assert_int_equal(remove("t/updates/dkms/m-a.ko"), 0);
	assert_string_equal(scan_text("t", ""), "updates/m-a.ko");
	assert_logged("");
}

/* docs/spec/depmod.md edge case 13 */
static void external_directories_have_their_place(void **state)
{
	static const struct { const char *search, *want; } cases[] = {
		{ "external foo built-in", "x1/a.ko" },
		{ "foo external built-in", "a.ko" },
		{ "built-in", "a.ko" },
		{ "foo", "a.ko" },
	};
	char conf[256], want[512];

	(void)state;
	put_file("t/foo/a.ko", "");
	put_file("x1/a.ko", "");
	put_file("x1/b.ko", "");
	put_file("x2/a.ko", "");
	put_file("x2/b.ko", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool external = cases[i].want[0] == 'x';

		(void)snprintf(conf, sizeof(conf), "search %s\nexternal * %s/x1\nexternal * %s/x2\n",
			       cases[i].search, play_dir, play_dir);
		if (external)
			(void)snprintf(want, sizeof(want), "%s/x1/a.ko %s/x1/b.ko", play_dir,
				       play_dir);
		else
			(void)snprintf(want, sizeof(want), "%s/x1/b.ko foo/a.ko", play_dir);
		assert_string_equal(scan_text("t", conf), want);
	}
	assert_logged("");
	(void)snprintf(conf, sizeof(conf), "external * %s/none\n", play_dir);
	assert_string_equal(scan_text("t", conf), "foo/a.ko");
	assert_non_null(strstr(taken.s, "3 could not open directory "));
}

/* docs/spec/depmod.md edge cases 28 and 30 */
static void modules_order_comes_first(void **state)
{
	static const struct { const char *order, *want, *said; } cases[] = {
		{ "k/c.ko\nk/a-x.ko\n", "k/c.ko k/a-x.ko.xz k/b.ko", "" },
		{ "k/c.ko\nk/b.ko\nk/c.ko\n", "k/c.ko k/b.ko k/a-x.ko.xz", "" },
		{ "# k\n\n./k/c.ko\n k/c.ko\nk/c.ko x\nc.ko\nk/a-x.ko.xz\nk/a_x.ko\nk/c.k\n",
		  "k/a-x.ko.xz k/b.ko k/c.ko", "" },
		{ "k/c.ko\nk/b.ko", "k/a-x.ko.xz k/b.ko k/c.ko",
		  "3 t/modules.order:2 corrupted line misses '\\n'\n" },
		{ "", "k/a-x.ko.xz k/b.ko k/c.ko", "" },
		{ NULL, "k/a-x.ko.xz k/b.ko k/c.ko",
		  "4 could not open modules.order at t: No such file or directory\n" },
	};
	struct depmod_conf conf = DEPMOD_CONF_INIT;

	(void)state;
	put_file("t/k/a-x.ko.xz", "");
	put_file("t/k/b.ko", "");
	put_file("t/k/c.ko", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_scan struct scan scan = SCAN_INIT;
		auto_strbuf struct strbuf got = STRBUF_INIT;

		if (cases[i].order)
			put_file("t/modules.order", cases[i].order);
		else
			assert_int_equal(remove("t/modules.order"), 0);
		assert_int_equal(scan_tree(&scan, "t", &conf, &log_taken), 0);
		assert_int_equal(order_sort(&scan, "t", &log_taken), 0);
		for (size_t k = 0; k < scan.files.n; k++)
			assert_int_equal(strbuf_addf(&got, "%s%s", k ? " " : "",
						     ((struct scan_file *)scan.files.at[k])->listed),
					 0);
		assert_string_equal(strbuf_str(&got), cases[i].want);
		assert_logged(cases[i].said);
	}
}

static void lines_of_4095_bytes_are_damage(void **state)
{
	struct depmod_conf conf = DEPMOD_CONF_INIT;
	auto_scan struct scan scan = SCAN_INIT;
	char line[4097];

	(void)state;
	put_file("t/a.ko", "");
	assert_int_equal(scan_tree(&scan, "t", &conf, &log_taken), 0);
	memset(line, 'x', sizeof(line));
	line[4094] = '\n';
	line[4095] = '\0';
	put_file("t/modules.order", line);
	assert_int_equal(order_sort(&scan, "t", &log_taken), 0);
	assert_logged("");
	line[4094] = 'x';
	line[4095] = '\n';
	line[4096] = '\0';
	put_file("t/modules.order", line);
	assert_int_equal(order_sort(&scan, "t", &log_taken), 0);
	assert_logged("3 t/modules.order:1 corrupted line misses '\\n'\n");
}

/* docs/spec/depmod.md, edge case 10 */
static void single_files_keep_their_spelling(void **state)
{
	auto_scan struct scan scan = SCAN_INIT;
	const struct scan_file *there = NULL;

	(void)state;
	put_file("t/k/a.ko", "");
	put_file("t/k/b.ko", "");
	assert_int_equal(scan_add_file(&scan, "t/", "t/k/../k/a.ko", NULL, &log_taken), 0);
	assert_int_equal(scan_add_file(&scan, "t/", "t//k//b.ko", NULL, &log_taken), 0);
	assert_int_equal(scan_add_file(&scan, "t", "t/k/none.ko", NULL, &log_taken), -ENOENT);
	put_file("t/k/a b.ko", "");
	assert_int_equal(scan_add_file(&scan, "t", "t/k/a b.ko", NULL, &log_taken), -EINVAL);
	assert_logged("3 the indexes cannot hold the path, module ignored: t/k/a b.ko\n");
	assert_int_equal(scan_add_file(&scan, "t", "t/k/a.ko", &there, &log_taken), -EEXIST);
	assert_string_equal(there->path, "t/k/../k/a.ko");
	assert_int_equal(scan.files.n, 2);
	assert_string_equal(((struct scan_file *)scan.files.at[0])->listed, "k/../k/a.ko");
	assert_string_equal(((struct scan_file *)scan.files.at[1])->listed, "k//b.ko");
}

static void a_missing_tree_is_an_error(void **state)
{
	struct depmod_conf conf = DEPMOD_CONF_INIT;
	auto_scan struct scan scan = SCAN_INIT;

	(void)state;
	assert_int_equal(scan_tree(&scan, "none", &conf, &log_taken), -ENOENT);
	assert_logged("3 could not open directory none: No such file or directory\n");
}

/* docs/spec/README.md 82: a directory nobody may read is one thing, half a tree for want of means another. */
static void what_we_lack_is_not_what_the_tree_lacks(void **state)
{
	static const char *const dirs[] = { "t/k", "out" }; /* below the tree, and an external one */
	static const char *const paths[] = { "conf", NULL };
	char want[100];

	(void)state;
	put_file("t/a.ko", "");
	put_file("t/k/b.ko", "");
	put_file("out/c.ko", "");
	put_file("conf", "external * out\n");
	for (size_t i = 0; i < 2 * ARRAY_SIZE(dirs); i++) {
		auto_depmod_conf struct depmod_conf conf = DEPMOD_CONF_INIT;
		auto_scan struct scan scan = SCAN_INIT;
		int r;

		fails_at = dirs[i / 2];
		for_want = i % 2;
		(void)snprintf(want, sizeof(want), "3 could not open directory %s: %s\n", fails_at,
			       strerror(for_want ? EMFILE : ENOENT));
		assert_int_equal(depmod_conf_read(&conf, paths, "9.9.9", &log_taken), 0);
		r = scan_tree(&scan, "t", &conf, &log_taken);
		allow_descriptors(true);
		fails_at = NULL;
		assert_int_equal(r, for_want ? -EMFILE : 0);
		assert_logged(want);
	}
	/* A list is no exception. */
	put_file("t/modules.order", "k/b.ko\n");
	auto_scan struct scan scan = SCAN_INIT;
	allow_descriptors(false);
	int r = order_sort(&scan, "t", &log_taken);
	allow_descriptors(true);
	assert_int_equal(r, -EMFILE);
	(void)snprintf(want, sizeof(want), "4 could not open modules.order at t: %s\n", strerror(EMFILE));
	assert_logged(want);
}

static void survives_every_failed_allocation(void **state)
{
	static const char *const paths[] = { "conf", NULL };

	(void)state;
	put_file("t/k/a.ko", "");
	put_file("t/updates/a.ko", "");
	put_file("x/b.ko", "");
	put_file("t/modules.order", "k/a.ko\n");
	put_file("conf", "search external updates\nexternal * x\nexclude y\noverride a * k\n");
	for (unsigned n = 1;; n++) {
		auto_depmod_conf struct depmod_conf conf = DEPMOD_CONF_INIT;
		auto_scan struct scan scan = SCAN_INIT;
		int r;

		oom_arm(n);
		r = depmod_conf_read(&conf, paths, "9.9.9", NULL);
		if (r == 0)
			r = scan_tree(&scan, "t", &conf, NULL);
		if (r == 0)
			r = order_sort(&scan, "t", NULL);
		if (r == 0)
			r = scan_add_file(&scan, "t", "x/../conf", NULL, NULL);
		if (!oom_fired()) {
			assert_true(n > 15);
			assert_int_equal(r, 0);
			assert_int_equal(scan.files.n, 3);
			break;
		}
		assert_int_equal(r, -ENOMEM);
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, play_begin, play_end)
	const struct CMUnitTest tests[] = {
		CASE(only_module_files_count),
		CASE(links_are_followed_but_not_in_circles),
		CASE(what_cannot_be_examined_is_said),
		CASE(paths_the_indexes_cannot_hold_are_refused),
		CASE(one_file_of_each_module_is_chosen),
		CASE(external_directories_have_their_place),
		CASE(modules_order_comes_first),
		CASE(lines_of_4095_bytes_are_damage),
		CASE(single_files_keep_their_spelling),
		CASE(a_missing_tree_is_an_error),
		CASE(what_we_lack_is_not_what_the_tree_lacks),
		CASE(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
