/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One binary, several names: the table that picks the tool. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "shared/macro.h"
#include "shared/path.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

static tool_main kmod_main, left_out;

/* What this build has not. Who asks for it is told so; no help has a row for it. */
#ifndef ENABLE_DEPMOD
# define depmod_main left_out
#endif
#ifdef ENABLE_SMALL
# define modinfo_main left_out
# define static_nodes_main left_out
#endif

static const struct {
	const char *name;
	tool_main *main;
	const char *help;
} tools[] = {
	{ "kmod", kmod_main, NULL },
	{ "depmod", depmod_main, "make the index files of a module directory" },
	{ "insmod", insmod_main, "insert a module file" },
	{ "lsmod", lsmod_main, "list loaded modules" },
	{ "modinfo", modinfo_main, "show what modules say of themselves" },
	{ "modprobe", modprobe_main, "load or remove a module and what it needs" },
	{ "rmmod", rmmod_main, "remove modules" },
};

/* The commands of kmod itself. */
static const struct {
	const char *name;
	tool_main *main; /* NULL: the help */
	const char *help;
} commands[] = {
	{ "help", NULL, "show this help" },
	{ "list", lsmod_main, "list loaded modules" },
	{ "static-nodes", static_nodes_main, "show the device nodes that load modules" },
};

static void print_row(const char *name, tool_main *main, const char *help)
{
	if (main != left_out)
		(void)printf("\t%-12s %s\n", name, help);
}

static void print_help(void)
{
	(void)puts("Usage:\n\tkmod [-h|--help] [-V|--version] COMMAND [options]\nCommands:");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		print_row(commands[i].name, commands[i].main, commands[i].help);
	(void)puts("Called by another name, it is that tool:");
	for (size_t i = 1; i < ARRAY_SIZE(tools); i++)
		print_row(tools[i].name, tools[i].main, tools[i].help);
}

static int left_out(int argc, char **argv)
{
	(void)argc;
	tool_log(LOG_ERR, "%s is not in this build of kmod", path_base(argv[0]));
	return EXIT_FAILURE;
}

static int kmod_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *word;

	switch (getopt_long(argc, argv, "+hV", longs, NULL)) {
	case 'V':
		tool_print_version();
		return tool_finish(EXIT_SUCCESS);
	case 'h':
		print_help();
		return tool_finish(EXIT_SUCCESS);
	case -1:
		break;
	default: /* the user was told */
		return EXIT_FAILURE;
	}
	argc -= optind;
	argv += optind;
	optind = 0; /* a command parses its own */
	word = argc > 0 ? argv[0] : NULL;
	for (size_t i = 0; word && i < ARRAY_SIZE(commands); i++) {
		if (!streq(word, commands[i].name))
			continue;
		if (commands[i].main)
			return commands[i].main(argc, argv);
		print_help();
		return tool_finish(EXIT_SUCCESS);
	}
	if (word)
		(void)fprintf(stderr, "invalid command '%s'\n", word);
	else
		(void)fputs("missing command\n", stderr);
	print_help();
	return tool_finish(EXIT_FAILURE);
}

/*
 * Who runs us with more rights than he has decides by words only: nothing of his
 * environment reaches us or a command.
 */
static void forget_environment(void)
{
	if (getauxval(AT_SECURE) == 0)
		return;
	if (clearenv() != 0 || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		abort();
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? path_base(argv[0]) : "kmod";

	forget_environment();
	(void)signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody hears how a command ended */
	tool_outlive(SIGXFSZ);
	tool_log_open(name, LOG_WARNING);
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		if (streq(name, tools[i].name))
			return tools[i].main(argc, argv);
	}
	tool_log(LOG_ERR, "there is no tool of this name in kmod");
	return EXIT_FAILURE;
}
