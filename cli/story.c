// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The boot story of a machine whose CPUs differ, step by step. */
#include "story.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "clock.h"
#include "dump.h"
#include "outcome.h"
#include "verify.h"
#include "way.h"
#include "world.h"

/* ------------------------------------------------------------------- faults */

static bool commits_fault(const struct story_options *options, enum fault fault)
{
	return options->fault == fault;
}

/* The invalidation comes only behind what must not happen before it. */
static bool invalidates_late(const struct story_options *options)
{
	return commits_fault(options, FAULT_FREED_BEFORE_TLBI) ||
	       commits_fault(options, FAULT_WRITTEN_BEFORE_TLBI);
}

static struct model_faults port_faults(const struct story_options *options)
{
	return (struct model_faults){
		.no_tlbi = commits_fault(options, FAULT_NO_TLBI) ||
			   invalidates_late(options),
		.last_level_tlbi = commits_fault(options, FAULT_LAST_LEVEL_TLBI),
		.no_dsb_ishst = commits_fault(options, FAULT_NO_DSB_ISHST),
		.no_dsb_after_tlbi = commits_fault(options, FAULT_NO_DSB_AFTER_TLBI),
		.no_isb = commits_fault(options, FAULT_NO_ISB),
		.members_one_by_one = commits_fault(options, FAULT_MEMBERS_ONE_BY_ONE),
		.blind = commits_fault(options, FAULT_BLIND_BREAK),
		.wrong_address = commits_fault(options, FAULT_WRONG_ADDRESS),
	};
}

/* --------------------------------------------------------------- the story */

/* @code: what to exit with, should the story not run to its end */
struct story {
	const struct story_options *options;
	struct report *report;
	struct complaint *complaint;
	int code;
	struct machine machine;
	struct world world;
	struct lm_edit edit;
	uint64_t step_start_ns;
};

static void begin_step(struct story *story, const char *name)
{
	progress_step(story->options->progress, name);
	story->step_start_ns = now_ns();
}

static void end_step(struct story *story, enum report_step step)
{
	story->report->steps_ns[step] += now_ns() - story->step_start_ns;
}

static int refuse(struct story *story, const char *step, int err)
{
	return complain(story->complaint, "%s: %s", step, lm_strerror(err));
}

static int dump_begin(struct story *story)
{
	const struct story_options *options = story->options;
	struct complaint *complaint = story->complaint;

	if ((!options->dump_dir || !dump_open(options->dump_dir, complaint)) &&
	    (!options->text_dir || !dump_open(options->text_dir, complaint)))
		return 0;
	story->code = EXIT_INPUT;
	return -1;
}

static int dump(struct story *story, const char *name)
{
	const struct story_options *options = story->options;
	const struct world *world = &story->world;
	int err = 0;

	if (options->dump_dir || options->text_dir)
		progress_step(options->progress, "writing tables");
	if (options->dump_dir)
		err = dump_tables(world, options->dump_dir, name, story->complaint);
	if (!err && options->text_dir)
		err = dump_text(world, options->text_dir, name, story->complaint);
	return err;
}

static int verify_tables(struct story *story, const char *when, uint64_t *found)
{
	int err;

	begin_step(story, "verifying tables");
	err = verify(&story->world, when, story->report, found, story->complaint);
	end_step(story, REPORT_CHECK);
	return err;
}

static void look(struct story *story, enum story_moment moment)
{
	if (story->options->look)
		story->options->look(story->options->look_ctx, &story->world, moment);
}

static int map_ram(struct story *story)
{
	struct world *world = &story->world;
	int err;

	begin_step(story, "mapping");
	err = world_map_ram(world);
	if (err)
		return refuse(story, "mapping", err);
	world_start_cpus(world);
	end_step(story, REPORT_MAP);

	world_count_leaves(world, &story->report->leaves_before);
	story->report->mapping_tables = world_count_tables(world);
	return 0;
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
	enum fault fault = story->options->fault;
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
	    commits_fault(story->options, FAULT_BLIND_BREAK) ||
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

	begin_step(story, "planning");
	lm_edit_to_pages(&story->edit, &world->map, world->linear.range);
	for (size_t i = 0; i < world->machine->aliases.count; i++)
		lm_edit_except(&story->edit, world->aliases[i].range);
	err = lm_edit_plan(&story->edit, story->report->commit);
	end_step(story, REPORT_PLAN);
	if (err)
		return refuse(story, "planning", err);
	report_set_plan(story->report, &story->edit.plan);
	return check_tables(story);
}

static int prepare(struct story *story)
{
	int err;

	begin_step(story, "reserving");
	err = lm_edit_reserve(&story->edit);
	end_step(story, REPORT_RESERVE);
	if (err)
		return refuse(story, "reserving", err);

	begin_step(story, "staging");
	err = lm_edit_stage(&story->edit);
	end_step(story, REPORT_STAGE);
	return err ? refuse(story, "staging", err) : 0;
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
	bool late = commits_fault(story->options, FAULT_COUNTED_IN_EARLY);
	bool park = !late && !commits_fault(story->options, FAULT_NO_PARKING);
	uint64_t pa = 0;
	int err;

	begin_step(story, "committing");
	if (park)
		sim_hold_others(sim);
	sim_stop_begin(sim);
	if (commits_fault(story->options, FAULT_ALLOCATE_IN_STOP))
		sim_alloc(sim, LM_LAST_LEVEL, 1, &pa);
	err = commit_in_window(story);
	sim_stop_end(sim);
	if (late)
		sim_hold_others(sim);
	if (park || late)
		sim_let_go(sim);
	end_step(story, REPORT_STOP);
	return err ? refuse(story, "committing", err) : 0;
}

static void remember_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	uint64_t *last = ctx;

	*last = pa;
}

static void invalidate_late(struct story *story)
{
	sim_tlbi(story->world.sim, SIM_VMALLE1IS);
	sim_barrier(story->world.sim, SIM_DSB_ISH);
}

/* A switch replaces the last table of the old ones, with all on the way to it. */
static void write_before_tlbi(struct story *story, uint64_t retired)
{
	if (story->report->commit == LM_SWITCH)
		sim_wrote(story->world.sim, sim_pointer(story->world.sim, retired));
	invalidate_late(story);
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

	if (commits_fault(story->options, FAULT_WRITTEN_BEFORE_TLBI))
		write_before_tlbi(story, retired);
	begin_step(story, "releasing");
	lm_edit_release(&story->edit);
	end_step(story, REPORT_RELEASE);
	if (commits_fault(story->options, FAULT_FREED_BEFORE_TLBI))
		invalidate_late(story);
	return err;
}

/* --------------------------------------------------------------- to the end */

static void check(struct story *story)
{
	struct world *world = &story->world;
	struct report *report = story->report;

	begin_step(story, "checking pages");
	sim_expect_clean(world->sim);
	report->mismatches = world_check(world, report->split_needed,
					 story->options->progress,
					 &report->pages_checked);
	world_count_leaves(world, &report->leaves_after);
	report->tables_used = world_count_tables(world) - report->mapping_tables;
	end_step(story, REPORT_CHECK);

	outcome_report(world, report);
}

static int tell(struct story *story)
{
	const struct story_options *options = story->options;
	struct world *world = &story->world;
	int err = map_ram(story);

	if (err)
		return err;
	story->report->split_needed = lm_region_needs_split(&world->linear, &world->cpus);
	if (options->choose_way)
		choose_way(story);
	if (story->report->split_needed)
		err = check_cpus(story);
	if (!err && story->report->split_needed)
		err = plan(story);
	if (err || options->plan_only)
		return err;

	err = dump_begin(story);
	if (!err)
		err = dump(story, "before");
	if (!err)
		err = verify_tables(story, "before", &story->report->verifier_before);
	if (err)
		return err;
	look(story, STORY_BEFORE);
	world->port.faults = port_faults(options);
	if (story->report->split_needed)
		err = split(story);
	if (err)
		return err;
	check(story);
	look(story, STORY_AFTER);
	err = verify_tables(story, "after", &story->report->verifier_after);
	return err ? err : dump(story, "after");
}

static FILE *open_trace(struct story *story)
{
	const char *path = story->options->trace_path;
	FILE *trace = fopen(path, "w");

	if (!trace) {
		story->code = EXIT_INPUT;
		complain(story->complaint, "%s: cannot write: %s", path, strerror(errno));
	}
	return trace;
}

static int close_trace(struct story *story, FILE *trace)
{
	bool failed = ferror(trace);

	if (!fclose(trace) && !failed)
		return 0;
	return complain(story->complaint, "%s: cannot write: %s",
			story->options->trace_path, strerror(errno));
}

static int create_and_tell(struct story *story, FILE *trace)
{
	const struct story_options *options = story->options;
	struct world_options world_options = {
		.region_flags = options->region_flags,
		.longest_run = options->longest_run,
		.tables_apart = options->tables_apart,
		.trace = trace,
	};
	bool overrated = commits_fault(options, FAULT_LEVEL_2_LIVE);
	int err;

	story->machine = options->machine;
	if (overrated)
		story->machine.boot_bbm = 2;
	err = world_create(&story->world, &story->machine, &world_options,
			   story->complaint);
	if (err)
		story->code = err;
	if (!err && overrated && story->world.cpu)
		story->world.cpu[0].bbm_level = LM_BBM_LIVE;
	if (!err) {
		report_init(story->report, &story->machine, &story->world.fmt,
			    options->way);
		story->report->fault = fault_name(options->fault);
		err = tell(story);
	}
	world_destroy(&story->world);
	return err;
}

/* From here on the first second is not all that a run takes. */
#define LONG_RUN_SIZE (UINT64_C(256) << 30)

int story_run(const struct story_options *options, struct report *report,
	      struct complaint *complaint)
{
	struct story story = {
		.options = options,
		.report = report,
		.complaint = complaint,
		.code = EXIT_NOT_HELD,
	};
	FILE *trace = NULL;
	int err = 0;

	report->refusal[0] = '\0';
	if (banks_size(&options->machine.ram) >= LONG_RUN_SIZE)
		progress_expect_long(options->progress);
	if (options->trace_path) {
		trace = open_trace(&story);
		err = trace ? 0 : -1;
	}
	if (!err)
		err = create_and_tell(&story, trace);
	if (trace && !err)
		err = close_trace(&story, trace);
	else if (trace)
		fclose(trace);
	progress_end(options->progress);
	return err ? story.code : 0;
}
