/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text beside an index answers as the index does. */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "libkmod/index-text.h"
#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "shared/modname.h"
#include "shared/strbuf.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/index-test.h"
#include "testsuite/unit/oom.h"

static struct index_text *opened(enum index_text_form form)
{
	struct index_text *it = NULL;
	struct stat st;

	assert_int_equal(index_text_open("text", form, &it, &st), 0);
	return it;
}

/* "value value ..." */
static const char *matches(const struct index_text *it, const char *name)
{
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	assert_int_equal(index_text_match(it, name, &hits), 0);
	for (size_t i = 0; i < hits.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "",
				      hits.at[i].value);
	return text;
}

static void modules_dep(void **state)
{
	static const struct {
		const char *key, *line;
	} cases[] = {
		{ "mod_b", "kernel/mod-b.ko.xz: kernel/a.ko" },
		{ "a", "kernel/a.ko:" },
		{ "outside", "/srv/outside.ko: kernel/a.ko kernel/mod-b.ko.xz" },
		{ "mod-b", NULL },
		{ "mod", NULL },
		{ "", NULL },
		{ "no_colon", NULL },
		{ "half", NULL },
	};
	struct index_text *it;

	(void)state;
	put("text", "kernel/mod-b.ko.xz: kernel/a.ko\nkernel/a.ko:\nkernel/no_colon.ko\n\n:\n"
		    "/srv/outside.ko: kernel/a.ko kernel/mod-b.ko.xz\nkernel/half.ko: kernel/a.k");
	it = opened(INDEX_TEXT_DEP);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = index_text_find(it, cases[i].key);

		assert_int_equal(got != NULL, cases[i].line != NULL);
		if (got)
			assert_string_equal(got, cases[i].line);
	}
	index_text_close(it);
}

static void modules_alias(void **state)
{
	struct index_text *it;

	(void)state;
	put("text", "# Aliases extracted from modules themselves.\n"
		    "alias pci:v*d-1* late_but_first\nalias x-y mod_1\nalias x_? mod_2\n"
		    "alias x[a-z]-y mod_3\nalias  mod_4\nalias q]z mod_5\nalias [open mod_5\n"
		    "alias a b c mod_6\nalias caf\xc3\xa9 mod_7\nalias x_y mod_8\nalias x_y mod_9");
	it = opened(INDEX_TEXT_ALIAS);
	assert_string_equal(matches(it, "pci:vd_12"), "late_but_first");
	assert_string_equal(matches(it, "x_y"), "mod_1 mod_2 mod_8"); /* not the half line */
	assert_string_equal(matches(it, "x-y"), ""); /* who asks has normalised */
	assert_string_equal(matches(it, "xb_y"), "mod_3");
	assert_string_equal(matches(it, ""), "mod_4");
	assert_string_equal(matches(it, "q]z"), "");
	assert_string_equal(matches(it, "[open"), "");
	assert_string_equal(matches(it, "a b c"), "mod_6");
	assert_string_equal(matches(it, "caf\xc3\xa9"), "");
	assert_string_equal(matches(it, "x_?"), "mod_2"); /* a name is no pattern */
	index_text_close(it);
}

static void modules_builtin(void **state)
{
	struct index_text *it;

	(void)state;
	put("text", "kernel/a/bi-mod.ko\n\n#kernel/no.ko\n kernel/no2.ko\nkernel/\nkernel/last.ko");
	it = opened(INDEX_TEXT_BUILTIN);
	assert_string_equal(index_text_find(it, "bi_mod"), "");
	assert_string_equal(index_text_find(it, "last"), "");
	assert_null(index_text_find(it, "no"));
	assert_null(index_text_find(it, "no2"));
	assert_null(index_text_find(it, "bi"));
	assert_null(index_text_find(it, ""));
	index_text_close(it);
	/* Half of a line, and nothing but that. */
	put("text", "kernel/a.ko\nkernel/drivers/half");
	it = opened(INDEX_TEXT_BUILTIN);
	assert_string_equal(index_text_find(it, "a"), "");
	assert_null(index_text_find(it, "half"));
	index_text_close(it);
	put("text", "kernel/drivers/half.k");
	it = opened(INDEX_TEXT_BUILTIN);
	assert_null(index_text_find(it, "half"));
	index_text_close(it);
}

static void modules_builtin_modinfo(void **state)
{
	static const char bytes[] = "ext4.license=GPL\0ext_2.alias=fs-ext2\0nonsense\0ext4.alias=\0"
				    "ext4.aliases=x\0ext4.alias=fs-ext2\0ext4.alias=fs-ext4";
	struct index_text *it;

	(void)state;
	put_bytes("text", bytes, sizeof(bytes) - 1);
	it = opened(INDEX_TEXT_MODINFO);
	/* index-files.md edge case 11: this order */
	assert_string_equal(matches(it, "fs_ext2"), "ext_2 ext4");
	assert_string_equal(matches(it, "fs_ext4"), "ext4");
	assert_string_equal(matches(it, "x"), "");
	assert_string_equal(matches(it, ""), "");
	index_text_close(it);
}

static void what_cannot_be_read(void **state)
{
	struct index_text *it = NULL;
	struct stat st;

	(void)state;
	put_dir("dir");
	assert_int_equal(index_text_open("missing", INDEX_TEXT_DEP, &it, &st), -ENOENT);
	assert_int_equal(index_text_open("dir", INDEX_TEXT_DEP, &it, &st), -EINVAL);
	assert_null(it);
	index_text_close(NULL);
	for (int form = INDEX_TEXT_DEP; form <= INDEX_TEXT_MODINFO; form++) {
		put("text", "");
		it = opened((enum index_text_form)form);
		assert_null(index_text_find(it, "a"));
		assert_string_equal(matches(it, "a"), "");
		index_text_close(it);
	}
}

static unsigned dice(unsigned n)
{
	static uint32_t seed = 5;

	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static void throw_text(char *out, const char *const *pieces, size_t n_pieces, unsigned n)
{
	out[0] = '\0';
	while (n-- > 0)
		(void)strcat(out, pieces[dice((unsigned)n_pieces)]);
}

/* The same aliases as text and as the index that depmod makes of them. */
static void the_answers_of_the_index_in_its_order(void **state)
{
	static const char *const pieces[] = { "a", "b", "1", "_", "-", "*", "?", "[ab]", "[!a]", "[b-z]" };
	static const char *const letters[] = { "a", "b", "1", "_", "x", "a", "b", "*", "?", "[" };
	auto_strbuf struct strbuf want = STRBUF_INIT;
	size_t hits = 0;

	(void)state;
	for (unsigned round = 0; round < 600; round++) {
		bool builtin = round % 2; /* all of priority 0 */
		auto_strbuf struct strbuf text = STRBUF_INIT, bytes = STRBUF_INIT;
		struct index_test_entry entries[40];
		char keys[40][MODNAME_MAX + 1], values[40][8];
		size_t n = 1 + dice(40);
		struct index_text *it;
		struct index *ix = NULL;

		for (size_t i = 0; i < n; i++) {
			/* a module has two aliases */
			unsigned module = builtin ? (unsigned)i : (unsigned)i / 2;
			char raw[64];

			throw_text(raw, pieces, ARRAY_SIZE(pieces), 1 + dice(6));
			(void)snprintf(values[i], sizeof(values[i]), "m%u", module);
			assert_int_equal(modname_alias(raw, keys[i]), 0);
			entries[i] = (struct index_test_entry){ keys[i], values[i],
								builtin ? 0 : module };
			assert_int_equal(builtin ? strbuf_addf(&text, "%s.alias=%s%c", values[i],
							       raw, 0) :
						   strbuf_addf(&text, "alias %s %s\n", raw, values[i]),
					 0);
		}
		put_bytes("text", text.s, text.len);
		it = opened(builtin ? INDEX_TEXT_MODINFO : INDEX_TEXT_ALIAS);
		index_test_write(entries, n, &bytes);
		assert_int_equal(index_open_bytes(bytes.s, bytes.len, NULL, &ix), 0);
		for (unsigned k = 0; k < 20; k++) {
			char name[64];

			throw_text(name, letters, ARRAY_SIZE(letters), 1 + dice(5));
			index_test_match(ix, name, &want);
			assert_string_equal(matches(it, name), want.s);
			hits += want.len > 0;
		}
		index_close(ix);
		index_text_close(it);
	}
	assert_true(hits > 600);
}

static void every_failed_allocation_is_survived(void **state)
{
	(void)state;
	put("text", "alias a* mod_1\nalias b* mod_2\nalias a* mod_3\n");
	for (unsigned n = 1;; n++) {
		auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
		struct index_text *it = NULL;
		bool fired;
		struct stat st;
		int r;

		oom_arm(n);
		r = index_text_open("text", INDEX_TEXT_ALIAS, &it, &st);
		if (r == 0)
			r = index_text_match(it, "ab", &hits);
		fired = oom_fired();
		assert_int_equal(r, fired ? -ENOMEM : 0);
		assert_int_equal(hits.n, fired ? 0 : 2);
		index_text_close(it);
		if (!fired) {
			assert_true(n > 5);
			break;
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(modules_dep),
		TEST(modules_alias),
		TEST(modules_builtin),
		TEST(modules_builtin_modinfo),
		TEST(what_cannot_be_read),
		TEST(the_answers_of_the_index_in_its_order),
		TEST(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("index-text", tests, NULL, NULL);
}
