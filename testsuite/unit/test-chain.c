/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chain of commands that run inside of each other. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "shared/chain.h"
#include "testsuite/unit/oom.h"

static void enter(const char *action, const char *module, char **before, int want)
{
	assert_int_equal(chain_enter(action, module, before), want);
}

static void a_command_is_not_run_inside_of_itself(void **state)
{
	char *outer = NULL, *inner = NULL, *none = NULL;

	(void)state;
	enter("install", "a", &outer, 0);
	assert_null(outer);
	enter("install", "a", &none, -ELOOP);
	enter("remove", "a", &inner, 0); /* another command */
	assert_non_null(inner);
	enter("install", "a", &none, -ELOOP);
	enter("remove", "a", &none, -ELOOP);
	assert_null(none);
	chain_leave(inner);
	free(inner);
	enter("remove", "a", &inner, 0); /* it has ended: it may be run again */
	chain_leave(inner);
	free(inner);
	enter("install", "aa", &inner, 0); /* a word, not a part of one */
	chain_leave(inner);
	free(inner);
	chain_leave(outer);
	enter("install", "a", &outer, 0);
	assert_null(outer);
	chain_leave(outer);
}

static void every_failed_allocation_leaves_the_chain_alone(void **state)
{
	char *outer = NULL;
	unsigned int n;

	(void)state;
	enter("install", "a", &outer, 0);
	for (n = 1;; n++) {
		char *inner = NULL;
		int r;

		oom_arm(n);
		r = chain_enter("install", "b", &inner);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			chain_leave(inner);
			free(inner);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(inner);
		enter("install", "a", &inner, -ELOOP); /* still known */
		enter("install", "b", &inner, 0); /* and this one is not */
		chain_leave(inner);
		free(inner);
	}
	assert_true(n > 3);
	chain_leave(outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_not_run_inside_of_itself),
		cmocka_unit_test(every_failed_allocation_leaves_the_chain_alone),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
