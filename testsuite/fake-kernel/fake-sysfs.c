/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-sysfs.c - what the tree shows of modules, step by step, and who holds which name.
 *
 * Locks are flock() on descriptors, so they work between threads, pass to a child, and end with the last process
 * that has the descriptor. The state lock guards /proc/modules, the counts and the claims. A claim is a locked file
 * mod/NAME with the state; it exists as long as somebody loads or removes NAME.
 */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake-kernel.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PROC_SIZE ((size_t)256 * 1024)	/* of /proc/modules; more is not kept */
#define INIT_SIZE 8192			/* bytes of init memory that every module has while coming */

/* ---- files -------------------------------------------------------------------------------------------- */

const char *fk_at(char *buf, const char *fmt, ...)
{
	size_t n = strlen(fk_root);
	va_list ap;

	memcpy(buf, fk_root, n);
	va_start(ap, fmt);
	vsnprintf(buf + n, PATH_MAX - n, fmt, ap);
	va_end(ap);
	return buf;
}

static int open_at(const char *path, int flags, long mode)
{
	return (int)fk_sys(SYS_openat, (long)AT_FDCWD, path, (long)(flags | O_CLOEXEC), mode);
}

static void close_fd(int fd)
{
	(void)fk_sys(SYS_close, (long)fd);
}

ssize_t fk_read(const char *path, char *buf, size_t size)
{
	int fd = open_at(path, O_RDONLY, 0);
	size_t len = 0;
	long n = 0;

	buf[0] = '\0';
	if (fd < 0)
		return fd;
	while (len < size && (n = fk_sys(SYS_read, (long)fd, buf + len, size - len)) != 0) {
		if (n > 0)
			len += (size_t)n;
		else if (n != -EINTR)
			break;
	}
	close_fd(fd);
	if (n >= 0 && len == size)
		n = -EFBIG;
	buf[n < 0 ? 0 : len] = '\0';
	return n < 0 ? n : (ssize_t)len;
}

int fk_write(const char *path, long mode, const char *text, size_t len)
{
	static unsigned int serial;
	char tmp[PATH_MAX];
	long r = 0;
	int fd;

	fk_at(tmp, "/.fake/tmp/%d.%u", (int)getpid(), __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED));
	fd = open_at(tmp, O_WRONLY | O_CREAT | O_EXCL, mode);
	if (fd < 0)
		return fd;
	while (len > 0 && (r = fk_sys(SYS_write, (long)fd, text, len)) >= 0) {
		text += r;
		len -= (size_t)r;
	}
	close_fd(fd);
	if (r >= 0)
		r = fk_sys(SYS_renameat2, (long)AT_FDCWD, tmp, (long)AT_FDCWD, path, 0L);
	if (r < 0)
		(void)fk_sys(SYS_unlinkat, (long)AT_FDCWD, tmp, 0L);
	return r < 0 ? (int)r : 0;
}

static void unshow(const char *mod, int claim, bool holds, int (*lock)(void));

bool fk_exists(const char *path)
{
	return fk_sys(SYS_faccessat, (long)AT_FDCWD, path, (long)F_OK) == 0;
}

static int make_dir(const char *path)
{
	return (int)fk_sys(SYS_mkdirat, (long)AT_FDCWD, path, 0755L);
}

static int remove_file(const char *path)
{
	return (int)fk_sys(SYS_unlinkat, (long)AT_FDCWD, path, 0L);
}

struct dent {			/* what getdents64 gives */
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type;
	char name[];
};

/* Calls EACH for every entry of a directory, until one returns non-zero; that value, or 0, or -errno of opening. */
static int each_entry(const char *path, int (*each)(const char *path, const char *name, void *arg), void *arg)
{
	char buf[4096] __attribute__((aligned(8)));
	int fd = open_at(path, O_RDONLY | O_DIRECTORY, 0), r = 0;
	long n;

	if (fd < 0)
		return fd;
	while (r == 0 && (n = fk_sys(SYS_getdents64, (long)fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; r == 0 && at < n;) {
			struct dent *d = (struct dent *)(void *)(buf + at);

			at += d->len;
			if (strcmp(d->name, ".") != 0 && strcmp(d->name, "..") != 0)
				r = each(path, d->name, arg);
		}
	}
	close_fd(fd);
	return r;
}

static int remove_entry(const char *path, const char *name, void *arg)
{
	char below[PATH_MAX];

	(void)arg;
	if (snprintf(below, sizeof(below), "%s/%s", path, name) >= (int)sizeof(below))
		return 0;
	if (remove_file(below) == -EISDIR) {
		(void)each_entry(below, remove_entry, NULL);
		(void)fk_sys(SYS_unlinkat, (long)AT_FDCWD, below, (long)AT_REMOVEDIR);
	}
	return 0;
}

static void remove_tree(const char *path)
{
	(void)each_entry(path, remove_entry, NULL);
	(void)fk_sys(SYS_unlinkat, (long)AT_FDCWD, path, (long)AT_REMOVEDIR);
}

static int entry_is_there(const char *path, const char *name, void *arg)
{
	(void)path;
	(void)name;
	(void)arg;
	return 1;
}

/* ---- lock, counters, claims ----------------------------------------------------------------------------- */

void fk_dirs(void)
{
	static const char *const dirs[] = { "", "/mod", "/join", "/done", "/live", "/count", "/tmp", "/uevent" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		(void)make_dir(fk_at(path, "/.fake%s", dirs[i]));
}

static void wait_lock(int fd)
{
	while (fk_sys(SYS_flock, (long)fd, (long)LOCK_EX) == -EINTR)
		;
}

int fk_lock(void)
{
	char path[PATH_MAX];
	int fd = open_at(fk_at(path, "/.fake/lock"), O_RDWR | O_CREAT, 0666);

	if (fd >= 0)
		wait_lock(fd);
	return fd;
}

void fk_unlock(int fd)
{
	if (fd >= 0)
		close_fd(fd);
}

long fk_count(const char *key)
{
	char path[PATH_MAX], text[32];
	long n = 0;
	int fd;

	fk_dirs();
	fd = open_at(fk_at(path, "/.fake/count/%s", key), O_RDWR | O_CREAT, 0666);
	if (fd < 0)
		return 1;
	wait_lock(fd);
	if (fk_read(path, text, sizeof(text)) > 0)
		n = strtol(text, NULL, 10);
	n++;
	(void)fk_sys(SYS_pwrite64, (long)fd, text, (long)snprintf(text, sizeof(text), "%ld\n", n), FK_AT_0);
	close_fd(fd);
	return n;
}

int fk_claim(const char *mod, enum fk_state state)
{
	char path[PATH_MAX];
	int fd = open_at(fk_at(path, "/.fake/mod/%s", mod), O_RDWR | O_CREAT | O_EXCL, 0666);

	if (fd < 0)
		return fd;
	wait_lock(fd);
	fk_claim_set(fd, state);
	return fd;
}

void fk_claim_set(int fd, enum fk_state state)
{
	char c = (char)('0' + state);

	(void)fk_sys(SYS_pwrite64, (long)fd, &c, 1L, FK_AT_0);
}

void fk_claim_drop(const char *mod, int fd)
{
	char path[PATH_MAX];

	(void)remove_file(fk_at(path, "/.fake/mod/%s", mod));
	close_fd(fd);
}

void fk_mark_live(const char *mod, bool live)
{
	char path[PATH_MAX];

	fk_at(path, "/.fake/live/%s", mod);
	if (live)
		(void)fk_write(path, 0666, "", 0);
	else
		(void)remove_file(path);
}

/* ---- /proc/modules ---------------------------------------------------------------------------------------- */

struct line {
	char name[FK_NAME_SIZE];
	long size, refcnt;
	char users[4096];	/* `-` or `a,b,` */
	char word[16];
	char rest[128];		/* address and what follows */
};

static bool proc_parse(const char *text, size_t len, struct line *l)
{
	char buf[sizeof(*l)], ref[32];

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	memset(l, 0, sizeof(*l));
	strcpy(l->users, "-");
	if (sscanf(buf, "%63s %ld %31s %4095s %15s %127[^\n]", l->name, &l->size, ref, l->users, l->word, l->rest) < 1)
		return false;
	l->refcnt = strtol(ref, NULL, 10);
	return true;
}

static char *proc_map(void)
{
	void *p = mmap(NULL, 2 * PROC_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void proc_unmap(char *p)
{
	(void)munmap(p, 2 * PROC_SIZE);
}

/* Calls EACH for the lines; non-zero ends. Returns that, 0, or -errno of reading. */
static int proc_each(int (*each)(struct line *l, void *arg), void *arg)
{
	char path[PATH_MAX], *text = proc_map(), *p;
	struct line l;
	int r = 0;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = fk_read(fk_at(path, "/proc/modules"), text, PROC_SIZE);
	for (p = text; n >= 0 && r == 0 && *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (proc_parse(p, strcspn(p, "\n"), &l))
			r = each(&l, arg);
	}
	proc_unmap(text);
	return n < 0 ? (int)n : r;
}

static int proc_same(struct line *l, void *arg)
{
	struct line *want = arg;

	if (strcmp(l->name, want->name) != 0)
		return 0;
	*want = *l;
	return 1;
}

/* 1 and *l filled: listed. 0: not. <0: no such file. */
static int proc_get(const char *mod, struct line *l)
{
	memset(l, 0, sizeof(*l));
	snprintf(l->name, sizeof(l->name), "%s", mod);
	return proc_each(proc_same, l);
}

/* Puts L in the place of MOD's line, or before all others; NULL takes the line away. A missing file stays missing. */
static void proc_put(const char *mod, const struct line *l)
{
	char path[PATH_MAX], *text = proc_map(), *out, fresh[sizeof(*l) + 128] = "";
	bool done = !l;
	size_t len = 0, freshlen, modlen = strlen(mod);

	if (!text)
		return;
	out = text + PROC_SIZE;
	if (fk_read(fk_at(path, "/proc/modules"), text, PROC_SIZE - sizeof(fresh)) < 0) {
		proc_unmap(text);
		return;
	}
	if (l)
		snprintf(fresh, sizeof(fresh), "%s %ld %ld %s %s %s\n", l->name, l->size, l->refcnt, l->users, l->word,
			 *l->rest ? l->rest : "0xffffffffc0000000");
	freshlen = strlen(fresh);
	for (int again = 0; again < 2; again++) {
		for (char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
			size_t n = strcspn(p, "\n") + 1;
			bool mine = strncmp(p, mod, modlen) == 0 && (p[modlen] == ' ' || p[modlen] == '\n');

			if (mine && l) {
				memcpy(out + len, fresh, freshlen);
				len += freshlen;
				done = true;
			} else if (!mine) {
				memcpy(out + len, p, n - 1);
				len += n;
				out[len - 1] = '\n';
			}
		}
		if (done)
			break;
		memcpy(out, fresh, freshlen);	/* was not listed: once more, newest first */
		len = freshlen;
		done = true;
		l = NULL;
	}
	(void)fk_write(path, 0444, out, len);
	proc_unmap(text);
}

void fk_show_proc(const char *mod, long size, long refcnt, const char *word)
{
	struct line l;

	if (proc_get(mod, &l) <= 0)
		strcpy(l.users, "-");
	if (size != FK_KEEP)
		l.size = size;
	if (refcnt != FK_KEEP)
		l.refcnt = refcnt;
	snprintf(l.word, sizeof(l.word), "%s", word);
	proc_put(mod, &l);
}

void fk_drop_proc(const char *mod)
{
	proc_put(mod, NULL);
}

/* ---- what is there ------------------------------------------------------------------------------------------ */

static bool sys_has(const char *mod, const char *what)
{
	char path[PATH_MAX];

	return fk_exists(fk_at(path, "/sys/module/%s%s", mod, what));
}

/* The state that the tree shows; nobody works on MOD. */
static enum fk_state shown_state(const char *mod)
{
	char path[PATH_MAX], word[64];
	struct line l;
	int listed;

	if (fk_read(fk_at(path, "/sys/module/%s/initstate", mod), word, sizeof(word)) >= 0) {
		if (strncmp(word, "live", 4) == 0)
			return FK_LIVE;
		if (strncmp(word, "going", 5) == 0)
			return FK_GOING;
		if (strncmp(word, "coming", 6) == 0)
			return FK_COMING;
	}
	listed = proc_get(mod, &l);
	if (listed > 0 && strcmp(l.word, "Unloading") == 0)
		return FK_GOING;
	if (listed > 0 && strcmp(l.word, "Loading") == 0)
		return FK_COMING;
	if (sys_has(mod, "/holders"))
		return FK_COMING;
	if (sys_has(mod, "/sections") || sys_has(mod, "/notes"))
		return FK_GOING;
	if (fk_exists(fk_at(path, "/sys/module")))
		return FK_ABSENT;
	if (listed >= 0)
		return listed ? FK_LIVE : FK_ABSENT;
	return fk_exists(fk_at(path, "/.fake/live/%s", mod)) ? FK_LIVE : FK_ABSENT;
}

enum fk_state fk_observe(const char *mod)
{
	char path[PATH_MAX], c = '0';
	int fd = open_at(fk_at(path, "/.fake/mod/%s", mod), O_RDWR, 0);

	if (fd < 0)
		return shown_state(mod);
	if (fk_sys(SYS_flock, (long)fd, (long)(LOCK_EX | LOCK_NB)) < 0) {
		(void)fk_sys(SYS_pread64, (long)fd, &c, 1L, FK_AT_0);
		close_fd(fd);
		return (enum fk_state)(c - '0');
	}
	/* Whoever worked on it was killed. */
	fk_log("state %s lost", mod);
	unshow(mod, -1, false, NULL);
	fk_claim_drop(mod, fd);
	return FK_ABSENT;
}

bool fk_builtin(const char *mod)
{
	static const char *const dirs[] = { "/lib/modules", "/usr/lib/modules" };
	char path[PATH_MAX], *text = proc_map(), name[FK_NAME_SIZE];
	bool found = false;

	for (size_t i = 0; text && !found && i < ARRAY_SIZE(dirs); i++) {
		if (fk_read(fk_at(path, "%s/%s/modules.builtin", dirs[i], fk_release()), text, 2 * PROC_SIZE) < 0)
			continue;
		for (char *p = text; *p && !found; p += strcspn(p, "\n"), p += *p == '\n') {
			size_t n = strcspn(p, "\n"), from = n, len = 0;

			while (from > 0 && p[from - 1] != '/')
				from--;
			for (; from < n && p[from] != '.' && len < sizeof(name) - 1; from++)
				name[len++] = p[from] == '-' ? '_' : p[from];
			name[len] = '\0';
			found = strcmp(name, mod) == 0;
		}
	}
	if (text)
		proc_unmap(text);
	return found;
}

bool fk_has_users(const char *mod)
{
	char path[PATH_MAX];
	struct line l;

	if (each_entry(fk_at(path, "/sys/module/%s/holders", mod), entry_is_there, NULL) > 0)
		return true;
	return proc_get(mod, &l) > 0 && strcmp(l.users, "-") != 0 && l.users[0] != '[' && l.users[0] != '\0';
}

long fk_refcnt(const char *mod)
{
	char path[PATH_MAX], text[32];
	struct line l;

	if (fk_read(fk_at(path, "/sys/module/%s/refcnt", mod), text, sizeof(text)) > 0)
		return strtol(text, NULL, 10);
	return proc_get(mod, &l) > 0 ? l.refcnt : 0;
}

/* Takes `USER,` out of a USERS column; true if it was there. */
static bool users_drop(char *users, const char *user)
{
	size_t n = strlen(user);

	for (char *p = users; (p = strstr(p, user)); p++) {
		if ((p > users && p[-1] != ',') || p[n] != ',')
			continue;
		memmove(p, p + n + 1, strlen(p + n + 1) + 1);
		if (!*users)
			strcpy(users, "-");
		return true;
	}
	return false;
}

void fk_ref(const char *mod, const char *user, long by)
{
	char path[PATH_MAX], text[32];
	struct line l;

	if (fk_read(fk_at(path, "/sys/module/%s/refcnt", mod), text, sizeof(text)) > 0)
		fk_show_refcnt(mod, strtol(text, NULL, 10) + by);
	if (proc_get(mod, &l) <= 0)
		return;
	l.refcnt += by;
	if (user && by < 0)
		(void)users_drop(l.users, user);
	if (user && by > 0) {
		size_t n = strcmp(l.users, "-") == 0 ? 0 : strlen(l.users);

		snprintf(l.users + n, sizeof(l.users) - n, "%s,", user);
	}
	proc_put(mod, &l);
}

/* ---- showing ------------------------------------------------------------------------------------------------- */

void fk_show_initstate(const char *mod, const char *word)
{
	char path[PATH_MAX], text[32];

	(void)fk_write(fk_at(path, "/sys/module/%s/initstate", mod), 0444, text,
		       (size_t)snprintf(text, sizeof(text), "%s\n", word));
}

void fk_show_refcnt(const char *mod, long refcnt)
{
	char path[PATH_MAX], text[32];

	(void)fk_write(fk_at(path, "/sys/module/%s/refcnt", mod), 0444, text,
		       (size_t)snprintf(text, sizeof(text), "%ld\n", refcnt));
}

static void show_file(const char *mod, const char *file, long mode, struct fk_text t)
{
	char path[PATH_MAX], text[256];
	int n = snprintf(text, sizeof(text), "%.*s\n", (int)(t.len > 200 ? 200 : t.len), t.at);

	(void)fk_write(fk_at(path, "/sys/module/%s/%s", mod, file), mode, text, (size_t)n);
}

static void show_number(const char *mod, const char *file, size_t number)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%zu", number);

	show_file(mod, file, 0444, (struct fk_text){ text, (size_t)n });
}

/* The value that PARAMS gives to NAME, else what its type shows. */
static struct fk_text param_value(const char *params, const char *name, size_t len, const char *type)
{
	struct fk_text v = { type, 0 };

	v.at = strncmp(type, "bool", 4) == 0 ? "N" : strncmp(type, "charp", 5) == 0 ? "(null)" : "0";
	v.len = strlen(v.at);
	for (const char *p = params; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		if (strncmp(p, name, len) != 0 || p[len] != '=')
			continue;
		v.at = p + len + 1;
		v.len = strcspn(v.at, " ");
	}
	return v;
}

static void show_parameters(const struct fk_image *img, const char *params)
{
	static const char key[] = "parmtype=";
	const size_t keylen = sizeof(key) - 1;
	const char *p = img->base, *end = img->base + img->size;
	char path[PATH_MAX];
	bool first = true;

	while (p && p < end && (p = memmem(p, (size_t)(end - p), key, keylen))) {
		size_t room, namelen;

		p += keylen;
		room = (size_t)(end - p);
		if (p - keylen > img->base && p[-1 - (long)keylen] != '\0')
			continue;
		if (strnlen(p, room) == room)
			return;
		namelen = strcspn(p, ":");
		if (p[namelen] != ':' || namelen == 0 || namelen >= FK_NAME_SIZE || memchr(p, '/', namelen))
			continue;
		if (first)
			(void)make_dir(fk_at(path, "/sys/module/%s/parameters", img->name));
		first = false;
		snprintf(path, sizeof(path), "parameters/%.*s", (int)namelen, p);
		show_file(img->name, path, 0444, param_value(params, p, namelen, p + namelen + 1));
	}
}

int fk_show_dir(const struct fk_image *img, const char *params, bool holds)
{
	const char *mod = img->name;
	char path[PATH_MAX];
	int r = make_dir(fk_at(path, "/sys/module/%s", mod));

	if (r == -EEXIST)
		return -EINVAL;
	if (r < 0)
		return 0;	/* no sysfs in this tree: the kernel does not care */
	if (holds) {
		fk_log("state %s empty", mod);
		fk_hold(mod, "empty");
	}
	(void)make_dir(fk_at(path, "/sys/module/%s/holders", mod));
	show_parameters(img, params);
	fk_log("state %s dir", mod);
	if (holds)
		fk_hold(mod, "dir");
	show_file(mod, "uevent", 0200, (struct fk_text){ "", 0 });
	if (img->version.len)
		show_file(mod, "version", 0444, img->version);
	if (img->srcversion.len)
		show_file(mod, "srcversion", 0444, img->srcversion);
	fk_show_initstate(mod, "coming");
	show_number(mod, "coresize", (img->size + 4095) / 4096 * 4096);
	show_number(mod, "initsize", INIT_SIZE);
	show_file(mod, "taint", 0444, (struct fk_text){ "", 0 });
	fk_show_refcnt(mod, 1);
	return 0;
}

void fk_show_links(const struct fk_image *img)
{
	char path[PATH_MAX], to[FK_NAME_SIZE + 16], dep[FK_NAME_SIZE];
	struct fk_text rest = img->depends;

	if (!sys_has(img->name, ""))
		return;
	while (fk_next_dep(&rest, dep)) {
		snprintf(to, sizeof(to), "../../%s", img->name);
		if (sys_has(dep, "/holders"))
			(void)fk_sys(SYS_symlinkat, to, (long)AT_FDCWD,
				     fk_at(path, "/sys/module/%s/holders/%s", dep, img->name));
	}
	(void)make_dir(fk_at(path, "/sys/module/%s/sections", img->name));
	show_file(img->name, "sections/.text", 0400, (struct fk_text){ "0xffffffffc0000000", 18 });
	(void)make_dir(fk_at(path, "/sys/module/%s/notes", img->name));
}

/* ---- taking away ------------------------------------------------------------------------------------------------ */

struct users {			/* the modules that MOD uses */
	const char *mod;
	char name[64][FK_NAME_SIZE];
	size_t n;
};

static void users_add(struct users *u, const char *name)
{
	for (size_t i = 0; i < u->n; i++) {
		if (strcmp(u->name[i], name) == 0)
			return;
	}
	if (u->n < ARRAY_SIZE(u->name) && strlen(name) < FK_NAME_SIZE)
		strcpy(u->name[u->n++], name);
}

static int used_in_proc(struct line *l, void *arg)
{
	struct users *u = arg;

	if (users_drop(l->users, u->mod))
		users_add(u, l->name);
	return 0;
}

static int unlink_holder(const char *dir, const char *name, void *arg)
{
	struct users *u = arg;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s/holders/%s", dir, name, u->mod) < (int)sizeof(path) &&
	    remove_file(path) == 0)
		users_add(u, name);
	return 0;
}

/* The caller has the claim, so that nobody else looks at MOD; the other modules are touched under the lock. */
static void unshow(const char *mod, int claim, bool holds, int (*lock)(void))
{
	static const char *const files[] = {
		"uevent", "version", "srcversion", "initstate", "coresize", "datasize", "initsize", "taint", "refcnt",
	};
	static const char *const dirs[] = { "parameters", "drivers", "holders", "notes", "sections" };
	struct users u = { .mod = mod };
	char path[PATH_MAX];
	int fd;

	fd = lock ? lock() : -1;
	(void)proc_each(used_in_proc, &u);
	(void)each_entry(fk_at(path, "/sys/module"), unlink_holder, &u);
	fk_unlock(fd);
	if (sys_has(mod, "")) {
		for (size_t i = 0; i < ARRAY_SIZE(files); i++)
			(void)remove_file(fk_at(path, "/sys/module/%s/%s", mod, files[i]));
		fk_log("state %s teardown", mod);
		if (holds)
			fk_hold(mod, "teardown");
		for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
			remove_tree(fk_at(path, "/sys/module/%s/%s", mod, dirs[i]));
		remove_tree(fk_at(path, "/sys/module/%s", mod));
	}
	fd = lock ? lock() : -1;
	for (size_t i = 0; i < u.n; i++)
		fk_ref(u.name[i], mod, -1);
	fk_drop_proc(mod);
	fk_mark_live(mod, false);
	if (claim >= 0)
		fk_claim_set(claim, FK_UNFORMED);
	fk_unlock(fd);
}

void fk_unshow(const char *mod, int claim, bool holds)
{
	unshow(mod, claim, holds, fk_lock);
}
