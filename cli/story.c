// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The boot story of a machine whose CPUs differ, step by step. */
#include "story.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "dump.h"
#include "world.h"

/* ------------------------------------------------------------------- faults */

const struct story_fault story_faults[] = {
	{ "no-tlbi", "nothing is invalidated after the tables have changed" },
	{ "no-dsb-ishst", "nothing orders the stores to tables: they are linked before "
			  "they are visible, and invalidated before they have changed" },
	{ "no-dsb-after-tlbi", "CPUs are let go before the invalidation is complete" },
	{ "no-parking", "the other CPUs are not held, so they walk what changes" },
	{ "allocate-in-stop", "a table is allocated while the others are held" },
	{ "wrong-address", "the first new table is filled with a wrong address in its first entry" },
	{ NULL, NULL },
};

static bool commits_fault(const struct story_options *options, const char *name)
{
	return options->fault && !strcmp(options->fault, name);
}

static struct model_faults port_faults(const struct story_options *options)
{
	return (struct model_faults){
		.no_tlbi = commits_fault(options, "no-tlbi"),
		.no_dsb_ishst = commits_fault(options, "no-dsb-ishst"),
		.no_dsb_after_tlbi = commits_fault(options, "no-dsb-after-tlbi"),
		.wrong_address = commits_fault(options, "wrong-address"),
	};
}

/* --------------------------------------------------------------- the story */

struct story {
	const struct story_options *options;
	struct report *report;
	struct complaint complaint;
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

static int plan(struct story *story)
{
	struct world *world = &story->world;
	int err;

	begin_step(story, "planning");
	lm_edit_to_pages(&story->edit, &world->map, world->linear.range);
	for (size_t i = 0; i < world->machine->aliases.count; i++)
		lm_edit_except(&story->edit, world->aliases[i].range);
	err = lm_edit_plan(&story->edit, story->options->way);
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
		"it walks, which %s needs of every CPU that is not held (--boot-bbm 3)",
		cpu, story->world.cpu[cpu].bbm_level,
		report_commit_name(story->options->way));
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
	bool park = !commits_fault(story->options, "no-parking");
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
	if (park)
		sim_let_go(sim);
	end_step(story, REPORT_STOP);
	return err ? refuse_commit(story, err) : 0;
}

static int split(struct story *story)
{
	int err = prepare(story);

	if (!err)
		err = stop_and_commit(story);
	story->report->tables_left = lm_edit_tables_left(&story->edit);

	begin_step(story, "releasing");
	lm_edit_release(&story->edit);
	end_step(story, REPORT_RELEASE);
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
		.trace = trace,
	};
	int err = world_create(&story->world, &options->machine, &world_options,
			       &story->complaint);

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
