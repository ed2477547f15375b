/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares modules.dep with the files it lists, and with the age of everything it was made from. */
#include "tools/depmod/quick.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/index-format.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "tools/depmod/scan.h"

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Not changed at or after this time: the same tick of the clock may be either side. */
static bool is_older(const struct stat *st, const struct timespec *time)
{
	struct timespec changed = { 0 };

	scan_raise_time(&changed, st);
	return is_before(&changed, time);
}

/* All there, none of them a stump: when was the oldest made? */
static bool look_at_outputs(int dir, const char *const *names, struct timespec *ret_oldest)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	*ret_oldest = now;
	for (; *names; names++) {
		struct stat st;

		if (fstatat(dir, *names, &st, 0) < 0 || !S_ISREG(st.st_mode))
			return false;
		if (is_before(&now, &st.st_mtim)) /* the clock was wrong then, or is now */
			return false;
		if (strstr(*names, ".bin") && st.st_size < INDEX_HEADER_SIZE)
			return false;
		if (is_before(&st.st_mtim, ret_oldest))
			*ret_oldest = st.st_mtim;
	}
	return true;
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

static bool files_are_older(const struct scan *scan, const struct timespec *time)
{
	for (size_t i = 0; i < scan->files.n; i++) {
		const struct scan_file *file = scan->files.at[i];
		struct stat st;

		if (stat(file->path, &st) < 0 || !is_older(&st, time))
			return false;
	}
	return true;
}

/* What is built in; a list that is not there must not have been there either. */
static bool builtin_is_older(const char *in, int out, const struct timespec *time)
{
	static const struct { const char *list, *index; } made[] = {
		{ "modules.builtin", "modules.builtin.bin" },
		{ "modules.builtin.modinfo", "modules.builtin.alias.bin" },
	};
	auto_close int dir = open(in, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		struct stat st;

		if (fstatat(dir, made[i].list, &st, 0) == 0) {
			if (!is_older(&st, time))
				return false;
		} else if (fstatat(out, made[i].index, &st, 0) < 0 ||
			   st.st_size != INDEX_HEADER_SIZE) {
			return false;
		}
	}
	return true;
}

bool quick_is_current(const struct scan *scan, const char *in, const char *out,
		      const char *const *names)
{
	auto_close int dir = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int dep = dir < 0 ? -1 : openat(dir, "modules.dep", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	auto_free char *text = NULL;
	struct timespec time;
	struct stat st;

	if (dep < 0 || fstat(dir, &st) < 0 || !look_at_outputs(dir, names, &time))
		return false;
	/* Times of two file systems, and of what was mounted later, tell nothing. */
	if (st.st_dev != scan->top_dev || scan->many_devices)
		return false;
	/* The outputs changed their own directory when they came, after that time. */
	if (st.st_ino != scan->top_ino && !is_before(&scan->top_changed, &time))
		return false;
	return is_before(&scan->changed, &time) && files_are_older(scan, &time) &&
	       builtin_is_older(in, dir, &time) &&
	       io_read_text_fd(dep, 0, &text, NULL) == 0 && lists_these(text, scan);
}
