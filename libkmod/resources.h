/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which indexes are open, stale, dumped. An index is mapped when it is first
 * asked for and kept; each later use compares its file by one stat(), so that
 * nobody sees an old answer. By its whole name: a kept directory would not see
 * that another one, or another file system, has taken its place.
 * kmod_load_resources() pins all of them instead.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <sys/types.h>

#include "libkmod/libkmod.h"

struct index;

#define RESOURCES_INDEXES 5 /* enum kmod_index: 0 to 4 */

struct resource {
	char *path; /* of the file; NULL until first asked */
	struct index *index; /* NULL: not mapped */
	bool pinned; /* loaded by kmod_load_resources() */
	bool damaged; /* the file below is no index: not opened again until it is another one */
	dev_t dev; /* the file that is mapped (or damaged), */
	ino_t ino;
	off_t size;
	struct timespec mtime; /* as it was then */
};

struct resources {
	struct resource slot[RESOURCES_INDEXES];
	/* names in modules.builtin, when modules.builtin.bin is unusable */
	char *builtin_text;
	bool builtin_text_tried;
};

/*
 * Mapped and up to date; NULL in *ret: there is no usable one. Borrowed until the
 * next call for this type. 0, or -ENOMEM and nothing is known.
 */
int resources_index(struct kmod_ctx *ctx, enum kmod_index type, const struct index **ret);
/*
 * Is name in the list of what is linked into the kernel? Asks
 * modules.builtin.bin, or modules.builtin where that is missing or damaged.
 * 1, 0, or -ENOMEM.
 */
int resources_is_builtin(struct kmod_ctx *ctx, const char *name);
void resources_release(struct resources *res);
