/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads modules.builtin.modinfo: MODULE.KEY=VALUE records, one after the other. */
#include "libkmod/builtin.h"

#include <stdbool.h>
#include <string.h>

void builtin_begin(struct builtin_iter *it, const void *bytes, size_t size)
{
	it->at = bytes;
	it->end = size ? it->at + size : it->at;
}

static bool split(const char *text, size_t len, struct builtin_record *ret)
{
	const char *eq = memchr(text, '=', len);
	const char *dot = eq ? memchr(text, '.', (size_t)(eq - text)) : NULL;

	if (!dot || dot == text)
		return false;
	*ret = (struct builtin_record){
		.module = text,
		.module_len = (size_t)(dot - text),
		.key = dot + 1,
		.key_len = (size_t)(eq - dot) - 1,
		.value = eq + 1,
		.value_len = len - (size_t)(eq - text) - 1,
	};
	return true;
}

int builtin_next(struct builtin_iter *it, struct builtin_record *ret)
{
	while (it->at < it->end) {
		const char *text = it->at;
		size_t len = (size_t)(it->end - text);
		const char *nul = memchr(text, '\0', len);

		if (nul)
			len = (size_t)(nul - text);
		it->at = nul ? nul + 1 : it->end;
		if (split(text, len, ret))
			return 1;
	}
	return 0;
}

int builtin_next_of(struct builtin_iter *it, const char *module, struct builtin_record *ret)
{
	size_t len = strlen(module);
	struct builtin_record record;

	while (builtin_next(it, &record)) {
		if (record.module_len == len && memcmp(record.module, module, len) == 0) {
			*ret = record;
			return 1;
		}
	}
	return 0;
}
