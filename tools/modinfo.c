/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modinfo: what modules say of themselves (docs/spec/tools.md 5). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "libkmod/libkmod.h"
#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/hash.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "tools/opt.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

struct modinfo_request {
	const char *field; /* NULL: all of them */
	bool null; /* values end in NUL, not newline */
	bool names_only; /* operands are neither files nor aliases */
	const char *version, *root;
};

/* ---- options ------------------------------------------------------------- */

static int take_field(struct modinfo_request *req, const char *name)
{
	req->field = name;
	return 0;
}

#define SHORTHAND(field_)                                        \
	static int take_##field_(void *into, const char *arg)    \
	{                                                        \
		(void)arg;                                       \
		return take_field(into, #field_);                \
	}
SHORTHAND(author)
SHORTHAND(description)
SHORTHAND(license)
SHORTHAND(parm)
SHORTHAND(filename)

#define AT(member) offsetof(struct modinfo_request, member)
#define CALL(key, name, fn, help) { key, name, OPT_CALL, 0, NULL, help, fn }
static const struct opt opts[] = {
	CALL('a', "author", take_author, "only the authors"),
	CALL('d', "description", take_description, "only the description"),
	CALL('l', "license", take_license, "only the license"),
	CALL('p', "parameters", take_parm, "only the parameters"),
	CALL('n', "filename", take_filename, "only the path of the file"),
	{ 'F', "field", OPT_TEXT, AT(field), "NAME", "only the values of this field", NULL },
	{ '0', "null", OPT_FLAG, AT(null), NULL, "NUL instead of newline after each value", NULL },
	{ 'm', "modname", OPT_FLAG, AT(names_only), NULL,
	  "operands are names, neither files nor aliases", NULL },
	{ 'k', "set-version", OPT_TEXT, AT(version), "VERSION", "instead of the running kernel's",
	  NULL },
	{ 'b', "basedir", OPT_TEXT, AT(root), "ROOT", "where the module directory begins", NULL },
};

/* ---- output -------------------------------------------------------------- */

#define VALUE_COLUMN 16

/* What came before on stdout belongs above the message. */
#define complain(...)                            \
	do {                                     \
		tool_flush();                    \
		tool_log(LOG_ERR, __VA_ARGS__);  \
	} while (0)

static bool is_field(const struct modinfo_request *req, const char *key)
{
	return req->field && strcasecmp(req->field, key) == 0;
}

static void end_value(const struct modinfo_request *req)
{
	(void)putchar(req->null ? '\0' : '\n');
}

/* "key:     value" for people, the value alone if it was asked for, else nothing. */
static void print_padded(const struct modinfo_request *req, const char *key, const char *value)
{
	size_t width = strlen(key) + 1;

	if (req->field && !is_field(req, key))
		return;
	if (!req->field)
		(void)printf("%s:%*s", key, width < VALUE_COLUMN ? (int)(VALUE_COLUMN - width) : 0, "");
	(void)printf("%s", value);
	end_value(req);
}

/* The same, but "key=value" before a NUL, where machines read. */
static void print_string(const struct modinfo_request *req, const char *key, const char *value)
{
	if (req->field || !req->null) {
		print_padded(req, key, value);
		return;
	}
	(void)printf("%s=%s", key, value);
	end_value(req);
}

/* ---- parameters: two strings of the module, one line --------------------- */

struct parameter {
	const char *text, *type; /* NULL: not said. Inside the module's list */
	char name[];
};

struct parameters {
	struct hash by_name;
	struct array seen; /* struct parameter *, owned */
};

static void parameters_release(struct parameters *all)
{
	hash_release(&all->by_name);
	for (size_t i = 0; i < all->seen.n; i++)
		free(all->seen.at[i]);
	array_release(&all->seen);
}
#define auto_parameters __attribute__((cleanup(parameters_release)))

static int parameter_get(struct parameters *all, const char *name, size_t len,
			 struct parameter **ret)
{
	auto_free struct parameter *fresh = calloc(1, sizeof(*fresh) + len + 1);
	struct parameter *known;
	int r;

	if (!fresh)
		return -ENOMEM;
	memcpy(fresh->name, name, len);
	known = hash_get(&all->by_name, fresh->name);
	if (!known) {
		r = array_push(&all->seen, fresh);
		if (r < 0)
			return r;
		known = steal_ptr(fresh);
		r = hash_add(&all->by_name, known->name, known);
		if (r < 0)
			return r;
	}
	*ret = known;
	return 0;
}

/* key: "parm" or "parmtype"; value: NAME:TEXT, which outlives all. 0 or -ENOMEM. */
static int parameter_take(struct parameters *all, const char *key, const char *value)
{
	const char *colon = strchr(value, ':');
	struct parameter *p;
	int r;

	if (!colon) {
		complain("Found invalid \"%s=%s\": missing ':'", key, value);
		return 0;
	}
	r = parameter_get(all, value, (size_t)(colon - value), &p);
	if (r < 0)
		return r;
	if (streq(key, "parm"))
		p->text = colon + 1;
	else
		p->type = colon + 1;
	return 0;
}

static void parameter_print(const struct modinfo_request *req, const struct parameter *p)
{
	if (!req->field)
		(void)printf("%-*s", VALUE_COLUMN, "parm:");
	(void)printf("%s:%s", p->name, p->text ? p->text : "");
	if (p->type && (p->text || req->field))
		(void)printf(" (%s)", p->type);
	else if (p->type)
		(void)printf("%s", p->type);
	end_value(req);
}

/* ---- one module ---------------------------------------------------------- */

static int print_strings(const struct modinfo_request *req, const struct kmod_list *list)
{
	auto_parameters struct parameters all = { HASH_INIT, ARRAY_INIT };
	const bool join = !req->field || is_field(req, "parm");
	const struct kmod_list *l;

	kmod_list_foreach(l, list) {
		const char *key = kmod_module_info_get_key(l);
		const char *value = kmod_module_info_get_value(l);

		if (join && (streq(key, "parm") || streq(key, "parmtype"))) {
			if (parameter_take(&all, key, value) < 0) {
				complain("out of memory");
				return -ENOMEM;
			}
		} else {
			print_string(req, key, value);
		}
	}
	for (size_t i = all.seen.n; i > 0; i--) /* the last one first, as ever */
		parameter_print(req, all.seen.at[i - 1]);
	return 0;
}

static int show_module(const struct modinfo_request *req, const struct kmod_module *mod)
{
	const char *name = kmod_module_get_name(mod), *path = kmod_module_get_path(mod);
	const bool builtin = !path && kmod_module_get_initstate(mod) == KMOD_MODULE_BUILTIN;
	struct kmod_list *list = NULL;
	int r;

	if (builtin) {
		print_padded(req, "name", name);
		path = "(builtin)";
	}
	if (path) {
		print_padded(req, "filename", path);
		if (is_field(req, "filename"))
			return 0; /* which needs no look into the file */
	}
	r = kmod_module_get_info(mod, &list);
	if (r < 0 && !(r == -ENOENT && builtin)) { /* modules.builtin.modinfo is optional */
		complain("could not get modinfo from '%s': %s", name, strerror(-r));
		if (r == -ENOENT) /* the others say it all, or what is damaged was told */
			tool_explain_insert(LOG_ERR, (struct kmod_module *)mod, r, 0, NULL);
		return r;
	}
	r = print_strings(req, list);
	kmod_module_info_free_list(list);
	return r;
}

/* ---- operands ------------------------------------------------------------ */

static int show_file(const struct modinfo_request *req, struct kmod_ctx *ctx, const char *path)
{
	struct kmod_module *mod = NULL;
	int r = kmod_module_new_from_path(ctx, path, &mod);

	if (r < 0) {
		complain("Module file %s not found.", path);
		return r;
	}
	r = show_module(req, mod);
	(void)kmod_module_unref(mod);
	return r;
}

static int show_name(const struct modinfo_request *req, struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod = NULL;
	int r = kmod_module_new_from_name_lookup(ctx, name, &mod);

	if (r == 0 && !mod)
		r = -ENOENT;
	if (r < 0) {
		complain("Module name %s not found.", name);
		tool_explain_lookup(LOG_ERR, ctx, name);
		return r;
	}
	r = show_module(req, mod);
	(void)kmod_module_unref(mod);
	return r;
}

static int show_alias(const struct modinfo_request *req, struct kmod_ctx *ctx, const char *alias)
{
	struct kmod_list *list = NULL, *l;
	int r = kmod_module_new_from_lookup(ctx, alias, &list);

	if (r < 0) {
		complain("Module alias %s not found.", alias);
		tool_explain_lookup(LOG_ERR, ctx, alias);
		return r;
	}
	if (!list) {
		complain("Module %s not found.", alias);
		tool_explain_lookup(LOG_ERR, ctx, alias);
		return -ENOENT;
	}
	kmod_list_foreach(l, list) {
		struct kmod_module *mod = kmod_module_get_module(l);
		int shown = show_module(req, mod);

		if (shown < 0)
			r = shown;
		(void)kmod_module_unref(mod);
	}
	(void)kmod_module_unref_list(list);
	return r;
}

static int show_operand(const struct modinfo_request *req, struct kmod_ctx *ctx, const char *word)
{
	struct stat st;

	if (req->names_only)
		return show_name(req, ctx, word);
	if (modname_is_module_file(word) && stat(word, &st) == 0 && S_ISREG(st.st_mode))
		return show_file(req, ctx, word);
	return show_alias(req, ctx, word);
}

static int run(const struct modinfo_request *req, char **operands, int n)
{
	const char *const no_config[] = { NULL };
	auto_free char *dirname = NULL;
	struct kmod_ctx *ctx;
	int failed = 0;

	if (n == 0) {
		complain("missing module or filename.");
		return -EINVAL;
	}
	if (req->root || req->version) {
		dirname = tool_module_directory(req->root, req->version);
		if (!dirname)
			return -EINVAL;
	}
	/* The library's messages keep their own shape and KMOD_LOG its say: not tool_log(). */
	ctx = kmod_new(dirname, no_config);
	if (!ctx) {
		complain("kmod_new() failed!");
		return -ENOMEM;
	}
	for (int i = 0; i < n; i++) {
		int r = show_operand(req, ctx, operands[i]);

		if (r < 0)
			failed = r;
	}
	(void)kmod_unref(ctx);
	return failed;
}

int modinfo_main(int argc, char **argv)
{
	struct modinfo_request req = { 0 };
	int first = opt_parse(argc, argv, opts, ARRAY_SIZE(opts), "[options] MODULE|FILE...", &req);

	if (first == OPT_DONE)
		return tool_finish(EXIT_SUCCESS);
	if (first < 0)
		return EXIT_FAILURE;
	return tool_finish(run(&req, argv + first, argc - first) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
