/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Monotonic time, in milliseconds: the only clock a wait may use. */
#pragma once

#include <stdint.h>

uint64_t clock_msec(void);
/*
 * "SECONDS.MICROSECONDS PID" into buf, which it returns: lines of several
 * processes that begin so are in order when they are sorted as numbers.
 */
#define CLOCK_STAMP_SIZE 48
const char *clock_stamp(char *buf);
/* Sleep until the given moment; a signal may end it early. */
void clock_nap_until(uint64_t msec);
