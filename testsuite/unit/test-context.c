/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Life of a context; l7 to l10 are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkmod/context.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

static void check_dirname(const char *given, const char *before, const char *rest)
{
	struct kmod_ctx *ctx = kmod_new(given, PATHS());
	char want[PATH_MAX];

	assert_non_null(ctx);
	(void)snprintf(want, sizeof(want), "%s%s", before, rest);
	assert_string_equal(kmod_get_dirname(ctx), want);
	assert_null(kmod_unref(ctx));
}

static void l7_the_directory_is_absolute_and_as_it_was_written(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("PWD"), 0);
	check_dirname(NULL, MODULE_DIRECTORY, "/9.9.9");
	check_dirname("rel/x", root_path(), "/rel/x");
	check_dirname("", root_path(), "/");
	check_dirname("/nonexistent", "/nonexistent", "");
	check_dirname("/a//b/../c/", "/a//b/../c/", "");
	assert_int_equal(chdir("/"), 0);
	check_dirname("rel", "//rel", "");
	assert_int_equal(chdir(root_path()), 0);
}

static void l8_a_current_directory_that_is_gone(void **state)
{
	struct kmod_module *mod = NULL;
	struct kmod_ctx *ctx;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), err = dup(STDERR_FILENO);

	(void)state;
	put_dir("gone");
	assert_int_equal(chdir("gone"), 0);
	take_away(root_path()); /* the whole tree: make it again later */
	assert_int_equal(dup2(null, STDERR_FILENO), STDERR_FILENO); /* one error message is due */
	errno = 0;
	ctx = kmod_new("rel", PATHS());
	assert_int_equal(dup2(err, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(close(null) | close(err), 0);
	assert_null(ctx);
	assert_int_equal(errno, ENOENT);
	ctx = kmod_new("/x", PATHS());
	assert_non_null(ctx);
	kmod_set_log_fn(ctx, NULL, NULL);
	assert_int_equal(kmod_module_new_from_path(ctx, "x.ko", &mod), -ENOMEM);
	assert_null(mod);
	assert_null(kmod_unref(ctx));
	put_dir(root_path());
	assert_int_equal(chdir(root_path()), 0);
}

static void l10_a_context_lives_as_long_as_its_modules(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_b"), *other = NULL;

	(void)state;
	assert_ptr_equal(kmod_unref(ctx), ctx);
	assert_string_equal(kmod_module_get_path(mod), ROOT_MODULES "/kernel/mod_b.ko");
	assert_string_equal(names_of_taken(kmod_module_get_dependencies(mod)), "mod_c");
	assert_int_equal(kmod_module_get_initstate(mod), -ENOENT);
	assert_int_equal(kmod_module_new_from_name(ctx, "other", &other), 0);
	assert_ptr_equal(kmod_module_ref(mod), mod);
	assert_ptr_equal(kmod_module_unref(mod), mod);
	assert_null(kmod_module_unref(mod));
	assert_string_equal(kmod_module_get_name(other), "other");
	assert_null(kmod_module_unref(other)); /* the context goes with it: see the leak checker */
}

static void references_are_counted(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	int data;

	(void)state;
	assert_ptr_equal(kmod_ref(ctx), ctx);
	assert_ptr_equal(kmod_unref(ctx), ctx);
	assert_null(kmod_get_userdata(ctx));
	kmod_set_userdata(ctx, &data);
	assert_ptr_equal(kmod_get_userdata(ctx), &data);
	kmod_set_userdata(ctx, NULL);
	assert_null(kmod_get_userdata(ctx));
	assert_null(kmod_unref(ctx));
}

static void two_contexts_are_independent(void **state)
{
	struct kmod_ctx *one = new_context(PATHS()), *two = new_context(PATHS());
	struct kmod_module *a = by_name(one, "x"), *b = by_name(two, "x");

	(void)state;
	assert_ptr_not_equal(a, b);
	assert_null(kmod_module_unref(a));
	assert_null(kmod_module_unref(b));
	assert_null(kmod_unref(one));
	assert_null(kmod_unref(two));
}

/* load-race.md 8.4 */
static void the_limits_of_waiting_can_be_set(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());

	(void)state;
	assert_int_equal(ctx->coming_msec, 180000);
	assert_int_equal(ctx->going_msec, 10000);
	assert_int_equal(kmod_set_wait_limits(ctx, 5, 0), 0);
	assert_int_equal(ctx->coming_msec, 5);
	assert_int_equal(ctx->going_msec, 0);
	assert_int_equal(kmod_set_wait_limits(NULL, 5, 0), -ENOENT);
	assert_null(kmod_unref(ctx));
}

/* 4.2: strings of config_paths are not kept; 14: igt-gpu-tools */
static void configuration_paths_are_not_kept(void **state)
{
	char *path = strdup("conf");
	const char *paths[] = { path, NULL };
	struct kmod_ctx *ctx;

	(void)state;
	put("conf/x.conf", "blacklist x\n");
	ctx = kmod_new(ROOT_MODULES, paths);
	memset(path, 'z', 4);
	free(path);
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
	make_older("conf");
	assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RECREATE);
	assert_null(kmod_unref(ctx));
}

static unsigned told;

static void tell(void *data, int priority, const char *file, int line, const char *fn,
		 const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)format;
	(void)args;
	told++;
	errno = EDOM; /* no affair of who makes a context */
}

static void without_memory_there_is_no_context(void **state)
{
	static const char *const dirnames[] = { NULL, "rel", "/abs" };

	(void)state;
	put("conf/x.conf", "blacklist x\nsoftdep a pre: b c post: d\noptions a b=1\n");
	for (size_t i = 0; i < ARRAY_SIZE(dirnames); i++) {
		for (unsigned n = 1;; n++) {
			struct kmod_ctx *ctx;

			oom_arm(n);
			errno = 0;
			ctx = kmod_new_logged(dirnames[i], PATHS("conf", "nosuch", "conf/x.conf"), tell, NULL);
			if (!oom_fired()) {
				assert_non_null(ctx);
				assert_null(kmod_unref(ctx));
				assert_true(n > 10);
				break;
			}
			assert_null(ctx);
			assert_int_equal(errno, ENOMEM);
		}
	}
	assert_true(told > 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l7_the_directory_is_absolute_and_as_it_was_written),
		TEST(l8_a_current_directory_that_is_gone),
		TEST(l10_a_context_lives_as_long_as_its_modules),
		TEST(references_are_counted),
		TEST(two_contexts_are_independent),
		TEST(the_limits_of_waiting_can_be_set),
		TEST(configuration_paths_are_not_kept),
		TEST(without_memory_there_is_no_context),
	};

	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
