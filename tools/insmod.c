/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* insmod: one file, one raw insertion (docs/spec/tools.md 2). */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "tools/opt.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

#define SHORTEST_MODULE 6 /* bytes: what the library needs to tell a format */

struct insmod_request {
	bool force, force_modversion, force_vermagic, syslog;
	int verbose;
};

#define AT(field) offsetof(struct insmod_request, field)
static const struct opt opts[] = {
	{ 'f', "force", OPT_FLAG, AT(force), NULL, "load even with another version magic", NULL },
	{ OPT_LONG(0), "force-modversion", OPT_FLAG, AT(force_modversion), NULL,
	  "ignore symbol versions", NULL },
	{ OPT_LONG(1), "force-vermagic", OPT_FLAG, AT(force_vermagic), NULL,
	  "ignore the version magic", NULL },
	{ 's', "syslog", OPT_FLAG, AT(syslog), NULL, "messages to the system log", NULL },
	{ 'v', "verbose", OPT_COUNT, AT(verbose), NULL, "say more", NULL },
};

static const char *reason(int err)
{
	switch (err) {
	case ENOEXEC:
		return "Invalid module format";
	case ENOENT:
		return "Unknown symbol in module";
	case ESRCH:
		return "Module has wrong symbol version";
	case EINVAL:
		return "Invalid parameters";
	default:
		return strerror(err);
	}
}

/* Too short to be anything, so that nobody asked the kernel? Then no parameter is to blame. */
static bool is_no_module(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < SHORTEST_MODULE;
}

static int insert(const char *file, char *const *words, int n, unsigned int flags)
{
	auto_free char *params = tool_join_parameters(words, n);
	struct kmod_ctx *ctx = params ? tool_context() : NULL;
	struct kmod_module *mod = NULL;
	int r;

	if (!ctx) {
		if (!params)
			tool_log(LOG_ERR, "out of memory");
		return EXIT_FAILURE;
	}
	r = kmod_module_new_from_path(ctx, file, &mod);
	if (r < 0) {
		tool_log(LOG_ERR, "could not load module %s: %s", file, strerror(-r));
	} else {
		r = kmod_module_insert_module(mod, flags, params);
		if (r < 0) {
			tool_log(LOG_ERR, "could not insert module %s: %s", file,
				 reason(r == -EINVAL && is_no_module(file) ? ENOEXEC : -r));
			tool_explain_insert(LOG_ERR, mod, r, flags, params);
		}
	}
	(void)kmod_module_unref(mod);
	(void)kmod_unref(ctx);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int insmod_main(int argc, char **argv)
{
	struct insmod_request req = { 0 };
	unsigned int flags = 0;
	int first = opt_parse(argc, argv, opts, ARRAY_SIZE(opts), "[options] FILE [PARAMETER...]",
			      &req);

	if (first == OPT_DONE)
		return tool_finish(EXIT_SUCCESS);
	if (first < 0)
		return EXIT_FAILURE;
	tool_log_set_threshold(LOG_ERR + req.verbose);
	if (req.syslog)
		tool_log_to_syslog();
	if (first >= argc) {
		tool_log(LOG_ERR, "missing filename.");
		return EXIT_FAILURE;
	}
	if (streq(argv[first], "-")) {
		tool_log(LOG_ERR, "this tool does not support loading from stdin!");
		return EXIT_FAILURE;
	}
	if (req.force || req.force_modversion)
		flags |= KMOD_INSERT_FORCE_MODVERSION;
	if (req.force || req.force_vermagic)
		flags |= KMOD_INSERT_FORCE_VERMAGIC;
	tool_outlive(SIGPIPE);
	return insert(argv[first], argv + first + 1, argc - first - 1, flags);
}
