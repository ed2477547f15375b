/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table, with one row of each kind. What the tools' own tables say is for the golden cases. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "tools/opt.h"
#include "tools/tool-log.h"

struct wish {
	bool all;
	int loud;
	const char *file;
	unsigned int wait;
	int called;
	const char *text;
	bool old;
};

static int on_call(void *into, const char *arg)
{
	assert_null(arg);
	((struct wish *)into)->called++;
	return 0;
}

static int on_text(void *into, const char *arg)
{
	((struct wish *)into)->text = arg;
	return streq(arg, "no") ? -EINVAL : 0;
}

static const struct opt table[] = {
	{ 'a', "all", OPT_FLAG, offsetof(struct wish, all), NULL, "every one", NULL },
	{ 'l', "loud", OPT_COUNT, offsetof(struct wish, loud), NULL, "one more", NULL },
	{ 'f', "file", OPT_TEXT, offsetof(struct wish, file), "FILE", "from there", NULL },
	{ 'w', "wait", OPT_MSEC, offsetof(struct wish, wait), "MSEC", "so long", NULL },
	{ 'c', "call", OPT_CALL, 0, NULL, "call it", on_call },
	{ OPT_LONG(1), "say", OPT_CALL_TEXT, 0, "TEXT", "say it", on_text },
	{ OPT_LONG(2), "old-way", OPT_FLAG, offsetof(struct wish, old), NULL, NULL, NULL },
};

/* What was written to descriptor TO (1 or 2) while parse() ran. */
static char captured[8192];

static int parse(int to, struct wish *wish, const char *const *words)
{
	char name[] = "/tmp/test-opt-XXXXXX";
	auto_close int file = mkstemp(name);
	auto_close int saved = dup(to);
	char *argv[16] = { 0 };
	int argc = 0, r;
	ssize_t n;

	for (; words[argc]; argc++)
		argv[argc] = (char *)words[argc];
	assert_true(file >= 0 && saved >= 0);
	assert_int_equal(unlink(name), 0);
	(void)fflush(stdout);
	assert_int_equal(dup2(file, to), to);
	*wish = (struct wish){ .wait = 77 };
	optind = 0; /* glibc and musl: start anew */
	r = opt_parse(argc, argv, table, ARRAY_SIZE(table), "[options] THING", wish);
	(void)fflush(stdout);
	assert_int_equal(dup2(saved, to), to);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	n = io_read(file, captured, sizeof(captured) - 1);
	assert_true(n >= 0);
	captured[n] = '\0';
	return r;
}
#define PARSE(to, wish, ...) parse(to, wish, (const char *const[]){ "/sbin/prog", __VA_ARGS__, NULL })

static void each_kind_fills_its_field(void **state)
{
	struct wish w;

	(void)state;
	assert_int_equal(PARSE(2, &w, "-a", "-l", "-f", "x", "-w", "20", "-c", "--say", "hm", "rest"), 10);
	assert_true(w.all);
	assert_int_equal(w.loud, 1);
	assert_string_equal(w.file, "x");
	assert_int_equal(w.wait, 20);
	assert_int_equal(w.called, 1);
	assert_string_equal(w.text, "hm");
	assert_false(w.old);
	assert_string_equal(captured, "");
}

static void spellings_users_know(void **state)
{
	struct wish w;

	(void)state;
	/* clusters, values joined, abbreviations, options behind operands, -- */
	assert_int_equal(PARSE(2, &w, "-allc", "-fjoined"), 3);
	assert_true(w.all && w.loud == 2 && w.called == 1);
	assert_string_equal(w.file, "joined");
	assert_int_equal(PARSE(2, &w, "--fi=y", "--lo", "--loud", "--wait", "0x10"), 6);
	assert_string_equal(w.file, "y");
	assert_int_equal(w.loud, 2);
	assert_int_equal(w.wait, 16);
	assert_int_equal(PARSE(2, &w, "operand", "-a"), 2);
	assert_true(w.all);
	assert_int_equal(PARSE(2, &w, "-l", "--", "-a"), 3);
	assert_false(w.all);
	assert_int_equal(PARSE(2, &w, "--old-way"), 2); /* not in the help, and works */
	assert_true(w.old);
	assert_string_equal(captured, "");
}

static void wrong_ones_are_told_to_the_user(void **state)
{
	static const char *const cases[][3] = {
		{ "-x" },		 { "--nothing" },	 { "-f" },
		{ "--file" },		 { "--all=yes" },	 { "-w", "" },
		{ "-w", "ten" },	 { "-w", "1 " },	 { "-w", "-1" },
		{ "-w", "4294967296" },	 { "-w", "99999999999999999999999" },
	};
	struct wish w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *words[5] = { "/sbin/prog", cases[i][0], cases[i][1] };

		assert_int_equal(parse(2, &w, words), -EINVAL);
		assert_string_not_equal(captured, "");
		assert_int_equal(w.wait, 77);
	}
	assert_int_equal(PARSE(2, &w, "--wait", "4294967295"), 3);
	assert_true(w.wait == UINT_MAX);
	assert_int_equal(PARSE(2, &w, "--say", "no", "-a"), -EINVAL); /* the call has told him */
	assert_false(w.all); /* nothing after it */
}

/* docs/spec/README.md 76: what is said of an option is plain text; what belongs to one is left alone. */
static void options_of_odd_bytes(void **state)
{
	static const char *const bad[][2] = {
		{ "--x\033[31m\ny", "'--x?[31m?y'" }, { "-l\033", "'-l?'" },
		{ "-\377", "'-?'" }, { "--lou\177d=x\n", "'--lou?d=x?'" },
	};
	static const char *const good[] = { "--file=a\033\nb", "-fa\033\nb", "-lfa\n", "a\n", "-" };
	struct wish w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(PARSE(2, &w, "-a", bad[i][0]), -EINVAL);
		assert_non_null(strstr(captured, bad[i][1]));
		assert_ptr_equal(strchr(captured, '\n'), captured + strlen(captured) - 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(PARSE(2, &w, good[i]) > 0);
	assert_int_equal(PARSE(2, &w, "--", "-\033"), 2);
	assert_string_equal(captured, "");
}

static void help_and_version_are_answered(void **state)
{
	struct wish w;

	(void)state;
	assert_int_equal(PARSE(1, &w, "-a", "--help", "-x"), OPT_DONE);
	assert_non_null(strstr(captured, "Usage:\n\tprog [options] THING\n"));
	assert_non_null(strstr(captured, "\t-f, --file=FILE "));
	assert_non_null(strstr(captured, "    --say=TEXT "));
	assert_non_null(strstr(captured, "-V, --version"));
	assert_non_null(strstr(captured, "-h, --help"));
	assert_null(strstr(captured, "old-way"));
	assert_int_equal(PARSE(1, &w, "-h"), OPT_DONE);
	assert_int_equal(PARSE(1, &w, "-V"), OPT_DONE);
	assert_int_equal(strncmp(captured, "kmod version 34\n", 16), 0);
	assert_int_equal(PARSE(1, &w, "--version"), OPT_DONE);
}

static void the_largest_table_has_room(void **state)
{
	struct opt rows[OPT_MAX + 1];
	char names[OPT_MAX + 1][8];
	const char *text[OPT_MAX + 1] = { 0 };
	char *argv[] = { (char *)"prog", (char *)"-~", (char *)"v", (char *)"-P", (char *)"w", NULL };

	(void)state;
	for (int i = 0; i <= OPT_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%d", i);
		/* '~' down to 'O', without the letters that are taken */
		rows[i] = (struct opt){ .key = '~' - i, .name = names[i], .kind = OPT_TEXT,
					.at = (size_t)i * sizeof(text[0]), .arg = "X", .help = "x" };
		if (rows[i].key == 'V' || rows[i].key == 'h')
			rows[i].key = OPT_LONG(i);
	}
	optind = 0;
	assert_int_equal(opt_parse(5, argv, rows, OPT_MAX, "", (void *)text), 5);
	assert_string_equal(text[0], "v");
	assert_string_equal(text['~' - 'P'], "w");
	assert_int_equal(opt_parse(5, argv, rows, OPT_MAX + 1, "", (void *)text), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_fills_its_field),
		cmocka_unit_test(spellings_users_know),
		cmocka_unit_test(wrong_ones_are_told_to_the_user),
		cmocka_unit_test(options_of_odd_bytes),
		cmocka_unit_test(help_and_version_are_answered),
		cmocka_unit_test(the_largest_table_has_room),
	};

	tool_log_open("prog", LOG_INFO);
	return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
