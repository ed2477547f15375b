/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A log whose messages are really formatted, and thrown away. */
#pragma once

#include "libkmod/log.h"
#include "testsuite/fuzz/fuzz.h"

static inline void fuzz_sink(void *data, int priority, const char *file, int line, const char *fn,
			     const char *format, va_list args)
{
	char text[256];

	(void)data;
	(void)file;
	(void)line;
	(void)fn;
	fuzz_must(priority >= LOG_ERR && priority <= LOG_DEBUG);
	fuzz_must(vsnprintf(text, sizeof(text), format, args) >= 0);
}

static const struct log fuzz_log = { fuzz_sink, NULL, LOG_DEBUG };
