// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap draw: run a scenario, draw a picture, and write it to a file or standard output. */
#include "command.h"

#include <errno.h>
#include <string.h>

#include "draw/draw_map.h"
#include "report/verdict.h"

static int refuse_output(const char *path)
{
	struct error error = { "" };
	int code = errno == ENOSPC ? EXIT_NOT_HELD : EXIT_INPUT;

	error_set(&error, "%s: cannot write: %s", path, strerror(errno));
	error_print(&error, "linmap");
	return code;
}

/* An old file is replaced only when the picture is ready. */
static int write_picture(const struct map_picture *picture, const char *path)
{
	FILE *out = path ? fopen(path, "w") : stdout;
	bool failed;

	if (!out)
		return refuse_output(path);
	map_picture_draw(picture, out);
	if (!path)
		return EXIT_HELD;
	failed = ferror(out);
	return fclose(out) || failed ? refuse_output(path) : EXIT_HELD;
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
	return write_picture(&picture, options->output);
}

int command_draw(int argc, char **argv)
{
	struct options options;
	int code;

	if (!command_begin(&options, COMMAND_DRAW, argc, argv, &code))
		return code;
	code = draw_machine(&options);
	options_free(&options);
	return code;
}
