// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap plan: what a change takes, without making it.
 */
#include "command.h"

static int plan(const struct options *options)
{
	struct report report;
	int code = command_one_story(options, true, &report);

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
	code = plan(&options);
	options_free(&options);
	return code;
}
