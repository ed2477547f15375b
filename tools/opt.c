/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Feeds getopt_long() from the table, and prints the help from it. */
#include "tools/opt.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "shared/macro.h"
#include "shared/path.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

#define HELP_COLUMN 34

void opt_print_help(const char *argv0, const struct opt *tab, size_t n, const char *usage)
{
	(void)printf("Usage:\n\t%s %s\nOptions:\n", path_base(argv0), usage);
	for (size_t i = 0; i < n; i++) {
		char left[64];

		if (!tab[i].help)
			continue;
		(void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
			       tab[i].key < OPT_LONG(0) ? '-' : ' ',
			       tab[i].key < OPT_LONG(0) ? tab[i].key : ' ',
			       tab[i].key < OPT_LONG(0) ? ',' : ' ', tab[i].name,
			       tab[i].kind >= OPT_TEXT ? "=" : "",
			       tab[i].kind >= OPT_TEXT ? tab[i].arg : "");
		(void)printf("\t%-*s %s\n", HELP_COLUMN, left, tab[i].help);
	}
	(void)printf("\t%-*s %s\n", HELP_COLUMN, "-V, --version", "show version");
	(void)printf("\t%-*s %s\n", HELP_COLUMN, "-h, --help", "show this help");
}

static int store_msec(const struct opt *opt, const char *arg, unsigned int *field)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(arg, &end, 0);
	if (errno || end == arg || *end != '\0' || v > UINT_MAX || strchr(arg, '-')) {
		tool_log(LOG_ERR, "unexpected %s value '%s'.", opt->name, arg);
		return -EINVAL;
	}
	*field = (unsigned int)v;
	return 0;
}

static int opt_store(const struct opt *opt, const char *arg, void *into)
{
	void *field = (char *)into + opt->at;

	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)field = true;
		return 0;
	case OPT_COUNT:
		(*(int *)field)++;
		return 0;
	case OPT_LEFT_OUT:
		tool_log(LOG_ERR, "--%s is not in this build of kmod", opt->name);
		return -EINVAL;
	case OPT_TEXT:
		*(const char **)field = arg;
		return 0;
	case OPT_MSEC:
		return store_msec(opt, arg, field);
	case OPT_CALL:
	case OPT_CALL_TEXT:
		return opt->call(into, arg);
	}
	return -EINVAL;
}

/* A byte that no option has, and that getopt_long() would send to the terminal as it is. */
static bool is_odd(char c)
{
	return c < ' ' || c > '~';
}

/* Has the word, an option, such a byte before its argument begins? */
static bool is_odd_option(const char *word, const char *shorts)
{
	if (word[0] != '-')
		return false;
	if (word[1] == '-') {
		for (word += 2; *word && *word != '='; word++) {
			if (is_odd(*word))
				return true;
		}
		return false;
	}
	for (word++; *word; word++) {
		const char *known = strchr(shorts, *word);

		if (is_odd(*word))
			return true;
		if (known && known[1] == ':')
			break;
	}
	return false;
}

int opt_parse(int argc, char **argv, const struct opt *tab, size_t n, const char *usage, void *into)
{
	struct option longs[OPT_MAX + 3] = { 0 }; /* last row stays zero: the end mark */
	char shorts[2 * OPT_MAX + 3] = "";
	size_t s = 0;
	int c, r = 0;

	if (n > OPT_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		bool has_arg = tab[i].kind >= OPT_TEXT;

		longs[i] = (struct option){ tab[i].name, has_arg, NULL, tab[i].key };
		if (tab[i].key >= OPT_LONG(0))
			continue;
		shorts[s++] = (char)tab[i].key;
		if (has_arg)
			shorts[s++] = ':';
	}
	longs[n] = (struct option){ "version", 0, NULL, 'V' };
	longs[n + 1] = (struct option){ "help", 0, NULL, 'h' };
	shorts[s++] = 'V';
	shorts[s++] = 'h';

	for (int i = 1; i < argc && !streq(argv[i], "--"); i++) {
		if (is_odd_option(argv[i], shorts)) {
			tool_log(LOG_ERR, "unrecognized option '%s'", argv[i]);
			return -EINVAL;
		}
	}
	while (r == 0 && (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == 'V' || c == 'h') {
			if (c == 'V')
				tool_print_version();
			else
				opt_print_help(argv[0], tab, n, usage);
			return OPT_DONE;
		}
		r = -EINVAL; /* unknown: getopt_long() has told the user */
		for (size_t i = 0; i < n; i++) {
			if (tab[i].key == c)
				r = opt_store(&tab[i], optarg, into);
		}
	}
	if (r == -ENOMEM)
		tool_log(LOG_ERR, "out of memory");
	return r < 0 ? r : optind;
}
