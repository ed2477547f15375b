/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has the shell run a command, as system() does, and changes nothing that belongs to the whole process. */
#pragma once

/*
 * sh -c COMMAND with the environment ENVP, to its end. What waitpid() says of it: 0 is
 * success, a command that is not found is 127 for the shell; or a negative errno: it was
 * not started, or nobody can hear how it ended (-ECHILD).
 *
 * SIGCHLD is blocked in this thread meanwhile, so that a handler does not wait for the
 * command in our place. Another signal is handled, and the waiting goes on. The command
 * gets the signals as they were: blocked or ignored where they are, by default where
 * they are caught.
 */
int shell_run(const char *command, char *const envp[]);
