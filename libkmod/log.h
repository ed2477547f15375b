/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a message leaves the library: level, sink, KMOD_LOG. A room takes a
 * const struct log *; NULL is silence. Messages end without a newline here,
 * the sink sees one.
 */
#pragma once

#include <stdarg.h>
#include <syslog.h>

#include "shared/macro.h"

typedef void log_sink(void *data, int priority, const char *file, int line, const char *fn,
		      const char *format, va_list args);

struct log {
	log_sink *sink; /* NULL: discard everything */
	void *data;
	int priority; /* messages of a higher number are not even formatted */
};

/* Standard error, LOG_ERR, then what $KMOD_LOG says (not under AT_SECURE). */
void log_init(struct log *log);
/* The value of KMOD_LOG as a priority (docs/spec/libkmod-api.md 4.5). */
int log_parse_priority(const char *text) _pure_;

void log_write(const struct log *log, int priority, const char *file, int line, const char *fn,
	       const char *format, ...) _printf_(6, 7);

/* FORMAT is a string literal; %m is the errno of the failing call. */
#define log_at(to, prio, format, ...)                                                    \
	do {                                                                             \
		const struct log *log_ = (to);                                           \
		if (log_ && log_->sink && (prio) <= log_->priority)                      \
			log_write(log_, (prio), __FILE__, __LINE__, __func__,            \
				  format "\n", ##__VA_ARGS__);                            \
	} while (0)
/*
 * A step on the way of a module, for who looks for the cause of a race: with time
 * and process before it, "step" in the place of the function (docs/trace.md).
 */
#define log_step(to, name, format, ...)                                                  \
	do {                                                                             \
		const struct log *step_ = (to);                                          \
		if (step_ && step_->sink && LOG_DEBUG <= step_->priority)                \
			log_write_step(step_, __FILE__, __LINE__, (name), format,        \
				       ##__VA_ARGS__);                                   \
	} while (0)
void log_write_step(const struct log *log, const char *file, int line, const char *name,
		    const char *format, ...) _printf_(5, 6);
#define log_err(log, ...) log_at(log, LOG_ERR, __VA_ARGS__)
#define log_info(log, ...) log_at(log, LOG_INFO, __VA_ARGS__)
#define log_debug(log, ...) log_at(log, LOG_DEBUG, __VA_ARGS__)
