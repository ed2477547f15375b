/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Path names as text: nothing is resolved, nothing is looked up. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * An absolute spelling of PATH: itself, or the current directory, a slash and
 * PATH. "." and ".." stay. *ret is the caller's to free. 0, -ENOMEM, or the
 * error of asking for the current directory.
 */
int path_absolute(const char *path, char **ret);
/* Does it never go up, by a ".."? */
bool path_goes_down(const char *path, size_t len);
/* What follows the last slash; borrowed from path. */
const char *path_base(const char *path);
