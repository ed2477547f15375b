/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of depmod's output files, text and index. */
#include "testsuite/unit/unit.h"

#include "libkmod/index-walk.h"
#include "libkmod/index.h"
#include "shared/cleanup.h"
#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"
#include "tools/depmod/emit-bin.h"
#include "tools/depmod/emit-text.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/resolve.h"

static emitter *const emitters[] = {
	emit_dep, emit_alias, emit_softdep, emit_weakdep, emit_symbols, emit_devname,
	emit_dep_bin, emit_alias_bin, emit_symbols_bin, emit_builtin_bin, emit_builtin_alias_bin,
};

static const struct resolve_options no_options = { 0 };

/* depmod.md edge case 38: 65535 is no limit here; each module keeps its place as its priority */
static void more_modules_than_sixteen_bits(void **state)
{
	enum { N = 70000 };
	struct facts *modules = calloc(N, sizeof(*modules));
	char (*names)[16] = calloc(N, sizeof(*names)), (*files)[16] = calloc(N, sizeof(*files));
	static const char modinfo[] = "alias=all*";
	auto_strbuf struct strbuf dep = STRBUF_INIT, dep_bin = STRBUF_INIT, alias_bin = STRBUF_INIT;
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
	auto_resolved struct resolved resolved = { 0 };
	const struct emit_input in = { &resolved, ".", false, &log_taken };
	struct facts_symbol symbol = { "last", 0, false };
	struct index *ix = NULL;

	(void)state;
	assert_true(modules && names && files);
	for (unsigned i = 0; i < N; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "m%u", i);
		(void)snprintf(files[i], sizeof(files[i]), "m%u.ko", i);
		modules[i] = (struct facts){ .path = files[i], .listed = files[i], .name = names[i],
					     .modinfo = modinfo, .modinfo_size = sizeof(modinfo) };
	}
	modules[N - 1].exports = modules[0].needs = &symbol;
	modules[N - 1].n_exports = modules[0].n_needs = 1;
	assert_int_equal(resolve(modules, N, &no_options, &log_taken, &resolved), 0);
	assert_int_equal(emit_dep(&in, &dep), 0);
	assert_true(strncmp(dep.s, "m0.ko: m69999.ko\nm1.ko:\n", 24) == 0);
	assert_string_equal(dep.s + dep.len - 11, "m69999.ko:\n");

	assert_int_equal(emit_dep_bin(&in, &dep_bin), 0);
	assert_int_equal(index_open_bytes(dep_bin.s, dep_bin.len, NULL, &ix), 0);
	assert_string_equal(index_find(ix, "m0"), "m0.ko: m69999.ko");
	assert_string_equal(index_find(ix, "m65536"), "m65536.ko:");
	assert_string_equal(index_find(ix, "m69999"), "m69999.ko:");
	index_close(ix);

	assert_int_equal(emit_alias_bin(&in, &alias_bin), 0);
	ix = NULL;
	assert_int_equal(index_open_bytes(alias_bin.s, alias_bin.len, NULL, &ix), 0);
	assert_int_equal(index_match(ix, "all", &hits), 0);
	assert_int_equal(hits.n, N);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(hits.at[i].priority, i);
		assert_string_equal(hits.at[i].value, names[i]);
	}
	index_close(ix);
	assert_logged("");
	free(modules);
	free(names);
	free(files);
}

/* docs/spec/depmod.md 10: a node needs both of its numbers. */
static void numbers_of_devices_end_somewhere(void **state)
{
	static const char modinfo[] = "alias=devname:x\0alias=char-major-4294967296-1\0alias=char-major-4294967295-2";
	const struct facts modules[] = { { .path = "a.ko", .listed = "a.ko", .name = "a", .modinfo = modinfo,
					   .modinfo_size = sizeof(modinfo) } };
	auto_resolved struct resolved resolved = { 0 };
	auto_strbuf struct strbuf out = STRBUF_INIT;
	const struct emit_input in = { &resolved, ".", true, NULL };

	(void)state;
	assert_int_equal(resolve(modules, 1, &no_options, &log_taken, &resolved), 0);
	assert_int_equal(emit_devname(&in, &out), 0);
	assert_non_null(strstr(strbuf_str(&out), "\na x c4294967295:2\n"));
	strbuf_release(&taken);
}

/* docs/spec/index-files.md 2: "softdep NAME " alone would be a bad line to every reader. */
static void what_says_nothing_makes_no_line(void **state)
{
	static const char modinfo[] = "alias=\0alias\0alias= \t\0alias=real*\0softdep=\0softdep= \0softdep\0"
				      "softdep=pre: x\0weakdep=\0weakdep=\t\0weakdep=y";
	const struct facts modules[] = { { .path = "a.ko", .listed = "a.ko", .name = "a", .modinfo = modinfo,
					   .modinfo_size = sizeof(modinfo) } };
	static const struct { emitter *emit; const char *want; } texts[] = {
		{ emit_alias, "alias real* a\n" },
		{ emit_softdep, "softdep a pre: x\n" },
		{ emit_weakdep, "weakdep a y\n" },
	};
	auto_resolved struct resolved resolved = { 0 };
	const struct emit_input in = { &resolved, ".", true, &log_taken };
	auto_index_hits struct index_hits hits = INDEX_HITS_INIT;
	auto_strbuf struct strbuf alias_bin = STRBUF_INIT;
	struct index *ix = NULL;

	(void)state;
	assert_int_equal(resolve(modules, 1, &no_options, &log_taken, &resolved), 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_strbuf struct strbuf out = STRBUF_INIT;
		const char *line;

		assert_int_equal(texts[i].emit(&in, &out), 0);
		line = strchr(strbuf_str(&out), '\n'); /* the first one is a comment */
		assert_non_null(line);
		assert_string_equal(line + 1, texts[i].want);
	}
	assert_int_equal(emit_alias_bin(&in, &alias_bin), 0);
	assert_int_equal(index_open_bytes(alias_bin.s, alias_bin.len, NULL, &ix), 0);
	assert_int_equal(index_match(ix, "", &hits), 0);
	assert_int_equal(index_match(ix, " \t", &hits), 0);
	assert_int_equal(hits.n, 0);
	assert_int_equal(index_match(ix, "realm", &hits), 0);
	assert_int_equal(hits.n, 1);
	index_close(ix);
	assert_logged("");
}

static void every_failed_allocation_is_survived(void **state)
{
	static const char modinfo_a[] = "alias=x-y*\0alias=devname:x\0alias=char-major-1-2\0"
					"softdep=pre: b\0weakdep=b",
			  modinfo_b[] = "alias=x-y*\0alias=x_y*";
	static const struct facts_symbol exports[] = { { "s", 1, false }, { "t", 2, false } };
	const struct facts modules[] = {
		{ .path = "a.ko", .listed = "a.ko", .name = "a", .needs = exports, .n_needs = 2,
		  .modinfo = modinfo_a, .modinfo_size = sizeof(modinfo_a) },
		{ .path = "b.ko", .listed = "b.ko", .name = "b", .exports = exports, .n_exports = 2,
		  .modinfo = modinfo_b, .modinfo_size = sizeof(modinfo_b) },
	};
	auto_resolved struct resolved resolved = { 0 };
	const struct emit_input in = { &resolved, ".", true, NULL };

	(void)state;
	put_file("modules.builtin", "kernel/c.ko\nkernel/d.ko\n");
	put_file("modules.builtin.modinfo", "c.alias=c-alias");
	assert_int_equal(resolve(modules, 2, &no_options, &log_taken, &resolved), 0);
	for (size_t i = 0; i < ARRAY_SIZE(emitters); i++) {
		auto_strbuf struct strbuf want = STRBUF_INIT;

		assert_int_equal(emitters[i](&in, &want), 0);
		assert_true(want.len > 12);
		for (unsigned n = 1;; n++) {
			auto_strbuf struct strbuf out = STRBUF_INIT;
			int r;

			oom_arm(n);
			r = emitters[i](&in, &out);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				assert_int_equal(out.len, want.len);
				assert_memory_equal(out.s, want.s, want.len);
				assert_true(n > 1);
				break;
			}
			assert_int_equal(r, -ENOMEM);
		}
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, play_begin, play_end)
	const struct CMUnitTest tests[] = {
		CASE(more_modules_than_sixteen_bits),
		CASE(numbers_of_devices_end_somewhere),
		CASE(what_says_nothing_makes_no_line),
		CASE(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
