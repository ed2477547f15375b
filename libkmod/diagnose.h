/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why the kernel said no, in user space. Asked only after a failure; changes
 * nothing. A cause is a function that looks for evidence of it and, if there is
 * some, says so in words for people, in one line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/elf-read.h"
#include "libkmod/libkmod.h"
#include "shared/array.h"
#include "shared/strbuf.h"

struct file;

/* A module file from the inside, without a message about what is wrong with it. */
struct image {
	struct file *file;
	const uint8_t *bytes; /* size of them, once unpacked; NULL: could not be read */
	size_t size;
	struct elf elf; /* if elf_err is 0 */
	int file_err, elf_err; /* 0, or the negative errno of reading it and of understanding it */
};

#define IMAGE_INIT { .file_err = -ENOENT, .elf_err = -ENOENT }
#define auto_image __attribute__((cleanup(image_close)))
/* 0, also when the file is not to be had; -ENOMEM. */
int image_open(struct image *image, const char *path);
void image_close(struct image *image);

/* What was refused, and everything the causes need to know of it. */
struct refused {
	struct kmod_module *mod;
	int err; /* negative errno */
	unsigned int flags; /* KMOD_INSERT_* */
	const char *options; /* what the kernel was handed */
	struct image image;
	struct array info; /* of struct info_entry *: what the file says of itself */
	bool has_info;
};

/* The first value of key in what the file says of itself, or NULL. */
const char *refused_info(const struct refused *it, const char *key);

/* Each: 0 with words added to out or not, or -ENOMEM. */
typedef int cause_fn(const struct refused *it, struct strbuf *out);
cause_fn cause_missing_symbol, cause_unexported, cause_version_magic, cause_checksum, cause_export_clash;
cause_fn cause_unknown_parameter, cause_bad_value;

/* *ret: malloced, or NULL when nothing can be said. 0 or -ENOMEM. */
int diagnose_insert(struct kmod_module *mod, int err, unsigned int flags, const char *options, char **ret);
