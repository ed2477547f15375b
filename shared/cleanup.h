/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Release by scope: what a function owns is given back on every way out. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Releasing never changes the error under way. */
static inline void cleanup_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p); /* free() keeps errno (POSIX 2024, glibc, musl) */
}

static inline void cleanup_fclose(FILE **f)
{
	int saved = errno;

	if (*f)
		(void)fclose(*f);
	errno = saved;
}

static inline void cleanup_closedir(DIR **d)
{
	int saved = errno;

	if (*d)
		(void)closedir(*d);
	errno = saved;
}

#define auto_close __attribute__((cleanup(cleanup_close)))
#define auto_free __attribute__((cleanup(cleanup_free)))
#define auto_fclose __attribute__((cleanup(cleanup_fclose)))
#define auto_closedir __attribute__((cleanup(cleanup_closedir)))

/* Hand an owned thing on; the local becomes empty and its cleanup does nothing. */
#define steal_ptr(p)                    \
	__extension__({                 \
		__typeof__(p) v_ = (p); \
		(p) = NULL;             \
		v_;                     \
	})
#define steal_fd(fd)          \
	__extension__({       \
		int v_ = (fd); \
		(fd) = -1;    \
		v_;           \
	})
