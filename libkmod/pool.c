/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the one object of a name in a context. */
#include "libkmod/pool.h"

void pool_release(struct pool *pool)
{
	hash_release(&pool->by_key);
}

struct kmod_module *pool_get(const struct pool *pool, const char *key)
{
	return hash_get(&pool->by_key, key);
}

int pool_add(struct pool *pool, const char *key, struct kmod_module *mod)
{
	return hash_add(&pool->by_key, key, mod);
}

void pool_del(struct pool *pool, const char *key)
{
	(void)hash_del(&pool->by_key, key);
}
