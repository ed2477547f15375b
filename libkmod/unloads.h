/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hearing of unloads that were too quick to be seen. */
#pragma once

#include <stdbool.h>

/*
 * A descriptor of the caller's that collects what the kernel says of modules from now
 * on, or -1: this kernel, or this process, is told nothing that can be gone by.
 */
int unloads_listen(void);

/* Was a live module of that name unloaded since unloads_listen(), or since the last call? */
bool unloads_heard(int fd, const char *name);
