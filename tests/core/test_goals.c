// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every goal in each geometry and by each way: what has to be there
 * afterwards, and that nothing is lost wherever it is given up before. What single goals
 * promise besides is in files of their own.
 */
#include "trials.h"

#include <stdio.h>
#include <stdlib.h>

/* ------------------------------------------------------------------- properties */

static void an_edit_does_what_the_reference_does(void **state)
{
	struct trial *t = *state;
	const char *name = t->config.name;
	struct snapshot snapshot;
	uint64_t tables;

	trial_begin(t);
	tables = sim_tables_allocated(t->m.sim);
	snapshot_take(&snapshot, &t->m);
	expect_ok(edit_plan(&t->edit, t->way));
	expect_ok(lm_edit_reserve(&t->edit));
	expect_count(sim_tables_allocated(t->m.sim) - tables,
		     t->edit.plan.bytes / machine_granule(&t->m), "%s: tables reserved",
		     name);
	expect_ok(lm_edit_stage(&t->edit));
	expect_unchanged(&snapshot, &t->m);
	snapshot_free(&snapshot);

	expect_ok(machine_commit(&t->m, &t->edit));
	expect_count(lm_edit_tables_left(&t->edit), 0, "%s: tables left", name);
	expect_count(t->m.in_stop.allocations + t->m.in_stop.frees, 0,
		     "%s: allocations in the stop", name);
	if (way_copies(t->way))
		expect_count(t->m.in_stop.stores, t->edit.plan.updates,
			     "%s: stores in the stop", name);
	expect_ok(lm_edit_release(&t->edit));
	expect_count(sim_tables_allocated(t->m.sim),
		     tables + sum_of_levels(t->edit.plan.new_tables) -
			     sum_of_levels(t->edit.plan.retired_tables),
		     "%s: tables", name);
	expect_these_leaves(&t->m, &t->after);
	/* The model does not count present-invalid leaves. */
	if (t->goal != HOLD)
		expect_census(&t->m);
	expect_well_formed(&t->m);
	expect_no_mixed_run(&t->m, false, 0);
	expect_clean(&t->m);
	trial_end(t);
}

static void what_was_done_needs_not_be_done_again(void **state)
{
	struct trial *t = *state;
	int err;

	trial_begin(t);
	expect_ok(machine_edit(&t->m, &t->edit, t->way));
	trial_begin_edit(t);
	err = edit_prepare(&t->edit, t->way);
	expect_count(t->edit.plan.bytes, 0, "%s: bytes", t->config.name);
	expect_count(t->edit.plan.leaves, 0, "%s: leaves", t->config.name);
	/* There may be something that stands in the way of an even larger leaf. */
	if (t->goal == COLLAPSE && err == -LM_ENOLEAF)
		assert_true(t->edit.obstacle != LM_NO_OBSTACLE);
	else
		expect_ok(err);
	if (!err) {
		expect_ok(machine_commit(&t->m, &t->edit));
		expect_count(t->m.in_stop.stores, 0, "%s: stores", t->config.name);
	}
	expect_ok(lm_edit_release(&t->edit));
	expect_these_leaves(&t->m, &t->after);
	expect_clean(&t->m);
	trial_end(t);
}

static void without_memory_nothing_happens(void **state)
{
	struct trial one_by_one = *(struct trial *)*state;
	struct trial *t = &one_by_one;
	bool enough = false;

	t->config.longest_run = 1;
	for (uint64_t nth = 1; !enough; nth++) {
		struct snapshot snapshot;
		uint64_t tables;
		int err;

		trial_begin(t);
		tables = sim_tables_allocated(t->m.sim);
		snapshot_take(&snapshot, &t->m);
		expect_ok(edit_plan(&t->edit, t->way));
		sim_fail_alloc(t->m.sim, nth);
		err = lm_edit_reserve(&t->edit);
		sim_fail_alloc(t->m.sim, 0);
		enough = !err;
		if (err)
			expect_error(err, LM_ENOMEM);
		else
			expect_count(nth - 1, t->edit.plan.bytes / machine_granule(&t->m),
				     "%s: allocations", t->config.name);
		/* After a failure it can be tried again. */
		if (err)
			expect_ok(lm_edit_reserve(&t->edit));
		expect_ok(lm_edit_abort(&t->edit));
		expect_unchanged(&snapshot, &t->m);
		expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
			     t->config.name);
		snapshot_free(&snapshot);
		trial_end(t);
	}
}

/* Does @steps of plan, reserve and stage. */
static void go_to(struct trial *t, int steps)
{
	if (steps > 0)
		expect_ok(edit_plan(&t->edit, t->way));
	if (steps > 1)
		expect_ok(lm_edit_reserve(&t->edit));
	if (steps > 2)
		expect_ok(lm_edit_stage(&t->edit));
}

static void what_is_given_up_leaves_nothing_behind(void **state)
{
	struct trial *t = *state;

	for (int steps = 0; steps <= 3; steps++) {
		struct snapshot snapshot;
		uint64_t tables;

		trial_begin(t);
		tables = sim_tables_allocated(t->m.sim);
		snapshot_take(&snapshot, &t->m);
		go_to(t, steps);
		expect_ok(lm_edit_abort(&t->edit));
		expect_unchanged(&snapshot, &t->m);
		expect_census(&t->m);
		expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
			     t->config.name);
		expect_clean(&t->m);
		snapshot_free(&snapshot);
		trial_end(t);
	}
}

static void a_plan_of_another_time_is_stale(void **state)
{
	struct trial *t = *state;

	for (int steps = 1; steps <= 3; steps++) {
		struct snapshot snapshot;
		uint64_t tables;

		trial_begin(t);
		tables = sim_tables_allocated(t->m.sim);
		snapshot_take(&snapshot, &t->m);
		go_to(t, steps);
		expect_ok(lm_region_recount(&t->m.map, &t->m.linear));
		if (steps == 1)
			expect_error(lm_edit_reserve(&t->edit), LM_ESTALE);
		if (steps == 2)
			expect_error(lm_edit_stage(&t->edit), LM_ESTALE);
		if (steps == 3)
			expect_error(machine_commit(&t->m, &t->edit), LM_ESTALE);
		expect_ok(lm_edit_release(&t->edit));
		expect_unchanged(&snapshot, &t->m);
		expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
			     t->config.name);
		snapshot_free(&snapshot);
		trial_end(t);
	}
}

/* What maps the first page of the goal. */
static const struct leaf *first_leaf(const struct trial *t)
{
	const struct leaf *leaf = t->before.leaf;

	while (trial_range(t).va - leaf->va >= leaf->size)
		leaf++;
	return leaf;
}

/* What is not staged cannot be stale: it is read when it is changed. */
static bool is_compared(const struct trial *t)
{
	const struct leaf *leaf = first_leaf(t);
	struct stretch range = trial_range(t);
	bool is_split = leaf->va < range.va || leaf->size > range.size;

	/* What is below a table that goes is unmapped, whatever it is. */
	if (t->goal == UNMAP && !t->after.count &&
	    leaf->level > machine_start_level(&t->config))
		return false;
	return t->way != LM_IN_PLACE &&
	       (t->way != LM_LIVE || (t->goal != PROTECT && t->goal != HOLD) || is_split);
}

static void a_leaf_that_changed_after_staging_is_not_lost(void **state)
{
	struct trial *t = *state;
	struct snapshot snapshot;
	uint64_t *entry;

	trial_begin(t);
	expect_ok(edit_prepare(&t->edit, t->way));
	entry = machine_slot(&t->m, trial_range(t).va, first_leaf(t)->level);
	machine_poke(&t->m, entry, *entry ^ UINT64_C(0x0200000000000000));
	snapshot_take(&snapshot, &t->m);
	if (is_compared(t)) {
		expect_error(machine_commit(&t->m, &t->edit), LM_ESTALE);
		expect_unchanged(&snapshot, &t->m);
	} else {
		expect_ok(machine_commit(&t->m, &t->edit));
		if (t->goal == UNMAP)
			expect_these_leaves(&t->m, &t->after);
		else
			assert_true(*machine_slot(&t->m, trial_range(t).va, 3) >> 57 & 1);
	}
	expect_ok(lm_edit_release(&t->edit));
	expect_clean(&t->m);
	snapshot_free(&snapshot);
	trial_end(t);
}

static void a_way_that_cannot_is_refused_and_nothing_happens(void **state)
{
	struct trial *t = *state;
	struct snapshot snapshot;
	uint64_t tables;
	int err;

	trial_begin(t);
	tables = sim_tables_allocated(t->m.sim);
	snapshot_take(&snapshot, &t->m);
	err = edit_prepare(&t->edit, t->way);
	if (t->way == LM_ROLL) {
		/* Another memory type, while some CPUs have moved and others have not. */
		expect_error(err, LM_EUNSAFE);
	} else if (t->goal != PROTECT) {
		expect_error(err, LM_EWAY);
	} else {
		expect_ok(err);
		expect_error(machine_commit(&t->m, &t->edit), LM_EUNSAFE);
	}
	expect_ok(lm_edit_release(&t->edit));
	expect_unchanged(&snapshot, &t->m);
	expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
		     t->config.name);
	expect_clean(&t->m);
	snapshot_free(&snapshot);
	trial_end(t);
}

/* --------------------------------------------------------------------- the list */

static void add_trial(struct test_list *list, struct trial *t, const char *scenario)
{
	char name[96];

	snprintf(name, sizeof(name), "%s/%s/%s", scenario, t->config.name,
		 way_names[t->way]);
	if (!t->is_possible) {
		ADD_CASE(list, a_way_that_cannot_is_refused_and_nothing_happens, name, t);
		return;
	}
	ADD_CASE(list, an_edit_does_what_the_reference_does, name, t);
	ADD_CASE(list, what_was_done_needs_not_be_done_again, name, t);
	ADD_CASE(list, without_memory_nothing_happens, name, t);
	ADD_CASE(list, what_is_given_up_leaves_nothing_behind, name, t);
	ADD_CASE(list, a_plan_of_another_time_is_stale, name, t);
	/* A roll needs the promise that nobody does that. */
	if (t->way != LM_ROLL)
		ADD_CASE(list, a_leaf_that_changed_after_staging_is_not_lost, name, t);
}

int test_main(void)
{
	struct trial *trials =
		calloc(scenario_count * geometry_count * LM_WAYS, sizeof(*trials));
	struct test_list list = { 0 };
	size_t count = 0;
	int failed;

	if (!trials)
		abort();
	for (size_t n = 0; n < scenario_count * geometry_count * LM_WAYS; n++) {
		const struct geometry *g = &geometries[n / LM_WAYS % geometry_count];
		const struct scenario *s = &scenarios[n / LM_WAYS / geometry_count];

		if (!s->is_for(g))
			continue;
		trials[count] = trial_of_scenario(s, g, (enum lm_way)(n % LM_WAYS));
		add_trial(&list, &trials[count++], s->name);
	}
	failed = test_list_run(&list, "goals");
	free(trials);
	return failed;
}
