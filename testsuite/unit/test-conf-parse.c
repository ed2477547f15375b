/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The grammar of modprobe.d.
 * Numbers: m86 is edge case 86 of docs/spec/modprobe.md 17, l17 is edge case 17
 * of docs/spec/libkmod-api.md 16.
 */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "libkmod/conf-parse.h"
#include "shared/cleanup.h"
#include "shared/modname.h"
#include "testsuite/unit/conf-test.h"
#include "testsuite/unit/oom.h"

#define BAD(line, word) "f line " #line ": ignoring bad line starting with '" word "'\n"

struct parse_case {
	const char *text;
	const char *rules; /* as conf_text() shows them */
	const char *messages;
	size_t size; /* 0: strlen(text) */
};

static void check(const struct parse_case *c)
{
	size_t size = c->size ? c->size : strlen(c->text);
	/* No NUL after the last byte, and ASan or valgrind sees one byte too many. */
	char *exact = malloc(size ? size : 1);
	auto_free char *rules = NULL;
	struct kept_log kept;
	struct conf conf;

	assert_non_null(exact);
	memcpy(exact, c->text, size);
	kept_log_init(&kept);
	conf_init(&conf);
	assert_int_equal(conf_parse(&conf, exact, size, "f", &kept.log), 0);
	free(exact); /* rules keep nothing of it */
	rules = conf_text(&conf, false, NULL);
	assert_string_equal(rules, c->rules);
	assert_string_equal(strbuf_str(&kept.text), c->messages);
	strbuf_release(&kept.text);
	conf_release(&conf);
}

static void check_all(const struct parse_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&cases[i]);
}

static void each_directive_makes_its_rule(void **state)
{
	static const struct parse_case cases[] = {
		{ "alias a-b c-d\n", "alias a_b <c_d> @1\n", "", 0 },
		{ "blacklist a-b\n", "blacklist a_b @1\n", "", 0 },
		{ "options a-b c-d=e-f\n", "options a_b <c-d=e-f> @1\n", "", 0 },
		{ "install a-* /bin/x-y -z\n", "install a_* </bin/x-y -z> @1\n", "", 0 },
		{ "remove a-b x -y\n", "remove a_b <x -y> @1\n", "", 0 },
		{ "softdep a-b pre: c-d post: e-f\n", "softdep a_b <pre: c-d post: e-f> @1\n", "", 0 },
		{ "weakdep a-b c-d e-f\n", "weakdep a_b <c-d e-f> @1\n", "", 0 },
		{ "alias my-[0-9]-x a\n", "alias my_[0-9]_x <a> @1\n", "", 0 },
		/* Duplicates stay, in reading order. */
		{ "blacklist a\nblacklist b\n\nblacklist a",
		  "blacklist a @1\nblacklist b @2\nblacklist a @4\n", "", 0 },
		{ "\nblacklist a\n", "blacklist a @2\n", "", 0 },
		{ "", "", "", 0 },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

/* m86; an indented # is a comment here, which the reference calls a bad line */
static void m86_bad_lines_are_named_and_skipped(void **state)
{
	static const struct parse_case cases[] = {
		{ "options\n", "", BAD(1, "options"), 0 },
		{ "options a\n", "", BAD(1, "options"), 0 },
		{ "alias foo\n", "", BAD(1, "alias"), 0 },
		{ "blacklist\n", "", BAD(1, "blacklist"), 0 },
		{ "blacklist \t \n", "", BAD(1, "blacklist"), 0 },
		{ "install a\n", "", BAD(1, "install"), 0 },
		{ "remove a\n", "", BAD(1, "remove"), 0 },
		{ "softdep a\n", "", BAD(1, "softdep"), 0 },
		{ "weakdep a\n", "", BAD(1, "weakdep"), 0 },
		{ "bogus x\n", "", BAD(1, "bogus"), 0 },
		{ "ALIAS a b\n", "", BAD(1, "ALIAS"), 0 },
		{ "alias foo[ x\n", "", BAD(1, "alias"), 0 },
		{ "alias x foo]\n", "", BAD(1, "alias"), 0 },
		{ "options a] x\n", "", BAD(1, "options"), 0 },
		{ "blacklist [a\n", "", BAD(1, "blacklist"), 0 },
		{ "softdep a[ pre: x\n", "", BAD(1, "softdep"), 0 },
		{ "  bogus\tx\n", "", BAD(1, "bogus"), 0 },
		{ "alias foo bar baz\nblacklist a b\n", "alias foo <bar> @1\nblacklist a @2\n", "", 0 },
		{ "blacklist a\nbogus\nblacklist b\noptions\n", "blacklist a @1\nblacklist b @3\n",
		  BAD(2, "bogus") BAD(4, "options"), 0 },
		{ "# c\n  # c\n\t#c\n#\n   \n\t\nblacklist a\n", "blacklist a @7\n", "", 0 },
		{ "options a  # x\n", "options a < # x> @1\n", "", 0 },
		{ "include /x\nconfig y\n\tinclude\n", "",
		  "f: command include is deprecated and not parsed anymore\n"
		  "f: command config is deprecated and not parsed anymore\n"
		  "f: command include is deprecated and not parsed anymore\n", 0 },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m87_l17_backslashes_join_lines_and_quote(void **state)
{
	static const struct parse_case cases[] = {
		{ "options a x=1 \\\n  y=2\n", "options a <x=1   y=2> @2\n", "", 0 },
		{ "options a z=1\\\n2\n", "options a <z=12> @2\n", "", 0 },
		{ "options x cont \\\nmore\n", "options x <cont more> @2\n", "", 0 },
		{ "opt\\\nio\\\nns a b\nblacklist c\n", "blacklist c @4\noptions a <b> @3\n", "", 0 },
		{ "options a x=\\\\\n", "options a <x=\\> @1\n", "", 0 },
		{ "options a \\x\\y\\\\\\z\n", "options a <xy\\z> @1\n", "", 0 },
		{ "\\blacklist a\\b\n", "blacklist ab @1\n", "", 0 },
		{ "blacklist\\ a\n", "blacklist a @1\n", "", 0 }, /* before words are looked at */
		{ "\\# c\n", "", "", 0 },
		{ "# c \\\nblacklist a\nblacklist b\n", "blacklist b @3\n", "", 0 },
		{ "# c \\\\\nblacklist a\n", "blacklist a @2\n", "", 0 },
		{ "blacklist a\\\\\nblacklist b\n", "blacklist a\\ @1\nblacklist b @2\n", "", 0 },
		{ "bogus \\\n x \\\n y\nbogus2\n", "", BAD(3, "bogus") BAD(4, "bogus2"), 0 },
		{ "options a x=1 \\", "options a <x=1 > @1\n", "", 0 },
		{ "options a x=1\\\n", "options a <x=1> @1\n", "", 0 },
		{ "options a x=1", "options a <x=1> @1\n", "", 0 },
		{ "\\", "", "", 0 },
		{ "\\\n\\\n\\\n", "", "", 0 },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m88_tabs_separate_and_are_kept_in_commands_only(void **state)
{
	static const struct parse_case cases[] = {
		{ "options\ta\tt=1\n", "options a <t=1> @1\n", "", 0 },
		{ "\t options \t a\tt=1\tu=2\t\n", "options a <t=1 u=2 > @1\n", "", 0 },
		{ "install\ta\tx\ty\t\n", "install a <x\ty\t> @1\n", "", 0 },
		{ "install a   echo\n", "install a <  echo> @1\n", "", 0 },
		{ "options a   x=1\n", "options a <  x=1> @1\n", "", 0 },
		{ "alias \t a \t b \t \n", "alias a <b> @1\n", "", 0 },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m89_l21_l22_any_white_space_separates_dependencies(void **state)
{
	static const struct parse_case cases[] = {
		{ "softdep a  pre: sp\n", "softdep a <pre: sp> @1\n", "", 0 },
		{ "softdep a   pre: sp\n", "softdep a <pre: sp> @1\n", "", 0 },
		{ "softdep a\t\tpre:\tsp\t post:\t\tsq \n", "softdep a <pre: sp post: sq> @1\n", "", 0 },
		{ "softdep a x y pre: sp\n", "softdep a <pre: sp> @1\n", "", 0 },
		{ "softdep a x y\n", "softdep a <> @1\n", "", 0 },
		{ "softdep a pre: a post: b pre: c\n", "softdep a <pre: a c post: b> @1\n", "", 0 },
		{ "softdep a pre: b pre: c post: d post: e\n", "softdep a <pre: b c post: d e> @1\n", "", 0 },
		{ "softdep a pre:b post: c\n", "softdep a <post: c> @1\n", "", 0 },
		{ "softdep a pre: b post:c\n", "softdep a <pre: b post:c> @1\n", "", 0 },
		{ "softdep a pre:\n", "softdep a <> @1\n", "", 0 },
		{ "softdep a pre: post: c\n", "softdep a <post: c> @1\n", "", 0 },
		{ "softdep a post:\tc pre:\n", "softdep a <post: c> @1\n", "", 0 },
		{ "softdep a pre: b\vc\fd\re\n", "softdep a <pre: b c d e> @1\n", "", 0 },
		{ "weakdep w  a b\n", "weakdep w <a b> @1\n", "", 0 },
		{ "weakdep w \t a  b \n", "weakdep w <a b> @1\n", "", 0 },
		{ "weakdep w pre: a\n", "weakdep w <pre: a> @1\n", "", 0 },
		{ "softdep a[b-c]-* pre: x-y]\n", "softdep a[b-c]_* <pre: x-y]> @1\n", "", 0 },
		/* m90: no members at all is still a rule */
		{ "softdep a   \nweakdep b  \n", "softdep a <> @1\nweakdep b <> @2\n", "", 0 },
		{ "softdep a \nweakdep a \n", "", BAD(1, "softdep") BAD(2, "weakdep"), 0 },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m92_one_blank_is_nothing_two_are_a_blank(void **state)
{
	static const struct parse_case cases[] = {
		{ "install a \n", "", BAD(1, "install"), 0 },
		{ "install a  \n", "install a < > @1\n", "", 0 },
		{ "remove a\t\n", "", BAD(1, "remove"), 0 },
		{ "remove a\t\t\n", "remove a <\t> @1\n", "", 0 },
		{ "options a \n", "", BAD(1, "options"), 0 },
		{ "options a \t\n", "options a < > @1\n", "", 0 },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m93_foreign_bytes(void **state)
{
	static const struct parse_case cases[] = {
		{ "\xef\xbb\xbf" "alias a b\nblacklist c\n", "blacklist c @2\n",
		  BAD(1, "\xef\xbb\xbf" "alias"), 0 },
		{ "alias a b\r\nblacklist c\r\n\r\noptions d e\r\n",
		  "alias a <b> @1\nblacklist c @2\noptions d <e> @4\n", "", 0 },
		{ "options a x=1 \\\r\n  y=2\r\n", "options a <x=1   y=2> @2\n", "", 0 },
		{ "# c \\\r\nblacklist a\r\n", "", "", 0 },
		{ "options a \r\ninstall a b\r", "install a <b> @2\n", BAD(1, "options"), 0 },
		{ "install a b\rc\r\r\n", "install a <b\rc\r> @1\n", "", 0 }, /* only the line end */
#define WITH_NUL \
	"options a b\0c\nblacklist d\0\n\0blacklist e\nblacklist\0 f\noptions g h\0\\\nblacklist i\nblacklist j"
		{ WITH_NUL, "blacklist d @2\nblacklist j @7\noptions a <b> @1\noptions g <h> @6\n",
		  BAD(4, "blacklist"), sizeof(WITH_NUL) - 1 },
		{ "blacklist \xff\xfe\xe4\n", "blacklist \xff\xfe\xe4 @1\n", "", 0 },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void long_names_are_cut_long_lines_are_not(void **state)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	const struct conf_rule *rule;
	struct conf conf;

	(void)state;
	conf_init(&conf);
	assert_int_equal(strbuf_adds(&text, "options "), 0);
	for (size_t i = 0; i < 6000; i++)
		assert_int_equal(strbuf_addc(&text, 'n'), 0);
	assert_int_equal(strbuf_addc(&text, ' '), 0);
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(strbuf_adds(&text, "v\\\n"), 0);
	assert_int_equal(conf_parse(&conf, text.s, text.len, "f", NULL), 0);
	assert_int_equal(conf_count(&conf, CONF_OPTIONS), 1);
	rule = conf_rule_at(&conf, CONF_OPTIONS, 0);
	assert_int_equal(strlen(rule->name), MODNAME_MAX);
	assert_int_equal(strlen(rule->value), 100000);
	assert_int_equal(rule->line, 100000);
	conf_release(&conf);
}

/* m90, l21: what the public iterator and `modprobe -c` show */
static void m90_deps_text_has_its_blank_and_is_all_or_nothing(void **state)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	const struct conf_rule *rule;
	struct conf conf;

	(void)state;
	conf_init(&conf);
	assert_int_equal(conf_add_deps(&conf, CONF_SOFTDEP, "d", "pre: sp post: sq pre: sr", "f", 1), 0);
	rule = conf_rule_at(&conf, CONF_SOFTDEP, 0);
	assert_int_equal(rule->n_pre, 2);
	assert_int_equal(rule->n_post, 1);
	assert_string_equal(rule->pre[1], "sr");
	assert_int_equal(strbuf_adds(&out, "softdep d "), 0);
	assert_int_equal(conf_deps_text(rule, CONF_SOFTDEP, &out), 0);
	assert_string_equal(out.s, "softdep d pre: sp sr post: sq");

	strbuf_release(&out);
	assert_int_equal(conf_add_deps(&conf, CONF_WEAKDEP, "w", " \t", "f", 1), 0);
	assert_int_equal(conf_deps_text(conf_rule_at(&conf, CONF_WEAKDEP, 0), CONF_WEAKDEP, &out), 0);
	assert_string_equal(strbuf_str(&out), "");

	/* Long enough to grow several times. */
	for (unsigned n = 1;; n++) {
		char words[4096];
		struct strbuf tight = STRBUF_INIT;
		int r;

		memset(words, 'x', sizeof(words) - 1);
		words[sizeof(words) - 1] = '\0';
		for (size_t i = 100; i < sizeof(words) - 1; i += 100)
			words[i] = ' ';
		assert_int_equal(conf_add_deps(&conf, CONF_WEAKDEP, "l", words, "f", 1), 0);
		rule = conf_rule_at(&conf, CONF_WEAKDEP, conf_count(&conf, CONF_WEAKDEP) - 1);
		assert_int_equal(strbuf_adds(&tight, "start"), 0);
		oom_arm(n);
		r = conf_deps_text(rule, CONF_WEAKDEP, &tight);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_true(n > 3);
			assert_string_equal(tight.s + 5, words);
			strbuf_release(&tight);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_string_equal(tight.s, "start");
		assert_int_equal(tight.len, strlen("start"));
		strbuf_release(&tight);
	}
	conf_release(&conf);
}

static void every_failed_allocation_is_survived(void **state)
{
	/* 63 bytes before a backslash: the one behind it asks for more room */
	static const char text[] = "blacklist 12345678901234567890123456789012345678901234567890123\\4\n"
				   "alias a b\nblacklist c\noptions d e\\\nf\n# \nsoftdep g pre: h i post: j\n"
				   "weakdep k l\ninstall m n\nremove o p\ninstall q r\nbogus\n";
	struct conf conf;
	unsigned n;

	(void)state;
	for (n = 1;; n++) {
		const char *file;
		int r = -ENOMEM;

		conf_init(&conf);
		oom_arm(n);
		file = conf_add_file(&conf, "f");
		if (file)
			r = conf_parse(&conf, text, sizeof(text) - 1, file, NULL);
		if (!oom_fired())
			break;
		assert_int_equal(r, -ENOMEM);
		conf_release(&conf);
	}
	assert_true(n > 10);
	assert_int_equal(conf_count(&conf, CONF_INSTALL), 2);
	assert_int_equal(conf.files.n, 1);
	conf_release(&conf);
	/* Released is empty, and can be filled again. */
	assert_int_equal(conf_count(&conf, CONF_INSTALL), 0);
	assert_int_equal(conf_add(&conf, CONF_ALIAS, "a", "b", "f", 7), 0);
	assert_int_equal(conf_rule_at(&conf, CONF_ALIAS, 0)->line, 7);
	conf_release(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_directive_makes_its_rule),
		cmocka_unit_test(m86_bad_lines_are_named_and_skipped),
		cmocka_unit_test(m87_l17_backslashes_join_lines_and_quote),
		cmocka_unit_test(m88_tabs_separate_and_are_kept_in_commands_only),
		cmocka_unit_test(m89_l21_l22_any_white_space_separates_dependencies),
		cmocka_unit_test(m90_deps_text_has_its_blank_and_is_all_or_nothing),
		cmocka_unit_test(m92_one_blank_is_nothing_two_are_a_blank),
		cmocka_unit_test(m93_foreign_bytes),
		cmocka_unit_test(long_names_are_cut_long_lines_are_not),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("conf-parse", tests, NULL, NULL);
}
