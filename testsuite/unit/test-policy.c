/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rules mean for a module; lNN are edge cases of docs/spec/libkmod-api.md 16. */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "libkmod/conf.h"
#include "libkmod/policy.h"
#include "shared/cleanup.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

static struct kmod_list *list_of(const char *first, const char *second)
{
	struct kmod_list *list = NULL;
	char conf[128];
	struct kmod_ctx *other;

	/* an alias with two targets gives a list of any two */
	(void)snprintf(conf, sizeof(conf), "alias both %s\nalias both %s\n%s", first, second,
		       "blacklist mod-a\n");
	other = context_with(conf);
	assert_int_equal(kmod_module_new_from_lookup(other, "both", &list), 0);
	assert_ptr_equal(kmod_unref(other), other); /* lives as long as the list */
	return list;
}

static void l45_filters(void **state)
{
	struct kmod_list *in = list_of("mod_a", "bimod"), *out = NULL;
	struct kmod_ctx *ctx = context_with("");
	static const struct {
		int filter;
		const char *want;
	} cases[] = {
		{ 0, "mod_a bimod" },
		{ KMOD_FILTER_BUILTIN, "mod_a" },
		{ KMOD_FILTER_BLACKLIST, "bimod" },
		{ KMOD_FILTER_BLACKLIST | KMOD_FILTER_BUILTIN, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		out = in; /* is overwritten without being looked at */
		assert_int_equal(kmod_module_apply_filter(ctx, (enum kmod_filter)cases[i].filter, in,
							  &out), 0);
		assert_ptr_not_equal(out, in);
		assert_string_equal(names_of_taken(out), cases[i].want);
		assert_string_equal(names_of(in), "mod_a bimod");
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	assert_int_equal(kmod_module_get_filtered_blacklist(ctx, in, &out), 0);
#pragma GCC diagnostic pop
	assert_string_equal(names_of_taken(out), "bimod");
	assert_int_equal(kmod_module_unref_list(in), 0);
	assert_null(kmod_unref(ctx));
}

static void blacklists_are_names_not_patterns_and_not_aliases(void **state)
{
	struct kmod_ctx *ctx = context_with("blacklist mod-*\nblacklist testalias-b\n"
					    "blacklist mod-c\nblacklist mod_c\n");
	static const struct {
		const char *name;
		unsigned line; /* 0: not blacklisted */
	} cases[] = { { "mod_a", 0 }, { "mod_b", 0 }, { "mod_c", 3 }, { "testalias_b", 2 } };
	struct kmod_module *alias = by_alias(ctx, "testalias-b");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmod_module *mod = by_name(ctx, cases[i].name);
		const struct conf_rule *rule = policy_blacklist(mod);

		assert_int_equal(rule ? rule->line : 0, cases[i].line);
		(void)kmod_module_unref(mod);
	}
	assert_null(policy_blacklist(alias));
	assert_null(kmod_module_unref(alias));
	assert_null(kmod_unref(ctx));
}

static void options_are_joined_in_reading_order(void **state)
{
	struct kmod_ctx *ctx;
	struct kmod_module *mod, *none;
	const char *options;

	(void)state;
	put("c/b.conf", "options mod-a b=2\noptions mod_b no\noptions mod_? no\n");
	put("c/a.conf", "options mod_a a=1 \"q=x y\"\n");
	put("proc/cmdline", "mod_a.k=3 quiet\n");
	ctx = new_context(PATHS("c"));
	mod = by_name(ctx, "mod_a");
	none = by_name(ctx, "mod_c");
	options = kmod_module_get_options(mod);
	assert_string_equal(options, "a=1 \"q=x y\" b=2 k=3");
	assert_ptr_equal(kmod_module_get_options(mod), options);
	assert_null(kmod_module_get_options(none));
	assert_null(kmod_module_get_options(none));
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_module_unref(none));
	assert_null(kmod_unref(ctx));
}

static void options_without_memory_are_asked_again(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct kmod_ctx *ctx = context_with("options x a=1\noptions x "
						    "b=123456789012345678901234567890123456789012345678901234567890\n");
		struct kmod_module *mod = by_name(ctx, "x");
		const char *options;
		bool fired;

		oom_arm(n);
		options = kmod_module_get_options(mod);
		fired = oom_fired();
		assert_true(fired == !options);
		assert_int_equal(strlen(kmod_module_get_options(mod)), 66);
		assert_null(kmod_module_unref(mod));
		assert_null(kmod_unref(ctx));
		if (!fired) {
			assert_true(n > 2);
			break;
		}
	}
}

static void the_first_command_that_matches_counts(void **state)
{
	struct kmod_ctx *ctx = context_with("install mod_[ab] first  one\ninstall mod-a second\n"
					    "remove * all\nremove mod_a never\n");
	struct kmod_module *a = by_name(ctx, "mod_a"), *c = by_name(ctx, "mod_c"),
			   *alias = by_alias(ctx, "testalias-b");

	(void)state;
	assert_string_equal(kmod_module_get_install_commands(a), "first  one");
	assert_string_equal(kmod_module_get_install_commands(a), "first  one");
	assert_string_equal(kmod_module_get_install_commands(alias), "first  one");
	assert_null(kmod_module_get_install_commands(c));
	assert_string_equal(kmod_module_get_remove_commands(a), "all");
	assert_string_equal(kmod_module_get_remove_commands(c), "all");
	assert_int_equal(policy_install(a)->line, 1);
	assert_int_equal(policy_remove(a)->line, 3);
	assert_null(kmod_module_unref(a));
	assert_null(kmod_module_unref(c));
	assert_null(kmod_module_unref(alias));
	assert_null(kmod_unref(ctx));
}

/* 65, 76; docs/spec/README.md 13 */
static void l65_l76_the_options_take_their_place_in_the_command_once(void **state)
{
	static const struct {
		const char *command, *options, *want;
	} cases[] = {
		{ "C-$CMDLINE_OPTS-$CMDLINE_OPTS", "z=1", "C-z=1-z=1" },
		{ "no place", "z=1", "no place" },
		{ "a $CMDLINE_OPTS", "", "a " },
		{ "$CMDLINE_OPTSX", "o", "oX" },
		{ "$CMDLINE_OPT $$CMDLINE_OPTS", "o", "$CMDLINE_OPT $o" },
		{ "x $CMDLINE_OPTS", "a=1 b=2 ", "x a=1 b=2 " },
		{ "x $CMDLINE_OPTS", "a=$CMDLINE_OPTS", "x 'a=$CMDLINE_OPTS'" }, /* not again */
		{ "x $CMDLINE_OPTS", "y=\"a b\" z", "x 'y=\"a b\"' z" },
		{ "x $CMDLINE_OPTS", "a;reboot b='c", "x 'a;reboot' 'b='\\''c'" },
		{ "x $CMDLINE_OPTS", "a=`id` *", "x 'a=`id`' '*'" },
		{ "x $CMDLINE_OPTS", "open=\"never closed", "x 'open=\"never closed'" },
		{ "x $CMDLINE_OPTS", "~ a=~ #c", "x '~' 'a=~' '#c'" },
		{ "", "z", "" },
		{ "x $CMDLINE_OPTS", "a=123456789012345678901234567890123456789012345678901234567890 "
				     "b=123456789012345678901234567890123456789012345678901234567890;",
		  "x a=123456789012345678901234567890123456789012345678901234567890 "
		  "'b=123456789012345678901234567890123456789012345678901234567890;'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (unsigned n = 1;; n++) {
			char untouched, *got = &untouched;
			int r;

			oom_arm(n);
			r = policy_expand_command(cases[i].command, cases[i].options, &got);
			if (oom_fired()) {
				assert_int_equal(r, -ENOMEM);
				assert_ptr_equal(got, &untouched);
				continue;
			}
			assert_int_equal(r, 0);
			assert_string_equal(got, cases[i].want);
			free(got);
			assert_true(n > 1);
			break;
		}
	}
}

/* The shell gives back what was typed, whatever it was. */
static void every_byte_passes_the_shell_unchanged(void **state)
{
	char options[256], want[300], line[300] = "";
	auto_free char *command = NULL;
	size_t n = 0;
	FILE *pipe;

	(void)state;
	for (int c = 1; c < 256; c++) {
		if (c != ' ' && c != '"' && c != '\n')
			options[n++] = (char)c;
	}
	options[n] = '\0';
	assert_int_equal(policy_expand_command("printf %s $CMDLINE_OPTS", options, &command), 0);
	(void)snprintf(want, sizeof(want), "%s", options);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(line, 1, sizeof(line) - 1, pipe);
	assert_int_equal(pclose(pipe), 0);
	line[n] = '\0';
	assert_string_equal(line, want);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, root_enter_api, root_leave)
	const struct CMUnitTest tests[] = {
		TEST(l45_filters),
		TEST(blacklists_are_names_not_patterns_and_not_aliases),
		TEST(options_are_joined_in_reading_order),
		TEST(options_without_memory_are_asked_again),
		TEST(the_first_command_that_matches_counts),
		TEST(l65_l76_the_options_take_their_place_in_the_command_once),
		TEST(every_byte_passes_the_shell_unchanged),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
