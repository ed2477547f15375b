/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes as a file with a path, for rooms that open what they read: one file, overwritten each time. */
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/io.h"
#include "testsuite/fuzz/fuzz.h"

struct fuzz_file {
	int fd; /* 0: not made yet */
	char path[64];
};

static inline void fuzz_file_write(struct fuzz_file *file, const void *bytes, size_t size)
{
	if (file->fd == 0) {
		file->fd = memfd_create("fuzz", MFD_CLOEXEC);
		fuzz_must(file->fd > 0);
		(void)snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
	}
	fuzz_must(ftruncate(file->fd, 0) == 0 && lseek(file->fd, 0, SEEK_SET) == 0);
	fuzz_must(io_write(file->fd, bytes, size) == 0);
}
