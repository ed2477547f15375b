/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Repeats read() and write() until everything is there or an error is. */
#include "shared/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/strbuf.h"

bool io_is_open_on(int fd, const struct stat *file)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && io_same_file(&st, file);
}

void io_close_if_open_on(int fd, const struct stat *file)
{
	if (io_is_open_on(fd, file))
		(void)close(fd);
}

ssize_t io_read(int fd, void *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, (char *)buf + done, size - done);

		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)done;
}

ssize_t io_pread(int fd, void *buf, size_t size, off_t at)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)buf + done, size - done, at + (off_t)done);

		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)done;
}

int io_write(int fd, const void *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(fd, (const char *)buf + done, size - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int io_read_text_fd(int fd, size_t limit, char **ret, size_t *ret_len)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	for (;;) {
		size_t want = limit ? limit - b.len : SIZE_MAX;
		ssize_t n;
		int r;

		if (want == 0)
			break;
		r = strbuf_reserve(&b, b.len < 4095 ? 4095 : b.len);
		if (r < 0)
			return r;
		if (want > b.room - b.len - 1)
			want = b.room - b.len - 1;
		n = io_read(fd, b.s + b.len, want);
		if (n < 0)
			return (int)n;
		b.len += (size_t)n;
		b.s[b.len] = '\0';
		if ((size_t)n < want)
			break;
	}
	if (ret_len)
		*ret_len = b.len;
	*ret = strbuf_steal(&b);
	return *ret ? 0 : -ENOMEM;
}

int io_read_text(const char *path, size_t limit, char **ret, size_t *ret_len)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return io_read_text_fd(fd, limit, ret, ret_len);
}

int io_read_file(const char *path, char **ret, size_t *ret_len, struct stat *ret_st)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > IO_FILE_LIMIT)
		return -EFBIG;
	r = io_read_text_fd(fd, 0, ret, ret_len);
	if (r == 0 && ret_st)
		*ret_st = st;
	return r;
}

ssize_t io_read_word(int dirfd, const char *path, char *buf, size_t size)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = io_read(fd, buf, size);
	if (n < 0)
		return n;
	if ((size_t)n == size)
		return -EOVERFLOW;
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

int io_make_dirs(const char *dir)
{
	auto_free char *path = strdup(dir);

	if (!path)
		return -ENOMEM;
	for (char *at = path + 1; path[0] != '\0'; at++) {
		char c = *at;

		if (c != '/' && c != '\0')
			continue;
		*at = '\0';
		/* EROFS and EACCES come before EEXIST on some file systems: look what is there */
		if (mkdir(path, 0755) < 0) {
			int r = -errno;
			struct stat st;

			if (stat(path, &st) < 0)
				return r;
			if (!S_ISDIR(st.st_mode))
				return -ENOTDIR;
		}
		if (c == '\0')
			break;
		*at = c;
	}
	return 0;
}
