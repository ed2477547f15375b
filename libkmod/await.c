/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks again and again, a little later each time, until a module's fate is known. */
#include "libkmod/await.h"

#include <errno.h>
#include <unistd.h>

#include "libkmod/module.h"
#include "shared/clock.h"
#include "shared/macro.h"

/* sysfs tells nobody about initstate, so we look: soon at first, then 16 times a second. */
#define NAP_MAX_MSEC 64

static enum seen await(struct kmod_module *mod, enum seen from, unsigned int msec,
		       enum seen (*look)(struct kmod_module *mod), bool *another)
{
	uint64_t deadline = clock_msec() + msec, first = 0;

	for (unsigned int nap = 1;; nap = nap < NAP_MAX_MSEC ? nap * 2 : NAP_MAX_MSEC) {
		enum seen seen = look(mod);
		uint64_t now = clock_msec(), identity = 0;

		if (another && seen == from) {
			identity = initstate_identity(mod->name);
			first = first ? first : identity;
			*another = identity && identity != first;
		}
		if (seen != from || now >= deadline || (another && *another))
			return seen;
		clock_nap_until(now + nap < deadline ? now + nap : deadline);
	}
}

enum seen await_change(struct kmod_module *mod, enum seen from, unsigned int msec, bool *another)
{
	return await(mod, from, msec, initstate_observe, another);
}

/*
 * For who does not ask the kernel next: a module is gone when /proc/modules does
 * not list it either. It does so before the directory is made, and after it is gone.
 * A list that may be read, and just now could not (no memory), proves nothing.
 */
static enum seen look_everywhere(struct kmod_module *mod)
{
	enum seen seen = initstate_observe(mod);

	if (seen != SEEN_ABSENT || initstate_from_sysfs(mod->name) != -ENOENT)
		return seen;
	seen = initstate_listed(mod->name);
	return seen == SEEN_BLIND && access("/proc/modules", R_OK) < 0 ? initstate_without_sysfs(mod->name) : seen;
}

_export_ int kmod_module_observe(const struct kmod_module *mod, enum kmod_module_initstate from,
				 unsigned int msec)
{
	/* const to the caller; what the built-in index says is remembered inside */
	struct kmod_module *m = (struct kmod_module *)mod;
	enum seen seen;

	if (!mod)
		return -ENOENT;
	seen = await(m, from == KMOD_MODULE_COMING ? SEEN_COMING : SEEN_GOING, msec,
		     look_everywhere, NULL);
	switch (seen) {
	case SEEN_BUILTIN:
		return KMOD_MODULE_BUILTIN;
	case SEEN_LIVE:
		return KMOD_MODULE_LIVE;
	case SEEN_COMING:
		return KMOD_MODULE_COMING;
	case SEEN_GOING:
		return KMOD_MODULE_GOING;
	case SEEN_BLIND:
		return -ENODATA;
	default:
		/* absent for a loader, who asks the kernel next; here it may just be unreadable */
		return initstate_from_sysfs(mod->name) == -ENOENT ? -ENOENT : -ENODATA;
	}
}
