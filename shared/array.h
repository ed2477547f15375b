/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A growing array of pointers; what they point to stays the caller's. */
#pragma once

#include <stddef.h>

struct array {
	void **at; /* n pointers, NULL while empty */
	size_t n;
	size_t room;
};

#define ARRAY_INIT { NULL, 0, 0 }
#define auto_array __attribute__((cleanup(array_release)))

/* 0 or -ENOMEM; on failure the array is as before. */
int array_push(struct array *a, void *item);
/* Forget the pointers, give back the memory that held them. */
void array_release(struct array *a);
/* free() the items from number `from` on and forget them; 0 also gives back the array. */
void array_free_from(struct array *a, size_t from);
