/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who provides what to whom, and in which order: symbols to owners, direct
 * dependencies, numbers, closures (docs/spec/depmod.md 8.4 and 9).
 * Reads the facts, never a file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct facts;
struct log;
struct symvers;

#define RESOLVE_KERNEL UINT32_MAX /* owner: the kernel image, not a module */

struct resolve_symbol {
	const char *name; /* as the indexes spell it; borrowed from the facts or symvers */
	uint64_t crc;
	uint32_t owner; /* index of the module, or RESOLVE_KERNEL */
};

struct resolve_edge {
	uint32_t to; /* index of the module needed */
	const struct resolve_symbol *because; /* the first symbol that made the edge */
};

struct resolved {
	const struct facts *modules; /* n of them, module order; borrowed */
	size_t n;
	struct resolve_symbol *symbols; /* n_symbols of them */
	size_t n_symbols;
	struct resolve_edge *edges; /* of module i: from first_edge[i] to first_edge[i + 1] */
	size_t *first_edge;
	uint32_t *closure; /* the same with first_closure; in the order modules.dep has */
	size_t *first_closure;
	size_t n_numbered; /* less than n: there are cycles, and no closures */
};

struct resolve_options {
	char symbol_prefix; /* taken off names; NUL: none */
	const struct symvers *kernel; /* NULL: not known */
	bool warn_unknown; /* of symbols nobody has */
	bool warn_crc; /* of checksums that differ */
	bool warn_twice; /* of symbols two modules export */
};

#define auto_resolved __attribute__((cleanup(resolved_release)))

/* 0, cycles or not; or -ENOMEM and *ret is untouched. */
int resolve(const struct facts *modules, size_t n, const struct resolve_options *options,
	    const struct log *log, struct resolved *ret);
void resolved_release(struct resolved *r);
