/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text files (docs/spec/index-files.md 2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tools/depmod/emit.h"

emitter emit_dep, emit_alias, emit_softdep, emit_weakdep, emit_symbols, emit_devname;

/*
 * Can it be part of a line? No control bytes: what a module says of itself must not
 * become lines of its own, which readers of these files would obey.
 */
bool emit_fits_line(const char *text, size_t size);
/* Only blanks, or nothing: no rule, and in a line of its own a bad one to every reader. */
bool emit_is_blank(const char *text, size_t size);
/* The line of modules.dep for module i, without a newline. 0 or -ENOMEM. */
int emit_dep_line(const struct resolved *resolved, size_t i, struct strbuf *out);
