/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What file.c and the decompressors agree on: bytes in, a growing buffer out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct log;

struct file_buffer {
	uint8_t *at; /* malloced, room bytes; len of them hold data; the caller frees it */
	size_t len, room;
	size_t limit; /* more data than this is refused */
};

/*
 * Makes at least one byte of free room, growing as data arrives and never by
 * what a header claims. 0, -ENOMEM, or -EFBIG: len is over the limit already.
 */
int file_buffer_grow(struct file_buffer *out);
/*
 * First allocation: hint is what the input says of itself, believed only as far
 * as in_size bytes of input make it plausible. 0 or -ENOMEM.
 */
int file_buffer_start(struct file_buffer *out, size_t in_size, uint64_t hint);

/*
 * Each decompresses all of in, with the same results: 0, -EINVAL (damaged or
 * truncated), -EFBIG, -ENOMEM, -ENOSYS. Logs the reason of every failure except
 * -ENOMEM and -EFBIG. out is the caller's to free in any case.
 */
int file_unpack_gzip(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log);
int file_unpack_xz(const uint8_t *in, size_t in_size, struct file_buffer *out,
		   const struct log *log);
int file_unpack_zstd(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log);
