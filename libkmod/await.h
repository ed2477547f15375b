/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting, in user space, until a module's fate is known. */
#pragma once

#include <stdint.h>

#include "libkmod/initstate.h"

/*
 * Somebody else is loading or removing mod: stay while it is seen as FROM
 * (SEEN_COMING or SEEN_GOING), at most msec milliseconds. Returns what it became,
 * or FROM when the time was over; also when it is another one by now that is
 * FROM, which *another tells (not changed otherwise; NULL: does not matter). Asks
 * the kernel to do nothing.
 */
enum seen await_change(struct kmod_module *mod, enum seen from, unsigned int msec, bool *another);
