/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Path names as text. */
#include "testsuite/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/path.h"
#include "testsuite/unit/oom.h"

static char real[PATH_MAX]; /* a directory ... */
static char named[PATH_MAX + 8]; /* ... and a link to it */

static int enter(void **state)
{
	char name[] = "/tmp/test-path-XXXXXX";

	(void)state;
	if (!mkdtemp(name) || !realpath(name, real))
		return -1;
	(void)snprintf(named, sizeof(named), "%s.link", real);
	return symlink(real, named) | chdir(real);
}

static int leave(void **state)
{
	(void)state;
	(void)rmdir(real);
	return chdir("/") | unlink(named);
}

static void the_last_part_of_a_path(void **state)
{
	static const struct {
		const char *path, *base;
	} cases[] = {
		{ "/a/b.ko", "b.ko" }, { "b.ko", "b.ko" }, { "/", "" },
		{ "a/", "" },	       { "", "" },	   { "//x", "x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(path_base(cases[i].path), cases[i].base);
}

static void a_device_is_named_plainly(void **state)
{
	static const char *const no[] = {
		"", "/", ".", "..", "/a", "a/", "a//b", "../a", "a/..", "a/../b", "./a", "a/./b", "a b", "a\tb", "a\nb",
		"%h/a", "a\\x2e", "'a'", "\"a\"", "#a", "a*", "a\033[2J", "\303\244", "a;b",
	};
	static const char *const yes[] = {
		"a", "net/tun", "cpu/0/msr", "loop-control", "...", "..a", "a..", "a/..b", ".a", "a,b:c+d@e=f_g-h.i",
	};
	char name[NAME_MAX + 4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_false(path_is_device(no[i], strlen(no[i])));
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(path_is_device(yes[i], strlen(yes[i])));
	assert_true(path_is_device("a..//", 3)); /* no more of it is looked at */
	assert_false(path_is_device("a\0b", 3));
	memset(name, 'x', sizeof(name));
	assert_true(path_is_device(name, NAME_MAX));
	assert_false(path_is_device(name, NAME_MAX + 1));
	name[1] = '/';
	assert_true(path_is_device(name, NAME_MAX + 2));
	assert_false(path_is_device(name, NAME_MAX + 3));
}

static void check(const char *path, const char *before, const char *want)
{
	auto_free char *got = NULL, *expected = NULL;

	assert_true(asprintf(&expected, "%s%s", before, want) >= 0);
	assert_int_equal(path_absolute(path, &got), 0);
	assert_string_equal(got, expected);
}

static void absolute_names_stay_as_they_are(void **state)
{
	(void)state;
	check("/", "", "/");
	check("/a/../b/./c//", "", "/a/../b/./c//");
}

static void the_users_own_spelling_of_the_directory_is_used_when_true(void **state)
{
	(void)state;
	assert_int_equal(setenv("PWD", named, 1), 0);
	check("x/y", named, "/x/y");
	check("", named, "/");
	check("../z", named, "/../z");
	assert_int_equal(setenv("PWD", "/", 1), 0); /* a lie */
	check("x", real, "/x");
	assert_int_equal(setenv("PWD", ".", 1), 0); /* true, but not absolute */
	check("x", real, "/x");
	assert_int_equal(setenv("PWD", "/nonexistent", 1), 0);
	check("x", real, "/x");
	assert_int_equal(unsetenv("PWD"), 0);
	check("x", real, "/x");
}

static void every_failed_allocation_is_survived(void **state)
{
	static const char *const paths[] = { "/a", "b" };

	(void)state;
	assert_int_equal(unsetenv("PWD"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_free char *got = NULL;

		oom_arm(1);
		assert_int_equal(path_absolute(paths[i], &got), -ENOMEM);
		assert_true(oom_fired());
		assert_null(got);
	}
}

static void without_a_directory_there_is_an_error(void **state)
{
	char *got = NULL;

	(void)state;
	assert_int_equal(setenv("PWD", real, 1), 0);
	assert_int_equal(rmdir(real), 0);
	assert_int_equal(path_absolute("x", &got), -ENOENT);
	assert_null(got);
	check("/x", "", "/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_part_of_a_path),
		cmocka_unit_test(a_device_is_named_plainly),
		cmocka_unit_test(absolute_names_stay_as_they_are),
		cmocka_unit_test(the_users_own_spelling_of_the_directory_is_used_when_true),
		cmocka_unit_test(every_failed_allocation_is_survived),
		cmocka_unit_test(without_a_directory_there_is_an_error), /* last: it removes it */
	};

	return cmocka_run_group_tests_name("path", tests, enter, leave);
}
