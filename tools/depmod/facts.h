/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one module file says of itself. Reading touches nothing but the record:
 * no context, no lock, no message on the way out; after it the file is closed
 * and never opened again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

	/* Set by facts_read(), pointing into block. */
	int error; /* 0, or -errno: the file could not be read and all of this is empty */
	const struct facts_symbol *exports, *needs;
	size_t n_exports, n_needs;
	const char *modinfo; /* the strings of .modinfo as stored; a NUL follows */
	size_t modinfo_size;
	void *block;
	char *notes; /* messages met while reading, for facts_report() */
};

/* 0, also for a file that cannot be read (facts->error says so), or -ENOMEM. */
int facts_read(struct facts *facts);
/* Says what was met while reading; the one part that talks. */
void facts_report(const struct facts *facts, const struct log *log);
void facts_release(struct facts *facts);
