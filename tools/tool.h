/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tools that live in the one binary, each called by its own name. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct kmod_ctx;
struct kmod_module;

typedef int tool_main(int argc, char **argv);

tool_main depmod_main, insmod_main, lsmod_main, modinfo_main, modprobe_main, rmmod_main;
tool_main static_nodes_main; /* a command of kmod, not a name of its own */

/* What -V prints: three lines, the first two as scripts parse them. */
void tool_print_version(void);
/* What was printed goes out now, before somebody else prints. tool_finish() sees an error. */
void tool_flush(void);
/*
 * Last act of a tool: was everything on stdout really written? Says what was
 * wrong and returns EXIT_FAILURE if not, else status.
 */
int tool_finish(int status);
/*
 * Output that is lost, to a reader who has gone (SIGPIPE) or a file that may not grow
 * (SIGXFSZ), is an error of writing and no end of what we are at. Commands that are run
 * have the default again.
 */
void tool_outlive(int number);
/*
 * ROOT/MODULE_DIRECTORY/VERSION, absolute as text, malloced; root or version
 * may be NULL. NULL: told the user why.
 */
char *tool_module_directory(const char *root, const char *version);
/*
 * Operands as one parameter string, malloced: a value with blanks gets quotes
 * unless the user gave it some. NULL: no memory.
 */
char *tool_join_parameters(char *const *words, int n);
/*
 * Second lines, of that priority, if anybody sees them: why a name stands for no
 * module; why one could not be inserted (error negative, flags and parameters as
 * they were).
 */
void tool_explain_lookup(int priority, struct kmod_ctx *ctx, const char *name);
void tool_explain_insert(int priority, struct kmod_module *mod, int error, unsigned int flags,
			 const char *parameters);
/* A context without modprobe.d whose messages go to tool_log(); NULL: told the user. */
struct kmod_ctx *tool_context(void);
