/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Module files: formats recognised, contents read, damage reported.
 * The numbers are those of docs/spec/module-files.md 17. Built with its own copy
 * of file.c, a FILE_SIZE_LIMIT of 4 MiB and 2 MiB of FILE_UNPACKED_FREE.
 */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/elf-read.h"
#include "libkmod/file.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/oom.h"
#include "testsuite/unit/pack.h"

#define CONTENT_SIZE 200000

static const enum file_format packed[] = { FILE_ZSTD, FILE_XZ, FILE_GZIP };
static char dir[] = "/tmp/test-file-XXXXXX";
static char path[64]; /* of the one file all tests use */
static uint8_t content[CONTENT_SIZE]; /* half compressible */

static int set_up(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(content); i++) {
		seed = seed * 1103515245 + 12345;
		content[i] = i % 2 ? (uint8_t)(seed >> 16) : (uint8_t)(i >> 8);
	}
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/x.ko", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void write_file(const void *bytes, size_t size)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, bytes, size), 0);
}

/* What file_contents() says of these bytes; on success they must be want. */
static int contents_of(const void *bytes, size_t size, const void *want, size_t want_size)
{
	struct file *file = NULL;
	const uint8_t *got;
	size_t got_size;
	uint8_t *exact = malloc(size ? size : 1); /* a sanitizer sees a step beyond */
	int r;

	assert_non_null(exact);
	if (size > 0)
		memcpy(exact, bytes, size);
	r = file_open_bytes(exact, size, catch_log(), &file);
	if (r == 0) {
		r = file_contents(file, &got, &got_size);
		if (r == 0) {
			assert_int_equal(got_size, want_size);
			if (want_size > 0)
				assert_memory_equal(got, want, want_size);
			assert_string_equal(caught(), "");
		} else {
			assert_int_equal(caught_lines(), 1);
			assert_non_null(strstr(caught(), file_format_name(file_format(file))));
		}
		file_close(file);
	}
	free(exact);
	return r;
}

static int contents_of_buf(const struct strbuf *b)
{
	return contents_of(b->s, b->len, content, sizeof(content));
}

/* module-files.md edge case 1 */
static void short_files_and_things_that_are_no_files(void **state)
{
	static const struct {
		size_t size;
		int want;
	} cases[] = { { 0, -EINVAL }, { 1, -EINVAL }, { 5, -EINVAL }, { 6, 0 }, { 7, 0 } };
	struct file *file = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_file("abcdefg", cases[i].size);
		assert_int_equal(file_open(path, NULL, &file), cases[i].want);
		if (cases[i].want == 0)
			file_close(steal_ptr(file));
		assert_null(file);
		assert_int_equal(contents_of("abcdefg", cases[i].size, "abcdefg", cases[i].size),
				 cases[i].want);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_open(path, NULL, &file), -ENOENT);
	assert_int_equal(file_open(dir, NULL, &file), -EISDIR);
	assert_int_equal(file_open("/dev/null", NULL, &file), -EINVAL);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_open(path, NULL, &file), -ESPIPE); /* nobody writes: must not hang */
	assert_int_equal(unlink(path), 0);
	assert_null(file);
	file_close(NULL);
}

/* Small files are read at once, larger ones as they are needed: the limit is at 64 KiB. */
static void plain_files_of_every_size(void **state)
{
	static const size_t sizes[] = { 6, 4096, 65535, 65536, 65537, 300000 };
	static uint8_t bytes[300000];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct file *file = NULL;
		const uint8_t *got, *again;
		size_t size;

		write_file(bytes, sizes[i]);
		assert_int_equal(file_open(path, catch_log(), &file), 0);
		assert_int_equal(file_contents(file, &got, &size), 0);
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(got, bytes, size);
		assert_int_equal(file_contents(file, &again, &size), 0);
		assert_ptr_equal(again, got);
		file_close(file);

		/* somebody cuts it between our looks at it */
		assert_int_equal(file_open(path, catch_log(), &file), 0);
		assert_int_equal(truncate(path, 0), 0);
		assert_int_equal(file_contents(file, &got, &size), -EINVAL);
		assert_int_equal(caught_lines(), 1);
		file_close(file);
	}
}

/* module-files.md edge case 21: the name says nothing */
static void the_format_is_in_the_first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(packed); i++) {
		enum file_format format = i < ARRAY_SIZE(packed) ? packed[i] : FILE_PLAIN;
		auto_strbuf struct strbuf b = STRBUF_INIT;
		struct file *file = NULL;
		const uint8_t *got, *again;
		size_t size;

		if (!pack_can(format))
			continue;
		pack(format, 0, content, sizeof(content), &b);
		write_file(b.s, b.len);
		assert_int_equal(file_open(path, catch_log(), &file), 0);
		assert_int_equal(file_format(file), format);
		assert_int_equal(fcntl(file_fd(file), F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(file_fd(file), F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
		assert_int_equal(lseek(file_fd(file), 0, SEEK_CUR), 0);
		assert_int_equal(file_contents(file, &got, &size), 0);
		assert_int_equal(size, sizeof(content));
		assert_memory_equal(got, content, size);
		assert_int_equal(file_contents(file, &again, &size), 0);
		assert_ptr_equal(got, again);
		assert_int_equal(lseek(file_fd(file), 0, SEEK_CUR), 0);
		file_close(file);
		assert_string_equal(caught(), "");
	}
	assert_string_equal(file_format_name(FILE_PLAIN), "");
	assert_string_equal(file_format_name(FILE_ZSTD), "zstd");
	assert_string_equal(file_format_name(FILE_XZ), "xz");
	assert_string_equal(file_format_name(FILE_GZIP), "gzip");
}

/* Section 10.3: a program the kernel starts has no descriptors at all. */
static void descriptor_zero_is_as_good_as_any(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	pid_t child;
	int status;

	(void)state;
	pack(pack_can(FILE_XZ) ? FILE_XZ : FILE_PLAIN, 0, content, sizeof(content), &b);
	write_file(b.s, b.len);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct file *file;
		const uint8_t *got;
		size_t size;

		for (int fd = 0; fd < 3; fd++)
			(void)close(fd);
		if (file_open(path, NULL, &file) < 0 || file_fd(file) != 0 ||
		    file_contents(file, &got, &size) < 0 || size != sizeof(content) ||
		    memcmp(got, content, size) != 0)
			_exit(1);
		file_close(file);
		_exit(fcntl(0, F_GETFD) < 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* module-files.md edge case 20: normal, two in a row, garbage, padding, empty */
static void every_format_gives_back_what_went_in(void **state)
{
	static const struct {
		int garbage, zeros4, zeros3; /* after the data */
	} want[FILE_FORMATS] = {
		[FILE_ZSTD] = { -EINVAL, -EINVAL, -EINVAL },
		[FILE_XZ] = { -EINVAL, 0, -EINVAL },
		[FILE_GZIP] = { 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		auto_strbuf struct strbuf b = STRBUF_INIT, two = STRBUF_INIT, none = STRBUF_INIT;
		size_t len;

		if (!pack_can(packed[i]))
			continue;
		pack(packed[i], 0, content, sizeof(content), &b);
		len = b.len;
		assert_int_equal(contents_of_buf(&b), 0);
		assert_int_equal(strbuf_adds(&b, "~Module signature appended~\n"), 0);
		assert_int_equal(contents_of_buf(&b), want[packed[i]].garbage);
		b.len = len;
		assert_int_equal(strbuf_add(&b, "\0\0\0", 4), 0);
		assert_int_equal(contents_of_buf(&b), want[packed[i]].zeros4);
		b.len = len + 3;
		assert_int_equal(contents_of_buf(&b), want[packed[i]].zeros3);

		pack(packed[i], 0, content, 1000, &two);
		pack(packed[i], 0, content + 1000, sizeof(content) - 1000, &two);
		assert_int_equal(contents_of_buf(&two), 0);
		pack(packed[i], 0, "", 0, &none);
		assert_int_equal(contents_of(none.s, none.len, "", 0), 0);
		pack(packed[i], 0, "x", 1, &none);
		assert_int_equal(contents_of(none.s, none.len, "x", 1), 0);
	}
}

/* module-files.md edge case 20: cut anywhere */
static void a_truncated_file_is_refused_wherever_it_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		auto_strbuf struct strbuf b = STRBUF_INIT;

		if (!pack_can(packed[i]))
			continue;
		pack(packed[i], 0, content, 3000, &b);
		for (size_t n = 6; n < b.len; n++)
			assert_int_equal(contents_of(b.s, n, content, 3000), -EINVAL);
		assert_int_equal(contents_of(b.s, b.len, content, 3000), 0);
		/* The second of two is cut just as well; the gzip magic has two bytes. */
		pack(packed[i], 0, content, 3000, &b);
		for (size_t n = b.len / 2 + 6; n < b.len; n++)
			assert_int_equal(contents_of(b.s, n, content, 3000), -EINVAL);
	}
}

static off_t cut_to = -1; /* of a file whose size was just asked for; -1: nobody cuts */

/* The question under all the names it has; fstatat() is the same without being wrapped. */
static int fstat_then_cut(int fd, struct stat *st)
{
	int r = fstatat(fd, "", st, AT_EMPTY_PATH);

	if (cut_to >= 0)
		assert_int_equal(truncate(path, cut_to), 0);
	return r;
}

#define WRAP_FSTAT(name)                         \
	int name(int fd, struct stat *st);       \
	int name(int fd, struct stat *st)        \
	{                                        \
		return fstat_then_cut(fd, st);   \
	}
WRAP_FSTAT(__wrap_fstat)
WRAP_FSTAT(__wrap_fstat64)
WRAP_FSTAT(__wrap___fstat64_time64)

/* A map would end in SIGBUS. */
static void a_file_may_be_cut_while_we_read_it(void **state)
{
	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(packed); i++) {
		enum file_format format = i < ARRAY_SIZE(packed) ? packed[i] : FILE_PLAIN;
		auto_strbuf struct strbuf b = STRBUF_INIT;
		const uint8_t *got;
		struct file *file;
		size_t size;

		if (format != FILE_PLAIN && !pack_can(format))
			continue;
		if (format == FILE_PLAIN)
			assert_int_equal(strbuf_add(&b, (const char *)content, sizeof(content)), 0);
		else
			pack(format, 0, content, sizeof(content), &b);
		assert_true(b.len > 70000);
		write_file(b.s, b.len);
		assert_int_equal(file_open(path, catch_log(), &file), 0);
		cut_to = i % 2 ? 3 : 8192; /* a whole page: behind it a map has nothing, not zeros */
		assert_int_equal(file_contents(file, &got, &size), -EINVAL);
		cut_to = -1;
		assert_int_equal(caught_lines(), 1);
		file_close(file);
	}
}

/* As a program does that closes all descriptors it does not know, and then opens another file. */
static void a_descriptor_that_was_taken_is_not_read_and_not_closed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++) { /* closed or another file; before, between, after it is read */
		int fd, other = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
		bool closed = i % 2;
		const uint8_t *got;
		struct elf elf;
		struct file *file;
		size_t size;

		assert_true(other >= 0);
		write_file(content, sizeof(content));
		assert_int_equal(file_open(path, catch_log(), &file), 0);
		fd = file_fd(file);
		assert_true(file_is_open(file));
		if (i / 2 == 1)
			assert_true(file_elf(file, &elf) < 0); /* looks at its begin */
		if (i / 2 == 2)
			assert_int_equal(file_contents(file, &got, &size), 0);
		(void)catch_log();
		if (closed)
			assert_int_equal(close(fd), 0);
		else
			assert_int_equal(dup2(other, fd), fd);
		assert_false(file_is_open(file));
		assert_int_equal(file_contents(file, &got, &size), i / 2 == 2 ? 0 : -EBADF);
		assert_int_equal(caught_lines(), i / 2 == 2 ? 0 : 1);
		file_close(file);
		assert_int_equal(fcntl(fd, F_GETFD) >= 0, !closed);
		if (!closed)
			assert_int_equal(close(fd), 0);
		assert_int_equal(close(other), 0);
	}
	{
		struct file *file;

		assert_int_equal(file_open_bytes(content, sizeof(content), NULL, &file), 0);
		assert_true(file_is_open(file)); /* there is nothing to lose */
		file_close(file);
	}
}

/* As above, before it is asked for its size: what is left is all of it. */
static void a_stump_is_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		auto_strbuf struct strbuf b = STRBUF_INIT;

		if (!pack_can(packed[i]))
			continue;
		pack(packed[i], 0, content, sizeof(content), &b);
		for (off_t left = 1; left < 6; left++) {
			const uint8_t *got;
			struct file *file;
			size_t size;

			write_file(b.s, b.len);
			assert_int_equal(file_open(path, catch_log(), &file), 0);
			assert_int_equal(truncate(path, left), 0);
			assert_int_equal(file_contents(file, &got, &size), -EINVAL);
			assert_int_equal(caught_lines(), 1);
			file_close(file);
		}
	}
}

/* Of a large plain file only that part is read, and it has to be there. */
static void the_end_of_a_file(void **state)
{
	const uint8_t *got = NULL;
	struct file *file;
	size_t size = 0;
	struct elf elf;

	(void)state;
	assert_int_equal(file_open_bytes("plain file", 10, NULL, &file), 0);
	assert_int_equal(file_tail(file, 100, &got, &size), 0);
	assert_int_equal(size, 10);
	assert_memory_equal(got, "plain file", 10);
	file_close(file);
	write_file(content, sizeof(content));
	assert_int_equal(file_open(path, catch_log(), &file), 0);
	assert_int_equal(file_elf(file, &elf), -ENOEXEC); /* now its beginning is known */
	assert_int_equal(file_tail(file, sizeof(content) + 1, &got, &size), 0); /* no more than there is */
	assert_int_equal(size, sizeof(content));
	assert_memory_equal(got, content, sizeof(content));
	file_close(file);
	assert_int_equal(file_open(path, catch_log(), &file), 0);
	assert_int_equal(file_elf(file, &elf), -ENOEXEC);
	assert_int_equal(truncate(path, 4096), 0);
	got = NULL;
	(void)catch_log();
	assert_int_equal(file_tail(file, 12, &got, &size), -EINVAL);
	assert_null(got);
	assert_non_null(strstr(caught(), "the file was changed meanwhile"));
	file_close(file);
	oom_arm(1);
	assert_int_equal(file_open_bytes("plain file", 10, NULL, &file), -ENOMEM);
	assert_true(oom_fired());
}

/* module-files.md edge case 20: one damaged byte */
static void damaged_data_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		auto_strbuf struct strbuf b = STRBUF_INIT;

		if (!pack_can(packed[i]))
			continue;
		pack(packed[i], 0, content, sizeof(content), &b);
		for (size_t at = 100; at < b.len; at += b.len / 50) {
			b.s[at] ^= 0x10;
			assert_int_equal(contents_of_buf(&b), -EINVAL);
			b.s[at] ^= 0x10;
		}
	}
}

/* module-files.md edge case 20: no size in the header, a skippable frame behind, windows of any size */
static void zstd_frames_of_every_kind(void **state)
{
	static const char skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c' };
	auto_strbuf struct strbuf no_size = STRBUF_INIT, wide = STRBUF_INIT;

	(void)state;
	if (!pack_can(FILE_ZSTD)) {
		assert_int_equal(contents_of("\x28\xb5\x2f\xfd  ", 6, NULL, 0), -ENOSYS);
		return;
	}
	pack(FILE_ZSTD, PACK_ZSTD_NO_SIZE, content, sizeof(content), &no_size);
	assert_int_equal(contents_of_buf(&no_size), 0);
	assert_int_equal(strbuf_add(&no_size, skippable, sizeof(skippable)), 0);
	assert_int_equal(contents_of_buf(&no_size), 0);
	if (sizeof(size_t) == 8) {
		pack(FILE_ZSTD, PACK_ZSTD_WINDOW_31, content, 1000, &wide);
		assert_int_equal(contents_of(wide.s, wide.len, content, 1000), 0);
	}
}

static void xz_checks_of_every_kind(void **state)
{
	(void)state;
	if (!pack_can(FILE_XZ)) {
		assert_int_equal(contents_of("\xfd" "7zXZ\0  ", 8, NULL, 0), -ENOSYS);
		return;
	}
	for (unsigned variant = 0; variant <= PACK_XZ_SHA256; variant++) {
		auto_strbuf struct strbuf b = STRBUF_INIT;

		pack(FILE_XZ, variant, content, sizeof(content), &b);
		assert_int_equal(contents_of_buf(&b), 0);
	}
}

/* module-files.md edge case 22 */
static void a_bomb_does_not_go_off(void **state)
{
	const size_t limit = (size_t)FILE_SIZE_LIMIT;
	const size_t unearned = (size_t)FILE_UNPACKED_FREE; /* by the size of the file */
	uint8_t *bytes = calloc(1, 4 * limit);
	uint32_t seed = 1;
	char want[100];

	(void)state;
	assert_int_equal(limit, 4 << 20);
	assert_int_equal(unearned, 2 << 20);
	assert_non_null(bytes);
	/* zeros, of which a little file may have any number */
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		const unsigned variants = packed[i] == FILE_ZSTD ? 2 : 1;

		for (unsigned v = 0; pack_can(packed[i]) && v < variants; v++) {
			auto_strbuf struct strbuf bomb = STRBUF_INIT, more = STRBUF_INIT;
			auto_strbuf struct strbuf just = STRBUF_INIT;
			size_t most;

			pack(packed[i], v, bytes, 4 * limit, &bomb);
			most = unearned + FILE_UNPACKED_RATIO * bomb.len;
			oom_arm(0);
			assert_int_equal(contents_of(bomb.s, bomb.len, NULL, 0), -EFBIG);
			assert_true(oom_largest() <= (most < limit ? most : limit) + 1);
			pack(packed[i], v, bytes, limit - limit / 8, &more);
			most = unearned + FILE_UNPACKED_RATIO * more.len;
			assert_true(most < limit - limit / 8);
			oom_arm(0);
			assert_int_equal(contents_of(more.s, more.len, NULL, 0), -EFBIG);
			assert_true(oom_largest() <= most + 1);
			(void)snprintf(want, sizeof(want), ": more than %zu bytes when decompressed, out of %zu\n",
				       most, more.len);
			assert_non_null(strstr(caught(), want));
			pack(packed[i], v, bytes, unearned, &just);
			assert_int_equal(contents_of(just.s, just.len, bytes, unearned), 0);
		}
	}
	/* what is no bomb has the limit of plain files */
	for (size_t i = 0; i <= limit; i += 2) {
		seed = seed * 1103515245 + 12345;
		bytes[i] = (uint8_t)(seed >> 16);
	}
	(void)snprintf(want, sizeof(want), ": more than %zu bytes when decompressed\n", limit);
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		auto_strbuf struct strbuf more = STRBUF_INIT, just = STRBUF_INIT;

		if (!pack_can(packed[i]))
			continue;
		pack(packed[i], 0, bytes, limit + 1, &more);
		oom_arm(0);
		assert_int_equal(contents_of(more.s, more.len, NULL, 0), -EFBIG);
		assert_true(oom_largest() <= limit + 1);
		assert_non_null(strstr(caught(), want));
		pack(packed[i], 0, bytes, limit, &just);
		assert_int_equal(contents_of(just.s, just.len, bytes, limit), 0);
	}
	free(bytes);
	/* A plain file is never copied, but has the same limit. */
	write_file("plain file", 10);
	assert_int_equal(truncate(path, (off_t)limit + 1), 0);
	{
		struct file *file;
		const uint8_t *got;
		size_t size;

		assert_int_equal(file_open(path, catch_log(), &file), 0);
		assert_int_equal(file_contents(file, &got, &size), -EFBIG);
		assert_int_equal(caught_lines(), 1);
		assert_int_equal(truncate(path, (off_t)limit), 0);
		assert_int_equal(file_contents(file, &got, &size), 0);
		file_close(file);
	}
}

/* module-files.md edge case 22 */
static void a_claim_in_a_header_is_not_believed(void **state)
{
	/* One frame, content size 2^60 or a window of 2^41 bytes, then a last raw block "x". */
	static const char size[] = "\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x10\x09\0\0x";
	static const char small[] = "\x28\xb5\x2f\xfd\xa0\0\0\x20\0\x09\0\0x"; /* 2 MiB */
	static const char window[] = "\x28\xb5\x2f\xfd\0\xf8\x09\0\0x";
	/* The last 4 bytes of a gzip file say 3 GiB. */
	auto_strbuf struct strbuf gz = STRBUF_INIT;

	(void)state;
	if (pack_can(FILE_ZSTD)) {
		oom_arm(0);
		assert_int_equal(contents_of(size, sizeof(size) - 1, NULL, 0), -EFBIG);
		assert_int_equal(contents_of(small, sizeof(small) - 1, NULL, 0), -EINVAL);
		assert_int_equal(contents_of(window, sizeof(window) - 1, NULL, 0), -EINVAL);
		assert_true(oom_largest() < 100000);
	}
	if (pack_can(FILE_GZIP)) {
		pack(FILE_GZIP, 0, "x", 1, &gz);
		gz.s[gz.len - 1] = (char)0xc0;
		oom_arm(0);
		assert_int_equal(contents_of(gz.s, gz.len, NULL, 0), -EINVAL);
		assert_true(oom_largest() < 100000);
	}
}

/* module-files.md edge case 24, as far as the file is concerned */
static void what_the_kernel_can_decompress_itself(void **state)
{
#define BYTES(s) (s), sizeof(s) - 1
	static const struct {
		const char *bytes;
		size_t size;
		int want;
	} cases[] = {
		{ BYTES("plain module"), 0 },
		{ BYTES("\xfd" "7zXZ\0\0\0......"), 1 }, /* no check */
		{ BYTES("\xfd" "7zXZ\0\0\1......"), 1 }, /* CRC32 */
		{ BYTES("\xfd" "7zXZ\0\0\4......"), 0 }, /* CRC64 */
		{ BYTES("\xfd" "7zXZ\0\0\x0a......"), 0 }, /* SHA-256 */
		{ BYTES("\xfd" "7zXZ\0\1\0......"), 0 }, /* reserved */
		{ BYTES("\xfd" "7zXZ\0\0"), 0 },
		{ BYTES("\x1f\x8b\x08\0......"), 1 },
		{ BYTES("\x1f\x8b\x08\x08......"), 1 }, /* a name */
		{ BYTES("\x1f\x8b\x08\x10......"), 0 }, /* a comment */
		{ BYTES("\x1f\x8b\x08\x04......"), 0 }, /* extra */
		{ BYTES("\x1f\x8b\x08\x02......"), 0 }, /* header checksum */
		{ BYTES("\x1f\x8b\x07\0......"), 0 }, /* no known method */
		{ BYTES("\x28\xb5\x2f\xfd\0\x88...."), 1 }, /* window 2^27 */
		{ BYTES("\x28\xb5\x2f\xfd\0\x89...."), 0 }, /* an eighth more */
		{ BYTES("\x28\xb5\x2f\xfd\0\x90...."), 0 }, /* 2^28 */
		{ BYTES("\x28\xb5\x2f\xfd\x01\0...."), 0 }, /* a dictionary */
		{ BYTES("\x28\xb5\x2f\xfd\x20\5...."), 1 }, /* one segment of 5 bytes */
		{ BYTES("\x28\xb5\x2f\xfd\xa0\0\0\0\x08...."), 1 }, /* of 2^27 */
		{ BYTES("\x28\xb5\x2f\xfd\xa0\1\0\0\x08...."), 0 }, /* one byte more */
		{ BYTES("\x28\xb5\x2f\xfd\xe0\0\0\0"), 0 }, /* cut */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct file *file;

		assert_int_equal(file_open_bytes(cases[i].bytes, cases[i].size, NULL, &file), 0);
		if (!!file_kernel_can_decompress(file) != cases[i].want)
			fail_msg("case %zu", i);
		file_close(file);
	}
}

/* The same question to what real encoders write. */
static void what_real_encoders_write_for_the_kernel(void **state)
{
	static const struct {
		enum file_format format;
		unsigned variant;
		bool want;
	} cases[] = {
		{ FILE_XZ, 0, false },
		{ FILE_XZ, PACK_XZ_CRC32, true },
		{ FILE_XZ, PACK_XZ_NONE, true },
		{ FILE_XZ, PACK_XZ_SHA256, false },
		{ FILE_GZIP, 0, true },
		{ FILE_GZIP, PACK_GZIP_NAME, true },
		{ FILE_GZIP, PACK_GZIP_COMMENT, false },
		{ FILE_ZSTD, 0, true },
		{ FILE_ZSTD, PACK_ZSTD_NO_SIZE, true },
		{ FILE_ZSTD, PACK_ZSTD_WINDOW_31, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf struct strbuf b = STRBUF_INIT;
		struct file *file;

		if (!pack_can(cases[i].format))
			continue;
		pack(cases[i].format, cases[i].variant, content, 1000, &b);
		assert_int_equal(file_open_bytes(b.s, b.len, NULL, &file), 0);
		assert_int_equal(!!file_kernel_can_decompress(file), cases[i].want);
		file_close(file);
	}
}

static void what_was_not_built_in_says_so(void **state)
{
	static const struct {
		enum file_format format;
		const char *bytes, *option;
	} cases[] = {
		{ FILE_ZSTD, "\x28\xb5\x2f\xfd\0\0\0\0", "--without-zstd" },
		{ FILE_XZ, "\xfd" "7zXZ\0\0\0", "--without-xz" },
		{ FILE_GZIP, "\x1f\x8b\x08\0\0\0\0\0", "--without-zlib" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		/* Built in: damaged. Not: no such function, and the reason. */
		bool built = pack_can(cases[i].format);

		assert_int_equal(contents_of(cases[i].bytes, 8, NULL, 0),
				 built ? -EINVAL : -ENOSYS);
		assert_int_equal(strstr(caught(), cases[i].option) != NULL, !built);
	}
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(packed); i++) {
		enum file_format format = i < ARRAY_SIZE(packed) ? packed[i] : FILE_PLAIN;
		auto_strbuf struct strbuf b = STRBUF_INIT;
		unsigned n;

		if (!pack_can(format))
			continue;
		pack(format, 0, content, sizeof(content), &b);
		write_file(b.s, b.len);
		for (n = 1;; n++) {
			struct file *file = NULL;
			const uint8_t *got = NULL;
			size_t size;
			int r;

			oom_arm(n);
			r = file_open(path, NULL, &file);
			if (r == 0)
				r = file_contents(file, &got, &size);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				file_close(file);
				break;
			}
			/* Only the last step, giving back what is too much, may do without. */
			if (r == 0)
				assert_memory_equal(got, content, sizeof(content));
			else
				assert_int_equal(r, -ENOMEM);
			file_close(file);
		}
		assert_true(n >= 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_files_and_things_that_are_no_files),
		cmocka_unit_test(plain_files_of_every_size),
		cmocka_unit_test(the_format_is_in_the_first_bytes),
		cmocka_unit_test(descriptor_zero_is_as_good_as_any),
		cmocka_unit_test(every_format_gives_back_what_went_in),
		cmocka_unit_test(a_truncated_file_is_refused_wherever_it_ends),
		cmocka_unit_test(a_file_may_be_cut_while_we_read_it),
		cmocka_unit_test(a_descriptor_that_was_taken_is_not_read_and_not_closed),
		cmocka_unit_test(a_stump_is_damaged),
		cmocka_unit_test(the_end_of_a_file),
		cmocka_unit_test(damaged_data_is_refused),
		cmocka_unit_test(zstd_frames_of_every_kind),
		cmocka_unit_test(xz_checks_of_every_kind),
		cmocka_unit_test(a_bomb_does_not_go_off),
		cmocka_unit_test(a_claim_in_a_header_is_not_believed),
		cmocka_unit_test(what_the_kernel_can_decompress_itself),
		cmocka_unit_test(what_real_encoders_write_for_the_kernel),
		cmocka_unit_test(what_was_not_built_in_says_so),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("file", tests, set_up, tear_down);
}
