/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which indexes are open, stale, dumped. An index is opened when it is first
 * asked for and kept; each later use compares its file by one stat(), so that
 * nobody sees an old answer. By its whole name: a kept directory would not see
 * that another one, or another file system, has taken its place.
 * kmod_load_resources() reads all of them and pins them instead.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <sys/types.h>

#include "libkmod/libkmod.h"

struct index;
struct index_hits;
struct index_text;

#define RESOURCES_INDEXES 5 /* enum kmod_index: 0 to 4 */

struct resource {
	char *path; /* of the file; NULL until first asked */
	struct index *index; /* NULL: not open */
	struct index_text *text; /* what stands in for one; NULL: not read */
	bool pinned; /* loaded by kmod_load_resources() */
	int error; /* of the last attempt to open it */
	bool damaged; /* the file below is no index: not opened again until it is another one */
	dev_t dev; /* the file that is open (or damaged), */
	ino_t ino;
	off_t size;
	struct timespec mtime; /* as it was then */
};

struct resources {
	struct resource slot[RESOURCES_INDEXES];
	/* the text beside them, once one was missing or damaged */
	struct resource text[RESOURCES_INDEXES];
	bool told[RESOURCES_INDEXES]; /* that it is used */
};

/*
 * Open and up to date; NULL in *ret: there is no usable one. Borrowed until the
 * next call for this type. 0, or -ENOMEM and nothing is known. What kept it from
 * being used is in the error of the slot.
 */
int resources_index(struct kmod_ctx *ctx, enum kmod_index type, const struct index **ret);
/*
 * What the index says of a key: index_find(), index_match(). One that is missing
 * or damaged is made up for by its text, if there is one: modules.dep,
 * modules.alias, modules.symbols, modules.builtin, and modules.builtin.modinfo for
 * the aliases of built-in modules; a warning says so, once. Strings are borrowed
 * until the next call for this type. 0, or -errno and nothing is known: there was no
 * memory, no descriptor, or the disk failed. What is missing, damaged or not for this
 * user to read is none, and no error.
 */
int resources_find(struct kmod_ctx *ctx, enum kmod_index type, const char *key, const char **ret);
int resources_match(struct kmod_ctx *ctx, enum kmod_index type, const char *name,
		    struct index_hits *hits);
/*
 * Every key with each of its values, as index_each() says, or its text. 1; 0:
 * there is neither; -errno as above, or what fn says.
 */
int resources_each(struct kmod_ctx *ctx, enum kmod_index type,
		   int (*fn)(const char *key, const char *value, void *data), void *data);
/* Is name in the list of what is linked into the kernel? 1, 0, or -errno as above. */
int resources_is_builtin(struct kmod_ctx *ctx, const char *name);
void resources_release(struct resources *res);
