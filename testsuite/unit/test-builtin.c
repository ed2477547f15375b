/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records of modules.builtin.modinfo. docs/spec/index-files.md 2 and its case 20. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "libkmod/builtin.h"
#include "shared/strbuf.h"

#define TEXT(s) (s), sizeof(s) - 1

/* All records as "module|key|value;"; module NULL: of every module. */
static void expect(const char *bytes, size_t size, const char *module, const char *want)
{
	auto_strbuf struct strbuf got = STRBUF_INIT;
	struct builtin_record r;
	struct builtin_iter it;
	char *exact = malloc(size ? size : 1); /* a sanitizer sees a step beyond */

	assert_non_null(exact);
	memcpy(exact, bytes, size);
	builtin_begin(&it, exact, size);
	while (module ? builtin_next_of(&it, module, &r) : builtin_next(&it, &r))
		assert_int_equal(strbuf_addf(&got, "%.*s|%.*s|%.*s;", (int)r.module_len, r.module,
					     (int)r.key_len, r.key, (int)r.value_len, r.value),
				 0);
	free(exact);
	assert_string_equal(strbuf_str(&got), want);
}

static void records_are_module_key_and_value(void **state)
{
	(void)state;
	expect(TEXT("ext9.license=GPL\0ext9.alias=fs-ext9\0"), NULL,
	       "ext9|license|GPL;ext9|alias|fs-ext9;");
	expect(TEXT("a.parm=x:is a.b=c\0a.empty=\0"), NULL, "a|parm|x:is a.b=c;a|empty|;");
	expect(TEXT("a.k=last without its end"), NULL, "a|k|last without its end;");
	expect(TEXT(""), NULL, "");
	expect(TEXT("\0\0\0a.k=v\0\0b.k=w\0\0"), NULL, "a|k|v;b|k|w;");
}

static void a_malformed_record_costs_only_itself(void **state)
{
	(void)state;
	expect(TEXT("a.k=1\0nodot=x\0a.k=2\0"), NULL, "a|k|1;a|k|2;");
	expect(TEXT("a.k=1\0a.noequals\0a.k=2\0"), NULL, "a|k|1;a|k|2;");
	expect(TEXT("a.k=1\0=x.y\0a.k=2\0"), NULL, "a|k|1;a|k|2;");
	expect(TEXT("a.k=1\0.k=x\0a.k=2\0"), NULL, "a|k|1;a|k|2;");
	expect(TEXT("nodot\0nodot=a.b\0a.k=2\0"), "a", "a|k|2;");
	expect(TEXT("a.k=1\0a.alias=[[\0a.k=2"), NULL, "a|k|1;a|alias|[[;a|k|2;");
}

static void a_long_value_is_whole(void **state)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	struct builtin_record r;
	struct builtin_iter it;

	(void)state;
	assert_int_equal(strbuf_adds(&b, "a.alias="), 0);
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(strbuf_addc(&b, 'x'), 0);
	assert_int_equal(strbuf_add(&b, TEXT("\0a.k=v\0")), 0);
	builtin_begin(&it, b.s, b.len);
	assert_int_equal(builtin_next(&it, &r), 1);
	assert_int_equal(r.value_len, 5000);
	assert_int_equal(builtin_next(&it, &r), 1);
	assert_int_equal(r.value_len, 1);
	assert_int_equal(builtin_next(&it, &r), 0);
	assert_int_equal(builtin_next(&it, &r), 0);
}

static void one_module_is_picked_by_its_whole_name(void **state)
{
	(void)state;
	expect(TEXT("ab.k=1\0a.k=2\0abc.k=3\0a.k=4\0b.k=5\0a.l=6"), "a", "a|k|2;a|k|4;a|l|6;");
	expect(TEXT("ab.k=1\0"), "a", "");
	expect(TEXT("ab.k=1\0"), "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_module_key_and_value),
		cmocka_unit_test(a_malformed_record_costs_only_itself),
		cmocka_unit_test(a_long_value_is_whole),
		cmocka_unit_test(one_module_is_picked_by_its_whole_name),
	};

	return cmocka_run_group_tests_name("builtin", tests, NULL, NULL);
}
