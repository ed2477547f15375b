/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A log whose messages a test can read. */
#pragma once

#include "libkmod/log.h"

/* Forgets what was caught and gives the log to hand to a room. */
const struct log *catch_log(void);
/* All messages since then, each with its newline; "" when there was none. */
const char *caught(void);
unsigned caught_lines(void);
