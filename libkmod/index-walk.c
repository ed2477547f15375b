/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search in an index with patterns as its keys.
 *
 * It goes once through the part of the trie that can still match and
 * compares while it goes; no key is put together. What is known about the name
 * at a node is the set of places in it that the pattern read so far can have got
 * to, so a pattern with many stars costs no more than one with none: at most
 * one look at each place for each byte of the trie.
 */
#include "libkmod/index-walk.h"

#include <errno.h>
#include <stdlib.h>

#include "libkmod/index-glob.h"
#include "libkmod/index-node.h"
#include "libkmod/index-path.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

/*
 * Bytes of an element that is not complete. Each ] in it may mean a look at all
 * of it; no set of 7-bit bytes needs more.
 */
#define OPEN_MAX 256

/* Every place of the name from here on, instead of a list. */
#define NO_STAR SIZE_MAX

/* ---- hits ----------------------------------------------------------------- */

void index_hits_release(struct index_hits *hits)
{
	free(hits->at);
	*hits = (struct index_hits)INDEX_HITS_INIT;
}

int index_hits_add(struct index_hits *hits, const char *value, uint32_t priority, uint32_t found)
{
	if (hits->n == hits->room) {
		size_t room = hits->room ? hits->room * 2 : 8;
		struct index_hit *at = reallocarray(hits->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		hits->at = at;
		hits->room = room;
	}
	hits->at[hits->n++] = (struct index_hit){ value, priority, found };
	return 0;
}

static int by_priority_then_last_found(const void *a, const void *b)
{
	const struct index_hit *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->found > y->found ? -1 : x->found < y->found;
}

/* ---- search --------------------------------------------------------------- */

struct match {
	struct index_path path;
	struct index_hits *hits;
	size_t old; /* hits that were there before */
	const char *name;
	size_t len;
	uint64_t letters[2]; /* which 7-bit bytes the name has, one bit each */
	bool letters_known;
	struct strbuf text;
	size_t *place; /* starts out as few_places */
	size_t room;
	size_t few_places[512];
};

static void match_release(struct match *m)
{
	index_path_release(&m->path);
	strbuf_release(&m->text);
	if (m->place != m->few_places)
		free(m->place);
}

/* A spot may use its own n places and len + 1 at its start. */
static int reserve_places(struct match *m, size_t from)
{
	size_t *old = m->place == m->few_places ? NULL : m->place, *place;
	size_t need = from + m->len + 1, room = m->room;

	if (need <= room)
		return 0;
	while (room < need) {
		if (room > SIZE_MAX / 2)
			return -ENOMEM;
		room *= 2;
	}
	place = reallocarray(old, room, sizeof(*place));
	if (!place)
		return -ENOMEM;
	if (!old)
		memcpy(place, m->few_places, sizeof(m->few_places));
	m->place = place;
	m->room = room;
	return 0;
}

/* The pattern goes on with c itself. Returns whether there is a place left. */
static bool feed_literal(struct match *m, struct spot *spot, char c)
{
	size_t *place = m->place + spot->from, n = 0;

	if (spot->star != NO_STAR) {
		const char *p = m->name + spot->star, *end = m->name + m->len;

		while (p < end && (p = memchr(p, c, (size_t)(end - p))) != NULL)
			place[n++] = (size_t)(++p - m->name);
		spot->star = NO_STAR;
	} else {
		for (size_t i = 0; i < spot->n; i++) {
			if (m->name[place[i]] == c) /* the final NUL is nobody's c */
				place[n++] = place[i] + 1;
		}
	}
	spot->n = n;
	return n > 0;
}

static bool feed_any(const struct match *m, struct spot *spot)
{
	size_t *place = m->place + spot->from;

	if (spot->star != NO_STAR)
		return ++spot->star <= m->len;
	if (place[spot->n - 1] == m->len)
		spot->n--;
	for (size_t i = 0; i < spot->n; i++)
		place[i]++;
	return spot->n > 0;
}

/* set: what follows the '[', known to close. */
static bool feed_set(struct match *m, struct spot *spot, const char *set)
{
	size_t *place = m->place + spot->from, n = 0;
	bool hit = false;

	if (spot->star != NO_STAR) {
		for (size_t at = spot->star; at < m->len; at++) {
			if (index_glob_set(set, m->name[at], &hit) && hit)
				place[n++] = at + 1;
		}
		spot->star = NO_STAR;
	} else {
		for (size_t i = 0; i < spot->n; i++) {
			if (place[i] == m->len)
				break;
			if (index_glob_set(set, m->name[place[i]], &hit) && hit)
				place[n++] = place[i] + 1;
		}
	}
	spot->n = n;
	return n > 0;
}

/*
 * Part of an element that needs more than one byte; text of other spots is kept.
 * 1, 0: too long, or -ENOMEM.
 */
static int open_text(struct match *m, struct spot *spot, char c)
{
	if (spot->text_end - spot->text == OPEN_MAX)
		return 0;
	m->text.len = spot->text_end;
	if (strbuf_addc(&m->text, c) < 0)
		return -ENOMEM;
	spot->text_end++;
	return 1;
}

static int feed_open(struct match *m, struct spot *spot, char c)
{
	const char *text;
	bool hit;
	int r;

	if (m->text.s[spot->text] == '\\') {
		spot->text = spot->text_end;
		return feed_literal(m, spot, c);
	}
	r = open_text(m, spot, c);
	if (r <= 0)
		return r;
	text = m->text.s + spot->text;
	if (c != ']' || !index_glob_set(text + 1, ' ', &hit))
		return 1;
	spot->text = spot->text_end;
	return feed_set(m, spot, text + 1);
}

/* One more byte of the pattern: 1, 0: nothing can match any more, or -ENOMEM. */
static int feed(struct match *m, struct spot *spot, char c)
{
	if (spot->text != spot->text_end)
		return feed_open(m, spot, c);
	switch (c) {
	case '*':
		if (spot->star == NO_STAR) {
			spot->star = m->place[spot->from];
			spot->n = 0;
		}
		return 1;
	case '?':
		return feed_any(m, spot);
	case '[':
	case '\\':
		return open_text(m, spot, c);
	}
	return feed_literal(m, spot, c);
}

static int feed_prefix(struct match *m, struct spot *spot, const char *prefix)
{
	int r = 1;

	while (*prefix != '\0' && r > 0)
		r = feed(m, spot, *prefix++);
	return r;
}

/* The key ends here: does it match to the end of the name? */
static bool is_match(const struct match *m, const struct spot *spot)
{
	const size_t *place = m->place + spot->from;
	const char *text;

	if (spot->text == spot->text_end)
		return spot->star != NO_STAR || place[spot->n - 1] == m->len;
	m->text.s[spot->text_end] = '\0'; /* the longer keys, which had more here, are done */
	text = m->text.s + spot->text;
	if (text[0] != '[')
		return false;
	/* Never closed, so this '[' is just a byte. No depmod writes such a key. */
	if (spot->star != NO_STAR) {
		for (size_t at = spot->star; at < m->len; at++) {
			if (m->name[at] == '[' && index_glob(text, m->name + at))
				return true;
		}
	}
	for (size_t i = 0; i < spot->n; i++) {
		if (m->name[place[i]] == '[' && index_glob(text, m->name + place[i]))
			return true;
	}
	return false;
}

static void add_letter(uint64_t set[2], char c)
{
	uint8_t bit = (uint8_t)c;

	if (bit <= INDEX_CHAR_MAX)
		set[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* Which children can go on from here? */
static void want_childs(struct match *m, struct step *step)
{
	const struct spot *spot = &step->spot;

	step->want[0] = step->want[1] = 0;
	if (!step->node.childs)
		return;
	if (spot->text != spot->text_end) {
		step->want[0] = step->want[1] = UINT64_MAX;
		return;
	}
	add_letter(step->want, '*');
	add_letter(step->want, '?');
	add_letter(step->want, '[');
	add_letter(step->want, '\\');
	if (spot->star != NO_STAR) {
		for (size_t i = 0; i < m->len && !m->letters_known; i++)
			add_letter(m->letters, m->name[i]);
		m->letters_known = true;
		step->want[0] |= m->letters[0];
		step->want[1] |= m->letters[1];
	}
	for (size_t i = 0; i < spot->n; i++)
		add_letter(step->want, m->name[m->place[spot->from + i]]);
}

/* The next child wanted, in ascending order; 0: no more. */
static uint32_t next_child(struct step *step, char *c)
{
	for (size_t half = 0; half < 2; half++) {
		uint64_t want = step->want[half];

		while (want != 0) {
			uint8_t byte = (uint8_t)(half * 64 + (size_t)__builtin_ctzll(want));
			uint32_t word = index_node_child(&step->node, byte);

			want &= want - 1;
			if (word != 0) {
				step->want[half] = want;
				*c = (char)byte;
				return word;
			}
		}
		step->want[half] = 0;
	}
	return 0;
}

static int collect(struct match *m, const struct index_node *node)
{
	struct index_values values;
	const char *value;
	uint32_t priority;

	if (!index_path_values(&m->path, node, &values))
		return 0;
	while (index_values_next(&values, &value, &priority)) {
		size_t found = m->hits->n - m->old;

		if (found == UINT32_MAX ||
		    index_hits_add(m->hits, value, priority, (uint32_t)found) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * Into a node: what its prefix, without the first skip bytes, leaves of spot.
 * 1, 0: nothing, or -ENOMEM.
 */
static int enter(struct match *m, uint32_t word, const struct spot *spot, size_t skip)
{
	struct step *step;
	int r = index_path_enter(&m->path, word);

	if (r <= 0)
		return r;
	step = index_path_top(&m->path);
	step->spot = *spot;
	r = feed_prefix(m, &step->spot, step->node.prefix + skip);
	if (r > 0)
		want_childs(m, step);
	else
		m->path.n--;
	return r;
}

/*
 * The subtree of word, in which the keys are patterns for what the name has from
 * start on. lead: byte before the node that is part of the pattern, or NUL.
 * skip: bytes of the node's prefix that are not. Children first, ascending, own
 * values last.
 */
static int match_subtree(struct match *m, uint32_t word, char lead, size_t skip, size_t start)
{
	struct spot spot = { .n = 1, .star = NO_STAR };
	struct step *step;
	int r = 1;

	if (reserve_places(m, 0) < 0)
		return -ENOMEM;
	m->place[0] = start;
	if (lead != '\0')
		r = feed(m, &spot, lead);
	if (r > 0)
		r = enter(m, word, &spot, skip);
	while (r >= 0 && (step = index_path_top(&m->path)) != NULL) {
		char c;

		word = next_child(step, &c);
		if (word == 0) {
			r = is_match(m, &step->spot) ? collect(m, &step->node) : 0;
			m->path.n--;
			continue;
		}
		spot = step->spot;
		spot.from += spot.n;
		if (reserve_places(m, spot.from) < 0)
			return -ENOMEM;
		memcpy(m->place + spot.from, m->place + step->spot.from,
		       spot.n * sizeof(*m->place));
		r = feed(m, &spot, c);
		if (r > 0)
			r = enter(m, word, &spot, 0);
	}
	return r < 0 ? r : 0;
}

/*
 * The literal part of the keys, which only one path can match. It takes a byte
 * of the name for each node, so a loop in the file ends with the name.
 */
static int match_literal(struct match *m)
{
	static const char wild[] = { '*', '?', '[' };
	uint32_t word = m->path.ix->root;
	const char *p = m->name;

	for (;;) {
		struct index_node node;
		uint32_t child;

		if (!index_node_at(m->path.ix, word, &node))
			return 0;
		for (size_t i = 0; i < node.prefix_len; i++, p++) {
			if (index_is_wild(node.prefix[i]))
				return match_subtree(m, word, '\0', i, (size_t)(p - m->name));
			if (node.prefix[i] != *p)
				return 0;
		}
		for (size_t i = 0; i < ARRAY_SIZE(wild) && node.childs; i++) {
			child = index_node_child(&node, (uint8_t)wild[i]);
			if (child != 0 &&
			    match_subtree(m, child, wild[i], 0, (size_t)(p - m->name)) < 0)
				return -ENOMEM;
		}
		if (*p == '\0')
			return collect(m, &node);
		if (index_is_wild(*p)) /* those keys were patterns just now */
			return 0;
		word = index_node_child(&node, (uint8_t)*p++);
	}
}

int index_match(const struct index *ix, const char *name, struct index_hits *hits)
{
	struct match m;
	int r;

	index_path_init(&m.path, ix);
	m.hits = hits;
	m.old = hits->n;
	m.name = name;
	m.len = strlen(name);
	m.letters[0] = m.letters[1] = 0;
	m.letters_known = false;
	m.text = (struct strbuf)STRBUF_INIT;
	m.place = m.few_places;
	m.room = ARRAY_SIZE(m.few_places);

	r = match_literal(&m);
	if (r < 0)
		hits->n = m.old;
	else if (hits->n - m.old > 1)
		qsort(hits->at + m.old, hits->n - m.old, sizeof(*hits->at),
		      by_priority_then_last_found);
	match_release(&m);
	return r;
}
