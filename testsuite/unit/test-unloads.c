/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is made of the kernel's announcements. The socket is one end of a pair; who
 * sends is what the test says.
 */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "libkmod/unloads.h"

static const char *release; /* what uname() says; NULL: it fails */
static bool real; /* socket() and bind() are the system's */
static int bind_errno; /* 0: it goes well */
static int other = -1; /* the end of the pair that the kernel writes to */
static unsigned int sender; /* port of who sends: 0 is the kernel */
static int next_errno; /* the next recvfrom() fails with it; 0: none */

int __wrap_uname(struct utsname *u);
int __wrap_socket(int domain, int type, int protocol);
int __real_socket(int domain, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __real_bind(int fd, const struct sockaddr *addr, socklen_t len);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *from,
			socklen_t *len);
ssize_t __real_recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *from,
			socklen_t *len);

int __wrap_uname(struct utsname *u)
{
	if (!release) {
		errno = EFAULT;
		return -1;
	}
	(void)snprintf(u->release, sizeof(u->release), "%s", release);
	return 0;
}

int __wrap_socket(int domain, int type, int protocol)
{
	int fds[2];

	if (real)
		return __real_socket(domain, type, protocol);
	assert_int_equal(domain, AF_NETLINK);
	assert_int_equal(protocol, NETLINK_KOBJECT_UEVENT);
	assert_true(type & SOCK_CLOEXEC);
	assert_true(type & SOCK_NONBLOCK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	other = fds[1];
	return fds[0];
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	const struct sockaddr_nl *nl = (const struct sockaddr_nl *)addr;

	if (real)
		return __real_bind(fd, addr, len);
	assert_int_equal(len, sizeof(*nl));
	assert_int_equal(nl->nl_groups, 1); /* what the kernel says, not what udev says */
	errno = bind_errno;
	return bind_errno ? -1 : 0;
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *from,
			socklen_t *len)
{
	const struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = sender };
	ssize_t r;

	if (next_errno) {
		errno = next_errno;
		next_errno = 0;
		return -1;
	}
	if (real)
		return __real_recvfrom(fd, buf, n, flags, from, len);
	r = __real_recvfrom(fd, buf, n, flags, NULL, NULL);
	memcpy(from, &nl, sizeof(nl));
	*len = sizeof(nl);
	return r;
}

static int enter(void **state)
{
	(void)state;
	release = "5.11.0-rc1";
	real = false;
	bind_errno = next_errno = 0;
	sender = 0;
	return 0;
}

static int listening(void)
{
	int fd = unloads_listen();

	assert_true(fd >= 0);
	return fd;
}

static void done_with(int fd)
{
	close(fd);
	close(other);
	other = -1;
}

static void says_n(const void *event, size_t n)
{
	assert_int_equal(send(other, event, n, 0), (ssize_t)n);
}

/* As the kernel does, with its NUL and more lines. */
static void says(const char *event)
{
	char text[1024] = { 0 };
	size_t n = strlen(event) + 1;

	strcpy(text, event);
	strcpy(text + n, "SEQNUM=1");
	says_n(text, n + sizeof("SEQNUM=1"));
}

static void an_unload_is_heard_once(void **state)
{
	int fd = listening();

	(void)state;
	assert_int_equal(unloads_heard(fd, "m"), 0);
	says("remove@/module/m");
	assert_int_equal(unloads_heard(fd, "m"), 1);
	assert_int_equal(unloads_heard(fd, "m"), 0);
	says("remove@/module/a");
	says("remove@/module/m");
	says("remove@/module/z");
	assert_int_equal(unloads_heard(fd, "m"), 1);
	assert_int_equal(unloads_heard(fd, "a"), 0); /* the past of others is forgotten with it */
	done_with(fd);
}

static void other_events_are_not_it(void **state)
{
	static const char *const events[] = {
		"add@/module/m", "change@/module/m", "remove@/module/mm", "remove@/module/m/x",
		"remove@/module/", "remove@/module", "remove@/modulem", "remove@/module!m",
		"remove@/devices/module/m", "remove@/modules/m", "unbind@/module/m", "libudev",
		" remove@/module/m", "REMOVE@/module/m", "", "remove@/module/M", "r", "remove@/modul",
	};
	int fd = listening();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		says(events[i]);
		if (unloads_heard(fd, "m") != 0)
			fail_msg("taken for an unload of m: %s", events[i]);
	}
	says_n("", 0);
	says_n("\xff\xfe\0\0remove@/module/m", 21);
	assert_int_equal(unloads_heard(fd, "m"), 0);
	says("remove@/module/m");
	assert_int_equal(unloads_heard(fd, "mm"), 0); /* a shorter name is not a longer one either */
	done_with(fd);
}

static void an_event_may_be_long_or_without_an_end(void **state)
{
	char event[900], name[300];
	int fd = listening();

	(void)state;
	memset(event, 0, sizeof(event));
	strcpy(event, "remove@/module/m");
	memset(event + 17, 'x', sizeof(event) - 17);
	says_n(event, sizeof(event));
	assert_int_equal(unloads_heard(fd, "m"), 1);
	says_n("remove@/module/m", 16);
	assert_int_equal(unloads_heard(fd, "m"), 1);

	/* No name is so long; what was cut off is not looked for. */
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(event, sizeof(event), "remove@/module/%s", name);
	says(event);
	assert_int_equal(unloads_heard(fd, name), 0);
	done_with(fd);
}

static void processes_are_not_believed(void **state)
{
	int fd = listening();

	(void)state;
	sender = 4711;
	says("remove@/module/m");
	assert_int_equal(unloads_heard(fd, "m"), 0);
	sender = 0;
	assert_int_equal(unloads_heard(fd, "m"), 0);
	done_with(fd);
}

static void errors_of_the_socket(void **state)
{
	int fd = listening();

	(void)state;
	next_errno = ENOBUFS; /* some were lost: ours may have been one */
	assert_int_equal(unloads_heard(fd, "m"), -ENOBUFS);
	assert_int_equal(unloads_heard(fd, "m"), 0);
	says("remove@/module/m");
	says("add@/module/m");
	next_errno = ENOBUFS; /* ... but was not */
	assert_int_equal(unloads_heard(fd, "m"), 1);
	says("remove@/module/mm");
	next_errno = ENOBUFS;
	assert_int_equal(unloads_heard(fd, "m"), -ENOBUFS);
	next_errno = EINTR;
	assert_int_equal(unloads_heard(fd, "m"), 0);
	says("remove@/module/m");
	next_errno = EINTR;
	assert_int_equal(unloads_heard(fd, "m"), 1);
	next_errno = EBADF;
	assert_int_equal(unloads_heard(fd, "m"), 0);
	done_with(fd);
	assert_int_equal(unloads_heard(-1, "m"), 0);

	bind_errno = EPERM;
	assert_int_equal(unloads_listen(), -1);
	assert_int_equal(send(other, "x", 1, MSG_NOSIGNAL), -1); /* it was closed */
	close(other);
}

static void kernels_that_announce_failed_loads_are_not_listened_to(void **state)
{
	static const struct {
		const char *release;
		bool listens;
	} cases[] = {
		{ "5.10.0-32-amd64", false }, { "4.19.0", false }, { "4.99.1", false },
		{ "2.6.39", false }, { "nonsense", false }, { "6", false }, { "", false },
		{ NULL, false }, { "5.11.0", true }, { "5.100", true }, { "6.1.0-56-amd64", true },
		{ "10.0", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd;

		release = cases[i].release;
		fd = unloads_listen();
		if ((fd >= 0) != cases[i].listens)
			fail_msg("%s: %d", cases[i].release ? cases[i].release : "none", fd);
		if (fd >= 0)
			done_with(fd);
	}
}

static void the_system_gives_such_a_socket(void **state)
{
	int probe = __real_socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT), fd;

	(void)state;
	real = true;
	fd = unloads_listen();
	assert_int_equal(fd >= 0, probe >= 0); /* a sandbox may have none */
	if (fd >= 0) {
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(unloads_heard(fd, "no_module_is_called_so"), 0); /* nor does it wait */
		close(fd);
		close(probe);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_unload_is_heard_once, enter),
		cmocka_unit_test_setup(other_events_are_not_it, enter),
		cmocka_unit_test_setup(an_event_may_be_long_or_without_an_end, enter),
		cmocka_unit_test_setup(processes_are_not_believed, enter),
		cmocka_unit_test_setup(errors_of_the_socket, enter),
		cmocka_unit_test_setup(kernels_that_announce_failed_loads_are_not_listened_to, enter),
		cmocka_unit_test_setup(the_system_gives_such_a_socket, enter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
