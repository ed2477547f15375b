/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file in: which system call, with which bytes and flags. */
#pragma once

#include "libkmod/libkmod.h"

/*
 * The module's name according to its file, which is the one the kernel uses;
 * malloced in *ret. -ENODATA: the file does not tell; else as module_file() and
 * file_contents().
 */
int insert_internal_name(struct kmod_module *mod, char **ret);

/* The message for a module that nobody knows a file of. */
void insert_no_file(const struct kmod_module *mod);
