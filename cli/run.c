// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap run and linmap demo: stories told and reported.
 */
#include "command.h"

/* The fault has to be one of the story that is told. */
static bool fault_is_told(const char *who, const struct options *options)
{
	struct complaint complaint = { "" };
	bool at_runtime = fault_edit(options->fault);

	if (!options->fault ||
	    options->story != (at_runtime ? STORY_BOOT : STORY_RUNTIME))
		return true;
	complain(&complaint, "--fault %s: committed %s (use linmap run --story all)",
		 fault_name(options->fault), at_runtime ? "at runtime" : "at boot");
	complaint_print(&complaint, who);
	return false;
}

static int tell_run(const struct options *options, struct report *report,
		    struct report_edits *edits)
{
	struct complaint complaint = { "" };
	struct progress progress;
	struct story_options story = command_story_options(options, &progress);
	int code;

	story.without_boot = options->story == STORY_RUNTIME;
	story.runtime = options->story == STORY_BOOT ? NULL : edits;
	progress_begin(&progress, options->quiet);
	code = story_run(&story, report, &complaint);
	if (code)
		complaint_print(&complaint, "linmap");
	return code;
}

static void print_run(const struct report *report, bool with_boot,
		      const struct report_edits *edits)
{
	if (with_boot)
		report_print(stdout, report, 1);
	else
		report_print_machine(stdout, report);
	report_edits_print(stdout, edits);
}

static int run(const struct options *options)
{
	static struct report_edits edits;
	struct report report;
	bool with_boot;
	int code;

	if (!fault_is_told("linmap run", options))
		return EXIT_INPUT;
	code = tell_run(options, &report, &edits);
	if (code)
		return code;
	with_boot = options->story != STORY_RUNTIME;
	if (!options->json)
		print_run(&report, with_boot, &edits);
	else if (report_print_edits_json(stdout, &report, with_boot, &edits))
		return command_out_of_memory();
	return report_edits_held(&edits) && (!with_boot || report_all_held(&report)) ?
		       EXIT_HELD :
		       EXIT_NOT_HELD;
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

static int demo(struct options *options)
{
	struct report reports[REPORT_COLUMNS];
	bool held = true;
	int code;

	options->story = STORY_BOOT;
	if (!fault_is_told("linmap demo", options))
		return EXIT_INPUT;
	code = tell_ways(options, reports);
	if (code)
		return code;
	for (size_t i = 0; i < REPORT_COLUMNS; i++)
		held = held && (reports[i].refusal[0] || report_all_held(&reports[i]));
	if (!options->json)
		report_print(stdout, reports, REPORT_COLUMNS);
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
