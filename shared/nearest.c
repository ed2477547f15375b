/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measures how far names are from each other, and keeps the nearest. */
#include "shared/nearest.h"

#include <stdlib.h>
#include <string.h>

#include "shared/macro.h"
#include "shared/strbuf.h"

void nearest_init(struct nearest *near, const char *name)
{
	near->name = name;
	near->n = 0;
}

/* What still counts as near: one letter in three, two in all. */
static unsigned limit_of(size_t len)
{
	return len < 3 ? 0 : len < 6 ? 1 : 2;
}

static char letter(char c)
{
	return c == '-' ? '_' : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Rows of the usual table, of which the last three are kept. Both are at most NEAREST_LENGTH long. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned rows[3][NEAREST_LENGTH + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *spare = before;

		before = last;
		last = row;
		row = spare;
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			char x = letter(a[i - 1]), y = letter(b[j - 1]);

			row[j] = least(last[j - 1] + (x != y), least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x == letter(b[j - 2]) && letter(a[i - 2]) == y)
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[m];
}

void nearest_offer(struct nearest *near, const char *known)
{
	size_t n = strlen(near->name), m = strlen(known), at;
	unsigned limit = limit_of(n < m ? n : m), d;

	if (n > NEAREST_LENGTH || m > NEAREST_LENGTH || (n < m ? m - n : n - m) > limit)
		return;
	d = distance(near->name, n, known, m);
	if (d > limit)
		return;
	for (size_t i = 0; i < near->n; i++) {
		if (streq(near->at[i].name, known))
			return;
	}
	for (at = near->n; at > 0 && near->at[at - 1].distance > d; at--)
		;
	if (at == NEAREST_MAX)
		return;
	if (near->n < NEAREST_MAX)
		near->n++;
	memmove(&near->at[at + 1], &near->at[at], (near->n - 1 - at) * sizeof(near->at[0]));
	memcpy(near->at[at].name, known, m + 1);
	near->at[at].distance = d;
}

int nearest_say(const struct nearest *near, struct strbuf *out)
{
	for (size_t i = 0; i < near->n; i++) {
		int r = strbuf_addf(out, "%s%s%s", i == 0 ? " (did you mean " : i + 1 < near->n ? ", " : " or ",
				    near->at[i].name, i + 1 == near->n ? "?)" : "");

		if (r < 0)
			return r;
	}
	return 0;
}
