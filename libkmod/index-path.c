/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Goes down one node after the other, and pays for each from what a walk may read. */
#include "libkmod/index-path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/index.h"
#include "shared/macro.h"

/*
 * Nodes on one path. A node on a path stands for a fork in the keys, so this
 * limits no real index; a file made to be deep gets no deeper.
 */
#define DEPTH_MAX 4096

/*
 * How often a walk may read as many bytes as the file has. Once is enough for
 * every writer; nodes may be shared, but not so that the paths never end.
 */
#define CREDIT_FACTOR 64

void index_path_init(struct index_path *path, const struct index *ix)
{
	path->ix = ix;
	path->credit = (uint64_t)ix->size * CREDIT_FACTOR;
	path->at = path->few;
	path->n = 0;
	path->room = ARRAY_SIZE(path->few);
}

void index_path_release(struct index_path *path)
{
	if (path->at != path->few)
		free(path->at);
}

struct step *index_path_top(struct index_path *path)
{
	return path->n > 0 ? &path->at[path->n - 1] : NULL;
}

static int path_grow(struct index_path *path)
{
	size_t room = path->room * 2;
	struct step *old = path->at == path->few ? NULL : path->at;
	struct step *at = reallocarray(old, room, sizeof(*at));

	if (!at)
		return -ENOMEM;
	if (!old)
		memcpy(at, path->few, sizeof(path->few));
	path->at = at;
	path->room = room;
	return 0;
}

static bool path_pay(struct index_path *path, uint64_t bytes)
{
	if (bytes > path->credit) {
		index_damaged(path->ix, path->n > 0 ? path->at[path->n - 1].off : 0);
		path->credit = 0;
		return false;
	}
	path->credit -= bytes;
	return true;
}

int index_path_enter(struct index_path *path, uint32_t word)
{
	uint32_t off = word & INDEX_NODE_OFFSET, least = off, most = off;
	const struct step *up = index_path_top(path);
	struct step *step;
	bool valid;

	if (path->n == DEPTH_MAX) {
		index_damaged(path->ix, off);
		return 0;
	}
	if (up) {
		least = off < up->least ? off : up->least;
		most = off > up->most ? off : up->most;
		/* Writers go one way through the file; only an odd one needs the look back. */
		if (off >= up->least && off <= up->most) {
			for (size_t i = 0; i < path->n; i++) {
				if (path->at[i].off == off) {
					index_damaged(path->ix, off);
					return 0;
				}
			}
			if (!path_pay(path, path->n))
				return 0;
		}
	}
	if (path->n == path->room && path_grow(path) < 0)
		return -ENOMEM;
	step = &path->at[path->n];
	valid = index_node_at(path->ix, word, &step->node);
	if (!path_pay(path, step->node.prefix_len + 1u) || !valid)
		return 0;
	if (step->node.childs && !path_pay(path, UINT64_C(4) * (step->node.last - step->node.first + 1u)))
		return 0;
	step->off = off;
	step->least = least;
	step->most = most;
	path->n++;
	return 1;
}

bool index_path_values(struct index_path *path, const struct index_node *node,
		       struct index_values *ret)
{
	bool valid;

	if (!node->values)
		return false;
	valid = index_node_values(path->ix, node, ret);
	return path_pay(path, ret->bytes) && valid;
}
