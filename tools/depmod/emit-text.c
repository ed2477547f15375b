/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the bytes of each text file out of the facts. */
#include "tools/depmod/emit-text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/elf-modinfo.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/path.h"
#include "shared/strbuf.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/resolve.h"

/* ---- modules.dep ----------------------------------------------------------- */

int emit_dep_line(const struct resolved *resolved, size_t i, struct strbuf *out)
{
	int r = strbuf_adds(out, resolved->modules[i].listed);

	if (r == 0)
		r = strbuf_addc(out, ':');
	for (size_t k = resolved->first_closure[i]; k < resolved->first_closure[i + 1] && r == 0;
	     k++) {
		r = strbuf_addc(out, ' ');
		if (r == 0)
			r = strbuf_adds(out, resolved->modules[resolved->closure[k]].listed);
	}
	return r;
}

int emit_dep(const struct emit_input *in, struct strbuf *out)
{
	int r = 0;

	for (size_t i = 0; i < in->resolved->n && r == 0; i++) {
		r = emit_dep_line(in->resolved, i, out);
		if (r == 0)
			r = strbuf_addc(out, '\n');
	}
	return r;
}

/* ---- what modules say of themselves ---------------------------------------- */

static bool has_key(const struct modinfo_string *s, const char *key)
{
	return s->key_len == strlen(key) && memcmp(s->key, key, s->key_len) == 0;
}

bool emit_fits_line(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
			return false;
	}
	return true;
}

bool emit_is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] != ' ' && text[i] != '\t')
			return false;
	}
	return true;
}

/* "VERB VALUE MODULE" or "VERB MODULE VALUE". */
static int add_rule(struct strbuf *out, const char *verb, const struct modinfo_string *value,
		    const char *module, bool value_first)
{
	int r = strbuf_adds(out, verb);

	if (r == 0)
		r = strbuf_addc(out, ' ');
	if (r == 0)
		r = value_first ? strbuf_add(out, value->value, value->value_len) :
				  strbuf_adds(out, module);
	if (r == 0)
		r = strbuf_addc(out, ' ');
	if (r == 0)
		r = value_first ? strbuf_adds(out, module) :
				  strbuf_add(out, value->value, value->value_len);
	return r < 0 ? r : strbuf_addc(out, '\n');
}

/* Says so if not. A backslash at the end of a line would make the next one a part of it. */
static bool is_rule(const struct modinfo_string *s, const char *key, const char *module, bool value_first,
		    const struct log *log)
{
	if (emit_fits_line(s->value, s->value_len) &&
	    (value_first || s->value_len == 0 || s->value[s->value_len - 1] != '\\'))
		return true;
	log_err(log, "module %s: a rule must be one line, %s ignored", module, key);
	return false;
}

/* One rule for each string with this key, in all modules. */
static int add_rules(const struct emit_input *in, const char *key, bool value_first,
		     struct strbuf *out)
{
	int r = 0;

	for (size_t i = 0; i < in->resolved->n && r == 0; i++) {
		const struct facts *m = &in->resolved->modules[i];
		struct modinfo_string s;
		struct modinfo_iter it;

		modinfo_begin_bytes(&it, m->modinfo, m->modinfo_size);
		while (r == 0 && modinfo_next(&it, &s)) {
			if (has_key(&s, key) && !emit_is_blank(s.value, s.value_len) &&
			    is_rule(&s, key, m->name, value_first, in->log))
				r = add_rule(out, key, &s, m->name, value_first);
		}
	}
	return r;
}

int emit_alias(const struct emit_input *in, struct strbuf *out)
{
	int r = strbuf_adds(out, "# Aliases extracted from modules themselves.\n");

	return r < 0 ? r : add_rules(in, "alias", true, out);
}

int emit_softdep(const struct emit_input *in, struct strbuf *out)
{
	int r = strbuf_adds(out, "# Soft dependencies extracted from modules themselves.\n");

	return r < 0 ? r : add_rules(in, "softdep", false, out);
}

int emit_weakdep(const struct emit_input *in, struct strbuf *out)
{
	int r = strbuf_adds(out, "# Weak dependencies extracted from modules themselves.\n");

	return r < 0 ? r : add_rules(in, "weakdep", false, out);
}

/* ---- modules.symbols ------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct resolve_symbol *x = *(const struct resolve_symbol *const *)a;
	const struct resolve_symbol *y = *(const struct resolve_symbol *const *)b;

	return strcmp(x->name, y->name);
}

int emit_symbols(const struct emit_input *in, struct strbuf *out)
{
	const struct resolved *resolved = in->resolved;
	auto_free const struct resolve_symbol **sorted =
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
		calloc(resolved->n_symbols + 1, sizeof(*sorted));
	size_t n = 0;
	int r;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < resolved->n_symbols; i++) {
		if (resolved->symbols[i].owner != RESOLVE_KERNEL)
			sorted[n++] = &resolved->symbols[i];
	}
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): as above */
	qsort(sorted, n, sizeof(*sorted), by_name);
	r = strbuf_adds(out, "# Aliases for symbols, used by symbol_request().\n");
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *module = resolved->modules[sorted[i]->owner].name;

		if (emit_fits_line(sorted[i]->name, strlen(sorted[i]->name)))
			r = strbuf_addf(out, "alias symbol:%s %s\n", sorted[i]->name, module);
		else
			log_err(in->log, "module %s: a symbol has control characters, ignored", module);
	}
	return r;
}

/* ---- modules.devname ------------------------------------------------------- */

struct device {
	const char *name; /* below /dev; NULL: not known */
	char type; /* 'c', 'b', or 0: numbers not known */
	uint32_t major, minor;
};

/* A decimal number; what follows it, or NULL: none, or too large. */
static const char *parse_number(const char *text, uint32_t *ret)
{
	uint64_t v = 0;
	const char *at;

	for (at = text; *at >= '0' && *at <= '9'; at++) {
		v = v * 10 + (unsigned)(*at - '0');
		if (v > UINT32_MAX)
			return NULL;
	}
	*ret = (uint32_t)v;
	return at > text ? at : NULL;
}

/* An alias "char-major-MAJOR-MINOR..." or "block-major-..." sets the numbers. */
static void read_numbers(const char *alias, struct device *dev)
{
	static const struct { const char *prefix; char type; } kinds[] = {
		{ "char-major-", 'c' }, { "block-major-", 'b' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *at = str_after(alias, kinds[i].prefix);
		uint32_t major, minor;

		at = at ? parse_number(at, &major) : NULL;
		if (at && *at == '-' && parse_number(at + 1, &minor)) {
			dev->type = kinds[i].type;
			dev->major = major;
			dev->minor = minor;
		}
	}
}

/* Strings of .modinfo end in NUL, so that a value is a string. */
static void find_device(const struct facts *m, struct device *dev)
{
	struct modinfo_string s;
	struct modinfo_iter it;

	modinfo_begin_bytes(&it, m->modinfo, m->modinfo_size);
	while (!(dev->name && dev->type) && modinfo_next(&it, &s)) {
		const char *name;

		if (!has_key(&s, "alias"))
			continue;
		name = str_after(s.value, "devname:");
		if (name)
			dev->name = name;
		else
			read_numbers(s.value, dev);
	}
}

int emit_devname(const struct emit_input *in, struct strbuf *out)
{
	int r = 0;

	for (size_t i = 0; i < in->resolved->n && r == 0; i++) {
		const struct facts *m = &in->resolved->modules[i];
		struct device dev = { NULL, '\0', 0, 0 };

		find_device(m, &dev);
		if (!dev.name)
			continue;
		/* An empty one is written as ever; it is a bad line to its readers. */
		if (dev.name[0] && !path_is_device(dev.name, strlen(dev.name))) {
			log_err(in->log, "Module '%s' has a devname that is no name below /dev. Ignoring.",
				m->name);
			continue;
		}
		if (!dev.type) {
			log_err(in->log,
				"Module '%s' has devname (%s) but lacks major and minor "
				"information. Ignoring.",
				m->name, dev.name);
			continue;
		}
		if (out->len == 0)
			r = strbuf_adds(out,
					"# Device nodes to trigger on-demand module loading.\n");
		if (r == 0)
			r = strbuf_addf(out, "%s %s %c%u:%u\n", m->name, dev.name, dev.type,
					dev.major, dev.minor);
	}
	return r;
}
