/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which known names a mistyped one may have meant. */
#include "testsuite/unit/unit.h"

#include "shared/nearest.h"
#include "shared/strbuf.h"
#include "testsuite/unit/oom.h"

static const char *said(const char *name, const char *const *known, size_t n)
{
	static char text[256];
	auto_strbuf struct strbuf out = STRBUF_INIT;
	struct nearest near;

	nearest_init(&near, name);
	for (size_t i = 0; i < n; i++)
		nearest_offer(&near, known[i]);
	assert_int_equal(nearest_say(&near, &out), 0);
	assert_true(out.len < sizeof(text));
	memcpy(text, strbuf_str(&out), out.len + 1);
	return text;
}
#define SAID(name, ...) \
	said(name, (const char *const[]){ __VA_ARGS__ }, ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

static void one_slip_in_three_letters_two_at_most(void **state)
{
	(void)state;
	assert_string_equal(SAID("xfss", "xfs"), " (did you mean xfs?)"); /* one too many */
	assert_string_equal(SAID("btrf", "btrfs"), " (did you mean btrfs?)"); /* one lost */
	assert_string_equal(SAID("bntrfs", "btrfs"), " (did you mean btrfs?)");
	assert_string_equal(SAID("btfrs", "btrfs"), " (did you mean btrfs?)"); /* two swapped */
	assert_string_equal(SAID("ext5", "ext4"), " (did you mean ext4?)"); /* one for another */
	assert_string_equal(SAID("nouvaeu_x", "nouveau"), "");
	assert_string_equal(SAID("nuovaeu", "nouveau"), " (did you mean nouveau?)"); /* two slips */
	assert_string_equal(SAID("snd-hda-intl", "snd_hda_intel"), " (did you mean snd_hda_intel?)");
	assert_string_equal(SAID("ab", "ac", "abc", "a"), ""); /* too short to tell */
	assert_string_equal(SAID("", "a", "", "abc"), " (did you mean ?)");
	assert_string_equal(SAID("abcdef", "uvwxyz"), "");
}

static void the_nearest_three_in_the_order_they_came(void **state)
{
	(void)state;
	assert_string_equal(SAID("module_x", "module_yy", "module_a", "module_b", "module_zz",
				 "module_c", "module_d", "module_a"),
			    " (did you mean module_a, module_b or module_c?)");
	assert_string_equal(SAID("module_x", "module_yy", "module_zz", "module_ww", "modulex"),
			    " (did you mean modulex, module_yy or module_zz?)");
	assert_string_equal(SAID("module_x", "module_yy", "module_y"),
			    " (did you mean module_y or module_yy?)");
}

static void long_names_are_near_to_nothing(void **state)
{
	char longest[NEAREST_LENGTH + 2], other[NEAREST_LENGTH + 2];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[NEAREST_LENGTH] = '\0';
	memcpy(other, longest, sizeof(other));
	other[3] = 'y';
	assert_true(strlen(SAID(longest, other)) > NEAREST_LENGTH);
	longest[NEAREST_LENGTH] = other[NEAREST_LENGTH] = 'x';
	longest[NEAREST_LENGTH + 1] = other[NEAREST_LENGTH + 1] = '\0';
	assert_string_equal(SAID(longest, other), "");
	longest[NEAREST_LENGTH] = '\0';
	assert_string_equal(SAID(longest, other), "");
}

static void memory_may_run_out(void **state)
{
	struct nearest near;
	char known[NEAREST_LENGTH];

	(void)state;
	memset(known, 'x', sizeof(known) - 1);
	known[sizeof(known) - 1] = '\0';
	nearest_init(&near, known);
	for (char c = 'a'; c < 'a' + NEAREST_MAX; c++) {
		known[0] = c;
		oom_arm(1);
		nearest_offer(&near, known); /* needs none */
		assert_false(oom_fired());
	}
	for (unsigned n = 1;; n++) {
		auto_strbuf struct strbuf out = STRBUF_INIT;
		int r;

		oom_arm(n);
		r = nearest_say(&near, &out);
		if (!oom_fired()) {
			assert_int_equal(r, 0);
			assert_true(n > 2);
			break;
		}
		assert_int_equal(r, -ENOMEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slip_in_three_letters_two_at_most),
		cmocka_unit_test(the_nearest_three_in_the_order_they_came),
		cmocka_unit_test(long_names_are_near_to_nothing),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
