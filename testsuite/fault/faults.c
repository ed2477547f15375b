/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For LD_PRELOAD, before everything else: what can go wrong goes wrong.
 *
 *	FAULT_ALLOC=N	the N-th allocation of the process fails, once
 *	FAULT_TOLD=FILE	is made when it did
 *	FAULT_SHORT=1	read, pread and write move at most 3 bytes
 *	FAULT_EINTR=1	every other one of them is interrupted before it moves any
 *
 * What the fake kernel does for itself is left alone, and so are shells; in a
 * build for coverage (WITH_LIBGCOV) what is done after main() as well.
 */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS /* pread and pread64 are two symbols here */
#undef _TIME_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static unsigned long to_go; /* allocations until one fails; 0: none will */
static bool make_short, interrupt;
static const char *told;
static uintptr_t kernel_begin, kernel_end; /* the code of the fake kernel */

/* dlsym() may allocate before it can say where malloc() is. */
static char early[4096] __attribute__((aligned(16)));
static size_t early_used;

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_reallocarray)(void *, size_t, size_t);
static void (*next_free)(void *);

static void *take_early(size_t size)
{
	void *p = early + early_used;

	early_used += (size + 15) & ~(size_t)15;
	return early_used <= sizeof(early) ? p : NULL;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof(early);
}

static int find_kernel(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	if (!strstr(info->dlpi_name, "fake-kernel.so"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && (p->p_flags & PF_X)) {
			kernel_begin = info->dlpi_addr + p->p_vaddr;
			kernel_end = kernel_begin + p->p_memsz;
		}
	}
	return 1;
}

static void find_next(void)
{
	static bool busy;

	if (next_free || busy)
		return;
	busy = true;
	next_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	next_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	next_reallocarray = (void *(*)(void *, size_t, size_t))dlsym(RTLD_NEXT, "reallocarray");
	next_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	busy = false;
}

__attribute__((constructor)) static void start(void)
{
	const char *n = getenv("FAULT_ALLOC");
	const char *slash = strrchr(program_invocation_name, '/');

	find_next();
	(void)dl_iterate_phdr(find_kernel, NULL);
	if (strcmp(slash ? slash + 1 : program_invocation_name, "sh") == 0)
		return;
	told = getenv("FAULT_TOLD");
	make_short = getenv("FAULT_SHORT") != NULL;
	interrupt = getenv("FAULT_EINTR") != NULL;
	to_go = n ? strtoul(n, NULL, 10) : 0; /* from here on */
}

#ifdef WITH_LIBGCOV
/* What counts asks for memory at the end, and believes that it gets it: its dying would tell nothing of the tool. */
static int (*real_main)(int argc, char **argv, char **envp);

static int until_it_ends(int argc, char **argv, char **envp)
{
	int r = real_main(argc, argv, envp);

	__atomic_store_n(&to_go, 0, __ATOMIC_RELAXED);
	return r;
}

typedef int start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		       void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
EXPORT start_main __libc_start_main;

EXPORT int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
			     void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	start_main *next = (start_main *)dlsym(RTLD_NEXT, "__libc_start_main");

	real_main = main;
	return next(until_it_ends, argc, argv, init, fini, rtld_fini, stack_end);
}
#endif

static bool from_kernel(const void *caller)
{
	return (uintptr_t)caller >= kernel_begin && (uintptr_t)caller < kernel_end;
}

static bool fails(const void *caller)
{
	if (__atomic_load_n(&to_go, __ATOMIC_RELAXED) == 0 || from_kernel(caller) ||
	    __atomic_fetch_sub(&to_go, 1, __ATOMIC_RELAXED) != 1)
		return false;
	if (told)
		(void)syscall(SYS_close, (int)syscall(SYS_openat, AT_FDCWD, told, O_CREAT | O_WRONLY, 0600));
	errno = ENOMEM;
	return true;
}

EXPORT void *malloc(size_t size)
{
	find_next();
	if (!next_malloc)
		return take_early(size);
	return fails(__builtin_return_address(0)) ? NULL : next_malloc(size);
}

EXPORT void *calloc(size_t n, size_t size)
{
	find_next();
	if (!next_calloc)
		return take_early(n * size);
	return fails(__builtin_return_address(0)) ? NULL : next_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t size)
{
	find_next();
	return fails(__builtin_return_address(0)) ? NULL : next_realloc(p, size);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	find_next();
	return fails(__builtin_return_address(0)) ? NULL : next_reallocarray(p, n, size);
}

EXPORT void free(void *p)
{
	find_next();
	if (!is_early(p) && next_free)
		next_free(p);
}

/* ---- transfers ------------------------------------------------------------- */

static size_t cut(size_t size)
{
	return make_short && size > 3 ? 3 : size;
}

static bool interrupted(const void *caller)
{
	static unsigned turn;

	if (!interrupt || from_kernel(caller) || turn++ % 2)
		return false;
	errno = EINTR;
	return true;
}

#define NEXT(f) ({ \
	static __typeof__(f) *next_; \
	if (!next_) \
		next_ = (__typeof__(f) *)dlsym(RTLD_NEXT, #f); \
	next_; \
})
#define MOVE(name, params, ...) \
	EXPORT ssize_t name params \
	{ \
		if (from_kernel(__builtin_return_address(0))) \
			return NEXT(name)(__VA_ARGS__); \
		if (interrupted(__builtin_return_address(0))) \
			return -1; \
		size = cut(size); \
		return NEXT(name)(__VA_ARGS__); \
	}

MOVE(read, (int fd, void *buf, size_t size), fd, buf, size)
MOVE(pread, (int fd, void *buf, size_t size, off_t at), fd, buf, size, at)
#ifndef pread64 /* musl has one function, and a macro for the other name */
MOVE(pread64, (int fd, void *buf, size_t size, off64_t at), fd, buf, size, at)
#endif
MOVE(write, (int fd, const void *buf, size_t size), fd, buf, size)
