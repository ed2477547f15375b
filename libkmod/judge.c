/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks again when what the kernel shows or answers can mean two things, and says
 * what it means (docs/spec/load-race.md 8.2 to 8.4).
 */
#include "libkmod/judge.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "libkmod/await.h"
#include "libkmod/context.h"
#include "libkmod/deps.h"
#include "libkmod/failure.h"
#include "libkmod/insert.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "libkmod/plan.h"
#include "libkmod/unloads.h"
#include "shared/cleanup.h"
#include "shared/clock.h"

/* docs/spec/load-race.md 8.4 */
#define INTERRUPTS_MAX 3
#define OTHERS_MAX 2 /* loads by others that failed while we were at it: who saw them makes no third */
#define VERIFY_MSEC 10 /* looked at after EEXIST before "not there" is believed; at least */
#define BUSY_AGAIN_MSEC 1000 /* an EBUSY that took longer is not tried again */

enum seen judge_listen(struct judge *j, struct kmod_module *mod, enum seen seen,
		       struct attempts *tried)
{
	if (j->unloads >= 0)
		return seen;
	j->unloads = unloads_listen();
	if (seen == SEEN_COMING || seen == SEEN_GOING) /* what ended before was not heard */
		seen = initstate_observe(mod);
	tried->going_before = seen == SEEN_GOING;
	return seen;
}

void judge_close(struct judge *j)
{
	if (j->unloads >= 0)
		(void)close(j->unloads);
}

static void note_unload(struct attempts *tried)
{
	tried->was_loaded = true;
	tried->others_failed = 0;
}

/*
 * What was coming or going is not there any more, or it is another one that is:
 * was it unloaded, or did its init fail? The kernel tells of unloads only; who
 * cannot hear it takes what was going for an unload.
 */
static void judge_end(struct judge *j, struct kmod_module *mod, bool going, struct attempts *tried)
{
	int heard = j->unloads < 0 ? -ENOTSUP : unloads_heard(j->unloads, mod->name);

	if (heard > 0 || (heard < 0 && going))
		note_unload(tried);
	else if (heard == 0 && going && tried->going_before)
		tried->was_loaded_before = true;
	else if (heard == 0)
		tried->others_failed++;
	else if (heard == -ENOBUFS)
		tried->maybe_loaded = true;
	tried->going_before = false; /* the next one is heard */
}

enum seen judge_settle(struct judge *j, struct kmod_module *mod, enum seen seen,
		       struct attempts *tried)
{
	while (seen == SEEN_COMING || seen == SEEN_GOING) {
		bool coming = seen == SEEN_COMING, another = false;
		unsigned int limit = coming ? mod->ctx->coming_msec : mod->ctx->going_msec;
		uint64_t *waited = coming ? &tried->waited_coming : &tried->waited_going;
		unsigned int left = *waited < limit ? limit - (unsigned int)*waited : 0;
		uint64_t start = clock_msec();
		enum seen after;

		log_step(&mod->ctx->log, mod->name, "wait for others, at most %u ms", left);
		after = await_change(mod, seen, left, &another);
		*waited += clock_msec() - start;
		log_step(&mod->ctx->log, mod->name, "waited %u ms", (unsigned int)(clock_msec() - start));
		if (after == seen && !another) {
			failure_say(j->requested, "%s is still %s after %u.%03u s", mod->name,
				    coming ? "initializing" : "being removed", limit / 1000, limit % 1000);
			break;
		}
		/* What comes and then goes has its end still to come. */
		if (another || after == SEEN_ABSENT || !coming)
			judge_end(j, mod, !coming, tried);
		seen = after;
	}
	if (seen == SEEN_LIVE)
		note_unload(tried); /* if it is absent next */
	return seen;
}

bool judge_gives_up(const struct attempts *tried)
{
	return tried->others_failed >= OTHERS_MAX && !tried->was_loaded_before;
}

void judge_begin(const struct judge *j, const struct kmod_module *mod, struct attempts *tried)
{
	tried->was_loaded_before |= tried->was_loaded;
	tried->was_loaded = tried->maybe_loaded = false;
	if (unloads_heard(j->unloads, mod->name) > 0) /* earlier ones */
		tried->was_loaded_before = true;
}

/*
 * No directory, but the kernel lists it: that comes after the name is taken and
 * goes before the name is given back. Stays while it is so, within the limits of
 * judge_settle(). False: it was not so.
 */
static bool settle_listed(struct judge *j, struct kmod_module *mod, struct attempts *tried)
{
	bool was = false;

	for (unsigned int nap = 1;; nap = nap < 64 ? nap * 2 : 64, was = true) {
		enum seen listed = initstate_listed(mod->name);
		bool coming = listed == SEEN_COMING;
		uint64_t *waited = coming ? &tried->waited_coming : &tried->waited_going;

		if (!coming && listed != SEEN_GOING)
			return was;
		if (!coming && j->unloads < 0)
			note_unload(tried); /* as in judge_end() */
		if (*waited >= (coming ? mod->ctx->coming_msec : mod->ctx->going_msec) ||
		    initstate_observe(mod) != SEEN_ABSENT)
			return true;
		if (!was)
			log_step(&mod->ctx->log, mod->name, "listed as %s, but not in sysfs: wait",
				 coming ? "coming" : "going");
		clock_nap_until(clock_msec() + nap);
		*waited += nap;
	}
}

/* Is what was seen live not there any more, or another one since? */
static bool was_lost(const struct step *step)
{
	return step->was_live &&
	       (!initstate_in_kernel(initstate_observe(step->mod)) ||
		(step->identity && step->identity != initstate_identity(step->mod->name)));
}

/* A hard dependency that this probe saw live, and that somebody took away since; NULL: none. */
static struct kmod_module *lost_dependency(struct judge *j, struct kmod_module *mod)
{
	auto_module_list struct kmod_list *deps = NULL;
	struct kmod_list *l;

	if (deps_hard(mod, &deps) < 0)
		return NULL;
	kmod_list_foreach(l, deps) {
		for (size_t i = 0; i < j->plan->steps.n; i++) {
			const struct step *step = plan_step(j->plan, i);

			if (step->mod == l->data && was_lost(step))
				return step->mod;
		}
	}
	return NULL;
}

/*
 * Nothing of it is to be seen any more, the directory included: that goes after the
 * unload was announced. Did the insertion wait for a load that went well, and sleep
 * through the unload?
 */
static bool was_unloaded(struct judge *j, struct kmod_module *mod, struct attempts *tried)
{
	int heard = unloads_heard(j->unloads, mod->name);

	if (heard > 0) {
		log_step(&mod->ctx->log, mod->name, "was loaded and unloaded meanwhile");
		note_unload(tried);
	}
	tried->maybe_loaded |= heard < 0;
	return tried->was_loaded;
}

/* EEXIST: somebody has it, or its own init said so, or the file holds another name (8.2). */
static enum verdict judge_exists(struct judge *j, struct kmod_module *mod, struct attempts *tried,
				 int *err)
{
	auto_free char *internal = NULL;

	*err = -EBUSY; /* whatever comes of it, "already in kernel" it is not */
	/* Again and again in that time: a sign of somebody else may be short. */
	for (unsigned int nap = 0, slept = 0;; nap = nap ? nap * 2 : 1) {
		enum seen seen;
		bool moving;

		clock_nap_until(clock_msec() + nap);
		slept += nap;
		seen = initstate_observe(mod);
		moving = seen == SEEN_COMING || seen == SEEN_GOING;
		seen = judge_settle(j, mod, seen, tried);
		if (seen == SEEN_ABSENT && settle_listed(j, mod, tried)) {
			moving = true;
			seen = judge_settle(j, mod, initstate_observe(mod), tried);
		}
		if (seen == SEEN_ABSENT)
			seen = initstate_without_sysfs(mod->name);
		if (initstate_in_kernel(seen) || seen == SEEN_BLIND) /* or nothing to go by */
			return VERDICT_ALREADY;
		if (seen != SEEN_ABSENT) {
			if (seen == SEEN_COMING)
				*err = -ETIMEDOUT;
			return VERDICT_FINAL;
		}
		if (was_unloaded(j, mod, tried)) /* it went while we waited */
			return VERDICT_LOST;
		if (moving)
			return VERDICT_AGAIN;
		/* The kernel speaks of the name inside the file. */
		if (nap == 0 && insert_internal_name(mod, &internal) == 0 &&
		    !streq(internal, mod->name) &&
		    initstate_in_kernel(initstate_observe_name(internal, mod)))
			return VERDICT_ALREADY;
		if (slept >= VERIFY_MSEC)
			break;
	}
	/* Or somebody had it, and it was gone before we looked: a repeat tells. */
	if (tried->exists_again && !tried->was_loaded_before && !tried->maybe_loaded)
		return VERDICT_FINAL;
	tried->exists_again = true;
	return VERDICT_AGAIN;
}

/*
 * EBUSY: it was going, or the load that we waited for failed, or ours did, or a
 * dependency was coming for half a minute.
 */
static enum verdict judge_busy(struct judge *j, struct kmod_module *mod, uint64_t took,
			       struct attempts *tried)
{
	auto_module_list struct kmod_list *deps = NULL;
	unsigned int failed_before = tried->others_failed;
	enum seen seen = initstate_observe(mod);
	struct kmod_list *l;
	bool listed;

	if (seen == SEEN_GOING)
		seen = judge_settle(j, mod, seen, tried);
	if (initstate_in_kernel(seen))
		return VERDICT_ALREADY;
	if (seen == SEEN_GOING)
		return VERDICT_LOST; /* the limit was reached, which is looked at again */
	listed = seen == SEEN_ABSENT && settle_listed(j, mod, tried);
	if (was_unloaded(j, mod, tried))
		return VERDICT_LOST;
	if (deps_hard(mod, &deps) == 0) {
		kmod_list_foreach(l, deps) {
			struct attempts of_dep = { 0 };

			if (initstate_observe(l->data) == SEEN_COMING) {
				(void)judge_settle(j, l->data, SEEN_COMING, &of_dep);
				return VERDICT_AGAIN;
			}
		}
	}
	/* Not to know is no reason to give up, but for no more than a few attempts. */
	if (tried->maybe_loaded)
		return VERDICT_AGAIN;
	if (tried->others_failed == failed_before)
		tried->others_failed++;
	/* Somebody is at it again: the outcome may be had for a wait. */
	if (seen == SEEN_COMING || listed)
		return VERDICT_AGAIN;
	if (took >= BUSY_AGAIN_MSEC || judge_gives_up(tried))
		return VERDICT_FINAL;
	return VERDICT_AGAIN;
}

/* It needs others, and all of them are there. */
static bool has_what_it_needs(struct kmod_module *mod)
{
	auto_module_list struct kmod_list *deps = NULL;
	struct kmod_list *l;

	if (deps_hard(mod, &deps) < 0)
		return false;
	kmod_list_foreach(l, deps) {
		if (!initstate_in_kernel(initstate_observe(l->data)))
			return false;
	}
	return deps != NULL;
}

/*
 * ENOENT: a dependency went, or a symbol is nobody's, or its init says so. Or, since
 * 6.5, it is the answer to a call by somebody else, which ours joined, and which began
 * when a dependency was not there. A second call can only join one that began after the
 * first was answered, so it tells.
 */
static enum verdict judge_noent(struct judge *j, struct kmod_module *mod, uint64_t took,
				struct attempts *tried)
{
	const char *path = kmod_module_get_path(mod);
	const struct kmod_module *lost;

	if (!path || access(path, F_OK) < 0)
		return VERDICT_FINAL;
	lost = lost_dependency(j, mod);
	if (!lost) {
		/* A symbol is missed at once; an init that took its time has spoken for itself. */
		if (tried->noent_again || took >= mod->ctx->going_msec || !has_what_it_needs(mod))
			return VERDICT_FINAL;
		tried->noent_again = true;
		return VERDICT_AGAIN;
	}
	failure_say(j->requested, "dependency %s of %s was removed by somebody else", lost->name, mod->name);
	return VERDICT_RESTART;
}

enum verdict judge_answer(struct judge *j, struct kmod_module *mod, uint64_t took,
			  struct attempts *tried, int *err)
{
	switch (*err) {
	case -EEXIST:
		return judge_exists(j, mod, tried, err);
	case -EBUSY:
		return judge_busy(j, mod, took, tried);
	case -ENOENT:
		return judge_noent(j, mod, took, tried);
	case -EINTR:
		return tried->interrupted++ < INTERRUPTS_MAX ? VERDICT_AGAIN : VERDICT_FINAL;
	default:
		return VERDICT_FINAL;
	}
}
