/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public iterators over the rules of the configuration. */
#include <errno.h>
#include <stdlib.h>

#include "libkmod/context.h"
#include "shared/strbuf.h"

struct kmod_config_iter {
	const struct conf *conf;
	enum conf_kind kind;
	size_t next; /* the current rule is the one before; 0: none yet */
	struct strbuf text; /* what get_value() built last */
};

static struct kmod_config_iter *iter_new(const struct kmod_ctx *ctx, enum conf_kind kind)
{
	struct kmod_config_iter *iter = ctx ? calloc(1, sizeof(*iter)) : NULL;

	if (iter) {
		iter->conf = &ctx->conf;
		iter->kind = kind;
	}
	return iter;
}

static const struct conf_rule *iter_rule(const struct kmod_config_iter *iter)
{
	if (!iter || iter->next == 0 || iter->next > conf_count(iter->conf, iter->kind))
		return NULL;
	return conf_rule_at(iter->conf, iter->kind, iter->next - 1);
}

_export_ struct kmod_config_iter *kmod_config_get_blacklists(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONF_BLACKLIST);
}

_export_ struct kmod_config_iter *kmod_config_get_install_commands(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONF_INSTALL);
}

_export_ struct kmod_config_iter *kmod_config_get_remove_commands(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONF_REMOVE);
}

_export_ struct kmod_config_iter *kmod_config_get_aliases(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONF_ALIAS);
}

_export_ struct kmod_config_iter *kmod_config_get_options(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONF_OPTIONS);
}

_export_ struct kmod_config_iter *kmod_config_get_softdeps(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONF_SOFTDEP);
}

_export_ struct kmod_config_iter *kmod_config_get_weakdeps(const struct kmod_ctx *ctx)
{
	return iter_new(ctx, CONF_WEAKDEP);
}

_export_ const char *kmod_config_iter_get_key(const struct kmod_config_iter *iter)
{
	const struct conf_rule *rule = iter_rule(iter);

	return rule ? rule->name : NULL;
}

_export_ const char *kmod_config_iter_get_value(const struct kmod_config_iter *iter)
{
	const struct conf_rule *rule = iter_rule(iter);
	struct strbuf *text;

	if (!rule)
		return NULL;
	if (iter->kind != CONF_SOFTDEP && iter->kind != CONF_WEAKDEP)
		return rule->value;
	text = &((struct kmod_config_iter *)iter)->text; /* const to the caller: a buffer inside */
	strbuf_clear(text);
	if (conf_deps_text(rule, iter->kind, text) < 0) {
		errno = ENOMEM;
		return NULL;
	}
	return strbuf_str(text);
}

_export_ bool kmod_config_iter_next(struct kmod_config_iter *iter)
{
	if (!iter)
		return false;
	if (iter->next >= conf_count(iter->conf, iter->kind)) {
		iter->next = 0;
		return false;
	}
	iter->next++;
	return true;
}

_export_ void kmod_config_iter_free_iter(struct kmod_config_iter *iter)
{
	if (!iter)
		return;
	strbuf_release(&iter->text);
	free(iter);
}
