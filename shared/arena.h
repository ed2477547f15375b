/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for many small things that live equally long; they are given back together. */
#pragma once

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* the newest first */
};

#define ARENA_INIT { NULL }
#define auto_arena __attribute__((cleanup(arena_release)))

/* n bytes for anything, or NULL: no memory, and all is as before. */
void *arena_take(struct arena *a, size_t n);
/* n bytes for text: packed, not aligned. */
char *arena_take_text(struct arena *a, size_t n);
/* Everything taken is invalid; the largest chunk is kept for what comes next. */
void arena_clear(struct arena *a);
void arena_release(struct arena *a);
