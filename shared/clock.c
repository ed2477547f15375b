/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the monotonic clock, and naps until one of its moments. */
#include "shared/clock.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

uint64_t clock_msec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const char *clock_stamp(char *buf)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(buf, CLOCK_STAMP_SIZE, "%lld.%06ld %d", (long long)now.tv_sec,
		       now.tv_nsec / 1000, (int)getpid());
	return buf;
}

void clock_nap_until(uint64_t msec)
{
	struct timespec until = {
		.tv_sec = (time_t)(msec / 1000),
		.tv_nsec = (long)(msec % 1000) * 1000000,
	};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}
