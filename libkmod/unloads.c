/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listens to the kernel's announcements, and finds in them the unload of one module. */
#include "libkmod/unloads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "shared/cleanup.h"
#include "shared/macro.h"

#define GROUP_KERNEL 1

/*
 * Since 5.11 a module is announced when its init is through, so that only of one that
 * was live is said that it goes. Before, a failing init was announced both ways.
 */
static bool only_live_ones(void)
{
	struct utsname u;
	unsigned long long major;
	char *end;

	/* sscanf() would be the only one of its kind: 12 KB of a static program. */
	if (uname(&u) < 0)
		return false;
	major = strtoull(u.release, &end, 10);
	return *end == '.' && (major > 5 || (major == 5 && strtoull(end + 1, NULL, 10) >= 11));
}

int unloads_listen(void)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL };
	auto_close int fd = -1;

	if (!only_live_ones())
		return -1;
	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	return steal_fd(fd);
}

int unloads_heard(int fd, const char *name)
{
	static const char prefix[] = "remove@/module/";
	bool heard = false, lost = false;

	while (fd >= 0) {
		char event[256]; /* its first line is enough */
		struct sockaddr_nl from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, event, sizeof(event) - 1, 0, (struct sockaddr *)&from, &len);

		if (n < 0 && (errno == EINTR || errno == ENOBUFS)) {
			lost |= errno == ENOBUFS;
			continue;
		}
		if (n < 0)
			break;
		event[n] = '\0';
		heard |= len == sizeof(from) && from.nl_pid == 0 &&
			 strncmp(event, prefix, sizeof(prefix) - 1) == 0 &&
			 streq(event + sizeof(prefix) - 1, name);
	}
	return heard ? 1 : lost ? -ENOBUFS : 0;
}
