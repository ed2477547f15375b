/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the chain of running commands in the environment that each of them gets. */
#include "shared/chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/macro.h"

#define MODULE_ENV "MODPROBE_MODULE"
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

int chain_environ(const char *action, const char *module, char ***ret)
{
	const char *chain = secure_getenv(CHAIN_ENV);
	auto_free char **all = NULL;
	char *module_is, *chain_is, *word;
	size_t n = 0, module_size, chain_size;

	while (environ && environ[n])
		n++;
	module_size = strlen(MODULE_ENV "=") + strlen(module) + 1;
	chain_size = strlen(CHAIN_ENV "=") + (chain ? strlen(chain) : 0) + strlen(" :") + strlen(action) +
		     strlen(module) + 1;
	/* one block: the array with our two and the end, then their text */
	all = malloc((n + 3) * sizeof(*all) + module_size + chain_size);
	if (!all)
		return -ENOMEM;
	module_is = (char *)(all + n + 3);
	chain_is = module_is + module_size;
	(void)snprintf(module_is, module_size, MODULE_ENV "=%s", module);
	(void)snprintf(chain_is, chain_size, CHAIN_ENV "=%s%s%s:%s", chain ? chain : "", chain ? " " : "", action,
		       module);
	word = chain_is + strlen(CHAIN_ENV "=") + (chain ? strlen(chain) + 1 : 0);
	if (chain && has_word(chain, word))
		return -ELOOP;

	n = 0;
	for (char **at = environ; at && *at; at++) {
		if (!str_after(*at, MODULE_ENV "=") && !str_after(*at, CHAIN_ENV "="))
			all[n++] = *at;
	}
	all[n++] = module_is;
	all[n++] = chain_is;
	all[n] = NULL;
	*ret = steal_ptr(all);
	return 0;
}
