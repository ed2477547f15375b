/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts small pieces out of large ones; only the large ones are given back. */
#include "shared/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define CHUNK_SIZE 65536u
#define ALIGNMENT _Alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *older;
	size_t used, room;
	_Alignas(max_align_t) char bytes[];
};

static void *take(struct arena *a, size_t n, size_t alignment)
{
	struct arena_chunk *chunk = a->chunks;
	size_t at = chunk ? (chunk->used + alignment - 1) & ~(alignment - 1) : 0;

	if (!chunk || at > chunk->room || n > chunk->room - at) {
		size_t room = n > CHUNK_SIZE ? n : CHUNK_SIZE;

		if (room > SIZE_MAX - sizeof(*chunk))
			return NULL;
		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->older = a->chunks;
		chunk->room = room;
		a->chunks = chunk;
		at = 0;
	}
	chunk->used = at + n;
	return chunk->bytes + at;
}

void *arena_take(struct arena *a, size_t n)
{
	return take(a, n, ALIGNMENT);
}

char *arena_take_text(struct arena *a, size_t n)
{
	return take(a, n, 1);
}

void arena_clear(struct arena *a)
{
	struct arena_chunk *keep = NULL, *chunk;

	while ((chunk = a->chunks)) {
		a->chunks = chunk->older;
		if (!keep || chunk->room > keep->room) {
			free(keep);
			keep = chunk;
		} else {
			free(chunk);
		}
	}
	if (keep) {
		keep->older = NULL;
		keep->used = 0;
	}
	a->chunks = keep;
}

void arena_release(struct arena *a)
{
	arena_clear(a);
	free(a->chunks);
	*a = (struct arena)ARENA_INIT;
}
