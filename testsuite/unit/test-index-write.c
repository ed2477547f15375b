/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of an index file. Numbers are those of docs/spec/index-files.md 7. */
#include "testsuite/unit/unit.h"

#include <stdio.h>

#include "shared/cleanup.h"
#include "shared/strbuf.h"
#include "testsuite/unit/index-test.h"
#include "testsuite/unit/oom.h"
#include "tools/depmod/index-write.h"

static void assert_bytes(const struct strbuf *b, const void *want, size_t n)
{
	assert_int_equal(b->len, n);
	assert_memory_equal(b->s, want, n);
}

/* index-files.md edge case 1 */
static void without_entries_there_are_twelve_bytes(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	index_test_write(NULL, 0, &b);
	assert_bytes(&b, "\xb0\x07\xf4\x57\0\2\0\1\0\0\0\x0c", 12);
}

/* index-files.md edge cases 2, 22: fixed bytes, so the same on every host */
static void the_examples_come_out_byte_for_byte(void **state)
{
	static const struct index_test_entry dep[] = {
		{ "usb", "usb.ko:", 0 },
		{ "usc", "usc.ko: usb.ko", 1 },
	};
	static const struct index_test_entry alias[] = {
		{ "t_1*", "usb", 0 },
		{ "t_1", "usb", 0 },
		{ "t_1*", "usc", 1 },
	};
	auto_strbuf struct strbuf b = STRBUF_INIT, c = STRBUF_INIT;

	(void)state;
	index_test_write(dep, ARRAY_SIZE(dep), &b);
	assert_bytes(&b, index_test_dep, sizeof(index_test_dep));
	index_test_write(alias, ARRAY_SIZE(alias), &c);
	assert_bytes(&c, index_test_alias, sizeof(index_test_alias));
}

/* index-files.md edge case 4 */
static void the_root_has_no_prefix(void **state)
{
	static const struct index_test_entry one[] = { { "foo", "v", 7 } };
	static const char want[] = "\xb0\x07\xf4\x57\0\2\0\1\x20\0\0\x0c"
				   "ff\xc0\0\0\x12"
				   "oo\0\0\0\0\1\0\0\0\7v";
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	index_test_write(one, 1, &b);
	assert_bytes(&b, want, sizeof(want));
}

/* index-files.md edge case 5 */
static void the_empty_key_sits_in_the_root(void **state)
{
	static const struct index_test_entry one[] = { { "", "v", 1 } };
	static const char want[] = "\xb0\x07\xf4\x57\0\2\0\1\x40\0\0\x0c"
				   "\0\0\0\1\0\0\0\1v";
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	index_test_write(one, 1, &b);
	assert_bytes(&b, want, sizeof(want));
}

/* index-files.md edge cases 10, 11 */
static void of_equal_priorities_the_later_is_first(void **state)
{
	static const struct index_test_entry ties[] = {
		{ "k", "a", 5 }, { "k", "b", 5 }, { "k", "c", 1 }, { "k", "b", 5 },
	};
	static const char want[] = "\xb0\x07\xf4\x57\0\2\0\1\x20\0\0\x0c"
				   "kk\x40\0\0\x12"
				   "\0\0\0\4"
				   "\0\0\0\1c\0\0\0\0\5b\0\0\0\0\5b\0\0\0\0\5a";
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	index_test_write(ties, ARRAY_SIZE(ties), &b);
	assert_bytes(&b, want, sizeof(want));
}

/* 3.5: canonical */
static void the_order_of_other_additions_does_not_matter(void **state)
{
	static const char *const keys[] = {
		"", "a", "ab", "abc", "b*", "b?", "b[x]", "\x7f", "\1",
	};
	struct index_test_entry forward[ARRAY_SIZE(keys)], back[ARRAY_SIZE(keys)];
	auto_strbuf struct strbuf b = STRBUF_INIT, c = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		forward[i] = (struct index_test_entry){ keys[i], "value", (uint32_t)i };
		back[ARRAY_SIZE(keys) - 1 - i] = forward[i];
	}
	index_test_write(forward, ARRAY_SIZE(keys), &b);
	index_test_write(back, ARRAY_SIZE(keys), &c);
	assert_bytes(&b, c.s, c.len);
}

static void more_may_be_added_after_writing(void **state)
{
	auto_index_write struct index_write *w = index_write_new();
	auto_strbuf struct strbuf b = STRBUF_INIT, c = STRBUF_INIT;

	(void)state;
	assert_non_null(w);
	assert_int_equal(index_write_add(w, "usc", "usc.ko: usb.ko", 1), 0);
	assert_int_equal(index_write_emit(w, &b), 0);
	assert_int_equal(index_write_add(w, "usb", "usb.ko:", 0), 0);
	assert_int_equal(index_write_emit(w, &c), 0);
	assert_bytes(&c, index_test_dep, sizeof(index_test_dep));
}

/* 3.7 */
static void only_seven_bits_are_taken(void **state)
{
	auto_index_write struct index_write *w = index_write_new();
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	assert_non_null(w);
	assert_int_equal(index_write_add(w, "k\x80", "v", 0), -EINVAL);
	assert_int_equal(index_write_add(w, "k", "v\xff", 0), -EINVAL);
	assert_int_equal(index_write_emit(w, &b), 0);
	assert_int_equal(b.len, 12);
}

/* 3.3: what does not fit is refused at every point where it can show */
static void a_file_too_large_is_refused(void **state)
{
	(void)state;
	for (size_t limit = 0; limit <= sizeof(index_test_dep); limit++) {
		auto_index_write struct index_write *w = index_write_new();
		auto_strbuf struct strbuf b = STRBUF_INIT;
		bool fits = limit == sizeof(index_test_dep);

		assert_non_null(w);
		index_write_set_limit(w, limit);
		assert_int_equal(index_write_add(w, "usb", "usb.ko:", 0), 0);
		assert_int_equal(index_write_add(w, "usc", "usc.ko: usb.ko", 1), 0);
		assert_int_equal(index_write_emit(w, &b), fits ? 0 : -EFBIG);
		assert_int_equal(b.len, fits ? sizeof(index_test_dep) : 0);
	}
}

/* index-files.md edge case 17, and a depth that recursion would not survive */
static void long_keys_and_deep_tries_are_fine(void **state)
{
	static char deep[6001];
	auto_index_write struct index_write *w = index_write_new();
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	assert_non_null(w);
	memset(deep, 'x', sizeof(deep) - 1);
	for (size_t n = 0; n < sizeof(deep); n += 3)
		assert_int_equal(index_write_add(w, deep + n, "", 0), 0);
	assert_int_equal(index_write_emit(w, &b), 0);
	/* Root with values; 2000 nodes xxx with values, all but the last with a child. */
	assert_int_equal(b.len, 12 + (2 + 4) + (4 + 5) + 2000 * (3 + 4 + 5) + 1999 * (2 + 4));
}

static void every_failed_allocation_is_survived(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1;; n++) {
		auto_index_write struct index_write *w = NULL;
		auto_strbuf struct strbuf b = STRBUF_INIT;
		char key[32];
		int r = -ENOMEM;

		oom_arm(n);
		w = index_write_new();
		if (w) {
			r = 0;
			for (unsigned i = 0; i < 3000 && r == 0; i++) {
				(void)snprintf(key, sizeof(key), "%u some more text", i * 7919);
				r = index_write_add(w, key, "and a value", i);
			}
			if (r == 0)
				r = index_write_emit(w, &b);
			if (r < 0)
				assert_int_equal(b.len, 0);
		}
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
	}
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_entries_there_are_twelve_bytes),
		cmocka_unit_test(the_examples_come_out_byte_for_byte),
		cmocka_unit_test(the_root_has_no_prefix),
		cmocka_unit_test(the_empty_key_sits_in_the_root),
		cmocka_unit_test(of_equal_priorities_the_later_is_first),
		cmocka_unit_test(the_order_of_other_additions_does_not_matter),
		cmocka_unit_test(more_may_be_added_after_writing),
		cmocka_unit_test(only_seven_bits_are_taken),
		cmocka_unit_test(a_file_too_large_is_refused),
		cmocka_unit_test(long_keys_and_deep_tries_are_fine),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("index-write", tests, NULL, NULL);
}
