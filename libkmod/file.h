/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A module file: open, recognise by its first bytes, contents on demand
 * (docs/spec/module-files.md 1 and 2). No context, so that a thread or a fuzzer
 * can use it alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct file;
struct elf;

enum file_format { FILE_PLAIN, FILE_ZSTD, FILE_XZ, FILE_GZIP, FILE_FORMATS };

/* Most bytes a module may have, plain or once decompressed (the kernel's own limit). */
#ifndef FILE_SIZE_LIMIT
#define FILE_SIZE_LIMIT ((uint64_t)0x7fffffff)
#endif
/*
 * And most that a compressed one may become: so many bytes, and RATIO more for each
 * byte of the file. No module is a tenth of that, and a small file cannot make us use
 * gigabytes, in each thread of depmod.
 */
#ifndef FILE_UNPACKED_FREE
#define FILE_UNPACKED_FREE ((uint64_t)256 << 20)
#endif
#define FILE_UNPACKED_RATIO 64

/*
 * *ret is the caller's, to give to file_close(); untouched on failure.
 * -errno of open or read; -EISDIR; -ESPIPE: not seekable; -EINVAL: fewer than
 * 6 bytes (logged); -ENOMEM. log must outlive the file.
 */
int file_open(const char *path, const struct log *log, struct file **ret);
/* The same for bytes the caller owns and keeps alive; no descriptor (file_fd() is -1). */
int file_open_bytes(const void *bytes, size_t size, const struct log *log, struct file **ret);
void file_close(struct file *file); /* NULL is fine */

int file_fd(const struct file *file); /* borrowed */
/*
 * Is its descriptor still open on it, if it has one? A program may have closed it, and
 * opened another file that got its number. What is then still to be read is -EBADF.
 */
bool file_is_open(const struct file *file);
enum file_format file_format(const struct file *file);
/*
 * The (decompressed) contents, made at the first call, kept until file_close().
 * -EINVAL: damaged or truncated; -EFBIG: over one of the limits above; -ENOSYS: format
 * not built in, or its library cannot be loaded; -ENOMEM. Each is logged once
 * with the reason.
 */
int file_contents(struct file *file, const uint8_t **ret, size_t *ret_size);
/*
 * Was that -ENOSYS for want of a library? This build knows the format, and the file
 * may be a good one.
 */
bool file_lacks_library(const struct file *file);
/*
 * The contents as a module: errors as of file_contents() and elf_read(), each
 * logged with the place. *ret lives as long as the file. Of a plain file only
 * what is looked at is read.
 */
int file_elf(struct file *file, struct elf *ret);
/*
 * For who has looked at the sections of file_elf(): 0, or -errno: some could not be
 * read, logged, and what was found there is not the truth.
 */
int file_error(const struct file *file);
/*
 * As file_contents() for who looks at no more than the last n bytes: of a plain
 * file the others need not be there.
 */
int file_tail(struct file *file, size_t n, const uint8_t **ret, size_t *ret_size);
/* Says that its contents cannot be used at that offset; -EINVAL. */
int file_damaged(const struct file *file, uint64_t off);
/* Can the kernel's own decompressor read this one? (module-files.md 3.2) */
int file_kernel_can_decompress(const struct file *file);
/* "gzip", "xz", "zstd" as in /sys/module/compression, "" for plain. */
const char *file_format_name(enum file_format format);
