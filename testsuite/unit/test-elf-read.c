/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Headers and sections of ELF images, right and wrong ones.
 * The numbers are those of docs/spec/module-files.md 17.
 */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "testsuite/unit/elf-build.h"

/* Reads from a block of exactly that size, so that a sanitizer sees a step too far. */
static int read_exactly(const void *bytes, size_t size, struct elf *ret)
{
	void *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	r = elf_read(copy, size, ret);
	free(copy);
	return r;
}

static void build(struct elf_build *b, struct elf_kind kind)
{
	elf_build_init(b, kind);
	elf_build_text(b, ".modinfo", "license=GPL\0name=x\0");
	elf_build_text(b, ".data", "0123456789");
	elf_build_finish(b);
}

static int reread(struct elf_build *b)
{
	struct elf elf;

	return read_exactly(b->image.s, b->image.len, &elf);
}

/* module-files.md edge cases 1, 2 */
static void what_is_not_elf_and_what_is_too_short(void **state)
{
	struct elf elf;

	(void)state;
	assert_int_equal(read_exactly("", 0, &elf), -ENOEXEC);
	assert_int_equal(read_exactly("abcdef", 6, &elf), -ENOEXEC);
	assert_int_equal(read_exactly("this is some text of more than 16 bytes", 39, &elf),
			 -ENOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;

		build(&b, elf_kinds[i]);
		assert_int_equal(read_exactly(b.image.s, 16, &elf), -ENOEXEC);
		assert_true(b.image.len > 64); /* 64: the header of 64-bit files alone */
		for (size_t n = 17; n < b.image.len; n++)
			assert_int_equal(read_exactly(b.image.s, n, &elf), -EINVAL);
		assert_int_equal(read_exactly(b.image.s, b.image.len, &elf), 0);
	}
}

/* module-files.md edge case 3 */
static void unknown_class_or_byte_order(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = { { 4, 0 }, { 4, 3 }, { 5, 0 }, { 5, 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_elf_build struct elf_build b;

		build(&b, elf_kinds[0]);
		elf_build_poke(&b, cases[i].at, cases[i].value, 1);
		assert_int_equal(reread(&b), -EINVAL);
	}
}

/* module-files.md edge cases 4, 8 */
static void every_class_and_byte_order_reads_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		struct elf_section section, same;
		struct elf elf;

		elf_build_init(&b, elf_kinds[i]);
		b.type = 2; /* ET_EXEC is nobody's business here */
		b.machine = 0x1234;
		elf_build_text(&b, ".modinfo", "license=GPL\0");
		elf_build_number(&b, elf_build_text(&b, "number", ""), 0x11223344, 4);
		elf_build_finish(&b);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		assert_int_equal(elf.is64, elf_kinds[i].is64);
		assert_int_equal(elf.msb, elf_kinds[i].msb);
		assert_int_equal(elf.machine, 0x1234);
		assert_int_equal(elf.shnum, b.n);
		assert_int_equal(elf_section_find(&elf, ".modinfo", &section), 0);
		assert_int_equal(section.size, 12);
		assert_memory_equal(section.bytes, "license=GPL", 12);
		assert_int_equal(section.header_off, b.section[1].header_off);
		assert_int_equal(elf_section_at(&elf, 1, &same), 0);
		assert_ptr_equal(same.bytes, section.bytes);
		assert_int_equal(elf_section_find(&elf, "number", &section), 0);
		assert_int_equal(elf_get(&elf, section.bytes, 4), 0x11223344);
		assert_int_equal(elf_get(&elf, section.bytes, 1), elf.msb ? 0x11 : 0x44);
		assert_int_equal(elf_section_find(&elf, "absent", &section), -ENODATA);
		assert_int_equal(elf_section_at(&elf, 0, &section), -ENODATA);
		assert_int_equal(elf_section_at(&elf, b.n, &section), -ENODATA);
		assert_int_equal(elf_section_at(&elf, 0xffff, &section), -ENODATA);
	}
}

/* Gives parts until there is no more. */
struct giver {
	struct elf_source source;
	const uint8_t *bytes;
	size_t size, given;
	unsigned left;
};

static const uint8_t *give(struct elf_source *source, uint64_t off, size_t size)
{
	struct giver *giver = container_of(source, struct giver, source);

	assert_true(size > 0 && off <= giver->size && size <= giver->size - off);
	if (giver->left == 0)
		return NULL;
	giver->left--;
	giver->given += size;
	return giver->bytes + off;
}

static void only_the_parts_that_are_looked_at_are_asked_for(void **state)
{
	static const char code[50000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		struct elf_section section;
		struct elf elf;
		int r = -EIO;

		elf_build_init(&b, elf_kinds[i]);
		(void)elf_build_section(&b, ".text", code, sizeof(code));
		(void)elf_build_section(&b, "empty", "", 0);
		elf_build_text(&b, ".modinfo", "license=GPL\0");
		elf_build_finish(&b);
		for (unsigned n = 0; r < 0; n++) {
			struct giver giver = { { give }, (uint8_t *)b.image.s, b.image.len, 0, n };

			r = elf_read_parts(&giver.source, giver.size, &elf, NULL);
			if (r == 0) {
				assert_int_equal(elf_section_find(&elf, "empty", &section), 0);
				assert_int_equal(section.size, 0);
				r = elf_section_find(&elf, ".modinfo", &section);
			}
			if (r < 0) {
				assert_int_equal(r, -EIO);
				continue;
			}
			assert_int_equal(n, 4); /* header, table, names, strings */
			assert_string_equal((const char *)section.bytes, "license=GPL");
			assert_true(giver.given < 2000);
			assert_int_equal(elf_section_find(&elf, ".text", &section), -EIO);
		}
		for (size_t size = 0; size < 400; size++) { /* cut short: nothing outside is asked for */
			struct giver giver = { { give }, (uint8_t *)b.image.s, size, 0, 99 };

			assert_true(elf_read_parts(&giver.source, size, &elf, NULL) < 0);
		}
	}
}

/* module-files.md edge case 5 */
static void a_section_table_outside_of_the_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		const uint64_t offsets[] = { 0, UINT64_C(1) << 40, UINT64_MAX - 7, UINT64_MAX,
					     0x7fffffff, 0xfffffff8 };
		auto_elf_build struct elf_build b;
		uint64_t right;

		build(&b, elf_kinds[i]);
		for (size_t j = 0; j < ARRAY_SIZE(offsets); j++) {
			if (!elf_kinds[i].is64 && (uint32_t)offsets[j] != offsets[j])
				continue;
			elf_build_poke(&b, elf_build_e_shoff_at(&b), offsets[j],
				       elf_build_word(&b));
			assert_int_equal(reread(&b), -EINVAL);
		}
		right = b.section[0].header_off;
		elf_build_poke(&b, elf_build_e_shoff_at(&b), right, elf_build_word(&b));
		assert_int_equal(reread(&b), 0);
		b.image.len -= 8;
		assert_int_equal(reread(&b), -EINVAL);
		b.image.len += 8;
		elf_build_poke(&b, elf_build_e_shentsize_at(&b), 0, 2);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, elf_build_e_shentsize_at(&b), elf_kinds[i].is64 ? 40 : 64, 2);
		assert_int_equal(reread(&b), -EINVAL);
	}
}

/* module-files.md edge case 6 */
static void a_name_section_that_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		uint64_t shnum, shstrndx;
		size_t header = elf_kinds[i].is64 ? 64 : 40;

		build(&b, elf_kinds[i]);
		/* Section 0 is not one, even if it looks like the right one. */
		memcpy(b.image.s + b.section[0].header_off,
		       b.image.s + b.section[b.n - 1].header_off, header);
		assert_int_equal(reread(&b), 0);
		shnum = elf_build_e_shentsize_at(&b) + 2;
		shstrndx = shnum + 2;
		elf_build_poke(&b, shstrndx, 0, 2);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, shstrndx, b.n, 2);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, shstrndx, 0xffff, 2);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, shstrndx, b.n - 1, 2);
		assert_int_equal(reread(&b), 0);
		elf_build_poke(&b, shnum, 0, 2);
		assert_int_equal(reread(&b), -EINVAL);
	}
}

/* module-files.md edge case 7 */
static void names_end_and_damaged_sections_are_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		struct elf_section section;
		struct elf elf;
		unsigned names, last;
		size_t word;

		build(&b, elf_kinds[i]);
		names = b.n - 1;
		word = elf_build_word(&b);
		/* The last byte of the name section. */
		elf_build_poke(&b, b.section[names].off + b.section[names].data.len - 1, 'x', 1);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, b.section[names].off + b.section[names].data.len - 1, 0, 1);
		/* Its size: nothing, beyond the file, wrapping. */
		elf_build_poke(&b, elf_build_sh_size_at(&b, names), 0, word);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, elf_build_sh_size_at(&b, names), b.image.len, word);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, elf_build_sh_size_at(&b, names), UINT64_MAX, word);
		assert_int_equal(reread(&b), -EINVAL);
		elf_build_poke(&b, elf_build_sh_size_at(&b, names), b.section[names].data.len,
			       word);

		/* .modinfo: a name out of range, then data out of range; .data stays. */
		elf_build_poke(&b, b.section[1].header_off, b.section[names].data.len, 4);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		assert_int_equal(elf_section_find(&elf, ".modinfo", &section), -ENODATA);
		assert_int_equal(elf_section_at(&elf, 1, &section), -ENODATA);
		assert_int_equal(elf_section_find(&elf, ".data", &section), 0);
		elf_build_poke(&b, b.section[1].header_off, 1, 4);
		assert_int_equal(elf_section_find(&elf, ".modinfo", &section), 0);
		elf_build_poke(&b, elf_build_sh_offset_at(&b, 1), UINT64_MAX, word);
		assert_int_equal(elf_section_find(&elf, ".modinfo", &section), -ENODATA);
		elf_build_poke(&b, elf_build_sh_offset_at(&b, 1), b.image.len + 1, word);
		assert_int_equal(elf_section_find(&elf, ".modinfo", &section), -ENODATA);
		assert_int_equal(elf_section_find(&elf, ".data", &section), 0);
		assert_memory_equal(section.bytes, "0123456789", 10);
		/* Name section pointing at something else that ends in NUL: no name fits. */
		last = elf_build_find(&b, ".modinfo");
		elf_build_poke(&b, elf_build_sh_offset_at(&b, 1), b.section[1].off, word);
		elf_build_poke(&b, elf_build_e_shentsize_at(&b) + 4, last, 2);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		assert_int_equal(elf_section_find(&elf, ".modinfo", &section), -ENODATA);
	}
}

/* Whatever single byte of the headers is wrong: no crash, no byte beyond the file. */
static void every_byte_of_the_headers_may_be_wrong(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		uint8_t *copy;

		build(&b, elf_kinds[i]);
		copy = malloc(b.image.len);
		assert_non_null(copy);
		for (size_t at = 0; at < b.image.len; at++) {
			for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
				struct modinfo_iter it;
				struct modinfo_string s;
				const uint8_t *id;
				size_t id_size;
				struct elf elf;
				int r;

				memcpy(copy, b.image.s, b.image.len);
				copy[at] = values[j];
				r = elf_read(copy, b.image.len, &elf);
				assert_true(r == 0 || r == -EINVAL || r == -ENOEXEC);
				if (r < 0 || elf_modinfo_begin(&elf, &it) < 0)
					continue;
				while (modinfo_next(&it, &s))
					assert_true(s.key_len + s.value_len < b.image.len);
				assert_int_equal(elf_build_id(&elf, &id, &id_size), -ENODATA);
			}
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_elf_and_what_is_too_short),
		cmocka_unit_test(unknown_class_or_byte_order),
		cmocka_unit_test(every_class_and_byte_order_reads_the_same),
		cmocka_unit_test(only_the_parts_that_are_looked_at_are_asked_for),
		cmocka_unit_test(a_section_table_outside_of_the_file),
		cmocka_unit_test(a_name_section_that_is_none),
		cmocka_unit_test(names_end_and_damaged_sections_are_skipped),
		cmocka_unit_test(every_byte_of_the_headers_may_be_wrong),
	};

	return cmocka_run_group_tests_name("elf-read", tests, NULL, NULL);
}
