/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wraps the calls that take a path or a module, so that a test's own tree and kernel answer. */
#include "testsuite/unit/fake-root.h"

#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/modname.h"
#include "shared/path.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/oom.h"

static char top[PATH_MAX]; /* the tree; "": none */
static int home = -1; /* where we came from */
static bool at_secure;
static char calls[16384]; /* as text; not allocated, since memory may be out when it is written */
static size_t calls_len;
static unsigned n_calls;
int (*kernel_answers)(const struct kernel_call *call);

/* ---- where paths lead ------------------------------------------------------ */

const char *oom_path(const char *path)
{
	static const char *const ours[] = { "/lib/modules", "/sys", "/proc", "/etc", "/run", "/usr" };
	static _Thread_local char to[2 * PATH_MAX];

	for (size_t i = 0; top[0] && i < ARRAY_SIZE(ours); i++) {
		const char *rest = str_after(path, ours[i]);

		if (!rest || (*rest != '/' && *rest != '\0'))
			continue;
		(void)snprintf(to, sizeof(to), "%s%s", top, path);
		return to;
	}
	return path;
}

static char vanishing[PATH_MAX]; /* path that vanishes when it is opened */
static int vanished_fd = -1;
static char watched[PATH_MAX];
static unsigned watched_left;
static void (*watched_change)(void);

static char closed_to_us[PATH_MAX]; /* "": nothing */
static int closed_error;

static bool fails(const char *path)
{
	if (!closed_to_us[0] || !str_after(path, closed_to_us))
		return false;
	errno = closed_error;
	return true;
}

static int opened(const char *path, int fd)
{
	if (fd >= 0 && streq(path, vanishing)) {
		vanishing[0] = '\0';
		vanished_fd = fd;
		take_away(oom_path(path));
	}
	return fd;
}

static const char *asked(const char *path)
{
	if (watched_left > 0 && streq(path, watched) && --watched_left == 0)
		watched_change();
	return oom_path(path);
}

/* With the large-file variants that 32-bit systems turn these into. */
#define WRAP(type, name, params, args) \
	type __real_##name params;  \
	type __wrap_##name params;  \
	type __wrap_##name params   \
	{                           \
		return args;        \
	}
WRAP(int, open, (const char *path, int flags, int mode),
     fails(path) ? -1 : opened(path, __real_open(asked(path), flags, mode)))
WRAP(int, openat, (int dir, const char *path, int flags, int mode),
     fails(path) ? -1 : opened(path, __real_openat(dir, asked(path), flags, mode)))
WRAP(int, stat, (const char *path, struct stat *st), __real_stat(asked(path), st))
WRAP(int, access, (const char *path, int mode), __real_access(asked(path), mode))
WRAP(char *, secure_getenv, (const char *name), at_secure ? NULL : __real_secure_getenv(name))
#ifdef __GLIBC__ /* what open() becomes under _FORTIFY_SOURCE */
WRAP(int, __open_2, (const char *path, int flags),
     fails(path) ? -1 : opened(path, __real___open_2(oom_path(path), flags)))
WRAP(int, __open64_2, (const char *path, int flags),
     fails(path) ? -1 : opened(path, __real___open64_2(oom_path(path), flags)))
WRAP(int, __openat_2, (int dir, const char *path, int flags),
     fails(path) ? -1 : opened(path, __real___openat_2(dir, oom_path(path), flags)))
WRAP(int, __openat64_2, (int dir, const char *path, int flags),
     fails(path) ? -1 : opened(path, __real___openat64_2(dir, oom_path(path), flags)))
#endif
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
WRAP(int, open64, (const char *path, int flags, int mode),
     fails(path) ? -1 : opened(path, __real_open64(asked(path), flags, mode)))
WRAP(int, openat64, (int dir, const char *path, int flags, int mode),
     fails(path) ? -1 : opened(path, __real_openat64(dir, asked(path), flags, mode)))
WRAP(int, stat64, (const char *path, struct stat *st), __real_stat64(asked(path), st))
WRAP(int, __stat64_time64, (const char *path, struct stat *st),
     __real___stat64_time64(asked(path), st))
#endif

ssize_t __real_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	if (fd < 0 || fd != vanished_fd)
		return __real_read(fd, buf, size);
	vanished_fd = -1;
	errno = ENODEV;
	return -1;
}

int __real_uname(struct utsname *u);
int __wrap_uname(struct utsname *u);
int __wrap_uname(struct utsname *u)
{
	int r = __real_uname(u);

	(void)snprintf(u->release, sizeof(u->release), "%s", path_base(ROOT_MODULES));
	(void)snprintf(u->machine, sizeof(u->machine), "x86_64");
	return r;
}

void vanish_when_opened(const char *path)
{
	(void)snprintf(vanishing, sizeof(vanishing), "%s", path);
}

void when_asked(const char *path, unsigned n, void (*change)(void))
{
	(void)snprintf(watched, sizeof(watched), "%s", path);
	watched_left = n;
	watched_change = change;
}

void opening_fails(const char *begin, int error)
{
	(void)snprintf(closed_to_us, sizeof(closed_to_us), "%s", begin ? begin : "");
	closed_error = error;
}

void set_at_secure(bool on)
{
	at_secure = on;
}

/* ---- the module loader ----------------------------------------------------- */

static const char *file_of(int fd, char name[static MODNAME_MAX + 1])
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = fd < 0 ? -1 : readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return "-";
	path[n] = '\0';
	(void)modname_from_path(path, name);
	return name;
}

int kernel_obeys(const struct kernel_call *call)
{
	char path[2 * PATH_MAX];

	if (call->call == FINIT_MODULE && streq(call->module, "-"))
		return -EBADF;
	if (call->call == DELETE_MODULE) {
		(void)snprintf(path, sizeof(path), "%s/sys/module/%.255s", top, call->module);
		if (access(path, F_OK) < 0)
			return -ENOENT;
		take_away(path);
	} else if (!streq(call->module, "-")) {
		put_module(call->module, "live\n");
	}
	return 0;
}

static long answer(struct kernel_call *call)
{
	static const char *const words[] = { "finit", "init", "delete" };
	size_t number = call->call == INIT_MODULE ? call->size : call->flags;
	int r;

	call->number = ++n_calls;
	calls_len += (size_t)snprintf(calls + calls_len, sizeof(calls) - calls_len,
				      "%s %s %zx%s%s%s; ", words[call->call], call->module, number,
				      call->options ? " <" : "", call->options ? call->options : "",
				      call->options ? ">" : "");
	assert_true(calls_len < sizeof(calls));
	r = kernel_answers ? kernel_answers(call) : kernel_obeys(call);
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

long __real_syscall(long nr, ...);
long __wrap_syscall(long nr, ...);
long __wrap_syscall(long nr, ...)
{
	char name[MODNAME_MAX + 1];
	struct kernel_call call = { 0 };
	long other[6];
	va_list args;

	va_start(args, nr);
	switch (nr) {
	case SYS_finit_module:
		call.call = FINIT_MODULE;
		call.module = file_of(va_arg(args, int), name);
		call.options = va_arg(args, const char *);
		call.flags = (unsigned)va_arg(args, int);
		break;
	case SYS_init_module:
		call.call = INIT_MODULE;
		call.module = "-";
		call.image = va_arg(args, const void *);
		call.size = va_arg(args, size_t);
		call.options = va_arg(args, const char *);
		break;
	case SYS_delete_module:
		call.call = DELETE_MODULE;
		call.module = va_arg(args, const char *);
		call.flags = va_arg(args, unsigned);
		break;
	default:
		for (size_t i = 0; i < ARRAY_SIZE(other); i++)
			other[i] = va_arg(args, long); /* those that are not there are not looked at */
		va_end(args);
		return __real_syscall(nr, other[0], other[1], other[2], other[3], other[4], other[5]);
	}
	va_end(args);
	return answer(&call);
}

const char *kernel_calls(void)
{
	return calls;
}

void kernel_forget(void)
{
	calls[0] = '\0';
	calls_len = 0;
	n_calls = 0;
}

/* ---- the tree -------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void take_away(const char *path)
{
	if (access(path, F_OK) == 0)
		assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void make_parents(const char *path)
{
	char dir[PATH_MAX];

	(void)snprintf(dir, sizeof(dir), "%s", path);
	for (char *at = dir + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		assert_true(mkdir(dir, 0755) == 0 || errno == EEXIST);
		*at = '/';
	}
}

void put_dir(const char *path)
{
	make_parents(path);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
}

void put_bytes(const char *path, const void *bytes, size_t size)
{
	auto_close int fd = -1;

	make_parents(path);
	fd = __real_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, bytes, size), 0);
}

void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

void make_older(const char *path)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { 1000000000, 5000 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

void put_module(const char *name, const char *state)
{
	char path[2 * PATH_MAX];
	const char *const text[][2] = { { "refcnt", "0\n" }, { "initstate", state } };

	(void)snprintf(path, sizeof(path), "%s/sys/module/%.255s/holders", top, name);
	put_dir(path);
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		(void)snprintf(path, sizeof(path), "%s/sys/module/%.255s/%s", top, name, text[i][0]);
		put(path, text[i][1]);
	}
}

/* What make check makes; by hand, in the build directory. */
static const char *fixtures(void)
{
	static char dir[PATH_MAX];
	const char *env = getenv("FIXTURES");

	if (!dir[0])
		assert_non_null(realpath(env ? env : "fixtures", dir));
	return dir;
}

void root_copy(const char *fixture)
{
	char command[2 * PATH_MAX];

	(void)snprintf(command, sizeof(command), "cp -R '%s/%s/.' .", fixtures(), fixture);
	assert_int_equal(system(command), 0);
}

const char *root_path(void)
{
	return top;
}

int root_enter(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char name[PATH_MAX];

	(void)state;
	(void)fixtures(); /* before we leave */
	home = __real_open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	(void)snprintf(name, sizeof(name), "%s/kmod-unit-XXXXXX", tmp ? tmp : "/tmp");
	if (home < 0 || !mkdtemp(name) || !realpath(name, top) || chdir(top) < 0)
		return -1;
	(void)catch_log();
	kernel_answers = NULL;
	kernel_forget();
	return 0;
}

int root_enter_api(void **state)
{
	int r = root_enter(state);

	if (r == 0)
		root_copy("api");
	return r;
}

int root_leave(void **state)
{
	int r = fchdir(home);

	(void)state;
	(void)oom_fired();
	(void)close(home);
	take_away(top);
	top[0] = vanishing[0] = closed_to_us[0] = '\0';
	watched_left = 0;
	vanished_fd = -1;
	return r;
}

/* ---- contexts and lists ---------------------------------------------------- */

struct kmod_ctx *new_context(const char *const *config_paths)
{
	struct kmod_ctx *ctx = kmod_new(ROOT_MODULES, config_paths);
	const struct log *log = catch_log();

	assert_non_null(ctx);
	kmod_set_log_fn(ctx, log->sink, log->data);
	return ctx;
}

struct kmod_ctx *context_with(const char *conf)
{
	put("conf/test.conf", conf);
	return new_context(PATHS("conf"));
}

struct kmod_module *by_name(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod = NULL;

	assert_int_equal(kmod_module_new_from_name(ctx, name, &mod), 0);
	assert_non_null(mod);
	return mod;
}

struct kmod_module *by_alias(struct kmod_ctx *ctx, const char *alias)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	assert_int_equal(kmod_module_new_from_lookup(ctx, alias, &list), 0);
	assert_non_null(list);
	assert_null(kmod_list_next(list, list));
	mod = kmod_module_get_module(list);
	assert_int_equal(kmod_module_unref_list(list), 0);
	return mod;
}

const char *names_of(const struct kmod_list *list)
{
	static char text[8192];
	const struct kmod_list *l;
	size_t n = 0;

	text[0] = '\0';
	kmod_list_foreach(l, list) {
		struct kmod_module *mod = kmod_module_get_module(l);

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "",
				      kmod_module_get_name(mod));
		assert_true(n < sizeof(text));
		(void)kmod_module_unref(mod);
	}
	return text;
}

const char *names_of_taken(struct kmod_list *list)
{
	const char *text = names_of(list);

	assert_int_equal(kmod_module_unref_list(list), 0);
	return text;
}

const char *names_for(struct kmod_ctx *ctx, const char *alias)
{
	struct kmod_list *list = NULL;

	assert_int_equal(kmod_module_new_from_lookup(ctx, alias, &list), 0);
	return names_of_taken(list);
}
