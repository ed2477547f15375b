/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spells the names of modules. */
#include "shared/modname.h"

#include <errno.h>

#include "shared/macro.h"
#include "shared/path.h"

size_t modname_normalize(const char *s, char *out)
{
	size_t n = 0;

	for (; s[n] != '\0' && s[n] != '.' && n < MODNAME_MAX; n++)
		out[n] = s[n] == '-' ? '_' : s[n];
	out[n] = '\0';
	return n;
}

size_t modname_from_path(const char *path, char *out)
{
	return modname_normalize(path_base(path), out);
}

int modname_alias(const char *s, char *out)
{
	bool inside = false;
	size_t n = 0;

	/* cppcheck-suppress arrayIndexThenCheck; s may be longer: the limit is that of out */
	for (; s[n] != '\0' && n < MODNAME_MAX; n++) {
		if (s[n] == ']' && !inside)
			return -EINVAL;
		if (s[n] == '[')
			inside = true;
		else if (s[n] == ']')
			inside = false;
		out[n] = s[n] == '-' && !inside ? '_' : s[n];
	}
	out[n] = '\0';
	return inside ? -EINVAL : 0;
}

bool modname_is_module_file(const char *name)
{
	static const char *const ends[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };
	size_t n = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t e = strlen(ends[i]);

		if (n > e && streq(name + n - e, ends[i]))
			return true;
	}
	return false;
}
