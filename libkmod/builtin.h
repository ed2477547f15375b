/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.builtin.modinfo: what the modules inside the kernel image say of
 * themselves, MODULE.KEY=VALUE records that end in NUL (docs/spec/index-files.md
 * 2). Works over any bytes: a mapping, a buffer.
 */
#pragma once

#include <stddef.h>

struct builtin_iter {
	const char *at, *end;
};

/* All inside the bytes, none NUL-terminated. */
struct builtin_record {
	const char *module, *key, *value;
	size_t module_len, key_len, value_len;
};

void builtin_begin(struct builtin_iter *it, const void *bytes, size_t size);
/*
 * 1: *ret filled; 0: no more. A record without a module name or without '=' is
 * passed over; the last one may lack its NUL.
 */
int builtin_next(struct builtin_iter *it, struct builtin_record *ret);
/* The next record of this module, wherever it is: files need not be grouped. */
int builtin_next_of(struct builtin_iter *it, const char *module, struct builtin_record *ret);
