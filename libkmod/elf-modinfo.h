/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The strings of .modinfo, and the build id. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct elf;

/* Walks the "key=value" strings of a block separated by NULs. */
struct modinfo_iter {
	const char *at, *end;
};

struct modinfo_string {
	const char *key; /* key_len bytes, not NUL-terminated */
	size_t key_len;
	const char *value; /* value_len bytes, not NUL-terminated; without '=': empty, where the key ends */
	size_t value_len;
};

/* 0 or -ENODATA: no .modinfo section. */
int elf_modinfo_begin(const struct elf *elf, struct modinfo_iter *it);
void modinfo_begin_bytes(struct modinfo_iter *it, const void *bytes, size_t size);
/* 1: *ret filled; 0: no more. */
int modinfo_next(struct modinfo_iter *it, struct modinfo_string *ret);
/* First value of key, malloced NUL-terminated in *ret; -ENODATA, -ENOMEM. */
int elf_modinfo_get(const struct elf *elf, const char *key, char **ret);
/*
 * The name the kernel will give it: "name" of .modinfo, else what struct module
 * says. malloced in *ret; -ENODATA, -ENOMEM.
 */
int elf_module_name(const struct elf *elf, char **ret);
/* The GNU build id: bytes inside the view; -ENODATA: none or damaged. */
int elf_build_id(const struct elf *elf, const uint8_t **ret, size_t *ret_size);
