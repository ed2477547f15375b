/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which files of modprobe.d count, and in which order.
 * Numbers: m83 is edge case 83 of docs/spec/modprobe.md 17, l13 is edge case 13
 * of docs/spec/libkmod-api.md 16. Each test runs in an empty directory of its own.
 */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/conf-cmdline.h"
#include "libkmod/conf-files.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/conf-test.h"
#include "testsuite/unit/oom.h"

#define PATHS(...) ((const char *const[]){ __VA_ARGS__, NULL })
static const char *const no_paths[] = { NULL };

static char *top; /* the directory of the test */
static int home = -1; /* where we came from */

static int enter(void **state)
{
	(void)state;
	top = strdup("/tmp/test-conf-files-XXXXXX");
	home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return !top || home < 0 || !mkdtemp(top) || chdir(top) < 0 || mkdir("mods", 0755) < 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int leave(void **state)
{
	int r = fchdir(home) | nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	(void)state;
	(void)close(home);
	free(top);
	return r;
}

static void put(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, text, strlen(text)), 0);
}

static void dir(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static void link_to(const char *target, const char *path)
{
	assert_int_equal(symlink(target, path), 0);
}

/* Reads, and compares rules (without those of the machine's kernel line) and messages. */
static void check(const char *const *paths, const char *rules, const char *messages)
{
	struct conf_stamps stamps = CONF_STAMPS_INIT;
	auto_free char *got = NULL;
	struct kept_log kept;
	struct conf conf;

	kept_log_init(&kept);
	conf_init(&conf);
	assert_int_equal(conf_read(&conf, "mods", paths, &stamps, &kept.log), 0);
	got = conf_text(&conf, true, CONF_CMDLINE_FILE);
	assert_string_equal(got, rules);
	assert_string_equal(strbuf_str(&kept.text), messages);
	strbuf_release(&kept.text);
	conf_stamps_release(&stamps);
	conf_release(&conf);
}

static void m83_l13_order_by_name_and_the_first_directory_wins(void **state)
{
	static const char *const dirs[] = { "etc", "run", "local", "dist", "lib" };
	char path[64], text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		dir(dirs[i]);
		(void)snprintf(path, sizeof(path), "%s/20-all.conf", dirs[i]);
		(void)snprintf(text, sizeof(text), "options x all=%s\n", dirs[i]);
		put(path, text);
		/* Own names, so that order of names and of directories differ. */
		(void)snprintf(path, sizeof(path), "%s/%zu0.conf", dirs[i], 9 - i);
		(void)snprintf(text, sizeof(text), "\noptions x own=%s\n", dirs[i]);
		put(path, text);
	}
	put("etc/Z.conf", "options x z=1\n");
	link_to("/dev/null", "run/mask.conf");
	put("lib/mask.conf", "options x mask=1\n");
	put("etc/empty.conf", "");
	put("lib/empty.conf", "options x empty=1\n");
	check(PATHS("etc", "run", "local", "dist", "lib"),
	      "options x <all=etc> @etc/20-all.conf:1\n"
	      "options x <own=lib> @lib/50.conf:2\n"
	      "options x <own=dist> @dist/60.conf:2\n"
	      "options x <own=local> @local/70.conf:2\n"
	      "options x <own=run> @run/80.conf:2\n"
	      "options x <own=etc> @etc/90.conf:2\n"
	      "options x <z=1> @etc/Z.conf:1\n", "");
}

static void l13_four_files_in_two_directories(void **state)
{
	(void)state;
	dir("one");
	dir("two");
	put("one/b.conf", "options x one=b\n");
	put("one/z.conf", "options x one=z\n");
	put("two/a.conf", "options x two=a\n");
	put("two/b.conf", "options x two=b\n");
	check(PATHS("one", "two"), "options x <two=a> @two/a.conf:1\noptions x <one=b> @one/b.conf:1\n"
				   "options x <one=z> @one/z.conf:1\n", "");
}

static void m84_l14_l15_which_entries_of_a_directory_count(void **state)
{
	(void)state;
	dir("one");
	dir("two");
	dir("one/dir.conf");
	dir("real.d");
	put("one/x.alias", "options x alias=1\n");
	put("one/noext", "options x noext=1\n");
	put("one/.h.conf", "options x hidden=1\n");
	put("one/.conf", "options x dot=1\n");
	put("one/q.conf.bak", "options x bak=1\n");
	put("one/a.CONF", "options x upper=1\n");
	put("one/y.conf", "options x y=1\n");
	put("elsewhere", "options x linked=1\n");
	link_to("../elsewhere", "one/l.conf");
	check(PATHS("one"), "options x <linked=1> @one/l.conf:1\noptions x <y=1> @one/y.conf:1\n",
	      "Directories inside directories are not supported: one/dir.conf\n");
	assert_int_equal(rmdir("one/dir.conf"), 0);

	link_to("../real.d", "one/d.conf"); /* a link is followed before it is judged */
	check(PATHS("one"), "options x <linked=1> @one/l.conf:1\noptions x <y=1> @one/y.conf:1\n",
	      "Directories inside directories are not supported: one/d.conf\n");
	assert_int_equal(unlink("one/d.conf"), 0);

	/* A dangling link does not mask; one to nothing at all does. */
	link_to("/nonexistent", "one/k.conf");
	link_to("/dev/null", "one/mask.conf");
	put("two/k.conf", "options x k=2\n");
	put("two/mask.conf", "options x mask=2\n");
	check(PATHS("one/", "two"),
	      "options x <k=2> @two/k.conf:1\noptions x <linked=1> @one//l.conf:1\n"
	      "options x <y=1> @one//y.conf:1\n",
	      "Cannot stat directory entry: one//k.conf\n");
}

static void m85_single_files_directories_and_what_is_not_there(void **state)
{
	(void)state;
	dir("d");
	put("d/k.conf", "options x d=1\n");
	put("file.txt", "options x file=1\n");
	check(PATHS("file.txt"), "options x <file=1> @file.txt:1\n", "");
	check(PATHS("d"), "options x <d=1> @d/k.conf:1\n", "");
	check(PATHS("d", "file.txt"), "options x <file=1> @file.txt:1\noptions x <d=1> @d/k.conf:1\n", "");
	check(PATHS("/dev/null"), "", "");
	check(PATHS("/nonexist", "", "file.txt/x", "file.txt/"), "", ""); /* the tool may warn */
	check(no_paths, "", "");
}

static void two_files_of_one_name_are_both_read(void **state)
{
	(void)state;
	dir("a");
	dir("b");
	dir("c");
	put("a/x.conf", "options x a=1\n");
	put("b/x.conf", "options x b=1\n");
	put("c/x.conf", "options x c=1\n");
	check(PATHS("b/x.conf", "a/x.conf"), "options x <b=1> @b/x.conf:1\noptions x <a=1> @a/x.conf:1\n", "");
	/* One wish uttered twice, as a nested modprobe does. */
	check(PATHS("b/x.conf", "a/x.conf", "b/x.conf"),
	      "options x <b=1> @b/x.conf:1\noptions x <a=1> @a/x.conf:1\n", "");
	/* A file masks as it always did, and is masked by none. */
	check(PATHS("b/x.conf", "c"), "options x <b=1> @b/x.conf:1\n", "");
	check(PATHS("c", "b/x.conf", "a"), "options x <c=1> @c/x.conf:1\noptions x <b=1> @b/x.conf:1\n", "");
	/* The names of the module directory's own files are taken. */
	put("a/modules.softdep", "options x never=1\n");
	put("a/modules.weakdep", "options x never=1\n");
	check(PATHS("a/modules.softdep", "a/modules.weakdep"), "", "");
}

/* m91, l16, l23: who reads the rules takes them in this order */
static void m91_l16_l23_the_modules_own_softdeps_have_their_place(void **state)
{
	(void)state;
	put("mods/modules.softdep", "# made by a tool\nsoftdep mod_c pre: mod_d\n");
	put("mods/modules.weakdep", "weakdep mod_d mod_a\n");
	dir("d");
	put("d/aaa.conf", "softdep mod_c pre: mod_e\n");
	put("d/zzz.conf", "softdep mod_c pre: mod_f\n");
	check(no_paths, "softdep mod_c <pre: mod_d> @mods/modules.softdep:2\n"
			"weakdep mod_d <mod_a> @mods/modules.weakdep:1\n", "");
	check(PATHS("d"), "softdep mod_c <pre: mod_e> @d/aaa.conf:1\n"
			  "softdep mod_c <pre: mod_d> @mods/modules.softdep:2\n"
			  "softdep mod_c <pre: mod_f> @d/zzz.conf:1\n"
			  "weakdep mod_d <mod_a> @mods/modules.weakdep:1\n", "");
}

static void a_bad_line_is_told_with_its_path(void **state)
{
	(void)state;
	dir("d");
	put("d/x.conf", "blacklist a\noptions \\\n b");
	put("d/y.conf", "include d/z");
	check(PATHS("d"), "blacklist a @d/x.conf:1\n",
	      "d/x.conf line 3: ignoring bad line starting with 'options'\n"
	      "d/y.conf: command include is deprecated and not parsed anymore\n");
}

static void what_cannot_be_read_is_skipped(void **state)
{
	struct rlimit limit, none;
	char message[512];
	char path[32];
	int fd[2];

	(void)state;
	dir("d");
	put("d/a.conf", "blacklist a\n");
	/* Opening a socket's name fails for everybody, root too. It still masks. */
	assert_int_equal(mknod("d/s.conf", S_IFSOCK | 0644, 0), 0);
	dir("e");
	put("e/s.conf", "blacklist s\n");
	dir("mods/modules.softdep");
	check(PATHS("d", "e"), "blacklist a @d/a.conf:1\n",
	      "mods/modules.softdep: not read: Is a directory\n"
	      "d/s.conf: not read: No such device or address\n");

	/* A directory that is there and cannot be opened. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	(void)snprintf(message, sizeof(message), "opendir(d): %1$s\nmods/modules.softdep: not read: %1$s\n"
		       "mods/modules.weakdep: not read: %1$s\n/proc/cmdline: not read: %1$s\n",
		       strerror(EMFILE));
	check(PATHS("d", "/nonexist"), "", message);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);

	assert_int_equal(rmdir("mods/modules.softdep"), 0);
	assert_int_equal(unlink("d/s.conf"), 0);

	/* What never ends is not waited for, nor is the begin of it taken for the whole. */
	check(PATHS("/dev/zero"), "", "/dev/zero: not read: File too large\n");
	put("d/long.conf", "blacklist long\n");
	assert_int_equal(truncate("d/long.conf", 17 << 20), 0);
	check(PATHS("d"), "blacklist a @d/a.conf:1\n", "d/long.conf: not read: File too large\n");

	/* A pipe has its bytes once, so it is opened once: modprobe -C <(command). */
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(io_write(fd[1], "blacklist p\n", 12), 0);
	(void)close(fd[1]);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[0]);
	{
		char want[64];

		(void)snprintf(want, sizeof(want), "blacklist p @%s:1\n", path);
		check(PATHS(path), want, "");
	}
	(void)close(fd[0]);
}

static void long_files_are_read_to_the_end_and_leave_nothing_for_the_next(void **state)
{
	auto_strbuf struct strbuf text = STRBUF_INIT, want = STRBUF_INIT;

	(void)state;
	for (int i = 1; i <= 20000; i++) {
		assert_int_equal(strbuf_addf(&text, "blacklist m%d\n", i), 0);
		assert_int_equal(strbuf_addf(&want, "blacklist m%d @d/a.conf:%d\n", i, i), 0);
	}
	assert_true(text.len > 16 * 16384);
	dir("d");
	put("d/a.conf", text.s);
	put("d/b.conf", "blacklist b");
	assert_int_equal(strbuf_adds(&want, "blacklist b @d/b.conf:1\n"), 0);
	check(PATHS("d"), want.s, "");
}

/* /lib is /usr/lib on many machines */
static void a_directory_under_two_names_counts_once(void **state)
{
	struct conf_stamps stamps = CONF_STAMPS_INIT;
	struct conf conf;

	(void)state;
	dir("usr");
	dir("usr/modprobe.d");
	put("usr/modprobe.d/x.conf", "blacklist x\n");
	dir("usr/modprobe.d/z.conf");
	link_to("usr", "lib");
	check(PATHS("usr/modprobe.d", "lib/modprobe.d"), "blacklist x @usr/modprobe.d/x.conf:1\n",
	      "Directories inside directories are not supported: usr/modprobe.d/z.conf\n");
	/* Two masks are two files, although both lead to one place. */
	dir("m");
	link_to("/dev/null", "m/x.conf");
	link_to("/dev/null", "m/y.conf");
	put("usr/modprobe.d/y.conf", "blacklist y\n");
	assert_int_equal(rmdir("usr/modprobe.d/z.conf"), 0);
	check(PATHS("m/x.conf", "m/y.conf", "lib/modprobe.d"), "", "");

	conf_init(&conf);
	assert_int_equal(conf_read(&conf, "mods", PATHS("usr/modprobe.d", "lib/modprobe.d", "no", "m/x.conf"),
				   &stamps, NULL), 0);
	assert_int_equal(stamps.n, 3);
	assert_string_equal(stamps.at[1].path, "lib/modprobe.d");
	assert_string_equal(stamps.at[2].path, "m/x.conf");
	conf_stamps_release(&stamps);
	conf_release(&conf);
}

static void set_mtime(const char *path, time_t sec, long nsec)
{
	struct timespec times[2] = { { 1, 0 }, { sec, nsec } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void l25_stamps_see_what_happens_to_the_paths(void **state)
{
	struct conf_stamps stamps = CONF_STAMPS_INIT;
	struct conf conf;

	(void)state;
	dir("d");
	dir("gone");
	put("d/x.conf", "blacklist x\n");
	put("file", "blacklist f\n");
	set_mtime("d", 1000000000, 5000);
	set_mtime("file", 1000000000, 5000);
	conf_init(&conf);
	assert_true(conf_stamps_valid(&stamps));
	assert_int_equal(conf_read(&conf, "mods", PATHS("d", "later", "file", "gone"), &stamps, NULL), 0);
	conf_release(&conf);
	assert_int_equal(stamps.n, 3);
	assert_true(stamps.at[0].mtime_usec == UINT64_C(1000000000000005));
	assert_true(conf_stamps_valid(&stamps));

	put("d/x.conf", "blacklist y\n"); /* in place: the directory does not change */
	assert_true(conf_stamps_valid(&stamps));
	put("later", "");
	assert_true(conf_stamps_valid(&stamps));

	set_mtime("file", 1000000000, 5999); /* the unit is a microsecond */
	assert_true(conf_stamps_valid(&stamps));
	set_mtime("file", 1000000000, 6000);
	assert_false(conf_stamps_valid(&stamps));
	set_mtime("file", 1000000000, 4000); /* an older one is another one */
	assert_false(conf_stamps_valid(&stamps));
	set_mtime("file", 1000000000, 5000);
	assert_true(conf_stamps_valid(&stamps));

	put("d/new.conf", "");
	assert_false(conf_stamps_valid(&stamps));
	set_mtime("d", 1000000000, 5000);
	assert_true(conf_stamps_valid(&stamps));
	assert_int_equal(rmdir("gone"), 0);
	assert_false(conf_stamps_valid(&stamps));
	conf_stamps_release(&stamps);
}

/* m102, m103: the kernel line of this machine, read here in another way */
static void m102_the_kernel_line_comes_last_and_whole(void **state)
{
	struct conf_stamps stamps = CONF_STAMPS_INIT;
	auto_free char *line = NULL, *want = NULL, *got = NULL;
	struct conf conf;
	size_t size;

	(void)state;
	conf_init(&conf);
	assert_int_equal(io_read_text(CONF_CMDLINE_FILE, 0, &line, &size), 0);
	assert_int_equal(conf_cmdline_parse(&conf, line, size, NULL), 0);
	want = conf_text(&conf, true, NULL);
	conf_release(&conf);
	assert_int_equal(conf_read(&conf, "mods", no_paths, &stamps, NULL), 0);
	got = conf_text(&conf, true, NULL);
	assert_string_equal(got, want);
	conf_stamps_release(&stamps);
	conf_release(&conf);

	put("x", "options first x=1\nblacklist first\n");
	assert_int_equal(conf_read(&conf, "mods", PATHS("x"), &stamps, NULL), 0);
	assert_string_equal(conf_rule_at(&conf, CONF_OPTIONS, 0)->name, "first");
	assert_string_equal(conf_rule_at(&conf, CONF_BLACKLIST, 0)->name, "first");
	conf_stamps_release(&stamps);
	conf_release(&conf);
}

/* NULL is not "nothing": what exists of the five is watched, in this order. */
static void without_paths_the_default_directories_are_read(void **state)
{
	static const char *const defaults[] = { SYSCONFDIR "/modprobe.d", "/run/modprobe.d",
						"/usr/local/lib/modprobe.d",
						DISTCONFDIR "/modprobe.d", "/lib/modprobe.d" };
	struct conf_stamps stamps = CONF_STAMPS_INIT;
	struct conf conf;
	struct stat st;
	size_t n = 0;

	(void)state;
	conf_init(&conf);
	assert_int_equal(conf_read(&conf, "mods", NULL, &stamps, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		if (stat(defaults[i], &st) < 0)
			continue;
		assert_true(n < stamps.n);
		assert_string_equal(stamps.at[n++].path, defaults[i]);
	}
	assert_int_equal(n, stamps.n);
	assert_true(conf_stamps_valid(&stamps));
	conf_stamps_release(&stamps);
	conf_release(&conf);
}

static void count(void *data, int priority, const char *file, int line, const char *fn,
		  const char *format, va_list args)
{
	(void)priority, (void)file, (void)line, (void)fn, (void)args;
	if (str_after(format, "no configuration at "))
		++*(unsigned *)data;
}

/* With the prefix /usr/local a default directory is there twice. */
static void a_path_that_is_there_twice_is_looked_at_once(void **state)
{
	unsigned said = 0;
	const struct log log = { .sink = count, .data = &said, .priority = LOG_DEBUG };
	struct conf conf;

	(void)state;
	conf_init(&conf);
	assert_int_equal(conf_read(&conf, "mods", PATHS("none", "other", "none"), NULL, &log), 0);
	assert_int_equal(said, 2);
	conf_release(&conf);
}

static void every_failed_allocation_is_survived(void **state)
{
	struct conf_stamps stamps = CONF_STAMPS_INIT;
	struct conf conf;
	unsigned n;

	(void)state;
	dir("d");
	put("d/a.conf", "blacklist a\noptions b c\n");
	put("d/b.conf", "softdep a pre: b\n");
	put("file", "alias a b\n");
	put("mods/modules.softdep", "softdep c post: d\n");
	for (n = 1;; n++) {
		int r;

		conf_init(&conf);
		oom_arm(n);
		r = conf_read(&conf, "mods", PATHS("d", "file"), &stamps, NULL);
		if (!oom_fired())
			break;
		assert_int_equal(r, -ENOMEM);
		conf_stamps_release(&stamps);
		conf_release(&conf);
	}
	assert_true(n > 25);
	assert_int_equal(conf.files.n, 4);
	assert_int_equal(conf_count(&conf, CONF_SOFTDEP), 2);
	conf_stamps_release(&stamps);
	conf_release(&conf);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(m83_l13_order_by_name_and_the_first_directory_wins),
		TEST(l13_four_files_in_two_directories),
		TEST(m84_l14_l15_which_entries_of_a_directory_count),
		TEST(m85_single_files_directories_and_what_is_not_there),
		TEST(two_files_of_one_name_are_both_read),
		TEST(m91_l16_l23_the_modules_own_softdeps_have_their_place),
		TEST(a_bad_line_is_told_with_its_path),
		TEST(what_cannot_be_read_is_skipped),
		TEST(long_files_are_read_to_the_end_and_leave_nothing_for_the_next),
		TEST(a_directory_under_two_names_counts_once),
		TEST(l25_stamps_see_what_happens_to_the_paths),
		TEST(m102_the_kernel_line_comes_last_and_whole),
		TEST(without_paths_the_default_directories_are_read),
		TEST(a_path_that_is_there_twice_is_looked_at_once),
		TEST(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("conf-files", tests, NULL, NULL);
}
