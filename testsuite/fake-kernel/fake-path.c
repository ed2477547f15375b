/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-path.c - libc functions that take a path, with the path put below FAKE_ROOT where it belongs.
 *
 * Each wrapper asks fk_path() and hands on to the next definition of its own name, so a sanitizer's
 * interceptor may sit before or behind us.
 */
#undef _FORTIFY_SOURCE		/* its inline functions would be defined twice */
#undef _FILE_OFFSET_BITS	/* open and open64 are two symbols here */
#undef _TIME_BITS
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "fake-kernel.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

char fk_root[PATH_MAX];
static char root_as_given[PATH_MAX];
static long (*next_syscall)(long nr, ...);

/* The next definition of the function we stand in for. Looking it up again gives the same answer: no lock. */
static void *find_next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f) {
		static const char text[] = "fake-kernel: libc lacks a function that is called: ";

		(void)fk_sys(SYS_write, 2L, text, sizeof(text) - 1);
		(void)fk_sys(SYS_write, 2L, name, strlen(name));
		(void)fk_sys(SYS_write, 2L, "\n", 1L);
		abort();
	}
	return f;
}
#define NEXT(f) ({ \
	static __typeof__(f) *next_; \
	if (!next_) \
		next_ = (__typeof__(f) *)find_next(#f); \
	next_; \
})

long fk_sys(long nr, ...)
{
	int saved = errno;
	long a[6], r;
	va_list ap;

	if (!next_syscall)
		next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	va_start(ap, nr);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(ap, long);	/* absent ones are not looked at by the call */
	va_end(ap);
	r = next_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r == -1)
		r = -errno;
	errno = saved;
	return r;
}

/* ---- which paths ---------------------------------------------------------------------------------- */

/* PATH without superfluous slashes and dots at its begin equals WHAT or lies below it; the rest, from the slash on. */
static const char *below(const char *path, const char *what)
{
	while (*what == '/') {
		size_t n;

		if (*path != '/')
			return NULL;
		while (path[0] == '/' || (path[0] == '.' && (path[1] == '/' || path[1] == '\0')))
			path++;
		what++;
		n = strcspn(what, "/");
		if (strncmp(path, what, n) != 0)
			return NULL;
		path += n;
		what += n;
	}
	return *path == '/' || *path == '\0' ? path : NULL;
}

static bool for_libc(const char *path)
{
	static const char *const keep[] = {
		"/proc/self", "/proc/thread-self", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld.so.conf",
		"/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/localtime", "/etc/ssl",
		"/etc/locale.alias", "/etc/locale.conf", "/usr/lib/locale", "/usr/lib/ssl", "/usr/lib/gcc",
		"/usr/lib/clang", "/usr/lib/debug",
	};
	const char *rest, *base = strrchr(path, '/');
	size_t n = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(keep); i++) {
		if (below(path, keep[i]))
			return true;
	}
	rest = below(path, "/proc");
	if (rest && *rest == '/' && rest[1 + strspn(rest + 1, "/")] >= '0' && rest[1 + strspn(rest + 1, "/")] <= '9')
		return true;
	rest = below(path, "/usr/lib");
	if (rest && *rest == '/') {
		size_t len;

		rest += strspn(rest, "/");
		len = strcspn(rest, "/");
		if (strncmp(rest, "llvm", 4) == 0 || memmem(rest, len, "-linux-", 7))
			return true;
	}
	return (n > 3 && strcmp(path + n - 3, ".so") == 0) || strstr(base, ".so.");
}

void fk_start(void)
{
	const char *env;

	if (fk_root[0])
		return;
	env = getenv("FAKE_ROOT");
	if (!env || env[0] != '/' || strlen(env) >= sizeof(root_as_given))
		return;
	strcpy(root_as_given, env);
	for (size_t n = strlen(root_as_given); n > 1 && root_as_given[n - 1] == '/'; n--)
		root_as_given[n - 1] = '\0';
	if (!NEXT(realpath)(root_as_given, fk_root))
		strcpy(fk_root, root_as_given);
}

bool fk_path(const char *path, char *buf, const char **ret)
{
	static const char *const ours[] = {
		"/lib/modules", "/lib/modprobe.d", "/lib/depmod.d", "/sys", "/proc", "/etc", "/run",
		"/usr/lib", "/usr/local/lib", "/usr/local/etc",
	};

	fk_start();
	*ret = path;
	if (!path || path[0] != '/' || !fk_root[0] || below(path, fk_root) || below(path, root_as_given))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		if (!below(path, ours[i]))
			continue;
		if (for_libc(path))
			return true;
		if (strlen(fk_root) + strlen(path) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return false;
		}
		strcpy(buf, fk_root);
		strcat(buf, path);
		*ret = buf;
		return true;
	}
	return true;
}

/* ---- sysfs files that go away ------------------------------------------------------------------------- */

/* The path of an open file if it is below /sys/module of the tree; the rest of it, in BUF. */
static const char *in_sys_module(int fd, char *buf, bool *deleted)
{
	static const char mark[] = " (deleted)";
	char proc[40], dir[PATH_MAX];
	const char *rest;
	long n;

	if (!fk_root[0])
		return NULL;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	n = fk_sys(SYS_readlinkat, (long)AT_FDCWD, proc, buf, (long)PATH_MAX - 1);
	if (n < 0)
		return NULL;
	buf[n] = '\0';
	*deleted = (size_t)n > sizeof(mark) && strcmp(buf + n - (sizeof(mark) - 1), mark) == 0;
	if (*deleted)
		buf[n - (long)(sizeof(mark) - 1)] = '\0';
	rest = below(buf, fk_at(dir, "/sys/module"));
	return rest && *rest == '/' ? rest + 1 : NULL;
}

/* Has the file been removed, as opposed to replaced? Then sysfs would say ENODEV. */
static bool is_gone(int fd)
{
	char path[PATH_MAX];
	struct stat st;
	bool deleted;

	if (!fk_root[0] || fd < 0 || NEXT(fstat)(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink > 0)
		return false;
	return in_sys_module(fd, path, &deleted) && deleted && !fk_exists(path);
}

/* Called with each new descriptor: `vanish` acts here. */
static int opened(int fd, const char *path)
{
	const char *base = path ? strrchr(path, '/') : NULL;
	char buf[PATH_MAX], name[FK_NAME_SIZE];
	const char *rest;
	bool deleted;
	size_t n;

	base = base ? base + 1 : path;
	if (fd < 0 || !base || strcmp(base, "initstate") != 0)
		return fd;
	rest = in_sys_module(fd, buf, &deleted);
	n = rest ? strcspn(rest, "/") : 0;
	if (n == 0 || n >= sizeof(name) || strcmp(rest + n, "/initstate") != 0)
		return fd;
	memcpy(name, rest, n);
	name[n] = '\0';
	if (!fk_vanishes(name))
		return fd;
	fk_uevent("remove", name);
	fk_unshow(name, -1, false);
	fk_log("state %s absent", name);
	return fd;
}

#define GONE_CHECK(fd) do { if (is_gone(fd)) { errno = ENODEV; return -1; } } while (0)

FK_EXPORT ssize_t read(int fd, void *buf, size_t n)
{
	GONE_CHECK(fd);
	return NEXT(read)(fd, buf, n);
}

FK_EXPORT ssize_t pread(int fd, void *buf, size_t n, off_t off)
{
	GONE_CHECK(fd);
	return NEXT(pread)(fd, buf, n, off);
}

#ifdef __GLIBC__ /* in musl these are other names of the functions above */
FK_EXPORT ssize_t pread64(int fd, void *buf, size_t n, off64_t off)
{
	GONE_CHECK(fd);
	return NEXT(pread64)(fd, buf, n, off);
}

/* What calls become under _FORTIFY_SOURCE; libc has them, its headers do not declare them for us. */
ssize_t __read_chk(int fd, void *buf, size_t n, size_t room);
ssize_t __pread_chk(int fd, void *buf, size_t n, off_t off, size_t room);
ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t off, size_t room);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);
ssize_t __readlink_chk(const char *path, char *buf, size_t n, size_t room);
ssize_t __readlinkat_chk(int dir, const char *path, char *buf, size_t n, size_t room);
char *__realpath_chk(const char *path, char *buf, size_t room);

FK_EXPORT ssize_t __read_chk(int fd, void *buf, size_t n, size_t room)
{
	GONE_CHECK(fd);
	return NEXT(__read_chk)(fd, buf, n, room);
}

FK_EXPORT ssize_t __pread_chk(int fd, void *buf, size_t n, off_t off, size_t room)
{
	GONE_CHECK(fd);
	return NEXT(__pread_chk)(fd, buf, n, off, room);
}

FK_EXPORT ssize_t __pread64_chk(int fd, void *buf, size_t n, off64_t off, size_t room)
{
	GONE_CHECK(fd);
	return NEXT(__pread64_chk)(fd, buf, n, off, room);
}
#endif

/* ---- the wrappers -------------------------------------------------------------------------------------- */

/* A wrapper whose only work is the path. PARAMS and ARGS name the path `path`; the call sees `to` in its place. */
#define WRAP(type, fail, name, params, args) \
FK_EXPORT type name params \
{ \
	char buf[PATH_MAX]; \
	const char *to; \
	if (!fk_path(path, buf, &to)) \
		return fail; \
	return NEXT(name) args; \
}
#define WRAP_INT(name, params, args) WRAP(int, -1, name, params, args)

/* A function with two paths. */
#define WRAP2(name, params, args) \
FK_EXPORT int name params \
{ \
	char buf1[PATH_MAX], buf2[PATH_MAX]; \
	const char *to1, *to2; \
	if (!fk_path(path1, buf1, &to1) || !fk_path(path2, buf2, &to2)) \
		return -1; \
	return NEXT(name) args; \
}

static bool has_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

#define OPEN(name) \
FK_EXPORT int name(const char *path, int flags, ...) \
{ \
	char buf[PATH_MAX]; \
	const char *to; \
	mode_t mode = 0; \
	va_list ap; \
	if (!fk_path(path, buf, &to)) \
		return -1; \
	va_start(ap, flags); \
	if (has_mode(flags)) \
		mode = va_arg(ap, mode_t); \
	va_end(ap); \
	return opened(NEXT(name)(to, flags, mode), to); \
}
#define OPENAT(name) \
FK_EXPORT int name(int dir, const char *path, int flags, ...) \
{ \
	char buf[PATH_MAX]; \
	const char *to; \
	mode_t mode = 0; \
	va_list ap; \
	if (!fk_path(path, buf, &to)) \
		return -1; \
	va_start(ap, flags); \
	if (has_mode(flags)) \
		mode = va_arg(ap, mode_t); \
	va_end(ap); \
	return opened(NEXT(name)(dir, to, flags, mode), to); \
}
OPEN(open)
OPENAT(openat)
#ifdef __GLIBC__
OPEN(open64)
OPENAT(openat64)
WRAP_INT(__open_2, (const char *path, int flags), (to, flags))
WRAP_INT(__open64_2, (const char *path, int flags), (to, flags))

FK_EXPORT int __openat_2(int dir, const char *path, int flags)
{
	char buf[PATH_MAX];
	const char *to;

	if (!fk_path(path, buf, &to))
		return -1;
	return opened(NEXT(__openat_2)(dir, to, flags), to);
}

FK_EXPORT int __openat64_2(int dir, const char *path, int flags)
{
	char buf[PATH_MAX];
	const char *to;

	if (!fk_path(path, buf, &to))
		return -1;
	return opened(NEXT(__openat64_2)(dir, to, flags), to);
}
#endif

WRAP_INT(creat, (const char *path, mode_t mode), (to, mode))
WRAP(FILE *, NULL, fopen, (const char *restrict path, const char *restrict how), (to, how))
WRAP(FILE *, NULL, freopen, (const char *restrict path, const char *restrict how, FILE *restrict f), (to, how, f))
WRAP(DIR *, NULL, opendir, (const char *path), (to))
WRAP_INT(chdir, (const char *path), (to))
WRAP_INT(access, (const char *path, int mode), (to, mode))
WRAP_INT(eaccess, (const char *path, int mode), (to, mode))
WRAP_INT(euidaccess, (const char *path, int mode), (to, mode))
WRAP_INT(faccessat, (int dir, const char *path, int mode, int flags), (dir, to, mode, flags))
WRAP(ssize_t, -1, readlink, (const char *restrict path, char *restrict b, size_t n), (to, b, n))
WRAP(ssize_t, -1, readlinkat, (int dir, const char *restrict path, char *restrict b, size_t n), (dir, to, b, n))
WRAP(char *, NULL, realpath, (const char *restrict path, char *restrict b), (to, b))
WRAP_INT(mkdir, (const char *path, mode_t mode), (to, mode))
WRAP_INT(mkdirat, (int dir, const char *path, mode_t mode), (dir, to, mode))
WRAP_INT(rmdir, (const char *path), (to))
WRAP_INT(unlink, (const char *path), (to))
WRAP_INT(unlinkat, (int dir, const char *path, int flags), (dir, to, flags))
WRAP_INT(chmod, (const char *path, mode_t mode), (to, mode))
WRAP_INT(fchmodat, (int dir, const char *path, mode_t mode, int flags), (dir, to, mode, flags))
WRAP_INT(chown, (const char *path, uid_t u, gid_t g), (to, u, g))
WRAP_INT(lchown, (const char *path, uid_t u, gid_t g), (to, u, g))
WRAP_INT(fchownat, (int dir, const char *path, uid_t u, gid_t g, int flags), (dir, to, u, g, flags))
WRAP_INT(truncate, (const char *path, off_t n), (to, n))
WRAP_INT(utimensat, (int dir, const char *path, const struct timespec t[2], int flags), (dir, to, t, flags))
WRAP_INT(mknod, (const char *path, mode_t mode, dev_t dev), (to, mode, dev))
WRAP_INT(mknodat, (int dir, const char *path, mode_t mode, dev_t dev), (dir, to, mode, dev))
WRAP_INT(statfs, (const char *path, struct statfs *st), (to, st))
WRAP_INT(statvfs, (const char *restrict path, struct statvfs *restrict st), (to, st))
WRAP_INT(scandir, (const char *restrict path, struct dirent ***restrict list, int (*want)(const struct dirent *),
		   int (*cmp)(const struct dirent **, const struct dirent **)), (to, list, want, cmp))
WRAP2(rename, (const char *path1, const char *path2), (to1, to2))
WRAP2(renameat, (int dir1, const char *path1, int dir2, const char *path2), (dir1, to1, dir2, to2))
#ifdef RENAME_NOREPLACE
WRAP2(renameat2, (int dir1, const char *path1, int dir2, const char *path2, unsigned int flags),
      (dir1, to1, dir2, to2, flags))
#endif
WRAP2(link, (const char *path1, const char *path2), (to1, to2))
WRAP2(linkat, (int dir1, const char *path1, int dir2, const char *path2, int flags), (dir1, to1, dir2, to2, flags))
/* The first argument of a symlink is text, not a path to be followed now. */
WRAP_INT(symlink, (const char *text, const char *path), (text, to))
WRAP_INT(symlinkat, (const char *text, int dir, const char *path), (text, dir, to))

/* The stat family: functions since glibc 2.33, __xstat and its kin in programs built before. */
WRAP_INT(stat, (const char *restrict path, struct stat *restrict st), (to, st))
WRAP_INT(lstat, (const char *restrict path, struct stat *restrict st), (to, st))
WRAP_INT(fstatat, (int dir, const char *restrict path, struct stat *restrict st, int flags), (dir, to, st, flags))
#ifdef STATX_TYPE /* young in musl, as renameat2 is */
WRAP_INT(statx, (int dir, const char *restrict path, int flags, unsigned int mask, struct statx *restrict st),
	 (dir, to, flags, mask, st))
#endif

#ifdef __GLIBC__
WRAP_INT(creat64, (const char *path, mode_t mode), (to, mode))
WRAP(FILE *, NULL, fopen64, (const char *restrict path, const char *restrict how), (to, how))
WRAP(FILE *, NULL, freopen64, (const char *restrict path, const char *restrict how, FILE *restrict f), (to, how, f))
WRAP(ssize_t, -1, __readlink_chk, (const char *path, char *b, size_t n, size_t room), (to, b, n, room))
WRAP(ssize_t, -1, __readlinkat_chk, (int dir, const char *path, char *b, size_t n, size_t room), (dir, to, b, n, room))
WRAP(char *, NULL, __realpath_chk, (const char *path, char *b, size_t room), (to, b, room))
WRAP(char *, NULL, canonicalize_file_name, (const char *path), (to))
WRAP_INT(truncate64, (const char *path, off64_t n), (to, n))
WRAP_INT(statfs64, (const char *path, struct statfs64 *st), (to, st))
WRAP_INT(statvfs64, (const char *restrict path, struct statvfs64 *restrict st), (to, st))
WRAP_INT(scandir64, (const char *restrict path, struct dirent64 ***restrict list, int (*want)(const struct dirent64 *),
		     int (*cmp)(const struct dirent64 **, const struct dirent64 **)), (to, list, want, cmp))
WRAP_INT(stat64, (const char *restrict path, struct stat64 *restrict st), (to, st))
WRAP_INT(lstat64, (const char *restrict path, struct stat64 *restrict st), (to, st))
WRAP_INT(fstatat64, (int dir, const char *restrict path, struct stat64 *restrict st, int flags), (dir, to, st, flags))

/* What they become in a program with _TIME_BITS=64, as ours are; its structures go through as they are. */
#if __TIMESIZE == 32
int __stat64_time64(const char *path, void *st);
int __lstat64_time64(const char *path, void *st);
int __fstatat64_time64(int dir, const char *path, void *st, int flags);
int __utimensat64(int dir, const char *path, const void *t, int flags);
WRAP_INT(__stat64_time64, (const char *path, void *st), (to, st))
WRAP_INT(__lstat64_time64, (const char *path, void *st), (to, st))
WRAP_INT(__fstatat64_time64, (int dir, const char *path, void *st, int flags), (dir, to, st, flags))
WRAP_INT(__utimensat64, (int dir, const char *path, const void *t, int flags), (dir, to, t, flags))
#endif

int __xstat(int ver, const char *path, struct stat *st);
int __xstat64(int ver, const char *path, struct stat64 *st);
int __lxstat(int ver, const char *path, struct stat *st);
int __lxstat64(int ver, const char *path, struct stat64 *st);
int __fxstatat(int ver, int dir, const char *path, struct stat *st, int flags);
int __fxstatat64(int ver, int dir, const char *path, struct stat64 *st, int flags);

/* Their only version in use has the layout of struct stat. */
FK_EXPORT int __xstat(int ver, const char *path, struct stat *st)
{
	(void)ver;
	return stat(path, st);
}

FK_EXPORT int __xstat64(int ver, const char *path, struct stat64 *st)
{
	(void)ver;
	return stat64(path, st);
}

FK_EXPORT int __lxstat(int ver, const char *path, struct stat *st)
{
	(void)ver;
	return lstat(path, st);
}

FK_EXPORT int __lxstat64(int ver, const char *path, struct stat64 *st)
{
	(void)ver;
	return lstat64(path, st);
}

FK_EXPORT int __fxstatat(int ver, int dir, const char *path, struct stat *st, int flags)
{
	(void)ver;
	return fstatat(dir, path, st, flags);
}

FK_EXPORT int __fxstatat64(int ver, int dir, const char *path, struct stat64 *st, int flags)
{
	(void)ver;
	return fstatat64(dir, path, st, flags);
}
#endif

/* mkstemp writes into its argument: the letters it chose are copied back. */
#define TEMP(name, params, args, tail) \
FK_EXPORT int name params \
{ \
	char buf[PATH_MAX]; \
	const char *to; \
	size_t n = strlen(path), end = (size_t)(tail); \
	int fd; \
	if (!fk_path(path, buf, &to)) \
		return -1; \
	if (to == path) \
		return NEXT(name) args(path); \
	fd = NEXT(name) args(buf); \
	if (n >= end + 6) \
		memcpy(path + n - end - 6, buf + strlen(buf) - end - 6, 6); \
	return fd; \
}
#define TEMP_PLAIN(p) (p)
#define TEMP_FLAGS(p) (p, flags)
#define TEMP_TAIL(p) (p, len)
#define TEMP_BOTH(p) (p, len, flags)
TEMP(mkstemp, (char *path), TEMP_PLAIN, 0)
TEMP(mkostemp, (char *path, int flags), TEMP_FLAGS, 0)
TEMP(mkstemps, (char *path, int len), TEMP_TAIL, len)
TEMP(mkostemps, (char *path, int len, int flags), TEMP_BOTH, len)
#ifdef __GLIBC__
TEMP(mkstemp64, (char *path), TEMP_PLAIN, 0)
TEMP(mkostemp64, (char *path, int flags), TEMP_FLAGS, 0)
TEMP(mkstemps64, (char *path, int len), TEMP_TAIL, len)
TEMP(mkostemps64, (char *path, int len, int flags), TEMP_BOTH, len)
#endif

/* ---- syscall(): the numbers we care for ------------------------------------------------------------------ */

static long answer(long r)
{
	if (r < 0) {
		errno = (int)-r;
		return -1;
	}
	return r;
}

FK_EXPORT long syscall(long nr, ...)
{
	char buf1[PATH_MAX], buf2[PATH_MAX];
	int at1 = -1, at2 = -1;	/* which arguments are paths */
	long a[6];
	va_list ap;

	va_start(ap, nr);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(ap, long);
	va_end(ap);

	switch (nr) {
	case SYS_finit_module:
		return answer(fk_finit_module((int)a[0], (const char *)a[1], (int)a[2]));
	case SYS_init_module:
		return answer(fk_init_module((const void *)a[0], (size_t)a[1], (const char *)a[2]));
	case SYS_delete_module:
		return answer(fk_delete_module((const char *)a[0], (unsigned int)a[1]));
	case SYS_uname:
		return answer(fk_uname((struct utsname *)a[0]));
#ifdef SYS_open
	case SYS_open:
		at1 = 0;
		break;
#endif
#ifdef SYS_renameat2
	case SYS_renameat2:
		at1 = 1;
		at2 = 3;
		break;
#endif
#ifdef SYS_openat2
	case SYS_openat2:
		at1 = 1;
		break;
#endif
#ifdef SYS_faccessat2
	case SYS_faccessat2:
		at1 = 1;
		break;
#endif
	case SYS_openat:
#ifdef SYS_statx
	case SYS_statx:
#endif
		at1 = 1;
		break;
	}
	if (at1 >= 0) {
		const char *to;

		if (!fk_path((const char *)a[at1], buf1, &to))
			return -1;
		a[at1] = (long)to;
	}
	if (at2 >= 0) {
		const char *to;

		if (!fk_path((const char *)a[at2], buf2, &to))
			return -1;
		a[at2] = (long)to;
	}
	return answer(fk_sys(nr, a[0], a[1], a[2], a[3], a[4], a[5]));
}

__attribute__((constructor)) static void start(void)
{
	fk_start();
	fk_script_check();
}
