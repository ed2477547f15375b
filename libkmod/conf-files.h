/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which configuration files are read, in which order (docs/spec/modprobe.md 12,
 * libkmod-api.md 4.2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct conf;
struct log;

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

/*
 * Reads modules.softdep and modules.weakdep of dirname, the files of paths
 * (NULL: the default directories; NULL-terminated otherwise) and /proc/cmdline
 * into conf, in the order the specification gives. What does not exist or cannot
 * be opened is skipped in silence. A file (not a directory) that the caller named
 * in paths is read even when another one has the same base name.
 * stamps, empty before, gets every path of paths (or of the defaults) that existed.
 * 0 or -ENOMEM; on failure conf and stamps may be partly filled, to be released.
 */
int conf_read(struct conf *conf, const char *dirname, const char *const *paths,
	      struct conf_stamps *stamps, const struct log *log);
/* Does every stamped path still exist with the same modification time? */
bool conf_stamps_valid(const struct conf_stamps *stamps);
void conf_stamps_release(struct conf_stamps *stamps);
