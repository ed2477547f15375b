/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of the diagnose rooms in a small build, which says that something failed and not why. */
#include <errno.h>

#include "libkmod/diagnose.h"
#include "shared/macro.h"

int diagnose_insert(struct kmod_module *mod, int err, unsigned int flags, const char *options, char **ret)
{
	(void)mod;
	(void)err;
	(void)flags;
	(void)options;
	*ret = NULL;
	return 0;
}

_export_ int kmod_explain_lookup(struct kmod_ctx *ctx, const char *name, char **text)
{
	return ctx && name && text ? -ENOSYS : -ENOENT;
}
