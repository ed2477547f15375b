/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libkmod/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "libkmod/context.h"
#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/modname.h"

static const struct {
	const char *name;
	const char *dump_prefix;
	bool optional;
} kinds[RESOURCES_INDEXES] = {
	[KMOD_INDEX_MODULES_DEP] = { "modules.dep.bin", "", false },
	[KMOD_INDEX_MODULES_ALIAS] = { "modules.alias.bin", "alias ", false },
	[KMOD_INDEX_MODULES_SYMBOL] = { "modules.symbols.bin", "alias ", false },
	[KMOD_INDEX_MODULES_BUILTIN_ALIAS] = { "modules.builtin.alias.bin", "", true },
	[KMOD_INDEX_MODULES_BUILTIN] = { "modules.builtin.bin", "", false },
};

/* The name of an index file, put together once. 0 or -ENOMEM. */
static int resource_path(struct kmod_ctx *ctx, size_t type, const char **ret)
{
	struct resource *res = &ctx->resources.slot[type];

	if (!res->path && asprintf(&res->path, "%s/%s", ctx->dirname, kinds[type].name) < 0) {
		res->path = NULL;
		return -ENOMEM;
	}
	*ret = res->path;
	return 0;
}

/* All but the name of the file. */
static void resource_drop(struct resource *res)
{
	char *path = res->path;

	index_close(res->index);
	*res = (struct resource){ .path = path };
}

/* What was known of the slot is forgotten. 0 or -errno, logged when the file is damaged. */
static int resource_map(struct kmod_ctx *ctx, size_t type)
{
	struct resource *res = &ctx->resources.slot[type];
	struct index *index = NULL; /* as is st: set when r is 0, which -O3 -flto cannot see */
	struct stat st = { 0 };
	const char *path;
	int r;

	resource_drop(res);
	r = resource_path(ctx, type, &path);
	if (r == 0)
		r = index_open(path, &ctx->log, &index, &st);
	if (r < 0 && r != -EINVAL)
		return r;
	res->index = index;
	res->damaged = r < 0;
	res->dev = st.st_dev;
	res->ino = st.st_ino;
	res->size = st.st_size;
	res->mtime = st.st_mtim;
	return r;
}

/* Is the file of that name still the one that was looked at? */
static bool resource_fresh(const struct resource *res)
{
	struct stat st;

	return stat(res->path, &st) == 0 && st.st_dev == res->dev && st.st_ino == res->ino &&
	       st.st_size == res->size && st.st_mtim.tv_sec == res->mtime.tv_sec &&
	       st.st_mtim.tv_nsec == res->mtime.tv_nsec;
}

int resources_index(struct kmod_ctx *ctx, enum kmod_index type, const struct index **ret)
{
	struct resource *res = &ctx->resources.slot[type];

	if (!res->pinned && !((res->index || res->damaged) && resource_fresh(res))) {
		int r = resource_map(ctx, type);

		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			errno = -r;
			log_debug(&ctx->log, "could not use %s: %m", res->path);
		}
	}
	*ret = res->index;
	return 0;
}

/*
 * The names in the text file modules.builtin, each between two newlines. Kept:
 * this is a fall-back for a tree whose index is damaged. *ret is NULL when there
 * is no such file. 0 or -ENOMEM.
 */
static int builtin_text(struct kmod_ctx *ctx, const char **ret)
{
	struct resources *res = &ctx->resources;
	auto_free char *path = NULL, *text = NULL, *names = NULL;
	char name[MODNAME_MAX + 1];
	size_t len, n = 0;
	int r;

	*ret = res->builtin_text;
	if (res->builtin_text_tried)
		return 0;
	if (asprintf(&path, "%s/modules.builtin", ctx->dirname) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = io_read_text(path, 0, &text, &len);
	if (r < 0) {
		res->builtin_text_tried = r != -ENOMEM;
		return r == -ENOMEM ? r : 0;
	}
	names = malloc(len + 2);
	if (!names)
		return -ENOMEM;
	names[n++] = '\n';
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t k = modname_from_path(line, name);

		if (k == 0)
			continue;
		memcpy(names + n, name, k); /* never longer than its line */
		n += k;
		names[n++] = '\n';
	}
	names[n] = '\0';
	log_info(&ctx->log, "no usable modules.builtin.bin: reading %s", path);
	res->builtin_text_tried = true;
	*ret = res->builtin_text = steal_ptr(names);
	return 0;
}

int resources_is_builtin(struct kmod_ctx *ctx, const char *name)
{
	const struct index *index;
	const char *text = NULL;
	size_t n = strlen(name);
	int r = resources_index(ctx, KMOD_INDEX_MODULES_BUILTIN, &index);

	if (r < 0)
		return r;
	if (index)
		return index_find(index, name) != NULL;
	if (n > 0 && !strchr(name, '\n')) /* one that could be a line */
		r = builtin_text(ctx, &text);
	if (r < 0)
		return r;
	for (const char *at = text; at && (at = strstr(at, name)) != NULL; at += n) {
		if (at[-1] == '\n' && at[n] == '\n') /* text starts with a newline */
			return 1;
	}
	return 0;
}

void resources_release(struct resources *res)
{
	for (size_t i = 0; i < RESOURCES_INDEXES; i++) {
		resource_drop(&res->slot[i]);
		free(res->slot[i].path);
	}
	free(res->builtin_text);
	*res = (struct resources){ 0 };
}

_export_ void kmod_unload_resources(struct kmod_ctx *ctx)
{
	if (ctx)
		resources_release(&ctx->resources);
}

_export_ int kmod_load_resources(struct kmod_ctx *ctx)
{
	if (!ctx)
		return -ENOENT;
	for (size_t i = 0; i < RESOURCES_INDEXES; i++) {
		struct resource *res = &ctx->resources.slot[i];
		int r;

		if (res->pinned) {
			log_info(&ctx->log, "index %s is loaded already", kinds[i].name);
			continue;
		}
		r = resource_map(ctx, i);
		if (r < 0 && !kinds[i].optional) {
			kmod_unload_resources(ctx);
			return r;
		}
		res->pinned = res->index != NULL;
	}
	return 0;
}

_export_ int kmod_validate_resources(struct kmod_ctx *ctx)
{
	if (!ctx || !conf_stamps_valid(&ctx->stamps))
		return KMOD_RESOURCES_MUST_RECREATE;
	for (size_t i = 0; i < RESOURCES_INDEXES; i++) {
		const struct resource *res = &ctx->resources.slot[i];

		if (res->pinned && !resource_fresh(res))
			return KMOD_RESOURCES_MUST_RELOAD;
	}
	return KMOD_RESOURCES_OK;
}

_export_ int kmod_dump_index(struct kmod_ctx *ctx, enum kmod_index type, int fd)
{
	const struct index *index;
	int r;

	if (!ctx)
		return -ENOSYS;
	if ((unsigned int)type >= RESOURCES_INDEXES)
		return -ENOENT;
	r = resources_index(ctx, type, &index);
	if (r < 0)
		return r;
	return index ? index_dump(index, fd, kinds[type].dump_prefix) : -ENOSYS;
}
