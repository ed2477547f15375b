/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the text beside an index; the first of them tells of which kind.
 * An index made of what was read in it gives the same answers.
 */
#include "testsuite/fuzz/fuzz-log.h"

#include <stdbool.h>
#include <string.h>

#include "libkmod/index-dump.h"
#include "libkmod/index-text.h"
#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/strbuf.h"
#include "testsuite/fuzz/fuzz-file.h"
#include "tools/depmod/index-write.h"

const char fuzz_seeds[] = "index-text";

#define ASKED 16 /* keys that are looked up */

struct both {
	struct strbuf keys; /* each with its NUL */
	struct index_write *write;
	uint32_t n;
	bool long_set; /* an index is not searched for one of more than 256 bytes */
};

/* By key and then by priority: so the order here serves as priority. */
static int take_entry(const char *key, const char *value, void *data)
{
	struct both *both = data;
	const char *set = strchr(key, '[');

	both->long_set |= set && strlen(set) > 256;
	fuzz_must(strbuf_add(&both->keys, key, strlen(key) + 1) == 0);
	fuzz_must(index_write_add(both->write, key, value, both->n++) == 0);
	return 0;
}

static int count_entry(const char *key, const char *value, void *data)
{
	uint32_t *n = data;

	(void)key;
	(void)value;
	++*n;
	return 0;
}

/* The values of a search, whatever their order, as a number. */
static uint64_t sum_of(const struct index_hits *hits)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < hits->n; i++) {
		uint64_t h = 1469598103934665603u;

		for (const char *c = hits->at[i].value; *c; c++)
			h = (h ^ (uint8_t)*c) * 1099511628211u;
		sum += h;
	}
	return sum;
}

static void check_name(const struct index_text *it, const struct index *ix,
		       const struct both *both, const char *name)
{
	struct index_hits text = INDEX_HITS_INIT, bin = INDEX_HITS_INIT;
	const char *a = index_text_find(it, name), *b = index_find(ix, name);

	fuzz_must(!a == !b && (!a || streq(a, b)));
	fuzz_must(index_text_match(it, name, &text) == 0 && index_match(ix, name, &bin) == 0);
	fuzz_must(both->long_set ||
		  (text.n == bin.n && sum_of(&text) == sum_of(&bin)));
	for (size_t i = 1; i < text.n; i++)
		fuzz_must(text.at[i - 1].priority <= text.at[i].priority);
	index_hits_release(&text);
	index_hits_release(&bin);
}

static void check(const struct index_text *it)
{
	static const char *const names[] = { "", "a", "xx-yy", "[", "*" };
	struct both both = { STRBUF_INIT, index_write_new(), 0, false };
	struct strbuf out = STRBUF_INIT;
	struct index *ix;
	const char *key;
	uint32_t n = 0;

	fuzz_must(both.write && index_text_each(it, take_entry, &both) == 0);
	fuzz_must(index_write_emit(both.write, &out) == 0);
	fuzz_must(index_open_bytes(out.s, out.len, &fuzz_log, &ix) == 0);
	fuzz_must(index_each(ix, count_entry, &n) == 0 && n == both.n);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		check_name(it, ix, &both, names[i]);
	key = both.keys.s;
	for (size_t i = 0; i < both.n && i < ASKED; i++) {
		check_name(it, ix, &both, key);
		key += strlen(key) + 1;
	}
	fuzz_must(!index_is_damaged(ix));
	index_close(ix);
	index_write_free(both.write);
	strbuf_release(&both.keys);
	strbuf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char letters[] = "dabm"; /* in the order of enum index_text_form */
	static struct fuzz_file file;
	struct index_text *it = NULL; /* as is st: set below, which -O3 -flto cannot see */
	const char *letter;
	struct stat st = { 0 };

	if (size == 0)
		return 0;
	letter = data[0] ? strchr(letters, data[0]) : NULL;
	fuzz_file_write(&file, data + 1, size - 1);
	fuzz_must(index_text_open(file.path, letter ? (enum index_text_form)(letter - letters) : 0,
				  &it, &st) == 0);
	fuzz_must((size_t)st.st_size == size - 1);
	check(it);
	index_text_close(it);
	return 0;
}
