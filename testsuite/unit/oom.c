/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wraps the allocator, and lets the n-th allocation fail. */
#include "testsuite/unit/oom.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/macro.h"

/* Allocations to go; 0: not armed or done. Threads may allocate too. */
static atomic_uint to_go;
static atomic_bool fired;
static atomic_size_t largest;

void oom_arm(unsigned n)
{
	atomic_store(&fired, false);
	atomic_store(&largest, 0);
	atomic_store(&to_go, n);
}

bool oom_fired(void)
{
	atomic_store(&to_go, 0);
	return atomic_exchange(&fired, false);
}

size_t oom_largest(void)
{
	return atomic_load(&largest);
}

static bool fails(size_t size)
{
	unsigned n = atomic_load(&to_go);
	size_t most = atomic_load(&largest);

	while (size > most && !atomic_compare_exchange_weak(&largest, &most, size))
		;
	do {
		if (n == 0)
			return false;
	} while (!atomic_compare_exchange_weak(&to_go, &n, n - 1));
	if (n > 1)
		return false;
	atomic_store(&fired, true);
	errno = ENOMEM;
	return true;
}

/* fake-root.c has another one. */
__attribute__((weak)) const char *oom_path(const char *path)
{
	return path;
}

/* NAME with the given parameters: fails when it is its turn, else the real one. */
#define WRAP(type, failure, size, name, params, args) \
	type __real_##name params;                   \
	type __wrap_##name params;                   \
	type __wrap_##name params                    \
	{                                            \
		return fails(size) ? (failure) : __real_##name args; \
	}

WRAP(void *, NULL, size, malloc, (size_t size), (size))
WRAP(void *, NULL, n * size, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, NULL, size, realloc, (void *p, size_t size), (p, size))
WRAP(void *, NULL, n * size, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, NULL, strlen(s) + 1, strdup, (const char *s), (s))
WRAP(char *, NULL, n + 1, strndup, (const char *s, size_t n), (s, n))
WRAP(FILE *, NULL, 1, fopen, (const char *path, const char *mode), (oom_path(path), mode))
WRAP(FILE *, NULL, 1, fdopen, (int fd, const char *mode), (fd, mode))
WRAP(DIR *, NULL, 1, opendir, (const char *path), (oom_path(path)))
WRAP(DIR *, NULL, 1, fdopendir, (int fd), (fd))
WRAP(char *, NULL, 1, realpath, (const char *path, char *out), (path, out))
WRAP(int, -1, 1, vasprintf, (char **ret, const char *format, va_list args), (ret, format, args))

#ifdef __GLIBC__ /* what these become under _FORTIFY_SOURCE */
WRAP(int, -1, 1, __vasprintf_chk, (char **ret, int flag, const char *format, va_list args),
     (ret, flag, format, args))
WRAP(char *, NULL, 1, __realpath_chk, (const char *path, char *out, size_t size), (path, out, size))

int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...) _printf_(3, 4);
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
{
	va_list args;
	int n;

	if (fails(1))
		return -1;
	va_start(args, format);
	n = __real___vasprintf_chk(ret, flag, format, args);
	va_end(args);
	return n;
}
#endif

int __wrap_asprintf(char **ret, const char *format, ...) _printf_(2, 3);
int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list args;
	int n;

	if (fails(1))
		return -1;
	va_start(args, format);
	n = __real_vasprintf(ret, format, args);
	va_end(args);
	return n;
}
