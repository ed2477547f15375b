/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table from strings to pointers. */
#include "testsuite/unit/unit.h"

#include <stdio.h>

#include "shared/hash.h"

static void what_was_added_is_found_until_deleted(void **state)
{
	static char keys[1000][8];
	struct hash h = HASH_INIT;

	(void)state;
	assert_null(hash_get(&h, "0"));
	assert_null(hash_del(&h, "0"));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "%zu", i);
		assert_int_equal(hash_add(&h, keys[i], keys[i]), 0);
	}
	assert_int_equal(hash_add(&h, "7", keys[8]), -EEXIST);
	assert_ptr_equal(hash_get(&h, "7"), keys[7]);
	/* Deleting every third one must not hide its neighbours in a run. */
	for (size_t i = 0; i < ARRAY_SIZE(keys); i += 3)
		assert_ptr_equal(hash_del(&h, keys[i]), keys[i]);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_ptr_equal(hash_get(&h, keys[i]), i % 3 ? keys[i] : NULL);
	hash_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_found_until_deleted),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
