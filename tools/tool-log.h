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
 * that are closed (the kernel starts modprobe so) are opened on /dev/null, so
 * that no module file becomes one of them.
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
/* A second line that explains the one before, indented. */
void tool_log_more(int priority, const char *format, ...) _printf_(2, 3);
/* kmod_new(), the messages of which go the same way; NULL: told the user. */
struct kmod_ctx *tool_log_context(const char *dirname, const char *const *config);
