/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A string that grows. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "shared/cleanup.h"
#include "shared/strbuf.h"
#include "testsuite/unit/oom.h"

static void it_grows_and_is_always_terminated(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	auto_free char *stolen = NULL;

	(void)state;
	assert_string_equal(strbuf_str(&b), "");
	assert_int_equal(strbuf_adds(&b, "one"), 0);
	assert_int_equal(strbuf_addc(&b, ' '), 0);
	assert_int_equal(strbuf_add(&b, "two\0three", 9), 0);
	assert_int_equal(b.len, 13);
	assert_memory_equal(b.s, "one two\0three", 14);
	strbuf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(strbuf_str(&b), "");
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(strbuf_addf(&b, "%d,%s", i % 10, ""), 0);
		assert_int_equal(strlen(b.s), b.len);
		assert_true(b.len < b.room);
	}
	assert_int_equal(b.len, 2000);
	assert_int_equal(strbuf_addf(&b, "%300s", "x"), 0);
	assert_int_equal(b.len, 2300);
	stolen = strbuf_steal(&b);
	assert_int_equal(strlen(stolen), 2300);
	assert_null(b.s);
	assert_int_equal(b.len + b.room, 0);
}

static void what_is_stolen_empty_is_a_string(void **state)
{
	struct strbuf b = STRBUF_INIT;
	auto_free char *stolen = strbuf_steal(&b);

	(void)state;
	assert_string_equal(stolen, "");
	oom_arm(1);
	assert_null(strbuf_steal(&b));
	assert_true(oom_fired());
}

static void room_is_reserved_once(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	const char *before;

	(void)state;
	assert_int_equal(strbuf_reserve(&b, 500), 0);
	assert_string_equal(strbuf_str(&b), "");
	before = b.s;
	for (int i = 0; i < 500; i++)
		assert_int_equal(strbuf_addc(&b, 'x'), 0);
	assert_ptr_equal(b.s, before);
	assert_int_equal(b.len, 500);
}

static void more_than_there_can_be_is_refused(void **state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 3, SIZE_MAX / 2, SIZE_MAX / 2 - 3 };
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	assert_int_equal(strbuf_adds(&b, "abc"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(strbuf_reserve(&b, sizes[i]), -ENOMEM);
		assert_string_equal(strbuf_str(&b), "abc");
	}
}

static int add_all(struct strbuf *b, int how)
{
	switch (how) {
	case 0:
		return strbuf_addf(b, "%0200d", 1);
	case 1:
		return strbuf_add(b, "0123456789012345678901234567890123456789012345678901234567890", 61);
	case 2:
		return strbuf_adds(b, "0123456789012345678901234567890123456789012345678901234567890");
	case 3:
		return strbuf_reserve(b, 1000);
	default:
		return strbuf_addc(b, 'x');
	}
}

static void without_memory_it_stays_as_it_was(void **state)
{
	(void)state;
	for (int how = 0; how < 5; how++) {
		for (unsigned n = 1;; n++) {
			auto_strbuf struct strbuf b = STRBUF_INIT;
			int r;

			/* 63 bytes and a NUL fill the first block, in case 4 and only there */
			assert_int_equal(strbuf_addf(&b, "%0*d", how == 4 ? 63 : 9, 7), 0);
			oom_arm(n);
			r = add_all(&b, how);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				assert_true(n > 1);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(b.len, how == 4 ? 63 : 9);
			assert_int_equal(strlen(b.s), b.len);
		}
	}
}

static void what_steers_a_terminal_is_made_plain(void **state)
{
	static const char *const rows[][2] = {
		{ "as it is", "as it is" },
		{ "\033[2J\a\177\t\n", "?[2J????" },
		{ "\233" "31m\x9d", "?31m?" }, /* controls of one byte */
		{ "\xc2\x9b" "31m\xc2\x9d", "??31m??" }, /* and in UTF-8 */
		{ "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7" },
		{ "\xc2\xa0\xed\x9f\xbf\xf4\x8f\xbf\xbf", "\xc2\xa0\xed\x9f\xbf\xf4\x8f\xbf\xbf" },
		{ "\xc3", "?" },
		{ "\xe2\x82", "??" },
		{ "\xe2\x82x", "??x" },
		{ "\xc0\x9b\xe0\x82\x9b\xf0\x80\x82\x9b", "?????????" }, /* too long for what they mean */
		{ "\xed\xa0\x80\xf4\x90\x80\x80\xff\xf5", "?????????" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_strbuf struct strbuf b = STRBUF_INIT;

		assert_int_equal(strbuf_adds(&b, rows[i][0]), 0);
		strbuf_plain(&b);
		assert_string_equal(b.s, rows[i][1]);
	}
	{
		struct strbuf none = STRBUF_INIT;

		strbuf_plain(&none);
		assert_null(none.s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_and_is_always_terminated),
		cmocka_unit_test(what_is_stolen_empty_is_a_string),
		cmocka_unit_test(room_is_reserved_once),
		cmocka_unit_test(more_than_there_can_be_is_refused),
		cmocka_unit_test(what_steers_a_terminal_is_made_plain),
		cmocka_unit_test(without_memory_it_stays_as_it_was),
	};

	return cmocka_run_group_tests_name("strbuf", tests, NULL, NULL);
}
