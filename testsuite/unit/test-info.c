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
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/fake-root.h"
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

/* module-files.md edge cases 4, 19, 36, 38 */
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
		array_free_from(&entries, 0);
		assert_null(entries.at);
		file_close(file);
	}
}

/* The rest of it, when what came first was there: the end, where a signature is; the symbols. */
static void a_part_that_is_missing_is_an_error_whoever_asks(void **state)
{
	static const uint8_t code[200000];
	auto_elf_build struct elf_build b;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	(void)elf_build_text(&b, ".modinfo", "license=GPL\0");
	(void)elf_build_section(&b, ".text", code, sizeof(code));
	(void)elf_build_section(&b, ".data", code, sizeof(code));
	for (int i = 0; i < 1000; i++) /* more than comes along with what is beside them */
		elf_build_symbol(&b, "__crc_shown", 1, 0, 0xfff1, 0x12345678);
	elf_build_finish(&b);
	assert_int_equal(strbuf_add(&b.image, (const char *)code, 20000), 0);
	for (int symbols = 0; symbols < 2; symbols++) {
		struct array entries = ARRAY_INIT;
		struct file *file;

		put_bytes("m.ko", b.image.s, b.image.len);
		assert_int_equal(file_open("m.ko", catch_log(), &file), 0);
		assert_int_equal(symbols ? info_from_file(file, &entries) :
					   symbols_from_file(file, elf_exported, &entries), 0);
		array_free_from(&entries, 0);
		assert_int_equal(truncate("m.ko", 4096), 0);
		assert_int_equal(symbols ? symbols_from_file(file, elf_exported, &entries) :
					   info_from_file(file, &entries), -EINVAL);
		assert_int_equal(entries.n, 0);
		assert_string_equal(caught(),
				    "m.ko: could not read the module file: the file was changed meanwhile\n");
		array_free_from(&entries, 0);
		file_close(file);
	}
}

/* Of a large plain file only parts are read; what was not read before it was cut is an error, never SIGBUS. */
static void a_large_plain_file_is_read_in_parts(void **state)
{
	static const uint8_t code[200000];
	struct array entries = ARRAY_INIT;
	auto_strbuf struct strbuf got = STRBUF_INIT;
	auto_elf_build struct elf_build b;
	struct file *file;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	(void)elf_build_section(&b, ".text", code, sizeof(code));
	(void)elf_build_text(&b, ".modinfo", "license=GPL\0");
	(void)elf_build_section(&b, ".data", code, sizeof(code));
	elf_build_symbol(&b, "__crc_shown", 1, 0, 0xfff1, 0x12345678);
	elf_build_finish(&b);
	put_bytes("m.ko", b.image.s, b.image.len);
	for (int cut = 0; cut < 2; cut++) {
		assert_int_equal(file_open("m.ko", catch_log(), &file), 0);
		assert_int_equal(symbols_from_file(file, elf_exported, &entries), 0);
		assert_int_equal(entries.n, 1);
		array_free_from(&entries, 0);
		if (cut)
			assert_int_equal(truncate("m.ko", 4096), 0);
		assert_int_equal(info_from_file(file, &entries), cut ? -EINVAL : 0);
		text_of(&entries, &got);
		assert_string_equal(strbuf_str(&got), cut ? "" : "license=GPL;");
		assert_int_equal(caught_lines(), cut);
		if (cut)
			assert_string_equal(caught(),
					    "m.ko: could not read the module file: the file was changed meanwhile\n");
		array_free_from(&entries, 0);
		strbuf_clear(&got);
		file_close(file);
	}
	array_free_from(&entries, 0);
}

/* module-files.md edge case 19: a size that ends a line has no break behind it; size 0 gives an empty value */
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
		array_free_from(&entries, 0);
		file_close(file);
	}
}

/* module-files.md edge cases 1, 10 */
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
	array_free_from(&entries, 0);
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
		array_free_from(&entries, 0);
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
	array_free_from(&entries, 0);
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
			array_free_from(&entries, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		array_free_from(&entries, 0);
	}
	assert_true(n > 20);
	file_close(file);
}

/* ---- the public lists; lNN are edge cases of docs/spec/libkmod-api.md 16 ---- */

static struct kmod_ctx *ctx;

static int enter(void **state)
{
	int r = root_enter_api(state);

	if (r == 0)
		ctx = new_context(PATHS());
	return r;
}

static int leave(void **state)
{
	assert_null(kmod_unref(ctx));
	return root_leave(state);
}

/* The module in a file of these bytes. */
static struct kmod_module *module_of(const void *bytes, size_t size)
{
	struct kmod_module *mod = NULL;

	put_bytes("m.ko", bytes, size);
	assert_int_equal(kmod_module_new_from_path(ctx, "m.ko", &mod), 0);
	return mod;
}

/* Does get_info() give those entries, `KEY=VALUE;` each? */
static void check_info(struct kmod_module *mod, const char *want)
{
	auto_strbuf struct strbuf got = STRBUF_INIT;
	struct kmod_list *list = NULL, *l;
	int n = kmod_module_get_info(mod, &list);

	assert_true(n >= 0);
	kmod_list_foreach(l, list) {
		assert_int_equal(strbuf_addf(&got, "%s=%s;", kmod_module_info_get_key(l),
					     kmod_module_info_get_value(l)), 0);
		n--;
	}
	assert_int_equal(n, 0);
	assert_string_equal(strbuf_str(&got), want);
	kmod_module_info_free_list(list);
}

enum { CLASS, ORDER, CUT, ENTSIZE, SHOFF, SHNUM, STRNDX, STRNDX_0, NAMES_END, NO_ELF,
       SHORT, VERSIONS, VERSION_NAME, SYMTAB, NO_MODINFO, KINDS };

/* Damages an image; *off: where that is seen first. Returns the error it is worth. */
static int damage(struct elf_build *b, size_t kind, uint64_t *off)
{
	const uint64_t ent = elf_build_e_shentsize_at(b);
	const size_t word = elf_build_word(b);

	switch (kind) {
	case CLASS:
		b->image.s[*off = 4] = 3;
		break;
	case ORDER:
		b->image.s[*off = 5] = 0;
		break;
	case CUT:
		*off = b->image.len = b->is64 ? 64 : 52;
		break;
	case ENTSIZE:
		elf_build_poke(b, *off = ent, 1, 2);
		break;
	case SHOFF:
		elf_build_poke(b, *off = elf_build_e_shoff_at(b), b->image.len, word);
		break;
	case SHNUM:
		elf_build_poke(b, ent + 2, 0xffff, 2);
		*off = elf_build_e_shoff_at(b);
		break;
	case STRNDX:
		elf_build_poke(b, *off = ent + 4, 0xfffe, 2);
		break;
	case STRNDX_0:
		elf_build_poke(b, *off = ent + 4, 0, 2);
		break;
	case NAMES_END: {
		unsigned names = elf_build_find(b, ".shstrtab");

		*off = b->section[names].off + b->section[names].data.len - 1;
		b->image.s[*off] = 'x';
		break;
	}
	case NO_ELF:
		b->image.s[0] = 'x';
		return -ENOEXEC;
	case SHORT:
		*off = b->image.len = 5;
		break;
	case VERSIONS:
		*off = b->section[elf_build_find(b, "__versions")].header_off;
		break;
	case VERSION_NAME:
		*off = b->section[elf_build_find(b, "__versions")].off;
		memset(b->image.s + *off, 'x', 64);
		break;
	case SYMTAB:
		*off = b->section[b->symtab].header_off;
		break;
	case NO_MODINFO:
		return -ENODATA;
	default:
		fail();
	}
	return -EINVAL;
}

/* Bad input: the errno, and one line with file and place; what is merely not there says nothing. */
static void damage_is_told_once_with_its_place(void **state)
{
	static const char *const packings[] = { "", " of what it decompresses to" };

	(void)state;
	for (size_t i = 0; i < KINDS * ARRAY_SIZE(elf_kinds) * 2; i++) {
		const size_t kind = i / 2 % KINDS, packing = i % 2;
		auto_strbuf struct strbuf file = STRBUF_INIT;
		auto_elf_build struct elf_build b;
		struct kmod_list *list = NULL;
		struct kmod_module *mod;
		uint64_t off = 0;
		char want[128];
		int errno_wanted, r;

		if (packing && (!pack_can(FILE_GZIP) || kind == SHORT))
			continue;
		elf_build_init(&b, elf_kinds[i / 2 / KINDS]);
		if (kind != NO_MODINFO)
			elf_build_text(&b, ".modinfo", "license=GPL\0");
		elf_build_version(&b, "wanted", 7);
		elf_build_symbol(&b, "wanted", 1, 0, 0, 0);
		if (kind == VERSIONS)
			elf_build_number(&b, elf_build_find(&b, "__versions"), 1, 1);
		if (kind == SYMTAB)
			elf_build_number(&b, b.symtab, 1, 1);
		elf_build_finish(&b);
		errno_wanted = damage(&b, kind, &off);
		pack(packing ? FILE_GZIP : FILE_PLAIN, 0, b.image.s, b.image.len, &file);
		(void)catch_log();
		mod = module_of(file.s, file.len);
		if (kind == VERSIONS || kind == VERSION_NAME)
			r = kmod_module_get_versions(mod, &list);
		else if (kind == SYMTAB)
			r = kmod_module_get_dependency_symbols(mod, &list);
		else
			r = kmod_module_get_info(mod, &list);
		assert_int_equal(r, errno_wanted);
		assert_null(list);
		if (kind == NO_ELF)
			(void)snprintf(want, sizeof(want), "/m.ko: not an ELF file (offset 0)\n");
		else if (kind == SHORT)
			(void)snprintf(want, sizeof(want),
				       "/m.ko: ends at offset 5, too short for a module\n");
		else
			(void)snprintf(want, sizeof(want), "/m.ko: damaged at offset %llu%s\n",
				       (unsigned long long)off, packings[packing]);
		assert_int_equal(caught_lines(), kind != NO_MODINFO);
		if (kind != NO_MODINFO)
			assert_non_null(strstr(caught(), want));
		assert_null(kmod_module_unref(mod));
	}
}

/* The same of what a decompressor finds: the offset is that of the file (libkmod-api.md edge case 55). */
static void compressed_damage_is_told_once_with_its_place(void **state)
{
	static const enum file_format formats[] = { FILE_GZIP, FILE_XZ, FILE_ZSTD };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		for (int cut = 0; cut < 2; cut++) {
			auto_strbuf struct strbuf file = STRBUF_INIT;
			auto_elf_build struct elf_build b;
			struct kmod_list *list = NULL;
			struct kmod_module *mod;
			unsigned long long off;
			const char *at;

			build(&b, elf_kinds[1]);
			if (!pack_can(formats[i]))
				continue;
			pack(formats[i], 0, b.image.s, b.image.len, &file);
			if (cut)
				file.len -= 9;
			else
				memset(file.s + file.len / 2, 0xff, 16);
			(void)catch_log();
			mod = module_of(file.s, file.len);
			assert_int_equal(kmod_module_get_info(mod, &list), -EINVAL);
			assert_int_equal(caught_lines(), 1);
			at = strstr(caught(), "/m.ko: ");
			assert_non_null(at);
			assert_non_null(str_after(at + 7, file_format_name(formats[i])));
			at = strstr(at, ", offset ");
			assert_non_null(at);
			off = strtoull(at + 9, NULL, 10);
			/* zstd does not say how far it came in a frame that is damaged */
			assert_in_range(off, cut ? file.len - 16 :
					formats[i] == FILE_ZSTD ? 0 : file.len / 2 - 64, file.len);
			assert_null(kmod_module_unref(mod));
		}
	}
}

static void nothing_there_is_no_news(void **state)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod;

	(void)state;
	(void)catch_log();
	mod = by_name(ctx, "nosuch");
	assert_int_equal(kmod_module_get_info(mod, &list), -ENOENT);
	assert_int_equal(kmod_module_get_versions(mod, &list), -ENOENT);
	assert_null(kmod_module_unref(mod));
	mod = by_name(ctx, "mod_a");
	take_away("lib/modules/9.9.9/kernel/mod_a.ko");
	assert_int_equal(kmod_module_get_info(mod, &list), -ENOENT);
	assert_null(kmod_module_unref(mod));
	assert_string_equal(caught(), "");
}

static void l51_to_l53_info_of_a_file(void **state)
{
	auto_elf_build struct elf_build b, strings;
	struct kmod_module *mod;

	(void)state;
	build(&b, elf_kinds[1]);
	mod = module_of(b.image.s, b.image.len);
	check_info(mod, want_info);
	check_info(mod, want_info);
	assert_null(kmod_module_unref(mod));
	elf_build_init(&strings, elf_kinds[2]);
	(void)elf_build_text(&strings, ".modinfo",
			     "\0\0novalue\0\0\0=emptykey\0k=v=w\0empty=\0last=unterminated");
	elf_build_finish(&strings);
	mod = module_of(strings.image.s, strings.image.len);
	check_info(mod, "novalue=;=emptykey;k=v=w;empty=;last=unterminated;");
	assert_null(kmod_module_unref(mod));
}

static void l53_l54_trailers_that_are_odd(void **state)
{
	static const struct {
		uint8_t trailer[12];
		const char *want;
	} cases[] = {
		/* a PKCS#7 message that is none: five keys all the same */
		{ { 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 6 },
		  "license=GPL;sig_id=PKCS#7;signer=;sig_key=;sig_hashalgo=unknown;signature=;" },
		{ { 1, 9, 1, 2, 3, 0, 0, 0, 0, 0, 0, 1 }, "license=GPL;" }, /* hash */
		{ { 1, 4, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0 }, "license=GPL;" }, /* nothing signed */
		{ { 1, 4, 1, 2, 3, 0, 0, 0, 0x7f, 0, 0, 0 }, "license=GPL;" }, /* beyond the file */
		{ { 1, 4, 1, 2, 3, 0, 0, 0, 0, 0, 0, 1 },
		  "license=GPL;sig_id=X509;signer=Me;sig_key=6B:65:79;sig_hashalgo=sha256;signature=73;" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_elf_build struct elf_build b;
		struct kmod_module *mod;

		elf_build_init(&b, elf_kinds[0]);
		(void)elf_build_text(&b, ".modinfo", "license=GPL\0");
		elf_build_finish(&b);
		assert_int_equal(strbuf_adds(&b.image, "Mekeys"), 0);
		assert_int_equal(strbuf_add(&b.image, (const char *)cases[i].trailer, 12), 0);
		assert_int_equal(strbuf_adds(&b.image, MARKER), 0);
		mod = module_of(b.image.s, b.image.len);
		check_info(mod, cases[i].want);
		assert_null(kmod_module_unref(mod));
	}
}

typedef int list_fn(const struct kmod_module *mod, struct kmod_list **list);
static list_fn *const list_fns[] = { kmod_module_get_info, kmod_module_get_versions,
				     kmod_module_get_symbols, kmod_module_get_dependency_symbols };

static void l55_l59_what_is_no_module_leaves_the_list_empty(void **state)
{
	auto_elf_build struct elf_build bare, first, past;
	struct kmod_module *mod;
	struct kmod_list *list = NULL, *full = (struct kmod_list *)(void *)&list;

	(void)state;
	elf_build_init(&bare, elf_kinds[0]);
	elf_build_finish(&bare);
	elf_build_init(&first, elf_kinds[3]);
	elf_build_finish(&first);
	elf_build_poke(&first, elf_build_e_shentsize_at(&first) + 4, 0, 2); /* e_shstrndx */
	elf_build_init(&past, elf_kinds[0]);
	elf_build_finish(&past);
	elf_build_poke(&past, elf_build_e_shentsize_at(&past) + 4, 99, 2);
	{
		const struct {
			const void *bytes;
			size_t size;
			int want[4];
		} cases[] = {
			{ "root:x:0:0:root", 15, { -ENOEXEC, -ENOEXEC, -ENOEXEC, -ENOEXEC } },
			{ "abc", 3, { -EINVAL, -EINVAL, -EINVAL, -EINVAL } },
			{ bare.image.s, bare.image.len, { -ENODATA, -ENODATA, -ENODATA, -EINVAL } },
			{ first.image.s, first.image.len, { -EINVAL, -EINVAL, -EINVAL, -EINVAL } },
			{ past.image.s, past.image.len, { -EINVAL, -EINVAL, -EINVAL, -EINVAL } },
			{ "\x1f\x8b truncated", 12, { -EINVAL, -EINVAL, -EINVAL, -EINVAL } },
		};

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			if (!pack_can(FILE_GZIP) && i == 5)
				continue;
			mod = module_of(cases[i].bytes, cases[i].size);
			for (size_t k = 0; k < ARRAY_SIZE(list_fns); k++) {
				assert_int_equal(list_fns[k](mod, &list), cases[i].want[k]);
				assert_null(list);
			}
			assert_null(kmod_module_unref(mod));
		}
	}
	/* a directory; what is gone; a list that is not empty (docs/spec/README.md 5) */
	take_away("m.ko");
	put_dir("m.ko");
	assert_int_equal(kmod_module_new_from_path(ctx, "m.ko", &mod), 0);
	for (size_t k = 0; k < ARRAY_SIZE(list_fns); k++)
		assert_int_equal(list_fns[k](mod, &list), -EISDIR);
	take_away("m.ko");
	for (size_t k = 0; k < ARRAY_SIZE(list_fns); k++) {
		assert_int_equal(list_fns[k](mod, &list), -ENOENT);
		assert_int_equal(list_fns[k](mod, &full), -EINVAL);
		assert_int_equal(list_fns[k](mod, NULL), -ENOENT);
	}
	assert_null(list);
	assert_null(kmod_module_unref(mod));
	mod = by_name(ctx, "nosuch");
	for (size_t k = 0; k < ARRAY_SIZE(list_fns); k++)
		assert_int_equal(list_fns[k](mod, &list), -ENOENT);
	assert_null(kmod_module_unref(mod));
}

static void l56_l57_symbols_of_a_file(void **state)
{
	auto_elf_build struct elf_build b;
	struct kmod_list *list = NULL, *l;
	struct kmod_module *mod;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	elf_build_symbol(&b, "__crc_shown", 1, 0, 0xfff1, 0x12345678);
	elf_build_symbol(&b, "must", 1, 0, 0, 0);
	elf_build_symbol(&b, "may", 2, 0, 0, 0);
	elf_build_version(&b, "must", 7);
	elf_build_version(&b, ".dotsym", 8);
	elf_build_version(&b, "module_layout", 9);
	elf_build_finish(&b);
	mod = module_of(b.image.s, b.image.len);

	assert_int_equal(kmod_module_get_versions(mod, &list), 3);
	l = kmod_list_next(list, list);
	assert_string_equal(kmod_module_version_get_symbol(list), "must");
	assert_int_equal(kmod_module_version_get_crc(list), 7);
	assert_string_equal(kmod_module_version_get_symbol(l), "dotsym");
	assert_int_equal(kmod_module_version_get_crc(l), 8);
	kmod_module_versions_free_list(list);

	list = NULL;
	assert_int_equal(kmod_module_get_symbols(mod, &list), 1);
	assert_string_equal(kmod_module_symbol_get_symbol(list), "shown");
	assert_int_equal(kmod_module_symbol_get_crc(list), 0x12345678);
	kmod_module_symbols_free_list(list);

	list = NULL;
	assert_int_equal(kmod_module_get_dependency_symbols(mod, &list), 4);
	{
		static const struct {
			const char *name;
			int bind;
			uint64_t crc;
		} want[] = {
			{ "must", KMOD_SYMBOL_UNDEF, 7 }, { "may", KMOD_SYMBOL_WEAK, 0 },
			{ ".dotsym", KMOD_SYMBOL_UNDEF, 8 }, { "module_layout", KMOD_SYMBOL_UNDEF, 9 },
		};
		size_t i = 0;

		kmod_list_foreach(l, list) {
			assert_string_equal(kmod_module_dependency_symbol_get_symbol(l), want[i].name);
			assert_int_equal(kmod_module_dependency_symbol_get_bind(l), want[i].bind);
			assert_true(kmod_module_dependency_symbol_get_crc(l) == want[i].crc);
			/* dracut asks the elements of one list with the accessors of another */
			assert_string_equal(kmod_module_symbol_get_symbol(l), want[i].name);
			assert_string_equal(kmod_module_version_get_symbol(l), want[i].name);
			i++;
		}
	}
	kmod_module_dependency_symbols_free_list(list);
	assert_null(kmod_module_unref(mod));
}

static void l58_a_built_in_module(void **state)
{
	struct kmod_module *mod = by_name(ctx, "bimod"), *other = by_name(ctx, "mod-z");
	struct kmod_list *list = NULL;

	(void)state;
	check_info(mod, "alias=bialias-*;license=GPL;");
	check_info(other, "license=GPL;");
	for (size_t k = 1; k < ARRAY_SIZE(list_fns); k++)
		assert_int_equal(list_fns[k](mod, &list), -ENOENT);
	put("lib/modules/9.9.9/modules.builtin.modinfo", "");
	check_info(mod, "");
	take_away("lib/modules/9.9.9/modules.builtin.modinfo");
	assert_int_equal(kmod_module_get_info(mod, &list), -ENOENT);
	assert_null(list);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_module_unref(other));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_answer_from_every_class_order_and_format),
		cmocka_unit_test(hex_is_broken_only_between_bytes),
		cmocka_unit_test(what_is_wrong_leaves_the_list_as_it_was),
		cmocka_unit_test(symbols_have_one_layout),
		cmocka_unit_test(built_in_modules_come_from_the_index_file),
		cmocka_unit_test(memory_may_run_out),
		TEST(a_large_plain_file_is_read_in_parts),
		TEST(a_part_that_is_missing_is_an_error_whoever_asks),
		TEST(damage_is_told_once_with_its_place),
		TEST(compressed_damage_is_told_once_with_its_place),
		TEST(nothing_there_is_no_news),
		TEST(l51_to_l53_info_of_a_file),
		TEST(l53_l54_trailers_that_are_odd),
		TEST(l55_l59_what_is_no_module_leaves_the_list_empty),
		TEST(l56_l57_symbols_of_a_file),
		TEST(l58_a_built_in_module),
	};

	return cmocka_run_group_tests_name("info", tests, NULL, NULL);
}
