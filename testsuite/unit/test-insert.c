/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file in; lNN are edge cases of docs/spec/libkmod-api.md 16, r22 of load-race.md 13. */
#include "testsuite/unit/unit.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/insert.h"
#include "shared/cleanup.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"
#include "testsuite/unit/pack.h"

static struct kmod_ctx *ctx;
static struct kmod_module *mod; /* "m" */
static struct elf_build elf;
static unsigned versions;

static int enter(void **state)
{
	int r = root_enter(state);

	elf_build_init(&elf, elf_kinds[0]);
	(void)elf_build_text(&elf, ".modinfo", "license=GPL\0vermagic=1.2 SMP\0name=m\0");
	elf_build_version(&elf, "sym", 7);
	elf_build_finish(&elf);
	versions = elf_build_find(&elf, "__versions");
	return r;
}

static int leave(void **state)
{
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	mod = NULL;
	ctx = NULL;
	elf_build_release(&elf);
	return root_leave(state);
}

/* A new context for the module in that file, on a kernel with that compression. */
static void take_file(const char *path, const void *bytes, size_t size, const char *compression)
{
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	mod = NULL;
	put_bytes(path, bytes, size);
	take_away("sys/module/compression");
	if (compression)
		put("sys/module/compression", compression);
	ctx = new_context(PATHS());
	assert_int_equal(kmod_module_new_from_path(ctx, path, &mod), 0);
	kernel_forget();
}

static unsigned force(unsigned i)
{
	return (i & 1 ? KMOD_INSERT_FORCE_VERMAGIC : 0) | (i & 2 ? KMOD_INSERT_FORCE_MODVERSION : 0);
}

/* module-files.md edge cases 24 and 25 */
static void l60_a_plain_file(void **state)
{
	/* IGNORE_VERMAGIC is 2, IGNORE_MODVERSIONS 1: the other way round */
	static const char *const want[] = { "finit m 0 <a=1 b>; ", "finit m 2 <a=1 b>; ",
					    "finit m 1 <a=1 b>; ", "finit m 3 <a=1 b>; " };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		take_file("m.ko", elf.image.s, elf.image.len, "xz\n");
		/* other bits, such as those of a probe, are not looked at */
		assert_int_equal(kmod_module_insert_module(mod, force(i) | 0xfffffffcu, "a=1 b"), 0);
		assert_string_equal(kernel_calls(), want[i]);
	}
}

/* module-files.md edge cases 24 and 25 */
static void l60_a_file_the_kernel_decompresses(void **state)
{
	static const struct {
		enum file_format format;
		const char *word;
	} cases[] = { { FILE_XZ, "xz\n" }, { FILE_ZSTD, "zstd\n" }, { FILE_GZIP, "gzip\n" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf struct strbuf packed = STRBUF_INIT;

		if (!pack_can(cases[i].format))
			continue;
		/* xz: the kernel's decoder wants CRC32 */
		pack(cases[i].format, cases[i].format == FILE_XZ ? PACK_XZ_CRC32 : 0, elf.image.s,
		     elf.image.len, &packed);
		take_file("m.ko", packed.s, packed.len, cases[i].word); /* whatever its name */
		assert_int_equal(kmod_module_insert_module(mod, 0, ""), 0);
		assert_int_equal(kmod_module_insert_module(mod, force(3), ""), 0);
		assert_string_equal(kernel_calls(), "finit m 4 <>; finit m 7 <>; ");
	}
}

static int take_image(const struct kernel_call *call)
{
	assert_int_equal(call->call, INIT_MODULE);
	assert_int_equal(call->size, elf.image.len);
	assert_memory_equal(call->image, elf.image.s, elf.image.len);
	return 0;
}

/* module-files.md edge case 24 */
static void l60_a_file_it_cannot_decompress(void **state)
{
	static const enum file_format formats[] = { FILE_XZ, FILE_ZSTD, FILE_GZIP };
	static const char *const kernels[] = { NULL, "lzo\n", "\n", "xz zstd\n" };

	(void)state;
	kernel_answers = take_image;
	for (size_t i = 0; i < ARRAY_SIZE(formats) * ARRAY_SIZE(kernels); i++) {
		auto_strbuf struct strbuf packed = STRBUF_INIT;
		const char *kernel = kernels[i % ARRAY_SIZE(kernels)];
		enum file_format format = formats[i / ARRAY_SIZE(kernels)];

		if (!pack_can(format))
			continue;
		pack(format, 0, elf.image.s, elf.image.len, &packed);
		take_file("m.ko.xz", packed.s, packed.len, kernel);
		assert_int_equal(kmod_module_insert_module(mod, 0, NULL), 0);
		assert_non_null(strstr(kernel_calls(), "init - "));
		assert_int_equal(caught_lines(), kernel ? 1 : 0); /* a word we do not know is told */
	}
}

static int said; /* by say() */

static int say(const struct kernel_call *call)
{
	(void)call;
	return said;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* module-files.md edge case 24: its decoder knows no CRC64, nor a format that is not its own */
static void f24_a_file_whose_header_says_no(void **state)
{
	static const struct {
		enum file_format format;
		unsigned variant;
		const char *word;
	} cases[] = {
		{ FILE_XZ, 0, "xz\n" }, { FILE_XZ, PACK_XZ_SHA256, "xz\n" },
		{ FILE_GZIP, 0, "xz\n" }, { FILE_XZ, PACK_XZ_CRC32, "zstd\n" },
		{ FILE_GZIP, PACK_GZIP_COMMENT, "gzip\n" },
	};

	(void)state;
	kernel_answers = take_image;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_strbuf struct strbuf packed = STRBUF_INIT;

		if (!pack_can(cases[i].format))
			continue;
		pack(cases[i].format, cases[i].variant, elf.image.s, elf.image.len, &packed);
		take_file("m.ko", packed.s, packed.len, cases[i].word);
		assert_int_equal(kmod_module_insert_module(mod, 0, ""), 0);
		assert_int_equal(count_of(kernel_calls(), "; "), 1);
		assert_string_equal(caught(), "");
	}
}

static int compressed_says, plain_says;

static int picky_decoder(const struct kernel_call *call)
{
	if (call->call == FINIT_MODULE) {
		assert_int_equal(call->flags & 4, 4);
		return compressed_says;
	}
	(void)take_image(call);
	return plain_says;
}

/* module-files.md 3.2: the decoder in the kernel knows less than ours */
static void a_file_its_decoder_refuses_goes_in_decompressed(void **state)
{
	static const struct {
		int compressed, plain, want;
		const char *calls; /* up to the size of the image */
	} cases[] = {
		{ -EOPNOTSUPP, 0, 0, "finit m 4 <o>; init - " },
		{ -EINVAL, 0, 0, "finit m 4 <o>; init - " },
		{ -ENOMEM, 0, 0, "finit m 4 <o>; init - " },
		{ -ENOEXEC, 0, 0, "finit m 4 <o>; init - " },
		/* the module's own answer comes again */
		{ -EINVAL, -EINVAL, -EINVAL, "finit m 4 <o>; init - " },
		{ -EINVAL, -ENODEV, -ENODEV, "finit m 4 <o>; init - " },
		/* what no decoder says is the module's, whose init runs once */
		{ -ENODEV, 0, -ENODEV, "finit m 4 <o>; " },
		{ -EEXIST, 0, -EEXIST, "finit m 4 <o>; " },
		{ -EBUSY, 0, -EBUSY, "finit m 4 <o>; " },
		{ -EPERM, 0, -EPERM, "finit m 4 <o>; " },
		{ -EKEYREJECTED, 0, -EKEYREJECTED, "finit m 4 <o>; " },
		{ 0, -EINVAL, 0, "finit m 4 <o>; " },
	};
	static const struct {
		enum file_format format;
		const char *word;
	} formats[] = { { FILE_XZ, "xz\n" }, { FILE_ZSTD, "zstd\n" }, { FILE_GZIP, "gzip\n" } };

	(void)state;
	kernel_answers = picky_decoder;
	for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
		auto_strbuf struct strbuf packed = STRBUF_INIT;

		if (!pack_can(formats[f].format))
			continue;
		pack(formats[f].format, formats[f].format == FILE_XZ ? PACK_XZ_CRC32 : 0,
		     elf.image.s, elf.image.len, &packed);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			take_file("m.ko", packed.s, packed.len, formats[f].word);
			compressed_says = cases[i].compressed;
			plain_says = cases[i].plain;
			assert_int_equal(kmod_module_insert_module(mod, 0, "o"), cases[i].want);
			assert_string_equal(str_after(kernel_calls(), cases[i].calls) ?
						    cases[i].calls : kernel_calls(), cases[i].calls);
			assert_int_equal(count_of(kernel_calls(), "; "),
					 strstr(cases[i].calls, "init -") ? 2 : 1);
			assert_string_equal(caught(), "");
		}
	}
}

/* Damaged so that neither can read it, and the header looks well. */
static void what_nobody_can_decompress_is_tried_once(void **state)
{
	auto_strbuf struct strbuf packed = STRBUF_INIT;

	(void)state;
	if (!pack_can(FILE_XZ))
		return;
	kernel_answers = picky_decoder;
	compressed_says = -EINVAL;
	pack(FILE_XZ, PACK_XZ_CRC32, elf.image.s, elf.image.len, &packed);
	packed.s[packed.len / 2] ^= 0x55;
	take_file("m.ko", packed.s, packed.len, "xz\n");
	assert_int_equal(kmod_module_insert_module(mod, 0, ""), -EINVAL);
	assert_string_equal(kernel_calls(), "finit m 4 <>; ");
	assert_int_equal(caught_lines(), 1);
}

/* A plain file has no decoder to blame. */
static void a_plain_file_is_never_tried_twice(void **state)
{
	static const int answers[] = { -EINVAL, -EOPNOTSUPP, -ENOMEM, -ENOEXEC };

	(void)state;
	kernel_answers = say;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		said = answers[i];
		take_file("m.ko", elf.image.s, elf.image.len, "xz\n");
		assert_int_equal(kmod_module_insert_module(mod, 0, ""), answers[i]);
		assert_string_equal(kernel_calls(), "finit m 0 <>; ");
	}
}

static struct elf_build *changed; /* what init_module() is to see */
static bool has_finit;

static int old_kernel(const struct kernel_call *call)
{
	if (call->call == FINIT_MODULE)
		return streq(call->module, "-") && has_finit ? -EBADF : -ENOSYS;
	assert_int_equal(call->size, changed->image.len);
	assert_memory_equal(call->image, changed->image.s, call->size);
	return 0;
}

/* 61 */
static void l61_a_kernel_without_finit_module(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		auto_elf_build struct elf_build want;

		elf_build_init(&want, elf_kinds[0]);
		(void)elf_build_text(&want, ".modinfo", "license=GPL\0vermagic=1.2 SMP\0name=m\0");
		elf_build_version(&want, "sym", 7);
		elf_build_finish(&want);
		assert_int_equal(want.image.len, elf.image.len);
		if (i & 1) { /* the string is zeros */
			char *at = memmem(want.image.s, want.image.len, "vermagic=1.2 SMP", 16);

			assert_non_null(at);
			memset(at, 0, 16);
		}
		if (i & 2) /* SHF_ALLOC is off; sh_flags is the third word of a 32-bit header */
			elf_build_poke(&want, want.section[versions].header_off + 8,
				       want.section[versions].flags & ~(uint64_t)SHF_ALLOC,
				       elf_build_word(&want));
		changed = &want;
		has_finit = false;
		kernel_answers = old_kernel;
		take_file("m.ko", elf.image.s, elf.image.len, NULL);
		assert_int_equal(kmod_module_insert_module(mod, force(i), "o"), 0);
		assert_non_null(strstr(kernel_calls(), "finit - "));
		assert_non_null(strstr(kernel_calls(), "init - "));
		changed = NULL;
	}
}

static void l61_forcing_needs_a_vermagic_to_remove(void **state)
{
	(void)state;
	kernel_answers = old_kernel;
	has_finit = false;
	for (int with_modinfo = 0; with_modinfo < 2; with_modinfo++) {
		auto_elf_build struct elf_build b;

		elf_build_init(&b, elf_kinds[1]);
		if (with_modinfo)
			(void)elf_build_text(&b, ".modinfo", "license=GPL\0");
		elf_build_finish(&b);
		changed = &b;
		take_file("m.ko", b.image.s, b.image.len, NULL);
		assert_int_equal(kmod_module_insert_module(mod, force(3), ""), with_modinfo ? -ENODATA : 0);
		changed = NULL;
	}
}

/* R1 of load-race.md 5: ENOSYS may be what the module's own init said */
static void r22_an_init_that_says_ENOSYS_does_not_run_twice(void **state)
{
	(void)state;
	kernel_answers = old_kernel;
	has_finit = true;
	take_file("m.ko", elf.image.s, elf.image.len, NULL);
	assert_int_equal(kmod_module_insert_module(mod, 0, ""), -ENOSYS);
	assert_string_equal(kernel_calls(), "finit m 0 <>; finit - 0 <>; ");
}

static void l62_without_a_file_nothing_is_asked(void **state)
{
	struct kmod_module *nosuch;

	(void)state;
	take_file("m.ko", elf.image.s, elf.image.len, NULL);
	nosuch = by_name(ctx, "nosuch");
	assert_int_equal(kmod_module_insert_module(nosuch, 0, NULL), -ENOENT);
	assert_int_equal(caught_lines(), 1);
	assert_string_equal(kernel_calls(), "");
	assert_null(kmod_module_unref(nosuch));
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), 0);
	assert_string_equal(kernel_calls(), "finit m 0 <>; ");
	said = -EINVAL;
	kernel_answers = say;
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -EINVAL);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(caught_lines(), 1); /* at INFO, which is not delivered */
	kmod_set_log_priority(ctx, LOG_INFO);
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -EINVAL);
	assert_int_equal(caught_lines(), 2);
	assert_non_null(strstr(caught(), "/m.ko"));
}

static void files_that_are_none(void **state)
{
	(void)state;
	take_file("m.ko", "abc", 3, NULL);
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -EINVAL);
	take_file("m.ko", "\xfd" "7zXZ\0 and nothing good", 24, NULL);
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL),
			 pack_can(FILE_XZ) ? -EINVAL : -ENOSYS);
	take_file("m.ko", elf.image.s, elf.image.len, NULL);
	take_away("m.ko");
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -ENOENT);
	put_dir("m.ko");
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -EISDIR);
	take_away("m.ko"); /* an error is not remembered */
	put_bytes("m.ko", elf.image.s, elf.image.len);
	assert_string_equal(kernel_calls(), "");
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), 0);
}

/* R12 */
static void the_name_inside_the_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		for (int how = 0; how < 4; how++) {
			auto_elf_build struct elf_build b;
			auto_free char *name = NULL;
			char bytes[200] = "";

			elf_build_init(&b, elf_kinds[i]);
			(void)elf_build_text(&b, ".modinfo", "license=GPL\0");
			/* before modinfo told it: 24 or 12 bytes into the kernel's own structure */
			(void)strcpy(bytes + (elf_kinds[i].is64 ? 24 : 12), how == 2 ? "" : "inside");
			(void)elf_build_section(&b, ".gnu.linkonce.this_module", bytes,
						how == 3 ? 70 : sizeof(bytes));
			if (how == 0)
				(void)strbuf_add(&b.section[elf_build_find(&b, ".modinfo")].data,
						 "name=told", 10);
			elf_build_finish(&b);
			take_file("m.ko", b.image.s, b.image.len, NULL);
			if (how < 2) {
				assert_int_equal(insert_internal_name(mod, &name), 0);
				assert_string_equal(name, how == 0 ? "told" : "inside");
			} else {
				assert_int_equal(insert_internal_name(mod, &name), -ENODATA);
				assert_null(name);
			}
		}
	}
}

/* The file of mod stays open after this. */
static void open_by_asking(void)
{
	struct kmod_list *list = NULL;

	assert_true(kmod_module_get_info(mod, &list) >= 0);
	kmod_module_info_free_list(list);
}

/* The descriptor that is open on m.ko is closed; what the caller opens then gets its number. */
static int take_descriptor(void)
{
	struct stat file, st;
	int fd = 2, other;

	assert_int_equal(stat("m.ko", &file), 0);
	do
		assert_true(++fd < 64);
	while (fstat(fd, &st) < 0 || st.st_dev != file.st_dev || st.st_ino != file.st_ino);
	put_bytes("evil.ko", elf.image.s, elf.image.len);
	other = open("evil.ko", O_RDONLY);
	assert_true(other >= 0);
	assert_int_equal(dup2(other, fd), fd);
	assert_int_equal(close(other), 0);
	return fd;
}

/* A daemon may close all descriptors that it does not know: nobody gets another file loaded by that. */
static void a_descriptor_that_was_taken_is_not_loaded(void **state)
{
	struct kmod_list *list = NULL;
	char path[512];
	int fd, r;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/m.ko", root_path());
	take_file("m.ko", elf.image.s, elf.image.len, NULL);
	open_by_asking();
	fd = take_descriptor();
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), 0);
	assert_string_equal(kernel_calls(), "finit m 0 <>; ");
	assert_int_equal(close(fd), 0); /* the caller's, as before */

	/* not to be opened again: for now, for want of memory, for good */
	open_by_asking();
	fd = take_descriptor();
	kernel_forget();
	opening_fails(path, EMFILE);
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -EMFILE);
	opening_fails(NULL, 0);
	for (unsigned n = 1;; n++) {
		bool fired;

		oom_arm(n);
		r = kmod_module_insert_module(mod, 0, NULL);
		fired = oom_fired();
		assert_int_equal(r, fired ? -ENOMEM : 0);
		if (!fired) {
			assert_true(n > 1);
			break;
		}
	}
	assert_string_equal(kernel_calls(), "finit m 0 <>; ");
	assert_int_equal(close(fd), 0);
	fd = take_descriptor();
	kernel_forget();
	take_away("m.ko");
	assert_int_equal(kmod_module_insert_module(mod, 0, NULL), -ENOENT);
	assert_string_equal(kernel_calls(), "");
	assert_int_equal(kmod_module_get_info(mod, &list), -ENOENT);
	assert_int_equal(close(fd), 0);
}

static void a_descriptor_that_was_taken_is_not_closed(void **state)
{
	int fd;

	(void)state;
	take_file("m.ko", elf.image.s, elf.image.len, NULL);
	open_by_asking();
	fd = take_descriptor();
	mod = kmod_module_unref(mod);
	assert_null(mod);
	assert_int_equal(close(fd), 0);
}

static void every_failed_allocation_is_survived(void **state)
{
	auto_strbuf struct strbuf packed = STRBUF_INIT;

	(void)state;
	kernel_answers = take_image;
	pack(pack_can(FILE_GZIP) ? FILE_GZIP : FILE_PLAIN, 0, elf.image.s, elf.image.len, &packed);
	if (!pack_can(FILE_GZIP))
		kernel_answers = NULL;
	for (unsigned n = 1;; n++) {
		bool fired;
		int r;

		take_file("m.ko", packed.s, packed.len, NULL);
		oom_arm(n);
		r = kmod_module_insert_module(mod, 0, NULL);
		fired = oom_fired();
		if (!fired) {
			assert_int_equal(r, 0);
			assert_true(n > 1);
			break;
		}
		/* a buffer that cannot be made smaller is as good */
		assert_true(r == -ENOMEM || strstr(kernel_calls(), "init - "));
		if (r < 0)
			assert_string_equal(kernel_calls(), "");
		assert_int_equal(kmod_module_insert_module(mod, 0, NULL), 0);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(l60_a_plain_file),
		TEST(l60_a_file_the_kernel_decompresses),
		TEST(l60_a_file_it_cannot_decompress),
		TEST(f24_a_file_whose_header_says_no),
		TEST(a_file_its_decoder_refuses_goes_in_decompressed),
		TEST(what_nobody_can_decompress_is_tried_once),
		TEST(a_plain_file_is_never_tried_twice),
		TEST(l61_a_kernel_without_finit_module),
		TEST(l61_forcing_needs_a_vermagic_to_remove),
		TEST(r22_an_init_that_says_ENOSYS_does_not_run_twice),
		TEST(l62_without_a_file_nothing_is_asked),
		TEST(files_that_are_none),
		TEST(the_name_inside_the_file),
		TEST(a_descriptor_that_was_taken_is_not_loaded),
		TEST(a_descriptor_that_was_taken_is_not_closed),
		TEST(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests_name("insert", tests, NULL, NULL);
}
