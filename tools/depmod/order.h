/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modules.order: the order the kernel's build wants (docs/spec/depmod.md 7). */
#pragma once

struct log;
struct scan;

/*
 * Sorts the files: those modules.order of dir lists in its order, then the
 * others by the bytes of their listed path. A missing or damaged modules.order
 * is logged and counts as empty. 0 or -ENOMEM.
 */
int order_sort(struct scan *scan, const char *dir, const struct log *log);
