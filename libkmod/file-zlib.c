/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gzip: all members of a file, the trailer of each checked; what follows them is ignored. */
#include "libkmod/file-codec.h"

#include <errno.h>

#include "libkmod/dl.h"

#ifdef ENABLE_ZLIB
#include <limits.h>
#include <stdbool.h>
#include <zlib.h>

#ifdef DLOPEN_ZLIB
DL_NOTE(note_zlib, "zlib", "Support for uncompressing zlib-compressed modules", "recommended",
	"libz.so.1");
static __typeof__(inflateInit2_) *sym_inflateInit2_;
static __typeof__(inflateReset) *sym_inflateReset;
static __typeof__(inflate) *sym_inflate;
static __typeof__(inflateEnd) *sym_inflateEnd;

static int need_zlib(const struct log *log)
{
	static const struct dl_symbol symbols[] = {
		{ "inflateInit2_", &sym_inflateInit2_ },
		{ "inflateReset", &sym_inflateReset },
		{ "inflate", &sym_inflate },
		{ "inflateEnd", &sym_inflateEnd },
	};
	static struct dl lib = DL_INIT("libz.so.1", "gzip", "zlib (zlib1g)", symbols);

	return dl_need(&lib, log);
}
#else
#define sym_inflateInit2_ inflateInit2_
#define sym_inflateReset inflateReset
#define sym_inflate inflate
#define sym_inflateEnd inflateEnd
static int need_zlib(const struct log *log)
{
	(void)log;
	return 0;
}
#endif

#define GZIP_ONLY (16 + MAX_WBITS) /* windowBits: a gzip wrapper, no other */

static uint64_t size_hint(const uint8_t *in, size_t in_size)
{
	const uint8_t *p;

	if (in_size < 4)
		return 0;
	p = in + in_size - 4; /* ISIZE of the last member */
	return (uint64_t)p[3] << 24 | (uint64_t)p[2] << 16 | (uint64_t)p[1] << 8 | p[0];
}

static int unpack_members(z_stream *z, const uint8_t *in, size_t in_size,
			  struct file_buffer *out)
{
	size_t used = 0; /* bytes of in that were decoded */

	for (;;) {
		size_t room, feed = in_size - used;
		int r = file_buffer_grow(out), zr;

		if (r < 0)
			return r;
		room = out->room - out->len;
		if (room > UINT_MAX)
			room = UINT_MAX;
		if (feed > UINT_MAX)
			feed = UINT_MAX;
		z->next_in = (z_const Bytef *)(in + used);
		z->avail_in = (uInt)feed;
		z->next_out = out->at + out->len;
		z->avail_out = (uInt)room;
		zr = sym_inflate(z, Z_NO_FLUSH);
		used += feed - z->avail_in;
		out->len += room - z->avail_out;

		if (zr == Z_STREAM_END) {
			/* Anything but another member is padding or junk. */
			if (in_size - used < 2 || in[used] != 0x1f || in[used + 1] != 0x8b)
				return 0;
			zr = sym_inflateReset(z);
			if (zr == Z_OK)
				continue;
		}
		if (zr == Z_MEM_ERROR)
			return -ENOMEM;
		/* There is room, and still no progress: it is input that is missing. */
		if (zr == Z_BUF_ERROR)
			return file_fault(out, "unexpected end of file", used);
		if (zr != Z_OK) /* its texts are constants */
			return file_fault(out, z->msg ? z->msg : "damaged data", used);
	}
}

int file_unpack_gzip(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log)
{
	z_stream z = { 0 };
	int r = need_zlib(log);

	if (r < 0)
		return r;
	r = file_buffer_start(out, in_size, size_hint(in, in_size));
	if (r < 0)
		return r;
	if (sym_inflateInit2_(&z, GZIP_ONLY, ZLIB_VERSION, (int)sizeof(z)) != Z_OK)
		return -ENOMEM;
	r = unpack_members(&z, in, in_size, out);
	(void)sym_inflateEnd(&z);
	return r;
}
#else
int file_unpack_gzip(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log)
{
	(void)in;
	(void)in_size;
	(void)out;
	return dl_not_built_in("gzip", "--without-zlib", log);
}
#endif
