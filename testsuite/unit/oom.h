/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that runs out when told to. A test that uses it is linked with
 * $(OOM_FLAGS), so that the allocations of our own code pass through here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void oom_arm(unsigned n); /* the n-th allocation from here (1: the next) fails, once */
bool oom_fired(void); /* did it? Disarms. */
size_t oom_largest(void); /* bytes of the largest single request since the last oom_arm() */
