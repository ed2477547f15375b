/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What holds for every public function: NULL, and memory that runs out. lNN are
 * edge cases of docs/spec/libkmod-api.md 16.
 */
#include "testsuite/unit/unit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "testsuite/unit/catch-log.h"
#include "testsuite/unit/elf-build.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* The tree of the fixture, and a module file with everything in it. */
static int enter(void **state)
{
	auto_elf_build struct elf_build b;
	int r = root_enter_api(state);

	elf_build_init(&b, elf_kinds[0]);
	(void)elf_build_text(&b, ".modinfo", "license=GPL\0name=x\0");
	elf_build_symbol(&b, "__crc_shown", 1, 0, 0xfff1, 0x12345678);
	elf_build_symbol(&b, "wanted", 2, 0, 0, 0);
	elf_build_version(&b, "wanted", 7);
	elf_build_finish(&b);
	put_bytes("versions.ko", b.image.s, b.image.len);
	return r;
}

static void l4_no_context_is_no_crash(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = NULL;
	struct kmod_list *list = NULL;

	(void)state;
	assert_null(kmod_ref(NULL));
	assert_null(kmod_unref(NULL));
	assert_null(kmod_get_userdata(NULL));
	kmod_set_userdata(NULL, ctx);
	assert_null(kmod_get_dirname(NULL));
	assert_int_equal(kmod_get_log_priority(NULL), -1);
	kmod_set_log_priority(NULL, 7);
	kmod_set_log_fn(NULL, NULL, NULL);
	assert_int_equal(kmod_set_wait_limits(NULL, 1, 1), -ENOENT);
	assert_int_equal(kmod_load_resources(NULL), -ENOENT);
	kmod_unload_resources(NULL);
	assert_int_equal(kmod_validate_resources(NULL), KMOD_RESOURCES_MUST_RECREATE);
	assert_int_equal(kmod_dump_index(NULL, KMOD_INDEX_MODULES_DEP, 1), -ENOSYS);

	assert_null(kmod_config_get_blacklists(NULL));
	assert_null(kmod_config_get_install_commands(NULL));
	assert_null(kmod_config_get_remove_commands(NULL));
	assert_null(kmod_config_get_aliases(NULL));
	assert_null(kmod_config_get_options(NULL));
	assert_null(kmod_config_get_softdeps(NULL));
	assert_null(kmod_config_get_weakdeps(NULL));
	assert_null(kmod_config_iter_get_key(NULL));
	assert_null(kmod_config_iter_get_value(NULL));
	assert_false(kmod_config_iter_next(NULL));
	kmod_config_iter_free_iter(NULL);

	assert_int_equal(kmod_module_new_from_name(NULL, "x", &mod), -ENOENT);
	assert_int_equal(kmod_module_new_from_name(ctx, NULL, &mod), -ENOENT);
	assert_int_equal(kmod_module_new_from_name(ctx, "x", NULL), -ENOENT);
	assert_int_equal(kmod_module_new_from_path(NULL, "/", &mod), -ENOENT);
	assert_int_equal(kmod_module_new_from_path(ctx, NULL, &mod), -ENOENT);
	assert_int_equal(kmod_module_new_from_path(ctx, "/", NULL), -ENOENT);
	assert_int_equal(kmod_module_new_from_lookup(NULL, "x", &list), -ENOENT);
	assert_int_equal(kmod_module_new_from_lookup(ctx, NULL, &list), -ENOENT);
	assert_int_equal(kmod_module_new_from_name_lookup(NULL, "x", &mod), -ENOENT);
	assert_int_equal(kmod_module_new_from_name_lookup(ctx, NULL, &mod), -ENOENT);
	assert_int_equal(kmod_module_new_from_name_lookup(ctx, "x", NULL), -ENOENT);
	assert_int_equal(kmod_module_new_from_loaded(NULL, &list), -ENOENT);
	assert_int_equal(kmod_module_new_from_loaded(ctx, NULL), -ENOENT);
	assert_null(mod);
	assert_null(list);
	assert_null(kmod_unref(ctx));
}

static void l4_no_module_is_no_crash(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_list *list = NULL;

	(void)state;
	assert_null(kmod_module_ref(NULL));
	assert_null(kmod_module_unref(NULL));
	assert_int_equal(kmod_module_unref_list(NULL), 0);
	assert_null(kmod_module_get_module(NULL));
	assert_null(kmod_module_get_name(NULL));
	assert_null(kmod_module_get_path(NULL));
	assert_null(kmod_module_get_options(NULL));
	assert_null(kmod_module_get_install_commands(NULL));
	assert_null(kmod_module_get_remove_commands(NULL));
	assert_null(kmod_module_get_failure(NULL));
	assert_null(kmod_module_get_dependencies(NULL));
	assert_int_equal(kmod_module_get_softdeps(NULL, &list, &list), -ENOENT);
	assert_int_equal(kmod_module_get_weakdeps(NULL, &list), -ENOENT);
	assert_int_equal(kmod_module_apply_filter(NULL, KMOD_FILTER_BUILTIN, NULL, &list), -ENOENT);
	assert_int_equal(kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, NULL, NULL), -ENOENT);
	assert_int_equal(kmod_module_get_filtered_blacklist(NULL, NULL, &list), -ENOENT);

	assert_int_equal(kmod_module_get_initstate(NULL), -ENOENT);
	assert_int_equal(kmod_module_observe(NULL, KMOD_MODULE_COMING, 0), -ENOENT);
	assert_int_equal(kmod_module_get_refcnt(NULL), -ENOENT);
	assert_int_equal(kmod_module_get_size(NULL), -ENOENT);
	assert_null(kmod_module_get_holders(NULL));
	assert_null(kmod_module_get_sections(NULL));
	assert_null(kmod_module_section_get_name(NULL));
	assert_true(kmod_module_section_get_address(NULL) == ULONG_MAX);
	kmod_module_section_free_list(NULL);

	assert_int_equal(kmod_module_insert_module(NULL, 0, NULL), -ENOENT);
	assert_int_equal(kmod_module_probe_insert_module(NULL, 0, NULL, NULL, NULL, NULL), -ENOENT);
	assert_int_equal(kmod_module_remove_module(NULL, 0), -ENOENT);

	assert_int_equal(kmod_module_get_info(NULL, &list), -ENOENT);
	assert_int_equal(kmod_module_get_versions(NULL, &list), -ENOENT);
	assert_int_equal(kmod_module_get_symbols(NULL, &list), -ENOENT);
	assert_int_equal(kmod_module_get_dependency_symbols(NULL, &list), -ENOENT);
	assert_null(kmod_module_info_get_key(NULL));
	assert_null(kmod_module_info_get_value(NULL));
	assert_null(kmod_module_version_get_symbol(NULL));
	assert_null(kmod_module_symbol_get_symbol(NULL));
	assert_null(kmod_module_dependency_symbol_get_symbol(NULL));
	assert_true(kmod_module_version_get_crc(NULL) == 0);
	assert_true(kmod_module_symbol_get_crc(NULL) == 0);
	assert_true(kmod_module_dependency_symbol_get_crc(NULL) == 0);
	assert_int_equal(kmod_module_dependency_symbol_get_bind(NULL), 0);
	kmod_module_info_free_list(NULL);
	kmod_module_versions_free_list(NULL);
	kmod_module_symbols_free_list(NULL);
	kmod_module_dependency_symbols_free_list(NULL);
	assert_string_equal(kernel_calls(), "");
	assert_null(kmod_unref(ctx));
}

static void l5_a_lookup_looks_only_at_the_pointer_it_is_given(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_list *garbage = (struct kmod_list *)(uintptr_t)8;

	(void)state;
	assert_int_equal(kmod_module_new_from_lookup(ctx, "x", NULL), -ENOSYS);
	assert_int_equal(kmod_module_new_from_lookup(ctx, "x", &garbage), -ENOSYS);
	assert_ptr_equal(garbage, (void *)(uintptr_t)8);
	assert_null(kmod_unref(ctx));
}

static void l6_a_filter_overwrites(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_list *garbage = (struct kmod_list *)(uintptr_t)8;

	(void)state;
	assert_int_equal(kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, NULL, &garbage), 0);
	assert_null(garbage);
	assert_null(kmod_unref(ctx));
}

/* ---- memory ---------------------------------------------------------------- */

/*
 * Each gives what its function gave: -errno, 0, or a number of elements; NULL is
 * -ENOMEM. Outputs have to be untouched on failure, and are released otherwise.
 */
typedef int call(struct kmod_ctx *ctx, struct kmod_module *mod);

/* Pointers to the outputs: they are written while r is made. */
static int module_result(int r, struct kmod_module **mod)
{
	assert_true((r == 0) == (*mod != NULL));
	(void)kmod_module_unref(*mod);
	*mod = NULL;
	return r;
}

static int list_result(int r, struct kmod_list **list, void (*release)(struct kmod_list *))
{
	assert_true(r >= 0 || !*list);
	release(*list);
	return r;
}

static void release_modules(struct kmod_list *list)
{
	(void)kmod_module_unref_list(list);
}

static int do_new(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_ctx *other = kmod_new("rel", PATHS("conf", "conf/test.conf"));

	(void)ctx;
	(void)mod;
	if (!other)
		return errno == ENOMEM ? -ENOMEM : -EBADMSG;
	assert_null(kmod_unref(other));
	return 0;
}

static int do_new_of_this_kernel(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_ctx *other = kmod_new(NULL, NULL);

	(void)ctx;
	(void)mod;
	if (!other)
		return errno == ENOMEM ? -ENOMEM : -EBADMSG;
	assert_null(kmod_unref(other));
	return 0;
}

static int do_load(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)mod;
	return kmod_load_resources(ctx);
}

static int do_dump(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	auto_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int r = 0;

	(void)mod;
	for (unsigned type = KMOD_INDEX_MODULES_DEP; type <= KMOD_INDEX_MODULES_BUILTIN && r == 0; type++)
		r = kmod_dump_index(ctx, (enum kmod_index)type, null);
	return r;
}

static int do_name(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	mod = NULL;
	return module_result(kmod_module_new_from_name(ctx, "new", &mod), &mod);
}

static int do_path(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	mod = NULL;
	return module_result(kmod_module_new_from_path(ctx, "lib/modules/9.9.9/kernel/mod_e.ko", &mod),
			     &mod);
}

static int do_name_lookup(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	int r;

	mod = NULL;
	r = module_result(kmod_module_new_from_name_lookup(ctx, "mod_a", &mod), &mod);
	if (r < 0)
		return r;
	return module_result(kmod_module_new_from_name_lookup(ctx, "bialias-1", &mod), &mod);
}

static int look_up(struct kmod_ctx *ctx, const char *alias)
{
	struct kmod_list *list = NULL;
	int r = kmod_module_new_from_lookup(ctx, alias, &list);

	assert_true((r == 0) == (list != NULL));
	release_modules(list);
	return r;
}

static int do_lookup_name(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)mod;
	return look_up(ctx, "mod_a");
}

static int do_lookup_alias(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)mod;
	return look_up(ctx, "multi-x");
}

static int do_lookup_rule(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)mod;
	return look_up(ctx, "two");
}

static int do_lookup_builtin(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)mod;
	return look_up(ctx, "bialias-1");
}

static int do_loaded(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = NULL;

	(void)mod;
	return list_result(kmod_module_new_from_loaded(ctx, &list), &list, release_modules);
}

static int do_get_path(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)ctx;
	return kmod_module_get_path(mod) ? 0 : -ENOMEM;
}

static int do_options(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)ctx;
	return kmod_module_get_options(mod) ? 0 : -ENOMEM;
}

static int do_dependencies(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = kmod_module_get_dependencies(mod);

	(void)ctx;
	return list_result(list ? 0 : -ENOMEM, &list, release_modules);
}

static int do_softdeps(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *pre = NULL, *post = NULL;
	int r = kmod_module_get_softdeps(mod, &pre, &post);

	(void)ctx;
	assert_true((r == 0) == (pre && post));
	assert_true(r == 0 || (!pre && !post));
	release_modules(pre);
	release_modules(post);
	return r;
}

static int do_weakdeps(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = NULL;
	int r = kmod_module_get_weakdeps(mod, &list);

	(void)ctx;
	assert_true((r == 0) == (list != NULL));
	return list_result(r, &list, release_modules);
}

static int do_filter(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	static struct kmod_list *in; /* made by the first call, before memory is out */
	struct kmod_list *out = NULL;
	int r;

	if (!mod) {
		release_modules(in);
		in = NULL;
		return ctx ? kmod_module_new_from_lookup(ctx, "two", &in) : 0;
	}
	r = kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, in, &out);
	assert_true((r == 0) == (out != NULL));
	return list_result(r, &out, release_modules);
}

static int do_refcnt(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)ctx;
	return kmod_module_get_refcnt(mod);
}

static int do_size(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)ctx;
	return (int)kmod_module_get_size(mod);
}

static int do_holders(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = kmod_module_get_holders(mod);

	(void)ctx;
	return list_result(list ? 0 : -ENOMEM, &list, release_modules);
}

static int do_sections(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = kmod_module_get_sections(mod);

	(void)ctx;
	return list_result(list ? 0 : -ENOMEM, &list, kmod_module_section_free_list);
}

static int do_info(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = NULL;

	(void)ctx;
	return list_result(kmod_module_get_info(mod, &list), &list, kmod_module_info_free_list);
}

static int do_info_builtin(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = NULL;
	int r = kmod_module_new_from_name(ctx, "bimod", &mod);

	if (r == 0)
		r = list_result(kmod_module_get_info(mod, &list), &list, kmod_module_info_free_list);
	else
		mod = NULL;
	(void)kmod_module_unref(mod);
	return r;
}

static int do_versions(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = NULL;

	(void)ctx;
	return list_result(kmod_module_get_versions(mod, &list), &list, kmod_module_versions_free_list);
}

static int do_symbols(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = NULL;

	(void)ctx;
	return list_result(kmod_module_get_symbols(mod, &list), &list, kmod_module_symbols_free_list);
}

static int do_dependency_symbols(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *list = NULL;

	(void)ctx;
	return list_result(kmod_module_get_dependency_symbols(mod, &list), &list,
			   kmod_module_dependency_symbols_free_list);
}

static int do_insert(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)ctx;
	return kmod_module_insert_module(mod, 0, "x=1");
}

static int do_new_logged(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_ctx *other = kmod_new_logged("rel", PATHS("conf"), NULL, NULL);

	(void)ctx;
	(void)mod;
	if (!other)
		return errno == ENOMEM ? -ENOMEM : -EBADMSG;
	assert_null(kmod_unref(other));
	return 0;
}

static int do_iterators(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	static struct kmod_config_iter *(*const get[])(const struct kmod_ctx *ctx) = {
		kmod_config_get_blacklists, kmod_config_get_install_commands,
		kmod_config_get_remove_commands, kmod_config_get_aliases, kmod_config_get_options,
		kmod_config_get_softdeps, kmod_config_get_weakdeps,
	};
	int r = 0;

	(void)mod;
	for (size_t i = 0; i < ARRAY_SIZE(get) && r == 0; i++) {
		struct kmod_config_iter *iter = get[i](ctx);

		if (!iter)
			return -ENOMEM;
		while (r == 0 && kmod_config_iter_next(iter)) {
			assert_non_null(kmod_config_iter_get_key(iter));
			errno = 0;
			if (!kmod_config_iter_get_value(iter) && errno != 0)
				r = -errno;
		}
		kmod_config_iter_free_iter(iter);
	}
	return r;
}

static int do_filtered_blacklist(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	struct kmod_list *in = NULL, *out = NULL;
	int r = kmod_module_new_from_lookup(ctx, "two", &in);

	(void)mod;
	if (r == 0)
		r = kmod_module_get_filtered_blacklist(ctx, in, &out);
	assert_true((r == 0) == (out != NULL));
	release_modules(in);
	return list_result(r, &out, release_modules);
}

static int do_initstate(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)ctx;
	return kmod_module_get_initstate(mod);
}

static int do_observe(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	(void)ctx;
	return kmod_module_observe(mod, KMOD_MODULE_COMING, 0);
}

static int do_probe(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	int r;

	(void)ctx;
	take_away("sys/module/mod_f");
	r = kmod_module_probe_insert_module(mod, 0, "x=1", NULL, NULL, NULL);
	put_module("mod_f", "live\n");
	return r;
}

#ifndef ENABLE_SMALL
static int not_permitted(const struct kernel_call *asked)
{
	(void)asked;
	return -EPERM;
}

/* What a refused load leaves to be asked for; the reason is looked for when it is. */
static int do_failure(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	const char *text;

	(void)ctx;
	take_away("sys/module/mod_f");
	kernel_answers = not_permitted;
	(void)kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
	kernel_answers = NULL;
	text = kmod_module_get_failure(mod);
	put_module("mod_f", "live\n");
	return text ? 0 : -ENOMEM;
}

static int text_result(int r, char *text)
{
	assert_true(r == 0 || !text);
	free(text);
	return r;
}

static int do_explain_lookup(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	char *text = NULL;
	int r = kmod_explain_lookup(ctx, "mod_q", &text);

	(void)mod;
	return text_result(r, text);
}

static int do_explain_insert(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	char *text = NULL;
	int r = kmod_module_explain_insert(mod, -EINVAL, 0, "x=1", &text);

	(void)ctx;
	return text_result(r, text);
}
#endif

/* The rest: they need no memory, so none can be missing. Of each as many kinds of argument as matter. */
static const char *const quiet[] = {
#ifdef ENABLE_SMALL
	"explain_insert", "explain_lookup", "get_failure",
#endif
	"config_iter_free_iter", "config_iter_get_key", "config_iter_get_value", "config_iter_next",
	"dependency_symbol_get_bind", "dependency_symbol_get_crc", "dependency_symbol_get_symbol",
	"dependency_symbols_free_list", "get_dirname", "get_install_commands", "get_log_priority",
	"get_module", "get_name", "get_remove_commands", "get_userdata", "info_free_list",
	"info_get_key", "info_get_value", "initstate_str", "list_last", "list_next", "list_prev",
	"ref", "remove_module", "section_free_list", "section_get_address", "section_get_name",
	"set_log_fn", "set_log_priority", "set_userdata", "set_wait_limits", "symbol_get_crc",
	"symbol_get_symbol", "symbols_free_list", "unload_resources", "unref", "unref_list",
	"validate_resources", "version_get_crc", "version_get_symbol", "versions_free_list",
};

static void nothing_is_allocated_where_nothing_can_be_said(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS("conf"));
	struct kmod_list *modules = NULL, *info = NULL, *symbols = NULL, *versions = NULL, *needs = NULL,
			 *sections;
	struct kmod_config_iter *iter;
	struct kmod_module *mod;

	(void)state;
	put("conf/test.conf", "blacklist x\ninstall mod_f true\nremove mod_f true\n");
	take_away("lib/modules/9.9.9/kernel/mod_f.ko");
	assert_int_equal(rename("versions.ko", "lib/modules/9.9.9/kernel/mod_f.ko"), 0);
	put_module("mod_f", "live\n");
	put("sys/module/mod_f/sections/.text", "0x1\n");
	kmod_set_log_fn(ctx, NULL, NULL);
	mod = by_name(ctx, "mod_f");
	assert_int_equal(kmod_load_resources(ctx), 0);
	assert_int_equal(kmod_module_new_from_lookup(ctx, "mod_a", &modules), 0);
	assert_true(kmod_module_get_info(mod, &info) > 0);
	assert_true(kmod_module_get_symbols(mod, &symbols) > 0);
	assert_true(kmod_module_get_versions(mod, &versions) > 0);
	assert_true(kmod_module_get_dependency_symbols(mod, &needs) > 0);
	sections = kmod_module_get_sections(mod);
	assert_non_null(sections);
	iter = kmod_config_get_blacklists(ctx);
	assert_non_null(iter);

	oom_arm(1);
	(void)kmod_config_iter_next(iter);
	(void)kmod_config_iter_get_key(iter);
	(void)kmod_config_iter_get_value(iter);
	kmod_config_iter_free_iter(iter);
	(void)kmod_module_dependency_symbol_get_bind(needs);
	(void)kmod_module_dependency_symbol_get_crc(needs);
	(void)kmod_module_dependency_symbol_get_symbol(needs);
	kmod_module_dependency_symbols_free_list(needs);
	(void)kmod_get_dirname(ctx);
	(void)kmod_module_get_install_commands(mod);
	(void)kmod_module_get_remove_commands(mod);
	kmod_set_log_priority(ctx, kmod_get_log_priority(ctx));
	(void)kmod_module_unref(kmod_module_get_module(modules));
	(void)kmod_module_get_name(mod);
	kmod_set_userdata(ctx, kmod_get_userdata(ctx));
	(void)kmod_module_info_get_key(info);
	(void)kmod_module_info_get_value(info);
	kmod_module_info_free_list(info);
	(void)kmod_module_initstate_str(KMOD_MODULE_LIVE);
	(void)kmod_list_last(symbols);
	(void)kmod_list_next(symbols, symbols);
	(void)kmod_list_prev(symbols, symbols);
	(void)kmod_unref(kmod_ref(ctx));
	(void)kmod_module_unref(kmod_module_ref(mod));
	(void)kmod_module_remove_module(mod, 0);
	(void)kmod_module_section_get_address(sections);
	(void)kmod_module_section_get_name(sections);
	kmod_module_section_free_list(sections);
	kmod_set_log_fn(ctx, NULL, NULL);
	(void)kmod_set_wait_limits(ctx, 1, 1);
	(void)kmod_module_symbol_get_crc(symbols);
	(void)kmod_module_symbol_get_symbol(symbols);
	kmod_module_symbols_free_list(symbols);
	(void)kmod_module_version_get_crc(versions);
	(void)kmod_module_version_get_symbol(versions);
	kmod_module_versions_free_list(versions);
	(void)kmod_validate_resources(ctx);
	kmod_unload_resources(ctx);
	(void)kmod_module_unref_list(modules);
	(void)kmod_module_unref(mod);
	(void)kmod_unref(ctx);
	assert_false(oom_fired());
}

typedef bool knows_fn(const char *name);

/* Every exported function is in one of the two lists; kmod_ and module_ are left out there. */
static void nobody_is_forgotten(knows_fn *knows)
{
	char path[PATH_MAX];
	auto_free char *text = NULL;
	unsigned n = 0;

	assert_true(snprintf(path, sizeof(path), "%s/testsuite/libkmod.abi", getenv("srcdir")) < PATH_MAX);
	assert_int_equal(io_read_text(path, 0, &text, NULL), 0);
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *name = str_after(line, "kmod_");
		bool known = false;

		if (!name)
			continue;
		n++;
		line[strcspn(line, "@")] = '\0';
		if (str_after(name, "module_"))
			name = str_after(name, "module_");
		for (size_t i = 0; i < ARRAY_SIZE(quiet); i++)
			known |= streq(quiet[i], name);
		if (!known && !knows(name))
			fail_msg("%s is not tested", line);
	}
	assert_true(n > 80);
}

static const struct {
	const char *name;
	call *call;
	bool may_work; /* without that memory: it only lacked what is optional */
} calls[] = {
	{ "new", do_new, false },
	{ "new NULL", do_new_of_this_kernel, false },
	{ "load_resources", do_load, true },
	{ "dump_index", do_dump, false },
	{ "new_from_name", do_name, false },
	{ "new_from_path", do_path, false },
	{ "new_from_name_lookup", do_name_lookup, false },
	{ "new_from_lookup: name", do_lookup_name, false },
	{ "new_from_lookup: alias", do_lookup_alias, false },
	{ "new_from_lookup: rule", do_lookup_rule, false },
	{ "new_from_lookup: built in", do_lookup_builtin, false },
	{ "new_from_loaded", do_loaded, false },
	{ "get_path", do_get_path, false },
	{ "get_options", do_options, false },
	{ "get_dependencies", do_dependencies, false },
	{ "get_softdeps", do_softdeps, false },
	{ "get_weakdeps", do_weakdeps, false },
	{ "apply_filter", do_filter, false },
	{ "get_refcnt", do_refcnt, false },
	{ "get_size", do_size, false },
	{ "get_holders", do_holders, false },
	{ "get_sections", do_sections, false },
	{ "get_info", do_info, false },
	{ "get_info: built in", do_info_builtin, false },
	{ "get_versions", do_versions, false },
	{ "get_symbols", do_symbols, false },
	{ "get_dependency_symbols", do_dependency_symbols, false },
	{ "insert_module", do_insert, false },
	{ "new_logged", do_new_logged, false },
	{ "config_get_blacklists", do_iterators, false },
	{ "config_get_install_commands", do_iterators, false },
	{ "config_get_remove_commands", do_iterators, false },
	{ "config_get_aliases", do_iterators, false },
	{ "config_get_options", do_iterators, false },
	{ "config_get_softdeps", do_iterators, false },
	{ "config_get_weakdeps", do_iterators, false },
	{ "get_filtered_blacklist", do_filtered_blacklist, false },
	{ "get_initstate", do_initstate, true },
	{ "observe", do_observe, true },
	{ "probe_insert_module", do_probe, true },
#ifndef ENABLE_SMALL
	{ "get_failure", do_failure, true },
	{ "explain_lookup", do_explain_lookup, false },
	{ "explain_insert", do_explain_insert, true },
#endif
};

static bool is_called(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		const char *rest = str_after(calls[i].name, name);

		if (rest && (*rest == '\0' || *rest == ':' || *rest == ' '))
			return true;
	}
	return false;
}

static void memory_may_run_out_anywhere(void **state)
{
	(void)state;
	nobody_is_forgotten(is_called);
	put("conf/test.conf", "alias two mod_a\nalias two mod_b\noptions mod_f a=1\noptions mod_f b=2\n"
			      "softdep mod_f pre: mod_a two post: bimod\nweakdep mod_f two\n");
	put("proc/modules", "one 1 0 - Live 0x0\ntwo 1 0 - Live 0x0\n");
	put_module("mod_f", "live\n");
	put("sys/module/mod_f/coresize", "4096\n");
	put_dir("sys/module/mod_f/holders/x");
	put("sys/module/mod_f/sections/.text", "0x1\n");
	/* a record of __versions, which no file of the fixture has */
	assert_int_equal(rename("versions.ko", "lib/modules/9.9.9/kernel/mod_f.ko"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		for (unsigned n = 1;; n++) {
			struct kmod_ctx *ctx = new_context(PATHS("conf"));
			struct kmod_module *mod = by_name(ctx, "mod_f");
			bool fired;
			int r;

			kmod_set_log_fn(ctx, NULL, NULL);
			if (calls[i].call == do_filter)
				assert_int_equal(do_filter(ctx, NULL), 0);
			oom_arm(n);
			r = calls[i].call(ctx, mod);
			fired = oom_fired();
			if (fired && r != -ENOMEM && !(calls[i].may_work && r >= 0))
				fail_msg("%s gives %d when allocation %u fails", calls[i].name, r, n);
			if (fired) { /* nothing wrong is remembered, nor was it said */
				int again = calls[i].call(ctx, mod);

				if (r >= 0)
					assert_int_equal(r, again);
				r = again;
			}
			if (r < 0)
				fail_msg("%s gives %d", calls[i].name, r);
			if (calls[i].call == do_filter)
				assert_int_equal(do_filter(NULL, NULL), 0);
			assert_null(kmod_module_unref(mod));
			assert_null(kmod_unref(ctx));
			if (!fired) {
				if (n == 1)
					fail_msg("%s allocates nothing?", calls[i].name);
				break;
			}
		}
	}
}

/* ---- sequences of real clients, 14 ---------------------------------------- */

/* udevd: one context for all events; after each batch nothing is left */
static void l80_udevd(void **state)
{
	struct kmod_ctx *ctx = NULL;

	(void)state;
	put("etc/modprobe.d/x.conf", "blacklist mod_e\n");
	for (int batch = 0; batch < 3; batch++) {
		static const char *const aliases[] = { "pci:v00001234d1", "mod_b", "nothing", "bimod",
						       "mod_e" };
		static const int want[] = { 0, 0, -1, 0, KMOD_PROBE_APPLY_BLACKLIST };
		char release[] = "/lib/modules/9.9.9";

		ctx = kmod_new(NULL, PATHS("etc/modprobe.d"));
		assert_string_equal(kmod_get_dirname(ctx), release);
		kmod_set_log_fn(ctx, NULL, NULL);
		(void)kmod_load_resources(ctx);
		for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
			struct kmod_list *list = NULL, *l;
			int found = -1;

			assert_int_equal(kmod_module_new_from_lookup(ctx, aliases[i], &list), 0);
			kmod_list_foreach(l, list) {
				struct kmod_module *mod = kmod_module_get_module(l);
				int seen = kmod_module_get_initstate(mod);

				found = 0;
				if (seen != KMOD_MODULE_BUILTIN && seen != KMOD_MODULE_LIVE)
					found = kmod_module_probe_insert_module(mod,
							KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL, NULL);
				(void)kmod_module_unref(mod);
			}
			assert_int_equal(found, want[i]);
			assert_int_equal(kmod_module_unref_list(list), 0);
		}
		assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_OK);
		make_older("etc/modprobe.d");
		if (batch == 0)
			assert_int_equal(kmod_validate_resources(ctx), KMOD_RESOURCES_MUST_RECREATE);
		assert_null(kmod_unref(ctx));
	}
	assert_string_equal(kernel_calls(),
			    "finit mod_d 0 <>; finit mod_c 0 <>; finit mod_b 0 <>; ");
}

/* rpminspect: a module outlives the context's creator; another context has the other file */
static void l80_two_files_of_one_name(void **state)
{
	struct kmod_module *mods[2];

	(void)state;
	put_dir("old");
	assert_int_equal(rename("versions.ko", "old/mod_a.ko"), 0);
	for (int i = 0; i < 2; i++) {
		struct kmod_ctx *ctx = kmod_new(NULL, PATHS());

		assert_int_equal(kmod_module_new_from_path(ctx, i ? ROOT_MODULES "/kernel/mod_a.ko" :
								    "old/mod_a.ko", &mods[i]), 0);
		assert_ptr_equal(kmod_unref(ctx), ctx);
	}
	for (int i = 0; i < 2; i++) {
		struct kmod_list *list = NULL;

		assert_int_equal(kmod_module_get_info(mods[i], &list), i ? 6 : 2);
		kmod_module_info_free_list(list);
		assert_null(kmod_module_unref(mods[i]));
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l4_no_context_is_no_crash),
		TEST(l4_no_module_is_no_crash),
		TEST(l5_a_lookup_looks_only_at_the_pointer_it_is_given),
		TEST(l6_a_filter_overwrites),
		TEST(memory_may_run_out_anywhere),
		TEST(nothing_is_allocated_where_nothing_can_be_said),
		TEST(l80_udevd),
		TEST(l80_two_files_of_one_name),
	};

	return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
