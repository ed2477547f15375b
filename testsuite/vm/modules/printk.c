/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* printk - has the name of a part of the kernel that is no module. */
#define FIXTURE "printk"
#include "fixture.h"

module_init(fixture_init);
module_exit(fixture_exit);
