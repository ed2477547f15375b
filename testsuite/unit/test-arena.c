/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small things in large pieces of memory. */
#include "testsuite/unit/unit.h"

#include "shared/arena.h"
#include "testsuite/unit/oom.h"

static void what_is_taken_stays_and_does_not_overlap(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	unsigned char *at[500];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		at[i] = i % 3 ? (void *)arena_take_text(&a, i * 7) : arena_take(&a, i * 7);
		assert_non_null(at[i]);
		if (i % 3 == 0)
			assert_int_equal((uintptr_t)at[i] % _Alignof(max_align_t), 0);
		memset(at[i], (int)(i & 0xff), i * 7);
	}
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		for (size_t k = 0; k < i * 7; k++)
			assert_int_equal(at[i][k], i & 0xff);
	}
}

static void text_is_packed(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	char *one = arena_take_text(&a, 3), *two = arena_take_text(&a, 5);

	(void)state;
	assert_ptr_equal(two, one + 3);
}

static void large_things_and_absurd_sizes(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	char *p = arena_take_text(&a, 1 << 20);

	(void)state;
	assert_non_null(p);
	memset(p, 1, 1 << 20);
	assert_null(arena_take(&a, SIZE_MAX));
	assert_null(arena_take(&a, SIZE_MAX - 8));
	assert_non_null(arena_take(&a, 1));
}

static void cleared_memory_is_used_again(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	char *p = arena_take(&a, 100000);

	(void)state;
	assert_non_null(p);
	assert_non_null(arena_take(&a, 70000));
	arena_clear(&a);
	oom_arm(1);
	assert_ptr_equal(arena_take(&a, 100000), p); /* the larger one was kept: nothing is allocated */
	assert_false(oom_fired());
	arena_release(&a);
	assert_null(a.chunks);
	arena_clear(&a);
}

static void a_failed_allocation_changes_nothing(void **state)
{
	auto_arena struct arena a = ARENA_INIT;

	(void)state;
	oom_arm(1);
	assert_null(arena_take(&a, 1));
	assert_true(oom_fired());
	assert_non_null(arena_take(&a, 1));
	oom_arm(1);
	assert_null(arena_take(&a, 1 << 20));
	assert_true(oom_fired());
	assert_non_null(arena_take(&a, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_stays_and_does_not_overlap),
		cmocka_unit_test(text_is_packed),
		cmocka_unit_test(large_things_and_absurd_sizes),
		cmocka_unit_test(cleared_memory_is_used_again),
		cmocka_unit_test(a_failed_allocation_changes_nothing),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
