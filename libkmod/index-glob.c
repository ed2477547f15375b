/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pattern against one text, in the C locale whatever locale the process has. */
#include "libkmod/index-glob.h"

#include <stddef.h>
#include <stdint.h>

#include "shared/macro.h"

static bool between(uint8_t c, char first, char last)
{
	return c >= (uint8_t)first && c <= (uint8_t)last;
}

static bool is_digit(uint8_t c)
{
	return between(c, '0', '9');
}

static bool is_lower(uint8_t c)
{
	return between(c, 'a', 'z');
}

static bool is_upper(uint8_t c)
{
	return between(c, 'A', 'Z');
}

static bool is_alpha(uint8_t c)
{
	return is_lower(c) || is_upper(c);
}

static bool is_alnum(uint8_t c)
{
	return is_alpha(c) || is_digit(c);
}

static bool is_graph(uint8_t c)
{
	return between(c, '!', '~');
}

static bool is_punct(uint8_t c)
{
	return is_graph(c) && !is_alnum(c);
}

static bool is_print(uint8_t c)
{
	return between(c, ' ', '~');
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(uint8_t c)
{
	return c == ' ' || between(c, '\t', '\r');
}

static bool is_cntrl(uint8_t c)
{
	return c < ' ' || c == 0x7f;
}

static bool is_xdigit(uint8_t c)
{
	return is_digit(c) || between(c, 'a', 'f') || between(c, 'A', 'F');
}

static const struct {
	const char *name; /* with what ends it */
	bool (*has)(uint8_t c);
} classes[] = {
	{ "alnum:]", is_alnum }, { "alpha:]", is_alpha },   { "blank:]", is_blank },
	{ "cntrl:]", is_cntrl }, { "digit:]", is_digit },   { "graph:]", is_graph },
	{ "lower:]", is_lower }, { "print:]", is_print },   { "punct:]", is_punct },
	{ "space:]", is_space }, { "upper:]", is_upper },   { "xdigit:]", is_xdigit },
};

/* One member of a set, or one end of a range. NULL: the text ends inside. */
static const char *set_member(const char *p, uint8_t *ret)
{
	/*
	 * Collating symbols and equivalence classes of one byte: more the C locale has
	 * not. Not of a ']', so that whether one closes the set is known when it is read.
	 */
	if (p[0] == '[' && (p[1] == '.' || p[1] == '=') && p[2] != '\0' && p[2] != ']' &&
	    p[3] == p[1] && p[4] == ']') {
		*ret = (uint8_t)p[2];
		return p + 5;
	}
	if (*p == '\\')
		p++;
	if (*p == '\0')
		return NULL;
	*ret = (uint8_t)*p;
	return p + 1;
}

/* p is behind "[:". What follows the class, or NULL: not a class, the '[' is a member. */
static const char *set_class(const char *p, uint8_t c, bool *hit, bool *unknown)
{
	const char *end = p;

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		const char *after = str_after(p, classes[i].name);

		if (after) {
			*hit = classes[i].has(c);
			return after;
		}
	}
	while (is_lower((uint8_t)*end))
		end++;
	if (end[0] != ':' || end[1] != ']')
		return NULL;
	*unknown = true;
	return end + 2;
}

const char *index_glob_set(const char *p, char text, bool *hit)
{
	bool negated = *p == '!' || *p == '^', found = false, closes = false;
	bool lost = false; /* a class nobody knows came before any member that is c */
	uint8_t c = (uint8_t)text;

	if (negated)
		p++;
	/* A ']' closes, unless it is the first member. */
	for (; *p != ']' || !closes; closes = true) {
		bool in_class = false, unknown = false;
		uint8_t low, high;

		if (p[0] == '[' && p[1] == ':') {
			const char *after = set_class(p + 2, c, &in_class, &unknown);

			if (after) {
				found |= in_class;
				lost |= unknown && !found;
				p = after;
				continue;
			}
		}
		p = set_member(p, &low);
		if (!p)
			return NULL;
		high = low;
		if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
			p = set_member(p + 1, &high);
			if (!p)
				return NULL;
		}
		found |= low <= c && c <= high;
	}
	*hit = found != negated && !lost;
	return p + 1;
}

/* What follows the first element of the pattern (no star) if that matches c, else NULL. */
static const char *one_element(const char *p, char c)
{
	const char *after;
	bool hit;

	switch (*p) {
	case '?':
		return p + 1;
	case '[':
		after = index_glob_set(p + 1, c, &hit);
		if (after)
			return hit ? after : NULL;
		break;
	case '\\':
		p++;
		break;
	}
	return *p == c ? p + 1 : NULL; /* c is not NUL: the end of the pattern is no match */
}

bool index_glob(const char *p, const char *text)
{
	const char *star = NULL, *retry = NULL;

	/*
	 * All but a star takes exactly one byte, so only the last star seen ever
	 * needs to take more: what lies before it has matched as early as it can.
	 */
	for (;;) {
		const char *after;

		if (*p == '*') {
			star = ++p;
			retry = text;
			continue;
		}
		if (*text == '\0')
			return *p == '\0';
		after = one_element(p, *text);
		if (after) {
			p = after;
			text++;
		} else if (star) {
			p = star;
			text = ++retry;
		} else {
			return false;
		}
	}
}
