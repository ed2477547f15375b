/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* struct kmod_list from the inside: circular, NULL when empty. */
#pragma once

#include "libkmod/libkmod.h"

struct array;

/* The order of the members is ABI: bindings walk it. */
struct kmod_list {
	struct kmod_list *next, *prev;
	void *data;
};

/*
 * *list with data at its end (a new list when it was NULL): 0 or -ENOMEM, then
 * nothing changed and data stays the caller's.
 */
int list_append(struct kmod_list **list, void *data);
/*
 * A new list of the blocks in the array, which is empty then: number of
 * elements, or -ENOMEM: the blocks were freed. *list untouched on failure.
 */
int list_from_array(struct kmod_list **list, struct array *blocks);
/* Every data through release (may be NULL), then the nodes. NULL is fine. */
void list_free(struct kmod_list *list, void (*release)(void *data));
