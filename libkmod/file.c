/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a module file, recognises its format, and reads as much as is asked for. */
#include "libkmod/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/elf-read.h"
#include "libkmod/file-codec.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/snapshot.h"

#define SNIFF_SIZE 6 /* the longest magic */
/* Up to this size copying costs less than to look for what is needed. */
#define COPY_MAX 65536

struct file {
	struct elf_source source; /* first: it is what the reader of ELF hands back */
	int fd; /* -1 for bytes */
	struct stat seen; /* of fd, when it was opened */
	char *name; /* ours, for messages; NULL for bytes */
	enum file_format format;
	const struct log *log;
	uint8_t head[18]; /* first bytes: enough for any of the three headers */
	size_t head_size;
	struct snapshot *snapshot; /* the file as stored, as far as it was asked for */
	const uint8_t *raw; /* the same (or the caller's bytes) */
	size_t raw_size;
	int error; /* 0, or -errno: not all that was asked for could be read; logged */
	bool lacks_library; /* for the format, and that was why it could not be unpacked */
	uint8_t *unpacked; /* NULL until first needed, and always for plain files */
	size_t unpacked_size;
};

static const struct {
	const char *name;
	uint8_t magic[SNIFF_SIZE];
	size_t magic_size;
	int (*unpack)(const uint8_t *in, size_t in_size, struct file_buffer *out,
		      const struct log *log);
} formats[FILE_FORMATS] = {
	[FILE_PLAIN] = { "", { 0 }, 0, NULL },
	[FILE_ZSTD] = { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, file_unpack_zstd },
	[FILE_XZ] = { "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, file_unpack_xz },
	[FILE_GZIP] = { "gzip", { 0x1f, 0x8b }, 2, file_unpack_gzip },
};

const char *file_format_name(enum file_format format)
{
	return (unsigned)format < FILE_FORMATS ? formats[format].name : "";
}

int file_buffer_grow(struct file_buffer *out)
{
	size_t room;
	uint8_t *at;

	if (out->len < out->room)
		return 0;
	if (out->len > out->limit)
		return -EFBIG;
	room = out->room < SIZE_MAX / 2 ? out->room * 2 : SIZE_MAX;
	if (room < 65536)
		room = 65536;
	/* One byte over the limit tells "exactly the limit" from "more". */
	if (room > out->limit && out->limit < SIZE_MAX)
		room = out->limit + 1;
	at = reallocarray(out->at, room, 1);
	if (!at)
		return -ENOMEM;
	out->at = at;
	out->room = room;
	return 0;
}

int file_buffer_start(struct file_buffer *out, size_t in_size, uint64_t hint)
{
	uint64_t room = (uint64_t)in_size * 16 + 65536;

	if (hint < room)
		room = hint + 1; /* the decoder sees its end without growing again */
	if (room > out->limit)
		room = (uint64_t)out->limit + 1;
	out->at = malloc((size_t)room);
	if (!out->at)
		return -ENOMEM;
	out->room = (size_t)room;
	out->len = 0;
	return 0;
}

static const char *file_name(const struct file *file)
{
	return file->name ? file->name : "module";
}

static void cleanup_file(struct file **file)
{
	file_close(*file);
}
#define auto_file __attribute__((cleanup(cleanup_file)))

static struct file *file_new(const struct log *log)
{
	struct file *file = calloc(1, sizeof(*file));

	if (file) {
		file->fd = -1;
		file->log = log;
	}
	return file;
}

static int file_classify(struct file *file)
{
	if (file->head_size < SNIFF_SIZE) {
		log_err(file->log, "%s: ends at offset %zu, too short for a module",
			file_name(file), file->head_size);
		return -EINVAL;
	}
	file->format = FILE_PLAIN;
	for (enum file_format i = FILE_PLAIN + 1; i < FILE_FORMATS; i++) {
		if (memcmp(file->head, formats[i].magic, formats[i].magic_size) == 0)
			file->format = i;
	}
	return 0;
}

int file_open(const char *path, const struct log *log, struct file **ret)
{
	auto_file struct file *file = file_new(log);
	ssize_t n;
	int r;

	if (!file)
		return -ENOMEM;
	file->name = strdup(path);
	if (!file->name)
		return -ENOMEM;
	/* O_NONBLOCK: a FIFO without a writer must not hold us up. */
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file->fd < 0)
		return -errno;
	if (fstat(file->fd, &file->seen) < 0) {
		r = -errno;
		(void)close(file->fd); /* file_close() would not know it */
		file->fd = -1;
		return r;
	}
	/* The kernel reads from this descriptor later: give it an ordinary one. */
	if (fcntl(file->fd, F_SETFL, 0) < 0)
		return -errno;
	/* reads at offsets: -ESPIPE where there are none */
	n = io_pread(file->fd, file->head, sizeof(file->head), 0);
	if (n < 0)
		return (int)n;
	file->head_size = (size_t)n;
	r = file_classify(file);
	if (r < 0)
		return r;
	*ret = steal_ptr(file);
	return 0;
}

int file_open_bytes(const void *bytes, size_t size, const struct log *log, struct file **ret)
{
	auto_file struct file *file = file_new(log);
	int r;

	if (!file)
		return -ENOMEM;
	file->raw = bytes;
	file->raw_size = size;
	file->head_size = size < sizeof(file->head) ? size : sizeof(file->head);
	if (file->head_size > 0)
		memcpy(file->head, bytes, file->head_size);
	r = file_classify(file);
	if (r < 0)
		return r;
	*ret = steal_ptr(file);
	return 0;
}

void file_close(struct file *file)
{
	int saved = errno;

	if (!file)
		return;
	free(file->unpacked);
	snapshot_free(file->snapshot);
	free(file->name);
	io_close_if_open_on(file->fd, &file->seen);
	free(file);
	errno = saved;
}

int file_fd(const struct file *file)
{
	return file->fd;
}

bool file_is_open(const struct file *file)
{
	return file->fd < 0 || io_is_open_on(file->fd, &file->seen);
}

enum file_format file_format(const struct file *file)
{
	return file->format;
}

static int unreadable(struct file *file, int error)
{
	log_err(file->log, "%s: could not read the module file: %s", file_name(file),
		snapshot_error(error));
	return error == -ESTALE ? -EINVAL : error;
}

/* raw, without its bytes yet unless it is small. 0 or -errno, logged. */
static int file_begin(struct file *file)
{
	struct stat st;
	int r;

	if (file->raw)
		return 0;
	if (fstat(file->fd, &st) < 0)
		return unreadable(file, -errno);
	if (!io_same_file(&st, &file->seen))
		return unreadable(file, -EBADF);
	if (st.st_size <= 0) /* a device, or cut since we looked at its head */
		return unreadable(file, -EINVAL);
	if ((uint64_t)st.st_size > FILE_SIZE_LIMIT)
		return unreadable(file, -EFBIG);
	r = snapshot_new(file->fd, false, &st, COPY_MAX, &file->snapshot);
	if (r < 0)
		return unreadable(file, r);
	file->raw = file->snapshot->bytes;
	file->raw_size = file->snapshot->size;
	return 0;
}

/* n bytes of raw: 0 or -errno, logged. */
static int file_need(struct file *file, size_t at, size_t n)
{
	int r = 0;

	if (file->snapshot && n > 0)
		r = snapshot_need(file->snapshot, at, n);
	return r < 0 ? unreadable(file, r) : 0;
}

static const uint8_t *read_part(struct elf_source *source, uint64_t off, size_t size)
{
	struct file *file = container_of(source, struct file, source);

	if (file->error == 0) /* once is enough */
		file->error = file_need(file, (size_t)off, size);
	return file->error < 0 ? NULL : file->raw + off;
}

/* Bytes that this file may become. */
static size_t unpacked_limit(const struct file *file)
{
	uint64_t earned = FILE_UNPACKED_FREE + FILE_UNPACKED_RATIO * (uint64_t)file->raw_size;

	return (size_t)(earned < FILE_SIZE_LIMIT ? earned : FILE_SIZE_LIMIT);
}

static void say_too_large(const struct file *file, size_t limit)
{
	const char *name = file_name(file), *format = formats[file->format].name;

	if (limit < FILE_SIZE_LIMIT) /* so small a file could not become what it is */
		log_err(file->log, "%s: %s: more than %zu bytes when decompressed, out of %zu", name, format, limit,
			file->raw_size);
	else
		log_err(file->log, "%s: %s: more than %zu bytes when decompressed", name, format, limit);
}

static int file_unpack(struct file *file)
{
	struct file_buffer out = { .limit = unpacked_limit(file) };
	const char *format = formats[file->format].name;
	uint8_t *fit;
	int r = formats[file->format].unpack(file->raw, file->raw_size, &out, file->log);

	if (r == 0 && out.len > out.limit)
		r = -EFBIG;
	if (out.fault)
		log_err(file->log, "%s: %s: %s, offset %zu", file_name(file), format, out.fault,
			out.fault_at);
	else if (r == -EFBIG)
		say_too_large(file, out.limit);
	else if (r == -ENOMEM)
		log_err(file->log, "%s: %s: no memory to decompress into", file_name(file), format);
	file->lacks_library = r == -ELIBACC;
	if (r < 0) {
		free(out.at);
		return file->lacks_library ? -ENOSYS : r; /* of which the callers of the library know */
	}
	if (file->snapshot) { /* done with */
		snapshot_free(file->snapshot);
		file->snapshot = NULL;
		file->raw = NULL;
	}
	/* Give back what is too much; a size of 0 would free all of it. */
	fit = reallocarray(out.at, out.len ? out.len : 1, 1);
	file->unpacked = fit ? fit : out.at;
	file->unpacked_size = out.len;
	return 0;
}

int file_contents(struct file *file, const uint8_t **ret, size_t *ret_size)
{
	int r;

	if (!file->unpacked) {
		r = file_begin(file);
		if (r == 0)
			r = file_need(file, 0, file->raw_size);
		if (r == 0 && file->format != FILE_PLAIN)
			r = file_unpack(file);
		if (r < 0)
			return r;
	}
	*ret = file->unpacked ? file->unpacked : file->raw;
	*ret_size = file->unpacked ? file->unpacked_size : file->raw_size;
	return 0;
}

bool file_lacks_library(const struct file *file)
{
	return file->lacks_library;
}

int file_damaged(const struct file *file, uint64_t off)
{
	log_err(file->log, "%s: damaged at offset %" PRIu64 "%s", file_name(file), off,
		file->unpacked ? " of what it decompresses to" : "");
	return -EINVAL;
}

int file_elf(struct file *file, struct elf *ret)
{
	const uint8_t *bytes;
	uint64_t fault;
	size_t size;
	const bool plain = file->format == FILE_PLAIN;
	int r = plain ? file_begin(file) : file_contents(file, &bytes, &size);

	if (r < 0)
		return r;
	file->source.read = read_part;
	file->error = 0;
	r = plain ? elf_read_parts(&file->source, file->raw_size, ret, &fault) :
		    elf_read_at(bytes, size, ret, &fault);
	if (file->error < 0)
		return file->error;
	if (r == -ENOEXEC)
		log_err(file->log, "%s: not an ELF file (offset 0)", file_name(file));
	return r == -EINVAL ? file_damaged(file, fault) : r;
}

int file_error(const struct file *file)
{
	return file->error;
}

int file_tail(struct file *file, size_t n, const uint8_t **ret, size_t *ret_size)
{
	int r = file->format == FILE_PLAIN ? file_begin(file) : file_contents(file, ret, ret_size);

	if (r < 0 || file->format != FILE_PLAIN)
		return r;
	if (n > file->raw_size)
		n = file->raw_size;
	r = file_need(file, file->raw_size - n, n);
	if (r < 0)
		return r;
	*ret = file->raw;
	*ret_size = file->raw_size;
	return 0;
}

/* Largest window the kernel's zstd decoder takes without being asked (2^27). */
#define KERNEL_ZSTD_WINDOW_MAX ((uint64_t)1 << 27)

/* What RFC 8878 3.1.1.1 calls the frame header: no dictionary, a window the kernel allows? */
static bool zstd_header_suits_kernel(const uint8_t *head, size_t size)
{
	static const uint8_t size_bytes[4] = { 0, 2, 4, 8 };
	uint8_t descriptor;

	descriptor = head[4]; /* SNIFF_SIZE bytes are there, or it would not be known to be zstd */
	if (descriptor & 0x0b) /* reserved bit, dictionary id */
		return false;
	if (descriptor & 0x20) { /* no window byte: the window is the content size */
		size_t n = size_bytes[descriptor >> 6] ? size_bytes[descriptor >> 6] : 1;
		uint64_t content = 0;

		if (size < 5 + n)
			return false;
		for (size_t i = n; i > 0; i--)
			content = content << 8 | head[5 + i - 1];
		return content + (n == 2 ? 256 : 0) <= KERNEL_ZSTD_WINDOW_MAX;
	}
	uint64_t base = (uint64_t)1 << (10 + (head[5] >> 3));

	return base + base / 8 * (head[5] & 7) <= KERNEL_ZSTD_WINDOW_MAX;
}

int file_kernel_can_decompress(const struct file *file)
{
	const uint8_t *head = file->head;

	switch (file->format) {
	case FILE_ZSTD:
		return zstd_header_suits_kernel(head, file->head_size);
	case FILE_XZ: /* stream flags: no check, or CRC32 */
		return file->head_size >= 8 && head[6] == 0 && head[7] <= 1;
	case FILE_GZIP: /* deflate; no flag except a name */
		return file->head_size >= 4 && head[2] == 8 && (head[3] & ~0x08) == 0;
	default:
		return 0;
	}
}
