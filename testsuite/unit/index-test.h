/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the index rooms share: the examples, small indexes, dumps. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct index;
struct strbuf;

struct index_test_entry {
	const char *key, *value;
	uint32_t priority;
};

/* docs/spec/index-files.md 3.8: as written now, and as release 30 wrote it. */
extern const uint8_t index_test_dep[69], index_test_dep_post_order[69], index_test_alias[59];

/* The bytes of an index with these entries, added in this order. */
void index_test_write(const struct index_test_entry *entries, size_t n, struct strbuf *ret);
/* The bytes in a block of exactly their size: reading beyond it is seen. Free it. */
void *index_test_exact(const void *bytes, size_t size);
/* index_dump() into a string; fails the test when that fails. */
void index_test_dump(const struct index *ix, const char *prefix, struct strbuf *ret);
/* "value value ..." of index_match(); fails the test when that fails. */
void index_test_match(const struct index *ix, const char *name, struct strbuf *ret);
