// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap draw: from a story to a picture, and the picture to where it is wanted. */
#include "command.h"

#include <errno.h>
#include <string.h>

#include "draw_map.h"

static int refuse_output(const char *path)
{
	struct complaint complaint = { "" };
	int code = errno == ENOSPC ? EXIT_NOT_HELD : EXIT_INPUT;

	complain(&complaint, "%s: cannot write: %s", path, strerror(errno));
	complaint_print(&complaint, "linmap");
	return code;
}

/* Only a picture that is there replaces a file that was. */
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

static int refuse_report(const struct report *report)
{
	struct complaint complaint = { "" };
	char sentence[1024];

	complain(&complaint, "%s", report_verdict(report, sentence, sizeof(sentence)));
	complaint_print(&complaint, "linmap");
	return EXIT_NOT_HELD;
}

static int draw_machine(const struct options *options)
{
	struct complaint complaint = { "" };
	struct map_picture picture;
	struct progress progress;
	struct report report;
	struct story_options story = command_story_options(options, &progress);
	int code;

	map_picture_init(&picture, &options->machine, &report);
	story.look = map_picture_look;
	story.look_ctx = &picture;
	progress_begin(&progress, options->quiet);
	code = story_run(&story, &report, &complaint);
	if (code) {
		complaint_print(&complaint, "linmap");
		return code;
	}
	if (!report_all_held(&report))
		return refuse_report(&report);
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
