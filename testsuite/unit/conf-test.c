/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes rules out of text and text out of rules, for the tests of the conf rooms. */
#include "testsuite/unit/conf-test.h"

#include "testsuite/unit/unit.h"

#include <stdlib.h>
#include <stdio.h>

#include "shared/cleanup.h"

static void keep(void *data, int priority, const char *file, int line, const char *fn,
		 const char *format, va_list args)
{
	struct strbuf *text = data;
	auto_free char *s = NULL;

	(void)file;
	(void)line;
	(void)fn;
	assert_int_equal(priority, LOG_ERR);
	assert_true(vasprintf(&s, format, args) >= 0);
	assert_int_equal(strbuf_adds(text, s), 0);
}

void kept_log_init(struct kept_log *kept)
{
	*kept = (struct kept_log){ .text = STRBUF_INIT };
	kept->log = (struct log){ .sink = keep, .data = &kept->text, .priority = LOG_ERR };
}

static void add_rule(struct strbuf *out, enum conf_kind kind, const struct conf_rule *rule,
		     bool with_file)
{
	static const char *const words[CONF_KINDS] = { "alias",   "blacklist", "install", "remove",
						       "options", "softdep",   "weakdep" };

	assert_int_equal(strbuf_addf(out, "%s %s", words[kind], rule->name), 0);
	if (kind == CONF_SOFTDEP || kind == CONF_WEAKDEP) {
		assert_null(rule->value);
		assert_int_equal(strbuf_adds(out, " <"), 0);
		assert_int_equal(conf_deps_text(rule, kind, out), 0);
		assert_int_equal(strbuf_adds(out, ">"), 0);
	} else {
		assert_int_equal(rule->n_pre + rule->n_post, 0);
		if (rule->value)
			assert_int_equal(strbuf_addf(out, " <%s>", rule->value), 0);
	}
	if (with_file)
		assert_int_equal(strbuf_addf(out, " @%s:%u\n", rule->file, rule->line), 0);
	else
		assert_int_equal(strbuf_addf(out, " @%u\n", rule->line), 0);
}

char *conf_text(const struct conf *conf, bool with_file, const char *skip_file)
{
	struct strbuf out = STRBUF_INIT;
	char *text;

	for (enum conf_kind kind = 0; kind < CONF_KINDS; kind++) {
		for (size_t i = 0; i < conf_count(conf, kind); i++) {
			const struct conf_rule *rule = conf_rule_at(conf, kind, i);

			if (!skip_file || !streq(rule->file, skip_file))
				add_rule(&out, kind, rule, with_file);
		}
	}
	text = strbuf_steal(&out);
	assert_non_null(text);
	return text;
}
