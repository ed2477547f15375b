/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of modprobe.d, one logical line at a time (docs/spec/modprobe.md 13). */
#pragma once

#include <stddef.h>

struct conf;
struct log;

/*
 * All lines of text (size bytes, need not end in NUL or newline; a line ends in
 * LF or CR LF). file is a name that lives as long as conf. Bad lines are logged
 * as errors with file and line and skipped. 0 or -ENOMEM; then conf keeps the
 * rules so far.
 */
int conf_parse(struct conf *conf, const char *text, size_t size, const char *file,
	       const struct log *log);
