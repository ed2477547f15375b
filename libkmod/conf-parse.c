/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads modprobe.d: lines that continue, words, one rule of each directive. */
#include "libkmod/conf-parse.h"

#include <errno.h>

#include "libkmod/conf.h"
#include "libkmod/log.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "shared/strbuf.h"

/* What follows the first word of a line. */
enum form {
	FORM_DEPRECATED, /* whatever it is, it is not looked at */
	FORM_NAME, /* a name */
	FORM_PAIR, /* two names */
	FORM_TEXT, /* a name, then text that is kept as it is */
	FORM_BLANKS, /* the same, but tabs become blanks */
	FORM_DEPS, /* a name, then words */
};

static const struct directive {
	const char *word;
	enum conf_kind kind;
	enum form form;
} directives[] = {
	/* The frequent ones first. */
	{ "softdep", CONF_SOFTDEP, FORM_DEPS },	    { "options", CONF_OPTIONS, FORM_BLANKS },
	{ "blacklist", CONF_BLACKLIST, FORM_NAME }, { "alias", CONF_ALIAS, FORM_PAIR },
	{ "install", CONF_INSTALL, FORM_TEXT },	    { "remove", CONF_REMOVE, FORM_TEXT },
	{ "weakdep", CONF_WEAKDEP, FORM_DEPS },	    { "include", CONF_KINDS, FORM_DEPRECATED },
	{ "config", CONF_KINDS, FORM_DEPRECATED },
};

/* The bytes not yet read, and the number of physical lines already read. */
struct reader {
	const char *at, *end;
	unsigned line;
};

/*
 * Adds the bytes of one physical line to line, without the backslashes that
 * take the meaning from the next character. 1: a backslash at the end, so the
 * next physical line continues this one; 0: complete; -ENOMEM.
 */
static int add_physical(struct strbuf *line, const char *s, const char *end)
{
	for (;;) {
		const char *bs = memchr(s, '\\', (size_t)(end - s));
		int r = strbuf_add(line, s, (size_t)((bs ? bs : end) - s));

		if (r < 0 || !bs)
			return r;
		if (bs + 1 == end)
			return 1;
		r = strbuf_addc(line, bs[1]);
		if (r < 0)
			return r;
		s = bs + 2;
	}
}

/* The next logical line, NUL-terminated, in place of what line had. 0 or -ENOMEM. */
static int read_logical(struct reader *rd, struct strbuf *line)
{
	int r;

	strbuf_clear(line);
	do {
		const char *nl = memchr(rd->at, '\n', (size_t)(rd->end - rd->at));
		const char *end = nl ? nl : rd->end;

		rd->line++;
		/* A file from another system: CR LF, and its last line may lack the LF. */
		if (end > rd->at && end[-1] == '\r')
			r = add_physical(line, rd->at, end - 1);
		else
			r = add_physical(line, rd->at, end);
		rd->at = nl ? nl + 1 : rd->end;
	} while (r > 0 && rd->at < rd->end);
	return r < 0 ? r : 0;
}

static bool is_separator(char c)
{
	return (unsigned char)c <= ' ' && (c == ' ' || c == '\t');
}

/*
 * The next word, ended by a NUL that takes the place of the one separator
 * after it; *p is what follows that. NULL: only separators were left.
 */
static char *next_word(char **p)
{
	char *word = *p, *end;

	while (is_separator(*word))
		word++;
	if (*word == '\0')
		return NULL;
	for (end = word; *end != '\0' && !is_separator(*end); end++)
		;
	*p = end;
	if (*end != '\0') {
		*end = '\0';
		*p = end + 1;
	}
	return word;
}

/* 0 or -ENOMEM; -EINVAL: a word is missing or a name has unbalanced brackets. */
static int parse_operands(struct conf *conf, const struct directive *d, char *rest,
			  const char *file, unsigned line)
{
	const char *value = NULL;
	char *name = next_word(&rest), *second;

	/* In place: what modname_alias() writes is never longer than what it read. */
	if (!name || modname_alias(name, name) < 0)
		return -EINVAL;
	switch (d->form) {
	case FORM_DEPRECATED:
	case FORM_NAME:
		break;
	case FORM_PAIR:
		second = next_word(&rest);
		if (!second || modname_alias(second, second) < 0)
			return -EINVAL;
		value = second;
		break;
	case FORM_BLANKS:
		for (char *tab = strchr(rest, '\t'); tab; tab = strchr(tab + 1, '\t'))
			*tab = ' ';
		/* fall through */
	case FORM_TEXT:
	case FORM_DEPS:
		if (rest[0] == '\0')
			return -EINVAL;
		value = rest;
		break;
	}
	if (d->form == FORM_DEPS)
		return conf_add_deps(conf, d->kind, name, value, file, line);
	return conf_add(conf, d->kind, name, value, file, line);
}

static const struct directive *find_directive(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		if (word[0] == directives[i].word[0] && streq(word, directives[i].word))
			return &directives[i];
	}
	return NULL;
}

/* 0, also after a bad line, or -ENOMEM. */
static int parse_line(struct conf *conf, char *text, const char *file, unsigned line,
		      const struct log *log)
{
	const char *word = next_word(&text);
	const struct directive *d;
	int r;

	if (!word || word[0] == '#')
		return 0;
	d = find_directive(word);
	if (d && d->form == FORM_DEPRECATED) {
		log_err(log, "%s: command %s is deprecated and not parsed anymore", file, word);
		return 0;
	}
	r = d ? parse_operands(conf, d, text, file, line) : -EINVAL;
	if (r != -EINVAL)
		return r;
	log_err(log, "%s line %u: ignoring bad line starting with '%s'", file, line, word);
	return 0;
}

int conf_parse(struct conf *conf, const char *text, size_t size, const char *file,
	       const struct log *log)
{
	struct reader rd = { text, text + size, 0 };
	auto_strbuf struct strbuf line = STRBUF_INIT;
	int r = 0;

	while (r == 0 && rd.at < rd.end) {
		r = read_logical(&rd, &line);
		/* A NUL byte ends what is looked at: from here on it is a string. */
		if (r == 0 && line.len > 0)
			r = parse_line(conf, line.s, file, rd.line, log);
	}
	return r;
}
