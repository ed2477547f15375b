/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modprobe -c: the configuration as it was read, then the indexes (docs/spec/modprobe.md 9.2). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/macro.h"
#include "tools/modprobe.h"
#include "tools/tool-log.h"

int modprobe_show_config(struct kmod_ctx *ctx)
{
	static const struct {
		const char *word;
		struct kmod_config_iter *(*get)(const struct kmod_ctx *ctx);
	} groups[] = {
		{ "blacklist", kmod_config_get_blacklists },
		{ "install", kmod_config_get_install_commands },
		{ "remove", kmod_config_get_remove_commands },
		{ "alias", kmod_config_get_aliases },
		{ "options", kmod_config_get_options },
		{ "softdep", kmod_config_get_softdeps },
		{ "weakdep", kmod_config_get_weakdeps },
	};
	static const enum kmod_index indexes[] = { KMOD_INDEX_MODULES_ALIAS,
						   KMOD_INDEX_MODULES_SYMBOL };

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct kmod_config_iter *iter = groups[i].get(ctx);

		if (!iter) {
			tool_log(LOG_ERR, "out of memory");
			return -ENOMEM;
		}
		while (kmod_config_iter_next(iter)) {
			const char *value = kmod_config_iter_get_value(iter);

			(void)printf("%s %s%s%s\n", groups[i].word, kmod_config_iter_get_key(iter),
				     value ? " " : "", value ? value : "");
		}
		kmod_config_iter_free_iter(iter);
	}
	(void)puts("\n# End of configuration files. Dumping indexes now:\n");
	if (fflush(stdout) != 0)
		return 0; /* tool_finish() tells */
	for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
		int r = kmod_dump_index(ctx, indexes[i], STDOUT_FILENO);

		if (r < 0 && r != -ENOSYS) { /* a missing index has nothing to show */
			tool_log(LOG_ERR, "could not write to standard output: %s", strerror(-r));
			return r;
		}
	}
	return 0;
}
