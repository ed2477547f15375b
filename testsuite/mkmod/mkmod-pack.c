/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file inside the formats that modules are compressed with. The bytes are stored as they are, each format has a way
 * for that: so no library is needed, and every build makes the same fixtures.
 */
#include "testsuite/mkmod/mkmod.h"

#include <stdint.h>
#include <string.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/strbuf.h"

#define CHUNK 65535 /* bytes: the most that a block of deflate may have, and few enough for the others */

static uint32_t crc32_of(const char *bytes, size_t n)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint8_t)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* Least significant byte first. */
static int add_le(struct strbuf *out, uint32_t v, unsigned bytes)
{
	int r = 0;

	for (; r == 0 && bytes > 0; bytes--, v >>= 8)
		r = strbuf_addc(out, (char)(v & 0xff));
	return r;
}

static int add_crc_from(struct strbuf *out, size_t start)
{
	return add_le(out, crc32_of(out->s + start, out->len - start), 4);
}

static int pad_from(struct strbuf *out, size_t start)
{
	int r = 0;

	while (r == 0 && (out->len - start) % 4 != 0)
		r = strbuf_addc(out, '\0');
	return r;
}

/* RFC 1952, RFC 1951 3.2.4. Chunk after chunk, at least one. */
static int pack_gzip(const char *in, size_t size, struct strbuf *out)
{
	int r = strbuf_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
	size_t at = 0, n;

	do {
		n = size - at < CHUNK ? size - at : CHUNK;
		if (r == 0)
			r = strbuf_addc(out, at + n == size ? 1 : 0);
		if (r == 0)
			r = add_le(out, (uint32_t)n, 2);
		if (r == 0)
			r = add_le(out, ~(uint32_t)n, 2);
		if (r == 0)
			r = strbuf_add(out, in + at, n);
		at += n;
	} while (at < size);
	if (r == 0)
		r = add_le(out, crc32_of(in, size), 4);
	return r < 0 ? r : add_le(out, (uint32_t)size, 4);
}

/* RFC 8878 3.1.1: one segment, raw blocks. */
static int pack_zstd(const char *in, size_t size, struct strbuf *out)
{
	int r = strbuf_add(out, "\x28\xb5\x2f\xfd\xa0", 5);
	size_t at = 0, n;

	if (r == 0)
		r = add_le(out, (uint32_t)size, 4);
	do {
		n = size - at < CHUNK ? size - at : CHUNK;
		if (r == 0)
			r = add_le(out, (uint32_t)n << 3 | (at + n == size), 3);
		if (r == 0)
			r = strbuf_add(out, in + at, n);
		at += n;
	} while (at < size);
	return r;
}

static int add_vli(struct strbuf *out, uint64_t v)
{
	int r = 0;

	for (; r == 0 && v >= 0x80; v >>= 7)
		r = strbuf_addc(out, (char)(v | 0x80));
	return r < 0 ? r : strbuf_addc(out, (char)v);
}

/* One block of LZMA2 with uncompressed chunks; CRC32, which is what the kernel can check. */
static int pack_xz(const char *in, size_t size, struct strbuf *out)
{
	static const char flags[2] = { 0, 1 };
	size_t block, index, unpadded;
	int r;

	r = strbuf_add(out, "\xfd" "7zXZ\0\0\1", 8);
	if (r == 0)
		r = add_le(out, crc32_of(flags, 2), 4);
	block = out->len;
	if (r == 0)
		r = strbuf_add(out, "\2\0\x21\1\0\0\0\0", 8); /* 12 bytes; one filter, LZMA2, the least dictionary */
	if (r == 0)
		r = add_crc_from(out, block);
	for (size_t at = 0, n; r == 0 && at < size; at += n) {
		n = size - at < CHUNK ? size - at : CHUNK;
		r = strbuf_addc(out, at == 0 ? 1 : 2);
		if (r == 0)
			r = strbuf_addc(out, (char)((n - 1) >> 8));
		if (r == 0)
			r = strbuf_addc(out, (char)(n - 1));
		if (r == 0)
			r = strbuf_add(out, in + at, n);
	}
	if (r == 0)
		r = strbuf_addc(out, 0);
	unpadded = out->len - block + 4;
	if (r == 0)
		r = pad_from(out, block);
	if (r == 0)
		r = add_le(out, crc32_of(in, size), 4);

	index = out->len;
	if (r == 0)
		r = strbuf_add(out, "\0\1", 2);
	if (r == 0)
		r = add_vli(out, unpadded);
	if (r == 0)
		r = add_vli(out, size);
	if (r == 0)
		r = pad_from(out, index);
	if (r == 0)
		r = add_crc_from(out, index);
	if (r == 0) {
		auto_strbuf struct strbuf footer = STRBUF_INIT;

		r = add_le(&footer, (uint32_t)((out->len - index) / 4 - 1), 4);
		if (r == 0)
			r = strbuf_add(&footer, flags, 2);
		if (r == 0)
			r = add_le(out, crc32_of(footer.s, footer.len), 4);
		if (r == 0)
			r = strbuf_add(out, footer.s, footer.len);
	}
	return r < 0 ? r : strbuf_adds(out, "YZ");
}

int make_packed(const char *from, const char *to)
{
	static const struct {
		const char *ending;
		int (*pack)(const char *in, size_t size, struct strbuf *out);
	} formats[] = {
		{ ".gz", pack_gzip },
		{ ".xz", pack_xz },
		{ ".zst", pack_zstd },
	};
	auto_strbuf struct strbuf out = STRBUF_INIT;
	auto_free char *text = NULL;
	size_t len, n = strlen(to);
	int r = io_read_text(from, 0, &text, &len);

	if (r < 0)
		return complain("%s: %s", from, strerror(-r));
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		size_t e = strlen(formats[i].ending);

		if (n <= e || !streq(to + n - e, formats[i].ending))
			continue;
		if (formats[i].pack(text, len, &out) < 0)
			return complain("no memory");
		return write_file(to, strbuf_str(&out), out.len);
	}
	return complain("%s: ends neither in .gz nor .xz nor .zst", to);
}
