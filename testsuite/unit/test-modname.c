/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the names of modules are spelled. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "shared/modname.h"

static char out[MODNAME_MAX + 1];

/* docs/spec/libkmod-api.md 6.1 and 16.29 */
static void names_lose_dashes_and_what_follows_the_dot(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "mod-a", "mod_a" }, { "snd-hda.ko.xz", "snd_hda" }, { "", "" }, { ".ko", "" },
		{ "snd-hda[0-9]-x.ko.xz", "snd_hda[0_9]_x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(modname_normalize(cases[i].in, out), strlen(cases[i].want));
		assert_string_equal(out, cases[i].want);
	}
	assert_int_equal(modname_from_path("/a.b/c-d/e-f.ko", out), 3);
	assert_string_equal(out, "e_f");
}

static void long_names_are_cut_not_overrun(void **state)
{
	char *name = malloc(6000);

	(void)state;
	assert_non_null(name);
	memset(name, 'x', 5999);
	name[5999] = '\0';
	assert_int_equal(modname_normalize(name, out), MODNAME_MAX);
	assert_int_equal(modname_alias(name, out), 0);
	assert_int_equal(strlen(out), MODNAME_MAX);
	name[10] = '['; /* never closed before the limit */
	assert_int_equal(modname_alias(name, out), -EINVAL);
	free(name);
}

/* docs/spec/libkmod-api.md 6.2 and 16.34 */
static void aliases_keep_what_is_in_brackets(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "net-pf-16", "net_pf_16" }, { "my-[0-9]-x", "my_[0-9]_x" }, { "a.b-c", "a.b_c" },
		{ "a]", NULL }, { "a[b", NULL }, { "[]x]", NULL }, { "[a][b-c]-", "[a][b-c]_" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(modname_alias(cases[i].in, out), cases[i].want ? 0 : -EINVAL);
		if (cases[i].want)
			assert_string_equal(out, cases[i].want);
	}
}

static void module_files_are_told_by_their_ending(void **state)
{
	(void)state;
	assert_true(modname_is_module_file("a.ko"));
	assert_true(modname_is_module_file("a.ko.zst"));
	assert_false(modname_is_module_file(".ko"));
	assert_false(modname_is_module_file("a.ko.bak"));
	assert_false(modname_is_module_file("ko"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lose_dashes_and_what_follows_the_dot),
		cmocka_unit_test(long_names_are_cut_not_overrun),
		cmocka_unit_test(aliases_keep_what_is_in_brackets),
		cmocka_unit_test(module_files_are_told_by_their_ending),
	};

	return cmocka_run_group_tests_name("modname", tests, NULL, NULL);
}
