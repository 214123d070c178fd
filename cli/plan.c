// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap plan: count what the boot split takes, without making it; of a model, or of a
 * machine that is read.
 */
#include "command.h"
#include "plan_source.h"
#include "report/report_json.h"
#include "report/report_text.h"

static int plan(const struct options *options)
{
	static struct report report;
	struct progress progress;
	struct scenario_options scenario = command_scenario(options, &progress);
	int code;

	scenario.plan_only = true;
	progress_begin(&progress, options->quiet);
	code = command_run_scenario(&scenario, &report);
	if (code)
		return code;
	if (!options->json)
		report_print_plan(stdout, &report);
	else if (report_print_plan_json(stdout, &report))
		return command_out_of_memory();
	return EXIT_HELD;
}

int command_plan(int argc, char **argv)
{
	struct options options;
	int code;

	if (!command_begin(&options, COMMAND_PLAN, argc, argv, &code))
		return code;
	code = options.command == COMMAND_PLAN ? plan(&options) : plan_source(&options);
	options_free(&options);
	return code;
}
