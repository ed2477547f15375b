/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growing string. Invariant: s is NULL or NUL-terminated at s[len]; an
 * addition that fails leaves the buffer as it was.
 */
#pragma once

#include <stddef.h>

#include "shared/macro.h"

struct strbuf {
	char *s;
	size_t len; /* bytes, without the final NUL */
	size_t room; /* bytes allocated */
};

#define STRBUF_INIT { NULL, 0, 0 }
#define auto_strbuf __attribute__((cleanup(strbuf_release)))

void strbuf_release(struct strbuf *b);
/* All return 0 or -ENOMEM. */
int strbuf_add(struct strbuf *b, const char *bytes, size_t n);
int strbuf_adds(struct strbuf *b, const char *s);
int strbuf_addc(struct strbuf *b, char c);
int strbuf_addf(struct strbuf *b, const char *format, ...) _printf_(2, 3);
/* Make room for n more bytes without changing the contents. */
int strbuf_reserve(struct strbuf *b, size_t n);
static inline void strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	if (b->s)
		b->s[0] = '\0';
}
/* The string, never NULL; borrowed until the next change. */
static inline const char *strbuf_str(const struct strbuf *b)
{
	return b->s ? b->s : "";
}
/* Words from files go to a terminal: each byte that may steer it, or is no UTF-8, becomes a '?'. */
void strbuf_plain(struct strbuf *b);
/* The same for a message made by that format, whose own newlines stay. */
void strbuf_plain_message(char *text, const char *format);
/* The string, now the caller's to free; NULL (-ENOMEM) only for lack of memory. */
char *strbuf_steal(struct strbuf *b);
