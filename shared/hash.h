/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings to pointers; also of strings that were made to make it slow. The table
 * borrows keys and values: a key must live as long as its entry. Starts empty
 * without allocating.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hash_entry {
	const char *key; /* NULL: free slot */
	void *value;
	uint32_t hash; /* of key */
};

struct hash {
	struct hash_entry *slot; /* open addressing, linear probing */
	size_t n; /* entries in use */
	size_t room; /* 0 or a power of two */
	uint64_t seed; /* of the hashes in it; 0: nothing was added yet */
};

#define HASH_INIT { NULL, 0, 0, 0 }

void *hash_get(const struct hash *h, const char *key); /* NULL: not there */
/* 0, -EEXIST (nothing changed) or -ENOMEM (nothing changed). */
int hash_add(struct hash *h, const char *key, void *value);
/* The value that was there, or NULL. */
void *hash_del(struct hash *h, const char *key);
void hash_release(struct hash *h); /* gives back the table only */
