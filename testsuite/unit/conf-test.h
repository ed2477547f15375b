/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the conf rooms share: rules as text, messages kept. */
#pragma once

#include <stdbool.h>

#include "libkmod/conf.h"
#include "libkmod/log.h"
#include "shared/strbuf.h"

/* A log that keeps its messages, one line each, in text. Release text. */
struct kept_log {
	struct log log;
	struct strbuf text;
};
void kept_log_init(struct kept_log *kept);

/*
 * All rules, kind by kind, one line each: `KIND NAME <VALUE> @LINE`, with
 * with_file `KIND NAME <VALUE> @FILE:LINE`. Rules of skip_file (may be NULL) are
 * left out. The caller frees it.
 */
char *conf_text(const struct conf *conf, bool with_file, const char *skip_file);
