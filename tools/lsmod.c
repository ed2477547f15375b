/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lsmod: /proc/modules as a table (docs/spec/tools.md 4). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "tools/opt.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

struct lsmod_request {
	bool syslog;
	int verbose;
};

#define AT(field) offsetof(struct lsmod_request, field)
static const struct opt opts[] = {
	{ 's', "syslog", OPT_FLAG, AT(syslog), NULL, "messages to the system log", NULL },
	{ 'v', "verbose", OPT_COUNT, AT(verbose), NULL, "say more", NULL },
};

static void print_line(const struct kmod_module *mod)
{
	long size = kmod_module_get_size(mod);
	int refcnt = kmod_module_get_refcnt(mod);
	struct kmod_list *holders, *l;
	const char *comma = " ";

	/* Gone since the list was read: not listed, and nothing to tell. */
	if (size < 0 && kmod_module_get_initstate(mod) == -ENOENT)
		return;
	if (size == -EINVAL)
		size = 0; /* no number, which was said; scripts know it as 0 */
	(void)printf("%-19s %8ld  %d", kmod_module_get_name(mod), size, refcnt);
	holders = kmod_module_get_holders(mod);
	kmod_list_foreach(l, holders) {
		struct kmod_module *holder = kmod_module_get_module(l);

		(void)printf("%s%s", comma, kmod_module_get_name(holder));
		comma = ",";
		(void)kmod_module_unref(holder);
	}
	(void)putchar('\n');
	(void)kmod_module_unref_list(holders);
}

static int list_modules(void)
{
	struct kmod_ctx *ctx = tool_context();
	struct kmod_list *list = NULL, *l;
	int r;

	if (!ctx)
		return EXIT_FAILURE;
	r = kmod_module_new_from_loaded(ctx, &list);
	if (r < 0) {
		tool_log(LOG_ERR, "could not get list of modules: %s", strerror(-r));
	} else {
		(void)puts("Module                  Size  Used by");
		kmod_list_foreach(l, list) {
			struct kmod_module *mod = kmod_module_get_module(l);

			print_line(mod);
			(void)kmod_module_unref(mod);
		}
	}
	(void)kmod_module_unref_list(list);
	(void)kmod_unref(ctx);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int lsmod_main(int argc, char **argv)
{
	struct lsmod_request req = { 0 };
	int first = opt_parse(argc, argv, opts, ARRAY_SIZE(opts), "[options]", &req);

	if (first == OPT_DONE)
		return tool_finish(EXIT_SUCCESS);
	if (first < 0)
		return EXIT_FAILURE;
	tool_log_set_threshold(LOG_ERR + req.verbose);
	if (req.syslog)
		tool_log_to_syslog();
	if (first < argc) {
		tool_log(LOG_ERR, "too many arguments provided.");
		return EXIT_FAILURE;
	}
	return tool_finish(list_modules());
}
