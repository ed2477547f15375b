/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libkmod/elf-read.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "shared/macro.h"

/* Where the fields of one class are: offset and size in bytes. */
struct field {
	uint8_t at, size;
};

struct layout {
	size_t ehdr_size, shdr_size;
	struct field e_shoff, e_shentsize, e_shnum, e_shstrndx;
	struct field sh_name, sh_offset, sh_size;
};

static const struct layout layout32 = {
	52, 40, { 32, 4 }, { 46, 2 }, { 48, 2 }, { 50, 2 }, { 0, 4 }, { 16, 4 }, { 20, 4 },
};
static const struct layout layout64 = {
	64, 64, { 40, 8 }, { 58, 2 }, { 60, 2 }, { 62, 2 }, { 0, 4 }, { 24, 8 }, { 32, 8 },
};

static const struct layout *layout_of(const struct elf *elf)
{
	return elf->is64 ? &layout64 : &layout32;
}

uint64_t elf_get(const struct elf *elf, const uint8_t *p, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | p[elf->msb ? i : bytes - 1 - i];
	return v;
}

static uint64_t get_field(const struct elf *elf, const uint8_t *base, struct field f)
{
	return elf_get(elf, base + f.at, f.size);
}

static bool inside(const struct elf *elf, uint64_t off, uint64_t size)
{
	return off <= elf->size && size <= elf->size - off;
}

/* The data range of a section, without a look at its name; number < shnum. */
static int section_range(const struct elf *elf, unsigned number, struct elf_section *ret,
			 uint64_t *ret_name)
{
	const struct layout *l = layout_of(elf);
	uint64_t header_off = elf->shoff + (uint64_t)number * l->shdr_size;
	const uint8_t *header = elf->bytes + header_off;
	uint64_t off = get_field(elf, header, l->sh_offset);
	uint64_t size = get_field(elf, header, l->sh_size);

	if (!inside(elf, off, size))
		return -EINVAL;
	*ret_name = get_field(elf, header, l->sh_name);
	ret->bytes = elf->bytes + off;
	ret->size = size;
	ret->header_off = header_off;
	return 0;
}

int elf_read(const void *bytes, size_t size, struct elf *ret)
{
	uint64_t fault;

	return elf_read_at(bytes, size, ret, &fault);
}

int elf_read_at(const void *bytes, size_t size, struct elf *ret, uint64_t *ret_fault)
{
	struct elf elf = { .bytes = bytes, .size = size, .fault = ret_fault };
	const struct layout *l;
	struct elf_section names;
	uint64_t names_name;
	unsigned shstrndx;

	if (size <= EI_NIDENT || memcmp(elf.bytes, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (elf.bytes[EI_CLASS] != ELFCLASS32 && elf.bytes[EI_CLASS] != ELFCLASS64)
		return elf_fault(&elf, EI_CLASS);
	if (elf.bytes[EI_DATA] != ELFDATA2LSB && elf.bytes[EI_DATA] != ELFDATA2MSB)
		return elf_fault(&elf, EI_DATA);
	elf.is64 = elf.bytes[EI_CLASS] == ELFCLASS64;
	elf.msb = elf.bytes[EI_DATA] == ELFDATA2MSB;
	l = layout_of(&elf);
	if (size <= l->ehdr_size)
		return elf_fault(&elf, size);
	if (get_field(&elf, elf.bytes, l->e_shentsize) != l->shdr_size)
		return elf_fault(&elf, l->e_shentsize.at);
	elf.machine = (uint16_t)elf_get(&elf, elf.bytes + 18, 2);
	elf.shoff = get_field(&elf, elf.bytes, l->e_shoff);
	elf.shnum = (unsigned)get_field(&elf, elf.bytes, l->e_shnum);
	/* 0 is how a file says that it has no section table. */
	if (elf.shoff == 0 || !inside(&elf, elf.shoff, (uint64_t)elf.shnum * l->shdr_size))
		return elf_fault(&elf, l->e_shoff.at);
	shstrndx = (unsigned)get_field(&elf, elf.bytes, l->e_shstrndx);
	if (shstrndx == 0 || shstrndx >= elf.shnum)
		return elf_fault(&elf, l->e_shstrndx.at);
	if (section_range(&elf, shstrndx, &names, &names_name) < 0)
		return elf_fault(&elf, elf.shoff + (uint64_t)shstrndx * l->shdr_size);
	if (names.size == 0 || names_name >= names.size)
		return elf_fault(&elf, names.header_off);
	if (names.bytes[names.size - 1] != '\0')
		return elf_fault(&elf, (uint64_t)(names.bytes - elf.bytes) + names.size - 1);
	elf.names = (const char *)names.bytes;
	elf.names_size = names.size;
	elf.fault = NULL;
	*ret = elf;
	return 0;
}

int elf_fault(const struct elf *elf, uint64_t off)
{
	if (elf->fault)
		*elf->fault = off;
	return -EINVAL;
}

int elf_section_at(const struct elf *elf, unsigned number, struct elf_section *ret)
{
	struct elf_section found;
	uint64_t name;

	if (number == 0 || number >= elf->shnum)
		return -ENODATA;
	if (section_range(elf, number, &found, &name) < 0 || name >= elf->names_size)
		return -ENODATA;
	*ret = found;
	return 0;
}

int elf_section_find(const struct elf *elf, const char *name, struct elf_section *ret)
{
	for (unsigned i = 1; i < elf->shnum; i++) {
		struct elf_section found;
		uint64_t at;

		if (section_range(elf, i, &found, &at) < 0 || at >= elf->names_size)
			continue;
		/* names ends in NUL, so every name in it does. */
		if (streq(elf->names + at, name)) {
			*ret = found;
			return 0;
		}
	}
	return -ENODATA;
}
