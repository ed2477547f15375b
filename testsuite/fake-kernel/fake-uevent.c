/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-uevent.c - what the kernel announces of modules, and the netlink socket that hears it: a datagram socket
 * whose name is .fake/uevent/PID.DESCRIPTOR.
 */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "fake-kernel.h"

/* A socket's name is short, the path of the tree may be long: so by a descriptor of the directory. */
#define NAME_BEGIN "/proc/self/fd/"

bool fk_announces_early(void)
{
	unsigned int major = 0, minor = 0;

	(void)sscanf(fk_release(), "%u.%u", &major, &minor);
	return major < 5 || (major == 5 && minor < 11);
}

static long open_dir(void)
{
	char path[PATH_MAX];

	return fk_sys(SYS_openat, (long)AT_FDCWD, fk_at(path, "/.fake/uevent"),
		      (long)(O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void name_in(struct sockaddr_un *un, long dir, const char *name)
{
	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(un->sun_path, sizeof(un->sun_path), NAME_BEGIN "%ld/%s", dir, name);
}

/* Beside the socket of that name, as .PID.DESCRIPTOR: something was lost. */
static const char *lost_mark(const char *name, char *buf)
{
	return fk_at(buf, "/.fake/uevent/.%s", strrchr(name, '/') + 1);
}

static void overflow(const char *name)
{
	char path[PATH_MAX];

	(void)fk_write(lost_mark(name, path), 0666, "", 0);
}

void fk_uevent(const char *action, const char *mod)
{
	char text[512], buf[4096] __attribute__((aligned(8)));
	/* Its lines end with NUL. */
	int len = snprintf(text, sizeof(text),
			   "%s@/module/%s%cACTION=%s%cDEVPATH=/module/%s%cSUBSYSTEM=module%c", action,
			   mod, 0, action, 0, mod, 0, 0);
	long dir = open_dir(), fd = fk_sys(SYS_socket, (long)AF_UNIX, (long)(SOCK_DGRAM | SOCK_CLOEXEC), 0L), n, r;

	while (dir >= 0 && fd >= 0 && (n = fk_sys(SYS_getdents64, dir, buf, sizeof(buf))) > 0) {
		/* d_ino, d_off: 8 bytes each, d_reclen: 2, d_type: 1, d_name */
		for (long at = 0; at < n; at += *(unsigned short *)(buf + at + 16)) {
			struct sockaddr_un to;

			if (buf[at + 19] == '.')
				continue;
			name_in(&to, dir, buf + at + 19);
			r = fk_sys(SYS_sendto, fd, text, (long)len, (long)MSG_DONTWAIT, &to, sizeof(to));
			if (r == -ECONNREFUSED)
				(void)fk_sys(SYS_unlinkat, dir, buf + at + 19, 0L); /* whose it was is gone */
			else if (r == -EAGAIN)
				overflow(to.sun_path);
		}
	}
	if (dir >= 0)
		(void)fk_sys(SYS_close, dir);
	if (fd >= 0)
		(void)fk_sys(SYS_close, fd);
}

static int answer(long r)
{
	if (r >= 0)
		return (int)r;
	errno = (int)-r;
	return -1;
}

FK_EXPORT int socket(int domain, int type, int protocol)
{
	fk_start();
	if (fk_root[0] && domain == AF_NETLINK && protocol == NETLINK_KOBJECT_UEVENT) {
		fk_dirs();
		return answer(fk_sys(SYS_socket, (long)AF_UNIX,
				     (long)(SOCK_DGRAM | (type & (SOCK_CLOEXEC | SOCK_NONBLOCK))), 0L));
	}
	return answer(fk_sys(SYS_socket, (long)domain, (long)type, (long)protocol));
}

static int bind_here(int fd)
{
	struct sockaddr_un un;
	char name[32], mark[PATH_MAX];
	long dir = open_dir(), r;

	if (dir < 0)
		return answer(dir);
	(void)snprintf(name, sizeof(name), "%d.%d", (int)getpid(), fd);
	name_in(&un, dir, name);
	/* Of a process of that number before us. */
	(void)fk_sys(SYS_unlinkat, dir, name, 0L);
	(void)fk_sys(SYS_unlinkat, (long)AT_FDCWD, lost_mark(un.sun_path, mark), 0L);
	r = fk_sys(SYS_bind, (long)fd, &un, sizeof(un));
	(void)fk_sys(SYS_close, dir);
	return answer(r);
}

FK_EXPORT int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	int domain = 0;
	socklen_t size = sizeof(domain);

	/* Only what socket() gave in the place of another is bound to such an address. */
	if (addr && len >= sizeof(addr->sa_family) && addr->sa_family == AF_NETLINK &&
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX)
		return bind_here(fd);
	return answer(fk_sys(SYS_bind, (long)fd, addr, (long)len));
}

static bool is_ours(int fd, struct sockaddr_un *un)
{
	socklen_t len = sizeof(*un);

	*un = (struct sockaddr_un){ 0 };
	return fk_root[0] && fk_sys(SYS_getsockname, (long)fd, un, &len) == 0 && un->sun_family == AF_UNIX &&
	       strncmp(un->sun_path, NAME_BEGIN, sizeof(NAME_BEGIN) - 1) == 0;
}

FK_EXPORT ssize_t recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *from, socklen_t *len)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct sockaddr_un un;
	char mark[PATH_MAX];
	bool ours = from && len && *len >= sizeof(kernel) && is_ours(fd, &un);
	long r;

	if (ours && fk_sys(SYS_unlinkat, (long)AT_FDCWD, lost_mark(un.sun_path, mark), 0L) == 0) {
		errno = ENOBUFS;
		return -1;
	}
	r = fk_sys(SYS_recvfrom, (long)fd, buf, n, (long)flags, ours ? NULL : from, ours ? NULL : len);

	if (r >= 0 && ours) {
		memcpy(from, &kernel, sizeof(kernel));
		*len = sizeof(kernel);
	}
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* What calls become under _FORTIFY_SOURCE. */
ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t room, int flags, struct sockaddr *from, socklen_t *len);

FK_EXPORT ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t room, int flags, struct sockaddr *from,
				 socklen_t *len)
{
	(void)room;
	return recvfrom(fd, buf, n, flags, from, len);
}
