/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kmod static-nodes: modules.devname for those who make device nodes (docs/spec/tools.md 6.1). */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/path.h"
#include "shared/strbuf.h"
#include "tools/opt.h"
#include "tools/tool.h"

#define LINE_SIZE 4096 /* with newline and NUL; what is longer is no line */

/* A word of a line, not terminated. */
struct word {
	const char *at;
	int len;
};

struct node {
	struct word module, name; /* name: below /dev */
	char type; /* 'c' or 'b' */
	uint32_t major, minor;
};

struct format {
	const char *name;
	void (*print)(FILE *out, const struct node *node);
};

struct static_nodes_request {
	const struct format *format;
	const char *output; /* NULL: standard output */
};

/* In plain text: words of it are somebody else's. These messages have no name of a tool in front. */
static void _printf_(1, 2) complain(const char *format, ...)
{
	auto_free char *text = NULL;
	const char *said = "Error: out of memory\n";
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text) {
		strbuf_plain_message(text, format);
		said = text;
	}
	(void)fwrite(said, 1, strlen(said), stderr);
}

/* ---- formats ------------------------------------------------------------- */

static void print_human(FILE *out, const struct node *n)
{
	(void)fprintf(out, "Module: %.*s\n\tDevice node: /dev/%.*s\n\t\tType: %s device\n",
		      n->module.len, n->module.at, n->name.len, n->name.at,
		      n->type == 'c' ? "character" : "block");
	(void)fprintf(out, "\t\tMajor: %u\n\t\tMinor: %u\n", n->major, n->minor);
}

static void print_tmpfiles(FILE *out, const struct node *n)
{
	const char *slash = memrchr(n->name.at, '/', (size_t)n->name.len);

	if (slash)
		(void)fprintf(out, "d /dev/%.*s 0755 - - -\n", (int)(slash - n->name.at),
			      n->name.at);
	(void)fprintf(out, "%c! /dev/%.*s 0600 - - - %u:%u\n", n->type, n->name.len, n->name.at,
		      n->major, n->minor);
}

static void print_devname(FILE *out, const struct node *n)
{
	(void)fprintf(out, "%.*s %.*s %c%u:%u\n", n->module.len, n->module.at, n->name.len,
		      n->name.at, n->type, n->major, n->minor);
}

static const struct format formats[] = {
	{ "human", print_human }, /* the default */
	{ "tmpfiles", print_tmpfiles },
	{ "devname", print_devname },
};

/* ---- options ------------------------------------------------------------- */

static int take_format(void *into, const char *arg);

#define USAGE "[options]"
#define AT(field) offsetof(struct static_nodes_request, field)
static const struct opt opts[] = {
	{ 'f', "format", OPT_CALL_TEXT, 0, "NAME", "human (default), tmpfiles or devname",
	  take_format },
	{ 'o', "output", OPT_TEXT, AT(output), "FILE", "instead of standard output", NULL },
};

static int take_format(void *into, const char *arg)
{
	struct static_nodes_request *req = into;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (streq(arg, formats[i].name)) {
			req->format = &formats[i];
			return 0;
		}
	}
	complain("Unknown format: '%s'.\n", arg);
	opt_print_help("static-nodes", opts, ARRAY_SIZE(opts), USAGE);
	return -EINVAL;
}

/* ---- modules.devname ----------------------------------------------------- */

#define BLANKS " \t\n\v\f\r"

static bool next_word(const char **line, struct word *ret)
{
	const char *at = *line + strspn(*line, BLANKS);
	size_t len = strcspn(at, BLANKS);

	*line = at + len;
	*ret = (struct word){ at, (int)len }; /* fits: a line is short */
	return len > 0;
}

/* Decimal digits at *at, which then points behind them; false: none, or too large. */
static bool next_number(const char **at, uint32_t *ret)
{
	uint64_t v = 0;

	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++) {
		v = v * 10 + (uint64_t)(**at - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)v;
	return true;
}

/* "MODULE NAME TYPEmajor:minor", and whatever follows. ret borrows from line. */
static bool parse_node(const char *line, struct node *ret)
{
	struct word device;
	const char *at;

	if (!next_word(&line, &ret->module) || !next_word(&line, &ret->name) ||
	    !next_word(&line, &device) ||
	    !path_is_device(ret->name.at, (size_t)ret->name.len))
		return false;
	at = device.at;
	ret->type = *at++;
	if ((ret->type != 'c' && ret->type != 'b') || !next_number(&at, &ret->major))
		return false;
	return *at++ == ':' && next_number(&at, &ret->minor);
}

/* Takes the newline off. False: there was more than there is room for, which is passed over. */
static bool end_line(char *line, FILE *in)
{
	size_t n = strcspn(line, "\n");
	char rest[LINE_SIZE];

	if (line[n] == '\n' || n < LINE_SIZE - 1) {
		line[n] = '\0';
		return true;
	}
	while (fgets(rest, sizeof(rest), in) && !strchr(rest, '\n'))
		;
	return false;
}

/* 0, or negative after telling the user of a bad line or a failed read. */
static int copy_nodes(FILE *in, const char *in_path, const struct format *format, FILE *out)
{
	char line[LINE_SIZE];
	int r = 0;

	while (fgets(line, sizeof(line), in)) {
		const bool whole = end_line(line, in);
		struct node node;

		if (line[0] == '#' || line[strspn(line, BLANKS)] == '\0')
			continue;
		if (whole && parse_node(line, &node)) {
			format->print(out, &node);
		} else {
			complain("Error: invalid devname entry: %s\n", line);
			r = -EINVAL;
		}
	}
	if (ferror(in) && errno != EISDIR) { /* a directory has no nodes, and never had */
		r = -errno;
		complain("Error: could not read %s - %s\n", in_path, strerror(-r));
	}
	return r;
}

/* ---- the run ------------------------------------------------------------- */

static int make_parents(const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = slash ? strndup(path, (size_t)(slash - path)) : NULL;

	if (!slash)
		return 0;
	return dir ? io_make_dirs(dir) : -ENOMEM;
}

/* Opens, with its parents, the file that nodes go to. NULL: told the user. */
static FILE *open_output(const char *path)
{
	FILE *out;
	int r = make_parents(path);

	if (r < 0) {
		complain("Error: could not create parent directory for %s - %s.\n", path, strerror(-r));
		return NULL;
	}
	out = fopen(path, "we");
	if (!out)
		complain("Error: could not create %s - %s\n", path, strerror(errno));
	return out;
}

/* Nobody shall read a part of it. */
static int close_output(FILE *out, const char *path)
{
	int lost = ferror(out) ? EIO : 0; /* the reason of an earlier failure is gone */
	struct stat st;
	bool is_file = stat(path, &st) == 0 && S_ISREG(st.st_mode);

	if (fclose(out) != 0)
		lost = errno;
	if (lost && is_file)
		(void)unlinkat(AT_FDCWD, path, 0);
	if (lost)
		complain("Error: could not write %s - %s\n", path, strerror(lost));
	return -lost;
}

static int run(const struct static_nodes_request *req)
{
	auto_free char *dir = tool_module_directory(NULL, NULL), *path = NULL;
	auto_fclose FILE *in = NULL;
	FILE *out = stdout;
	struct stat st = { 0 };
	int fd, r;

	if (!dir)
		return -EINVAL;
	if (asprintf(&path, "%s/modules.devname", dir) < 0) {
		path = NULL;
		complain("Error: out of memory\n");
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* nobody waits for the writer of a pipe */
	in = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd >= 0 && !in)
		(void)close(fd);
	if (!in && errno == ENOENT) {
		complain("Warning: %s not found - ignoring\n", path);
		return 0;
	}
	r = !in || fstat(fd, &st) < 0 ? -errno : st.st_size > IO_FILE_LIMIT ? -EFBIG : 0;
	if (r < 0) {
		complain("Error: could not open %s - %s\n", path, strerror(-r));
		return r;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		complain("Error: %s is not a file\n", path);
		return -EINVAL;
	}
	if (req->output)
		out = open_output(req->output);
	if (!out)
		return -EIO;
	r = copy_nodes(in, path, req->format, out);
	if (req->output && close_output(out, req->output) < 0)
		r = -EIO;
	return r;
}

int static_nodes_main(int argc, char **argv)
{
	struct static_nodes_request req = { .format = &formats[0] };
	int first = opt_parse(argc, argv, opts, ARRAY_SIZE(opts), USAGE, &req);

	if (first == OPT_DONE)
		return tool_finish(EXIT_SUCCESS);
	if (first < 0)
		return EXIT_FAILURE;
	return tool_finish(run(&req) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
