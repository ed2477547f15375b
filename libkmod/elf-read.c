/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds header, sections and strings of an ELF image; every offset is checked here. */
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

static uint64_t get_field(const struct elf *elf, const uint8_t *base, struct field f)
{
	return elf_get(elf, base + f.at, f.size);
}

static bool inside(const struct elf *elf, uint64_t off, uint64_t size)
{
	return off <= elf->size && size <= elf->size - off;
}

/* Bytes that were found to lie inside; NULL: the source could not. */
static const uint8_t *get_bytes(const struct elf *elf, uint64_t off, uint64_t size)
{
	static const uint8_t nothing;

	if (!elf->source)
		return elf->bytes + off;
	return size > 0 ? elf->source->read(elf->source, off, (size_t)size) : &nothing;
}

/* The data of a section, without a look at its name; number < shnum. */
static int read_section(const struct elf *elf, unsigned number, struct elf_section *ret)
{
	const struct layout *l = layout_of(elf);
	uint64_t header_off = (uint64_t)number * l->shdr_size;
	const uint8_t *header = elf->headers + header_off, *bytes;
	uint64_t off = get_field(elf, header, l->sh_offset);
	uint64_t size = get_field(elf, header, l->sh_size);

	if (!inside(elf, off, size))
		return -ENODATA;
	bytes = get_bytes(elf, off, size);
	if (!bytes)
		return -EIO;
	*ret = (struct elf_section){ bytes, size, off, elf->shoff + header_off };
	return 0;
}

static uint64_t section_name(const struct elf *elf, unsigned number)
{
	const struct layout *l = layout_of(elf);

	return get_field(elf, elf->headers + (size_t)number * l->shdr_size, l->sh_name);
}

/* elf: bytes or source, size, and whom to tell of a fault, are set. */
static int read_headers(struct elf *elf)
{
	const size_t start = elf->size < layout64.ehdr_size ? elf->size : layout64.ehdr_size;
	const struct layout *l;
	const uint8_t *head;
	struct elf_section names;
	uint64_t header_off;
	unsigned shstrndx;
	int r;

	if (elf->size <= EI_NIDENT)
		return -ENOEXEC;
	head = get_bytes(elf, 0, start);
	if (!head)
		return -EIO;
	if (memcmp(head, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (head[EI_CLASS] != ELFCLASS32 && head[EI_CLASS] != ELFCLASS64)
		return elf_fault(elf, EI_CLASS);
	if (head[EI_DATA] != ELFDATA2LSB && head[EI_DATA] != ELFDATA2MSB)
		return elf_fault(elf, EI_DATA);
	elf->is64 = head[EI_CLASS] == ELFCLASS64;
	elf->msb = head[EI_DATA] == ELFDATA2MSB;
	l = layout_of(elf);
	if (elf->size <= l->ehdr_size)
		return elf_fault(elf, elf->size);
	if (get_field(elf, head, l->e_shentsize) != l->shdr_size)
		return elf_fault(elf, l->e_shentsize.at);
	elf->machine = (uint16_t)elf_get(elf, head + 18, 2);
	elf->shoff = get_field(elf, head, l->e_shoff);
	elf->shnum = (unsigned)get_field(elf, head, l->e_shnum);
	/* 0 is how a file says that it has no section table. */
	if (elf->shoff == 0 || !inside(elf, elf->shoff, (uint64_t)elf->shnum * l->shdr_size))
		return elf_fault(elf, l->e_shoff.at);
	shstrndx = (unsigned)get_field(elf, head, l->e_shstrndx);
	if (shstrndx == 0 || shstrndx >= elf->shnum)
		return elf_fault(elf, l->e_shstrndx.at);
	elf->headers = get_bytes(elf, elf->shoff, (uint64_t)elf->shnum * l->shdr_size);
	if (!elf->headers)
		return -EIO;
	header_off = elf->shoff + (uint64_t)shstrndx * l->shdr_size;
	r = read_section(elf, shstrndx, &names);
	if (r < 0)
		return r == -ENODATA ? elf_fault(elf, header_off) : r;
	if (section_name(elf, shstrndx) >= names.size)
		return elf_fault(elf, header_off);
	if (names.bytes[names.size - 1] != '\0')
		return elf_fault(elf, names.off + names.size - 1);
	elf->names = (const char *)names.bytes;
	elf->names_size = names.size;
	elf->fault = NULL;
	return 0;
}

int elf_read(const void *bytes, size_t size, struct elf *ret)
{
	return elf_read_at(bytes, size, ret, NULL);
}

int elf_read_at(const void *bytes, size_t size, struct elf *ret, uint64_t *ret_fault)
{
	struct elf elf = { .bytes = bytes, .size = size, .fault = ret_fault };
	int r = read_headers(&elf);

	if (r == 0)
		*ret = elf;
	return r;
}

int elf_read_parts(struct elf_source *source, size_t size, struct elf *ret, uint64_t *ret_fault)
{
	struct elf elf = { .source = source, .size = size, .fault = ret_fault };
	int r = read_headers(&elf);

	if (r == 0)
		*ret = elf;
	return r;
}

int elf_fault(const struct elf *elf, uint64_t off)
{
	if (elf->fault)
		*elf->fault = off;
	return -EINVAL;
}

int elf_section_at(const struct elf *elf, unsigned number, struct elf_section *ret)
{
	if (number == 0 || number >= elf->shnum || section_name(elf, number) >= elf->names_size)
		return -ENODATA;
	return read_section(elf, number, ret);
}

int elf_section_find(const struct elf *elf, const char *name, struct elf_section *ret)
{
	for (unsigned i = 1; i < elf->shnum; i++) {
		uint64_t at = section_name(elf, i);
		int r;

		/* names ends in NUL, so every name in it does. */
		if (at >= elf->names_size || !streq(elf->names + at, name))
			continue;
		r = read_section(elf, i, ret);
		if (r != -ENODATA)
			return r;
	}
	return -ENODATA;
}
