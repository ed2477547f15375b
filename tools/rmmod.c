/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rmmod: take modules out, nothing else (docs/spec/tools.md 3). */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/path.h"
#include "shared/strbuf.h"
#include "tools/in-use.h"
#include "tools/opt.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

struct rmmod_request {
	bool force, syslog;
	int verbose;
};

#define AT(field) offsetof(struct rmmod_request, field)
static const struct opt opts[] = {
	{ 'f', "force", OPT_FLAG, AT(force), NULL,
	  "remove even what is in use (dangerous, and most kernels refuse)", NULL },
	{ 's', "syslog", OPT_FLAG, AT(syslog), NULL, "messages to the system log", NULL },
	{ 'v', "verbose", OPT_COUNT, AT(verbose), NULL, "say more", NULL },
};

/* May it be removed, as far as one can see from here? Tells the user if not. */
static int check(const struct kmod_module *mod)
{
	auto_strbuf struct strbuf names = STRBUF_INIT;
	const char *name = kmod_module_get_name(mod);
	int state = kmod_module_get_initstate(mod), refcnt;

	if (state == KMOD_MODULE_BUILTIN) {
		tool_log(LOG_ERR, "Module %s is builtin.", name);
		return -ENOENT;
	}
	if (state < 0) {
		tool_log(LOG_ERR, "Module %s is not currently loaded", name);
		return state;
	}
	if (in_use_holders(mod, &names) < 0) {
		tool_log(LOG_ERR, "out of memory");
		return -ENOMEM;
	}
	if (names.len > 0) {
		tool_log(LOG_ERR, "Module %s is in use by: %s", name, names.s);
		return -EBUSY;
	}
	refcnt = kmod_module_get_refcnt(mod);
	if (refcnt > 0) {
		tool_log(LOG_ERR, "Module %s is in use", name);
		return -EBUSY;
	}
	if (refcnt == -ENOENT) {
		tool_log(LOG_ERR, "Module unloading is not supported");
		return refcnt;
	}
	return 0; /* a count of -1: it is being removed; the kernel has the last word */
}

/* The module that an operand names; NULL: none, the user was told. */
static struct kmod_module *find_module(struct kmod_ctx *ctx, const char *operand)
{
	struct kmod_module *mod = NULL;
	int r = kmod_module_new_from_name(ctx, path_base(operand), &mod);

	if (r == 0 && kmod_module_get_name(mod)[0] != '\0')
		return mod;
	(void)kmod_module_unref(mod);
	tool_log(LOG_ERR, "could not use module %s: %s", operand, strerror(r < 0 ? -r : ENOENT));
	return NULL;
}

static int remove_one(struct kmod_module *mod, const char *operand, bool force)
{
	int r = force ? 0 : check(mod);

	if (r == 0) {
		r = kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG |
							   (force ? KMOD_REMOVE_FORCE : 0));
		if (r < 0)
			tool_log(LOG_ERR, "could not remove module %s: %s", operand, strerror(-r));
		if (r == -EBUSY || r == -EAGAIN)
			in_use_explain(LOG_ERR, mod);
	}
	return r;
}

int rmmod_main(int argc, char **argv)
{
	struct rmmod_request req = { 0 };
	int first = opt_parse(argc, argv, opts, ARRAY_SIZE(opts), "[options] MODULE...", &req);
	int status = EXIT_SUCCESS;
	struct kmod_ctx *ctx;

	if (first == OPT_DONE)
		return tool_finish(EXIT_SUCCESS);
	if (first < 0)
		return EXIT_FAILURE;
	tool_log_set_threshold(LOG_ERR + req.verbose);
	if (req.syslog)
		tool_log_to_syslog();
	if (first >= argc) {
		tool_log(LOG_ERR, "missing module name.");
		return EXIT_FAILURE;
	}
	ctx = tool_context();
	if (!ctx)
		return EXIT_FAILURE;
	tool_outlive(SIGPIPE);
	for (int i = first; i < argc; i++) {
		struct kmod_module *mod = find_module(ctx, argv[i]);

		if (!mod || remove_one(mod, argv[i], req.force) < 0)
			status = EXIT_FAILURE;
		if (!mod)
			break;
		(void)kmod_module_unref(mod);
	}
	(void)kmod_unref(ctx);
	return status;
}
