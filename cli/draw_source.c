// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap draw SOURCE: the map of a real machine, as a picture or as a page. */
#include "output_file.h"
#include "plan_source.h"
#include "see/seen_picture.h"
#include "see_command.h"

/* What a picture is made of, once it is known that there is something to draw. */
struct drawing {
	const struct seen_map *seen;
	const struct stretches *stretches;
	bool is_page;
};

static int draw(void *ctx, FILE *out)
{
	const struct drawing *drawing = ctx;

	if (drawing->is_page)
		return seen_page_write(out, drawing->seen, drawing->stretches);
	seen_picture_draw(out, drawing->seen, drawing->stretches);
	return 0;
}

/* Of a picture the linear map is enough; a page has room for everything. */
static void choose_range(struct stretches *stretches, const struct options *options,
			 const struct layout *layout)
{
	stretches->last = UINT64_MAX;
	if (options->has_range) {
		stretches->first = options->range_first;
		stretches->last = options->range_last;
	} else if (layout->is_known && !options->html) {
		stretches->first = layout->part[layout->linear].first;
		stretches->last = layout->part[layout->linear].last;
	}
}

static int scan(struct see *see, struct census *census, struct stretches *stretches,
		struct error *error)
{
	struct scan scan = { stretches_add, stretches, census, &see->progress };
	struct layout layout;

	layout_of_source(&layout, &see->source);
	choose_range(stretches, &see->options, &layout);
	return scan_source(&see->source, &scan, error);
}

/* A text is read once, so its parts are not known before: all of it is kept. */
static int scan_all_text(struct see *see, struct census *census,
			 struct stretches *stretches, struct error *error)
{
	struct scan scan = { stretches_add, stretches, census, &see->progress };
	struct stretches part = { .first = 0 };
	int err;

	stretches->last = UINT64_MAX;
	err = scan_text(see->path, &scan, error);
	choose_range(&part, &see->options, &census->layout);
	if (!err)
		stretches_cut(stretches, part.first, part.last);
	return err;
}

static int draw_scanned(struct see *see, const struct census *census,
			const struct stretches *stretches)
{
	struct seen_map seen = {
		.path = see->path,
		.kind = source_kind_text(see->kind),
		.source = see->kind == SOURCE_TEXT ? NULL : &see->source,
		.census = census,
	};
	struct drawing drawing = { &seen, stretches, see->options.html };
	struct error error = { "" };

	if (stretches->failed)
		return command_out_of_memory();
	if (!stretches->count) {
		error_set(&error, "%s: nothing is mapped %s", see->path,
			  see->options.has_range ? "in the range" : "that can be drawn");
		return see_refuse(&error);
	}
	return output_file_write(see->options.output, draw, &drawing);
}

int draw_source(const struct options *options)
{
	static struct census census;
	struct stretches stretches = { .first = 0 };
	struct see see = { .options = *options };
	struct error error = { "" };
	int code;

	if (!see_begin_options(&see, &code))
		return code;
	code = see.kind == SOURCE_TEXT ? 0 : see_open(&see);
	if (!code) {
		if (see.kind == SOURCE_TEXT ?
			    scan_all_text(&see, &census, &stretches, &error) :
			    scan(&see, &census, &stretches, &error))
			code = see_refuse(&error);
		else
			code = draw_scanned(&see, &census, &stretches);
	}
	stretches_free(&stretches);
	source_close(&see.source);
	return code;
}
