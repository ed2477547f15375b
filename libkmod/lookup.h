/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an alias to modules: the sources, and their fixed order. */
#pragma once

#include "libkmod/libkmod.h"

/*
 * Append what alias stands for to *list, which may hold modules already.
 * 0 (also when nothing matched), -EINVAL: unbalanced brackets, -ENAMETOOLONG,
 * -ENOMEM. On failure *list is as it was.
 */
int lookup_alias(struct kmod_ctx *ctx, const char *alias, struct kmod_list **list);
