// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap draw: run a scenario, or read a machine, draw a picture, and write it to a file or
 * standard output.
 */
#include "command.h"
#include "draw/draw_map.h"
#include "output_file.h"
#include "plan_source.h"
#include "report/verdict.h"

static int draw_picture(void *ctx, FILE *out)
{
	map_picture_draw(ctx, out);
	return 0;
}

static int refuse_split(const struct report_edit *split)
{
	struct error error = { "" };
	char sentence[1024];

	error_set(&error, "%s", edit_verdict(split, sentence, sizeof(sentence)));
	error_print(&error, "linmap");
	return EXIT_NOT_HELD;
}

static int draw_machine(const struct options *options)
{
	static struct report report;
	struct map_picture picture;
	struct progress progress;
	struct scenario_options scenario = command_scenario(options, &progress);
	int code;

	map_picture_init(&picture, &options->machine, &report);
	scenario.checks = false; /* the picture shows leaves, not pages */
	scenario.look = map_picture_look;
	scenario.look_ctx = &picture;
	progress_begin(&progress, options->quiet);
	code = command_run_scenario(&scenario, &report);
	if (code)
		return code;
	if (!report_held(&report))
		return refuse_split(&report.edit[0]);
	/* An old file is replaced only now that the picture is ready. */
	return output_file_write(options->output, draw_picture, &picture);
}

int command_draw(int argc, char **argv)
{
	struct options options;
	int code;

	if (!command_begin(&options, COMMAND_DRAW, argc, argv, &code))
		return code;
	code = options.command == COMMAND_DRAW ? draw_machine(&options) :
						 draw_source(&options);
	options_free(&options);
	return code;
}
