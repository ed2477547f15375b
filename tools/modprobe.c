/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modprobe: argv to request, request to actions (docs/spec/modprobe.md). */
#include "tools/modprobe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shared/cleanup.h"
#include "tools/opt.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

#define OPTIONS_ENV "MODPROBE_OPTIONS"

void modprobe_fail(struct modprobe_request *req, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tool_vlog(modprobe_fail_priority(req), format, args);
	va_end(args);
	req->stop = !req->all;
}

/* ---- options ------------------------------------------------------------- */

/* What the commands that we run inherit: each setting once, in quotes where next_word() needs them. */
static int export_word(struct modprobe_request *req, const char *word, const char *arg)
{
	int r = strbuf_addf(&req->exported, "%s%s%s", req->exported.len ? " " : "", word,
			    arg ? " " : "");

	if (!arg || (*arg && arg[strcspn(arg, " \t\"'")] == '\0'))
		return r < 0 || !arg ? r : strbuf_adds(&req->exported, arg);
	/* pieces: no quote can hold itself */
	do {
		char quote = *arg == '"' ? '\'' : '"';
		int n = (int)strcspn(arg, quote == '"' ? "\"" : "'");

		if (r == 0)
			r = strbuf_addf(&req->exported, "%c%.*s%c", quote, n, arg, quote);
		arg += n;
	} while (r == 0 && *arg);
	return r;
}

static int take_config(void *into, const char *arg)
{
	struct modprobe_request *req = into;
	struct stat st;
	int r;

	if (stat(arg, &st) < 0)
		tool_log(LOG_WARNING, "could not use configuration %s: %s", arg, strerror(errno));
	for (size_t i = 0; i < req->config.n; i++) {
		if (streq(req->config.at[i], arg))
			return 0; /* inherited and given again */
	}
	r = array_push(&req->config, (void *)arg);
	return r < 0 ? r : export_word(req, "-C", arg);
}

static int take_trace(void *into, const char *arg)
{
	struct modprobe_request *req = into;
	int r = tool_log_trace(arg);

	/* A wish to see more never makes a load fail. */
	if (r < 0)
		tool_log(LOG_WARNING, "could not open trace %s: %s", arg, strerror(-r));
	return export_word(req, "--trace", arg);
}

static int take_syslog(void *into, const char *arg)
{
	struct modprobe_request *req = into;

	(void)arg;
	req->syslog = true;
	return export_word(req, "-s", NULL);
}

static int take_quiet(void *into, const char *arg)
{
	struct modprobe_request *req = into;

	(void)arg;
	req->verbosity = 0;
	return export_word(req, "-q", NULL);
}

static int take_verbose(void *into, const char *arg)
{
	struct modprobe_request *req = into;

	(void)arg;
	req->verbosity++;
	return export_word(req, "-v", NULL);
}

static int take_remove_holders(void *into, const char *arg)
{
	struct modprobe_request *req = into;

	(void)arg;
	req->remove = req->remove_holders = true;
	return 0;
}

#define AT(field) offsetof(struct modprobe_request, field)
#define FLAG(key, name, field, help) { key, name, OPT_FLAG, AT(field), NULL, help, NULL }
#define CALL(key, name, fn, help) { key, name, OPT_CALL, 0, NULL, help, fn }
/* Not for who only loads and removes. */
#ifdef ENABLE_SMALL
# define SHOW_FLAG(key, name, field, help) { key, name, OPT_LEFT_OUT, 0, NULL, NULL, NULL }
#else
# define SHOW_FLAG FLAG
#endif
static const struct opt opts[] = {
	FLAG('a', "all", all, "every operand is a module; go on after failures"),
	FLAG('r', "remove", remove, "remove modules instead of inserting"),
	CALL(OPT_LONG(0), "remove-holders", take_remove_holders,
	     "also remove the modules that use them (implies -r)"),
	CALL(OPT_LONG(1), "remove-dependencies", take_remove_holders, NULL),
	{ 'w', "wait", OPT_MSEC, AT(wait_msec), "MSEC", "removal: try again for so long", NULL },
	{ OPT_LONG(2), "coming-timeout", OPT_MSEC, AT(coming_msec), "MSEC",
	  "limit for a module others are loading (180000)", NULL },
	{ OPT_LONG(3), "going-timeout", OPT_MSEC, AT(going_msec), "MSEC",
	  "limit for a module others are removing (10000)", NULL },
	FLAG(OPT_LONG(4), "first-time", first_time, "fail if there is nothing to do"),
	FLAG('i', "ignore-install", ignore_commands, "ignore install commands of the named module"),
	FLAG('i', "ignore-remove", ignore_commands, "ignore remove commands of the named module"),
	FLAG('b', "use-blacklist", use_blacklist, "the blacklist counts for names as well"),
	FLAG('f', "force", force, "ignore symbol versions and version magic"),
	FLAG(OPT_LONG(5), "force-modversion", force_modversion, "ignore symbol versions"),
	FLAG(OPT_LONG(6), "force-vermagic", force_vermagic, "ignore the version magic"),
	FLAG('D', "show-depends", show_depends, "show what would be inserted, whatever is loaded"),
	FLAG('R', "show-alias", show_alias, "show the names of matching modules"),
	FLAG(OPT_LONG(7), "resolve-alias", show_alias, NULL),
	SHOW_FLAG('c', "show-config", show_config, "show the configuration and the indexes"),
	SHOW_FLAG(OPT_LONG(8), "showconfig", show_config, NULL),
	SHOW_FLAG(OPT_LONG(10), "show-modversions", show_modversions,
	     "show the symbols that a module needs, with their versions"),
	SHOW_FLAG(OPT_LONG(11), "dump-modversions", show_modversions, NULL),
	SHOW_FLAG(OPT_LONG(12), "show-exports", show_exports,
	     "show the symbols that a module exports, with their versions"),
	FLAG('n', "dry-run", dry_run, "show, do not insert, remove or run anything"),
	FLAG(OPT_LONG(9), "show", dry_run, NULL),
	{ 'C', "config", OPT_CALL_TEXT, 0, "PATH", "configuration instead of the default ones",
	  take_config },
	{ 'd', "dirname", OPT_TEXT, AT(root), "ROOT", "where the module directory begins", NULL },
	{ 'S', "set-version", OPT_TEXT, AT(version), "VERSION", "instead of the running kernel's",
	  NULL },
	{ OPT_LONG(13), "trace", OPT_CALL_TEXT, 0, "FILE",
	  "append each step to FILE, with time and process", take_trace },
	CALL('s', "syslog", take_syslog, "messages to the system log"),
	CALL('q', "quiet", take_quiet, "no messages"),
	CALL('v', "verbose", take_verbose, "show actions, say more"),
};

/* ---- MODPROBE_OPTIONS ---------------------------------------------------- */

/*
 * The next word of the variable, its quotes taken off, written over the text
 * itself; NULL: no more. A quote that is never closed is an ordinary character.
 */
static char *next_word(char **text)
{
	char *in = *text + strspn(*text, " \t"), *out = in, *word = in;

	if (*in == '\0')
		return NULL;
	while (*in && !strchr(" \t", *in)) {
		char *end = *in == '"' || *in == '\'' ? strchr(in + 1, *in) : NULL;

		if (!end) {
			*out++ = *in++;
			continue;
		}
		memmove(out, in + 1, (size_t)(end - in - 1));
		out += end - in - 1;
		in = end + 1;
	}
	*text = *in ? in + 1 : in;
	*out = '\0';
	return word;
}

/* argv with the words of the variable after argv[0]; text is what they live in. */
static int prepend_environment(int argc, char **argv, struct array *words, char **text)
{
	const char *env = secure_getenv(OPTIONS_ENV);
	char *at, *word;
	int r = array_push(words, argv[0]);

	if (env) {
		*text = strdup(env);
		if (!*text)
			return -ENOMEM;
		for (at = *text; r == 0 && (word = next_word(&at)) != NULL;)
			r = array_push(words, word);
	}
	for (int i = 1; r == 0 && i < argc; i++)
		r = array_push(words, argv[i]);
	return r < 0 ? r : array_push(words, NULL);
}

/* ---- the run ------------------------------------------------------------- */

static int run_operands(struct modprobe_request *req, struct kmod_ctx *ctx, char **operands, int n)
{
	int failed = 0;

	if (!req->remove && !req->all) {
		auto_free char *parameters = tool_join_parameters(operands + 1, n - 1);

		if (!parameters) {
			tool_log(LOG_ERR, "out of memory");
			return -ENOMEM;
		}
		/* No parameters and empty ones differ in the printed line. */
		return modprobe_insert(req, ctx, operands[0], n > 1 ? parameters : NULL);
	}
	for (int i = 0; i < n && !req->stop; i++) {
		int r = req->remove ? modprobe_remove(req, ctx, operands[i]) :
				      modprobe_insert(req, ctx, operands[i], NULL);

		if (r < 0)
			failed = r;
	}
	return failed;
}

static int run(struct modprobe_request *req, char **operands, int n)
{
	static char buffer[4096]; /* stdio would ask what stdout is before it got one itself */
	auto_free char *dirname = NULL;
	static struct kmod_ctx *ctx; /* static: still reachable when leaks are looked for */

	if (!req->show_config && n == 0) {
		tool_log(LOG_ERR, "missing parameters. See -h.");
		return -EINVAL;
	}
	tool_log_set_threshold(req->verbosity);
	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer)); /* actions are flushed one by one */
	if (req->root || req->version) {
		dirname = tool_module_directory(req->root, req->version);
		if (!dirname)
			return -EINVAL;
	}
	if ((req->exported.len > 0 && setenv(OPTIONS_ENV, req->exported.s, 1) < 0) ||
	    (req->config.n > 0 && array_push(&req->config, NULL) < 0)) {
		tool_log(LOG_ERR, "out of memory");
		return -ENOMEM;
	}
	ctx = tool_log_context(dirname,
			       req->config.n > 0 ? (const char *const *)req->config.at : NULL);
	if (!ctx)
		return -ENOMEM;
	(void)kmod_set_wait_limits(ctx, req->coming_msec, req->going_msec);
	/* The context is not given back: the end of the process does that in one go. */
	if (req->show_config)
		return modprobe_show_config(ctx);
	if (req->show_modversions || req->show_exports)
		return modprobe_show_symbols(req, ctx, operands[0]);
	if (!modprobe_is_dry(req) && !req->show_alias) /* those end with their reader, as any filter does */
		tool_outlive(SIGPIPE);
	return run_operands(req, ctx, operands, n);
}

int modprobe_main(int argc, char **argv)
{
	struct modprobe_request req = {
		.coming_msec = 180000,
		.going_msec = 10000,
		.verbosity = LOG_WARNING,
	};
	auto_free char *environment = NULL;
	auto_array struct array words = ARRAY_INIT;
	int first, r;

	r = prepend_environment(argc, argv, &words, &environment);
	if (r < 0) {
		tool_log(LOG_ERR, "out of memory");
		return EXIT_FAILURE;
	}
	argv = (char **)words.at;
	argc = (int)words.n - 1;
	first = opt_parse(argc, argv, opts, ARRAY_SIZE(opts), "[options] MODULE [PARAMETER...]",
			  &req);
	r = first;
	if (first >= 0) {
		if (req.syslog || tool_log_was_closed())
			tool_log_to_syslog();
		r = run(&req, argv + first, argc - first);
	}
	strbuf_release(&req.exported);
	array_release(&req.config);
	array_release(&req.shown);
	array_release(&req.begun);
	return tool_finish(r >= 0 || r == OPT_DONE ? EXIT_SUCCESS : EXIT_FAILURE);
}
