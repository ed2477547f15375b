/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel shows of a loaded module: size, reference count, holders,
 * sections. Asked anew at each call.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "libkmod/context.h"
#include "libkmod/initstate.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/io.h"

/* /sys/module/NAME/FILE, malloced. -ENOENT: no module is called that. */
static int loaded_path(const struct kmod_module *mod, const char *file, char **ret)
{
	char *path;

	if (!initstate_is_name(mod->name))
		return -ENOENT;
	if (asprintf(&path, "/sys/module/%s%s%s", mod->name, *file ? "/" : "", file) < 0)
		return -ENOMEM;
	*ret = path;
	return 0;
}

/* A whole number that white space ends. -EINVAL: not one, or out of range. */
static int parse_long(const char *text, long *ret)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || end == text || !isspace((unsigned char)*end))
		return -EINVAL;
	*ret = v;
	return 0;
}

/* How often a file may vanish under us. */
#define VANISHED_MAX 5

static int read_long(const char *path, long *ret)
{
	auto_free char *text = NULL;
	int r = -ENODEV; /* the module went while we read: that is, ask again */

	for (int i = 0; r == -ENODEV && i < VANISHED_MAX; i++)
		r = io_read_text(path, 32, &text, NULL);
	return r < 0 ? r : parse_long(text, ret);
}

_export_ int kmod_module_get_refcnt(const struct kmod_module *mod)
{
	auto_free char *path = NULL;
	long v;
	int r;

	if (!mod)
		return -ENOENT;
	r = loaded_path(mod, "refcnt", &path);
	if (r == 0)
		r = read_long(path, &v);
	if (r == 0 && (v < INT_MIN || v > INT_MAX))
		r = -EINVAL;
	if (r == -EINVAL) {
		errno = -r;
		log_err(&mod->ctx->log, "could not read integer from '%s': '%m'", path);
	}
	return r < 0 ? r : (int)v;
}

/* The second word of the module's line in /proc/modules. */
static long size_from_proc(const struct kmod_module *mod)
{
	auto_free char *text = NULL;
	size_t n = strlen(mod->name);
	unsigned int number = 0;
	int r = io_read_text("/proc/modules", 0, &text, NULL);

	if (r < 0)
		return r;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		long size;

		number++;
		if (strncmp(line, mod->name, n) != 0 || !strchr(" \t", line[n]))
			continue;
		if (line[n] == '\0' || parse_long(line + n, &size) < 0 || size < 0) {
			log_err(&mod->ctx->log, "invalid line format at /proc/modules:%u", number);
			return -ENOENT;
		}
		return size;
	}
	return -ENOENT;
}

_export_ long kmod_module_get_size(const struct kmod_module *mod)
{
	auto_free char *dir = NULL, *path = NULL;
	struct stat st;
	long size;
	int r;

	if (!mod)
		return -ENOENT;
	r = loaded_path(mod, "", &dir);
	if (r == 0)
		r = loaded_path(mod, "coresize", &path);
	if (r < 0)
		return r;
	r = read_long(path, &size);
	if (r == 0 && size < 0)
		r = -EINVAL;
	if (r == 0)
		return size;
	if (r == -ENOENT)
		return stat(dir, &st) < 0 ? -errno : size_from_proc(mod);
	log_err(&mod->ctx->log, "failed to read coresize from %s", dir);
	return r;
}

/* Names in the directory FILE of the module, "." and ".." left out. */
static DIR *open_dir(const struct kmod_module *mod, const char *file)
{
	auto_free char *path = NULL;
	int r = loaded_path(mod, file, &path);
	DIR *dir;

	if (r < 0) {
		errno = -r;
		return NULL;
	}
	dir = opendir(path);
	if (!dir)
		log_err(&mod->ctx->log, "could not open '%s': %m", path);
	return dir;
}

/* NULL: errno is 0 at the end, else why there is no more. */
static const char *next_name(DIR *dir)
{
	struct dirent *entry;

	errno = 0;
	while ((entry = readdir(dir)) && (streq(entry->d_name, ".") || streq(entry->d_name, "..")))
		;
	return entry ? entry->d_name : NULL;
}

_export_ struct kmod_list *kmod_module_get_holders(const struct kmod_module *mod)
{
	auto_module_list struct kmod_list *holders = NULL;
	auto_closedir DIR *dir = NULL;
	const char *name;

	if (!mod)
		return NULL;
	dir = open_dir(mod, "holders");
	if (!dir)
		return NULL;
	while ((name = next_name(dir)) != NULL) {
		struct kmod_module *holder;

		if (kmod_module_new_from_name(mod->ctx, name, &holder) < 0 ||
		    module_list_take(&holders, holder) < 0) {
			errno = ENOMEM;
			return NULL;
		}
	}
	if (errno != 0) {
		log_err(&mod->ctx->log, "could not read the holders of %s: %m", mod->name);
		return NULL;
	}
	return steal_ptr(holders);
}

struct section {
	unsigned long address;
	char name[];
};

/* "0x..." as the kernel writes it, ended by white space. */
static int read_address(int dirfd, const char *name, unsigned long *ret)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	auto_free char *text = NULL;
	char *end;
	unsigned long long v;
	int r;

	if (fd < 0)
		return -errno;
	r = io_read_text_fd(fd, 32, &text, NULL);
	if (r < 0)
		return r;
	errno = 0;
	v = strtoull(text, &end, 16);
	if (errno || end == text || !isspace((unsigned char)*end) || v != (unsigned long)v)
		return -EINVAL;
	*ret = (unsigned long)v;
	return 0;
}

_export_ struct kmod_list *kmod_module_get_sections(const struct kmod_module *mod)
{
	struct kmod_list *sections = NULL;
	auto_closedir DIR *dir = NULL;
	const char *name;

	if (!mod)
		return NULL;
	dir = open_dir(mod, "sections");
	if (!dir)
		return NULL;
	while ((name = next_name(dir)) != NULL) {
		size_t n = strlen(name) + 1;
		struct section *section = malloc(sizeof(*section) + n);
		int r = section ? read_address(dirfd(dir), name, &section->address) : -ENOMEM;

		if (r == 0) {
			memcpy(section->name, name, n);
			r = list_append(&sections, section);
		}
		if (r < 0) {
			errno = -r;
			log_err(&mod->ctx->log, "could not read section %s of %s: %m", name,
				mod->name);
			free(section);
			kmod_module_section_free_list(sections);
			return NULL;
		}
	}
	if (errno != 0) {
		log_err(&mod->ctx->log, "could not read the sections of %s: %m", mod->name);
		kmod_module_section_free_list(sections);
		return NULL;
	}
	return sections;
}

_export_ const char *kmod_module_section_get_name(const struct kmod_list *entry)
{
	return entry ? ((const struct section *)entry->data)->name : NULL;
}

_export_ unsigned long kmod_module_section_get_address(const struct kmod_list *entry)
{
	return entry ? ((const struct section *)entry->data)->address : ULONG_MAX;
}

_export_ void kmod_module_section_free_list(struct kmod_list *list)
{
	list_free(list, free);
}
