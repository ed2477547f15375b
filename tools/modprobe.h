/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was asked of modprobe: argv in one value. */
#pragma once

#include <stdbool.h>
#include <syslog.h>

#include "libkmod/libkmod.h"
#include "shared/array.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

struct modprobe_request {
	bool all, remove, remove_holders, first_time, ignore_commands, use_blacklist;
	bool force, force_modversion, force_vermagic;
	bool show_depends, show_alias, show_config, dry_run, syslog;
	unsigned int wait_msec, coming_msec, going_msec;
	const char *root, *version;
	struct array config; /* of const char *: -C in order */
	int verbosity; /* syslog priority up to which messages are shown */
	struct strbuf exported; /* MODPROBE_OPTIONS for the commands that are run */
	bool stop; /* a fatal message was given: nothing more is done */
};

/* Show actions on stdout? */
static inline bool modprobe_shows(const struct modprobe_request *req)
{
	return req->show_depends || (req->dry_run && req->verbosity > 0) ||
	       req->verbosity > 4 /* LOG_WARNING */;
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

/* Each: 0, or negative when something failed; the user was told. */
int modprobe_insert(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand,
		    const char *parameters);
int modprobe_remove(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand);
int modprobe_show_config(struct kmod_ctx *ctx);
