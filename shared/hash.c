/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shared/hash.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "shared/macro.h"

/* FNV-1a; keys are module names and symbols, a few dozen bytes. */
static size_t hash_of(const char *key)
{
	uint32_t x = 2166136261u;

	for (; *key; key++)
		x = (x ^ (unsigned char)*key) * 16777619u;
	return x;
}

/* The slot that holds KEY, or the free one where it belongs. room > 0 and never full. */
static size_t hash_slot(const struct hash *h, const char *key)
{
	size_t mask = h->room - 1, i = hash_of(key) & mask;

	while (h->slot[i].key && !streq(h->slot[i].key, key))
		i = (i + 1) & mask;
	return i;
}

static int hash_grow(struct hash *h)
{
	struct hash bigger = { NULL, h->n, h->room ? h->room * 2 : 16 };

	bigger.slot = calloc(bigger.room, sizeof(*bigger.slot));
	if (!bigger.slot)
		return -ENOMEM;
	for (size_t i = 0; i < h->room; i++) {
		if (h->slot[i].key)
			bigger.slot[hash_slot(&bigger, h->slot[i].key)] = h->slot[i];
	}
	free(h->slot);
	*h = bigger;
	return 0;
}

void *hash_get(const struct hash *h, const char *key)
{
	return h->n ? h->slot[hash_slot(h, key)].value : NULL;
}

int hash_add(struct hash *h, const char *key, void *value)
{
	size_t i;

	if (h->n > 0 && h->slot[hash_slot(h, key)].key)
		return -EEXIST;
	if (h->n + h->n / 2 >= h->room) { /* at most two thirds full */
		int r = hash_grow(h);

		if (r < 0)
			return r;
	}
	i = hash_slot(h, key);
	h->slot[i] = (struct hash_entry){ key, value };
	h->n++;
	return 0;
}

void *hash_del(struct hash *h, const char *key)
{
	size_t mask = h->room - 1, gap, i;
	void *value;

	if (h->n == 0)
		return NULL;
	gap = hash_slot(h, key);
	if (!h->slot[gap].key)
		return NULL;
	value = h->slot[gap].value;
	h->n--;
	/* Close the gap: move back every later entry of the run that may sit there. */
	for (i = (gap + 1) & mask; h->slot[i].key; i = (i + 1) & mask) {
		size_t home = hash_of(h->slot[i].key) & mask;

		if (((i - home) & mask) >= ((i - gap) & mask)) {
			h->slot[gap] = h->slot[i];
			gap = i;
		}
	}
	h->slot[gap] = (struct hash_entry){ NULL, NULL };
	return value;
}

void hash_release(struct hash *h)
{
	free(h->slot);
	*h = (struct hash)HASH_INIT;
}
