/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a module says of itself, as the list a client gets (docs/spec/libkmod-api.md 10.2). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct array;
struct file;

/* One heap block: free() releases all of it, so it can be the payload of a list. */
struct info_entry {
	const char *value; /* inside this block */
	char key[];
};

/*
 * Entries of a module file: the strings of .modinfo in file order, then
 * build-id, then sig_id, signer, sig_key, sig_hashalgo, signature if signed.
 * Appends struct info_entry * to *ret, an array the caller releases with
 * array_free_from(). 0, or with *ret as before: errors of file_contents() and
 * elf_read(), -ENODATA: no .modinfo, -ENOMEM.
 */
int info_from_file(struct file *file, struct array *ret);
/*
 * The same for a module inside the kernel image, from the modules.builtin.modinfo
 * at path. 0, also when it says nothing of this module; -errno of open and read.
 */
int info_from_builtin(const char *path, const char *module, struct array *ret);
