/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake-unload.c - delete_module: load-race.md 3.3 and module-files.md 12.2. */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake-kernel.h"

struct unload {
	const char *mod;
	int claim;
};

static int unload_job(void *arg)
{
	struct unload *u = arg;
	int lock;

	fk_log("state %s going", u->mod);
	fk_hold(u->mod, "going");
	fk_uevent("remove", u->mod);
	fk_unshow(u->mod, u->claim, true);
	fk_log("state %s removed", u->mod);
	fk_hold(u->mod, "removed");
	lock = fk_lock();
	fk_claim_drop(u->mod, u->claim);
	fk_log("state %s absent", u->mod);
	fk_unlock(lock);
	return 0;
}

static int unload(const char *mod, unsigned int flags)
{
	struct unload u = { mod, -1 };
	int lock = fk_lock(), r = 0;

	switch (fk_observe(mod)) {
	case FK_ABSENT:
	case FK_UNFORMED:
		r = -ENOENT;
		break;
	case FK_COMING:
	case FK_GOING:
		r = fk_has_users(mod) ? -EAGAIN : -EBUSY;
		break;
	case FK_LIVE:
		if (fk_has_users(mod) || (fk_refcnt(mod) > 0 && !(flags & O_TRUNC)))
			r = -EAGAIN;
		else
			r = u.claim = fk_claim(mod, FK_GOING);
		break;
	}
	if (r == -EEXIST)
		r = -EBUSY;	/* live, but its load has not returned */
	if (u.claim >= 0) {
		fk_show_proc(mod, FK_KEEP, -1, "Unloading");
		fk_show_refcnt(mod, -1);
		fk_show_initstate(mod, "going");
		r = 0;
	}
	fk_unlock(lock);
	return r < 0 ? r : fk_work(u.claim, -1, unload_job, &u);
}

/* Architectures number them differently, so the log has words. */
static const char *flag_words(unsigned int flags, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", flags & O_NONBLOCK ? "nonblock" : "wait", flags & O_TRUNC ? ",trunc" : "",
		 flags & ~(unsigned int)(O_NONBLOCK | O_TRUNC) ? ",unknown" : "");
	return buf;
}

int fk_delete_module(const char *name, unsigned int flags)
{
	static const char call[] = "delete_module";
	char text[64];
	int r = 0;

	fk_start();
	if (!fk_root[0])
		return fk_finit_module(-1, NULL, 0);	/* says so and refuses */
	if (!name)
		return -EFAULT;
	if (!*name || strlen(name) >= FK_NAME_SIZE || strchr(name, '/') || *name == '.')
		return -ENOENT;
	fk_dirs();
	fk_log("call %s %s flags=%s params=", call, name, flag_words(flags, text, sizeof(text)));
	switch (fk_answer(call, name, &r)) {
	case FK_ERROR:
		break;
	case FK_OK:
		fk_uevent("remove", name);
		fk_unshow(name, -1, false);
		fk_log("state %s absent", name);
		break;
	case FK_NORMAL:
		r = unload(name, flags);
		break;
	}
	fk_log("return %s %s %s", call, name, fk_errname(r, text, sizeof(text)));
	return r;
}

int delete_module(const char *name, unsigned int flags);

FK_EXPORT int delete_module(const char *name, unsigned int flags)
{
	int r = fk_delete_module(name, flags);

	if (r < 0) {
		errno = -r;
		return -1;
	}
	return r;
}
