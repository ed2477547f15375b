/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What "force" means for an image: a copy without version data (docs/spec/module-files.md 3.3). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ELF_STRIP_VERMAGIC 1u
#define ELF_STRIP_MODVERSIONS 2u

/*
 * A copy of the image, malloced in *ret, with what `what` names taken out.
 * -ENODATA: .modinfo is there but holds no vermagic; -ENOEXEC, -EINVAL: not a
 * usable ELF file; -ENOMEM.
 */
int elf_strip(const void *bytes, size_t size, unsigned what, uint8_t **ret);
