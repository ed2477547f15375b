/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * raw-call - one module system call, and what the kernel says, without a tool between
 *
 * usage: raw-call load FILE FLAGS PARAMS    finit_module
 *        raw-call busy FILE FLAGS PARAMS    the same while the file is open for writing
 *        raw-call unload NAME FLAGS         delete_module; FLAGS in the kernel's numbers
 * Prints the errno, 0 for success.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long r;
	int fd;

	if (argc < 4)
		return 2;
	if (strcmp(argv[1], "unload") == 0) {
		r = syscall(SYS_delete_module, argv[2], atoi(argv[3]));
	} else if (argc == 5) {
		if (strcmp(argv[1], "busy") == 0 && open(argv[2], O_RDWR) < 0)
			return 2;
		fd = open(argv[2], O_RDONLY);
		if (fd < 0)
			return 2;
		r = syscall(SYS_finit_module, fd, argv[4], atoi(argv[3]));
	} else {
		return 2;
	}
	printf("%d\n", r < 0 ? errno : 0);
	return 0;
}
