// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap run and linmap demo: stories told and reported.
 */
#include "command.h"

int command_run(int argc, char **argv)
{
	struct options options;
	struct report report;
	int code;

	if (!command_begin(&options, COMMAND_RUN, argc, argv, &code))
		return code;
	code = command_one_story(&options, false, &report);
	if (code)
		return code;
	if (!options.json)
		report_print(stdout, &report, 1);
	else if (report_print_json(stdout, &report))
		return command_out_of_memory();
	return report_all_held(&report) ? EXIT_HELD : EXIT_NOT_HELD;
}

/* One story for each way. A way that is refused is a result too. */
static int tell_ways(struct options *options, struct report reports[REPORT_COLUMNS])
{
	static const enum lm_way ways[REPORT_COLUMNS] = { LM_IN_PLACE, LM_LIVE,
							  LM_SWITCH };
	struct complaint complaint = { "" };
	struct progress progress;
	int code;

	progress_begin(&progress, options->quiet);
	options->choose_way = false;
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		options->way = ways[i];
		code = command_story(options, false, &progress, &reports[i], &complaint);
		if (!code || reports[i].refusal[0])
			continue;
		complaint_print(&complaint, "linmap");
		return code;
	}
	return 0;
}

int command_demo(int argc, char **argv)
{
	struct options options;
	struct report reports[REPORT_COLUMNS];
	bool held = true;
	int code;

	if (!command_begin(&options, COMMAND_DEMO, argc, argv, &code))
		return code;
	code = tell_ways(&options, reports);
	if (code)
		return code;
	for (size_t i = 0; i < REPORT_COLUMNS; i++)
		held = held && (reports[i].refusal[0] || report_all_held(&reports[i]));
	if (!options.json)
		report_print(stdout, reports, REPORT_COLUMNS);
	else if (report_print_demo_json(stdout, reports, REPORT_COLUMNS))
		return command_out_of_memory();
	return held ? EXIT_HELD : EXIT_NOT_HELD;
}
