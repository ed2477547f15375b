/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressed inputs for the tests, made by the libraries themselves. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/file.h"
#include "shared/strbuf.h"

/* Variants of a format; 0 is the usual one. */
#define PACK_XZ_CRC32 1
#define PACK_XZ_NONE 2
#define PACK_XZ_SHA256 3
#define PACK_ZSTD_NO_SIZE 1
#define PACK_ZSTD_WINDOW_31 2
#define PACK_GZIP_NAME 1
#define PACK_GZIP_COMMENT 2

/* Was the format built in? */
bool pack_can(enum file_format format);
/* Appends one member, stream or frame to out. FILE_PLAIN: the bytes as they are. */
void pack(enum file_format format, unsigned variant, const void *bytes, size_t size,
	  struct strbuf *out);
