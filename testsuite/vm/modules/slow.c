/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * slow - a module whose init and exit last as long, and end, as one wishes
 *
 * Says on the kernel log, in nanoseconds of CLOCK_MONOTONIC, from when to when it
 * was of use: "fixture: slow up NSEC", "fixture: slow down NSEC"; "fixture: slow init"
 * for every run of its init.
 */
#define FIXTURE "slow"
#include "fixture.h"

module_init(fixture_init);
module_exit(fixture_exit);
