/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkmod: load, remove and look up kernel modules.
 *
 * Everything hangs off a context (kmod_new()). A context and what came out of
 * it is used by one thread at a time; two contexts are independent.
 *
 * Functions that return int give 0 or a positive value for success and a
 * negative errno for failure; NULL for a mandatory object is never a crash.
 * Output arguments are written on success only. Strings returned as const
 * char * belong to the object they were asked from. Lists that a function
 * returns belong to the caller, with one reference on each module in them.
 *
 * "Since" is the release of libkmod.so.2 (the number after LIBKMOD_ in the
 * symbol versions); LIVE_1 marks additions of this implementation.
 */
#ifndef _LIBKMOD_H_
#define _LIBKMOD_H_

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kmod_ctx;
struct kmod_list;
struct kmod_module;
struct kmod_config_iter;

/* ---- context ------------------------------------------------------------- */

/**
 * kmod_new - a new context
 * @dirname: where the modules and their indexes are. NULL: the module directory
 *	of the running kernel. A relative name is made absolute as text.
 * @config_paths: files and directories to read instead of the default ones,
 *	NULL-terminated. NULL: the defaults. An array of only NULL: none. Not
 *	kept after the call.
 *
 * Reads the whole configuration; opens no index. Nothing named here has to
 * exist. The environment variable KMOD_LOG sets the log priority, except in a
 * set-user-id program.
 *
 * Return: a context with one reference, to be given back with kmod_unref(), or
 * NULL: errno is ENOMEM, or says why the current directory or the kernel release
 * cannot be asked (ENAMETOOLONG, ENOENT, ...).
 * Since: 5
 */
struct kmod_ctx *kmod_new(const char *dirname, const char *const *config_paths);

/**
 * kmod_new_logged - kmod_new(), with what is said meanwhile going to the caller
 * @log_fn, @data: as for kmod_set_log_fn(), from the first message on; NULL: as
 *	kmod_new()
 *
 * Return: as kmod_new().
 * Since: LIVE_1
 */
struct kmod_ctx *kmod_new_logged(const char *dirname, const char *const *config_paths,
				 void (*log_fn)(void *data, int priority, const char *file,
						int line, const char *fn, const char *format,
						va_list args),
				 const void *data);

/**
 * kmod_ref - take a reference
 * Return: @ctx; NULL for NULL.
 * Since: 5
 */
struct kmod_ctx *kmod_ref(struct kmod_ctx *ctx);

/**
 * kmod_unref - give a reference back
 * Each live module holds a reference too: the context ends with the last one.
 *
 * Return: @ctx while references remain, NULL when it was freed (or was NULL).
 * Since: 5
 */
struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx);

/**
 * kmod_get_userdata - the pointer stored with kmod_set_userdata(), initially NULL
 * Since: 5
 */
void *kmod_get_userdata(const struct kmod_ctx *ctx);

/**
 * kmod_set_userdata - store a pointer; it stays the caller's
 * Since: 5
 */
void kmod_set_userdata(struct kmod_ctx *ctx, const void *userdata);

/**
 * kmod_get_dirname - absolute module directory of the context, owned by it
 * Return: never NULL, except for a NULL @ctx.
 * Since: 22
 */
const char *kmod_get_dirname(const struct kmod_ctx *ctx);

/**
 * kmod_set_log_fn - where messages go
 * @log_fn: called for each message whose priority passes; NULL discards all.
 *	@format ends in a newline and may hold %m.
 * @data: handed to @log_fn, stays the caller's.
 * Since: 5
 */
void kmod_set_log_fn(struct kmod_ctx *ctx,
		     void (*log_fn)(void *data, int priority, const char *file, int line,
				    const char *fn, const char *format, va_list args),
		     const void *data);

/**
 * kmod_get_log_priority - syslog priority up to which messages are delivered; -1 for NULL
 * Since: 5
 */
int kmod_get_log_priority(const struct kmod_ctx *ctx);

/**
 * kmod_set_log_priority - deliver messages up to this syslog priority (LOG_ERR at first)
 * Since: 5
 */
void kmod_set_log_priority(struct kmod_ctx *ctx, int priority);

/**
 * kmod_set_wait_limits - how long a probe waits for others
 * @coming_msec: milliseconds for a module somebody else is loading (180000)
 * @going_msec: milliseconds for a module that is being unloaded, and for
 *	loads repeated because they lost to an unload (10000)
 *
 * Return: 0, or -ENOENT for a NULL @ctx.
 * Since: LIVE_1
 */
int kmod_set_wait_limits(struct kmod_ctx *ctx, unsigned int coming_msec, unsigned int going_msec);

/* ---- indexes ------------------------------------------------------------- */

/** enum kmod_resources - what kmod_validate_resources() answers. Since: 5 */
enum kmod_resources {
	KMOD_RESOURCES_OK = 0,
	KMOD_RESOURCES_MUST_RELOAD = 1,
	KMOD_RESOURCES_MUST_RECREATE = 2,
};

/** enum kmod_index - what kmod_dump_index() can write. Since: 5 */
__extension__ enum kmod_index {
	KMOD_INDEX_MODULES_DEP = 0,
	KMOD_INDEX_MODULES_ALIAS = 1,
	KMOD_INDEX_MODULES_SYMBOL = 2,
	KMOD_INDEX_MODULES_BUILTIN_ALIAS = 3,
	KMOD_INDEX_MODULES_BUILTIN = 4,
	/* keeps the type 32 bits wide and unsigned; why it is an extension before C23 */
	_KMOD_INDEX_PAD = 1U << 31,
};

/**
 * kmod_load_resources - read all indexes now, and keep them as they are
 * Never needed: each index is opened when it is first asked for, and checked
 * for changes by one stat() at each use. After this call changes go unnoticed
 * until kmod_unload_resources(); see kmod_validate_resources().
 *
 * Return: 0; -ENOENT also for a NULL @ctx; -errno of opening an index; -EINVAL:
 * a file is no index (logged); -EFBIG; -ENOMEM. On failure none is kept and lookups still work.
 * modules.builtin.alias.bin is optional.
 * Since: 5
 */
int kmod_load_resources(struct kmod_ctx *ctx);

/**
 * kmod_unload_resources - undo kmod_load_resources(); may be called at any time
 * Since: 5
 */
void kmod_unload_resources(struct kmod_ctx *ctx);

/**
 * kmod_validate_resources - is what the context knows still true?
 * Only stat() calls. Looks at the configuration paths that existed at
 * kmod_new(), and at the indexes that kmod_load_resources() loaded.
 *
 * Return: KMOD_RESOURCES_OK; _MUST_RELOAD: an index changed, unload and load
 * again; _MUST_RECREATE: the configuration changed (or @ctx is NULL), make a new
 * context.
 * Since: 5
 */
int kmod_validate_resources(struct kmod_ctx *ctx);

/**
 * kmod_dump_index - write an index as text, one "key value" per line
 * @fd: written to with write(2), stays the caller's
 *
 * Return: 0; -ENOENT: no such @type; -ENOSYS: NULL @ctx or no usable index;
 * -errno of write, or of what kept it from being read; -ENOMEM.
 * Since: 5
 */
int kmod_dump_index(struct kmod_ctx *ctx, enum kmod_index type, int fd);

/* ---- lists --------------------------------------------------------------- */

/**
 * kmod_list_next - the element after @curr
 * Return: NULL at the end of @list, or if an argument is NULL.
 * Since: 5
 */
struct kmod_list *kmod_list_next(const struct kmod_list *list, const struct kmod_list *curr);

/**
 * kmod_list_prev - the element before @curr
 * Return: NULL at the beginning of @list, or if an argument is NULL.
 * Since: 5
 */
struct kmod_list *kmod_list_prev(const struct kmod_list *list, const struct kmod_list *curr);

/**
 * kmod_list_last - the last element; NULL for NULL
 * Since: 5
 */
struct kmod_list *kmod_list_last(const struct kmod_list *list);

/** kmod_list_foreach - loop over a list, from its first element. Since: 5 */
#define kmod_list_foreach(curr, list) \
	for ((curr) = (list); (curr) != NULL; (curr) = kmod_list_next((list), (curr)))

/** kmod_list_foreach_reverse - loop over a list, from its last element. Since: 5 */
#define kmod_list_foreach_reverse(curr, list) \
	for ((curr) = kmod_list_last(list); (curr) != NULL; (curr) = kmod_list_prev((list), (curr)))

/* ---- configuration ------------------------------------------------------- */

/**
 * kmod_config_get_blacklists - iterate over blacklisted modules (key; no value)
 * Ownership, this one and the next six: an iterator of the caller's, for
 * kmod_config_iter_free_iter() before the context goes; rules come in reading
 * order. Call kmod_config_iter_next() before the first access.
 * Return: NULL for a NULL @ctx or lack of memory.
 * Since: 5
 */
struct kmod_config_iter *kmod_config_get_blacklists(const struct kmod_ctx *ctx);
/** kmod_config_get_install_commands - key: module or pattern, value: command. Since: 5 */
struct kmod_config_iter *kmod_config_get_install_commands(const struct kmod_ctx *ctx);
/** kmod_config_get_remove_commands - key: module or pattern, value: command. Since: 5 */
struct kmod_config_iter *kmod_config_get_remove_commands(const struct kmod_ctx *ctx);
/** kmod_config_get_aliases - key: pattern, value: module. Since: 5 */
struct kmod_config_iter *kmod_config_get_aliases(const struct kmod_ctx *ctx);
/** kmod_config_get_options - key: module or alias, value: options. Since: 5 */
struct kmod_config_iter *kmod_config_get_options(const struct kmod_ctx *ctx);
/** kmod_config_get_softdeps - key: module, value: "pre: a b post: c". Since: 5 */
struct kmod_config_iter *kmod_config_get_softdeps(const struct kmod_ctx *ctx);
/** kmod_config_get_weakdeps - key: module, value: "a b". Since: 33 */
struct kmod_config_iter *kmod_config_get_weakdeps(const struct kmod_ctx *ctx);

/**
 * kmod_config_iter_get_key - key of the current rule, owned by the context
 * Return: NULL before the first and after the last rule.
 * Since: 5
 */
const char *kmod_config_iter_get_key(const struct kmod_config_iter *iter);

/**
 * kmod_config_iter_get_value - value of the current rule
 * Owned by the context; for softdeps and weakdeps by the iterator, until the
 * next call on it.
 * Return: NULL before the first and after the last rule, for blacklists, and
 * for lack of memory.
 * Since: 5
 */
const char *kmod_config_iter_get_value(const struct kmod_config_iter *iter);

/**
 * kmod_config_iter_next - step to the next rule
 * Return: false at the end; the next call then starts over.
 * Since: 5
 */
bool kmod_config_iter_next(struct kmod_config_iter *iter);

/** kmod_config_iter_free_iter - free an iterator; NULL is fine. Since: 5 */
void kmod_config_iter_free_iter(struct kmod_config_iter *iter);

/* ---- making modules ------------------------------------------------------ */

/**
 * kmod_module_new_from_name - the module of that name, whether it exists or not
 * @name: up to its first dot, dashes count as underscores
 * @mod: gets a reference for the caller
 *
 * Return: 0; -ENOENT: an argument is NULL; -ENOMEM.
 * Since: 5
 */
int kmod_module_new_from_name(struct kmod_ctx *ctx, const char *name, struct kmod_module **mod);

/**
 * kmod_module_new_from_path - the module in that file
 * The file must exist; it is not opened. Its name is that of the file.
 *
 * Return: 0; -ENOENT: an argument is NULL, or the path ends in '/'; -errno of
 * stat(); -EEXIST: the context has a module of this name from another path;
 * -ENOMEM: also when the current directory cannot be asked.
 * Since: 5
 */
int kmod_module_new_from_path(struct kmod_ctx *ctx, const char *path, struct kmod_module **mod);

/**
 * kmod_module_new_from_lookup - the modules an alias or name stands for
 * @list: must point to NULL; gets a list for kmod_module_unref_list()
 *
 * Return: 0, also with an empty list when nothing matched; -ENOENT: @ctx or
 * @given_alias is NULL; -ENOSYS: @list is NULL or points to a list; -EINVAL:
 * unbalanced brackets; -ENAMETOOLONG; -ENOMEM; -EMFILE, -ENFILE, -EIO and the like:
 * an index could not be read now. One that is missing, damaged or not for this user
 * to read knows nothing, which is no error.
 * Since: 5
 */
int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *given_alias,
				struct kmod_list **list);

/**
 * kmod_explain_lookup - why a name stands for no module, in words
 * For who got an empty list: the directory is missing, or an index, or the file
 * is in no index, or which names are near.
 * @text: one line without a newline, to be given to free()
 *
 * Return: 0; -ENOENT: an argument is NULL; -ENOSYS: a build without reasons
 * (--enable-small); -ENOMEM.
 * Since: LIVE_1
 */
int kmod_explain_lookup(struct kmod_ctx *ctx, const char *name, char **text);

/**
 * kmod_module_new_from_name_lookup - the module of that name, if an index knows it
 * @mod: gets a reference for the caller; untouched when nothing was found
 *
 * Return: 0, found or not; -ENOENT: an argument is NULL; -ENOMEM; -errno of reading
 * an index, as kmod_module_new_from_lookup().
 * Since: 30
 */
int kmod_module_new_from_name_lookup(struct kmod_ctx *ctx, const char *modname,
				     struct kmod_module **mod);

/**
 * kmod_module_new_from_loaded - the modules the kernel lists in /proc/modules
 * @list: overwritten with a list for kmod_module_unref_list()
 *
 * Return: 0; -ENOENT: an argument is NULL; -errno of opening /proc/modules;
 * -ENOMEM.
 * Since: 5
 */
int kmod_module_new_from_loaded(struct kmod_ctx *ctx, struct kmod_list **list);

/** kmod_module_ref - take a reference; returns @mod, NULL for NULL. Since: 5 */
struct kmod_module *kmod_module_ref(struct kmod_module *mod);

/**
 * kmod_module_unref - give a reference back
 * Return: @mod while references remain, else NULL.
 * Since: 5
 */
struct kmod_module *kmod_module_unref(struct kmod_module *mod);

/** kmod_module_unref_list - give back a list and its references; always 0. Since: 5 */
int kmod_module_unref_list(struct kmod_list *list);

/**
 * kmod_module_get_module - the module in a list element, with a reference for the caller
 * Return: NULL for NULL.
 * Since: 5
 */
struct kmod_module *kmod_module_get_module(const struct kmod_list *entry);

/* ---- what is known of a module ------------------------------------------- */

/** kmod_module_get_name - its name, owned by @mod; NULL for NULL. Since: 5 */
const char *kmod_module_get_name(const struct kmod_module *mod);

/**
 * kmod_module_get_path - its file, owned by @mod
 * Return: NULL: built in, or no index knows it, or errno is set: the index could not
 * be asked now (ENOMEM, EMFILE, ...). The file may be gone.
 * Since: 5
 */
const char *kmod_module_get_path(const struct kmod_module *mod);

/**
 * kmod_module_get_options - options of the configuration, joined, owned by @mod
 * Return: NULL: none, or no memory.
 * Since: 5
 */
const char *kmod_module_get_options(const struct kmod_module *mod);

/** kmod_module_get_install_commands - command instead of inserting, or NULL; owned by the context. Since: 5 */
const char *kmod_module_get_install_commands(const struct kmod_module *mod);

/** kmod_module_get_remove_commands - command instead of removing, or NULL; owned by the context. Since: 5 */
const char *kmod_module_get_remove_commands(const struct kmod_module *mod);

/**
 * kmod_module_get_dependencies - modules it needs, in load order
 * Return: a list for kmod_module_unref_list(); NULL: none, unknown, or errno is set: no
 * memory (ENOMEM), the index could not be asked (EMFILE, ...), or the file of one is
 * missing (logged).
 * Since: 5
 */
struct kmod_list *kmod_module_get_dependencies(const struct kmod_module *mod);

/**
 * kmod_module_get_softdeps - modules wanted before and after it, not required
 * All softdep rules that match count, in reading order, each module once.
 * @pre, @post: must point to NULL; each gets a list for kmod_module_unref_list()
 *
 * Return: 0; -ENOENT: an argument is NULL; -EINVAL: a list is not empty; -ENOMEM,
 * -EMFILE, -ENFILE: not all could be looked up.
 * Since: 5
 */
int kmod_module_get_softdeps(const struct kmod_module *mod, struct kmod_list **pre,
			     struct kmod_list **post);

/**
 * kmod_module_get_weakdeps - modules it may ask for later
 * All weakdep rules that match count, in reading order, each module once.
 * @weak: must point to NULL; gets a list for kmod_module_unref_list()
 *
 * Return: as kmod_module_get_softdeps().
 * Since: 33
 */
int kmod_module_get_weakdeps(const struct kmod_module *mod, struct kmod_list **weak);

/** enum kmod_filter - what kmod_module_apply_filter() leaves out. Since: 6 */
enum kmod_filter {
	KMOD_FILTER_BLACKLIST = 0x00001,
	KMOD_FILTER_BUILTIN = 0x00002,
};

/**
 * kmod_module_apply_filter - copy of @input without blacklisted / built-in modules
 * @filter_type: KMOD_FILTER_* or-ed
 * @output: overwritten with a list for kmod_module_unref_list(), or NULL
 *
 * Return: 0; -ENOENT: @ctx or @output is NULL; -ENOMEM; -errno of reading the index
 * of built-in ones, as kmod_module_new_from_lookup().
 * Since: 6
 */
int kmod_module_apply_filter(const struct kmod_ctx *ctx, enum kmod_filter filter_type,
			     const struct kmod_list *input, struct kmod_list **output);

/** kmod_module_get_filtered_blacklist - kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, ...). Since: 5 */
int kmod_module_get_filtered_blacklist(const struct kmod_ctx *ctx, const struct kmod_list *input,
				       struct kmod_list **output) __attribute__((deprecated));

/* ---- what the kernel says ------------------------------------------------ */

/** enum kmod_module_initstate - where in its life a module is. Since: 5 */
__extension__ enum kmod_module_initstate {
	KMOD_MODULE_BUILTIN = 0,
	KMOD_MODULE_LIVE = 1,
	KMOD_MODULE_COMING = 2,
	KMOD_MODULE_GOING = 3,
	/* as _KMOD_INDEX_PAD */
	_KMOD_MODULE_PAD = 1U << 31,
};

/** kmod_module_initstate_str - "builtin", "live", "coming", "going", or NULL. Since: 5 */
const char *kmod_module_initstate_str(enum kmod_module_initstate state);

/**
 * kmod_module_get_initstate - where in its life a module is
 * The built-in index is asked first; a directory in /sys/module without an
 * initstate file is a module on its way: COMING, never BUILTIN.
 *
 * Return: an enum kmod_module_initstate; -ENOENT: not in the kernel, or NULL;
 * -EINVAL: the kernel said a word we do not know; -errno of reading, also of the index.
 * Since: 5
 */
int kmod_module_get_initstate(const struct kmod_module *mod);

/**
 * kmod_module_observe - where in its life a module is, by all there is to see
 * A directory without an initstate file is what a module has for a moment when
 * it comes and when it goes, and what built-in code may have for ever: the rest
 * of the directory and /proc/modules tell which, so that one can wait for it.
 * A module is gone when neither shows it.
 * @from: KMOD_MODULE_COMING or KMOD_MODULE_GOING: stay while it is so,
 * @msec: at most that many milliseconds; 0: answer at once
 *
 * Return: an enum kmod_module_initstate, which is @from when the time was over;
 * -ENOENT: not in the kernel, or NULL; -ENODATA: it cannot be seen from here
 * (neither /sys/module nor /proc/modules, a list that could not be read just
 * now, or a word we do not know).
 * Since: LIVE_1
 */
int kmod_module_observe(const struct kmod_module *mod, enum kmod_module_initstate from,
			unsigned int msec);

/**
 * kmod_module_get_refcnt - how many users a loaded module has
 * Return: the count (-1 while it is being removed); -ENOENT: not loaded, built
 * in, or NULL; -EINVAL: not a number; -errno of reading.
 * Since: 5
 */
int kmod_module_get_refcnt(const struct kmod_module *mod);

/**
 * kmod_module_get_size - memory a loaded module takes, in bytes (core part)
 * Return: the size; -ENOENT: not loaded, or NULL; -EINVAL: not a number; -errno.
 * Since: 5
 */
long kmod_module_get_size(const struct kmod_module *mod);

/**
 * kmod_module_get_holders - modules that use this one, as a snapshot
 * Return: a list for kmod_module_unref_list(); NULL: none, or could not ask, and then
 * errno says why.
 * Since: 5
 */
struct kmod_list *kmod_module_get_holders(const struct kmod_module *mod);

/**
 * kmod_module_get_sections - sections of a loaded module and where they are
 * Return: a list for kmod_module_section_free_list(); NULL: none, or could not ask.
 * Since: 5
 */
struct kmod_list *kmod_module_get_sections(const struct kmod_module *mod);
/** kmod_module_section_get_name - owned by the list; NULL for NULL. Since: 5 */
const char *kmod_module_section_get_name(const struct kmod_list *entry);
/** kmod_module_section_get_address - ULONG_MAX for NULL. Since: 5 */
unsigned long kmod_module_section_get_address(const struct kmod_list *entry);
/** kmod_module_section_free_list - NULL is fine. Since: 5 */
void kmod_module_section_free_list(struct kmod_list *list);

/* ---- loading and removing ------------------------------------------------ */

/** enum kmod_insert - for kmod_module_insert_module(). Since: 5 */
enum kmod_insert {
	KMOD_INSERT_FORCE_VERMAGIC = 0x1,
	KMOD_INSERT_FORCE_MODVERSION = 0x2,
};

/**
 * kmod_module_insert_module - one raw attempt to insert exactly this module
 * No dependencies, no configuration, no look at its state, no waiting. The
 * kernel gets a compressed file as it is when it says that it can read it, and
 * the contents in a second attempt when its answer may be that of its decoder.
 * @flags: KMOD_INSERT_* or-ed; other bits are ignored
 * @options: module parameters, NULL for none
 *
 * Return: 0; -ENOENT: NULL, or no file is known; what reading the file gave
 * (-EINVAL damaged, -EFBIG too large, -ENOSYS a compression library is missing,
 * -ENODATA or -ENOEXEC forced and not possible, -ENOMEM, -errno of open);
 * else what the kernel answered (-EEXIST, -EBUSY, -EPERM, -ENOEXEC, ...).
 * Since: 5
 */
int kmod_module_insert_module(struct kmod_module *mod, unsigned int flags, const char *options);

/** enum kmod_probe - for kmod_module_probe_insert_module(). Since: 5 */
enum kmod_probe {
	/* codes below can be used in return value, too */
	KMOD_PROBE_FORCE_VERMAGIC = 0x00001,
	KMOD_PROBE_FORCE_MODVERSION = 0x00002,
	KMOD_PROBE_IGNORE_COMMAND = 0x00004, /* of the named module */
	KMOD_PROBE_IGNORE_LOADED = 0x00008, /* do not look at its state first */
	KMOD_PROBE_DRY_RUN = 0x00010,
	KMOD_PROBE_FAIL_ON_LOADED = 0x00020, /* -EEXIST when it is there already */
	/* these three are also the result when they apply */
	KMOD_PROBE_APPLY_BLACKLIST_ALL = 0x10000,
	KMOD_PROBE_APPLY_BLACKLIST = 0x20000,
	KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY = 0x40000,
	/* blacklisted soft dependencies are left out; never a result (since LIVE_1) */
	KMOD_PROBE_APPLY_BLACKLIST_SOFTDEPS = 0x1000000,
	/*
	 * With DRY_RUN: fail with -ENOENT where a file is missing, as the real run would, and
	 * take for loaded what an earlier run like this would have loaded, as long as the
	 * context lives. With IGNORE_LOADED as well, only the first, and a name that
	 * stands for nothing has nothing to show. (since LIVE_1)
	 */
	KMOD_PROBE_REHEARSE = 0x2000000,
};

/**
 * kmod_module_probe_insert_module - load a module and what it needs
 * Loads dependencies and soft dependencies in order, runs install commands,
 * waits for modules that others are loading or unloading (bounded, see
 * kmod_set_wait_limits()). A rule `install NAME /bin/false` (or true, which is
 * success for NAME itself) refuses NAME and what needs it: nothing is loaded for
 * it and no command is run, unless there is a @run_install.
 * @flags: KMOD_PROBE_* or-ed
 * @extra_options: parameters for this module, after those of the configuration
 * @run_install: runs an install command and returns 0 or a negative errno; NULL:
 *	the shell does, with MODPROBE_MODULE in its environment; that of the
 *	caller stays as it is. SIGCHLD is blocked in this thread meanwhile, and
 *	must not be ignored
 * @data: handed to @run_install
 * @print_action: told before each action (also in a dry run): @install true,
 *	the install command of @m runs, false, @m is inserted; may be NULL
 *
 * Return: 0 only if, at some instant after the call, the module was live or
 * built in (or its install command succeeded, or this is a dry run); a
 * KMOD_PROBE_APPLY_BLACKLIST* value: it is blacklisted, nothing was done;
 * -EEXIST: FAIL_ON_LOADED; -ETIMEDOUT: still being loaded by somebody at the
 * limit; -EBUSY: still being unloaded at the limit, or its init refused;
 * -ENOENT: no file, an unknown symbol, or NULL; -ELOOP: its install command
 * calls itself; -EINVAL: also a failed install command, and a module that is
 * refused; else what inserting it or a dependency gave. kmod_module_get_failure() tells more.
 * Since: 5
 */
int kmod_module_probe_insert_module(struct kmod_module *mod, unsigned int flags,
				    const char *extra_options,
				    int (*run_install)(struct kmod_module *m, const char *cmdline,
						       void *data),
				    const void *data,
				    void (*print_action)(struct kmod_module *m, bool install,
							 const char *options));

/**
 * kmod_module_get_failure - why the last probe of this module failed, in words
 * One line without a newline, for people; owned by @mod until its next probe.
 * What the kernel refused is looked into at the first call, which reads files
 * and changes nothing; who does not ask does not pay.
 * Return: NULL: it did not fail, or the error says it all.
 * Since: LIVE_1
 */
const char *kmod_module_get_failure(const struct kmod_module *mod);

/**
 * kmod_module_explain_insert - why inserting a module failed, in words
 * For who has called kmod_module_insert_module(). Looks at the file, the
 * indexes and the running kernel; changes nothing.
 * @error: what it returned (negative)
 * @flags, @options: what it was given
 * @text: one line without a newline, to be given to free(); or NULL: nothing
 *	can be said
 *
 * Return: 0; -ENOENT: NULL, or @error is none; -ENOMEM; -errno of reading an index.
 * Since: LIVE_1
 */
int kmod_module_explain_insert(struct kmod_module *mod, int error, unsigned int flags,
			       const char *options, char **text);

/** enum kmod_remove - for kmod_module_remove_module(). Since: 5 */
enum kmod_remove {
	KMOD_REMOVE_FORCE = O_TRUNC,
	KMOD_REMOVE_NOWAIT = O_NONBLOCK, /* always in effect */
	KMOD_REMOVE_NOLOG = 1,
};

/**
 * kmod_module_remove_module - one raw attempt to remove exactly this module
 * @flags: KMOD_REMOVE_* or-ed
 *
 * Return: 0; -ENOENT: not loaded, or NULL; -EAGAIN: in use; -EBUSY: moving, or
 * it cannot be removed; -EPERM; -ENOSYS; else what the kernel answered. Logged
 * as an error unless KMOD_REMOVE_NOLOG.
 * Since: 5
 */
int kmod_module_remove_module(struct kmod_module *mod, unsigned int flags);

/* ---- contents of the module file ----------------------------------------- */

/**
 * kmod_module_get_info - the strings of .modinfo, build id and signature
 * @list: must point to NULL; gets a list for kmod_module_info_free_list()
 *
 * Return: number of elements; -ENOENT: NULL, or no file; -EINVAL: damaged, or
 * @list not empty; -ENODATA: no .modinfo; -ENOEXEC: not ELF; -EFBIG: more than
 * 2 GiB, or decompressed more than 256 MiB and 64 times the file; -ENOSYS: a
 * compression library is missing; -ENOMEM; -errno of reading.
 * What is damaged is logged once, with file and offset. A built-in module has the
 * strings of modules.builtin.modinfo.
 * Since: 5
 */
int kmod_module_get_info(const struct kmod_module *mod, struct kmod_list **list);
/** kmod_module_info_get_key - owned by the list; NULL for NULL. Since: 5 */
const char *kmod_module_info_get_key(const struct kmod_list *entry);
/** kmod_module_info_get_value - owned by the list; NULL for NULL. Since: 5 */
const char *kmod_module_info_get_value(const struct kmod_list *entry);
/** kmod_module_info_free_list - NULL is fine. Since: 5 */
void kmod_module_info_free_list(struct kmod_list *list);

/**
 * kmod_module_get_versions - checksums of the symbols it was built against
 * @list: must point to NULL; gets a list for kmod_module_versions_free_list()
 *
 * Return: number of elements; -ENOENT: NULL, no file, or built in; -ENODATA: no
 * versions are recorded; else as kmod_module_get_info().
 * Since: 5
 */
int kmod_module_get_versions(const struct kmod_module *mod, struct kmod_list **list);
/** kmod_module_version_get_symbol - owned by the list; NULL for NULL. Since: 5 */
const char *kmod_module_version_get_symbol(const struct kmod_list *entry);
/** kmod_module_version_get_crc - 0 for NULL. Since: 5 */
uint64_t kmod_module_version_get_crc(const struct kmod_list *entry);
/** kmod_module_versions_free_list - NULL is fine. Since: 5 */
void kmod_module_versions_free_list(struct kmod_list *list);

/**
 * kmod_module_get_symbols - symbols it exports
 * @list: must point to NULL; gets a list for kmod_module_symbols_free_list()
 *
 * Return: number of elements; -ENOENT: NULL, no file, or built in; -ENODATA: it
 * exports nothing; else as kmod_module_get_info().
 * Since: 5
 */
int kmod_module_get_symbols(const struct kmod_module *mod, struct kmod_list **list);
/** kmod_module_symbol_get_symbol - owned by the list; NULL for NULL. Since: 5 */
const char *kmod_module_symbol_get_symbol(const struct kmod_list *entry);
/** kmod_module_symbol_get_crc - 0 for NULL or none; UINT64_MAX: there is one, but not where it should be. Since: 5 */
uint64_t kmod_module_symbol_get_crc(const struct kmod_list *entry);
/** kmod_module_symbols_free_list - NULL is fine. Since: 5 */
void kmod_module_symbols_free_list(struct kmod_list *list);

/** enum kmod_symbol_bind - how a needed symbol is bound. Since: 5 */
enum kmod_symbol_bind {
	KMOD_SYMBOL_NONE = '\0',
	KMOD_SYMBOL_LOCAL = 'L',
	KMOD_SYMBOL_GLOBAL = 'G',
	KMOD_SYMBOL_WEAK = 'W',
	KMOD_SYMBOL_UNDEF = 'U',
};

/**
 * kmod_module_get_dependency_symbols - symbols it needs
 * @list: must point to NULL; gets a list for
 *	kmod_module_dependency_symbols_free_list()
 *
 * Return: number of elements; -ENOENT: NULL, no file, or built in; -EINVAL: also
 * without a symbol table; else as kmod_module_get_info().
 * Since: 5
 */
int kmod_module_get_dependency_symbols(const struct kmod_module *mod, struct kmod_list **list);
/** kmod_module_dependency_symbol_get_symbol - owned by the list; NULL for NULL. Since: 5 */
const char *kmod_module_dependency_symbol_get_symbol(const struct kmod_list *entry);
/** kmod_module_dependency_symbol_get_crc - 0 for NULL or unknown. Since: 5 */
uint64_t kmod_module_dependency_symbol_get_crc(const struct kmod_list *entry);
/** kmod_module_dependency_symbol_get_bind - an enum kmod_symbol_bind; 0 for NULL. Since: 5 */
int kmod_module_dependency_symbol_get_bind(const struct kmod_list *entry);
/** kmod_module_dependency_symbols_free_list - NULL is fine. Since: 5 */
void kmod_module_dependency_symbols_free_list(struct kmod_list *list);

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif
