/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the bytes of each index out of the facts. */
#include "tools/depmod/emit-bin.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/builtin.h"
#include "libkmod/elf-modinfo.h"
#include "libkmod/log.h"
#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/hash.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "shared/strbuf.h"
#include "tools/depmod/emit-text.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/index-write.h"
#include "tools/depmod/resolve.h"

/* What an index cannot hold is said and left out: one bad module must not cost the others. */
static int add(struct index_write *w, const char *key, const char *value, size_t priority,
	       const struct log *log)
{
	int r = index_write_add(w, key, value, (uint32_t)priority);

	if (r != -EINVAL)
		return r;
	log_err(log, "only 7-bit ASCII is supported in an index, entry ignored: %s %s", key, value);
	return 0;
}

int emit_dep_bin(const struct emit_input *in, struct strbuf *out)
{
	auto_index_write struct index_write *w = index_write_new();
	auto_strbuf struct strbuf line = STRBUF_INIT;
	int r = w ? 0 : -ENOMEM;

	for (size_t i = 0; i < in->resolved->n && r == 0; i++) {
		strbuf_clear(&line);
		r = emit_dep_line(in->resolved, i, &line);
		if (r == 0)
			r = add(w, in->resolved->modules[i].name, line.s, i, in->log);
	}
	return r < 0 ? r : index_write_emit(w, out);
}

/* ---- aliases --------------------------------------------------------------- */

/* The aliases of one module, normalised, to find those it has twice. */
struct aliases {
	struct hash seen;
	struct array texts; /* of char *, owned: the keys of seen */
};

static void cleanup_aliases(struct aliases *a)
{
	hash_release(&a->seen);
	for (size_t i = 0; i < a->texts.n; i++)
		free(a->texts.at[i]);
	array_release(&a->texts);
}

/* 1: it was there; 0: now it is; -ENOMEM. */
static int see_alias(struct aliases *a, const char *alias)
{
	char *copy = strdup(alias);
	int r = copy ? array_push(&a->texts, copy) : -ENOMEM;

	if (r < 0) {
		free(copy);
		return r;
	}
	r = hash_add(&a->seen, copy, copy);
	return r == -EEXIST ? 1 : r;
}

static int add_aliases_of(const struct emit_input *in, size_t i, struct index_write *w)
{
	__attribute__((cleanup(cleanup_aliases))) struct aliases seen = { HASH_INIT, ARRAY_INIT };
	const struct facts *m = &in->resolved->modules[i];
	char alias[MODNAME_MAX + 1];
	struct modinfo_string s;
	struct modinfo_iter it;
	int r = 0;

	modinfo_begin_bytes(&it, m->modinfo, m->modinfo_size);
	while (r == 0 && modinfo_next(&it, &s)) {
		if (s.key_len != strlen("alias") || memcmp(s.key, "alias", s.key_len) != 0)
			continue;
		/* What modules.alias has, and what was said of the others there. */
		if (emit_is_blank(s.value, s.value_len) || !emit_fits_line(s.value, s.value_len))
			continue;
		/* Strings of .modinfo end in NUL, so that a value is a string. */
		if (modname_alias(s.value, alias) < 0) {
			log_at(in->log, LOG_WARNING, "Unmatched bracket in %s", s.value);
			continue;
		}
		r = add(w, alias, m->name, i, in->log);
		if (r < 0 || !in->warn_twice)
			continue;
		r = see_alias(&seen, alias);
		if (r > 0) {
			log_at(in->log, LOG_WARNING, "duplicate module alias:\n%s %s", alias,
			       m->name);
			r = 0;
		}
	}
	return r;
}

int emit_alias_bin(const struct emit_input *in, struct strbuf *out)
{
	auto_index_write struct index_write *w = index_write_new();
	int r = w ? 0 : -ENOMEM;

	for (size_t i = 0; i < in->resolved->n && r == 0; i++)
		r = add_aliases_of(in, i, w);
	return r < 0 ? r : index_write_emit(w, out);
}

int emit_symbols_bin(const struct emit_input *in, struct strbuf *out)
{
	auto_index_write struct index_write *w = index_write_new();
	auto_strbuf struct strbuf key = STRBUF_INIT;
	int r = w ? 0 : -ENOMEM;

	for (size_t i = 0; i < in->resolved->n_symbols && r == 0; i++) {
		const struct resolve_symbol *s = &in->resolved->symbols[i];

		if (s->owner == RESOLVE_KERNEL || !emit_fits_line(s->name, strlen(s->name)))
			continue;
		strbuf_clear(&key);
		r = strbuf_adds(&key, "symbol:");
		if (r == 0)
			r = strbuf_adds(&key, s->name);
		if (r == 0)
			r = add(w, key.s, in->resolved->modules[s->owner].name, s->owner, in->log);
	}
	return r < 0 ? r : index_write_emit(w, out);
}

/* ---- built into the kernel ------------------------------------------------- */

/* The whole of dir/name; empty, after a warning, when it cannot be read. 0, or -errno for want of means. */
static int read_input(const struct emit_input *in, const char *name, char **ret, size_t *ret_size)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;
	int r = strbuf_addf(&path, "%s/%s", in->dir, name);

	if (r == 0)
		r = io_read_file(path.s, ret, ret_size, NULL);
	if (r == 0 || r == -ENOMEM)
		return r;
	log_at(in->log, LOG_WARNING, "could not open %s at %s: %s", name, in->dir, strerror(-r));
	if (io_lacks_means(r))
		return r;
	*ret_size = 0;
	*ret = calloc(1, 1);
	return *ret ? 0 : -ENOMEM;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int emit_builtin_bin(const struct emit_input *in, struct strbuf *out)
{
	auto_index_write struct index_write *w = index_write_new();
	auto_free char *text = NULL;
	char name[MODNAME_MAX + 1];
	size_t size;
	int r = w ? read_input(in, "modules.builtin", &text, &size) : -ENOMEM;

	for (char *line = text, *end; r == 0 && line < text + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		end = end ? end : text + size; /* there is a NUL */
		*end = '\0';
		if (!is_letter(line[0]))
			log_err(in->log, "Invalid modules.builtin line: %s", line);
		else if (modname_from_path(line, name) > 0)
			r = add(w, name, "", 0, in->log);
	}
	return r < 0 ? r : index_write_emit(w, out);
}

/* "alias" of one record; scratch holds what the index takes as strings. */
static int add_builtin_alias(const struct emit_input *in, const struct builtin_record *record,
			     struct strbuf *scratch, struct index_write *w)
{
	char alias[MODNAME_MAX + 1];
	const char *value;
	int r;

	strbuf_clear(scratch);
	r = strbuf_add(scratch, record->module, record->module_len);
	if (r == 0)
		r = strbuf_addc(scratch, '\0');
	if (r == 0)
		r = strbuf_add(scratch, record->value, record->value_len);
	if (r < 0)
		return r;
	value = scratch->s + record->module_len + 1;
	if (modname_alias(value, alias) < 0) {
		log_at(in->log, LOG_WARNING, "Unmatched bracket in %s", value);
		return 0;
	}
	return add(w, alias, scratch->s, 0, in->log);
}

int emit_builtin_alias_bin(const struct emit_input *in, struct strbuf *out)
{
	auto_index_write struct index_write *w = index_write_new();
	auto_strbuf struct strbuf scratch = STRBUF_INIT;
	auto_free char *bytes = NULL;
	struct builtin_record record;
	struct builtin_iter it;
	size_t size;
	int r = w ? read_input(in, "modules.builtin.modinfo", &bytes, &size) : -ENOMEM;

	if (r < 0)
		return r;
	builtin_begin(&it, bytes, size);
	while (r == 0 && builtin_next(&it, &record)) {
		if (record.value_len > 0 && record.key_len == strlen("alias") &&
		    memcmp(record.key, "alias", record.key_len) == 0)
			r = add_builtin_alias(in, &record, &scratch, w);
	}
	return r < 0 ? r : index_write_emit(w, out);
}
