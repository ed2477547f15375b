/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens an index, checks its head, and searches for one exact key. */
#include "libkmod/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/index-node.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/snapshot.h"

/* A file of up to this size is read when it is opened. */
#define SMALL 32768
/* A larger one is none: a node is below 256 MiB (28 bits), and nobody shall need a terabyte to dump it. */
#define SIZE_LIMIT ((off_t)1 << 30)

static void cleanup_index(struct index **ix)
{
	index_close(*ix);
}
#define auto_index __attribute__((cleanup(cleanup_index)))

void index_close(struct index *ix)
{
	int saved = errno;

	if (ix)
		snapshot_free(ix->snapshot);
	free(ix);
	errno = saved;
}

void index_damaged(const struct index *ix, uint64_t off)
{
	struct index *known = (struct index *)(uintptr_t)ix; /* the one thing that changes */

	if (!known->told)
		log_err(ix->log, "%s: damaged at offset %" PRIu64 ": run depmod", ix->name, off);
	known->told = true;
}

bool index_is_damaged(const struct index *ix)
{
	return ix->told;
}

int index_error(const struct index *ix)
{
	return ix->error;
}

/* As index_damaged(), of what could not be read. Returns what the caller is told. */
static int unreadable(struct index *ix, size_t off, int error)
{
	if (!ix->told) /* a descriptor that is gone is no fault of the file */
		log_at(ix->log, error == -EBADF ? LOG_INFO : LOG_ERR, "%s: could not read at offset %zu: %s",
		       ix->name, off, snapshot_error(error));
	ix->told = true;
	ix->error = error == -ESTALE ? -EINVAL : error;
	return ix->error;
}

static int filled(struct index *ix, size_t off, int r)
{
	ix->have = ix->snapshot->have;
	return r < 0 ? unreadable(ix, off, r) : 0;
}

int index_read_all(const struct index *ix)
{
	return ix->have ? filled((struct index *)(uintptr_t)ix, 0, snapshot_all(ix->snapshot)) : 0;
}

bool index_fill(const struct index *ix, size_t off)
{
	return filled((struct index *)(uintptr_t)ix, off, snapshot_need(ix->snapshot, off, 1)) == 0;
}

/* Header and root word. A file of no bytes is an empty index (5.1). */
static int read_header(struct index *ix)
{
	uint32_t magic, version;

	if (ix->size == 0)
		return 0;
	if (ix->size < INDEX_HEADER_SIZE) {
		log_err(ix->log, "%s: header of %u bytes ends at offset %zu", ix->name,
			INDEX_HEADER_SIZE, ix->size);
		return -EINVAL;
	}
	if (!index_need(ix, ix->base, INDEX_HEADER_SIZE))
		return ix->error;
	magic = index_get32(ix->base);
	if (magic != INDEX_MAGIC) {
		log_err(ix->log, "%s: offset 0: magic check fail: %x instead of %x", ix->name, magic,
			INDEX_MAGIC);
		return -EINVAL;
	}
	version = index_get32(ix->base + 4);
	if (version >> 16 != INDEX_VERSION_MAJOR) {
		log_err(ix->log, "%s: offset 4: major version check fail: %u instead of %u",
			ix->name, version >> 16, INDEX_VERSION_MAJOR);
		return -EINVAL;
	}
	ix->root = index_get32(ix->base + 8);
	/* one look, unless the file was cut */
	for (size_t begin, end = ix->size; end > 0; end = begin) {
		const uint8_t *nul;

		begin = ix->have ? (end - 1) & ~(SNAPSHOT_CHUNK - 1) : 0;
		if (!index_need(ix, ix->base + begin, 1))
			return ix->error;
		nul = memrchr(ix->base + begin, '\0', end - begin);
		if (nul) {
			ix->strings_end = (size_t)(nul - ix->base) + 1;
			break;
		}
	}
	return 0;
}

int index_open_bytes(const void *bytes, size_t size, const struct log *log, struct index **ret)
{
	auto_index struct index *ix = calloc(1, sizeof(*ix));
	int r;

	if (!ix)
		return -ENOMEM;
	ix->name = "index";
	ix->log = log;
	ix->base = bytes;
	ix->size = size;
	r = read_header(ix);
	if (r < 0)
		return r;
	*ret = steal_ptr(ix);
	return 0;
}

int index_open(const char *path, const struct log *log, struct index **ret, struct stat *st)
{
	auto_index struct index *ix = NULL;
	auto_close int fd = -1;
	struct stat seen;
	int r;

	ix = calloc(1, sizeof(*ix));
	if (!ix)
		return -ENOMEM;
	ix->name = path;
	ix->log = log;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody waits for the writer of a pipe */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return -errno;
	if (fd < 0 || fstat(fd, &seen) < 0)
		return unreadable(ix, 0, -errno);
	if (st)
		*st = seen;
	if (!S_ISREG(seen.st_mode)) {
		log_err(log, "%s: not a regular file", path);
		return -EINVAL;
	}
	if (seen.st_size > SIZE_LIMIT)
		return unreadable(ix, 0, -EFBIG);
	if (seen.st_size > 0) {
		r = snapshot_new(fd, true, &seen, SMALL, &ix->snapshot);
		fd = -1;
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return unreadable(ix, 0, r);
		ix->base = ix->snapshot->bytes;
		ix->size = ix->snapshot->size;
		ix->have = ix->snapshot->have;
	}
	r = read_header(ix);
	if (r < 0)
		return r;
	*ret = steal_ptr(ix);
	return 0;
}

bool index_node_values(const struct index *ix, const struct index_node *node,
		       struct index_values *ret)
{
	const uint8_t *p = node->values, *end, *strings_end;

	ret->left = 0;
	ret->bytes = 0;
	if (!p)
		return false;
	end = ix->base + ix->size;
	strings_end = ix->base + ix->strings_end;
	if (end - p < 4 || !index_need(ix, p, 4)) {
		index_damaged(ix, (uint64_t)(p - ix->base));
		return false;
	}
	ret->left = index_get32(p);
	p += 4;
	ret->at = p;
	for (uint32_t i = 0; i < ret->left; i++) {
		const uint8_t *nul = NULL;

		/* Also what stops an absurd count. */
		if (end - p >= 5 && p + 4 < strings_end && index_need(ix, p, 4))
			nul = index_string_end(ix, p + 4);
		if (!nul) {
			index_damaged(ix, (uint64_t)(p - ix->base));
			ret->left = 0;
			break;
		}
		p = nul + 1;
	}
	ret->bytes = (size_t)(p - node->values);
	return ret->left > 0;
}

bool index_values_next(struct index_values *values, const char **ret, uint32_t *ret_priority)
{
	if (values->left == 0)
		return false;
	values->left--;
	*ret_priority = index_get32(values->at);
	*ret = (const char *)values->at + 4;
	values->at += 4 + strlen(*ret) + 1;
	return true;
}

const char *index_find(const struct index *ix, const char *key)
{
	const char *value, *best = NULL;
	uint32_t priority, best_priority = 0;
	struct index_values values;
	struct index_node node;
	uint32_t word = ix->root;

	/* Each child takes a byte of the key: a loop in the file ends with the key. */
	for (;;) {
		if (!index_node_at(ix, word, &node))
			return NULL;
		if (strncmp(key, node.prefix, node.prefix_len) != 0)
			return NULL;
		key += node.prefix_len;
		if (*key == '\0')
			break;
		word = index_node_child(&node, (uint8_t)*key++);
	}
	if (!index_node_values(ix, &node, &values))
		return NULL;
	/* Writers sort by priority; nothing but their word says that it is so. */
	while (index_values_next(&values, &value, &priority)) {
		if (!best || priority < best_priority) {
			best = value;
			best_priority = priority;
		}
	}
	return best;
}
