/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public list: walking it, adding to it, giving it back. */
#include "libkmod/list.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "shared/array.h"
#include "shared/macro.h"

int list_append(struct kmod_list **list, void *data)
{
	struct kmod_list *head = *list, *node = malloc(sizeof(*node));

	if (!node)
		return -ENOMEM;
	node->data = data;
	if (!head) {
		node->next = node->prev = node;
		*list = node;
		return 0;
	}
	node->next = head;
	node->prev = head->prev;
	head->prev->next = node;
	head->prev = node;
	return 0;
}

int list_from_array(struct kmod_list **list, struct array *blocks)
{
	struct kmod_list *made = NULL;
	int r = blocks->n > INT_MAX ? -ENOMEM : 0;
	size_t n = 0;

	while (r == 0 && n < blocks->n) {
		r = list_append(&made, blocks->at[n]);
		n += r == 0;
	}
	if (r < 0) {
		for (; n < blocks->n; n++) /* those before are in the list */
			free(blocks->at[n]);
		list_free(made, free);
	} else {
		*list = made;
	}
	blocks->n = 0;
	return r < 0 ? r : (int)n;
}

void list_free(struct kmod_list *list, void (*release)(void *data))
{
	if (!list)
		return;
	list->prev->next = NULL; /* open the circle */
	while (list) {
		struct kmod_list *next = list->next;

		if (release)
			release(list->data);
		free(list);
		list = next;
	}
}

_export_ struct kmod_list *kmod_list_next(const struct kmod_list *list,
					  const struct kmod_list *curr)
{
	return list && curr && curr->next != list ? curr->next : NULL;
}

_export_ struct kmod_list *kmod_list_prev(const struct kmod_list *list,
					  const struct kmod_list *curr)
{
	return list && curr && curr != list ? curr->prev : NULL;
}

_export_ struct kmod_list *kmod_list_last(const struct kmod_list *list)
{
	return list ? list->prev : NULL;
}
