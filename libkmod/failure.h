/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a probe leaves behind in its module for kmod_module_get_failure(). */
#pragma once

#include "shared/macro.h"

struct kmod_module;

/*
 * The module is refused because step->mod was, with that error. What that means
 * is found out when kmod_module_get_failure() is asked.
 */
void failure_later(struct kmod_module *mod, const struct kmod_module *step, int err,
		   unsigned int flags, const char *options);
/* In words, at once: the last one told is what kmod_module_get_failure() gives. */
void failure_say(struct kmod_module *mod, const char *format, ...) _printf_(2, 3);
/* Nothing is known to have failed. */
void failure_forget(struct kmod_module *mod);
