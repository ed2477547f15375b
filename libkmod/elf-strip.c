/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the copy without version data that "force" stands for. */
#include "libkmod/elf-strip.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "shared/cleanup.h"
#include "shared/macro.h"

/* The kernel does not find a section without SHF_ALLOC by its name. */
static void hide_section(const struct elf *elf, const char *name, uint8_t *copy)
{
	struct elf_section section;
	uint64_t low;

	if (elf_section_find(elf, name, &section) < 0)
		return;
	/* sh_flags is at 8 in both classes; its lowest byte moves with class and order. */
	low = section.header_off + 8;
	if (elf->msb)
		low += elf->is64 ? 7 : 3;
	copy[low] &= (uint8_t)~SHF_ALLOC;
}

static int blank_vermagic(const struct elf *elf, uint8_t *copy)
{
	static const char key[] = "vermagic";
	struct modinfo_iter it;
	struct modinfo_string s;
	bool any = false, found = false;

	if (elf_modinfo_begin(elf, &it) < 0)
		return 0;
	while (modinfo_next(&it, &s)) {
		size_t len = (size_t)(s.value - s.key) + s.value_len;

		any = true;
		/* Without a '=' the value begins where the key ends: not what we look for. */
		if (s.key_len != strlen(key) || memcmp(s.key, key, s.key_len) != 0 ||
		    s.value == s.key + s.key_len)
			continue;
		memset(copy + ((const uint8_t *)s.key - elf->bytes), '\0', len);
		found = true;
	}
	return any && !found ? -ENODATA : 0;
}

int elf_strip(const void *bytes, size_t size, unsigned what, uint8_t **ret)
{
	static const char *const versions[] = {
		"__versions", "__version_ext_names", "__version_ext_crcs"
	};
	auto_free uint8_t *copy = NULL;
	struct elf elf;
	int r = elf_read(bytes, size, &elf);

	if (r < 0)
		return r;
	copy = malloc(size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, size);
	if (what & ELF_STRIP_MODVERSIONS) {
		for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
			hide_section(&elf, versions[i], copy);
	}
	if (what & ELF_STRIP_VERMAGIC) {
		r = blank_vermagic(&elf, copy);
		if (r < 0)
			return r;
	}
	*ret = steal_ptr(copy);
	return 0;
}
