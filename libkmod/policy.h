/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rules mean for a module: blacklist, options, commands. */
#pragma once

#include <stdbool.h>

#include "libkmod/libkmod.h"

struct conf_rule;

/* The rule that blacklists the module by its real name, or NULL. */
const struct conf_rule *policy_blacklist(const struct kmod_module *mod);
/* The first install / remove rule whose pattern matches, or NULL. */
const struct conf_rule *policy_install(const struct kmod_module *mod);
const struct conf_rule *policy_remove(const struct kmod_module *mod);
/*
 * Option texts of all rules for the module, joined; NULL in *ret: none. Owned by
 * the module. 0 or -ENOMEM.
 */
int policy_options(const struct kmod_module *mod, const char **ret);
/*
 * Is that install rule (may be NULL) one that says "never": true or false, as a
 * bare word or below /bin or /usr/bin, and nothing else but blanks around it?
 */
enum refusal {
	REFUSAL_NONE, /* 0 */
	REFUSAL_ERROR, /* false */
	REFUSAL_QUIET, /* true: who asks for the module is told that all is well */
};
enum refusal policy_refusal(const struct conf_rule *install);
/*
 * The command with each $CMDLINE_OPTS replaced by the options, each parameter
 * quoted for the shell where it needs to be; what was inserted is not looked at
 * again. *ret is the caller's. 0 or -ENOMEM.
 */
int policy_expand_command(const char *command, const char *options, char **ret);
