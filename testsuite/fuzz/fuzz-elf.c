/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a module file: sections, modinfo, symbols, versions, strip. A
 * reader that has only parts in memory must come to the same.
 */
#include "testsuite/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "libkmod/elf-strip.h"
#include "libkmod/elf-symbols.h"
#include "shared/cleanup.h"
#include "shared/macro.h"

const char fuzz_seeds[] = "elf";

/* ---- parts ----------------------------------------------------------------- */

#define PARTS 64

/* Each part in memory of its own, of exactly its size. */
struct copies {
	struct elf_source source;
	const uint8_t *bytes;
	size_t size;
	uint8_t *at[PARTS]; /* n of them */
	size_t n;
};

static const uint8_t *copy_part(struct elf_source *source, uint64_t off, size_t size)
{
	struct copies *copies = container_of(source, struct copies, source);
	uint8_t *copy;

	fuzz_must(size > 0 && off <= copies->size && size <= copies->size - off);
	if (copies->n == PARTS)
		return NULL;
	copy = malloc(size);
	fuzz_must(copy);
	copies->at[copies->n++] = copy;
	return memcpy(copy, copies->bytes + off, size);
}

/* ---- symbols --------------------------------------------------------------- */

typedef int symbols_fn(const struct elf *elf, struct elf_symbols *ret);

/* The names are read to their ends. */
static void same_symbols(const struct elf_symbols *a, const struct elf_symbols *b)
{
	fuzz_must(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		fuzz_must(streq(a->at[i].name, b->at[i].name));
		fuzz_must(a->at[i].crc == b->at[i].crc && a->at[i].bind == b->at[i].bind);
		fuzz_must(a->at[i].bind == 0 || strchr("LGWU", a->at[i].bind));
	}
}

static void check_symbols(const struct elf *elf, const struct elf *parts, symbols_fn *fn)
{
	struct elf_symbols a = ELF_SYMBOLS_INIT, b = ELF_SYMBOLS_INIT;
	const struct copies *copies = container_of(parts->source, struct copies, source);
	int r = fn(elf, &a), r_parts = fn(parts, &b);

	fuzz_must(r == 0 || r == -ENODATA || r == -EINVAL || r == -EFBIG);
	fuzz_must(r == 0 || (a.n == 0 && !a.at));
	if (copies->n < PARTS) {
		fuzz_must(r == r_parts);
		same_symbols(&a, &b);
	}
	elf_symbols_release(&a);
	elf_symbols_release(&b);
}

/* ---- modinfo --------------------------------------------------------------- */

static size_t count_key(const struct elf *elf, const char *key)
{
	struct modinfo_iter it;
	struct modinfo_string s;
	size_t n = 0;

	if (elf_modinfo_begin(elf, &it) < 0)
		return 0;
	while (modinfo_next(&it, &s)) {
		fuzz_must((const uint8_t *)s.key >= elf->bytes && s.value >= s.key + s.key_len);
		fuzz_must((size_t)((const uint8_t *)s.value - elf->bytes) + s.value_len <= elf->size);
		fuzz_must(!memchr(s.key, '\0', s.key_len) && !memchr(s.value, '\0', s.value_len));
		n += s.key_len == strlen(key) && memcmp(s.key, key, s.key_len) == 0 &&
		     s.value > s.key + s.key_len;
	}
	return n;
}

static void check_modinfo(const struct elf *elf)
{
	static const char *const keys[] = { "name", "depends", "vermagic" };
	char *text = NULL;
	const uint8_t *id;
	size_t size;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int r = elf_modinfo_get(elf, keys[i], &text);

		fuzz_must(r == 0 || r == -ENODATA);
		fuzz_must(r == 0 || count_key(elf, keys[i]) == 0);
		free(text);
		text = NULL;
	}
	if (elf_module_name(elf, &text) == 0)
		fuzz_must(strlen(text) < elf->size);
	free(text);
	if (elf_build_id(elf, &id, &size) == 0)
		fuzz_must(id >= elf->bytes && size <= elf->size - (size_t)(id - elf->bytes));
}

/* ---- strip ----------------------------------------------------------------- */

static void check_strip(const uint8_t *data, size_t size, const struct elf *elf, unsigned what)
{
	uint8_t *copy, *again;
	struct elf stripped;
	size_t changed = 0;
	int r = elf_strip(data, size, what, &copy);

	fuzz_must(r == 0 || (r == -ENODATA && what & ELF_STRIP_VERMAGIC));
	if (r < 0) {
		fuzz_must(count_key(elf, "vermagic") == 0);
		return;
	}
	for (size_t i = 0; i < size; i++)
		changed += copy[i] != data[i];
	if (what == ELF_STRIP_MODVERSIONS)
		fuzz_must(changed <= 3); /* a bit of the flags of each section */
	/* Sections may overlap in anything: only what is still a module is looked at again. */
	if (elf_read(copy, size, &stripped) == 0 &&
	    elf_strip(copy, size, what & ELF_STRIP_MODVERSIONS, &again) == 0) {
		(void)count_key(&stripped, "vermagic");
		free(again);
	}
	free(copy);
}

/* ---- all of it ------------------------------------------------------------- */

static void check_sections(const struct elf *elf)
{
	static const char *const names[] = { ".modinfo", "__versions", ".symtab", "", "\x01" };
	struct elf_section s;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (elf_section_find(elf, names[i], &s) == 0)
			fuzz_must(s.bytes == elf->bytes + s.off && s.off <= elf->size &&
				  s.size <= elf->size - s.off && s.header_off < elf->size);
	}
	fuzz_must(elf_section_at(elf, 0, &s) == -ENODATA);
	fuzz_must(elf_section_at(elf, elf->shnum, &s) == -ENODATA);
	fuzz_must(elf_section_at(elf, UINT32_MAX, &s) == -ENODATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static symbols_fn *const readers[] = { elf_versions, elf_exported, elf_needed };
	struct copies copies = { .source = { copy_part }, .bytes = data, .size = size };
	uint64_t fault = UINT64_MAX, symbols_fault = 0;
	struct elf elf, parts;
	int r = elf_read_at(data, size, &elf, &fault);

	fuzz_must(r == 0 || r == -ENOEXEC || (r == -EINVAL && fault <= size));
	fuzz_must(elf_read_parts(&copies.source, size, &parts, NULL) == r);
	if (r == 0) {
		elf.fault = &symbols_fault;
		check_sections(&elf);
		for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
			check_symbols(&elf, &parts, readers[i]);
		fuzz_must(symbols_fault <= size);
		check_modinfo(&elf);
		for (unsigned what = 0; what < 4; what++)
			check_strip(data, size, &elf, what);
	}
	while (copies.n > 0)
		free(copies.at[--copies.n]);
	return 0;
}
