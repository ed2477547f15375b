/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files depmod makes, in which order they appear, and the way to the disk or the screen. */
#pragma once

struct emit_input;
struct publish;
struct timespec;

/* The names of all of them, and a NULL. */
extern const char *const output_names[];

/*
 * Waits until no other depmod writes to dir. *ret keeps others out and goes to
 * output_write() or publish_end(); untouched on failure. 0 or -errno of open.
 */
int output_lock(const char *dir, struct publish **ret);
/*
 * All files to dir. Takes over lock, that of dir; NULL: there was no such
 * directory, it is made. began: the files get this time, as publish_set_time()
 * says. 0, or negative: the user was told.
 */
int output_write(const struct emit_input *in, const char *dir, struct publish *lock,
		 const struct timespec *began);
/* The text files to standard output; tool_finish() sees errors. The same result. */
int output_show(const struct emit_input *in);
