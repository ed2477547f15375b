/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zstd: all frames of a file, with or without a content size in their headers. */
#include "libkmod/file-codec.h"

#include <errno.h>

#include "libkmod/dl.h"

#ifdef ENABLE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>

#ifdef DLOPEN_ZSTD
DL_NOTE(note_zstd, "zstd", "Support for uncompressing zstd-compressed modules", "recommended",
	"libzstd.so.1");
static __typeof__(ZSTD_createDCtx) *sym_ZSTD_createDCtx;
static __typeof__(ZSTD_freeDCtx) *sym_ZSTD_freeDCtx;
static __typeof__(ZSTD_dParam_getBounds) *sym_ZSTD_dParam_getBounds;
static __typeof__(ZSTD_DCtx_setParameter) *sym_ZSTD_DCtx_setParameter;
static __typeof__(ZSTD_decompressStream) *sym_ZSTD_decompressStream;
static __typeof__(ZSTD_getFrameContentSize) *sym_ZSTD_getFrameContentSize;
static __typeof__(ZSTD_isError) *sym_ZSTD_isError;
static __typeof__(ZSTD_getErrorCode) *sym_ZSTD_getErrorCode;
static __typeof__(ZSTD_getErrorName) *sym_ZSTD_getErrorName;

static int need_zstd(const struct log *log)
{
	static const struct dl_symbol symbols[] = {
		{ "ZSTD_createDCtx", &sym_ZSTD_createDCtx },
		{ "ZSTD_freeDCtx", &sym_ZSTD_freeDCtx },
		{ "ZSTD_dParam_getBounds", &sym_ZSTD_dParam_getBounds },
		{ "ZSTD_DCtx_setParameter", &sym_ZSTD_DCtx_setParameter },
		{ "ZSTD_decompressStream", &sym_ZSTD_decompressStream },
		{ "ZSTD_getFrameContentSize", &sym_ZSTD_getFrameContentSize },
		{ "ZSTD_isError", &sym_ZSTD_isError },
		{ "ZSTD_getErrorCode", &sym_ZSTD_getErrorCode },
		{ "ZSTD_getErrorName", &sym_ZSTD_getErrorName },
	};
	static struct dl lib = DL_INIT("libzstd.so.1", "zstd", "libzstd (libzstd1)", symbols);

	return dl_need(&lib, log);
}
#else
#define sym_ZSTD_createDCtx ZSTD_createDCtx
#define sym_ZSTD_freeDCtx ZSTD_freeDCtx
#define sym_ZSTD_dParam_getBounds ZSTD_dParam_getBounds
#define sym_ZSTD_DCtx_setParameter ZSTD_DCtx_setParameter
#define sym_ZSTD_decompressStream ZSTD_decompressStream
#define sym_ZSTD_getFrameContentSize ZSTD_getFrameContentSize
#define sym_ZSTD_isError ZSTD_isError
#define sym_ZSTD_getErrorCode ZSTD_getErrorCode
#define sym_ZSTD_getErrorName ZSTD_getErrorName
static int need_zstd(const struct log *log)
{
	(void)log;
	return 0;
}
#endif

static int unpack_frames(ZSTD_DCtx *ctx, const uint8_t *in_bytes, size_t in_size,
			 struct file_buffer *out)
{
	ZSTD_inBuffer in = { in_bytes, in_size, 0 };

	for (;;) {
		ZSTD_outBuffer to;
		size_t zr;
		int r = file_buffer_grow(out);

		if (r < 0)
			return r;
		to = (ZSTD_outBuffer){ out->at, out->room, out->len };
		zr = sym_ZSTD_decompressStream(ctx, &to, &in);
		if (sym_ZSTD_isError(zr)) {
			if (sym_ZSTD_getErrorCode(zr) == ZSTD_error_memory_allocation)
				return -ENOMEM;
			return file_fault(out, sym_ZSTD_getErrorName(zr), in.pos);
		}
		out->len = to.pos;
		/* 0: a frame is complete and all of it is out. */
		if (in.pos == in.size && zr == 0)
			return 0;
		if (in.pos == in.size && to.pos < to.size)
			return file_fault(out, "Unexpected end of input", in.pos);
	}
}

int file_unpack_zstd(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log)
{
	unsigned long long claim;
	ZSTD_DCtx *ctx;
	int r = need_zstd(log);

	if (r < 0)
		return r;
	claim = sym_ZSTD_getFrameContentSize(in, in_size);
	if (claim == ZSTD_CONTENTSIZE_UNKNOWN || claim == ZSTD_CONTENTSIZE_ERROR)
		claim = (uint64_t)in_size * 5;
	else if (claim > out->limit)
		return -EFBIG;
	r = file_buffer_start(out, in_size, claim);
	if (r < 0)
		return r;
	ctx = sym_ZSTD_createDCtx();
	if (!ctx)
		return -ENOMEM;
	/* Any window this host can hold: "zstd --long=31" makes modules, too. */
	(void)sym_ZSTD_DCtx_setParameter(
		ctx, ZSTD_d_windowLogMax,
		sym_ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound);
	r = unpack_frames(ctx, in, in_size, out);
	(void)sym_ZSTD_freeDCtx(ctx);
	return r;
}
#else
int file_unpack_zstd(const uint8_t *in, size_t in_size, struct file_buffer *out,
		     const struct log *log)
{
	(void)in;
	(void)in_size;
	(void)out;
	return dl_not_built_in("zstd", "--without-zstd", log);
}
#endif
