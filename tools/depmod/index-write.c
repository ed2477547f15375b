/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trie never exists in memory: in the sorted array of all entries each of
 * its nodes is a run of neighbours, and going through the runs from the left
 * gives the nodes in the order they have in the file.
 */
#include "tools/depmod/index-write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/index-format.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

#define SIZE_LIMIT (INDEX_NODE_OFFSET + 1u)

struct entry {
	const char *key; /* in texts, the value behind it */
	uint32_t key_len;
	uint32_t value_len;
	uint32_t priority;
	uint32_t number; /* in order of addition */
};

struct index_write {
	struct arena texts;
	struct entry *entries;
	size_t n, room;
	size_t limit;
};

/* A node still to be written. */
struct run {
	size_t first, end; /* of the entries below it */
	size_t depth; /* bytes of the keys that lead to it, its child byte included */
	size_t word_at; /* where in the file its word goes */
};

struct runs {
	struct run *at;
	size_t n, room;
};

struct index_write *index_write_new(void)
{
	struct index_write *w = calloc(1, sizeof(*w));

	if (w)
		w->limit = SIZE_LIMIT;
	return w;
}

void index_write_free(struct index_write *w)
{
	if (!w)
		return;
	arena_release(&w->texts);
	free(w->entries);
	free(w);
}

void index_write_set_limit(struct index_write *w, size_t bytes)
{
	w->limit = bytes < SIZE_LIMIT ? bytes : SIZE_LIMIT;
}

/* Length of a string of 7-bit bytes, or -EINVAL; too long for any file: -EFBIG is emit's. */
static int check_text(const char *s, size_t *ret_len)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		if ((unsigned char)s[n] > INDEX_CHAR_MAX)
			return -EINVAL;
	}
	*ret_len = n;
	return 0;
}

int index_write_add(struct index_write *w, const char *key, const char *value, uint32_t priority)
{
	size_t key_len, value_len;
	char *text;

	if (check_text(key, &key_len) < 0 || check_text(value, &value_len) < 0)
		return -EINVAL;
	if (key_len > SIZE_LIMIT || value_len > SIZE_LIMIT || w->n == UINT32_MAX)
		return -ENOMEM; /* such a file could not be written anyway */
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 256;
		struct entry *entries = reallocarray(w->entries, room, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		w->entries = entries;
		w->room = room;
	}
	text = arena_take_text(&w->texts, key_len + value_len + 2);
	if (!text)
		return -ENOMEM;
	memcpy(text, key, key_len + 1);
	memcpy(text + key_len + 1, value, value_len + 1);
	w->entries[w->n] = (struct entry){
		.key = text,
		.key_len = (uint32_t)key_len,
		.value_len = (uint32_t)value_len,
		.priority = priority,
		.number = (uint32_t)w->n,
	};
	w->n++;
	return 0;
}

/* Keys in byte order, then priority, then what was added later first. */
static int entry_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int r = strcmp(x->key, y->key);

	if (r != 0)
		return r;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->number > y->number ? -1 : x->number < y->number;
}

static int push_run(struct runs *runs, struct run run)
{
	if (runs->n == runs->room) {
		size_t room = runs->room ? runs->room * 2 : 64;
		struct run *at = reallocarray(runs->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		runs->at = at;
		runs->room = room;
	}
	runs->at[runs->n++] = run;
	return 0;
}

/* n more bytes at the end of the file; what is there is undefined. */
static int extend(const struct index_write *w, struct strbuf *out, size_t n, uint8_t **ret)
{
	if (n > w->limit || out->len > w->limit - n)
		return -EFBIG;
	if (strbuf_reserve(out, n) < 0)
		return -ENOMEM;
	*ret = (uint8_t *)out->s + out->len;
	out->len += n;
	out->s[out->len] = '\0';
	return 0;
}

static uint8_t byte_at(const struct entry *e, size_t depth)
{
	return (uint8_t)e->key[depth];
}

/* The longest beginning that all keys of the run share. */
static size_t shared_len(const struct index_write *w, const struct run *run)
{
	/* Sorted: what the first and the last share, all between them have too. */
	const struct entry *a = &w->entries[run->first], *b = &w->entries[run->end - 1];
	size_t n = run->depth;

	while (n < a->key_len && a->key[n] == b->key[n])
		n++;
	return n;
}

static int write_childs(const struct index_write *w, struct strbuf *out, const struct run *run,
			size_t depth, struct runs *todo)
{
	uint8_t first = byte_at(&w->entries[run->first], depth);
	uint8_t last = byte_at(&w->entries[run->end - 1], depth);
	size_t words = last - first + 1u, end = run->end, words_at;
	uint8_t *p;
	int r;

	r = extend(w, out, 2 + 4 * words, &p);
	if (r < 0)
		return r;
	/* gcc-analyzer use-of-uninitialized-value: extend() sets it where it is not negative */
	*p++ = first;
	*p++ = last;
	memset(p, 0, 4 * words);
	words_at = out->len - 4 * words;

	/* From the right: what is pushed last is written first. */
	while (end > run->first) {
		uint8_t c = byte_at(&w->entries[end - 1], depth);
		size_t begin = end - 1;

		while (begin > run->first && byte_at(&w->entries[begin - 1], depth) == c)
			begin--;
		r = push_run(todo, (struct run){ begin, end, depth + 1,
						 words_at + 4 * (size_t)(c - first) });
		if (r < 0)
			return r;
		end = begin;
	}
	return 0;
}

static int write_values(const struct index_write *w, struct strbuf *out, size_t first, size_t end)
{
	uint8_t *p;
	int r;

	r = extend(w, out, 4, &p);
	if (r < 0)
		return r;
	index_put32(p, (uint32_t)(end - first));
	for (size_t i = first; i < end; i++) {
		const struct entry *e = &w->entries[i];

		r = extend(w, out, 4u + e->value_len + 1u, &p);
		if (r < 0)
			return r;
		index_put32(p, e->priority);
		memcpy(p + 4, e->key + e->key_len + 1, e->value_len + 1u);
	}
	return 0;
}

/* The node of one run; its children are left in *todo. */
static int write_node(const struct index_write *w, struct strbuf *out, struct run run,
		      struct runs *todo)
{
	size_t depth = run.depth > 0 ? shared_len(w, &run) : 0; /* the root has no prefix */
	size_t values_first = run.first, values_end = run.first;
	uint32_t word = (uint32_t)out->len;
	uint8_t *p;
	int r;

	/* Keys that end here are the shortest, so the first. */
	while (values_end < run.end && w->entries[values_end].key_len == depth)
		values_end++;
	run.first = values_end;

	if (run.depth > 0 && depth > run.depth) {
		size_t n = depth - run.depth;

		word |= INDEX_NODE_PREFIX;
		r = extend(w, out, n + 1, &p);
		if (r < 0)
			return r;
		memcpy(p, w->entries[values_first].key + run.depth, n);
		p[n] = '\0';
	}
	if (run.first < run.end) {
		word |= INDEX_NODE_CHILDS;
		r = write_childs(w, out, &run, depth, todo);
		if (r < 0)
			return r;
	}
	if (values_end > values_first) {
		word |= INDEX_NODE_VALUES;
		r = write_values(w, out, values_first, values_end);
		if (r < 0)
			return r;
	}
	index_put32((uint8_t *)out->s + run.word_at, word);
	return 0;
}

int index_write_emit(struct index_write *w, struct strbuf *out)
{
	struct runs todo = { NULL, 0, 0 };
	uint8_t *head;
	int r;

	if (w->n > 1)
		qsort(w->entries, w->n, sizeof(*w->entries), entry_order);
	r = extend(w, out, INDEX_HEADER_SIZE, &head);
	if (r == 0) {
		index_put32(head, INDEX_MAGIC);
		index_put32(head + 4, INDEX_VERSION_MAJOR << 16 | INDEX_VERSION_MINOR);
		r = push_run(&todo, (struct run){ 0, w->n, 0, 8 });
	}
	while (r == 0 && todo.n > 0)
		r = write_node(w, out, todo.at[--todo.n], &todo);
	if (r < 0)
		strbuf_clear(out);
	free(todo.at);
	return r;
}
