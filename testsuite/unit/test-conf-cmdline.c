/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules out of the kernel command line.
 * Numbers: m94 is edge case 94 of docs/spec/modprobe.md 17, l18 is edge case 18
 * of docs/spec/libkmod-api.md 16.
 */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "libkmod/conf-cmdline.h"
#include "libkmod/conf-parse.h"
#include "shared/cleanup.h"
#include "testsuite/unit/conf-test.h"
#include "testsuite/unit/oom.h"

struct cmdline_case {
	const char *text;
	const char *rules; /* as conf_text() shows them */
};

static void check_all(const struct cmdline_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(cases[i].text);
		char *exact = malloc(size ? size : 1); /* no NUL behind the text */
		auto_free char *rules = NULL;
		struct kept_log kept;
		struct conf conf;

		assert_non_null(exact);
		memcpy(exact, cases[i].text, size);
		kept_log_init(&kept);
		conf_init(&conf);
		assert_int_equal(conf_cmdline_parse(&conf, exact, size, &kept.log), 0);
		free(exact);
		rules = conf_text(&conf, false, NULL);
		assert_string_equal(rules, cases[i].rules);
		/* Nothing on this line is an error: the kernel and init have their own words. */
		assert_string_equal(strbuf_str(&kept.text), "");
		strbuf_release(&kept.text);
		conf_release(&conf);
	}
}

static void m94_l18_module_parameters_become_options(void **state)
{
	static const struct cmdline_case cases[] = {
		{ "a.x=1 mod-dash.y=2 a.z a.q=\"hello world\" \"a.w=quoted value\" a.e= a.b=c.d",
		  "options a <x=1> @0\noptions mod_dash <y=2> @0\noptions a <z> @0\n"
		  "options a <q=\"hello world\"> @0\noptions a <w=\"quoted value\"> @0\n"
		  "options a <e=> @0\noptions a <b=c.d> @0\n" },
		{ "mod_a.p1=1 mod-b.x \"mod_c.q=v w\" mod_d.r=\"a b\" nodot=1 a.b.c=2 "
		  "modprobe.blacklist=mod_e,mod_f\n",
		  "blacklist mod_e @0\nblacklist mod_f @0\noptions mod_a <p1=1> @0\n"
		  "options mod_b <x> @0\noptions mod_c <q=\"v w\"> @0\noptions mod_d <r=\"a b\"> @0\n" },
		{ ".x=1 a.=5 a.x==1 a.e=", "options  <x=1> @0\noptions a <=5> @0\n"
					   "options a <x==1> @0\noptions a <e=> @0\n" },
		{ "a.x=\"foo\"bar\" c.y=2\" d.z", "options a <x=\"foo\"bar\" c.y=2\"> @0\noptions d <z> @0\n" },
		{ "\"d.k=\" \"c.w=x\"y", "options d <k=\"\"> @0\noptions c <w=\"x\"y> @0\n" },
		{ "modprobe.x=1", "options modprobe <x=1> @0\n" },
		{ "a-[b-c].x-y=z-z", "options a_[b-c] <x-y=z-z> @0\n" },
		{ "", "" },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m95_m96_l19_blacklists(void **state)
{
	static const struct cmdline_case cases[] = {
		{ "modprobe.blacklist=aa,b-b,cc modprobe.blacklist=dd",
		  "blacklist aa @0\nblacklist b_b @0\nblacklist cc @0\nblacklist dd @0\n" },
		{ "modprobe.blacklist=foo-bar", "blacklist foo_bar @0\n" },
		{ "modprobe.blacklist= modprobe.blacklist=,x, modprobe.blacklist=,,,", "blacklist x @0\n" },
		{ "modprobe.blacklist", "options modprobe <blacklist> @0\n" },
		{ "modprobe.blacklist=\"a,b\"", "blacklist a @0\nblacklist b @0\n" },
		{ "\"modprobe.blacklist=a,b\"", "blacklist a @0\nblacklist b @0\n" },
		{ "modprobe.blacklist=\"a\",\"b\",\"\"", "blacklist a @0\nblacklist b @0\n" },
		{ "modprobe.blacklist=\"a, b\"", "blacklist a @0\nblacklist b @0\n" },
		{ "modprobe.blacklist=a],b[,c", "blacklist c @0\n" },
		{ "module_blacklist=a", "" },
		{ "modprobe.blacklists=a xmodprobe.blacklist=b",
		  "options modprobe <blacklists=a> @0\noptions xmodprobe <blacklist=b> @0\n" },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m97_to_m99_other_words_are_left_alone(void **state)
{
	static const struct cmdline_case cases[] = {
		{ "a.b.c=1 a..b=1 root=a.b x=a.b=c a.\"x\"=1 \"a\".x=1 \"a.x\" \"a.x y\"=3", "" },
		{ "\"a.x y=3\" \"a b.x=3\"", "" },
		{ "root=UUID=a.b quiet ro a. . \"\" \"=\" \"a.x=\"\"\"y.z", "options a <x=\"\"\"\"y.z> @0\n" },
		{ "a.x=\"unterminated b.y=2", "" },
		{ "c.z=3 a.x=\"unterminated b.y=2", "options c <z=3> @0\n" },
		{ "\"c.z=3 a.x", "" },
		{ "dyndbg=\"file a.c +p; x.y=1\"", "" },
		{ "\"dyndbg=file a.c +p; x.y=1\"", "" },
		{ "ivrs_acpihid[14:00.5]=AMD0020:00 a.x=1", "options a <x=1> @0\n" },
		{ "b].x=1 [.y=2 a.x=1", "options a <x=1> @0\n" },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m100_what_follows_two_dashes_is_for_init(void **state)
{
	static const struct cmdline_case cases[] = {
		{ "a.x=1 -- a.y=2", "options a <x=1> @0\n" },
		{ "-- a.y=2", "" },
		{ "a.x=1 --\ta.y=\"2", "options a <x=1> @0\n" },
		{ "a.x=1 --- a.y=2 --z a.w=3",
		  "options a <x=1> @0\noptions a <y=2> @0\noptions a <w=3> @0\n" },
		{ "a.x=\"1 -- 2\" a.y=3", "options a <x=\"1 -- 2\"> @0\noptions a <y=3> @0\n" },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m101_values_stay_and_any_white_space_separates(void **state)
{
	static const struct cmdline_case cases[] = {
		{ "usbcore.quirks=1:2:a,3:4:b", "options usbcore <quirks=1:2:a,3:4:b> @0\n" },
		{ "\ta.x=1\tb.y=2\nc.z=3\vd.u=4\fe.v=5\rf.w=6 \n",
		  "options a <x=1> @0\noptions b <y=2> @0\noptions c <z=3> @0\n"
		  "options d <u=4> @0\noptions e <v=5> @0\noptions f <w=6> @0\n" },
		{ "a.x=\"1\t2\n3\"", "options a <x=\"1\t2\n3\"> @0\n" },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

static void m102_files_come_before_the_kernel_line(void **state)
{
	static const char file[] = "options a y=2\n", line[] = "a.x=1";
	auto_free char *rules = NULL;
	struct conf conf;

	(void)state;
	conf_init(&conf);
	assert_int_equal(conf_parse(&conf, file, sizeof(file) - 1, "a.conf", NULL), 0);
	assert_int_equal(conf_cmdline_parse(&conf, line, sizeof(line) - 1, NULL), 0);
	rules = conf_text(&conf, true, NULL);
	assert_string_equal(rules, "options a <y=2> @a.conf:1\noptions a <x=1> @/proc/cmdline:0\n");
	conf_release(&conf);
}

static void m103_a_long_line_is_read_to_its_end(void **state)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct conf conf;

	(void)state;
	conf_init(&conf);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(strbuf_addf(&text, "mod%d.p=%d ", i, i), 0);
	assert_true(text.len > 4 * 4096);
	assert_int_equal(conf_cmdline_parse(&conf, text.s, text.len, NULL), 0);
	assert_int_equal(conf_count(&conf, CONF_OPTIONS), 3000);
	assert_string_equal(conf_rule_at(&conf, CONF_OPTIONS, 2999)->value, "p=2999");
	conf_release(&conf);
}

static void every_failed_allocation_is_survived(void **state)
{
	static const char text[] = "a.x=1 \"b.y=2 3\" modprobe.blacklist=c,\"d\",e quiet f.g";
	struct conf conf;
	unsigned n;

	(void)state;
	for (n = 1;; n++) {
		int r;

		conf_init(&conf);
		oom_arm(n);
		r = conf_cmdline_parse(&conf, text, sizeof(text) - 1, NULL);
		if (!oom_fired())
			break;
		assert_int_equal(r, -ENOMEM);
		conf_release(&conf);
	}
	/* The copy, six rules, two arrays, and none; more: those of a libc that is linked statically. */
	assert_true(n >= 1 + 1 + 6 + 2);
	conf_release(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(m94_l18_module_parameters_become_options),
		cmocka_unit_test(m95_m96_l19_blacklists),
		cmocka_unit_test(m97_to_m99_other_words_are_left_alone),
		cmocka_unit_test(m100_what_follows_two_dashes_is_for_init),
		cmocka_unit_test(m101_values_stay_and_any_white_space_separates),
		cmocka_unit_test(m102_files_come_before_the_kernel_line),
		cmocka_unit_test(m103_a_long_line_is_read_to_its_end),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("conf-cmdline", tests, NULL, NULL);
}
