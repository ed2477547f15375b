/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a module file for depmod: what facts_read() has of it is what the
 * readers of ELF find in all its bytes. With a facts.c of its own, which reads
 * also small files in parts.
 */
#include "testsuite/fuzz/fuzz-log.h"

#include <errno.h>
#include <string.h>

#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "libkmod/elf-symbols.h"
#include "libkmod/file.h"
#include "shared/macro.h"
#include "testsuite/fuzz/fuzz-file.h"
#include "tools/depmod/facts.h"

const char fuzz_seeds[] = "facts";

static void same_symbols(const struct elf_symbols *list, const struct facts_symbol *at, size_t n)
{
	fuzz_must(list->n == n);
	for (size_t i = 0; i < n; i++) {
		fuzz_must(streq(list->at[i].name, at[i].name) && list->at[i].crc == at[i].crc);
		fuzz_must((list->at[i].bind == 'W') == at[i].weak);
	}
}

/* What there is when facts_read() found nothing wrong. */
static void check_facts(const struct facts *facts, const struct elf *elf)
{
	struct elf_symbols exports = ELF_SYMBOLS_INIT, needs = ELF_SYMBOLS_INIT;
	struct elf_section modinfo = { .size = 0 };
	int r = elf_exported(elf, &exports);

	fuzz_must(r == 0 || r == -ENODATA);
	(void)elf_needed(elf, &needs);
	(void)elf_section_find(elf, ".modinfo", &modinfo);
	same_symbols(&exports, facts->exports, facts->n_exports);
	same_symbols(&needs, facts->needs, facts->n_needs);
	fuzz_must(facts->modinfo_size == modinfo.size && facts->modinfo[modinfo.size] == '\0');
	if (modinfo.size > 0)
		fuzz_must(memcmp(facts->modinfo, modinfo.bytes, modinfo.size) == 0);
	elf_symbols_release(&exports);
	elf_symbols_release(&needs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_file on_disk;
	struct facts_reader reader = FACTS_READER_INIT;
	struct facts facts = { .listed = "f.ko", .name = "f" };
	struct file *file;
	struct elf elf;
	int r;

	fuzz_file_write(&on_disk, data, size);
	facts.path = on_disk.path;
	r = facts_read(&facts, &reader);
	fuzz_must(r == 0 || r == -ENOMEM);
	if (r == 0) {
		facts_report(&facts, &fuzz_log);
		r = file_open_bytes(data, size, NULL, &file);
		fuzz_must(r == 0 || facts.error == r);
		if (r == 0) {
			r = file_elf(file, &elf);
			fuzz_must(r == 0 || facts.error < 0);
			if (facts.error == 0)
				check_facts(&facts, &elf);
			else
				fuzz_must(facts.n_exports + facts.n_needs + facts.modinfo_size == 0);
			file_close(file);
		}
	}
	facts_reader_release(&reader);
	return 0;
}
