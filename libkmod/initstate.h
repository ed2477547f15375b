/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What does the kernel say about a module right now? */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libkmod/libkmod.h"

/* What a loader may conclude (docs/spec/load-race.md 8.1). */
enum seen {
	SEEN_ABSENT, /* the kernel does not hold the name */
	SEEN_COMING, /* somebody is loading it */
	SEEN_LIVE,
	SEEN_GOING, /* being removed, or its init failed */
	SEEN_BUILTIN,
	SEEN_BLIND, /* neither /sys/module nor /proc/modules can be read */
};

static inline bool initstate_in_kernel(enum seen seen)
{
	return seen == SEEN_LIVE || seen == SEEN_BUILTIN;
}

/* Can a module be called that? Names come from anywhere, and become part of paths. */
bool initstate_is_name(const char *name);
/*
 * The sysfs half of kmod_module_get_initstate(), by name. Logs nothing. -EPROTO: a word
 * we do not know.
 */
int initstate_from_sysfs(const char *name);
/*
 * The loader's answer: never says LIVE or BUILTIN without proof. A directory
 * without initstate is judged by what else is there (3.7); that may take up to
 * 20 ms when the snapshots contradict each other.
 */
enum seen initstate_observe(struct kmod_module *mod);
/* The same for another name, without the built-in index. mod is who wants to know. */
enum seen initstate_observe_name(const char *name, struct kmod_module *mod);
/*
 * What /proc/modules alone says: COMING, LIVE or GOING; ABSENT: not listed;
 * BLIND: it cannot be read. A module is listed a little longer than sysfs shows it.
 */
enum seen initstate_listed(const char *name);
/*
 * A number that the loaded module of that name has, and no later one of the
 * same name: its directory's in sysfs. 0: there is none.
 */
uint64_t initstate_identity(const char *name);
/*
 * For a module that sysfs does not show: is there a sysfs at all? If so it is
 * ABSENT, else what /proc/modules says, BLIND when that is missing as well.
 */
enum seen initstate_without_sysfs(const char *name);
