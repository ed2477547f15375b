/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Searches with patterns, and dumps. Numbers are those of docs/spec/index-files.md 7. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libkmod/index-dump.h"
#include "libkmod/index-glob.h"
#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "shared/index-format.h"
#include "shared/modname.h"
#include "shared/strbuf.h"
#include "testsuite/unit/index-test.h"
#include "testsuite/unit/oom.h"

static struct index *open_entries(const struct index_test_entry *entries, size_t n,
				  struct strbuf *b)
{
	struct index *ix = NULL;

	index_test_write(entries, n, b);
	assert_int_equal(index_open_bytes(b->s, b->len, NULL, &ix), 0);
	return ix;
}

static void assert_match(const struct index *ix, const char *name, const char *want)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;

	index_test_match(ix, name, &text);
	assert_string_equal(text.s, want);
}

static void assert_dump(const struct index *ix, const char *prefix, const char *want)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;

	index_test_dump(ix, prefix, &text);
	assert_string_equal(text.s, want);
}

/* index-files.md edge case 2 */
static void the_examples_are_read(void **state)
{
	static const uint8_t *const deps[] = { index_test_dep, index_test_dep_post_order };
	struct index *ix = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(deps); i++) {
		assert_int_equal(index_open_bytes(deps[i], sizeof(index_test_dep), NULL, &ix), 0);
		assert_dump(ix, "", "usb usb.ko:\nusc usc.ko: usb.ko\n");
		assert_match(ix, "usb", "usb.ko:");
		assert_match(ix, "us", "");
		index_close(ix);
	}
	assert_int_equal(index_open_bytes(index_test_alias, sizeof(index_test_alias), NULL, &ix),
			 0);
	assert_dump(ix, "alias ", "alias t_1 usb\nalias t_1* usb\nalias t_1* usc\n");
	assert_match(ix, "t_1", "usb usb usc");
	assert_match(ix, "t_1x", "usb usc");
	assert_match(ix, "t_", "");
	index_close(ix);
}

/* index-files.md edge case 3 */
static void a_key_is_dumped_before_its_extensions(void **state)
{
	static const struct index_test_entry entries[] = {
		{ "w", "4", 0 }, { "b", "3", 0 }, { "ab_c", "2", 0 }, { "a", "1", 0 },
	};
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = open_entries(entries, ARRAY_SIZE(entries), &b);

	(void)state;
	assert_dump(ix, "", "a 1\nab_c 2\nb 3\nw 4\n");
	index_close(ix);
}

/* index-files.md edge case 5 */
static void the_empty_key_matches_the_empty_name(void **state)
{
	static const struct index_test_entry entries[] = { { "", "m", 0 }, { "a", "n", 1 } };
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = open_entries(entries, ARRAY_SIZE(entries), &b);

	(void)state;
	assert_match(ix, "", "m");
	assert_match(ix, "a", "n");
	assert_match(ix, "b", "");
	assert_dump(ix, "", " m\na n\n");
	index_close(ix);
}

/* index-files.md edge cases 6, 7, 8, 9, 10, 17, 18: aliases of modules, through their normal form */
static void aliases_find_their_modules(void **state)
{
	static char long_x[5001], open_set[5003];
	static const struct { const char *alias, *module; bool unmatched; } aliases[] = {
		{ "foo-bar", "first", false },
		{ "foo-bar", "second", false },
		{ "x[a-z]-y", "set", false },
		{ "q]z", "no", true },
		{ "[unterminated", "no", true },
		{ "*ax", "p0", false },
		{ "?x", "p1", false },
		{ "[ab]x", "p2", false },
		{ "a*", "p3", false },
		{ "ax", "p4", false },
		{ "twice", "t", false },
		{ "twice", "t", false },
		{ long_x, "long", false },
		{ open_set, "no", true },
	};
	struct index_test_entry entries[ARRAY_SIZE(aliases)];
	char keys[ARRAY_SIZE(aliases)][MODNAME_MAX + 1];
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix;
	size_t n = 0;

	(void)state;
	memset(long_x, 'x', 5000);
	memset(open_set, 'y', 5002);
	open_set[0] = '[';
	open_set[5001] = ']';
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		int r = modname_alias(aliases[i].alias, keys[n]);

		assert_int_equal(r, aliases[i].unmatched ? -EINVAL : 0);
		if (r == 0) {
			entries[n] = (struct index_test_entry){ keys[n], aliases[i].module,
								(uint32_t)i };
			n++;
		}
	}
	ix = open_entries(entries, n, &b);
	assert_match(ix, "foo_bar", "first second");
	assert_match(ix, "xb_y", "set");
	assert_match(ix, "x_y", "");
	assert_match(ix, "q]z", "");
	assert_match(ix, "[unterminated", "");
	assert_match(ix, "ax", "p0 p1 p2 p3 p4");
	assert_match(ix, "bx", "p1 p2");
	assert_match(ix, "twice", "t t");
	assert_match(ix, long_x, "");
	long_x[MODNAME_MAX] = '\0';
	assert_match(ix, long_x, "long");
	index_close(ix);
}

/* index-files.md edge case 9, to the letter */
static void patterns_answer_in_the_order_of_the_modules(void **state)
{
	static const struct index_test_entry entries[] = {
		{ "*", "m0", 0 }, { "?x", "m1", 1 }, { "[ab]x", "m2", 2 },
		{ "a*", "m3", 3 }, { "ax", "m4", 4 },
	};
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = open_entries(entries, ARRAY_SIZE(entries), &b);

	(void)state;
	assert_match(ix, "ax", "m0 m1 m2 m3 m4");
	assert_match(ix, "bx", "m0 m1 m2");
	assert_match(ix, "a", "m0 m3");
	assert_match(ix, "", "m0");
	index_close(ix);
}

/* index-files.md edge case 11 */
static void ties_are_found_last_first(void **state)
{
	static const struct index_test_entry entries[] = {
		{ "fs_ext2", "ext_2", 0 }, { "fs_ext4", "ext4", 0 }, { "fs_ext2", "ext4", 0 },
	};
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = open_entries(entries, ARRAY_SIZE(entries), &b);

	(void)state;
	assert_match(ix, "fs_ext2", "ext_2 ext4");
	assert_dump(ix, "", "fs_ext2 ext4\nfs_ext2 ext_2\nfs_ext4 ext4\n");
	index_close(ix);
}

/* 4.3: the wart of the reference, and what a wildcard in the name is: a letter */
static void a_key_is_reported_once(void **state)
{
	static const struct index_test_entry entries[] = {
		{ "multi*", "a", 0 }, { "multi?", "b", 1 }, { "multi[*]", "c", 2 },
		{ "multi", "d", 3 },
		{ "q?", "e", 4 }, { "s[x]", "f", 5 }, { "s[", "g", 6 },
	};
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = open_entries(entries, ARRAY_SIZE(entries), &b);

	(void)state;
	assert_match(ix, "multi*", "a b c");
	assert_match(ix, "multi?", "a b");
	assert_match(ix, "multi", "a d");
	assert_match(ix, "q?", "e");
	assert_match(ix, "sx", "f");
	assert_match(ix, "s[x]", "");
	assert_match(ix, "s[", "g");
	index_close(ix);
}

static void hits_come_behind_those_of_before(void **state)
{
	static const struct index_test_entry entries[] = {
		{ "a", "x", 9 }, { "b", "y", 1 }, { "b", "z", 2 },
	};
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = open_entries(entries, ARRAY_SIZE(entries), &b);

	(void)state;
	assert_int_equal(index_match(ix, "a", &hits), 0);
	assert_int_equal(index_match(ix, "b", &hits), 0);
	assert_int_equal(hits.n, 3);
	assert_string_equal(hits.at[0].value, "x");
	assert_string_equal(hits.at[1].value, "y");
	assert_string_equal(hits.at[2].value, "z");
	assert_int_equal(hits.at[0].priority, 9);
	index_close(ix);
}

static void a_dump_that_cannot_be_written_says_so(void **state)
{
	auto_close int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct index *ix = NULL;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(index_open_bytes(index_test_dep, sizeof(index_test_dep), NULL, &ix), 0);
	assert_int_equal(index_dump(ix, fd, ""), -ENOSPC);
	index_close(ix);
}

/* A key as long as no writer makes one, with as many values as there is room for: said with each, it is gigabytes. */
static void a_long_key_is_not_said_for_ever(void **state)
{
	enum { KEY = 1 << 14, VALUES = 1 << 12 };
	auto_strbuf struct strbuf b = STRBUF_INIT;
	auto_close int fd = memfd_create("dump", MFD_CLOEXEC);
	struct index *ix = NULL;
	uint8_t word[4];

	(void)state;
	assert_int_equal(strbuf_add(&b, (const char *)index_test_dep, 8), 0);
	index_put32(word, INDEX_NODE_PREFIX | INDEX_NODE_VALUES | INDEX_HEADER_SIZE);
	assert_int_equal(strbuf_add(&b, (const char *)word, sizeof(word)), 0);
	for (int i = 0; i < KEY; i++)
		assert_int_equal(strbuf_addc(&b, 'k'), 0);
	assert_int_equal(strbuf_addc(&b, '\0'), 0);
	index_put32(word, VALUES);
	assert_int_equal(strbuf_add(&b, (const char *)word, sizeof(word)), 0);
	for (int i = 0; i < VALUES; i++)
		assert_int_equal(strbuf_add(&b, "\0\0\0\0", 5), 0);
	assert_int_equal(index_open_bytes(b.s, b.len, NULL, &ix), 0);
	assert_int_equal(index_dump(ix, fd, ""), 0);
	assert_true(index_is_damaged(ix));
	assert_true(lseek(fd, 0, SEEK_CUR) < (off_t)b.len * 1100);
	index_close(ix);
}

/* ---- damage: everything is tried on it, the results are bounded ----------- */

static void try_all(const void *bytes, size_t n)
{
	static const char *const names[] = {
		"", "usb", "usc", "t_1", "t_1*", "t_1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu", "*", "[", "usbbbbbbbbbbbbbbbbbbbbb",
	};
	auto_free void *exact = index_test_exact(bytes, n);
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct index *ix = NULL;

	if (index_open_bytes(exact, n, NULL, &ix) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)index_find(ix, names[i]);
		index_test_match(ix, names[i], &text);
		assert_true(text.len < 64 * 64);
	}
	index_test_dump(ix, "", &text);
	assert_true(text.len < 64 * 64 * 64);
	index_close(ix);
}

static const struct { const uint8_t *bytes; size_t n; } examples[] = {
	{ index_test_dep, sizeof(index_test_dep) },
	{ index_test_dep_post_order, sizeof(index_test_dep_post_order) },
	{ index_test_alias, sizeof(index_test_alias) },
};

/* index-files.md edge case 15: cut at every byte */
static void a_cut_file_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		for (size_t n = 0; n <= examples[i].n; n++)
			try_all(examples[i].bytes, n);
	}
}

/* index-files.md edge case 15: every byte with every bit turned, and with the values that matter */
static void every_wrong_byte_is_survived(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x0c, '*', '[', 0x7f, 0x80, 0xff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		for (size_t at = 8; at < examples[i].n; at++) {
			uint8_t bytes[sizeof(index_test_dep)];

			memcpy(bytes, examples[i].bytes, examples[i].n);
			for (size_t k = 0; k < ARRAY_SIZE(values) + 8; k++) {
				bytes[at] = k < 8 ? examples[i].bytes[at] ^ (uint8_t)(1u << k) :
						    values[k - 8];
				try_all(bytes, examples[i].n);
			}
		}
	}
}

/* index-files.md edge case 15: what is next to the damage is still there */
static void damage_hides_only_what_is_behind_it(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t n;
		const char *dump, *match;
	} cases[] = {
		{ 0x17, "\x40\0\0\x3b", 4, "t_1 usb\n", "usb" }, /* child behind the end */
		{ 0x27, "\xff\xff\xff\xff", 4, "t_1 usb\n", "usb" }, /* its count too large */
		{ 0x3a, "x", 1, "t_1 usb\n", "usb" }, /* its last NUL gone */
		{ 0x1b, "\xff\xff\xff\xff", 4, "t_1* usb\nt_1* usc\n", "usb usc" },
		{ 0x17, "\xe0\0\0\x12", 4, "t_1 usb\n", "usb" }, /* points to itself */
		{ 0x16, "\xff", 1, "", "" }, /* last = 255 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *bytes = index_test_exact(index_test_alias,
							 sizeof(index_test_alias));
		struct index *ix = NULL;

		memcpy(bytes + cases[i].at, cases[i].bytes, cases[i].n);
		assert_int_equal(index_open_bytes(bytes, sizeof(index_test_alias), NULL, &ix), 0);
		assert_dump(ix, "", cases[i].dump);
		assert_match(ix, "t_1", cases[i].match);
		index_close(ix);
	}
}

/* Nodes of 127 children, which are all the next node; looped: the last has the first again. */
static void put_levels(struct strbuf *b, unsigned levels, bool looped)
{
	static const char head[] = "\xb0\x07\xf4\x57\0\2\0\1\x20\0\0";
	unsigned size = 2 + 4 * 127;

	assert_int_equal(strbuf_add(b, head, 11), 0);
	assert_int_equal(strbuf_addc(b, 12), 0);
	for (unsigned i = 1; i <= levels; i++) {
		unsigned next = 12 + (i < levels ? i * size : looped ? 0 : levels * size);

		assert_int_equal(strbuf_add(b, "\1\x7f", 2), 0);
		for (unsigned k = 0; k < 127; k++) {
			char word[4] = { i < levels || looped ? 0x20 : 0x40, 0,
					 (char)(next >> 8), (char)next };

			assert_int_equal(strbuf_add(b, word, 4), 0);
		}
	}
	assert_int_equal(strbuf_add(b, "\0\0\0\1\0\0\0\0v\0", 10), 0);
}

/* index-files.md edge case 15, 5.3.4: 127 to the 30th paths, with and without a loop, and none of them for ever */
static void shared_nodes_and_loops_end(void **state)
{
	(void)state;
	for (int looped = 0; looped < 2; looped++) {
		auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
		auto_strbuf struct strbuf b = STRBUF_INIT, text = STRBUF_INIT;
		char name[128];
		struct index *ix = NULL;

		for (size_t i = 0; i < 127; i++)
			name[i] = (char)(127 - i);
		name[127] = '\0';
		put_levels(&b, 30, looped);
		assert_int_equal(index_open_bytes(b.s, b.len, NULL, &ix), 0);
		(void)alarm(60);
		assert_int_equal(index_match(ix, name + 60, &hits), 0);
		assert_true(hits.n < 64 * b.len);
		assert_true(looped ? hits.n == 0 : hits.n > 0);
		index_test_dump(ix, "", &text);
		assert_true(looped ? text.len == 0 : text.len > 0);
		(void)alarm(0);
		index_close(ix);
	}
}

/* 5.3.6: sharing that is meant is read as often as it is there */
static void a_shared_node_is_read_for_each_path(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT, text = STRBUF_INIT;
	struct index *ix = NULL;

	(void)state;
	put_levels(&b, 1, false);
	assert_int_equal(index_open_bytes(b.s, b.len, NULL, &ix), 0);
	index_test_dump(ix, "", &text);
	assert_int_equal(text.len, 127 * 4);
	assert_match(ix, "x", "v v v"); /* x, and the patterns ? and * */
	index_close(ix);
}

/* Nodes with one child each: deeper than any writer goes, and no stack overflow. */
static void a_very_deep_file_ends(void **state)
{
	static const uint8_t head[] = { 0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0x20, 0, 0, 12 };
	auto_strbuf struct strbuf b = STRBUF_INIT, text = STRBUF_INIT;
	struct index *ix = NULL;

	(void)state;
	assert_int_equal(strbuf_add(&b, (const char *)head, sizeof(head)), 0);
	for (uint32_t at = 18; at < 3000000; at += 6) {
		char node[6] = { '*', '*', 0x20, (char)(at >> 16), (char)(at >> 8), (char)at };

		assert_int_equal(strbuf_add(&b, node, 6), 0);
	}
	assert_int_equal(index_open_bytes(b.s, b.len, NULL, &ix), 0);
	assert_match(ix, "abc", "");
	index_test_dump(ix, "", &text);
	assert_string_equal(text.s, "");
	index_close(ix);
}

/* ---- patterns ------------------------------------------------------------- */

static void a_pattern_means_what_fnmatch_means(void **state)
{
	static const struct { const char *pattern, *text; bool want; } cases[] = {
		{ "", "", true }, { "", "a", false }, { "a", "", false }, { "*", "", true },
		{ "a*b", "a/.b", true }, { "?", "/", true }, { "*", ".x", true },
		{ "\\*", "*", true }, { "\\*", "x", false }, { "a\\", "a", false },
		{ "a\\", "a\\", false },
		{ "[!x]", "x", false }, { "[!x]", "y", true }, { "[^x]", "y", true },
		{ "[!x]", "", false },
		{ "[]a]", "]", true }, { "[!]a]", "]", false }, { "[!]a]", "b", true },
		{ "[a-]", "-", true }, { "[z-a]", "m", false }, { "[\\]a]", "]", true },
		{ "[a\\-z]", "m", false },
		{ "[[:digit:]a]", "7", true }, { "[![:digit:]]", "7", false },
		{ "[[:no:]]", "n", false }, { "[[:no]", ":", true }, { "[[:no]", "m", false },
		{ "[[:upper:][:space:]]", "\t", true }, { "[[.x.]-[.z.]]", "y", true },
		{ "[[=z=]]", "z", true },
		{ "[a", "[a", true }, { "[a", "a", false }, { "x[", "x[", true },
		{ "[b-\xff]", "c", true }, { "[!a]", "\xe9", true }, { "?", "\xe9", true },
		{ "*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
		{ "a*b*c", "abcbc", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(index_glob(cases[i].pattern, cases[i].text), cases[i].want);
#ifdef __GLIBC__ /* others do less with classes and open brackets */
		assert_int_equal(fnmatch(cases[i].pattern, cases[i].text, 0) == 0, cases[i].want);
#endif
	}
}

static uint32_t dice_state = 20240607;

/* The same numbers in every run and on every machine. */
static uint32_t dice(uint32_t n)
{
	dice_state = dice_state * 1664525u + 1013904223u;
	return (dice_state >> 8) % n;
}

static void throw_text(char *out, const char *const *pieces, size_t n, uint32_t most)
{
	out[0] = '\0';
	for (uint32_t k = dice(most + 1); k > 0; k--)
		strcat(out, pieces[dice((uint32_t)n)]);
}

/* Each class, with each character; and a name that is none. */
static void a_class_has_the_characters_of_fnmatch(void **state)
{
	static const char *const words[] = { "alnum", "alpha", "blank", "cntrl", "digit", "graph",
					     "lower", "print", "punct", "space", "upper", "xdigit" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (int c = 1; c < 128; c++) {
			const char text[] = { (char)c, '\0' };
			char pattern[32];
			bool has;

			(void)snprintf(pattern, sizeof(pattern), "[[:%s:]]", words[i]);
			has = fnmatch(pattern, text, 0) == 0;
			if (index_glob(pattern, text) != has)
				fail_msg("%s and character %d", pattern, c);
			(void)snprintf(pattern, sizeof(pattern), "[!_[:%s:]]", words[i]);
			has = fnmatch(pattern, text, 0) == 0;
			if (index_glob(pattern, text) != has)
				fail_msg("%s and character %d", pattern, c);
		}
	}
	assert_false(index_glob("[[:alphas:]]", "a"));
	assert_int_not_equal(fnmatch("[[:alphas:]]", "a", 0), 0);
}

static void random_patterns_mean_what_fnmatch_means(void **state)
{
	static const char *const pieces[] = {
		"a", "b", "1", "_", "x", "*", "?", "[ab]", "[!a]", "[b-z]", "]", "-", "!",
#ifdef __GLIBC__
		"\\*", "\\", "[[:alpha:]]", "[^[:digit:]x]", "[]a]", "[!]a]", "[a-]",
		"[\\]a]", "[z-a]", "[[.a.]]",
#endif
		".", "/",
	};
	static const char *const letters[] = {
		"a", "b", "1", "_", "x", "z", "*", "?", "[", "]", "\\", "-", "!", "/", ".", "\xe9",
	};
	unsigned matched = 0;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		char pattern[128], text[32];
		bool want;

		throw_text(pattern, pieces, ARRAY_SIZE(pieces), 5);
		throw_text(text, letters, ARRAY_SIZE(letters), 5);
		want = fnmatch(pattern, text, 0) == 0;
		if (index_glob(pattern, text) != want)
			fail_msg("pattern '%s' text '%s': fnmatch says %d", pattern, text, want);
		matched += want;
	}
	assert_true(matched > 2000);
}

/* A pattern that makes a search with returns try 2^1000 ways; the same as a key. */
static void stars_do_not_multiply(void **state)
{
	static char key[4001], name[4001];
	struct index_test_entry one = { key, "v", 0 };
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix;

	(void)state;
	for (size_t i = 0; i < 4000; i++)
		key[i] = i % 4 == 0 ? '*' : i == 3999 ? 'b' : 'a';
	memset(name, 'a', 4000);
	ix = open_entries(&one, 1, &b);
	(void)alarm(60);
	assert_match(ix, name, "");
	assert_false(index_glob(key, name));
	name[3999] = 'b';
	assert_match(ix, name, "v");
	assert_true(index_glob(key, name));
	(void)alarm(0);
	index_close(ix);
}

/*
 * Many such keys, which share their beginnings: index-walk.h promises a look at
 * each byte of the file for each byte of the name, here 10^9 at most. One key alone,
 * tried the simple way, has about 4000^5 ways to fail.
 */
static void stars_in_many_keys_do_not_multiply(void **state)
{
	static char keys[1024][32], name[4001];
	static struct index_test_entry entries[ARRAY_SIZE(keys)];
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix;

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(keys); i++) {
		for (size_t bit = 0; bit < 10; bit++)
			strcat(keys[i], i >> bit & 1 ? "*a" : "*?a");
		strcat(keys[i], "b");
		entries[i] = (struct index_test_entry){ keys[i], "v", i };
	}
	memset(name, 'a', 4000);
	ix = open_entries(entries, ARRAY_SIZE(entries), &b);
	assert_true(b.len < 250000);
	(void)alarm(60);
	assert_int_equal(index_match(ix, name, &hits), 0);
	assert_int_equal(hits.n, 0);
	name[3999] = 'b';
	assert_int_equal(index_match(ix, name, &hits), 0);
	(void)alarm(0);
	assert_int_equal(hits.n, ARRAY_SIZE(keys));
	for (uint32_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(hits.at[i].priority, i);
	index_close(ix);
}

/* Sets are looked at when a ] comes; a key made of those costs no more either. */
static void sets_do_not_multiply(void **state)
{
	static const char *const pieces[] = { "\\]", "[:alpha:]", "[.a.]" };
	static char key[1000001];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct index_test_entry one = { key, "v", 0 };
		auto_strbuf struct strbuf b = STRBUF_INIT;
		size_t n = strlen(pieces[i]), at = 2;
		struct index *ix;

		key[0] = '*';
		key[1] = '[';
		for (; at + n < sizeof(key); at += n)
			memcpy(key + at, pieces[i], n);
		key[at] = '\0';
		ix = open_entries(&one, 1, &b);
		(void)alarm(60);
		assert_match(ix, "abc]", "");
		(void)alarm(0);
		index_close(ix);

		/* As long as it is allowed to be. */
		key[2 + 250 / n * n] = ']';
		key[2 + 250 / n * n + 1] = '\0';
		strbuf_clear(&b);
		ix = open_entries(&one, 1, &b);
		assert_match(ix, i == 0 ? "+]" : "+a", "v");
		index_close(ix);
	}
}

/* ---- index-files.md edge case 21: random indexes against the model of 4.3 and 4.4 ------------------ */

struct model_entry {
	char key[64];
	char value[16];
	uint32_t priority;
	unsigned number; /* in order of addition */
};

static bool is_wild(char c)
{
	return c == '*' || c == '?' || c == '[';
}

static bool model_matches(const char *key, const char *name,
			  bool (*matches)(const char *, const char *))
{
	while (*key != '\0' && !is_wild(*key) && *key == *name) {
		key++;
		name++;
	}
	return is_wild(*key) ? matches(key, name) : *key == *name;
}

static int wild_rank(char c)
{
	return c == '*' ? 0 : c == '?' ? 1 : c == '[' ? 2 : 3;
}

/* Which of two matching entries a search finds first. */
static int found_first(const void *a, const void *b)
{
	const struct model_entry *x = a, *y = b;
	bool pattern = false;
	size_t i = 0;

	for (; x->key[i] == y->key[i]; i++) {
		if (x->key[i] == '\0') { /* the same key: order on disk */
			if (x->priority != y->priority)
				return x->priority < y->priority ? -1 : 1;
			return x->number > y->number ? -1 : 1;
		}
		pattern |= is_wild(x->key[i]);
	}
	if (!pattern)
		return wild_rank(x->key[i]) - wild_rank(y->key[i]);
	if (x->key[i] == '\0' || y->key[i] == '\0') /* children before own values */
		return x->key[i] == '\0' ? 1 : -1;
	return (unsigned char)x->key[i] - (unsigned char)y->key[i];
}

static void model_result(const struct model_entry *all, size_t n, const char *name,
			 bool (*matches)(const char *, const char *), struct strbuf *ret)
{
	struct model_entry found[64], sorted[64];
	size_t hits = 0;

	for (size_t i = 0; i < n; i++) {
		if (model_matches(all[i].key, name, matches))
			found[hits++] = all[i];
	}
	qsort(found, hits, sizeof(found[0]), found_first);
	/* Each one goes before those of equal priority that are there already. */
	for (size_t i = 0; i < hits; i++) {
		size_t at = 0;

		while (at < i && sorted[at].priority < found[i].priority)
			at++;
		memmove(&sorted[at + 1], &sorted[at], (i - at) * sizeof(sorted[0]));
		sorted[at] = found[i];
	}
	strbuf_clear(ret);
	assert_int_equal(strbuf_adds(ret, ""), 0);
	for (size_t i = 0; i < hits; i++)
		assert_int_equal(strbuf_addf(ret, "%s%s", i ? " " : "", sorted[i].value), 0);
}

static bool fnmatch_matches(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, 0) == 0;
}

static void fuzz(const char *const *pieces, size_t n_pieces, const char *const *letters,
		 size_t n_letters, bool (*matches)(const char *, const char *), unsigned rounds)
{
	auto_strbuf struct strbuf got = STRBUF_INIT, want = STRBUF_INIT;
	size_t hits = 0;

	for (unsigned round = 0; round < rounds; round++) {
		struct model_entry all[64];
		struct index_test_entry entries[64];
		auto_strbuf struct strbuf b = STRBUF_INIT;
		auto_free void *exact = NULL;
		size_t n = 1 + dice(64);
		struct index *ix = NULL;

		for (size_t i = 0; i < n; i++) {
			throw_text(all[i].key, pieces, n_pieces, 1 + dice(8));
			(void)snprintf(all[i].value, sizeof(all[i].value), "v%u", (unsigned)i);
			all[i].priority = dice(6);
			all[i].number = (unsigned)i;
			entries[i] = (struct index_test_entry){ all[i].key, all[i].value,
								all[i].priority };
		}
		index_test_write(entries, n, &b);
		exact = index_test_exact(b.s, b.len);
		assert_int_equal(index_open_bytes(exact, b.len, NULL, &ix), 0);
		for (unsigned k = 0; k < 20; k++) {
			char name[64];

			throw_text(name, letters, n_letters, 7);
			index_test_match(ix, name, &got);
			model_result(all, n, name, matches, &want);
			if (strcmp(got.s, want.s) != 0)
				fail_msg("round %u, name '%s': got '%s', want '%s'", round, name,
					 got.s, want.s);
			hits += want.len > 0;
		}
		index_close(ix);
	}
	assert_true(hits > rounds);
}

static void random_indexes_answer_like_the_model(void **state)
{
	static const char *const pieces[] = {
		"a", "b", "1", "_", "x", "*", "?", "[ab]", "[!a]", "[b-z]",
	};
	static const char *const letters[] = { "a", "b", "1", "_", "x", "a", "b", "*", "?", "[" };

	(void)state;
	fuzz(pieces, ARRAY_SIZE(pieces), letters, ARRAY_SIZE(letters), fnmatch_matches, 3000);
}

/* Keys that no depmod writes: escapes, and sets that are never closed. */
static void so_they_do_with_odd_keys(void **state)
{
	static const char *const pieces[] = {
		"a", "b", "x", "*", "?", "[", "]", "\\", "-", "!", "[a", "\\*", "[]a]",
		"[[:alpha:]]", "[a-x]", "[[.a.]]", "[[.", ".]", "[=",
	};
	static const char *const letters[] = { "a", "b", "x", "[", "]", "\\", "-", "*", "\xe9" };

	(void)state;
	fuzz(pieces, ARRAY_SIZE(pieces), letters, ARRAY_SIZE(letters), index_glob, 3000);
}

/* ---- memory --------------------------------------------------------------- */

static void every_failed_allocation_is_survived(void **state)
{
	static char deep[128], name[1200];
	struct index_test_entry entries[100];
	char keys[100][130];
	auto_strbuf struct strbuf b = STRBUF_INIT;
	auto_fclose FILE *f = tmpfile();
	struct index *ix;
	unsigned n, failed_match = 0, failed_dump = 0;

	(void)state;
	assert_non_null(f);
	/* A path of 100 nodes, sets, many places, many hits. */
	memset(deep, 'a', sizeof(deep) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "*[a-c]%.*s*", (int)i, deep);
		entries[i] = (struct index_test_entry){ keys[i], "value", 0 };
	}
	memset(name, 'a', sizeof(name) - 1);
	ix = open_entries(entries, ARRAY_SIZE(entries), &b);
	for (n = 1;; n++) {
		auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
		int match, dump;

		oom_arm(n);
		match = index_match(ix, name, &hits);
		dump = index_dump(ix, fileno(f), "");
		if (!oom_fired()) {
			assert_int_equal(match, 0);
			assert_int_equal(dump, 0);
			assert_int_equal(hits.n, 100);
			break;
		}
		failed_match += match == -ENOMEM;
		failed_dump += dump == -ENOMEM;
		assert_true((match == -ENOMEM) != (dump == -ENOMEM));
		assert_int_equal(hits.n, match == -ENOMEM ? 0 : 100);
	}
	assert_true(failed_match > 5);
	assert_true(failed_dump > 3);
	index_close(ix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_are_read),
		cmocka_unit_test(a_key_is_dumped_before_its_extensions),
		cmocka_unit_test(the_empty_key_matches_the_empty_name),
		cmocka_unit_test(aliases_find_their_modules),
		cmocka_unit_test(patterns_answer_in_the_order_of_the_modules),
		cmocka_unit_test(ties_are_found_last_first),
		cmocka_unit_test(a_key_is_reported_once),
		cmocka_unit_test(hits_come_behind_those_of_before),
		cmocka_unit_test(a_dump_that_cannot_be_written_says_so),
		cmocka_unit_test(a_long_key_is_not_said_for_ever),
		cmocka_unit_test(a_cut_file_is_survived),
		cmocka_unit_test(every_wrong_byte_is_survived),
		cmocka_unit_test(damage_hides_only_what_is_behind_it),
		cmocka_unit_test(shared_nodes_and_loops_end),
		cmocka_unit_test(a_shared_node_is_read_for_each_path),
		cmocka_unit_test(a_very_deep_file_ends),
		cmocka_unit_test(a_pattern_means_what_fnmatch_means),
		cmocka_unit_test(a_class_has_the_characters_of_fnmatch),
		cmocka_unit_test(random_patterns_mean_what_fnmatch_means),
		cmocka_unit_test(stars_do_not_multiply),
		cmocka_unit_test(stars_in_many_keys_do_not_multiply),
		cmocka_unit_test(sets_do_not_multiply),
		cmocka_unit_test(random_indexes_answer_like_the_model),
		cmocka_unit_test(so_they_do_with_odd_keys),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("index-walk", tests, NULL, NULL);
}
