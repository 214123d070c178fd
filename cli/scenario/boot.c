// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The boot split of a machine whose CPUs differ: whether it is needed, in which way, and
 * the split, with all other CPUs held unless they roll.
 */
#include "scenario/parts.h"

#include "scenario/edit_check.h"
#include "scenario/edit_way.h"
#include "options/way.h"

static void look(struct scenario *scenario, enum scenario_moment moment)
{
	const struct scenario_options *options = scenario->options;

	if (options->look)
		options->look(options->look_ctx, &scenario->world, moment);
}

/* Some way in which the fault does harm: live, if it does there. */
static enum lm_way way_for_fault(enum fault fault)
{
	enum lm_way way = LM_LIVE;

	while (!fault_harms(fault, way))
		way = (enum lm_way)((way + 1) % LM_WAYS);
	return way;
}

/* With all others held and a port that can switch roots there is always a way. */
static enum lm_way cheapest_way(struct edit_run *run)
{
	enum lm_way way = LM_SWITCH;

	edit_way_cheapest(run, LM_OTHERS_HELD, &way);
	return way;
}

static enum lm_way choose_way(struct edit_run *run)
{
	enum lm_way way = cheapest_way(run);

	if (run->fault && !fault_harms(run->fault, way))
		way = way_for_fault(run->fault);
	return way;
}

/* After report->refused was written. */
static int refuse_way(struct edit_run *run, const char *advice)
{
	struct scenario *scenario = run->scenario;
	const struct scenario_options *options = scenario->options;
	struct report_edit *report = run->report;
	bool chosen = options->choose_way; /* for a fault: auto alone is never refused */

	report->given_up = true;
	scenario->code = EXIT_INPUT;
	return error_set(scenario->error, "--%s %s: %s (%s)", chosen ? "fault" : "commit",
			 chosen ? fault_name(options->fault) :
				  lm_way_name(report->commit),
			 report->refused, advice);
}

/* In place and live are for CPUs for which auto would choose live. */
static int check_cpus(struct edit_run *run)
{
	struct report_edit *report = run->report;
	bool is_live = report->commit == LM_IN_PLACE || report->commit == LM_LIVE;

	if (!is_live || cheapest_way(run) == LM_LIVE)
		return 0;
	snprintf(
		report->refused, sizeof(report->refused),
		"the boot CPU is level %u and walks while leaf sizes change, which needs "
		"level %d",
		run->scenario->report->machine.boot_bbm, LM_BBM_LIVE);
	return refuse_way(run, run->scenario->options->choose_way ? "raise --boot-bbm" :
								    "use --commit auto");
}

/* For an edit that is planned: a break must not cut off the tables. */
static int check_tables(struct edit_run *run)
{
	const struct world *world = &run->scenario->world;
	struct report_edit *report = run->report;

	if (report->commit != LM_BREAK || !world->tables.size ||
	    run->fault == FAULT_BLIND_BREAK ||
	    !lm_edit_touches(&run->edit, world->tables))
		return 0;
	snprintf(report->refused, sizeof(report->refused),
		 "the leaves that map the tables would be invalid meanwhile");
	return refuse_way(run, "add --tables-apart, or choose another way");
}

static int fail(struct edit_run *run, int err)
{
	return err ? scenario_refuse(run->scenario, run->at, err) : 0;
}

/* Plan the change, and check whether it may be made. */
static int decide(struct edit_run *run)
{
	struct scenario *scenario = run->scenario;
	int err;

	run->report->commit = scenario->options->choose_way ? choose_way(run) :
							      scenario->options->way;
	if (run->report->commit == LM_ROLL)
		run->hold = LM_NONE_HELD;
	if (!scenario->report->machine.split_needed) {
		report_set_not_done(run->report, "no split is needed, none was made");
		return 0;
	}
	err = check_cpus(run);
	if (!err)
		err = fail(run, edit_run_plan(run, run->report->commit));
	return err ? err : check_tables(run);
}

static int show_before(struct edit_run *run)
{
	struct scenario *scenario = run->scenario;
	int err = scenario_dump_begin(scenario);

	if (!err)
		err = scenario_dump(scenario, "before");
	if (!err)
		err = edit_verify(run, "before", &run->report->verifier_before);
	if (!err)
		look(scenario, SCENARIO_BEFORE);
	return err;
}

static int make(struct edit_run *run)
{
	int err = edit_run_commit(run);

	edit_run_release(run);
	/* The leader gives up: what follows from that is the fault. */
	if (err == -LM_ETIMEOUT && run->fault)
		return 0;
	return fail(run, err);
}

static int check(struct edit_run *run)
{
	struct scenario *scenario = run->scenario;
	int err;

	scenario->expectation.as_pages = scenario->report->machine.split_needed;
	err = edit_check(run);
	scenario->expectation.as_pages = false;
	look(scenario, SCENARIO_AFTER);
	return err ? err : scenario_dump(scenario, "after");
}

static enum fault fault_of_boot(const struct scenario *scenario)
{
	enum fault fault = scenario->options->fault;

	return fault_edit(fault) ? FAULT_NONE : fault;
}

int scenario_boot(struct scenario *scenario)
{
	bool is_needed = scenario->report->machine.split_needed;
	struct edit_request request = {
		.name = "split",
		.what = "all of it as pages",
		.goal = EDIT_PAGES,
		.range = scenario->world.linear.range,
		.names_steps = true,
	};
	struct report_edit *report = report_add_split(scenario->report);
	struct edit_run run;
	int err;

	edit_run_begin(&run, scenario, &request, report, fault_of_boot(scenario));
	err = decide(&run);
	if (err || scenario->options->plan_only)
		return err;
	if (!is_needed)
		request.goal = EDIT_NOTHING;
	err = show_before(&run);
	if (!err && is_needed)
		err = make(&run);
	return err ? err : check(&run);
}
