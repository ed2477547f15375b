/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fuzz entry point: fuzz-PARSER.c has both of these. `make check` runs it over
 * its seeds (standalone.c); for a real run, in the source directory:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
 *	-D_GNU_SOURCE -DSYSCONFDIR='"/etc"' -DDISTCONFDIR='"/usr/lib"' -I. \
 *	-o /tmp/fuzz testsuite/fuzz/fuzz-conf-parse.c libkmod/conf*.c libkmod/log.c shared/[a-z]*.c
 *   mkdir /tmp/corpus; /tmp/fuzz /tmp/corpus testsuite/fuzz/seeds/conf-parse
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The directory below testsuite/fuzz/seeds/. */
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
