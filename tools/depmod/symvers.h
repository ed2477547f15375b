/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Symbols of the kernel image: Module.symvers and System.map (docs/spec/depmod.md 10). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct log;

struct symvers_symbol {
	const char *name; /* inside text */
	uint64_t crc; /* 0: the file does not say */
};

struct symvers {
	struct symvers_symbol *at; /* n of them */
	size_t n, room;
	char *text; /* the file; names end in NUL in it */
};

#define SYMVERS_INIT { NULL, 0, 0, NULL }
#define auto_symvers __attribute__((cleanup(symvers_release)))

/*
 * Both: prefix is a character to take off names, or NUL. Bad lines are logged
 * and skipped; the symbols every kernel has are added. 0; -errno of open or
 * read; -ENOMEM. After a failure *ret is untouched.
 */
int symvers_read(const char *path, char prefix, const struct log *log, struct symvers *ret);
int symvers_read_system_map(const char *path, char prefix, const struct log *log,
			    struct symvers *ret);
void symvers_release(struct symvers *list);
