/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One index file (modules.*.bin): check, exact search. It is read as far as it
 * is looked at, and never mapped, so that nobody dies when it is cut meanwhile.
 * Every offset in it is untrusted: what is damaged counts as absent
 * (docs/spec/index-files.md 5.3), nothing outside the file is ever read.
 */
#pragma once

#include <stdbool.h>
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
 * A large one keeps its descriptor until index_read_all() or index_close().
 * 0; -errno of open, fstat, read; -EINVAL: not a file, 1 to 11 bytes, wrong
 * magic or major version, changed this very moment (logged as an error, one line,
 * as are those of read); -EFBIG: larger than an index can be; -ENOMEM.
 */
int index_open(const char *path, const struct log *log, struct index **ret, struct stat *st);
/* The same over bytes the caller owns and keeps alive: tests and fuzzers. */
int index_open_bytes(const void *bytes, size_t size, const struct log *log, struct index **ret);
void index_close(struct index *ix); /* NULL is fine */
/*
 * Reads all that has not been read, and closes the file: what becomes of it does not
 * matter any more. 0, or index_error(), logged.
 */
int index_read_all(const struct index *ix);
/*
 * 0, or -errno: why some of it could not be read: -EINVAL: it was changed; -EBADF: its
 * descriptor is not ours any more, a program may close what it does not know. Opened
 * again it may be whole.
 */
int index_error(const struct index *ix);
/* Has a search met damage in it, or been unable to read it, so that what was not found may have been lost? */
bool index_is_damaged(const struct index *ix);

/*
 * Exact search: the value of lowest priority stored under key, or NULL. The
 * string lives until index_close(). A list of values that is not
 * wholly inside the file counts as none.
 */
const char *index_find(const struct index *ix, const char *key);
