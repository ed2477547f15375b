/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small things the language forgot. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _pure_ __attribute__((pure))
/* A function of the public API; everything else is built hidden. */
#define _export_ __attribute__((visibility("default")))

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* What follows PREFIX in S, or NULL when S does not begin with it. */
static inline const char *str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}
