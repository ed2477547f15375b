/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text lists to index files: which key, which value, which priority (index-files.md 3.7). */
#include "testsuite/mkmod/mkmod.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/hash.h"
#include "shared/modname.h"
#include "shared/strbuf.h"
#include "tools/depmod/index-write.h"

static int add(const struct recipe *recipe, struct index_write *w, const char *key,
	       const char *value, uint32_t priority)
{
	switch (index_write_add(w, key, value, priority)) {
	case 0:
		return 0;
	case -EINVAL:
		return complain_at(recipe, "a byte above 127");
	default:
		return complain("no memory");
	}
}

static int emit(struct index_write *w, const char *out_path)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	int r = index_write_emit(w, &out);

	if (r < 0)
		return complain("%s: %s", out_path, strerror(-r));
	return write_file(out_path, out.s, out.len);
}

/* KEY PRIORITY VALUE; the value may have blanks or be missing. */
static int add_entry(struct recipe *recipe, struct index_write *w, char *line)
{
	auto_strbuf struct strbuf key = STRBUF_INIT, value = STRBUF_INIT;
	unsigned long long priority = 0;
	char *word, *rest;
	int r;

	word = cut_word(line, &rest);
	if (!word)
		return complain_at(recipe, "no key");
	if (!streq(word, "\"\"") && (r = add_unescaped(recipe, &key, word)) < 0)
		return r;
	word = cut_word(rest, &rest);
	if (!word)
		return complain_at(recipe, "no priority");
	r = parse_number(recipe, word, &priority);
	if (r < 0)
		return r;
	if (priority > UINT32_MAX)
		return complain_at(recipe, "a priority has 32 bits");
	r = add_unescaped(recipe, &value, rest);
	if (r < 0)
		return r;
	return add(recipe, w, strbuf_str(&key), strbuf_str(&value), (uint32_t)priority);
}

int make_index(const char *in_path, const char *out_path)
{
	auto_index_write struct index_write *w = index_write_new();
	struct recipe recipe;
	char *line;
	int r;

	if (!w)
		return complain("no memory");
	r = recipe_open(&recipe, in_path);
	while (r == 0 && (line = recipe_line(&recipe)) != NULL)
		r = add_entry(&recipe, w, line);
	recipe_close(&recipe);
	return r < 0 ? r : emit(w, out_path);
}

/* Names of modules.dep, in order: the position is the priority. */
struct order {
	struct hash positions; /* position + 1, as a pointer */
	struct strbuf names;
	uint32_t n;
};

static int add_dep(struct recipe *recipe, struct order *order, struct index_write *w, char *line)
{
	char name[MODNAME_MAX + 1];
	char *colon = strchr(line, ':');

	(void)order;
	if (!colon)
		return complain_at(recipe, "no colon");
	*colon = '\0';
	(void)modname_from_path(line, name);
	*colon = ':';
	return add(recipe, w, name, line, recipe->line - 1);
}

static int add_builtin(struct recipe *recipe, struct order *order, struct index_write *w,
		       char *line)
{
	char name[MODNAME_MAX + 1];

	(void)order;
	if (modname_from_path(line, name) == 0)
		return complain_at(recipe, "no name");
	return add(recipe, w, name, "", 0);
}

/* alias VALUE MODULE; the value may have blanks. */
static int cut_alias(struct recipe *recipe, char *line, const char **value, const char **module)
{
	char *space = strrchr(line, ' ');

	*value = str_after(line, "alias ");
	if (!*value || !space || space < *value)
		return complain_at(recipe, "not 'alias VALUE MODULE'");
	*space = '\0';
	*module = space + 1;
	return 0;
}

static int module_position(struct recipe *recipe, struct order *order, const char *module,
			   uint32_t *ret)
{
	uintptr_t position = (uintptr_t)hash_get(&order->positions, module);

	if (position == 0)
		return complain_at(recipe, "module %s is not in modules.dep", module);
	*ret = (uint32_t)(position - 1);
	return 0;
}

static int add_alias(struct recipe *recipe, struct order *order, struct index_write *w, char *line)
{
	char key[MODNAME_MAX + 1];
	const char *value = NULL, *module = NULL;
	uint32_t priority = 0;
	int r;

	r = cut_alias(recipe, line, &value, &module);
	if (r == 0)
		r = module_position(recipe, order, module, &priority);
	if (r < 0)
		return r;
	if (modname_alias(value, key) < 0)
		return 0; /* such a one is in the text file only */
	return add(recipe, w, key, module, priority);
}

static int add_symbol(struct recipe *recipe, struct order *order, struct index_write *w, char *line)
{
	const char *value = NULL, *module = NULL;
	uint32_t priority = 0;
	int r;

	r = cut_alias(recipe, line, &value, &module);
	if (r == 0)
		r = module_position(recipe, order, module, &priority);
	return r < 0 ? r : add(recipe, w, value, module, priority);
}

static int add_builtin_alias(struct recipe *recipe, struct order *order, struct index_write *w,
			     char *line)
{
	char key[MODNAME_MAX + 1];
	const char *value = NULL, *module = NULL;
	int r;

	(void)order;
	r = cut_alias(recipe, line, &value, &module);
	if (r < 0)
		return r;
	if (modname_alias(value, key) < 0)
		return complain_at(recipe, "brackets do not match");
	return add(recipe, w, key, module, 0);
}

/* 1: there is none. */
static int read_order(const char *dir, struct order *order)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;
	struct recipe recipe;
	const char *name;
	char *line;
	int r;

	if (strbuf_addf(&path, "%s/modules.dep", dir) < 0)
		return complain("no memory");
	if (access(path.s, F_OK) < 0)
		return 1;
	r = recipe_open(&recipe, path.s);
	while (r == 0 && (line = recipe_raw_line(&recipe)) != NULL) {
		char cut[MODNAME_MAX + 1];
		size_t len;

		line[strcspn(line, ":")] = '\0';
		len = modname_from_path(line, cut);
		if (strbuf_add(&order->names, cut, len + 1) < 0)
			r = complain("no memory");
		order->n++;
	}
	recipe_close(&recipe);
	/* Only now the names stay where they are. */
	name = strbuf_str(&order->names);
	for (uintptr_t i = 1; r == 0 && i <= order->n; i++) {
		if (hash_add(&order->positions, name, (void *)i) == -ENOMEM)
			r = complain("no memory");
		name += strlen(name) + 1;
	}
	return r;
}

static int make_list(const char *dir, const char *name, struct order *order,
		     int (*add_line)(struct recipe *, struct order *, struct index_write *, char *))
{
	auto_strbuf struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	auto_index_write struct index_write *w = index_write_new();
	struct recipe recipe;
	char *line;
	int r;

	if (!w || strbuf_addf(&in, "%s/%s", dir, name) < 0 ||
	    strbuf_addf(&out, "%s.bin", in.s) < 0)
		return complain("no memory");
	if (access(in.s, F_OK) < 0)
		return 0;
	r = recipe_open(&recipe, in.s);
	while (r == 0 && (line = recipe_raw_line(&recipe)) != NULL) {
		if (*line != '#')
			r = add_line(&recipe, order, w, line);
	}
	recipe_close(&recipe);
	return r < 0 ? r : emit(w, out.s);
}

int make_tree_indexes(const char *dir)
{
	static const struct {
		const char *name;
		int (*add_line)(struct recipe *, struct order *, struct index_write *, char *);
	} lists[] = {
		{ "modules.alias", add_alias },
		{ "modules.builtin", add_builtin },
		{ "modules.builtin.alias", add_builtin_alias },
		{ "modules.dep", add_dep },
		{ "modules.symbols", add_symbol },
	};
	struct order order = { HASH_INIT, STRBUF_INIT, 0 };
	int r = read_order(dir, &order);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(lists); i++)
		r = make_list(dir, lists[i].name, &order, lists[i].add_line);
	hash_release(&order.positions);
	strbuf_release(&order.names);
	return r < 0 ? r : 0;
}
