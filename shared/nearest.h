/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which known names a mistyped one may have meant. Distance: letters left out,
 * put in, exchanged, or swapped with their neighbour; '-' and '_' are one letter.
 * Needs no memory but its own.
 */
#pragma once

#include <stddef.h>

#define NEAREST_MAX 3 /* names kept */
#define NEAREST_LENGTH 63 /* names that are longer are near to nothing */

struct nearest {
	const char *name; /* the mistyped one, borrowed */
	size_t n;
	struct {
		char name[NEAREST_LENGTH + 1];
		unsigned distance;
	} at[NEAREST_MAX]; /* n of them, nearest first, equals in the order they came */
};

struct strbuf;

void nearest_init(struct nearest *near, const char *name);
/* One that is known: kept if it is near and no nearer ones fill the places. */
void nearest_offer(struct nearest *near, const char *known);
/* " (did you mean a, b or c?)", or nothing, to the end of out. 0 or -ENOMEM. */
int nearest_say(const struct nearest *near, struct strbuf *out);
