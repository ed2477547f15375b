/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Splits .modinfo into its strings, and finds the name and the build id of a module. */
#include "libkmod/elf-modinfo.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "libkmod/elf-read.h"

void modinfo_begin_bytes(struct modinfo_iter *it, const void *bytes, size_t size)
{
	it->at = bytes;
	it->end = size ? it->at + size : it->at;
	while (it->at < it->end && *it->at == '\0')
		it->at++;
	if (it->end - it->at <= 1) /* nothing, or a lonely character: no strings */
		it->at = it->end;
}

int modinfo_next(struct modinfo_iter *it, struct modinfo_string *ret)
{
	const char *nul, *eq;
	size_t len;

	while (it->at < it->end && *it->at == '\0')
		it->at++;
	if (it->at >= it->end)
		return 0;
	len = (size_t)(it->end - it->at);
	nul = memchr(it->at, '\0', len);
	if (nul)
		len = (size_t)(nul - it->at);
	eq = memchr(it->at, '=', len);
	ret->key = it->at;
	ret->key_len = eq ? (size_t)(eq - it->at) : len;
	ret->value = eq ? eq + 1 : it->at + len;
	ret->value_len = eq ? len - ret->key_len - 1 : 0;
	it->at += len;
	return 1;
}

int elf_modinfo_begin(const struct elf *elf, struct modinfo_iter *it)
{
	struct elf_section section;
	int r = elf_section_find(elf, ".modinfo", &section);

	if (r < 0)
		return r;
	modinfo_begin_bytes(it, section.bytes, (size_t)section.size);
	return 0;
}

int elf_modinfo_get(const struct elf *elf, const char *key, char **ret)
{
	size_t key_len = strlen(key);
	struct modinfo_iter it;
	struct modinfo_string s;
	int r = elf_modinfo_begin(elf, &it);

	if (r < 0)
		return r;
	while (modinfo_next(&it, &s)) {
		char *value;

		if (s.key_len != key_len || memcmp(s.key, key, key_len) != 0)
			continue;
		value = strndup(s.value, s.value_len);
		if (!value)
			return -ENOMEM;
		*ret = value;
		return 0;
	}
	return -ENODATA;
}

/* Offset and size of the name in struct module, the same in every kernel so far. */
#define MODULE_NAME_AT(is64) ((is64) ? 24u : 12u)
#define MODULE_NAME_SIZE(is64) ((is64) ? 56u : 60u)

int elf_module_name(const struct elf *elf, char **ret)
{
	struct elf_section section;
	const char *at;
	size_t len;
	char *name;
	int r = elf_modinfo_get(elf, "name", ret);

	if (r != -ENODATA)
		return r;
	r = elf_section_find(elf, ".gnu.linkonce.this_module", &section);
	if (r < 0)
		return r;
	if (section.size < MODULE_NAME_AT(elf->is64) + MODULE_NAME_SIZE(elf->is64))
		return -ENODATA;
	at = (const char *)section.bytes + MODULE_NAME_AT(elf->is64);
	len = strnlen(at, MODULE_NAME_SIZE(elf->is64));
	if (len == 0 || len == MODULE_NAME_SIZE(elf->is64))
		return -ENODATA;
	name = strndup(at, len);
	if (!name)
		return -ENOMEM;
	*ret = name;
	return 0;
}

int elf_build_id(const struct elf *elf, const uint8_t **ret, size_t *ret_size)
{
	static const char owner[4] = "GNU";
	struct elf_section note;
	uint64_t name_size, size;
	int r = elf_section_find(elf, ".note.gnu.build-id", &note);

	if (r < 0)
		return r;
	if (note.size < 12 + sizeof(owner))
		return -ENODATA;
	name_size = elf_get(elf, note.bytes, 4);
	size = elf_get(elf, note.bytes + 4, 4);
	if (name_size != sizeof(owner) || size > note.size - 12 - sizeof(owner) ||
	    elf_get(elf, note.bytes + 8, 4) != NT_GNU_BUILD_ID ||
	    memcmp(note.bytes + 12, owner, sizeof(owner)) != 0)
		return -ENODATA;
	*ret = note.bytes + 12 + sizeof(owner);
	*ret_size = (size_t)size;
	return 0;
}
