/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the small indexes that the tests of the index rooms share. */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkmod/index-dump.h"
#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/strbuf.h"
#include "testsuite/unit/index-test.h"
#include "tools/depmod/index-write.h"

const uint8_t index_test_dep[69] = {
	0xb0, 0x07, 0xf4, 0x57, 0x00, 0x02, 0x00, 0x01, 0x20, 0x00, 0x00, 0x0c, 'u',  'u',
	0xa0, 0x00, 0x00, 0x12, 's',  0x00, 'b',  'c',	0x40, 0x00, 0x00, 0x1e, 0x40, 0x00,
	0x00, 0x2e, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 'u',  's',	'b',  '.',
	'k',  'o',  ':',  0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 'u',  's',
	'c',  '.',  'k',  'o',	':',  ' ',  'u',  's',	'b',  '.',  'k',  'o',	0x00,
};

const uint8_t index_test_dep_post_order[69] = {
	0xb0, 0x07, 0xf4, 0x57, 0x00, 0x02, 0x00, 0x01, 0x20, 0x00, 0x00, 0x3f, 0x00, 0x00,
	0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 'u',  's',	'b',  '.',  'k',  'o',	':',  0x00,
	0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 'u',  's',  'c',  '.',	'k',  'o',
	':',  ' ',  'u',  's',	'b',  '.',  'k',  'o',	0x00, 's',  0x00, 'b',	'c',  0x40,
	0x00, 0x00, 0x0c, 0x40, 0x00, 0x00, 0x1c, 'u',	'u',  0xa0, 0x00, 0x00, 0x33,
};

const uint8_t index_test_alias[59] = {
	0xb0, 0x07, 0xf4, 0x57, 0x00, 0x02, 0x00, 0x01, 0x20, 0x00, 0x00, 0x0c, 't',  't',	0xe0,
	0x00, 0x00, 0x12, '_',	'1',  0x00, '*',  '*',	0x40, 0x00, 0x00, 0x27, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x00, 0x00, 'u',  's',  'b',	0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00,
	0x00, 0x00, 'u',  's',	'b',  0x00, 0x00, 0x00, 0x00, 0x01, 'u',  's',	'c',  0x00,
};

void index_test_write(const struct index_test_entry *entries, size_t n, struct strbuf *ret)
{
	auto_index_write struct index_write *w = index_write_new();

	assert_non_null(w);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(index_write_add(w, entries[i].key, entries[i].value,
						 entries[i].priority), 0);
	assert_int_equal(index_write_emit(w, ret), 0);
}

void *index_test_exact(const void *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

void index_test_dump(const struct index *ix, const char *prefix, struct strbuf *ret)
{
	auto_fclose FILE *f = tmpfile();
	auto_free char *text = NULL;

	assert_non_null(f);
	assert_int_equal(index_dump(ix, fileno(f), prefix), 0);
	assert_int_equal(lseek(fileno(f), 0, SEEK_SET), 0);
	assert_int_equal(io_read_text_fd(fileno(f), 0, &text, NULL), 0);
	strbuf_clear(ret);
	assert_int_equal(strbuf_adds(ret, ""), 0);
	assert_int_equal(strbuf_adds(ret, text), 0);
}

void index_test_match(const struct index *ix, const char *name, struct strbuf *ret)
{
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;

	assert_int_equal(index_match(ix, name, &hits), 0);
	strbuf_clear(ret);
	assert_int_equal(strbuf_adds(ret, ""), 0);
	for (size_t i = 0; i < hits.n; i++)
		assert_int_equal(strbuf_addf(ret, "%s%s", i ? " " : "", hits.at[i].value), 0);
}
