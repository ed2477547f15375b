/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Goes through all nodes of an index, and keeps the key of the one it is at. */
#include "libkmod/index-dump.h"

#include <errno.h>

#include "libkmod/index-node.h"
#include "libkmod/index-path.h"
#include "libkmod/index.h"
#include "shared/io.h"
#include "shared/strbuf.h"

/*
 * How many bytes of keys there may be for each byte of the file. A value costs at
 * least five of those and is said with its key, which no writer makes longer than
 * 4095; one long key with very many values would be text without an end.
 */
#define KEYS_FACTOR 1024

struct each {
	struct index_path path;
	uint64_t credit; /* bytes of keys that may still be said */
	struct strbuf key;
	index_each_fn *fn;
	void *data;
};

static int each_value(struct each *e, const struct index_node *node)
{
	struct index_values values;
	const char *value;
	uint32_t priority;
	int r = 0;

	if (!index_path_values(&e->path, node, &values))
		return 0;
	while (r >= 0 && index_values_next(&values, &value, &priority)) {
		if (e->key.len > e->credit) {
			index_damaged(e->path.ix, index_path_top(&e->path)->off);
			break;
		}
		e->credit -= e->key.len;
		r = e->fn(strbuf_str(&e->key), value, e->data);
	}
	return r < 0 ? r : 0;
}

/* A node's key and its values; what follows it comes later. */
static int each_enter(struct each *e, uint32_t word)
{
	struct step *step;
	int r = index_path_enter(&e->path, word);

	if (r <= 0)
		return r;
	step = index_path_top(&e->path);
	if (strbuf_add(&e->key, step->node.prefix, step->node.prefix_len) < 0)
		return -ENOMEM;
	step->key_len = e->key.len;
	step->next = step->node.first;
	return each_value(e, &step->node);
}

static int each_all(struct each *e)
{
	struct step *step;
	int r = each_enter(e, e->path.ix->root);

	while (r >= 0 && (step = index_path_top(&e->path)) != NULL) {
		uint32_t word = 0;
		uint8_t c = 0;

		while (step->node.childs && step->next <= step->node.last && word == 0) {
			c = (uint8_t)step->next++;
			word = index_node_child(&step->node, c);
		}
		if (word == 0) {
			e->path.n--;
			continue;
		}
		e->key.len = step->key_len;
		if (strbuf_addc(&e->key, (char)c) < 0)
			return -ENOMEM;
		r = each_enter(e, word);
	}
	return r < 0 ? r : 0;
}

int index_each(const struct index *ix, index_each_fn *fn, void *data)
{
	struct each e = { .key = STRBUF_INIT, .fn = fn, .data = data };
	int r = index_read_all(ix);

	if (r < 0)
		return r;
	index_path_init(&e.path, ix);
	e.credit = (uint64_t)ix->size * KEYS_FACTOR;
	r = each_all(&e);
	index_path_release(&e.path);
	strbuf_release(&e.key);
	return r;
}

#define FLUSH_SIZE 65536u

struct dump {
	struct strbuf out;
	const char *prefix;
	int fd;
};

static int dump_flush(struct dump *d)
{
	int r = io_write(d->fd, strbuf_str(&d->out), d->out.len);

	strbuf_clear(&d->out);
	return r;
}

static int dump_line(const char *key, const char *value, void *data)
{
	struct dump *d = data;

	if (strbuf_adds(&d->out, d->prefix) < 0 || strbuf_adds(&d->out, key) < 0 ||
	    strbuf_addc(&d->out, ' ') < 0 || strbuf_adds(&d->out, value) < 0 ||
	    strbuf_addc(&d->out, '\n') < 0)
		return -ENOMEM;
	return d->out.len < FLUSH_SIZE ? 0 : dump_flush(d);
}

int index_dump(const struct index *ix, int fd, const char *prefix)
{
	struct dump d = { .out = STRBUF_INIT, .prefix = prefix, .fd = fd };
	int r = index_each(ix, dump_line, &d);

	if (r == 0)
		r = dump_flush(&d);
	strbuf_release(&d.out);
	return r;
}
