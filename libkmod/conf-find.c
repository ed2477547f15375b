/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the files of a configuration, reads one whole, and tells later whether any has changed. */
#include "libkmod/conf-find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libkmod/log.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/path.h"
#include "shared/strbuf.h"

/* No configuration is this long: /dev/zero, or a wrong name. In bytes. */
#define CONF_FILE_MAX ((size_t)16 << 20)
/* One read() is enough for nearly every file. */
#define FIRST_READ ((size_t)16 << 10)

/*
 * Closes what is done with. Neighbours go in one call: each number of such a
 * run is ours, so that nobody else's descriptor can be among them.
 */
static void close_done(struct conf_finder *f)
{
	for (size_t i = 0, next; i < f->n_done; i = next) {
		for (next = i + 1; next < f->n_done && f->done[next] == f->done[next - 1] + 1;)
			next++;
		if (next - i > 1 && syscall(SYS_close_range, (unsigned int)f->done[i],
					    (unsigned int)f->done[next - 1], 0) == 0)
			continue;
		for (size_t k = i; k < next; k++)
			(void)close(f->done[k]);
	}
	f->n_done = 0;
}

/* open(); the descriptor is closed by close_done(), not by the caller. */
static int finder_open(struct conf_finder *f, const char *path, int flags)
{
	int fd;

	if (f->n_done == ARRAY_SIZE(f->done))
		close_done(f);
	fd = open(path, flags | O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == EMFILE && f->n_done > 0) {
		close_done(f);
		fd = open(path, flags | O_RDONLY | O_CLOEXEC);
	}
	if (fd >= 0)
		f->done[f->n_done++] = fd;
	return fd;
}

void conf_finder_release(struct conf_finder *f)
{
	close_done(f);
	for (size_t i = 0; i < f->found.n; i++)
		free(f->found.at[i]);
	array_release(&f->found);
}

int conf_find_file(struct conf_finder *f, const char *dir, const char *name, enum conf_rank rank)
{
	size_t n_dir = dir ? strlen(dir) + 1 : 0, n_name = strlen(name) + 1;
	struct conf_candidate *c = malloc(sizeof(*c) + n_dir + n_name);
	int r;

	if (!c)
		return -ENOMEM;
	if (dir) {
		memcpy(c->path, dir, n_dir - 1);
		c->path[n_dir - 1] = '/';
	}
	memcpy(c->path + n_dir, name, n_name);
	c->name = path_base(c->path);
	c->order = f->found.n;
	c->rank = rank;
	c->named = !dir && f->asked_for;
	r = array_push(&f->found, c);
	if (r < 0)
		free(c);
	return r;
}

static uint64_t mtime_usec(const struct stat *st)
{
	return (uint64_t)st->st_mtim.tv_sec * 1000000 + (uint64_t)st->st_mtim.tv_nsec / 1000;
}

/* 1: an earlier path led to the same place; 0: none did; -ENOMEM. */
static int add_stamp(struct conf_stamps *stamps, const char *path, const struct stat *st)
{
	struct conf_stamp *at = reallocarray(stamps->at, stamps->n + 1, sizeof(*at));
	int again = 0;
	char *copy;

	if (!at)
		return -ENOMEM;
	stamps->at = at;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < stamps->n; i++)
		again |= at[i].dev == st->st_dev && at[i].ino == st->st_ino;
	at[stamps->n++] = (struct conf_stamp){ copy, mtime_usec(st), st->st_dev, st->st_ino };
	return again;
}

/* By the name alone: the file may still be a directory. */
static bool is_conf_name(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > strlen(".conf") && streq(name + n - strlen(".conf"), ".conf");
}

/* A load goes on without those rules; not everybody may. */
static void note_lack(struct conf_finder *f, int error)
{
	if (io_lacks_means(-error))
		f->lack = -error;
}

/* Most file systems tell the type with the name; only for links and the like is one asked. */
static bool is_usable(struct conf_finder *f, int dirfd, const char *dir, const struct dirent64 *entry)
{
	const struct log *log = f->log;
	struct stat st;

	if (entry->d_type == DT_REG)
		return true;
	if (fstatat(dirfd, entry->d_name, &st, 0) < 0) {
		note_lack(f, errno);
		log_err(log, "Cannot stat directory entry: %s/%s", dir, entry->d_name);
		return false;
	}
	if (S_ISFIFO(st.st_mode)) { /* to open it would be to wait for a writer */
		log_err(log, "Not a file: %s/%s", dir, entry->d_name);
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		log_err(log, "Directories inside directories are not supported: %s/%s", dir,
			entry->d_name);
		return false;
	}
	return true;
}

/*
 * The files of a directory. getdents64() itself, because opendir() asks for the
 * status of what we know already, and modprobe starts often.
 */
static int find_in_dir(struct conf_finder *f, const char *path)
{
	union { /* aligned for the structures in it */
		struct dirent64 entry;
		char bytes[8192];
	} buf;
	int fd = finder_open(f, path, O_DIRECTORY), r;
	ssize_t n;

	if (fd < 0) {
		r = errno == ENOMEM ? -ENOMEM : 0;
		note_lack(f, errno);
		if (errno != ENOENT)
			log_err(f->log, "opendir(%s): %m", path);
		return r;
	}
	while ((n = getdents64(fd, (void *)buf.bytes, sizeof(buf.bytes))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(buf.bytes + at);

			at += entry->d_reclen;
			if (!is_conf_name(entry->d_name)) {
				if (entry->d_name[0] != '.')
					log_info(f->log, "All cfg files need .conf: %s/%s", path,
						 entry->d_name);
				continue;
			}
			if (!is_usable(f, fd, path, entry))
				continue;
			r = conf_find_file(f, path, entry->d_name, CONF_FOUND);
			if (r < 0)
				return r;
		}
	}
	if (n < 0) {
		note_lack(f, errno);
		log_err(f->log, "could not read directory %s: %m", path);
	}
	return 0;
}

int conf_find_priority(int error)
{
	return error == EACCES ? LOG_WARNING : LOG_ERR;
}

int conf_find_path(struct conf_finder *f, const char *path, enum conf_rank rank)
{
	struct stat st;
	int r;

	/* Before the entries are read, so that a change meanwhile is seen later. */
	if (stat(path, &st) < 0) {
		r = errno == ENOMEM ? -ENOMEM : -ENOENT;
		if (errno == ENOENT || errno == ENOTDIR)
			log_debug(f->log, "no configuration at %s", path);
		else
			log_at(f->log, conf_find_priority(errno), "could not use configuration %s: %m", path);
		return r;
	}
	/* The second name of a directory (/lib -> /usr/lib) can only add what is masked. */
	r = f->stamps ? add_stamp(f->stamps, path, &st) : 0;
	if (r < 0 || (r > 0 && S_ISDIR(st.st_mode)))
		return r < 0 ? r : 0;
	return S_ISDIR(st.st_mode) ? find_in_dir(f, path) : conf_find_file(f, NULL, path, rank);
}

bool conf_find_is_again(const char *const *paths, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (streq(paths[k], paths[i]))
			return true;
	}
	return false;
}

static int by_name_then_order(const void *a, const void *b)
{
	const struct conf_candidate *x = *(struct conf_candidate *const *)a;
	const struct conf_candidate *y = *(struct conf_candidate *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

void conf_find_sort(struct conf_finder *f)
{
	if (f->found.n > 0)
		qsort(f->found.at, f->found.n, sizeof(f->found.at[0]), by_name_then_order);
}

bool conf_find_masked(const struct conf_finder *f, size_t i)
{
	const struct conf_candidate *c = f->found.at[i];

	for (size_t k = i; k-- > 0;) {
		const struct conf_candidate *before = f->found.at[k];

		if (!streq(before->name, c->name))
			return false;
		/* The same path twice is one wish. */
		if (c->rank != CONF_ASKED_FOR || streq(before->path, c->path) ||
		    before->rank == CONF_RESERVED)
			return true;
	}
	return false;
}

/* Opened so as not to wait, a pipe looks like an empty file. */
static int read_nothing(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) ? -EINVAL : 0;
}

int conf_find_read(struct conf_finder *f, const char *path, bool patient, char last, struct strbuf *text)
{
	int fd = finder_open(f, path, O_NOCTTY | (patient ? 0 : O_NONBLOCK));

	strbuf_clear(text);
	if (fd < 0)
		return -errno;
	for (;;) {
		int r = strbuf_reserve(text, text->len ? text->len : FIRST_READ);
		size_t room;
		ssize_t n;

		if (r < 0)
			return r;
		room = text->room - text->len - 1;
		n = read(fd, text->s + text->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text->len += (size_t)n;
		text->s[text->len] = '\0';
		if (text->len > CONF_FILE_MAX)
			return -EFBIG;
		if (text->len == 0 && !patient)
			return read_nothing(fd);
		if (n == 0 || (last && text->s[text->len - 1] == last))
			return 0;
	}
}

bool conf_stamps_valid(const struct conf_stamps *stamps)
{
	for (size_t i = 0; i < stamps->n; i++) {
		struct stat st;

		if (stat(stamps->at[i].path, &st) < 0 ||
		    mtime_usec(&st) != stamps->at[i].mtime_usec)
			return false;
	}
	return true;
}

void conf_stamps_release(struct conf_stamps *stamps)
{
	for (size_t i = 0; i < stamps->n; i++)
		free(stamps->at[i].path);
	free(stamps->at);
	*stamps = (struct conf_stamps)CONF_STAMPS_INIT;
}
