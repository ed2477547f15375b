/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Symbols and their checksums: exported, needed, versions (docs/spec/module-files.md 7 to 9). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct elf;

struct elf_symbol {
	const char *name; /* NUL-terminated, inside the view */
	uint64_t crc;
	char bind; /* 'L', 'G', 'W', 'U' or 0: enum kmod_symbol_bind */
};

struct elf_symbols {
	struct elf_symbol *at; /* n of them */
	size_t n, room;
};

#define ELF_SYMBOLS_INIT { NULL, 0, 0 }
#define auto_elf_symbols __attribute__((cleanup(elf_symbols_release)))
void elf_symbols_release(struct elf_symbols *list);

/*
 * Each: 0 with *ret filled (the caller releases it), else untouched; errors as the section says, and
 * -EFBIG: names that share their bytes until all of them together are much more than the file.
 */
int elf_versions(const struct elf *elf, struct elf_symbols *ret); /* 7 */
int elf_exported(const struct elf *elf, struct elf_symbols *ret); /* 8 */
int elf_needed(const struct elf *elf, struct elf_symbols *ret); /* 9 */
