/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats a message and hands it to the sink, when the level lets it pass. */
#include "libkmod/log.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/cleanup.h"
#include "shared/clock.h"
#include "shared/strbuf.h"

static void log_to_stderr(void *data, int priority, const char *file, int line, const char *fn,
			  const char *format, va_list args)
{
	static const char *const words[] = { "EMERGENCY", "ALERT",  "CRITICAL", "ERROR",
					     "WARNING",	  "NOTICE", "INFO",	"DEBUG" };
	auto_free char *text = NULL;
	char number[16];
	const char *word = number;
	int saved = errno; /* for %m */
	va_list again;

	(void)data;
	(void)file;
	(void)line;
	if (priority >= 0 && priority < (int)ARRAY_SIZE(words))
		word = words[priority];
	else
		(void)snprintf(number, sizeof(number), "L:%d", priority);
	/* In one piece where there is memory: others write there too. */
	va_copy(again, args);
	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		errno = saved;
		(void)fprintf(stderr, "libkmod: %s: %s: ", word, fn);
		(void)vfprintf(stderr, format, again);
	} else {
		strbuf_plain_message(text, format);
		(void)fprintf(stderr, "libkmod: %s: %s: %s", word, fn, text);
	}
	va_end(again);
}

int log_parse_priority(const char *text)
{
	static const struct {
		const char *word;
		int priority;
	} words[] = { { "err", LOG_ERR }, { "info", LOG_INFO }, { "debug", LOG_DEBUG } };
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (*end == '\0' || isspace((unsigned char)*end))
		return errno || n < INT_MIN || n > INT_MAX ? 0 : (int)n;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_after(text, words[i].word))
			return words[i].priority;
	}
	return 0;
}

void log_init(struct log *log)
{
	const char *env = secure_getenv("KMOD_LOG");

	*log = (struct log){ .sink = log_to_stderr, .priority = LOG_ERR };
	if (env)
		log->priority = log_parse_priority(env);
}

void log_write(const struct log *log, int priority, const char *file, int line, const char *fn,
	       const char *format, ...)
{
	int saved = errno; /* the caller may still want it, and so may %m */
	va_list args;

	va_start(args, format);
	errno = saved;
	log->sink(log->data, priority, file, line, fn, format, args);
	va_end(args);
	errno = saved;
}

void log_write_step(const struct log *log, const char *file, int line, const char *name,
		    const char *format, ...)
{
	char stamp[CLOCK_STAMP_SIZE];
	auto_free char *text = NULL;
	int saved = errno;
	va_list args;

	va_start(args, format);
	errno = saved;
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	log_write(log, LOG_DEBUG, file, line, "step", "%s %s: %s\n", clock_stamp(stamp), name,
		  text ? text : format);
	errno = saved;
}
