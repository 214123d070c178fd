// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A story from its beginning to its end: the machine, what is told there, the files
 * that are written beside. What is told is in story_boot.c and story_runtime.c.
 */
#include "story_internal.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "dump.h"
#include "verify.h"

/* ------------------------------------------------------------------- faults */

bool story_commits(const struct story *story, enum fault fault)
{
	return story->options->fault == fault;
}

/* The invalidation comes only behind what must not happen before it. */
static bool invalidates_late(const struct story *story)
{
	return story_commits(story, FAULT_FREED_BEFORE_TLBI) ||
	       story_commits(story, FAULT_WRITTEN_BEFORE_TLBI) ||
	       story_commits(story, FAULT_COLLAPSE_FREED_EARLY);
}

struct model_faults story_port_faults(const struct story *story)
{
	return (struct model_faults){
		.no_tlbi = story_commits(story, FAULT_NO_TLBI) || invalidates_late(story),
		.last_level_tlbi = story_commits(story, FAULT_LAST_LEVEL_TLBI),
		.no_dsb_ishst = story_commits(story, FAULT_NO_DSB_ISHST),
		.no_dsb_after_tlbi = story_commits(story, FAULT_NO_DSB_AFTER_TLBI),
		.no_isb = story_commits(story, FAULT_NO_ISB),
		.members_one_by_one = story_commits(story, FAULT_MEMBERS_ONE_BY_ONE),
		.blind = story_commits(story, FAULT_BLIND_BREAK),
		.wrong_address = story_commits(story, FAULT_WRONG_ADDRESS),
		.no_tlbi_va = story_commits(story, FAULT_GUARD_WITHOUT_TLBI),
		.tlbi_shift = story_commits(story, FAULT_TLBI_BY_GRANULE) ?
				      story->machine.format.granule_shift :
				      0,
		.no_move = story_commits(story, FAULT_COMMITTER_WALKS),
		.tlbi_once = story_commits(story, FAULT_TLBI_ONCE),
	};
}

void story_invalidate(struct story *story)
{
	sim_tlbi(story->world.sim, SIM_VMALLE1IS);
	sim_barrier(story->world.sim, SIM_DSB_ISH);
}

/* -------------------------------------------------------------------- steps */

void story_begin_step(struct story *story, const char *name)
{
	progress_step(story->options->progress, name);
	story->step_start_ns = now_ns();
}

void story_end_step(struct story *story, enum report_step step)
{
	story->report->steps_ns[step] += now_ns() - story->step_start_ns;
}

int story_refuse(struct story *story, const char *step, int err)
{
	return complain(story->complaint, "%s: %s", step, lm_strerror(err));
}

int story_dump_begin(struct story *story)
{
	const struct story_options *options = story->options;
	struct complaint *complaint = story->complaint;

	if ((!options->dump_dir || !dump_open(options->dump_dir, complaint)) &&
	    (!options->text_dir || !dump_open(options->text_dir, complaint)))
		return 0;
	story->code = EXIT_INPUT;
	return -1;
}

int story_dump(struct story *story, const char *name)
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

int story_verify(struct story *story, const char *when, uint64_t *found)
{
	int err;

	story_begin_step(story, "verifying tables");
	err = verify(&story->world, when, story->report, found, story->complaint);
	story_end_step(story, REPORT_CHECK);
	return err;
}

int story_map_ram(struct story *story)
{
	struct world *world = &story->world;
	int err;

	story_begin_step(story, "mapping");
	err = world_map_ram(world);
	if (err)
		return story_refuse(story, "mapping", err);
	world_start_cpus(world);
	story_end_step(story, REPORT_MAP);

	world_count_leaves(world, &story->report->leaves_before);
	story->report->mapping_tables = world_count_tables(world);
	return 0;
}

/* --------------------------------------------------------------- to the end */

static int begin_without_boot(struct story *story)
{
	int err = story_dump_begin(story);

	return err ? err : story_dump(story, "before");
}

/* What goes on in a world behind a fault that was committed, nobody wants to know. */
static bool ends_at_boot(const struct story_options *options)
{
	return !options->runtime || (options->fault && !fault_edit(options->fault));
}

static int tell(struct story *story)
{
	const struct story_options *options = story->options;
	int err = story_map_ram(story);

	if (err)
		return err;
	err = options->without_boot ? begin_without_boot(story) : story_tell_boot(story);
	if (err || ends_at_boot(options))
		return err;
	err = story_tell_runtime(story, options->runtime);
	return err ? err : story_dump(story, "runtime");
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
		.without_model = options->plan_only,
		.trace = trace,
	};
	bool overrated = story_commits(story, FAULT_LEVEL_2_LIVE);
	int err;

	story->machine = options->machine;
	if (overrated)
		story->machine.boot_bbm = 2;
	story->machine.repeat_tlbi |= story_commits(story, FAULT_TLBI_ONCE);
	err = world_create(&story->world, &story->machine, &world_options,
			   story->complaint);
	if (err)
		story->code = err;
	if (!err && overrated && story->world.cpu)
		story->world.cpu[0].bbm_level = LM_BBM_LIVE;
	if (!err) {
		report_init(story->report, &story->machine, &story->world.fmt,
			    options->way);

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
