/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What module files say of themselves. Reading one touches nothing but its
 * record and the memory of its reader: no context, no lock, no message on the
 * way out; after it the file is closed and never opened again. So threads can
 * share the work, and do; what they leave does not depend on how many there are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"

struct log;

struct facts_symbol {
	const char *name;
	uint64_t crc; /* 0: not known */
	bool weak; /* needed only if somebody has it */
};

struct facts {
	/* Set by the owner of the record, borrowed. */
	const char *path; /* the file to read */
	const char *listed; /* how the indexes name it */
	const char *name; /* module name */

	/* Set by facts_read(), in the memory of the reader. */
	int error; /* 0, or -errno: the file could not be read and all of this is empty */
	const struct facts_symbol *exports, *needs;
	size_t n_exports, n_needs;
	const char *modinfo; /* the strings of .modinfo as stored; a NUL follows */
	size_t modinfo_size;
	const char *notes; /* messages met while reading, for facts_report(); NULL: none */
};

/* What one thread keeps from file to file. */
struct facts_reader {
	struct arena facts; /* of all the files read; lives as long as the records */
	struct arena scratch; /* of one file */
};

#define FACTS_READER_INIT { ARENA_INIT, ARENA_INIT }
void facts_reader_release(struct facts_reader *reader);

/*
 * 0, also for a file that cannot be read (facts->error says so). Or what would be said of
 * any file, and so is no reason to leave this one out: -ENOMEM, -EMFILE, -ENFILE;
 * -ELIBACC: the library of a format that this build knows cannot be loaded (facts->notes
 * say which). Then facts->error is the same, but for want of memory.
 */
int facts_read(struct facts *facts, struct facts_reader *reader);
/*
 * Reads n files, by n_readers threads, the caller's among them; fewer where no
 * thread can be had. readers: as many, released by the caller when the facts are
 * done with. 0, or an error of facts_read(), after which no further file is begun.
 */
int facts_read_all(struct facts *facts, size_t n, struct facts_reader *readers, size_t n_readers);
/* How many readers pay for n files: at least 1, never more than CPUs this process may use. */
size_t facts_jobs(size_t n);
/* Says what was met while reading; the one part that talks. */
void facts_report_notes(const struct facts *facts, const struct log *log);
/* And what became of the file, if it could not be read. */
void facts_report(const struct facts *facts, const struct log *log);
