/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the chain of running commands in the environment. */
#include "shared/chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/cleanup.h"
#include "shared/macro.h"

#define CHAIN_ENV "MODPROBE_CHAIN"

static bool has_word(const char *chain, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = chain; (at = strstr(at, word)) != NULL; at++) {
		if ((at == chain || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
			return true;
	}
	return false;
}

int chain_enter(const char *action, const char *module, char **ret)
{
	const char *chain = secure_getenv(CHAIN_ENV);
	auto_free char *word = NULL, *longer = NULL, *before = NULL;

	if (asprintf(&word, "%s:%s", action, module) < 0) {
		word = NULL;
		return -ENOMEM;
	}
	if (chain && has_word(chain, word))
		return -ELOOP;
	if (asprintf(&longer, "%s%s%s", chain ? chain : "", chain ? " " : "", word) < 0) {
		longer = NULL;
		return -ENOMEM;
	}
	if (chain) {
		before = strdup(chain);
		if (!before)
			return -ENOMEM;
	}
	if (setenv(CHAIN_ENV, longer, 1) < 0)
		return -ENOMEM;
	*ret = steal_ptr(before);
	return 0;
}

void chain_leave(const char *before)
{
	if (before)
		(void)setenv(CHAIN_ENV, before, 1);
	else
		(void)unsetenv(CHAIN_ENV);
}
