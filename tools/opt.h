/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options as a table: one row gives parsing, help text and completion. */
#pragma once

#include <stddef.h>

enum opt_kind {
	OPT_FLAG, /* bool: set */
	OPT_COUNT, /* int: one more */
	OPT_CALL, /* call(into, NULL) */
	OPT_LEFT_OUT, /* not in this build: the user is told */
	OPT_TEXT, /* const char *: the argument. This and what follows take one */
	OPT_MSEC, /* unsigned int: milliseconds, decimal, 0x or 0 octal */
	OPT_CALL_TEXT, /* call(into, argument) */
};

struct opt {
	int key; /* short letter, or OPT_LONG(n) when there is none */
	const char *name; /* long name */
	enum opt_kind kind;
	size_t at; /* offset of the field this option fills */
	const char *arg; /* how help names the argument */
	const char *help; /* NULL: an old spelling, not in the help */
	/* for OPT_CALL*: 0, or negative: stop, the user was told */
	int (*call)(void *into, const char *arg);
};

#define OPT_LONG(n) (0x100 + (n))
#define OPT_MAX 48

/*
 * Fills into from argv; feeds getopt_long(), so clusters and abbreviations are
 * as users know them. Returns the index of the first operand; negative: the
 * user was told, exit with failure; OPT_DONE: --help or --version was answered.
 * -h and -V need no row. usage: what follows the program's name.
 */
#define OPT_DONE (-0x7fff)
int opt_parse(int argc, char **argv, const struct opt *tab, size_t n, const char *usage,
	      void *into);
/* What -h prints; argv0: the program's name, or a path that ends in it. */
void opt_print_help(const char *argv0, const struct opt *tab, size_t n, const char *usage);
