/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a context: made, shared, freed with all that hangs on it. */
#include "libkmod/context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "shared/cleanup.h"
#include "shared/path.h"

/* docs/spec/load-race.md 8.4 */
#define T_COMING_MSEC 180000
#define T_GOING_MSEC 10000

/* The module directory in effect, absolute. 0 or -errno. */
static int context_dirname(const char *dirname, char **ret)
{
	struct utsname u;

	if (dirname)
		return path_absolute(dirname, ret);
	if (uname(&u) < 0)
		return -errno;
	return asprintf(ret, MODULE_DIRECTORY "/%s", u.release) < 0 ? -ENOMEM : 0;
}

static void context_free(struct kmod_ctx *ctx)
{
	for (size_t i = 0; i < ctx->rehearsed.room; i++)
		free(ctx->rehearsed.slot[i].value);
	hash_release(&ctx->rehearsed);
	resources_release(&ctx->resources);
	pool_release(&ctx->pool);
	conf_stamps_release(&ctx->stamps);
	conf_release(&ctx->conf);
	free(ctx->dirname);
	free(ctx);
}

_export_ struct kmod_ctx *kmod_new(const char *dirname, const char *const *config_paths)
{
	return kmod_new_logged(dirname, config_paths, NULL, NULL);
}

_export_ struct kmod_ctx *kmod_new_logged(const char *dirname, const char *const *config_paths,
					  void (*log_fn)(void *data, int priority,
							 const char *file, int line,
							 const char *fn, const char *format,
							 va_list args),
					  const void *data)
{
	struct kmod_ctx *ctx = calloc(1, sizeof(*ctx));
	int r;

	if (!ctx)
		return NULL;
	ctx->refcount = 1;
	ctx->coming_msec = T_COMING_MSEC;
	ctx->going_msec = T_GOING_MSEC;
	log_init(&ctx->log);
	if (log_fn) {
		ctx->log.sink = log_fn;
		ctx->log.data = (void *)data;
	}
	conf_init(&ctx->conf);
	r = context_dirname(dirname, &ctx->dirname);
	if (r < 0) {
		ctx->dirname = NULL; /* asprintf() leaves it undefined */
		errno = -r;
		log_err(&ctx->log, "cannot tell the module directory: %m");
	} else {
		r = conf_read(&ctx->conf, ctx->dirname, config_paths, &ctx->stamps, &ctx->log);
	}
	if (r < 0) {
		context_free(ctx);
		errno = -r;
		return NULL;
	}
	log_info(&ctx->log, "context %p created for %s", (void *)ctx, ctx->dirname);
	return ctx;
}

_export_ struct kmod_ctx *kmod_ref(struct kmod_ctx *ctx)
{
	if (ctx)
		ctx->refcount++;
	return ctx;
}

_export_ struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx)
{
	if (!ctx || --ctx->refcount > 0)
		return ctx;
	log_info(&ctx->log, "context %p released", (void *)ctx);
	context_free(ctx);
	return NULL;
}

_export_ void *kmod_get_userdata(const struct kmod_ctx *ctx)
{
	return ctx ? (void *)ctx->userdata : NULL;
}

_export_ void kmod_set_userdata(struct kmod_ctx *ctx, const void *userdata)
{
	if (ctx)
		ctx->userdata = userdata;
}

_export_ const char *kmod_get_dirname(const struct kmod_ctx *ctx)
{
	return ctx ? ctx->dirname : NULL;
}

_export_ void kmod_set_log_fn(struct kmod_ctx *ctx,
			      void (*log_fn)(void *data, int priority, const char *file, int line,
					     const char *fn, const char *format, va_list args),
			      const void *data)
{
	if (!ctx)
		return;
	ctx->log.sink = log_fn;
	ctx->log.data = (void *)data;
	log_info(&ctx->log, "log function set");
}

_export_ int kmod_get_log_priority(const struct kmod_ctx *ctx)
{
	return ctx ? ctx->log.priority : -1;
}

_export_ void kmod_set_log_priority(struct kmod_ctx *ctx, int priority)
{
	if (ctx)
		ctx->log.priority = priority;
}

_export_ int kmod_set_wait_limits(struct kmod_ctx *ctx, unsigned int coming_msec,
				  unsigned int going_msec)
{
	if (!ctx)
		return -ENOENT;
	ctx->coming_msec = coming_msec;
	ctx->going_msec = going_msec;
	return 0;
}
