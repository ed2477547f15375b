/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens an optional library once in a process, and finds its functions. */
#include "libkmod/dl.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "libkmod/log.h"

static int dl_load(struct dl *dl, const struct log *log)
{
	void *lib = dlopen(dl->soname, RTLD_NOW | RTLD_LOCAL);

	if (!lib) {
		const char *why = dlerror();

		log_err(log, "%s: cannot load %s (%s); install the package %s", dl->use, dl->soname,
			why ? why : "no reason given", dl->package);
		return -ELIBACC;
	}
	for (size_t i = 0; i < dl->n; i++) {
		void *fn = dlsym(lib, dl->symbols[i].name);

		if (!fn) {
			log_err(log, "%s: %s has no %s; install a current package %s", dl->use,
				dl->soname, dl->symbols[i].name, dl->package);
			(void)dlclose(lib);
			return -ELIBACC;
		}
		/* POSIX lets a function pointer travel as an object pointer. */
		/* gcc-analyzer use-of-uninitialized-value: it is what dlsym() answered */
		memcpy(dl->symbols[i].at, &fn, sizeof(fn));
	}
	/* The handle is forgotten on purpose: what is loaded stays. */
	atomic_store_explicit(&dl->ready, true, memory_order_release);
	return 0;
}

int dl_need(struct dl *dl, const struct log *log)
{
	int r = 0;

	if (atomic_load_explicit(&dl->ready, memory_order_acquire))
		return 0;
	(void)pthread_mutex_lock(&dl->lock);
	if (!atomic_load_explicit(&dl->ready, memory_order_relaxed))
		r = dl_load(dl, log);
	(void)pthread_mutex_unlock(&dl->lock);
	return r;
}

int dl_not_built_in(const char *use, const char *option, const struct log *log)
{
	log_err(log, "%s: support was not built in (configured with %s)", use, option);
	return -ENOSYS;
}
