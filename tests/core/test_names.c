// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of the version, of ways and of goals. */
#include "support.h"

static void the_library_has_the_version_of_the_project(void **state)
{
	(void)state;
	assert_string_equal(lm_version(), PROJECT_VERSION);
}

static void every_way_has_a_name_of_its_own(void **state)
{
	(void)state;
	assert_string_equal(lm_way_name(LM_IN_PLACE), "in-place");
	assert_string_equal(lm_way_name(LM_LIVE), "live");
	assert_string_equal(lm_way_name(LM_BREAK), "break");
	assert_string_equal(lm_way_name(LM_SWITCH), "switch");
	assert_string_equal(lm_way_name(LM_ROLL), "roll");
	assert_string_equal(lm_way_name(LM_WAYS), "unknown");
}

static void every_goal_has_a_name_of_its_own(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB, 1 * GIB } } };
	struct lm_leaf_change change = { LM_ATTR_READ_ONLY, 0 };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	assert_string_equal(lm_goal_name(&edit), "to-pages");
	lm_edit_to_boundaries(&edit, &m.map, m.linear.range);
	assert_string_equal(lm_goal_name(&edit), "to-boundaries");
	lm_edit_protect(&edit, &m.map, m.linear.range, change);
	assert_string_equal(lm_goal_name(&edit), "protect");
	lm_edit_non_global(&edit, &m.map);
	assert_string_equal(lm_goal_name(&edit), "non-global");
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	assert_string_equal(lm_goal_name(&edit), "collapse");
	lm_edit_unmap(&edit, &m.map, m.linear.range);
	assert_string_equal(lm_goal_name(&edit), "unmap");
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD(&list, the_library_has_the_version_of_the_project);
	ADD(&list, every_way_has_a_name_of_its_own);
	ADD(&list, every_goal_has_a_name_of_its_own);
	return test_list_run(&list, "names");
}
