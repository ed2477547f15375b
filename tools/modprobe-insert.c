/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modprobe NAME: from an operand to loaded modules (docs/spec/modprobe.md 6). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shared/cleanup.h"
#include "tools/modprobe.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

/* What is done, as scripts read it (docs/spec/modprobe.md 6.4). */
static void print_action(struct kmod_module *mod, bool install, const char *options)
{
	const char *path = kmod_module_get_path(mod);

	if (install)
		(void)printf("install %s %s\n", kmod_module_get_install_commands(mod), options);
	else if (path)
		(void)printf("insmod %s %s\n", path, options);
	else if (kmod_module_get_initstate(mod) == KMOD_MODULE_BUILTIN)
		(void)printf("builtin %s\n", kmod_module_get_name(mod));
	tool_flush(); /* before what a command prints */
}

static const char *reason(int err)
{
	switch (err) {
	case EEXIST:
		return "Module already in kernel";
	case ENOENT:
		return "Unknown symbol in module, or unknown parameter (see dmesg)";
	default:
		return strerror(err);
	}
}

static int insert_module(const struct modprobe_request *req, struct kmod_module *mod,
			 const char *parameters)
{
	unsigned int flags = KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY;
	const char *more;
	int r;

	if (req->use_blacklist)
		flags |= KMOD_PROBE_APPLY_BLACKLIST | KMOD_PROBE_APPLY_BLACKLIST_SOFTDEPS;
	if (req->force || req->force_modversion)
		flags |= KMOD_PROBE_FORCE_MODVERSION;
	if (req->force || req->force_vermagic)
		flags |= KMOD_PROBE_FORCE_VERMAGIC;
	if (req->ignore_commands)
		flags |= KMOD_PROBE_IGNORE_COMMAND;
	if (modprobe_is_dry(req))
		flags |= KMOD_PROBE_DRY_RUN | KMOD_PROBE_REHEARSE;
	if (req->show_depends)
		flags |= KMOD_PROBE_IGNORE_LOADED;
	if (req->first_time)
		flags |= KMOD_PROBE_FAIL_ON_LOADED;

	r = kmod_module_probe_insert_module(mod, flags, parameters, NULL, NULL,
					    modprobe_shows(req) ? print_action : NULL);
	if (r >= 0) /* blacklisted is success */
		return 0;
	tool_log(LOG_ERR, "could not insert '%s': %s", kmod_module_get_name(mod), reason(-r));
	more = kmod_module_get_failure(mod);
	if (more)
		tool_log_more(LOG_ERR, "%s", more);
	return r;
}

/*
 * A name that no index knows, but the kernel does: built in where no list says
 * so, or loaded from a file by somebody. One that is being loaded is waited for.
 * Questions about the indexes (-D, -R, ...) are answered from the indexes alone.
 * 0: it is in the kernel; -ENOENT: it is not; other: it cannot be said, the user was told.
 */
static int ask_kernel(const struct modprobe_request *req, struct kmod_ctx *ctx,
		      const char *operand, struct kmod_module **mod)
{
	bool question = req->show_depends || req->show_alias || req->show_modversions ||
			req->show_exports;
	struct kmod_module *m = question ? NULL : modprobe_find_loaded(ctx, operand);
	int state;

	if (!m)
		return -ENOENT;
	state = kmod_module_observe(m, KMOD_MODULE_COMING, req->dry_run ? 0 : req->coming_msec);
	if (state == KMOD_MODULE_BUILTIN || state == KMOD_MODULE_LIVE) {
		*mod = m;
		return 0;
	}
	if (state == KMOD_MODULE_COMING && !req->dry_run) {
		tool_log(LOG_ERR, "could not insert '%s': %s", kmod_module_get_name(m),
			 strerror(ETIMEDOUT));
		tool_log_more(LOG_ERR, "%s is still initializing after %u.%03u s",
			      kmod_module_get_name(m), req->coming_msec / 1000,
			      req->coming_msec % 1000);
	}
	(void)kmod_module_unref(m);
	return state == KMOD_MODULE_COMING && !req->dry_run ? -ETIMEDOUT : -ENOENT;
}

int modprobe_resolve(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand,
		     struct kmod_module **mod, struct kmod_list **list)
{
	int r;

	if (operand[0] == '/' || str_after(operand, "./")) {
		r = kmod_module_new_from_path(ctx, operand, mod);
		if (r < 0)
			modprobe_fail(req, "Failed to get module from path %s: %s", operand,
				      strerror(-r));
		return r;
	}
	r = kmod_module_new_from_lookup(ctx, operand, list);
	/* those are of the word */
	if (r < 0 && r != -EINVAL && r != -ENAMETOOLONG) {
		modprobe_fail(req, "could not look up %s: %s", operand, strerror(-r));
	} else if (r < 0 || !*list) {
		r = ask_kernel(req, ctx, operand, mod);
		if (r != -ENOENT)
			return r;
		modprobe_fail(req, "Module %s not found in directory %s", operand,
			      kmod_get_dirname(ctx));
		tool_explain_lookup(modprobe_fail_priority(req), ctx, operand);
	}
	return r;
}

int modprobe_each(struct modprobe_request *req, struct kmod_module *mod, struct kmod_list *list,
		  modprobe_action *action, const char *parameters)
{
	int r = mod ? action(req, mod, parameters) : 0;
	struct kmod_list *l;

	kmod_list_foreach(l, list) {
		struct kmod_module *m = kmod_module_get_module(l);
		int one = req->stop ? 0 : action(req, m, parameters);

		if (one < 0)
			r = one;
		(void)kmod_module_unref(m);
	}
	(void)kmod_module_unref(mod);
	(void)kmod_module_unref_list(list);
	return r;
}

static int handle(struct modprobe_request *req, struct kmod_module *mod, const char *parameters)
{
	if (!req->show_alias)
		return insert_module(req, mod, parameters);
	(void)puts(kmod_module_get_name(mod));
	return 0;
}

int modprobe_insert(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand,
		    const char *parameters)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod = NULL;
	int r = modprobe_resolve(req, ctx, operand, &mod, &list);

	/* Each is tried; success only if none failed. */
	return r < 0 ? r : modprobe_each(req, mod, list, handle, parameters);
}
