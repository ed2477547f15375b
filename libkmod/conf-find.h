/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which configuration files there are: directories of *.conf and single files,
 * in order of their base names, one of each name. For modprobe.d and depmod.d.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/array.h"

struct log;
struct strbuf;

/* A configuration path that existed when it was read, to notice changes. */
struct conf_stamp {
	char *path; /* as given; owned */
	uint64_t mtime_usec;
	dev_t dev; /* while reading: one directory under two names is read once */
	ino_t ino;
};

struct conf_stamps {
	struct conf_stamp *at;
	size_t n;
};

#define CONF_STAMPS_INIT { NULL, 0 }

/* Does every stamped path still exist with the same modification time? */
bool conf_stamps_valid(const struct conf_stamps *stamps);
void conf_stamps_release(struct conf_stamps *stamps);

enum conf_rank {
	CONF_FOUND, /* masked by a file of the same name that was found before */
	CONF_ASKED_FOR, /* the caller named the file itself: read unless it is reserved */
	CONF_RESERVED, /* masks all others of its name */
};

/* A file that could be read. */
struct conf_candidate {
	const char *name; /* base name, inside path */
	size_t order; /* in which it was found: lower wins */
	enum conf_rank rank;
	bool named; /* by the caller, not found in a directory: he knows what it is */
	char path[];
};

struct conf_finder {
	struct array found; /* of struct conf_candidate *, owned */
	struct conf_stamps *stamps;
	const struct log *log;
	bool asked_for; /* the paths are the caller's, not the default ones */
	int done[16]; /* descriptors to be closed together */
	size_t n_done;
	int lack; /* 0, or -errno: for want of means something that is there was left out; logged */
};

#define auto_conf_finder __attribute__((cleanup(conf_finder_release)))
void conf_finder_release(struct conf_finder *f);

/* The file dir/name, or name alone when dir is NULL; not asked whether it exists. 0 or -ENOMEM. */
int conf_find_file(struct conf_finder *f, const char *dir, const char *name, enum conf_rank rank);
/*
 * How bad it is that a configuration cannot be read for that errno: others may have
 * hidden it from us on purpose (a warning); else rules are lost (an error).
 */
int conf_find_priority(int error);
/*
 * The file path, of that rank, or the *.conf files of the directory path. 0;
 * -ENOENT: nothing there (told to the log as debug only); -ENOMEM.
 */
int conf_find_path(struct conf_finder *f, const char *path, enum conf_rank rank);
/* Is paths[i] in the list before? The same path twice is one wish: PREFIX may be /usr/local. */
bool conf_find_is_again(const char *const *paths, size_t i);
/* Put what was found into the order in which it is read. */
void conf_find_sort(struct conf_finder *f);
/* Is found[i] hidden by a file of the same name? After conf_find_sort(). */
bool conf_find_masked(const struct conf_finder *f, size_t i);
/*
 * The whole file in place of what text had. patient: it may be a pipe, whose
 * writer is waited for; else that is -EINVAL. last, if any, is the byte that ends
 * it and never occurs before: then the end need not be read to be known. 0,
 * -EFBIG: no configuration is that long; -ENOMEM, -errno.
 */
int conf_find_read(struct conf_finder *f, const char *path, bool patient, char last, struct strbuf *text);
