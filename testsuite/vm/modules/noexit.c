/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* noexit - an init, and no exit: it cannot be removed. */
#include <linux/init.h>
#include <linux/module.h>

static int __init noexit_init(void)
{
	return 0;
}
module_init(noexit_init);
MODULE_DESCRIPTION("test module without an exit function");
MODULE_LICENSE("GPL");
