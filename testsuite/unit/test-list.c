/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public list. docs/spec/libkmod-api.md 3; l3 is edge case 3 of its section 16. */
#include "testsuite/unit/unit.h"

#include <stdlib.h>

#include "libkmod/list.h"
#include "shared/array.h"
#include "testsuite/unit/fake-root.h"
#include "testsuite/unit/oom.h"

_Static_assert(offsetof(struct kmod_list, next) == 0, "ABI");
_Static_assert(offsetof(struct kmod_list, prev) == sizeof(void *), "ABI");
_Static_assert(offsetof(struct kmod_list, data) == 2 * sizeof(void *), "ABI");

static void walks_end_before_the_head(void **state)
{
	struct kmod_list *list = NULL, *l;
	int data[4];
	int i = 0;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(list_append(&list, &data[i]), 0);
	i = 0;
	kmod_list_foreach(l, list)
		assert_ptr_equal(l->data, &data[i++]);
	assert_int_equal(i, 4);
	kmod_list_foreach_reverse(l, list)
		assert_ptr_equal(l->data, &data[--i]);
	assert_int_equal(i, 0);
	assert_ptr_equal(kmod_list_last(list)->data, &data[3]);
	assert_null(kmod_list_prev(list, list));
	assert_null(kmod_list_next(list, kmod_list_last(list)));
	/* any node may be the head */
	i = 2;
	kmod_list_foreach(l, kmod_list_next(list, list)->next)
		assert_ptr_equal(l->data, &data[i++ % 4]);
	assert_int_equal(i, 6);
	list_free(list->next, NULL); /* and frees all */
}

static void one_element_is_its_own_last(void **state)
{
	struct kmod_list *list = NULL;

	(void)state;
	assert_int_equal(list_append(&list, &list), 0);
	assert_null(kmod_list_next(list, list));
	assert_null(kmod_list_prev(list, list));
	assert_ptr_equal(kmod_list_last(list), list);
	list_free(list, NULL);
}

static void null_is_the_empty_list(void **state)
{
	struct kmod_list *list = NULL, *l;

	(void)state;
	assert_int_equal(list_append(&list, NULL), 0);
	assert_null(kmod_list_next(NULL, NULL));
	assert_null(kmod_list_next(NULL, list));
	assert_null(kmod_list_next(list, NULL));
	assert_null(kmod_list_prev(NULL, list));
	assert_null(kmod_list_prev(list, NULL));
	assert_null(kmod_list_last(NULL));
	kmod_list_foreach(l, NULL)
		fail();
	kmod_list_foreach_reverse(l, NULL)
		fail();
	list_free(NULL, free);
	list_free(list, NULL);
}

static void l3_a_binding_may_walk_the_memory(void **state)
{
	struct kmod_ctx *ctx = new_context(PATHS());
	struct kmod_module *mod = by_name(ctx, "mod_f");
	struct kmod_list *list = kmod_module_get_dependencies(mod);
	void **word = (void **)(void *)list;

	(void)state;
	assert_non_null(list);
	assert_ptr_equal(word[0], kmod_list_next(list, list));
	assert_ptr_equal(word[1], kmod_list_last(list));
	assert_string_equal(kmod_module_get_name(word[2]), "mod_c");
	assert_string_equal(kmod_module_get_name(((void **)word[1])[2]), "mod_e");
	assert_int_equal(kmod_module_unref_list(list), 0);
	assert_null(kmod_module_unref(mod));
	assert_null(kmod_unref(ctx));
}

static unsigned released;

static void count(void *data)
{
	(void)data;
	released++;
}

static void without_memory_a_list_stays_as_it_was(void **state)
{
	struct kmod_list *list = NULL;
	struct array blocks = ARRAY_INIT;

	(void)state;
	oom_arm(1);
	assert_int_equal(list_append(&list, &list), -ENOMEM);
	assert_true(oom_fired());
	assert_null(list);
	assert_int_equal(list_append(&list, &list), 0);
	oom_arm(1);
	assert_int_equal(list_append(&list, &list), -ENOMEM);
	assert_true(oom_fired());
	assert_ptr_equal(list->next, list);
	list_free(list, count);
	assert_int_equal(released, 1);

	for (unsigned n = 1;; n++) {
		int r;

		list = NULL;
		for (int i = 0; i < 3; i++)
			assert_int_equal(array_push(&blocks, malloc(1)), 0);
		oom_arm(n);
		r = list_from_array(&list, &blocks);
		assert_int_equal(blocks.n, 0);
		if (!oom_fired()) {
			assert_int_equal(r, 3);
			assert_int_equal(n, 4);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(list);
	}
	list_free(list, free);
	list = NULL;
	assert_int_equal(list_from_array(&list, &blocks), 0);
	assert_null(list);
	array_release(&blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_end_before_the_head),
		cmocka_unit_test(one_element_is_its_own_last),
		cmocka_unit_test(null_is_the_empty_list),
		cmocka_unit_test_setup_teardown(l3_a_binding_may_walk_the_memory, root_enter_api,
						root_leave),
		cmocka_unit_test(without_memory_a_list_stays_as_it_was),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
