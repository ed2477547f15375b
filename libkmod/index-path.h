/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way from the top of an index down to a node, for who walks over many of them:
 * bounded in depth and in bytes, whatever the file looks like.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libkmod/index-node.h"

/* The places of the name a pattern can have got to, and what it has not finished. */
struct spot {
	size_t from; /* n places in match.place from here, ascending */
	size_t n;
	size_t star; /* all places from this one on, and then n is 0; else NO_STAR */
	size_t text; /* "[..." or "\" not complete yet: match.text from here ... */
	size_t text_end; /* ... to here; equal: nothing is open */
};

/* A node on the way from the top of the walk. */
struct step {
	struct index_node node;
	uint32_t off; /* where the node is */
	uint32_t least, most; /* of all nodes up to this one */
	unsigned next; /* dump: child byte to look at next */
	size_t key_len; /* dump: of the key up to and with this node */
	uint64_t want[2]; /* search: child bytes still to look at, one bit each */
	struct spot spot; /* search */
};

struct index_path {
	const struct index *ix;
	uint64_t credit; /* bytes that may still be read */
	struct step *at; /* n steps; starts out as few */
	size_t n, room;
	struct step few[24];
};

void index_path_init(struct index_path *path, const struct index *ix);
void index_path_release(struct index_path *path);
/* The last step; NULL: at no node. Good until the next index_path_enter(). */
struct step *index_path_top(struct index_path *path);
/*
 * Down to the node of this word. 1, or 0: there is none, it is damaged, or it
 * is on the path already; or -ENOMEM. Moves the steps.
 */
int index_path_enter(struct index_path *path, uint32_t word);
/* The values of a node of the path; false: it has none that can be read. */
bool index_path_values(struct index_path *path, const struct index_node *node,
		       struct index_values *ret);
