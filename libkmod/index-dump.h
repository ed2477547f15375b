/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything an index holds, in the order of its keys (docs/spec/index-files.md 4.5). */
#pragma once

struct index;

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
