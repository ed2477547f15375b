/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The context from the inside: what the objects share. */
#pragma once

#include "libkmod/conf-files.h"
#include "libkmod/conf.h"
#include "libkmod/file.h"
#include "libkmod/libkmod.h"
#include "libkmod/log.h"
#include "libkmod/pool.h"
#include "libkmod/resources.h"
#include "shared/hash.h"

struct kmod_ctx {
	int refcount;
	struct log log;
	const void *userdata;
	char *dirname; /* absolute, never normalised */
	struct conf conf; /* read once, never changed */
	struct conf_stamps stamps; /* configuration paths that existed then */
	struct resources resources;
	struct pool pool;
	enum file_format kernel_format; /* what the kernel decompresses itself, once asked */
	bool kernel_format_asked;
	unsigned int coming_msec, going_msec; /* limits of waiting */
	struct hash rehearsed; /* names, owned, of what KMOD_PROBE_REHEARSE would have loaded */
};
