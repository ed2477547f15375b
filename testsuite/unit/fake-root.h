/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tree of the test's own in the place of the system's /sys, /proc, /lib/modules
 * and configuration, and a kernel that answers as it is told. Works by the
 * linker's --wrap: list $(ROOT_FILES) in SOURCES, link with $(ROOT_LINK). No
 * call for the module loader reaches the real kernel. The tree is the current
 * directory, so a test writes relative names: put("sys/module/x/refcnt", "1\n").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libkmod/libkmod.h"

#define ROOT_MODULES "/lib/modules/9.9.9" /* 9.9.9 is what uname() says */

/* For cmocka: an empty tree; the same with the fixture `api`; away with it. */
int root_enter(void **state);
int root_enter_api(void **state);
int root_leave(void **state);
const char *root_path(void); /* its absolute name */

/* All end the test when they fail. Directories on the way to a new file are made. */
void root_copy(const char *fixture); /* fixtures/NAME over the tree */
void put(const char *path, const char *text);
void put_bytes(const char *path, const void *bytes, size_t size);
void put_dir(const char *path);
void take_away(const char *path); /* with all that is in it; need not exist */
void make_older(const char *path); /* another modification time */
/* sys/module/NAME as of a module in that state: holders/, refcnt, initstate. */
void put_module(const char *name, const char *state);

/* The next successful open of that absolute path finds it vanish: read() says ENODEV. */
void vanish_when_opened(const char *path);
/* Runs once, just before the n-th (from now) access(), stat() or open() of that absolute path. */
void when_asked(const char *path, unsigned n, void (*change)(void));
/* open() of every absolute path that begins so fails with that errno; NULL: of none any more. */
void opening_fails(const char *begin, int error);
/* secure_getenv() finds nothing, as in a set-user-id program. */
void set_at_secure(bool on);

/*
 * A context on /lib/modules/9.9.9 with these configuration paths, whose messages
 * up to LOG_ERR go to catch-log.h. PATHS() is for its argument.
 */
struct kmod_ctx *new_context(const char *const *config_paths);
#define PATHS(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })
/* `conf` as modprobe.d file of such a context, the only one. */
struct kmod_ctx *context_with(const char *conf);
struct kmod_module *by_name(struct kmod_ctx *ctx, const char *name);
/* The one module an alias stands for. */
struct kmod_module *by_alias(struct kmod_ctx *ctx, const char *alias);
/* Names of a list, blank separated; good until the next call. */
const char *names_of(const struct kmod_list *list);
/* The same for a list nobody else needs: it is released. */
const char *names_of_taken(struct kmod_list *list);
/* ... for a lookup, which has to succeed. */
const char *names_for(struct kmod_ctx *ctx, const char *alias);

/* What the module loader was asked. */
struct kernel_call {
	enum { FINIT_MODULE, INIT_MODULE, DELETE_MODULE } call;
	unsigned number; /* of all calls, from 1 */
	const char *module; /* base name of the file without .ko..., name to delete; "-": no file */
	const char *options;
	unsigned flags;
	const void *image; /* INIT_MODULE */
	size_t size;
};
/*
 * Who answers: 0 or -errno. NULL, as after root_enter(): 0 to all, and a module
 * is live (gone) at once.
 */
extern int (*kernel_answers)(const struct kernel_call *call);
/* What kernel_answers == NULL does, for an answer that knows only some modules. */
int kernel_obeys(const struct kernel_call *call);
/*
 * The calls since root_enter() or the last kernel_forget(), `finit mod_a 0 <x=1>; `
 * each (init: size instead of flags; delete: no options; numbers in hexadecimal).
 */
const char *kernel_calls(void);
void kernel_forget(void);
