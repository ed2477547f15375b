/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of a file in memory, read as far as they are looked at. Instead of a
 * map: who cuts a mapped file kills its readers with SIGBUS. A file that was
 * changed since it was opened gives no more bytes; those that are here stay.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define SNAPSHOT_SHIFT 12
#define SNAPSHOT_CHUNK ((size_t)1 << SNAPSHOT_SHIFT)

struct snapshot {
	uint8_t *bytes; /* size of them; what has not been read is zero */
	size_t size;
	/* One byte for each chunk of bytes: was it read? NULL: all of it is there. */
	uint8_t *have;
	size_t chunks; /* 0: bytes is from malloc(); else an anonymous map, with have behind it */
	int fd; /* -1: not open any more */
	bool own; /* fd is ours to close */
	unsigned fills;
	struct stat seen; /* of fd, when it was opened */
};

/*
 * Of the file that fd is open on and that seen is about; not empty. Up to small
 * bytes are read now, of others nothing. own: the descriptor is closed when it is
 * not needed any more, also when this fails.
 * 0 and *ret is the caller's; -ENOMEM; -EFBIG; as snapshot_need().
 */
int snapshot_new(int fd, bool own, const struct stat *seen, size_t small, struct snapshot **ret);
void snapshot_free(struct snapshot *s); /* NULL is fine */
/*
 * n bytes (1 or more, inside the file) at that offset are there then: 0; -ESTALE: changed; -EBADF: fd
 * is closed, or open on another file, which a program may do to descriptors that it does not know; -errno of read.
 */
int snapshot_need(struct snapshot *s, size_t at, size_t n);
int snapshot_all(struct snapshot *s);
/* For messages. */
const char *snapshot_error(int error);
