/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* info and symbols; the numbers are those of docs/spec/module-files.md 17. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkmod/elf-symbols.h"
#include "libkmod/file.h"
#include "libkmod/info.h"
#include "libkmod/symbols.h"
#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/oom.h"
#include "testsuite/unit/pack.h"

#define MARKER "~Module signature appended~\n"

static void text_of(const struct array *entries, struct strbuf *out)
{
	for (size_t i = 0; i < entries->n; i++) {
		const struct info_entry *e = entries->at[i];

		assert_int_equal(strbuf_addf(out, "%s=%s;", e->key, e->value), 0);
	}
}

/* Module with strings, a build id of 21 bytes and an X509 trailer of 41 bytes. */
static void build(struct elf_build *b, struct elf_kind kind)
{
	static const uint8_t trailer[12] = { 1, 4, 1, 6, 3, 0, 0, 0, 0, 0, 0, 41 };
	unsigned note;

	elf_build_init(b, kind);
	elf_build_text(b, ".modinfo", "license=GPL\0parm=a:b\0empty=\0lonely\0=v\0");
	note = elf_build_section(b, ".note.gnu.build-id", NULL, 0);
	elf_build_number(b, note, 4, 4);
	elf_build_number(b, note, 21, 4);
	elf_build_number(b, note, 3, 4);
	assert_int_equal(strbuf_add(&b->section[note].data, "GNU", 4), 0);
	for (unsigned i = 0; i < 21; i++)
		elf_build_number(b, note, 0xf0 + i, 1);
	elf_build_symbol(b, "__crc_shown", 1, 0, 0xfff1, 0x12345678);
	elf_build_symbol(b, "wanted", 2, 0, 0, 0);
	elf_build_version(b, ".wanted", 7);
	elf_build_finish(b);
	assert_int_equal(strbuf_adds(&b->image, "Signer\x01\x02\xff"), 0);
	for (unsigned i = 0; i < 41; i++)
		assert_int_equal(strbuf_addc(&b->image, (char)i), 0);
	assert_int_equal(strbuf_add(&b->image, (const char *)trailer, sizeof(trailer)), 0);
	assert_int_equal(strbuf_adds(&b->image, MARKER), 0);
}

static const char want_info[] =
	"license=GPL;parm=a:b;empty=;lonely=;=v;"
	"build-id=F0:F1:F2:F3:F4:F5:F6:F7:F8:F9:FA:FB:FC:FD:FE:FF:00:01:02:03:\n\t\t04;"
	"sig_id=X509;signer=Signer;sig_key=01:02:FF;sig_hashalgo=sha256;"
	"signature=00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:\n\t\t"
	"14:15:16:17:18:19:1A:1B:1C:1D:1E:1F:20:21:22:23:24:25:26:27:\n\t\t28;";

/* 4, 19, 36, 38 */
static void the_same_answer_from_every_class_order_and_format(void **state)
{
	static const enum file_format formats[] = { FILE_PLAIN, FILE_GZIP, FILE_XZ, FILE_ZSTD };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds) * ARRAY_SIZE(formats); i++) {
		const enum file_format format = formats[i / ARRAY_SIZE(elf_kinds)];
		auto_strbuf struct strbuf packed = STRBUF_INIT, got = STRBUF_INIT;
		auto_elf_build struct elf_build b;
		struct array entries = ARRAY_INIT;
		struct file *file;

		build(&b, elf_kinds[i % ARRAY_SIZE(elf_kinds)]);
		if (!pack_can(format))
			continue;
		pack(format, 0, b.image.s, b.image.len, &packed);
		assert_int_equal(file_open_bytes(packed.s, packed.len, NULL, &file), 0);
		assert_int_equal(info_from_file(file, &entries), 0);
		text_of(&entries, &got);
		assert_string_equal(strbuf_str(&got), want_info);
		info_release(&entries, 0);
		assert_null(entries.at);
		file_close(file);
	}
}

/* 19: a size that ends a line has no break behind it; size 0 gives an empty value */
static void hex_is_broken_only_between_bytes(void **state)
{
	static const struct {
		unsigned size;
		const char *want;
	} cases[] = {
		{ 0, "build-id=;" },
		{ 1, "build-id=AB;" },
		{ 20, "build-id=AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB;" },
		{ 22, "build-id=AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:\n\t\t"
		      "AB:AB;" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf struct strbuf got = STRBUF_INIT;
		auto_elf_build struct elf_build b;
		struct array entries = ARRAY_INIT;
		struct file *file;
		unsigned note;

		elf_build_init(&b, elf_kinds[1]);
		elf_build_text(&b, ".modinfo", "");
		note = elf_build_section(&b, ".note.gnu.build-id", NULL, 0);
		elf_build_number(&b, note, 4, 4);
		elf_build_number(&b, note, cases[i].size, 4);
		elf_build_number(&b, note, 3, 4);
		assert_int_equal(strbuf_add(&b.section[note].data, "GNU", 4), 0);
		for (unsigned j = 0; j < cases[i].size; j++)
			elf_build_number(&b, note, 0xab, 1);
		elf_build_finish(&b);
		assert_int_equal(file_open_bytes(b.image.s, b.image.len, NULL, &file), 0);
		assert_int_equal(info_from_file(file, &entries), 0);
		text_of(&entries, &got);
		assert_string_equal(strbuf_str(&got), cases[i].want);
		info_release(&entries, 0);
		file_close(file);
	}
}

/* 1, 10 */
static void what_is_wrong_leaves_the_list_as_it_was(void **state)
{
	auto_elf_build struct elf_build good, bare;
	struct array entries = ARRAY_INIT;
	struct file *file;

	(void)state;
	build(&good, elf_kinds[0]);
	assert_int_equal(file_open_bytes(good.image.s, good.image.len, NULL, &file), 0);
	assert_int_equal(info_from_file(file, &entries), 0);
	assert_int_equal(entries.n, 11);
	file_close(file);
	elf_build_init(&bare, elf_kinds[0]);
	elf_build_finish(&bare);
	assert_int_equal(file_open_bytes(bare.image.s, bare.image.len, NULL, &file), 0);
	assert_int_equal(info_from_file(file, &entries), -ENODATA);
	file_close(file);
	assert_int_equal(file_open_bytes("abcdef", 6, NULL, &file), 0);
	assert_int_equal(info_from_file(file, &entries), -ENOEXEC);
	assert_int_equal(symbols_from_file(file, elf_exported, &entries), -ENOEXEC);
	file_close(file);
	assert_int_equal(entries.n, 11);
	info_release(&entries, 0);
}

static void symbols_have_one_layout(void **state)
{
	static const struct {
		symbols_reader *reader;
		const char *want;
	} cases[] = {
		{ elf_versions, "U wanted 7;" },
		{ elf_exported, "G shown 305419896;" },
		{ elf_needed, "W wanted 0;U .wanted 7;" },
	};
	auto_elf_build struct elf_build b;
	struct file *file;

	(void)state;
	build(&b, elf_kinds[3]);
	assert_int_equal(file_open_bytes(b.image.s, b.image.len, NULL, &file), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf struct strbuf got = STRBUF_INIT;
		struct array entries = ARRAY_INIT;

		assert_int_equal(symbols_from_file(file, cases[i].reader, &entries), 0);
		for (size_t j = 0; j < entries.n; j++) {
			const struct symbol_entry *e = entries.at[j];

			assert_int_equal(strbuf_addf(&got, "%c %s %llu;", e->bind, e->name,
						     (unsigned long long)e->crc),
					 0);
		}
		assert_string_equal(strbuf_str(&got), cases[i].want);
		symbols_release(&entries, 0);
	}
	file_close(file);
}

static void built_in_modules_come_from_the_index_file(void **state)
{
	static const char text[] = "a.license=GPL\0ext9.license=MIT\0broken\0ext9.alias=fs-ext9";
	auto_strbuf struct strbuf got = STRBUF_INIT;
	char path[] = "/tmp/test-info-XXXXXX";
	struct array entries = ARRAY_INIT;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, text, sizeof(text) - 1), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(info_from_builtin(path, "ext9", &entries), 0);
	text_of(&entries, &got);
	assert_string_equal(strbuf_str(&got), "license=MIT;alias=fs-ext9;");
	assert_int_equal(info_from_builtin(path, "ext", &entries), 0);
	assert_int_equal(entries.n, 2);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(info_from_builtin(path, "ext9", &entries), -ENOENT);
	assert_int_equal(entries.n, 2);
	info_release(&entries, 0);
}

static void memory_may_run_out(void **state)
{
	auto_elf_build struct elf_build b;
	struct file *file;
	unsigned n;

	(void)state;
	build(&b, elf_kinds[0]);
	assert_int_equal(file_open_bytes(b.image.s, b.image.len, NULL, &file), 0);
	for (n = 1;; n++) {
		struct array entries = ARRAY_INIT;
		int r;

		oom_arm(n);
		r = info_from_file(file, &entries);
		if (r == 0)
			r = symbols_from_file(file, elf_needed, &entries);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_int_equal(entries.n, 13);
			info_release(&entries, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		info_release(&entries, 0);
	}
	assert_true(n > 20);
	file_close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_answer_from_every_class_order_and_format),
		cmocka_unit_test(hex_is_broken_only_between_bytes),
		cmocka_unit_test(what_is_wrong_leaves_the_list_as_it_was),
		cmocka_unit_test(symbols_have_one_layout),
		cmocka_unit_test(built_in_modules_come_from_the_index_file),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("info", tests, NULL, NULL);
}
