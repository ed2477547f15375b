/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads module files, in as many threads as it is given, one record for each. */
#include "tools/depmod/facts.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/elf-read.h"
#include "libkmod/elf-symbols.h"
#include "libkmod/file.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

/* Up to this size one read of all costs less than several of what is needed. */
#ifndef WHOLE_MAX
#define WHOLE_MAX 65536
#endif
/* More threads than this wait for the disk and each other. */
#define JOBS_MAX 8
/* A thread costs what a few files do. */
#define FILES_PER_JOB 32

void facts_reader_release(struct facts_reader *reader)
{
	arena_release(&reader->facts);
	arena_release(&reader->scratch);
}

static void cleanup_file(struct file **file)
{
	file_close(*file);
}

/* Keeps messages for later: their priority as a letter, the text with its newline, a NUL. */
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
	(void)strbuf_addf(notes, "%c%s%c", 'a' + priority, text, '\0');
}

void facts_report_notes(const struct facts *facts, const struct log *log)
{
	const char *note = facts->notes;

	/* Paths are part of them, and may have newlines of their own. */
	for (; note && *note; note += strlen(note) + 1)
		log_at(log, *note - 'a', "%.*s", (int)strlen(note + 1) - 1, note + 1);
}

void facts_report(const struct facts *facts, const struct log *log)
{
	facts_report_notes(facts, log);
	if (facts->error)
		log_err(log, "failed to load symbols from %s: %s", facts->path,
			strerror(-facts->error));
}

/* ---- an uncompressed file, of which most is code nobody asks for ------------ */

struct part {
	const uint8_t *bytes;
	uint64_t off;
	size_t size;
};

struct parts {
	struct elf_source source; /* first: it is what the reader of ELF hands back */
	int fd, error; /* 0, or -errno of a read */
	size_t size; /* of the file */
	size_t used; /* bytes of all parts: never more than twice the file has */
	struct arena *memory;
	struct part at[16]; /* n of them; the last place is for the whole file */
	size_t n;
};

static const uint8_t *read_part(struct elf_source *source, uint64_t off, size_t size)
{
	struct parts *parts = container_of(source, struct parts, source);
	struct part part = { NULL, off, size };
	uint8_t *bytes;
	ssize_t done;

	for (size_t i = 0; i < parts->n; i++) {
		const struct part *p = &parts->at[i];

		if (off >= p->off && off - p->off <= p->size && size <= p->size - (off - p->off))
			return p->bytes + (off - p->off);
	}
	/* All of it also where sections are many or overlap, as no compiler makes them. */
	if (parts->size <= WHOLE_MAX || parts->n >= ARRAY_SIZE(parts->at) - 1 ||
	    size > parts->size - parts->used)
		part = (struct part){ NULL, 0, parts->size };
	bytes = arena_take(parts->memory, part.size);
	done = bytes ? io_pread(parts->fd, bytes, part.size, (off_t)part.off) : -ENOMEM;
	if (done < 0 || (size_t)done < part.size) {
		parts->error = done < 0 ? (int)done : -EINVAL; /* cut this very moment */
		return NULL;
	}
	part.bytes = bytes;
	parts->used += part.size;
	parts->at[parts->n++] = part;
	return bytes + (off - part.off);
}

/* ---- one file -------------------------------------------------------------- */

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
	if (r == -ENOMEM || r == -EFBIG)
		return r;
	if (elf_section_find(elf, ".modinfo", &found->modinfo) < 0)
		found->modinfo.size = 0;
	return 0;
}

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

static int pack(struct facts *facts, struct facts_reader *reader, const struct found *found)
{
	uint64_t text_room = text_size(&found->exports) + text_size(&found->needs);
	uint64_t n = (uint64_t)found->exports.n + found->needs.n;
	size_t modinfo_size = (size_t)found->modinfo.size;
	uint64_t size = n * sizeof(struct facts_symbol) + text_room + modinfo_size + 1;
	struct facts_symbol *at;
	char *text;

	if (size > PTRDIFF_MAX)
		return -EINVAL;
	at = arena_take(&reader->facts, (size_t)size);
	if (!at)
		return -ENOMEM;
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

static int read_elf(struct facts *facts, struct facts_reader *reader, const struct elf *elf)
{
	__attribute__((cleanup(cleanup_found))) struct found found = {
		.exports = ELF_SYMBOLS_INIT, .needs = ELF_SYMBOLS_INIT,
	};
	int r = look(elf, &found);

	if (r == -EFBIG) /* not of the file */
		return -EINVAL;
	return r < 0 ? r : pack(facts, reader, &found);
}

static int read_plain(struct facts *facts, struct facts_reader *reader, const struct file *file,
		      const struct log *log)
{
	struct parts parts = { .source = { read_part }, .fd = file_fd(file),
			       .memory = &reader->scratch };
	struct stat st;
	struct elf elf;
	int r = 0;

	if (fstat(parts.fd, &st) < 0)
		parts.error = -errno;
	else if (st.st_size <= 0) /* a device, or cut since we looked at its head */
		parts.error = -EINVAL;
	else if ((uint64_t)st.st_size > FILE_SIZE_LIMIT)
		parts.error = -EFBIG;
	if (parts.error == 0) {
		parts.size = (size_t)st.st_size;
		r = elf_read_parts(&parts.source, parts.size, &elf, NULL);
		if (r == 0)
			r = read_elf(facts, reader, &elf);
	}
	if (parts.error == 0)
		return r;
	if (parts.error != -ENOMEM)
		log_err(log, "could not read the module file: %s", strerror(-parts.error));
	return parts.error;
}

static int read_packed(struct facts *facts, struct facts_reader *reader, struct file *file)
{
	const uint8_t *bytes;
	struct elf elf;
	size_t size;
	int r = file_contents(file, &bytes, &size);

	if (r == -ENOSYS && file_lacks_library(file))
		return -ELIBACC;
	if (r == 0)
		r = elf_read(bytes, size, &elf);
	return r < 0 ? r : read_elf(facts, reader, &elf);
}

static int read_file(struct facts *facts, struct facts_reader *reader, const struct log *log)
{
	__attribute__((cleanup(cleanup_file))) struct file *file = NULL;
	int r = file_open(facts->path, log, &file);

	if (r < 0)
		return r;
	return file_format(file) == FILE_PLAIN ? read_plain(facts, reader, file, log) :
						 read_packed(facts, reader, file);
}

static void forget(struct facts *facts)
{
	facts->exports = facts->needs = NULL;
	facts->n_exports = facts->n_needs = facts->modinfo_size = 0;
	facts->modinfo = NULL;
}

/* Is it depmod that cannot go on? All other modules would have the same error. */
static bool ends_all(int r)
{
	return io_lacks_means(r) || r == -ELIBACC;
}

int facts_read(struct facts *facts, struct facts_reader *reader)
{
	auto_strbuf struct strbuf notes = STRBUF_INIT;
	const struct log log = { take_note, &notes, LOG_WARNING };
	char *kept;
	int r = read_file(facts, reader, &log);

	arena_clear(&reader->scratch);
	facts->error = r;
	if (r < 0)
		forget(facts); /* part of a file is not a module */
	if (r == -ENOMEM)
		return r;
	if (notes.len > 0) {
		kept = arena_take_text(&reader->facts, notes.len + 1);
		if (!kept)
			return -ENOMEM;
		facts->notes = memcpy(kept, notes.s, notes.len + 1);
	}
	return ends_all(r) ? r : 0;
}

/* ---- all of them ----------------------------------------------------------- */

/* What the threads share. */
struct crew {
	struct facts *facts; /* n of them; each is touched by who took its number */
	size_t n;
	_Atomic size_t next; /* the number nobody has taken */
	_Atomic int error; /* 0, or -errno: nobody needs to go on */
};

struct worker {
	pthread_t thread;
	struct crew *crew;
	struct facts_reader *reader;
};

static void *work(void *data)
{
	const struct worker *worker = data;
	struct crew *crew = worker->crew;

	while (crew->error == 0) {
		size_t i = crew->next++;
		int r;

		if (i >= crew->n)
			break;
		r = facts_read(&crew->facts[i], worker->reader);
		if (r < 0)
			crew->error = r;
	}
	return NULL;
}

size_t facts_jobs(size_t n)
{
	size_t jobs = JOBS_MAX; /* of more CPUs than the set can hold there will be as many */
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		jobs = (size_t)CPU_COUNT(&cpus);
	if (jobs > JOBS_MAX)
		jobs = JOBS_MAX;
	if (jobs > n / FILES_PER_JOB)
		jobs = n / FILES_PER_JOB;
	return jobs > 0 ? jobs : 1;
}

int facts_read_all(struct facts *facts, size_t n, struct facts_reader *readers, size_t n_readers)
{
	struct crew crew = { .facts = facts, .n = n };
	auto_free struct worker *workers = calloc(n_readers, sizeof(*workers));
	size_t n_threads = 1; /* the first is this one */

	if (!workers)
		return -ENOMEM;
	for (size_t i = 0; i < n_readers; i++)
		workers[i] = (struct worker){ .crew = &crew, .reader = &readers[i] };
	while (n_threads < n_readers && n_threads < n &&
	       pthread_create(&workers[n_threads].thread, NULL, work, &workers[n_threads]) == 0)
		n_threads++;
	(void)work(&workers[0]);
	while (n_threads-- > 1)
		(void)pthread_join(workers[n_threads].thread, NULL);
	return crew.error;
}
