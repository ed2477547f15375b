/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modules that need themselves, in cycles of any shape. */
#include "testsuite/unit/unit.h"


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

/* depmod.md edge cases 25 and 29 */
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
		{ "four, each needs all", "a:bcd b:acd c:abd d:abc",
		  LINE("a -> d -> a") LINE("b -> d -> b") LINE("c -> d -> c") FOUND(4), 4 },
		{ "five, each needs all", "a:bcde b:acde c:abde d:abce e:abcd",
		  LINE("a -> e -> a") LINE("b -> e -> b") LINE("c -> e -> c") LINE("d -> e -> d")
		  FOUND(5), 5 },
		{ "two long loops share one", "a:b b:c c:a x:y y:c",
		  LINE("a -> b -> c -> a") FOUND(3), 3 },
		{ "two long loops share one, other side", "a:b b:c c:ax x:y y:c",
		  LINE("a -> b -> c -> a") LINE("x -> y -> c -> x") FOUND(5), 5 },
		{ "two loops share two", "a:b b:cd c:a d:a",
		  LINE("a -> b -> d -> a") LINE("c -> a -> b -> c") FOUND(4), 4 },
		{ "three loops through one", "m:abc a:m b:m c:m",
		  LINE("m -> c -> m") LINE("a -> m -> a") LINE("b -> m -> b") FOUND(4), 4 },
		{ "a loop between two others", "a:b b:ac c:d d:ce e:f f:e",
		  LINE("a -> b -> a") LINE("c -> d -> c") LINE("e -> f -> e") FOUND(6), 6 },
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

enum { FEW = 7 };

/* What was said of a graph, against the way from each module to each in it. */
static void check_told(bool edge[FEW][FEW], size_t found)
{
	bool way[FEW][FEW], told[FEW] = { false };
	size_t want = 0;

	memcpy(way, edge, sizeof(way));
	for (unsigned k = 0; k < FEW; k++)
		for (unsigned i = 0; i < FEW; i++)
			for (unsigned j = 0; j < FEW; j++)
				way[i][j] |= way[i][k] && way[k][j];
	for (const char *p = strbuf_str(&taken); (p = strstr(p, "Cycle detected: ")) != NULL;) {
		unsigned passed[FEW] = { 0 }, start, at;

		p += strlen("Cycle detected: ");
		start = at = (unsigned)(*p - 'a');
		while (p[1] != '\n') {
			unsigned to = (unsigned)(p[5] - 'a');

			assert_memory_equal(p + 1, " -> ", 4);
			assert_true(edge[at][to]);
			assert_int_equal(passed[to]++, 0);
			told[to] = true;
			at = to;
			p += 5;
		}
		assert_int_equal(at, start);
	}
	for (unsigned i = 0; i < FEW; i++) {
		assert_int_equal(told[i], way[i][i]);
		want += way[i][i];
	}
	assert_int_equal(found, want);
}

static void any_graph_is_told_rightly(void **state)
{
	uint32_t x = 1;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		char graph[FEW * (FEW + 3) + 1], *p = graph;
		bool edge[FEW][FEW];

		for (unsigned i = 0; i < FEW; i++) {
			*p++ = (char)('a' + i);
			*p++ = ':';
			for (unsigned j = 0; j < FEW; j++) {
				x = x * 1103515245 + 12345;
				edge[i][j] = (x >> 16) % 16 < 1 + round % 6;
				if (edge[i][j])
					*p++ = (char)('a' + j);
			}
			*p++ = ' ';
		}
		*p = '\0';
		check_told(edge, report(graph, false));
		strbuf_release(&taken);
	}
}

/* One ring: recursion would go 50000 deep. */
static void long_cycles_need_no_stack(void **state)
{
	enum { N = 50000 };
	struct facts *modules = calloc(N, sizeof(*modules));
	struct resolve_edge *edges = calloc(N + 1, sizeof(*edges));
	size_t *first_edge = calloc(N + 1, sizeof(*first_edge)), found = 0;
	struct resolved r = { .modules = modules, .n = N, .edges = edges,
			      .first_edge = first_edge };

	(void)state;
	assert_true(modules && edges && first_edge);
	for (uint32_t i = 0; i < N; i++) {
		modules[i].name = "m";
		edges[i].to = (i + 1) % N;
		first_edge[i + 1] = i + 1;
	}
	assert_int_equal(cycles_report(&r, NULL, &found), 0);
	assert_int_equal(found, N);
	free(modules);
	free(edges);
	free(first_edge);
}

/*
 * A chain and many ways from its end to its start, each a cycle of its own, as
 * long as the chain.
 */
static void what_is_told_stays_short(void **state)
{
	enum { CHAIN = 1000, WAYS = 1000, N = CHAIN + WAYS };
	struct facts *modules = calloc(N, sizeof(*modules));
	struct resolve_edge *edges = calloc(N + WAYS, sizeof(*edges));
	size_t *first_edge = calloc(N + 1, sizeof(*first_edge)), found = 0, n = 0, lines = 0;
	struct resolved r = { .modules = modules, .n = N, .edges = edges,
			      .first_edge = first_edge };

	(void)state;
	assert_true(modules && edges && first_edge);
	for (uint32_t i = 0; i < N; i++) {
		modules[i].name = "m";
		if (i >= CHAIN)
			edges[n++].to = 0;
		else if (i + 1 < CHAIN)
			edges[n++].to = i + 1;
		else
			for (uint32_t way = CHAIN; way < N; way++)
				edges[n++].to = way;
		first_edge[i + 1] = n;
	}
	assert_int_equal(cycles_report(&r, &log_taken, &found), 0);
	assert_int_equal(found, N);
	for (const char *p = strbuf_str(&taken); (p = strstr(p, "Cycle detected: ")); p++)
		lines++;
	assert_int_equal(lines, 16);
	assert_non_null(strstr(taken.s, "3 More cycles with m are not shown\n" FOUND(2000)));
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
		CASE(any_graph_is_told_rightly),
		CASE(long_cycles_need_no_stack),
		CASE(what_is_told_stays_short),
		CASE(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("cycles", tests, NULL, NULL);
}
