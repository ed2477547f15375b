/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-load.c - finit_module and init_module: load-race.md 3.1, 3.2 and 4.
 *
 * Waiting for somebody else is done in the calling process, so a signal ends it as it does in a kernel. The
 * load itself is done in a child, so that it ends as in a kernel: whatever happens to the caller.
 */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-kernel.h"

#define FLAG_COMPRESSED 4
#define FLAGS_KNOWN 7
#define DEP_WAIT_MSEC 30000	/* how long a symbol of a module that is coming is waited for */

/* ---- a child that does the work --------------------------------------------------------------------------- */

static void close_all_but(const int *keep, size_t n)
{
	/* A pipe or lock of the caller must not stay open because of us; more descriptors than that nobody has here. */
	for (long fd = 0; fd < 1024; fd++) {
		bool wanted = false;

		for (size_t i = 0; i < n; i++)
			wanted |= keep[i] == fd;
		if (!wanted)
			(void)fk_sys(SYS_close, fd);
	}
}

int fk_work(int keep1, int keep2, int (*job)(void *), void *arg)
{
	pid_t caller = getpid();
	int fds[2], result = 0, status;
	long pid, n;

	if (fk_sys(SYS_pipe2, fds, (long)O_CLOEXEC) < 0)
		return -ENFILE;
	/* No exit signal: the program's own wait() and SIGCHLD handler see nothing of this child. */
	pid = fk_sys(SYS_clone, 0L, 0L, 0L, 0L, 0L);
	if (pid == -EINVAL) /* qemu's user mode knows no such child */
#ifdef __s390__
		pid = fk_sys(SYS_clone, 0L, (long)SIGCHLD, 0L, 0L, 0L);
#else
		pid = fk_sys(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
#endif
	if (pid == 0) {
		int keep[] = { keep1, keep2, fds[1] };
		sigset_t all;

		(void)sigfillset(&all);
		(void)sigprocmask(SIG_BLOCK, &all, NULL);
		(void)fk_sys(SYS_setsid);
		close_all_but(keep, 3);
		fk_log_as(caller);
		result = job(arg);
		(void)fk_sys(SYS_write, (long)fds[1], &result, sizeof(result));
		(void)fk_sys(SYS_exit_group, 0L);
	}
	(void)fk_sys(SYS_close, (long)fds[1]);
	if (keep1 >= 0)
		(void)fk_sys(SYS_close, (long)keep1);
	if (keep2 >= 0)
		(void)fk_sys(SYS_close, (long)keep2);
	n = pid;
	if (pid > 0) {
		do {
			n = fk_sys(SYS_read, (long)fds[0], &result, sizeof(result));
		} while (n == -EINTR);
		while (fk_sys(SYS_wait4, pid, &status, (long)__WALL, 0L) == -EINTR)
			;
	}
	(void)fk_sys(SYS_close, (long)fds[0]);
	return n == (long)sizeof(result) ? result : n < 0 ? (int)n : -EIO;
}

/* ---- the image ------------------------------------------------------------------------------------------------ */

/* The value of the first modinfo string KEY (with its `=`); empty if there is none. */
static struct fk_text modinfo(const char *base, size_t size, const char *key)
{
	const size_t len = strlen(key);
	const char *p = base, *end = base + size;

	while (p && p < end && (p = memmem(p, (size_t)(end - p), key, len))) {
		bool begins = p == base || p[-1] < ' ' || p[-1] > '~';
		size_t room;

		p += len;
		room = (size_t)(end - p);
		if (begins && strnlen(p, room) < room)
			return (struct fk_text){ p, strlen(p) };
	}
	return (struct fk_text){ "", 0 };
}

static void name_from(char *name, const char *text, size_t len)
{
	size_t n = 0;

	for (; n < len && n < FK_NAME_SIZE - 1 && text[n] != '.'; n++)
		name[n] = text[n] == '-' ? '_' : text[n];
	name[n] = '\0';
}

static void image_scan(struct fk_image *img, const char *base, size_t size)
{
	struct fk_text name = modinfo(base, size, "name=");

	img->base = base;
	img->size = size;
	img->depends = modinfo(base, size, "depends=");
	img->version = modinfo(base, size, "version=");
	img->srcversion = modinfo(base, size, "srcversion=");
	if (name.len > 0 && !memchr(name.at, '/', name.len))
		name_from(img->name, name.at, name.len);
}

bool fk_next_dep(struct fk_text *rest, char *name)
{
	while (rest->len > 0) {
		const char *comma = memchr(rest->at, ',', rest->len);
		size_t n = comma ? (size_t)(comma - rest->at) : rest->len, skip = n + (comma != NULL);

		name_from(name, rest->at, n);
		rest->at += skip;
		rest->len -= skip;
		if (*name)
			return true;
	}
	return false;
}

static bool is_compressed(const char *base, size_t size)
{
	return size >= 6 && (memcmp(base, "\x1f\x8b", 2) == 0 || memcmp(base, "\xfd" "7zXZ", 6) == 0 ||
			     memcmp(base, "\x28\xb5\x2f\xfd", 4) == 0);
}

/* ---- one load, in the child ------------------------------------------------------------------------------------- */

struct load {
	struct fk_image img;
	const char *params;
	int claim, join;	/* descriptors, or -1 */
	long seq;		/* of the join */
};

static void state(const char *mod, const char *word)
{
	fk_log("state %s %s", mod, word);
	fk_hold(mod, word);
}

/* Takes a reference on every dependency. On failure none is left. */
static int resolve(const struct load *l)
{
	struct fk_text rest = l->img.depends, taken = l->img.depends;
	int64_t end = fk_clock() + DEP_WAIT_MSEC;
	char dep[FK_NAME_SIZE];
	bool waited = false;
	size_t n = 0;
	int r = 0;

	while (r == 0 && fk_next_dep(&rest, dep)) {
		for (;;) {
			int lock = fk_lock();
			enum fk_state s = fk_observe(dep);

			if (s == FK_LIVE)
				fk_ref(dep, l->img.name, 1);
			fk_unlock(lock);
			if (s == FK_LIVE || (s == FK_ABSENT && fk_builtin(dep)))
				break;
			if (s != FK_COMING)
				r = -ENOENT;	/* an unformed module's symbols are not seen either */
			else if (fk_clock() >= end)
				r = -EBUSY;
			if (r < 0)
				break;
			if (!waited)
				fk_log("wait %s", dep);
			waited = true;
			fk_sleep(3);
		}
		n += r == 0;
	}
	for (; r < 0 && n > 0 && fk_next_dep(&taken, dep); n--) {
		int lock = fk_lock();

		if (fk_observe(dep) != FK_ABSENT)
			fk_ref(dep, l->img.name, -1);
		fk_unlock(lock);
	}
	return r;
}

/* From COMING on. */
static int bring_up(struct load *l)
{
	const char *mod = l->img.name;
	long size = (long)((l->img.size + 4095) / 4096 * 4096);
	int r, lock = fk_lock();

	fk_claim_set(l->claim, FK_COMING);
	fk_show_proc(mod, size + 8192, 1, "Loading");
	fk_unlock(lock);
	state(mod, "proc");

	r = fk_show_dir(&l->img, l->params, true);
	if (r == 0) {
		lock = fk_lock();
		fk_show_links(&l->img);
		fk_unlock(lock);
		if (fk_announces_early())
			fk_uevent("add", mod);
		state(mod, "coming");
		r = fk_init_result(mod);
		if (r == -EEXIST && fk_generation() >= 6)
			r = -EBUSY;
	} else {
		struct fk_text rest = l->img.depends;
		char dep[FK_NAME_SIZE];

		/* The directory belongs to a built-in part of the kernel. */
		lock = fk_lock();
		fk_claim_set(l->claim, FK_UNFORMED);
		while (fk_next_dep(&rest, dep))
			fk_ref(dep, mod, -1);
		fk_drop_proc(mod);
		fk_unlock(lock);
		return r;
	}

	lock = fk_lock();
	if (r < 0) {
		fk_claim_set(l->claim, FK_GOING);
		fk_show_proc(mod, FK_KEEP, FK_KEEP, "Unloading");
		fk_show_initstate(mod, "going");
		fk_unlock(lock);
		state(mod, "going");
		lock = fk_lock();
		fk_ref(mod, NULL, -1);
		fk_unlock(lock);
		if (fk_announces_early())
			fk_uevent("remove", mod);
		fk_unshow(mod, l->claim, true);
		state(mod, "removed");
		return r;
	}
	fk_claim_set(l->claim, FK_LIVE);
	fk_mark_live(mod, true);
	fk_show_proc(mod, FK_KEEP, FK_KEEP, "Live");
	fk_show_initstate(mod, "live");
	fk_unlock(lock);
	if (!fk_announces_early())
		fk_uevent("add", mod);
	state(mod, "live");
	lock = fk_lock();
	fk_show_proc(mod, size, FK_KEEP, "Live");
	fk_ref(mod, NULL, -1);
	fk_unlock(lock);
	return 0;
}

/* For `answer ... ok`: live at once. */
static int bring_up_at_once(struct load *l)
{
	const char *mod = l->img.name;
	int lock = fk_lock();

	fk_show_proc(mod, (long)l->img.size, 0, "Live");
	if (fk_show_dir(&l->img, l->params, false) == 0) {
		fk_show_links(&l->img);
		fk_show_initstate(mod, "live");
		fk_show_refcnt(mod, 0);
	}
	fk_mark_live(mod, true);
	fk_uevent("add", mod);
	fk_log("state %s live", mod);
	fk_unlock(lock);
	return 0;
}

static void join_end(struct load *l, int result)
{
	char path[PATH_MAX], text[32];
	int lock;

	if (l->join < 0)
		return;
	/* At once, as in a kernel: who has the answer and calls again joins this no more. */
	lock = fk_lock();
	(void)fk_write(fk_at(path, "/.fake/done/%ld", l->seq), 0666, text,
		       (size_t)snprintf(text, sizeof(text), "%d\n", result));
	(void)fk_sys(SYS_flock, (long)l->join, (long)LOCK_UN);
	fk_unlock(lock);
}

/* Has the call ended whose lock this is? Nobody joins the asker meanwhile. */
static bool join_ended(int fd)
{
	int lock = fk_lock();
	bool ended = fk_sys(SYS_flock, (long)fd, (long)(LOCK_EX | LOCK_NB)) == 0;

	if (ended)
		(void)fk_sys(SYS_flock, (long)fd, (long)LOCK_UN);
	fk_unlock(lock);
	return ended;
}

static int load_job(void *arg)
{
	struct load *l = arg;
	const char *mod = l->img.name;
	int r, lock;

	state(mod, "unformed");
	r = resolve(l);
	if (r == 0)
		r = bring_up(l);
	else
		state(mod, "unresolved");
	lock = fk_lock();
	fk_claim_drop(mod, l->claim);
	if (r < 0)
		fk_log("state %s absent", mod);
	fk_unlock(lock);
	join_end(l, r);
	return r;
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

/* What the generation says to somebody who finds the holder in STATE: an error, or 0: wait, or take the free name. */
static int answer_to_second(int generation, enum fk_state state, bool waited)
{
	switch (state) {
	case FK_ABSENT:
		return waited && generation >= 3 ? -EBUSY : 0;
	case FK_LIVE:
		return -EEXIST;
	case FK_GOING:
		if (generation >= 3)
			return -EBUSY;
		/* Who sleeps because of a load is not woken before the name is free. */
		return generation == 2 || waited ? 0 : -EEXIST;
	default:
		return generation == 0 ? -EEXIST : 0;
	}
}

/* Gets the name, or that answer. */
static int reserve(struct load *l)
{
	int r = 0, generation = fk_generation();
	bool waited = false;
	sigset_t saved;

	fk_wait_begin(&saved);
	while (r == 0 && l->claim < 0) {
		int lock = fk_lock();
		enum fk_state s = fk_observe(l->img.name);

		r = answer_to_second(generation, s, waited);
		if (r == 0 && s == FK_ABSENT)
			l->claim = fk_claim(l->img.name, FK_UNFORMED);
		fk_unlock(lock);
		if (s == FK_ABSENT && l->claim < 0 && r == 0)
			r = l->claim;
		if (r < 0 || l->claim >= 0)
			break;
		if (!waited)
			fk_log("wait %s", l->img.name);
		waited = true;
		r = fk_wait_nap(&saved);
	}
	fk_wait_end(&saved);
	return r;
}

/*
 * Kernels that join: the first call with an inode does the work, the others take its result. Returns 0 if
 * this is the first (l->join is then held until the result is known), 1 and *ret_result if not.
 */
static int join(struct load *l, const struct stat *st, int *ret_result)
{
	char path[PATH_MAX], text[32], done[PATH_MAX];
	sigset_t saved;
	long seq = 0;
	int fd, lock, r = 0;

	fk_at(path, "/.fake/join/%llx.%llx", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
	lock = fk_lock();
	fd = (int)fk_sys(SYS_openat, (long)AT_FDCWD, path, (long)(O_RDWR | O_CREAT | O_CLOEXEC), 0666L);
	if (fd < 0) {
		fk_unlock(lock);
		return 0;
	}
	if (fk_sys(SYS_flock, (long)fd, (long)(LOCK_EX | LOCK_NB)) == 0) {
		l->join = fd;
		l->seq = fk_count("join");
		(void)fk_sys(SYS_pwrite64, (long)fd, text,
			     (long)snprintf(text, sizeof(text), "%ld\n", l->seq), FK_AT_0);
		fk_unlock(lock);
		return 0;
	}
	if (fk_read(path, text, sizeof(text)) > 0)
		seq = strtol(text, NULL, 10);
	fk_unlock(lock);

	fk_at(done, "/.fake/done/%ld", seq);
	fk_wait_begin(&saved);
	fk_log("join %s", l->img.name);
	while (fk_read(done, text, sizeof(text)) <= 0) {
		r = fk_wait_nap(&saved);
		/* The lock ends with the worker; a call that was interrupted leaves no result. */
		if (r == 0 && join_ended(fd) && fk_read(done, text, sizeof(text)) <= 0)
			r = -EINTR;
		if (r < 0)
			break;
	}
	fk_wait_end(&saved);
	(void)fk_sys(SYS_close, (long)fd);
	*ret_result = r < 0 ? r : (int)strtol(text, NULL, 10);
	return 1;
}

static int load(struct load *l)
{
	int r = reserve(l);

	if (r < 0) {
		join_end(l, r);
		if (l->join >= 0)
			(void)fk_sys(SYS_close, (long)l->join);
		return r;
	}
	return fk_work(l->claim, l->join, load_job, l);
}

/* PARAMS as one piece of a log line */
static const char *printable(const char *params, char *buf, size_t size)
{
	size_t n = 0;

	for (; *params && n + 5 < size; params++) {
		unsigned char c = (unsigned char)*params;

		if (c < ' ' || c > '~' || c == '\\')
			n += (size_t)snprintf(buf + n, size - n, "\\x%02x", c);
		else
			buf[n++] = (char)c;
	}
	buf[n] = '\0';
	return buf;
}

static bool no_root(const char *call)
{
	char text[128];
	int n;

	fk_start();
	if (fk_root[0])
		return false;
	n = snprintf(text, sizeof(text), "fake-kernel: %s without FAKE_ROOT\n", call);
	(void)fk_sys(SYS_write, 2L, text, (long)n);
	return true;
}

static int leave(const char *call, const char *mod, int r)
{
	char text[32];

	fk_log("return %s %s %s", call, mod, fk_errname(r, text, sizeof(text)));
	return r;
}

/* What both calls do once the image is there. */
static int load_image(const char *call, struct load *l, int flags, const struct stat *st)
{
	const char *mod = l->img.name;
	char text[1024];
	int r = 0;

	fk_log("call %s %s flags=%d params=%s", call, mod, flags, printable(l->params, text, sizeof(text)));
	switch (fk_answer(call, mod, &r)) {
	case FK_ERROR:
		return leave(call, mod, r);
	case FK_OK:
		return leave(call, mod, bring_up_at_once(l));
	case FK_NORMAL:
		break;
	}
	if (flags & ~FLAGS_KNOWN)
		r = -EINVAL;
	else if (flags & FLAG_COMPRESSED && !fk_exists(fk_at(text, "/sys/module/compression")))
		r = -EOPNOTSUPP;
	else if (l->img.size == 0)
		r = -EINVAL;
	else if (flags & FLAG_COMPRESSED && !is_compressed(l->img.base, l->img.size))
		r = -EINVAL;
	else if (!(flags & FLAG_COMPRESSED) && is_compressed(l->img.base, l->img.size))
		r = -ENOEXEC;
	else if (st && fk_generation() >= 5 && join(l, st, &r) == 1)
		return leave(call, mod, r);
	if (r == 0)
		r = load(l);
	return leave(call, mod, r);
}

int fk_finit_module(int fd, const char *params, int flags)
{
	static const char call[] = "finit_module";
	struct load l = { .params = params ? params : "", .claim = -1, .join = -1 };
	char proc[40], path[PATH_MAX], text[1024], *base;
	void *map = MAP_FAILED;
	struct stat st;
	int r = 0, got;
	long n;

	if (no_root(call))
		return -EPERM;
	fk_dirs();
	if (fk_generation() == 0) {
		fk_log("call %s - flags=%d params=%s", call, flags, printable(l.params, text, sizeof(text)));
		return leave(call, "-", -ENOSYS);
	}
	got = fcntl(fd, F_GETFL);
	if (got < 0 || (got & O_ACCMODE) == O_WRONLY || (got & O_PATH) || fstat(fd, &st) < 0) {
		fk_log("call %s - flags=%d params=%s", call, flags, printable(l.params, text, sizeof(text)));
		if (fk_answer(call, "-", &r) == FK_NORMAL)
			r = -EBADF;
		return leave(call, "-", r);
	}
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	n = fk_sys(SYS_readlinkat, (long)AT_FDCWD, proc, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	base = strrchr(path, '/');
	base = base ? base + 1 : path;
	name_from(l.img.name, base, strlen(base));
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map != MAP_FAILED)
		image_scan(&l.img, map, (size_t)st.st_size);
	r = load_image(call, &l, flags, &st);
	if (map != MAP_FAILED)
		(void)munmap(map, (size_t)st.st_size);
	return r;
}

int fk_init_module(const void *image, size_t len, const char *params)
{
	struct load l = { .params = params ? params : "", .claim = -1, .join = -1 };

	if (no_root("init_module"))
		return -EPERM;
	fk_dirs();
	if (image) {
		char path[PATH_MAX];

		image_scan(&l.img, image, len);
		(void)fk_write(fk_at(path, "/.fake/image"), 0666, image, len);
	}
	if (l.img.name[0] == '\0')
		strcpy(l.img.name, "-");
	return load_image("init_module", &l, 0, NULL);
}

static int answer(int r)
{
	if (r < 0) {
		errno = -r;
		return -1;
	}
	return r;
}

/* libc has these two, or does not, without a header. */
int finit_module(int fd, const char *params, int flags);
int init_module(const void *image, unsigned long len, const char *params);

FK_EXPORT int finit_module(int fd, const char *params, int flags)
{
	return answer(fk_finit_module(fd, params, flags));
}

FK_EXPORT int init_module(const void *image, unsigned long len, const char *params)
{
	return answer(fk_init_module(image, len, params));
}
