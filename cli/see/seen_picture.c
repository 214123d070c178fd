// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The picture: rows of input addresses, of which those with nothing mapped are left out.
 * Permissions are a line below the leaves.
 */
#include "see/seen_picture.h"

#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "draw/draw_svg.h"

#define MARGIN	     24
#define LABEL_WIDTH  170
#define COLUMNS	     1024
#define WIDTH	     (2 * MARGIN + LABEL_WIDTH + COLUMNS)
#define ROWS_TOP     104
#define BAR_HEIGHT   22
#define LINE_HEIGHT  4
#define ROW_PITCH    36
#define ROWS_MOST    24
#define LEGEND_PITCH 24
#define WORDS_PITCH  20
#define WORDS_WIDTH  150

/* As in linmap draw without a source: pages are warm, large leaves cold and darker. */
static const char style[] =
	".s0 { fill: #f2b134 }\n.s1 { fill: #f6d48a }\n.s2 { fill: #6fbfcb }\n"
	".s3 { fill: #3a93c4 }\n.s4 { fill: #2b5cae }\n.s5 { fill: #232f78 }\n"
	".s6 { fill: #131838 }\n"
	".track { fill: #efefea; stroke: #c6c6be; stroke-dasharray: 3 3 }\n"
	".ro { fill: #8a8f98 }\n.x { fill: #c2410c }\n.wx { fill: #d00000 }\n"
	".off { fill: #ffffff; stroke: #8a8f98 }\n";

#define COLOURS 7

struct stretch_text stretch_text(const struct census *census,
				 const struct stretch *stretch)
{
	uint64_t size = census_leaf_size(census, stretch->level,
					 stretch->is_run ? LM_RUN : LM_SINGLE);
	bool is_page = stretch->level == LM_LAST_LEVEL;
	struct stretch_text text;

	snprintf(text.s, sizeof(text.s), "%s %s", size_text(size).s,
		 stretch->is_run ? is_page ? "runs of pages" : "runs of blocks" :
		 is_page	 ? "pages" :
				   "blocks");
	return text;
}

void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c >= 0x7f)
			fputc('?', out);
		else if (c == '<' || c == '>' || c == '&' || c == '\'' || c == '"')
			fprintf(out, "&#%u;", c);
		else
			fputc(c, out);
	}
}

static unsigned int colour_of(const struct stretch *stretch)
{
	unsigned int rank = stretch_rank(stretch);

	return rank < COLOURS ? rank : COLOURS - 1;
}

/* The line below: nothing for what can be written and not executed. */
static const char *line_class(unsigned int bits)
{
	bool executes = bits & (SEEN_EXECUTABLE | SEEN_USER_EXECUTABLE);

	if (bits & SEEN_INVALID)
		return "off";
	if (!(bits & SEEN_READ_ONLY))
		return executes ? "wx" : NULL;
	return executes ? "x" : "ro";
}

/* ------------------------------------------------------------------------------ rows */

/* Which addresses are drawn, in how large rows. */
struct rows {
	uint64_t size;
	uint64_t first[ROWS_MOST];
	size_t count;
};

static bool rows_fit(struct rows *rows, const struct stretches *stretches)
{
	rows->count = 0;
	for (size_t i = 0; i < stretches->count; i++) {
		const struct stretch *stretch = &stretches->stretch[i];
		uint64_t row = stretch->first & ~(rows->size - 1);
		uint64_t last = stretch->last & ~(rows->size - 1);

		if (rows->count && row <= rows->first[rows->count - 1])
			row = rows->first[rows->count - 1] + rows->size;
		for (; row <= last && row; row += rows->size) {
			if (rows->count == ROWS_MOST)
				return false;
			rows->first[rows->count++] = row;
		}
	}
	return true;
}

static void find_rows(struct rows *rows, const struct census *census,
		      const struct stretches *stretches)
{
	rows->size = (uint64_t)COLUMNS * lm_granule_size(&census->fmt);
	while (!rows_fit(rows, stretches))
		rows->size *= 2;
}

static int row_top(size_t row)
{
	return ROWS_TOP + (int)row * ROW_PITCH;
}

/* What of @stretch is in a row; at least a column wide, so that nothing is invisible. */
static void draw_piece(FILE *out, const struct seen_map *seen, const struct rows *rows,
		       size_t row, const struct stretch *stretch)
{
	uint64_t start = rows->first[row];
	uint64_t first = stretch->first > start ? stretch->first - start : 0;
	uint64_t last = stretch->last - start < rows->size ? stretch->last - start :
							     rows->size - 1;
	uint64_t width = rows->size / COLUMNS;
	double x = MARGIN + LABEL_WIDTH + (double)first / (double)width;
	double columns = (double)(last + 1 - first) / (double)width;
	const char *line = line_class(stretch->bits);

	fprintf(out,
		"<g><title>%s, 0x%" PRIx64 " to 0x%" PRIx64 ", %s</title>"
		"<rect class='s%u' x='%.2f' y='%d' width='%.2f' height='%d'/>",
		stretch_text(seen->census, stretch).s, stretch->first, stretch->last,
		seen_bits_text(seen->census, stretch->bits).s, colour_of(stretch), x,
		row_top(row), columns < 1 ? 1 : columns, BAR_HEIGHT);
	if (line)
		fprintf(out,
			"<rect class='%s' x='%.2f' y='%d' width='%.2f' height='%d'/>",
			line, x, row_top(row) + BAR_HEIGHT + 1, columns < 1 ? 1 : columns,
			LINE_HEIGHT);
	fprintf(out, "</g>\n");
}

static void draw_rows(FILE *out, const struct seen_map *seen, const struct rows *rows,
		      const struct stretches *stretches)
{
	size_t next = 0;

	for (size_t row = 0; row < rows->count; row++) {
		uint64_t last = rows->first[row] + (rows->size - 1);

		svg_text(out, MARGIN + LABEL_WIDTH - 12, row_top(row) + 16, "number end",
			 "0x%" PRIx64, rows->first[row]);
		fprintf(out,
			"<rect class='track' x='%g' y='%g' width='%d' height='%d'/>\n",
			MARGIN + LABEL_WIDTH + 0.5, row_top(row) + 0.5, COLUMNS - 1,
			BAR_HEIGHT - 1);
		while (next < stretches->count &&
		       stretches->stretch[next].last < rows->first[row])
			next++;
		for (size_t i = next;
		     i < stretches->count && stretches->stretch[i].first <= last; i++)
			draw_piece(out, seen, rows, row, &stretches->stretch[i]);
	}
}

/* ---------------------------------------------------------------------------- legend */

static void draw_card(FILE *out, int top, int place, const char *swatch, const char *name,
		      const char *number)
{
	int x = MARGIN + place % 5 * 240;
	int y = top + place / 5 * LEGEND_PITCH;

	fprintf(out, "<rect class='%s' x='%d' y='%d' width='18' height='14'/>\n", swatch,
		x, y);
	svg_text(out, x + 26, y + 12, "small", "%s %s", name, number);
}

/* Sizes that are drawn, with how much of the picture they map. */
static int draw_sizes(FILE *out, const struct seen_map *seen,
		      const struct stretches *stretches, int top)
{
	uint64_t bytes[STRETCH_RANKS] = { 0 };
	struct stretch example[STRETCH_RANKS];
	char swatch[8];
	int place = 0;

	for (size_t i = 0; i < stretches->count; i++) {
		const struct stretch *stretch = &stretches->stretch[i];
		unsigned int rank = stretch_rank(stretch);

		bytes[rank] += stretch->last - stretch->first + 1;
		example[rank] = *stretch;
	}
	for (int rank = STRETCH_RANKS - 1; rank >= 0; rank--) {
		if (!bytes[rank])
			continue;
		snprintf(swatch, sizeof(swatch), "s%u", colour_of(&example[rank]));
		draw_card(out, top, place++, swatch,
			  stretch_text(seen->census, &example[rank]).s,
			  size_text(bytes[rank]).s);
	}
	return place;
}

static void draw_lines(FILE *out, const struct stretches *stretches, int top, int place)
{
	static const struct {
		const char *class;
		const char *name;
	} lines[] = {
		{ "ro", "read-only" },
		{ "x", "executable" },
		{ "wx", "writable and executable" },
		{ "off", "invalid, holds a mapping" },
	};

	for (size_t line = 0; line < sizeof(lines) / sizeof(lines[0]); line++) {
		bool found = false;

		for (size_t i = 0; i < stretches->count && !found; i++) {
			const char *class = line_class(stretches->stretch[i].bits);

			found = class && !strcmp(class, lines[line].class);
		}
		if (found)
			draw_card(out, top, place++, lines[line].class, lines[line].name,
				  "");
	}
}

/* Words in lines of a picture, cut at blanks. Return: how many lines. */
static int draw_words(FILE *out, const char *words, int top)
{
	int lines = 0;

	while (*words) {
		size_t length = strlen(words);

		if (length > WORDS_WIDTH) {
			length = WORDS_WIDTH;
			while (length > 1 && words[length] != ' ')
				length--;
		}
		if (out)
			svg_text(out, MARGIN, top + lines * WORDS_PITCH, "small", "%.*s",
				 (int)length, words);
		lines++;
		words += length;
		words += strspn(words, " ");
	}
	return lines;
}

void seen_picture_draw(FILE *out, const struct seen_map *seen,
		       const struct stretches *stretches)
{
	static const struct svg_names names = {
		"The map of a real machine",
		"Which leaves map which input addresses, and their permissions"
	};
	struct rows rows;
	char words[2048];
	int top;

	find_rows(&rows, seen->census, stretches);
	census_words(seen, words, sizeof(words));
	top = row_top(rows.count) + 16;
	svg_begin(out, WIDTH,
		  top + 3 * LEGEND_PITCH + 16 + draw_words(NULL, words, 0) * WORDS_PITCH,
		  &names, style);
	fprintf(out, "<text x='%d' y='40' class='big'>", MARGIN);
	print_escaped(out, seen->path);
	fprintf(out, "</text>\n");
	svg_text(out, MARGIN, 66, "faint", "%s, %s pages, %u-bit addresses; a row is %s",
		 seen->kind, size_text(lm_granule_size(&seen->census->fmt)).s,
		 seen->census->fmt.config.ia_bits, size_text(rows.size).s);
	draw_rows(out, seen, &rows, stretches);
	draw_lines(out, stretches, top, draw_sizes(out, seen, stretches, top));
	draw_words(out, words, top + 3 * LEGEND_PITCH);
	svg_end(out);
}
