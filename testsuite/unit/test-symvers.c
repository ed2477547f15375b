/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Symbols of the kernel image, from Module.symvers and System.map. */
#include "testsuite/unit/unit.h"

#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/oom.h"
#include "tools/depmod/symvers.h"

#define ALWAYS 3u /* the symbols that are added to every list come first */

static void assert_symbol(const struct symvers *list, size_t i, const char *name, uint64_t crc)
{
	assert_true(ALWAYS + i < list->n);
	assert_string_equal(list->at[ALWAYS + i].name, name);
	assert_int_equal(list->at[ALWAYS + i].crc, crc);
}

/* docs/spec/depmod.md 10 and edge case 27 */
static void symvers_takes_what_is_in_the_kernel(void **state)
{
	auto_symvers struct symvers list = SYMVERS_INIT;

	(void)state;
	put_file("s", "0x0000000a\tone\tvmlinux\tEXPORT_SYMBOL\t\n"
		      "b two vmlinux EXPORT_SYMBOL_GPL NS\n"
		      "0xc\tthree\tdrivers/x\tEXPORT_SYMBOL\n"
		      "0xd four vmlinux\n"
		      "\n"
		      "0xffffffffffffffff five vmlinux x");
	assert_int_equal(symvers_read("s", '\0', &log_taken, &list), 0);
	assert_logged("");
	assert_int_equal(list.n, ALWAYS + 4);
	assert_symbol(&list, 0, "one", 0xa);
	assert_symbol(&list, 1, "two", 0xb);
	assert_symbol(&list, 2, "four", 0xd);
	assert_symbol(&list, 3, "five", UINT64_MAX);
}

static void bad_versions_are_said_and_skipped(void **state)
{
	auto_symvers struct symvers list = SYMVERS_INIT;
	char want[512];

	(void)state;
	put_file("s", "0xzz a vmlinux x\n-1 b vmlinux x\n0x c vmlinux x\n"
		      "0x10000000000000000 d vmlinux x\n1 good vmlinux x\n");
	assert_int_equal(symvers_read("s", '\0', &log_taken, &list), 0);
	assert_int_equal(list.n, ALWAYS + 1);
	assert_symbol(&list, 0, "good", 1);
	(void)snprintf(want, sizeof(want),
		       "3 s:1 Invalid symbol version 0xzz: Invalid argument\n"
		       "3 s:2 Invalid symbol version -1: Invalid argument\n"
		       "3 s:3 Invalid symbol version 0x: Invalid argument\n"
		       "3 s:4 Invalid symbol version 0x10000000000000000: %s\n",
		       strerror(ERANGE));
	assert_logged(want);
}

static void map_takes_the_export_table(void **state)
{
	auto_symvers struct symvers list = SYMVERS_INIT;

	(void)state;
	put_file("m", "ffff T _text\nffff r __ksymtab_one\nffff r __ksymtab_two more\n"
		      "bad\nffff r\nffff R _ksymtab_no\nffff r __ksymtab_last");
	assert_int_equal(symvers_read_system_map("m", '\0', &log_taken, &list), 0);
	assert_int_equal(list.n, ALWAYS + 3);
	assert_symbol(&list, 0, "one", 0);
	assert_symbol(&list, 1, "two more", 0);
	assert_symbol(&list, 2, "last", 0);
	assert_logged("3 m:4: invalid line: bad\n3 m:5: invalid line: ffff r\n");
}

/* docs/spec/depmod.md 8.4 */
static void one_prefix_character_is_taken_off(void **state)
{
	auto_symvers struct symvers vers = SYMVERS_INIT, map = SYMVERS_INIT;

	(void)state;
	put_file("s", "1 _a vmlinux x\n2 __b vmlinux x\n3 c vmlinux x\n");
	put_file("m", "0 r ___ksymtab__d\n0 r __ksymtab_e\n");
	assert_int_equal(symvers_read("s", '_', &log_taken, &vers), 0);
	assert_symbol(&vers, 0, "a", 1);
	assert_symbol(&vers, 1, "_b", 2);
	assert_symbol(&vers, 2, "c", 3);
	/* the prefix stands before __ksymtab_; without it the name is no longer one */
	assert_int_equal(symvers_read_system_map("m", '_', &log_taken, &map), 0);
	assert_int_equal(map.n, ALWAYS + 1);
	assert_symbol(&map, 0, "_d", 0);
	assert_logged("");
}

static void a_missing_file_leaves_the_list_alone(void **state)
{
	struct symvers list = SYMVERS_INIT;

	(void)state;
	assert_int_equal(symvers_read("none", '\0', &log_taken, &list), -ENOENT);
	assert_int_equal(symvers_read_system_map(".", '\0', &log_taken, &list), -EISDIR);
	assert_null(list.at);
	put_file("empty", "");
	assert_int_equal(symvers_read("empty", '\0', &log_taken, &list), 0);
	assert_int_equal(list.n, ALWAYS);
	symvers_release(&list);
}

static void survives_every_failed_allocation(void **state)
{
	(void)state;
	put_file("s", "1 a vmlinux x\n");
	for (unsigned n = 1;; n++) {
		struct symvers list = SYMVERS_INIT;
		int r;

		oom_arm(n);
		r = symvers_read("s", '\0', NULL, &list);
		if (!oom_fired()) {
			assert_true(n > 2);
			assert_int_equal(r, 0);
			symvers_release(&list);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(list.at);
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, play_begin, play_end)
	const struct CMUnitTest tests[] = {
		CASE(symvers_takes_what_is_in_the_kernel),
		CASE(bad_versions_are_said_and_skipped),
		CASE(map_takes_the_export_table),
		CASE(one_prefix_character_is_taken_off),
		CASE(a_missing_file_leaves_the_list_alone),
		CASE(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("symvers", tests, NULL, NULL);
}
