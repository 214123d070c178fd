// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap draw: from a scenario or a benchmark to a picture, and the picture to where
 * it is wanted.
 */
#include "command.h"

#include <errno.h>
#include <string.h>

#include "draw/draw_bench.h"
#include "draw/draw_map.h"
#include "report/verdict.h"

/* A picture, and how it is drawn. */
struct drawing {
	void (*draw)(const void *picture, FILE *out);
	const void *picture;
};

static void draw_map(const void *picture, FILE *out)
{
	map_picture_draw(picture, out);
}

static void draw_bench(const void *picture, FILE *out)
{
	bench_picture_draw(picture, out);
}

static int refuse_output(const char *path)
{
	struct error error = { "" };
	int code = errno == ENOSPC ? EXIT_NOT_HELD : EXIT_INPUT;

	error_set(&error, "%s: cannot write: %s", path, strerror(errno));
	error_print(&error, "linmap");
	return code;
}

/* Only a picture that is there replaces a file that was. */
static int write_drawing(const struct drawing *drawing, const char *path)
{
	FILE *out = path ? fopen(path, "w") : stdout;
	bool failed;

	if (!out)
		return refuse_output(path);
	drawing->draw(drawing->picture, out);
	if (!path)
		return EXIT_HELD;
	failed = ferror(out);
	return fclose(out) || failed ? refuse_output(path) : EXIT_HELD;
}

static int draw_benchmark(const struct options *options)
{
	struct error error = { "" };
	struct bench_picture picture;

	if (bench_picture_read(&picture, options->bench, &error)) {
		error_print(&error, "linmap");
		return EXIT_INPUT;
	}
	return write_drawing(&(struct drawing){ draw_bench, &picture }, options->output);
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
	return write_drawing(&(struct drawing){ draw_map, &picture }, options->output);
}

int command_draw(int argc, char **argv)
{
	struct options options;
	int code;

	if (!command_begin(&options, COMMAND_DRAW, argc, argv, &code))
		return code;
	code = options.bench ? draw_benchmark(&options) : draw_machine(&options);
	options_free(&options);
	return code;
}
