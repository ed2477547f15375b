/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lsmod: /proc/modules as a table (docs/spec/tools.md 4). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/io.h"
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

static void print_numbers(const char *name, long size, int refcnt)
{
	(void)printf("%-19s %8ld  %d", name, size, refcnt);
}

/* What keeps us from looking; what there is to see is shown as it is, a count of -1 too. */
static bool matters(long r)
{
	return io_lacks_means((int)r) || r == -EIO || r == -EACCES;
}

/* 0, also for a module that has gone; -errno: what there is to print is not known. */
static int print_line(const struct kmod_module *mod)
{
	struct kmod_list *holders, *l;
	const char *comma = " ";
	int refcnt, unknown, state = KMOD_MODULE_LIVE;
	bool gone;
	long size;

	tool_log_hold();
	size = kmod_module_get_size(mod);
	refcnt = kmod_module_get_refcnt(mod);
	errno = 0;
	holders = kmod_module_get_holders(mod);
	unknown = !holders && errno != 0 && matters(-errno) ? -errno : 0;
	if (unknown == 0 && matters(refcnt))
		unknown = refcnt;
	if (unknown == 0 && matters(size))
		unknown = (int)size;
	/* Gone since the list was read: not listed, and nothing to tell. On its way: its files are, too. */
	if (size < 0 || refcnt < 0 || unknown < 0 || tool_log_held())
		state = kmod_module_get_initstate(mod);
	gone = state == -ENOENT;
	tool_log_let_go(!gone && state != KMOD_MODULE_COMING);
	if (gone || unknown < 0) {
		(void)kmod_module_unref_list(holders);
		return gone ? 0 : unknown;
	}
	if (size == -EINVAL)
		size = 0; /* no number, which was said; scripts know it as 0 */
	print_numbers(kmod_module_get_name(mod), size, refcnt);
	kmod_list_foreach(l, holders) {
		struct kmod_module *holder = kmod_module_get_module(l);

		(void)printf("%s%s", comma, kmod_module_get_name(holder));
		comma = ",";
		(void)kmod_module_unref(holder);
	}
	(void)putchar('\n');
	(void)kmod_module_unref_list(holders);
	return 0;
}

#define HEADER "Module                  Size  Used by"

static int list_modules(struct kmod_ctx *ctx)
{
	struct kmod_list *list = NULL, *l;
	int r = kmod_module_new_from_loaded(ctx, &list);

	if (r < 0)
		return r;
	(void)puts(HEADER);
	kmod_list_foreach(l, list) {
		struct kmod_module *mod = kmod_module_get_module(l);

		if (r == 0)
			r = print_line(mod);
		(void)kmod_module_unref(mod);
	}
	(void)kmod_module_unref_list(list);
	return r;
}

/* NAME SIZE REFCNT USERS and more; USERS is "-", or "b,c,[permanent],". */
static void print_proc_line(char *line)
{
	char *rest, *name = strtok_r(line, " \n", &rest), *size = strtok_r(NULL, " \n", &rest);
	const char *refcnt = strtok_r(NULL, " \n", &rest), *comma = " ";
	char *users = strtok_r(NULL, " \n", &rest);

	if (!size)
		return;
	/* "-": a kernel that cannot unload modules, which sysfs shows by having no such file */
	print_numbers(name, strtol(size, NULL, 10),
		      refcnt && !streq(refcnt, "-") ? (int)strtol(refcnt, NULL, 10) : -ENOENT);
	for (users = users ? strtok_r(users, ",", &rest) : NULL; users;
	     users = strtok_r(NULL, ",", &rest)) {
		if (streq(users, "-") || users[0] == '[')
			continue;
		(void)printf("%s%s", comma, users);
		comma = ",";
	}
	(void)putchar('\n');
}

/* Where sysfs is not mounted: the same table, from what /proc/modules says. */
static int list_proc(void)
{
	auto_free char *text = NULL;
	int r = io_read_text("/proc/modules", 0, &text, NULL);

	if (r < 0) {
		errno = -r;
		tool_log(LOG_ERR, "could not open /proc/modules: %m");
		return r;
	}
	(void)puts(HEADER);
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		print_proc_line(line);
	return 0;
}

static int run(void)
{
	const bool sysfs = access("/sys/module", F_OK) == 0 || errno != ENOENT;
	struct kmod_ctx *ctx = sysfs ? tool_context() : NULL;
	int r;

	if (sysfs && !ctx)
		return EXIT_FAILURE;
	r = sysfs ? list_modules(ctx) : list_proc();
	if (r < 0)
		tool_log(LOG_ERR, "could not get list of modules: %s", strerror(-r));
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
	return tool_finish(run());
}
