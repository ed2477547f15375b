/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which configuration files are read, in which order (docs/spec/modprobe.md 12,
 * libkmod-api.md 4.2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct log;

/* A configuration path that existed when it was read, to notice changes. */
struct conf_stamp {
	char *path;
	uint64_t mtime_usec;
};

struct conf_stamps {
	struct conf_stamp *at;
	size_t n;
};

/*
 * Reads modules.softdep and modules.weakdep of dirname, the files of paths
 * (NULL: the default directories; NULL-terminated otherwise) and /proc/cmdline
 * into conf, in the order the specification gives. Unreadable files are
 * skipped. stamps gets every path of paths (or of the defaults) that existed.
 * 0 or -ENOMEM; on failure conf and stamps may be partly filled, to be released.
 */
int conf_read(struct conf *conf, const char *dirname, const char *const *paths,
	      struct conf_stamps *stamps, const struct log *log);
/* Does every stamped path still exist with the same modification time? */
bool conf_stamps_valid(const struct conf_stamps *stamps);
void conf_stamps_release(struct conf_stamps *stamps);
