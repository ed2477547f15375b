/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libkmod/list.h"

#include <errno.h>
#include <stdlib.h>

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
