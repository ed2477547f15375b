/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as modules.dep in a tree without indexes: from its lines to the
 * modules they name, their paths and what they need, as a program asks for it.
 */
#include "testsuite/fuzz/fuzz-log.h"

#include <string.h>

#include "libkmod/libkmod.h"
#include "shared/modname.h"
#include "testsuite/fuzz/fuzz-file.h"

const char fuzz_seeds[] = "deps";

#define ASKED 8 /* lines whose modules are asked for */

static char dir[] = "/tmp/fuzz-deps-XXXXXX";
static char path[64];

static void remove_dir(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

/* A link to where there is no disk that has to know of each input. */
static void put_dep(const uint8_t *data, size_t size)
{
	static struct fuzz_file file;

	fuzz_file_write(&file, data, size);
	if (path[0] != '\0')
		return;
	fuzz_must(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/modules.dep", dir);
	fuzz_must(atexit(remove_dir) == 0);
	fuzz_must(symlink(file.path, path) == 0);
}

static void check_module(struct kmod_module *mod)
{
	struct kmod_list *list = kmod_module_get_dependencies(mod), *l, *again;
	const char *file = kmod_module_get_path(mod);

	fuzz_must(kmod_module_get_name(mod)[0] != '\0');
	fuzz_must(!file || file[0] == '/');
	kmod_list_foreach(l, list) {
		struct kmod_module *dep = kmod_module_get_module(l);

		fuzz_must(kmod_module_get_name(dep) && kmod_module_get_path(dep));
		(void)kmod_module_unref(dep);
	}
	again = kmod_module_get_dependencies(mod);
	fuzz_must(!list == !again);
	(void)kmod_module_unref_list(again);
	(void)kmod_module_unref_list(list);
	/* All that would be loaded, in order, as modprobe -D shows it: whatever this machine has loaded. */
	(void)kmod_module_probe_insert_module(mod, KMOD_PROBE_DRY_RUN | KMOD_PROBE_IGNORE_LOADED, NULL,
					      NULL, NULL, NULL);
}

static void ask(struct kmod_ctx *ctx, const char *line, size_t len)
{
	char text[128], name[MODNAME_MAX + 1];
	struct kmod_list *list = NULL, *l;
	struct kmod_module *mod;

	(void)snprintf(text, sizeof(text), "%.*s", (int)len, line);
	text[strcspn(text, ":")] = '\0';
	if (modname_from_path(text, name) == 0)
		return;
	if (kmod_module_new_from_lookup(ctx, name, &list) == 0) {
		kmod_list_foreach(l, list) {
			mod = kmod_module_get_module(l);
			check_module(mod);
			(void)kmod_module_unref(mod);
		}
	}
	(void)kmod_module_unref_list(list);
	if (kmod_module_new_from_name(ctx, name, &mod) == 0) {
		check_module(mod);
		(void)kmod_module_unref(mod);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const no_config[] = { NULL };
	const char *at = (const char *)data, *end = at + size;
	struct kmod_ctx *ctx;

	put_dep(data, size);
	ctx = kmod_new(dir, no_config);
	fuzz_must(ctx);
	kmod_set_log_fn(ctx, fuzz_sink, NULL);
	kmod_set_log_priority(ctx, LOG_DEBUG);
	for (unsigned i = 0; i < ASKED && at < end; i++) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		ask(ctx, at, (size_t)((nl ? nl : end) - at));
		at = nl ? nl + 1 : end;
	}
	fuzz_must(!kmod_unref(ctx));
	return 0;
}
