/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was asked of modprobe: argv in one value. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "libkmod/libkmod.h"
#include "shared/array.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

struct modprobe_request {
	bool all, remove, remove_holders, first_time, ignore_commands, use_blacklist;
	bool force, force_modversion, force_vermagic;
	bool show_depends, show_alias, show_config, show_modversions, show_exports, dry_run, syslog;
	unsigned int wait_msec, coming_msec, going_msec;
	uint64_t wait_until; /* -w as a time of shared/clock.h, once the removal has begun */
	struct array shown; /* of struct kmod_module: removed, as far as a dry run goes */
	struct array begun; /* of struct kmod_module: what the removal of this operand has come to */
	const char *root, *version;
	struct array config; /* of const char *: -C in order */
	int verbosity; /* syslog priority up to which messages are shown */
	struct strbuf exported; /* MODPROBE_OPTIONS for the commands that are run */
	bool stop; /* a fatal message was given: nothing more is done */
};

/* Show actions on stdout? */
static inline bool modprobe_shows(const struct modprobe_request *req)
{
	const int silent_below = 4; /* LOG_WARNING, where it begins; a -q is below, also with a -v */

	return req->show_depends || req->verbosity > silent_below ||
	       (req->dry_run && req->verbosity == silent_below);
}
static inline bool modprobe_is_dry(const struct modprobe_request *req)
{
	return req->dry_run || req->show_depends;
}

/* Of a failure that ends the program, and of what explains it. */
static inline int modprobe_fail_priority(const struct modprobe_request *req)
{
	return req->all ? LOG_WARNING : LOG_CRIT;
}
/*
 * A failure that ends the program; with -a only a warning. The same is done
 * whether -q hides it or not.
 */
void modprobe_fail(struct modprobe_request *req, const char *format, ...) _printf_(2, 3);

/*
 * What an operand means: a path begins with '/' or './' and gives *mod, all else
 * is looked up and gives *list; both the caller's. 0, or negative: none, and the
 * user was told.
 */
int modprobe_resolve(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand,
		     struct kmod_module **mod, struct kmod_list **list);
/*
 * Does it with each module that modprobe_resolve() gave, until a fatal message stops
 * it, and takes the references. 0, or the last failure.
 */
typedef int modprobe_action(struct modprobe_request *req, struct kmod_module *mod,
			    const char *parameters);
int modprobe_each(struct modprobe_request *req, struct kmod_module *mod, struct kmod_list *list,
		  modprobe_action *action, const char *parameters);

/*
 * A name that no index knows, but the kernel does (its files are gone, or never
 * were there): the module, the caller's. Not for paths and names of files. NULL:
 * it is not in the kernel.
 */
struct kmod_module *modprobe_find_loaded(struct kmod_ctx *ctx, const char *operand);

/* Each: 0, or negative when something failed; the user was told. */
int modprobe_insert(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand,
		    const char *parameters);
int modprobe_remove(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand);
#ifdef ENABLE_SMALL /* no option asks for them */
static inline int modprobe_show_config(struct kmod_ctx *ctx)
{
	return ctx ? 0 : -1;
}
static inline int modprobe_show_symbols(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand)
{
	return req && ctx && operand ? 0 : -1;
}
#else
int modprobe_show_config(struct kmod_ctx *ctx);
int modprobe_show_symbols(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand);
#endif
