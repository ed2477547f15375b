/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one door from the rooms index, index-path, index-walk and index-dump into the
 * bytes of an index file. Nobody else looks at them; what is not wholly inside the
 * file does not come through (docs/spec/index-files.md 5.3).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/index-format.h"
#include "shared/snapshot.h"

struct log;

struct index {
	const char *name; /* for messages; borrowed */
	const struct log *log;
	bool told; /* that it is damaged: once is enough */
	int error; /* index_error() */
	const uint8_t *base; /* all bytes of the file, see have; NULL only when size is 0 */
	size_t size; /* every offset in the file is untrusted against this */
	size_t strings_end; /* just behind the last NUL: a string that begins before ends before */
	uint32_t root; /* root word; 0: empty */
	const uint8_t *have; /* as in the snapshot; NULL: all bytes are there */
	struct snapshot *snapshot; /* where base is; NULL: the caller's bytes */
};

/* Says once that what is at that offset cannot be used. */
void index_damaged(const struct index *ix, uint64_t off);
/* Reads the chunk of that offset. False: it could not be, and that was said. */
bool index_fill(const struct index *ix, size_t off);

/* Is the byte at that offset there, or read now? Reading one may make all be there: have is NULL then. */
static inline bool index_has(const struct index *ix, size_t off)
{
	return !ix->have || ix->have[off >> SNAPSHOT_SHIFT] || index_fill(ix, off);
}

/* Are the n bytes at p, at most SNAPSHOT_CHUNK, there, or read now? They are inside the file. */
static inline bool index_need(const struct index *ix, const uint8_t *p, size_t n)
{
	size_t first = (size_t)(p - ix->base);

	return index_has(ix, first) && index_has(ix, first + n - 1);
}

/*
 * The NUL of a string that begins before strings_end; NULL: it could not be
 * read. Bytes not there yet are zero: a NUL is one if its chunk is there.
 */
static inline const uint8_t *index_string_end(const struct index *ix, const uint8_t *p)
{
	for (;;) {
		while (*p != '\0') /* short as a rule: strlen() would cost more */
			p++;
		if (!ix->have || ix->have[(size_t)(p - ix->base) >> SNAPSHOT_SHIFT])
			return p;
		if (!index_fill(ix, (size_t)(p - ix->base)))
			return NULL;
	}
}

/* Bytes that end the literal part of a stored key. */
static inline bool index_is_wild(char c)
{
	return c == '*' || c == '?' || c == '[';
}

/* A node whose prefix and child table are inside the file. */
struct index_node {
	const char *prefix; /* NUL-terminated, "" when there is none */
	const uint8_t *childs; /* words of the bytes first to last; NULL: no children */
	const uint8_t *values; /* where the count should be, not checked yet; NULL: none */
	uint32_t prefix_len;
	uint8_t first, last; /* 1 to 127 */
};

static inline bool index_node_read(const struct index *ix, uint32_t word, struct index_node *ret)
{
	uint32_t off = word & INDEX_NODE_OFFSET;
	const uint8_t *p, *end;

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the caller's; path_grow() made it, in index-path */
	ret->prefix = "";
	ret->childs = NULL;
	ret->values = NULL;
	ret->prefix_len = 0;
	if (off < INDEX_HEADER_SIZE || off >= ix->size)
		return false;
	p = ix->base + off;
	end = ix->base + ix->size;
	if (word & INDEX_NODE_PREFIX) {
		if (off >= ix->strings_end)
			return false;
		ret->prefix = (const char *)p;
		p = index_string_end(ix, p);
		if (!p)
			return false;
		ret->prefix_len = (uint32_t)(p - (const uint8_t *)ret->prefix);
		p++;
	}
	if (word & INDEX_NODE_CHILDS) {
		size_t n;

		if (end - p < 2 || !index_need(ix, p, 2))
			return false;
		ret->first = p[0];
		ret->last = p[1];
		p += 2;
		if (ret->first > ret->last || ret->last > INDEX_CHAR_MAX)
			return false;
		n = ret->last - ret->first + 1u;
		if ((size_t)(end - p) / 4 < n || !index_need(ix, p, 4 * n))
			return false;
		ret->childs = p;
		p += 4 * n;
		if (ret->first == 0) { /* no key has a NUL inside */
			ret->first = 1;
			ret->childs = ret->last > 0 ? ret->childs + 4 : NULL;
		}
	}
	if (word & INDEX_NODE_VALUES)
		ret->values = p;
	return true;
}

/*
 * False: there is no such node, or it is damaged, which is the same; then only
 * prefix_len says something: how many bytes it took to see that. Damage is logged.
 */
static inline bool index_node_at(const struct index *ix, uint32_t word, struct index_node *ret)
{
	bool valid = index_node_read(ix, word, ret);

	/* A word without flags is a node with nothing: the root of an empty index. */
	if (!valid && (word & INDEX_NODE_OFFSET) != 0 && (word & ~INDEX_NODE_OFFSET) != 0)
		index_damaged(ix, word & INDEX_NODE_OFFSET);
	return valid;
}

/* The word of the child for byte c; 0: none. */
static inline uint32_t index_node_child(const struct index_node *node, uint8_t c)
{
	if (!node->childs || c < node->first || c > node->last)
		return 0;
	return index_get32(node->childs + 4 * (size_t)(c - node->first));
}

/* Values one after the other; the whole list is known to be inside the file. */
struct index_values {
	const uint8_t *at; /* the next one */
	uint32_t left; /* how many follow */
	size_t bytes; /* looked at: the list as a whole, count included */
};

/*
 * False: the node has no values, or the list is not wholly inside the file;
 * then only bytes says something: how many it took to see that.
 */
bool index_node_values(const struct index *ix, const struct index_node *node,
		       struct index_values *ret);
/* False at the end. */
bool index_values_next(struct index_values *values, const char **ret, uint32_t *ret_priority);
