/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What file.c and the decompressors agree on: bytes in, a growing buffer out. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

struct log;

struct file_buffer {
	uint8_t *at; /* malloced, room bytes; len of them hold data; the caller frees it */
	size_t len, room;
	size_t limit; /* more data than this is refused */
	const char *fault; /* what is wrong with the input, static; NULL: nothing */
	size_t fault_at; /* where in the input */
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

/* -EINVAL, with what file.c says about the input. */
static inline int file_fault(struct file_buffer *out, const char *what, size_t at)
{
	out->fault = what;
	out->fault_at = at;
	return -EINVAL;
}

/*
 * Each decompresses all of in, with the same results: 0, -EINVAL (damaged or
 * truncated, by file_fault()), -EFBIG, -ENOMEM, -ENOSYS (not built in, logged), -ELIBACC
 * (its library cannot be loaded, logged). out is the caller's to free in any case.
 */
int file_unpack_gzip(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log);
int file_unpack_xz(const uint8_t *in, size_t in_size, struct file_buffer *out,
		   const struct log *log);
int file_unpack_zstd(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log);
