/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The install and remove commands that we run inside of, as words "ACTION:MODULE" in
 * the environment: a command that leads back to itself, through whatever others, would
 * never end.
 */
#pragma once

/*
 * The environment for a command that is about to be run: ours, with MODPROBE_MODULE and
 * MODPROBE_CHAIN of its own. Ours stays as it is, since other threads read it and may run
 * commands, too. 0: *ret is for free(), and refers to the strings of ours; -ELOOP: that
 * command is running already; -ENOMEM.
 */
int chain_environ(const char *action, const char *module, char ***ret);
