/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds for every rule, whatever it was made from. */
#pragma once

#include <ctype.h>
#include <string.h>

#include "libkmod/conf.h"
#include "shared/modname.h"
#include "shared/strbuf.h"
#include "testsuite/fuzz/fuzz-log.h"

static inline void conf_check_words(char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fuzz_must(words[i][0] != '\0');
		for (const char *c = words[i]; *c; c++)
			fuzz_must(!isspace((unsigned char)*c));
	}
}

/* line: the highest there can be. */
static inline void conf_check(const struct conf *conf, unsigned line)
{
	static char again[MODNAME_MAX + 1];

	for (enum conf_kind kind = 0; kind < CONF_KINDS; kind++) {
		unsigned last = 0;

		for (size_t i = 0; i < conf_count(conf, kind); i++) {
			const struct conf_rule *rule = conf_rule_at(conf, kind, i);
			struct strbuf text = STRBUF_INIT;

			/* Normalised: doing it again changes nothing. */
			fuzz_must(strlen(rule->name) <= MODNAME_MAX);
			fuzz_must(modname_alias(rule->name, again) == 0);
			fuzz_must(strcmp(rule->name, again) == 0);
			fuzz_must(rule->line >= last && rule->line <= line);
			last = rule->line;
			fuzz_must(rule->file[0] != '\0');

			if (kind == CONF_SOFTDEP || kind == CONF_WEAKDEP) {
				fuzz_must(!rule->value);
				fuzz_must(kind == CONF_SOFTDEP || rule->n_post == 0);
				conf_check_words(rule->pre, rule->n_pre);
				conf_check_words(rule->post, rule->n_post);
				fuzz_must(conf_deps_text(rule, kind, &text) == 0);
				fuzz_must((text.len == 0) == (rule->n_pre + rule->n_post == 0));
			} else {
				fuzz_must(rule->n_pre + rule->n_post == 0);
				fuzz_must((kind == CONF_BLACKLIST) == !rule->value);
				fuzz_must(!rule->value || kind == CONF_ALIAS || rule->value[0]);
			}
			strbuf_release(&text);
		}
	}
}
