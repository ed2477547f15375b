/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Module parameters on the kernel command line (docs/spec/modprobe.md 14). */
#pragma once

#include <stddef.h>

struct conf;
struct log;

/* Where the text comes from, and what stands as file in its rules. */
#define CONF_CMDLINE_FILE "/proc/cmdline"

/*
 * Rules from the text of /proc/cmdline (size bytes, need not end in NUL or
 * newline), with line 0. What is no module parameter is somebody else's and
 * passed over without a message. 0 or -ENOMEM; then conf keeps the rules so far.
 */
int conf_cmdline_parse(struct conf *conf, const char *text, size_t size, const struct log *log);
