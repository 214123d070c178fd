// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Making a whole map not-global: every leaf of every region, and no TLB that holds a
 * global one afterwards. What it comes to in each geometry is in test_goals.c.
 */
#include "support.h"

#include <inttypes.h>

#define NOT_GLOBAL    UINT64_C(0x800)
#define SOFTWARE_MARK UINT64_C(0x0400000000000000)

static bool has_two_ranges(const struct geometry *g)
{
	return g->machine.regime == LM_EL1_0 || g->machine.regime == LM_EL2_0;
}

static bool has_one_range(const struct geometry *g)
{
	return !has_two_ranges(g);
}

static bool has_pages_below_the_root(const struct geometry *g)
{
	return has_two_ranges(g) && g->start_level < 3;
}

static bool is_possible(enum lm_way way)
{
	return way == LM_BREAK || way_copies(way);
}

static bool may_hold_global(const struct machine *m)
{
	return sim_may_hold_global(m->sim, machine_base(m), -machine_base(m)) ||
	       sim_may_hold_global(m->sim, m->linear.range.start.v, m->linear.range.size);
}

/* Two banks, and in the first the kernel's alias, which is a region of its own. */
static void start_two_regions(struct machine *m, const struct geometry *g)
{
	struct machine_config config = g->machine;

	config.present_invalid = SOFTWARE_MARK;
	config.alias = (struct bank){ geometry_run(g), g->run };
	machine_start(m, &config);
}

static void every_leaf_of_all_regions_is_not_global(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	const struct bank page = { geometry_page(g), g->page };
	struct leaves leaves;
	struct lm_edit edit;
	struct machine m;
	uint64_t *held;
	uint64_t word;
	uint64_t tables;

	if (!is_possible(life->way))
		return;
	start_two_regions(&m, g);
	tables = sim_tables_allocated(m.sim);
	leaves_of_mappings(&leaves, &m);
	leaves_protect(&leaves, &m,
		       (struct stretch){ m.linear.range.start.v, m.linear.range.size },
		       NULL, 0, NOT_GLOBAL, 0);
	/* One that is invalid and holds its page stays so. */
	expect_ok(lm_protect(&m.map, machine_range(&m, page),
			     lm_change_to_invalid(&m.map.fmt), LM_WALKED_BY_TOLERANT,
			     NULL));
	held = machine_slot_of(&m, page.pa, 3);
	word = *held;
	assert_true(may_hold_global(&m));
	lm_edit_non_global(&edit, &m.map);
	expect_ok(machine_edit(&m, &edit, life->way));
	assert_false(may_hold_global(&m));
	assert_int_equal(*machine_slot_of(&m, page.pa, 3), word | NOT_GLOBAL);
	expect_count(sim_tables_allocated(m.sim), tables, "tables");
	for (int level = 0; level < LM_LEVELS; level++)
		expect_count(edit.plan.new_tables[level], 0, "new tables");
	expect_count(edit.plan.leaves, 0, "leaves that change their sizes");
	expect_clean(&m);

	expect_ok(lm_protect(&m.map, machine_range(&m, page),
			     lm_change_to_valid(&m.map.fmt, (lm_attrs_t){ 0 }),
			     LM_WALKED_BY_TOLERANT, NULL));
	expect_these_leaves(&m, &leaves);
	expect_census(&m);
	expect_well_formed(&m);
	expect_clean(&m);
	assert_false(may_hold_global(&m));
	leaves_free(&leaves);
	machine_stop(&m);
}

/* A region around everything is one of the regions, and so are those inside it. */
static void regions_inside_regions_are_no_matter(void **state)
{
	const struct geometry *g = *state;
	struct lm_region inner = { .name = "inner" };
	struct machine m;
	struct lm_edit edit;

	machine_start_empty(&m, &g->machine);
	m.linear = (struct lm_region){
		.name = "linear",
		.range = { { machine_base(&m) },
			   m.config.lower ? UINT64_C(1) << m.config.ia_bits :
					    -machine_base(&m) },
	};
	expect_ok(lm_map_add_region(&m.map, &m.linear));
	expect_ok(machine_map(&m, geometry_ram(g)));
	inner.range = machine_range(&m, (struct bank){ geometry_run(g), g->run });
	expect_ok(lm_map_add_region(&m.map, &inner));
	machine_start_cpus(&m);
	lm_edit_non_global(&edit, &m.map);
	expect_ok(machine_edit(&m, &edit, LM_SWITCH));
	m.mappings[0].attrs |= NOT_GLOBAL;
	expect_translations(&m);
	assert_false(may_hold_global(&m));
	expect_clean(&m);
	machine_stop(&m);
}

static void an_exception_is_refused(void **state)
{
	const struct geometry *g = *state;
	const struct bank page = { geometry_run(g), g->page };
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &g->machine);
	lm_edit_non_global(&edit, &m.map);
	lm_edit_except(&edit, machine_range(&m, page));
	expect_error(edit_plan(&edit, LM_SWITCH), LM_EINVAL);
	machine_stop(&m);
}

/* At EL2 the bit is reserved, at EL3 it chooses an address space. */
static void what_has_no_global_leaves_is_refused(void **state)
{
	const struct geometry *g = *state;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &g->machine);
	lm_edit_non_global(&edit, &m.map);
	expect_error(edit_plan(&edit, LM_SWITCH), LM_EINVAL);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void with_everybody_walking_no_way_but_a_roll_is_allowed(void **state)
{
	const struct life *life = *state;
	struct machine_config config = life->g->machine;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	int err;

	config.levels_given = true;
	for (int cpu = 0; cpu < CPUS; cpu++)
		config.bbm_level[cpu] = LM_BBM_LIVE;
	machine_start(&m, &config);
	snapshot_take(&snapshot, &m);
	lm_edit_non_global(&edit, &m.map);
	err = edit_prepare(&edit, life->way);
	if (!is_possible(life->way)) {
		expect_error(err, LM_EWAY);
	} else {
		expect_ok(err);
		expect_error(machine_commit_among(&m, &edit), LM_EUNSAFE);
	}
	expect_ok(lm_edit_release(&edit));
	expect_unchanged(&snapshot, &m);
	expect_clean(&m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void the_way_that_is_chosen_leaves_the_map(void **state)
{
	unsigned int culprit;
	struct lm_edit edit;
	struct machine m;
	enum lm_way way;

	(void)state;
	machine_start(&m, &geometries[3].machine);
	lm_edit_non_global(&edit, &m.map);
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_OTHERS_HELD, &way, &culprit));
	assert_int_equal(way, LM_SWITCH);
	expect_error(lm_choose_way(&edit, &m.cpus, 0, LM_NONE_HELD, &way, &culprit),
		     LM_EUNSAFE);
	m.map.env.move = NULL;
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_OTHERS_HELD, &way, &culprit));
	assert_int_equal(way, LM_BREAK);
	machine_stop(&m);
}

/* In a table that a switch copies and in a page that nothing else was noted of. */
static void a_change_in_a_copied_table_is_found(void **state)
{
	const struct geometry *g = *state;
	const uint64_t pages[] = { geometry_run(g), geometry_run(g) + g->page,
				   geometry_page(g) };

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct snapshot snapshot;
		struct lm_edit edit;
		struct machine m;
		uint64_t *slot;

		machine_start(&m, &g->machine);
		lm_edit_non_global(&edit, &m.map);
		expect_ok(edit_prepare(&edit, LM_SWITCH));
		slot = machine_slot_of(&m, pages[i], 3);
		machine_poke(&m, slot, *slot ^ UINT64_C(0x0100000000000000));
		snapshot_take(&snapshot, &m);
		expect_error(machine_commit(&m, &edit), LM_ESTALE);
		expect_unchanged(&snapshot, &m);
		expect_ok(lm_edit_release(&edit));
		expect_clean(&m);
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

/* What the library refuses, somebody does by hand: the model has to see why. */
static void the_model_finds_it_done_without_leaving_the_map(void **state)
{
	struct machine m;
	uint64_t *slot;

	(void)state;
	machine_start(&m, &geometries[3].machine);
	sim_hold_others(m.sim);
	slot = machine_slot_of(&m, geometry_page(&geometries[3]), 3);
	sim_store(m.sim, slot, *slot | NOT_GLOBAL);
	sim_barrier(m.sim, SIM_DSB_ISH);
	sim_tlbi(m.sim, SIM_VMALLE1IS);
	sim_barrier(m.sim, SIM_DSB_ISH);
	sim_let_go(m.sim);
	assert_true(sim_finding_count(m.sim, SIM_CONFLICT) > 0);
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD_LIVES(&list, every_leaf_of_all_regions_is_not_global, has_two_ranges);
	ADD_GEOMETRIES(&list, regions_inside_regions_are_no_matter, has_two_ranges);
	ADD_GEOMETRIES(&list, an_exception_is_refused, has_two_ranges);
	ADD_GEOMETRIES(&list, what_has_no_global_leaves_is_refused, has_one_range);
	ADD_UNLOCKED_LIVES(&list, with_everybody_walking_no_way_but_a_roll_is_allowed,
			   has_two_ranges);
	ADD(&list, the_way_that_is_chosen_leaves_the_map);
	ADD_GEOMETRIES(&list, a_change_in_a_copied_table_is_found,
		       has_pages_below_the_root);
	ADD(&list, the_model_finds_it_done_without_leaving_the_map);
	return test_list_run(&list, "global");
}
