/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-kernel.h - everything that steers the fake kernel, and what its files tell each other.
 *
 * The fake kernel is one library for LD_PRELOAD. It puts a rootfs tree in the place of the system's, and
 * answers the three module system calls by acting on that tree as a kernel acts on its sysfs, step by step.
 * All processes that run on the same tree see one kernel. No call ever reaches the real kernel's module loader.
 *
 * ENVIRONMENT (read once per process)
 *   FAKE_ROOT        absolute path of a writable rootfs tree. Paths that begin with /lib/modules, /lib/modprobe.d,
 *                    /lib/depmod.d, /sys, /proc, /etc, /run, /usr/lib, /usr/local/lib, /usr/local/etc are looked up
 *                    in it. Unset: paths are left alone and every module
 *                    system call fails with EPERM and a line on stderr.
 *   FAKE_UNAME       release that uname() reports, default 9.9.9; the machine is x86_64, as that of the fixtures
 *   FAKE_SHUFFLE     a number: readdir() gives the entries of each directory in an order that it decides
 *   FAKE_HOLD_LIMIT  most milliseconds that a `hold ... until` or `@FILE` may last, default 60000. The log
 *                    then says `gave-up`.
 *
 * WHAT IS NOT REDIRECTED: execve; dlopen; everything libc does for itself; /proc/self, /proc/thread-self, /proc/PID;
 * names that end in .so or contain .so.; /etc/{ld.so*,passwd,group,nsswitch.conf,localtime,ssl,locale*};
 * /usr/lib/{locale,ssl,gcc,llvm*,clang,debug}, /usr/lib/CPU-linux-* ; paths inside FAKE_ROOT; relative paths.
 * A read() from a file of /sys/module that has been removed since it was opened answers ENODEV, as sysfs does.
 *
 * FILES below $FAKE_ROOT/.fake (all made on demand, except script)
 *   script           directives, below
 *   log              one line per event: MILLISECONDS PID WORDS; the clock is CLOCK_MONOTONIC
 *                        call CALL MODULE flags=N params=TEXT      entry; TEXT is the rest of the line, \xHH escaped;
 *                                                                  N of delete_module: nonblock or wait, then ,trunc
 *                        return CALL MODULE RESULT                 RESULT = 0 or -ENAME
 *                        state MODULE STATE                        unformed unresolved proc dir coming live going
 *                                                                  teardown removed
 *                                                                  absent: what is true from now on; lost: see below
 *                        wait MODULE | join MODULE                 the call went to sleep because of somebody else
 *                        hold MODULE MOMENT WHAT [gave-up]         a hold begins
 *                    MODULE is - for a finit_module whose descriptor is no readable file (libraries probe with -1).
 *                    PID is the caller's, also for what happens after the caller was killed.
 *   syslog           what syslog() was told: FACILITY.LEVEL IDENT: TEXT
 *   image            the bytes that the last init_module got
 *   lock mod/ join/ done/ live/ count/ tmp/ uevent/  private
 *
 * SCRIPT: one directive per line; # begins a comment. MODULE may be * for "any". An error in it ends every program that
 * starts with the library, status 125.
 *   generation G0|...|G6       what somebody who comes second is told, see load-race.md 4; default G5. G0 has no
 *                              finit_module (ENOSYS), G4 is as G3, G6 tells an init's EEXIST as EBUSY.
 *   hold MODULE MOMENT TIME    TIME = 300ms, or `until FILE`, FILE relative to FAKE_ROOT. At that moment of every load
 *                              or unload of MODULE; several lines for one moment add up. Moments of a load:
 *                                  unformed  name reserved, nothing to see (before dependencies are looked at)
 *                                  unresolved  a dependency is not there: the load fails, the name is still held
 *                                  proc      in /proc/modules as Loading, no directory
 *                                  empty     directory without content
 *                                  dir       directory with holders/ and parameters/, no initstate: the classic window
 *                                  coming    complete, initstate coming: module init runs
 *                                  live      initstate live, refcnt still 1, the call has not returned
 *                              of a failed load and of an unload:
 *                                  going     initstate going: exit function runs
 *                                  teardown  directory without initstate, being removed
 *                                  removed   directory and line are gone, the name is still held
 *   init MODULE RESULT...      0 or [-]ENAME: what the module's init returns, n-th word for the n-th run, then the last
 *   answer CALL MODULE WORD... CALL = finit_module, init_module, delete_module. The n-th such call (over all processes)
 *                              gets the n-th word instead of the normal treatment: [-]ENAME = that error, nothing done;
 *                              ok = 0, and the module is live (gone) at once, without holds, init and dependencies;
 *                              0 = normal treatment. ENAME@1500ms and ok@1500ms: after that time. ENAME@FILE, ok@FILE:
 *                              when FILE, relative to FAKE_ROOT, is there; it is taken away then.
 *                              .fake/count/CALL.MODULE is not empty as soon as the first word is taken.
 *                              After the last word: normal treatment, or the last word for ever if `...` follows it.
 *   vanish MODULE [N]          right after the N-th (default first) successful open of MODULE's initstate the module is
 *                              gone, so that the read() gets ENODEV
 *
 * WHAT A MODULE FILE MEANS: the image is searched for modinfo strings (a string preceded by NUL): name= (else the file
 * name up to the first dot), depends=, version=, srcversion=, parmtype=NAME:TYPE (a file in parameters/). A
 * compressed image (flag 4) gives only the file name. Dependencies must be live, or listed in modules.builtin.
 *
 * UEVENTS: a netlink socket of the kernel's uevents hears add@/module/MODULE and remove@/module/MODULE, and nothing
 * else, of every load and unload below the tree (not of fake-state, nor of modules that are lost). A release since 5.11
 * adds a module when it is live, so that one whose init fails is neither added nor removed; an older one adds it before
 * init. Only socket, bind and recvfrom know of it. Its name is .fake/uevent/PID.DESCRIPTOR; what does not fit into its
 * queue (net.unix.max_dgram_qlen) is lost, a file .PID.DESCRIPTOR beside it says so, and the next recvfrom: ENOBUFS.
 *
 * STATE of a module nobody is loading or removing is what the tree shows (so a test may edit it): initstate if
 * there, else holders/ = coming, else sections/ or notes/ = going, else the third word of /proc/modules if listed,
 * and if /sys/module and /proc/modules are both missing, what was loaded. fake-state writes such states.
 *
 * A load or unload is done by a child process of its own, so it comes to its end even if the caller is killed. Were
 * that child killed, the next call that meets the module removes the rest and logs `state MODULE lost`.
 */
#pragma once

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FK_EXPORT __attribute__((visibility("default")))
#define FK_NAME_SIZE 64	/* name and NUL; a kernel allows 56 - 1 */

#pragma GCC visibility push(hidden)

/* fake-path.c: the way to the real system calls, and names */
extern char fk_root[PATH_MAX];	/* FAKE_ROOT, resolved; "" = none */
void fk_start(void);		/* reads the environment; any number of times */
long fk_sys(long nr, ...);	/* six arguments at most; result or -errno; never redirected */
/* offset 0 of a file: on 32-bit machines it takes two arguments, on some after a free one */
#define FK_AT_0 0L, 0L, 0L
/* *ret = the path to use, in buf[PATH_MAX] if it differs; false and errno if it is too long */
bool fk_path(const char *path, char *buf, const char **ret);

/* fake-uevent.c */
void fk_uevent(const char *action, const char *mod);	/* "add" or "remove", to all that listen */
bool fk_announces_early(void);	/* as kernels before 5.11: adds before init */

/* fake-uname.c */
const char *fk_release(void);
struct utsname;
int fk_uname(struct utsname *u);

/* fake-script.c: directives, log, clock. Numbers are milliseconds. */
int64_t fk_clock(void);
void fk_sleep(int64_t msec);	/* not shortened by signals; ends the process if the tree is gone */
/* Waiting that a signal ends, as in a kernel: between begin and end signals are let in only during the naps. */
void fk_wait_begin(sigset_t *saved);
int fk_wait_nap(const sigset_t *saved);	/* one poll interval; -EINTR if a signal handler ran */
void fk_wait_end(const sigset_t *saved);
void fk_log_as(pid_t pid);	/* whose PID the log lines of this process carry */
__attribute__((format(printf, 1, 2))) void fk_log(const char *fmt, ...);
const char *fk_errname(int err, char *buf, size_t size);	/* 0, -ENOENT, ... for a result */
void fk_hold(const char *mod, const char *moment);
int fk_generation(void);	/* N of load-race.md's GN */
int fk_init_result(const char *mod);
enum fk_how { FK_NORMAL, FK_OK, FK_ERROR };
enum fk_how fk_answer(const char *call, const char *mod, int *ret_err);	/* *ret_err < 0 with FK_ERROR */
bool fk_vanishes(const char *mod);	/* counts one open of initstate */
void fk_script_check(void);

/* fake-sysfs.c: files of the tree, the lock, what is shown. "Locked" = the caller has the state lock. */
enum fk_state { FK_ABSENT, FK_UNFORMED, FK_COMING, FK_LIVE, FK_GOING };
#define FK_KEEP LONG_MIN	/* for a number that stays as it is */
struct fk_text { const char *at; size_t len; };
struct fk_image {		/* texts point into the image */
	char name[FK_NAME_SIZE];
	const char *base;
	size_t size;		/* bytes */
	struct fk_text depends, version, srcversion;
};
__attribute__((format(printf, 2, 3))) const char *fk_at(char *buf, const char *fmt, ...);	/* below fk_root */
ssize_t fk_read(const char *path, char *buf, size_t size);	/* a whole small file, NUL added; -errno */
int fk_write(const char *path, long mode, const char *text, size_t len);	/* beside, then rename */
bool fk_exists(const char *path);
void fk_dirs(void);		/* .fake and what is in it */
int fk_lock(void);		/* the state lock, for short sections only; a descriptor for fk_unlock */
void fk_unlock(int fd);
long fk_count(const char *key);	/* 1 at the first call with that key; over all processes; not locked */
int fk_claim(const char *mod, enum fk_state state);	/* locked: hold the name; descriptor to keep, or -errno */
void fk_claim_set(int fd, enum fk_state state);		/* locked */
void fk_claim_drop(const char *mod, int fd);		/* locked */
enum fk_state fk_observe(const char *mod);	/* locked */
bool fk_builtin(const char *mod);		/* in modules.builtin */
bool fk_has_users(const char *mod);		/* locked: modules that use it */
long fk_refcnt(const char *mod);		/* locked; 0 if nothing shows it */
void fk_ref(const char *mod, const char *user, long by);	/* locked: count and USERS; user may be NULL */
void fk_show_proc(const char *mod, long size, long refcnt, const char *word);	/* locked; adds the line if missing */
void fk_drop_proc(const char *mod);		/* locked */
void fk_show_initstate(const char *mod, const char *word);
void fk_show_refcnt(const char *mod, long refcnt);
int fk_show_dir(const struct fk_image *img, const char *params, bool holds);	/* L3 to L6; -EINVAL: name clash */
void fk_show_links(const struct fk_image *img);	/* L7 */
/* load-race.md 3.4, references given back, line dropped, CLAIM (or -1) set to UNFORMED; takes the lock itself */
void fk_unshow(const char *mod, int claim, bool holds);
void fk_mark_live(const char *mod, bool live);

/* fake-load.c. The calls return what the system call returns, or -errno. */
int fk_finit_module(int fd, const char *params, int flags);
int fk_init_module(const void *image, size_t len, const char *params);
bool fk_next_dep(struct fk_text *rest, char *name);	/* takes one name off a depends= list; name[FK_NAME_SIZE] */
/* Runs JOB in a child of its own that keeps the descriptors KEEP1, KEEP2 (or -1), and waits for its result. */
int fk_work(int keep1, int keep2, int (*job)(void *), void *arg);

/* fake-unload.c */
int fk_delete_module(const char *name, unsigned int flags);

#pragma GCC visibility pop
