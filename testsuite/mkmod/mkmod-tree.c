/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text-only fixture to the tree it stands for. */
#include "testsuite/mkmod/mkmod.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/strbuf.h"

static const char tree_name[] = ".tree";

static int make_dir(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return complain("%s: %s", path, strerror(errno));
	return 0;
}

/* All directories above the last part of the path. */
static int make_parents(const char *path)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	int r = 0;

	if (strbuf_adds(&b, path) < 0)
		return complain("no memory");
	for (char *p = strchr(b.s + 1, '/'); p && r == 0; p = strchr(p + 1, '/')) {
		*p = '\0';
		r = make_dir(b.s);
		*p = '/';
	}
	return r;
}

static int copy_file(const char *from, const char *to)
{
	auto_free char *text = NULL;
	size_t len;
	int r = io_read_text(from, 0, &text, &len);

	if (r < 0)
		return complain("%s: %s", from, strerror(-r));
	return write_file(to, text, len);
}

/* One record for each line, each with a NUL behind it. */
static int copy_records(const char *from, const char *to)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	struct recipe recipe;
	char *line;
	int r;

	r = recipe_open(&recipe, from);
	while (r == 0 && (line = recipe_line(&recipe)) != NULL) {
		r = add_unescaped(&recipe, &out, line);
		if (r == 0 && strbuf_addc(&out, '\0') < 0)
			r = complain("no memory");
	}
	recipe_close(&recipe);
	return r < 0 ? r : write_file(to, strbuf_str(&out), out.len);
}

/* What stands in for a file that is not text: its ending, and who makes it. */
static const struct {
	const char *ending; /* the last four characters are not in the name made */
	int (*make)(const char *from, const char *to);
} stand_ins[] = {
	{ ".ko.txt", make_elf },
	{ ".builtin.modinfo.txt", copy_records },
};

static bool ends_with(const char *s, const char *ending)
{
	size_t n = strlen(s), e = strlen(ending);

	return n > e && streq(s + n - e, ending);
}

static int make_entry(const char *from, struct strbuf *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(stand_ins); i++) {
		if (ends_with(from, stand_ins[i].ending)) {
			to->s[to->len - strlen(".txt")] = '\0';
			return stand_ins[i].make(from, to->s);
		}
	}
	return copy_file(from, to->s);
}

static int make_below(const char *from, const char *to, bool top)
{
	auto_closedir DIR *dir = opendir(from);
	const struct dirent *entry;
	int r;

	if (!dir)
		return complain("%s: %s", from, strerror(errno));
	r = make_dir(to);
	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
		auto_strbuf struct strbuf source = STRBUF_INIT, dest = STRBUF_INIT;
		struct stat st;

		if (streq(entry->d_name, ".") || streq(entry->d_name, "..") ||
		    (top && streq(entry->d_name, tree_name)))
			continue;
		if (strbuf_addf(&source, "%s/%s", from, entry->d_name) < 0 ||
		    strbuf_addf(&dest, "%s/%s", to, entry->d_name) < 0)
			return complain("no memory");
		if (stat(source.s, &st) < 0)
			return complain("%s: %s", source.s, strerror(errno));
		if (S_ISDIR(st.st_mode))
			r = make_below(source.s, dest.s, false);
		else
			r = make_entry(source.s, &dest);
	}
	if (r == 0 && errno != 0)
		r = complain("%s: %s", from, strerror(errno));
	return r == 0 ? make_tree_indexes(to) : r;
}

/* A path of .tree below dest; it stays below. */
static int tree_path(const struct recipe *recipe, const char *dest, const char *path,
		     struct strbuf *ret)
{
	auto_strbuf struct strbuf slashed = STRBUF_INIT;

	if (!path)
		return complain_at(recipe, "no path");
	if (strbuf_addf(&slashed, "/%s/", path) < 0 || strbuf_addf(ret, "%s/%s", dest, path) < 0)
		return complain("no memory");
	if (path[0] == '/' || strstr(slashed.s, "/../"))
		return complain_at(recipe, "not a path below the tree: '%s'", path);
	return make_parents(ret->s);
}

static int tree_line(struct recipe *recipe, const char *dest, char *line)
{
	auto_strbuf struct strbuf path = STRBUF_INIT, content = STRBUF_INIT;
	char *kind, *name, *rest = NULL;
	int r;

	kind = cut_word(line, &rest);
	name = cut_word(rest, &rest);
	r = tree_path(recipe, dest, name, &path);
	if (r < 0)
		return r;
	if (streq(kind, "d"))
		return make_dir(path.s);
	if (streq(kind, "f")) {
		r = add_unescaped(recipe, &content, rest);
		return r < 0 ? r : write_file(path.s, strbuf_str(&content), content.len);
	}
	if (streq(kind, "l"))
		return symlink(rest, path.s) < 0 ?
			       complain_at(recipe, "%s: %s", path.s, strerror(errno)) : 0;
	if (streq(kind, "c") || streq(kind, "z")) {
		auto_strbuf struct strbuf from = STRBUF_INIT;

		r = tree_path(recipe, dest, rest, &from);
		if (r < 0)
			return r;
		return (streq(kind, "c") ? copy_file : make_packed)(from.s, path.s);
	}
	if (streq(kind, "x"))
		return unlink(path.s) < 0 ?
			       complain_at(recipe, "%s: %s", path.s, strerror(errno)) : 0;
	return complain_at(recipe, "neither c, d, f, l, x nor z: '%s'", kind);
}

int make_tree(const char *source, const char *dest)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;
	struct recipe recipe;
	char *line;
	int r;

	r = make_parents(dest);
	if (r == 0)
		r = make_below(source, dest, true);
	if (r < 0)
		return r;
	if (strbuf_addf(&path, "%s/%s", source, tree_name) < 0)
		return complain("no memory");
	if (access(path.s, F_OK) < 0)
		return 0;
	r = recipe_open(&recipe, path.s);
	while (r == 0 && (line = recipe_line(&recipe)) != NULL)
		r = tree_line(&recipe, dest, line);
	recipe_close(&recipe);
	return r;
}
