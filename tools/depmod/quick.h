/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * depmod -A: is there anything to do? Any doubt means yes (docs/spec/depmod.md 4).
 *
 * What modules.dep lists, in which order, shows what search order, overrides
 * and modules.order say today; so of these only the result is looked at. Whether
 * a file is still what it was shows its ctime, which nobody can set back:
 * packages install files with old times. The outputs bear the time at which
 * reading began (output_write()), so what changed while depmod ran is new, too.
 */
#pragma once

#include <stdbool.h>

struct scan;

/*
 * scan: of the directory in, sorted. names: of all outputs, NULL-terminated. Are
 * they in the directory out, does modules.dep list exactly these files in this
 * order, and is all they were made of older than the oldest of them?
 */
bool quick_is_current(const struct scan *scan, const char *in, const char *out,
		      const char *const *names);
