# SPDX-License-Identifier: LGPL-2.1-or-later
# Options of configure: libraries that may be there, places of completions.
# KMOD_LIBRARY(name, PREFIX, pkg-config module)
# --with-name: used when found (default), required, or left out. Sets
# ENABLE_PREFIX in config.h; DLOPEN_PREFIX when it is loaded on demand, else
# its flags go to LIBS of the library.
AC_DEFUN([KMOD_LIBRARY], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [build without $1 (default: on when found)])],
	[], [with_$1=auto])
AS_IF([test "$with_$1" != no], [
	PKG_CHECK_MODULES([$2], [$3], [found_$1=yes], [found_$1=no])
	AS_IF([test "$found_$1:$with_$1" = no:yes], [AC_MSG_ERROR([--with-$1: $3 not found])])
	with_$1=$found_$1
])
KMOD_LIBS_$2=
AS_IF([test "$with_$1" = yes], [
	AC_DEFINE([ENABLE_$2], [1], [Define to 1 to support $1])
	AS_CASE([,$kmod_dlopen,],
		[,all,|*,$1,*], [AC_DEFINE([DLOPEN_$2], [1], [Define to 1 to load $1 when first needed])
			KMOD_CFLAGS_$2="$[$2]_CFLAGS"],
		[KMOD_CFLAGS_$2="$[$2]_CFLAGS"; KMOD_LIBS_$2="$[$2]_LIBS"])
])
AC_SUBST([KMOD_CFLAGS_$2])
AC_SUBST([KMOD_LIBS_$2])
AM_CONDITIONAL([ENABLE_$2], [test "$with_$1" = yes])
kmod_known_libraries="$kmod_known_libraries $1"
])

# KMOD_NO_LIBRARY(name, reason)
# For build scripts written for another kmod: --with-name and --without-name are accepted and do nothing.
AC_DEFUN([KMOD_NO_LIBRARY], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1], [accepted, changes nothing: $2])],
	[AC_MSG_WARN([--with-$1 and --without-$1 change nothing: $2])])
kmod_known_libraries="$kmod_known_libraries $1"
])

# KMOD_COMPLETION_DIR(shell, pkg-config module that knows the place, default)
AC_DEFUN([KMOD_COMPLETION_DIR], [
AC_ARG_WITH([$1completiondir],
	[AS_HELP_STRING([--with-$1completiondir=DIR|no],
		[completions for $1 (default: DATADIR]m4_bpatsubst([$3], [^.*}], [])[)])],
	[], [with_$1completiondir=yes])
AS_CASE([$with_$1completiondir],
	[no], [with_$1completiondir=],
	[yes], [with_$1completiondir='$3'
		m4_ifval([$2], [completionsdir=`$PKG_CONFIG --variable=completionsdir $2 2>/dev/null`
		AS_CASE([$prefix:$completionsdir],
			[NONE:/usr/local/*|$prefix:$prefix/*], [with_$1completiondir=$completionsdir])])])
AC_SUBST([$1completiondir], [$with_$1completiondir])
])

# A typo in --enable-dlopen must not silently link a library.
AC_DEFUN([KMOD_DLOPEN_CHECK], [
AS_CASE([$kmod_dlopen], [all|no], [], [
	for lib in `AS_ECHO(["$kmod_dlopen"]) | tr , ' '`; do
		AS_CASE([" $kmod_known_libraries "], [*" $lib "*], [],
			[AC_MSG_ERROR([--enable-dlopen: unknown library $lib])])
	done])
# A line of kmod.pc, or none.
AC_SUBST([MODULE_COMPRESSIONS])
kmod_compressions=
AS_IF([test "$with_zstd" = yes], [kmod_compressions="$kmod_compressions zstd"])
AS_IF([test "$with_xz" = yes], [kmod_compressions="$kmod_compressions xz"])
AS_IF([test "$with_zlib" = yes], [kmod_compressions="$kmod_compressions zlib"])
AS_IF([test -n "$kmod_compressions"],
	[MODULE_COMPRESSIONS=`AS_ECHO(["module_compressions=$kmod_compressions"]) | sed 's/= /=/'`])
])

# The warnings we build with, where the compiler knows them.
AC_DEFUN([KMOD_C_FLAGS], [
AC_LANG_PUSH([C])
for flag in -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -Wformat=2 -Wno-format-nonliteral -Wvla \
	-fvisibility=hidden -fno-common -fno-semantic-interposition; do
	AC_MSG_CHECKING([whether $CC accepts $flag])
	saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $flag"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
		[AC_MSG_RESULT([yes]); WARNING_CFLAGS="$WARNING_CFLAGS $flag"],
		[AC_MSG_RESULT([no])])
	CFLAGS=$saved_CFLAGS
done
AC_LANG_POP([C])
AC_SUBST([WARNING_CFLAGS])
])

# KMOD_HARDENING_FLAG(word, flags, variable, program text)
# Where a program with FLAGS compiles and links without a warning, they go to VARIABLE and the word to HARDENING.
AC_DEFUN([KMOD_HARDENING_FLAG], [
AC_MSG_CHECKING([whether $CC takes $2])
saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_LINK_IFELSE([$4],
	[AC_MSG_RESULT([yes]); $3="$$3 $2"; HARDENING="$HARDENING $1"],
	[AC_MSG_RESULT([no])])
CFLAGS=$saved_CFLAGS
])

# KMOD_HARDENING
# What makes an overrun end in an abort. The user's word wins: whatever CPPFLAGS, CFLAGS or LDFLAGS say of a matter is
# left alone. _FORTIFY_SOURCE needs an optimizing compiler and gets in the way of sanitizers.
AC_DEFUN([KMOD_HARDENING], [
AC_ARG_ENABLE([hardening],
	[AS_HELP_STRING([--disable-hardening], [no _FORTIFY_SOURCE, stack protector, PIE and RELRO of our own])],
	[], [enable_hardening=yes])
HARDENING=
AS_CASE([$enable_hardening:$enable_sanitizers],
	[yes:no], [
	kmod_users_flags=" $CC $CPPFLAGS $CFLAGS $LDFLAGS "
	AS_CASE([$kmod_users_flags], [*_FORTIFY_SOURCE*], [], [
		KMOD_HARDENING_FLAG([fortify], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3], [HARDENING_CPPFLAGS],
			[AC_LANG_PROGRAM([[#include <stdio.h>
#ifndef __OPTIMIZE__
#error nothing is checked then
#endif]])])
		AS_CASE([$HARDENING], [*fortify*], [],
			[KMOD_HARDENING_FLAG([fortify], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2], [HARDENING_CPPFLAGS],
				[AC_LANG_PROGRAM([[#include <stdio.h>
#ifndef __OPTIMIZE__
#error nothing is checked then
#endif]])])])])
	AS_CASE([$kmod_users_flags], [*stack-protector*|*" -O0 "*], [],
		[KMOD_HARDENING_FLAG([stack-protector], [-fstack-protector-strong], [HARDENING_CFLAGS],
			[AC_LANG_PROGRAM([[#include <stdio.h>]],
				[[char text@<:@80@:>@; return fgets(text, 80, stdin) != NULL;]])])])
	AS_CASE([$kmod_users_flags], [*-no-pie*|*-fno-pi*|*" -static"*], [], [
		KMOD_HARDENING_FLAG([pie], [-fPIE -pie], [kmod_pie], [AC_LANG_PROGRAM()])
		AS_IF([test -n "$kmod_pie"], [HARDENING_CFLAGS="$HARDENING_CFLAGS -fPIE"; PIE_LDFLAGS=-pie])])
	AS_CASE([$kmod_users_flags], [*norelro*|*,lazy*], [],
		[KMOD_HARDENING_FLAG([relro], [-Wl,-z,relro -Wl,-z,now], [HARDENING_LDFLAGS], [AC_LANG_PROGRAM()])])])
AC_SUBST([HARDENING])
AC_SUBST([HARDENING_CPPFLAGS])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])
AC_SUBST([PIE_LDFLAGS])
])
