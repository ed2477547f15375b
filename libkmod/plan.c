/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libkmod/plan.h"

#include <errno.h>
#include <stdlib.h>

#include "libkmod/conf.h"
#include "libkmod/deps.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "libkmod/policy.h"
#include "shared/cleanup.h"
#include "shared/hash.h"
#include "shared/macro.h"

/* A module in the making of a plan. Each name has one: an alias object is the module it stands for. */
struct node {
	struct step step;
	bool visited; /* its dependencies are being or were looked at */
	bool wanted; /* its soft dependencies are being or were looked at */
	bool placed; /* it has its place in the order */
};

struct planner {
	struct plan *plan;
	struct kmod_module *requested;
	bool soft_blacklist;
	struct hash by_name; /* to struct node *, owned by the plan */
};

/* Why a module comes up: what its step says if it is the first time. */
struct reason {
	enum why why;
	struct kmod_module *by;
	const struct conf_rule *rule;
};

/* The node of that module, made at the first mention. Borrowed. */
static int planner_node(struct planner *p, struct kmod_module *mod, const struct reason *reason,
			bool required, struct node **ret)
{
	struct node *node = hash_get(&p->by_name, mod->name);
	int r;

	if (!node) {
		node = calloc(1, sizeof(*node));
		if (!node)
			return -ENOMEM;
		/* Whoever names it, the requested object carries alias and parameters. */
		if (streq(mod->name, p->requested->name))
			mod = p->requested;
		r = array_push(&p->plan->nodes, node);
		if (r < 0) {
			free(node);
			return r;
		}
		node->step.mod = kmod_module_ref(mod);
		r = hash_add(&p->by_name, mod->name, node);
		if (r < 0)
			return r;
	}
	/* The strongest reason is the one to tell: needed beats wanted. */
	if (!node->step.required && (required || !node->step.by)) {
		node->step.why = reason->why;
		node->step.by = reason->by;
		node->step.rule = reason->rule;
		node->step.required = required;
	}
	*ret = node;
	return 0;
}

static int place(struct planner *p, struct node *node)
{
	if (node->placed)
		return 0;
	node->placed = true;
	return array_push(&p->plan->steps, &node->step);
}

static int visit(struct planner *p, struct node *node, bool ignore_command);

struct soft_walk {
	struct planner *p;
	struct node *node;
};

static int visit_soft(struct kmod_module *dep, bool pre, const struct conf_rule *rule, void *data)
{
	const struct soft_walk *walk = data;
	const struct reason reason = {
		pre ? WHY_SOFT_PRE : WHY_SOFT_POST,
		walk->node->step.mod,
		rule,
	};
	struct node *node;
	int r;

	if (walk->p->soft_blacklist && policy_blacklist(dep))
		return 0;
	r = planner_node(walk->p, dep, &reason, false, &node);
	return r < 0 ? r : visit(walk->p, node, false);
}

/*
 * The node between its soft dependencies. When a loop of soft dependencies
 * leads back to a node on the way, it is placed at once if something needs it,
 * and its own soft dependencies follow as they can.
 */
static int place_with_soft(struct planner *p, struct node *node)
{
	struct soft_walk walk = { p, node };
	int r;

	if (node->wanted)
		return place(p, node);
	node->wanted = true;
	/* Who may never be loaded wants nobody. */
	if (policy_refuses(policy_install(node->step.mod)))
		return place(p, node);
	r = deps_soft(node->step.mod, true, visit_soft, &walk);
	if (r == 0)
		r = place(p, node);
	if (r == 0)
		r = deps_soft(node->step.mod, false, visit_soft, &walk);
	return r;
}

static int visit(struct planner *p, struct node *node, bool ignore_command)
{
	const struct reason reason = { WHY_NEEDED, node->step.mod, NULL };
	auto_module_list struct kmod_list *deps = NULL;
	struct kmod_list *l;
	int r;

	if (node->visited)
		return 0;
	node->visited = true;
	r = deps_hard(node->step.mod, &deps);
	if (r < 0)
		return r;
	kmod_list_foreach(l, deps) {
		struct node *dep;

		r = planner_node(p, l->data, &reason, node->step.required, &dep);
		if (r < 0)
			return r;
		/* the list is flat already: what dep needs comes before it */
		r = place_with_soft(p, dep);
		if (r < 0)
			return r;
	}
	if (ignore_command) {
		node->step.ignore_command = true;
		node->wanted = true;
	}
	return place_with_soft(p, node);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->nodes.n; i++) {
		struct node *node = plan->nodes.at[i];

		(void)kmod_module_unref(node->step.mod);
		free(node);
	}
	array_release(&plan->nodes);
	array_release(&plan->steps);
	free(plan);
}

int plan_make(struct kmod_module *mod, bool ignore_command, bool soft_blacklist, struct plan **ret)
{
	const struct reason reason = { WHY_REQUESTED, NULL, NULL };
	struct planner p = {
		.plan = calloc(1, sizeof(*p.plan)),
		.requested = mod,
		.soft_blacklist = soft_blacklist,
	};
	struct node *node;
	int r;

	if (!p.plan)
		return -ENOMEM;
	r = planner_node(&p, mod, &reason, true, &node);
	if (r == 0)
		r = visit(&p, node, ignore_command);
	hash_release(&p.by_name);
	if (r < 0) {
		plan_free(p.plan);
		return r;
	}
	*ret = p.plan;
	return 0;
}
