/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An array of pointers that grows. */
#include "testsuite/unit/unit.h"

#include "shared/array.h"
#include "testsuite/unit/oom.h"

static void what_is_pushed_stays_in_order(void **state)
{
	struct array a = ARRAY_INIT;
	char things[100];

	(void)state;
	assert_null(a.at);
	for (size_t i = 0; i < sizeof(things); i++)
		assert_int_equal(array_push(&a, &things[i]), 0);
	assert_int_equal(a.n, sizeof(things));
	for (size_t i = 0; i < sizeof(things); i++)
		assert_ptr_equal(a.at[i], &things[i]);
	array_release(&a);
	assert_null(a.at);
	assert_int_equal(a.n + a.room, 0);
	assert_int_equal(array_push(&a, things), 0); /* and may be filled again */
	assert_ptr_equal(a.at[0], things);
	array_release(&a);
}

static void a_push_without_memory_changes_nothing(void **state)
{
	struct array a = ARRAY_INIT;
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		int r;

		oom_arm(1);
		r = array_push(&a, &a);
		if (oom_fired()) {
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(a.n, i);
			r = array_push(&a, &a);
			failed++;
		}
		assert_int_equal(r, 0);
	}
	assert_true(failed >= 2);
	for (size_t i = 0; i < a.n; i++)
		assert_ptr_equal(a.at[i], &a);
	array_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_pushed_stays_in_order),
		cmocka_unit_test(a_push_without_memory_changes_nothing),
	};

	return cmocka_run_group_tests_name("array", tests, NULL, NULL);
}
