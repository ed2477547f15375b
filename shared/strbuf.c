/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Appends to a string that grows. */
#include "shared/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
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
	s = reallocarray(b->s, room, 1);
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

/* Bytes of the character at p that can be shown, 0: none. n: bytes there are. */
static size_t shown(const unsigned char *p, size_t n)
{
	size_t size = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] < ' ' || p[0] == 0x7f || (p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4 || size > n)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* controls of a second kind, forms that are too long, halves of pairs, what is beyond the last */
	if ((p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] >= 0x90))
		return 0;
	return size;
}

static void make_plain(char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t size = shown((const unsigned char *)s + i, n - i);

		if (size == 0) {
			s[i] = '?';
			size = 1;
		}
		i += size;
	}
}

void strbuf_plain(struct strbuf *b)
{
	make_plain(b->s, b->len);
}

void strbuf_plain_message(char *text, const char *format)
{
	const char *first = strchr(format, '\n');
	bool lines = first && first[1] != '\0';
	char *end = text + strlen(text);

	if (first && end > text && end[-1] == '\n')
		end--;
	while (text < end) {
		char *nl = lines ? memchr(text, '\n', (size_t)(end - text)) : NULL;
		char *stop = nl ? nl : end;

		make_plain(text, (size_t)(stop - text));
		text = stop + 1;
	}
}

char *strbuf_steal(struct strbuf *b)
{
	char *s = b->s ? b->s : calloc(1, 1);

	*b = (struct strbuf)STRBUF_INIT;
	return s;
}
