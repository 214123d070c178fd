// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The boot edit of a machine whose CPUs differ, step by step. */
#include "story_internal.h"

#include "outcome.h"
#include "way.h"

static void look(struct story *story, enum story_moment moment)
{
	if (story->options->look)
		story->options->look(story->options->look_ctx, &story->world, moment);
}

static enum fault fault_of_boot(const struct story *story)
{
	enum fault fault = story->options->fault;

	return fault_edit(fault) ? FAULT_NONE : fault;
}

/* Any way in which the fault does harm: live if it does there. */
static enum lm_way way_for_fault(enum fault fault)
{
	enum lm_way way = LM_LIVE;

	while (!fault_harms(fault, way))
		way = (enum lm_way)((way + 1) % LM_WAYS);
	return way;
}

/* With all others held and a port that can move there is always a way. */
static enum lm_way cheapest_way(struct story *story)
{
	struct world *world = &story->world;
	unsigned int culprit;
	struct lm_edit edit;
	enum lm_way way;

	lm_edit_to_pages(&edit, &world->map, world->linear.range);
	lm_choose_way(&edit, &world->cpus, 0, LM_OTHERS_HELD, &way, &culprit);
	return way;
}

static void choose_way(struct story *story)
{
	enum fault fault = fault_of_boot(story);
	enum lm_way way = cheapest_way(story);

	if (fault && !fault_harms(fault, way))
		way = way_for_fault(fault);
	story->report->commit = way;
}

static int refuse_way(struct story *story, const char *advice)
{
	const struct story_options *options = story->options;
	struct report *report = story->report;
	bool chosen = options->choose_way; /* for a fault: auto alone is never refused */

	story->code = EXIT_INPUT;
	return complain(story->complaint, "--%s %s: %s (%s)", chosen ? "fault" : "commit",
			chosen ? fault_name(options->fault) : way_name(report->commit),
			report->refusal, advice);
}

/* In place and live are for CPUs for which live would be chosen. */
static int check_cpus(struct story *story)
{
	struct report *report = story->report;
	bool is_live = report->commit == LM_IN_PLACE || report->commit == LM_LIVE;

	if (!is_live || cheapest_way(story) == LM_LIVE)
		return 0;
	snprintf(
		report->refusal, sizeof(report->refusal),
		"the boot CPU is level %u and walks while leaf sizes change, which takes "
		"level %d",
		report->boot_bbm, LM_BBM_LIVE);
	return refuse_way(story, story->options->choose_way ? "raise --boot-bbm" :
							      "use --commit auto");
}

/* For an edit that is planned: a break must not cut off the tables. */
static int check_tables(struct story *story)
{
	const struct world *world = &story->world;
	struct report *report = story->report;

	if (report->commit != LM_BREAK || !world->tables.size ||
	    story_commits(story, FAULT_BLIND_BREAK) ||
	    !lm_edit_touches(&story->edit, world->tables))
		return 0;
	snprintf(report->refusal, sizeof(report->refusal),
		 "the tables are mapped by leaves that would be invalid meanwhile");
	return refuse_way(story, "add --tables-apart, or choose another way");
}

static int plan(struct story *story)
{
	struct world *world = &story->world;
	int err;

	story_begin_step(story, "planning");
	lm_edit_to_pages(&story->edit, &world->map, world->linear.range);
	for (size_t i = 0; i < world->machine->aliases.count; i++)
		lm_edit_except(&story->edit, world->aliases[i].range);
	err = lm_edit_plan(&story->edit, story->report->commit);
	story_end_step(story, REPORT_PLAN);
	if (err)
		return story_refuse(story, "planning", err);
	report_set_plan(story->report, &story->edit.plan);
	return check_tables(story);
}

static int prepare(struct story *story)
{
	int err;

	story_begin_step(story, "reserving");
	err = lm_edit_reserve(&story->edit);
	story_end_step(story, REPORT_RESERVE);
	if (err)
		return story_refuse(story, "reserving", err);

	story_begin_step(story, "staging");
	err = lm_edit_stage(&story->edit);
	story_end_step(story, REPORT_STAGE);
	return err ? story_refuse(story, "staging", err) : 0;
}

static int commit_in_window(struct story *story)
{
	struct world *world = &story->world;
	struct lm_window window;
	int err = lm_window_open(&window, &world->map, &world->cpus, 0, LM_OTHERS_HELD);

	if (err)
		return err;
	err = lm_edit_commit(&window, &story->edit);
	lm_window_close(&window);
	return err;
}

static int stop_and_commit(struct story *story)
{
	struct sim *sim = story->world.sim;
	bool late = story_commits(story, FAULT_COUNTED_IN_EARLY);
	bool park = !late && !story_commits(story, FAULT_NO_PARKING);
	uint64_t pa = 0;
	int err;

	story_begin_step(story, "committing");
	if (park)
		sim_hold_others(sim);
	sim_stop_begin(sim);
	if (story_commits(story, FAULT_ALLOCATE_IN_STOP))
		sim_alloc(sim, LM_LAST_LEVEL, 1, &pa);
	err = commit_in_window(story);
	sim_stop_end(sim);
	if (late)
		sim_hold_others(sim);
	if (park || late)
		sim_let_go(sim);
	story_end_step(story, REPORT_STOP);
	return err ? story_refuse(story, "committing", err) : 0;
}

static void remember_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	uint64_t *last = ctx;

	*last = pa;
}

/* A switch replaces the last table of the old ones, with all on the way to it. */
static void write_before_tlbi(struct story *story, uint64_t retired)
{
	if (story->report->commit == LM_SWITCH)
		sim_wrote(story->world.sim, sim_pointer(story->world.sim, retired));
	story_invalidate(story);
}

static int split(struct story *story)
{
	uint64_t retired = 0;
	int err = prepare(story);

	sim_for_each_table(story->world.sim, story->world.map.root.v, remember_table,
			   &retired);
	if (!err)
		err = stop_and_commit(story);
	story->report->tables_left = lm_edit_tables_left(&story->edit);

	if (story_commits(story, FAULT_WRITTEN_BEFORE_TLBI))
		write_before_tlbi(story, retired);
	story_begin_step(story, "releasing");
	lm_edit_release(&story->edit);
	story_end_step(story, REPORT_RELEASE);
	if (story_commits(story, FAULT_FREED_BEFORE_TLBI))
		story_invalidate(story);
	return err;
}

/* --------------------------------------------------------------- to the end */

static void check(struct story *story)
{
	static const struct outcome_mark nothing;
	struct world *world = &story->world;
	struct report *report = story->report;

	story_begin_step(story, "checking pages");
	sim_expect_clean(world->sim);
	report->mismatches = world_check(world, report->split_needed,
					 story->options->progress,
					 &report->pages_checked);
	world_count_leaves(world, &report->leaves_after);
	report->tables_used = world_count_tables(world) - report->mapping_tables;
	story_end_step(story, REPORT_CHECK);

	outcome_compare_allocated(world, report);
	outcome_report(world, &nothing, report);
}

/* What can be known before the change is made, and whether it may be. */
static int decide(struct story *story)
{
	struct world *world = &story->world;
	struct report *report = story->report;
	int err = 0;

	report->fault = fault_name(fault_of_boot(story));
	report->split_needed = lm_region_needs_split(&world->linear, &world->cpus);
	if (story->options->choose_way)
		choose_way(story);
	if (report->split_needed)
		err = check_cpus(story);
	if (!err && report->split_needed)
		err = plan(story);
	return err;
}

static int show_before(struct story *story)
{
	int err = story_dump_begin(story);

	if (!err)
		err = story_dump(story, "before");
	if (!err)
		err = story_verify(story, "before", &story->report->verifier_before);
	if (!err)
		look(story, STORY_BEFORE);
	return err;
}

static int show_after(struct story *story)
{
	int err;

	look(story, STORY_AFTER);
	err = story_verify(story, "after", &story->report->verifier_after);
	return err ? err : story_dump(story, "after");
}

int story_tell_boot(struct story *story)
{
	int err = decide(story);

	if (err || story->options->plan_only)
		return err;
	err = show_before(story);
	if (err)
		return err;
	if (fault_of_boot(story))
		story->world.port.faults = story_port_faults(story);
	if (story->report->split_needed)
		err = split(story);
	if (err)
		return err;
	check(story);
	return show_after(story);
}
