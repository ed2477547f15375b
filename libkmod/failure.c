/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a probe leaves behind when it fails, and when that is put in words. */
#include "libkmod/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/context.h"
#include "libkmod/diagnose.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"

void failure_forget(struct kmod_module *mod)
{
	free(mod->failure);
	free(mod->refused_step);
	free(mod->refused_options);
	mod->failure = mod->refused_step = mod->refused_options = NULL;
	mod->refused_err = 0;
}

void failure_later(struct kmod_module *mod, const struct kmod_module *step, int err,
		   unsigned int flags, const char *options)
{
	failure_forget(mod);
	if (step != mod) {
		mod->refused_step = strdup(step->name);
		if (!mod->refused_step) /* better no reason than the wrong one */
			return;
	}
	mod->refused_options = strdup(options);
	if (!mod->refused_options)
		return;
	mod->refused_err = err;
	mod->refused_flags = flags;
}

void failure_say(struct kmod_module *mod, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0) {
		log_step(&mod->ctx->log, mod->name, "%s", text);
		failure_forget(mod);
		mod->failure = text;
	}
	va_end(args);
}

static int diagnose_now(struct kmod_module *mod, char **ret)
{
	auto_module struct kmod_module *step = NULL;
	auto_free char *text = NULL;
	int r;

	if (!mod->refused_step)
		return diagnose_insert(mod, mod->refused_err, mod->refused_flags,
				       mod->refused_options, ret);
	r = module_get(mod->ctx, mod->refused_step, NULL, &step);
	if (r == 0)
		r = diagnose_insert(step, mod->refused_err, mod->refused_flags,
				    mod->refused_options, &text);
	if (r < 0)
		return r;
	errno = -mod->refused_err;
	r = text ? asprintf(ret, "dependency %s: %s", step->name, text) :
		   asprintf(ret, "dependency %s: %m", step->name);
	return r < 0 ? -ENOMEM : 0;
}

_export_ const char *kmod_module_get_failure(const struct kmod_module *mod)
{
	struct kmod_module *m = (struct kmod_module *)mod; /* the answer is remembered inside */
	char *text;

	if (mod && !mod->failure && mod->refused_err < 0 && diagnose_now(m, &text) == 0) {
		m->failure = text;
		m->refused_err = 0;
	}
	return mod ? mod->failure : NULL;
}

_export_ int kmod_module_explain_insert(struct kmod_module *mod, int error, unsigned int flags,
					const char *options, char **text)
{
	return mod && text && error < 0 ? diagnose_insert(mod, error, flags, options, text) : -ENOENT;
}
