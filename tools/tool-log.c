/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/tool-log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/path.h"
#include "tools/tool.h"

/* A process is one tool: this is the state of its one log. */
static struct {
	const char *prog;
	int threshold;
	bool syslog;
	bool stderr_was_closed;
} the = { "kmod", LOG_WARNING, false, false };

static const char *level_word(int priority)
{
	static const char *const words[] = { "FATAL",	"FATAL",  "FATAL", "ERROR",
					     "WARNING", "NOTICE", "INFO",  "DEBUG" };

	return priority >= 0 && priority < (int)ARRAY_SIZE(words) ? words[priority] : "DEBUG";
}

void tool_log_open(const char *argv0, int threshold)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO }, { .fd = STDOUT_FILENO }, { .fd = STDERR_FILENO } };

	the.prog = path_base(argv0);
	the.threshold = threshold;
	(void)poll(fds, ARRAY_SIZE(fds), 0); /* one question for all three */
	the.stderr_was_closed = fds[STDERR_FILENO].revents & POLLNVAL;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (fds[i].revents & POLLNVAL)
			(void)!open("/dev/null", O_RDWR); /* takes the lowest free number */
	}
}

bool tool_log_was_closed(void)
{
	return the.stderr_was_closed;
}

void tool_log_to_syslog(void)
{
	openlog(the.prog, LOG_CONS, LOG_DAEMON);
	the.syslog = true;
}

void tool_log_set_threshold(int priority)
{
	the.threshold = priority;
}

bool tool_log_shows(int priority)
{
	return priority <= the.threshold;
}

static void log_text(int priority, bool more, const char *text)
{
	if (the.syslog)
		syslog(priority, "%s: %s", level_word(priority), text);
	else if (more)
		(void)fprintf(stderr, "\t%s\n", text);
	else
		(void)fprintf(stderr, "%s: %s: %s\n", the.prog, level_word(priority), text);
}

static void log_args(int priority, bool more, const char *format, va_list args)
{
	auto_free char *text = NULL;
	int n;

	if (priority > the.threshold)
		return;
	n = vasprintf(&text, format, args);
	if (n < 0) {
		text = NULL;
		log_text(priority, more, format); /* better the raw words than none */
		return;
	}
	if (n > 0 && text[n - 1] == '\n') /* the library's messages end in one */
		text[n - 1] = '\0';
	log_text(priority, more, text);
}

void tool_log(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_args(priority, false, format, args);
	va_end(args);
}

void tool_log_more(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_args(priority, true, format, args);
	va_end(args);
}

static void from_library(void *data, int priority, const char *file, int line, const char *fn,
			 const char *format, va_list args)
{
	(void)data;
	(void)file;
	(void)line;
	(void)fn;
	log_args(priority, false, format, args);
}

struct kmod_ctx *tool_log_context(const char *dirname, const char *const *config)
{
	/* Scripts know the shape of the library's own messages about a configuration. */
	bool ours = the.syslog || the.threshold < LOG_ERR;
	struct kmod_ctx *ctx = kmod_new_logged(dirname, config, ours ? from_library : NULL, NULL);

	if (!ctx) {
		tool_log(LOG_ERR, "kmod_new() failed!");
		return NULL;
	}
	/* first the priority: setting the function is itself worth a message to it */
	kmod_set_log_priority(ctx, the.threshold);
	kmod_set_log_fn(ctx, from_library, NULL);
	return ctx;
}
