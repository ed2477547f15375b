/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of libc that are large for what is asked of them here, done with less.
 * A small static program (configure, SMALL_LIBC) has this file read before every
 * other, and its rooms get these where they ask for those. All else is libc's.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define _small_printf_(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * The conversions c d m p s u x and %%, with - 0 # and a width, with l ll z, and s with a
 * precision. Any other is printed as it stands. What goes to a stream is written at once
 * up to 1 KiB.
 */
int small_vfprintf(FILE *file, const char *format, va_list args) _small_printf_(2, 0);
int small_fprintf(FILE *file, const char *format, ...) _small_printf_(2, 3);
int small_snprintf(char *to, size_t size, const char *format, ...) _small_printf_(3, 4);
int small_vsnprintf(char *to, size_t size, const char *format, va_list args) _small_printf_(3, 0);
int small_vasprintf(char **ret, const char *format, va_list args) _small_printf_(2, 0);
int small_asprintf(char **ret, const char *format, ...) _small_printf_(2, 3);

/*
 * One datagram to /dev/log for each message, without the time and the process, which a
 * system log knows by itself. Where nobody takes it, it goes to the console, as LOG_CONS
 * says, which is always on. ident is kept, not copied.
 */
void small_openlog(const char *ident, int options, int facility);
void small_syslog(int priority, const char *format, ...) _small_printf_(2, 3);

#ifdef SMALL_LIBC
/* Calls only: other things have these names, too. */
# define asprintf(...) small_asprintf(__VA_ARGS__)
# define fprintf(...) small_fprintf(__VA_ARGS__)
# define openlog(...) small_openlog(__VA_ARGS__)
# define printf(...) small_fprintf(stdout, __VA_ARGS__)
# define snprintf(...) small_snprintf(__VA_ARGS__)
# define syslog(...) small_syslog(__VA_ARGS__)
# define vasprintf(...) small_vasprintf(__VA_ARGS__)
# define vfprintf(...) small_vfprintf(__VA_ARGS__)
# define vsnprintf(...) small_vsnprintf(__VA_ARGS__)
#endif
