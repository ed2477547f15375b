/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which module files there are: one for each module name, chosen by search
 * order and overrides, never by the order a directory happens to have
 * (docs/spec/depmod.md 6).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "shared/array.h"
#include "shared/hash.h"

struct depmod_conf;
struct log;

/* A file; one block of memory. */
struct scan_file {
	const char *path; /* absolute */
	const char *listed; /* how the indexes name it: path below the tree, else path; inside path */
	const char *name; /* module name */
	size_t source; /* 0: the tree; n: the n-th external directory */
	long priority, priority_low; /* of the first and the last place that has it */
	size_t at; /* own position in files, until they are sorted */
	size_t order; /* for who sorts the files */
	const struct scan_file *hidden_by; /* of a hidden one */
	const char *rule; /* likewise: what decided, in words */
};

struct scan {
	struct array files; /* of struct scan_file *, owned; any order */
	struct hash by_name; /* module name to struct scan_file, of files */
	struct array hidden; /* of struct scan_file *, owned: further files of these modules */
	/* For -A. When did a directory or a link change last, apart from the directory at the top? */
	struct timespec changed, top_changed;
	dev_t top_dev; /* which that is */
	ino_t top_ino;
	bool many_devices; /* is another file system mounted inside? */
};

#define SCAN_INIT { .files = ARRAY_INIT, .by_name = HASH_INIT }
#define auto_scan __attribute__((cleanup(scan_release)))

/*
 * Adds the files below dir and the external directories of conf. What cannot
 * be examined is logged and skipped, unless it is for want of means. 0; -errno of
 * opening dir (logged); -ENOMEM, -EMFILE, -ENFILE.
 */
int scan_tree(struct scan *scan, const char *dir, const struct depmod_conf *conf,
	      const struct log *log);
/*
 * Adds one file, as the user typed it. 0; -ENOENT and the like: cannot be
 * examined; -EEXIST: that module is there already (*ret_there, may be NULL);
 * -EINVAL: the indexes cannot hold such a path (logged); -ENOMEM.
 */
int scan_add_file(struct scan *scan, const char *dir, const char *path,
		  const struct scan_file **ret_there, const struct log *log);
void scan_release(struct scan *scan);
/* Raises *latest to when something became what it is: written, renamed, linked. */
void scan_raise_time(struct timespec *latest, const struct stat *st);
