/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a file of modprobe.d. */
#include "testsuite/fuzz/conf-check.h"

#include "libkmod/conf-parse.h"

const char fuzz_seeds[] = "conf-parse";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned lines = 1;
	struct conf conf;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	conf_init(&conf);
	fuzz_must(conf_parse(&conf, (const char *)data, size, "f", &fuzz_log) == 0);
	conf_check(&conf, lines);
	conf_release(&conf);
	return 0;
}
