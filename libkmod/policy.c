/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applies the rules to a module: blacklist, options, commands. */
#include "libkmod/policy.h"

#include <errno.h>

#include "libkmod/context.h"
#include "libkmod/index-glob.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/strbuf.h"

#define BLANKS " \t"
#define CMDLINE_OPTS "$CMDLINE_OPTS"

const struct conf_rule *policy_blacklist(const struct kmod_module *mod)
{
	const struct conf *conf = &mod->ctx->conf;

	for (size_t i = 0; i < conf_count(conf, CONF_BLACKLIST); i++) {
		const struct conf_rule *rule = conf_rule_at(conf, CONF_BLACKLIST, i);

		if (streq(rule->name, mod->name))
			return rule;
	}
	return NULL;
}

static const struct conf_rule *first_match(const struct kmod_module *mod, enum conf_kind kind)
{
	const struct conf *conf = &mod->ctx->conf;

	for (size_t i = 0; i < conf_count(conf, kind); i++) {
		const struct conf_rule *rule = conf_rule_at(conf, kind, i);

		if (index_glob(rule->name, mod->name))
			return rule;
	}
	return NULL;
}

const struct conf_rule *policy_install(const struct kmod_module *mod)
{
	struct kmod_module *m = (struct kmod_module *)mod; /* remembered inside */

	if (!m->install_asked) {
		m->install = first_match(mod, CONF_INSTALL);
		m->install_asked = true;
	}
	return m->install;
}

const struct conf_rule *policy_remove(const struct kmod_module *mod)
{
	struct kmod_module *m = (struct kmod_module *)mod; /* remembered inside */

	if (!m->remove_asked) {
		m->remove = first_match(mod, CONF_REMOVE);
		m->remove_asked = true;
	}
	return m->remove;
}

enum refusal policy_refusal(const struct conf_rule *install)
{
	static const struct {
		const char *word;
		enum refusal means;
	} words[] = {
		{ "/bin/false", REFUSAL_ERROR },     { "/bin/true", REFUSAL_QUIET },
		{ "/usr/bin/false", REFUSAL_ERROR }, { "/usr/bin/true", REFUSAL_QUIET },
		{ "false", REFUSAL_ERROR },	     { "true", REFUSAL_QUIET },
	};
	const char *command, *end;

	if (!install)
		return REFUSAL_NONE;
	command = install->value + strspn(install->value, BLANKS);
	end = command + strcspn(command, BLANKS);
	if (end[strspn(end, BLANKS)] != '\0')
		return REFUSAL_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_after(command, words[i].word) == end)
			return words[i].means;
	}
	return REFUSAL_NONE;
}

/* One parameter, as one word of a shell that gives it back unchanged. */
static int add_shell_word(struct strbuf *out, const char *word, size_t n)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-.,:/=+@%^";
	size_t safe = 0;
	int r;

	while (safe < n && strchr(plain, word[safe]))
		safe++;
	if (safe == n)
		return strbuf_add(out, word, n);
	r = strbuf_addc(out, '\'');
	for (size_t i = 0; r == 0 && i < n; i++)
		r = word[i] == '\'' ? strbuf_adds(out, "'\\''") : strbuf_addc(out, word[i]);
	return r < 0 ? r : strbuf_addc(out, '\'');
}

/* Parameters are separated by blanks outside double quotes, as the kernel reads them. */
static int add_options(struct strbuf *out, const char *options)
{
	while (*options) {
		size_t n = 0;
		bool quoted = false;
		int r;

		for (; options[n] && (quoted || options[n] != ' '); n++)
			quoted ^= options[n] == '"';
		r = add_shell_word(out, options, n);
		options += n;
		if (r == 0 && *options)
			r = strbuf_addc(out, *options++);
		if (r < 0)
			return r;
	}
	return 0;
}

int policy_expand_command(const char *command, const char *options, char **ret)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	const char *hit;
	int r;

	while ((hit = strstr(command, CMDLINE_OPTS)) != NULL) {
		r = strbuf_add(&out, command, (size_t)(hit - command));
		if (r == 0)
			r = add_options(&out, options);
		if (r < 0)
			return r;
		command = hit + strlen(CMDLINE_OPTS);
	}
	r = strbuf_adds(&out, command);
	if (r < 0)
		return r;
	*ret = strbuf_steal(&out);
	return *ret ? 0 : -ENOMEM;
}

_export_ const char *kmod_module_get_install_commands(const struct kmod_module *mod)
{
	const struct conf_rule *rule = mod ? policy_install(mod) : NULL;

	return rule ? rule->value : NULL;
}

_export_ const char *kmod_module_get_remove_commands(const struct kmod_module *mod)
{
	const struct conf_rule *rule = mod ? policy_remove(mod) : NULL;

	return rule ? rule->value : NULL;
}

int policy_options(const struct kmod_module *mod, const char **ret)
{
	struct kmod_module *m = (struct kmod_module *)mod; /* remembered inside */
	auto_strbuf struct strbuf all = STRBUF_INIT;
	const struct conf *conf = &mod->ctx->conf;

	for (size_t i = 0; !m->options_asked && i < conf_count(conf, CONF_OPTIONS); i++) {
		const struct conf_rule *rule = conf_rule_at(conf, CONF_OPTIONS, i);
		int r = 0;

		if (rule->value[0] == '\0' || (!streq(rule->name, mod->name) &&
					       !(mod->alias && streq(rule->name, mod->alias))))
			continue;
		if (all.len > 0)
			r = strbuf_addc(&all, ' ');
		if (r == 0)
			r = strbuf_adds(&all, rule->value);
		if (r < 0) {
			log_err(&mod->ctx->log, "no memory for the options of %s", mod->name);
			return r;
		}
	}
	if (!m->options_asked)
		m->options = steal_ptr(all.s);
	m->options_asked = true;
	*ret = m->options;
	return 0;
}

_export_ const char *kmod_module_get_options(const struct kmod_module *mod)
{
	const char *options = NULL;

	if (mod)
		(void)policy_options(mod, &options);
	return options;
}

_export_ int kmod_module_apply_filter(const struct kmod_ctx *ctx, enum kmod_filter filter_type,
				      const struct kmod_list *input, struct kmod_list **output)
{
	auto_module_list struct kmod_list *kept = NULL;
	const struct kmod_list *l;

	if (!ctx || !output)
		return -ENOENT;
	*output = NULL;
	kmod_list_foreach(l, input) {
		struct kmod_module *mod = l->data;
		int r = 0;

		if ((filter_type & KMOD_FILTER_BLACKLIST) && policy_blacklist(mod))
			continue;
		if (filter_type & KMOD_FILTER_BUILTIN)
			r = module_is_builtin(mod);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		r = module_list_take(&kept, kmod_module_ref(mod));
		if (r < 0)
			return r;
	}
	*output = steal_ptr(kept);
	return 0;
}

_export_ int kmod_module_get_filtered_blacklist(const struct kmod_ctx *ctx,
						const struct kmod_list *input,
						struct kmod_list **output)
{
	return kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, input, output);
}
