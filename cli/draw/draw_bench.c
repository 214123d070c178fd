// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading a benchmark, and two charts of it with logarithmic axes. */
#include "draw/draw_bench.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "draw/draw_svg.h"
#include "base/file.h"
#include "base/units.h"
#include "options/way.h"

/* ----------------------------------------------------------------- reading */

#define ADVICE "is this a file that 'make bench' wrote?"

/* Where in the file something is, for errors. */
struct reader {
	const char *path;
	size_t size; /* the index in "stop" */
	struct bench_picture *picture;
	struct error *error;
};

static int refuse(const struct reader *reader, const char *problem)
{
	return error_set(reader->error, "%s: stop[%zu]: %s (" ADVICE ")", reader->path,
			 reader->size, problem);
}

/* What a logarithm can be taken of, and a uint64_t can hold. */
static bool is_drawable(double value)
{
	return value > 0 && value <= 1e18;
}

static bool times_read(const json_t *us, double times[3])
{
	double before = 0;

	if (json_array_size(us) != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		times[i] = json_number_value(json_array_get(us, i));
		if (!is_drawable(times[i]) || times[i] < before)
			return false;
		before = times[i];
	}
	return true;
}

static int way_read(const struct reader *reader, const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "way"));
	json_int_t stores = json_integer_value(json_object_get(object, "stores"));
	struct bench_point *point;
	enum lm_way way;

	if (!name || !way_parse(name, &way))
		return refuse(reader, "no \"way\" to commit, or an unknown one");
	point = &reader->picture->points[reader->size][way];
	if (point->stores)
		return refuse(reader, "one way twice");
	if (stores <= 0)
		return refuse(reader, "\"stores\" is not a number above 0");
	point->stores = (uint64_t)stores;
	if (!times_read(json_object_get(object, "us"), point->us))
		return refuse(
			reader,
			"\"us\" is not three numbers above 0, quartiles and median");
	return 0;
}

static int size_read(const struct reader *reader, const json_t *object)
{
	struct bench_picture *picture = reader->picture;
	json_int_t gib = json_integer_value(json_object_get(object, "gib"));
	const json_t *ways = json_object_get(object, "ways");
	const json_t *way;
	size_t i;

	if (gib <= 0 || gib > INT64_C(1) << 30)
		return refuse(reader, "\"gib\" is not a number of GiB");
	if (reader->size && (uint64_t)gib <= picture->gib[reader->size - 1])
		return refuse(reader, "\"gib\" is not more than the one before");
	picture->gib[reader->size] = (uint64_t)gib;
	if (!json_array_size(ways))
		return refuse(reader, "no \"ways\"");
	json_array_foreach(ways, i, way) if (way_read(reader, way)) return -1;
	return 0;
}

static int sizes_read(struct reader *reader, const json_t *all)
{
	const json_t *stop = json_object_get(all, "stop");
	const json_t *size;

	if (json_array_size(stop) < 2 || json_array_size(stop) > BENCH_SIZES)
		return error_set(reader->error,
				 "%s: no \"stop\" with 2 to %d sizes of RAM (" ADVICE ")",
				 reader->path, BENCH_SIZES);
	json_array_foreach(stop, reader->size,
			   size) if (size_read(reader, size)) return -1;
	reader->picture->sizes = json_array_size(stop);
	return 0;
}

int bench_picture_read(struct bench_picture *picture, const char *path,
		       struct error *error)
{
	struct reader reader = { path, 0, picture, error };
	json_error_t json_error;
	struct file file;
	json_t *all;
	int err;

	memset(picture, 0, sizeof(*picture));
	if (file_read(&file, path, error))
		return -1;
	all = json_loadb(file.bytes, file.size, JSON_REJECT_DUPLICATES, &json_error);
	file_free(&file);
	if (!all)
		return error_set(error, "%s:%d: %s (" ADVICE ")", path, json_error.line,
				 json_error.text);
	err = sizes_read(&reader, all);
	json_decref(all);
	return err;
}

/* ------------------------------------------------------------------- scale */

#define WIDTH	    1180
#define HEIGHT	    520
#define MARGIN	    24
#define CHART_TOP   142
#define CHART_HIGH  300
#define CHART_WIDE  450
#define CHART_LEFT  112 /* of the first one */
#define CHART_PITCH 578

/**
 * struct chart - one of the two
 * @title: what is drawn
 * @left: of the plot
 * @value: of a point: low, middle, high
 * @tick: what 10^n of it is called
 * @low, @high: powers of ten at the ends of the axis
 */
struct chart {
	const char *title;
	int left;
	void (*value)(const struct bench_point *point, double value[3]);
	struct short_text (*tick)(int n);
	int low, high;
};

static void time_value(const struct bench_point *point, double value[3])
{
	for (int i = 0; i < 3; i++)
		value[i] = point->us[i] * 1e3;
}

static void stores_value(const struct bench_point *point, double value[3])
{
	for (int i = 0; i < 3; i++)
		value[i] = (double)point->stores;
}

/* 10^@n nanoseconds. */
static struct short_text time_tick(int n)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	int unit = n < 0 ? 0 : n / 3 < 3 ? n / 3 : 3;
	struct short_text text;

	snprintf(text.s, sizeof(text.s), "%g %s", pow(10, n - 3 * unit), units[unit]);
	return text;
}

static struct short_text stores_tick(int n)
{
	return count_text((uint64_t)llround(pow(10, n)));
}

static void chart_fit(struct chart *chart, const struct bench_picture *picture)
{
	double low = INFINITY;
	double high = 0;

	for (size_t i = 0; i < picture->sizes; i++) {
		for (int way = 0; way < LM_WAYS; way++) {
			const struct bench_point *point = &picture->points[i][way];
			double value[3];

			if (!point->stores)
				continue;
			chart->value(point, value);
			low = fmin(low, value[0]);
			high = fmax(high, value[2]);
		}
	}
	/* Nothing was measured: the axis is as good as any. */
	if (high <= 0)
		low = high = 1;
	chart->low = (int)floor(log10(low));
	chart->high = (int)ceil(log10(high));
	if (chart->high == chart->low)
		chart->high++;
}

static double y_of(const struct chart *chart, double value)
{
	double part = (log10(value) - chart->low) / (chart->high - chart->low);

	return CHART_TOP + CHART_HIGH * (1 - part);
}

static double x_of(const struct bench_picture *picture, const struct chart *chart,
		   size_t size)
{
	double first = log2((double)picture->gib[0]);
	double last = log2((double)picture->gib[picture->sizes - 1]);
	double part = (log2((double)picture->gib[size]) - first) / (last - first);

	return chart->left + 14 + (CHART_WIDE - 28) * part;
}

/* ----------------------------------------------------------------- drawing */

/*
 * Colours that people who see few of them can tell apart; each way also has a
 * mark of its own, and lines that lie on one another are told apart by dashes.
 */
static const char chart_style[] =
	".grid { stroke: #e2e2dc }\n"
	".axis { stroke: #8a8a84 }\n"
	".line { fill: none; stroke-width: 2.2; stroke-linejoin: round }\n"
	".w0 { stroke: #c4511a } .m0 { fill: #c4511a }\n"
	".w1 { stroke: #1f6fb5 } .m1 { fill: #1f6fb5 }\n"
	".w2 { stroke: #b0619a; stroke-dasharray: 7 4 } .m2 { fill: #b0619a }\n"
	".w3 { stroke: #118a69; stroke-dasharray: 2 3 } .m3 { fill: #118a69 }\n"
	".whisker { stroke-width: 1.4; stroke-dasharray: none }\n"
	".halo { stroke: #fbfbf8; stroke-width: 1.2 }\n";

/* Each around 0, 0: a circle, a square, a triangle, a diamond. */
static const char *const marks[LM_WAYS] = {
	[LM_IN_PLACE] = "M-5 0 a5 5 0 1 0 10 0 a5 5 0 1 0 -10 0 z",
	[LM_LIVE] = "M-4.5 -4.5 h9 v9 h-9 z",
	[LM_BREAK] = "M0 -6 L5.6 4.4 H-5.6 z",
	[LM_SWITCH] = "M0 -6.4 L6.4 0 L0 6.4 L-6.4 0 z",
};

static bool is_measured(const struct bench_picture *picture, int way)
{
	for (size_t i = 0; i < picture->sizes; i++)
		if (picture->points[i][way].stores)
			return true;
	return false;
}

static void draw_mark(FILE *out, double x, double y, int way)
{
	fprintf(out, "<path class='m%d halo' transform='translate(%.1f %.1f)' d='%s'/>\n",
		way, x, y, marks[way]);
}

static void draw_grid(const struct bench_picture *picture, const struct chart *chart,
		      FILE *out)
{
	int bottom = CHART_TOP + CHART_HIGH;

	svg_text(out, chart->left, CHART_TOP - 16, "strong", "%s", chart->title);
	for (int n = chart->low; n <= chart->high; n++) {
		double y = y_of(chart, pow(10, n));

		fprintf(out, "<path class='grid' d='M%d %.1f h%d'/>\n", chart->left, y,
			CHART_WIDE);
		svg_text(out, chart->left - 10, y + 4.5, "small faint end", "%s",
			 chart->tick(n).s);
	}
	fprintf(out, "<path class='axis' d='M%d %d h%d'/>\n", chart->left, bottom,
		CHART_WIDE);
	for (size_t i = 0; i < picture->sizes; i++) {
		double x = x_of(picture, chart, i);

		fprintf(out, "<path class='axis' d='M%.1f %d v5'/>\n", x, bottom);
		svg_text(out, x, bottom + 22, "small faint middle", "%s",
			 size_text(picture->gib[i] << 30).s);
	}
}

/* A line through the medians. */
static void draw_line(const struct bench_picture *picture, const struct chart *chart,
		      FILE *out, int way)
{
	char step = 'M';

	fprintf(out, "<path class='line w%d' d='", way);
	for (size_t i = 0; i < picture->sizes; i++) {
		const struct bench_point *point = &picture->points[i][way];
		double value[3];

		if (!point->stores)
			continue;
		chart->value(point, value);
		fprintf(out, "%c%.1f %.1f", step, x_of(picture, chart, i),
			y_of(chart, value[1]));
		step = 'L';
	}
	fputs("'/>\n", out);
}

static void draw_points(const struct bench_picture *picture, const struct chart *chart,
			FILE *out, int way)
{
	for (size_t i = 0; i < picture->sizes; i++) {
		const struct bench_point *point = &picture->points[i][way];
		double x = x_of(picture, chart, i);
		double value[3];

		if (!point->stores)
			continue;
		chart->value(point, value);
		fprintf(out,
			"<path class='whisker w%d' d='M%.1f %.1f V%.1f'/>\n"
			"<g><title>%s, %s: %s, %s %s</title>\n",
			way, x, y_of(chart, value[0]), y_of(chart, value[2]),
			way_name((enum lm_way)way), size_text(picture->gib[i] << 30).s,
			time_text((uint64_t)llround(point->us[1] * 1e3)).s,
			count_text(point->stores).s,
			point->stores == 1 ? "store" : "stores");
		draw_mark(out, x, y_of(chart, value[1]), way);
		fputs("</g>\n", out);
	}
}

static void draw_chart(const struct bench_picture *picture, struct chart *chart,
		       FILE *out)
{
	chart_fit(chart, picture);
	draw_grid(picture, chart, out);
	for (int way = 0; way < LM_WAYS; way++)
		if (is_measured(picture, way))
			draw_line(picture, chart, out, way);
	for (int way = 0; way < LM_WAYS; way++)
		draw_points(picture, chart, out, way);
}

static void draw_legend(const struct bench_picture *picture, FILE *out)
{
	int x = CHART_LEFT;

	for (int way = 0; way < LM_WAYS; way++) {
		if (!is_measured(picture, way))
			continue;
		fprintf(out, "<path class='line w%d' d='M%d 94 h34'/>\n", way, x);
		draw_mark(out, x + 17, 94, way);
		svg_text(out, x + 44, 99, "strong", "%s", way_name((enum lm_way)way));
		x += 132;
	}
}

/* The longest stop of all and what the other ways make of it, in words. */
static void draw_summary(const struct bench_picture *picture, FILE *out)
{
	size_t last = picture->sizes - 1;
	const char *separator = "";

	fprintf(out, "<text x='%d' y='64' class='faint'>With %s: ", MARGIN,
		size_text(picture->gib[last] << 30).s);
	for (int way = 0; way < LM_WAYS; way++) {
		const struct bench_point *point = &picture->points[last][way];

		if (!point->stores)
			continue;
		fprintf(out, "%s%s %s", separator, way_name((enum lm_way)way),
			time_text((uint64_t)llround(point->us[1] * 1e3)).s);
		separator = ", ";
	}
	fputs(".</text>\n", out);
}

void bench_picture_draw(const struct bench_picture *picture, FILE *out)
{
	static const struct svg_names names = {
		"The stop against RAM",
		"Time and stores to live tables in the stop, for each way to commit, as "
		"RAM grows; both axes are logarithmic.",
	};
	struct chart charts[] = {
		{ "time in the stop", CHART_LEFT, time_value, time_tick, 0, 0 },
		{ "stores to live tables in the stop", CHART_LEFT + CHART_PITCH,
		  stores_value, stores_tick, 0, 0 },
	};

	svg_begin(out, WIDTH, HEIGHT, &names, chart_style);
	svg_text(out, MARGIN, 40, "big", "%s", names.title);
	draw_summary(picture, out);
	draw_legend(picture, out);
	draw_chart(picture, &charts[0], out);
	draw_chart(picture, &charts[1], out);
	svg_text(
		out, MARGIN, HEIGHT - 22, "small faint",
		"1 GiB blocks to 4 KiB pages, measured on a host, without TLB maintenance. "
		"Medians; bars from quartile to quartile. All axes are logarithmic.");
	svg_end(out);
}
