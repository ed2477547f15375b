/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testsuite/unit/unit.h"

#include <time.h>

#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"
#include "tools/depmod/cycles.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/resolve.h"

/*
 * Who needs whom, "a:bc b:a": modules in this order, named by one letter. The
 * result of cycles_report(); with oom after every allocation has failed once.
 */
static size_t report(const char *graph, bool oom)
{
	static char names[26][2];
	static struct facts modules[26];
	struct resolve_edge edges[64];
	size_t first_edge[27] = { 0 }, n_edges = 0, n = 0, found = 99;
	struct resolved r = { .modules = modules, .edges = edges, .first_edge = first_edge };
	char order[27] = "";

	for (const char *p = graph; *p; p++) {
		if (p[1] == ':')
			order[r.n++] = *p;
	}
	for (const char *p = graph; *p; p++) {
		if (p[1] == ':') {
			names[n][0] = *p++;
			modules[n].name = names[n];
			first_edge[++n] = n_edges;
		} else if (*p != ' ') {
			const char *at = strchr(order, *p);

			assert_non_null(at);
			edges[n_edges++].to = (uint32_t)(at - order);
			first_edge[n] = n_edges;
		}
	}
	for (unsigned k = oom ? 1 : 0;; k++) {
		int error;

		oom_arm(k);
		error = cycles_report(&r, oom ? NULL : &log_taken, &found);
		if (!oom_fired()) {
			assert_int_equal(error, 0);
			return found;
		}
		assert_int_equal(error, -ENOMEM);
		assert_int_equal(found, 99);
	}
}

#define LINE(cycle) "3 Cycle detected: " cycle "\n"
#define FOUND(n) "3 Found " #n " modules in dependency cycles!\n"

/* docs/spec/depmod.md 9.1 and edge case 29 */
static void every_component_is_reported(void **state)
{
	static const struct { const char *name, *graph, *said; size_t found; } cases[] = {
		{ "none", "a:b b:c c: d:abc", "", 0 },
		{ "two", "a:b b:a", LINE("a -> b -> a") FOUND(2), 2 },
		{ "itself", "x: s:xs", LINE("s -> s") FOUND(1), 1 },
		{ "three", "a:b b:c c:a", LINE("a -> b -> c -> a") FOUND(3), 3 },
		{ "two loops", "a:b b:a c:d d:c",
		  LINE("a -> b -> a") LINE("c -> d -> c") FOUND(4), 4 },
		{ "figure of eight", "a:b b:ac c:b",
		  LINE("a -> b -> a") LINE("c -> b -> c") FOUND(3), 3 },
		{ "all three", "a:bc b:ac c:ab",
		  LINE("a -> c -> a") LINE("b -> c -> b") FOUND(3), 3 },
		{ "a loop on a loop", "a:b b:ac c:d d:c",
		  LINE("a -> b -> a") LINE("c -> d -> c") FOUND(4), 4 },
		{ "a tail on both sides", "u:a a:b b:at t:", LINE("a -> b -> a") FOUND(2), 2 },
		{ "a chord", "h:i i:j j:kh k:h",
		  LINE("h -> i -> j -> h") LINE("k -> h -> i -> j -> k") FOUND(4), 4 },
		{ "a chord, other order", "k:h h:i i:j j:kh",
		  LINE("k -> h -> i -> j -> k") FOUND(4), 4 },
		{ "itself inside a loop", "a:ab b:a", LINE("a -> a") LINE("b -> a -> b") FOUND(2), 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t found = report(cases[i].graph, false);

		assert_string_equal(strbuf_str(&taken), cases[i].said);
		assert_int_equal(found, cases[i].found);
		strbuf_release(&taken);
	}
}

/* One ring: recursion would go 50000 deep. */
static void long_cycles_end_soon(void **state)
{
	enum { N = 50000 };
	struct facts *modules = calloc(N, sizeof(*modules));
	struct resolve_edge *edges = calloc(N + 1, sizeof(*edges));
	size_t *first_edge = calloc(N + 1, sizeof(*first_edge)), found = 0;
	struct resolved r = { .modules = modules, .n = N, .edges = edges,
			      .first_edge = first_edge };
	clock_t start = clock();

	(void)state;
	assert_true(modules && edges && first_edge);
	for (uint32_t i = 0; i < N; i++) {
		modules[i].name = "m";
		edges[i].to = (i + 1) % N;
		first_edge[i + 1] = i + 1;
	}
	assert_int_equal(cycles_report(&r, NULL, &found), 0);
	assert_int_equal(found, N);
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	free(modules);
	free(edges);
	free(first_edge);
}

static void survives_every_failed_allocation(void **state)
{
	(void)state;
	assert_int_equal(report("a:b b:ac c:b", true), 3);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, play_begin, play_end)
	const struct CMUnitTest tests[] = {
		CASE(every_component_is_reported),
		CASE(long_cycles_end_soon),
		CASE(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("cycles", tests, NULL, NULL);
}
