/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of depmod's rooms: a log that can be looked at, a directory to play in. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/log.h"
#include "shared/strbuf.h"

/* What was logged, "PRIORITY text" lines; with log_taken the log that fills it. */
static struct strbuf taken;

static inline void take(void *data, int priority, const char *file, int line, const char *fn,
			const char *format, va_list args)
{
	char text[4096];

	(void)data;
	(void)file;
	(void)line;
	(void)fn;
	(void)vsnprintf(text, sizeof(text), format, args);
	assert_int_equal(strbuf_addf(&taken, "%d %s", priority, text), 0);
}

static const struct log log_taken = { take, NULL, LOG_WARNING };

static inline void assert_logged(const char *want)
{
	assert_string_equal(strbuf_str(&taken), want);
	strbuf_release(&taken);
}

/* A fresh directory, current until play_end(). */
static char play_dir[] = "/tmp/depmod-unit-XXXXXX";

static inline int play_begin(void **state)
{
	(void)state;
	(void)memcpy(play_dir + strlen(play_dir) - 6, "XXXXXX", 6);
	return mkdtemp(play_dir) ? chdir(play_dir) : -1;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int play_end(void **state)
{
	(void)state;
	strbuf_release(&taken);
	return chdir("/") < 0 ? -1 : nftw(play_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A file with this text, and the directories above it. */
static inline void put_file(const char *path, const char *text)
{
	char part[512];
	FILE *f;

	assert_true(strlen(path) < sizeof(part));
	for (size_t i = 0; path[i]; i++) {
		part[i] = path[i];
		if (path[i] != '/' || i == 0)
			continue;
		part[i] = '\0';
		(void)mkdir(part, 0755);
		part[i] = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Is there a descriptor to be had from now on? What is open stays open. */
static inline void allow_descriptors(bool yes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = yes ? limit.rlim_max : 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Appends to an array "text" in which "n" bytes are used. */
#define ADD(...) (n += (size_t)snprintf(text + n, sizeof(text) - n, __VA_ARGS__))
