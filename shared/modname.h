/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How names of modules are spelled: from a file name, and as an alias. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Longest name handled, in bytes; what is longer is cut (never written beyond). */
#define MODNAME_MAX 4095

/*
 * S up to its first dot, '-' as '_'. out holds MODNAME_MAX + 1 bytes; out may
 * be s. Returns the length.
 */
size_t modname_normalize(const char *s, char *out);
/* The same for the last part of a path. */
size_t modname_from_path(const char *path, char *out);
/*
 * An alias or pattern: '-' becomes '_' except inside [...]; dots stay.
 * 0, or -EINVAL: a ']' without '[', or a '[' never closed. out as above.
 */
int modname_alias(const char *s, char *out);
/* Ends in .ko, .ko.gz, .ko.xz or .ko.zst, with something before it? */
bool modname_is_module_file(const char *name);
