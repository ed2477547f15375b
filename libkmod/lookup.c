/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks one source after the other for the modules of an alias; the first that knows it wins. */
#include "libkmod/lookup.h"

#include <errno.h>

#include "libkmod/context.h"
#include "libkmod/index-glob.h"
#include "libkmod/index-walk.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/modname.h"

/* Each source appends what it knows of the normalised alias: 0 or -errno. */
typedef int source(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list);

static int take(struct kmod_ctx *ctx, const char *name, const char *alias, struct kmod_list **list,
		enum module_builtin builtin)
{
	struct kmod_module *mod;
	int r = module_get(ctx, name, alias, &mod);

	if (r < 0)
		return r;
	if (builtin == BUILTIN_YES)
		mod->builtin = BUILTIN_YES;
	return module_list_take(list, mod);
}

static int from_conf_alias(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	for (size_t i = 0; i < conf_count(&ctx->conf, CONF_ALIAS); i++) {
		const struct conf_rule *rule = conf_rule_at(&ctx->conf, CONF_ALIAS, i);
		int r = index_glob(rule->name, alias) ?
				take(ctx, rule->value, rule->name, list, BUILTIN_UNKNOWN) :
				0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int from_dep(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	struct kmod_module *mod;
	const char *line;
	int r;

	if (strchr(alias, ':')) /* no file name has one */
		return 0;
	r = resources_find(ctx, KMOD_INDEX_MODULES_DEP, alias, &line);
	if (r < 0 || !line)
		return r;
	r = module_get(ctx, alias, NULL, &mod);
	if (r < 0)
		return r;
	r = module_set_dep_line(mod, line);
	if (r < 0) {
		(void)kmod_module_unref(mod);
		return r;
	}
	return module_list_take(list, mod);
}

static int from_wildcard_index(struct kmod_ctx *ctx, enum kmod_index type, const char *alias,
			       struct kmod_list **list)
{
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
	int r = resources_match(ctx, type, alias, &hits);

	for (size_t i = 0; r == 0 && i < hits.n; i++)
		r = take(ctx, hits.at[i].value, alias, list,
			 type == KMOD_INDEX_MODULES_BUILTIN_ALIAS ? BUILTIN_YES : BUILTIN_UNKNOWN);
	return r;
}

static int from_symbols(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	return str_after(alias, "symbol:") ?
		       from_wildcard_index(ctx, KMOD_INDEX_MODULES_SYMBOL, alias, list) :
		       0;
}

static int from_commands(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	static const enum conf_kind kinds[] = { CONF_INSTALL, CONF_REMOVE };

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (size_t i = 0; i < conf_count(&ctx->conf, kinds[k]); i++) {
			const struct conf_rule *rule = conf_rule_at(&ctx->conf, kinds[k], i);

			if (streq(rule->name, alias))
				return take(ctx, alias, NULL, list, BUILTIN_UNKNOWN);
		}
	}
	return 0;
}

static int from_aliases(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	return from_wildcard_index(ctx, KMOD_INDEX_MODULES_ALIAS, alias, list);
}

static int from_builtin(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	int r = resources_is_builtin(ctx, alias);

	return r > 0 ? take(ctx, alias, NULL, list, BUILTIN_YES) : r;
}

static int from_builtin_aliases(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	return from_wildcard_index(ctx, KMOD_INDEX_MODULES_BUILTIN_ALIAS, alias, list);
}

/* The first source that knows the alias ends the search. */
static int ask(struct kmod_ctx *ctx, const char *alias, source *const sources[], size_t n,
	       struct kmod_list **list)
{
	auto_module_list struct kmod_list *found = NULL;

	for (size_t i = 0; i < n && !found; i++) {
		int r = sources[i](ctx, alias, &found);

		if (r < 0)
			return r;
	}
	*list = steal_ptr(found);
	return 0;
}

int lookup_alias(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list)
{
	static source *const sources[] = {
		from_conf_alias, from_dep,     from_symbols,	     from_commands,
		from_aliases,	 from_builtin, from_builtin_aliases,
	};
	auto_module_list struct kmod_list *found = NULL;
	char clean[MODNAME_MAX + 1];
	int r = modname_alias(alias, clean);

	if (r < 0)
		return r;
	r = ask(ctx, clean, sources, ARRAY_SIZE(sources), &found);
	if (r < 0)
		return r;
	if (!*list) {
		*list = steal_ptr(found);
	} else if (found) { /* join the two circles */
		struct kmod_list *last = found->prev;

		(*list)->prev->next = found;
		found->prev = (*list)->prev;
		last->next = *list;
		(*list)->prev = last;
		found = NULL;
	}
	return 0;
}

_export_ int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *given_alias,
					 struct kmod_list **list)
{
	if (!ctx || !given_alias)
		return -ENOENT;
	if (!list || *list) {
		log_err(&ctx->log, "an empty list is needed for the result of a lookup");
		return -ENOSYS;
	}
	return lookup_alias(ctx, given_alias, list);
}

_export_ int kmod_module_new_from_name_lookup(struct kmod_ctx *ctx, const char *modname,
					      struct kmod_module **mod)
{
	static source *const sources[] = { from_dep, from_builtin, from_builtin_aliases };
	auto_module_list struct kmod_list *found = NULL;
	char clean[MODNAME_MAX + 1];
	int r;

	if (!ctx || !modname || !mod)
		return -ENOENT;
	(void)modname_normalize(modname, clean);
	r = ask(ctx, clean, sources, ARRAY_SIZE(sources), &found);
	if (r == 0 && found)
		*mod = kmod_module_get_module(found);
	return r;
}
