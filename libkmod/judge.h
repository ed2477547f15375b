/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is seen of a module while others load and unload it, and what the kernel's answer to an insertion means. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libkmod/initstate.h"

struct plan;

/* The load that all of it is for. */
struct judge {
	struct kmod_module *requested; /* failures are told of it */
	struct plan *plan; /* knows which dependencies were live */
	int unloads; /* hears of them since judge_listen(); -1: not yet, or nothing to hear */
};

/* What is known of the attempts to load one module. */
struct attempts {
	unsigned int failed, interrupted;
	unsigned int others_failed; /* in a row, loads of it by others; or our own, whose init says EBUSY */
	bool exists_again; /* the one repeat after EEXIST, when nothing was there, is used up */
	bool noent_again; /* the one after ENOENT, when all that it needs was there */
	/* Seen live, or heard to go: who is absent then was unloaded. */
	bool was_loaded; /* since the last insertion began: it lost to that unload */
	bool maybe_loaded; /* since then too: not all that was announced was heard */
	bool was_loaded_before; /* earlier: it may have lost to one that was too quick to be seen */
	/* It was going when we began to listen: if that was an unload, it had been announced before. */
	bool going_before;
	uint64_t waited_coming, waited_going; /* milliseconds, all waits together */
};

/* The kernel's answer to one insertion, and what it may mean. */
enum verdict {
	VERDICT_FINAL, /* the result stands */
	VERDICT_ALREADY, /* in the kernel after all */
	VERDICT_AGAIN, /* worth another attempt, of which there are few */
	VERDICT_LOST, /* lost to an unload: attempts are limited by time */
	VERDICT_RESTART, /* a dependency went */
};

/*
 * Before an insertion of mod, last seen as SEEN: hear of unloads from now on, if that is
 * not so already. What it is now.
 */
enum seen judge_listen(struct judge *j, struct kmod_module *mod, enum seen seen,
		       struct attempts *tried);
void judge_close(struct judge *j);

/*
 * Wait in user space until nobody is loading or removing mod, which was seen as
 * SEEN. The answer is SEEN_COMING or SEEN_GOING only when the limit was reached:
 * it is one for all waits together, as others may load and unload it in turns.
 */
enum seen judge_settle(struct judge *j, struct kmod_module *mod, enum seen seen,
		       struct attempts *tried);
/* So many loads of it by others failed that another one is no use. */
bool judge_gives_up(const struct attempts *tried);
/* An insertion begins: what was heard and seen till now was before it. */
void judge_begin(const struct judge *j, const struct kmod_module *mod, struct attempts *tried);
/* It ended with *err, took msec. *err may change: to what the caller is to be told. */
enum verdict judge_answer(struct judge *j, struct kmod_module *mod, uint64_t took,
			  struct attempts *tried, int *err);
