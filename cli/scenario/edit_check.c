// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Checking a map after an edit. */
#include "scenario/edit_check.h"

#include "scenario/shape.h"
#include "scenario/verify.h"

int edit_verify(struct edit_run *run, const char *when, uint64_t *found)
{
	struct scenario *scenario = run->scenario;
	int err;

	if (!scenario->options->checks)
		return 0;
	edit_run_begin_step(run, "verifying tables");
	err = verify(&scenario->world, when, run->report, found, scenario->error);
	edit_run_end_step(run, REPORT_CHECK);
	return err;
}

static void check_pages(struct edit_run *run)
{
	struct scenario *scenario = run->scenario;
	const struct expectation *expectation = &scenario->expectation;
	struct report_edit *report = run->report;

	if (!scenario->options->checks) {
		report->pages = 0;
		return;
	}
	report->mismatches = expect_check(expectation, scenario->options->progress,
					  &report->pages_checked);
}

static void count_leaves(struct edit_run *run)
{
	const struct scenario *scenario = run->scenario;
	uint64_t granule = lm_granule_size(&scenario->world.fmt);
	struct report_edit *report = run->report;

	world_count_leaves(&scenario->world, &report->leaves_after);
	report_add_leaves(&report->leaves_after, granule, false,
			  expect_invalid(&scenario->expectation));
}

static void check_shape(struct edit_run *run)
{
	const struct world *world = &run->scenario->world;
	struct report_edit *report = run->report;
	bool is_collapse = run->request->goal == EDIT_COLLAPSE;
	struct lm_range input = world_input(world);

	report->not_shaped = shape_check(world, run->request,
					 is_collapse ?
						 &run->scenario->report->machine.leaves :
						 &report->leaves_before,
					 &report->leaves_after);
	report->global = sim_may_hold_global(world->sim, input.start.v, input.size);
}

static void count_tables(struct edit_run *run)
{
	const struct world *world = &run->scenario->world;
	struct report_edit *report = run->report;
	uint64_t tables = world_count_tables(world);

	report->tables_used = tables + report->tables_retired - run->tables_before;
	report->tables_kept = sim_tables_allocated(world->sim) - tables;
}

int edit_check(struct edit_run *run)
{
	struct scenario *scenario = run->scenario;
	const struct world *world = &scenario->world;

	edit_run_begin_step(run, "checking pages");
	sim_expect_clean(world->sim);
	check_pages(run);
	count_leaves(run);
	check_shape(run);
	count_tables(run);
	edit_run_end_step(run, REPORT_CHECK);

	if (!run->request->deposit)
		outcome_compare_allocated(world, run->report);
	outcome_report(world, &scenario->mark, run->report);
	scenario->mark = outcome_mark(world);
	return edit_verify(run, "after", &run->report->verifier_after);
}
