/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Symbols and their checksums. The numbers are those of docs/spec/module-files.md 17. */
#include "testsuite/unit/unit.h"

#include <elf.h>
#include <inttypes.h>

#include "libkmod/elf-read.h"
#include "libkmod/elf-symbols.h"
#include "shared/cleanup.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/oom.h"

typedef int reader(const struct elf *elf, struct elf_symbols *ret);

/* The answer in one text, "bind name crc" for each, or "-errno". */
static void expect(struct elf_build *b, reader *read, const char *want)
{
	auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
	auto_strbuf struct strbuf got = STRBUF_INIT;
	struct elf elf;
	int r;

	if (b->image.len == 0)
		elf_build_finish(b);
	assert_int_equal(elf_read(b->image.s, b->image.len, &elf), 0);
	r = read(&elf, &list);
	if (r < 0)
		assert_int_equal(strbuf_addf(&got, "%d", r), 0);
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(strbuf_addf(&got, "%c %s %" PRIx64 "\n",
					     list.at[i].bind ? list.at[i].bind : '-',
					     list.at[i].name, list.at[i].crc),
				 0);
	assert_string_equal(strbuf_str(&got), want);
}

#define NODATA "-61"
#define INVAL "-22"

static void begin(struct elf_build *b, size_t i)
{
	assert_int_equal(ENODATA, 61);
	assert_int_equal(EINVAL, 22);
	elf_build_init(b, elf_kinds[i]);
}

/* The modules of 12, 13 and 15 in one. */
static void build_versions(struct elf_build *b, size_t i)
{
	begin(b, i);
	elf_build_version(b, "module_layout", 0x9060323f);
	elf_build_version(b, "undef_g", b->is64 ? 0x123456789a : 0x3456789a);
	elf_build_version(b, "undef_w", 0x22);
	elf_build_version(b, ".dotsym", 0x44);
	elf_build_version(b, "undef_g", 0x55);
}

static void build_imports(struct elf_build *b)
{
	elf_build_symbol(b, "", STB_LOCAL, STT_NOTYPE, SHN_UNDEF, 0);
	elf_build_symbol(b, "__crc_und", STB_WEAK, STT_NOTYPE, SHN_UNDEF, 0x77);
	elf_build_symbol(b, "defined", STB_GLOBAL, STT_FUNC, 1, 0);
	elf_build_symbol(b, "undef_g", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
	elf_build_symbol(b, "undef_w", STB_WEAK, STT_NOTYPE, SHN_UNDEF, 0);
	elf_build_symbol(b, "undef_l", STB_LOCAL, STT_NOTYPE, SHN_UNDEF, 0);
	elf_build_symbol(b, "nov", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
}

/* module-files.md edge case 12 */
static void versions_keep_order_and_duplicates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;

		build_versions(&b, i);
		expect(&b, elf_versions,
		       elf_kinds[i].is64 ?
			       "U module_layout 9060323f\nU undef_g 123456789a\n"
			       "U undef_w 22\nU dotsym 44\nU undef_g 55\n" :
			       "U module_layout 9060323f\nU undef_g 3456789a\n"
			       "U undef_w 22\nU dotsym 44\nU undef_g 55\n");
		elf_build_poke(&b, elf_build_sh_size_at(&b, 1), 5 * 64 + 3, elf_build_word(&b));
		expect(&b, elf_versions, INVAL);
		elf_build_poke(&b, elf_build_sh_size_at(&b, 1), 0, elf_build_word(&b));
		expect(&b, elf_versions, "");
	}
}

/* module-files.md edge case 12 */
static void versions_absent_or_with_a_name_that_does_not_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build none, full, fits;
		char name[61];

		begin(&none, i);
		expect(&none, elf_versions, NODATA);
		memset(name, 'n', sizeof(name));
		name[64 - (elf_kinds[i].is64 ? 8 : 4)] = '\0';
		begin(&full, i);
		elf_build_version(&full, name, 1);
		elf_build_symbol(&full, "x", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		expect(&full, elf_versions, INVAL);
		expect(&full, elf_needed, INVAL); /* 15 */
		name[strlen(name) - 1] = '\0';
		begin(&fits, i);
		elf_build_version(&fits, name, 1);
		elf_build_finish(&fits);
		{
			auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
			struct elf elf;

			assert_int_equal(elf_read(fits.image.s, fits.image.len, &elf), 0);
			assert_int_equal(elf_versions(&elf, &list), 0);
			assert_string_equal(list.at[0].name, name);
		}
	}
}

/* module-files.md edge case 13 */
static void exports_find_their_checksum(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		unsigned crcs;

		begin(&b, i);
		crcs = elf_build_section(&b, "__kcrctab", NULL, 0);
		elf_build_number(&b, crcs, 0x11111111, 4);
		elf_build_number(&b, crcs, 0xdeadbeef, 4);
		elf_build_number(&b, crcs, 0x33333333, 4);
		elf_build_symbol(&b, "__crc_abs", STB_GLOBAL, STT_NOTYPE, SHN_ABS, 0xcafebabe);
		elf_build_symbol(&b, "__crc_sec", STB_LOCAL, STT_NOTYPE, crcs, 4);
		elf_build_symbol(&b, "__crc_last", STB_WEAK, STT_NOTYPE, crcs, 8);
		elf_build_symbol(&b, "other", STB_GLOBAL, STT_FUNC, crcs, 0);
		elf_build_symbol(&b, "__crc_und", STB_WEAK, STT_NOTYPE, SHN_UNDEF, 0x77);
		elf_build_symbol(&b, "__crc_bad", STB_LOCAL, STT_NOTYPE, crcs, 10);
		elf_build_symbol(&b, "__crc_far", STB_LOCAL, STT_NOTYPE, crcs, 0xfffffffe);
		elf_build_symbol(&b, "__crc_none", STB_LOCAL, STT_NOTYPE, 0xff00, 0);
		elf_build_symbol(&b, "__crc_", 10, STT_NOTYPE, SHN_ABS, 1);
		expect(&b, elf_exported,
		       "G abs cafebabe\nL sec deadbeef\nW last 33333333\nW und 77\n"
		       "L bad ffffffffffffffff\nL far ffffffffffffffff\n"
		       "L none ffffffffffffffff\n-  1\n");
		elf_build_poke(&b, elf_build_sh_size_at(&b, crcs), 3, elf_build_word(&b));
		expect(&b, elf_exported,
		       "G abs cafebabe\nL sec ffffffffffffffff\nW last ffffffffffffffff\n"
		       "W und 77\nL bad ffffffffffffffff\nL far ffffffffffffffff\n"
		       "L none ffffffffffffffff\n-  1\n");
	}
}

/* module-files.md edge case 14 */
static void without_checksums_the_string_table_counts(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *want;
	} cases[] = {
		{ "\0\0foo\0\0bar\0baz\0", 15, "G foo 0\nG bar 0\nG baz 0\n" },
		{ "\0\0foo\0\0bar\0baz", 14, INVAL },
		{ "", 0, "" },
		{ "\0\0", 2, "" },
		{ "\0x", 2, "" },
		{ NULL, 0, NODATA },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds) * ARRAY_SIZE(cases); i++) {
		const size_t c = i / ARRAY_SIZE(elf_kinds);
		auto_elf_build struct elf_build bare, table;

		begin(&bare, i % ARRAY_SIZE(elf_kinds));
		begin(&table, i % ARRAY_SIZE(elf_kinds));
		if (cases[c].bytes) {
			elf_build_section(&bare, "__ksymtab_strings", cases[c].bytes,
					  cases[c].size);
			elf_build_section(&table, "__ksymtab_strings", cases[c].bytes,
					  cases[c].size);
		}
		elf_build_symbol(&table, "some", STB_GLOBAL, STT_FUNC, SHN_ABS, 0);
		expect(&bare, elf_exported, cases[c].want);
		expect(&table, elf_exported, cases[c].want);
	}
}

/* module-files.md edge case 14 */
static void a_damaged_symbol_table_is_no_symbol_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		uint64_t third, symbols;
		size_t entry = elf_kinds[i].is64 ? 24 : 16;

		begin(&b, i);
		elf_build_text(&b, "__ksymtab_strings", "foo\0");
		elf_build_symbol(&b, "__crc_foo", STB_GLOBAL, STT_NOTYPE, SHN_ABS, 5);
		elf_build_symbol(&b, "zz", STB_GLOBAL, STT_NOTYPE, SHN_ABS, 5);
		expect(&b, elf_exported, "G foo 5\n");
		symbols = b.section[b.symtab].data.len;
		third = b.section[b.symtab].off + 2 * entry;
		/* A name beyond .strtab, even of a symbol nobody asks for. */
		elf_build_poke(&b, third, b.section[b.strtab].data.len, 4);
		expect(&b, elf_exported, "G foo 0\n");
		elf_build_poke(&b, third, 0, 4);
		expect(&b, elf_exported, "G foo 5\n");
		/* A name that does not end within .strtab. */
		elf_build_poke(&b, third, b.section[b.strtab].data.len - 3, 4);
		elf_build_poke(&b, elf_build_sh_size_at(&b, b.strtab),
			       b.section[b.strtab].data.len - 1, elf_build_word(&b));
		expect(&b, elf_exported, "G foo 0\n");
		elf_build_poke(&b, elf_build_sh_size_at(&b, b.strtab),
			       b.section[b.strtab].data.len, elf_build_word(&b));
		expect(&b, elf_exported, "G foo 5\n");
		/* A size that is no multiple of an entry. */
		elf_build_poke(&b, elf_build_sh_size_at(&b, b.symtab), symbols - 1,
			       elf_build_word(&b));
		expect(&b, elf_exported, "G foo 0\n");
		expect(&b, elf_needed, INVAL);
		/* No .strtab. */
		elf_build_poke(&b, elf_build_sh_size_at(&b, b.symtab), symbols,
			       elf_build_word(&b));
		elf_build_poke(&b, elf_build_sh_offset_at(&b, b.strtab), b.image.len + 1,
			       elf_build_word(&b));
		expect(&b, elf_exported, "G foo 0\n");
		expect(&b, elf_needed, INVAL);
	}
}

/* Section 8: the string table also holds namespaces. */
static void entries_of_the_export_table_name_exports_better(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;
		unsigned table;

		begin(&b, i);
		table = elf_build_text(&b, "__ksymtab_strings", "foo\0A_NAMESPACE\0bar\0");
		elf_build_symbol(&b, "__ksymtab_bar", STB_LOCAL, STT_NOTYPE, table, 0);
		elf_build_symbol(&b, "__kstrtab_bar", STB_LOCAL, STT_NOTYPE, table, 0);
		elf_build_symbol(&b, "__ksymtab_foo", STB_GLOBAL, STT_NOTYPE, table, 8);
		elf_build_symbol(&b, "__ksymtab_strings", STB_LOCAL, STT_SECTION, table, 0);
		elf_build_symbol(&b, "__ksymtab_used", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		expect(&b, elf_exported, "G bar 0\nG foo 0\n");
	}
}

/* Nobody has to read, hash or copy gigabytes because of a file of some kilobytes. */
static void shared_names_are_not_read_for_ever(void **state)
{
	static const char *const prefixes[] = { "__crc_", "__ksymtab_", "" };
	const unsigned n = 50;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds) * ARRAY_SIZE(prefixes); i++) {
		const size_t kind = i % ARRAY_SIZE(elf_kinds);
		const char *prefix = prefixes[i / ARRAY_SIZE(elf_kinds)];
		const unsigned section = prefix[0] ? SHN_ABS : SHN_UNDEF;
		reader *const read = prefix[0] ? elf_exported : elf_needed;
		auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
		auto_elf_build struct elf_build b;
		char name[4000];
		uint64_t fault = 0;
		struct elf elf;

		memset(name, 'x', sizeof(name) - 1);
		name[sizeof(name) - 1] = '\0';
		memcpy(name, prefix, strlen(prefix));
		begin(&b, kind);
		elf_build_symbol(&b, name, STB_GLOBAL, STT_NOTYPE, section, 0);
		for (unsigned k = 0; k < n; k++)
			elf_build_symbol(&b, "y", STB_GLOBAL, STT_NOTYPE, section, 0);
		(void)elf_build_finish(&b);
		for (unsigned k = 0; k < n; k++) /* st_name, the first field: the long one at 1 */
			elf_build_poke(&b, b.section[b.symtab].off + (2 + k) * (b.is64 ? 24 : 16), 1,
				       4);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		elf.fault = &fault;
		assert_int_equal(read(&elf, &list), -EFBIG);
		assert_int_equal(list.n, 0);
		assert_true(fault > b.section[b.symtab].off);
	}
}

/* Nor look at the pages of a large section for each checksum that is said to be there. */
static void a_large_section_is_not_looked_at_for_ever(void **state)
{
	const size_t size = (size_t)4 << 20;
	auto_free char *large = calloc(1, size);

	(void)state;
	assert_non_null(large);
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_symbols struct elf_symbols list = ELF_SYMBOLS_INIT;
		auto_elf_build struct elf_build b;
		unsigned section;
		struct elf elf;

		begin(&b, i);
		section = elf_build_section(&b, "__kcrctab", large, size);
		for (unsigned k = 0; k < 20000; k++)
			elf_build_symbol(&b, "__crc_a", STB_GLOBAL, STT_NOTYPE, section, 0);
		(void)elf_build_finish(&b);
		assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
		assert_int_equal(elf_exported(&elf, &list), -EFBIG);
		assert_int_equal(list.n, 0);
	}
}

/* module-files.md edge case 15 */
static void needed_symbols_with_their_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b, odd;

		build_versions(&b, i);
		build_imports(&b);
		expect(&b, elf_needed,
		       elf_kinds[i].is64 ?
			       "W __crc_und 0\nU undef_g 123456789a\nW undef_w 22\nU undef_l 0\n"
			       "U nov 0\nU module_layout 9060323f\nU .dotsym 44\nU undef_g 55\n" :
			       "W __crc_und 0\nU undef_g 3456789a\nW undef_w 22\nU undef_l 0\n"
			       "U nov 0\nU module_layout 9060323f\nU .dotsym 44\nU undef_g 55\n");
		build_versions(&odd, i);
		elf_build_number(&odd, 1, 0, 3);
		build_imports(&odd);
		expect(&odd, elf_needed,
		       "W __crc_und 0\nU undef_g 0\nW undef_w 0\nU undef_l 0\nU nov 0\n");
	}
}

/* module-files.md edge case 15 */
static void needed_symbols_fail_only_by_their_own_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		const size_t entry = elf_kinds[i].is64 ? 24 : 16;
		auto_elf_build struct elf_build none, b;

		build_versions(&none, i);
		expect(&none, elf_needed, INVAL);
		begin(&b, i);
		elf_build_symbol(&b, "mine", STB_GLOBAL, STT_NOTYPE, SHN_ABS, 0);
		elf_build_symbol(&b, "theirs", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		expect(&b, elf_needed, "U theirs 0\n");
		elf_build_poke(&b, b.section[b.symtab].off + entry, 1000, 4);
		expect(&b, elf_needed, "U theirs 0\n");
		elf_build_poke(&b, b.section[b.symtab].off + 2 * entry, 1000, 4);
		expect(&b, elf_needed, INVAL);
		/* Only the null symbol: nothing needed. */
		elf_build_poke(&b, elf_build_sh_size_at(&b, b.symtab), entry,
			       elf_build_word(&b));
		expect(&b, elf_needed, "");
	}
}

/* module-files.md edge case 16 */
static void registers_of_sparc_are_no_symbols(void **state)
{
	static const struct {
		unsigned machine;
		const char *want;
	} cases[] = { { EM_SPARC, "U x 0\n" },
		      { EM_SPARCV9, "U x 0\n" },
		      { EM_X86_64, "U reg 0\nU x 0\n" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_elf_build struct elf_build b;

		begin(&b, 1);
		b.machine = cases[i].machine;
		elf_build_symbol(&b, "reg", STB_GLOBAL, 13, SHN_UNDEF, 0);
		elf_build_symbol(&b, "x", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		expect(&b, elf_needed, cases[i].want);
	}
}

/* module-files.md edge case 17 */
static void extended_versions_come_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds) * 2; i++) {
		const bool both = i >= ARRAY_SIZE(elf_kinds);
		auto_elf_build struct elf_build b;
		unsigned crcs, names;

		begin(&b, i % ARRAY_SIZE(elf_kinds));
		if (both)
			elf_build_version(&b, "undef_g", 0x99);
		crcs = elf_build_section(&b, "__version_ext_crcs", NULL, 0);
		elf_build_number(&b, crcs, 0x1111, 4);
		elf_build_number(&b, crcs, 0x2222, 4);
		names = elf_build_text(&b, "__version_ext_names",
				       "module_layout\0undef_g\0one too many\0");
		elf_build_symbol(&b, "undef_g", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		expect(&b, elf_versions, "U module_layout 1111\nU undef_g 2222\n");
		expect(&b, elf_needed, "U undef_g 2222\nU module_layout 1111\n");
		/* Fewer names than checksums; half a checksum; checksums alone. */
		elf_build_poke(&b, elf_build_sh_size_at(&b, names), 21, elf_build_word(&b));
		expect(&b, elf_versions, INVAL);
		expect(&b, elf_needed, "U undef_g 0\n");
		elf_build_poke(&b, elf_build_sh_size_at(&b, crcs), 6, elf_build_word(&b));
		expect(&b, elf_versions, INVAL);
		elf_build_poke(&b, elf_build_sh_size_at(&b, crcs), 4, elf_build_word(&b));
		expect(&b, elf_versions, "U module_layout 1111\n");
		elf_build_poke(&b, elf_build_sh_offset_at(&b, names), b.image.len + 1,
			       elf_build_word(&b));
		expect(&b, elf_versions, INVAL);
		expect(&b, elf_needed, "U undef_g 0\n");
	}
}

/* Lists that grow: where each allocation fails, nothing comes of it. */
static void each_allocation_fails(const struct elf *elf, reader *read, size_t want)
{
	unsigned n;

	for (n = 1;; n++) {
		struct elf_symbols list = ELF_SYMBOLS_INIT;
		int r;

		oom_arm(n);
		r = read(elf, &list);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_int_equal(list.n, want);
			elf_symbols_release(&list);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(list.at);
	}
	assert_true(n > 2);
}

/* What other kernels record: versions in two sections, exports as strings alone. */
static void memory_may_run_out_in_other_shapes(void **state)
{
	auto_elf_build struct elf_build b;
	unsigned crcs, names, strings;
	struct elf elf;

	(void)state;
	begin(&b, 0);
	crcs = elf_build_section(&b, "__version_ext_crcs", NULL, 0);
	names = elf_build_section(&b, "__version_ext_names", NULL, 0);
	strings = elf_build_section(&b, "__ksymtab_strings", NULL, 0);
	elf_build_symbol(&b, "here", STB_LOCAL, STT_NOTYPE, SHN_ABS, 0);
	for (unsigned i = 0; i < 100; i++) {
		elf_build_number(&b, crcs, i, 4);
		assert_int_equal(strbuf_addf(&b.section[names].data, "s%u%c", i, '\0'), 0);
		assert_int_equal(strbuf_addf(&b.section[strings].data, "s%u%c", i, '\0'), 0);
	}
	elf_build_finish(&b);
	assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
	each_allocation_fails(&elf, elf_versions, 100);
	each_allocation_fails(&elf, elf_exported, 100);
	each_allocation_fails(&elf, elf_needed, 100); /* versions that no symbol asks for */
}

static void memory_may_run_out(void **state)
{
	static reader *const readers[] = { elf_versions, elf_exported, elf_needed };
	static char names[100][8];
	auto_elf_build struct elf_build b;
	struct elf elf;

	(void)state;
	begin(&b, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "s%zu", i);
		elf_build_version(&b, names[i], i);
		elf_build_symbol(&b, names[i], STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		elf_build_symbol(&b, "__crc_x", STB_GLOBAL, STT_NOTYPE, SHN_ABS, 0);
	}
	elf_build_finish(&b);
	assert_int_equal(elf_read(b.image.s, b.image.len, &elf), 0);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		each_allocation_fails(&elf, readers[i], 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_keep_order_and_duplicates),
		cmocka_unit_test(versions_absent_or_with_a_name_that_does_not_end),
		cmocka_unit_test(exports_find_their_checksum),
		cmocka_unit_test(without_checksums_the_string_table_counts),
		cmocka_unit_test(a_damaged_symbol_table_is_no_symbol_table),
		cmocka_unit_test(entries_of_the_export_table_name_exports_better),
		cmocka_unit_test(shared_names_are_not_read_for_ever),
		cmocka_unit_test(a_large_section_is_not_looked_at_for_ever),
		cmocka_unit_test(needed_symbols_with_their_versions),
		cmocka_unit_test(needed_symbols_fail_only_by_their_own_names),
		cmocka_unit_test(registers_of_sparc_are_no_symbols),
		cmocka_unit_test(extended_versions_come_first),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(memory_may_run_out_in_other_shapes),
	};

	return cmocka_run_group_tests_name("elf-symbols", tests, NULL, NULL);
}
