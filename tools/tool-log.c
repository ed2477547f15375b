/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a tool's messages, and sees to it that descriptors 0 to 2 are open. */
#include "tools/tool-log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libkmod/libkmod.h"
#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/clock.h"
#include "shared/path.h"
#include "shared/strbuf.h"
#include "tools/tool.h"

/* A process is one tool: this is the state of its one log. */
static struct {
	const char *prog;
	int threshold;
	bool syslog;
	bool stderr_was_closed;
	bool holding;
	struct array held; /* char *: a digit, the priority, and the text */
	int trace; /* descriptor, or -1 */
} the = { "kmod", LOG_WARNING, false, false, false, ARRAY_INIT, -1 };

static const char *level_word(int priority)
{
	static const char *const words[] = { "FATAL",	"FATAL",  "FATAL", "ERROR",
					     "WARNING", "NOTICE", "INFO",  "DEBUG" };

	return priority >= 0 && priority < (int)ARRAY_SIZE(words) ? words[priority] : "DEBUG";
}

/*
 * Something on the lowest free number. lost: writing fails, as on the closed one, and
 * tool_finish() will say so; else it is thrown away, also where there is no /dev (yet).
 */
static void open_nothing(bool lost)
{
	if (lost)
		(void)!open("/", O_RDONLY | O_DIRECTORY);
	else if (open("/dev/null", O_RDWR) < 0)
		(void)!syscall(SYS_memfd_create, "null", 0);
}

void tool_log_open(const char *argv0, int threshold)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO }, { .fd = STDOUT_FILENO }, { .fd = STDERR_FILENO } };
	size_t closed = 0;

	the.prog = path_base(argv0);
	the.threshold = threshold;
	(void)poll(fds, ARRAY_SIZE(fds), 0); /* one question for all three */
	the.stderr_was_closed = fds[STDERR_FILENO].revents & POLLNVAL;
	/* Started by a kernel, for which nobody reads; or by somebody who took one away. */
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		closed += fds[i].revents & POLLNVAL ? 1 : 0;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (fds[i].revents & POLLNVAL)
			open_nothing(i == STDOUT_FILENO && closed < ARRAY_SIZE(fds));
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

/* 0, or -ENOMEM: better said too early than never. */
static int hold(int priority, const char *text)
{
	auto_free char *copy = NULL;
	int r;

	if (asprintf(&copy, "%c%s", '0' + priority, text) < 0) {
		copy = NULL;
		return -ENOMEM;
	}
	r = array_push(&the.held, copy);
	if (r == 0)
		copy = NULL; /* the array has it now */
	return r;
}

/*
 * One line, one write(): lines of several processes do not mix. stamped: it begins with time and process.
 * It may be a pipe whose reader has gone, or a file that may not grow: that is no reason to die.
 */
static void trace_text(int priority, bool stamped, const char *text)
{
	char stamp[CLOCK_STAMP_SIZE];
	auto_free char *line = NULL;
	int n = stamped ? asprintf(&line, "%s\n", text) :
			  asprintf(&line, "%s %s: %s: %s\n", clock_stamp(stamp), the.prog,
				   level_word(priority), text);

	if (n < 0) {
		line = NULL;
	} else {
		void (*pipe)(int) = signal(SIGPIPE, SIG_IGN), (*limit)(int) = signal(SIGXFSZ, SIG_IGN);

		(void)!write(the.trace, line, (size_t)n); /* there is nobody to tell */
		(void)signal(SIGXFSZ, limit);
		(void)signal(SIGPIPE, pipe);
	}
}

static void log_args(int priority, bool more, bool step, const char *format, va_list args)
{
	auto_free char *text = NULL;
	int n;

	if (priority > the.threshold && the.trace < 0)
		return;
	n = vasprintf(&text, format, args);
	if (n < 0) {
		text = NULL;
		log_text(priority, more, format); /* better the raw words than none */
		return;
	}
	strbuf_plain_message(text, format);
	if (n > 0 && text[n - 1] == '\n') /* the library's messages end in one */
		text[n - 1] = '\0';
	if (the.trace >= 0 && (step || priority <= LOG_NOTICE))
		trace_text(priority, step, text);
	if (priority > the.threshold)
		return;
	if (!the.holding || hold(priority, text) < 0)
		log_text(priority, more, text);
}

void tool_log_hold(void)
{
	the.holding = true;
}

bool tool_log_held(void)
{
	return the.held.n > 0;
}

void tool_log_let_go(bool print)
{
	the.holding = false;
	for (size_t i = 0; i < the.held.n; i++) {
		const char *text = the.held.at[i];

		if (print)
			log_text(text[0] - '0', false, text + 1);
	}
	array_free_from(&the.held, 0);
}

void tool_vlog(int priority, const char *format, va_list args)
{
	log_args(priority, false, false, format, args);
}

void tool_log(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tool_vlog(priority, format, args);
	va_end(args);
}

void tool_log_more(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_args(priority, true, false, format, args);
	va_end(args);
}

static void from_library(void *data, int priority, const char *file, int line, const char *fn,
			 const char *format, va_list args)
{
	(void)data;
	(void)file;
	(void)line;
	log_args(priority, false, streq(fn, "step"), format, args);
}

int tool_log_trace(const char *path)
{
	/* a pipe without a reader is an error, a full one loses lines: nobody is waited for */
	the.trace = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			 0644);
	return the.trace < 0 ? -errno : 0;
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
	/* Who says KMOD_LOG=debug wants to see the steps of the tool as well. */
	if (kmod_get_log_priority(ctx) >= LOG_DEBUG && the.threshold > 0)
		the.threshold = LOG_DEBUG;
	/* first the priority: setting the function is itself worth a message to it */
	kmod_set_log_priority(ctx, the.trace >= 0 ? LOG_DEBUG : the.threshold);
	kmod_set_log_fn(ctx, from_library, NULL);
	return ctx;
}
