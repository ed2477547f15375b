/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pattern against one text; and its bracket expression alone, for the walk in an index. */
#pragma once

#include <stdbool.h>

/*
 * p is behind a '['. What follows the closing ']', and in *hit whether text is one
 * of the set; NULL: it is never closed, so the '[' stands for itself.
 */
const char *index_glob_set(const char *p, char text, bool *hit);

/*
 * Does text match pattern as fnmatch(pattern, text, 0) in the C locale says?
 * Work: length of pattern times length of text, where a [ that is never closed
 * counts with all that follows it.
 */
bool index_glob(const char *pattern, const char *text);
