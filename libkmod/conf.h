/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration in memory: rules, each with the file and line it came
 * from, in reading order, duplicates included. Filled by conf-files, conf-parse
 * and conf-cmdline, then never changed; who reads it borrows everything from it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shared/array.h"

enum conf_kind {
	CONF_ALIAS, /* name: pattern, value: module name */
	CONF_BLACKLIST, /* name: module, value: NULL */
	CONF_INSTALL, /* name: pattern, value: command as written */
	CONF_REMOVE, /* name: pattern, value: command as written */
	CONF_OPTIONS, /* name: module or alias, value: option text */
	CONF_SOFTDEP, /* name: pattern, value: NULL, words in pre and post */
	CONF_WEAKDEP, /* name: pattern, value: NULL, words in pre */
	CONF_KINDS /* how many */
};

/* One block of memory: everything but file lies behind the struct itself. */
struct conf_rule {
	char *name; /* normalised as docs/spec/modprobe.md 13.2 says */
	char *value;
	char **pre, **post; /* words as written, never empty; n_pre, n_post of them */
	size_t n_pre, n_post;
	const char *file; /* path as opened, or "/proc/cmdline"; lives as long as the conf */
	unsigned line; /* last physical line of the rule; 0 for the kernel line */
};

struct strbuf;

struct conf {
	struct array rules[CONF_KINDS]; /* of struct conf_rule *, reading order */
	struct array files; /* of char *: names of files read, owned */
};

void conf_init(struct conf *conf);
void conf_release(struct conf *conf); /* empty afterwards, and may be filled again */

/* The rules of one kind. */
static inline size_t conf_count(const struct conf *conf, enum conf_kind kind)
{
	return conf->rules[kind].n;
}
static inline const struct conf_rule *conf_rule_at(const struct conf *conf, enum conf_kind kind,
						   size_t i)
{
	return conf->rules[kind].at[i];
}

/* White space between words of a value; no locale is asked. */
static inline bool conf_is_space(char c)
{
	return (unsigned char)c <= ' ' && (c == ' ' || (c >= '\t' && c <= '\r'));
}

/* A copy of a file name that lives as long as conf; NULL: no memory. */
const char *conf_add_file(struct conf *conf, const char *name);
/*
 * A rule with copies of name and value (may be NULL), at the end of its kind.
 * name is stored as given: the parser has normalised it. file is borrowed.
 * 0, or -ENOMEM and conf is as before.
 */
int conf_add(struct conf *conf, enum conf_kind kind, const char *name, const char *value,
	     const char *file, unsigned line);
/*
 * A softdep or weakdep: text is the part after the name, split at white space;
 * for CONF_SOFTDEP the words "pre:" and "post:" switch lists and may repeat,
 * and words before the first of them are dropped. Returns as conf_add().
 */
int conf_add_deps(struct conf *conf, enum conf_kind kind, const char *name, const char *text,
		  const char *file, unsigned line);
/*
 * The words of a softdep (`pre: a b post: c`) or weakdep (`a b`) as one text, at
 * the end of out; a list without words is left out. 0, or -ENOMEM and out has
 * the contents it had.
 */
int conf_deps_text(const struct conf_rule *rule, enum conf_kind kind, struct strbuf *out);
