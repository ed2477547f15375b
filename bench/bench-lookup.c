/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a lookup costs a long-lived client: our library beside another one, in
 * one process, taking turns.
 * usage: bench-lookup TREE OURS [THEIRS]
 * TREE: an indexed /lib/modules/RELEASE, with its modules.alias. THEIRS: the installed
 * one, unless given.
 */
#include <dlfcn.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libkmod.h"
#include "shared/macro.h"
#include "testsuite/real/aliases.h"

#define TURNS 7

struct library {
	const char *path;
	struct kmod_ctx *ctx;
	__typeof__(kmod_new) *new;
	__typeof__(kmod_unref) *unref;
	__typeof__(kmod_load_resources) *load_resources;
	__typeof__(kmod_unload_resources) *unload_resources;
	__typeof__(kmod_module_new_from_lookup) *lookup;
	__typeof__(kmod_module_unref_list) *unref_list;
	__typeof__(kmod_list_next) *next;
};

struct names {
	const char *title;
	char **at;
	size_t n;
	size_t rounds; /* of all names, in one turn */
};

static void *symbol(void *handle, const char *path, const char *name)
{
	void *s = dlsym(handle, name);

	if (!s)
		errx(1, "%s: no %s", path, name);
	return s;
}

static void library_open(struct library *lib, const char *path, const char *tree)
{
	static const char *const no_config[] = { NULL };
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	Dl_info info;

	if (!handle)
		errx(1, "%s", dlerror());
	lib->new = symbol(handle, path, "kmod_new");
	lib->unref = symbol(handle, path, "kmod_unref");
	lib->load_resources = symbol(handle, path, "kmod_load_resources");
	lib->unload_resources = symbol(handle, path, "kmod_unload_resources");
	lib->lookup = symbol(handle, path, "kmod_module_new_from_lookup");
	lib->unref_list = symbol(handle, path, "kmod_module_unref_list");
	lib->next = symbol(handle, path, "kmod_list_next");
	lib->path = dladdr(symbol(handle, path, "kmod_new"), &info) ? info.dli_fname : path;
	lib->ctx = lib->new(tree, no_config);
	if (!lib->ctx)
		err(1, "%s: kmod_new", path);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Modules found for all names, once each; *ret_ns: cost of one lookup, the list given back. */
static size_t turn(const struct library *lib, const struct names *names, double *ret_ns)
{
	double start = now();
	size_t found = 0;

	for (size_t round = 0; round < names->rounds; round++) {
		found = 0;
		for (size_t i = 0; i < names->n; i++) {
			struct kmod_list *list = NULL;
			int r = lib->lookup(lib->ctx, names->at[i], &list);

			if (r < 0)
				errx(1, "%s: %s: %s", lib->path, names->at[i], strerror(-r));
			for (struct kmod_list *l = list; l; l = lib->next(list, l))
				found++;
			(void)lib->unref_list(list);
		}
	}
	*ret_ns = (now() - start) / (double)(names->n * names->rounds);
	return found;
}

/* The least of some turns: what else the machine does only adds. */
static void measure(const struct library libs[2], const struct names *names)
{
	double best[2] = { 0, 0 };
	size_t found[2];

	for (size_t t = 0; t < TURNS; t++) {
		for (size_t i = 0; i < 2; i++) {
			double ns;

			found[i] = turn(&libs[i], names, &ns);
			if (t == 0 || ns < best[i])
				best[i] = ns;
		}
	}
	printf("%-26s %6zu %7zu %8.0f %8.0f  %5.2f%s\n", names->title, names->n, found[0], best[0],
	       best[1], best[0] / best[1], found[0] == found[1] ? "" : "  other modules found!");
}

static void names_add(struct names *names, char *name)
{
	names->at = reallocarray(names->at, names->n + 1, sizeof(*names->at));
	if (!names->at || !name)
		errx(1, "names: no memory");
	names->at[names->n++] = name;
}

int main(int argc, char **argv)
{
	struct names mix = { .title = "all aliases", .rounds = 2 };
	struct names pci = { .title = "pci", .rounds = 4 };
	struct names miss = { .title = "of: misses", .rounds = 1 };
	struct names one = { .title = "one pci name", .rounds = 4000 };
	struct library libs[2];
	struct aliases all;
	uint64_t random = 1;

	if (argc < 3 || argc > 4)
		errx(2, "usage: bench-lookup TREE OURS [THEIRS]");
	/* Theirs first: once one is there, the bare name means that one. */
	library_open(&libs[1], argc > 3 ? argv[3] : "libkmod.so.2", argv[1]);
	library_open(&libs[0], argv[2], argv[1]);
	if (libs[0].new == libs[1].new)
		errx(1, "%s twice", libs[0].path);
	printf("ours: %s, theirs: %s\n", libs[0].path, libs[1].path);
	all = aliases_read(argv[1], "modules.alias");
	for (size_t i = 0; i < all.n; i++) {
		const char *pattern = all.at[i].pattern;
		size_t n = strlen(pattern);
		char *name = aliases_concrete(pattern, &random);

		names_add(&mix, name);
		if (str_after(name, "pci:"))
			names_add(&pci, name);
		/* As if of a device newer than the tree; many, but the others are slow at it. */
		if (i % 4 == 0 && str_after(pattern, "of:") && pattern[n - 1] != '*') {
			if (asprintf(&name, "%s_nosuch", name) < 0)
				errx(1, "names: no memory");
			names_add(&miss, name);
		}
	}
	names_add(&one, strdup("pci:v00008086d000010D3sv00008086sd0000A01Fbc02sc00i00"));

	printf("%-26s %6s %7s %8s %8s  %5s\n", "ns per lookup", "names", "found", "ours", "theirs",
	       "ratio");
	for (int mapped = 1; mapped >= 0; mapped--) {
		puts(mapped ? "after kmod_load_resources:" : "without:");
		for (size_t i = 0; i < 2; i++) {
			if (mapped && libs[i].load_resources(libs[i].ctx) < 0)
				errx(1, "%s: kmod_load_resources", libs[i].path);
			if (!mapped)
				libs[i].unload_resources(libs[i].ctx);
		}
		if (!mapped)
			mix.rounds = pci.rounds = 1, one.rounds = 1000;
		measure(libs, &mix);
		measure(libs, &miss);
		measure(libs, &pci);
		measure(libs, &one);
	}
	for (size_t i = 0; i < 2; i++)
		(void)libs[i].unref(libs[i].ctx);
	return 0;
}
