/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as an index file: open, dump, exact search and search with patterns.
 * Where nothing is damaged, the searches give what the dump has.
 */
#include "testsuite/fuzz/fuzz-log.h"

#include <errno.h>
#include <string.h>

#include "libkmod/index-dump.h"
#include "libkmod/index-glob.h"
#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/strbuf.h"
#include "testsuite/fuzz/fuzz-file.h"

const char fuzz_seeds[] = "index";

#define ASKED 16 /* keys of the dump that are looked up */
#define DUMP_MAX (1u << 20) /* nodes may be shared, so a dump may be much larger than its file */

/* What the dump says. */
struct dump {
	struct strbuf text; /* key, NUL, value, NUL, and so on */
	struct strbuf lines; /* as index_dump() writes it */
	size_t n;
};

static int take_entry(const char *key, const char *value, void *data)
{
	struct dump *dump = data;

	if (dump->lines.len > DUMP_MAX)
		return -E2BIG;
	fuzz_must(strbuf_add(&dump->text, key, strlen(key) + 1) == 0);
	fuzz_must(strbuf_add(&dump->text, value, strlen(value) + 1) == 0);
	fuzz_must(strbuf_addf(&dump->lines, "alias %s %s\n", key, value) == 0);
	dump->n++;
	return 0;
}

static const char *next_string(const char *s)
{
	return s + strlen(s) + 1;
}

/* Bytes up to the first * ? [ are literal, also a backslash. */
static bool key_matches(const char *key, const char *name)
{
	size_t literal = strcspn(key, "*?[");

	return strncmp(key, name, literal) == 0 && index_glob(key + literal, name + literal);
}

/* Neither search is asked for a set that is too long for it (libkmod/index-walk.h). */
static bool is_long_set(const char *key)
{
	const char *set = strchr(key, '[');

	return set && strlen(set) > 256;
}

static void check_name(const struct index *ix, const struct dump *dump, const char *name)
{
	struct index_hits hits = INDEX_HITS_INIT;
	const char *value = index_find(ix, name), *key = dump->text.s;
	bool found = false, comparable = true;
	size_t n = 0;

	fuzz_must(index_match(ix, name, &hits) == 0);
	for (size_t i = 1; i < hits.n; i++) {
		const struct index_hit *a = &hits.at[i - 1], *b = &hits.at[i];

		fuzz_must(a->priority < b->priority ||
			  (a->priority == b->priority && a->found > b->found));
	}
	for (size_t i = 0; i < dump->n; i++) {
		const char *v = next_string(key);

		if (value && streq(key, name) && streq(v, value))
			found = true;
		fuzz_must(value || !streq(key, name) || index_is_damaged(ix));
		n += key_matches(key, name);
		comparable &= !is_long_set(key);
		key = next_string(v);
	}
	if (!index_is_damaged(ix)) {
		fuzz_must(found == (value != NULL));
		fuzz_must(!comparable || n == hits.n);
	}
	index_hits_release(&hits);
}

static void check_dump(const struct index *ix, const struct dump *dump)
{
	static struct fuzz_file file;
	struct stat st;
	char *text;
	size_t size;

	fuzz_file_write(&file, "", 0);
	fuzz_must(index_dump(ix, file.fd, "alias ") == 0);
	fuzz_must(fstat(file.fd, &st) == 0 && (size_t)st.st_size == dump->lines.len);
	fuzz_must(io_read_text(file.path, 0, &text, &size) == 0);
	fuzz_must(size == dump->lines.len &&
		  memcmp(text, strbuf_str(&dump->lines), size) == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dump dump = { STRBUF_INIT, STRBUF_INIT, 0 };
	static const char *const names[] = { "", "a", "pci:v00008086d00001533sv", "xx-yy", "[", "aab" };
	struct index *ix;
	size_t own_size;
	const char *key;
	char *own;
	int r;

	if (index_open_bytes(data, size, &fuzz_log, &ix) < 0)
		return 0;
	r = index_each(ix, take_entry, &dump);
	fuzz_must(r == 0 || r == -E2BIG);
	if (r < 0)
		dump.n = 0; /* nothing to compare with */
	else
		check_dump(ix, &dump);
	for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++)
		check_name(ix, &dump, names[i]);
	key = dump.text.s;
	for (size_t i = 0; i < dump.n && i < ASKED; i++) {
		check_name(ix, &dump, key);
		key = next_string(next_string(key));
	}
	/* What a fuzzer puts behind the rest is a name to ask for, too. */
	own_size = size < 40 ? size : 40;
	own = strndup((const char *)data + size - own_size, own_size);
	fuzz_must(own);
	if (r == 0)
		check_name(ix, &dump, own);
	else
		(void)index_find(ix, own);
	free(own);
	index_close(ix);
	strbuf_release(&dump.text);
	strbuf_release(&dump.lines);
	return 0;
}
