/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake-syslog.c - the system log of the tree: one line per message in .fake/syslog. */
#undef _FORTIFY_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include "fake-kernel.h"

static char ident[64] = "-";
static int facility = LOG_USER;

static const char *facility_word(int f)
{
	return f == LOG_KERN ? "kern" : f == LOG_USER ? "user" : f == LOG_DAEMON ? "daemon" : "other";
}

static const char *level_word(int priority)
{
	static const char *const words[] = {
		"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
	};

	return words[LOG_PRI(priority)];
}

FK_EXPORT void openlog(const char *name, int option, int f)
{
	(void)option;
	if (name)
		snprintf(ident, sizeof(ident), "%s", name);
	if (f)
		facility = f & LOG_FACMASK;
}

FK_EXPORT void closelog(void)
{
}

FK_EXPORT void vsyslog(int priority, const char *format, va_list args)
{
	int f = priority & LOG_FACMASK ? priority & LOG_FACMASK : facility;
	char path[PATH_MAX], line[4096];
	size_t n;
	long fd;

	fk_start();
	if (!fk_root[0])
		return;
	fk_dirs();
	n = (size_t)snprintf(line, sizeof(line), "%s.%s %s: ", facility_word(f), level_word(priority), ident);
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, format, args);
	if (n > sizeof(line) - 1)
		n = sizeof(line) - 1;
	if (line[n - 1] != '\n')
		line[n++] = '\n';	/* in the place of the NUL */
	fd = fk_sys(SYS_openat, (long)AT_FDCWD, fk_at(path, "/.fake/syslog"),
		    (long)(O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC), 0666L);
	if (fd < 0)
		return;
	(void)fk_sys(SYS_write, fd, line, n);
	(void)fk_sys(SYS_close, fd);
}

FK_EXPORT void syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsyslog(priority, format, args);
	va_end(args);
}

/* What calls become under _FORTIFY_SOURCE. */
void __vsyslog_chk(int priority, int flag, const char *format, va_list args);
void __syslog_chk(int priority, int flag, const char *format, ...);

FK_EXPORT void __vsyslog_chk(int priority, int flag, const char *format, va_list args)
{
	(void)flag;
	vsyslog(priority, format, args);
}

FK_EXPORT void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	vsyslog(priority, format, args);
	va_end(args);
}
