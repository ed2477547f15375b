/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shared/clock.h"

#include <time.h>

uint64_t clock_msec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void clock_nap_until(uint64_t msec)
{
	struct timespec until = {
		.tv_sec = (time_t)(msec / 1000),
		.tv_nsec = (long)(msec % 1000) * 1000000,
	};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}
