/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Search with the stored keys as patterns, and the dump of everything
 * (docs/spec/index-files.md 4.3 to 4.5).
 */
#pragma once

#include <stdbool.h>
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

/*
 * Every key with each of its values, keys in byte order. Both strings are good
 * during the call only. A negative answer ends the walk and is its result;
 * else 0, -ENOMEM, or -errno of read.
 */
typedef int index_each_fn(const char *key, const char *value, void *data);
int index_each(const struct index *ix, index_each_fn *fn, void *data);

/*
 * One line "PREFIXkey value\n" for each value, keys in byte order, written to
 * fd. 0, -ENOMEM, or -errno of read or write.
 */
int index_dump(const struct index *ix, int fd, const char *prefix);

/*
 * Does text match pattern as fnmatch(pattern, text, 0) in the C locale says?
 * Work: length of pattern times length of text, where a [ that is never closed
 * counts with all that follows it.
 */
bool index_glob(const char *pattern, const char *text);
