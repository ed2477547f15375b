/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/depmod/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/elf-read.h"
#include "libkmod/elf-symbols.h"
#include "libkmod/file.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/strbuf.h"

static void cleanup_file(struct file **file)
{
	file_close(*file);
}

/* Keeps messages for later: their priority as a letter, the text, a newline. */
static void take_note(void *data, int priority, const char *file, int line, const char *fn,
		      const char *format, va_list args)
{
	auto_free char *text = NULL;
	struct strbuf *notes = data;

	(void)file;
	(void)line;
	(void)fn;
	if (vasprintf(&text, format, args) < 0) {
		text = NULL; /* undefined after a failure */
		return;
	}
	/* Without memory a message is lost, not the error it speaks of. */
	(void)strbuf_addf(notes, "%c%s", 'a' + priority, text);
}

void facts_report(const struct facts *facts, const struct log *log)
{
	const char *note = facts->notes;

	while (note && *note) {
		const char *end = strchrnul(note, '\n');

		log_at(log, *note - 'a', "%.*s", (int)(end - note - 1), note + 1);
		note = *end ? end + 1 : end;
	}
	if (facts->error)
		log_err(log, "failed to load symbols from %s: %s", facts->path,
			strerror(-facts->error));
}

/* What is copied out of the file: found first, then packed into one block. */
struct found {
	struct elf_symbols exports, needs;
	struct elf_section modinfo; /* size 0: none */
};

static void cleanup_found(struct found *found)
{
	elf_symbols_release(&found->exports);
	elf_symbols_release(&found->needs);
}

static int look(const struct elf *elf, struct found *found)
{
	int r = elf_exported(elf, &found->exports);

	if (r < 0 && r != -ENODATA)
		return r;
	/* A module without readable needs or strings is taken to have none. */
	r = elf_needed(elf, &found->needs);
	if (r == -ENOMEM)
		return r;
	if (elf_section_find(elf, ".modinfo", &found->modinfo) < 0)
		found->modinfo.size = 0;
	return 0;
}

/* Names may share their bytes in the file, so this can be more than the file has. */
static uint64_t text_size(const struct elf_symbols *list)
{
	uint64_t size = 0;

	for (size_t i = 0; i < list->n; i++)
		size += strlen(list->at[i].name) + 1;
	return size;
}

/* Symbols to *at, their names to *text, both moved on. */
static const struct facts_symbol *pack_symbols(const struct elf_symbols *list,
					       struct facts_symbol **at, char **text)
{
	const struct facts_symbol *first = *at;

	for (size_t i = 0; i < list->n; i++) {
		const struct elf_symbol *s = &list->at[i];
		size_t n = strlen(s->name) + 1;

		memcpy(*text, s->name, n);
		*(*at)++ = (struct facts_symbol){ *text, s->crc, s->bind == 'W' };
		*text += n;
	}
	return first;
}

static int pack(struct facts *facts, const struct found *found)
{
	uint64_t n = (uint64_t)found->exports.n + found->needs.n;
	size_t modinfo_size = (size_t)found->modinfo.size;
	uint64_t size = n * sizeof(struct facts_symbol) + text_size(&found->exports) +
			text_size(&found->needs) + modinfo_size + 1;
	struct facts_symbol *at;
	char *text;

	if (size > PTRDIFF_MAX)
		return -ENOMEM;
	facts->block = malloc((size_t)size);
	if (!facts->block)
		return -ENOMEM;
	at = facts->block;
	text = (char *)(at + n);
	facts->exports = pack_symbols(&found->exports, &at, &text);
	facts->n_exports = found->exports.n;
	facts->needs = pack_symbols(&found->needs, &at, &text);
	facts->n_needs = found->needs.n;
	if (modinfo_size > 0)
		memcpy(text, found->modinfo.bytes, modinfo_size);
	text[modinfo_size] = '\0';
	facts->modinfo = text;
	facts->modinfo_size = modinfo_size;
	return 0;
}

static int read_file(struct facts *facts, const struct log *log)
{
	__attribute__((cleanup(cleanup_file))) struct file *file = NULL;
	__attribute__((cleanup(cleanup_found))) struct found found = {
		ELF_SYMBOLS_INIT, ELF_SYMBOLS_INIT, { NULL, 0, 0 },
	};
	const uint8_t *bytes;
	struct elf elf;
	size_t size;
	int r = file_open(facts->path, log, &file);

	if (r == 0)
		r = file_contents(file, &bytes, &size);
	if (r == 0)
		r = elf_read(bytes, size, &elf);
	if (r == 0)
		r = look(&elf, &found);
	return r < 0 ? r : pack(facts, &found);
}

int facts_read(struct facts *facts)
{
	auto_strbuf struct strbuf notes = STRBUF_INIT;
	const struct log log = { take_note, &notes, LOG_WARNING };
	int r = read_file(facts, &log);

	if (r == -ENOMEM)
		return r;
	facts->error = r;
	if (notes.len > 0)
		facts->notes = strbuf_steal(&notes);
	return 0;
}

void facts_release(struct facts *facts)
{
	free(facts->block);
	free(facts->notes);
	facts->block = facts->notes = NULL;
}
