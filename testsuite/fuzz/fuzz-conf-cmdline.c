/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the kernel command line. */
#include "testsuite/fuzz/conf-check.h"

#include "libkmod/conf-cmdline.h"

const char fuzz_seeds[] = "conf-cmdline";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf conf;

	conf_init(&conf);
	fuzz_must(conf_cmdline_parse(&conf, (const char *)data, size, &fuzz_log) == 0);
	conf_check(&conf, 0);
	/* Nothing else can come from there, and a name never has a separator in it. */
	fuzz_must(conf_count(&conf, CONF_ALIAS) == 0 && conf_count(&conf, CONF_SOFTDEP) == 0);
	for (size_t i = 0; i < conf_count(&conf, CONF_BLACKLIST); i++) {
		const char *name = conf_rule_at(&conf, CONF_BLACKLIST, i)->name;

		fuzz_must(name[0] != '\0' && !strpbrk(name, ",\" \t\n"));
	}
	for (size_t i = 0; i < conf_count(&conf, CONF_OPTIONS); i++)
		fuzz_must(!strpbrk(conf_rule_at(&conf, CONF_OPTIONS, i)->name, ".=\" \t\n"));
	conf_release(&conf);
	return 0;
}
