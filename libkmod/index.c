/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libkmod/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libkmod/index-node.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"

/*
 * The file behind an index. It is read, never mapped: who cuts a file that is
 * mapped kills its readers with SIGBUS. A look-up needs a few of its pages, so a
 * large one is read by the chunk into the place that a map would have; all
 * pointers stay good until the index is closed.
 */
struct index_source {
	uint8_t *bytes; /* size of them, then one for each chunk: was it read? */
	size_t size;
	size_t chunks; /* 0: small, all was read, and bytes is from malloc(); else an anonymous map */
	int fd; /* -1: all was read */
	unsigned fills;
	struct stat seen; /* of fd, when it was opened */
};

/* A file of up to this size is read when it is opened. */
#ifndef INDEX_SMALL
#define INDEX_SMALL 32768
#endif
/* Who has needed that many chunks will need more of them. */
#define FILLS_MAX 32

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A program may close all descriptors that it does not know, and open others. */
static void source_close(struct index_source *source)
{
	struct stat st;

	if (source->fd >= 0 && fstat(source->fd, &st) == 0 && same_file(&st, &source->seen))
		(void)close(source->fd);
	source->fd = -1;
}

static void source_release(struct index_source *source)
{
	source_close(source);
	if (source->chunks > 0)
		(void)munmap(source->bytes, source->size + source->chunks);
	else
		free(source->bytes);
	free(source);
}

static void cleanup_source(struct index_source **source)
{
	if (*source)
		source_release(*source);
}
#define auto_source __attribute__((cleanup(cleanup_source)))

/* Bytes of the file as it was when it was opened: 0; -ESTALE: it is another one now; -errno. */
static int source_read(struct index_source *source, size_t at, size_t n)
{
	ssize_t got = io_pread(source->fd, source->bytes + at, n, (off_t)at);
	struct stat st;

	if (got < 0)
		return (int)got;
	if (fstat(source->fd, &st) < 0)
		return -errno;
	if ((size_t)got != n || !same_file(&st, &source->seen) ||
	    st.st_size != source->seen.st_size ||
	    st.st_mtim.tv_sec != source->seen.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != source->seen.st_mtim.tv_nsec)
		return -ESTALE;
	return 0;
}

static void cleanup_index(struct index **ix)
{
	index_close(*ix);
}
#define auto_index __attribute__((cleanup(cleanup_index)))

void index_close(struct index *ix)
{
	int saved = errno;

	if (ix && ix->source)
		source_release(ix->source);
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

/* As index_damaged(), of what could not be read. Returns what the caller is told. */
static int unreadable(struct index *ix, size_t off, int error)
{
	if (!ix->told)
		log_err(ix->log, "%s: could not read at offset %zu: %s", ix->name, off,
			error == -ESTALE ? "the file was changed meanwhile" : strerror(-error));
	ix->told = true;
	return error == -ESTALE ? -EINVAL : error;
}

/* The chunks from first up to end, none of which is there. */
static int read_chunks(struct index *ix, size_t first, size_t end)
{
	struct index_source *source = ix->source;
	size_t at = first << INDEX_CHUNK_SHIFT, stop = end << INDEX_CHUNK_SHIFT;
	int r = source_read(source, at, (stop < source->size ? stop : source->size) - at);

	if (r < 0)
		return unreadable(ix, at, r);
	memset(source->bytes + source->size + first, 1, end - first);
	return 0;
}

int index_read_all(const struct index *ix)
{
	struct index *known = (struct index *)(uintptr_t)ix;
	size_t end;
	int r = 0;

	if (!ix->have)
		return 0;
	for (size_t first = 0; first < ix->source->chunks; first = end + 1) {
		for (end = first; end < ix->source->chunks && !ix->have[end]; end++)
			;
		if (end > first)
			r = read_chunks(known, first, end);
		if (r < 0)
			return r;
	}
	known->have = NULL;
	source_close(ix->source);
	return 0;
}

bool index_fill(const struct index *ix, size_t off)
{
	size_t chunk = off >> INDEX_CHUNK_SHIFT;

	if (++ix->source->fills > FILLS_MAX)
		return index_read_all(ix) == 0;
	return read_chunks((struct index *)(uintptr_t)ix, chunk, chunk + 1) == 0;
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
		return -EIO;
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

		begin = ix->have ? (end - 1) & ~(INDEX_CHUNK - 1) : 0;
		if (!index_need(ix, ix->base + begin, 1))
			return -EIO;
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

/* A place for the file of fd, which becomes the source's own, with nothing in it yet. 0 or -errno. */
static int source_new(int *fd, const struct stat *seen, struct index_source **ret)
{
	auto_source struct index_source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->fd = -1;
	if ((uintmax_t)seen->st_size > SIZE_MAX / 2)
		return -EFBIG;
	source->size = (size_t)seen->st_size;
	if (source->size <= INDEX_SMALL) {
		source->bytes = malloc(source->size);
		if (!source->bytes)
			return -ENOMEM;
	} else { /* costs what is written to; calloc() might clear all of it */
		size_t chunks = (source->size + INDEX_CHUNK - 1) >> INDEX_CHUNK_SHIFT;
		void *map = mmap(NULL, source->size + chunks, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			return -errno;
		source->bytes = map;
		source->chunks = chunks;
	}
	source->seen = *seen;
	source->fd = *fd;
	*fd = -1;
	*ret = steal_ptr(source);
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
	if (fd < 0)
		return -errno;
	if (fstat(fd, &seen) < 0)
		return -errno;
	if (st)
		*st = seen;
	if (!S_ISREG(seen.st_mode)) {
		log_err(log, "%s: not a regular file", path);
		return -EINVAL;
	}
	if (seen.st_size > 0) {
		r = source_new(&fd, &seen, &ix->source);
		if (r < 0)
			return r;
		ix->base = ix->source->bytes;
		ix->size = ix->source->size;
		if (ix->source->chunks > 0) {
			ix->have = ix->base + ix->size;
		} else {
			r = source_read(ix->source, 0, ix->size);
			source_close(ix->source);
		}
		if (r < 0)
			return unreadable(ix, 0, r);
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
