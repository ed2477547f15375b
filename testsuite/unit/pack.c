/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compresses the inputs of tests, with the libraries themselves. */
#include "testsuite/unit/unit.h"

#include "testsuite/unit/pack.h"

#include <stdlib.h>

#ifdef ENABLE_ZLIB
#include <zlib.h>

static void pack_gzip(unsigned variant, const void *bytes, size_t size, struct strbuf *out)
{
	static Bytef text[] = "a name";
	gz_header head = { .os = 3 };
	z_stream z = { 0 };

	if (variant == PACK_GZIP_NAME)
		head.name = text;
	if (variant == PACK_GZIP_COMMENT)
		head.comment = text;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflateSetHeader(&z, &head), Z_OK);
	assert_int_equal(strbuf_reserve(out, deflateBound(&z, size) + 64), 0);
	z.next_in = (z_const Bytef *)bytes;
	z.avail_in = (uInt)size;
	z.next_out = (Bytef *)out->s + out->len;
	z.avail_out = (uInt)(out->room - out->len);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += z.total_out;
	assert_int_equal(deflateEnd(&z), Z_OK);
}
#endif

#ifdef ENABLE_XZ
#include <lzma.h>

static void pack_xz(unsigned variant, const void *bytes, size_t size, struct strbuf *out)
{
	static const lzma_check checks[] = { LZMA_CHECK_CRC64, LZMA_CHECK_CRC32, LZMA_CHECK_NONE,
					     LZMA_CHECK_SHA256 };

	assert_int_equal(strbuf_reserve(out, lzma_stream_buffer_bound(size)), 0);
	assert_int_equal(lzma_easy_buffer_encode(0, checks[variant], NULL, bytes, size,
						 (uint8_t *)out->s, &out->len, out->room),
			 LZMA_OK);
}
#endif

#ifdef ENABLE_ZSTD
#include <zstd.h>

static void pack_zstd(unsigned variant, const void *bytes, size_t size, struct strbuf *out)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	size_t n;

	assert_non_null(ctx);
	(void)ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
	if (variant != 0)
		(void)ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
	assert_int_equal(strbuf_reserve(out, ZSTD_compressBound(size) + 64), 0);
	if (variant == PACK_ZSTD_WINDOW_31) {
		/* A frame of one raw block, written by hand: the encoder would want 2 GiB. */
		static const char head[] = { 0x28, (char)0xb5, 0x2f, (char)0xfd, 0x00,
					     (char)(21 << 3) };
		char block[3];

		assert_true(size < 128 * 1024);
		for (size_t i = 0; i < sizeof(block); i++)
			block[i] = (char)((size << 3 | 1) >> 8 * i);
		assert_int_equal(strbuf_add(out, head, sizeof(head)), 0);
		assert_int_equal(strbuf_add(out, block, sizeof(block)), 0);
		assert_int_equal(strbuf_add(out, bytes, size), 0);
	} else {
		n = ZSTD_compress2(ctx, out->s + out->len, out->room - out->len, bytes, size);
		assert_false(ZSTD_isError(n));
		out->len += n;
	}
	(void)ZSTD_freeCCtx(ctx);
}
#endif

static void pack_plain(unsigned variant, const void *bytes, size_t size, struct strbuf *out)
{
	(void)variant;
	assert_int_equal(strbuf_add(out, bytes, size), 0);
}

static void (*const packers[FILE_FORMATS])(unsigned variant, const void *bytes, size_t size,
					   struct strbuf *out) = {
	[FILE_PLAIN] = pack_plain,
#ifdef ENABLE_ZSTD
	[FILE_ZSTD] = pack_zstd,
#endif
#ifdef ENABLE_XZ
	[FILE_XZ] = pack_xz,
#endif
#ifdef ENABLE_ZLIB
	[FILE_GZIP] = pack_gzip,
#endif
};

bool pack_can(enum file_format format)
{
	return packers[format] != NULL;
}

void pack(enum file_format format, unsigned variant, const void *bytes, size_t size,
	  struct strbuf *out)
{
	assert_true(pack_can(format));
	packers[format](variant, bytes, size, out);
}
