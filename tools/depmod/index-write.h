/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes an index file (docs/spec/index-files.md 3): keys with values go in in
 * any order, the bytes that come out depend only on what went in, and among
 * equal priorities of one key on the order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct index_write;
struct strbuf;

#define auto_index_write __attribute__((cleanup(cleanup_index_write)))

/* NULL: no memory. */
struct index_write *index_write_new(void);
void index_write_free(struct index_write *w); /* NULL is fine */
/*
 * One value for a key; both are copied. 0, -EINVAL: a byte above 127 in one of
 * them, or -ENOMEM; after a failure all is as before.
 */
int index_write_add(struct index_write *w, const char *key, const char *value, uint32_t priority);
/*
 * Appends the file to *out, which must be empty: offsets count from its start.
 * May be called again, also after more additions. 0, -EFBIG: more than the
 * format can address, or -ENOMEM; after a failure *out is empty.
 */
int index_write_emit(struct index_write *w, struct strbuf *out);
/* For tests: a limit below that of the format, in bytes. */
void index_write_set_limit(struct index_write *w, size_t bytes);

static inline void cleanup_index_write(struct index_write **w)
{
	index_write_free(*w);
}
