/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What modprobe only shows: -c, the configuration as it was read, then the
 * indexes; --show-modversions and --show-exports (docs/spec/modprobe.md 9.2, 9.3).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/macro.h"
#include "tools/modprobe.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

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
			const char *value;

			errno = 0;
			value = kmod_config_iter_get_value(iter);
			if (!value && errno == ENOMEM) {
				tool_log(LOG_ERR, "out of memory");
				kmod_config_iter_free_iter(iter);
				return -ENOMEM;
			}
			(void)printf("%s %s%s%s\n", groups[i].word, kmod_config_iter_get_key(iter),
				     value ? " " : "", value ? value : "");
		}
		kmod_config_iter_free_iter(iter);
	}
	(void)puts("\n# End of configuration files. Dumping indexes now:\n");
	tool_flush();
	if (ferror(stdout))
		return 0; /* tool_finish() tells */
	for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
		int r = kmod_dump_index(ctx, indexes[i], STDOUT_FILENO);

		if (r < 0 && r != -ENOSYS) { /* a missing index has nothing to show */
			tool_log(LOG_ERR, "could not print an index: %s", strerror(-r));
			return r;
		}
	}
	return 0;
}

/* ---- symbols ------------------------------------------------------------- */

static const struct symbols {
	const char *what; /* as the message says it */
	int (*get)(const struct kmod_module *mod, struct kmod_list **list);
	const char *(*name)(const struct kmod_list *entry);
	uint64_t (*crc)(const struct kmod_list *entry);
	void (*release)(struct kmod_list *list);
} modversions = {
	"modversions",
	kmod_module_get_versions,
	kmod_module_version_get_symbol,
	kmod_module_version_get_crc,
	kmod_module_versions_free_list,
}, exports = {
	"symbols",
	kmod_module_get_symbols,
	kmod_module_symbol_get_symbol,
	kmod_module_symbol_get_crc,
	kmod_module_symbols_free_list,
};

static int show_symbols_of(struct modprobe_request *req, struct kmod_module *mod,
			   const char *parameters)
{
	const struct symbols *symbols = req->show_modversions ? &modversions : &exports;
	struct kmod_list *list = NULL, *l;
	int r = symbols->get(mod, &list);

	(void)parameters; /* none are shown */
	if (r < 0) {
		modprobe_fail(req, "could not get %s of %s: %s", symbols->what,
			      kmod_module_get_name(mod), strerror(-r));
		return r;
	}
	kmod_list_foreach(l, list)
		(void)printf("0x%08" PRIx64 "\t%s\n", symbols->crc(l), symbols->name(l));
	symbols->release(list);
	return 0;
}

/* A name first; a file that is called so if it is none, which older releases took. */
static int resolve_or_open(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand,
			   struct kmod_module **mod, struct kmod_list **list)
{
	bool file = access(operand, F_OK) == 0;

	if (file && operand[0] != '/' && kmod_module_new_from_lookup(ctx, operand, list) == 0 &&
	    *list)
		return 0;
	if (file && kmod_module_new_from_path(ctx, operand, mod) == 0)
		return 0;
	return modprobe_resolve(req, ctx, operand, mod, list);
}

int modprobe_show_symbols(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod = NULL;
	int r = resolve_or_open(req, ctx, operand, &mod, &list);

	return r < 0 ? r : modprobe_each(req, mod, list, show_symbols_of, NULL);
}
