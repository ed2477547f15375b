/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a tool's messages go: standard error or the system log. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <syslog.h>

#include "shared/macro.h"

struct kmod_ctx;

/*
 * Before anything else: the program's name, the threshold. Descriptors 0 to 2
 * that are closed are taken, so that no module file becomes one of them. With all
 * of them closed (the kernel starts modprobe so) output is thrown away; a standard
 * output that alone was closed loses what is written, and tool_finish() says so.
 */
void tool_log_open(const char *argv0, int threshold);
/* Was standard error closed at the start? */
bool tool_log_was_closed(void);
void tool_log_to_syslog(void);
/* Messages with a syslog priority above this number are dropped. */
void tool_log_set_threshold(int priority);
/* Would a message of that priority be shown? To find out why something failed has its price. */
bool tool_log_shows(int priority);
/* "PROG: LEVEL: text" and a newline. */
void tool_log(int priority, const char *format, ...) _printf_(2, 3);
void tool_vlog(int priority, const char *format, va_list args) _printf_(2, 0);
/*
 * From here on messages are kept, until tool_log_let_go() prints or drops them: for what is
 * looked at while it may vanish, which is no error.
 */
void tool_log_hold(void);
bool tool_log_held(void); /* is there one? */
void tool_log_let_go(bool print);
/*
 * Every message and each step of the library also goes to the end of that file, with time and
 * process. 0 or -errno: it cannot be opened.
 */
int tool_log_trace(const char *path);
/* A second line that explains the one before, indented. */
void tool_log_more(int priority, const char *format, ...) _printf_(2, 3);
/* kmod_new(), the messages of which go the same way; NULL: told the user. */
struct kmod_ctx *tool_log_context(const char *dirname, const char *const *config);
