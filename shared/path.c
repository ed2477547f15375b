/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joins and splits path names. */
#include "shared/path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/cleanup.h"

/* $PWD when it really is the current directory: the user's own spelling. */
static const char *path_pwd(void)
{
	const char *pwd = secure_getenv("PWD");
	struct stat a, b;

	if (!pwd || pwd[0] != '/' || stat(pwd, &a) < 0 || stat(".", &b) < 0)
		return NULL;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino ? pwd : NULL;
}

int path_absolute(const char *path, char **ret)
{
	auto_free char *got = NULL;
	const char *cwd;
	char *abs;

	if (path[0] == '/') {
		abs = strdup(path);
		if (!abs)
			return -ENOMEM;
		*ret = abs;
		return 0;
	}
	cwd = path_pwd();
	if (!cwd) {
		cwd = got = getcwd(NULL, 0);
		if (!cwd)
			return -errno;
	}
	if (asprintf(&abs, "%s/%s", cwd, path) < 0)
		return -ENOMEM;
	*ret = abs;
	return 0;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_is_device(const char *name, size_t len)
{
	size_t part = 0, dots = 0; /* bytes, and dots among them, since the last slash */

	for (size_t i = 0; i <= len; i++) {
		if (i == len || name[i] == '/') {
			if (part == 0 || part > NAME_MAX || (part == dots && dots <= 2))
				return false;
			part = dots = 0;
			continue;
		}
		if (name[i] == '\0' || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					       "0123456789_.,:+@=-", name[i]))
			return false;
		part++;
		dots += name[i] == '.';
	}
	return true;
}
