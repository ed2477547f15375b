/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of every kind, read by one thread and by many; also for ThreadSanitizer. */
#include "testsuite/unit/unit.h"

#include <elf.h>
#include <pthread.h>

#include "libkmod/file.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/depmod-unit.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/oom.h"
#include "testsuite/unit/pack.h"
#include "tools/depmod/facts.h"

#define N_FILES 96
#define MOST_READERS 16

static char paths[N_FILES][32];
static const struct { size_t at, cut; } cuts[] = { { 7, 0 }, { 31, 3 }, { 50, 40 }, { 77, 100 } };

/* Number of threads that can still be had; -1: any. */
static int threads_left = -1;
static unsigned threads_made;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	if (threads_left == 0)
		return EAGAIN;
	threads_left -= threads_left > 0;
	threads_made++;
	return __real_pthread_create(thread, attr, fn, arg);
}

/* Every class and byte order, some larger than what is read at once. */
static void make_image(size_t i, struct elf_build *b)
{
	char text[64];
	unsigned crcs;

	elf_build_init(b, elf_kinds[i % 4]);
	if (i % 3 == 0) { /* what nobody reads, between what somebody does */
		static const char code[100000] = { 1 };

		(void)elf_build_section(b, ".text", code, sizeof(code));
	}
	(void)snprintf(text, sizeof(text), "alias=a%zu", i);
	(void)elf_build_section(b, ".modinfo", text, strlen(text) + 1);
	crcs = elf_build_section(b, "__kcrctab", NULL, 0);
	for (unsigned k = 0; k < 5; k++) {
		elf_build_number(b, crcs, 0x1000 * i + k, 4);
		(void)snprintf(text, sizeof(text), "__crc_x%zu_%u", i, k);
		elf_build_symbol(b, text, STB_GLOBAL, STT_NOTYPE, crcs, 4 * k);
		(void)snprintf(text, sizeof(text), "x%zu_%u", i + 1, k);
		elf_build_symbol(b, text, k % 2 ? STB_WEAK : STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		elf_build_version(b, text, 0x1000 * (i + 1) + k);
	}
	(void)elf_build_finish(b);
}

static int make_files(void **state)
{
	static const enum file_format formats[] = { FILE_PLAIN, FILE_ZSTD, FILE_XZ, FILE_GZIP };

	if (play_begin(state) < 0)
		return -1;
	for (size_t i = 0; i < N_FILES; i++) {
		auto_elf_build struct elf_build b;
		auto_strbuf struct strbuf bytes = STRBUF_INIT;
		enum file_format format = formats[i / 2 % 4];
		auto_close int fd = -1;
		size_t size;

		make_image(i, &b);
		pack(pack_can(format) ? format : FILE_PLAIN, 0, b.image.s, b.image.len, &bytes);
		size = bytes.len;
		for (size_t k = 0; k < ARRAY_SIZE(cuts); k++) {
			if (cuts[k].at == i)
				size = cuts[k].cut;
		}
		(void)snprintf(paths[i], sizeof(paths[i]), "%zu.ko", i);
		fd = creat(paths[i], 0600);
		if (fd < 0 || io_write(fd, bytes.s, size) < 0)
			return -1;
	}
	return 0;
}

/* All that is known of one file, as text. */
static void add_facts(const struct facts *facts, struct strbuf *text)
{
	const struct facts_symbol *lists[] = { facts->exports, facts->needs };
	const size_t sizes[] = { facts->n_exports, facts->n_needs };

	assert_int_equal(strbuf_addf(text, "%s %d %s\n", facts->path, facts->error,
				     facts->notes ? facts->notes : ""), 0);
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < sizes[k]; i++)
			assert_int_equal(strbuf_addf(text, " %s=%llx%s", lists[k][i].name,
						     (unsigned long long)lists[k][i].crc,
						     lists[k][i].weak ? "w" : ""), 0);
	}
	assert_int_equal(strbuf_addf(text, " %zu %s\n", facts->modinfo_size,
				     facts->modinfo ? facts->modinfo : ""), 0);
}

static bool fired; /* did memory run out? */

/* 0 and all facts as text, or what facts_read_all() said. */
static int read_by(size_t n_readers, struct strbuf *text)
{
	struct facts facts[N_FILES];
	struct facts_reader readers[MOST_READERS];
	int r;

	for (size_t i = 0; i < n_readers; i++)
		readers[i] = (struct facts_reader)FACTS_READER_INIT;
	for (size_t i = 0; i < N_FILES; i++)
		facts[i] = (struct facts){ .path = paths[i], .listed = paths[i], .name = "x" };
	r = facts_read_all(facts, N_FILES, readers, n_readers);
	fired = oom_fired();
	for (size_t i = 0; i < N_FILES && r == 0; i++) {
		add_facts(&facts[i], text);
		facts_report(&facts[i], &log_taken);
	}
	for (size_t i = 0; i < n_readers; i++)
		facts_reader_release(&readers[i]);
	return r;
}

/* docs/spec/depmod.md edge case 21 */
static void every_number_of_threads_finds_the_same(void **state)
{
	auto_strbuf struct strbuf alone = STRBUF_INIT, said = STRBUF_INIT;
	static const size_t some[] = { 1, 2, 3, 16, 16, 16 };

	(void)state;
	assert_int_equal(read_by(1, &alone), 0);
	assert_non_null(strstr(alone.s, "0.ko 0 \n x0_0=0 x0_1=1 x0_2=2 x0_3=3 x0_4=4"
					" x1_0=1000 x1_1=1001w"));
	assert_non_null(strstr(alone.s, " x96_4=60004"));
	assert_non_null(strstr(alone.s, "7.ko -22 "));
	assert_int_equal(strbuf_adds(&said, taken.s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		auto_strbuf struct strbuf text = STRBUF_INIT;

		strbuf_release(&taken);
		threads_made = 0;
		assert_int_equal(read_by(some[i], &text), 0);
		assert_int_equal(threads_made, some[i] - 1);
		assert_string_equal(text.s, alone.s);
		assert_int_equal(text.len, alone.len);
		assert_string_equal(taken.s, said.s);
	}
	strbuf_release(&taken);
}

static void without_threads_it_goes_on(void **state)
{
	auto_strbuf struct strbuf alone = STRBUF_INIT;

	(void)state;
	assert_int_equal(read_by(1, &alone), 0);
	for (int n = 0; n < 3; n++) {
		auto_strbuf struct strbuf text = STRBUF_INIT;

		threads_left = n;
		assert_int_equal(read_by(8, &text), 0);
		threads_left = -1;
		assert_string_equal(text.s, alone.s);
	}
	strbuf_release(&taken);
}

static void a_file_may_be_read_for_the_first_time(void **state)
{
	struct facts facts = { .path = "none.ko", .listed = "none.ko", .name = "none" };
	struct facts_reader reader = FACTS_READER_INIT;

	(void)state;
	assert_int_equal(facts_read(&facts, &reader), 0);
	facts_report(&facts, &log_taken);
	facts.path = ".";
	facts.notes = NULL;
	assert_int_equal(facts_read(&facts, &reader), 0);
	facts_report(&facts, &log_taken);
	assert_logged("3 failed to load symbols from none.ko: No such file or directory\n"
		      "3 failed to load symbols from .: Is a directory\n");
	assert_int_equal(facts.n_exports + facts.n_needs + facts.modinfo_size, 0);
	facts_reader_release(&reader);
}

/* The directory above a tree may have any name. */
static void messages_about_odd_paths_are_whole(void **state)
{
	struct facts facts = { .path = "a\n\nb/x.ko", .listed = "x.ko", .name = "x" };
	struct facts_reader reader = FACTS_READER_INIT;

	(void)state;
	put_file(facts.path, "no");
	assert_int_equal(facts_read(&facts, &reader), 0);
	facts_report(&facts, &log_taken);
	assert_logged("3 a\n\nb/x.ko: ends at offset 2, too short for a module\n"
		      "3 failed to load symbols from a\n\nb/x.ko: Invalid argument\n");
	facts_reader_release(&reader);
}

/* A file of name x.ko with this image: what is found in it. */
static struct facts facts_of(const struct elf_build *b, struct facts_reader *reader)
{
	struct facts facts = { .path = "x.ko", .listed = "x.ko", .name = "x" };
	auto_close int fd = creat("x.ko", 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, b->image.s, b->image.len), 0);
	assert_int_equal(facts_read(&facts, reader), 0);
	return facts;
}

/* Small files cannot make us use memory without bounds. */
static void shared_bytes_are_not_copied_for_ever(void **state)
{
	static char name[20000], code[100000];
	const unsigned n = 2000;
	struct facts_reader reader = FACTS_READER_INIT;
	struct facts facts;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		auto_elf_build struct elf_build b;

		elf_build_init(&b, elf_kinds[i]);
		elf_build_symbol(&b, name, STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		for (unsigned k = 0; k < n; k++)
			elf_build_symbol(&b, "y", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
		(void)elf_build_finish(&b);
		facts = facts_of(&b, &reader);
		assert_int_equal(facts.error, 0);
		assert_int_equal(facts.n_needs, n + 1);
		for (unsigned k = 0; k < n; k++) /* st_name, the first field: the long one at 1 */
			elf_build_poke(&b, b.section[b.symtab].off + (2 + k) * (b.is64 ? 24 : 16), 1,
				       4);
		facts = facts_of(&b, &reader);
		assert_int_equal(facts.error, -EINVAL);
		assert_int_equal(facts.n_needs, 0);
	}
	/* Many sections that each claim all of the file. */
	for (size_t i = 0; i < ARRAY_SIZE(elf_kinds); i++) {
		static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h",
						     "i", "j", "k", "l", "m", "n", "o", "p" };
		auto_elf_build struct elf_build b;
		unsigned first;

		elf_build_init(&b, elf_kinds[i]);
		first = b.n;
		for (size_t k = 0; k < ARRAY_SIZE(names); k++)
			(void)elf_build_section(&b, names[k], code, sizeof(code) / 16);
		for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
			elf_build_symbol(&b, "__crc_z", STB_LOCAL, STT_NOTYPE, first + k, 8);
		(void)elf_build_finish(&b);
		for (unsigned k = 0; k < ARRAY_SIZE(names); k++) {
			elf_build_poke(&b, elf_build_sh_offset_at(&b, first + k), k, elf_build_word(&b));
			elf_build_poke(&b, elf_build_sh_size_at(&b, first + k),
				       b.image.len - ARRAY_SIZE(names), elf_build_word(&b));
		}
		oom_arm(0);
		facts = facts_of(&b, &reader);
		assert_int_equal(facts.error, 0);
		assert_int_equal(facts.n_exports, ARRAY_SIZE(names));
		assert_true(oom_largest() <= b.image.len + 65536);
	}
	facts_reader_release(&reader);
}

static void jobs_are_as_many_as_pay(void **state)
{
	(void)state;
	assert_int_equal(facts_jobs(0), 1);
	assert_int_equal(facts_jobs(40), 1);
	assert_in_range(facts_jobs(1000000), 1, 8);
}

/* docs/spec/README.md 82: no descriptor is nothing to say of a file. */
static void descriptors_run_out(void **state)
{
	static const size_t some[] = { 1, 3 };
	struct facts facts = { .path = paths[0], .listed = "x.ko", .name = "x" };
	struct facts_reader reader = FACTS_READER_INIT;
	int r;

	(void)state;
	allow_descriptors(false);
	r = facts_read(&facts, &reader);
	allow_descriptors(true);
	assert_int_equal(r, -EMFILE);
	assert_int_equal(facts.error, -EMFILE);
	facts_reader_release(&reader);
	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		auto_strbuf struct strbuf text = STRBUF_INIT;

		allow_descriptors(false);
		r = read_by(some[i], &text);
		allow_descriptors(true);
		assert_int_equal(r, -EMFILE);
	}
}

static void memory_runs_out(void **state)
{
	static const size_t some[] = { 1, 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		for (unsigned n = 1;; n += 7) {
			auto_strbuf struct strbuf text = STRBUF_INIT;
			int r;

			oom_arm(n);
			r = read_by(some[i], &text);
			strbuf_release(&taken);
			if (!fired)
				break;
			/* A decompressor may say so in its own way, and a lost message is no failure. */
			if (r != 0)
				assert_int_equal(r, -ENOMEM);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_of_threads_finds_the_same),
		cmocka_unit_test(without_threads_it_goes_on),
		cmocka_unit_test(a_file_may_be_read_for_the_first_time),
		cmocka_unit_test(messages_about_odd_paths_are_whole),
		cmocka_unit_test(shared_bytes_are_not_copied_for_ever),
		cmocka_unit_test(jobs_are_as_many_as_pay),
		cmocka_unit_test(descriptors_run_out),
		cmocka_unit_test(memory_runs_out),
	};

	return cmocka_run_group_tests(tests, make_files, play_end);
}
