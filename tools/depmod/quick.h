/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* depmod -A: is there anything to do? (docs/spec/depmod.md 4) */
#pragma once

#include <stdbool.h>

struct scan;

/*
 * Are all the files names (NULL-terminated) in outdir, does modules.dep there
 * list exactly the sorted files, and is none of these newer than it? A file
 * that cannot be examined counts as newer.
 */
bool quick_is_current(const struct scan *scan, const char *outdir, const char *const *names);
