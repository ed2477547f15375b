/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chain of commands that run inside of each other, and the environment that says so. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "shared/chain.h"
#include "testsuite/unit/oom.h"

static char **ours; /* what the program was started with */

/* Variables, NULL-terminated, as all that there are. */
#define ONLY(...) (environ = (char **)(const char *[]){ __VA_ARGS__, NULL })

static void gives(const char *action, const char *module, const char *const *want)
{
	char **before = environ, *kept[8] = { NULL };
	char **env = NULL;
	size_t i, n = 0;

	for (; before && before[n]; n++)
		kept[n] = before[n];
	assert_int_equal(chain_environ(action, module, &env), 0);
	for (i = 0; want[i]; i++) {
		assert_non_null(env[i]);
		assert_string_equal(env[i], want[i]);
	}
	assert_null(env[i]);
	free(env);
	/* and ours is as it was */
	assert_ptr_equal(environ, before);
	for (i = 0; i < n; i++)
		assert_ptr_equal(environ[i], kept[i]);
	assert_true(!environ || !environ[n]);
}
#define GIVES(action, module, ...) gives(action, module, (const char *const[]){ __VA_ARGS__, NULL })

static void loops(const char *action, const char *module)
{
	char **env = NULL;

	assert_int_equal(chain_environ(action, module, &env), -ELOOP);
	assert_null(env);
}

static int to_ours(void **state)
{
	(void)state;
	environ = ours;
	return 0;
}

static void a_command_gets_our_environment_and_its_own_two(void **state)
{
	(void)state;
	ONLY("A=1", "B=", "odd");
	GIVES("install", "a", "A=1", "B=", "odd", "MODPROBE_MODULE=a", "MODPROBE_CHAIN=install:a");
	ONLY("MODPROBE_MODULE=x", "A=1", "MODPROBE_OPTIONS=-v", "MODPROBE_MODULE=y", "MODPROBE_MODULES=z");
	GIVES("remove", "b_c", "A=1", "MODPROBE_OPTIONS=-v", "MODPROBE_MODULES=z", "MODPROBE_MODULE=b_c",
	      "MODPROBE_CHAIN=remove:b_c");
	ONLY("MODPROBE_CHAIN=install:a remove:b", "A=1", "MODPROBE_CHAIN=twice");
	GIVES("install", "c", "A=1", "MODPROBE_MODULE=c", "MODPROBE_CHAIN=install:a remove:b install:c");
	environ = (char *[]){ NULL };
	GIVES("install", "a", "MODPROBE_MODULE=a", "MODPROBE_CHAIN=install:a");
	environ = NULL; /* as clearenv() leaves it */
	GIVES("install", "a", "MODPROBE_MODULE=a", "MODPROBE_CHAIN=install:a");
}

static void a_command_is_not_run_inside_of_itself(void **state)
{
	(void)state;
	ONLY("MODPROBE_CHAIN=install:a remove:b install:cc");
	loops("install", "a");
	loops("remove", "b");
	loops("install", "cc");
	/* another command, and a word is not a part of one */
	GIVES("remove", "a", "MODPROBE_MODULE=a", "MODPROBE_CHAIN=install:a remove:b install:cc remove:a");
	GIVES("install", "c", "MODPROBE_MODULE=c", "MODPROBE_CHAIN=install:a remove:b install:cc install:c");
	GIVES("install", "aa", "MODPROBE_MODULE=aa", "MODPROBE_CHAIN=install:a remove:b install:cc install:aa");
	GIVES("all", "a", "MODPROBE_MODULE=a", "MODPROBE_CHAIN=install:a remove:b install:cc all:a");
}

/* Two commands of one process run beside each other, not inside: what one gets, the other is not told. */
static void what_one_command_gets_is_not_in_the_next(void **state)
{
	char **first, **second;

	(void)state;
	ONLY("A=1");
	assert_int_equal(chain_environ("install", "a", &first), 0);
	assert_int_equal(chain_environ("install", "a", &second), 0);
	GIVES("install", "b", "A=1", "MODPROBE_MODULE=b", "MODPROBE_CHAIN=install:b");
	assert_string_equal(first[2], "MODPROBE_CHAIN=install:a");
	assert_string_equal(second[2], "MODPROBE_CHAIN=install:a");
	free(first);
	free(second);
}

static void every_failed_allocation_is_told(void **state)
{
	char **env = NULL;
	unsigned int n;

	(void)state;
	ONLY("A=1", "MODPROBE_CHAIN=install:a");
	for (n = 1;; n++) {
		int r;

		oom_arm(n);
		r = chain_environ("install", "b", &env);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(env);
	}
	assert_true(n > 1);
	free(env);
	loops("install", "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_command_gets_our_environment_and_its_own_two, to_ours),
		cmocka_unit_test_teardown(a_command_is_not_run_inside_of_itself, to_ours),
		cmocka_unit_test_teardown(what_one_command_gets_is_not_in_the_next, to_ours),
		cmocka_unit_test_teardown(every_failed_allocation_is_told, to_ours),
	};

	ours = environ;
	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
