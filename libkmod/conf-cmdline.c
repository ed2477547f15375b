/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the kernel command line: words and quotes, and the rules they make. */
#include "libkmod/conf-cmdline.h"

#include <errno.h>
#include <stdlib.h>

#include "libkmod/conf.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/modname.h"

/*
 * The next word, ended in place: white space separates outside double quotes.
 * NULL: no more words, or the last one's quote is never closed.
 */
static char *next_word(char **p)
{
	char *word = *p, *end;
	bool quoted = false;

	while (conf_is_space(*word))
		word++;
	for (end = word; *end != '\0' && (quoted || !conf_is_space(*end)); end++) {
		if (*end == '"')
			quoted = !quoted;
	}
	if (end == word || quoted)
		return NULL;
	*p = end;
	if (*end != '\0') {
		*end = '\0';
		*p = end + 1;
	}
	return word;
}

/*
 * A boot loader that quotes the whole word means its value: "m.p=a b" becomes
 * m.p="a b", in place, by moving the first quote to behind the '='.
 * NULL: the quote has another meaning.
 */
static char *unquote_whole(char *word)
{
	size_t n;

	if (word[0] != '"')
		return word;
	n = strcspn(word + 1, "=");
	if (word[1 + n] == '\0')
		return NULL;
	memmove(word, word + 1, n + 1);
	word[n + 1] = '"';
	return word;
}

/* Splits MODULE.PARAM[=VALUE] at the dot; NULL: the word is something else. */
static char *split_at_dot(char *word)
{
	size_t n_key = strcspn(word, "=");
	char *dot = NULL;

	for (char *c = word; c < word + n_key; c++) {
		if (*c == '"' || conf_is_space(*c) || (*c == '.' && dot))
			return NULL;
		if (*c == '.')
			dot = c;
	}
	if (!dot || dot[1] == '\0')
		return NULL;
	*dot = '\0';
	return dot + 1;
}

static int add_normalised(struct conf *conf, enum conf_kind kind, char *name, const char *value,
			  const struct log *log)
{
	/* Any driver may have such a parameter (an address, say); nobody made a mistake. */
	if (modname_alias(name, name) < 0) {
		log_debug(log, "no module name on the kernel command line: '%s'", name);
		return 0;
	}
	return conf_add(conf, kind, name, value, CONF_CMDLINE_FILE, 0);
}

/* Names between commas; quotes and white space cannot be part of one. */
static int add_blacklist(struct conf *conf, char *list, const struct log *log)
{
	char *to = list, *name, *save;
	int r = 0;

	for (const char *from = list; *from != '\0'; from++) {
		if (*from != '"')
			*to++ = *from;
	}
	*to = '\0';
	for (name = strtok_r(list, ", \t\n\v\f\r", &save); name && r == 0;
	     name = strtok_r(NULL, ", \t\n\v\f\r", &save))
		r = add_normalised(conf, CONF_BLACKLIST, name, NULL, log);
	return r;
}

int conf_cmdline_parse(struct conf *conf, const char *text, size_t size, const struct log *log)
{
	auto_free char *copy = strndup(text, size);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	/* What follows a lone "--" is meant for init. */
	while (r == 0 && (word = next_word(&rest)) && !streq(word, "--")) {
		char *option;

		word = unquote_whole(word);
		option = word ? split_at_dot(word) : NULL;
		if (!option)
			continue;
		if (streq(word, "modprobe") && str_after(option, "blacklist="))
			r = add_blacklist(conf, option + strlen("blacklist="), log);
		else
			r = add_normalised(conf, CONF_OPTIONS, word, option, log);
	}
	return r;
}
