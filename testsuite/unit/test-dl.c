/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Libraries that are loaded when they are needed, or are not there.
 * The numbers are those of docs/spec/module-files.md 17. Not linked with any codec.
 */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/dl.h"
#include "libkmod/elf-read.h"
#include "libkmod/file.h"
#include "shared/cleanup.h"
#include "testsuite/unit/catch-log.h"

static int (*sym_abs)(int n);
static int (*sym_never)(void);
static const struct dl_symbol good[] = { { "abs", &sym_abs } };
static const struct dl_symbol bad[] = { { "abs", &sym_abs }, { "no_such_function", &sym_never } };

static void *need(void *data)
{
	struct dl *dl = data;

	return (void *)(intptr_t)(dl_need(dl, NULL) == 0 && sym_abs(-7) == 7);
}

#ifdef __GLIBC__
#define LIBC "libc.so.6"
#else
#define LIBC "libc.so"
#endif

static void a_library_is_loaded_once_by_many_threads(void **state)
{
	static struct dl lib = DL_INIT(LIBC, "arithmetic", "libc6", good);
	pthread_t threads[8];

	(void)state;
	sym_abs = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, need, &lib), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *fine;

		assert_int_equal(pthread_join(threads[i], &fine), 0);
		assert_non_null(fine);
	}
	assert_int_equal(dl_need(&lib, catch_log()), 0);
	assert_string_equal(caught(), "");
}

/* module-files.md edge case 23 */
static void the_message_names_what_is_missing(void **state)
{
	static struct dl nolib = DL_INIT("libnosuch.so.9", "zip", "libnosuch9", good);
	static struct dl nosym = DL_INIT(LIBC, "zip", "libc6", bad);

	(void)state;
	for (int i = 0; i < 2; i++) { /* tried again each time */
		assert_int_equal(dl_need(&nolib, catch_log()), -ELIBACC);
		assert_int_equal(caught_lines(), 1);
		assert_non_null(strstr(caught(), "zip: cannot load libnosuch.so.9 ("));
		assert_non_null(strstr(caught(), "install the package libnosuch9\n"));
		assert_int_equal(dl_need(&nosym, catch_log()), -ELIBACC);
		assert_int_equal(caught_lines(), 1);
		assert_non_null(strstr(caught(), LIBC " has no no_such_function"));
	}
	assert_int_equal(dl_not_built_in("zip", "--without-zip", catch_log()), -ENOSYS);
	assert_string_equal(caught(),
			    "zip: support was not built in (configured with --without-zip)\n");
}

static const struct codec {
	const char *bytes, *soname, *note;
	bool on_demand, built;
} codecs[] = {
	{ "\x1f\x8b\x08\0\0\0\0\0", "libz.so.1",
	  "[{\"feature\":\"zlib\",\"description\":\"Support for uncompressing zlib-compressed "
	  "modules\",\"priority\":\"recommended\",\"soname\":[\"libz.so.1\"]}]",
#ifdef DLOPEN_ZLIB
	  true,
#else
	  false,
#endif
#ifdef ENABLE_ZLIB
	  true,
#else
	  false,
#endif
	},
	{ "\xfd" "7zXZ\0\0\0", "liblzma.so.5",
	  "[{\"feature\":\"xz\",\"description\":\"Support for uncompressing xz-compressed "
	  "modules\",\"priority\":\"recommended\",\"soname\":[\"liblzma.so.5\"]}]",
#ifdef DLOPEN_XZ
	  true,
#else
	  false,
#endif
#ifdef ENABLE_XZ
	  true,
#else
	  false,
#endif
	},
	{ "\x28\xb5\x2f\xfd\0\0\0\0", "libzstd.so.1",
	  "[{\"feature\":\"zstd\",\"description\":\"Support for uncompressing zstd-compressed "
	  "modules\",\"priority\":\"recommended\",\"soname\":[\"libzstd.so.1\"]}]",
#ifdef DLOPEN_ZSTD
	  true,
#else
	  false,
#endif
#ifdef ENABLE_ZSTD
	  true,
#else
	  false,
#endif
	},
};

/* Runs in a process of its own whose library path leads to an empty file. 0: as it should be. */
static int try_without(const char *soname)
{
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		bool broken = streq(codecs[i].soname, soname) && codecs[i].on_demand;
		struct file *file;
		const uint8_t *got;
		bool lacks;
		size_t size;
		int r;

		if (file_open_bytes(codecs[i].bytes, 8, catch_log(), &file) < 0)
			return 10;
		r = file_contents(file, &got, &size);
		lacks = file_lacks_library(file);
		file_close(file);
		if (lacks != (broken && codecs[i].built))
			return 50 + (int)i;
		if (r != (broken || !codecs[i].built ? -ENOSYS : -EINVAL))
			return 20 + (int)i;
		if (caught_lines() != 1)
			return 30 + (int)i;
		if (broken && !strstr(caught(), soname))
			return 40 + (int)i;
	}
	return 0;
}

static const char *called; /* as that which started us can start us again */
static char self[4096];

/* module-files.md edge case 23 */
static void one_missing_library_breaks_one_format(void **state)
{
	char dir[] = "/tmp/test-dl-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		char path[128];
		pid_t child;
		int status, fd;

		(void)snprintf(path, sizeof(path), "%s/%s", dir, codecs[i].soname);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
		assert_true(fd >= 0);
		assert_int_equal(close(fd), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			/* Linked libraries would miss it before main(): then there is no case. */
			if (codecs[i].on_demand)
				(void)setenv("LD_LIBRARY_PATH", dir, 1);
			(void)execl(called, called, codecs[i].soname, (char *)NULL);
			_exit(99);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

/* module-files.md edge case 26 */
static void the_binary_announces_what_it_may_load(void **state)
{
	struct elf_section section;
	struct file *file;
	const uint8_t *bytes;
	size_t size, wanted = 0, found = 0;
	struct elf elf;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++)
		wanted += codecs[i].on_demand;
	assert_int_equal(file_open(self, NULL, &file), 0);
	assert_int_equal(file_contents(file, &bytes, &size), 0);
	assert_int_equal(elf_read(bytes, size, &elf), 0);
	if (elf_section_find(&elf, ".note.dlopen", &section) < 0)
		section.size = 0;
	for (uint64_t at = 0; at < section.size;) {
		const uint8_t *note = section.bytes + at;
		uint64_t len;
		bool known = false;

		assert_true(section.size - at > 16);
		assert_int_equal(elf_get(&elf, note, 4), 4);
		len = elf_get(&elf, note + 4, 4);
		assert_int_equal(elf_get(&elf, note + 8, 4), 0x407c0c0a);
		assert_memory_equal(note + 12, "FDO", 4);
		assert_true(len <= section.size - at - 16);
		for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
			if (len == strlen(codecs[i].note) + 1 &&
			    memcmp(note + 16, codecs[i].note, len) == 0) {
				assert_true(codecs[i].on_demand);
				known = true;
			}
		}
		assert_true(known);
		found++;
		at += 16 + (len + 3) / 4 * 4;
	}
	assert_int_equal(found, wanted);
	file_close(file);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_library_is_loaded_once_by_many_threads),
		cmocka_unit_test(the_message_names_what_is_missing),
		cmocka_unit_test(one_missing_library_breaks_one_format),
		cmocka_unit_test(the_binary_announces_what_it_may_load),
	};
	ssize_t n;

	if (argc > 1)
		return try_without(argv[1]);
	called = argv[0];
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return 1;
	self[n] = '\0';
	return cmocka_run_group_tests_name("dl", tests, NULL, NULL);
}
