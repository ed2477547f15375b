/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which configuration files are read, in which order (docs/spec/modprobe.md 12,
 * libkmod-api.md 4.2).
 */
#pragma once

#include "libkmod/conf-find.h"

struct conf;
struct log;

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
