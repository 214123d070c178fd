// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap run and linmap demo: run scenarios and report.
 */
#include "command.h"
#include "report/report_json.h"
#include "report/report_text.h"
#include "report/verdict.h"

/* The fault must belong to the scenario that is run. */
static bool fault_is_run(const char *who, const struct options *options)
{
	struct error error = { "" };
	bool at_runtime = fault_edit(options->fault);

	if (!options->fault ||
	    options->scenario != (at_runtime ? SCENARIO_BOOT : SCENARIO_RUNTIME))
		return true;
	error_set(&error, "--fault %s: happens only %s (use linmap run --scenario all)",
		  fault_name(options->fault), at_runtime ? "at runtime" : "at boot");
	error_print(&error, who);
	return false;
}

static int run(const struct options *options)
{
	static struct report report;
	struct progress progress;
	struct scenario_options scenario = command_scenario(options, &progress);
	int code;

	if (!fault_is_run("linmap run", options))
		return EXIT_INPUT;
	scenario.boot = options->scenario != SCENARIO_RUNTIME;
	scenario.runtime = options->scenario != SCENARIO_BOOT;
	progress_begin(&progress, options->quiet);
	code = command_run_scenario(&scenario, &report);
	if (code)
		return code;
	if (!options->json)
		report_print(stdout, &report);
	else if (report_print_json(stdout, &report))
		return command_out_of_memory();
	return report_held(&report) ? EXIT_HELD : EXIT_NOT_HELD;
}

int command_run(int argc, char **argv)
{
	struct options options;
	int code;

	if (!command_begin(&options, COMMAND_RUN, argc, argv, &code))
		return code;
	code = run(&options);
	options_free(&options);
	return code;
}

/* One scenario for each way. A way that is refused is a result too. */
static int run_ways(const struct options *options, struct report reports[REPORT_COLUMNS])
{
	static const enum lm_way ways[REPORT_COLUMNS] = { LM_IN_PLACE, LM_LIVE, LM_SWITCH,
							  LM_ROLL };
	struct error error = { "" };
	struct progress progress;
	struct scenario_options scenario = command_scenario(options, &progress);
	int code;

	progress_begin(&progress, options->quiet);
	scenario.choose_way = false;
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		scenario.way = ways[i];
		code = scenario_run(&scenario, &reports[i], &error);
		if (!code || report_is_refused(&reports[i]))
			continue;
		error_print(&error, "linmap");
		return code;
	}
	return 0;
}

static int demo(struct options *options)
{
	static struct report reports[REPORT_COLUMNS];
	bool held = true;
	int code;

	options->scenario = SCENARIO_BOOT;
	if (!fault_is_run("linmap demo", options))
		return EXIT_INPUT;
	code = run_ways(options, reports);
	if (code)
		return code;
	for (size_t i = 0; i < REPORT_COLUMNS; i++)
		held = held &&
		       (report_is_refused(&reports[i]) || report_held(&reports[i]));
	if (!options->json)
		report_print_splits(stdout, reports, REPORT_COLUMNS);
	else if (report_print_demo_json(stdout, reports, REPORT_COLUMNS))
		return command_out_of_memory();
	return held ? EXIT_HELD : EXIT_NOT_HELD;
}

int command_demo(int argc, char **argv)
{
	struct options options;
	int code;

	if (!command_begin(&options, COMMAND_DEMO, argc, argv, &code))
		return code;
	code = demo(&options);
	options_free(&options);
	return code;
}
