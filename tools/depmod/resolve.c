/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives symbols their owners, modules their dependencies, and all of them an order. */
#include "tools/depmod/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/hash.h"
#include "shared/macro.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/symvers.h"

#define NO_NUMBER UINT32_MAX

struct work {
	struct resolved to;
	const struct resolve_options *options;
	const struct log *log;
	struct hash by_name; /* symbol name to struct resolve_symbol */
	uint32_t *mark; /* by module: who saw it last, 1-based */
	uint32_t *number; /* by module: its place in the order, or NO_NUMBER */
	size_t edge_room, closure_room, n_closure;
};

void resolved_release(struct resolved *r)
{
	free(r->symbols);
	free(r->edges);
	free(r->first_edge);
	free(r->closure);
	free(r->first_closure);
	*r = (struct resolved){ 0 };
}

static void cleanup_work(struct work *w)
{
	resolved_release(&w->to);
	hash_release(&w->by_name);
	free(w->mark);
	free(w->number);
}

/* Makes room for one more element of an array of n; 0 or -ENOMEM. */
static int grow(void *array, size_t n, size_t *room, size_t size)
{
	size_t want = *room ? *room * 2 : 256;
	void *at;

	if (n < *room)
		return 0;
	at = reallocarray(*(void **)array, want, size);
	if (!at)
		return -ENOMEM;
	*(void **)array = at;
	*room = want;
	return 0;
}

/* ---- symbols --------------------------------------------------------------- */

static const char *without_prefix(const struct work *w, const char *name)
{
	char prefix = w->options->symbol_prefix;

	return prefix && name[0] == prefix ? name + 1 : name;
}

static const char *owner_name(const struct work *w, const struct resolve_symbol *s)
{
	return s->owner == RESOLVE_KERNEL ? "the kernel" : w->to.modules[s->owner].name;
}

/* The last one who offers a symbol owns it. */
static int offer(struct work *w, const char *name, uint64_t crc, uint32_t owner)
{
	struct resolve_symbol *s = hash_get(&w->by_name, name);
	int r = 0;

	if (!s) {
		s = &w->to.symbols[w->to.n_symbols];
		r = hash_add(&w->by_name, name, s);
		if (r < 0)
			return r;
		w->to.n_symbols++;
	} else if (w->options->warn_twice && s->owner != RESOLVE_KERNEL && s->owner != owner) {
		log_at(w->log, LOG_WARNING, "duplicate module symbol: %s in %s and %s", name,
		       owner_name(w, s), w->to.modules[owner].name);
	}
	*s = (struct resolve_symbol){ name, crc, owner };
	return r;
}

static int collect_symbols(struct work *w)
{
	const struct symvers *kernel = w->options->kernel;
	size_t room = kernel ? kernel->n : 0;
	int r = 0;

	for (size_t i = 0; i < w->to.n; i++)
		room += w->to.modules[i].n_exports;
	/* All at once: the edges and the table point into it. */
	w->to.symbols = calloc(room + 1, sizeof(*w->to.symbols));
	if (!w->to.symbols)
		return -ENOMEM;
	for (size_t i = 0; kernel && i < kernel->n && r == 0; i++)
		r = offer(w, kernel->at[i].name, kernel->at[i].crc, RESOLVE_KERNEL);
	for (size_t i = 0; i < w->to.n && r == 0; i++) {
		const struct facts *m = &w->to.modules[i];

		for (size_t k = 0; k < m->n_exports && r == 0; k++)
			r = offer(w, without_prefix(w, m->exports[k].name), m->exports[k].crc,
				  (uint32_t)i);
	}
	return r;
}

/* ---- direct dependencies --------------------------------------------------- */

static int need(struct work *w, uint32_t from, const struct facts_symbol *symbol)
{
	const struct facts *m = &w->to.modules[from];
	const char *name = symbol->name + (symbol->name[0] == '.'); /* powerpc function entry */
	const struct resolve_symbol *s;
	size_t n = w->to.first_edge[from + 1];
	int r;

	name = without_prefix(w, name);
	s = hash_get(&w->by_name, name);
	if (!s) {
		if (w->options->warn_unknown && !symbol->weak)
			log_at(w->log, LOG_WARNING, "%s needs unknown symbol %s", m->path, name);
		return 0;
	}
	if (w->options->warn_crc && !symbol->weak && s->crc != symbol->crc)
		log_at(w->log, LOG_WARNING, "%s disagrees about version of symbol %s", m->path,
		       name);
	if (s->owner == RESOLVE_KERNEL || w->mark[s->owner] == from + 1)
		return 0;
	r = grow(&w->to.edges, n, &w->edge_room, sizeof(*w->to.edges));
	if (r < 0)
		return r;
	w->to.edges[n] = (struct resolve_edge){ s->owner, s };
	w->to.first_edge[from + 1] = n + 1;
	w->mark[s->owner] = from + 1;
	return 0;
}

static int connect_modules(struct work *w)
{
	int r = 0;

	w->to.first_edge[0] = 0;
	for (size_t i = 0; i < w->to.n && r == 0; i++) {
		const struct facts *m = &w->to.modules[i];

		w->to.first_edge[i + 1] = w->to.first_edge[i];
		for (size_t k = 0; k < m->n_needs && r == 0; k++)
			r = need(w, (uint32_t)i, &m->needs[k]);
	}
	return r;
}

/* ---- order ----------------------------------------------------------------- */

/*
 * Users before what they use: a module gets its number when the last of its
 * users has one. Those on a cycle, and what they need, never get any.
 */
static int number_modules(struct work *w)
{
	const size_t n = w->to.n, *first = w->to.first_edge;
	auto_free uint32_t *users = calloc(n + 1, sizeof(*users));
	auto_free uint32_t *stack = calloc(n + 1, sizeof(*stack));
	size_t depth = 0;

	if (!users || !stack)
		return -ENOMEM;
	for (size_t e = 0; e < first[n]; e++)
		/* gcc-analyzer null-dereference: first[n] is 0 where there are no edges */
		users[w->to.edges[e].to]++;
	for (size_t i = 0; i < n; i++) {
		w->number[i] = NO_NUMBER;
		if (users[i] == 0)
			stack[depth++] = (uint32_t)i;
	}
	while (depth > 0) {
		uint32_t i = stack[--depth];

		w->number[i] = (uint32_t)w->to.n_numbered++;
		for (size_t e = first[i]; e < first[i + 1]; e++) {
			uint32_t to = w->to.edges[e].to;

			if (--users[to] == 0)
				stack[depth++] = to;
		}
	}
	return 0;
}

/* ---- closures -------------------------------------------------------------- */

/* All that edges of module i lead to and mark (stamp) has not seen, to the end of closure. */
static int add_reached(struct work *w, uint32_t i, uint32_t stamp)
{
	for (size_t e = w->to.first_edge[i]; e < w->to.first_edge[i + 1]; e++) {
		uint32_t to = w->to.edges[e].to;
		int r;

		if (w->mark[to] == stamp)
			continue;
		r = grow(&w->to.closure, w->n_closure, &w->closure_room, sizeof(*w->to.closure));
		if (r < 0)
			return r;
		w->mark[to] = stamp;
		w->to.closure[w->n_closure++] = to;
	}
	return 0;
}

static int by_number(const void *a, const void *b, void *numbers)
{
	const uint32_t *number = numbers;
	uint32_t x = number[*(const uint32_t *)a], y = number[*(const uint32_t *)b];

	return (x > y) - (x < y);
}

static int close_modules(struct work *w)
{
	int r = 0;

	memset(w->mark, 0, w->to.n * sizeof(*w->mark));
	for (size_t i = 0; i < w->to.n && r == 0; i++) {
		uint32_t stamp = (uint32_t)i + 1;
		size_t first = w->n_closure;

		w->to.first_closure[i] = first;
		r = add_reached(w, (uint32_t)i, stamp);
		for (size_t k = first; k < w->n_closure && r == 0; k++)
			r = add_reached(w, w->to.closure[k], stamp);
		if (w->n_closure > first + 1)
			qsort_r(w->to.closure + first, w->n_closure - first,
				sizeof(*w->to.closure), by_number, w->number);
	}
	w->to.first_closure[w->to.n] = w->n_closure;
	return r;
}

int resolve(const struct facts *modules, size_t n, const struct resolve_options *options,
	    const struct log *log, struct resolved *ret)
{
	__attribute__((cleanup(cleanup_work))) struct work w = {
		.to = { .modules = modules, .n = n }, .options = options, .log = log,
	};
	int r;

	w.to.first_edge = calloc(n + 1, sizeof(*w.to.first_edge));
	w.to.first_closure = calloc(n + 1, sizeof(*w.to.first_closure));
	w.mark = calloc(n + 1, sizeof(*w.mark));
	w.number = calloc(n + 1, sizeof(*w.number));
	if (!w.to.first_edge || !w.to.first_closure || !w.mark || !w.number)
		return -ENOMEM;
	r = collect_symbols(&w);
	if (r == 0)
		r = connect_modules(&w);
	if (r == 0)
		r = number_modules(&w);
	if (r == 0 && w.to.n_numbered == n)
		r = close_modules(&w);
	if (r < 0)
		return r;
	*ret = w.to;
	w.to = (struct resolved){ 0 };
	return 0;
}
