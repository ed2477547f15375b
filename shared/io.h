/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole reads and writes: short transfers and EINTR end here. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

static inline bool io_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}
/*
 * For a descriptor of ours that outlives a call of the program: that may have closed all
 * that it does not know, and opened others, which are not ours to use or to close. Is fd
 * open on that file?
 */
bool io_is_open_on(int fd, const struct stat *file);
void io_close_if_open_on(int fd, const struct stat *file);

/*
 * Is that -errno about us or the system, not about the file? No memory, no
 * descriptors: what could not be read may be as good as any.
 */
static inline bool io_lacks_means(int r)
{
	return r == -ENOMEM || r == -EMFILE || r == -ENFILE;
}

/* Up to size bytes; fewer only at the end of the file. Returns the count or -errno. */
ssize_t io_read(int fd, void *buf, size_t size);
/* The same from an offset, which the descriptor's own is not. */
ssize_t io_pread(int fd, void *buf, size_t size, off_t at);
/* All of it: 0 or -errno. */
int io_write(int fd, const void *buf, size_t size);
/*
 * A small text file in one string (kernel files have no useful size). Without
 * limit when limit is 0, else cut at limit bytes. *ret is the caller's to free,
 * NUL-terminated, *ret_len (may be NULL) its length. 0 or -errno.
 */
int io_read_text(const char *path, size_t limit, char **ret, size_t *ret_len);
int io_read_text_fd(int fd, size_t limit, char **ret, size_t *ret_len);
/*
 * All of a file that somebody else may have put there. Nobody waits for the writer
 * of a pipe, and what has no end is not begun: -EINVAL if it is no regular file,
 * -EFBIG if it is larger than IO_FILE_LIMIT, else as io_read_text(). *ret_st (may
 * be NULL): of the file that was read.
 */
#define IO_FILE_LIMIT ((off_t)1 << 30)
int io_read_file(const char *path, char **ret, size_t *ret_len, struct stat *ret_st);
/*
 * One word from a small file below dirfd (AT_FDCWD for plain paths), without
 * the final newline. Returns its length or -errno; -EOVERFLOW: did not fit.
 */
ssize_t io_read_word(int dirfd, const char *path, char *buf, size_t size);
/*
 * mkdir -p: the directory and its parents, mode 0755 under the umask. "" is
 * there already. 0; -ENOTDIR: something else has the name; -errno of mkdir; -ENOMEM.
 */
int io_make_dirs(const char *dir);
