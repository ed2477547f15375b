/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Search with the stored keys as patterns (docs/spec/index-files.md 4.3 and 4.4).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct index;

struct index_hit {
	const char *value; /* lives until index_close() */
	uint32_t priority;
	uint32_t found; /* as which in its search; of equal priorities the last found is first */
};

struct index_hits {
	struct index_hit *at; /* n hits in the order of section 4.4 of what it calls a mapped index */
	size_t n;
	size_t room;
};

#define INDEX_HITS_INIT { NULL, 0, 0 }
#define auto_index_hits __attribute__((cleanup(index_hits_release)))
void index_hits_release(struct index_hits *hits);
/* One more at the end: 0 or -ENOMEM. */
int index_hits_add(struct index_hits *hits, const char *value, uint32_t priority, uint32_t found);

/*
 * All values of all keys that match name (literal text), each key once: its
 * bytes up to the first of * ? [ are literal, index_glob() decides on the rest;
 * a bracket expression of more than 256 bytes matches nothing.
 * Appends to *hits, which the caller releases, behind what is already there.
 * Work: each byte of the file once for each byte of the name at most, whatever
 * the patterns look like (64 times where a file shares or loops its nodes; a
 * key with a [ that is never closed costs an index_glob() for each [ in the
 * name). 0 (also when nothing matched) or -ENOMEM, and then
 * *hits as before.
 */
int index_match(const struct index *ix, const char *name, struct index_hits *hits);
