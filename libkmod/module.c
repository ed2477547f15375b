/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes module objects, from names and paths, and answers for their identity. */
#include "libkmod/module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "libkmod/context.h"
#include "libkmod/file.h"
#include "libkmod/list.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/modname.h"
#include "shared/path.h"

/* Longest "name\alias" */
#define MODULE_KEY_MAX 4094

int module_get(struct kmod_ctx *ctx, const char *name, const char *alias, struct kmod_module **ret)
{
	size_t name_len = strlen(name), alias_len = alias ? strlen(alias) + 1 : 0;
	auto_free char *key = NULL;
	struct kmod_module *mod;

	if (alias && name_len + alias_len - 1 > MODULE_KEY_MAX)
		return -ENAMETOOLONG;
	key = malloc(name_len + alias_len + 1);
	if (!key)
		return -ENOMEM;
	memcpy(key, name, name_len + 1);
	if (alias) {
		key[name_len] = '\\';
		memcpy(key + name_len + 1, alias, alias_len);
	}

	mod = pool_get(&ctx->pool, key);
	if (mod) {
		*ret = kmod_module_ref(mod);
		return 0;
	}
	mod = calloc(1, sizeof(*mod));
	if (!mod)
		return -ENOMEM;
	mod->name = strdup(name);
	if (!mod->name || pool_add(&ctx->pool, key, mod) < 0) {
		free(mod->name);
		free(mod);
		return -ENOMEM;
	}
	mod->alias = alias ? key + name_len + 1 : NULL;
	mod->key = steal_ptr(key);
	mod->refcount = 1;
	mod->ctx = kmod_ref(ctx);
	*ret = mod;
	return 0;
}

/* An absolute path; whether it exists is not asked. */
static int module_from_path(struct kmod_ctx *ctx, const char *path, struct kmod_module **ret)
{
	char name[MODNAME_MAX + 1];
	auto_module struct kmod_module *mod = NULL;
	int r;

	if (path_base(path)[0] == '\0')
		return -ENOENT;
	(void)modname_from_path(path, name);
	r = module_get(ctx, name, NULL, &mod);
	if (r < 0)
		return r;
	if (!mod->path) {
		mod->path = strdup(path);
		if (!mod->path)
			return -ENOMEM;
	} else if (!streq(mod->path, path)) {
		log_err(&ctx->log,
			"kmod_module '%s' already exists with different path: new-path='%s' old-path='%s'",
			name, path, mod->path);
		return -EEXIST;
	}
	mod->builtin = BUILTIN_NO;
	*ret = steal_ptr(mod);
	return 0;
}

int module_set_dep_line(struct kmod_module *mod, const char *line)
{
	const char *colon = strchr(line, ':');
	auto_free char *path = NULL, *deps = NULL;

	if (!colon || mod->dep_line_asked) {
		mod->dep_line_asked = true;
		return 0;
	}
	if (!mod->path) {
		bool absolute = line[0] == '/';

		if (asprintf(&path, "%s%s%.*s", absolute ? "" : mod->ctx->dirname,
			     absolute ? "" : "/", (int)(colon - line), line) < 0) {
			path = NULL;
			return -ENOMEM;
		}
	}
	deps = strdup(colon + 1);
	if (!deps)
		return -ENOMEM;
	if (path)
		mod->path = steal_ptr(path);
	mod->dep_line = steal_ptr(deps);
	mod->dep_line_asked = true;
	return 0;
}

int module_need_dep_line(struct kmod_module *mod)
{
	const char *line;
	int r;

	if (mod->dep_line_asked)
		return 0;
	r = resources_find(mod->ctx, KMOD_INDEX_MODULES_DEP, mod->name, &line);
	if (r < 0)
		return r;
	if (!line) {
		mod->dep_line_asked = true;
		return 0;
	}
	return module_set_dep_line(mod, line);
}

void module_close_file(struct kmod_module *mod)
{
	file_close(mod->file);
	mod->file = NULL;
}

int module_file(struct kmod_module *mod, struct file **ret)
{
	int r = mod->path ? 0 : module_need_dep_line(mod);

	if (r == 0 && !mod->path)
		r = -ENOENT;
	/* it may have been open since an earlier call of the program, which may close what it does not know */
	if (r == 0 && mod->file && !file_is_open(mod->file))
		module_close_file(mod);
	if (r == 0 && !mod->file)
		r = file_open(mod->path, &mod->ctx->log, &mod->file);
	if (r == 0)
		*ret = mod->file;
	return r;
}

int module_is_builtin(struct kmod_module *mod)
{
	if (mod->builtin == BUILTIN_UNKNOWN) {
		int r = resources_is_builtin(mod->ctx, mod->name);

		if (r < 0)
			return r;
		mod->builtin = r ? BUILTIN_YES : BUILTIN_NO;
	}
	return mod->builtin == BUILTIN_YES;
}

int module_list_take(struct kmod_list **list, struct kmod_module *mod)
{
	int r = list_append(list, mod);

	if (r < 0)
		(void)kmod_module_unref(mod);
	return r;
}

_export_ int kmod_module_new_from_name(struct kmod_ctx *ctx, const char *name,
				       struct kmod_module **mod)
{
	char clean[MODNAME_MAX + 1];

	if (!ctx || !name || !mod)
		return -ENOENT;
	(void)modname_normalize(name, clean);
	return module_get(ctx, clean, NULL, mod);
}

_export_ int kmod_module_new_from_path(struct kmod_ctx *ctx, const char *path,
				       struct kmod_module **mod)
{
	auto_free char *absolute = NULL;
	struct stat st;

	if (!ctx || !path || !mod)
		return -ENOENT;
	if (path_absolute(path, &absolute) < 0) {
		log_debug(&ctx->log, "no absolute path for '%s'", path);
		return -ENOMEM;
	}
	if (stat(absolute, &st) < 0)
		return -errno;
	return module_from_path(ctx, absolute, mod);
}

_export_ int kmod_module_new_from_loaded(struct kmod_ctx *ctx, struct kmod_list **list)
{
	auto_free char *text = NULL;
	auto_module_list struct kmod_list *found = NULL;
	int r;

	if (!ctx || !list)
		return -ENOENT;
	r = io_read_text("/proc/modules", 0, &text, NULL);
	if (r < 0) {
		errno = -r;
		log_err(&ctx->log, "could not open /proc/modules: %m");
		return r;
	}
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct kmod_module *mod;

		line[strcspn(line, " \t")] = '\0';
		if (line[0] == '\0')
			continue;
		r = kmod_module_new_from_name(ctx, line, &mod);
		if (r == 0)
			r = module_list_take(&found, mod);
		if (r < 0)
			return r;
	}
	*list = steal_ptr(found);
	return 0;
}

_export_ struct kmod_module *kmod_module_ref(struct kmod_module *mod)
{
	if (mod)
		mod->refcount++;
	return mod;
}

_export_ struct kmod_module *kmod_module_unref(struct kmod_module *mod)
{
	if (!mod || --mod->refcount > 0)
		return mod;
	pool_del(&mod->ctx->pool, mod->key);
	file_close(mod->file);
	(void)kmod_unref(mod->ctx);
	free(mod->failure);
	free(mod->refused_options);
	free(mod->refused_step);
	free(mod->options);
	free(mod->dep_line);
	free(mod->path);
	free(mod->name);
	free(mod->key);
	free(mod);
	return NULL;
}

static void unref_data(void *mod)
{
	(void)kmod_module_unref(mod);
}

_export_ int kmod_module_unref_list(struct kmod_list *list)
{
	list_free(list, unref_data);
	return 0;
}

_export_ struct kmod_module *kmod_module_get_module(const struct kmod_list *entry)
{
	return entry ? kmod_module_ref(entry->data) : NULL;
}

_export_ const char *kmod_module_get_name(const struct kmod_module *mod)
{
	return mod ? mod->name : NULL;
}

_export_ const char *kmod_module_get_path(const struct kmod_module *mod)
{
	if (!mod)
		return NULL;
	if (!mod->path) {
		/* const to the caller; what the index says is remembered inside */
		int r = module_need_dep_line((struct kmod_module *)mod);

		if (r < 0)
			errno = -r;
	}
	return mod->path;
}
