/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a module cannot be removed: who uses it. */
#pragma once

struct kmod_module;
struct strbuf;

/* "b c", the modules that use it, or "". 0 or -ENOMEM. */
int in_use_holders(const struct kmod_module *mod, struct strbuf *names);
/*
 * The second line of a failed removal, if there is something to say: the
 * modules that use it, the reference count, "permanent", or what others do to it.
 */
void in_use_explain(int priority, const struct kmod_module *mod);
