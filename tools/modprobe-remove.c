/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modprobe -r NAME: a module out, and what nobody uses any more (docs/spec/modprobe.md 8). */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "shared/chain.h"
#include "shared/cleanup.h"
#include "shared/clock.h"
#include "shared/shell.h"
#include "tools/in-use.h"
#include "tools/modprobe.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

enum rank {
	RANK_NAMED, /* the user named it: its failure counts */
	RANK_HOLDER, /* stands in the way of one that was named */
	RANK_UNUSED, /* a dependency that nobody uses any more */
	RANK_SOFT, /* may go as well, or stay */
};

#define POLL_MSEC 2

static int remove_module(struct modprobe_request *req, struct kmod_module *mod, enum rank rank);

/* What is left of the time that -w allows, which is one for the whole command. */
static unsigned int wait_left(const struct modprobe_request *req)
{
	uint64_t now = clock_msec();

	return now < req->wait_until ? (unsigned int)(req->wait_until - now) : 0;
}

/*
 * delete_module(), again while the kernel says "in use" and -w allows. Nobody
 * waits for a dependency that somebody uses again.
 */
static int remove_waiting(const struct modprobe_request *req, struct kmod_module *mod,
			  enum rank rank)
{
	unsigned int flags = KMOD_REMOVE_NOLOG | (req->force ? KMOD_REMOVE_FORCE : 0);

	for (unsigned int nap = POLL_MSEC;; nap *= 2) {
		/* before the call: the last one is made when the time is over */
		unsigned int left = rank == RANK_UNUSED ? 0 : wait_left(req);
		int r = kmod_module_remove_module(mod, flags);

		if (r != -EAGAIN || left == 0)
			return r;
		clock_nap_until(clock_msec() + (nap < left ? nap : left));
	}
}

/*
 * Somebody else is removing it: wait for that, within -w if that was given. Its
 * state then; GOING: the limit was reached, and the user was told.
 */
static int await_gone(const struct modprobe_request *req, const struct kmod_module *mod)
{
	unsigned int left = wait_left(req), limit = req->going_msec;
	const char *name = kmod_module_get_name(mod);
	int state;

	if (req->wait_msec > 0 && left < limit)
		limit = left;
	state = kmod_module_observe(mod, KMOD_MODULE_GOING, limit);
	if (state != KMOD_MODULE_GOING)
		return state;
	tool_log(LOG_ERR, "could not remove '%s': %s", name, strerror(EBUSY));
	tool_log_more(LOG_ERR, "%s is still being removed after %u.%03u s", name, limit / 1000,
		      limit % 1000);
	return state;
}

/* It cannot be removed because of others: the first line as ever, the second says who. */
static int fail_in_use(struct modprobe_request *req, const struct kmod_module *mod)
{
	modprobe_fail(req, "Module %s is in use.", kmod_module_get_name(mod));
	in_use_explain(req->all ? LOG_WARNING : LOG_CRIT, mod);
	return -EBUSY;
}

/* The line that says what is done now. In a dry run that is all, and once for each module. */
static int show_action(struct modprobe_request *req, struct kmod_module *mod, const char *word,
		       const char *what)
{
	for (size_t i = 0; i < req->shown.n; i++) {
		if (streq(kmod_module_get_name(req->shown.at[i]), kmod_module_get_name(mod)))
			return 0;
	}
	if (modprobe_shows(req)) {
		(void)printf("%s %s\n", word, what);
		tool_flush();
	}
	/* the reference is the array's, until the process ends */
	return modprobe_is_dry(req) ? array_push(&req->shown, kmod_module_ref(mod)) : 0;
}

/* One module, known to be there. */
static int remove_raw(struct modprobe_request *req, struct kmod_module *mod, enum rank rank)
{
	const char *name = kmod_module_get_name(mod);
	bool again = false;
	int r;

	r = show_action(req, mod, "rmmod", name);
	if (r < 0 || modprobe_is_dry(req))
		return r;
	for (;;) {
		int state;

		r = remove_waiting(req, mod, rank);
		if (r != -EBUSY || kmod_module_observe(mod, KMOD_MODULE_GOING, 0) != KMOD_MODULE_GOING)
			break;
		state = await_gone(req, mod);
		if (state == KMOD_MODULE_GOING)
			return -EBUSY;
		if (state == -ENOENT)
			r = -ENOENT;
		if (state != KMOD_MODULE_LIVE || again)
			break;
		again = true; /* it was loaded again meanwhile; once more, and that is all */
	}
	if (r == -EBUSY && kmod_module_observe(mod, KMOD_MODULE_GOING, 0) == -ENOENT)
		r = -ENOENT; /* between the call and the look */
	if (r == -ENOENT && !(rank == RANK_NAMED && req->first_time))
		return 0; /* it is gone, which is what was asked */
	if (r < 0 && !(rank == RANK_UNUSED && r == -EAGAIN)) { /* somebody uses it again: fine */
		tool_log(LOG_ERR, "could not remove '%s': %s", name, strerror(-r));
		if (r == -EAGAIN || r == -EBUSY)
			in_use_explain(LOG_ERR, mod);
	}
	return r;
}

static int run_remove_command(struct modprobe_request *req, struct kmod_module *mod,
			      const char *command)
{
	const char *name = kmod_module_get_name(mod);
	auto_free char **env = NULL;
	int r;

	r = show_action(req, mod, "remove", command);
	if (r < 0 || modprobe_is_dry(req))
		return r;
	r = chain_environ("remove", name, &env);
	if (r < 0) {
		tool_log(LOG_ERR, "could not remove '%s': %s", name, strerror(-r));
		if (r == -ELOOP)
			tool_log_more(LOG_ERR, "remove command for %s calls itself", name);
		return r;
	}
	if (shell_run(command, env) == 0)
		return 0;
	modprobe_fail(req, "Error running remove command for %s", name);
	return -EINVAL;
}

/* Soft dependencies may lead back to where they come from: each has its turn once. */
static bool had_its_turn(const struct modprobe_request *req, const struct kmod_module *mod)
{
	for (size_t i = 0; i < req->begun.n; i++) {
		if (streq(kmod_module_get_name(req->begun.at[i]), kmod_module_get_name(mod)))
			return true;
	}
	return false;
}

static void forget_turns(struct modprobe_request *req)
{
	for (size_t i = 0; i < req->begun.n; i++)
		(void)kmod_module_unref(req->begun.at[i]);
	req->begun.n = 0;
}

/* Every module of a list, last one first. What happens to them changes nothing. */
/* NOLINTNEXTLINE(misc-no-recursion): a module is entered once */
static void remove_soft(struct modprobe_request *req, struct kmod_list *list)
{
	const bool all = req->all, first_time = req->first_time, stop = req->stop;
	struct kmod_list *l;

	req->all = true; /* a failure here is a warning */
	req->first_time = false;
	kmod_list_foreach_reverse(l, list) {
		struct kmod_module *mod = kmod_module_get_module(l);

		if (!had_its_turn(req, mod))
			(void)remove_module(req, mod, RANK_SOFT);
		(void)kmod_module_unref(mod);
	}
	req->all = all;
	req->first_time = first_time;
	req->stop = stop;
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static int remove_holders(struct modprobe_request *req, struct kmod_module *mod)
{
	struct kmod_list *holders = kmod_module_get_holders(mod), *l;
	int r = 0;

	kmod_list_foreach_reverse(l, holders) {
		struct kmod_module *holder = kmod_module_get_module(l);

		if (r == 0)
			r = remove_module(req, holder, RANK_HOLDER);
		(void)kmod_module_unref(holder);
	}
	(void)kmod_module_unref_list(holders);
	return r;
}

/* Dependencies nobody uses any more, nearest first, so that a chain goes whole. */
static void remove_unused(struct modprobe_request *req, struct kmod_module *mod)
{
	struct kmod_list *deps, *l;
	int lost = 0;

	errno = 0;
	deps = kmod_module_get_dependencies(mod);
	if (!deps && errno == ENOMEM)
		lost = -errno;
	kmod_list_foreach_reverse(l, deps) {
		struct kmod_module *dep = kmod_module_get_module(l);
		int refcnt = kmod_module_get_refcnt(dep);

		if (refcnt == 0)
			(void)remove_raw(req, dep, RANK_UNUSED);
		else if (refcnt < 0 && refcnt != -ENOENT && refcnt != -ENODEV)
			lost = refcnt;
		(void)kmod_module_unref(dep);
	}
	(void)kmod_module_unref_list(deps);
	if (lost < 0)
		tool_log(LOG_WARNING, "could not see which dependencies of '%s' are unused: %s",
			 kmod_module_get_name(mod), strerror(-lost));
}

/* 0: go on; 1: nothing to do, and that is fine; negative: cannot, the user was told. */
static int check_state(struct modprobe_request *req, struct kmod_module *mod, enum rank rank)
{
	const char *name = kmod_module_get_name(mod);
	int state = kmod_module_observe(mod, KMOD_MODULE_COMING, 0);

	if (state == KMOD_MODULE_COMING && !modprobe_is_dry(req)) {
		state = kmod_module_observe(mod, KMOD_MODULE_COMING, wait_left(req));
		if (state == KMOD_MODULE_COMING)
			return fail_in_use(req, mod);
	}
	if (state == KMOD_MODULE_GOING && !modprobe_is_dry(req)) {
		state = await_gone(req, mod);
		if (state == KMOD_MODULE_GOING)
			return -EBUSY;
	}
	if (state == KMOD_MODULE_BUILTIN) {
		if (rank != RANK_NAMED)
			return 1;
		modprobe_fail(req, "Module %s is builtin.", name);
		return -ENOENT;
	}
	if (state != -ENOENT)
		return 0; /* there, or nothing to go by but what the kernel answers */
	if (rank != RANK_NAMED || !req->first_time)
		return 1;
	modprobe_fail(req, "Module %s is not in kernel.", name);
	return -ENOENT;
}

static int remove_with_deps(struct modprobe_request *req, struct kmod_module *mod, enum rank rank)
{
	int r = check_state(req, mod, rank);

	if (r != 0)
		return r < 0 ? r : 0;
	if (req->wait_msec == 0 && !req->force && kmod_module_get_refcnt(mod) > 0 &&
	    !(modprobe_is_dry(req) && req->remove_holders))
		return fail_in_use(req, mod);
	r = remove_raw(req, mod, rank);
	if (r == 0)
		remove_unused(req, mod);
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static int remove_module(struct modprobe_request *req, struct kmod_module *mod, enum rank rank)
{
	const char *command = NULL;
	struct kmod_list *pre = NULL, *post = NULL;
	int r;

	r = array_push(&req->begun, mod);
	if (r < 0) {
		tool_log(LOG_ERR, "could not remove '%s': %s", kmod_module_get_name(mod), strerror(-r));
		return r;
	}
	(void)kmod_module_ref(mod); /* the array's */
	if (!(req->ignore_commands && rank == RANK_NAMED)) {
		command = kmod_module_get_remove_commands(mod);
		r = kmod_module_get_softdeps(mod, &pre, &post);
		if (r < 0)
			tool_log(LOG_WARNING, "could not get softdeps of '%s': %s",
				 kmod_module_get_name(mod), strerror(-r));
	}
	if (!command) {
		r = check_state(req, mod, rank);
		if (r != 0)
			goto out;
	}
	remove_soft(req, post);
	if (req->remove_holders && rank != RANK_SOFT) {
		r = remove_holders(req, mod);
		if (r < 0)
			goto out;
	}
	r = command ? run_remove_command(req, mod, command) : remove_with_deps(req, mod, rank);
	if (r == 0)
		remove_soft(req, pre);
out:
	(void)kmod_module_unref_list(pre);
	(void)kmod_module_unref_list(post);
	return r < 0 ? r : 0;
}

struct kmod_module *modprobe_find_loaded(struct kmod_ctx *ctx, const char *operand)
{
	struct kmod_module *mod = NULL;

	if (operand[strcspn(operand, "./[]")] != '\0' || kmod_module_new_from_name(ctx, operand, &mod) < 0)
		return NULL;
	if (kmod_module_observe(mod, KMOD_MODULE_COMING, 0) >= 0)
		return mod;
	(void)kmod_module_unref(mod);
	return NULL;
}

int modprobe_remove(struct modprobe_request *req, struct kmod_ctx *ctx, const char *operand)
{
	struct kmod_list *list = NULL, *l;
	int r = kmod_module_new_from_lookup(ctx, operand, &list);

	if (req->wait_until == 0 && req->wait_msec > 0)
		req->wait_until = clock_msec() + req->wait_msec;
	forget_turns(req);
	if (r == 0 && !list && !req->show_alias) {
		struct kmod_module *mod = modprobe_find_loaded(ctx, operand);

		if (mod) {
			r = remove_module(req, mod, RANK_NAMED);
			(void)kmod_module_unref(mod);
			return r;
		}
	}
	if (r < 0 && r != -EINVAL && r != -ENAMETOOLONG) { /* those are of the word */
		modprobe_fail(req, "could not look up %s: %s", operand, strerror(-r));
		return r;
	}
	if (r < 0 || !list) {
		modprobe_fail(req, "Module %s not found.", operand);
		tool_explain_lookup(modprobe_fail_priority(req), ctx, operand);
		return -ENOENT;
	}
	kmod_list_foreach(l, list) {
		struct kmod_module *mod = kmod_module_get_module(l);

		if (req->show_alias)
			(void)puts(kmod_module_get_name(mod));
		else if (r == 0)
			r = remove_module(req, mod, RANK_NAMED);
		(void)kmod_module_unref(mod);
	}
	(void)kmod_module_unref_list(list);
	return r;
}
