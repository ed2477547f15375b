/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bracket expression of a pattern, for index_glob() and the walk in an index. */
#pragma once

#include <stdbool.h>

/*
 * p is behind a '['. What follows the closing ']', and in *hit whether text is one
 * of the set; NULL: it is never closed, so the '[' stands for itself.
 */
const char *index_glob_set(const char *p, char text, bool *hit);
