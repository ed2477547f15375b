/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Symbols to owners, dependencies, numbers, order. */
#include "testsuite/unit/unit.h"

#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/resolve.h"
#include "tools/depmod/symvers.h"

#define SYMBOLS_MAX 8

/* A module as the facts would tell it: words, "!" before a weak need, "=N" for a checksum. */
struct recipe {
	const char *name, *exports, *needs;
};

static struct facts modules[8];
static struct facts_symbol symbols[8][2][SYMBOLS_MAX];
static char words[8][2][256];

static size_t make_symbols(const char *text, char *copy, struct facts_symbol *out)
{
	size_t n = 0;
	char *rest;

	assert_true(strlen(text) < 256);
	strcpy(copy, text);
	for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		char *crc = strchr(w, '=');

		assert_true(n < SYMBOLS_MAX);
		if (crc)
			*crc++ = '\0';
		out[n].weak = *w == '!';
		out[n].name = w + out[n].weak;
		out[n++].crc = crc ? strtoull(crc, NULL, 16) : 0;
	}
	return n;
}

static void make_modules(const struct recipe *recipes, size_t n)
{
	assert_true(n <= ARRAY_SIZE(modules));
	for (size_t i = 0; i < n; i++) {
		struct facts *m = &modules[i];

		*m = (struct facts){ .path = recipes[i].name, .listed = recipes[i].name,
				     .name = recipes[i].name };
		m->exports = symbols[i][0];
		m->n_exports = make_symbols(recipes[i].exports, words[i][0], symbols[i][0]);
		m->needs = symbols[i][1];
		m->n_needs = make_symbols(recipes[i].needs, words[i][1], symbols[i][1]);
	}
}

/* "m: closure; ..." for all modules. */
static const char *closures(const struct resolved *r)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < r->n; i++) {
		ADD("%s:", r->modules[i].name);
		for (size_t k = r->first_closure[i]; k < r->first_closure[i + 1]; k++)
			ADD(" %s", r->modules[r->closure[k]].name);
		ADD("; ");
	}
	return text;
}

static const char *resolve_text(const struct recipe *recipes, size_t n,
				const struct resolve_options *options)
{
	static const struct resolve_options none;
	auto_resolved struct resolved r = { 0 };

	make_modules(recipes, n);
	assert_int_equal(resolve(modules, n, options ? options : &none, &log_taken, &r), 0);
	assert_int_equal(r.n_numbered, n);
	return closures(&r);
}

/* docs/spec/depmod.md 9, the example, and edge case 28 */
static void users_come_before_what_they_use(void **state)
{
	static const struct recipe recipes[] = {
		{ "a", "a1 a2", "" },
		{ "ab", "abc", "a1" },
		{ "b", "", "abc a2 !w1" },
		{ "w", "w1", "" },
	};
	static const struct recipe backwards[] = {
		{ "w", "w1", "" },
		{ "b", "", "abc a2 !w1" },
		{ "ab", "abc", "a1" },
		{ "a", "a1 a2", "" },
	};

	(void)state;
	assert_string_equal(resolve_text(recipes, 4, NULL), "a:; ab: a; b: w ab a; w:; ");
	assert_string_equal(resolve_text(backwards, 4, NULL), "w:; b: w ab a; ab: a; a:; ");
}

/* docs/spec/depmod.md edge cases 25 and 26 */
static void the_last_one_owns_a_symbol(void **state)
{
	static const struct resolve_options loud = { .warn_twice = true };
	static const struct recipe recipes[] = {
		{ "a", "s s", "" }, { "b", "s", "" }, { "c", "", "s !nobody" },
	};

	(void)state;
	assert_string_equal(resolve_text(recipes, 3, NULL), "a:; b:; c: b; ");
	assert_logged("");
	assert_string_equal(resolve_text(recipes, 3, &loud), "a:; b:; c: b; ");
	assert_logged("4 duplicate module symbol: s in a and b\n");
}

static void one_edge_for_each_pair_with_its_first_symbol(void **state)
{
	static const struct resolve_options none;
	static const struct recipe recipes[] = { { "a", "s1 s2", "" }, { "b", "", "s2 s1 s2" } };
	auto_resolved struct resolved r = { 0 };

	(void)state;
	make_modules(recipes, 2);
	assert_int_equal(resolve(modules, 2, &none, &log_taken, &r), 0);
	assert_int_equal(r.first_edge[1], 0);
	assert_int_equal(r.first_edge[2], 1);
	assert_int_equal(r.edges[0].to, 0);
	assert_string_equal(r.edges[0].because->name, "s2");
}

/* docs/spec/depmod.md 8.4 and edge case 24 */
static void names_match_without_dot_and_prefix(void **state)
{
	static const struct resolve_options prefix = { .symbol_prefix = '_' };
	static const struct recipe dots[] = {
		{ "a", "foo .bar", "" }, { "b", "", ".foo" }, { "c", "", ".bar" },
		{ "d", "", "..bar" },
	};
	static const struct recipe prefixed[] = {
		{ "a", "_pfx __dbl", "" }, { "b", "", "_pfx" }, { "c", "", "pfx" },
		{ "d", "", "._pfx" }, { "e", "", "_dbl" },
	};

	(void)state;
	assert_string_equal(resolve_text(dots, 4, NULL), "a:; b: a; c:; d: a; ");
	assert_string_equal(resolve_text(prefixed, 5, &prefix), "a:; b: a; c: a; d: a; e:; ");
}

/* docs/spec/depmod.md 10 and edge case 22 */
static void unknown_symbols_and_other_versions_are_said(void **state)
{
	static struct symvers_symbol at[] = { { "k", 1 }, { "over", 2 } };
	static const struct symvers kernel = { .at = at, .n = 2 };
	static const struct resolve_options both = {
		.kernel = &kernel, .warn_unknown = true, .warn_crc = true,
	};
	static const struct recipe recipes[] = {
		{ "a", "over=5 s=6", "" },
		{ "b", "", "k=1 over=5 s=6 !none !s=7 ." },
		{ "c", "", "k=2 none s=7" },
	};

	(void)state;
	assert_string_equal(resolve_text(recipes, 3, &both), "a:; b: a; c: a; ");
	assert_logged("4 b needs unknown symbol \n"
		      "4 c disagrees about version of symbol k\n"
		      "4 c needs unknown symbol none\n"
		      "4 c disagrees about version of symbol s\n");
}

static void cycles_leave_modules_without_number(void **state)
{
	static const struct resolve_options none;
	static const struct recipe recipes[] = {
		{ "a", "a1", "b1" }, { "b", "b1", "a1 t1" }, { "t", "t1", "" }, { "u", "", "a1" },
	};
	auto_resolved struct resolved r = { 0 };

	(void)state;
	make_modules(recipes, 4);
	assert_int_equal(resolve(modules, 4, &none, &log_taken, &r), 0);
	assert_int_equal(r.n_numbered, 1); /* u; t is only used from the cycle */
}

static void no_modules_at_all(void **state)
{
	(void)state;
	assert_string_equal(resolve_text(NULL, 0, NULL), "");
}

static void survives_every_failed_allocation(void **state)
{
	static const struct resolve_options none;
	static const struct recipe recipes[] = { { "a", "s1 s2", "" }, { "b", "t", "s2 s1" },
						 { "c", "", "t" } };

	(void)state;
	make_modules(recipes, 3);
	for (unsigned n = 1;; n++) {
		auto_resolved struct resolved r = { 0 };
		int error;

		oom_arm(n);
		error = resolve(modules, 3, &none, NULL, &r);
		if (!oom_fired()) {
			assert_true(n > 8);
			assert_int_equal(error, 0);
			break;
		}
		assert_int_equal(error, -ENOMEM);
		assert_null(r.first_edge);
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, play_begin, play_end)
	const struct CMUnitTest tests[] = {
		CASE(users_come_before_what_they_use),
		CASE(the_last_one_owns_a_symbol),
		CASE(one_edge_for_each_pair_with_its_first_symbol),
		CASE(names_match_without_dot_and_prefix),
		CASE(unknown_symbols_and_other_versions_are_said),
		CASE(cycles_leave_modules_without_number),
		CASE(no_modules_at_all),
		CASE(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
