/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds what a module needs, wants and may ask for: from modules.dep, and from the rules. */
#include "libkmod/deps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "libkmod/context.h"
#include "libkmod/index-glob.h"
#include "libkmod/list.h"
#include "libkmod/lookup.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/modname.h"

#define BLANKS " \t"

/* A word of modules.dep as a path: relative to the module directory unless absolute. */
static int dep_path(const struct kmod_ctx *ctx, const char *word, size_t n, char **ret)
{
	bool absolute = word[0] == '/';

	return asprintf(ret, "%s%s%.*s", absolute ? "" : ctx->dirname, absolute ? "" : "/", (int)n,
			word) < 0 ?
		       -ENOMEM :
		       0;
}

/*
 * Calls fn for the path of each dependency, last one first: that is load order.
 * strict asks whether each file is there, and that its path is the known one.
 */
static int deps_each(struct kmod_module *mod, bool strict, struct kmod_list **list)
{
	auto_module_list struct kmod_list *found = NULL;
	const char *line, *end;
	int r = module_need_dep_line(mod);

	if (r < 0)
		return r;
	line = mod->dep_line ? mod->dep_line : "";
	for (end = line + strlen(line); end > line;) {
		auto_free char *path = NULL;
		struct kmod_module *dep = NULL;
		const char *word;

		if (strchr(BLANKS, end[-1])) {
			end--;
			continue;
		}
		for (word = end; word > line && !strchr(BLANKS, word[-1]);)
			word--;
		r = dep_path(mod->ctx, word, (size_t)(end - word), &path);
		end = word;
		if (r < 0) {
			path = NULL;
			return r;
		}
		if (strict) {
			r = kmod_module_new_from_path(mod->ctx, path, &dep);
		} else {
			char name[MODNAME_MAX + 1];

			(void)modname_from_path(path, name);
			r = module_get(mod->ctx, name, NULL, &dep);
			if (r == 0 && !dep->path) {
				dep->path = steal_ptr(path);
				dep->builtin = BUILTIN_NO;
			}
		}
		if (r == 0)
			r = module_list_take(&found, dep);
		if (r < 0) {
			errno = -r;
			log_err(&mod->ctx->log, "dependency %.*s of %s cannot be used: %m",
				(int)strcspn(word, BLANKS), word, mod->name);
			return r;
		}
	}
	*list = steal_ptr(found);
	return 0;
}

int deps_hard(struct kmod_module *mod, struct kmod_list **list)
{
	return deps_each(mod, false, list);
}

/* fn for each module that the words stand for; those that stand for none are passed over. */
static int each_word(struct kmod_module *mod, char *const *words, size_t n, bool pre,
		     const struct conf_rule *rule, deps_soft_fn *fn, void *data)
{
	for (size_t w = 0; w < n; w++) {
		auto_module_list struct kmod_list *list = NULL;
		struct kmod_list *l;
		int r = lookup_alias(mod->ctx, words[w], &list);

		/* the next moment may know them; a failing disk does not, and they are only wanted */
		if (io_lacks_means(r))
			return r;
		if (r < 0)
			log_err(&mod->ctx->log,
				"failed to lookup dependency '%s', continuing anyway.", words[w]);
		kmod_list_foreach(l, list) {
			r = fn(l->data, pre, rule, data);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int deps_soft(struct kmod_module *mod, bool pre, deps_soft_fn *fn, void *data)
{
	const struct conf *conf = &mod->ctx->conf;

	for (size_t i = 0; i < conf_count(conf, CONF_SOFTDEP); i++) {
		const struct conf_rule *rule = conf_rule_at(conf, CONF_SOFTDEP, i);
		char **words = pre ? rule->pre : rule->post;
		size_t n = pre ? rule->n_pre : rule->n_post;
		int r;

		if (n == 0 || !index_glob(rule->name, mod->name))
			continue;
		r = each_word(mod, words, n, pre, rule, fn, data);
		if (r < 0)
			return r;
	}
	return 0;
}

static int append_once(struct kmod_module *dep, bool pre, const struct conf_rule *rule, void *data)
{
	struct kmod_list **list = data, *l;

	(void)pre;
	(void)rule;
	kmod_list_foreach(l, *list) {
		if (l->data == dep)
			return 0;
	}
	return module_list_take(list, kmod_module_ref(dep));
}

_export_ struct kmod_list *kmod_module_get_dependencies(const struct kmod_module *mod)
{
	struct kmod_list *list = NULL;
	int r;

	if (!mod)
		return NULL;
	/* const to the caller; what the index says is remembered inside */
	r = deps_each((struct kmod_module *)mod, true, &list);
	if (r < 0)
		errno = -r;
	return list;
}

_export_ int kmod_module_get_softdeps(const struct kmod_module *mod, struct kmod_list **pre,
				      struct kmod_list **post)
{
	auto_module_list struct kmod_list *before = NULL;
	auto_module_list struct kmod_list *after = NULL;
	int r;

	if (!mod || !pre || !post)
		return -ENOENT;
	if (*pre || *post)
		return -EINVAL;
	r = deps_soft((struct kmod_module *)mod, true, append_once, &before);
	if (r == 0)
		r = deps_soft((struct kmod_module *)mod, false, append_once, &after);
	if (r < 0)
		return r;
	*pre = steal_ptr(before);
	*post = steal_ptr(after);
	return 0;
}

_export_ int kmod_module_get_weakdeps(const struct kmod_module *mod, struct kmod_list **weak)
{
	struct kmod_module *m = (struct kmod_module *)mod; /* not changed */
	auto_module_list struct kmod_list *found = NULL;
	const struct conf *conf;
	int r;

	if (!mod || !weak)
		return -ENOENT;
	if (*weak)
		return -EINVAL;
	conf = &mod->ctx->conf;
	for (size_t i = 0; i < conf_count(conf, CONF_WEAKDEP); i++) {
		const struct conf_rule *rule = conf_rule_at(conf, CONF_WEAKDEP, i);

		if (!index_glob(rule->name, mod->name))
			continue;
		r = each_word(m, rule->pre, rule->n_pre, true, rule, append_once, &found);
		if (r < 0)
			return r;
	}
	*weak = steal_ptr(found);
	return 0;
}
