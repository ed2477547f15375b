/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testsuite/unit/unit.h"

#include <dirent.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/publish.h"
#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"

static void assert_content(const char *path, const char *want)
{
	auto_free char *text = NULL;

	assert_int_equal(io_read_text(path, 0, &text, NULL), 0);
	assert_string_equal(text, want);
}

static unsigned count_entries(const char *path)
{
	auto_closedir DIR *d = opendir(path);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	return n - 2; /* "." and ".." */
}

static void nothing_is_seen_before_the_commit(void **state)
{
	struct publish *p = NULL;

	(void)state;
	put_file("d/one", "old");
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_add(p, "one", "new", 3), 0);
	assert_int_equal(publish_add(p, "two", "", 0), 0);
	assert_content("d/one", "old");
	assert_false(is_there("d/two"));
	assert_int_equal(publish_commit(p, NULL), 0);
	publish_end(p);
	assert_content("d/one", "new");
	assert_content("d/two", "");
	assert_int_equal(count_entries("d"), 2);
}

static void without_commit_all_is_as_before(void **state)
{
	struct publish *p = NULL;

	(void)state;
	put_file("d/one", "old");
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_add(p, "one", "new", 3), 0);
	assert_int_equal(count_entries("d"), 2);
	publish_end(p);
	assert_content("d/one", "old");
	assert_int_equal(count_entries("d"), 1);
}

static void directories_are_made_and_other_things_refused(void **state)
{
	struct publish *p = NULL;

	(void)state;
	assert_int_equal(publish_begin("a/b//c/", &p), 0);
	publish_end(p);
	assert_true(is_there("a/b/c"));
	put_file("file", "");
	p = NULL;
	assert_int_equal(publish_begin("file", &p), -ENOTDIR);
	assert_int_equal(publish_begin("file/below", &p), -ENOTDIR);
	assert_int_equal(publish_begin("", &p), -ENOENT);
	assert_null(p);
}

/* docs/spec/depmod.md, edge case 34 */
static void mode_is_0644_and_links_are_replaced(void **state)
{
	mode_t before = umask(077);
	struct publish *p = NULL;
	struct stat st;

	(void)state;
	put_file("elsewhere", "mine");
	assert_int_equal(symlink("elsewhere", "link"), 0);
	assert_int_equal(publish_begin(".", &p), 0);
	assert_int_equal(publish_add(p, "link", "x", 1), 0);
	assert_int_equal(publish_commit(p, NULL), 0);
	publish_end(p);
	(void)umask(before);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_content("elsewhere", "mine");
}

static void a_failed_rename_names_its_file(void **state)
{
	struct publish *p = NULL;
	const char *name = NULL;

	(void)state;
	put_file("d/dir/full", "");
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_add(p, "dir", "x", 1), 0);
	assert_int_equal(publish_add(p, "later", "x", 1), 0);
	assert_int_equal(publish_commit(p, &name), -EISDIR);
	assert_string_equal(name, "dir");
	publish_end(p);
	assert_true(is_there("d/dir/full"));
	assert_int_equal(count_entries("d"), 1);
}

static void a_failed_addition_fails_the_set(void **state)
{
	struct publish *p = NULL;
	const char *name = NULL;

	(void)state;
	put_file("d/one", "old");
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_add(p, "one", "new", 3), 0);
	assert_int_equal(publish_add(p, "no/such", "x", 1), -ENOENT);
	assert_int_equal(publish_commit(p, &name), -EBADF);
	assert_string_equal(name, "no/such");
	publish_end(p);
	assert_content("d/one", "old");
	assert_int_equal(count_entries("d"), 1);
}

static void survives_every_failed_allocation(void **state)
{
	(void)state;
	put_file("d/one", "old");
	for (unsigned n = 1;; n++) {
		struct publish *p = NULL;
		int r;

		oom_arm(n);
		r = publish_begin("d", &p);
		if (r == 0)
			r = publish_add(p, "one", "new", 3);
		if (r == 0)
			r = publish_commit(p, NULL);
		publish_end(p);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_int_equal(n, 4);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_content("d/one", "old");
		assert_int_equal(count_entries("d"), 1);
	}
	assert_content("d/one", "new");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, play_begin, play_end)
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_seen_before_the_commit),
		CASE(without_commit_all_is_as_before),
		CASE(directories_are_made_and_other_things_refused),
		CASE(mode_is_0644_and_links_are_replaced),
		CASE(a_failed_rename_names_its_file),
		CASE(a_failed_addition_fails_the_set),
		CASE(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
