/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pushes pointers to an array that doubles its room. */
#include "shared/array.h"

#include <errno.h>
#include <stdlib.h>

int array_push(struct array *a, void *item)
{
	if (a->n == a->room) {
		size_t room = a->room ? a->room * 2 : 8;
		void **at = reallocarray(a->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		a->at = at;
		a->room = room;
	}
	a->at[a->n++] = item;
	return 0;
}

void array_release(struct array *a)
{
	free(a->at);
	*a = (struct array)ARRAY_INIT;
}

void array_free_from(struct array *a, size_t from)
{
	while (a->n > from)
		free(a->at[--a->n]);
	if (from == 0)
		array_release(a);
}
