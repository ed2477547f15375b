/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers from the text of an index what the index itself would answer. */
#include "libkmod/index-text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/builtin.h"
#include "libkmod/index-glob.h"
#include "libkmod/index-walk.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "shared/path.h"

struct entry {
	const char *key, *value; /* in keys, in text */
	size_t literal; /* bytes of key before its first * ? [ */
	uint32_t priority;
	uint32_t place; /* as which it was read */
};

struct index_text {
	char *text; /* the file; lines and records end in NUL */
	char *keys; /* one behind the other */
	struct entry *at; /* n entries by key, then by priority */
	size_t keys_len, n, room;
};

void index_text_close(struct index_text *it)
{
	if (!it)
		return;
	free(it->text);
	free(it->keys);
	free(it->at);
	free(it);
}

static void cleanup_text(struct index_text **it)
{
	index_text_close(*it);
}
#define auto_index_text __attribute__((cleanup(cleanup_text)))

/* The index holds 7-bit text only. */
static bool is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s <= 0x7f)
		s++;
	return *s == '\0';
}

/* key is copied, and is no longer than what of the file it was made of. */
static int add(struct index_text *it, const char *key, const char *value, uint32_t priority)
{
	size_t size = strlen(key) + 1;

	if (!is_ascii(key) || !is_ascii(value) || it->n == UINT32_MAX)
		return 0;
	if (it->n == it->room) {
		size_t room = it->room ? it->room * 2 : 1024;
		struct entry *at = reallocarray(it->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		it->at = at;
		it->room = room;
	}
	it->at[it->n] = (struct entry){
		.key = memcpy(it->keys + it->keys_len, key, size),
		.value = value,
		.literal = strcspn(key, "*?["),
		.priority = priority,
		.place = (uint32_t)it->n,
	};
	it->keys_len += size;
	it->n++;
	return 0;
}

static int add_dep(struct index_text *it, char *line, uint32_t number)
{
	char name[MODNAME_MAX + 1];
	char *colon = strchr(line, ':');

	if (!colon)
		return 0;
	*colon = '\0';
	(void)modname_from_path(line, name);
	*colon = ':';
	return name[0] ? add(it, name, line, number) : 0;
}

/* The lines are in the order of modules: each change of module is the next priority. */
static int add_alias(struct index_text *it, char *line, uint32_t *priority)
{
	const char *value = str_after(line, "alias ");
	char *blank = value ? strrchr(value, ' ') : NULL;
	char alias[MODNAME_MAX + 1];

	if (!blank)
		return 0;
	*blank = '\0';
	if (modname_alias(value, alias) < 0)
		return 0;
	if (it->n > 0 && !streq(it->at[it->n - 1].value, blank + 1))
		++*priority;
	return add(it, alias, blank + 1, *priority);
}

static int add_builtin(struct index_text *it, const char *line)
{
	bool letter = (line[0] >= 'a' && line[0] <= 'z') || (line[0] >= 'A' && line[0] <= 'Z');
	char name[MODNAME_MAX + 1];

	return letter && modname_from_path(line, name) > 0 ? add(it, name, "", 0) : 0;
}

/*
 * A last line without its end may be half of one. Only the list of built-in
 * modules is not depmod's, and may be made so; there a whole one ends in .ko.
 */
static size_t without_half(char *text, size_t size, enum index_text_form form)
{
	const char *last = memrchr(text, '\n', size);

	last = last ? last + 1 : text;
	if (form == INDEX_TEXT_BUILTIN && modname_is_module_file(path_base(last)))
		return size;
	size = (size_t)(last - text);
	text[size] = '\0';
	return size;
}

static int read_lines(struct index_text *it, enum index_text_form form)
{
	uint32_t number = 0, priority = 0;
	int r = 0;

	for (char *save = NULL, *line = strtok_r(it->text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save), number++) {
		if (form == INDEX_TEXT_DEP)
			r = add_dep(it, line, number);
		else if (form == INDEX_TEXT_ALIAS)
			r = add_alias(it, line, &priority);
		else
			r = add_builtin(it, line);
	}
	return r;
}

/* "NAME.alias=VALUE" and its NUL: NAME gets an end where the dot was. */
static int read_modinfo(struct index_text *it, size_t size)
{
	struct builtin_record record;
	struct builtin_iter iter;
	int r = 0;

	builtin_begin(&iter, it->text, size);
	while (r == 0 && builtin_next(&iter, &record)) {
		char alias[MODNAME_MAX + 1];

		if (record.key_len != strlen("alias") || record.value_len == 0 ||
		    memcmp(record.key, "alias", record.key_len) != 0)
			continue;
		it->text[record.module - it->text + (ptrdiff_t)record.module_len] = '\0';
		if (modname_alias(record.value, alias) == 0)
			r = add(it, alias, record.module, 0);
	}
	return r;
}

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int r = strcmp(x->key, y->key);

	if (r == 0)
		r = (x->priority > y->priority) - (x->priority < y->priority);
	return r ? r : (x->place > y->place) - (x->place < y->place);
}

int index_text_open(const char *path, enum index_text_form form, struct index_text **ret,
		    struct stat *st)
{
	auto_index_text struct index_text *it = calloc(1, sizeof(*it));
	struct stat seen;
	size_t size;
	int r;

	if (!it)
		return -ENOMEM;
	r = io_read_file(path, &it->text, &size, &seen);
	if (r < 0)
		return r;
	if (form != INDEX_TEXT_MODINFO)
		size = without_half(it->text, size, form);
	it->keys = malloc(size + 1);
	if (!it->keys)
		return -ENOMEM;
	r = form == INDEX_TEXT_MODINFO ? read_modinfo(it, size) : read_lines(it, form);
	if (r < 0)
		return r;
	if (it->n > 1)
		qsort(it->at, it->n, sizeof(*it->at), by_key);
	*st = seen;
	*ret = steal_ptr(it);
	return 0;
}

const char *index_text_find(const struct index_text *it, const char *key)
{
	size_t low = 0, high = it->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(it->at[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < it->n && streq(it->at[low].key, key) ? it->at[low].value : NULL;
}

/*
 * The order of index_match(). Of equal priorities the last found comes first,
 * and an index is walked so: keys whose literal part is short, then by bytes, a
 * key behind its extensions; one key's values last read first.
 */
static int by_answer(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;
	size_t i = 0;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	if (x->literal != y->literal)
		return x->literal > y->literal ? -1 : 1;
	while (x->key[i] != '\0' && x->key[i] == y->key[i])
		i++;
	if (x->key[i] != y->key[i]) {
		if (x->key[i] == '\0' || y->key[i] == '\0')
			return x->key[i] == '\0' ? -1 : 1;
		return x->key[i] > y->key[i] ? -1 : 1;
	}
	return x->place < y->place ? -1 : x->place > y->place;
}

static bool matches(const struct entry *entry, const char *name)
{
	return strncmp(entry->key, name, entry->literal) == 0 &&
	       index_glob(entry->key + entry->literal, name + entry->literal);
}

int index_text_match(const struct index_text *it, const char *name, struct index_hits *hits)
{
	auto_free const struct entry **found = NULL;
	size_t n = 0, old = hits->n;
	int r = 0;

	for (size_t i = 0; i < it->n; i++)
		n += matches(&it->at[i], name);
	if (n == 0)
		return 0;
	found = calloc(n, sizeof(const struct entry *));
	if (!found)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < it->n; i++) {
		if (matches(&it->at[i], name))
			found[n++] = &it->at[i];
	}
	qsort(found, n, sizeof(const struct entry *), by_answer);
	for (size_t i = 0; i < n && r == 0; i++)
		r = index_hits_add(hits, found[i]->value, found[i]->priority, 0);
	if (r < 0)
		hits->n = old;
	return r;
}

int index_text_each(const struct index_text *it,
		    int (*fn)(const char *key, const char *value, void *data), void *data)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < it->n; i++)
		r = fn(it->at[i].key, it->at[i].value, data);
	return r < 0 ? r : 0;
}
