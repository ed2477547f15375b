/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters that a module does not have, and values that its parameters cannot take. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/diagnose.h"
#include "libkmod/info.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/nearest.h"

#define STRING_MAX 1024 /* bytes the kernel takes as a string */

/* '-' and '_' are one letter, as for the kernel. */
static bool same_name(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i] && !(strchr("-_", a[i]) && strchr("-_", b[i])))
			return false;
	}
	return true;
}

/*
 * The next NAME or NAME=VALUE of the text, cut as the kernel cuts it: at white
 * space outside double quotes, which are taken off. *value is NULL without '='.
 * Writes into the text. NULL: no more.
 */
static char *next_parameter(char **text, char **value)
{
	char *name = *text + strspn(*text, " \t\n\v\f\r"), *at;
	bool quoted = false;

	if (*name == '\0')
		return NULL;
	*value = NULL;
	for (at = name; *at && (quoted || !strchr(" \t\n\v\f\r", *at)); at++) {
		if (*at == '"')
			quoted = !quoted;
		if (*at == '=' && !*value)
			*value = at + 1;
	}
	*text = *at ? at + 1 : at;
	*at = '\0';
	if (*value)
		(*value)[-1] = '\0';
	if (*value && **value == '"') {
		size_t n = strlen(++*value);

		if (n > 0 && (*value)[n - 1] == '"')
			(*value)[n - 1] = '\0';
	}
	return name;
}

/* What the file says behind "NAME:" under that key, or NULL. name: n bytes. */
static const char *said_of(const struct refused *it, const char *key, const char *name, size_t n)
{
	for (size_t i = 0; i < it->info.n; i++) {
		const struct info_entry *entry = it->info.at[i];

		if (streq(entry->key, key) && strnlen(entry->value, n) == n &&
		    same_name(entry->value, name, n) && entry->value[n] == ':')
			return entry->value + n + 1;
	}
	return NULL;
}

/* Those that every module has. */
static bool is_common(const char *name)
{
	return same_name(name, "dyndbg", sizeof("dyndbg")) ||
	       same_name(name, "async_probe", sizeof("async_probe"));
}

static int add_unknown(const struct refused *it, const char *name, struct strbuf *out)
{
	struct nearest near;
	int r;

	nearest_init(&near, name);
	for (size_t i = 0; i < it->info.n; i++) {
		const struct info_entry *entry = it->info.at[i];
		char known[NEAREST_LENGTH + 1];
		size_t n = strcspn(entry->value, ":");

		if ((!streq(entry->key, "parm") && !streq(entry->key, "parmtype")) || n == 0 ||
		    n >= sizeof(known))
			continue;
		memcpy(known, entry->value, n);
		known[n] = '\0';
		nearest_offer(&near, known);
	}
	r = strbuf_addf(out, "it has no parameter %s", name);
	return r < 0 ? r : nearest_say(&near, out);
}

typedef int check_fn(const struct refused *it, const char *name, const char *value,
		     struct strbuf *out);

/* The first parameter that check has words for. */
static int each_parameter(const struct refused *it, check_fn *check, struct strbuf *out)
{
	auto_free char *copy = NULL;
	char *at, *name, *value;
	int r = 0;

	if (!it->has_info)
		return 0;
	copy = strdup(it->options);
	if (!copy)
		return -ENOMEM;
	for (at = copy; r == 0 && out->len == 0 && (name = next_parameter(&at, &value)) != NULL;)
		r = check(it, name, value, out);
	return r;
}

static int check_known(const struct refused *it, const char *name, const char *value,
		       struct strbuf *out)
{
	size_t n = strlen(name);

	(void)value;
	if (said_of(it, "parm", name, n) || said_of(it, "parmtype", name, n) || is_common(name))
		return 0;
	return add_unknown(it, name, out);
}

int cause_unknown_parameter(const struct refused *it, struct strbuf *out)
{
	return each_parameter(it, check_known, out);
}

/* A whole number as the kernel reads one, between least and most (most also bounds the unsigned ones). */
static bool is_number(const char *value, long long least, unsigned long long most)
{
	bool negative = value[0] == '-';
	unsigned long long v;
	char *end;

	if (value[0] == '-' || value[0] == '+')
		value++;
	if (!strchr("0123456789", value[0]) || value[0] == '\0')
		return false;
	errno = 0;
	v = strtoull(value, &end, 0);
	if (errno || *end != '\0')
		return false;
	return negative ? least < 0 && v <= 0 - (unsigned long long)least : v <= most;
}

static bool is_bool(const char *value)
{
	if (value[0] == 'o' || value[0] == 'O')
		return value[1] && strchr("nNfF", value[1]);
	return value[0] && strchr("yYtT1nNfF0eEdD", value[0]);
}

static const struct {
	char type[8];
	long long least;
	unsigned long long most;
} numbers[] = {
	{ "byte", 0, UCHAR_MAX },	{ "short", SHRT_MIN, SHRT_MAX },
	{ "ushort", 0, USHRT_MAX },	{ "int", INT_MIN, INT_MAX },
	{ "uint", 0, UINT_MAX },	{ "hexint", 0, UINT_MAX },
	{ "long", LLONG_MIN, LLONG_MAX }, { "ulong", 0, ULLONG_MAX },
	{ "ullong", 0, ULLONG_MAX },
};

static bool fits(const char *value, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (streq(type, numbers[i].type))
			return is_number(value, numbers[i].least, numbers[i].most);
	}
	if (streq(type, "charp"))
		return strlen(value) <= STRING_MAX;
	if (streq(type, "bool") || streq(type, "invbool") || streq(type, "bint"))
		return is_bool(value);
	return true; /* a type that only the module knows */
}

static int check_value(const struct refused *it, const char *name, const char *value,
		       struct strbuf *out)
{
	const char *type = said_of(it, "parmtype", name, strlen(name));
	const char *element = type ? str_after(type, "array of ") : NULL;
	auto_free char *copy = NULL;

	if (!type)
		return 0;
	if (!value)
		return streq(type, "bool") || streq(type, "invbool") || streq(type, "bint") ?
			       0 :
			       strbuf_addf(out, "parameter %s needs a value (%s)", name, type);
	if (!element)
		return fits(value, type) ?
			       0 :
			       strbuf_addf(out, "parameter %s cannot be %s: its type is %s", name,
					   value, type);
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	for (char *word = copy, *comma; word; word = comma) {
		comma = strchr(word, ',');
		if (comma)
			*comma++ = '\0';
		if (!fits(word, element))
			return strbuf_addf(out, "parameter %s cannot hold %s: its type is %s", name,
					   word, type);
	}
	return 0;
}

int cause_bad_value(const struct refused *it, struct strbuf *out)
{
	return each_parameter(it, check_value, out);
}
