/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz entry point over its seeds, each also cut short at every length, or at some hundreds of them. TAP. */
#include "testsuite/fuzz/fuzz.h"

#ifndef FUZZ_ENGINE /* which has a main() */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "shared/cleanup.h"
#include "shared/io.h"

/* A copy of exactly that size, so that a sanitizer or valgrind sees a read beyond it. */
static int run_exact(const char *bytes, size_t size)
{
	auto_free uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, size);
	return LLVMFuzzerTestOneInput(copy, size);
}

static int run_seed(int dirfd, const char *name)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	auto_free char *bytes = NULL;
	size_t size = 0; /* set below when r is 0, which -O3 -flto cannot see */
	int r;

	if (fd < 0)
		return -errno;
	r = io_read_text_fd(fd, 0, &bytes, &size);
	for (size_t n = 0; n < size && r == 0; n += 1 + size / 512)
		r = run_exact(bytes, n);
	return r < 0 ? r : run_exact(bytes, size);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(void)
{
	const char *builddir = getenv("builddir");
	struct dirent **seeds = NULL;
	auto_free char *path = NULL;
	auto_close int fd = -1;
	int n, failed = 0;

	if (asprintf(&path, "%s/fuzz-seeds/%s", builddir ? builddir : ".", fuzz_seeds) < 0)
		return 1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = fd < 0 ? -1 : scandir(path, &seeds, is_visible, by_name);
	if (n <= 0) {
		printf("Bail out! no seeds in %s\n", path);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		int r = run_seed(fd, seeds[i]->d_name);

		printf("%sok %d - %s\n", r ? "not " : "", i + 1, seeds[i]->d_name);
		(void)fflush(stdout); /* before the next one may abort */
		failed |= r;
		free(seeds[i]);
	}
	free(seeds);
	return failed ? 1 : 0;
}
#endif
