/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libkmod/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/elf-read.h"
#include "libkmod/elf-symbols.h"
#include "libkmod/file.h"
#include "shared/array.h"
#include "shared/cleanup.h"

void symbols_release(struct array *entries, size_t from)
{
	while (entries->n > from)
		free(entries->at[--entries->n]);
	if (from == 0)
		array_release(entries);
}

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
	const uint8_t *bytes;
	size_t size;
	struct elf elf;
	int r = file_contents(file, &bytes, &size);

	if (r == 0)
		r = elf_read(bytes, size, &elf);
	if (r == 0)
		r = reader(&elf, &list);
	for (size_t i = 0; r == 0 && i < list.n; i++)
		r = add(ret, &list.at[i]);
	if (r < 0)
		symbols_release(ret, before);
	return r;
}
