/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a module file that may be compressed: recognise, decompress, and
 * what the kernel could do with it. With a file.c of its own, whose limit is low.
 */
#include "testsuite/fuzz/fuzz-log.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "libkmod/elf-read.h"
#include "libkmod/file.h"
#include "shared/macro.h"
#include "testsuite/fuzz/fuzz-file.h"

const char fuzz_seeds[] = "file";

/* This build cannot read the format. */
static bool is_left_out(enum file_format format)
{
	switch (format) {
#ifndef ENABLE_ZLIB
	case FILE_GZIP:
		return true;
#endif
#ifndef ENABLE_XZ
	case FILE_XZ:
		return true;
#endif
#ifndef ENABLE_ZSTD
	case FILE_ZSTD:
		return true;
#endif
	default:
		return false;
	}
}

/* Twice the same, by the bytes or by a path. */
static void same_contents(struct file *file, struct file *other, size_t size)
{
	const uint8_t *a = NULL, *b = NULL;
	size_t a_size = 0, b_size = 0;
	struct elf elf;
	int r = file_contents(file, &a, &a_size);

	if (is_left_out(file_format(file))) {
		fuzz_must(r == -ENOSYS && file_elf(file, &elf) == -ENOSYS);
		return;
	}
	fuzz_must(r == 0 || r == -EINVAL || r == -EFBIG || r == -ENOMEM);
	fuzz_must(a_size <= FILE_SIZE_LIMIT && a_size <= FILE_UNPACKED_FREE + FILE_UNPACKED_RATIO * size);
	if (r == -ENOMEM) /* a window of gigabytes; nothing to compare */
		return;
	fuzz_must(file_contents(other, &b, &b_size) == r);
	fuzz_must(a_size == b_size && (r < 0 || a_size == 0 || memcmp(a, b, a_size) == 0));
	fuzz_must(r < 0 || file_contents(file, &b, &b_size) == 0);
	fuzz_must(r < 0 || (a == b && a_size == b_size));
	r = file_elf(file, &elf);
	fuzz_must(r == 0 || r == -ENOEXEC || r == -EINVAL || r == -EFBIG || r == -ENOMEM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_file on_disk;
	struct file *file, *other;

	fuzz_file_write(&on_disk, data, size);
	if (file_open_bytes(data, size, &fuzz_log, &file) < 0) {
		fuzz_must(size < 6 && file_open(on_disk.path, &fuzz_log, &other) == -EINVAL);
		return 0;
	}
	fuzz_must(file_open(on_disk.path, &fuzz_log, &other) == 0);
	fuzz_must(file_format(file) == file_format(other));
	fuzz_must(file_format_name(file_format(file)) != NULL);
	fuzz_must(file_kernel_can_decompress(file) == file_kernel_can_decompress(other));
	same_contents(file, other, size);
	file_close(other);
	file_close(file);
	return 0;
}
