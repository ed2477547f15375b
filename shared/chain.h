/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The install and remove commands that we run inside of, as words "ACTION:MODULE" in
 * the environment: a command that leads back to itself, through whatever others, would
 * never end.
 */
#pragma once

/*
 * Adds a word for what is about to be run. 0: *ret is what chain_leave() wants, owned
 * by the caller, NULL if the chain was empty; -ELOOP: that is running already;
 * -ENOMEM.
 */
int chain_enter(const char *action, const char *module, char **ret);
void chain_leave(const char *before);
