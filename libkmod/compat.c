/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Symbol versions that only old binaries ask for (docs/spec/libkmod-api.md 1.2).
 *
 * Belongs to the shared library alone: a version needs the version script to
 * be linked, and programs made from the rooms or from libkmod.a know no
 * versions. libtool says PIC when it compiles for the shared library.
 */
#include "libkmod/libkmod.h"
#include "shared/macro.h"

#ifdef PIC

/*
 * SYMVER(function, "name@VERSION"): the function is also known as that. The
 * attribute is seen by link-time optimisation; who lacks it (clang) reads the
 * directive at link time as well, where "used" keeps the function.
 */
#if defined(__has_attribute)
#if __has_attribute(symver)
#define SYMVER(function, as)
#define SYMVER_ATTRIBUTE(as) __attribute__((symver(as)))
#endif
#endif
#ifndef SYMVER
#if defined(__clang__) && __clang_major__ >= 13
#define SYMVER_ONLY ", remove" /* its linker, lld, would export the plain name as well */
#else
#define SYMVER_ONLY
#endif
#define SYMVER(function, as) __asm__(".symver " #function ", " as SYMVER_ONLY);
#define SYMVER_ATTRIBUTE(as)
#endif

#define NAME_LOOKUP_5 "kmod_module_new_from_name_lookup@LIBKMOD_5"

/* Releases 30 to 32 had it under this version. */
int compat_name_lookup_5(struct kmod_ctx *ctx, const char *modname, struct kmod_module **mod);
SYMVER(compat_name_lookup_5, NAME_LOOKUP_5)
SYMVER_ATTRIBUTE(NAME_LOOKUP_5) __attribute__((used)) _export_
int compat_name_lookup_5(struct kmod_ctx *ctx, const char *modname, struct kmod_module **mod)
{
	return kmod_module_new_from_name_lookup(ctx, modname, mod);
}

#endif
