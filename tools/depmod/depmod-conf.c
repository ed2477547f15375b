/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads depmod.d into rules. */
#include "tools/depmod/depmod-conf.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>

#include "libkmod/conf-find.h"
#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "shared/strbuf.h"

/* Highest precedence first. */
static const char *const default_paths[] = {
	SYSCONFDIR "/depmod.d",	 "/run/depmod.d", "/usr/local/lib/depmod.d",
	DISTCONFDIR "/depmod.d", "/lib/depmod.d", NULL,
};

/* ---- the grammar ----------------------------------------------------------- */

struct reader {
	struct depmod_conf *conf;
	const char *version;
	const struct log *log;
	const char *file;
	unsigned line; /* last physical line of the logical one at hand */
	char *rest; /* what strtok_r() keeps */
};

static char *next_word(struct reader *rd)
{
	return strtok_r(NULL, " \t", &rd->rest);
}

static int push_copy(struct array *list, const char *word)
{
	char *copy = strdup(word);
	int r = copy ? array_push(list, copy) : -ENOMEM;

	if (r < 0)
		free(copy);
	return r;
}

/*
 * Bounds that no pattern for a version comes near. regcomp() calls itself for each
 * parenthesis, until there is no stack, and writes out what is repeated, until there
 * is no memory; regexec() tries everything for a reference back.
 */
#define PATTERN_MAX 1024 /* bytes */
#define WRITTEN_OUT_MAX 4096 /* the same when repeated groups are written out, about */

/* How often "{n,m}" or, behind a group, "+" has it written out; 0: that is not there. */
static unsigned long long repeats(const char *at, bool of_group)
{
	unsigned long long least, most;
	char *end;

	if (*at != '{')
		return *at == '+' && of_group ? 2 : 0;
	least = strtoull(at + 1, &end, 10);
	most = *end == ',' ? strtoull(end + 1, NULL, 10) : 0;
	return most > least ? most : least;
}

static bool is_modest(const char *pattern)
{
	unsigned long long size = strlen(pattern), times = 1;

	if (size > PATTERN_MAX)
		return false;
	for (const char *at = pattern; *at; at++) {
		const bool of_group = at > pattern && strchr(")}+*?", at[-1]);
		unsigned long long n = repeats(at, of_group);

		if (n > WRITTEN_OUT_MAX || (*at == '\\' && isdigit((unsigned char)at[1])))
			return false;
		if (!of_group)
			size += n;
		else if (n > 0)
			times *= n;
		if (size * times > WRITTEN_OUT_MAX)
			return false;
	}
	return true;
}

/* 1; or 0 after saying that the line is for other kernels, or for none; or -ENOMEM. */
static int is_for_us(const struct reader *rd, const char *pattern, const char *command)
{
	regex_t regex;
	bool match;
	int r;

	if (streq(pattern, "*"))
		return 1;
	if (!is_modest(pattern)) {
		log_err(rd->log, "%s:%u: the version pattern of %s is too large or refers back: no kernel has it",
			rd->file, rd->line, command);
		return 0;
	}
	r = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (r == REG_ESPACE)
		return -ENOMEM;
	match = r == 0 && regexec(&regex, rd->version, 0, NULL, 0) == 0;
	if (r == 0)
		regfree(&regex);
	if (!match)
		log_info(rd->log, "%s:%u: %s is not for %s: '%s' does not match", rd->file,
			 rd->line, command, rd->version, pattern);
	return match;
}

/* Each command: 0, -EINVAL: words are missing, -ENOMEM. */

static int all_words_to(struct reader *rd, struct array *list)
{
	const char *word;
	int r = 0;

	while (r == 0 && (word = next_word(rd)))
		r = push_copy(list, word);
	return r;
}

static int read_search(struct reader *rd)
{
	return all_words_to(rd, &rd->conf->search);
}

static int read_exclude(struct reader *rd)
{
	return all_words_to(rd, &rd->conf->excludes);
}

static int read_override(struct reader *rd)
{
	const char *name = next_word(rd), *kernel = next_word(rd), *subdir = next_word(rd);
	struct depmod_override *o;
	size_t n, n_name;
	int r;

	if (!subdir)
		return -EINVAL;
	r = is_for_us(rd, kernel, "override");
	if (r <= 0)
		return r;
	n = strlen(subdir) + 1;
	n_name = strlen(name) + 1;
	o = malloc(sizeof(*o) + n + n_name);
	if (!o)
		return -ENOMEM;
	o->subdir = (char *)(o + 1);
	memcpy(o->subdir, subdir, n);
	o->name = o->subdir + n;
	memcpy(o->name, name, n_name);
	(void)modname_normalize(o->name, o->name);
	r = array_push(&rd->conf->overrides, o);
	if (r < 0)
		free(o);
	return r;
}

static int read_external(struct reader *rd)
{
	const char *kernel = next_word(rd), *dir = next_word(rd);
	int r;

	if (!dir)
		return -EINVAL;
	r = is_for_us(rd, kernel, "external");
	return r > 0 ? push_copy(&rd->conf->externals, dir) : r;
}

static const struct {
	const char *word;
	int (*read)(struct reader *rd); /* NULL: known, without effect */
} commands[] = {
	{ "search", read_search },     { "override", read_override },
	{ "external", read_external }, { "exclude", read_exclude },
	{ "include", NULL },	       { "make_map_files", NULL },
};

/* line is changed. 0 or -ENOMEM. */
static int read_line(struct reader *rd, char *line)
{
	const char *command;
	int r = -EINVAL;

	if (line[0] == '#')
		return 0;
	command = strtok_r(line, " \t", &rd->rest);
	if (!command)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!streq(command, commands[i].word))
			continue;
		if (commands[i].read) {
			r = commands[i].read(rd);
			break;
		}
		log_info(rd->log, "%s:%u: command %s not implemented yet", rd->file, rd->line,
			 command);
		return 0;
	}
	if (r == -EINVAL) {
		log_err(rd->log, "%s:%u: ignoring bad line starting with '%s'", rd->file, rd->line,
			command);
		r = 0;
	}
	return r;
}

/*
 * Makes logical lines out of text, in place, and reads them. A logical line is
 * never longer than its physical ones, and text[size] is a NUL. 0 or -ENOMEM.
 */
static int read_text(struct reader *rd, char *text, size_t size)
{
	char *from = text, *end = text + size;
	int r = 0;

	while (from < end && r == 0) {
		char *line = from, *to = from;

		rd->line++;
		for (; from < end && *from != '\n'; from++) {
			if (*from == '\\' && from + 1 < end && *++from == '\n')
				rd->line++;
			else
				*to++ = *from;
		}
		from++; /* past the newline, or past the end */
		*to = '\0';
		r = read_line(rd, line);
	}
	return r;
}

/* ---- which files ----------------------------------------------------------- */

static int read_file(struct reader *rd, struct conf_finder *f, const struct conf_candidate *c)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	const char *path = c->path;
	int r = conf_find_read(f, path, c->named, '\0', &text);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		errno = -r;
		log_err(rd->log, "could not read %s: %m", path);
		return io_lacks_means(r) ? r : 0;
	}
	rd->file = path;
	rd->line = 0;
	return text.len > 0 ? read_text(rd, text.s, text.len) : 0;
}

int depmod_conf_read(struct depmod_conf *conf, const char *const *paths, const char *version,
		     const struct log *log)
{
	/* Defaults may be missing; what the user named should be there. */
	auto_conf_finder struct conf_finder f = { .log = log, .asked_for = paths };
	struct reader rd = { .conf = conf, .version = version, .log = log };
	int r = 0;

	paths = paths ? paths : default_paths;
	for (size_t i = 0; paths[i] && r == 0; i++) {
		if (conf_find_is_again(paths, i))
			continue;
		r = conf_find_path(&f, paths[i], CONF_FOUND);
		if (r != -ENOENT)
			continue;
		r = 0;
		errno = ENOENT;
		if (f.asked_for)
			log_at(log, LOG_WARNING, "could not open configuration %s: %m", paths[i]);
	}
	if (r == 0) /* without its rules another file may be the module */
		r = f.lack;
	conf_find_sort(&f);
	for (size_t i = 0; i < f.found.n && r == 0; i++) {
		const struct conf_candidate *c = f.found.at[i];

		if (!conf_find_masked(&f, i))
			r = read_file(&rd, &f, c);
	}
	if (r == 0 && conf->search.n == 0)
		r = push_copy(&conf->search, "updates");
	return r;
}

static void release_list(struct array *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->at[i]);
	array_release(list);
}

void depmod_conf_release(struct depmod_conf *conf)
{
	release_list(&conf->search);
	release_list(&conf->overrides);
	release_list(&conf->externals);
	release_list(&conf->excludes);
}
