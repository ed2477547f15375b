/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An ELF module in memory: header, sections, bounds. Either class, either byte
 * order, nothing believed (docs/spec/module-files.md 4 and 5).
 */
#pragma once

#include <byteswap.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A file of which only the parts that are looked at come into memory. */
struct elf_source {
	/*
	 * size > 0 bytes at off, both inside the file; they stay as long as the
	 * view is used. NULL: could not be read, and the source remembers why.
	 */
	const uint8_t *(*read)(struct elf_source *source, uint64_t off, size_t size);
};

/* A checked view; borrows the bytes, owns nothing, copied freely. */
struct elf {
	const uint8_t *bytes; /* all of them; NULL with a source */
	struct elf_source *source; /* NULL with bytes */
	size_t size;
	bool is64, msb;
	uint16_t machine;
	uint64_t shoff; /* section table, checked to lie inside */
	const uint8_t *headers; /* the table itself */
	unsigned shnum;
	const char *names; /* section name table, ends in NUL */
	uint64_t names_size;
	uint64_t *fault; /* where readers say the offset of what is damaged; NULL: nobody asks */
};

struct elf_section {
	const uint8_t *bytes; /* inside the view */
	uint64_t size;
	uint64_t off; /* of the bytes in the file */
	uint64_t header_off; /* of its section header in the file */
};

/* 0; -ENOEXEC: not ELF; -EINVAL: damaged. *ret untouched on failure. */
int elf_read(const void *bytes, size_t size, struct elf *ret);
/* The same; *ret_fault (may be NULL): offset of what is damaged, when it says -EINVAL. */
int elf_read_at(const void *bytes, size_t size, struct elf *ret, uint64_t *ret_fault);
/* The same for size bytes that source gives; -EIO: it could not. */
int elf_read_parts(struct elf_source *source, size_t size, struct elf *ret, uint64_t *ret_fault);
/* First section of that name (section 0 is never looked at); -ENODATA: none usable. */
int elf_section_find(const struct elf *elf, const char *name, struct elf_section *ret);
/* Section by number; -ENODATA: out of range or damaged. Both: -EIO: the source could not read it. */
int elf_section_at(const struct elf *elf, unsigned number, struct elf_section *ret);
/* For readers of sections: -EINVAL, after the offset was told. */
int elf_fault(const struct elf *elf, uint64_t off);
/* A number of 1, 2, 4 or 8 bytes in the file's byte order. p is inside the view. */
static inline uint64_t elf_get(const struct elf *elf, const uint8_t *p, size_t bytes)
{
	const bool swap = elf->msb != (BYTE_ORDER == BIG_ENDIAN);
	uint64_t v8;
	uint32_t v4;
	uint16_t v2;

	switch (bytes) {
	case 1:
		return *p;
	case 2:
		memcpy(&v2, p, sizeof(v2));
		return swap ? bswap_16(v2) : v2;
	case 4:
		memcpy(&v4, p, sizeof(v4));
		return swap ? bswap_32(v4) : v4;
	default:
		memcpy(&v8, p, sizeof(v8));
		return swap ? bswap_64(v8) : v8;
	}
}
