/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes that come in pieces. Pipes give short transfers, timers interrupt them. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/oom.h"

static char file[] = "/tmp/test-io-XXXXXX";

static int enter(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int leave(void **state)
{
	(void)state;
	return unlink(file);
}

static void fill(const void *bytes, size_t n)
{
	auto_close int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, bytes, n), 0);
}

static void on_alarm(int signal)
{
	(void)signal;
}

#define BIG (4u << 20)

/* Takes what comes through the pipe in odd pieces, slowly at first. */
static void *drain(void *arg)
{
	int fd = *(int *)arg;
	size_t all = 0;
	char piece[7777];
	ssize_t n;

	for (size_t i = 0; (n = read(fd, piece, sizeof(piece))) > 0; i++) {
		for (ssize_t k = 0; k < n; k++) {
			if (piece[k] != (char)((all + (size_t)k) % 251))
				return NULL;
		}
		all += (size_t)n;
		if (i < 20)
			(void)usleep(2000);
	}
	return all == BIG ? arg : NULL;
}

static void a_write_is_whole_though_it_is_short_and_interrupted(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm }; /* without SA_RESTART */
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	auto_free char *bytes = malloc(BIG);
	sigset_t alarm_only;
	pthread_t reader;
	void *fine = NULL;
	int ends[2];

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < BIG; i++)
		bytes[i] = (char)(i % 251);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	/* the thread inherits a mask that leaves the signals to us */
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &alarm_only, NULL), 0);
	assert_int_equal(pthread_create(&reader, NULL, drain, &ends[0]), 0);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(io_write(ends[1], bytes, BIG), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(pthread_join(reader, &fine), 0);
	assert_non_null(fine);
	assert_int_equal(close(ends[0]), 0);
}

static void *trickle(void *arg)
{
	int fd = *(int *)arg;

	for (int i = 0; i < 10; i++) {
		(void)usleep(3000);
		if (write(fd, "abc", 3) != 3)
			return NULL;
	}
	(void)close(fd);
	return arg;
}

static void a_read_goes_on_to_the_end(void **state)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	auto_free char *text = NULL;
	sigset_t alarm_only;
	pthread_t writer;
	int ends[2];
	size_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &alarm_only, NULL), 0);
	assert_int_equal(pthread_create(&writer, NULL, trickle, &ends[1]), 0);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(io_read_text_fd(ends[0], 0, &text, &n), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(n, 30);
	assert_string_equal(text, "abcabcabcabcabcabcabcabcabcabc");
	assert_int_equal(close(ends[0]), 0);
}

static void errors_are_told(void **state)
{
	auto_close int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	char *text = NULL;
	char word[8];

	(void)state;
	assert_int_equal(io_write(full, "x", 1), -ENOSPC);
	assert_int_equal(io_write(-1, "x", 1), -EBADF);
	assert_int_equal(io_write(-1, "", 0), 0);
	assert_int_equal(io_read(-1, word, 1), -EBADF);
	assert_int_equal(io_read_text("/nonexistent", 0, &text, NULL), -ENOENT);
	assert_int_equal(io_read_text("/", 0, &text, NULL), -EISDIR);
	assert_int_equal(io_read_word(AT_FDCWD, "/nonexistent", word, sizeof(word)), -ENOENT);
	assert_int_equal(io_read_word(AT_FDCWD, "/", word, sizeof(word)), -EISDIR);
	assert_null(text);
}

static void a_text_is_cut_at_its_limit(void **state)
{
	static const size_t limits[] = { 0, 1, 4, 5, 6, 4094, 4095, 4096, 4097, 8191, 8192, 99999 };
	static char bytes[20000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t size = 0; size < sizeof(bytes); size = size * 4 + 5) {
		fill(bytes, size);
		for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
			size_t want = limits[i] && limits[i] < size ? limits[i] : size, n = 7;
			auto_free char *text = NULL;

			assert_int_equal(io_read_text(file, limits[i], &text, &n), 0);
			assert_int_equal(n, want);
			assert_int_equal(strlen(text), want);
		}
	}
}

static void one_word_without_its_newline(void **state)
{
	static const struct {
		const char *content;
		ssize_t n;
		const char *word;
	} cases[] = {
		{ "live\n", 4, "live" }, { "live", 4, "live" }, { "", 0, "" },
		{ "\n", 0, "" },	 { "a\n\n", 2, "a\n" }, { "1234567", 7, "1234567" },
		{ "123456\n", 6, "123456" },
		{ "1234567\n", -EOVERFLOW, NULL }, /* no room for a NUL */
		{ "123456789", -EOVERFLOW, NULL },
	};
	char word[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fill(cases[i].content, strlen(cases[i].content));
		assert_int_equal(io_read_word(AT_FDCWD, file, word, sizeof(word)), cases[i].n);
		if (cases[i].word)
			assert_string_equal(word, cases[i].word);
	}
}

static void every_failed_allocation_is_survived(void **state)
{
	static char bytes[20000];

	(void)state;
	fill(bytes, sizeof(bytes));
	for (unsigned n = 1;; n++) {
		auto_free char *text = NULL;
		size_t len = 12345;
		int r;

		oom_arm(n);
		r = io_read_text(file, 0, &text, &len);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_true(n > 2);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(text);
		assert_int_equal(len, 12345);
	}
}

static void directories_are_made_with_their_parents(void **state)
{
	char dir[] = "/tmp/test-io-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/a/b//c/", dir);
	assert_int_equal(io_make_dirs(path), 0);
	assert_int_equal(io_make_dirs(path), 0);
	assert_int_equal(rmdir(path), 0);
	(void)snprintf(path, sizeof(path), "%s/a/b", dir);
	assert_int_equal(rmdir(path), 0);
	(void)snprintf(path, sizeof(path), "%s/a", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(io_make_dirs(file), -ENOTDIR);
	(void)snprintf(path, sizeof(path), "%s/below", file);
	assert_int_equal(io_make_dirs(path), -ENOTDIR);
}

static void reading_at_an_offset(void **state)
{
	auto_close int fd = -1;
	char got[8] = "";

	(void)state;
	fill("0123456789", 10);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(io_pread(fd, got, 4, 3), 4);
	assert_memory_equal(got, "3456", 4);
	assert_int_equal(io_pread(fd, got, 8, 7), 3); /* to the end */
	assert_memory_equal(got, "789", 3);
	assert_int_equal(io_pread(fd, got, 8, 100), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(io_pread(-1, got, 8, 0), -EBADF);
}

static void only_a_descriptor_of_the_same_file_is_closed(void **state)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct stat st;

	(void)state;
	assert_true(fd >= 0 && other >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(io_is_open_on(fd, &st));
	assert_false(io_is_open_on(other, &st));
	assert_false(io_is_open_on(-1, &st));
	io_close_if_open_on(other, &st);
	assert_true(fcntl(other, F_GETFD) >= 0);
	io_close_if_open_on(fd, &st);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_false(io_is_open_on(fd, &st));
	io_close_if_open_on(fd, &st);
	io_close_if_open_on(-1, &st);
	assert_int_equal(close(other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_at_an_offset),
		cmocka_unit_test(a_write_is_whole_though_it_is_short_and_interrupted),
		cmocka_unit_test(a_read_goes_on_to_the_end),
		cmocka_unit_test(errors_are_told),
		cmocka_unit_test(a_text_is_cut_at_its_limit),
		cmocka_unit_test(one_word_without_its_newline),
		cmocka_unit_test(directories_are_made_with_their_parents),
		cmocka_unit_test(every_failed_allocation_is_survived),
		cmocka_unit_test(only_a_descriptor_of_the_same_file_is_closed),
	};

	return cmocka_run_group_tests_name("io", tests, enter, leave);
}
