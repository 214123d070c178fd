// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The boot story of a machine whose CPUs differ, step by step. */
#include "story.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "dump.h"
#include "way.h"
#include "world.h"

/* ------------------------------------------------------------------- faults */

#define IN(way) (1U << (way))
#define LIVELY	(IN(LM_IN_PLACE) | IN(LM_LIVE))
#define ANY	(LIVELY | IN(LM_BREAK) | IN(LM_SWITCH))

const struct story_fault story_faults[] = {
	{ "no-tlbi", ANY, "nothing is invalidated" },
	{ "last-level-tlbi", IN(LM_SWITCH),
	  "invalidations leave cached table descriptors alone" },
	{ "no-dsb-ishst", LIVELY | IN(LM_SWITCH),
	  "nothing orders the stores that fill a table before the one that links it" },
	{ "no-dsb-after-tlbi", ANY, "nobody waits for an invalidation to be complete" },
	{ "no-isb", IN(LM_SWITCH),
	  "a move goes on before the write to TTBR has taken effect" },
	{ "no-parking", LIVELY | IN(LM_SWITCH), "the other CPUs are not held" },
	{ "counted-in-early", LIVELY | IN(LM_SWITCH),
	  "the others count as held before they have left the map" },
	{ "members-one-by-one", LIVELY,
	  "members of a contiguous run change while others carry the hint" },
	{ "level-2-live", LIVELY, "leaf sizes change while a CPU of BBM level 2 walks" },
	{ "blind-break", IN(LM_BREAK), "a break cuts off the tables that it works on" },
	{ "freed-before-tlbi", IN(LM_SWITCH),
	  "replaced tables are given back before the invalidation" },
	{ "written-before-tlbi", IN(LM_SWITCH),
	  "a replaced table is written before the invalidation" },
	{ "allocate-in-stop", ANY, "a table is allocated while the others are held" },
	{ "wrong-address", ANY, "the first new table begins with a wrong address" },
	{ NULL, 0, NULL },
};

const struct story_fault *story_find_fault(const char *name)
{
	for (const struct story_fault *fault = story_faults; fault->name; fault++) {
		if (!strcmp(fault->name, name))
			return fault;
	}
	return NULL;
}

static bool commits_fault(const struct story_options *options, const char *name)
{
	return options->fault && !strcmp(options->fault, name);
}

/* The invalidation comes only behind what must not happen before it. */
static bool invalidates_late(const struct story_options *options)
{
	return commits_fault(options, "freed-before-tlbi") ||
	       commits_fault(options, "written-before-tlbi");
}

static struct model_faults port_faults(const struct story_options *options)
{
	return (struct model_faults){
		.no_tlbi = commits_fault(options, "no-tlbi") || invalidates_late(options),
		.last_level_tlbi = commits_fault(options, "last-level-tlbi"),
		.no_dsb_ishst = commits_fault(options, "no-dsb-ishst"),
		.no_dsb_after_tlbi = commits_fault(options, "no-dsb-after-tlbi"),
		.no_isb = commits_fault(options, "no-isb"),
		.members_one_by_one = commits_fault(options, "members-one-by-one"),
		.blind = commits_fault(options, "blind-break"),
		.wrong_address = commits_fault(options, "wrong-address"),
	};
}

/* --------------------------------------------------------------- the story */

struct story {
	const struct story_options *options;
	struct report *report;
	struct complaint complaint;
	struct machine machine;
	struct world world;
	struct lm_edit edit;
	uint64_t step_start_ns;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

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
	return complain(&story->complaint, "%s: %s", step, lm_strerror(err));
}

static int dump(struct story *story, const char *name)
{
	if (!story->options->dump_dir)
		return 0;
	progress_step(story->options->progress, "writing tables");
	return dump_tables(&story->world, story->options->dump_dir, name,
			   &story->complaint);
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
static enum lm_way way_for_fault(const struct story_fault *fault)
{
	enum lm_way way = LM_LIVE;

	while (!(fault->ways & IN(way)))
		way = (enum lm_way)((way + 1) % LM_WAYS);
	return way;
}

/* With all others held and a port that can move there is always a way. */
static void choose_way(struct story *story)
{
	const struct story_options *options = story->options;
	struct world *world = &story->world;
	unsigned int culprit;

	lm_choose_way(&world->map, &world->cpus, 0, LM_OTHERS_HELD,
		      &story->report->commit, &culprit);
	if (options->fault &&
	    !(story_find_fault(options->fault)->ways & IN(story->report->commit)))
		story->report->commit = way_for_fault(story_find_fault(options->fault));
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
	return 0;
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

static int refuse_commit(struct story *story, int err)
{
	unsigned int cpu = story->edit.culprit;

	if (err != -LM_EUNSAFE)
		return refuse(story, "committing", err);
	return complain(
		&story->complaint,
		"CPU %u is level %u: it does not tolerate that leaf sizes change while "
		"it walks, which %s needs of every CPU that is not held (use --commit auto)",
		cpu, story->world.cpu[cpu].bbm_level, way_name(story->report->commit));
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
	bool late = commits_fault(story->options, "counted-in-early");
	bool park = !late && !commits_fault(story->options, "no-parking");
	uint64_t pa = 0;
	int err;

	begin_step(story, "committing");
	if (park)
		sim_hold_others(sim);
	sim_stop_begin(sim);
	if (commits_fault(story->options, "allocate-in-stop"))
		sim_alloc(sim, LM_LAST_LEVEL, 1, &pa);
	err = commit_in_window(story);
	sim_stop_end(sim);
	if (late)
		sim_hold_others(sim);
	if (park || late)
		sim_let_go(sim);
	end_step(story, REPORT_STOP);
	return err ? refuse_commit(story, err) : 0;
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

	if (commits_fault(story->options, "written-before-tlbi"))
		write_before_tlbi(story, retired);
	begin_step(story, "releasing");
	lm_edit_release(&story->edit);
	end_step(story, REPORT_RELEASE);
	if (commits_fault(story->options, "freed-before-tlbi"))
		invalidate_late(story);
	return err;
}

/* ----------------------------------------------------------- what came of it */

static void report_own_finding(struct story *story, const char *kind, const char *text)
{
	struct report_finding *finding = report_add_finding(story->report);

	story->report->faults++;
	if (!finding)
		return;
	finding->kind = kind;
	snprintf(finding->text, sizeof(finding->text), "%s", text);
}

/* What linmap counted and what the model's walker finds must be the same. */
static void compare_census(struct story *story)
{
	struct report *report = story->report;
	struct report_leaves counted = report->leaves_after;

	for (size_t i = 0; i < counted.sizes; i++)
		counted.leaf[i].count = 0;
	report_add_census(&counted, &story->world.fmt, &story->world.linear.census);
	for (size_t i = 0; i < counted.sizes; i++) {
		if (counted.leaf[i].count == report->leaves_after.leaf[i].count)
			continue;
		report_own_finding(story, "census", "the census differs from the tables");
		return;
	}
}

/* Behind the release every table that is allocated is part of the map. */
static void compare_allocated(struct story *story)
{
	const struct world *world = &story->world;

	if (sim_tables_allocated(world->sim) != world_count_tables(world))
		report_own_finding(story, "leak",
				   "tables are allocated that the map does not use");
}

static void report_findings(struct story *story)
{
	const struct sim *sim = story->world.sim;
	struct report *report = story->report;
	const struct sim_finding *found;

	report->conflicts = sim_finding_count(sim, SIM_CONFLICT);
	report->stale = sim_finding_count(sim, SIM_STALE);
	for (int kind = 0; kind < SIM_FINDING_KINDS; kind++) {
		if (kind != SIM_CONFLICT && kind != SIM_STALE)
			report->faults +=
				sim_finding_count(sim, (enum sim_finding_kind)kind);
	}
	for (size_t i = 0; (found = sim_finding(sim, i)); i++) {
		struct report_finding *finding = report_add_finding(report);

		if (!finding)
			return;
		finding->kind = sim_finding_name(found->kind);
		finding->cpu = found->cpu;
		finding->cpus = found->cpus;
		finding->event = found->event;
		finding->va = found->va;
		finding->size = found->size;
		snprintf(finding->text, sizeof(finding->text), "%s", found->text);
	}
}

static void report_stop(struct story *story)
{
	struct sim_events events = sim_events_in_stop(story->world.sim);
	struct report *report = story->report;

	report->allocations_in_stop = events.allocations;
	report->frees_in_stop = events.frees;
	report->stores_in_stop = events.stores;
	report->barriers_in_stop = events.barriers;
	report->tlbis_in_stop = events.tlbis;
}

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

	compare_census(story);
	compare_allocated(story);
	report_stop(story);
	report_findings(story);
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
		err = plan(story);
	if (err || options->plan_only)
		return err;

	err = dump(story, "before");
	if (err)
		return err;
	world->port.faults = port_faults(options);
	if (story->report->split_needed)
		err = split(story);
	if (err)
		return err;
	check(story);
	return dump(story, "after");
}

static FILE *open_trace(struct story *story)
{
	const char *path = story->options->trace_path;
	FILE *trace = fopen(path, "w");

	if (!trace)
		complain(&story->complaint, "%s: cannot write: %s", path,
			 strerror(errno));
	return trace;
}

static int close_trace(struct story *story, FILE *trace)
{
	bool failed = ferror(trace);

	if (!fclose(trace) && !failed)
		return 0;
	return complain(&story->complaint, "%s: cannot write: %s",
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
	bool overrated = commits_fault(options, "level-2-live");
	int err;

	story->machine = options->machine;
	if (overrated)
		story->machine.boot_bbm = 2;
	err = world_create(&story->world, &story->machine, &world_options,
			   &story->complaint);
	if (!err && overrated)
		story->world.cpu[0].bbm_level = LM_BBM_LIVE;
	if (!err) {
		report_init(story->report, &options->machine, &story->world.fmt,
			    options->way);
		err = tell(story);
	}
	world_destroy(&story->world);
	return err;
}

int story_run(const struct story_options *options, struct report *report, char *error,
	      size_t error_size)
{
	struct story story = { .options = options, .report = report };
	FILE *trace = NULL;
	int err = 0;

	if (options->trace_path) {
		trace = open_trace(&story);
		err = trace ? 0 : -1;
	}
	if (!err)
		err = create_and_tell(&story, trace);
	if (trace && close_trace(&story, trace) && !err)
		err = -1;
	progress_end(options->progress);
	if (!err)
		return 0;
	snprintf(error, error_size, "%s", story.complaint.text);
	return EXIT_NOT_HELD;
}
