/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a module and the kernel do not fit: symbols that nobody exports, two
 * exports of one name, checksums and version magic that differ.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "libkmod/context.h"
#include "libkmod/diagnose.h"
#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-symbols.h"
#include "libkmod/index-walk.h"
#include "libkmod/initstate.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/hash.h"
#include "shared/io.h"
#include "shared/macro.h"

#define KALLSYMS "/proc/kallsyms"
#define SAID_MAX 5 /* symbols that are named; the rest is counted */
#define TRIES_MAX 16 /* files that are opened to learn of the kernel */
#define auto_hash __attribute__((cleanup(hash_release)))

/* What guards the kernel's own structures: in every module's list, in no symbol table. */
static bool is_layout(const char *symbol)
{
	return streq(symbol, "module_layout") || streq(symbol, "struct_module");
}

/* Symbols through one of the readers; a file that cannot be understood has none. 0 or -ENOMEM. */
static int read_symbols(const struct image *image,
			int (*reader)(const struct elf *elf, struct elf_symbols *ret),
			struct elf_symbols *ret)
{
	int r = image->elf_err == 0 ? reader(&image->elf, ret) : 0;

	return r == -ENOMEM ? r : 0;
}

/* Who exports it, by modules.symbols: hits of module names in the index. 0 or -errno. */
static int exporters(struct kmod_ctx *ctx, const char *symbol, struct index_hits *ret)
{
	auto_free char *key = NULL;

	if (asprintf(&key, "symbol:%s", symbol) < 0) {
		key = NULL;
		return -ENOMEM;
	}
	return resources_match(ctx, KMOD_INDEX_MODULES_SYMBOL, key, ret);
}

/* ---- symbols that are missing -------------------------------------------------- */

struct wanted {
	const char *symbol;
	char *from; /* module of the index that exports it and is not live, malloced; NULL: none */
	bool there;
};

struct wanted_list {
	struct wanted *at;
	size_t n;
};

static void wanted_release(struct wanted_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->at[i].from);
	free(list->at);
}

/* What a live module exports is there; else who would. */
static int ask_index(const struct refused *it, struct wanted *w)
{
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
	int r = exporters(it->mod->ctx, w->symbol, &hits);

	for (size_t i = 0; r == 0 && i < hits.n && !w->there; i++) {
		w->there = initstate_from_sysfs(hits.at[i].value) == KMOD_MODULE_LIVE;
		/* a copy: the index may be another one at the next question */
		if (!w->from && !(w->from = strdup(hits.at[i].value)))
			r = -ENOMEM;
	}
	return r;
}

/*
 * Marks what the running kernel lists. A line is "ADDRESS TYPE NAME [MODULE]";
 * a capital TYPE is a global symbol, or in a module one that it exports.
 * 0, -ENOMEM, or -errno: the list is not to be had.
 */
static int ask_kernel(struct wanted_list *list)
{
	auto_hash struct hash by_name = HASH_INIT;
	auto_free char *text = NULL;
	int r = io_read_text(KALLSYMS, 0, &text, NULL);

	if (r == 0 && text[0] == '\0')
		r = -ENODATA;
	for (size_t i = 0; r == 0 && i < list->n; i++) {
		r = list->at[i].there ? 0 : hash_add(&by_name, list->at[i].symbol, &list->at[i]);
		if (r == -EEXIST)
			r = 0;
	}
	if (r < 0)
		return r;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *type = strchr(line, ' ');
		struct wanted *w;

		if (!type || type[1] < 'A' || type[1] > 'Z' || type[2] != ' ')
			continue;
		type[3 + strcspn(type + 3, " \t")] = '\0';
		w = hash_get(&by_name, type + 3);
		if (w)
			w->there = true;
	}
	return 0;
}

static int collect(const struct refused *it, const struct elf_symbols *needed,
		   struct wanted_list *list)
{
	int r = 0;

	if (needed->n == 0)
		return 0;
	list->at = calloc(needed->n, sizeof(*list->at));
	if (!list->at)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < needed->n; i++) {
		const struct elf_symbol *symbol = &needed->at[i];

		if (symbol->bind != KMOD_SYMBOL_UNDEF || is_layout(symbol->name))
			continue;
		list->at[list->n].symbol = symbol->name;
		r = ask_index(it, &list->at[list->n++]);
	}
	return r;
}

/* Says the symbols that are not there; only those that a module of the index exports, or only the others. */
static int say(const struct wanted_list *list, bool of_modules, struct strbuf *out)
{
	size_t said = 0, more = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++) {
		const struct wanted *w = &list->at[i];

		if (w->there || !w->from == of_modules)
			continue;
		if (said == SAID_MAX) {
			more++;
			continue;
		}
		r = strbuf_addf(out, "%s%s", said++ ? ", " : "", w->symbol);
		if (r == 0 && w->from)
			r = strbuf_addf(out, " (exported by %s, which is not loaded)", w->from);
	}
	return r == 0 && more > 0 ? strbuf_addf(out, " and %zu more", more) : r;
}

int cause_missing_symbol(const struct refused *it, struct strbuf *out)
{
	__attribute__((cleanup(wanted_release))) struct wanted_list list = { NULL, 0 };
	auto_elf_symbols struct elf_symbols needed = ELF_SYMBOLS_INIT;
	size_t of_modules = 0, of_nobody = 0;
	bool blind;
	int r = read_symbols(&it->image, elf_needed, &needed);

	if (r == 0)
		r = collect(it, &needed, &list);
	if (r < 0)
		return r;
	r = ask_kernel(&list);
	if (r == -ENOMEM)
		return r;
	blind = r < 0;
	r = 0;
	for (size_t i = 0; i < list.n; i++) {
		of_modules += !list.at[i].there && list.at[i].from;
		of_nobody += !list.at[i].there && !list.at[i].from;
	}
	if (of_modules > 0) {
		r = strbuf_adds(out, "it needs ");
		if (r == 0)
			r = say(&list, true, out);
	}
	/* Most of what nobody is known to export is the kernel's, while that cannot be seen. */
	if (r < 0 || of_nobody == 0 || (blind && of_modules > 0))
		return r;
	r = strbuf_adds(out, of_modules > 0 ? "; it needs " : "it needs ");
	if (r == 0)
		r = say(&list, false, out);
	if (r < 0)
		return r;
	return strbuf_adds(out, blind ? ", exported by no module; whether the kernel has that "
					"is not to be seen without " KALLSYMS :
					", exported by nobody");
}

/*
 * Nothing is missing, as far as can be seen: /proc/kallsyms lists what the
 * kernel keeps to itself like what it exports, so both stay possible.
 */
int cause_unexported(const struct refused *it, struct strbuf *out)
{
	__attribute__((cleanup(wanted_release))) struct wanted_list list = { NULL, 0 };
	auto_elf_symbols struct elf_symbols needed = ELF_SYMBOLS_INIT;
	int r = read_symbols(&it->image, elf_needed, &needed);

	if (r == 0)
		r = collect(it, &needed, &list);
	for (size_t i = 0; r == 0 && out->len == 0 && i < list.n; i++) {
		if (!list.at[i].there && !list.at[i].from)
			r = strbuf_addf(out,
					"a symbol that the kernel has but does not export, or "
					"the init of %s (dmesg may tell)",
					it->mod->name);
	}
	return r;
}

/* ---- one name, two exports ------------------------------------------------------- */

int cause_export_clash(const struct refused *it, struct strbuf *out)
{
	auto_elf_symbols struct elf_symbols exported = ELF_SYMBOLS_INIT;
	int r = read_symbols(&it->image, elf_exported, &exported);

	for (size_t i = 0; r == 0 && out->len == 0 && i < exported.n; i++) {
		auto_index_hits struct index_hits hits = INDEX_HITS_INIT;

		r = exporters(it->mod->ctx, exported.at[i].name, &hits);
		for (size_t k = 0; r == 0 && out->len == 0 && k < hits.n; k++) {
			const char *other = hits.at[k].value;

			if (!streq(other, it->mod->name) &&
			    initstate_from_sysfs(other) == KMOD_MODULE_LIVE)
				r = strbuf_addf(out, "it exports %s, which %s does already",
						exported.at[i].name, other);
		}
	}
	return r;
}

/* ---- a module that the kernel takes, to compare with ------------------------------- */

struct fitting {
	struct image image;
	char *path, *magic; /* its file, its version magic */
	bool live; /* the kernel has taken it; else it is only made for the same release */
};

#define auto_fitting __attribute__((cleanup(fitting_release)))
static void fitting_release(struct fitting *f)
{
	image_close(&f->image);
	free(f->path);
	free(f->magic);
	*f = (struct fitting){ .image = IMAGE_INIT };
}

/* Does the version magic begin with the release of the running kernel? */
static bool is_of_release(const char *magic, const struct utsname *u)
{
	const char *rest = str_after(magic, u->release);

	return rest && (*rest == ' ' || *rest == '\0');
}

/* 1: that module is one; 0: it is not; -ENOMEM. */
static int try_fitting(const struct refused *it, const char *name, const struct utsname *u,
		       struct fitting *ret)
{
	auto_fitting struct fitting f = { .image = IMAGE_INIT };
	auto_module struct kmod_module *mod = NULL;
	const char *path;
	int r;

	if (streq(name, it->mod->name))
		return 0;
	r = module_get(it->mod->ctx, name, NULL, &mod);
	if (r < 0)
		return r;
	path = kmod_module_get_path(mod);
	r = path ? image_open(&f.image, path) : -ENOENT;
	if (r == 0 && f.image.elf_err < 0)
		r = -ENOENT;
	if (r == 0)
		r = elf_modinfo_get(&f.image.elf, "vermagic", &f.magic);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!is_of_release(f.magic, u)) /* its file was replaced, or it was forced */
		return 0;
	f.path = strdup(path);
	if (!f.path)
		return -ENOMEM;
	f.live = initstate_from_sysfs(name) == KMOD_MODULE_LIVE;
	*ret = f;
	f = (struct fitting){ .image = IMAGE_INIT };
	return 1;
}

#define SEARCH_ENDS (-ECANCELED) /* no error: ends resources_each() */

/* data: an array of malloced names. */
static int take_name(const char *key, const char *value, void *data)
{
	struct array *names = data;
	char *name = strdup(key);
	int r = name ? array_push(names, name) : -ENOMEM;

	(void)value;
	if (r < 0)
		free(name);
	return r == 0 && names->n == TRIES_MAX ? SEARCH_ENDS : r;
}

/* The first few of modules.dep. Whoever asks for their files asks that index, and may get a newer one. */
static int find_indexed(const struct refused *it, const struct utsname *u, struct fitting *ret)
{
	struct array names = ARRAY_INIT;
	int r = resources_each(it->mod->ctx, KMOD_INDEX_MODULES_DEP, take_name, &names);

	if (r > 0 || r == SEARCH_ENDS)
		r = 0;
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = try_fitting(it, names.at[i], u, ret);
	array_free_from(&names, 0);
	return r;
}

/* A loaded module by preference, else one that is made for this release. 1, 0: none, -ENOMEM. */
static int find_fitting(const struct refused *it, const struct utsname *u, struct fitting *ret)
{
	auto_free char *text = NULL;
	unsigned int tries = 0;
	int r = io_read_text("/proc/modules", 0, &text, NULL);

	if (r == -ENOMEM)
		return r;
	r = 0;
	for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL;
	     line && r == 0 && tries < TRIES_MAX; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " \t")] = '\0';
		if (initstate_from_sysfs(line) != KMOD_MODULE_LIVE)
			continue;
		tries++;
		r = try_fitting(it, line, u, ret);
	}
	return r != 0 ? r : find_indexed(it, u, ret);
}

static int add_source(const struct fitting *f, struct strbuf *out)
{
	return strbuf_addf(out, " (as %s has it, which %s)", f->path,
			   f->live ? "is loaded" : "is made for this release");
}

/* ---- version magic ------------------------------------------------------------------- */

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at += n) {
		if ((at == text || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
			return true;
	}
	return false;
}

/* As the kernel compares: with checksums for the symbols the release does not count. */
static bool same_magic(const struct refused *it, const char *a, const char *b)
{
	struct elf_section section;

	if (has_word(b, "modversions") &&
	    elf_section_find(&it->image.elf, "__versions", &section) == 0) {
		a += strcspn(a, " ");
		b += strcspn(b, " ");
	}
	return streq(a, b);
}

int cause_version_magic(const struct refused *it, struct strbuf *out)
{
	auto_fitting struct fitting f = { .image = IMAGE_INIT };
	const char *magic = refused_info(it, "vermagic");
	struct utsname u;
	int r;

	if (!it->has_info || (it->flags & KMOD_INSERT_FORCE_VERMAGIC) || uname(&u) < 0)
		return 0;
	if (!magic)
		return strbuf_adds(out, "it has no version magic");
	r = find_fitting(it, &u, &f);
	if (r < 0)
		return r;
	if (r > 0 && !same_magic(it, magic, f.magic)) {
		r = strbuf_addf(out, "its version magic is \"%s\", that of the kernel \"%s\"", magic,
				f.magic);
		return r < 0 ? r : add_source(&f, out);
	}
	/* Without one to compare with, all that is known of the kernel's is its release. */
	if (r > 0 || is_of_release(magic, &u))
		return 0;
	return strbuf_addf(out,
			   "its version magic is \"%s\", the kernel is %s "
			   "(uname -r; its own version magic cannot be asked)",
			   magic, u.release);
}

/* ---- checksums --------------------------------------------------------------------------- */

/* The first of needed whose checksum differs from that in known (each may be 0: not given). */
static int compare(const struct elf_symbols *needed, const struct elf_symbols *known,
		   const struct elf_symbol **ret, uint64_t *ret_known)
{
	auto_hash struct hash by_name = HASH_INIT;

	for (size_t i = 0; i < known->n; i++) {
		if (hash_add(&by_name, known->at[i].name, &known->at[i]) == -ENOMEM)
			return -ENOMEM;
	}
	for (size_t i = 0; i < needed->n; i++) {
		const struct elf_symbol *other = hash_get(&by_name, needed->at[i].name);

		if (!other || other->crc == 0 || needed->at[i].crc == 0 ||
		    other->crc == UINT64_MAX || other->crc == needed->at[i].crc)
			continue;
		*ret = &needed->at[i];
		*ret_known = other->crc;
		return 1;
	}
	return 0;
}

/* Against the exports of the modules that its file says it depends on. */
static int against_providers(const struct refused *it, const struct elf_symbols *needed,
			     struct strbuf *out)
{
	const char *depends = refused_info(it, "depends");
	auto_free char *copy = depends ? strdup(depends) : NULL;
	int r = depends && !copy ? -ENOMEM : 0;

	for (char *save = NULL, *name = copy ? strtok_r(copy, ",", &save) : NULL;
	     r == 0 && out->len == 0 && name; name = strtok_r(NULL, ",", &save)) {
		auto_elf_symbols struct elf_symbols exported = ELF_SYMBOLS_INIT;
		auto_image struct image image = IMAGE_INIT;
		auto_module struct kmod_module *mod = NULL;
		const struct elf_symbol *symbol;
		const char *path;
		uint64_t crc;

		r = kmod_module_new_from_name(it->mod->ctx, name, &mod);
		if (r < 0)
			return r;
		path = kmod_module_get_path(mod);
		r = path ? image_open(&image, path) : 0;
		if (r == 0)
			r = read_symbols(&image, elf_exported, &exported);
		if (r == 0)
			r = compare(needed, &exported, &symbol, &crc);
		if (r > 0)
			/* compare() sets both when it is positive. */
			r = strbuf_addf(out, "it was made for a %s with checksum 0x%08llx, that of %s has 0x%08llx",
					/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
					symbol->name, (unsigned long long)symbol->crc, path,
					(unsigned long long)crc);
	}
	return r;
}

int cause_checksum(const struct refused *it, struct strbuf *out)
{
	auto_elf_symbols struct elf_symbols needed = ELF_SYMBOLS_INIT, others = ELF_SYMBOLS_INIT;
	auto_fitting struct fitting f = { .image = IMAGE_INIT };
	const struct elf_symbol *symbol;
	struct utsname u;
	uint64_t crc;
	int r = read_symbols(&it->image, elf_versions, &needed);

	if ((it->flags & KMOD_INSERT_FORCE_MODVERSION) || needed.n == 0)
		return r;
	if (r == 0)
		r = against_providers(it, &needed, out);
	if (r < 0 || out->len > 0 || uname(&u) < 0)
		return r;
	/* What the kernel itself exports: another module's list has its checksums. */
	r = find_fitting(it, &u, &f);
	if (r > 0)
		r = read_symbols(&f.image, elf_versions, &others);
	if (r == 0 && f.path)
		r = compare(&needed, &others, &symbol, &crc);
	if (r <= 0)
		return r;
	r = strbuf_addf(out, "it was made for a %s with checksum 0x%08llx, that of the kernel has 0x%08llx",
			symbol->name, (unsigned long long)symbol->crc, (unsigned long long)crc);
	return r < 0 ? r : add_source(&f, out);
}
