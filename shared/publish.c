/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a set of files beside their places, and renames all of them when all are complete. */
#include "shared/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/clock.h"
#include "shared/io.h"
#include "shared/macro.h"

/*
 * Hidden names: ".", the name, MARK, a letter (n: new, o: old), 16 hexadecimal
 * digits. Who holds the lock may remove every one that is not his own.
 */
#define MARK ".publish-"
#define N_DIGITS 16

/* A file of the set; one block of memory. */
struct item {
	int fd; /* open until it is synced; -1 afterwards */
	bool was_there; /* another file had the name */
	bool placed; /* the new file has it */
	char *fresh; /* hidden name of the new file; "" when there is none */
	char *old; /* hidden second name of the file that was there; "" when there is none */
	char name[]; /* the final name */
};

struct publish {
	int dirfd;
	bool locked;
	struct timespec time; /* of the files; tv_nsec UTIME_OMIT: that of writing */
	struct array items; /* of struct item *, owned */
};

int publish_begin(const char *dir, struct publish **ret)
{
	auto_publish struct publish *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->time.tv_nsec = UTIME_OMIT;
	p->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dirfd < 0)
		return -errno;
	*ret = steal_ptr(p);
	return 0;
}

int publish_lock(struct publish *p, unsigned msec)
{
	const uint64_t end = clock_msec() + msec;

	while (!p->locked && flock(p->dirfd, LOCK_EX | LOCK_NB) < 0) {
		uint64_t now = clock_msec();

		if (errno != EWOULDBLOCK && errno != EINTR) /* NFS and others: no locks */
			return 0;
		if (now >= end)
			return -EWOULDBLOCK;
		clock_nap_until(end - now < 20 ? end : now + 20);
	}
	p->locked = true;
	return 0;
}

/* ---- hidden names ---------------------------------------------------------- */

static size_t hidden_size(const char *name)
{
	return strlen("." MARK "n") + strlen(name) + N_DIGITS + 1;
}

static void hide(char *hidden, const char *name, char kind)
{
	uint64_t tag;

	/* O_EXCL is what protects; this makes a name that nobody can wait for. */
	if (syscall(SYS_getrandom, &tag, sizeof(tag), GRND_NONBLOCK) != (long)sizeof(tag))
		tag = clock_msec() << 32 | (uint32_t)getpid();
	(void)snprintf(hidden, hidden_size(name), ".%s" MARK "%c%016llx", name, kind, (unsigned long long)tag);
}

static bool is_hidden(const char *name)
{
	const char *mark = name[0] == '.' ? strstr(name, MARK) : NULL;

	if (!mark)
		return false;
	mark += strlen(MARK);
	return (*mark == 'n' || *mark == 'o') && strlen(mark) == 1 + N_DIGITS &&
	       strspn(mark + 1, "0123456789abcdef") == N_DIGITS;
}

/* What killed ones left. As far as it goes: a name that stays harms nobody. */
static void remove_leftovers(const struct publish *p)
{
	auto_closedir DIR *d = NULL;
	const struct dirent *entry;
	/* of its own: a directory stream moves the offset and closes */
	int fd = openat(p->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((entry = readdir(d))) {
		if (is_hidden(entry->d_name))
			(void)unlinkat(p->dirfd, entry->d_name, 0);
	}
}

void publish_set_time(struct publish *p, const struct timespec *time)
{
	p->time = *time;
}

/* ---- adding ---------------------------------------------------------------- */

/* Memory for all three names. */
static struct item *item_new(const char *name)
{
	size_t n = strlen(name) + 1, n_hidden = hidden_size(name);
	struct item *item = malloc(sizeof(*item) + n + 2 * n_hidden);

	if (!item)
		return NULL;
	item->fd = -1;
	item->was_there = item->placed = false;
	memcpy(item->name, name, n);
	item->fresh = item->name + n;
	item->fresh[0] = '\0';
	item->old = item->fresh + n_hidden;
	item->old[0] = '\0';
	return item;
}

static int item_write(const struct publish *p, struct item *item, const void *bytes, size_t size)
{
	static const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int r;

	hide(item->fresh, item->name, 'n');
	item->fd = openat(p->dirfd, item->fresh, flags, 0644);
	if (item->fd < 0) {
		item->fresh[0] = '\0';
		return -errno;
	}
	if (fchmod(item->fd, 0644) < 0)
		return -errno;
	r = io_write(item->fd, bytes, size);
	/* Where that cannot be the time of writing will do. */
	if (r == 0 && p->time.tv_nsec != UTIME_OMIT)
		(void)futimens(item->fd, (const struct timespec[]){ p->time, p->time });
	/* Only begins: publish_commit() then finds little left to wait for. */
	if (r == 0)
		(void)sync_file_range(item->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return r;
}

int publish_add(struct publish *p, const char *name, const void *bytes, size_t size)
{
	struct item *item = item_new(name);
	int r;

	if (!item)
		return -ENOMEM;
	if (p->items.n == 0 && p->locked)
		remove_leftovers(p);
	r = array_push(&p->items, item);
	if (r < 0) {
		free(item);
		return r;
	}
	return item_write(p, item, bytes, size);
}

/* ---- all at once ----------------------------------------------------------- */

/* Some file systems cannot sync; there the data is as safe as it gets. */
static int sync_fd(int fd)
{
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP ? -errno : 0;
}

/* fsync(), not fdatasync(): the mode is part of what readers need. */
static int item_sync(const struct publish *p, struct item *item)
{
	int r;

	(void)p;
	if (item->fd < 0) /* publish_add() failed, and so does the set */
		return -EBADF;
	r = sync_fd(item->fd);
	if (close(steal_fd(item->fd)) < 0 && r == 0)
		r = -errno;
	return r;
}

/* A second name for the file that is to be replaced, so that it can come back. */
static int item_keep_old(const struct publish *p, struct item *item)
{
	hide(item->old, item->name, 'o');
	item->was_there = true;
	if (linkat(p->dirfd, item->name, p->dirfd, item->old, 0) == 0)
		return 0;
	item->old[0] = '\0';
	switch (errno) {
	case ENOENT:
		item->was_there = false;
		return 0;
	case EPERM: /* no hard links here, or none to the file of somebody else; a directory */
	case EMLINK:
	case ENOSYS:
	case EOPNOTSUPP:
		return 0;
	default:
		return -errno;
	}
}

static int item_place(const struct publish *p, struct item *item)
{
	if (renameat(p->dirfd, item->fresh, p->dirfd, item->name) < 0)
		return -errno;
	item->fresh[0] = '\0';
	item->placed = true;
	return 0;
}

/* 0, or the first failure and the name of its file. */
static int for_all(const struct publish *p,
		   int (*act)(const struct publish *p, struct item *item), const char **ret_name)
{
	for (size_t i = 0; i < p->items.n; i++) {
		struct item *item = p->items.at[i];
		int r = act(p, item);

		if (r < 0) {
			*ret_name = item->name;
			return r;
		}
	}
	return 0;
}

/*
 * The last one first: at every moment the first ones are new and the others
 * old. So they stay if one of them cannot come back.
 */
static void put_back(const struct publish *p)
{
	for (size_t i = 0; i < p->items.n; i++) {
		const struct item *item = p->items.at[i];

		if (item->placed && item->was_there && item->old[0] == '\0')
			return;
	}
	for (size_t i = p->items.n; i-- > 0;) {
		struct item *item = p->items.at[i];

		if (!item->placed)
			continue;
		if (!item->was_there)
			(void)unlinkat(p->dirfd, item->name, 0);
		else if (renameat(p->dirfd, item->old, p->dirfd, item->name) == 0)
			item->old[0] = '\0';
	}
}

int publish_commit(struct publish *p, const char **ret_name)
{
	const char *name = NULL;
	int r = for_all(p, item_sync, &name);

	/* Each step for all of them, so that the renames are close together. */
	if (r == 0)
		r = for_all(p, item_keep_old, &name);
	if (r == 0)
		r = for_all(p, item_place, &name);
	if (r == 0)
		r = sync_fd(p->dirfd);
	if (r < 0) {
		put_back(p);
		if (ret_name)
			*ret_name = name;
	}
	return r;
}

static void remove_hidden(const struct publish *p, const char *hidden)
{
	if (hidden[0] != '\0')
		(void)unlinkat(p->dirfd, hidden, 0);
}

void publish_end(struct publish *p)
{
	int saved = errno;

	if (!p)
		return;
	for (size_t i = 0; i < p->items.n; i++) {
		struct item *item = p->items.at[i];

		if (item->fd >= 0)
			(void)close(item->fd);
		remove_hidden(p, item->fresh);
		remove_hidden(p, item->old);
		free(item);
	}
	array_release(&p->items);
	if (p->dirfd >= 0)
		(void)close(p->dirfd); /* and the lock */
	free(p);
	errno = saved;
}
