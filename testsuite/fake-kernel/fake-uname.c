/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake-uname.c - the release that programs see. */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "fake-kernel.h"

const char *fk_release(void)
{
	const char *env = getenv("FAKE_UNAME");

	return env && *env ? env : "9.9.9";
}

int fk_uname(struct utsname *u)
{
	long r = fk_sys(SYS_uname, u);

	if (r == 0) {
		snprintf(u->release, sizeof(u->release), "%s", fk_release());
		snprintf(u->machine, sizeof(u->machine), "x86_64");
	}
	return (int)r;
}

FK_EXPORT int uname(struct utsname *u)
{
	int r = fk_uname(u);

	if (r < 0) {
		errno = -r;
		return -1;
	}
	return 0;
}
