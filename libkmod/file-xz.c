/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xz: all streams of a file, zero padding between and after them, nothing else. */
#include "libkmod/file-codec.h"

#include <errno.h>

#include "libkmod/dl.h"
#include "shared/macro.h"

#ifdef ENABLE_XZ
#include <lzma.h>

#ifdef DLOPEN_XZ
DL_NOTE(note_xz, "xz", "Support for uncompressing xz-compressed modules", "recommended",
	"liblzma.so.5");
static __typeof__(lzma_stream_decoder) *sym_lzma_stream_decoder;
static __typeof__(lzma_code) *sym_lzma_code;
static __typeof__(lzma_end) *sym_lzma_end;

static int need_xz(const struct log *log)
{
	static const struct dl_symbol symbols[] = {
		{ "lzma_stream_decoder", &sym_lzma_stream_decoder },
		{ "lzma_code", &sym_lzma_code },
		{ "lzma_end", &sym_lzma_end },
	};
	static struct dl lib = DL_INIT("liblzma.so.5", "xz", "xz-libs (liblzma5)", symbols);

	return dl_need(&lib, log);
}
#else
#define sym_lzma_stream_decoder lzma_stream_decoder
#define sym_lzma_code lzma_code
#define sym_lzma_end lzma_end
static int need_xz(const struct log *log)
{
	(void)log;
	return 0;
}
#endif

/*
 * A header may claim a dictionary of 4 GiB, but encoders stop at 1.5 GiB and no
 * module is larger than 2 GiB.
 */
#define MEMORY_LIMIT (((uint64_t)1 << 31) + ((uint64_t)64 << 20))

static int failed(lzma_ret lr, const lzma_stream *s, struct file_buffer *out)
{
	static const struct {
		lzma_ret code;
		const char *text;
	} texts[] = {
		{ LZMA_MEMLIMIT_ERROR, "the dictionary is larger than any module" },
		{ LZMA_FORMAT_ERROR, "File format not recognized" },
		{ LZMA_OPTIONS_ERROR, "Unsupported compression options" },
		{ LZMA_DATA_ERROR, "File is corrupt" },
		{ LZMA_BUF_ERROR, "Unexpected end of input" },
	};

	if (lr == LZMA_MEM_ERROR)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (texts[i].code == lr)
			return file_fault(out, texts[i].text, (size_t)s->total_in);
	}
	return file_fault(out, "Internal error", (size_t)s->total_in);
}

static int unpack_streams(lzma_stream *s, struct file_buffer *out)
{
	for (;;) {
		int r = file_buffer_grow(out);
		lzma_ret lr;

		if (r < 0)
			return r;
		s->next_out = out->at + out->len;
		s->avail_out = out->room - out->len;
		lr = sym_lzma_code(s, LZMA_FINISH);
		out->len = out->room - s->avail_out;
		if (lr == LZMA_STREAM_END)
			return 0;
		/* Without progress twice it says LZMA_BUF_ERROR; a full buffer is no failure. */
		if (lr != LZMA_OK && !(lr == LZMA_BUF_ERROR && s->avail_out == 0))
			return failed(lr, s, out);
	}
}

int file_unpack_xz(const uint8_t *in, size_t in_size, struct file_buffer *out,
		   const struct log *log)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret lr;
	int r = need_xz(log);

	if (r < 0)
		return r;
	r = file_buffer_start(out, in_size, (uint64_t)in_size * 5);
	if (r < 0)
		return r;
	lr = sym_lzma_stream_decoder(&s, MEMORY_LIMIT, LZMA_CONCATENATED);
	if (lr != LZMA_OK)
		return failed(lr, &s, out);
	s.next_in = in;
	s.avail_in = in_size;
	r = unpack_streams(&s, out);
	sym_lzma_end(&s);
	return r;
}
#else
int file_unpack_xz(const uint8_t *in, size_t in_size, struct file_buffer *out,
		   const struct log *log)
{
	(void)in;
	(void)in_size;
	(void)out;
	return dl_not_built_in("xz", "--without-xz", log);
}
#endif
