/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names that aliases of a real tree match, spread over all of them; one per line.
 * usage: names N TREE	(an indexed /lib/modules/RELEASE)
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/cleanup.h"
#include "testsuite/real/aliases.h"

int main(int argc, char **argv)
{
	struct aliases aliases;
	uint64_t random = 5;
	size_t n;

	if (argc != 3)
		errx(2, "usage: names N TREE");
	n = strtoul(argv[1], NULL, 10);
	aliases = aliases_read(argv[2], "modules.alias");
	if (aliases.n < n)
		errx(1, "%s: only %zu aliases", argv[2], aliases.n);
	for (size_t i = 0; i < n; i++) {
		auto_free char *name = aliases_concrete(aliases.at[i * aliases.n / n].pattern, &random);

		(void)puts(name);
	}
	for (size_t i = 0; i < aliases.n; i++) {
		free(aliases.at[i].pattern);
		free(aliases.at[i].module);
	}
	free(aliases.at);
	return fflush(stdout) != 0;
}
