/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists what depmod makes, and writes it: to the disk as one set, or to the screen. */
#include "tools/depmod/output.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/publish.h"
#include "shared/strbuf.h"
#include "tools/depmod/emit-bin.h"
#include "tools/depmod/emit-text.h"
#include "tools/tool-log.h"

/*
 * In the order in which they appear under their names. No index is ever newer
 * than one it refers to, also if we are killed between two renames: aliases
 * and symbols lead to names in modules.dep.bin, which so comes before them, and
 * built-in aliases to modules.builtin.bin. What a module wants with it is there
 * before the aliases by which devices find it, and those before the device
 * nodes. No program of ours reads the text twins; modules.dep is the last one of
 * all because others take its time for that of the set: what was cut off looks
 * old.
 */
#define OUTPUTS(X)                                            \
	X("modules.builtin.bin", emit_builtin_bin, 0)         \
	X("modules.builtin.alias.bin", emit_builtin_alias_bin, 0) \
	X("modules.dep.bin", emit_dep_bin, 0)                 \
	X("modules.softdep", emit_softdep, 3)                 \
	X("modules.weakdep", emit_weakdep, 4)                 \
	X("modules.symbols.bin", emit_symbols_bin, 0)         \
	X("modules.alias.bin", emit_alias_bin, 0)             \
	X("modules.devname", emit_devname, 6)                 \
	X("modules.symbols", emit_symbols, 5)                 \
	X("modules.alias", emit_alias, 2)                     \
	X("modules.dep", emit_dep, 1)

#define NAME(name, emit, shown) name,
const char *const output_names[] = { OUTPUTS(NAME) NULL };

#define ROW(name, emit, shown) { emit, shown },
static const struct {
	emitter *emit;
	unsigned shown; /* place in the output of -n, from 1; 0: an index, not shown */
} outputs[] = { OUTPUTS(ROW) };

/* How long another depmod may take; one that hangs, or a bystander, must not stop us for ever. */
#define PATIENCE_MSEC 60000

static int could_not_write(const char *name, int error)
{
	tool_log(LOG_ERR, "Could not write index '%s': %s", name, strerror(error));
	return -1;
}

int output_show(const struct emit_input *in)
{
	for (unsigned place = 1; place <= ARRAY_SIZE(outputs); place++) {
		for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
			auto_strbuf struct strbuf bytes = STRBUF_INIT;
			int r;

			if (outputs[i].shown != place)
				continue;
			r = outputs[i].emit(in, &bytes);
			if (r < 0)
				return could_not_write(output_names[i], -r);
			if (bytes.len > 0)
				(void)fwrite(bytes.s, 1, bytes.len, stdout);
		}
	}
	return 0;
}

int output_lock(const char *dir, struct publish **ret)
{
	auto_publish struct publish *p = NULL;
	int r = publish_begin(dir, &p);

	if (r < 0)
		return r;
	if (publish_lock(p, 0) < 0) {
		tool_log(LOG_NOTICE, "waiting for another depmod to finish with %s", dir);
		if (publish_lock(p, PATIENCE_MSEC) < 0)
			tool_log(LOG_WARNING, "%s has been locked for a minute, not waiting longer",
				 dir);
	}
	*ret = steal_ptr(p);
	return 0;
}

/* Was one of the signals we hold back sent meanwhile? */
static bool is_interrupted(const sigset_t *held)
{
	sigset_t pending;

	if (sigpending(&pending) < 0)
		return false;
	for (int signo = 1; signo < NSIG; signo++) {
		if (sigismember(held, signo) == 1 && sigismember(&pending, signo) == 1)
			return true;
	}
	return false;
}

static int write_files(const struct emit_input *in, const char *dir, struct publish *p,
		       const sigset_t *held)
{
	const char *name = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		auto_strbuf struct strbuf bytes = STRBUF_INIT;

		r = outputs[i].emit(in, &bytes);
		if (r == 0)
			r = publish_add(p, output_names[i], strbuf_str(&bytes), bytes.len);
		if (r < 0)
			return could_not_write(output_names[i], -r);
		if (is_interrupted(held))
			return -1;
	}
	r = publish_commit(p, &name);
	return r < 0 ? could_not_write(name ? name : dir, -r) : 0;
}

int output_write(const struct emit_input *in, const char *dir, struct publish *lock,
		 const struct timespec *began)
{
	/* A signal that ends us waits until nothing hidden is left behind; SIGPIPE comes of messages. */
	static const int ends[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,	  SIGPIPE, SIGALRM,
				    SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF };
	struct publish *p = lock;
	sigset_t held, before;
	int r = p ? 0 : io_make_dirs(dir);

	if (!p && r == 0)
		r = output_lock(dir, &p);
	if (r < 0) {
		tool_log(LOG_CRIT, "could not create directory %s: %s", dir, strerror(-r));
		return -1;
	}
	publish_set_time(p, began);
	(void)sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		(void)sigaddset(&held, ends[i]);
	(void)sigprocmask(SIG_BLOCK, &held, &before);
	r = write_files(in, dir, p, &held);
	publish_end(p);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
