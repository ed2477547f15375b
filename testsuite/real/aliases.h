/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The aliases of a real tree, from the text depmod leaves beside the indexes,
 * and names they match. For programs that end when something is wrong: every
 * failure here is a message and exit status 1.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct alias {
	char *pattern; /* in normal form; as depmod keeps it in the index */
	char *module;
};

/* In the order of the file; for reading until the program ends. */
struct aliases {
	struct alias *at;
	size_t n;
};

/* "alias PATTERN MODULE" lines of DIR/NAME; those with unbalanced brackets left out. */
struct aliases aliases_read(const char *dir, const char *name);

/* A fixed sequence of numbers for each start: the same on every machine. */
uint32_t aliases_random(uint64_t *state);
/*
 * A name the pattern matches: * becomes some text, ? and [...] become a byte.
 * Free it.
 */
char *aliases_concrete(const char *pattern, uint64_t *state);
