/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small maker of ELF images for the tests: any class, any byte order, right
 * or wrong on purpose. Running out of memory ends the test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/strbuf.h"

#define ELF_BUILD_SECTIONS 24

struct elf_build {
	bool is64, msb;
	unsigned type, machine;
	struct {
		const char *name;
		struct strbuf data;
		uint64_t flags;
		uint64_t header_off; /* known after elf_build_finish() */
		uint64_t off; /* of the data, likewise */
	} section[ELF_BUILD_SECTIONS];
	unsigned n; /* sections so far; number 0 is the null section */
	unsigned symtab, strtab; /* their numbers, 0: no symbol yet */
	struct strbuf image; /* the result */
};

/* The four kinds a test should try. */
struct elf_kind {
	bool is64, msb;
};
extern const struct elf_kind elf_kinds[4];

#define auto_elf_build __attribute__((cleanup(elf_build_release)))
void elf_build_init(struct elf_build *b, struct elf_kind kind);
void elf_build_release(struct elf_build *b);

/* A new section (SHF_ALLOC); its number. */
unsigned elf_build_section(struct elf_build *b, const char *name, const void *bytes, size_t size);
/* For text with NULs in it: the final NUL of the literal is left out. */
#define elf_build_text(b, name, literal) \
	elf_build_section(b, name, literal, sizeof(literal) - 1)
/* A number at the end of a section, in the byte order of the image. */
void elf_build_number(struct elf_build *b, unsigned section, uint64_t value, size_t bytes);
/* A record of __versions, made when first needed. */
void elf_build_version(struct elf_build *b, const char *name, uint64_t crc);
/* A symbol; .symtab and .strtab are made when first needed. */
void elf_build_symbol(struct elf_build *b, const char *name, unsigned bind, unsigned type,
		      unsigned section, uint64_t value);
unsigned elf_build_find(const struct elf_build *b, const char *name);
/* Lays everything out in image; returns its size. */
size_t elf_build_finish(struct elf_build *b);
/* Overwrites a number of the finished image. */
void elf_build_poke(struct elf_build *b, uint64_t off, uint64_t value, size_t bytes);
/* Where things are in the finished image. */
uint64_t elf_build_e_shoff_at(const struct elf_build *b);
uint64_t elf_build_e_shentsize_at(const struct elf_build *b); /* then e_shnum, e_shstrndx: +2, +4 */
uint64_t elf_build_sh_offset_at(const struct elf_build *b, unsigned section);
uint64_t elf_build_sh_size_at(const struct elf_build *b, unsigned section);
size_t elf_build_word(const struct elf_build *b); /* 4 or 8 */
