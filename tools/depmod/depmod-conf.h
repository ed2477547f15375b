/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* depmod.d: which files are read, their grammar, the rules in memory (docs/spec/depmod.md 5). */
#pragma once

#include "shared/array.h"

struct log;

struct depmod_override {
	char *name; /* normalised module name */
	char *subdir; /* directory of the file below the tree */
};

struct depmod_conf {
	struct array search; /* of char *, reading order: the first has the highest priority */
	struct array overrides; /* of struct depmod_override *, reading order: the last one wins */
	struct array externals; /* of char *, reading order: the first has the highest priority */
	struct array excludes; /* of char *: names of directory entries */
};

#define DEPMOD_CONF_INIT { ARRAY_INIT, ARRAY_INIT, ARRAY_INIT, ARRAY_INIT }
#define auto_depmod_conf __attribute__((cleanup(depmod_conf_release)))

/*
 * Adds what the files of paths (NULL-terminated; NULL: the default directories)
 * say for a kernel version, and the default search list if they have none. Bad
 * lines and unusable files are logged and skipped. conf is empty before; 0, or
 * -ENOMEM, -EMFILE, -ENFILE, then partly filled.
 */
int depmod_conf_read(struct depmod_conf *conf, const char *const *paths, const char *version,
		     const struct log *log);
void depmod_conf_release(struct depmod_conf *conf); /* empty afterwards */
