/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "libkmod/await.h"

#include "shared/clock.h"

/* sysfs tells nobody about initstate, so we look: soon at first, then 16 times a second. */
#define NAP_MAX_MSEC 64

enum seen await_change(struct kmod_module *mod, enum seen from, unsigned int msec)
{
	uint64_t deadline = clock_msec() + msec;

	for (unsigned int nap = 1;; nap = nap < NAP_MAX_MSEC ? nap * 2 : NAP_MAX_MSEC) {
		enum seen seen = initstate_observe(mod);
		uint64_t now = clock_msec();

		if (seen != from || now >= deadline)
			return seen;
		clock_nap_until(now + nap < deadline ? now + nap : deadline);
	}
}
