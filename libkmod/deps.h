/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a module needs (hard), wants (soft) and may ask for (weak). */
#pragma once

#include "libkmod/libkmod.h"

struct conf_rule;

/*
 * Hard dependencies in load order, one reference each, in a new *list. Asks
 * the index only; files may be missing. A dependency that the context knows
 * under another path is that object. 0 or -ENOMEM (then *list is untouched).
 */
int deps_hard(struct kmod_module *mod, struct kmod_list **list);

/*
 * Called for each module a softdep rule names: pre (before) or post (after)
 * mod, in reading order over all matching rules, duplicates included. A
 * negative answer ends the walk and is its result; else 0 or -ENOMEM.
 */
typedef int deps_soft_fn(struct kmod_module *dep, bool pre, const struct conf_rule *rule,
			 void *data);
int deps_soft(struct kmod_module *mod, bool pre, deps_soft_fn *fn, void *data);
