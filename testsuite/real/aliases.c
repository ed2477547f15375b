/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the aliases of a real tree, and makes names that they match. */
#include "testsuite/real/aliases.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/cleanup.h"
#include "shared/macro.h"

/*
 * docs/spec/index-files.md 3.7, in words of its own: a test that borrowed the
 * library's would not see its faults. False: unbalanced brackets.
 */
static bool normalize(char *s)
{
	while (*s != '\0') {
		if (*s == ']')
			return false;
		if (*s == '[') {
			s = strchr(s, ']');
			if (!s)
				return false;
		} else if (*s == '-') {
			*s = '_';
		}
		s++;
	}
	return true;
}

struct aliases aliases_read(const char *dir, const char *name)
{
	auto_free char *path = NULL, *line = NULL;
	auto_fclose FILE *f = NULL;
	struct aliases all = { NULL, 0 };
	size_t room = 0, size = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		errx(1, "%s: no memory", name);
	f = fopen(path, "re");
	if (!f)
		err(1, "%s", path);
	while (getline(&line, &size, f) > 0) {
		char *pattern = NULL, *module = NULL;

		if (sscanf(line, "alias %ms %ms", &pattern, &module) != 2 || !normalize(pattern)) {
			free(pattern);
			free(module);
			continue;
		}
		if (all.n == room) {
			room = room ? room * 2 : 4096;
			all.at = reallocarray(all.at, room, sizeof(*all.at));
			if (!all.at)
				errx(1, "%s: no memory", path);
		}
		all.at[all.n++] = (struct alias){ pattern, module };
	}
	if (ferror(f))
		errx(1, "%s: cannot be read", path);
	return all;
}

uint32_t aliases_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* A member of the set behind a '[', which closes; *p moves behind the ']'. */
static char set_member(const char **p, uint64_t *state)
{
	const char *set = *p, *end = strchr(set, ']');
	bool member[128] = { false }, negative = *set == '!' || *set == '^';
	char some[128];
	size_t n = 0;

	set += negative;
	for (; set < end; set++) {
		unsigned char to = (unsigned char)(end - set > 2 && set[1] == '-' ? set[2] : *set);

		for (unsigned char c = (unsigned char)*set; c <= to && c < ARRAY_SIZE(member); c++)
			member[c] = true;
		set += end - set > 2 && set[1] == '-' ? 2 : 0;
	}
	for (unsigned char c = '0'; c <= 'z'; c++) {
		/* those that may stand alone in a name: no brackets, and '-' is '_' */
		if (member[c] != negative && c != '[' && c != ']')
			some[n++] = (char)c;
	}
	if (n == 0)
		errx(1, "nothing to choose in '[%s'", *p);
	*p = end + 1;
	return some[aliases_random(state) % n];
}

char *aliases_concrete(const char *pattern, uint64_t *state)
{
	static const char *const texts[] = { "", "0", "x", "00000001", "acme,board_rev_2",
					     "0001F00C", "T0000", "C" };
	auto_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		err(1, "open_memstream");
	while (*pattern != '\0') {
		char c = *pattern++;

		if (c == '*')
			(void)fputs(texts[aliases_random(state) % ARRAY_SIZE(texts)], f);
		else if (c == '?')
			(void)fputc("0123456789abcdefABCDEFxyz_"[aliases_random(state) % 26], f);
		else if (c == '[')
			(void)fputc(set_member(&pattern, state), f);
		else
			(void)fputc(c, f);
	}
	if (fclose(f) != 0)
		err(1, "open_memstream");
	return steal_ptr(text);
}
