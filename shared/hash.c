/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One array of slots; a key sits in the first free one from where its hash points. */
#include "shared/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "shared/macro.h"

#define FACTOR 0x9e3779b97f4a7c15u

/*
 * Who makes a module chooses its symbols. So every table begins with a number that
 * he cannot know, and how far bits are turned is a part of it: names made to
 * have one hash would have it only by luck.
 */
static uint64_t new_seed(const struct hash *h)
{
	uint64_t seed = (uintptr_t)h, random;
	const void *at = (const void *)getauxval(AT_RANDOM); /* 16 bytes, of this process alone */

	if (at) {
		memcpy(&random, at, sizeof(random));
		seed ^= random;
	}
	return seed * FACTOR | 1;
}

static uint64_t mix(uint64_t x, uint64_t word, unsigned turn)
{
	x = (x ^ word) * FACTOR;
	x = x << turn | x >> (64 - turn);
	return x ^ x >> 32;
}

/* Keys are module names and symbols, a few dozen bytes: eight at a time. */
static uint32_t hash_of(const struct hash *h, const char *key)
{
	const unsigned turn = 16 + (h->seed >> 59); /* 16 to 47 */
	size_t n = strlen(key), i;
	uint64_t x = h->seed + n, word = 0;

	for (i = 0; i + 8 < n; i += 8) {
		memcpy(&word, key + i, 8);
		x = mix(x, word, turn);
	}
	if (n >= 8) { /* the last eight, though some were seen */
		memcpy(&word, key + n - 8, 8);
	} else {
		for (word = 0; i < n; i++)
			word = word << 8 | (unsigned char)key[i];
	}
	/* The upper half has something of every bit; the lower, which is where in the table, has not. */
	return (uint32_t)(mix(x, word, turn) * FACTOR >> 32);
}

/* The slot that holds KEY, or the free one where it belongs. room > 0 and never full. */
static size_t hash_slot(const struct hash *h, const char *key, uint32_t hash)
{
	size_t mask = h->room - 1, i = hash & mask;

	while (h->slot[i].key && !(h->slot[i].hash == hash && streq(h->slot[i].key, key)))
		i = (i + 1) & mask;
	return i;
}

static int hash_grow(struct hash *h)
{
	struct hash bigger = { NULL, h->n, h->room ? h->room * 2 : 16, h->seed };
	size_t mask = bigger.room - 1;

	bigger.slot = calloc(bigger.room, sizeof(*bigger.slot));
	if (!bigger.slot)
		return -ENOMEM;
	for (size_t i = 0; i < h->room; i++) {
		size_t to = h->slot[i].hash & mask;

		if (!h->slot[i].key)
			continue;
		while (bigger.slot[to].key) /* all differ */
			to = (to + 1) & mask;
		bigger.slot[to] = h->slot[i];
	}
	free(h->slot);
	*h = bigger;
	return 0;
}

void *hash_get(const struct hash *h, const char *key)
{
	return h->n ? h->slot[hash_slot(h, key, hash_of(h, key))].value : NULL;
}

int hash_add(struct hash *h, const char *key, void *value)
{
	uint32_t hash;
	size_t i;

	if (h->seed == 0)
		h->seed = new_seed(h);
	hash = hash_of(h, key);
	i = h->room ? hash_slot(h, key, hash) : 0;
	if (h->room && h->slot[i].key)
		return -EEXIST;
	if (h->n + h->n / 2 >= h->room) { /* at most two thirds full */
		int r = hash_grow(h);

		if (r < 0)
			return r;
		i = hash_slot(h, key, hash);
	}
	h->slot[i] = (struct hash_entry){ key, value, hash };
	h->n++;
	return 0;
}

void *hash_del(struct hash *h, const char *key)
{
	size_t mask = h->room - 1, gap, i;
	void *value;

	if (h->n == 0)
		return NULL;
	gap = hash_slot(h, key, hash_of(h, key));
	if (!h->slot[gap].key)
		return NULL;
	value = h->slot[gap].value;
	h->n--;
	/* Close the gap: move back every later entry of the run that may sit there. */
	for (i = (gap + 1) & mask; h->slot[i].key; i = (i + 1) & mask) {
		size_t home = h->slot[i].hash & mask;

		if (((i - home) & mask) >= ((i - gap) & mask)) {
			h->slot[gap] = h->slot[i];
			gap = i;
		}
	}
	h->slot[gap] = (struct hash_entry){ NULL, NULL, 0 };
	return value;
}

void hash_release(struct hash *h)
{
	free(h->slot);
	*h = (struct hash)HASH_INIT;
}
