/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The execution of a plan. lNN are edge cases of docs/spec/libkmod-api.md 16, rNN
 * of load-race.md 13; the golden cases have the same with several processes.
 */
#include "testsuite/unit/unit.h"

#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/clock.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

#define DRY KMOD_PROBE_DRY_RUN

static char actions[4096]; /* `NAME[!]<OPTIONS> ` each, ! for a command */

static void note(struct kmod_module *m, bool install, const char *options)
{
	size_t n = strlen(actions);

	assert_non_null(options);
	(void)snprintf(actions + n, sizeof(actions) - n, "%s%s<%s> ", kmod_module_get_name(m),
		       install ? "!" : "", options);
}

static char commands[1024]; /* `NAME<COMMAND> ` each */
static int command_result;
static const char *command_of; /* whose command gives that; NULL: all */

static int run(struct kmod_module *m, const char *cmdline, void *data)
{
	size_t n = strlen(commands);

	assert_ptr_equal(data, commands);
	(void)snprintf(commands + n, sizeof(commands) - n, "%s<%s> ", kmod_module_get_name(m), cmdline);
	return command_of && !streq(command_of, kmod_module_get_name(m)) ? 0 : command_result;
}

static int probe_mod(struct kmod_module *mod, unsigned flags, const char *extra)
{
	actions[0] = commands[0] = '\0';
	kernel_forget();
	return kmod_module_probe_insert_module(mod, flags, extra, run, commands, note);
}

/* In a context of its own with that configuration. */
static int probe(const char *conf, const char *name, unsigned flags, const char *extra)
{
	struct kmod_ctx *ctx = context_with(conf);
	struct kmod_module *mod = by_name(ctx, name);
	int r;

	assert_int_equal(kmod_set_wait_limits(ctx, 100, 100), 0);
	r = probe_mod(mod, flags, extra);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	return r;
}

/* A call that the kernel answers with ERR; all others it obeys. */
static struct {
	const char *module;
	int err;
} refused;

static int refuse(const struct kernel_call *call)
{
	return streq(call->module, refused.module) ? refused.err : kernel_obeys(call);
}

static void refuse_it(const char *module, int err)
{
	refused.module = module;
	refused.err = err;
	kernel_answers = refuse;
}

static int enter(void **state)
{
	command_result = 0;
	command_of = NULL;
	return root_enter_api(state);
}

static void l64_options_and_order(void **state)
{
	static const char conf[] = "options mod_a o=1\noptions mod_b ob=1\n";

	(void)state;
	assert_int_equal(probe(conf, "mod_a", 0, "x=1"), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<ob=1 > mod_a<o=1 x=1> ");
	assert_string_equal(kernel_calls(),
			    "finit mod_d 0 <>; finit mod_c 0 <>; finit mod_b 0 <ob=1 >; "
			    "finit mod_a 0 <o=1 x=1>; ");
	take_away("sys/module");
	put_dir("sys/module");
	assert_int_equal(probe("", "mod_a", DRY, "x=1"), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> mod_a<x=1> ");
	assert_string_equal(kernel_calls(), "");
	assert_int_equal(probe("", "mod_b", KMOD_PROBE_FORCE_VERMAGIC | KMOD_PROBE_FORCE_MODVERSION, NULL), 0);
	assert_string_equal(kernel_calls(), "finit mod_d 3 <>; finit mod_c 3 <>; finit mod_b 3 <>; ");
}

static void l65_install_commands(void **state)
{
	static const char conf[] = "install mod_e C-$CMDLINE_OPTS-$CMDLINE_OPTS\n";

	(void)state;
	assert_int_equal(probe(conf, "mod_e", 0, "z=1"), 0);
	assert_string_equal(actions, "mod_e!<z=1> ");
	assert_string_equal(commands, "mod_e<C-z=1-z=1> ");
	assert_string_equal(kernel_calls(), "");
	assert_int_equal(probe(conf, "mod_e", DRY, "z=1"), 0);
	assert_string_equal(actions, "mod_e!<z=1> ");
	assert_string_equal(commands, "");
	assert_int_equal(probe(conf, "mod_e", KMOD_PROBE_IGNORE_COMMAND, "z=1"), 0);
	assert_string_equal(actions, "mod_e<z=1> ");
	assert_string_equal(commands, "");
	assert_string_equal(kernel_calls(), "finit mod_e 0 <z=1>; ");
}

/* docs/spec/README.md 1 and 2 */
static void l66_l67_commands_run_beside_softdeps(void **state)
{
	static const char both[] = "install mod_e C-$CMDLINE_OPTS\nsoftdep mod_f pre: mod_d post: mod_e\n";

	(void)state;
	assert_int_equal(probe(both, "mod_f", DRY, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> mod_a<> mod_e!<> mod_f<> ");
	assert_int_equal(probe("install mod_e c\nsoftdep mod_e pre: mod_d\n", "mod_e", 0, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_e!<> ");
	assert_string_equal(commands, "mod_e<c> ");
	assert_int_equal(probe("install mod_e c\nsoftdep mod_e pre: nosuch\n", "mod_e", DRY, NULL), 0);
	assert_string_equal(actions, "mod_e!<> ");
}

static void l68_ignore_command_is_for_the_requested_module(void **state)
{
	(void)state;
	assert_int_equal(probe("install mod_e c\ninstall mod_f d\nsoftdep mod_f pre: bimod post: nosuch\n",
			       "mod_f", DRY | KMOD_PROBE_IGNORE_COMMAND, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> mod_a<> mod_e!<> mod_f<> ");
}

static void l69_what_is_live_is_left_alone(void **state)
{
	(void)state;
	put_module("mod_b", "live\n");
	assert_int_equal(probe("", "mod_b", 0, NULL), 0);
	assert_string_equal(actions, "");
	assert_int_equal(probe("", "mod_b", KMOD_PROBE_FAIL_ON_LOADED, NULL), -EEXIST);
	assert_string_equal(actions, "");
	assert_int_equal(probe("", "mod_a", DRY, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_a<> ");
	assert_int_equal(probe("", "mod_a", DRY | KMOD_PROBE_IGNORE_LOADED, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> mod_a<> ");
	assert_int_equal(probe("", "mod_a", 0, NULL), 0);
	assert_string_equal(kernel_calls(), "finit mod_d 0 <>; finit mod_c 0 <>; finit mod_a 0 <>; ");
}

static int say_exists(const struct kernel_call *call)
{
	(void)call;
	return -EEXIST;
}

/* with a live state, as load-race.md 8.5 asks of such a test */
static void l70_a_kernel_that_has_everything(void **state)
{
	static const char *const names[] = { "mod_a", "mod_b", "mod_c", "mod_d" };
	const unsigned both = KMOD_PROBE_FAIL_ON_LOADED | KMOD_PROBE_IGNORE_LOADED;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		put_module(names[i], "live\n");
	kernel_answers = say_exists;
	assert_int_equal(probe("", "mod_a", KMOD_PROBE_IGNORE_LOADED, NULL), 0);
	assert_int_equal(probe("", "mod_a", both, NULL), -EEXIST);
	assert_string_equal(kernel_calls(), "finit mod_d 0 <>; finit mod_c 0 <>; finit mod_b 0 <>; "
					    "finit mod_a 0 <>; ");
	/* r3: nothing to go by */
	take_away("sys");
	take_away("proc");
	assert_int_equal(probe("", "mod_a", 0, NULL), 0);
	/* r2 */
	put("proc/modules", "mod_a 1 0 - Live 0x0\nmod_c 1 0 - Live 0x0\nmod_b 1 0 - Live 0x0\n");
	assert_int_equal(probe("", "mod_a", 0, NULL), 0);
}

/* r1 */
/* The words of the last failure. A small build has none of its own for what the kernel refused. */
static void check_failure(const struct kmod_module *mod, const char *has)
{
#ifndef ENABLE_SMALL
	assert_non_null(strstr(kmod_module_get_failure(mod), has));
#else
	(void)has;
	assert_null(kmod_module_get_failure(mod));
#endif
}

static void exists_without_a_module_is_a_refusal(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_e"), *parent = by_name(ctx, "mod_b");

	(void)state;
	kernel_answers = say_exists;
	assert_int_equal(probe_mod(mod, 0, NULL), -EBUSY);
	check_failure(mod, "File exists");
	/* once more: somebody may have had it, and it was gone before we looked */
	assert_string_equal(kernel_calls(), "finit mod_e 0 <>; finit mod_e 0 <>; ");
	put("proc/modules", "");
	assert_int_equal(probe_mod(parent, 0, NULL), -EBUSY); /* r19: mod_c is refused */
	assert_non_null(strstr(kmod_module_get_failure(parent), "mod_c"));
	kernel_answers = NULL;
	assert_int_equal(probe_mod(mod, 0, NULL), 0); /* and the words go with the failure */
	assert_null(kmod_module_get_failure(mod));
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_module_unref(parent));
	assert_null(kmod_unref(ctx));
}

static int probe_alias(const char *conf, const char *alias, unsigned flags)
{
	struct kmod_ctx *ctx = context_with(conf);
	struct kmod_module *mod = by_alias(ctx, alias);
	int r = probe_mod(mod, flags, NULL);

	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	return r;
}

static void l71_verdicts_of_the_blacklist(void **state)
{
	static const struct {
		unsigned flags;
		int plain, alias; /* 0: loads */
	} cases[] = {
		{ 0, 0, 0 },
		{ 0x10000, 0x10000, 0x10000 },
		{ 0x20000, 0x20000, 0x20000 },
		{ 0x40000, 0, 0x40000 },
		{ 0x60000, 0x20000, 0x40000 },
		{ 0x70000, 0x10000, 0x40000 },
		{ 0x30000, 0x10000, 0x10000 },
	};
	static const char conf[] = "blacklist mod_c\n";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(probe(conf, "mod_c", cases[i].flags | DRY, NULL), cases[i].plain);
		assert_string_equal(actions, cases[i].plain ? "" : "mod_d<> mod_c<> ");
		assert_int_equal(probe_alias(conf, "testalias-c", cases[i].flags | DRY), cases[i].alias);
		assert_string_equal(actions, cases[i].alias ? "" : "mod_d<> mod_c<> ");
	}
	put_module("mod_c", "live\n");
	assert_int_equal(probe(conf, "mod_c", 0x70000, NULL), 0);
}

static void l72_a_blacklisted_dependency(void **state)
{
	(void)state;
	assert_int_equal(probe("blacklist mod_c\n", "mod_b", 0x20000 | DRY, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> ");
	assert_int_equal(probe("blacklist mod_c\nblacklist mod_d\n", "mod_b", 0x10000 | DRY, NULL), 0);
	assert_string_equal(actions, "mod_b<> ");
}

static void l73_failures_of_others(void **state)
{
	(void)state;
	refuse_it("mod_c", -EINVAL);
	assert_int_equal(probe("", "mod_a", 0, NULL), -EINVAL);
	assert_string_equal(kernel_calls(), "finit mod_d 0 <>; finit mod_c 0 <>; ");
	take_away("sys/module/mod_d");
	refuse_it("mod_d", -ENOEXEC);
	assert_int_equal(probe("", "mod_c", 0, NULL), 0);
	assert_string_equal(kernel_calls(), "finit mod_d 0 <>; finit mod_c 0 <>; ");
	take_away("sys/module/mod_c");
	refuse_it("mod_d", -EBUSY); /* r33 */
	assert_int_equal(probe("", "mod_c", 0, NULL), 0);
}

static void l74_results_of_the_callback(void **state)
{
	static const char conf[] = "install mod_c c\ninstall mod_b b\n";

	(void)state;
	put_module("mod_d", "live\n");
	command_result = -5;
	command_of = "mod_b";
	assert_int_equal(probe(conf, "mod_b", 0, NULL), -5);
	assert_string_equal(commands, "mod_c<c> mod_b<b> ");
	command_of = "mod_c";
	assert_int_equal(probe(conf, "mod_b", 0, NULL), -5);
	assert_string_equal(commands, "mod_c<c> ");
	command_result = 5;
	command_of = "mod_b";
	assert_int_equal(probe(conf, "mod_b", 0, NULL), 5);
	command_of = "mod_c";
	assert_int_equal(probe(conf, "mod_b", 0, NULL), 0);
	assert_string_equal(commands, "mod_c<c> mod_b<b> ");
	assert_int_equal(probe("install mod_e e\nsoftdep mod_d post: mod_e\nsoftdep mod_f post: mod_e\n",
			       "mod_d", KMOD_PROBE_IGNORE_LOADED, NULL), 0);
	command_of = "mod_e";
	command_result = 5; /* wanted, not needed */
	take_away("sys/module/mod_d");
	assert_int_equal(probe("install mod_e e\nsoftdep mod_d post: mod_e\n", "mod_d", 0, NULL), 0);
	assert_string_equal(commands, "mod_e<e> ");
	/* a number is a number, also the most negative one */
	command_of = NULL;
	command_result = INT_MIN;
	assert_true(probe("install mod_e e\n", "mod_e", 0, NULL) < 0);
	command_result = INT_MIN + 1;
	assert_true(probe("install mod_e e\n", "mod_e", 0, NULL) < 0);
	assert_string_equal(commands, "mod_e<e> ");
}

/* Every command that the library has the shell run passes here. */
static int commands_run;
static int spawn_fails; /* with this error; 0: it works */

int __real_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *steps,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *steps,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *steps,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	commands_run++;
	return spawn_fails ? spawn_fails : __real_posix_spawn(pid, path, steps, attributes, argv, envp);
}

static int in_shell(const char *command)
{
	struct kmod_ctx *ctx;
	struct kmod_module *mod;
	char conf[256];
	int r;

	(void)snprintf(conf, sizeof(conf), "install mod_e %s\n", command);
	ctx = context_with(conf);
	mod = by_name(ctx, "mod_e");
	r = kmod_module_probe_insert_module(mod, 0, "x=1", NULL, NULL, NULL);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	return r;
}

static void l75_without_a_callback_the_shell_runs_it(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("MODPROBE_MODULE"), 0);
	assert_int_equal(in_shell("test \"\\$MODPROBE_MODULE\" = mod_e && test \\$CMDLINE_OPTS = x=1"), 0);
	assert_null(getenv("MODPROBE_MODULE"));
	assert_int_equal(in_shell("exit 3"), -EINVAL);
	assert_int_equal(caught_lines(), 1);
	assert_int_equal(in_shell("exec /nonexistent/cmd 2>/dev/null"), -EINVAL);
	assert_int_equal(in_shell("kill -9 \\$\\$"), -EINVAL); /* r26 */
	assert_non_null(strstr(caught(), "killed by signal 9"));
	spawn_fails = EAGAIN;
	assert_int_equal(in_shell(":"), -EINVAL);
	spawn_fails = 0;
	assert_non_null(strstr(caught(), "Could not run install command ':' for module mod_e: "));
	assert_non_null(strstr(caught(), strerror(EAGAIN)));
	assert_int_equal(in_shell("/bin/true"), 0);
	assert_int_equal(in_shell("/bin/false"), -EINVAL);
	assert_null(getenv("MODPROBE_MODULE"));
	/* R8: another module's command may be running; our own may not */
	assert_int_equal(setenv("MODPROBE_MODULE", "other", 1), 0);
	assert_int_equal(in_shell("test \"\\$MODPROBE_MODULE\" = mod_e"), 0);
	assert_string_equal(getenv("MODPROBE_MODULE"), "other");
	assert_int_equal(setenv("MODPROBE_MODULE", "mod_e", 1), 0);
	assert_int_equal(in_shell(":"), -ELOOP);
	assert_string_equal(getenv("MODPROBE_MODULE"), "mod_e");
	assert_int_equal(unsetenv("MODPROBE_MODULE"), 0);
}

/* What this process was started with counts; what it does itself is not in its environment. */
static void the_environment_of_the_caller_is_his(void **state)
{
	static char chain[] = "MODPROBE_CHAIN=install:other remove:mod_e", option[] = "A=1";
	char *const only[] = { chain, option, NULL };
	char **ours = environ;

	(void)state;
	environ = (char **)only;
	assert_int_equal(in_shell("test \"\\$MODPROBE_CHAIN \\$A\" = "
				  "\"install:other remove:mod_e install:mod_e 1\""), 0);
	assert_int_equal(in_shell("exit 3"), -EINVAL);
	assert_ptr_equal(environ, only);
	assert_ptr_equal(environ[0], chain);
	assert_string_equal(chain, "MODPROBE_CHAIN=install:other remove:mod_e");
	assert_ptr_equal(environ[1], option);
	assert_null(environ[2]);
	memcpy(strstr(chain, "other"), "mod_e", strlen("mod_e"));
	commands_run = 0;
	assert_int_equal(in_shell(":"), -ELOOP);
	assert_int_equal(commands_run, 0);
	environ = ours;
}

static void a_command_without_memory(void **state)
{
	struct kmod_ctx *ctx = context_with("install mod_e :\n");
	struct kmod_module *mod = by_name(ctx, "mod_e");

	(void)state;
	for (unsigned n = 1;; n++) {
		int r;

		commands_run = 0;
		oom_arm(n);
		r = kmod_module_probe_insert_module(mod, 0, "x=1", NULL, NULL, NULL);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_int_equal(commands_run, 1);
			assert_true(n > 3);
			break;
		}
		assert_true(r == -ENOMEM || (r == 0 && commands_run == 1));
		assert_null(getenv("MODPROBE_MODULE"));
		assert_null(getenv("MODPROBE_CHAIN"));
	}
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

/* In a context of its own, without a callback for commands; *ret: the words, or "". */
static int probe_refused(const char *conf, const char *name, unsigned flags, const char **ret)
{
	static char words[256];
	struct kmod_ctx *ctx = context_with(conf);
	struct kmod_module *mod = by_name(ctx, name);
	const char *failure;
	int r;

	actions[0] = '\0';
	kernel_forget();
	r = kmod_module_probe_insert_module(mod, flags, "x=1", NULL, NULL, note);
	failure = kmod_module_get_failure(mod);
	(void)snprintf(words, sizeof(words), "%s", failure ? failure : "");
	*ret = words;
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
	return r;
}

/* docs/spec/README.md 2 */
static void a_refusal_runs_nothing_and_tells_where_it_comes_from(void **state)
{
	static const unsigned flags[] = { 0, DRY, DRY | KMOD_PROBE_IGNORE_LOADED };
	const char *words, *at;

	(void)state;
	commands_run = 0;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		assert_int_equal(probe_refused("\ninstall mod_e false\n", "mod_e", flags[i], &words), -EINVAL);
		assert_string_equal(actions, "mod_e!<x=1> ");
		at = str_after(words, "mod_e is blocked by ");
		assert_non_null(at);
		assert_string_equal(strrchr(at, '/'), "/test.conf:2");

		assert_int_equal(probe_refused("install mod_c true\n", "mod_a", flags[i], &words), -EINVAL);
		assert_string_equal(actions, "mod_c!<> ");
		at = str_after(words, "mod_a is blocked through mod_c by ");
		assert_non_null(at);
		assert_string_equal(strrchr(at, '/'), "/test.conf:1");

		assert_int_equal(probe_refused("install mod_c true\n", "mod_c", flags[i], &words), 0);
		assert_string_equal(actions, "mod_c!<x=1> ");
		assert_string_equal(words, "");
		assert_string_equal(kernel_calls(), "");
	}
	assert_int_equal(probe_refused("install mod_d false\n", "mod_c", 0, &words), 0);
	assert_string_equal(actions, "mod_c<x=1> ");
	assert_string_equal(kernel_calls(), "finit mod_c 0 <x=1>; ");
	assert_int_equal(commands_run, 0);
	assert_int_equal(caught_lines(), 0);
	assert_int_equal(probe_refused("install mod_e :\n", "mod_e", 0, &words), 0);
	assert_int_equal(commands_run, 1); /* so they are counted */
}

/* docs/spec/libkmod-api.md 13.5: a client that runs the commands itself is asked to run this one too */
static void a_refusal_is_for_the_callback_if_there_is_one(void **state)
{
	static const char conf[] = "install mod_c /bin/false\nsoftdep mod_c pre: mod_e\n";

	(void)state;
	command_result = -EPERM;
	assert_int_equal(probe(conf, "mod_c", 0, NULL), -EPERM);
	assert_string_equal(commands, "mod_c</bin/false> ");
	assert_int_equal(probe(conf, "mod_b", 0, NULL), -EPERM);
	assert_string_equal(commands, "mod_c</bin/false> ");
	assert_string_equal(kernel_calls(), "");
	command_result = 0;
	assert_int_equal(probe(conf, "mod_c", 0, NULL), 0);
	assert_string_equal(kernel_calls(), "");
}

static void a_rehearsal_remembers_what_it_would_have_loaded(void **state)
{
	const unsigned rehearse = DRY | KMOD_PROBE_REHEARSE;
	struct kmod_ctx *ctx = context_with("install mod_e c\n");
	struct kmod_module *b = by_name(ctx, "mod_b"), *a = by_name(ctx, "mod_a"), *f = by_name(ctx, "mod_f");

	(void)state;
	assert_int_equal(probe_mod(b, rehearse, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> ");
	assert_int_equal(probe_mod(f, rehearse, NULL), 0);
	assert_string_equal(actions, "mod_a<> mod_e!<> mod_f<> ");
	assert_int_equal(probe_mod(a, rehearse | KMOD_PROBE_FAIL_ON_LOADED, NULL), -EEXIST);
	assert_int_equal(probe_mod(b, rehearse | KMOD_PROBE_IGNORE_LOADED, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> ");
	assert_int_equal(probe_mod(b, DRY, NULL), 0); /* without the flag nobody asks what was remembered */
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> ");
	assert_int_equal(probe_mod(b, KMOD_PROBE_REHEARSE, NULL), 0); /* nor does the real run */
	assert_string_equal(kernel_calls(), "finit mod_d 0 <>; finit mod_c 0 <>; finit mod_b 0 <>; ");
	assert_null(kmod_module_unref(a));
	assert_null(kmod_module_unref(b));
	assert_null(kmod_module_unref(f));
	assert_null(kmod_unref(ctx));
}

/* Plain DRY_RUN is as libkmod-api.md 13.4 says. */
static void a_rehearsal_misses_the_files(void **state)
{
	const unsigned rehearse = DRY | KMOD_PROBE_REHEARSE;

	(void)state;
	assert_int_equal(probe("", "nosuch", rehearse, NULL), -ENOENT);
	assert_int_equal(caught_lines(), 1);
	assert_int_equal(probe("", "nosuch", rehearse | KMOD_PROBE_IGNORE_LOADED, NULL), 0);
	assert_int_equal(probe("", "bimod", rehearse | KMOD_PROBE_IGNORE_LOADED, NULL), 0);
	assert_int_equal(probe("install nosuch c\n", "nosuch", rehearse, NULL), 0);
	take_away("lib/modules/9.9.9/kernel/mod_b.ko");
	assert_int_equal(probe("", "mod_a", rehearse, NULL), -ENOENT);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> ");
	assert_int_equal(probe("", "mod_a", rehearse | KMOD_PROBE_IGNORE_LOADED, NULL), -ENOENT);
	assert_int_equal(probe("softdep mod_e pre: mod_b\n", "mod_e", rehearse, NULL), 0);
	assert_int_equal(probe("", "mod_a", DRY, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> mod_a<> ");
	assert_int_equal(caught_lines(), 0);
}

static void l76_options_are_inserted_once(void **state)
{
	(void)state;
	assert_int_equal(probe("install mod_e c $CMDLINE_OPTS\n", "mod_e", 0, "a=$CMDLINE_OPTS"), 0);
	assert_string_equal(commands, "mod_e<c 'a=$CMDLINE_OPTS'> ");
}

static void l77_what_has_no_file(void **state)
{
	(void)state;
	assert_int_equal(probe("", "nosuch", 0, NULL), -ENOENT);
	assert_string_equal(actions, "nosuch<> ");
	assert_int_equal(probe("", "nosuch", DRY, NULL), 0);
	assert_int_equal(probe("", "bimod", 0, NULL), 0);
	assert_string_equal(actions, "");
	assert_int_equal(probe("", "bimod", KMOD_PROBE_FAIL_ON_LOADED, NULL), -EEXIST);
	assert_int_equal(probe("", "bimod", KMOD_PROBE_IGNORE_LOADED, NULL), -ENOENT);
	assert_string_equal(kernel_calls(), "");
}

/* docs/spec/README.md 3 */
static void a_dependency_whose_file_is_gone(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_b");

	(void)state;
	take_away("lib/modules/9.9.9/kernel/mod_c.ko");
	assert_int_equal(probe_mod(mod, 0, NULL), -ENOENT);
#ifndef ENABLE_SMALL
	assert_non_null(strstr(kmod_module_get_failure(mod), ROOT_MODULES "/kernel/mod_c.ko"));
	assert_non_null(strstr(kmod_module_get_failure(mod), "depmod"));
#else
	assert_string_equal(kmod_module_get_failure(mod), "dependency mod_c: No such file or directory");
#endif
	put_module("mod_c", "live\n");
	assert_int_equal(probe_mod(mod, 0, NULL), 0);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static void l78_loops_end(void **state)
{
	(void)state;
	assert_int_equal(probe("softdep mod_a pre: mod_f\n", "mod_a", 0, NULL), 0);
	assert_string_equal(actions, "mod_d<> mod_c<> mod_b<> mod_a<> mod_e<> mod_f<> ");
}

/* udevd asserts on this */
static void l79_no_positive_result_but_the_verdict(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 150; round++) {
		static const char *const lines[] = {
			"blacklist mod_%c\n", "softdep mod_%c pre: mod_b post: mod_e\n",
			"install mod_%c exit 3\n", "install mod_%c :\n", "alias mod_%c mod_a\n",
			"options mod_%c x=$CMDLINE_OPTS\n", "install mod_%c kill \\$\\$\n",
		};
		char conf[512], name[6] = "mod_a";
		struct kmod_module *mod;
		struct kmod_ctx *ctx;
		size_t n = 0;
		int r;

		for (int i = 0; i < 4; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			n += (size_t)snprintf(conf + n, sizeof(conf) - n,
					      lines[(seed >> 40) % ARRAY_SIZE(lines)],
					      (char)('a' + (seed >> 33) % 6));
		}
		name[4] = (char)('a' + round % 6);
		take_away("sys/module");
		put_dir("sys/module");
		ctx = context_with(conf);
		mod = by_name(ctx, name);
		kernel_forget();
		r = kmod_module_probe_insert_module(mod, KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL, NULL);
		assert_true(r <= 0 || r == KMOD_PROBE_APPLY_BLACKLIST);
		(void)kmod_module_unref(mod);
		assert_null(kmod_unref(ctx));
	}
}

/* ---- waiting and trying again; load-race.md 8.3 --------------------------- */

static unsigned budget;

/* mod_c goes as soon as mod_b is asked for, budget times. */
static int lose_dependency(const struct kernel_call *call)
{
	if (streq(call->module, "mod_b") && budget > 0) {
		budget--;
		take_away("sys/module/mod_c");
		return -ENOENT;
	}
	return kernel_obeys(call);
}

static void r17_r18_a_dependency_that_went(void **state)
{
	(void)state;
	put_module("mod_d", "live\n");
	kernel_answers = lose_dependency;
	budget = 1;
	assert_int_equal(probe("", "mod_b", 0, NULL), 0);
	assert_string_equal(kernel_calls(),
			    "finit mod_c 0 <>; finit mod_b 0 <>; finit mod_c 0 <>; finit mod_b 0 <>; ");
	take_away("sys/module/mod_b");
	take_away("sys/module/mod_c");
	budget = 1000000;
	assert_int_equal(probe("", "mod_b", 0, NULL), -ENOENT); /* after T_GOING: 100 ms here */
	/* with the dependency live the answer may have been to somebody else's call, but once */
	put_module("mod_c", "live\n");
	refuse_it("mod_b", -ENOENT);
	assert_int_equal(probe("", "mod_b", 0, NULL), -ENOENT);
	assert_string_equal(kernel_calls(), "finit mod_b 0 <>; finit mod_b 0 <>; ");
}

/* On the second pass somebody else has loaded it: C3 */
static int lose_to_another(const struct kernel_call *call)
{
	if (!streq(call->module, "mod_b"))
		return kernel_obeys(call);
	take_away("sys/module/mod_c");
	put_module("mod_b", "live\n");
	return -ENOENT;
}

static void the_first_time_is_not_ours_when_somebody_else_loads_it_meanwhile(void **state)
{
	(void)state;
	put_module("mod_d", "live\n");
	kernel_answers = lose_to_another;
	assert_int_equal(probe("", "mod_b", KMOD_PROBE_FAIL_ON_LOADED, NULL), -EEXIST);
}

static int calls_left;
static int then;

static int fail_for_a_while(const struct kernel_call *call)
{
	if (calls_left-- > 0)
		return then;
	return kernel_obeys(call);
}

static void r12_r14_r16_how_often_it_is_tried(void **state)
{
	static const struct {
		int err, times, want;
		const char *calls; /* so many `x` */
	} cases[] = {
		{ -EBUSY, 1, 0, "xx" },
		{ -EBUSY, 99, -EBUSY, "xx" },
		{ -EINTR, 2, 0, "xxx" },
		{ -EINTR, 99, -EINTR, "xxxx" },
		{ -ENODEV, 99, -ENODEV, "x" },
		{ -EPERM, 99, -EPERM, "x" },
		{ -EINVAL, 99, -EINVAL, "x" },
		{ -ETXTBSY, 99, -ETXTBSY, "x" },
		{ -ENOENT, 99, -ENOENT, "x" },
	};

	(void)state;
	kernel_answers = fail_for_a_while;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t n = 0;

		take_away("sys/module/mod_e");
		calls_left = cases[i].times;
		then = cases[i].err;
		assert_int_equal(probe("", "mod_e", 0, NULL), cases[i].want);
		for (const char *at = kernel_calls(); (at = strstr(at, "finit ")) != NULL; at++)
			n++;
		assert_int_equal(n, strlen(cases[i].calls));
	}
}

static void r7_r11_waiting_ends_at_its_limits(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_e"), *parent = by_name(ctx, "mod_f");
	uint64_t start = clock_msec();

	(void)state;
	assert_int_equal(kmod_set_wait_limits(ctx, 150, 100), 0);
	put_module("mod_e", "coming\n");
	assert_int_equal(probe_mod(mod, 0, NULL), -ETIMEDOUT);
	assert_true(clock_msec() - start >= 150);
	assert_non_null(strstr(kmod_module_get_failure(mod), "still initializing"));
	assert_string_equal(kernel_calls(), "");
	put_module("mod_e", "going\n");
	assert_int_equal(probe_mod(mod, 0, NULL), -EBUSY);
	assert_non_null(strstr(kmod_module_get_failure(mod), "being removed"));
	assert_int_equal(probe_mod(parent, 0, NULL), -EBUSY);
	assert_non_null(strstr(kmod_module_get_failure(parent), "mod_e"));
	/* r31, r32: no wait where nothing will be done */
	start = clock_msec();
	put_module("mod_e", "coming\n");
	assert_int_equal(kmod_set_wait_limits(ctx, 200000, 200000), 0);
	assert_int_equal(probe_mod(mod, DRY, NULL), 0);
	assert_string_equal(actions, "mod_e<> ");
	assert_true(clock_msec() - start < 100000);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_module_unref(parent));
	assert_null(kmod_unref(ctx));
}

static void r8_built_in_code_that_no_index_knows(void **state)
{
	(void)state;
	put("sys/module/printk/uevent", "");
	put("sys/module/printk/parameters/x", "0\n");
	assert_int_equal(probe("", "printk", 0, NULL), 0);
	assert_string_equal(actions, "");
}

static void every_failed_allocation_is_survived(void **state)
{
	(void)state;
	put("conf/test.conf", "options mod_b o=1\ninstall mod_e c $CMDLINE_OPTS\n"
			      "softdep mod_b post: mod_e\nblacklist zzz\n");
	for (unsigned n = 1;; n++) {
		struct kmod_ctx *ctx = new_context(PATHS("conf"));
		struct kmod_module *mod = by_name(ctx, "mod_b");
		bool fired;
		int r;

		take_away("sys/module");
		put_dir("sys/module");
		actions[0] = commands[0] = '\0';
		kernel_forget();
		oom_arm(n);
		r = kmod_module_probe_insert_module(mod, 0, "x=1", run, commands, note);
		fired = oom_fired();
		/* what only soft dependencies lacked is not the module's failure */
		assert_true(r == 0 || (fired && r == -ENOMEM));
		if (r == 0) { /* and never loaded without its options */
			assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_LIVE);
			assert_non_null(strstr(kernel_calls(), "finit mod_b 0 <o=1 x=1>; "));
		}
		assert_int_equal(kmod_module_probe_insert_module(mod, 0, "x=1", run, commands, NULL), 0);
		assert_int_equal(kmod_module_get_initstate(mod), KMOD_MODULE_LIVE);
		assert_null(kmod_module_unref(mod));
		assert_null(kmod_unref(ctx));
		if (!fired) {
			assert_string_equal(actions, "mod_d<> mod_c<> mod_b<o=1 x=1> mod_e!<> ");
			assert_true(n > 20);
			break;
		}
	}
}

/* Without memory nothing gets past a refusal, and a rehearsal does not forget what it showed. */
static void refusals_and_rehearsals_survive_failed_allocations(void **state)
{
	const unsigned rehearse = DRY | KMOD_PROBE_REHEARSE;

	(void)state;
	put("conf/test.conf", "install mod_c false\nsoftdep mod_e post: mod_b mod_d\n");
	for (unsigned n = 1, fired = 1; fired; n++) {
		struct kmod_ctx *ctx = new_context(PATHS("conf"));
		struct kmod_module *mod = by_name(ctx, "mod_b"), *e = by_name(ctx, "mod_e");
		int r;

		oom_arm(n);
		r = kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
		fired = oom_fired();
		assert_true(r == -EINVAL || (fired && r == -ENOMEM));
		assert_string_equal(kernel_calls(), "");
		actions[0] = '\0';
		oom_arm(n);
		r = kmod_module_probe_insert_module(e, rehearse, NULL, NULL, NULL, note);
		fired |= oom_fired();
		assert_true(r == 0 || (fired && r == -ENOMEM));
		assert_int_equal(kmod_module_probe_insert_module(e, rehearse, NULL, NULL, NULL, note), 0);
		assert_non_null(strstr(actions, "mod_e<> "));
		assert_null(kmod_module_unref(e));
		assert_null(kmod_module_unref(mod));
		assert_null(kmod_unref(ctx));
		assert_true(fired || n > 10);
	}
	assert_string_equal(actions, "mod_e<> mod_d<> ");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l64_options_and_order),
		TEST(l65_install_commands),
		TEST(l66_l67_commands_run_beside_softdeps),
		TEST(l68_ignore_command_is_for_the_requested_module),
		TEST(l69_what_is_live_is_left_alone),
		TEST(l70_a_kernel_that_has_everything),
		TEST(exists_without_a_module_is_a_refusal),
		TEST(l71_verdicts_of_the_blacklist),
		TEST(l72_a_blacklisted_dependency),
		TEST(l73_failures_of_others),
		TEST(l74_results_of_the_callback),
		TEST(l75_without_a_callback_the_shell_runs_it),
		TEST(the_environment_of_the_caller_is_his),
		TEST(a_command_without_memory),
		TEST(a_refusal_runs_nothing_and_tells_where_it_comes_from),
		TEST(a_refusal_is_for_the_callback_if_there_is_one),
		TEST(a_rehearsal_misses_the_files),
		TEST(a_rehearsal_remembers_what_it_would_have_loaded),
		TEST(l76_options_are_inserted_once),
		TEST(l77_what_has_no_file),
		TEST(a_dependency_whose_file_is_gone),
		TEST(l78_loops_end),
		TEST(l79_no_positive_result_but_the_verdict),
		TEST(r17_r18_a_dependency_that_went),
		TEST(the_first_time_is_not_ours_when_somebody_else_loads_it_meanwhile),
		TEST(r12_r14_r16_how_often_it_is_tried),
		TEST(r7_r11_waiting_ends_at_its_limits),
		TEST(r8_built_in_code_that_no_index_knows),
		TEST(every_failed_allocation_is_survived),
		TEST(refusals_and_rehearsals_survive_failed_allocations),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
