/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the symbols of a module, and the checksums that go with them. */
#include "libkmod/elf-symbols.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "shared/cleanup.h"
#include "shared/hash.h"
#include "shared/macro.h"

#define VERSION_RECORD 64 /* bytes of one record of __versions, in both classes */
/*
 * How often as many bytes of names are read as the file has. Names may share
 * their bytes, a few do; that all of them are one long name is an attempt to make
 * us run out of time and memory.
 */
#define CREDIT_FACTOR 4
#define CRC_UNKNOWN UINT64_MAX /* exported, but its checksum cannot be found */

void elf_symbols_release(struct elf_symbols *list)
{
	free(list->at);
	*list = (struct elf_symbols)ELF_SYMBOLS_INIT;
}

static int add(struct elf_symbols *list, const char *name, uint64_t crc, char bind)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 32;
		struct elf_symbol *at = reallocarray(list->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		list->at = at;
		list->room = room;
	}
	list->at[list->n++] = (struct elf_symbol){ name, crc, bind };
	return 0;
}

static struct elf_symbols steal_list(struct elf_symbols *list)
{
	struct elf_symbols v = *list;

	*list = (struct elf_symbols)ELF_SYMBOLS_INIT;
	return v;
}

/* ---- versions -------------------------------------------------------------- */

/*
 * Names as stored, bind 'U'. -ENODATA: not there; -EBADMSG: of a shape nothing
 * can be read from; -EINVAL: a name does not end; -ENOMEM.
 */
static int read_basic_versions(const struct elf *elf, struct elf_symbols *list)
{
	const size_t crc_size = elf->is64 ? 8 : 4;
	struct elf_section section;
	int r = elf_section_find(elf, "__versions", &section);

	if (r < 0)
		return r;
	if (section.size % VERSION_RECORD != 0) {
		(void)elf_fault(elf, section.header_off);
		return -EBADMSG;
	}
	for (uint64_t off = 0; off < section.size; off += VERSION_RECORD) {
		const uint8_t *record = section.bytes + off;
		const char *name = (const char *)record + crc_size;

		if (!memchr(name, '\0', VERSION_RECORD - crc_size))
			return elf_fault(elf, section.off + off);
		r = add(list, name, elf_get(elf, record, crc_size), 'U');
		if (r < 0)
			return r;
	}
	return 0;
}

/* The same for what a kernel with CONFIG_EXTENDED_MODVERSIONS records. */
static int read_extended_versions(const struct elf *elf, struct elf_symbols *list)
{
	struct elf_section crcs, names;
	int no_crcs = elf_section_find(elf, "__version_ext_crcs", &crcs);
	int no_names = elf_section_find(elf, "__version_ext_names", &names);
	const char *name, *end;

	if (no_crcs < 0 && no_names < 0)
		return -ENODATA;
	if (no_crcs < 0 || no_names < 0 || crcs.size % 4 != 0) {
		(void)elf_fault(elf, no_crcs < 0 ? names.header_off : crcs.header_off);
		return -EBADMSG;
	}
	name = (const char *)names.bytes;
	end = name + names.size;
	for (uint64_t off = 0; off < crcs.size; off += 4) {
		const char *nul = name < end ? memchr(name, '\0', (size_t)(end - name)) : NULL;
		int r;

		if (!nul) { /* fewer names than checksums */
			(void)elf_fault(elf, names.off + names.size - (uint64_t)(end - name));
			return -EBADMSG;
		}
		r = add(list, name, elf_get(elf, crcs.bytes + off, 4), 'U');
		if (r < 0)
			return r;
		name = nul + 1;
	}
	return 0;
}

/* What the kernel would look at: the extended ones where they exist. */
static int read_versions(const struct elf *elf, struct elf_symbols *list)
{
	int r = read_extended_versions(elf, list);

	return r == -ENODATA ? read_basic_versions(elf, list) : r;
}

int elf_versions(const struct elf *elf, struct elf_symbols *ret)
{
	auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
	int r = read_versions(elf, &list);

	if (r < 0)
		return r == -EBADMSG ? -EINVAL : r;
	for (size_t i = 0; i < list.n; i++) {
		if (list.at[i].name[0] == '.') /* function descriptors of ppc64 */
			list.at[i].name++;
	}
	*ret = steal_list(&list);
	return 0;
}

/* ---- the symbol table ------------------------------------------------------ */

struct symtab {
	const struct elf *elf;
	const uint8_t *entries;
	uint64_t off; /* of the entries in the file */
	size_t n, entry_size; /* entry 0 is never of interest */
	const char *names;
	uint64_t names_size; /* up to the last NUL: a name that begins before ends before */
	uint64_t credit; /* bytes that may still be read for single symbols */
};

struct symbol {
	const char *name;
	uint64_t value;
	unsigned bind, type, section;
};

static int symtab_open(const struct elf *elf, struct symtab *ret)
{
	const size_t entry_size = elf->is64 ? 24 : 16;
	struct elf_section symtab, strtab;

	if (elf_section_find(elf, ".strtab", &strtab) < 0 ||
	    elf_section_find(elf, ".symtab", &symtab) < 0)
		return elf_fault(elf, elf->shoff); /* where they should be listed */
	if (symtab.size % entry_size != 0)
		return elf_fault(elf, symtab.header_off);
	while (strtab.size > 0 && strtab.bytes[strtab.size - 1] != '\0')
		strtab.size--;
	*ret = (struct symtab){ elf, symtab.bytes, symtab.off, (size_t)(symtab.size / entry_size),
				entry_size, (const char *)strtab.bytes, strtab.size,
				(uint64_t)elf->size * CREDIT_FACTOR };
	return 0;
}

/* -EINVAL: the name lies outside of .strtab or does not end in it. */
static int symtab_get(const struct symtab *tab, size_t i, struct symbol *ret)
{
	const uint8_t *p = tab->entries + i * tab->entry_size;
	const bool is64 = tab->elf->is64;
	uint64_t name = elf_get(tab->elf, p, 4);
	unsigned info = p[is64 ? 4 : 12];

	if (name >= tab->names_size)
		return elf_fault(tab->elf, tab->off + i * tab->entry_size);
	ret->name = tab->names + name;
	ret->value = is64 ? elf_get(tab->elf, p + 8, 8) : elf_get(tab->elf, p + 4, 4);
	ret->section = (unsigned)elf_get(tab->elf, p + (is64 ? 6 : 14), 2);
	ret->bind = info >> 4;
	ret->type = info & 0xf;
	return 0;
}

/* Before so many bytes are read for symbol i: 0, or -EFBIG when there were too many of them. */
static int symtab_pay(struct symtab *tab, size_t i, uint64_t size)
{
	if (size > tab->credit) {
		(void)elf_fault(tab->elf, tab->off + i * tab->entry_size);
		return -EFBIG;
	}
	tab->credit -= size;
	return 0;
}

/* ---- exported -------------------------------------------------------------- */

/* Each look at a section may be one at each page of it (shared/snapshot.h), which counts as a byte. */
#define PAGE 4096

/* The checksum of symbol i: 0, or -EFBIG as in symtab_pay(). */
static int crc_of(struct symtab *tab, size_t i, const struct symbol *s, uint64_t *ret)
{
	const struct elf *elf = tab->elf;
	struct elf_section section;

	*ret = s->value;
	if (s->section == SHN_ABS || s->section == SHN_UNDEF)
		return 0;
	*ret = CRC_UNKNOWN;
	if (elf_section_at(elf, s->section, &section) < 0 || section.size < 4 ||
	    s->value > section.size - 4)
		return 0;
	*ret = elf_get(elf, section.bytes + s->value, 4);
	return symtab_pay(tab, i, section.size / PAGE);
}

static char bind_letter(unsigned bind)
{
	switch (bind) {
	case STB_LOCAL:
		return 'L';
	case STB_GLOBAL:
		return 'G';
	case STB_WEAK:
		return 'W';
	default:
		return '\0';
	}
}

/*
 * One __crc_NAME for each export of a kernel with CONFIG_MODVERSIONS.
 * *ret_entries: has it what exported_by_entry() looks for?
 */
static int exported_by_crc(struct symtab *tab, struct elf_symbols *list, bool *ret_entries)
{
	for (size_t i = 1; i < tab->n; i++) {
		struct symbol s;
		uint64_t crc;
		const char *name;
		int r = symtab_get(tab, i, &s);

		if (r < 0)
			return r;
		if (s.name[0] != '_') /* most of them, soon told */
			continue;
		if (str_after(s.name, "__ksymtab_"))
			*ret_entries = true;
		name = str_after(s.name, "__crc_");
		if (!name)
			continue;
		r = symtab_pay(tab, i, strlen(name) + 1);
		if (r < 0)
			return r;
		r = crc_of(tab, i, &s, &crc);
		if (r < 0)
			return r;
		r = add(list, name, crc, bind_letter(s.bind));
		if (r < 0)
			return r;
	}
	return 0;
}

/* Without checksums: one __ksymtab_NAME, the table entry itself, for each export. */
static int exported_by_entry(struct symtab *tab, struct elf_symbols *list)
{
	for (size_t i = 1; i < tab->n; i++) {
		struct symbol s;
		const char *name;
		int r = symtab_get(tab, i, &s);

		if (r < 0)
			return r;
		name = str_after(s.name, "__ksymtab_");
		if (!name || s.section == SHN_UNDEF || s.type == STT_SECTION)
			continue;
		r = symtab_pay(tab, i, strlen(name) + 1);
		if (r < 0)
			return r;
		r = add(list, name, 0, 'G');
		if (r < 0)
			return r;
	}
	return 0;
}

/* The last resort: names, among which are those of namespaces. */
static int exported_by_string(const struct elf *elf, struct elf_symbols *list)
{
	struct elf_section section;
	struct modinfo_iter it; /* the same shape: strings, separated by NULs */
	struct modinfo_string s;
	int r = elf_section_find(elf, "__ksymtab_strings", &section);

	if (r < 0)
		return r;
	modinfo_begin_bytes(&it, section.bytes, (size_t)section.size);
	if (it.at == it.end)
		return 0;
	if (section.bytes[section.size - 1] != '\0')
		return elf_fault(elf, section.off + section.size - 1);
	while (modinfo_next(&it, &s)) {
		r = add(list, s.key, 0, 'G');
		if (r < 0)
			return r;
	}
	return 0;
}

int elf_exported(const struct elf *elf, struct elf_symbols *ret)
{
	auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
	bool entries = false;
	struct symtab tab;
	int r = symtab_open(elf, &tab);

	if (r == 0)
		r = exported_by_crc(&tab, &list, &entries);
	if (r == 0 && list.n == 0 && entries)
		r = exported_by_entry(&tab, &list);
	if (r == -EINVAL || (r == 0 && list.n == 0)) {
		list.n = 0; /* what a damaged table gave so far does not count */
		r = exported_by_string(elf, &list);
	}
	if (r < 0)
		return r;
	*ret = steal_list(&list);
	return 0;
}

/* ---- needed ---------------------------------------------------------------- */

static bool is_register(const struct elf *elf, const struct symbol *s)
{
	return (elf->machine == EM_SPARC || elf->machine == EM_SPARCV9) &&
	       s->type == STT_SPARC_REGISTER;
}

int elf_needed(const struct elf *elf, struct elf_symbols *ret)
{
	auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
	auto_elf_symbols struct elf_symbols versions = ELF_SYMBOLS_INIT; /* bind 0: used */
	__attribute__((cleanup(hash_release))) struct hash by_name = HASH_INIT;
	struct symtab tab;
	int r = symtab_open(elf, &tab);

	if (r < 0)
		return r;
	r = read_versions(elf, &versions);
	if (r == -EBADMSG)
		versions.n = 0;
	else if (r < 0 && r != -ENODATA)
		return r;
	for (size_t i = 0; i < versions.n; i++) {
		r = hash_add(&by_name, versions.at[i].name, &versions.at[i]);
		if (r < 0 && r != -EEXIST) /* of several, the first counts */
			return r;
	}
	for (size_t i = 1; i < tab.n; i++) {
		struct elf_symbol *version;
		struct symbol s;
		uint64_t crc = 0;

		if (elf_get(elf, tab.entries + i * tab.entry_size + (elf->is64 ? 6 : 14), 2) !=
		    SHN_UNDEF)
			continue; /* a damaged name of another symbol is none of our business */
		r = symtab_get(&tab, i, &s);
		if (r < 0)
			return r;
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): symtab_get() sets it where it is not negative */
		if (is_register(elf, &s) || s.name[0] == '\0')
			continue;
		r = symtab_pay(&tab, i, strlen(s.name) + 1);
		if (r < 0)
			return r;
		version = hash_get(&by_name, s.name);
		if (version) {
			crc = version->crc;
			version->bind = '\0';
		}
		r = add(&list, s.name, crc, s.bind == STB_WEAK ? 'W' : 'U');
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < versions.n; i++) {
		if (versions.at[i].bind == '\0')
			continue;
		r = add(&list, versions.at[i].name, versions.at[i].crc, 'U');
		if (r < 0)
			return r;
	}
	*ret = steal_list(&list);
	return 0;
}
