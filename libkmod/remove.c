/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One module out: one raw call. */
#include <errno.h>
#include <string.h>

#include "libkmod/context.h"
#include "libkmod/kernel.h"
#include "libkmod/module.h"

_export_ int kmod_module_remove_module(struct kmod_module *mod, unsigned int flags)
{
	int r;

	if (!mod)
		return -ENOENT;
	r = kernel_delete_module(mod->name, (flags & KMOD_REMOVE_FORCE) | O_NONBLOCK);
	log_step(&mod->ctx->log, mod->name, "delete_module: %s", r < 0 ? strerror(-r) : "done");
	if (r < 0 && !(flags & KMOD_REMOVE_NOLOG))
		log_err(&mod->ctx->log, "could not remove '%s': %m", mod->name);
	return r;
}
