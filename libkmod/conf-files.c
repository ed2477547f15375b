/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads modprobe.d, one file of each name in order of the names, then the kernel command line. */
#include "libkmod/conf-files.h"

#include <errno.h>

#include "libkmod/conf-cmdline.h"
#include "libkmod/conf-parse.h"
#include "libkmod/conf.h"
#include "libkmod/log.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

/* Highest precedence first. */
static const char *const default_paths[] = {
	SYSCONFDIR "/modprobe.d",  "/run/modprobe.d",  "/usr/local/lib/modprobe.d",
	DISTCONFDIR "/modprobe.d", "/lib/modprobe.d", NULL,
};

/* These names are taken: a file elsewhere that has one of them is not read. */
static const char *const module_files[] = { "modules.softdep", "modules.weakdep" };

/* A file that cannot be read counts as empty. 0 or -ENOMEM. */
static int read_if_possible(struct conf_finder *f, const char *path, bool patient, char last,
			    struct strbuf *text)
{
	int r = conf_find_read(f, path, patient, last, text);

	if (r == 0 || r == -ENOMEM)
		return r;
	strbuf_clear(text);
	errno = -r;
	/* Rules that are lost are worth a word; that there are none is not. */
	log_at(f->log, r == -ENOENT || r == -ENOTDIR ? LOG_DEBUG : conf_find_priority(-r), "%s: not read: %m", path);
	return 0;
}

static int read_files(struct conf *conf, struct conf_finder *f, struct strbuf *text)
{
	int r = 0;

	for (size_t i = 0; i < f->found.n && r == 0; i++) {
		const struct conf_candidate *c = f->found.at[i];
		const char *file;

		if (conf_find_masked(f, i))
			continue;
		r = read_if_possible(f, c->path, c->named, '\0', text);
		if (r < 0 || text->len == 0)
			continue;
		file = conf_add_file(conf, c->path);
		r = file ? conf_parse(conf, text->s, text->len, file, f->log) : -ENOMEM;
	}
	return r;
}

int conf_read(struct conf *conf, const char *dirname, const char *const *paths,
	      struct conf_stamps *stamps, const struct log *log)
{
	auto_conf_finder struct conf_finder f = { .stamps = stamps, .log = log, .asked_for = paths };
	auto_strbuf struct strbuf text = STRBUF_INIT;
	enum conf_rank rank = paths ? CONF_ASKED_FOR : CONF_FOUND;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(module_files) && r == 0; i++)
		r = conf_find_file(&f, dirname, module_files[i], CONF_RESERVED);
	paths = paths ? paths : default_paths;
	for (size_t i = 0; paths[i] && r == 0; i++) {
		if (conf_find_is_again(paths, i))
			continue;
		r = conf_find_path(&f, paths[i], rank);
		if (r == -ENOENT)
			r = 0;
	}
	if (r < 0)
		return r;
	conf_find_sort(&f);

	r = read_files(conf, &f, &text);
	if (r == 0)
		r = read_if_possible(&f, CONF_CMDLINE_FILE, false, '\n', &text);
	if (r == 0 && text.len > 0)
		r = conf_cmdline_parse(conf, text.s, text.len, log);
	return r;
}
