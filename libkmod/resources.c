/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens indexes when they are needed, and sees when the file behind one has changed. */
#include "libkmod/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "libkmod/context.h"
#include "libkmod/index-dump.h"
#include "libkmod/index-text.h"
#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"

static const struct {
	const char *name;
	const char *dump_prefix;
	const char *text; /* the file with the same facts */
	enum index_text_form form;
	bool optional; /* trees of older depmods have none */
	bool may_be_empty; /* without a byte it is an index of nothing, elsewhere the end of a crash */
} kinds[RESOURCES_INDEXES] = {
	[KMOD_INDEX_MODULES_DEP] = { "modules.dep.bin", "", "modules.dep", INDEX_TEXT_DEP, false,
				     false },
	[KMOD_INDEX_MODULES_ALIAS] = { "modules.alias.bin", "alias ", "modules.alias",
				       INDEX_TEXT_ALIAS, false, false },
	[KMOD_INDEX_MODULES_SYMBOL] = { "modules.symbols.bin", "alias ", "modules.symbols",
					INDEX_TEXT_ALIAS, false, false },
	[KMOD_INDEX_MODULES_BUILTIN_ALIAS] = { "modules.builtin.alias.bin", "",
					       "modules.builtin.modinfo", INDEX_TEXT_MODINFO, true,
					       true },
	[KMOD_INDEX_MODULES_BUILTIN] = { "modules.builtin.bin", "", "modules.builtin",
					 INDEX_TEXT_BUILTIN, false, true },
};

/* The name of a file, put together once. 0 or -ENOMEM. */
static int resource_path(struct kmod_ctx *ctx, struct resource *res, const char *name,
			 const char **ret)
{
	if (!res->path && asprintf(&res->path, "%s/%s", ctx->dirname, name) < 0) {
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
	index_text_close(res->text);
	*res = (struct resource){ .path = path };
}

static void resource_stamp(struct resource *res, const struct stat *st)
{
	res->dev = st->st_dev;
	res->ino = st->st_ino;
	res->size = st->st_size;
	res->mtime = st->st_mtim;
}

/*
 * Does that error say of the file that it is none for us: missing, damaged, not to be
 * read by this user (docs/spec/index-files.md 5.1)? Any other says that this moment had
 * no answer: no descriptor, no memory, a disk that fails.
 */
static bool is_of_the_file(int r)
{
	switch (-r) {
	case ENOENT:
	case ENOTDIR:
	case EINVAL:
	case EFBIG:
	case EACCES:
	case EPERM:
	case ELOOP:
	case ENAMETOOLONG:
	case ENXIO: /* a socket, a device without a driver */
	case ENODEV:
		return true;
	default:
		return false;
	}
}

/* What was known of the slot is forgotten. 0 or -errno, logged when the file is damaged. */
static int resource_open(struct kmod_ctx *ctx, size_t type)
{
	struct resource *res = &ctx->resources.slot[type];
	struct index *index = NULL; /* as is st: set when r is 0, which -O3 -flto cannot see */
	struct stat st = { 0 };
	const char *path;
	int r;

	resource_drop(res);
	r = resource_path(ctx, res, kinds[type].name, &path);
	if (r == 0)
		r = index_open(path, &ctx->log, &index, &st);
	if (r == 0 && st.st_size == 0 && !kinds[type].may_be_empty) {
		log_err(&ctx->log, "%s: empty", path);
		index_close(index);
		index = NULL;
		r = -EINVAL;
	}
	if (r < 0 && r != -EINVAL)
		return r;
	res->index = index;
	res->damaged = r < 0;
	resource_stamp(res, &st);
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

/* Is there an answer of an earlier attempt that holds as long as the file is the same? */
static bool resource_known(const struct resource *res)
{
	return res->index ? index_error(res->index) == 0 : res->damaged;
}

int resources_index(struct kmod_ctx *ctx, enum kmod_index type, const struct index **ret)
{
	struct resource *res = &ctx->resources.slot[type];

	if (!res->pinned && !(resource_known(res) && resource_fresh(res))) {
		int r = resource_open(ctx, type);

		res->error = r;
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
 * The text for an index that is of no use; NULL in *ret: there is none. 0, or -errno:
 * neither of the two could be asked.
 */
static int resources_text(struct kmod_ctx *ctx, enum kmod_index type,
			  const struct index_text **ret)
{
	const struct resource *slot = &ctx->resources.slot[type];
	struct resource *res = &ctx->resources.text[type];
	bool *told = &ctx->resources.told[type];
	struct stat st = { 0 };
	const char *path;
	int r;

	if (res->text && resource_fresh(res)) {
		*ret = res->text;
		return 0;
	}
	resource_drop(res);
	r = resource_path(ctx, res, kinds[type].text, &path);
	if (r == 0)
		r = index_text_open(path, kinds[type].form, &res->text, &st);
	if (r < 0 && !is_of_the_file(r))
		return r;
	if (r < 0)
		r = slot->index ? index_error(slot->index) : slot->error;
	if (r < 0 && !is_of_the_file(r))
		return r;
	if (res->text) {
		resource_stamp(res, &st);
		if (!*told)
			log_at(&ctx->log, kinds[type].optional ? LOG_INFO : LOG_WARNING,
			       "%s/%s is missing or damaged: using %s, run depmod", ctx->dirname,
			       kinds[type].name, kinds[type].text);
		*told = true;
	}
	*ret = res->text;
	return 0;
}

/*
 * Did the search find that somebody has closed the descriptor, so that the index is to
 * be asked for and searched anew? Once for each question.
 */
static bool index_lost(const struct index *index, bool *again)
{
	bool lost = !*again && index && index_error(index) == -EBADF;

	*again = true;
	return lost;
}

int resources_find(struct kmod_ctx *ctx, enum kmod_index type, const char *key, const char **ret)
{
	const struct index_text *text;
	const struct index *index;
	const char *value;
	bool again = false;
	int r;

	do {
		r = resources_index(ctx, type, &index);
		if (r < 0)
			return r;
		value = index ? index_find(index, key) : NULL;
	} while (!value && index_lost(index, &again));
	if (!value && (!index || index_is_damaged(index))) {
		r = resources_text(ctx, type, &text);
		if (r < 0)
			return r;
		value = text ? index_text_find(text, key) : NULL;
	}
	*ret = value;
	return 0;
}

int resources_match(struct kmod_ctx *ctx, enum kmod_index type, const char *name,
		    struct index_hits *hits)
{
	const struct index_text *text;
	const struct index *index;
	size_t old = hits->n;
	bool again = false;
	int r;

	do {
		hits->n = old;
		r = resources_index(ctx, type, &index);
		if (r == 0 && index)
			r = index_match(index, name, hits);
	} while (r == 0 && index_lost(index, &again));
	if (r < 0 || (index && !index_is_damaged(index)))
		return r;
	r = resources_text(ctx, type, &text);
	if (r < 0 || !text)
		return r;
	hits->n = old; /* what a damaged index gave is a part of what its text gives */
	return index_text_match(text, name, hits);
}

/* As resources_index(); all that can be read of it was. */
static int resources_whole(struct kmod_ctx *ctx, enum kmod_index type, const struct index **ret)
{
	bool again = false;
	int r;

	do {
		r = resources_index(ctx, type, ret);
	} while (r == 0 && *ret && index_read_all(*ret) < 0 && index_lost(*ret, &again));
	return r;
}

int resources_each(struct kmod_ctx *ctx, enum kmod_index type,
		   int (*fn)(const char *key, const char *value, void *data), void *data)
{
	const struct index_text *text;
	const struct index *index;
	int r = resources_whole(ctx, type, &index);

	if (r < 0)
		return r;
	if (index && !index_is_damaged(index)) {
		r = index_each(index, fn, data);
		return r < 0 ? r : 1;
	}
	r = resources_text(ctx, type, &text);
	if (r < 0 || !text)
		return r;
	r = index_text_each(text, fn, data);
	return r < 0 ? r : 1;
}

int resources_is_builtin(struct kmod_ctx *ctx, const char *name)
{
	const char *value;
	int r = resources_find(ctx, KMOD_INDEX_MODULES_BUILTIN, name, &value);

	return r < 0 ? r : value != NULL;
}

void resources_release(struct resources *res)
{
	for (size_t i = 0; i < RESOURCES_INDEXES; i++) {
		resource_drop(&res->slot[i]);
		resource_drop(&res->text[i]);
		free(res->slot[i].path);
		free(res->text[i].path);
		res->slot[i] = res->text[i] = (struct resource){ 0 };
	}
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
		r = resource_open(ctx, i);
		if (r == 0)
			r = index_read_all(res->index);
		if (r < 0 && !kinds[i].optional) {
			kmod_unload_resources(ctx);
			return r;
		}
		res->pinned = r == 0;
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
	r = resources_whole(ctx, type, &index);
	if (r < 0)
		return r;
	if (index)
		return index_dump(index, fd, kinds[type].dump_prefix);
	r = ctx->resources.slot[type].error;
	return r == 0 || r == -ENOENT || r == -EINVAL ? -ENOSYS : r;
}
