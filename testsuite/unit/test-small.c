/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions that a small static program has in place of libc's: libc's own are the
 * measure. The system log is one end of a pair of sockets.
 */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/small.h"
#include "testsuite/unit/oom.h"

/* ---- printf ------------------------------------------------------------------ */

static char want[512], got[512];

static void check_same(int wanted, int result)
{
	assert_string_equal(got, want);
	assert_int_equal(result, wanted);
}

/* errno is what %m says. */
#define SAME(...) \
	do { \
		int wanted; \
\
		errno = ENOENT; \
		wanted = snprintf(want, sizeof(want), __VA_ARGS__); \
		errno = ENOENT; \
		check_same(wanted, small_snprintf(got, sizeof(got), __VA_ARGS__)); \
	} while (0)

static void prints_numbers_as_libc_does(void **state)
{
	(void)state;
	SAME("%d %d %d", 0, INT_MAX, INT_MIN);
	SAME("%ld %ld", LONG_MAX, LONG_MIN);
	SAME("%lld %lld", LLONG_MAX, LLONG_MIN);
	SAME("%u %lu %llu", UINT_MAX, ULONG_MAX, ULLONG_MAX);
	SAME("%zu", (size_t)-1);
	SAME("%x %lx %llx", UINT_MAX, ULONG_MAX, ULLONG_MAX);
	SAME("%#x %#x", 0, 0x1f);
	SAME("%p", (void *)&want);
	SAME("[%8ld] [%-8ld] [%08ld]", -42L, -42L, -42L);
	SAME("0x%08llx %016llx %03u %06ld", 0xabcULL, 1ULL, 7, 123456789L);
	SAME("[%*d] [%-*d]", 5, 42, 5, 42);
}

static void prints_text_as_libc_does(void **state)
{
	const char *volatile none = NULL; /* who compiles cannot see that */

	(void)state;
	SAME("plain");
	SAME("%s, %s", "one", "");
	SAME("%c%c|%%|", 'a', 'b');
	SAME("[%12s] [%-12s] [%*s] [%-*s]", "abc", "abc", 5, "abc", 5, "abc");
	SAME("[%.2s] [%.*s] [%.0s] [%.*s]", "abc", 1, "abc", "abc", 9, "abc");
	SAME("%m, %s", "and more");
	assert_int_equal(small_snprintf(got, sizeof(got), "%s", none), 6);
	assert_string_equal(got, "(null)");
}

static void cuts_what_has_no_room(void **state)
{
	(void)state;
	for (size_t size = 1; size < 12; size++) {
		memset(want, '#', sizeof(want));
		memset(got, '#', sizeof(got));
		assert_int_equal(small_snprintf(got, size, "%s%d", "abcdef", 123), 9);
		memcpy(want, "abcdef123", 10);
		if (size < 10) {
			want[size - 1] = '\0';
			want[size] = '#';
			want[size + 1] = '#';
		}
		assert_memory_equal(got, want, size < 10 ? size + 1 : 11);
	}
	got[0] = '#';
	assert_int_equal(small_snprintf(got, 0, "%s", "abc"), 3);
	assert_int_equal(got[0], '#');
}

/* A message of somebody else's may hold what we do not have: nothing is read for it. */
static void leaves_other_conversions_as_they_are(void **state)
{
	const char *const formats[] = { "50 %f of", "%-5.3q", "end %", "end %0" };
	const char *const printed[] = { "50 %f of", "%-5.3q", "end ", "end " };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		(void)small_snprintf(got, sizeof(got), formats[i], 1, 2);
		assert_string_equal(got, printed[i]);
	}
}

static void keeps_errno(void **state)
{
	(void)state;
	errno = EXDEV;
	(void)small_snprintf(got, sizeof(got), "%s %m", "x");
	assert_int_equal(errno, EXDEV);
}

static void allocates_what_it_needs(void **state)
{
	char *text = NULL, *longer;
	int n;

	(void)state;
	n = small_asprintf(&text, "%0900d%s", 1, "end");
	assert_int_equal(n, 903);
	assert_int_equal(strlen(text), 903);
	assert_string_equal(text + 899, "1end");
	oom_arm(1);
	assert_int_equal(small_asprintf(&longer, "%s", text), -1);
	assert_true(oom_fired());
	assert_null(longer);
	free(text);
}

static void writes_to_a_stream_at_once(void **state)
{
	FILE *f;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
	f = fdopen(fds[1], "w");
	assert_non_null(f);
	(void)setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(small_fprintf(f, "%s: %s: %d\n", "modprobe", "ERROR", 5), 19);
	assert_int_equal(read(fds[0], got, sizeof(got)), 19);
	assert_memory_equal(got, "modprobe: ERROR: 5\n", 19);
	(void)close(fds[0]);
	assert_int_equal(small_fprintf(f, "%s", "nobody reads"), -1);
	assert_true(ferror(f));
	(void)fclose(f);
}

static void writes_more_than_it_holds(void **state)
{
	static char back[8192];
	FILE *f = tmpfile();
	size_t n;

	(void)state;
	assert_non_null(f);
	assert_int_equal(small_fprintf(f, "%05000d%s", 7, "end"), 5003);
	rewind(f);
	n = fread(back, 1, sizeof(back), f);
	assert_int_equal(n, 5003);
	assert_memory_equal(back + 4998, "07end", 5);
	for (size_t i = 0; i < 4999; i++)
		assert_int_equal(back[i], '0');
	(void)fclose(f);
}

/* ---- the system log ------------------------------------------------------------ */

static bool caught; /* the calls below are the test's */
static bool has_log;
static int reader = -1; /* what the log or the console gets */

int __wrap_socket(int domain, int type, int protocol);
int __real_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __real_connect(int fd, const struct sockaddr *addr, socklen_t len);
ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t n, int flags);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

static int one_end(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	reader = fds[0];
	return fds[1];
}

int __wrap_socket(int domain, int type, int protocol)
{
	if (!caught)
		return __real_socket(domain, type, protocol);
	assert_int_equal(domain, AF_UNIX);
	assert_int_equal(type, SOCK_DGRAM | SOCK_CLOEXEC);
	return one_end();
}

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)addr;

	if (!caught)
		return __real_connect(fd, addr, len);
	assert_int_equal(un->sun_family, AF_UNIX);
	assert_string_equal(un->sun_path, "/dev/log");
	if (has_log)
		return 0;
	(void)close(reader);
	errno = ENOENT;
	return -1;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags)
{
	if (caught)
		assert_true(flags & MSG_NOSIGNAL);
	return __real_send(fd, bytes, n, flags);
}

int __wrap_open(const char *path, int flags, ...)
{
	if (!caught)
		return __real_open(path, flags, 0);
	assert_string_equal(path, "/dev/console");
	assert_true(flags & O_NOCTTY);
	return one_end();
}

int __wrap_open64(const char *path, int flags, ...)
{
	return __wrap_open(path, flags);
}

/* What comes out of one message. */
static void check_logged(bool log, const char *text, const char *expected)
{
	ssize_t n;

	has_log = log;
	caught = true;
	small_syslog(LOG_CRIT, "%s: %s", "FATAL", text);
	caught = false;
	n = read(reader, got, sizeof(got) - 1);
	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, expected);
	assert_int_equal(read(reader, got, sizeof(got)), 0); /* the other end is closed */
	(void)close(reader);
}

static void logs_to_the_socket_else_to_the_console(void **state)
{
	static char long_text[3000];

	(void)state;
	small_openlog("modprobe", LOG_CONS, LOG_DAEMON);
	check_logged(true, "no module", "<26>modprobe: FATAL: no module");
	check_logged(false, "no module", "modprobe: FATAL: no module\n");
	memset(long_text, 'x', sizeof(long_text) - 1);
	has_log = caught = true;
	small_syslog(LOG_ERR, "%s", long_text);
	caught = false;
	assert_int_equal(recv(reader, want, sizeof(want), MSG_TRUNC), 1023);
	(void)close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_numbers_as_libc_does),
		cmocka_unit_test(prints_text_as_libc_does),
		cmocka_unit_test(cuts_what_has_no_room),
		cmocka_unit_test(leaves_other_conversions_as_they_are),
		cmocka_unit_test(keeps_errno),
		cmocka_unit_test(allocates_what_it_needs),
		cmocka_unit_test(writes_to_a_stream_at_once),
		cmocka_unit_test(writes_more_than_it_holds),
		cmocka_unit_test(logs_to_the_socket_else_to_the_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
