/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The strings of .modinfo, the name and the build id.
 * The numbers are those of docs/spec/module-files.md 17.
 */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "shared/cleanup.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/oom.h"

/* All strings as "key|value;" in one text. */
static void all(struct modinfo_iter *it, struct strbuf *ret)
{
	struct modinfo_string s;

	while (modinfo_next(it, &s)) {
		assert_int_equal(strbuf_add(ret, s.key, s.key_len), 0);
		assert_int_equal(strbuf_adds(ret, "|"), 0);
		assert_int_equal(strbuf_add(ret, s.value, s.value_len), 0);
		assert_int_equal(strbuf_adds(ret, ";"), 0);
	}
}

/* module-files.md edge case 9 */
static void strings_are_split_as_the_kernel_wrote_them(void **state)
{
#define TEXT(s) (s), sizeof(s) - 1
	static const struct {
		const char *bytes;
		size_t size;
		const char *want;
	} cases[] = {
		{ TEXT(""), "" },
		{ TEXT("\0"), "" },
		{ TEXT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "" },
		{ TEXT("a"), "" },
		{ TEXT("\0\0a"), "" },
		{ TEXT("\0\0\0license=GPL\0\0\0\0name=x\0\0"), "license|GPL;name|x;" },
		{ TEXT("license=GPL\0name=last"), "license|GPL;name|last;" },
		{ TEXT("license\0=v\0a=\0b=c=d\0"), "license|;|v;a|;b|c=d;" },
		{ TEXT("k=a\nb\tc\xff\0k=again\0"), "k|a\nb\tc\xff;k|again;" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf struct strbuf got = STRBUF_INIT;
		struct modinfo_iter it;

		modinfo_begin_bytes(&it, cases[i].bytes, cases[i].size);
		all(&it, &got);
		assert_string_equal(strbuf_str(&got), cases[i].want);
	}
}

/* module-files.md edge cases 4, 10 */
static void the_first_section_counts_in_every_kind_of_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_strbuf struct strbuf got = STRBUF_INIT;
		auto_elf_build struct elf_build b;
		auto_free char *value = NULL;
		struct modinfo_iter it;
		struct elf elf;

		elf_build_init(&b, elf_kinds[i]);
		elf_build_text(&b, ".modinfo",
			       "license=GPL\0name=x\0vermagic=6.1 SMP \0depends=a,b\0name=y\0");
		elf_build_text(&b, ".modinfo", "license=second\0");
		elf_build_finish(&b);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		assert_int_equal(elf_modinfo_begin(&elf, &it), 0);
		all(&it, &got);
		assert_string_equal(strbuf_str(&got),
				    "license|GPL;name|x;vermagic|6.1 SMP ;depends|a,b;name|y;");
		assert_int_equal(elf_modinfo_get(&elf, "name", &value), 0);
		assert_string_equal(value, "x");
		assert_int_equal(elf_modinfo_get(&elf, "nam", &value), -ENODATA);
		assert_int_equal(elf_modinfo_get(&elf, "", &value), -ENODATA);
	}
}

/* module-files.md edge case 10 */
static void without_a_section_there_is_no_data(void **state)
{
	auto_elf_build struct elf_build b;
	struct modinfo_iter it;
	char *value = NULL;
	struct elf elf;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	elf_build_finish(&b);
	assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
	assert_int_equal(elf_modinfo_begin(&elf, &it), -ENODATA);
	assert_int_equal(elf_modinfo_get(&elf, "name", &value), -ENODATA);
	assert_int_equal(elf_module_name(&elf, &value), -ENODATA);
	assert_null(value);
}

/* Section 9.1 */
static void the_name_is_from_modinfo_or_from_struct_module(void **state)
{
	static const char long_name[] = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		const size_t at = elf_kinds[i].is64 ? 24 : 12, size = elf_kinds[i].is64 ? 56 : 60;
		auto_elf_build struct elf_build b;
		auto_free char *name = NULL;
		char this_module[128] = "";
		struct elf elf;
		unsigned section;

		elf_build_init(&b, elf_kinds[i]);
		(void)strcpy(this_module + at, "inside");
		section = elf_build_section(&b, ".gnu.linkonce.this_module", this_module, 128);
		elf_build_finish(&b);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		assert_int_equal(elf_module_name(&elf, &name), 0);
		assert_string_equal(name, "inside");

		memcpy(b.image.s + b.section[section].off + at, long_name, size);
		assert_int_equal(elf_module_name(&elf, &name), -ENODATA);
		elf_build_poke(&b, elf_build_sh_size_at(&b, section), at + size - 1,
			       elf_build_word(&b));
		assert_int_equal(elf_module_name(&elf, &name), -ENODATA);
	}
	{
		auto_elf_build struct elf_build b;
		auto_free char *name = NULL;
		struct elf elf;

		elf_build_init(&b, elf_kinds[0]);
		elf_build_text(&b, ".modinfo", "license=GPL\0name=outside\0");
		elf_build_text(&b, ".gnu.linkonce.this_module", "too short");
		elf_build_finish(&b);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		assert_int_equal(elf_module_name(&elf, &name), 0);
		assert_string_equal(name, "outside");
	}
}

/* module-files.md edge case 19 */
static void a_build_id_is_taken_only_from_a_sound_note(void **state)
{
	static const struct {
		uint32_t namesz, descsz, type;
		const char *name;
		size_t have; /* bytes of desc in the section */
		int want;
	} cases[] = {
		{ 4, 20, 3, "GNU", 20, 20 },
		{ 4, 32, 3, "GNU", 32, 32 },
		{ 4, 0, 3, "GNU", 0, 0 },
		{ 4, 8, 3, "GNU", 12, 8 },
		{ 4, 20, 4, "GNU", 20, -ENODATA },
		{ 4, 20, 3, "GNX", 20, -ENODATA },
		{ 4, 21, 3, "GNU", 20, -ENODATA },
		{ 0, 20, 3, "GNU", 20, -ENODATA },
		{ 3, 20, 3, "GNU", 20, -ENODATA },
		{ 4, 0xffffffff, 3, "GNU", 20, -ENODATA },
		{ 4, 0xfffffff0, 3, "GNU", 20, -ENODATA },
		{ 0xfffffffc, 20, 3, "GNU", 20, -ENODATA },
		{ 0xffffffff, 0xffffffff, 3, "GNU", 20, -ENODATA },
	};
	static const uint8_t desc[32] = { 0xfb, 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds) * ARRAY_SIZE(cases); i++) {
		const size_t c = i / ARRAY_SIZE(elf_kinds);
		auto_elf_build struct elf_build b;
		const uint8_t *id = NULL;
		size_t size = 0;
		unsigned note;
		struct elf elf;
		int r;

		elf_build_init(&b, elf_kinds[i % ARRAY_SIZE(elf_kinds)]);
		note = elf_build_section(&b, ".note.gnu.build-id", NULL, 0);
		elf_build_number(&b, note, cases[c].namesz, 4);
		elf_build_number(&b, note, cases[c].descsz, 4);
		elf_build_number(&b, note, cases[c].type, 4);
		assert_int_equal(strbuf_add(&b.section[note].data, cases[c].name, 4), 0);
		assert_int_equal(
			strbuf_add(&b.section[note].data, (const char *)desc, cases[c].have), 0);
		elf_build_finish(&b);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		r = elf_build_id(&elf, &id, &size);
		assert_int_equal(r, cases[c].want < 0 ? cases[c].want : 0);
		if (r == 0) {
			assert_int_equal(size, cases[c].want);
			assert_memory_equal(id, desc, size);
		}
		/* Cut anywhere: no id, no byte read beyond. */
		for (uint64_t cut = 0; cut < 16; cut++) {
			elf_build_poke(&b, elf_build_sh_size_at(&b, note), cut,
				       elf_build_word(&b));
			assert_int_equal(elf_build_id(&elf, &id, &size), -ENODATA);
		}
	}
}

static void memory_may_run_out(void **state)
{
	auto_elf_build struct elf_build b;
	char *value = NULL;
	struct elf elf;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	elf_build_text(&b, ".modinfo", "license=GPL\0name=x\0");
	elf_build_finish(&b);
	assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
	oom_arm(1);
	assert_int_equal(elf_modinfo_get(&elf, "license", &value), -ENOMEM);
	assert_true(oom_fired());
	oom_arm(1);
	assert_int_equal(elf_module_name(&elf, &value), -ENOMEM);
	assert_true(oom_fired());
	assert_null(value);
}

static void memory_may_run_out_for_the_name_in_struct_module(void **state)
{
	auto_elf_build struct elf_build b;
	char module[80] = { 0 }, *value = NULL;
	struct elf elf;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	(void)strcpy(module + (elf_build_word(&b) == 8 ? 24 : 12), "inside");
	(void)elf_build_section(&b, ".gnu.linkonce.this_module", module, sizeof(module));
	elf_build_finish(&b);
	assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
	oom_arm(1);
	assert_int_equal(elf_module_name(&elf, &value), -ENOMEM);
	assert_true(oom_fired());
	assert_null(value);
	assert_int_equal(elf_module_name(&elf, &value), 0);
	assert_string_equal(value, "inside");
	free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_split_as_the_kernel_wrote_them),
		cmocka_unit_test(the_first_section_counts_in_every_kind_of_file),
		cmocka_unit_test(without_a_section_there_is_no_data),
		cmocka_unit_test(the_name_is_from_modinfo_or_from_struct_module),
		cmocka_unit_test(a_build_id_is_taken_only_from_a_sound_note),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(memory_may_run_out_for_the_name_in_struct_module),
	};

	return cmocka_run_group_tests_name("elf-modinfo", tests, NULL, NULL);
}
