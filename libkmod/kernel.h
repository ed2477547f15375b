/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The three system calls this project is about. Thin: -errno, nothing else.
 * Through syscall(2), because not every C library declares them.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* finit_module() flags, as the kernel numbers them */
#define KERNEL_IGNORE_MODVERSIONS 1
#define KERNEL_IGNORE_VERMAGIC 2
#define KERNEL_COMPRESSED_FILE 4

static inline int kernel_finit_module(int fd, const char *params, int flags)
{
	return syscall(SYS_finit_module, fd, params, flags) < 0 ? -errno : 0;
}

static inline int kernel_init_module(const void *image, size_t size, const char *params)
{
	return syscall(SYS_init_module, image, size, params) < 0 ? -errno : 0;
}

static inline int kernel_delete_module(const char *name, unsigned int flags)
{
	return syscall(SYS_delete_module, name, flags) < 0 ? -errno : 0;
}

/* Does this kernel know finit_module()? Asked with a descriptor that cannot be. */
static inline int kernel_has_finit_module(void)
{
	return kernel_finit_module(-1, "", 0) != -ENOSYS;
}
