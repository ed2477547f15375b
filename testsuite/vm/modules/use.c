/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* use - needs dep; otherwise as slow. */
#define FIXTURE "use"
#include "fixture.h"

int fixture_dep_symbol(void);

static int __init use_init(void)
{
	return fixture_dep_symbol() ? -EINVAL : fixture_init();
}

module_init(use_init);
module_exit(fixture_exit);
