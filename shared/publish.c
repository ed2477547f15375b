/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shared/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"

/* A file of the set; one block of memory. */
struct item {
	int fd; /* open until the commit; -1 afterwards */
	char *temp; /* name in the directory; "" once it is renamed or not made yet */
	char name[]; /* the final name */
};

struct publish {
	int dirfd;
	struct array items; /* of struct item *, owned */
	unsigned serial; /* makes names of temporary files differ */
};

int publish_begin(const char *dir, struct publish **ret)
{
	static const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	auto_publish struct publish *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->dirfd = open(dir, flags);
	if (p->dirfd < 0 && errno == ENOENT) {
		int r = io_make_dirs(dir);

		if (r < 0)
			return r;
		p->dirfd = open(dir, flags);
	}
	if (p->dirfd < 0)
		return -errno;
	*ret = steal_ptr(p);
	return 0;
}

/* Memory for both names. The temporary one: ".", name, ".", two numbers. */
static struct item *item_new(const char *name)
{
	size_t n = strlen(name) + 1, n_temp = n + sizeof("..4294967295.4294967295");
	struct item *item = malloc(sizeof(*item) + n + n_temp);

	if (!item)
		return NULL;
	item->fd = -1;
	memcpy(item->name, name, n);
	item->temp = item->name + n;
	item->temp[0] = '\0';
	return item;
}

static int item_create(struct publish *p, struct item *item)
{
	do {
		(void)sprintf(item->temp, ".%s.%u.%u", item->name, (unsigned)getpid(),
			      p->serial++);
		item->fd = openat(p->dirfd, item->temp,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	} while (item->fd < 0 && errno == EEXIST); /* left by a process of our number */
	if (item->fd < 0) {
		item->temp[0] = '\0';
		return -errno;
	}
	return 0;
}

int publish_add(struct publish *p, const char *name, const void *bytes, size_t size)
{
	struct item *item = item_new(name);
	int r;

	if (!item)
		return -ENOMEM;
	r = array_push(&p->items, item);
	if (r < 0) {
		free(item);
		return r;
	}
	r = item_create(p, item);
	if (r == 0 && fchmod(item->fd, 0644) < 0)
		r = -errno;
	if (r == 0)
		r = io_write(item->fd, bytes, size);
	return r;
}

/* Some file systems cannot sync; there the data is as safe as it gets. */
static int sync_fd(int fd)
{
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP ? -errno : 0;
}

static int item_finish(struct item *item)
{
	int r = sync_fd(item->fd);

	if (close(steal_fd(item->fd)) < 0 && r == 0)
		r = -errno;
	return r;
}

int publish_commit(struct publish *p, const char **ret_name)
{
	const char *name = NULL;
	int r = 0;

	for (size_t i = 0; i < p->items.n && r == 0; i++) {
		struct item *item = p->items.at[i];

		name = item->name;
		/* Not made: then publish_add() failed, and so does the set. */
		r = item->fd < 0 ? -EBADF : item_finish(item);
	}
	for (size_t i = 0; i < p->items.n && r == 0; i++) {
		struct item *item = p->items.at[i];

		name = item->name;
		if (renameat(p->dirfd, item->temp, p->dirfd, item->name) < 0)
			r = -errno;
		else
			item->temp[0] = '\0';
	}
	if (r == 0) {
		name = NULL;
		r = sync_fd(p->dirfd);
	}
	if (r < 0 && ret_name)
		*ret_name = name;
	return r;
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
		if (item->temp[0] != '\0')
			(void)unlinkat(p->dirfd, item->temp, 0);
		free(item);
	}
	array_release(&p->items);
	if (p->dirfd >= 0)
		(void)close(p->dirfd);
	free(p);
	errno = saved;
}
