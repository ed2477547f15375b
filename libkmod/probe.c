/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Executes a plan: insert or run the command of each step, again where that is
 * what an answer of the kernel calls for. Success is only said of a module that
 * was seen live or built in (docs/spec/load-race.md 8).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/conf.h"
#include "libkmod/context.h"
#include "libkmod/deps.h"
#include "libkmod/failure.h"
#include "libkmod/initstate.h"
#include "libkmod/insert.h"
#include "libkmod/judge.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "libkmod/plan.h"
#include "libkmod/policy.h"
#include "shared/chain.h"
#include "shared/cleanup.h"
#include "shared/clock.h"
#include "shared/shell.h"
#include "shared/strbuf.h"

/* docs/spec/load-race.md 8.4 */
#define ATTEMPTS_MAX 3 /* insertions that fail by themselves, of one module */
#define PASSES_MAX 3 /* over the whole list */

/* What a step came to, beside 0, a negative errno, and what an install command gave. */
#define STEP_ALREADY INT_MIN /* it was in the kernel: nothing was done */
#define STEP_RESTART (INT_MIN + 1) /* a dependency went: the whole list again */

typedef int run_install_fn(struct kmod_module *m, const char *cmdline, void *data);
typedef void print_action_fn(struct kmod_module *m, bool install, const char *options);

struct probe {
	struct kmod_ctx *ctx;
	struct kmod_module *mod;
	unsigned int flags;
	const char *extra_options;
	run_install_fn *run_install;
	void *data;
	print_action_fn *print_action;
	struct judge judge; /* of the same module, with the plan */
	enum seen first_seen; /* what the module itself was on the way in */
	bool acted; /* something was done since the module was first looked at */
	struct attempts for_refused; /* the waits for modules that a rule refuses, all together */
	uint64_t lost_until; /* end of the time for repeats after lost races; 0: none lost yet */
};

/*
 * A load that lost to somebody's unload is repeated as long as this says so; one
 * that fails by itself is not.
 */
static bool may_repeat(struct probe *p)
{
	uint64_t now = clock_msec();

	if (p->lost_until == 0)
		p->lost_until = now + p->ctx->going_msec;
	return now < p->lost_until;
}

/* As initstate_observe(), in a rehearsal also of what it would have loaded. */
static enum seen observe(const struct probe *p, struct kmod_module *mod)
{
	bool rehearsed = (p->flags & KMOD_PROBE_REHEARSE) && (p->flags & KMOD_PROBE_DRY_RUN) &&
			 hash_get(&p->ctx->rehearsed, mod->name);

	return rehearsed ? SEEN_LIVE : initstate_observe(mod);
}

/* Without a callback the shell runs the command, and tells it which module it stands for. */
static int run_in_shell(struct probe *p, struct kmod_module *mod, const char *command)
{
	auto_free char **env = NULL;
	const char *outer = secure_getenv("MODPROBE_MODULE");
	int status, r = outer && streq(outer, mod->name) ?
				-ELOOP :
				chain_environ("install", mod->name, &env);

	if (r == -ELOOP)
		failure_say(p->mod, "install command for %s calls itself", mod->name);
	if (r < 0)
		return r;
	status = shell_run(command, env);
	if (status == 0)
		return 0;
	if (status < 0) {
		errno = -status;
		log_err(&p->ctx->log, "Could not run install command '%s' for module %s: %m",
			command, mod->name);
	} else if (WIFSIGNALED(status)) {
		log_err(&p->ctx->log, "Error running install command '%s' for module %s: killed by signal %d",
			command, mod->name, WTERMSIG(status));
	} else {
		log_err(&p->ctx->log, "Error running install command '%s' for module %s: retcode %d",
			command, mod->name, WEXITSTATUS(status));
	}
	return -EINVAL;
}

static int run_command(struct probe *p, struct kmod_module *mod, const char *command,
		       const char *options)
{
	auto_free char *expanded = NULL;
	int r = policy_expand_command(command, options, &expanded);

	if (r < 0)
		return r;
	log_step(&p->ctx->log, mod->name, "install command: %s", expanded);
	r = p->run_install ? p->run_install(mod, expanded, p->data) :
			     run_in_shell(p, mod, expanded);
	log_step(&p->ctx->log, mod->name, "install command: %d", r);
	return r > STEP_RESTART ? r : STEP_RESTART + 1; /* any int may come: keep ours apart */
}

/* What the kernel gets: rules first; a blank after them even when nothing follows. */
static int step_options(const struct probe *p, struct kmod_module *mod, char **ret)
{
	auto_strbuf struct strbuf all = STRBUF_INIT;
	const char *rules;
	int r = policy_options(mod, &rules);

	if (r == 0 && rules)
		r = strbuf_adds(&all, rules);
	if (r == 0 && rules)
		r = strbuf_addc(&all, ' ');
	if (r == 0)
		r = strbuf_adds(&all, mod == p->mod && p->extra_options ? p->extra_options : "");
	if (r < 0)
		return r;
	*ret = strbuf_steal(&all);
	return *ret ? 0 : -ENOMEM;
}

/*
 * A rule refuses to load blocked, which is the module itself or one that it
 * needs. Shown like the command that it is, but no process is started for it.
 */
static int refuse(struct probe *p, struct kmod_module *blocked)
{
	const struct conf_rule *rule = policy_install(blocked);
	bool own = blocked == p->mod;
	auto_free char *options = NULL;
	int r = step_options(p, blocked, &options);

	if (r < 0)
		return r;
	if (p->print_action)
		p->print_action(blocked, true, options);
	if (own && policy_refusal(rule) == REFUSAL_QUIET)
		return 0;
	failure_say(p->mod, "%s is blocked%s%s by %s:%u", p->mod->name, own ? "" : " through ",
		own ? "" : blocked->name, rule->file, rule->line);
	return -EINVAL;
}

/* Refusals: the module is there, or comes while we wait, so that there is nothing to refuse. */
static bool is_there(struct kmod_module *mod, void *data)
{
	struct probe *p = data;
	enum seen seen;

	if (p->flags & KMOD_PROBE_IGNORE_LOADED)
		return module_is_builtin(mod) > 0;
	seen = observe(p, mod);
	if (!(p->flags & KMOD_PROBE_DRY_RUN))
		seen = judge_settle(&p->judge, mod, seen, &p->for_refused);
	if (mod == p->mod)
		p->first_seen = seen; /* it may have come meanwhile */
	return initstate_in_kernel(seen);
}

/* What an insertion would fail with for want of a file; if it would not, the module counts as loaded. */
static int rehearse(struct probe *p, struct kmod_module *mod)
{
	const char *path = kmod_module_get_path(mod);
	auto_free char *name = NULL;
	int r;

	/* To the question what belongs to it, nothing is an answer. */
	if (!(p->flags & KMOD_PROBE_REHEARSE) || (!path && (p->flags & KMOD_PROBE_IGNORE_LOADED)))
		return 0;
	if (!path)
		insert_no_file(mod);
	if (!path || access(path, F_OK) < 0) {
		failure_later(p->mod, mod, -ENOENT, p->flags, "");
		return -ENOENT;
	}
	if (p->flags & KMOD_PROBE_IGNORE_LOADED)
		return 0;
	name = strdup(mod->name);
	if (!name)
		return -ENOMEM;
	r = hash_add(&p->ctx->rehearsed, name, name);
	if (r == 0)
		(void)steal_ptr(name);
	return r == -EEXIST ? 0 : r;
}

/*
 * See to it that the step's module, last seen as SEEN, becomes live, or its
 * command is run. 0, a positive answer of run_install, STEP_ALREADY,
 * STEP_RESTART, or a negative errno.
 */
static int ensure(struct probe *p, struct step *step, enum seen seen, const char *command,
		  const char *options)
{
	struct kmod_module *mod = step->mod;
	struct attempts tried = { 0 };

	if (!command)
		seen = judge_listen(&p->judge, mod, seen, &tried);
	for (;; seen = initstate_observe(mod)) {
		enum verdict verdict;
		uint64_t start;
		int err;

		seen = judge_settle(&p->judge, mod, seen, &tried);
		if (initstate_in_kernel(seen))
			return STEP_ALREADY;
		if (seen == SEEN_COMING)
			return -ETIMEDOUT;
		if (seen == SEEN_GOING)
			return -EBUSY;
		if (command)
			return run_command(p, mod, command, options);

		if (judge_gives_up(&tried)) {
			failure_say(p->mod, "two loads of it by others failed");
			return -EBUSY;
		}

		failure_forget(p->mod); /* what an earlier attempt ran into says nothing of this one */
		judge_begin(&p->judge, mod, &tried);
		start = clock_msec();
		err = kmod_module_insert_module(mod, p->flags, options);
		if (err >= 0)
			return 0;
		failure_later(p->mod, mod, err, p->flags, options);
		verdict = judge_answer(&p->judge, mod, clock_msec() - start, &tried, &err);
		if (verdict == VERDICT_ALREADY)
			return STEP_ALREADY;
		if (verdict == VERDICT_RESTART)
			return STEP_RESTART;
		if (verdict == VERDICT_FINAL)
			return err;
		if (verdict == VERDICT_LOST && may_repeat(p))
			continue;
		if (err != -EINTR && ++tried.failed >= ATTEMPTS_MAX)
			return err;
	}
}

static int run_step(struct probe *p, struct step *step)
{
	const struct conf_rule *rule = step->ignore_command ? NULL : policy_install(step->mod);
	bool refused = rule && !p->run_install && policy_refusal(rule);
	auto_free char *options = NULL;
	enum seen seen = SEEN_ABSENT;
	bool had_file;
	int r = step_options(p, step->mod, &options);

	if (r < 0)
		return r;
	/* What is built in is in, whatever the rule says. */
	if (refused && (p->flags & KMOD_PROBE_IGNORE_LOADED) && module_is_builtin(step->mod) > 0) {
		rule = NULL;
		refused = false;
	}
	/* The module itself was looked at on the way in, and found absent or moving. */
	if (step->mod == p->mod && !p->acted)
		seen = p->first_seen;
	else if (!(p->flags & KMOD_PROBE_IGNORE_LOADED))
		seen = observe(p, step->mod);
	if (initstate_in_kernel(seen)) {
		r = STEP_ALREADY;
	} else if (refused) { /* it was there when the plan was made */
		return refuse(p, step->mod);
	} else {
		if (!step->mod->path)
			r = module_need_dep_line(step->mod);
		if (r < 0)
			return r;
		if (p->print_action)
			p->print_action(step->mod, rule != NULL, options);
		if (p->flags & KMOD_PROBE_DRY_RUN)
			return rule ? 0 : rehearse(p, step->mod);
		p->acted = true;
		had_file = step->mod->file != NULL;
		r = ensure(p, step, seen, rule ? rule->value : NULL, options);
		/* A chain may be longer than there are descriptors. */
		if (!had_file && step->mod != p->mod)
			module_close_file(step->mod);
	}
	if (r == STEP_ALREADY || (r == 0 && !rule)) {
		step->was_live = true;
		/* Only of dependencies does anybody ask later. */
		if (step->mod != p->mod && !(p->flags & KMOD_PROBE_DRY_RUN))
			step->identity = initstate_identity(step->mod->name);
	}
	return r;
}

/* One pass over the list; soft dependencies have their turn in the first one only. */
static int run_list(struct probe *p, bool first)
{
	int r = 0;

	for (size_t i = 0; i < p->judge.plan->steps.n; i++) {
		struct step *step = plan_step(p->judge.plan, i);

		r = 0;
		if (!step->required && !first)
			continue;
		if ((p->flags & KMOD_PROBE_APPLY_BLACKLIST_ALL) && policy_blacklist(step->mod))
			continue;
		r = run_step(p, step);
		if (r == STEP_ALREADY) {
			failure_forget(p->mod);
			r = 0;
			/* also in a later pass: then somebody else has loaded it meanwhile */
			if (step->mod == p->mod && (p->flags & KMOD_PROBE_FAIL_ON_LOADED))
				return -EEXIST;
		}
		if (!step->required && !(r == -ENOMEM && (p->flags & KMOD_PROBE_DRY_RUN))) {
			if (r == -ENOMEM)
				log_at(&p->ctx->log, LOG_WARNING, "soft dependency %s of %s: no memory",
					 step->mod->name, p->mod->name);
			failure_forget(p->mod);
			r = 0;
		}
		if (r < 0) {
			errno = -r;
			if (r != STEP_RESTART && step->mod != p->mod && !p->mod->failure &&
			    p->mod->refused_err == 0)
				failure_say(p->mod, "dependency %s: %m", step->mod->name);
			return r;
		}
	}
	return r;
}

static int run_plan(struct probe *p)
{
	for (unsigned int pass = 1;; pass++) {
		int r = run_list(p, pass == 1);

		if (r != STEP_RESTART)
			return r;
		if (!may_repeat(p) && pass >= PASSES_MAX)
			return -ENOENT;
		log_step(&p->ctx->log, p->mod->name, "the whole list again, pass %u", pass + 1);
		clock_nap_until(clock_msec() + (pass < 6 ? 1u << pass : 64u));
	}
}

/* 0, or which of the blacklist flags applies to the module itself. */
static int blacklist_verdict(const struct kmod_module *mod, unsigned int flags)
{
	if (!policy_blacklist(mod))
		return 0;
	if (mod->alias && (flags & KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY))
		return KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY;
	if (flags & KMOD_PROBE_APPLY_BLACKLIST_ALL)
		return KMOD_PROBE_APPLY_BLACKLIST_ALL;
	return (int)(flags & KMOD_PROBE_APPLY_BLACKLIST);
}

/* For the trace: what is going to be done, and why. */
static void tell_plan(const struct probe *p)
{
	for (size_t i = 0; i < p->judge.plan->steps.n; i++) {
		const struct step *step = plan_step(p->judge.plan, i);
		const struct conf_rule *rule = step->rule;
		bool needed = step->why == WHY_NEEDED;

		log_step(&p->ctx->log, p->mod->name, "step %zu: %s%s%s%s%s", i + 1, step->mod->name,
			 step->by ? (needed ? ", needed by " : ", wanted by ") : "",
			 step->by ? step->by->name : "", rule ? ", says " : "",
			 rule ? rule->file : "");
	}
}

static int probe_module(struct probe *p)
{
	const struct plan_wish wish = {
		.ignore_command = p->flags & KMOD_PROBE_IGNORE_COMMAND,
		.soft_blacklist = p->flags & KMOD_PROBE_APPLY_BLACKLIST_SOFTDEPS,
		/* A callback decides for itself what to make of such a command. */
		.is_there = p->run_install ? NULL : is_there,
		.data = p,
	};
	int r;

	p->first_seen = p->flags & KMOD_PROBE_IGNORE_LOADED ? SEEN_ABSENT : observe(p, p->mod);
	if (initstate_in_kernel(p->first_seen))
		return p->flags & KMOD_PROBE_FAIL_ON_LOADED ? -EEXIST : 0;
	r = blacklist_verdict(p->mod, p->flags);
	if (r != 0)
		return r;
	r = plan_make(p->mod, &wish, &p->judge.plan);
	if (r < 0)
		return r;
	if (p->ctx->log.priority >= LOG_DEBUG)
		tell_plan(p);
	r = p->judge.plan->refused ? refuse(p, p->judge.plan->refused) : run_plan(p);
	plan_free(p->judge.plan);
	return r;
}

_export_ int kmod_module_probe_insert_module(struct kmod_module *mod, unsigned int flags,
					     const char *extra_options,
					     int (*run_install)(struct kmod_module *m,
								const char *cmdline, void *data),
					     const void *data,
					     void (*print_action)(struct kmod_module *m,
								  bool install,
								  const char *options))
{
	struct probe p = {
		.mod = mod,
		.flags = flags,
		.extra_options = extra_options,
		.run_install = run_install,
		.data = (void *)data,
		.print_action = print_action,
		.judge = { .requested = mod, .unloads = -1 },
	};
	int r;

	if (!mod)
		return -ENOENT;
	p.ctx = mod->ctx;
	failure_forget(mod);
	log_step(&p.ctx->log, mod->name, "probe, flags=%#x", flags);
	r = probe_module(&p);
	judge_close(&p.judge);
	log_step(&p.ctx->log, mod->name, "probe: %s", r < 0 ? strerror(-r) : r > 0 ? "left out" : "done");
	if (r >= 0)
		failure_forget(mod);
	return r;
}
