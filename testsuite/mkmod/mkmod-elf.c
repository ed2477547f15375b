/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recipe to a module file, for any class and byte order: the sections and
 * symbols that the tools read, and no code.
 */
#include "testsuite/mkmod/mkmod.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/strbuf.h"

#define MODULE_SIZE 256u /* of struct module: large enough for the name, no kernel's real size */

struct section {
	char *name;
	uint32_t type, link, info;
	uint64_t flags, align, entry_size;
	struct strbuf body;
	uint64_t offset; /* in the file */
};

struct symbol {
	char *name;
	uint8_t bind, type;
	uint16_t index; /* section or SHN_*; filled in late if section is there */
	struct section *section;
	uint64_t value;
};

struct elf {
	const struct recipe *recipe;
	bool is_64, is_msb;
	unsigned long long machine, type; /* e_*; machine 0: the usual one */
	char *internal_name; /* NULL: no struct module */
	bool internal_given;
	struct array sections, symbols, without; /* ours to free */
	struct strbuf tail;
	bool failed; /* no memory: looked at once, at the end */
};

/* ---- bytes in the order of the file --------------------------------------- */

static void put(struct elf *elf, struct strbuf *b, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		unsigned shift = 8 * (elf->is_msb ? bytes - 1 - i : i);

		if (strbuf_addc(b, (char)(value >> shift)) < 0)
			elf->failed = true;
	}
}

/* An address, offset or size. */
static void put_word(struct elf *elf, struct strbuf *b, uint64_t value)
{
	put(elf, b, value, elf->is_64 ? 8 : 4);
}

static void put_bytes(struct elf *elf, struct strbuf *b, const void *bytes, size_t n)
{
	if (strbuf_add(b, bytes, n) < 0)
		elf->failed = true;
}

static void put_string(struct elf *elf, struct strbuf *b, const char *s)
{
	put_bytes(elf, b, s, strlen(s) + 1);
}

static void put_zeros(struct elf *elf, struct strbuf *b, size_t n)
{
	while (n-- > 0)
		put(elf, b, 0, 1);
}

/* ---- sections and symbols ------------------------------------------------- */

static struct section *find_section(const struct elf *elf, const char *name)
{
	for (size_t i = 0; i < elf->sections.n; i++) {
		struct section *s = elf->sections.at[i];

		if (streq(s->name, name))
			return s;
	}
	return NULL;
}

/* The section of that name, made now if there is none yet; NULL: no memory. */
static struct section *need_section(struct elf *elf, const char *name, uint32_t type,
				    uint64_t flags, uint64_t align)
{
	struct section *s = find_section(elf, name);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s || !(s->name = strdup(name)) || array_push(&elf->sections, s) < 0) {
		if (s)
			free(s->name);
		free(s);
		elf->failed = true;
		return NULL;
	}
	s->type = type;
	s->flags = flags;
	s->align = align;
	return s;
}

static struct section *need_strings(struct elf *elf, const char *name)
{
	return need_section(elf, name, SHT_PROGBITS, SHF_ALLOC, 1);
}

static void add_symbol(struct elf *elf, const char *prefix, const char *name, uint8_t bind,
		       uint8_t type, struct section *section, uint16_t index, uint64_t value)
{
	auto_strbuf struct strbuf full = STRBUF_INIT;
	struct symbol *sym = calloc(1, sizeof(*sym));

	if (!sym || strbuf_adds(&full, prefix) < 0 || strbuf_adds(&full, name) < 0 ||
	    !(sym->name = strbuf_steal(&full)) || array_push(&elf->symbols, sym) < 0) {
		if (sym)
			free(sym->name);
		free(sym);
		elf->failed = true;
		return;
	}
	sym->bind = bind;
	sym->type = type;
	sym->section = section;
	sym->index = index;
	sym->value = value;
}

static void elf_release(struct elf *elf)
{
	for (size_t i = 0; i < elf->sections.n; i++) {
		struct section *s = elf->sections.at[i];

		free(s->name);
		strbuf_release(&s->body);
		free(s);
	}
	for (size_t i = 0; i < elf->symbols.n; i++) {
		struct symbol *sym = elf->symbols.at[i];

		free(sym->name);
		free(sym);
	}
	for (size_t i = 0; i < elf->without.n; i++)
		free(elf->without.at[i]);
	array_release(&elf->sections);
	array_release(&elf->symbols);
	array_release(&elf->without);
	strbuf_release(&elf->tail);
	free(elf->internal_name);
}

/* ---- keys of a recipe ----------------------------------------------------- */

static int key_class(struct elf *elf, char *value)
{
	elf->is_64 = streq(value, "64");
	if (!elf->is_64 && !streq(value, "32"))
		return complain_at(elf->recipe, "class: 32 or 64");
	return 0;
}

static int key_data(struct elf *elf, char *value)
{
	elf->is_msb = streq(value, "msb");
	if (!elf->is_msb && !streq(value, "lsb"))
		return complain_at(elf->recipe, "data: lsb or msb");
	return 0;
}

static int key_machine(struct elf *elf, char *value)
{
	return parse_number(elf->recipe, value, &elf->machine);
}

static int key_type(struct elf *elf, char *value)
{
	return parse_number(elf->recipe, value, &elf->type);
}

static int key_internal(struct elf *elf, char *value)
{
	free(elf->internal_name);
	elf->internal_name = NULL;
	elf->internal_given = true;
	if (streq(value, "-"))
		return 0;
	elf->internal_name = strdup(value);
	return elf->internal_name ? 0 : complain("no memory");
}

static int key_modinfo_raw(struct elf *elf, char *value)
{
	struct section *s = need_strings(elf, ".modinfo");

	return s ? add_unescaped(elf->recipe, &s->body, value) : complain("no memory");
}

static int key_modinfo(struct elf *elf, char *value)
{
	int r = key_modinfo_raw(elf, value);

	if (r == 0)
		put(elf, &find_section(elf, ".modinfo")->body, 0, 1);
	return r;
}

static int modinfo_pair(struct elf *elf, const char *key, const char *value)
{
	struct section *s = need_strings(elf, ".modinfo");

	if (!s)
		return complain("no memory");
	put_bytes(elf, &s->body, key, strlen(key));
	put(elf, &s->body, '=', 1);
	put_string(elf, &s->body, value);
	return 0;
}

static int key_name(struct elf *elf, char *value)
{
	if (!elf->internal_given) {
		free(elf->internal_name);
		elf->internal_name = strdup(value);
		if (!elf->internal_name)
			return complain("no memory");
	}
	return modinfo_pair(elf, "name", value);
}

static int key_depends(struct elf *elf, char *value)
{
	return modinfo_pair(elf, "depends", value);
}

static int key_alias(struct elf *elf, char *value)
{
	return modinfo_pair(elf, "alias", value);
}

/* SYMBOL [CRC [FORM]]: the forms of module-files.md 8. */
static int key_export(struct elf *elf, char *value)
{
	struct section *names = need_strings(elf, "__ksymtab_strings");
	struct section *text = need_section(elf, ".text", SHT_PROGBITS,
					    SHF_ALLOC | SHF_EXECINSTR, 4);
	struct section *table, *crcs;
	unsigned long long crc = 0;
	const char *form;
	char *name, *number;
	int r;

	name = cut_word(value, &value);
	if (!name)
		return complain_at(elf->recipe, "export: SYMBOL [CRC [FORM]]");
	number = cut_word(value, &value);
	form = number ? cut_word(value, &value) : NULL;
	if (number && (r = parse_number(elf->recipe, number, &crc)) < 0)
		return r;
	if (!form)
		form = number ? "section" : "plain";

	table = need_section(elf, "__ksymtab", SHT_PROGBITS, SHF_ALLOC, 4);
	if (!names || !text || !table)
		return complain("no memory");
	add_symbol(elf, "__ksymtab_", name, STB_LOCAL, STT_OBJECT, table, 0, table->body.len);
	put_zeros(elf, &table->body, 12);
	put_string(elf, &names->body, name);
	add_symbol(elf, "", name, STB_GLOBAL, STT_FUNC, text, 0, text->body.len);
	put_zeros(elf, &text->body, 4);

	if (streq(form, "plain"))
		return 0;
	if (streq(form, "abs")) {
		add_symbol(elf, "__crc_", name, STB_GLOBAL, STT_NOTYPE, NULL, SHN_ABS, crc);
		return 0;
	}
	if (streq(form, "undef")) {
		add_symbol(elf, "__crc_", name, STB_GLOBAL, STT_NOTYPE, NULL, SHN_UNDEF, crc);
		return 0;
	}
	crcs = need_section(elf, "__kcrctab", SHT_PROGBITS, SHF_ALLOC, 4);
	if (!crcs)
		return complain("no memory");
	if (!streq(form, "section") && !streq(form, "past"))
		return complain_at(elf->recipe, "export: plain, abs, undef, section or past");
	/* past: two bytes of the number are behind the section, if it is the last number */
	add_symbol(elf, "__crc_", name, STB_LOCAL, STT_NOTYPE, crcs, 0,
		   crcs->body.len + (streq(form, "past") ? 2 : 0));
	put(elf, &crcs->body, crc, 4);
	return 0;
}

static int key_ksymtab_string(struct elf *elf, char *value)
{
	struct section *s = need_strings(elf, "__ksymtab_strings");
	int r = s ? add_unescaped(elf->recipe, &s->body, value) : complain("no memory");

	if (r == 0)
		put(elf, &s->body, 0, 1);
	return r;
}

/* SYMBOL [weak|local|register] */
static int key_import(struct elf *elf, char *value)
{
	uint8_t bind = STB_GLOBAL, type = STT_NOTYPE;
	char *name, *kind;

	name = cut_word(value, &value);
	if (!name)
		return complain_at(elf->recipe, "import: SYMBOL [KIND]");
	kind = cut_word(value, &value);
	if (kind && streq(kind, "weak"))
		bind = STB_WEAK;
	else if (kind && streq(kind, "local"))
		bind = STB_LOCAL;
	else if (kind && streq(kind, "register"))
		type = STT_SPARC_REGISTER;
	else if (kind)
		return complain_at(elf->recipe, "import: weak, local or register");
	add_symbol(elf, "", name, bind, type, NULL, SHN_UNDEF, 0);
	return 0;
}

/* CRC SYMBOL; a name too long for the record fills it without NUL. */
static int key_version(struct elf *elf, char *value)
{
	struct section *s = need_section(elf, "__versions", SHT_PROGBITS, SHF_ALLOC, 8);
	unsigned long long crc = 0;
	char *number = cut_word(value, &value);
	size_t room = elf->is_64 ? 56 : 60, n = strlen(value);
	int r;

	if (!number)
		return complain_at(elf->recipe, "version: CRC SYMBOL");
	r = parse_number(elf->recipe, number, &crc);
	if (r < 0)
		return r;
	if (!s)
		return complain("no memory");
	if (n > room)
		n = room;
	put_word(elf, &s->body, crc);
	put_bytes(elf, &s->body, value, n);
	put_zeros(elf, &s->body, room - n);
	return 0;
}

/* CRC SYMBOL, in the two sections of kernels with extended versions. */
static int key_version_ext(struct elf *elf, char *value)
{
	struct section *crcs = need_section(elf, "__version_ext_crcs", SHT_PROGBITS, SHF_ALLOC, 4);
	struct section *names = need_strings(elf, "__version_ext_names");
	unsigned long long crc = 0;
	char *number = cut_word(value, &value);
	int r;

	if (!number)
		return complain_at(elf->recipe, "version-ext: CRC SYMBOL");
	r = parse_number(elf->recipe, number, &crc);
	if (r < 0)
		return r;
	if (!crcs || !names)
		return complain("no memory");
	put(elf, &crcs->body, crc, 4);
	put_string(elf, &names->body, value);
	return 0;
}

/* The id in hexadecimal. */
static int key_build_id(struct elf *elf, char *value)
{
	auto_strbuf struct strbuf id = STRBUF_INIT;
	struct section *s = need_section(elf, ".note.gnu.build-id", SHT_NOTE, SHF_ALLOC, 4);
	size_t n = strlen(value);
	int r;

	if (!s)
		return complain("no memory");
	for (size_t i = 0; i < n; i += 2) {
		char text[] = { '\\', 'x', value[i], value[i + 1], '\0' };

		r = add_unescaped(elf->recipe, &id, text);
		if (r < 0)
			return r;
	}
	put(elf, &s->body, 4, 4);
	put(elf, &s->body, id.len, 4);
	put(elf, &s->body, NT_GNU_BUILD_ID, 4);
	put_string(elf, &s->body, "GNU");
	put_bytes(elf, &s->body, strbuf_str(&id), id.len);
	return 0;
}

/* NAME FLAGS BYTES: appended to what the section has already. */
static int key_section(struct elf *elf, char *value)
{
	char *name = cut_word(value, &value), *flags = name ? cut_word(value, &value) : NULL;
	unsigned long long number = 0;
	struct section *s;
	int r;

	if (!flags)
		return complain_at(elf->recipe, "section: NAME FLAGS [BYTES]");
	r = parse_number(elf->recipe, flags, &number);
	if (r < 0)
		return r;
	s = need_section(elf, name, SHT_PROGBITS, number, 1);
	return s ? add_unescaped(elf->recipe, &s->body, value) : complain("no memory");
}

static int key_without(struct elf *elf, char *value)
{
	char *name = strdup(value);

	if (!name || array_push(&elf->without, name) < 0) {
		free(name);
		return complain("no memory");
	}
	return 0;
}

static int key_tail(struct elf *elf, char *value)
{
	return add_unescaped(elf->recipe, &elf->tail, value);
}

static const struct {
	const char *name;
	int (*take)(struct elf *elf, char *value);
	bool early; /* decides how the others are written: must stand before them */
} keys[] = {
	{ "alias", key_alias, false },
	{ "build-id", key_build_id, false },
	{ "class", key_class, true },
	{ "data", key_data, true },
	{ "depends", key_depends, false },
	{ "export", key_export, false },
	{ "import", key_import, false },
	{ "internal", key_internal, false },
	{ "ksymtab-string", key_ksymtab_string, false },
	{ "machine", key_machine, false },
	{ "modinfo", key_modinfo, false },
	{ "modinfo-raw", key_modinfo_raw, false },
	{ "name", key_name, false },
	{ "section", key_section, false },
	{ "tail", key_tail, false },
	{ "type", key_type, false },
	{ "version", key_version, false },
	{ "version-ext", key_version_ext, false },
	{ "without", key_without, false },
};

static int take_line(struct elf *elf, char *line)
{
	char *colon = strchr(line, ':'), *value;

	if (!colon)
		return complain_at(elf->recipe, "not KEY: VALUE");
	*colon = '\0';
	value = colon + 1;
	if (*value == ' ')
		value++;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!streq(keys[i].name, line))
			continue;
		if (keys[i].early && (elf->sections.n > 1 || elf->symbols.n > 0))
			return complain_at(elf->recipe, "%s: must come first", line);
		return keys[i].take(elf, value);
	}
	return complain_at(elf->recipe, "unknown key '%s'", line);
}

/* ---- the file ------------------------------------------------------------- */

static bool is_left_out(const struct elf *elf, const char *name)
{
	for (size_t i = 0; i < elf->without.n; i++) {
		if (streq(elf->without.at[i], name))
			return true;
	}
	return false;
}

static void leave_out(struct elf *elf)
{
	size_t n = 0;

	for (size_t i = 0; i < elf->sections.n; i++) {
		struct section *s = elf->sections.at[i];

		if (!is_left_out(elf, s->name)) {
			elf->sections.at[n++] = s;
			continue;
		}
		for (size_t k = 0; k < elf->symbols.n; k++) {
			struct symbol *sym = elf->symbols.at[k];

			if (sym->section == s) {
				sym->section = NULL;
				sym->index = SHN_ABS;
			}
		}
		free(s->name);
		strbuf_release(&s->body);
		free(s);
	}
	elf->sections.n = n;
}

static uint32_t section_index(const struct elf *elf, const struct section *s)
{
	uint32_t i = 0;

	while (i < elf->sections.n && elf->sections.at[i] != s)
		i++;
	return i;
}

static void write_symbol(struct elf *elf, struct strbuf *table, struct strbuf *strings,
			 const struct symbol *sym)
{
	uint16_t index = sym->section ? (uint16_t)section_index(elf, sym->section) : sym->index;
	size_t name = strings->len;

	put_string(elf, strings, sym->name);
	put(elf, table, name, 4);
	if (!elf->is_64) {
		put(elf, table, sym->value, 4);
		put(elf, table, 0, 4);
	}
	put(elf, table, (uint64_t)sym->bind << 4 | sym->type, 1);
	put(elf, table, 0, 1);
	put(elf, table, index, 2);
	if (elf->is_64) {
		put(elf, table, sym->value, 8);
		put(elf, table, 0, 8);
	}
}

static void make_symtab(struct elf *elf)
{
	struct section *table = need_section(elf, ".symtab", SHT_SYMTAB, 0, elf->is_64 ? 8 : 4);
	struct section *strings = need_section(elf, ".strtab", SHT_STRTAB, 0, 1);
	size_t entry_size = elf->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);

	if (!table || !strings)
		return;
	put_zeros(elf, &table->body, entry_size);
	put(elf, &strings->body, 0, 1);
	/* The format wants local symbols first, and to know how many these are. */
	for (int local = 1; local >= 0; local--) {
		for (size_t i = 0; i < elf->symbols.n; i++) {
			const struct symbol *sym = elf->symbols.at[i];

			if ((sym->bind == STB_LOCAL) == (local == 1))
				write_symbol(elf, &table->body, &strings->body, sym);
		}
		if (local == 1)
			table->info = (uint32_t)(table->body.len / entry_size);
	}
	table->entry_size = entry_size;
	table->link = section_index(elf, strings);
}

static void make_struct_module(struct elf *elf)
{
	struct section *s = need_section(elf, ".gnu.linkonce.this_module", SHT_PROGBITS,
					 SHF_ALLOC | SHF_WRITE, 64);
	size_t at = elf->is_64 ? 24 : 12, n = strlen(elf->internal_name) + 1;

	if (!s)
		return;
	put_zeros(elf, &s->body, at);
	put_bytes(elf, &s->body, elf->internal_name, n);
	if (s->body.len < MODULE_SIZE)
		put_zeros(elf, &s->body, MODULE_SIZE - s->body.len);
}

static void write_header(struct elf *elf, struct strbuf *out, uint64_t sections_at)
{
	static const unsigned usual[2][2] = { { EM_386, EM_PPC }, { EM_X86_64, EM_PPC64 } };
	const unsigned char ident[EI_NIDENT] = {
		ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
		elf->is_64 ? ELFCLASS64 : ELFCLASS32,
		elf->is_msb ? ELFDATA2MSB : ELFDATA2LSB,
		EV_CURRENT,
	};

	put_bytes(elf, out, ident, sizeof(ident));
	put(elf, out, elf->type, 2);
	put(elf, out, elf->machine ? elf->machine : usual[elf->is_64][elf->is_msb], 2);
	put(elf, out, EV_CURRENT, 4);
	put_word(elf, out, 0); /* entry */
	put_word(elf, out, 0); /* program headers */
	put_word(elf, out, sections_at);
	put(elf, out, 0, 4); /* flags */
	put(elf, out, elf->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), 2);
	put(elf, out, 0, 2);
	put(elf, out, 0, 2);
	put(elf, out, elf->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), 2);
	put(elf, out, elf->sections.n, 2);
	put(elf, out, elf->sections.n - 1, 2); /* .shstrtab is the last */
}

static void write_section_header(struct elf *elf, struct strbuf *out, const struct section *s,
				 uint64_t name)
{
	put(elf, out, name, 4);
	put(elf, out, s->type, 4);
	put_word(elf, out, s->flags);
	put_word(elf, out, 0); /* address */
	put_word(elf, out, s->offset);
	put_word(elf, out, s->body.len);
	put(elf, out, s->link, 4);
	put(elf, out, s->info, 4);
	put_word(elf, out, s->align);
	put_word(elf, out, s->entry_size);
}

static void write_elf(struct elf *elf, struct strbuf *out)
{
	auto_strbuf struct strbuf body = STRBUF_INIT, headers = STRBUF_INIT;
	size_t header_size = elf->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	struct section *names = need_section(elf, ".shstrtab", SHT_STRTAB, 0, 1);

	if (!names)
		return;
	for (size_t i = 0; i < elf->sections.n; i++) {
		const struct section *s = elf->sections.at[i];

		put_string(elf, &names->body, s->name);
	}
	for (size_t i = 0, name = 0; i < elf->sections.n; i++) {
		struct section *s = elf->sections.at[i];

		while (s->align > 1 && (header_size + body.len) % s->align != 0)
			put(elf, &body, 0, 1);
		s->offset = i == 0 ? 0 : header_size + body.len;
		put_bytes(elf, &body, strbuf_str(&s->body), s->body.len);
		write_section_header(elf, &headers, s, name);
		name += strlen(s->name) + 1;
	}
	while ((header_size + body.len) % 8 != 0 && !elf->failed)
		put(elf, &body, 0, 1);
	write_header(elf, out, header_size + body.len);
	put_bytes(elf, out, strbuf_str(&body), body.len);
	put_bytes(elf, out, strbuf_str(&headers), headers.len);
	put_bytes(elf, out, strbuf_str(&elf->tail), elf->tail.len);
}

int make_elf(const char *recipe_path, const char *out_path)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	struct elf elf = { .is_64 = true, .type = ET_REL, .tail = STRBUF_INIT };
	struct recipe recipe;
	char *line;
	int r;

	r = recipe_open(&recipe, recipe_path);
	elf.recipe = &recipe;
	if (r == 0)
		(void)need_section(&elf, "", SHT_NULL, 0, 0);
	while (r == 0 && (line = recipe_line(&recipe)) != NULL)
		r = take_line(&elf, line);
	if (r == 0) {
		if (elf.internal_name)
			make_struct_module(&elf);
		leave_out(&elf);
		if (!is_left_out(&elf, ".symtab"))
			make_symtab(&elf);
		leave_out(&elf); /* .strtab */
		write_elf(&elf, &out);
		if (elf.failed)
			r = complain("no memory");
	}
	if (r == 0)
		r = write_file(out_path, out.s, out.len);
	recipe_close(&recipe);
	elf_release(&elf);
	return r;
}
