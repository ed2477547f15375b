/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dep - what use needs; otherwise as slow. */
#define FIXTURE "dep"
#include "fixture.h"

int fixture_dep_symbol(void);
int fixture_dep_symbol(void)
{
	return 0;
}
EXPORT_SYMBOL_GPL(fixture_dep_symbol);

module_init(fixture_init);
module_exit(fixture_exit);
