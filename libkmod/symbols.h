/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Symbols of a module file, as the lists a client gets (docs/spec/libkmod-api.md 10.3). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct array;
struct elf;
struct elf_symbols;
struct file;

/*
 * One heap block, one layout for all three lists: clients hand elements of one
 * to the accessors of another.
 */
struct symbol_entry {
	uint64_t crc;
	char bind; /* enum kmod_symbol_bind */
	char name[];
};

/* elf_versions, elf_exported or elf_needed. */
typedef int symbols_reader(const struct elf *elf, struct elf_symbols *ret);

/*
 * Appends struct symbol_entry * to *ret, an array the caller releases with
 * array_free_from(). 0, or with *ret as before: errors of file_contents(),
 * elf_read() and the reader, -ENOMEM.
 */
int symbols_from_file(struct file *file, symbols_reader *reader, struct array *ret);
