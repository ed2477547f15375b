/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the groups of modules that need each other, and one way round in each. */
#include "tools/depmod/cycles.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/strbuf.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/resolve.h"

/*
 * Two modules are on a common cycle exactly if they are in one strongly
 * connected component, so these are found first (Tarjan's way, with a stack of
 * our own instead of recursion), in time linear in modules and edges.
 */
struct node {
	uint32_t seen; /* order of the first visit, 1-based; 0: not yet */
	uint32_t low; /* earliest node still open that can be reached from here */
	uint32_t component; /* 1-based; 0: still open */
	uint32_t parent; /* in the walk at hand */
	size_t next_edge; /* where the walk goes on */
	bool printed;
};

struct component {
	uint32_t size; /* modules in it */
	uint32_t shown; /* cycles told of */
};

/* So that the messages stay about as long as the list of modules, however tangled it is. */
#define SHOWN_MAX 16

struct search {
	const struct resolved *r;
	struct node *nodes;
	uint32_t *open; /* stack of nodes without a component; later: queue of shortest_cycle() */
	struct component *components; /* from 1 */
	uint32_t n_open, n_seen, n_components;
};

#define NOBODY UINT32_MAX

static void close_component(struct search *s, uint32_t root)
{
	uint32_t i;

	s->n_components++;
	do {
		i = s->open[--s->n_open];
		s->nodes[i].component = s->n_components;
		s->components[s->n_components].size++;
	} while (i != root);
}

static void enter(struct search *s, uint32_t i, uint32_t parent)
{
	struct node *node = &s->nodes[i];

	node->seen = node->low = ++s->n_seen;
	node->parent = parent;
	node->next_edge = s->r->first_edge[i];
	s->open[s->n_open++] = i;
}

static void find_components(struct search *s, uint32_t start)
{
	uint32_t i = start;

	enter(s, start, NOBODY);
	while (i != NOBODY) {
		struct node *node = &s->nodes[i];

		if (node->next_edge < s->r->first_edge[i + 1]) {
			uint32_t to = s->r->edges[node->next_edge++].to;
			const struct node *other = &s->nodes[to];

			if (!other->seen) {
				enter(s, to, i);
				i = to;
			} else if (!other->component && other->seen < node->low) {
				node->low = other->seen;
			}
			continue;
		}
		if (node->low == node->seen)
			close_component(s, i);
		else if (s->nodes[node->parent].low > node->low)
			s->nodes[node->parent].low = node->low;
		i = node->parent;
	}
}

static bool needs_itself(const struct resolved *r, uint32_t i)
{
	for (size_t e = r->first_edge[i]; e < r->first_edge[i + 1]; e++) {
		if (r->edges[e].to == i)
			return true;
	}
	return false;
}

/*
 * Breadth first inside the component, from start until an edge leads back to
 * it; parent then tells the way. Returns the last module of the cycle.
 */
static uint32_t shortest_cycle(struct search *s, uint32_t start)
{
	const struct resolved *r = s->r;
	uint32_t *queue = s->open, head = 0, tail = 0;

	for (size_t i = 0; i < r->n; i++)
		s->nodes[i].parent = NOBODY;
	queue[tail++] = start;
	while (head < tail) {
		uint32_t i = queue[head++];

		for (size_t e = r->first_edge[i + 1]; e-- > r->first_edge[i];) {
			uint32_t to = r->edges[e].to;

			if (to == start)
				return i;
			if (s->nodes[to].component != s->nodes[start].component ||
			    s->nodes[to].parent != NOBODY)
				continue;
			s->nodes[to].parent = i;
			queue[tail++] = to;
		}
	}
	return NOBODY; /* not reached: start is on a cycle */
}

static int print_cycle(struct search *s, uint32_t start, const struct log *log)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	const char *name = s->r->modules[start].name;
	uint32_t n = 0, i = shortest_cycle(s, start);
	int r;

	/* The way is told backwards; the queue is done with and holds it. */
	for (; i != NOBODY && i != start; i = s->nodes[i].parent)
		s->open[n++] = i;
	s->nodes[start].printed = true;
	r = strbuf_addf(&text, "%s -> ", name);
	while (n > 0 && r == 0) {
		i = s->open[--n];
		s->nodes[i].printed = true;
		r = strbuf_addf(&text, "%s -> ", s->r->modules[i].name);
	}
	if (r == 0)
		log_err(log, "Cycle detected: %s%s", strbuf_str(&text), name);
	return r;
}

int cycles_report(const struct resolved *r, const struct log *log, size_t *ret)
{
	auto_free struct node *nodes = calloc(r->n + 1, sizeof(*nodes));
	auto_free uint32_t *open = calloc(r->n + 1, sizeof(*open));
	auto_free struct component *components = calloc(r->n + 1, sizeof(*components));
	struct search s = { .r = r, .nodes = nodes, .open = open, .components = components };
	size_t found = 0;

	if (!nodes || !open || !components)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->n; i++) {
		if (!nodes[i].seen)
			find_components(&s, i);
	}
	for (uint32_t i = 0; i < r->n; i++) {
		struct component *c = &components[nodes[i].component];
		int error;

		if (c->size == 1 && !needs_itself(r, i))
			continue;
		found++;
		if (nodes[i].printed || c->shown > SHOWN_MAX)
			continue;
		if (c->shown++ == SHOWN_MAX) {
			log_err(log, "More cycles with %s are not shown", r->modules[i].name);
			continue;
		}
		error = print_cycle(&s, i, log);
		if (error < 0)
			return error;
	}
	if (found > 0)
		log_err(log, "Found %zu modules in dependency cycles!", found);
	*ret = found;
	return 0;
}
