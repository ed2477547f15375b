/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How files appear: written beside their place, synced, and renamed over it
 * only when every file of the set is complete. Readers see the old file or the
 * new one, never a part; a failure before the renames changes nothing.
 */
#pragma once

#include <stddef.h>

struct publish;

/*
 * Opens dir, which is made (0755 under the umask, parents too) when missing.
 * *ret is the caller's, to give to publish_end(); untouched on failure.
 * 0 or -errno.
 */
int publish_begin(const char *dir, struct publish **ret);
/*
 * One more file of the set; its name holds no slash. The bytes are on their way
 * to the disk when this returns. Mode 0644 whatever the umask. 0 or -errno.
 */
int publish_add(struct publish *p, const char *name, const void *bytes, size_t size);
/*
 * Syncs every file, then renames them in the order they were added. 0, or
 * -errno with *ret_name (may be NULL; borrowed from p) the file it happened to,
 * NULL for the directory. After a failed rename the files before it are new.
 */
int publish_commit(struct publish *p, const char **ret_name);
/* Gives everything back; removes what was not renamed. NULL is fine. */
void publish_end(struct publish *p);

#define auto_publish __attribute__((cleanup(cleanup_publish)))
static inline void cleanup_publish(struct publish **p)
{
	publish_end(*p);
}
