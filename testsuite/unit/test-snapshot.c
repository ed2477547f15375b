/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of a file that others may cut, change or take away while it is read. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/snapshot.h"
#include "testsuite/unit/oom.h"

#define SMALL 100 /* bytes that are read at once */
#define SIZE (80 * SNAPSHOT_CHUNK + 123) /* the last chunk is a part of one */

static char file[] = "/tmp/test-snapshot-XXXXXX";
static uint8_t contents[SIZE];

static void write_file(size_t n)
{
	auto_close int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, contents, n), 0);
}

static int enter(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		contents[i] = (uint8_t)(1 + i % 251); /* no zero, which is what has not been read */
	return fd < 0 ? -1 : close(fd);
}

static int leave(void **state)
{
	(void)state;
	return unlink(file);
}

static int open_file(struct stat *seen)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, seen), 0);
	return fd;
}

/* The descriptor is in *fd, owned. */
static struct snapshot *open_own(size_t size, int *fd)
{
	struct snapshot *s = NULL;
	struct stat seen;

	write_file(size);
	*fd = open_file(&seen);
	assert_int_equal(snapshot_new(*fd, true, &seen, SMALL, &s), 0);
	assert_int_equal(s->size, size);
	return s;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static bool is_read(const struct snapshot *s, size_t chunk)
{
	return s->bytes[chunk * SNAPSHOT_CHUNK] != 0;
}

static void a_small_file_is_read_at_once(void **state)
{
	int fd;
	struct snapshot *s = open_own(SMALL, &fd);

	(void)state;
	assert_memory_equal(s->bytes, contents, SMALL);
	assert_false(is_open(fd));
	write_file(0); /* what is here stays */
	assert_int_equal(snapshot_need(s, 0, SMALL), 0);
	assert_int_equal(snapshot_all(s), 0);
	assert_memory_equal(s->bytes, contents, SMALL);
	snapshot_free(s);
	snapshot_free(NULL);
}

static void of_a_large_one_what_is_asked_for(void **state)
{
	int fd;
	struct snapshot *s = open_own(SIZE, &fd);

	(void)state;
	assert_false(is_read(s, 0));
	assert_int_equal(snapshot_need(s, 3 * SNAPSHOT_CHUNK - 1, 2), 0); /* both sides of a border */
	assert_true(is_read(s, 2) && is_read(s, 3));
	assert_false(is_read(s, 1) || is_read(s, 4));
	assert_int_equal(snapshot_need(s, SIZE - 1, 1), 0);
	assert_memory_equal(s->bytes + 80 * SNAPSHOT_CHUNK, contents + 80 * SNAPSHOT_CHUNK, 123);
	assert_false(is_read(s, 79));
	assert_true(is_open(fd));
	assert_int_equal(snapshot_all(s), 0);
	assert_memory_equal(s->bytes, contents, SIZE);
	assert_false(is_open(fd));
	assert_int_equal(snapshot_need(s, 0, SIZE), 0);
	snapshot_free(s);
}

static void after_many_places_all_of_it(void **state)
{
	int fd;
	struct snapshot *s = open_own(SIZE, &fd);

	(void)state;
	for (size_t i = 0; i < 33; i++) {
		assert_false(is_read(s, 80));
		assert_int_equal(snapshot_need(s, i * SNAPSHOT_CHUNK, 1), 0);
	}
	assert_memory_equal(s->bytes, contents, SIZE);
	assert_false(is_open(fd));
	snapshot_free(s);
}

/* A map would end in SIGBUS, or show some of the old and some of the new. */
static void what_was_changed_gives_no_more_bytes(void **state)
{
	static const struct timespec later[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 2000000000 } };
	static const struct {
		size_t size; /* of the file then */
		bool touch;
	} cases[] = {
		{ 0, false },
		{ SIZE - 1, false },
		{ SIZE, true },
		{ 10 * SNAPSHOT_CHUNK, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd;
		struct snapshot *s = open_own(SIZE, &fd);

		assert_int_equal(snapshot_need(s, 0, 1), 0);
		assert_int_equal(truncate(file, (off_t)cases[i].size), 0);
		if (cases[i].touch)
			assert_int_equal(utimensat(AT_FDCWD, file, later, 0), 0);
		assert_int_equal(snapshot_need(s, SNAPSHOT_CHUNK, 1), -ESTALE);
		assert_int_equal(snapshot_need(s, 0, SNAPSHOT_CHUNK), 0);
		assert_memory_equal(s->bytes, contents, SNAPSHOT_CHUNK);
		assert_int_equal(snapshot_all(s), -ESTALE);
		snapshot_free(s);
		assert_false(is_open(fd));
	}
	assert_string_equal(snapshot_error(-ESTALE), "the file was changed meanwhile");
	assert_string_equal(snapshot_error(-EIO), strerror(EIO));
}

static void replaced_or_removed_it_is_the_one_that_was_opened(void **state)
{
	int fd;
	struct snapshot *s = open_own(SIZE, &fd);

	(void)state;
	assert_int_equal(unlink(file), 0);
	write_file(3);
	assert_int_equal(snapshot_all(s), 0);
	assert_memory_equal(s->bytes, contents, SIZE);
	snapshot_free(s);
}

/* Who closes all descriptors that he does not know, and opens others, loses none of those. */
static void a_descriptor_that_is_another_file_now_is_left_alone(void **state)
{
	/* what read() makes of them differs */
	static const char *const others[] = { "/dev/null", "/", "/dev/zero", "/etc/passwd" };

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(others); i++) {
		int fd, other = i > 0 ? open(others[i - 1], O_RDONLY | O_CLOEXEC) : -1;
		struct snapshot *s = open_own(SIZE, &fd);

		if (i > 0) {
			assert_true(other >= 0);
			assert_int_equal(dup2(other, fd), fd);
			assert_int_equal(close(other), 0);
		} else {
			assert_int_equal(close(fd), 0);
		}
		assert_int_equal(snapshot_need(s, 0, 1), -EBADF);
		assert_int_equal(snapshot_all(s), -EBADF);
		snapshot_free(s);
		assert_int_equal(is_open(fd), i > 0);
		if (i > 0)
			assert_int_equal(close(fd), 0);
	}
}

static void the_callers_descriptor_stays_his(void **state)
{
	struct snapshot *s = NULL;
	struct stat seen;
	int fd;

	(void)state;
	write_file(SIZE);
	fd = open_file(&seen);
	assert_int_equal(snapshot_new(fd, false, &seen, SMALL, &s), 0);
	/* and is no reason to read all when many places were asked for */
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(snapshot_need(s, i * SNAPSHOT_CHUNK, 1), 0);
	assert_false(is_read(s, 40));
	assert_int_equal(snapshot_all(s), 0);
	assert_memory_equal(s->bytes, contents, SIZE);
	snapshot_free(s);
	assert_true(is_open(fd));
	assert_int_equal(close(fd), 0);
}

static void every_failure_leaves_nothing_open(void **state)
{
	static const size_t sizes[] = { SMALL, SIZE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		write_file(sizes[i]);
		for (unsigned n = 1;; n++) {
			struct snapshot *s = NULL;
			struct stat seen;
			int fd = open_file(&seen), r;

			oom_arm(n);
			r = snapshot_new(fd, true, &seen, SMALL, &s);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				snapshot_free(s);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_null(s);
			assert_false(is_open(fd));
		}
	}
	{ /* cut between fstat() and the first read; and a size that no memory holds */
		static const off_t claims[] = { SMALL, INT64_MAX };
		static const int want[] = { -ESTALE, sizeof(size_t) < sizeof(off_t) ? -EFBIG : -ENOMEM };

		for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
			struct snapshot *s = NULL;
			struct stat seen;
			int fd;

			write_file(SMALL - 1);
			fd = open_file(&seen);
			seen.st_size = claims[i];
			assert_int_equal(snapshot_new(fd, true, &seen, SMALL, &s), want[i]);
			assert_null(s);
			assert_false(is_open(fd));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_file_is_read_at_once),
		cmocka_unit_test(of_a_large_one_what_is_asked_for),
		cmocka_unit_test(after_many_places_all_of_it),
		cmocka_unit_test(what_was_changed_gives_no_more_bytes),
		cmocka_unit_test(replaced_or_removed_it_is_the_one_that_was_opened),
		cmocka_unit_test(a_descriptor_that_is_another_file_now_is_left_alone),
		cmocka_unit_test(the_callers_descriptor_stays_his),
		cmocka_unit_test(every_failure_leaves_nothing_open),
	};

	return cmocka_run_group_tests_name("snapshot", tests, enter, leave);
}
