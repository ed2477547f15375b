/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a name stands for no module: the directory, its indexes, a file without an entry, a slip of the pen. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libkmod/context.h"
#include "libkmod/index.h"
#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "shared/nearest.h"
#include "shared/path.h"
#include "shared/strbuf.h"

#define OTHERS_MAX 3 /* directories that are named */
#define DEPTH_MAX 16 /* of directories below the module directory */

/* ---- the directory ------------------------------------------------------------ */

static int last_first(const void *a, const void *b)
{
	return strcmp(*(const char *const *)b, *(const char *const *)a);
}

static bool is_directory(DIR *dir, const char *name)
{
	struct stat st;

	return fstatat(dirfd(dir), name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* Which directories are beside the one that is missing? names: of malloced strings. */
static int list_others(const char *parent, struct array *names)
{
	auto_closedir DIR *dir = opendir(parent);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		char *name;

		if (entry->d_name[0] == '.' || !is_directory(dir, entry->d_name))
			continue;
		name = strdup(entry->d_name);
		r = name ? array_push(names, name) : -ENOMEM;
		if (r < 0)
			free(name);
	}
	if (r == 0 && names->n > 1)
		qsort(names->at, names->n, sizeof(*names->at), last_first);
	return r;
}

/* Is it the directory of the running kernel's release? */
static bool is_running(const char *dirname)
{
	struct utsname u;

	return uname(&u) == 0 && streq(path_base(dirname), u.release);
}

static int explain_directory(const char *dirname, struct strbuf *out)
{
	struct array names = ARRAY_INIT;
	const char *slash = strrchr(dirname, '/');
	auto_free char *parent = slash && slash > dirname ?
					 strndup(dirname, (size_t)(slash - dirname)) :
					 strdup("/");
	int r = parent ? list_others(parent, &names) : -ENOMEM;

	if (r != -ENOMEM && strbuf_addf(out, "that directory does not exist%s",
					is_running(dirname) ? " (the running kernel's)" : "") < 0)
		r = -ENOMEM;
	if (r == 0)
		r = strbuf_addf(out, "; %s has %s", parent, names.n ? "only " : "no other");
	else if (r != -ENOMEM)
		r = strbuf_addf(out, ", nor does %s", parent);
	for (size_t i = 0; r == 0 && i < names.n && i < OTHERS_MAX; i++)
		r = strbuf_addf(out, "%s%s", i ? ", " : "", (const char *)names.at[i]);
	if (r == 0 && names.n > OTHERS_MAX)
		r = strbuf_addf(out, " and %zu more", names.n - OTHERS_MAX);
	array_free_from(&names, 0);
	return r;
}

/* ---- a file that no index knows ------------------------------------------------- */

/* The first file of that module name below path, which is changed to its name. 1, 0, -ENOMEM. */
/* NOLINTNEXTLINE(misc-no-recursion): not deeper than DEPTH_MAX */
static int find_file(char path[static PATH_MAX], const char *name, unsigned int depth)
{
	size_t len = strlen(path);
	auto_closedir DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return errno == ENOMEM ? -ENOMEM : 0;
	while ((entry = readdir(dir)) != NULL) {
		char found[MODNAME_MAX + 1];
		size_t n = strlen(entry->d_name) + 1;
		int r = 0;

		if (entry->d_name[0] == '.' || len + 1 + n > PATH_MAX)
			continue;
		path[len] = '/';
		memcpy(path + len + 1, entry->d_name, n);
		if (modname_is_module_file(entry->d_name)) {
			(void)modname_normalize(entry->d_name, found);
			r = streq(found, name);
		} else if (depth < DEPTH_MAX && entry->d_type == DT_DIR) { /* links lead to sources */
			r = find_file(path, name, depth + 1);
		}
		if (r != 0)
			return r;
		path[len] = '\0';
	}
	return 0;
}

static int explain_unlisted(struct kmod_ctx *ctx, const char *name, struct strbuf *out)
{
	char path[PATH_MAX];
	size_t size = strlen(ctx->dirname) + 1;
	int r;

	if (size > sizeof(path))
		return 0;
	memcpy(path, ctx->dirname, size);
	r = find_file(path, name, 0);
	return r > 0 ? strbuf_addf(out, "%s is there, but in no index (run depmod)", path) : r;
}

/* ---- the indexes ------------------------------------------------------------------ */

struct census {
	struct nearest near;
	size_t n;
};

static int count(const char *key, const char *value, void *data)
{
	struct census *census = data;

	(void)value;
	census->n++;
	nearest_offer(&census->near, key);
	return 0;
}

#define STOP (-ECANCELED)

/* One is enough to know that there are some. */
static int stop(const char *key, const char *value, void *data)
{
	(void)key;
	(void)value;
	(void)data;
	return STOP;
}

/*
 * What is wrong with a file that cannot be used, or that has nothing in it.
 * error: what kept it from being asked just now, or 0.
 */
static int explain_index(struct kmod_ctx *ctx, const char *file, int error, struct strbuf *out)
{
	auto_free char *path = NULL;
	struct stat st;

	errno = -error;
	if (error < 0)
		return error == -ENOMEM ? error : strbuf_addf(out, "%s cannot be read: %m", file);
	if (asprintf(&path, "%s/%s", ctx->dirname, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (stat(path, &st) < 0)
		return errno == ENOENT ? strbuf_addf(out, "%s is missing (run depmod)", file) :
					 strbuf_addf(out, "%s cannot be read: %m", file);
	if (st.st_size == 0)
		return strbuf_addf(out, "%s is empty (run depmod)", file);
	if (access(path, R_OK) < 0)
		return strbuf_addf(out, "%s cannot be read: %m", file);
	return strbuf_addf(out, "%s is damaged (run depmod)", file);
}

/* Nothing is listed, be it in the index or in the text that was asked in its place. */
static int explain_no_modules(struct kmod_ctx *ctx, struct strbuf *out)
{
	const struct index *index;
	int r = resources_index(ctx, KMOD_INDEX_MODULES_DEP, &index);

	if (r < 0)
		return r;
	if (index && !index_is_damaged(index))
		return strbuf_adds(out, "no module is in modules.dep.bin (run depmod)");
	r = explain_index(ctx, "modules.dep.bin", 0, out);
	return r < 0 ? r : strbuf_adds(out, "; modules.dep has no module");
}

/* All is well, but the name is in no index. */
static const char *nothing_found(const char *name)
{
	if (str_after(name, "symbol:"))
		return "no module there exports that symbol";
	if (strchr(name, ':'))
		return "no module there has an alias that matches";
	if (strchr(name, '/') || modname_is_module_file(name))
		return "that looks like a file; the name of a module has no directory and no .ko";
	return "no module or alias there has that name";
}

static int explain(struct kmod_ctx *ctx, const char *name, struct strbuf *out)
{
	char clean[MODNAME_MAX + 1];
	struct census census = { .n = 0 };
	int r;

	if (access(ctx->dirname, F_OK) < 0)
		return errno == ENOENT ? explain_directory(ctx->dirname, out) :
					 strbuf_addf(out, "that directory cannot be looked into: %m");
	r = modname_alias(name, clean);
	if (r < 0)
		return r == -EINVAL ? strbuf_adds(out, "a bracket in that name has no partner") :
				      strbuf_adds(out, "that name is too long");
	nearest_init(&census.near, clean);
	r = resources_each(ctx, KMOD_INDEX_MODULES_DEP, count, &census);
	if (r <= 0)
		return explain_index(ctx, "modules.dep.bin", r, out);
	if (census.n == 0)
		return explain_no_modules(ctx, out);
	r = resources_each(ctx, KMOD_INDEX_MODULES_BUILTIN, count, &census);
	if (r != -ENOMEM) /* without it there are fewer names to be near */
		r = explain_unlisted(ctx, clean, out);
	if (r < 0 || out->len > 0)
		return r;
	r = resources_each(ctx, KMOD_INDEX_MODULES_ALIAS, stop, NULL);
	if (r == 0 || (r < 0 && r != STOP)) {
		int error = r;

		r = strbuf_adds(out, "aliases are not known: ");
		if (r == 0)
			r = explain_index(ctx, "modules.alias.bin", error, out);
	} else {
		r = strbuf_adds(out, nothing_found(name));
	}
	return r < 0 ? r : nearest_say(&census.near, out);
}

_export_ int kmod_explain_lookup(struct kmod_ctx *ctx, const char *name, char **text)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	char *found;
	int r;

	if (!ctx || !name || !text)
		return -ENOENT;
	r = explain(ctx, name, &out);
	if (r < 0)
		return r;
	strbuf_plain(&out);
	found = strbuf_steal(&out);
	if (!found)
		return -ENOMEM;
	*text = found;
	return 0;
}
