// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The steps of an edit, and the faults that are injected between them. */
#include "scenario/edit_run.h"

#include "base/clock.h"
#include "scenario/inject.h"

void edit_run_begin_step(struct edit_run *run, const char *name)
{
	const struct edit_request *request = run->request;

	progress_step(run->scenario->options->progress,
		      request->names_steps ? name : request->what);
	run->step_start_ns = now_ns();
}

void edit_run_end_step(struct edit_run *run, enum report_step step)
{
	run->report->steps_ns[step] += now_ns() - run->step_start_ns;
}

/* A step that may fail. */
static void enter(struct edit_run *run, const char *name)
{
	run->at = name;
	edit_run_begin_step(run, name);
}

/* ------------------------------------------------------------------- the goal */

static void except_aliases(struct edit_run *run)
{
	const struct world *world = &run->scenario->world;
	struct lm_range range = run->request->range;

	for (size_t i = 0; i < world->machine->aliases.count; i++) {
		struct lm_range alias = world->aliases[i].range;

		if (alias.start.v - range.start.v < range.size)
			lm_edit_except(&run->edit, alias);
	}
}

static void set_parts(struct edit_run *run)
{
	const struct edit_request *request = run->request;
	bool forgets = run->fault == FAULT_RANGE_FORGOTTEN && request->part_count > 1;

	if (request->parts)
		lm_edit_only(&run->edit, request->parts, request->part_count - forgets);
}

void edit_run_set_goal(struct edit_run *run)
{
	const struct edit_request *request = run->request;
	struct lm_map *map = &run->scenario->world.map;
	struct lm_edit *edit = &run->edit;

	switch (request->goal) {
	case EDIT_PAGES:
		lm_edit_to_pages(edit, map, request->range);
		break;
	case EDIT_BOUNDARIES:
		lm_edit_to_boundaries(edit, map, request->range);
		break;
	case EDIT_COLLAPSE:
		lm_edit_collapse(edit, map, request->range);
		break;
	case EDIT_NON_GLOBAL:
		lm_edit_non_global(edit, map);
		break;
	case EDIT_PROTECT:
		lm_edit_protect(edit, map, request->range, request->change);
		break;
	case EDIT_UNMAP:
		lm_edit_unmap(edit, map, request->range);
		break;
	case EDIT_GUARDS:
	case EDIT_RUN:
	case EDIT_NOTHING:
		return;
	}
	/* Nothing else writes to this map. */
	lm_edit_locked(edit);
	set_parts(run);
	except_aliases(run);
	if (request->deposit)
		lm_edit_deposit(edit, request->deposit);
}

void edit_run_begin(struct edit_run *run, struct scenario *scenario,
		    const struct edit_request *request, struct report_edit *report,
		    enum fault fault)
{
	struct outcome_mark mark = outcome_mark(&scenario->world);

	*run = (struct edit_run){
		.scenario = scenario,
		.request = request,
		.report = report,
		.fault = fault,
		.hold = LM_OTHERS_HELD,
		.tables_before = world_count_tables(&scenario->world),
	};
	report->name = request->name;
	report->what = request->what;
	report->range = request->range;
	report->ranges = request->parts ? request->part_count : 1;
	report->fault = fault_name(fault);
	report->by_edit = request->goal != EDIT_GUARDS && request->goal != EDIT_RUN;
	report->becomes_not_global = request->goal == EDIT_NON_GLOBAL;
	scenario->mark.events = mark.events;
	edit_run_set_goal(run);
}

/* ------------------------------------------------------------------ the steps */

int edit_run_plan(struct edit_run *run, enum lm_way way)
{
	int err;

	run->report->commit = way;
	enter(run, "planning");
	err = lm_edit_plan(&run->edit, way);
	edit_run_end_step(run, REPORT_PLAN);
	if (!err)
		report_set_plan(run->report, &run->edit.plan);
	return err;
}

static int reserve(struct edit_run *run)
{
	int err;

	enter(run, "reserving");
	err = lm_edit_reserve(&run->edit);
	edit_run_end_step(run, REPORT_RESERVE);
	return err;
}

static int stage(struct edit_run *run)
{
	int err;

	enter(run, "staging");
	err = lm_edit_stage(&run->edit);
	edit_run_end_step(run, REPORT_STAGE);
	return err;
}

static int commit_in_window(struct edit_run *run)
{
	struct world *world = &run->scenario->world;
	struct lm_window window;
	int err = lm_window_open(&window, &world->map, &world->cpus, 0, run->hold);

	if (err)
		return err;
	err = lm_edit_commit(&window, &run->edit);
	lm_window_close(&window);
	return err;
}

static const uint64_t *moves_of(const struct edit_run *run)
{
	const struct model_roll *roll = run->scenario->world.port.roll;

	return roll ? roll->moves : NULL;
}

/* Each CPU should have been interrupted as often as the others. */
static void count_moves(struct edit_run *run)
{
	const uint64_t *moves = moves_of(run);
	struct report_edit *report = run->report;

	if (!report->rolls || !moves)
		return;
	report->moves = moves[0] - run->moves_before;
	for (unsigned int cpu = 1; cpu < run->scenario->world.cpus.count; cpu++)
		report->strays += moves[cpu] != moves[0];
}

static int stop_and_commit(struct edit_run *run)
{
	struct sim *sim = run->scenario->world.sim;
	bool held = run->hold == LM_OTHERS_HELD;
	bool late = run->fault == FAULT_COUNTED_IN_EARLY;
	bool park = held && !late && run->fault != FAULT_NO_PARKING;
	uint64_t pa = 0;
	int err;

	run->report->others_held = held;
	run->report->cpus_held = held ? run->scenario->world.cpus.count - 1 : 0;
	run->report->rolls = run->report->commit == LM_ROLL;
	run->moves_before = moves_of(run) ? moves_of(run)[0] : 0;
	enter(run, "committing");
	if (park)
		sim_hold_others(sim);
	sim_stop_begin(sim);
	if (run->fault == FAULT_ALLOCATE_IN_STOP)
		sim_alloc(sim, LM_LAST_LEVEL, 1, &pa);
	err = commit_in_window(run);
	sim_stop_end(sim);
	if (late)
		sim_hold_others(sim);
	if (park || late)
		sim_let_go(sim);
	count_moves(run);
	edit_run_end_step(run, REPORT_STOP);
	return err;
}

static void remember_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	uint64_t *last = ctx;

	*last = pa;
}

/* The last table of all; a switch replaces it and all tables above it. */
static uint64_t last_table(const struct world *world)
{
	uint64_t last = 0;

	sim_for_each_table(world->sim, world->map.root.v, remember_table, &last);
	return last;
}

/* The invalidation that a fault left out, after the harm is done. */
static void invalidate(struct world *world)
{
	sim_tlbi(world->sim, SIM_VMALLE1IS);
	sim_barrier(world->sim, SIM_DSB_ISH);
}

int edit_run_commit(struct edit_run *run)
{
	struct world *world = &run->scenario->world;
	bool writes = run->fault == FAULT_WRITTEN_BEFORE_TLBI;
	uint64_t retired;
	int err;

	world->port.faults =
		inject_port_faults(run->fault, &world->fmt, run->request->range.start);
	err = reserve(run);
	if (!err)
		err = stage(run);
	retired = writes ? last_table(world) : 0;
	if (!err)
		err = stop_and_commit(run);
	if (run->fault == FAULT_MOVED_UNANNOUNCED && err == -LM_ETIMEOUT)
		model_roll_move_late(world->port.roll);
	if (writes && run->report->commit == LM_SWITCH)
		sim_wrote(world->sim, sim_pointer(world->sim, retired));
	if (writes)
		invalidate(world);
	return err;
}

void edit_run_release(struct edit_run *run)
{
	struct world *world = &run->scenario->world;

	run->report->tables_left = lm_edit_tables_left(&run->edit);
	edit_run_begin_step(run, "releasing");
	lm_edit_release(&run->edit);
	edit_run_end_step(run, REPORT_RELEASE);
	if (inject_frees_early(run->fault))
		invalidate(world);
	world->port.faults = (struct model_faults){ 0 };
}

/* ------------------------------------------------------------ without an edit */

static int protect_pages(struct edit_run *run)
{
	const struct edit_request *request = run->request;
	struct world *world = &run->scenario->world;
	struct lm_range page = { request->range.start, lm_granule_size(&world->fmt) };
	uint64_t end = request->range.start.v + (request->range.size - 1);
	int err = 0;

	sim_stop_begin(world->sim);
	for (; !err && page.start.v <= end; page.start.v += request->step) {
		err = lm_protect(&world->map, page, request->change,
				 LM_WALKED_BY_INTOLERANT, NULL);
		run->report->leaves_replaced++;
	}
	sim_stop_end(world->sim);
	return err;
}

static int protect_run(struct edit_run *run)
{
	const struct edit_request *request = run->request;

	return lm_protect(&run->scenario->world.map, request->range, request->change,
			  LM_WALKED_BY_TOLERANT, NULL);
}

int edit_run_protect(struct edit_run *run)
{
	struct report_edit *report = run->report;
	int err;

	report->commit = LM_LIVE;
	snprintf(report->why, sizeof(report->why),
		 "lm_protect() in atomic context: no edit, no table, no CPU held");
	enter(run, "changing permissions");
	err = run->request->goal == EDIT_RUN ? protect_run(run) : protect_pages(run);
	edit_run_end_step(run, REPORT_STOP);
	return err;
}
