/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why the kernel said no; the words of each cause are in testsuite/golden, why-*.case. */
#include "testsuite/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

static struct kmod_ctx *ctx;

static int enter(void **state)
{
	int r = root_enter(state);

	if (r == 0) {
		root_copy("refused");
		ctx = new_context(PATHS());
	}
	return r;
}

static int leave(void **state)
{
	assert_null(kmod_unref(ctx));
	return root_leave(state);
}

static struct kmod_module *from_path(const char *path)
{
	struct kmod_module *mod = NULL;

	assert_int_equal(kmod_module_new_from_path(ctx, path, &mod), 0);
	return mod;
}

/* The words of one refusal; NULL for none. Good until the next call. */
static const char *why(const char *path, int err, unsigned int flags, const char *options)
{
	static char *text;
	struct kmod_module *mod = from_path(path);

	free(text);
	text = NULL;
	assert_int_equal(kmod_module_explain_insert(mod, err, flags, options, &text), 0);
	assert_null(kmod_module_unref(mod));
	return text;
}

static const char *why_not(const char *name)
{
	static char *text;

	free(text);
	text = NULL;
	assert_int_equal(kmod_explain_lookup(ctx, name, &text), 0);
	assert_null(strchr(text, '\n'));
	return text;
}

static void arguments(void **state)
{
	struct kmod_module *mod = by_name(ctx, "prov");
	char untouched, *text = &untouched;

	(void)state;
	assert_int_equal(kmod_explain_lookup(NULL, "x", &text), -ENOENT);
	assert_int_equal(kmod_explain_lookup(ctx, NULL, &text), -ENOENT);
	assert_int_equal(kmod_explain_lookup(ctx, "x", NULL), -ENOENT);
	assert_int_equal(kmod_module_explain_insert(NULL, -EPERM, 0, "", &text), -ENOENT);
	assert_int_equal(kmod_module_explain_insert(mod, 0, 0, "", &text), -ENOENT);
	assert_int_equal(kmod_module_explain_insert(mod, -EPERM, 0, "", NULL), -ENOENT);
	assert_ptr_equal(text, &untouched);
	/* no options is no crash, and there need not be words */
	assert_int_equal(kmod_module_explain_insert(mod, -EINTR, 0, NULL, &text), 0);
	assert_null(text);
	assert_int_equal(kmod_module_explain_insert(mod, INT_MIN, 0, NULL, &text), 0);
	free(text);
	assert_null(kmod_module_get_failure(NULL));
	assert_null(kmod_module_get_failure(mod));
	assert_null(kmod_module_unref(mod));
}

static void what_may_not_be_said_of_who_may(void **state)
{
	static const struct {
		const char *status, *map, *want;
	} cases[] = {
		{ "Name:\tx\nCapEff:\t0000000000000000\n", NULL, "no CAP_SYS_MODULE" },
		{ "Name:\tx\nCapEff:\t000001fffffeffff\n", NULL, "no CAP_SYS_MODULE" },
		{ "Name:\tx\nCapEff:\t0000000000010000\n", "         0       1000          1\n",
		  "user namespace" },
		{ "Name:\tx\nCapEff:\t0000000000010000\n", "         0          0 4294967295\n",
		  "does not say why" },
		{ "Name:\tx\n", NULL, "does not say why" },
		{ NULL, NULL, "does not say why" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		take_away("proc/self");
		if (cases[i].status)
			put("proc/self/status", cases[i].status);
		if (cases[i].map)
			put("proc/self/uid_map", cases[i].map);
		assert_non_null(strstr(why("srv/parms.ko", -EPERM, 0, ""), cases[i].want));
	}
	put("proc/self/status", "\nCapEff:\t0\n");
	put("proc/sys/kernel/modules_disabled", "1\n");
	assert_non_null(strstr(why("srv/parms.ko", -EPERM, 0, ""), "root; loading and unloading is off"));
}

/* As the kernel reads them (docs/spec/module-files.md 12.1: EINVAL). */
static void values_and_their_types(void **state)
{
	static const char *const good[] = {
		"debug=0",	    "debug=-2147483648", "debug=+7",	"debug=0x7fffffff",
		"debug=017",	    "use_it",		 "use_it=y",	"use_it=oFf",
		"use-it=1",	    "ports=0,1,255",	 "label=",	"label=\"a b=c\"",
		"  debug=1\tuse_it", "own=!",		 "dyndbg=+p",	"async_probe",
		"",		    "label=x=y",	 "\n",
	};
	static const char *const bad[] = {
		"debug=",	     "debug=2147483648", "debug=-2147483649", "debug=1x",
		"debug=08",	     "debug= 1",	 "debug=--1",	      "debug=0x",
		"use_it=x",	     "use_it=",		 "use_it=o",	      "ports=1,,2",
		"ports=256",	     "ports=-1",	 "ports",	      "debug=\"1",
		"debug=\"1 \"",      "label use_it",
	};
	auto_strbuf struct strbuf longest = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_non_null(strstr(why("srv/parms.ko", -EINVAL, 0, good[i]), "dmesg"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		/* an unclosed quote is none: the kernel reads 1 */
		const char *want = streq(bad[i], "debug=\"1") ? "dmesg" : "parameter ";

		assert_non_null(strstr(why("srv/parms.ko", -EINVAL, 0, bad[i]), want));
	}
	assert_int_equal(strbuf_adds(&longest, "label="), 0);
	for (int i = 0; i < 1024; i++)
		assert_int_equal(strbuf_addc(&longest, 'x'), 0);
	assert_non_null(strstr(why("srv/parms.ko", -ENOSPC, 0, longest.s), "init"));
	assert_int_equal(strbuf_addc(&longest, 'x'), 0);
	assert_non_null(strstr(why("srv/parms.ko", -ENOSPC, 0, longest.s), "parameter label"));
}

static void symbols_beyond_the_fifth_are_counted(void **state)
{
	auto_elf_build struct elf_build b;

	(void)state;
	elf_build_init(&b, elf_kinds[0]);
	elf_build_text(&b, ".modinfo", "license=GPL\0");
	for (int i = 0; i < 8; i++) {
		static const char *const names[] = { "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s\033" };

		elf_build_symbol(&b, names[i], 1, 0, 0, 0);
	}
	elf_build_symbol(&b, "module_layout", 1, 0, 0, 0);
	elf_build_symbol(&b, "s8", 1, 0, 0, 0);
	elf_build_symbol(&b, "weak", 2, 0, 0, 0);
	elf_build_finish(&b);
	put_bytes("many.ko", b.image.s, b.image.len);
	put("proc/kallsyms", "0 T s8\nrubbish\n0\n0 T\n 0 T s1\n");
	assert_string_equal(why("many.ko", -ENOENT, 0, ""),
			    "it needs s0, s1, s2, s3, s4 and 3 more, exported by nobody");
	put("proc/kallsyms", "0 T s0\n0 T s1\n0 T s2\n0 T s3\n0 T s4\n0 A s5\n0 W s6\n0 T s8\n");
	assert_string_equal(why("many.ko", -ENOENT, 0, ""), "it needs s?, exported by nobody");
}

/* Whatever the file looks like, it is an answer or none, in one line. */
static void damaged_files(void **state)
{
	static const int errors[] = { -ENOENT, -EINVAL, -ENOEXEC, -EKEYREJECTED, -EPERM, -EEXIST };
	auto_free char *bytes = NULL;
	size_t size;

	(void)state;
	put_module("prov", "live");
	put("proc/modules", "prov 1 0 - Live 0x0\n");
	put("proc/kallsyms", "0 T k_func\n");
	assert_int_equal(io_read_text("lib/modules/9.9.9/kernel/user.ko", 0, &bytes, &size), 0);
	for (size_t at = 0; at < size; at += 3) {
		char was = bytes[at];

		bytes[at] = (char)(was ^ 0xff);
		put_bytes("damaged.ko", bytes, at % 2 ? size : at);
		bytes[at] = was;
		for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
			const char *text = why("damaged.ko", errors[i], 0, "x=1");

			assert_true(!text || (text[0] && !strpbrk(text, "\n\033")));
		}
	}
}

static void names_that_are_not_there(void **state)
{
	(void)state;
	assert_non_null(strstr(why_not("usr"), "no module"));
	assert_non_null(strstr(why_not("usre"), "(did you mean user?)"));
	assert_non_null(strstr(why_not("a["), "bracket"));
	put("lib/modules/9.9.9/extra/my-own.ko.xz", "");
	assert_non_null(strstr(why_not("my_own"), "/lib/modules/9.9.9/extra/my-own.ko.xz"));
	assert_non_null(strstr(why_not("my-own"), "run depmod"));
	take_away("lib/modules/9.9.9/modules.dep.bin"); /* the text has the names as well */
	assert_non_null(strstr(why_not("usre"), "that name (did you mean user?)"));
	take_away("lib/modules/9.9.9/modules.alias");
	take_away("lib/modules/9.9.9/modules.alias.bin");
	assert_non_null(strstr(why_not("usre"), "modules.alias.bin is missing (run depmod) (did you mean user?)"));
	take_away("lib/modules/9.9.9/modules.dep");
	put("lib/modules/9.9.9/modules.dep.bin", "");
	assert_non_null(strstr(why_not("user"), "modules.dep.bin is empty"));
	put("lib/modules/9.9.9/modules.dep.bin", "rubbish of some length");
	assert_non_null(strstr(why_not("user"), "modules.dep.bin is damaged"));
	take_away("lib/modules/9.9.9/modules.dep.bin");
	assert_non_null(strstr(why_not("user"), "modules.dep.bin is missing"));
	take_away("lib/modules/9.9.9");
	assert_non_null(strstr(why_not("user"), "/lib/modules has no other"));
	put("lib/modules/file", "");
	put_dir("lib/modules/.hidden");
	put_dir("lib/modules/6.1.0-9");
	put_dir("lib/modules/6.1.0-10");
	assert_non_null(strstr(why_not("user"), "/lib/modules has only 6.1.0-9, 6.1.0-10"));
	take_away("lib/modules");
	assert_non_null(strstr(why_not("user"), "nor does /lib/modules"));
}

static int refuse_prov(const struct kernel_call *call)
{
	return streq(call->module, "prov") ? -EKEYREJECTED : kernel_obeys(call);
}

/* What the probe leaves behind becomes words when they are asked for, and goes with the next probe. */
static void words_for_a_probe(void **state)
{
	struct kmod_module *user = by_name(ctx, "user"), *prov = by_name(ctx, "prov");

	(void)state;
	kernel_answers = refuse_prov;
	assert_int_equal(kmod_module_probe_insert_module(user, 0, NULL, NULL, NULL, NULL), -EKEYREJECTED);
	assert_string_equal(kmod_module_get_failure(user),
			    "dependency prov: it is not signed, and this kernel takes signed modules only");
	assert_ptr_equal(kmod_module_get_failure(user), kmod_module_get_failure(user));
	assert_null(kmod_module_get_failure(prov));
	assert_int_equal(kmod_module_probe_insert_module(prov, 0, NULL, NULL, NULL, NULL), -EKEYREJECTED);
	assert_string_equal(kmod_module_get_failure(prov),
			    "it is not signed, and this kernel takes signed modules only");
	kernel_answers = NULL;
	assert_int_equal(kmod_module_probe_insert_module(user, 0, NULL, NULL, NULL, NULL), 0);
	assert_null(kmod_module_get_failure(user));
	assert_null(kmod_module_unref(prov));
	assert_null(kmod_module_unref(user));
}

static void memory_that_runs_out(void **state)
{
	static const struct {
		const char *path;
		int err;
		const char *options;
	} cases[] = {
		{ "lib/modules/9.9.9/kernel/user.ko", -ENOENT, "" },
		{ "srv/magic.ko", -ENOEXEC, "" },
		{ "srv/layout.ko", -ENOEXEC, "" },
		{ "srv/clash.ko", -ENOEXEC, "" },
		{ "srv/crc.ko", -EINVAL, "" },
		{ "srv/parms.ko", -EINVAL, "debug=1 dbug=1 ports=1,2" },
		{ "srv/signed.ko", -EKEYREJECTED, "" },
		{ "srv/signed.ko", -EPERM, "" },
		{ "srv/signed.ko", -EEXIST, "" },
		{ "srv/closed.ko", -ENOENT, "" },
	};

	(void)state;
	put_module("prov", "live");
	put("proc/modules", "prov 1 0 - Live 0x0\n");
	put("proc/kallsyms", "0 T k_func\n");
	put("sys/kernel/security/lockdown", "none [integrity]\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmod_module *mod = from_path(cases[i].path);

		for (unsigned n = 1;; n++) {
			char untouched, *text = &untouched;
			int r;

			oom_arm(n);
			r = kmod_module_explain_insert(mod, cases[i].err, 0, cases[i].options, &text);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				free(text);
				break;
			}
			assert_true(r == 0 || (r == -ENOMEM && text == &untouched));
			if (r == 0)
				free(text);
		}
		assert_null(kmod_module_unref(mod));
	}
}

static void memory_that_runs_out_in_a_lookup(void **state)
{
	(void)state;
	put_dir("lib/modules/1");
	put_dir("lib/modules/2");
	put("lib/modules/9.9.9/extra/own.ko", "");
	for (int round = 0; round < 4; round++) {
		const char *name = round == 1 ? "own" : "usre";

		if (round == 2) {
			take_away("lib/modules/9.9.9/modules.dep.bin");
			take_away("lib/modules/9.9.9/modules.alias");
			take_away("lib/modules/9.9.9/modules.alias.bin");
		}
		if (round == 3)
			take_away("lib/modules/9.9.9");
		for (unsigned n = 1;; n++) {
			char untouched, *text = &untouched;
			int r;

			kmod_unload_resources(ctx);
			oom_arm(n);
			r = kmod_explain_lookup(ctx, name, &text);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				free(text);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_ptr_equal(text, &untouched);
		}
	}
}

static void roots_and_indexes_at_the_edge(void **state)
{
	static const char empty[] = "\xb0\x07\xf4\x57\0\2\0\1\0\0\0\x0c"; /* what depmod writes of nothing */
	struct kmod_ctx *other = kmod_new("/no-such-directory", PATHS());
	char *text = NULL;

	(void)state;
	assert_non_null(other);
	kmod_set_log_fn(other, NULL, NULL);
	assert_int_equal(kmod_explain_lookup(other, "x", &text), 0);
	assert_non_null(strstr(text, "that directory does not exist; / has "));
	free(text);
	assert_null(kmod_unref(other));
	put_bytes("lib/modules/9.9.9/modules.dep.bin", empty, sizeof(empty) - 1);
	assert_string_equal(why_not("x"), "no module is in modules.dep.bin (run depmod)");
}

/* The reason for the second line is better none than the wrong one, and it fails nothing else. */
static void indexes_that_cannot_be_asked_now(void **state)
{
	static const int errors[] = { EMFILE, ENFILE, EIO };
	char want[128], untouched, *text = &untouched;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct kmod_module *mod = by_name(ctx, "user");

		opening_fails(ROOT_MODULES "/modules.dep", errors[i]);
		(void)snprintf(want, sizeof(want), "modules.dep.bin cannot be read: %s", strerror(errors[i]));
		assert_string_equal(why_not("x"), want);
		assert_int_equal(kmod_module_explain_insert(mod, -errors[i], 0, NULL, &text), 0);
		assert_string_equal(text, want);
		free(text);
		assert_int_equal(kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL), -errors[i]);
		opening_fails(ROOT_MODULES "/modules.builtin", errors[i]);
		assert_string_equal(why_not("x"), "no module or alias there has that name");
		kmod_unload_resources(ctx);
		opening_fails(ROOT_MODULES "/modules.alias", errors[i]);
		(void)snprintf(want, sizeof(want), "aliases are not known: modules.alias.bin cannot be read: %s",
			       strerror(errors[i]));
		assert_string_equal(why_not("x"), want);
		opening_fails(ROOT_MODULES "/modules.symbols", errors[i]);
		text = &untouched;
		assert_int_equal(kmod_module_explain_insert(mod, -ENOENT, 0, NULL, &text), -errors[i]);
		assert_ptr_equal(text, &untouched);
		opening_fails(NULL, 0);
		assert_int_equal(kmod_module_explain_insert(mod, -errors[i], 0, NULL, &text), 0);
		if (errors[i] != EIO) {
			assert_null(text); /* the error says it all, and no init says it */
		} else {
			assert_string_equal(text, "the init of user refused (dmesg may tell why)");
			free(text);
		}
		text = &untouched;
		kmod_unload_resources(ctx);
		assert_null(kmod_module_unref(mod));
	}
}

/* A list that is there and empty is one that may not be seen. */
static void an_empty_list_of_symbols(void **state)
{
	(void)state;
	put("proc/kallsyms", "");
	assert_non_null(strstr(why("srv/closed.ko", -ENOENT, 0, ""), "is not to be seen without /proc/kallsyms"));
}

static void files_that_went_and_states_that_came(void **state)
{
	struct kmod_module *mod;
	char *text = NULL;

	(void)state;
	put_module("parms", "going\n");
	put("proc/modules", "parms 1 -1 - Unloading 0x0\n");
	assert_non_null(strstr(why("srv/parms.ko", -EEXIST, 0, ""), "parms is being removed by somebody else"));
	take_away("sys/module/parms");
	put("proc/modules", "");
	put("sys/module/parms/uevent", "");
	assert_non_null(strstr(why("srv/parms.ko", -EEXIST, 0, ""), "parms is built into the kernel"));

	mod = from_path("srv/parms.ko");
	take_away("srv/parms.ko");
	assert_int_equal(kmod_module_explain_insert(mod, -ENOENT, 0, "", &text), 0);
	assert_non_null(strstr(text, "/srv/parms.ko is missing"));
	free(text);
	assert_int_equal(symlink("parms.ko", "srv/parms.ko"), 0);
	assert_int_equal(kmod_module_explain_insert(mod, -ELOOP, 0, "", &text), 0);
	assert_non_null(strstr(text, "/srv/parms.ko cannot be read: "));
	free(text);
	assert_null(kmod_module_unref(mod));
}

static void machines_without_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		auto_elf_build struct elf_build b;

		elf_build_init(&b, elf_kinds[i]);
		(void)elf_build_text(&b, ".modinfo", "name=x\0license=GPL\0");
		elf_build_finish(&b);
		elf_build_poke(&b, 18, 0xfeed, 2);
		put_bytes("srv/odd.ko", b.image.s, b.image.len);
		assert_non_null(strstr(why("srv/odd.ko", -ENOEXEC, 0, ""),
				       "it is for ELF machine 65261, this one is "));
	}
}

static void memory_that_runs_out_in_a_probe(void **state)
{
	struct kmod_module *user = by_name(ctx, "user");

	(void)state;
	for (unsigned n = 1;; n++) {
		bool fired;
		int r;

		kernel_answers = refuse_prov;
		oom_arm(n);
		r = kmod_module_probe_insert_module(user, 0, NULL, NULL, NULL, NULL);
		(void)kmod_module_get_failure(user);
		fired = oom_fired();
		assert_true(r == -EKEYREJECTED || (fired && r == -ENOMEM));
		/* later, with memory, there are words again, or never */
		(void)kmod_module_get_failure(user);
		if (!fired)
			break;
	}
	assert_non_null(kmod_module_get_failure(user));
	assert_null(kmod_module_unref(user));
}

/* Another file, of which nothing is mapped where the old one was; its text is read. */
static void lose_symbols(void)
{
	take_away("lib/modules/9.9.9/modules.symbols.bin");
	put("lib/modules/9.9.9/modules.symbols.bin", "");
}

static void lose_dep(void)
{
	take_away("lib/modules/9.9.9/modules.dep.bin");
	put("lib/modules/9.9.9/modules.dep.bin", "");
}

static void indexes_that_are_replaced_meanwhile(void **state)
{
	(void)state;
	/* between the first symbol and the second */
	when_asked(ROOT_MODULES "/modules.symbols.bin", 2, lose_symbols);
	assert_non_null(strstr(why("lib/modules/9.9.9/kernel/user.ko", -ENOENT, 0, ""),
			       "p_one (exported by prov, which is not loaded), p_two"));
	/* while files are looked for that are made for this release */
	take_away("lib/modules/9.9.9/kernel/prov.ko");
	when_asked(ROOT_MODULES "/modules.dep.bin", 2, lose_dep);
	assert_non_null(strstr(why("srv/flags.ko", -ENOEXEC, 0, ""), "kernel/user.ko has it"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(arguments),
		TEST(what_may_not_be_said_of_who_may),
		TEST(values_and_their_types),
		TEST(symbols_beyond_the_fifth_are_counted),
		TEST(damaged_files),
		TEST(names_that_are_not_there),
		TEST(words_for_a_probe),
		TEST(indexes_that_are_replaced_meanwhile),
		TEST(roots_and_indexes_at_the_edge),
		TEST(indexes_that_cannot_be_asked_now),
		TEST(an_empty_list_of_symbols),
		TEST(files_that_went_and_states_that_came),
		TEST(machines_without_a_name),
		TEST(memory_that_runs_out),
		TEST(memory_that_runs_out_in_a_lookup),
		TEST(memory_that_runs_out_in_a_probe),
	};

	return cmocka_run_group_tests_name("diagnose", tests, NULL, NULL);
}
