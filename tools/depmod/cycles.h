/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which modules need themselves, by themselves or through others (docs/spec/depmod.md 9.1). */
#pragma once

#include <stddef.h>

struct log;
struct resolved;

/*
 * Logs one shortest cycle for each module that is on one and not on a line
 * before, in module order, but not more than 16 among modules that all need each
 * other; then how many modules there are. *ret: how many modules are
 * on cycles; 0 means the order is complete. 0 or -ENOMEM (*ret untouched).
 */
int cycles_report(const struct resolved *r, const struct log *log, size_t *ret);
