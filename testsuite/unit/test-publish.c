/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that appear together or not at all. */
#include "testsuite/unit/unit.h"

#include <dirent.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/publish.h"
#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"

/* What a file system without locks or hard links says; 0: the real call. */
static int flock_error, linkat_error;

int __real_flock(int fd, int what);
int __wrap_flock(int fd, int what);
int __wrap_flock(int fd, int what)
{
	if (!flock_error)
		return __real_flock(fd, what);
	errno = flock_error;
	return -1;
}

int __real_linkat(int fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_linkat(int fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_linkat(int fd, const char *from, int to_fd, const char *to, int flags)
{
	if (!linkat_error)
		return __real_linkat(fd, from, to_fd, to, flags);
	errno = linkat_error;
	return -1;
}

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

static void only_directories_are_opened(void **state)
{
	struct publish *p = NULL;

	(void)state;
	put_file("file", "");
	assert_int_equal(publish_begin("none", &p), -ENOENT);
	assert_int_equal(publish_begin("file", &p), -ENOTDIR);
	assert_int_equal(publish_begin("", &p), -ENOENT);
	assert_null(p);
}

static void one_holds_the_lock(void **state)
{
	struct publish *p = NULL, *q = NULL;

	(void)state;
	assert_int_equal(publish_begin(".", &p), 0);
	assert_int_equal(publish_begin(".", &q), 0);
	assert_int_equal(publish_lock(p, 0), 0);
	assert_int_equal(publish_lock(p, 0), 0);
	assert_int_equal(publish_lock(q, 0), -EWOULDBLOCK);
	assert_int_equal(publish_lock(q, 30), -EWOULDBLOCK);
	publish_end(p);
	assert_int_equal(publish_lock(q, 30), 0);
	publish_end(q);
}

#define LEFT "0123456789abcdef"

static void put_leftovers(void)
{
	put_file("d/one", "old");
	put_file("d/.one.publish-n" LEFT, "killed");
	put_file("d/.gone.publish-o" LEFT, "killed");
	/* what only looks alike is somebody's */
	put_file("d/one.publish-n" LEFT, "");
	put_file("d/.one.publish-x" LEFT, "");
	put_file("d/.one.publish-n" LEFT "0", "");
	put_file("d/.one.publish-nG123456789abcdef", "");
	put_file("d/.one", "");
	put_file("d/.dir.publish-n" LEFT "/x", "");
	assert_int_equal(count_entries("d"), 9);
}

static void who_has_the_lock_removes_what_killed_ones_left(void **state)
{
	struct publish *p = NULL;

	(void)state;
	put_leftovers();
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_lock(p, 0), 0);
	assert_int_equal(count_entries("d"), 9);
	assert_int_equal(publish_add(p, "one", "new", 3), 0);
	assert_int_equal(publish_add(p, "two", "new", 3), 0);
	assert_int_equal(publish_commit(p, NULL), 0);
	publish_end(p);
	assert_false(is_there("d/.one.publish-n" LEFT));
	assert_false(is_there("d/.gone.publish-o" LEFT));
	assert_int_equal(count_entries("d"), 8);
}

static void without_the_lock_nothing_of_others_is_touched(void **state)
{
	struct publish *p = NULL;

	(void)state;
	put_leftovers();
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_add(p, "one", "new", 3), 0);
	publish_end(p);
	assert_int_equal(count_entries("d"), 9);
}

/* depmod.md edge case 34 */
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

static void a_failed_rename_brings_the_old_set_back(void **state)
{
	struct publish *p = NULL;
	const char *name = NULL;

	(void)state;
	put_file("d/first", "old");
	put_file("d/dir/full", "");
	assert_int_equal(symlink("first", "d/link"), 0);
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_add(p, "first", "new", 3), 0);
	assert_int_equal(publish_add(p, "link", "new", 3), 0);
	assert_int_equal(publish_add(p, "was-not-there", "new", 3), 0);
	assert_int_equal(publish_add(p, "dir", "new", 3), 0);
	assert_int_equal(publish_add(p, "later", "new", 3), 0);
	assert_int_equal(publish_commit(p, &name), -EISDIR);
	assert_string_equal(name, "dir");
	publish_end(p);
	assert_content("d/first", "old");
	assert_content("d/link", "old");
	assert_true(is_there("d/dir/full"));
	assert_int_equal(count_entries("d"), 3);
}

/* Two old files, and a directory in the place of the third. */
static int publish_three(void)
{
	auto_publish struct publish *p = NULL;

	put_file("d/first", "old");
	put_file("d/second", "old");
	put_file("d/dir/full", "");
	assert_int_equal(publish_begin("d", &p), 0);
	assert_int_equal(publish_add(p, "first", "new", 3), 0);
	assert_int_equal(publish_add(p, "second", "new", 3), 0);
	assert_int_equal(publish_add(p, "dir", "new", 3), 0);
	return publish_commit(p, NULL);
}

/* Going half the way back would be worse: an index newer than what it refers to. */
static void without_hard_links_the_first_files_stay_new(void **state)
{
	int r;

	(void)state;
	linkat_error = EPERM;
	r = publish_three();
	linkat_error = 0;
	assert_int_equal(r, -EISDIR);
	assert_content("d/first", "new");
	assert_content("d/second", "new");
	assert_int_equal(count_entries("d"), 3);
}

static void without_room_for_links_nothing_happens(void **state)
{
	int r;

	(void)state;
	linkat_error = ENOSPC;
	r = publish_three();
	linkat_error = 0;
	assert_int_equal(r, -ENOSPC);
	assert_content("d/first", "old");
	assert_content("d/second", "old");
	assert_int_equal(count_entries("d"), 3);
}

static void without_locks_it_goes_on(void **state)
{
	static const int errors[] = { ENOLCK, EBADF, ENOSYS, EINVAL, EOPNOTSUPP };
	struct publish *p = NULL;

	(void)state;
	put_leftovers();
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		assert_int_equal(publish_begin("d", &p), 0);
		flock_error = errors[i];
		assert_int_equal(publish_lock(p, 10000), 0);
		flock_error = 0;
		assert_int_equal(publish_add(p, "one", "new", 3), 0);
		publish_end(p);
		assert_int_equal(count_entries("d"), 9);
	}
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
			assert_true(n >= 4); /* more: those of a libc that is linked statically */
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
		CASE(only_directories_are_opened),
		CASE(one_holds_the_lock),
		CASE(who_has_the_lock_removes_what_killed_ones_left),
		CASE(without_the_lock_nothing_of_others_is_touched),
		CASE(mode_is_0644_and_links_are_replaced),
		CASE(a_failed_rename_brings_the_old_set_back),
		CASE(without_hard_links_the_first_files_stay_new),
		CASE(without_room_for_links_nothing_happens),
		CASE(without_locks_it_goes_on),
		CASE(a_failed_addition_fails_the_set),
		CASE(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
