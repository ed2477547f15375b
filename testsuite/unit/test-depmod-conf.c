/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar and the files of depmod.d. */
#include "testsuite/unit/unit.h"

#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"
#include "tools/depmod/depmod-conf.h"

/* Reads the paths for version 9.9.9 and returns what was read as one text. */
static const char *read_conf(const char *const *paths)
{
	static char text[4096];
	auto_depmod_conf struct depmod_conf conf = DEPMOD_CONF_INIT;
	size_t n = 0;

	assert_int_equal(depmod_conf_read(&conf, paths, "9.9.9", &log_taken), 0);
	for (size_t i = 0; i < conf.search.n; i++)
		ADD("s:%s ", (const char *)conf.search.at[i]);
	for (size_t i = 0; i < conf.overrides.n; i++) {
		const struct depmod_override *o = conf.overrides.at[i];

		ADD("o:%s=%s ", o->name, o->subdir);
	}
	for (size_t i = 0; i < conf.externals.n; i++)
		ADD("x:%s ", (const char *)conf.externals.at[i]);
	for (size_t i = 0; i < conf.excludes.n; i++)
		ADD("e:%s ", (const char *)conf.excludes.at[i]);
	return text;
}

static const char *read_text(const char *text)
{
	static const char *const paths[] = { "c", NULL };

	put_file("c", text);
	return read_conf(paths);
}

/* docs/spec/depmod.md 5.2 and edge case 12 */
static void each_command_reads_its_words(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "", "s:updates " },
		{ "search\n", "s:updates " },
		{ "search a/b  built-in\texternal\nsearch c", "s:a/b s:built-in s:external s:c " },
		{ "override foo-bar * dir more\n", "s:updates o:foo_bar=dir " },
		{ "override a 9\\\\.9\\\\..* d\noverride b .9 e\noverride c 9.8 f\n",
		  "s:updates o:a=d o:b=e " },
		{ "override a ( d\noverride b ** d\n", "s:updates " },
		{ "external * /x\nexternal ^9 /y\nexternal ^8 /z\n", "s:updates x:/x x:/y " },
		{ "exclude kernel m.ko\nexclude\n", "s:updates e:kernel e:m.ko " },
		{ "# no\n \t \n\nsearch \\\na\\\n b \\c\\", "s:a s:b s:c\\ " },
		{ "search foo\r\n", "s:foo\r " },
		{ "include x\nmake_map_files yes\n", "s:updates " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(read_text(cases[i].text), cases[i].want);
	assert_logged("");
}

/*
 * What would take regcomp() or regexec() more than a moment, or more memory or stack than
 * there is, is no pattern: docs/spec/README.md 79. Each of the others matches 9.9.9.
 */
static void patterns_are_modest(void **state)
{
	static const struct { const char *pattern; bool taken; } cases[] = {
		{ "^(9.){1,5}9$", true }, { "9{1}", true }, { "9{0,}", true }, { "9{0}", true },
		{ "^[0-9]{1,2}\\\\.[0-9]{1,3}\\\\.[0-9]+(-[0-9]+)?(\\\\.el[0-9]+)*$", true },
		{ "(9?){1,255}", true }, { "(9?){1,512}", false }, { "(9?){,512}", false }, { "9{0,255}", true },
		{ "9{0,4095}", false }, { "9{0,32767}", false },
		{ "9{0,99999999999999999999}", false }, { "9{-1}", false },
		{ "(9{0,60}){0,40}", true }, { "(9{0,64}){0,64}", false }, { "9{64}{64}", false },
		{ "((((((((9)+)+)+)+)+)+)+)+", false }, { "((((((9)+)+)+)+)+)+", true },
		{ "(9)\\\\1*", false }, { "(.*)*(.*)*(.*)*\\\\1\\\\2\\\\3", false }, { "9\\\\.", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static const char said[] = "3 c:1: the version pattern of override is too large or refers back: "
					   "no kernel has it\n";
		char text[128];

		(void)snprintf(text, sizeof(text), "override a %s d\n", cases[i].pattern);
		assert_string_equal(read_text(text), cases[i].taken ? "s:updates o:a=d " : "s:updates ");
		assert_logged(cases[i].taken ? "" : said);
	}
	assert_string_equal(read_text("external (9?){1,32767} /x\nexternal 9+ /y\n"), "s:updates x:/y ");
}

static void bad_lines_are_said_and_skipped(void **state)
{
	(void)state;
	assert_string_equal(read_text("nonsense\nsearch a\n #b\noverride x *\\\n\nexternal *\n"),
			    "s:a ");
	assert_logged("3 c:1: ignoring bad line starting with 'nonsense'\n"
		      "3 c:3: ignoring bad line starting with '#b'\n"
		      "3 c:5: ignoring bad line starting with 'override'\n"
		      "3 c:6: ignoring bad line starting with 'external'\n");
}

/* docs/spec/depmod.md 5.1 and edge case 16 */
static void files_are_sorted_by_name_over_all_places(void **state)
{
	static const char *const paths[] = { "one", "two", NULL };

	(void)state;
	put_file("one/b.conf", "search one-b");
	put_file("one/c.conf", "search one-c");
	put_file("two/a.conf", "search two-a");
	put_file("two/b.conf", "search never");
	put_file("two/.h.conf", "search hidden");
	put_file("two/.conf", "search hidden");
	put_file("two/readme", "search readme");
	assert_string_equal(read_conf(paths), "s:two-a s:one-b s:one-c ");
	assert_logged("");
}

static void odd_entries_are_said_and_skipped(void **state)
{
	static const char *const paths[] = { "d", "missing", "no-suffix", NULL };

	(void)state;
	put_file("d/sub.conf/x", "");
	put_file("no-suffix", "search x");
	assert_int_equal(symlink("nowhere", "d/z.conf"), 0);
	assert_string_equal(read_conf(paths), "s:x ");
	assert_non_null(strstr(taken.s, "3 Directories inside directories are not supported: "
					"d/sub.conf\n"));
	assert_non_null(strstr(taken.s, "3 Cannot stat directory entry: d/z.conf\n"));
	assert_non_null(strstr(taken.s, "4 could not open configuration missing: "));
}

static void a_file_that_cannot_be_read_is_said_and_skipped(void **state)
{
	static const char *const paths[] = { "d", NULL };
	char want[128];

	(void)state;
	put_file("d/b.conf", "search b");
	assert_int_equal(symlink("/proc/self/mem", "d/a.conf"), 0); /* nothing is where it begins */
	assert_string_equal(read_conf(paths), "s:b ");
	(void)snprintf(want, sizeof(want), "3 could not read d/a.conf: %s\n", strerror(EIO));
	assert_logged(want);
}

/* docs/spec/README.md 82: without its rules another module may be the one of its name. */
static void rules_are_not_lost_for_want_of_descriptors(void **state)
{
	static const char *const paths[][2] = { { "d", NULL }, { "d/x.conf", NULL } };

	(void)state;
	put_file("d/x.conf", "search a");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_depmod_conf struct depmod_conf conf = DEPMOD_CONF_INIT;
		int r;

		allow_descriptors(false);
		r = depmod_conf_read(&conf, paths[i], "9.9.9", &log_taken);
		allow_descriptors(true);
		assert_int_equal(r, -EMFILE);
		assert_non_null(strstr(taken.s, paths[i][0]));
		assert_non_null(strstr(taken.s, strerror(EMFILE)));
		strbuf_release(&taken);
	}
}

static void memory_may_run_out(void **state)
{
	static const char *const paths[] = { "one", "two", "c", "two", NULL };
	static const char *const none[] = { NULL };

	(void)state;
	put_file("one/b.conf", "search a b c\nexclude d e\noverride f * g\nexternal * /h\n");
	put_file("two/a.conf", "override i * j\nsearch k\n");
	put_file("c", "exclude l");
	for (int empty = 0; empty < 2; empty++) {
		for (unsigned n = 1;; n++) {
			auto_depmod_conf struct depmod_conf conf = DEPMOD_CONF_INIT;
			int r;

			oom_arm(n);
			r = depmod_conf_read(&conf, empty ? none : paths, "9.9.9", &log_taken);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				assert_int_equal(conf.search.n, empty ? 1 : 4);
				assert_int_equal(conf.excludes.n, empty ? 0 : 3);
				assert_int_equal(conf.overrides.n, empty ? 0 : 2);
				assert_true(n > (empty ? 2 : 20));
				break;
			}
			assert_int_equal(r, -ENOMEM);
			strbuf_release(&taken);
		}
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, play_begin, play_end)
	const struct CMUnitTest tests[] = {
		CASE(each_command_reads_its_words),
		CASE(patterns_are_modest),
		CASE(bad_lines_are_said_and_skipped),
		CASE(files_are_sorted_by_name_over_all_places),
		CASE(odd_entries_are_said_and_skipped),
		CASE(a_file_that_cannot_be_read_is_said_and_skipped),
		CASE(rules_are_not_lost_for_want_of_descriptors),
		CASE(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("depmod-conf", tests, NULL, NULL);
}
