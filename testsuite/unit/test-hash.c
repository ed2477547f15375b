/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table from strings to pointers. */
#include "testsuite/unit/unit.h"

#include <stdio.h>

#include "shared/hash.h"
#include "testsuite/unit/oom.h"

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

/* How many slots searches for all of them look at, beyond the first each. */
static size_t detours(const struct hash *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->room; i++) {
		if (h->slot[i].key)
			n += (i - h->slot[i].hash) & (h->room - 1);
	}
	return n;
}

#define MANY 2000

/* As if what a table adds to them were not there: eight bytes each, the same hash for all. */
static void make_flood(char keys[MANY][24])
{
	const uint64_t factor = 0x9e3779b97f4a7c15u;
	uint64_t inverse = factor, high = 1;

	for (int i = 0; i < 5; i++) /* Newton: each round doubles the bits that are right */
		inverse *= 2 - factor * inverse;
	for (size_t n = 0; n < MANY; high++) {
		uint64_t word = (high << 32 | (high ^ 0x12345678)) * inverse ^ 8;

		memcpy(keys[n], &word, 8);
		keys[n][8] = '\0';
		n += strlen(keys[n]) == 8;
	}
}

/* Two changes that undo each other, in each of eleven pairs of words. */
static void make_trails(char keys[MANY][24 * 8])
{
	for (size_t n = 0; n < MANY; n++) {
		memset(keys[n], 'a', 24 * 8 - 1);
		keys[n][24 * 8 - 1] = '\0';
		for (size_t pair = 0; pair < 11; pair++) {
			if (n >> pair & 1) {
				keys[n][16 * pair + 7] = (char)('a' ^ 0x80);
				keys[n][16 * pair + 8 + 3] = (char)('a' ^ 0x80);
				keys[n][16 * pair + 8 + 7] = (char)('a' ^ 0x80);
			}
		}
	}
}

static void keys_made_to_collide_do_not(void **state)
{
	static char flood[MANY][24], trails[MANY][24 * 8], ends[MANY][24];
	struct hash h = HASH_INIT;

	(void)state;
	make_flood(flood);
	make_trails(trails);
	for (size_t i = 0; i < MANY; i++)
		(void)snprintf(ends[i], sizeof(ends[i]), "a_symbol_of_%04zu", i);
	for (size_t kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < MANY; i++) {
			const char *key = kind == 0 ? flood[i] : kind == 1 ? trails[i] : ends[i];

			assert_int_equal(hash_add(&h, key, &h), 0);
		}
		/* One chain of them all would be two million; by luck it is some thousand. */
		assert_true(detours(&h) < 50 * MANY);
		hash_release(&h);
	}
}

static void without_memory_a_table_is_as_it_was(void **state)
{
	static char keys[40][8];
	struct hash h = HASH_INIT;
	unsigned failures = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int r;

		(void)snprintf(keys[i], sizeof(keys[i]), "%zu", i);
		oom_arm(1);
		r = hash_add(&h, keys[i], keys[i]);
		if (oom_fired()) {
			failures++;
			assert_int_equal(r, -ENOMEM);
			assert_null(hash_get(&h, keys[i]));
			assert_int_equal(h.n, i);
			r = hash_add(&h, keys[i], keys[i]);
		}
		assert_int_equal(r, 0);
		for (size_t j = 0; j <= i; j++)
			assert_ptr_equal(hash_get(&h, keys[j]), keys[j]);
	}
	assert_int_equal(failures, 3); /* for 16, 32 and 64 slots */
	hash_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_found_until_deleted),
		cmocka_unit_test(keys_made_to_collide_do_not),
		cmocka_unit_test(without_memory_a_table_is_as_it_was),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
