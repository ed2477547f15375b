/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks the tree, and keeps one file of each module name. */
#include "tools/depmod/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "shared/path.h"
#include "shared/strbuf.h"
#include "tools/depmod/depmod-conf.h"

/* One word of the search list, or one external directory in the keyword's place. */
struct place {
	const char *dir; /* borrowed from the configuration */
	bool external;
};

struct walk {
	struct scan *scan;
	const struct depmod_conf *conf;
	const struct log *log;
	const char *root; /* the tree, without slashes at its end */
	size_t root_len;
	struct place *places; /* n of them, highest priority first */
	size_t n_places;
	long builtin; /* priority of what is in none of them */
	size_t source; /* of the directory being walked */
	struct hash *visited; /* key of struct visits to it: directories that links led to */
};

/* A directory that is open further up: a link back to it would never end. */
struct ancestor {
	const struct ancestor *up;
	dev_t dev;
	ino_t ino;
	bool linked; /* it, or one further up, was found through a link */
};

/*
 * How often a directory is read that links lead to. Links to directories with
 * links, each twice, are ways without number.
 */
#define VISITS_MAX 64

struct visits {
	unsigned n;
	char key[2 * 16 + 2]; /* device and inode */
};

void scan_release(struct scan *scan)
{
	array_free_from(&scan->files, 0);
	array_free_from(&scan->hidden, 0);
	hash_release(&scan->by_name);
}

/* Length of dir without the slashes at its end. */
static size_t dir_length(const char *dir)
{
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	return n;
}

/* What follows "DIR/" in path (dir_len bytes of DIR), or NULL. */
static const char *path_below(const char *path, const char *dir, size_t dir_len)
{
	if (strncmp(path, dir, dir_len) != 0 || path[dir_len] != '/')
		return NULL;
	path += dir_len;
	while (*path == '/')
		path++;
	return path;
}

/*
 * modules.dep separates by colon and blank and knows no quoting; index keys
 * and values are 7-bit.
 */
static bool is_listable(const char *listed)
{
	for (; *listed; listed++) {
		if (*listed <= ' ' || *listed > '~' || *listed == ':')
			return false;
	}
	return true;
}

/* NULL: no memory. */
static struct scan_file *scan_file_new(const char *dir, size_t dir_len, const char *path)
{
	const char *base = path_base(path), *below;
	size_t n_path = strlen(path) + 1, n_name = strlen(base) + 1;
	struct scan_file *file = calloc(1, sizeof(*file) + n_path + n_name);
	char *text, *name;

	if (!file)
		return NULL;
	text = (char *)(file + 1);
	memcpy(text, path, n_path);
	name = text + n_path;
	memcpy(name, base, n_name);
	(void)modname_normalize(name, name);
	below = path_below(text, dir, dir_len);
	file->path = text;
	file->listed = below ? below : text;
	file->name = name;
	return file;
}

/* ---- which of two ---------------------------------------------------------- */

static bool override_matches(const struct depmod_override *o, const struct scan_file *file)
{
	size_t n = strlen(o->subdir);

	return streq(o->name, file->name) && strncmp(file->listed, o->subdir, n) == 0 &&
	       file->listed[n] == '/' && path_base(file->listed) == file->listed + n + 1;
}

static bool is_in_place(const struct place *place, const struct scan_file *file)
{
	size_t n = strlen(place->dir);

	if (place->external)
		return path_below(file->path, place->dir, dir_length(place->dir)) != NULL;
	return strncmp(file->listed, place->dir, n) == 0 && file->listed[n] == '/';
}

/* The highest priority counts; among equals the lowest: "updates updates/dkms" means it. */
static void set_priority(const struct walk *w, struct scan_file *file)
{
	file->priority = file->priority_low = w->builtin;
	for (size_t i = w->n_places; i-- > 0;) {
		if (!is_in_place(&w->places[i], file))
			continue;
		if (file->priority_low == w->builtin)
			file->priority_low = (long)(w->n_places - i);
		file->priority = (long)(w->n_places - i);
	}
}

/*
 * The rule by which one of two files of a module wins: < 0 if it is a, else > 0
 * (docs/spec/README.md 33).
 */
static int compare_files(const struct walk *w, const struct scan_file *a,
			 const struct scan_file *b, const char **ret_rule)
{
	*ret_rule = "an override";
	for (size_t i = w->conf->overrides.n; i-- > 0;) {
		const struct depmod_override *o = w->conf->overrides.at[i];
		bool for_a = override_matches(o, a), for_b = override_matches(o, b);

		if (for_a != for_b)
			return for_a ? -1 : 1;
	}
	*ret_rule = "the search order";
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (a->priority_low != b->priority_low)
		return a->priority_low > b->priority_low ? -1 : 1;
	*ret_rule = a->source && b->source ? "the order of external directories" :
					     "the tree before external directories";
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	*ret_rule = "the smallest path";
	return strcmp(a->listed, b->listed);
}

/* Takes over file in any case. 0 or -ENOMEM. */
static int keep_better(const struct walk *w, struct scan_file *file)
{
	struct scan_file *there = hash_get(&w->scan->by_name, file->name);
	const char *rule;
	int r;

	if (!there) {
		file->at = w->scan->files.n;
		r = array_push(&w->scan->files, file);
		if (r < 0)
			free(file);
		else
			r = hash_add(&w->scan->by_name, file->name, file);
		return r;
	}
	if (compare_files(w, file, there, &rule) < 0) {
		struct scan_file *better = file;

		better->at = there->at;
		(void)hash_del(&w->scan->by_name, there->name);
		(void)hash_add(&w->scan->by_name, better->name, better); /* has room */
		w->scan->files.at[better->at] = better;
		file = there;
	}
	r = array_push(&w->scan->hidden, file);
	if (r < 0)
		free(file);
	return r;
}

/* Those that lost to one that lost in turn have lost to the last one. */
static void say_why(const struct walk *w)
{
	for (size_t i = 0; i < w->scan->hidden.n; i++) {
		struct scan_file *file = w->scan->hidden.at[i];

		file->hidden_by = hash_get(&w->scan->by_name, file->name);
		(void)compare_files(w, file->hidden_by, file, &file->rule);
	}
}

/* ---- the walk -------------------------------------------------------------- */

static bool is_skipped(const struct walk *w, const char *name)
{
	static const char *const never[] = { ".", "..", "build", "source" };

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		if (streq(name, never[i]))
			return true;
	}
	for (size_t i = 0; i < w->conf->excludes.n; i++) {
		if (streq(name, w->conf->excludes.at[i]))
			return true;
	}
	return false;
}

static int found_file(const struct walk *w, const char *path)
{
	const char *name = path_base(path);
	struct scan_file *file;

	if (name[0] == '.' || !modname_is_module_file(name))
		return 0;
	file = scan_file_new(w->root, w->root_len, path);
	if (!file)
		return -ENOMEM;
	if (!is_listable(file->listed)) {
		log_err(w->log, "the indexes cannot hold the path, module ignored: %s", path);
		free(file);
		return 0;
	}
	file->source = w->source;
	set_priority(w, file);
	return keep_better(w, file);
}

void scan_raise_time(struct timespec *latest, const struct stat *st)
{
	const struct timespec *times[] = { &st->st_mtim, &st->st_ctim };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		if (times[i]->tv_sec > latest->tv_sec ||
		    (times[i]->tv_sec == latest->tv_sec && times[i]->tv_nsec > latest->tv_nsec))
			*latest = *times[i];
	}
}

/* An entry of a directory. */
struct name {
	unsigned char known; /* its d_type */
	char text[];
};

static int by_text(const void *a, const void *b)
{
	const struct name *x = *(struct name *const *)a, *y = *(struct name *const *)b;

	return strcmp(x->text, y->text);
}

/*
 * The type of an entry as in st_mode, links followed; 0: could not ask, said so. 0, or
 * -errno for want of means.
 */
static int entry_type(const struct walk *w, int dir, const struct name *name, mode_t *ret)
{
	struct stat st;
	int r;

	*ret = DTTOIF(name->known);
	if (name->known == DT_REG || name->known == DT_DIR)
		return 0;
	if (fstatat(dir, name->text, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		scan_raise_time(&w->scan->changed, &st);
	if (fstatat(dir, name->text, &st, 0) < 0) {
		r = -errno;
		log_err(w->log, "fstatat(%d, %s): %s", dir, name->text, strerror(-r));
		*ret = 0;
		return io_lacks_means(r) ? r : 0;
	}
	*ret = st.st_mode & S_IFMT;
	return 0;
}

/* The names in a directory, sorted: nothing may depend on the order it has, no message either. */
static int read_names(const struct walk *w, DIR *d, struct array *names)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(d))) {
		struct name *name;
		size_t n;

		if (is_skipped(w, entry->d_name))
			continue;
		n = strlen(entry->d_name) + 1;
		name = malloc(sizeof(*name) + n);
		if (!name)
			return -ENOMEM;
		name->known = entry->d_type;
		memcpy(name->text, entry->d_name, n);
		if (array_push(names, name) < 0) {
			free(name);
			return -ENOMEM;
		}
	}
	if (errno != 0) /* as one that cannot be opened: half of it would be worse */
		return -errno;
	if (names->n > 0)
		qsort(names->at, names->n, sizeof(names->at[0]), by_text);
	return 0;
}

static int append_name(struct strbuf *path, const char *name)
{
	int r = strbuf_addc(path, '/');

	return r < 0 ? r : strbuf_adds(path, name);
}

/*
 * Takes the files; what is left in names are directories. path is changed and
 * restored.
 */
static int read_dir(const struct walk *w, DIR *d, struct strbuf *path, struct array *names)
{
	size_t len = path->len, n_dirs = 0;
	int r = read_names(w, d, names);

	for (size_t i = 0; i < names->n && r == 0; i++) {
		struct name *name = names->at[i];
		mode_t type;

		r = entry_type(w, dirfd(d), name, &type);
		names->at[i] = NULL;
		if (S_ISDIR(type)) {
			names->at[n_dirs++] = name;
			continue;
		}
		if (type != 0)
			r = append_name(path, name->text);
		if (r == 0 && S_ISREG(type))
			r = found_file(w, path->s);
		else if (r == 0 && type != 0)
			log_err(w->log, "unsupported file type %s: %o", path->s, (unsigned)type);
		free(name);
		path->len = len;
		path->s[len] = '\0';
	}
	if (r == 0)
		names->n = n_dirs;
	return r;
}

static void cleanup_names(struct array *names)
{
	array_free_from(names, 0);
}

static int walk_dir(const struct walk *w, struct strbuf *path, const struct ancestor *up, bool link);

/* 1: it was read often enough, said so; 0; -ENOMEM. */
static int visit_again(const struct walk *w, const struct ancestor *here, const char *dir)
{
	struct visits *known, fresh = { .n = 1 };
	int r;

	(void)snprintf(fresh.key, sizeof(fresh.key), "%llx:%llx", (unsigned long long)here->dev,
		       (unsigned long long)here->ino);
	known = hash_get(w->visited, fresh.key);
	if (known) {
		if (known->n == VISITS_MAX)
			log_at(w->log, LOG_WARNING, "more than %d ways lead to %s, not followed", VISITS_MAX, dir);
		known->n += known->n <= VISITS_MAX;
		return known->n > VISITS_MAX;
	}
	known = malloc(sizeof(*known));
	if (!known)
		return -ENOMEM;
	*known = fresh;
	r = hash_add(w->visited, known->key, known);
	if (r < 0)
		free(known);
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as directories are, and a path has an end */
static int walk_subdirs(const struct walk *w, struct strbuf *path, struct array *subdirs,
			const struct ancestor *here)
{
	size_t len = path->len;
	int r = 0;

	for (size_t i = 0; i < subdirs->n && r == 0; i++) {
		const struct name *name = subdirs->at[i];

		r = append_name(path, name->text);
		if (r == 0)
			r = walk_dir(w, path, here, name->known != DT_DIR);
		if (!io_lacks_means(r)) /* said so, the others can still be read */
			r = 0;
		path->len = len;
		path->s[len] = '\0';
	}
	return r;
}

/*
 * One directory at a time is open, however deep the tree; its length limits
 * the depth. 0; -errno of opening path (logged), or for want of means.
 */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static int walk_dir(const struct walk *w, struct strbuf *path, const struct ancestor *up, bool link)
{
	__attribute__((cleanup(cleanup_names))) struct array subdirs = ARRAY_INIT;
	struct ancestor here = { .up = up, .linked = link || (up && up->linked) };
	const char *dir = path->len ? path->s : "/";
	struct stat st;
	int r;
	DIR *d;

	d = opendir(dir);
	if (!d || fstat(dirfd(d), &st) < 0) {
		r = -errno;
		log_err(w->log, "could not open directory %s: %s", dir, strerror(-r));
		if (d)
			(void)closedir(d);
		return r;
	}
	if (!up && w->source == 0) {
		scan_raise_time(&w->scan->top_changed, &st);
		w->scan->top_dev = st.st_dev;
		w->scan->top_ino = st.st_ino;
	} else {
		scan_raise_time(&w->scan->changed, &st);
		w->scan->many_devices |= st.st_dev != w->scan->top_dev;
	}
	here.dev = st.st_dev;
	here.ino = st.st_ino;
	for (; up; up = up->up) {
		if (up->dev == here.dev && up->ino == here.ino) {
			log_info(w->log, "%s leads back up, not followed", dir);
			(void)closedir(d);
			return 0;
		}
	}
	r = here.linked ? visit_again(w, &here, dir) : 0;
	if (r == 0)
		r = read_dir(w, d, path, &subdirs);
	if (r < 0 && r != -ENOMEM)
		log_err(w->log, "could not read directory %s: %s", dir, strerror(-r));
	(void)closedir(d);
	return r != 0 ? (r < 0 ? r : 0) : walk_subdirs(w, path, &subdirs, &here);
}

/* Expands the search list. 0 or -ENOMEM. */
static int make_places(struct walk *w)
{
	const struct array *search = &w->conf->search, *externals = &w->conf->externals;
	long builtin = -1;

	w->places = calloc(search->n * (externals->n + 1) + 1, sizeof(*w->places));
	if (!w->places)
		return -ENOMEM;
	for (size_t i = 0; i < search->n; i++) {
		const char *word = search->at[i];

		if (streq(word, "external")) {
			for (size_t k = 0; k < externals->n; k++)
				w->places[w->n_places++] = (struct place){ externals->at[k], true };
		} else {
			if (streq(word, "built-in") && builtin < 0)
				builtin = (long)w->n_places;
			w->places[w->n_places++] = (struct place){ word, false };
		}
	}
	w->builtin = builtin < 0 ? -1 : (long)w->n_places - builtin;
	return 0;
}

int scan_tree(struct scan *scan, const char *dir, const struct depmod_conf *conf,
	      const struct log *log)
{
	struct hash visited = HASH_INIT;
	struct walk w = { .scan = scan, .conf = conf, .log = log, .root = dir,
			  .root_len = dir_length(dir), .visited = &visited };
	auto_strbuf struct strbuf path = STRBUF_INIT;
	int r = make_places(&w);

	if (r == 0)
		r = strbuf_add(&path, dir, w.root_len);
	if (r == 0)
		r = walk_dir(&w, &path, NULL, false);
	for (size_t i = 0; i < conf->externals.n && r == 0; i++) {
		const char *external = conf->externals.at[i];

		w.source = i + 1;
		strbuf_clear(&path);
		r = strbuf_add(&path, external, dir_length(external));
		if (r == 0)
			r = walk_dir(&w, &path, NULL, false);
		if (!io_lacks_means(r))
			r = 0;
	}
	if (r == 0)
		say_why(&w);
	for (size_t i = 0; i < visited.room; i++)
		free(visited.slot[i].value);
	hash_release(&visited);
	free(w.places);
	return r;
}

int scan_add_file(struct scan *scan, const char *dir, const char *path,
		  const struct scan_file **ret_there, const struct log *log)
{
	struct scan_file *file, *there;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return -errno;
	file = scan_file_new(dir, dir_length(dir), path);
	if (!file)
		return -ENOMEM;
	there = hash_get(&scan->by_name, file->name);
	if (there) {
		free(file);
		if (ret_there)
			*ret_there = there;
		return -EEXIST;
	}
	if (!is_listable(file->listed)) {
		log_err(log, "the indexes cannot hold the path, module ignored: %s", path);
		free(file);
		return -EINVAL;
	}
	r = array_push(&scan->files, file);
	if (r < 0) {
		free(file);
		return r;
	}
	return hash_add(&scan->by_name, file->name, file);
}
