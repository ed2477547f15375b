/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From "load this" to an ordered list of steps, each with the reason why it is
 * there. Making a plan asks the kernel nothing, but for modules that a rule
 * refuses: those matter only while they are not there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/array.h"

struct conf_rule;
struct kmod_module;

enum why {
	WHY_REQUESTED,
	WHY_NEEDED, /* modules.dep says that `by` needs it */
	WHY_SOFT_PRE, /* `rule` wants it before `by` */
	WHY_SOFT_POST, /* `rule` wants it after `by` */
};

struct step {
	struct kmod_module *mod; /* a reference of the plan's */
	enum why why;
	struct kmod_module *by; /* borrowed: it has a step too; NULL when requested */
	const struct conf_rule *rule; /* NULL unless soft */
	bool required; /* its failure is the failure of the whole */
	bool ignore_command;
	/* Set by who executes: */
	bool was_live; /* it was seen live, or inserted, */
	uint64_t identity; /* and which one that was: initstate_identity(), 0 when not known */
};

struct plan {
	struct array steps; /* of struct step *, in load order, each module once */
	struct array nodes; /* what the steps are part of; owned */
	/* The module itself, or one that it needs, if a rule refuses to load that: no steps. Owned. */
	struct kmod_module *refused;
};

struct plan_wish {
	bool ignore_command; /* of the module itself, with its soft dependencies */
	bool soft_blacklist; /* blacklisted soft dependencies are left out, with what only they need */
	/*
	 * Is a module there that a rule refuses? Soft dependencies that it keeps
	 * out are left out as well. NULL: refusals are commands like all others.
	 */
	bool (*is_there)(struct kmod_module *mod, void *data);
	void *data;
};

/*
 * The steps that load mod: soft dependencies before and after, hard ones before.
 * *ret is the caller's, to give to plan_free(). 0 or -ENOMEM.
 */
int plan_make(struct kmod_module *mod, const struct plan_wish *wish, struct plan **ret);
void plan_free(struct plan *plan); /* NULL is fine */

static inline struct step *plan_step(const struct plan *plan, size_t i)
{
	return plan->steps.at[i];
}
