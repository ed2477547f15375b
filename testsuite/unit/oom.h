/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out at the n-th allocation. Works by the linker's --wrap, so it
 * counts what the rooms under test ask for, not what libc asks for itself, and
 * goes together with sanitizers: link with $(OOM_LINK), add $(OOM_FILES).
 *
 *	for (unsigned n = 1;; n++) {
 *		oom_arm(n);
 *		r = make_thing(&thing);
 *		if (!oom_fired())
 *			break;
 *		assert_int_equal(r, -ENOMEM);
 *	}
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now on (1: the next) fails, once, with ENOMEM. 0: none. */
void oom_arm(unsigned n);
/* Did it? Disarms. */
bool oom_fired(void);
/* Bytes of the largest single request since the last oom_arm(). */
size_t oom_largest(void);
/* Where a path leads that is opened by one of these functions: to itself, without fake-root.h. */
const char *oom_path(const char *path);
