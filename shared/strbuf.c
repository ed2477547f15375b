/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Appends to a string that grows. */
#include "shared/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/cleanup.h"

void strbuf_release(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf)STRBUF_INIT;
}

int strbuf_reserve(struct strbuf *b, size_t n)
{
	size_t want, room = b->room ? b->room : 64;
	char *s;

	if (n >= SIZE_MAX / 2 - b->len)
		return -ENOMEM;
	want = b->len + n + 1;
	if (want <= b->room)
		return 0;
	while (room < want)
		room *= 2;
	s = realloc(b->s, room);
	if (!s)
		return -ENOMEM;
	s[b->len] = '\0';
	b->s = s;
	b->room = room;
	return 0;
}

int strbuf_add(struct strbuf *b, const char *bytes, size_t n)
{
	int r = strbuf_reserve(b, n);

	if (r < 0)
		return r;
	if (n > 0)
		memcpy(b->s + b->len, bytes, n);
	b->len += n;
	b->s[b->len] = '\0';
	return 0;
}

int strbuf_adds(struct strbuf *b, const char *s)
{
	return strbuf_add(b, s, strlen(s));
}

int strbuf_addc(struct strbuf *b, char c)
{
	return strbuf_add(b, &c, 1);
}

int strbuf_addf(struct strbuf *b, const char *format, ...)
{
	auto_free char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL; /* undefined after a failure */
		return -ENOMEM;
	}
	return strbuf_add(b, text, (size_t)n);
}

char *strbuf_steal(struct strbuf *b)
{
	char *s = b->s ? b->s : calloc(1, 1);

	*b = (struct strbuf)STRBUF_INIT;
	return s;
}
