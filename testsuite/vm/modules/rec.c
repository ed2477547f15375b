/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rec - its init asks the kernel for rec itself, which is not ready before init is through. */
#define FIXTURE "rec"
#include <linux/kmod.h>
#include "fixture.h"

static int __init rec_init(void)
{
	(void)request_module("fixture-rec-alias");
	return fixture_init();
}

MODULE_ALIAS("fixture-rec-alias");
module_init(rec_init);
module_exit(fixture_exit);
