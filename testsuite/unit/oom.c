/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testsuite/unit/oom.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/macro.h"

/* Allocations to go; 0: not armed or done. Threads may allocate too. */
static atomic_uint to_go;
static atomic_bool fired;

void oom_arm(unsigned n)
{
	atomic_store(&fired, false);
	atomic_store(&to_go, n);
}

bool oom_fired(void)
{
	atomic_store(&to_go, 0);
	return atomic_exchange(&fired, false);
}

static bool fails(void)
{
	unsigned n = atomic_load(&to_go);

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

/* NAME with the given parameters: fails when it is its turn, else the real one. */
#define WRAP(type, failure, name, params, args)      \
	type __real_##name params;                   \
	type __wrap_##name params;                   \
	type __wrap_##name params                    \
	{                                            \
		return fails() ? (failure) : __real_##name args; \
	}

WRAP(void *, NULL, malloc, (size_t size), (size))
WRAP(void *, NULL, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, NULL, realloc, (void *p, size_t size), (p, size))
WRAP(void *, NULL, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, NULL, strdup, (const char *s), (s))
WRAP(char *, NULL, strndup, (const char *s, size_t n), (s, n))
WRAP(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
WRAP(FILE *, NULL, fdopen, (int fd, const char *mode), (fd, mode))
WRAP(DIR *, NULL, opendir, (const char *path), (path))
WRAP(DIR *, NULL, fdopendir, (int fd), (fd))
WRAP(char *, NULL, realpath, (const char *path, char *out), (path, out))
WRAP(int, -1, vasprintf, (char **ret, const char *format, va_list args), (ret, format, args))

int __wrap_asprintf(char **ret, const char *format, ...) _printf_(2, 3);
int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list args;
	int n;

	if (fails())
		return -1;
	va_start(args, format);
	n = __real_vasprintf(ret, format, args);
	va_end(args);
	return n;
}
