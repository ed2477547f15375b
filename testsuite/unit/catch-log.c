/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the messages of a log for the test to read. */
#include "testsuite/unit/catch-log.h"

#include <stdio.h>
#include <string.h>

static char text[4096];

static void keep(void *data, int priority, const char *file, int line, const char *fn,
		 const char *format, va_list args)
{
	size_t len = strlen(text);

	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)vsnprintf(text + len, sizeof(text) - len, format, args);
}

const struct log *catch_log(void)
{
	static const struct log log = { .sink = keep, .priority = LOG_DEBUG };

	text[0] = '\0';
	return &log;
}

const char *caught(void)
{
	return text;
}

unsigned caught_lines(void)
{
	unsigned n = 0;

	for (const char *p = text; *p; p++)
		n += *p == '\n';
	return n;
}
