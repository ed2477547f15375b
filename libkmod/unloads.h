/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hearing of unloads that were too quick to be seen. */
#pragma once

/*
 * A descriptor of the caller's that collects what the kernel says of modules from now
 * on, or -1: this kernel, or this process, is told nothing that can be gone by.
 */
int unloads_listen(void);

/*
 * 1: a live module of that name was unloaded since unloads_listen(), or since the last
 * call; 0: not so. -ENOBUFS: there was more to hear than the queue holds (some hundred
 * events of any kind, as when devices come up), so it may have been.
 */
int unloads_heard(int fd, const char *name);
