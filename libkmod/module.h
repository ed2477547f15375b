/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A module's identity: name, alias it was found by, file, references. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/libkmod.h"

struct conf_rule;
struct file;

enum module_builtin { BUILTIN_UNKNOWN, BUILTIN_NO, BUILTIN_YES };

struct kmod_module {
	struct kmod_ctx *ctx; /* one reference */
	int refcount;
	char *key; /* in the pool: name, or name\alias */
	char *name; /* normalised */
	const char *alias; /* inside key; NULL for the plain object */

	/* What is remembered once it was asked for (docs/spec/libkmod-api.md 6.4). */
	enum module_builtin builtin;
	char *path;
	bool dep_line_asked; /* path and dep_line come from the index */
	char *dep_line; /* dependencies as the index names them, blank separated; may be NULL */
	char *options;
	bool options_asked;
	const struct conf_rule *install, *remove;
	bool install_asked, remove_asked;
	struct file *file; /* open while the module lives */
	int told; /* the last state in the trace, enum seen + 1; 0: none */
	bool complained; /* about an unknown word in its initstate */
	char *failure; /* of the last probe, in words */
	/* ... or what the kernel refused, while nobody asked for the words: failure.h */
	int refused_err; /* negative errno, 0: nothing */
	unsigned int refused_flags;
	char *refused_options;
	char *refused_step; /* the dependency that it was; NULL: the module itself */
};

/* The object of that name and alias (NULL: plain), made if need be; *ret gets a reference. */
int module_get(struct kmod_ctx *ctx, const char *name, const char *alias,
	       struct kmod_module **ret);
/* Take path and dependencies from a line of modules.dep ("path: dep dep"). 0 or -ENOMEM. */
int module_set_dep_line(struct kmod_module *mod, const char *line);
/* Ask the index for that line if nobody did. 0 (found or not), or -errno: ask again. */
int module_need_dep_line(struct kmod_module *mod);
/*
 * Its file, opened once, and again when somebody has closed it. 0, -ENOENT: no path
 * known, or what the index or file_open() says.
 */
int module_file(struct kmod_module *mod, struct file **ret);
/* Close it: nobody may have anything of it any more. */
void module_close_file(struct kmod_module *mod);
/* Is it linked into the kernel? Asked of the index once. 1, 0, or -errno: ask again. */
int module_is_builtin(struct kmod_module *mod);

/* Append mod to *list, the reference becomes the list's. On failure it is given back. */
int module_list_take(struct kmod_list **list, struct kmod_module *mod);

static inline void cleanup_module(struct kmod_module **mod)
{
	(void)kmod_module_unref(*mod);
}
static inline void cleanup_module_list(struct kmod_list **list)
{
	(void)kmod_module_unref_list(*list);
}
#define auto_module __attribute__((cleanup(cleanup_module)))
#define auto_module_list __attribute__((cleanup(cleanup_module_list)))
