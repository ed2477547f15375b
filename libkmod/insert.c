/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts one file into the kernel: as a descriptor where the kernel can read it, else as bytes. */
#include "libkmod/insert.h"

#include <errno.h>
#include <string.h>

#include "libkmod/context.h"
#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "libkmod/elf-strip.h"
#include "libkmod/file.h"
#include "libkmod/kernel.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/io.h"

#define COMPRESSION "/sys/module/compression"

/* The format the kernel can read by itself; FILE_PLAIN: none. Asked once. */
static enum file_format kernel_format(struct kmod_ctx *ctx)
{
	char word[16];
	ssize_t n;

	if (ctx->kernel_format_asked)
		return ctx->kernel_format;
	ctx->kernel_format_asked = true;
	n = io_read_word(AT_FDCWD, COMPRESSION, word, sizeof(word));
	if (n < 0)
		return ctx->kernel_format;
	for (int f = FILE_PLAIN + 1; f < FILE_FORMATS; f++) {
		if (streq(word, file_format_name((enum file_format)f)))
			ctx->kernel_format = (enum file_format)f;
	}
	if (ctx->kernel_format == FILE_PLAIN)
		log_err(&ctx->log, "unknown kernel compression %s", word);
	return ctx->kernel_format;
}

/* Through user space: the plain image, without version data when forced. */
static int insert_image(struct file *file, unsigned int flags, const char *options)
{
	const uint8_t *image;
	auto_free uint8_t *copy = NULL;
	unsigned int strip = 0;
	size_t size;
	int r = file_contents(file, &image, &size);

	if (r < 0)
		return r;
	if (flags & KMOD_INSERT_FORCE_VERMAGIC)
		strip |= ELF_STRIP_VERMAGIC;
	if (flags & KMOD_INSERT_FORCE_MODVERSION)
		strip |= ELF_STRIP_MODVERSIONS;
	if (strip) {
		r = elf_strip(image, size, strip, &copy);
		if (r < 0)
			return r;
	}
	return kernel_init_module(copy ? copy : image, size, options);
}

/*
 * What a kernel says that cannot decompress: EOPNOTSUPP without a decoder, EINVAL
 * for a check, filter or window its decoder does not know (and for the flag, before
 * 5.17), ENOMEM for a dictionary it has no room for, ENOEXEC for what is left of a
 * module when it reads but the first of several streams. The module may say them
 * too, and then says so again: the second attempt takes the decoder away, no more.
 */
static bool decoder_may_say(int r)
{
	return r == -EOPNOTSUPP || r == -EINVAL || r == -ENOMEM || r == -ENOEXEC;
}

static int insert_file(struct kmod_ctx *ctx, struct file *file, unsigned int flags,
		       const char *options)
{
	bool plain = file_format(file) == FILE_PLAIN;
	const uint8_t *image;
	size_t size;
	int kflags = plain ? 0 : KERNEL_COMPRESSED_FILE;
	int r;

	if (!plain && (file_format(file) != kernel_format(ctx) || !file_kernel_can_decompress(file)))
		return insert_image(file, flags, options);
	if (flags & KMOD_INSERT_FORCE_VERMAGIC)
		kflags |= KERNEL_IGNORE_VERMAGIC;
	if (flags & KMOD_INSERT_FORCE_MODVERSION)
		kflags |= KERNEL_IGNORE_MODVERSIONS;
	r = kernel_finit_module(file_fd(file), options, kflags);
	/* A module's own init may say ENOSYS as well: then it must not run twice. */
	if (r == -ENOSYS && !kernel_has_finit_module())
		return insert_image(file, flags, options);
	/* Where we cannot decompress it either, the kernel's answer is the better one. */
	if (plain || !decoder_may_say(r) || file_contents(file, &image, &size) < 0)
		return r;
	errno = -r;
	log_info(&ctx->log, "%s module was refused (%m): once more, decompressed",
		 file_format_name(file_format(file)));
	return insert_image(file, flags, options);
}

void insert_no_file(const struct kmod_module *mod)
{
	log_err(&mod->ctx->log, "could not find module by name='%s'", mod->name);
}

_export_ int kmod_module_insert_module(struct kmod_module *mod, unsigned int flags,
				       const char *options)
{
	struct file *file;
	int r;

	if (!mod)
		return -ENOENT;
	r = module_file(mod, &file);
	if (r == -ENOENT && !mod->path) {
		insert_no_file(mod);
		return r;
	}
	if (r == 0) {
		log_step(&mod->ctx->log, mod->name, "insert %s flags=%u params=%s", mod->path,
			 flags & (KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION),
			 options ? options : "");
		r = insert_file(mod->ctx, file, flags, options ? options : "");
		log_step(&mod->ctx->log, mod->name, "insert: %s", r < 0 ? strerror(-r) : "done");
	}
	if (r < 0) {
		errno = -r;
		log_info(&mod->ctx->log, "Failed to insert module '%s': %m",
			 mod->path ? mod->path : mod->name);
	}
	return r;
}

int insert_internal_name(struct kmod_module *mod, char **ret)
{
	struct file *file;
	struct elf elf;
	int r = module_file(mod, &file);

	if (r == 0)
		r = file_elf(file, &elf);
	if (r == 0)
		r = elf_module_name(&elf, ret);
	return r < 0 && file_error(file) < 0 ? file_error(file) : r;
}
