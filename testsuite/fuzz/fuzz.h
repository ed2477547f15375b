/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fuzz entry point: fuzz-PARSER.c has both of these. `make check` runs it over
 * its seeds, each also cut short (standalone.c);
 *
 *   make fuzz FUZZER=index TIME=1200
 *
 * runs it for so many seconds of CPU time under libFuzzer, ASan and UBSan (run-fuzzer).
 *
 * seeds/ is text only, a tree for `mkmod tree` (testsuite/mkmod/README.md): a file
 * of seeds/PARSER/ is a seed, x.ko.txt there the recipe of one. What was found by
 * fuzzing is a line of seeds/.tree, which run-fuzzer prints:
 *
 *   f PARSER/what-it-is-about \x28\xb5...
 *
 * dict/PARSER, where it exists, has the words that the format knows.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The directory below seeds/. */
extern const char fuzz_seeds[];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for any input, also where assert() is compiled out. */
#define fuzz_must(condition)                                                             \
	do {                                                                             \
		if (!(condition)) {                                                      \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                         \
		}                                                                        \
	} while (0)
