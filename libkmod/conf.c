/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the rules of the configuration, each with the file and line it came from. */
#include "libkmod/conf.h"

#include <errno.h>
#include <stdlib.h>

#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

void conf_init(struct conf *conf)
{
	*conf = (struct conf){ .files = ARRAY_INIT };
}

void conf_release(struct conf *conf)
{
	for (size_t kind = 0; kind < CONF_KINDS; kind++) {
		for (size_t i = 0; i < conf->rules[kind].n; i++)
			free(conf->rules[kind].at[i]);
		array_release(&conf->rules[kind]);
	}
	for (size_t i = 0; i < conf->files.n; i++)
		free(conf->files.at[i]);
	array_release(&conf->files);
}

const char *conf_add_file(struct conf *conf, const char *name)
{
	auto_free char *copy = strdup(name);

	if (!copy || array_push(&conf->files, copy) < 0)
		return NULL;
	return steal_ptr(copy);
}

/* A rule with room for n_words pointers (rule->pre) and n_bytes (*ret_bytes) behind it. */
static struct conf_rule *rule_new(size_t n_words, size_t n_bytes, const char *file, unsigned line,
				  char **ret_bytes)
{
	struct conf_rule *rule;
	size_t size;

	if (__builtin_mul_overflow(n_words, sizeof(char *), &size) ||
	    __builtin_add_overflow(size, sizeof(*rule), &size) ||
	    __builtin_add_overflow(size, n_bytes, &size))
		return NULL;
	rule = malloc(size);
	if (!rule)
		return NULL;
	*rule = (struct conf_rule){ .file = file, .line = line };
	rule->pre = (char **)(void *)(rule + 1);
	*ret_bytes = (char *)(rule->pre + n_words);
	return rule;
}

/* Takes the rule over, also when it fails. */
static int rule_add(struct conf *conf, enum conf_kind kind, struct conf_rule *rule)
{
	int r = array_push(&conf->rules[kind], rule);

	if (r < 0)
		free(rule);
	return r;
}

int conf_add(struct conf *conf, enum conf_kind kind, const char *name, const char *value,
	     const char *file, unsigned line)
{
	size_t n_name = strlen(name) + 1, n_value = value ? strlen(value) + 1 : 0;
	struct conf_rule *rule;
	char *bytes;

	rule = rule_new(0, n_name + n_value, file, line, &bytes);
	if (!rule)
		return -ENOMEM;
	rule->pre = NULL;
	rule->name = memcpy(bytes, name, n_name);
	if (value)
		rule->value = memcpy(bytes + n_name, value, n_value);
	return rule_add(conf, kind, rule);
}

/* Ends the word that *p stands on or before and steps over it; NULL: no more words. */
static char *next_word(char **p)
{
	char *word = *p, *end;

	while (conf_is_space(*word))
		word++;
	if (*word == '\0')
		return NULL;
	for (end = word; *end != '\0' && !conf_is_space(*end); end++)
		;
	*p = end;
	if (*end != '\0') {
		*end = '\0';
		*p = end + 1;
	}
	return word;
}

static void reverse(char **words, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char *other = words[n - 1 - i];

		words[n - 1 - i] = words[i];
		words[i] = other;
	}
}

int conf_add_deps(struct conf *conf, enum conf_kind kind, const char *name, const char *text,
		  const char *file, unsigned line)
{
	size_t n_name = strlen(name) + 1, n_text = strlen(text) + 1;
	size_t most = n_text / 2; /* words there can be: each has a byte and a separator */
	enum { DROP, PRE, POST } list = kind == CONF_SOFTDEP ? DROP : PRE;
	struct conf_rule *rule;
	char *bytes, *word, **post;

	rule = rule_new(most, n_name + n_text, file, line, &bytes);
	if (!rule)
		return -ENOMEM;
	rule->name = memcpy(bytes, name, n_name);
	post = rule->pre + most;
	bytes = memcpy(bytes + n_name, text, n_text);

	/* Both lists in one array: pre grows from its begin, post from its end. */
	while ((word = next_word(&bytes))) {
		if (kind == CONF_SOFTDEP && word[0] == 'p' && streq(word, "pre:"))
			list = PRE;
		else if (kind == CONF_SOFTDEP && word[0] == 'p' && streq(word, "post:"))
			list = POST;
		else if (list == PRE)
			rule->pre[rule->n_pre++] = word;
		else if (list == POST)
			*--post = word;
	}
	rule->post = post;
	rule->n_post = (size_t)(rule->pre + most - post);
	reverse(rule->post, rule->n_post);
	return rule_add(conf, kind, rule);
}

/* One blank between words, none before the one at start. */
static int add_word(struct strbuf *out, size_t start, const char *word)
{
	int r = out->len > start ? strbuf_addc(out, ' ') : 0;

	return r < 0 ? r : strbuf_adds(out, word);
}

/* label may be NULL. Nothing at all when there are no words. */
static int add_list(struct strbuf *out, size_t start, const char *label, char *const *words,
		    size_t n)
{
	int r = n > 0 && label ? add_word(out, start, label) : 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_word(out, start, words[i]);
	return r;
}

int conf_deps_text(const struct conf_rule *rule, enum conf_kind kind, struct strbuf *out)
{
	bool labels = kind == CONF_SOFTDEP;
	size_t start = out->len;
	int r;

	r = add_list(out, start, labels ? "pre:" : NULL, rule->pre, rule->n_pre);
	if (r == 0)
		r = add_list(out, start, labels ? "post:" : NULL, rule->post, rule->n_post);
	if (r < 0 && out->s) {
		out->len = start;
		out->s[start] = '\0';
	}
	return r;
}
