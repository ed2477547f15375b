/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as modules.builtin.modinfo. */
#include "testsuite/fuzz/fuzz.h"

#include <string.h>

#include "libkmod/builtin.h"

const char fuzz_seeds[] = "builtin";

/* Inside the bytes, in this order, without what separates them. */
static void check_record(const struct builtin_record *r, const char *bytes, size_t size)
{
	fuzz_must(r->module >= bytes && r->module_len > 0);
	fuzz_must(r->key == r->module + r->module_len + 1 && r->key[-1] == '.');
	fuzz_must(r->value == r->key + r->key_len + 1 && r->value[-1] == '=');
	fuzz_must(r->value_len <= size - (size_t)(r->value - bytes));
	fuzz_must(!memchr(r->module, '.', r->module_len) && !memchr(r->key, '=', r->key_len));
	fuzz_must(!memchr(r->module, '\0', (size_t)(r->value - r->module) + r->value_len));
	/* With its end, or with that of the bytes. */
	fuzz_must(r->value + r->value_len == bytes + size || r->value[r->value_len] == '\0');
}

/* What the walk for one module finds is what the walk for all has of it. */
static void check_module(const char *bytes, size_t size, const struct builtin_record *first)
{
	char name[64];
	struct builtin_iter all, of;
	struct builtin_record a, b;

	if (first->module_len >= sizeof(name))
		return;
	memcpy(name, first->module, first->module_len);
	name[first->module_len] = '\0';
	builtin_begin(&all, bytes, size);
	builtin_begin(&of, bytes, size);
	while (builtin_next(&all, &a)) {
		if (a.module_len != first->module_len ||
		    memcmp(a.module, name, a.module_len) != 0)
			continue;
		fuzz_must(builtin_next_of(&of, name, &b) == 1);
		fuzz_must(a.module == b.module && a.value == b.value && a.value_len == b.value_len);
	}
	fuzz_must(builtin_next_of(&of, name, &b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct builtin_iter it;
	struct builtin_record record;
	unsigned n = 0;

	builtin_begin(&it, bytes, size);
	while (builtin_next(&it, &record)) {
		check_record(&record, bytes, size);
		if (n++ < 4)
			check_module(bytes, size, &record);
	}
	fuzz_must(builtin_next(&it, &record) == 0);
	return 0;
}
