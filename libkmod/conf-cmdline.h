/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Module parameters on the kernel command line (docs/spec/modprobe.md 14). */
#pragma once

#include <stddef.h>

struct conf;
struct log;

/* Rules from the text of /proc/cmdline, file "/proc/cmdline", line 0. 0 or -ENOMEM. */
int conf_cmdline_parse(struct conf *conf, const char *text, size_t size, const struct log *log);
