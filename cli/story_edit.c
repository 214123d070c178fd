// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an edit was asked for, and what all there is looks like behind it. */
#include "story_edit.h"

#include "making.h"
#include "outcome.h"
#include "shape.h"
#include "verify.h"

static void note_error(struct making *making, int err, const char *at)
{
	struct report_edit *edit = making->edit;

	if (err == -LM_ENOLEAF)
		report_edit_set_not_done(edit, "nothing forms a larger leaf");
	else
		snprintf(edit->failure, sizeof(edit->failure), "%s: %s", at,
			 lm_strerror(err));
}

/* As the plan left it. */
static void note_obstacle(struct making *making)
{
	const struct lm_edit *made = &making->story->edit;

	if (making->request->goal != EDIT_COLLAPSE)
		return;
	making->edit->obstacle = made->obstacle;
	making->edit->obstacle_va = made->obstacle_va.v;
}

static void expect(const struct making *making, struct expectation *expectation)
{
	const struct edit_request *request = making->request;
	uint64_t granule = lm_granule_size(&making->story->world.fmt);
	struct expect_request asked = {
		.range = request->range,
		.step = request->step ? request->step : granule,
		.change = request->change,
	};

	if (request->goal == EDIT_NON_GLOBAL)
		asked.range = world_input(&making->story->world);
	if (asked.change.set | asked.change.clear)
		expect_add(expectation, &asked);
}

static int look_at_all(struct making *making, const struct expectation *expectation,
		       const struct report_leaves *mapped, uint64_t tables_before)
{
	struct story *story = making->story;
	struct world *world = &story->world;
	struct report_edit *edit = making->edit;
	struct report *numbers = &edit->numbers;
	struct lm_range input = world_input(world);
	uint64_t tables;
	int err;

	story_begin_step(story, making->request->what);
	sim_expect_clean(world->sim);
	numbers->mismatches = expect_check(expectation, &numbers->pages_checked);
	world_count_leaves(world, &numbers->leaves_after);
	report_add_leaves(&numbers->leaves_after, lm_granule_size(&world->fmt), false,
			  expect_invalid(expectation));
	edit->not_shaped = shape_check(
		world, making->request,
		making->request->goal == EDIT_COLLAPSE ? mapped : &numbers->leaves_before,
		&numbers->leaves_after);
	edit->global = sim_may_hold_global(world->sim, input.start.v, input.size);
	tables = world_count_tables(world);
	numbers->tables_used = tables + edit->tables_retired - tables_before;
	edit->tables_kept = sim_tables_allocated(world->sim) - tables;
	err = verify(world, "after", numbers, &numbers->verifier_after, story->complaint);
	story_end_step(story, REPORT_CHECK);
	return err;
}

/* The allocator of a machine that has no memory left, or is where it must not ask. */
static size_t refuse_to_allocate(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	(void)ctx;
	(void)level;
	(void)wanted;
	(void)first;
	return 0;
}

static int make_with_memory(struct making *making, const char **at)
{
	struct lm_env *env = &making->story->world.map.env;
	lm_alloc_fn *alloc = env->alloc;
	int err;

	if (making->request->refuses)
		env->alloc = refuse_to_allocate;
	if (making->request->goal == EDIT_GUARDS || making->request->goal == EDIT_RUN)
		err = make_without_edit(making, at);
	else
		err = make_as_edit(making, at);
	env->alloc = alloc;
	return err;
}

int story_edit(struct story *story, const struct edit_request *request,
	       struct expectation *expectation, const struct report_leaves *mapped,
	       struct report_edit *edit)
{
	struct making making = { story, request, edit };
	struct outcome_mark mark = outcome_mark(&story->world);
	uint64_t tables = world_count_tables(&story->world);
	struct report *boot = story->report;
	const char *at = "";
	int err;

	edit->name = request->name;
	edit->what = request->what;
	edit->range = request->range;
	edit->by_edit = true;
	edit->becomes_not_global = request->goal == EDIT_NON_GLOBAL;
	if (making_commits_fault(&making))
		edit->numbers.fault = fault_name(story->options->fault);
	story->report = &edit->numbers;
	err = make_with_memory(&making, &at);
	if (err)
		note_error(&making, err, at);
	else
		expect(&making, expectation);
	note_obstacle(&making);
	err = look_at_all(&making, expectation, mapped, tables);
	edit->allocations =
		sim_events(story->world.sim).allocations - mark.events.allocations;
	if (!request->deposit)
		outcome_compare_allocated(&story->world, &edit->numbers);
	outcome_report(&story->world, &mark, &edit->numbers);
	story->report = boot;
	return err;
}
