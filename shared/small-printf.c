/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* printf() of what is printed here, in little code. */
#include "shared/small.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define CHUNK 1024 /* bytes that are written at once */

struct sink {
	char *at; /* room bytes, used of them are written */
	size_t room, used;
	FILE *file; /* where they go when there is no more room; NULL: what comes then is only counted */
	size_t n;
};

static void flush(struct sink *out)
{
	(void)fwrite(out->at, 1, out->used, out->file); /* the stream remembers an error */
	out->used = 0;
}

static void put(struct sink *out, char c)
{
	if (out->used == out->room && out->file)
		flush(out);
	if (out->used < out->room)
		out->at[out->used++] = c;
	out->n++;
}

/* One conversion: how it was written, and its value in text. */
struct conversion {
	bool left, zero, prefixed;
	unsigned int longs; /* l: 1, ll: 2 */
	size_t width, precision; /* precision of SIZE_MAX: none */
	char letter;
	const char *prefix, *text;
	size_t size; /* of text */
	char digits[24]; /* room for it */
};

struct arguments {
	va_list list;
};

static void put_conversion(struct sink *out, const struct conversion *c)
{
	size_t n = strlen(c->prefix) + c->size;
	size_t pad = c->width > n ? c->width - n : 0;

	for (; pad > 0 && !c->left && !c->zero; pad--)
		put(out, ' ');
	for (const char *at = c->prefix; *at; at++)
		put(out, *at);
	for (; pad > 0 && !c->left; pad--)
		put(out, '0');
	for (size_t i = 0; i < c->size; i++)
		put(out, c->text[i]);
	for (; pad > 0; pad--)
		put(out, ' ');
}

static void set_number(struct conversion *c, unsigned long long v, unsigned int base)
{
	char *at = c->digits + sizeof(c->digits);

	do {
		*--at = "0123456789abcdef"[v % base];
		v /= base;
	} while (v > 0);
	c->text = at;
	c->size = (size_t)(c->digits + sizeof(c->digits) - at);
}

static size_t read_size(const char **at, struct arguments *args)
{
	size_t n = 0;

	if (**at == '*') {
		++*at;
		return (size_t)va_arg(args->list, int);
	}
	while (isdigit((unsigned char)**at))
		n = n * 10 + (size_t)(*(*at)++ - '0');
	return n;
}

/* What stands behind the %, up to the letter, which is returned. */
static const char *read_conversion(struct conversion *c, const char *at, struct arguments *args)
{
	*c = (struct conversion){ .precision = SIZE_MAX, .prefix = "" };
	for (; *at && strchr("-0#", *at); at++) {
		c->left |= *at == '-';
		c->zero |= *at == '0';
		c->prefixed |= *at == '#';
	}
	c->width = read_size(&at, args);
	if (*at == '.') {
		at++;
		c->precision = read_size(&at, args);
	}
	for (; *at == 'l' || *at == 'z'; at++)
		c->longs += *at == 'l' || sizeof(size_t) > sizeof(int);
	c->letter = *at;
	return at;
}

static void take_signed(struct conversion *c, struct arguments *args)
{
	long long v = c->longs == 0 ? va_arg(args->list, int) :
		      c->longs == 1 ? va_arg(args->list, long) :
				      va_arg(args->list, long long);

	c->prefix = v < 0 ? "-" : "";
	set_number(c, v < 0 ? 0 - (unsigned long long)v : (unsigned long long)v, 10);
}

static void take_unsigned(struct conversion *c, struct arguments *args, unsigned int base)
{
	unsigned long long v = c->longs == 0 ? va_arg(args->list, unsigned int) :
			       c->longs == 1 ? va_arg(args->list, unsigned long) :
					       va_arg(args->list, unsigned long long);

	c->prefix = c->prefixed && v != 0 ? "0x" : "";
	set_number(c, v, base);
}

static void take_text(struct conversion *c, const char *text)
{
	c->text = text ? text : "(null)";
	c->size = strnlen(c->text, c->precision);
}

static void convert(struct sink *out, const char *format, va_list list)
{
	const int error = errno;
	struct arguments args;

	va_copy(args.list, list);
	for (const char *at = format; *at; at++) {
		const char *begin = at;
		struct conversion c;

		if (*at != '%') {
			put(out, *at);
			continue;
		}
		at = read_conversion(&c, at + 1, &args);
		switch (c.letter) {
		case 'd':
			take_signed(&c, &args);
			break;
		case 'u':
			take_unsigned(&c, &args, 10);
			break;
		case 'x':
			take_unsigned(&c, &args, 16);
			break;
		case 'p':
			c.prefix = "0x";
			set_number(&c, (uintptr_t)va_arg(args.list, void *), 16);
			break;
		case 'c':
			c.digits[0] = (char)va_arg(args.list, int);
			c.text = c.digits;
			c.size = 1;
			break;
		case 's':
			take_text(&c, va_arg(args.list, const char *));
			break;
		case 'm':
			take_text(&c, strerror(error));
			break;
		case '\0': /* ends inside of it */
			at--;
			break;
		default:
			c.text = c.letter == '%' ? at : begin;
			c.size = (size_t)(at - c.text) + 1;
		}
		put_conversion(out, &c);
	}
	va_end(args.list);
	errno = error;
}

/* What printf() returns for that many bytes. */
static int result(size_t n)
{
	if (n <= INT_MAX)
		return (int)n;
	errno = EOVERFLOW;
	return -1;
}

int small_vfprintf(FILE *file, const char *format, va_list args)
{
	char buffer[CHUNK];
	struct sink out = { buffer, sizeof(buffer), 0, file, 0 };

	convert(&out, format, args);
	flush(&out);
	return ferror(file) ? -1 : result(out.n);
}

int small_vsnprintf(char *to, size_t size, const char *format, va_list args)
{
	struct sink out = { to, size > 0 ? size - 1 : 0, 0, NULL, 0 };

	convert(&out, format, args);
	if (size > 0)
		to[out.used] = '\0';
	return result(out.n);
}

int small_vasprintf(char **ret, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = small_vsnprintf(NULL, 0, format, again);
	va_end(again);
	*ret = n < 0 ? NULL : malloc((size_t)n + 1);
	return *ret ? small_vsnprintf(*ret, (size_t)n + 1, format, args) : -1;
}

int small_fprintf(FILE *file, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = small_vfprintf(file, format, args);
	va_end(args);
	return n;
}

int small_snprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = small_vsnprintf(to, size, format, args);
	va_end(args);
	return n;
}

int small_asprintf(char **ret, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = small_vasprintf(ret, format, args);
	va_end(args);
	return n;
}
