/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening an index, and exact searches in it. Numbers are those of docs/spec/index-files.md 7. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/index-dump.h"
#include "libkmod/index.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/strbuf.h"
#include "testsuite/unit/index-test.h"
#include "testsuite/unit/oom.h"

static char dir[] = "/tmp/test-index-XXXXXX";
static char path[sizeof(dir) + 16];

static char said[256]; /* the last message */
static unsigned times_said;

static void remember(void *data, int priority, const char *file, int line, const char *fn,
		     const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)vsnprintf(said, sizeof(said), format, args);
	times_said++;
}

static const struct log to_us = { remember, NULL, LOG_ERR };

/* The message without the name of the file that it has to begin with. */
static const char *after_name(const char *message, const char *name)
{
	const char *rest = message[0] ? str_after(message, name) : NULL;

	if (message[0])
		assert_non_null(rest);
	return rest ? str_after(rest, ": ") : message;
}

static void put_file(const void *bytes, size_t n)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, bytes, n), 0);
}

/* index-files.md edge case 13: table 5.1 */
static void only_an_index_is_opened(void **state)
{
#define H(magic, version) magic version "\0\0\0\x0c"
	static const struct { const char *bytes; size_t n; int want; const char *says; } cases[] = {
		{ "", 0, 0, "" }, /* a wart of old depmods, read as empty */
		{ "\xb0", 1, -EINVAL, "header of 12 bytes ends at offset 1\n" },
		{ H("\xb0\x07\xf4\x57", "\0\2\0\1"), 11, -EINVAL,
		  "header of 12 bytes ends at offset 11\n" },
		{ H("\xb0\x07\xf4\x57", "\0\2\0\1"), 12, 0, "" },
		{ H("\xb0\x07\xf4\x58", "\0\2\0\1"), 12, -EINVAL,
		  "offset 0: magic check fail: b007f458 instead of b007f457\n" },
		{ H("\xb0\x07\xfa\x57", "\0\2\0\1"), 12, -EINVAL,
		  "offset 0: magic check fail: b007fa57 instead of b007f457\n" },
		{ H("\xb0\x07\xf4\x57", "\0\1\0\1"), 12, -EINVAL,
		  "offset 4: major version check fail: 1 instead of 2\n" },
		{ H("\xb0\x07\xf4\x57", "\0\3\0\1"), 12, -EINVAL,
		  "offset 4: major version check fail: 3 instead of 2\n" },
		{ H("\xb0\x07\xf4\x57", "\0\2\0\x9"), 12, 0, "" },
		/* root word 0, and far behind the end */
		{ "\xb0\x07\xf4\x57\0\2\0\1\0\0\0\0", 12, 0, "" },
		{ "\xb0\x07\xf4\x57\0\2\0\1\xef\xff\xff\xff", 12, 0, "" },
	};
#undef H

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free void *bytes = index_test_exact(cases[i].bytes, cases[i].n);
		struct index *const untouched = (struct index *)(uintptr_t)1;
		auto_strbuf struct strbuf text = STRBUF_INIT;
		struct index *ix = untouched;
		struct stat st = { .st_size = -1 };

		put_file(cases[i].bytes, cases[i].n);
		for (int mapped = 0; mapped < 2; mapped++) {
			int r;

			ix = untouched;
			said[0] = '\0';
			times_said = 0;
			r = mapped ? index_open(path, &to_us, &ix, &st) :
				     index_open_bytes(bytes, cases[i].n, &to_us, &ix);
			assert_int_equal(r, cases[i].want);
			assert_string_equal(after_name(said, mapped ? path : "index"), cases[i].says);
			assert_int_equal(times_said, cases[i].says[0] != '\0');
			if (r < 0) {
				assert_ptr_equal(ix, untouched);
				assert_int_equal(st.st_size, mapped ? (off_t)cases[i].n : -1);
				continue;
			}
			assert_null(index_find(ix, ""));
			assert_null(index_find(ix, "a"));
			index_test_match(ix, "", &text);
			assert_string_equal(text.s, "");
			index_test_dump(ix, "", &text);
			assert_string_equal(text.s, "");
			index_close(ix);
		}
		if (cases[i].want == 0)
			assert_int_equal(st.st_size, cases[i].n);
	}
	index_close(NULL);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct index *ix = NULL;

	(void)state;
	times_said = 0;
	assert_int_equal(index_open("/nonexistent/x.bin", &to_us, &ix, NULL), -ENOENT);
	assert_int_equal(times_said, 0); /* nobody misses it */
	assert_int_equal(index_open(dir, &to_us, &ix, NULL), -EINVAL);
	assert_int_equal(times_said, 1);
	assert_string_equal(after_name(said, dir), "not a regular file\n");
	assert_int_equal(index_open("/dev/null", &to_us, &ix, NULL), -EINVAL);
	assert_int_equal(times_said, 2);
	put_file("", 0);
	assert_int_equal(truncate(path, ((off_t)1 << 30) + 1), 0); /* a hole: no disk is filled */
	assert_int_equal(index_open(path, &to_us, &ix, NULL), -EFBIG);
	assert_string_equal(after_name(said, path), "could not read at offset 0: File too large\n");
	assert_null(ix);
}

/* index-files.md edge case 2, for the reader */
static void both_orders_of_nodes_are_read(void **state)
{
	static const uint8_t *const files[] = { index_test_dep, index_test_dep_post_order };
	static const char *const absent[] = {
		"", "u", "us", "usba", "usd", "usa", "v", "usb*", "us\xe2",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct index *ix = NULL;
		struct stat st;

		put_file(files[i], sizeof(index_test_dep));
		assert_int_equal(index_open(path, NULL, &ix, &st), 0);
		assert_int_equal(st.st_size, sizeof(index_test_dep));
		assert_string_equal(index_find(ix, "usb"), "usb.ko:");
		assert_string_equal(index_find(ix, "usc"), "usc.ko: usb.ko");
		for (size_t k = 0; k < ARRAY_SIZE(absent); k++)
			assert_null(index_find(ix, absent[k]));
		index_close(ix);
	}
}

/* 4.2: lowest priority, an empty value is a hit, keys are no patterns */
static void the_lowest_priority_is_found(void **state)
{
	static const struct index_test_entry entries[] = {
		{ "a", "two", 2 }, { "a", "one", 1 }, { "a", "later", 1 }, { "b", "", 0 },
		{ "c*", "x", 0 },
	};
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = NULL;

	(void)state;
	index_test_write(entries, ARRAY_SIZE(entries), &b);
	assert_int_equal(index_open_bytes(b.s, b.len, NULL, &ix), 0);
	assert_string_equal(index_find(ix, "a"), "later");
	assert_string_equal(index_find(ix, "b"), "");
	assert_string_equal(index_find(ix, "c*"), "x");
	assert_null(index_find(ix, "cx"));
	index_close(ix);
}

/* 5.2, last row: a list that is not sorted */
static void the_lowest_priority_is_found_wherever_it_is(void **state)
{
	static const char bytes[] = "\xb0\x07\xf4\x57\0\2\0\1\x40\0\0\x0c"
				    "\0\0\0\3\0\0\0\2two\0\0\0\0\1one\0\0\0\0\3three";
	struct index *ix = NULL;

	(void)state;
	assert_int_equal(index_open_bytes(bytes, sizeof(bytes), NULL, &ix), 0);
	assert_string_equal(index_find(ix, ""), "one");
	index_close(ix);
}

/* The lookup gives the truth or nothing. */
static void assert_found_or_not(const struct index *ix, const char *key, const char *value)
{
	const char *got = index_find(ix, key);

	if (got)
		assert_string_equal(got, value);
}

/* index-files.md edge case 15: cut at every byte */
static void a_cut_file_gives_what_is_left(void **state)
{
	static const uint8_t *const files[] = { index_test_dep, index_test_dep_post_order };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		for (size_t n = 1; n < sizeof(index_test_dep); n++) {
			auto_free void *cut = index_test_exact(files[i], n);
			struct index *ix = NULL;
			int r = index_open_bytes(cut, n, NULL, &ix);

			assert_int_equal(r, n < 12 ? -EINVAL : 0);
			if (r < 0)
				continue;
			assert_found_or_not(ix, "usb", "usb.ko:");
			assert_found_or_not(ix, "usc", "usc.ko: usb.ko");
			/* Nothing of usb is cut: in the first file it ends at 0x2e. */
			if (i == 0 && n >= 0x2e)
				assert_string_equal(index_find(ix, "usb"), "usb.ko:");
			index_close(ix);
		}
	}
}

/* index-files.md edge case 15: one damage at a time; the key next to it is still found */
#define ANY 0 /* some offset: a count that runs on ends where it ends */
static void damage_hides_only_what_is_behind_it(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t n;
		bool usb, usc;
		int told; /* offset; -1: nothing is wrong with the file as such */
	} cases[] = {
		{ 0x08, "\x20\0\0\x45", 4, false, false, 69 }, /* root behind the end */
		{ 0x08, "\xff\xff\xff\xff", 4, false, false, 268435455 },
		{ 0x16, "\x4f\xff\xff\xff", 4, false, true, 268435455 }, /* child behind the end */
		{ 0x1a, "\x40\0\0\x45", 4, true, false, 69 },
		{ 0x1a, "\x40\0\0\x44", 4, true, false, 68 }, /* its count is cut */
		{ 0x14, "cb", 2, false, false, 18 }, /* first > last */
		{ 0x15, "\xff", 1, false, false, 18 }, /* last = 255 */
		{ 0x15, "\x80", 1, false, false, 18 },
		{ 0x1e, "\xff\xff\xff\xff", 4, false, true, ANY }, /* count */
		{ 0x1e, "\0\0\0\0", 4, false, true, -1 },
		{ 0x2e, "\0\0\0\2", 4, true, false, 69 },
		{ 0x16, "\x20\0\0\x14", 4, false, true, 20 }, /* points to itself */
		{ 0x16, "\xa0\0\0\x12", 4, false, true, 18 },
		{ 0x44, "x", 1, true, false, 50 }, /* no NUL at the end */
		{ 0x0e, "\0\0\0\0", 4, false, false, -1 }, /* no node */
		{ 0x0e, "\xa0\0\0\x04", 4, false, false, 4 }, /* inside the header */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *bytes = index_test_exact(index_test_dep, sizeof(index_test_dep));
		auto_strbuf struct strbuf text = STRBUF_INIT;
		struct index *ix = NULL;
		char want[64];

		times_said = 0;
		said[0] = '\0';
		memcpy(bytes + cases[i].at, cases[i].bytes, cases[i].n);
		assert_int_equal(index_open_bytes(bytes, sizeof(index_test_dep), &to_us, &ix), 0);
		assert_int_equal(index_find(ix, "usb") != NULL, cases[i].usb);
		assert_int_equal(index_find(ix, "usc") != NULL, cases[i].usc);
		assert_null(index_find(ix, "usbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"));
		index_test_dump(ix, "", &text); /* goes everywhere */
		index_test_match(ix, "usb", &text);
		index_test_match(ix, "usc", &text);
		assert_int_equal(times_said, cases[i].told >= 0);
		(void)snprintf(want, sizeof(want), "index: damaged at offset %d: run depmod\n",
			       cases[i].told);
		if (cases[i].told > 0)
			assert_string_equal(said, want);
		index_close(ix);
	}
}

/* index-files.md edge case 15: a table that is inside the file, but for bytes no key has */
static void a_table_beyond_seven_bits_is_no_table(void **state)
{
	static const uint8_t head[] = { 0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0x20, 0, 0, 12, 'a' };
	static const uint8_t value[] = { 0, 0, 0, 1, 0, 0, 0, 0, 'v', 0 };

	(void)state;
	for (unsigned last = 126; last <= 129; last++) {
		uint8_t bytes[1024] = { 0 };
		size_t at = sizeof(head) + 1 + 4 * (last - 'a' + 1u);
		auto_free void *exact = NULL;
		auto_strbuf struct strbuf text = STRBUF_INIT;
		struct index *ix = NULL;

		memcpy(bytes, head, sizeof(head));
		bytes[13] = (uint8_t)last;
		bytes[14] = 0x40; /* child a */
		bytes[17] = (uint8_t)at;
		memcpy(bytes + at, value, sizeof(value));
		exact = index_test_exact(bytes, at + sizeof(value));
		assert_int_equal(index_open_bytes(exact, at + sizeof(value), NULL, &ix), 0);
		assert_int_equal(index_find(ix, "a") != NULL, last <= 127);
		index_test_dump(ix, "", &text);
		assert_string_equal(text.s, last <= 127 ? "a v\n" : "");
		index_close(ix);
	}
}

/* index-files.md edge case 16 */
static void the_last_string_without_nul_at_the_end_of_a_page(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 12 + 4 + 4;
	auto_free char *value = malloc(page);
	struct index_test_entry one = { "", value, 0 };
	auto_strbuf struct strbuf b = STRBUF_INIT, text = STRBUF_INIT;
	struct index *ix = NULL;

	(void)state;
	assert_non_null(value);
	memset(value, 'v', page - n - 1);
	value[page - n - 1] = '\0';
	index_test_write(&one, 1, &b);
	assert_int_equal(b.len, page);
	put_file(b.s, b.len);
	assert_int_equal(index_open(path, NULL, &ix, NULL), 0);
	assert_string_equal(index_find(ix, ""), value);
	index_close(ix);

	b.s[page - 1] = 'v';
	put_file(b.s, b.len);
	assert_int_equal(index_open(path, NULL, &ix, NULL), 0);
	assert_null(index_find(ix, ""));
	index_test_match(ix, "", &text);
	assert_string_equal(text.s, "");
	index_test_dump(ix, "", &text);
	assert_string_equal(text.s, "");
	index_close(ix);
}

/* ---- a file that is read by the chunk -------------------------------------------- */

#define LARGE 3000 /* keys */

/* key and value of number i, of lengths that put some of them across any border */
static void nth_entry(unsigned i, char key[32], char value[512])
{
	int n = snprintf(key, 32, "k%ux%u", i % 97, i);

	assert_true(n < 32);
	n = snprintf(value, 512, "%u:", i);
	memset(value + n, 'v', i * 7919 % 400);
	value[n + (int)(i * 7919 % 400)] = '\0';
}

static void large_index(struct strbuf *ret)
{
	auto_free struct index_test_entry *entries = calloc(LARGE, sizeof(*entries));

	assert_non_null(entries);
	for (unsigned i = 0; i < LARGE; i++) {
		char key[32], value[512];

		nth_entry(i, key, value);
		entries[i] = (struct index_test_entry){ strdup(key), strdup(value), i };
	}
	index_test_write(entries, LARGE, ret);
	for (unsigned i = 0; i < LARGE; i++) {
		free((char *)(uintptr_t)entries[i].key);
		free((char *)(uintptr_t)entries[i].value);
	}
	assert_true(ret->len > 500000);
}

static bool finds(const struct index *ix, unsigned i)
{
	char key[32], value[512];
	const char *got;

	nth_entry(i, key, value);
	got = index_find(ix, key);
	if (got)
		assert_string_equal(got, value);
	return got != NULL;
}

static unsigned descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void a_large_index_is_read_as_it_is_needed(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT, want = STRBUF_INIT, text = STRBUF_INIT;
	struct index *ix = NULL, *all = NULL;
	unsigned open_before = descriptors();

	(void)state;
	times_said = 0;
	large_index(&b);
	put_file(b.s, b.len);
	assert_int_equal(index_open_bytes(b.s, b.len, NULL, &all), 0);
	index_test_dump(all, "", &want);
	/* each key alone, so that each is the one for which a chunk is read */
	for (unsigned i = 0; i < LARGE; i++) {
		char key[32], value[512];

		assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
		assert_int_equal(descriptors(), open_before + 1);
		if (i % 2 == 0) {
			assert_true(finds(ix, i));
		} else {
			nth_entry(i, key, value);
			strbuf_clear(&text);
			index_test_match(ix, key, &text);
			assert_string_equal(text.s, value);
		}
		index_close(ix);
	}
	/* all with one, which ends with no file */
	assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
	for (unsigned i = 0; i < LARGE; i++)
		assert_true(finds(ix, i));
	assert_int_equal(descriptors(), open_before);
	index_close(ix);
	/* in other orders, so that the chunk after which all is read is the first of two in some of them */
	for (unsigned start = 0; start < 300; start++) {
		assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
		for (unsigned i = 0; i < 100; i++)
			assert_true(finds(ix, (start * 31 + i * 1009) % LARGE));
		index_close(ix);
	}
	assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
	assert_true(finds(ix, 7));
	strbuf_clear(&text);
	index_test_dump(ix, "", &text);
	assert_string_equal(text.s, want.s);
	assert_int_equal(descriptors(), open_before);
	index_close(ix);
	index_close(all);
	assert_int_equal(times_said, 0);
}

static int never(const char *key, const char *value, void *data)
{
	(void)data;
	fail_msg("%s %s", key, value);
	return 0;
}

static void what_was_not_read_of_a_cut_file_is_not_found(void **state)
{
	static const char *const how[] = { "cut", "written to", "cut to nothing", "shorter for a moment" };
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	large_index(&b);
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct index *ix = NULL;
		unsigned found = 0;

		put_file(b.s, b.len);
		/* an old file, so that any change of it has another time */
		assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0), 0);
		times_said = 0;
		assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
		assert_true(finds(ix, 5));
		if (i == 0)
			assert_int_equal(truncate(path, 8192), 0);
		else if (i == 1)
			put_file(b.s, b.len / 2);
		else
			assert_int_equal(truncate(path, 0), 0);
		if (i == 3)
			assert_int_equal(truncate(path, (off_t)b.len), 0);
		for (unsigned key = 0; key < LARGE; key++)
			found += finds(ix, key);
		if (found == 0 || found > LARGE / 2)
			fail_msg("%s: %u found", how[i], found);
		assert_true(index_is_damaged(ix));
		assert_int_equal(times_said, 1);
		assert_non_null(strstr(said, "the file was changed meanwhile"));
		assert_int_equal(index_read_all(ix), -EINVAL);
		assert_int_equal(index_error(ix), -EINVAL);
		assert_int_equal(index_each(ix, never, NULL), -EINVAL);
		assert_true(finds(ix, 5)); /* what was read stays */
		index_close(ix);
	}
	/* all was read before */
	put_file(b.s, b.len);
	times_said = 0;
	{
		struct index *ix = NULL;

		assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
		assert_int_equal(index_read_all(ix), 0);
		assert_int_equal(truncate(path, 0), 0);
		for (unsigned key = 0; key < LARGE; key++)
			assert_true(finds(ix, key));
		assert_int_equal(times_said, 0);
		index_close(ix);
	}
}

static void another_file_of_that_name_changes_nothing(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct index *ix = NULL;

	(void)state;
	large_index(&b);
	put_file(b.s, b.len);
	times_said = 0;
	assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
	assert_int_equal(unlink(path), 0);
	put_file("new", 3);
	for (unsigned key = 0; key < LARGE; key++)
		assert_true(finds(ix, key));
	assert_int_equal(times_said, 0);
	index_close(ix);
}

/* As a daemon does that closes all descriptors it does not know. */
static void a_descriptor_taken_away_is_not_used_and_not_closed(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	auto_close int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct index *ix = NULL;
	int fd;

	(void)state;
	large_index(&b);
	put_file(b.s, b.len);
	for (int again = 0; again < 2; again++) {
		times_said = 0;
		assert_int_equal(index_open(path, &to_us, &ix, NULL), 0);
		fd = other + 1;
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		if (again)
			assert_int_equal(dup2(other, fd), fd);
		else
			assert_int_equal(close(fd), 0);
		assert_int_equal(index_error(ix), 0);
		assert_int_equal(index_read_all(ix), -EBADF);
		assert_int_equal(index_error(ix), -EBADF);
		assert_true(index_is_damaged(ix));
		assert_int_equal(times_said, 0); /* nothing is wrong with the file: who opens it again has it */
		index_close(ix);
		assert_int_equal(fcntl(fd, F_GETFD) >= 0, again);
	}
	(void)close(fd);
}

static void every_failed_allocation_is_survived(void **state)
{
	unsigned n;

	(void)state;
	put_file(index_test_dep, sizeof(index_test_dep));
	for (n = 1;; n++) {
		struct index *ix = NULL, *mapped = NULL;
		int r, q;

		oom_arm(n);
		r = index_open_bytes(index_test_dep, sizeof(index_test_dep), NULL, &ix);
		q = index_open(path, NULL, &mapped, NULL);
		index_close(ix);
		index_close(mapped);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_int_equal(q, 0);
			break;
		}
		assert_int_equal(r < 0 ? r : q, -ENOMEM);
		assert_null(r < 0 ? ix : mapped);
	}
	assert_true(n >= 5); /* more: those of a libc that is linked statically */
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/x.bin", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_an_index_is_opened),
		cmocka_unit_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(both_orders_of_nodes_are_read),
		cmocka_unit_test(the_lowest_priority_is_found),
		cmocka_unit_test(the_lowest_priority_is_found_wherever_it_is),
		cmocka_unit_test(a_cut_file_gives_what_is_left),
		cmocka_unit_test(damage_hides_only_what_is_behind_it),
		cmocka_unit_test(a_table_beyond_seven_bits_is_no_table),
		cmocka_unit_test(the_last_string_without_nul_at_the_end_of_a_page),
		cmocka_unit_test(a_large_index_is_read_as_it_is_needed),
		cmocka_unit_test(what_was_not_read_of_a_cut_file_is_not_found),
		cmocka_unit_test(another_file_of_that_name_changes_nothing),
		cmocka_unit_test(a_descriptor_taken_away_is_not_used_and_not_closed),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("index", tests, make_dir, remove_dir);
}
