/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One index file (modules.*.bin), mapped read-only: check, exact search.
 * Every offset in it is untrusted: what is damaged counts as absent
 * (docs/spec/index-files.md 5.3), nothing outside the file is ever read.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct log;
struct index;

/*
 * On success *ret is the caller's, to give to index_close(); else untouched.
 * st (may be NULL) gets what fstat said of the file that was opened, also of one
 * that is then refused.
 * A file of no bytes is an empty index.
 * path and log must outlive the index: what is found damaged later is logged,
 * once for each index that was opened, with the offset.
 * 0; -errno of open, fstat, mmap; -EINVAL: not a file, 1 to 11 bytes, wrong
 * magic or major version (logged as an error, one line); -EFBIG: more than
 * can be mapped; -ENOMEM.
 */
int index_open(const char *path, const struct log *log, struct index **ret, struct stat *st);
/* The same over bytes the caller owns and keeps alive: tests and fuzzers. */
int index_open_bytes(const void *bytes, size_t size, const struct log *log, struct index **ret);
void index_close(struct index *ix); /* NULL is fine */

/*
 * Exact search: the value of lowest priority stored under key, or NULL. The
 * string lives in the map, until index_close(). A list of values that is not
 * wholly inside the file counts as none.
 */
const char *index_find(const struct index *ix, const char *key);
