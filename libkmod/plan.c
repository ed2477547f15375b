/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the steps of a load in order, each once and each with its reason. */
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

/* What is left to do; a stack of it instead of calls, as chains of soft dependencies have no limit. */
struct task {
	enum { TASK_NEEDED, TASK_WANTED, TASK_ENTER, TASK_PLACE } kind;
	bool pre; /* TASK_WANTED: before or after node */
	struct node *node; /* to enter or to place; or who needs or wants mod */
	struct kmod_module *mod; /* a reference, or NULL */
	const struct conf_rule *rule; /* TASK_WANTED: which one says so */
};

struct planner {
	struct plan *plan;
	const struct plan_wish *wish;
	struct kmod_module *requested;
	struct hash by_name; /* to struct node *, owned by the plan */
	struct task *task; /* the next one is the last */
	size_t n_tasks, room;
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

/* Takes a reference to mod (may be NULL). */
static int push(struct planner *p, struct task task)
{
	if (p->n_tasks == p->room) {
		size_t room = p->room ? p->room * 2 : 16;
		struct task *more = reallocarray(p->task, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->task = more;
		p->room = room;
	}
	(void)kmod_module_ref(task.mod);
	p->task[p->n_tasks++] = task;
	return 0;
}

/* The tasks from that number on were pushed in the order they are meant to be done. */
static void first_first(struct planner *p, size_t from)
{
	for (size_t to = p->n_tasks; to > from + 1; from++) {
		struct task first = p->task[from];

		p->task[from] = p->task[--to];
		p->task[to] = first;
	}
}

static bool is_kept_out(const struct planner *p, struct kmod_module *mod)
{
	return p->wish->is_there && policy_refusal(policy_install(mod)) &&
	       !p->wish->is_there(mod, p->wish->data);
}

static int push_wanted(struct kmod_module *mod, bool pre, const struct conf_rule *rule, void *data)
{
	struct planner *p = data;

	/* who wants it is filled in by enter() */
	return push(p, (struct task){ .kind = TASK_WANTED, .pre = pre, .mod = mod, .rule = rule });
}

/*
 * The node between its soft dependencies. When a loop of soft dependencies
 * leads back to a node on the way, it is placed at once if something needs it,
 * and its own soft dependencies follow as they can.
 */
static int enter(struct planner *p, struct node *node)
{
	size_t from = p->n_tasks;
	int r;

	/* Who may never be loaded wants nobody. */
	if (node->wanted || policy_refusal(policy_install(node->step.mod))) {
		node->wanted = true;
		return place(p, node);
	}
	node->wanted = true;
	r = deps_soft(node->step.mod, true, push_wanted, p);
	if (r == 0)
		r = push(p, (struct task){ .kind = TASK_PLACE });
	if (r == 0)
		r = deps_soft(node->step.mod, false, push_wanted, p);
	for (size_t i = from; i < p->n_tasks; i++)
		p->task[i].node = node;
	first_first(p, from);
	return r;
}

/*
 * What the node needs, then the node itself; nothing of it when it may not be
 * loaded, or one of those.
 */
static int visit(struct planner *p, struct node *node)
{
	bool ignore = p->wish->ignore_command && node->step.mod == p->requested;
	auto_module_list struct kmod_list *deps = NULL;
	struct kmod_module *kept_out = NULL;
	size_t from = p->n_tasks;
	struct kmod_list *l;
	int r;

	if (node->visited)
		return 0;
	node->visited = true;
	r = deps_hard(node->step.mod, &deps);
	if (r < 0)
		return r;
	if (!ignore && is_kept_out(p, node->step.mod))
		kept_out = node->step.mod;
	kmod_list_foreach(l, deps) {
		if (!kept_out && is_kept_out(p, l->data))
			kept_out = l->data;
	}
	if (kept_out) {
		if (node->step.mod == p->requested)
			p->plan->refused = kmod_module_ref(kept_out);
		return 0;
	}
	kmod_list_foreach(l, deps) {
		/* the list is flat already: what one needs comes before it */
		r = push(p, (struct task){ .kind = TASK_NEEDED, .node = node, .mod = l->data });
		if (r < 0)
			return r;
	}
	if (ignore)
		node->step.ignore_command = node->wanted = true;
	r = push(p, (struct task){ .kind = TASK_ENTER, .node = node });
	first_first(p, from);
	return r;
}

static int perform(struct planner *p, const struct task *task)
{
	struct reason reason = { WHY_NEEDED, task->node->step.mod, task->rule };
	struct node *node;
	int r;

	switch (task->kind) {
	case TASK_NEEDED:
		r = planner_node(p, task->mod, &reason, task->node->step.required, &node);
		return r < 0 ? r : enter(p, node);
	case TASK_WANTED:
		if (p->wish->soft_blacklist && policy_blacklist(task->mod))
			return 0;
		reason.why = task->pre ? WHY_SOFT_PRE : WHY_SOFT_POST;
		r = planner_node(p, task->mod, &reason, false, &node);
		return r < 0 ? r : visit(p, node);
	case TASK_ENTER:
		return enter(p, task->node);
	default:
		return place(p, task->node);
	}
}

/* Everything that is left; r < 0: only the references are given back. */
static int perform_all(struct planner *p, int r)
{
	while (p->n_tasks > 0) {
		struct task task = p->task[--p->n_tasks];

		if (r == 0)
			r = perform(p, &task);
		(void)kmod_module_unref(task.mod);
	}
	free(p->task);
	return r;
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
	(void)kmod_module_unref(plan->refused);
	free(plan);
}

int plan_make(struct kmod_module *mod, const struct plan_wish *wish, struct plan **ret)
{
	const struct reason reason = { WHY_REQUESTED, NULL, NULL };
	struct planner p = {
		.plan = calloc(1, sizeof(*p.plan)),
		.wish = wish,
		.requested = mod,
	};
	struct node *node;
	int r;

	if (!p.plan)
		return -ENOMEM;
	r = planner_node(&p, mod, &reason, true, &node);
	if (r == 0)
		r = visit(&p, node);
	r = perform_all(&p, r);
	hash_release(&p.by_name);
	if (r < 0) {
		plan_free(p.plan);
		return r;
	}
	*ret = p.plan;
	return 0;
}
