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
/*
 * Is it the name of a device node below /dev, and to everybody who reads it, with quotes,
 * escapes and specifiers or without? Parts of letters, digits and _.,:+@=-, no "." and "..".
 */
bool path_is_device(const char *name, size_t len);
/* What follows the last slash; borrowed from path. */
const char *path_base(const char *path);
