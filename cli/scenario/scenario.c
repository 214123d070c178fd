// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A scenario from beginning to end: the machine, its map, the parts that were asked for,
 * the files.
 */
#include "scenario/scenario.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "scenario/parts.h"
#include "scenario/state.h"

/* Return: how many nanoseconds it took; 0, and *@err, if it failed. */
static uint64_t map_ram(struct scenario *scenario, int *err)
{
	struct world *world = &scenario->world;
	uint64_t start_ns;

	progress_step(scenario->options->progress, "mapping");
	start_ns = now_ns();
	*err = world_map_ram(world);
	if (*err)
		return 0;
	world_start_cpus(world);
	return now_ns() - start_ns;
}

/* The map before any edit. */
static void note_map(struct scenario *scenario)
{
	const struct world *world = &scenario->world;
	struct report_machine *machine = &scenario->report->machine;

	world_count_leaves(world, &machine->leaves);
	machine->tables = world_count_tables(world);
	machine->split_needed = lm_region_needs_split(&world->linear, &world->cpus);
	expect_init(&scenario->expectation, world);
}

static int begin_without_boot(struct scenario *scenario)
{
	int err = scenario_dump_begin(scenario);

	return err ? err : scenario_dump(scenario, "before");
}

/* After an injected fault nothing in the world means anything. */
static bool ends_at_boot(const struct scenario_options *options)
{
	return !options->runtime || (options->fault && !fault_edit(options->fault));
}

static int run_parts(struct scenario *scenario)
{
	const struct scenario_options *options = scenario->options;
	int err;
	uint64_t map_ns = map_ram(scenario, &err);

	if (err)
		return scenario_refuse(scenario, "mapping", err);
	note_map(scenario);
	err = options->boot ? scenario_boot(scenario) : begin_without_boot(scenario);
	if (scenario->report->has_split)
		scenario->report->edit[0].steps_ns[REPORT_MAP] = map_ns;
	if (err || ends_at_boot(options))
		return err;
	err = scenario_runtime(scenario);
	return err ? err : scenario_dump(scenario, "runtime");
}

static FILE *open_trace(struct scenario *scenario)
{
	const char *path = scenario->options->trace_path;
	FILE *trace = fopen(path, "w");

	if (!trace) {
		scenario->code = EXIT_INPUT;
		error_set(scenario->error, "%s: cannot write: %s", path, strerror(errno));
	}
	return trace;
}

static int close_trace(struct scenario *scenario, FILE *trace)
{
	bool failed = ferror(trace);

	if (!fclose(trace) && !failed)
		return 0;
	return error_set(scenario->error, "%s: cannot write: %s",
			 scenario->options->trace_path, strerror(errno));
}

static int create_and_run(struct scenario *scenario, FILE *trace)
{
	const struct scenario_options *options = scenario->options;
	struct world_options world_options = {
		.region_flags = options->region_flags,
		.longest_run = options->longest_run,
		.tables_apart = options->tables_apart,
		.without_model = options->plan_only,
		.trace = trace,
	};
	struct world *world = &scenario->world;
	bool overrated = options->fault == FAULT_LEVEL_2_LIVE;
	int err;

	scenario->machine = options->machine;
	if (overrated)
		scenario->machine.boot_bbm = 2;
	scenario->machine.repeat_tlbi |= options->fault == FAULT_TLBI_ONCE;
	err = world_create(world, &scenario->machine, &world_options, scenario->error);
	if (err)
		scenario->code = err;
	if (!err && overrated && world->cpu)
		world->cpu[0].bbm_level = LM_BBM_LIVE;
	if (!err) {
		report_init(scenario->report, &scenario->machine, &world->fmt);
		err = run_parts(scenario);
	}
	world_destroy(world);
	return err;
}

/* So much RAM takes longer than the first second. */
#define LONG_RUN_SIZE (UINT64_C(256) << 30)

int scenario_run(const struct scenario_options *options, struct report *report,
		 struct error *error)
{
	struct scenario scenario = {
		.options = options,
		.report = report,
		.error = error,
		.code = EXIT_NOT_HELD,
	};
	FILE *trace = NULL;
	int err = 0;

	memset(report, 0, sizeof(*report));
	if (banks_size(&options->machine.ram) >= LONG_RUN_SIZE)
		progress_expect_long(options->progress);
	if (options->trace_path) {
		trace = open_trace(&scenario);
		err = trace ? 0 : -1;
	}
	if (!err)
		err = create_and_run(&scenario, trace);
	if (trace && !err)
		err = close_trace(&scenario, trace);
	else if (trace)
		fclose(trace);
	progress_end(options->progress);
	return err ? scenario.code : 0;
}
