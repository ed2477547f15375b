/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system log, in little code: no time, no format of its own. */
#include "shared/small.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LOG_SOCKET "/dev/log"
#define LOG_CONSOLE "/dev/console"
#define LINE_MAX_SIZE 1024 /* bytes of a message, what is more is cut */

static struct {
	const char *ident;
	int facility;
} the_log = { "kmod", LOG_USER };

void small_openlog(const char *ident, int options, int facility)
{
	(void)options;
	the_log.ident = ident;
	the_log.facility = facility;
}

void small_syslog(int priority, const char *format, ...)
{
	static const struct sockaddr_un log = { AF_UNIX, LOG_SOCKET };
	char line[LINE_MAX_SIZE + 1];
	size_t begin, end;
	va_list args;
	bool sent;
	int fd;

	begin = (size_t)small_snprintf(line, LINE_MAX_SIZE, "<%d>", the_log.facility | priority);
	end = begin + (size_t)small_snprintf(line + begin, LINE_MAX_SIZE - begin, "%s: ", the_log.ident);
	if (end < LINE_MAX_SIZE) {
		va_start(args, format);
		(void)small_vsnprintf(line + end, LINE_MAX_SIZE - end, format, args);
		va_end(args);
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sent = fd >= 0 && connect(fd, (const struct sockaddr *)&log, sizeof(log)) == 0 &&
	       send(fd, line, strlen(line), MSG_NOSIGNAL) >= 0;
	if (fd >= 0)
		(void)close(fd);
	fd = sent ? -1 : open(LOG_CONSOLE, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	end = strlen(line);
	line[end++] = '\n';
	(void)!write(fd, line + begin, end - begin); /* there is nobody to tell */
	(void)close(fd);
}
