/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the chunks of a file that are asked for, each once, and sees whether the file was changed. */
#include "shared/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"

/* Who has needed that many chunks, one here, one there, will need more of them. */
#define FILLS_MAX 32

static void close_own(struct snapshot *s)
{
	if (s->own)
		io_close_if_open_on(s->fd, &s->seen);
	s->fd = -1;
}

void snapshot_free(struct snapshot *s)
{
	int saved = errno;

	if (!s)
		return;
	close_own(s);
	if (s->chunks > 0)
		(void)munmap(s->bytes, s->size + s->chunks);
	else
		free(s->bytes);
	free(s);
	errno = saved;
}

static void cleanup_snapshot(struct snapshot **s)
{
	snapshot_free(*s);
}

const char *snapshot_error(int error)
{
	if (error == -EBADF)
		return "its descriptor is not open on it any more";
	return error == -ESTALE ? "the file was changed meanwhile" : strerror(-error);
}

static int read_at(struct snapshot *s, size_t at, size_t n)
{
	ssize_t got = io_pread(s->fd, s->bytes + at, n, (off_t)at);
	struct stat st;

	/* first: what read() made of another file means nothing */
	if (fstat(s->fd, &st) < 0)
		return -errno;
	if (!io_same_file(&st, &s->seen))
		return -EBADF;
	if (got < 0)
		return (int)got;
	if ((size_t)got != n || st.st_size != s->seen.st_size ||
	    st.st_mtim.tv_sec != s->seen.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != s->seen.st_mtim.tv_nsec)
		return -ESTALE;
	return 0;
}

/* What is not there of the chunks from first up to end, in as few calls as that takes. */
static int fill(struct snapshot *s, size_t first, size_t end)
{
	while (first < end) {
		size_t n = 0, at = first << SNAPSHOT_SHIFT, stop;
		int r;

		while (first + n < end && !s->have[first + n])
			n++;
		stop = (first + n) << SNAPSHOT_SHIFT;
		r = n > 0 ? read_at(s, at, (stop < s->size ? stop : s->size) - at) : 0;
		if (r < 0)
			return r;
		memset(s->have + first, 1, n);
		first += n + 1;
	}
	return 0;
}

int snapshot_all(struct snapshot *s)
{
	int r = s->have ? fill(s, 0, s->chunks) : 0;

	if (r < 0)
		return r;
	s->have = NULL;
	close_own(s);
	return 0;
}

int snapshot_need(struct snapshot *s, size_t at, size_t n)
{
	if (!s->have)
		return 0;
	if (++s->fills > FILLS_MAX && s->own)
		return snapshot_all(s);
	return fill(s, at >> SNAPSHOT_SHIFT, ((at + n - 1) >> SNAPSHOT_SHIFT) + 1);
}

int snapshot_new(int fd, bool own, const struct stat *seen, size_t small, struct snapshot **ret)
{
	__attribute__((cleanup(cleanup_snapshot))) struct snapshot *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s) {
		if (own)
			(void)close(fd);
		return -ENOMEM;
	}
	s->fd = fd;
	s->own = own;
	s->seen = *seen;
	if ((uintmax_t)seen->st_size > SIZE_MAX / 2)
		return -EFBIG;
	s->size = (size_t)seen->st_size;
	if (s->size <= small) {
		s->bytes = malloc(s->size);
		if (!s->bytes)
			return -ENOMEM;
		r = read_at(s, 0, s->size);
		close_own(s);
	} else { /* costs what is written to; calloc() might clear all of it */
		size_t chunks = (s->size + SNAPSHOT_CHUNK - 1) >> SNAPSHOT_SHIFT;
		void *map = mmap(NULL, s->size + chunks, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			return -errno;
		s->bytes = map;
		s->chunks = chunks;
		s->have = s->bytes + s->size;
	}
	if (r < 0)
		return r;
	*ret = steal_ptr(s);
	return 0;
}
