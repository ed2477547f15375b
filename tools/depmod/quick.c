/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/depmod/quick.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "tools/depmod/scan.h"

/* Nanoseconds are cut off: not every file system and archive keeps them. */
static int64_t mtime_usec(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

/* Line by line the text before the colon: has a module come, gone or moved? */
static bool lists_these(const char *dep, const struct scan *scan)
{
	for (size_t i = 0; i < scan->files.n; i++) {
		const struct scan_file *file = scan->files.at[i];
		size_t n = strlen(file->listed);
		const char *end;

		if (strncmp(dep, file->listed, n) != 0 || dep[n] != ':')
			return false;
		end = strchr(dep + n, '\n');
		if (!end)
			return false;
		dep = end + 1;
	}
	return *dep == '\0';
}

static bool none_is_newer(const struct scan *scan, int64_t usec)
{
	for (size_t i = 0; i < scan->files.n; i++) {
		const struct scan_file *file = scan->files.at[i];
		struct stat st;

		if (stat(file->path, &st) < 0 || mtime_usec(&st) > usec)
			return false;
	}
	return true;
}

bool quick_is_current(const struct scan *scan, const char *outdir, const char *const *names)
{
	auto_close int dir = open(outdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int dep = dir < 0 ? -1 : openat(dir, "modules.dep", O_RDONLY | O_CLOEXEC);
	auto_free char *text = NULL;
	struct stat st;

	if (dep < 0 || fstat(dep, &st) < 0)
		return false;
	for (; *names; names++) {
		if (faccessat(dir, *names, F_OK, 0) < 0)
			return false;
	}
	return none_is_newer(scan, mtime_usec(&st)) &&
	       io_read_text_fd(dep, 0, &text, NULL) == 0 && lists_these(text, scan);
}
