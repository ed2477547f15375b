/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How files appear: written beside their place, synced, and renamed over it
 * only when every file of the set is complete. Readers see the old file or the
 * new one, never a part.
 *
 * A failure at any point leaves the old set; a process that is killed leaves a
 * set whose first files (in the order they were added) are new and whose others
 * are old, and hidden files that the next one to lock the directory removes.
 */
#pragma once

#include <stddef.h>
#include <time.h>

struct publish;

/*
 * Opens dir, which stays as it is. *ret is the caller's, to give to
 * publish_end(); untouched on failure. 0 or -errno, -ENOENT: there is none.
 */
int publish_begin(const char *dir, struct publish **ret);
/*
 * Keeps others who ask for it out of the directory until publish_end(), and
 * waits for them, msec milliseconds at most. 0, also where the file system has
 * no locks; -EWOULDBLOCK: it is taken.
 */
int publish_lock(struct publish *p, unsigned msec);
/*
 * The files added from now on get this time of modification: that of the moment
 * from which on changes to what they are made of are not in them.
 */
void publish_set_time(struct publish *p, const struct timespec *time);
/*
 * One more file of the set; its name holds no slash. The bytes are on their way
 * to the disk when this returns. Mode 0644 whatever the umask. 0 or -errno.
 */
int publish_add(struct publish *p, const char *name, const void *bytes, size_t size);
/*
 * Syncs every file, renames them in the order they were added, syncs the
 * directory. 0, or -errno with *ret_name (may be NULL; borrowed from p) the
 * file it happened to, NULL for the directory; then the old set is back, if the
 * file system has hard links.
 */
int publish_commit(struct publish *p, const char **ret_name);
/* Gives everything back; removes what is not in use. NULL is fine. */
void publish_end(struct publish *p);

#define auto_publish __attribute__((cleanup(cleanup_publish)))
static inline void cleanup_publish(struct publish **p)
{
	publish_end(*p);
}
