/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One module object for each name in a context. Holds no reference. */
#pragma once

#include "shared/hash.h"

struct kmod_module;

struct pool {
	struct hash by_key; /* key "name" or "name\alias" to struct kmod_module * */
};

void pool_release(struct pool *pool);
/* Borrowed, or NULL. */
struct kmod_module *pool_get(const struct pool *pool, const char *key);
int pool_add(struct pool *pool, const char *key, struct kmod_module *mod); /* 0 or -ENOMEM */
void pool_del(struct pool *pool, const char *key);
