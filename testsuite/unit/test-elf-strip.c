/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies without version data. The numbers are those of docs/spec/module-files.md 17. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "libkmod/elf-strip.h"
#include "shared/cleanup.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/oom.h"

#define MODINFO "license=GPL\0vermagic=6.1.0 SMP \0name=x\0"

static size_t differences(const struct elf_build *b, const uint8_t *copy)
{
	size_t n = 0;

	for (size_t i = 0; i < b->image.len; i++)
		n += (uint8_t)b->image.s[i] != copy[i];
	return n;
}

static uint64_t low_flag_byte(const struct elf_build *b, unsigned section)
{
	return b->section[section].header_off + 8 + (b->msb ? elf_build_word(b) - 1 : 0);
}

/* module-files.md edge cases 27, 29 */
static void modversions_one_flag_of_each_section(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		auto_free uint8_t *copy = NULL;
		unsigned versions, names, crcs;

		elf_build_init(&b, elf_kinds[i]);
		elf_build_text(&b, ".modinfo", MODINFO);
		elf_build_version(&b, "module_layout", 1);
		names = elf_build_text(&b, "__version_ext_names", "module_layout\0");
		crcs = elf_build_text(&b, "__version_ext_crcs", "\1\0\0\0");
		versions = elf_build_find(&b, "__versions");
		b.section[versions].flags = 0x32; /* other bits stay */
		elf_build_finish(&b);
		assert_int_equal(
			elf_strip(b.image.s, b.image.len, ELF_STRIP_MODVERSIONS, &copy), 0);
		assert_int_equal(differences(&b, copy), 3);
		assert_int_equal(copy[low_flag_byte(&b, versions)], 0x30);
		assert_int_equal(copy[low_flag_byte(&b, names)], 0);
		assert_int_equal(copy[low_flag_byte(&b, crcs)], 0);
	}
}

/* module-files.md edge case 27 */
static void without_versions_the_image_stays_as_it_is(void **state)
{
	auto_elf_build struct elf_build b;
	auto_free uint8_t *copy = NULL;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	elf_build_text(&b, ".modinfo", MODINFO);
	elf_build_finish(&b);
	assert_int_equal(elf_strip(b.image.s, b.image.len, ELF_STRIP_MODVERSIONS, &copy), 0);
	assert_int_equal(differences(&b, copy), 0);
}

/* module-files.md edge cases 28, 29 */
static void vermagic_becomes_zeros_and_nothing_else(void **state)
{
	static const char want[] = "license=GPL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0name=x\0";

	(void)state;
	assert_int_equal(sizeof(want), sizeof(MODINFO));
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		auto_free uint8_t *copy = NULL, *both = NULL;

		elf_build_init(&b, elf_kinds[i]);
		elf_build_text(&b, ".modinfo", MODINFO);
		elf_build_version(&b, "module_layout", 1);
		elf_build_finish(&b);
		assert_int_equal(elf_strip(b.image.s, b.image.len, ELF_STRIP_VERMAGIC, &copy), 0);
		assert_memory_equal(copy + b.section[1].off, want, sizeof(want) - 1);
		assert_int_equal(differences(&b, copy), strlen("vermagic=6.1.0 SMP "));
		assert_int_equal(elf_strip(b.image.s, b.image.len,
					   ELF_STRIP_VERMAGIC | ELF_STRIP_MODVERSIONS, &both),
				 0);
		assert_int_equal(differences(&b, both), strlen("vermagic=6.1.0 SMP ") + 1);
		assert_memory_equal(both + b.section[1].off, want, sizeof(want) - 1);
		assert_int_equal(both[low_flag_byte(&b, 2)], 0);
	}
}

/* module-files.md edge case 28: what is missing */
static void strip_vermagic_of(const char *modinfo, size_t size, int want)
{
	auto_elf_build struct elf_build b;
	uint8_t *copy = NULL;
	int r;

	elf_build_init(&b, elf_kinds[0]);
	if (modinfo)
		elf_build_section(&b, ".modinfo", modinfo, size);
	elf_build_finish(&b);
	r = elf_strip(b.image.s, b.image.len, ELF_STRIP_VERMAGIC, &copy);
	assert_int_equal(r, want);
	if (r == 0)
		assert_int_equal(differences(&b, copy), 0);
	else
		assert_null(copy);
	free(copy);
}

static void a_missing_vermagic_is_an_error_only_beside_others(void **state)
{
#define TEXT(s) (s), sizeof(s) - 1
	(void)state;
	strip_vermagic_of(NULL, 0, 0);
	strip_vermagic_of(TEXT(""), 0);
	strip_vermagic_of(TEXT("\0\0\0"), 0);
	strip_vermagic_of(TEXT("\0\0x"), 0);
	strip_vermagic_of(TEXT("license=GPL\0"), -ENODATA);
	strip_vermagic_of(TEXT("vermagic\0"), -ENODATA);
	strip_vermagic_of(TEXT("xvermagic=1\0vermagics=2\0"), -ENODATA);
}

/* A last string without NUL is blanked to its end, not beyond. */
static void an_unfinished_vermagic_ends_with_its_section(void **state)
{
	auto_elf_build struct elf_build b;
	auto_free uint8_t *copy = NULL;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	elf_build_text(&b, ".modinfo", "vermagic=abc");
	elf_build_text(&b, ".after", "AFTER");
	elf_build_finish(&b);
	assert_int_equal(elf_strip(b.image.s, b.image.len, ELF_STRIP_VERMAGIC, &copy), 0);
	assert_int_equal(differences(&b, copy), strlen("vermagic=abc"));
	assert_memory_equal(copy + b.section[2].off, "AFTER", 5);
}

static void what_cannot_be_read_is_refused(void **state)
{
	uint8_t *copy = NULL;

	(void)state;
	assert_int_equal(elf_strip("some text, not a module", 23, 3, &copy), -ENOEXEC);
	assert_int_equal(elf_strip("\177ELF\2\1\1            ", 19, 3, &copy), -EINVAL);
	assert_null(copy);
}

static void memory_may_run_out(void **state)
{
	auto_elf_build struct elf_build b;
	uint8_t *copy = NULL;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	elf_build_finish(&b);
	oom_arm(1);
	assert_int_equal(elf_strip(b.image.s, b.image.len, 3, &copy), -ENOMEM);
	assert_true(oom_fired());
	assert_null(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modversions_one_flag_of_each_section),
		cmocka_unit_test(without_versions_the_image_stays_as_it_is),
		cmocka_unit_test(vermagic_becomes_zeros_and_nothing_else),
		cmocka_unit_test(a_missing_vermagic_is_an_error_only_beside_others),
		cmocka_unit_test(an_unfinished_vermagic_ends_with_its_section),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("elf-strip", tests, NULL, NULL);
}
