/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the public lists of symbols out of what elf-symbols reads. */
#include "libkmod/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/elf-read.h"
#include "libkmod/elf-symbols.h"
#include "libkmod/file.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/macro.h"

static int add(struct array *entries, const struct elf_symbol *symbol)
{
	size_t name_size = strlen(symbol->name) + 1;
	auto_free struct symbol_entry *entry = malloc(sizeof(*entry) + name_size);
	int r;

	if (!entry)
		return -ENOMEM;
	entry->crc = symbol->crc;
	entry->bind = symbol->bind;
	memcpy(entry->name, symbol->name, name_size);
	r = array_push(entries, entry);
	if (r == 0)
		entry = NULL; /* the array has it now */
	return r;
}

int symbols_from_file(struct file *file, symbols_reader *reader, struct array *ret)
{
	auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
	const size_t before = ret->n;
	uint64_t fault = 0;
	struct elf elf;
	int r = file_elf(file, &elf);

	if (r == 0) {
		elf.fault = &fault;
		r = reader(&elf, &list);
		if (file_error(file) < 0)
			r = file_error(file);
		else if (r == -EINVAL || r == -EFBIG)
			r = file_damaged(file, fault);
	}
	for (size_t i = 0; r == 0 && i < list.n; i++)
		r = add(ret, &list.at[i]);
	if (r < 0)
		array_free_from(ret, before);
	return r;
}

static int symbols_list(const struct kmod_module *mod, symbols_reader *reader,
			struct kmod_list **list)
{
	struct kmod_module *m = (struct kmod_module *)mod; /* its file stays open inside */
	auto_array struct array entries = ARRAY_INIT;
	struct file *file;
	int r;

	if (!mod || !list)
		return -ENOENT;
	if (*list)
		return -EINVAL;
	r = module_is_builtin(m);
	if (r != 0)
		return r < 0 ? r : -ENOENT;
	r = module_file(m, &file);
	if (r == 0)
		r = symbols_from_file(file, reader, &entries);
	return r < 0 ? r : list_from_array(list, &entries);
}

_export_ int kmod_module_get_versions(const struct kmod_module *mod, struct kmod_list **list)
{
	return symbols_list(mod, elf_versions, list);
}

_export_ int kmod_module_get_symbols(const struct kmod_module *mod, struct kmod_list **list)
{
	return symbols_list(mod, elf_exported, list);
}

_export_ int kmod_module_get_dependency_symbols(const struct kmod_module *mod,
						struct kmod_list **list)
{
	return symbols_list(mod, elf_needed, list);
}

static const char *entry_name(const struct kmod_list *entry)
{
	return entry ? ((const struct symbol_entry *)entry->data)->name : NULL;
}

static uint64_t entry_crc(const struct kmod_list *entry)
{
	return entry ? ((const struct symbol_entry *)entry->data)->crc : 0;
}

_export_ const char *kmod_module_version_get_symbol(const struct kmod_list *entry)
{
	return entry_name(entry);
}

_export_ uint64_t kmod_module_version_get_crc(const struct kmod_list *entry)
{
	return entry_crc(entry);
}

_export_ void kmod_module_versions_free_list(struct kmod_list *list)
{
	list_free(list, free);
}

_export_ const char *kmod_module_symbol_get_symbol(const struct kmod_list *entry)
{
	return entry_name(entry);
}

_export_ uint64_t kmod_module_symbol_get_crc(const struct kmod_list *entry)
{
	return entry_crc(entry);
}

_export_ void kmod_module_symbols_free_list(struct kmod_list *list)
{
	list_free(list, free);
}

_export_ const char *kmod_module_dependency_symbol_get_symbol(const struct kmod_list *entry)
{
	return entry_name(entry);
}

_export_ uint64_t kmod_module_dependency_symbol_get_crc(const struct kmod_list *entry)
{
	return entry_crc(entry);
}

_export_ int kmod_module_dependency_symbol_get_bind(const struct kmod_list *entry)
{
	return entry ? ((const struct symbol_entry *)entry->data)->bind : 0;
}

_export_ void kmod_module_dependency_symbols_free_list(struct kmod_list *list)
{
	list_free(list, free);
}
