/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts ELF images together, right or wrong on purpose. */
#include "testsuite/unit/unit.h"

#include "testsuite/unit/elf-build.h"

const struct elf_kind elf_kinds[4] = {
	{ true, false }, { true, true }, { false, false }, { false, true },
};

void elf_build_init(struct elf_build *b, struct elf_kind kind)
{
	*b = (struct elf_build){ .is64 = kind.is64, .msb = kind.msb, .type = 1, .n = 1 };
	b->machine = kind.is64 ? 62 : 3;
}

void elf_build_release(struct elf_build *b)
{
	for (unsigned i = 0; i < b->n; i++)
		strbuf_release(&b->section[i].data);
	strbuf_release(&b->image);
}

static void put(const struct elf_build *b, char *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[b->msb ? bytes - 1 - i : i] = (char)(value >> 8 * i);
}

static void append(const struct elf_build *b, struct strbuf *to, uint64_t value, size_t bytes)
{
	char raw[8];

	put(b, raw, value, bytes);
	assert_int_equal(strbuf_add(to, raw, bytes), 0);
}

size_t elf_build_word(const struct elf_build *b)
{
	return b->is64 ? 8 : 4;
}

unsigned elf_build_section(struct elf_build *b, const char *name, const void *bytes, size_t size)
{
	assert_true(b->n < ELF_BUILD_SECTIONS);
	b->section[b->n].name = name;
	b->section[b->n].flags = 2;
	if (size > 0)
		assert_int_equal(strbuf_add(&b->section[b->n].data, bytes, size), 0);
	return b->n++;
}

void elf_build_number(struct elf_build *b, unsigned section, uint64_t value, size_t bytes)
{
	append(b, &b->section[section].data, value, bytes);
}

unsigned elf_build_find(const struct elf_build *b, const char *name)
{
	for (unsigned i = 1; i < b->n; i++) {
		if (streq(b->section[i].name, name))
			return i;
	}
	return 0;
}

void elf_build_version(struct elf_build *b, const char *name, uint64_t crc)
{
	unsigned section = elf_build_find(b, "__versions");
	char text[60] = "";
	size_t len = strlen(name);

	if (section == 0)
		section = elf_build_section(b, "__versions", NULL, 0);
	elf_build_number(b, section, crc, elf_build_word(b));
	assert_true(len <= 64 - elf_build_word(b));
	memcpy(text, name, len);
	assert_int_equal(
		strbuf_add(&b->section[section].data, text, 64 - elf_build_word(b)), 0);
}

void elf_build_symbol(struct elf_build *b, const char *name, unsigned bind, unsigned type,
		      unsigned section, uint64_t value)
{
	static const char null[24];
	struct strbuf *names, *symbols;
	size_t at;

	if (b->symtab == 0) {
		b->symtab = elf_build_section(b, ".symtab", null, b->is64 ? 24 : 16);
		b->strtab = elf_build_section(b, ".strtab", null, 1);
	}
	symbols = &b->section[b->symtab].data;
	names = &b->section[b->strtab].data;
	at = names->len;
	assert_int_equal(strbuf_add(names, name, strlen(name) + 1), 0);
	append(b, symbols, at, 4);
	if (b->is64) {
		append(b, symbols, bind << 4 | type, 1);
		append(b, symbols, 0, 1);
		append(b, symbols, section, 2);
		append(b, symbols, value, 8);
		append(b, symbols, 0, 8);
	} else {
		append(b, symbols, value, 4);
		append(b, symbols, 0, 4);
		append(b, symbols, bind << 4 | type, 1);
		append(b, symbols, 0, 1);
		append(b, symbols, section, 2);
	}
}

size_t elf_build_finish(struct elf_build *b)
{
	const size_t word = elf_build_word(b), ehdr = b->is64 ? 64 : 52, shdr = b->is64 ? 64 : 40;
	unsigned names = elf_build_section(b, ".shstrtab", "", 1);
	struct strbuf *image = &b->image;
	uint64_t name_at[ELF_BUILD_SECTIONS] = { 0 };

	b->section[names].flags = 0;
	for (unsigned i = 1; i < b->n; i++) {
		struct strbuf *text = &b->section[names].data;

		name_at[i] = text->len;
		assert_int_equal(
			strbuf_add(text, b->section[i].name, strlen(b->section[i].name) + 1), 0);
	}
	assert_int_equal(strbuf_add(image, "\177ELF", 4), 0);
	append(b, image, b->is64 ? 2 : 1, 1);
	append(b, image, b->msb ? 2 : 1, 1);
	append(b, image, 1, 1);
	for (size_t i = 7; i < 16; i++)
		append(b, image, 0, 1);
	append(b, image, b->type, 2);
	append(b, image, b->machine, 2);
	append(b, image, 1, 4); /* e_version */
	append(b, image, 0, word); /* e_entry */
	append(b, image, 0, word); /* e_phoff */
	append(b, image, 0, word); /* e_shoff, below */
	append(b, image, 0, 4); /* e_flags */
	append(b, image, ehdr, 2);
	append(b, image, 0, 2);
	append(b, image, 0, 2);
	append(b, image, shdr, 2);
	append(b, image, b->n, 2);
	append(b, image, names, 2);
	assert_int_equal(image->len, ehdr);
	for (unsigned i = 1; i < b->n; i++) {
		b->section[i].off = image->len;
		if (b->section[i].data.len > 0)
			assert_int_equal(strbuf_add(image, b->section[i].data.s,
						    b->section[i].data.len), 0);
	}
	elf_build_poke(b, elf_build_e_shoff_at(b), image->len, word);
	for (unsigned i = 0; i < b->n; i++) {
		b->section[i].header_off = image->len;
		append(b, image, name_at[i], 4);
		append(b, image, i ? 1 : 0, 4); /* SHT_PROGBITS: nobody looks */
		append(b, image, b->section[i].flags, word);
		append(b, image, 0, word); /* sh_addr */
		append(b, image, b->section[i].off, word);
		append(b, image, b->section[i].data.len, word);
		append(b, image, 0, 4);
		append(b, image, 0, 4);
		append(b, image, 1, word);
		append(b, image, 0, word);
	}
	return image->len;
}

void elf_build_poke(struct elf_build *b, uint64_t off, uint64_t value, size_t bytes)
{
	assert_true(off + bytes <= b->image.len);
	put(b, b->image.s + off, value, bytes);
}

uint64_t elf_build_e_shoff_at(const struct elf_build *b)
{
	return b->is64 ? 40 : 32;
}

uint64_t elf_build_e_shentsize_at(const struct elf_build *b)
{
	return b->is64 ? 58 : 46;
}

uint64_t elf_build_sh_offset_at(const struct elf_build *b, unsigned section)
{
	return b->section[section].header_off + (b->is64 ? 24 : 16);
}

uint64_t elf_build_sh_size_at(const struct elf_build *b, unsigned section)
{
	return b->section[section].header_off + (b->is64 ? 32 : 20);
}
