// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cutting memory into rows and columns, and drawing them. */
#include "draw/draw_map.h"

#include <inttypes.h>
#include <string.h>

#include "draw/draw_svg.h"
#include "base/text.h"
#include "base/units.h"
#include "options/way.h"
#include "scenario/world.h"

/* ------------------------------------------------------------------- rows */

static uint64_t round_down(uint64_t address, uint64_t power_of_two)
{
	return address & ~(power_of_two - 1);
}

/* Fill in the rows of @row_size that have RAM in them; false if there are too many. */
static bool rows_fit(struct map_picture *picture, const struct banks *ram)
{
	picture->rows = 0;
	for (size_t i = 0; i < ram->count; i++) {
		const struct bank *bank = &ram->bank[i];
		uint64_t last = bank->start + (bank->size - 1);
		uint64_t row = round_down(bank->start, picture->row_size);

		/* The previous bank may end in the row in which this one begins. */
		if (picture->rows && row == picture->row[picture->rows - 1])
			row += picture->row_size;
		for (; row <= last; row += picture->row_size) {
			if (picture->rows == MAP_ROWS)
				return false;
			picture->row[picture->rows++] = row;
		}
	}
	return true;
}

void map_picture_init(struct map_picture *picture, const struct machine *machine,
		      const struct report *report)
{
	memset(picture, 0, sizeof(*picture));
	picture->report = report;
	picture->row_size = (uint64_t)MAP_COLUMNS << machine->format.granule_shift;
	while (!rows_fit(picture, &machine->ram))
		picture->row_size *= 2;
}

/* ---------------------------------------------------------------- looking */

/* The narrowest leaf that is drawn by itself, in columns. */
#define OWN_COLUMNS 3

static uint64_t column_size(const struct map_picture *picture)
{
	return picture->row_size / MAP_COLUMNS;
}

struct looker {
	struct map_picture *picture;
	const struct world *world;
	enum scenario_moment moment;
	size_t row; /* of the previous leaf: leaves come in ascending order */
};

static bool is_alias(const struct machine *machine, uint64_t pa)
{
	for (size_t i = 0; i < machine->aliases.count; i++) {
		const struct bank *alias = &machine->aliases.bank[i];

		if (pa - alias->start < alias->size)
			return true;
	}
	return false;
}

static int leaf_index(const struct report_leaves *leaves, uint64_t size, bool contiguous)
{
	for (size_t i = 0; i < leaves->sizes; i++) {
		if (leaves->leaf[i].size == size &&
		    leaves->leaf[i].contiguous == contiguous)
			return (int)i;
	}
	return MAP_HOLE;
}

/* Sizes are listed from the largest down, so the larger index is the smaller leaf. */
static void add_to_column(struct map_column *column, int leaf, bool alias)
{
	if (leaf > column->leaf)
		column->leaf = leaf;
	column->alias = column->alias || alias;
}

/* The columns of one row that [@pa, +@size) covers in part; it begins in that row. */
static void look_at_piece(struct looker *looker, uint64_t pa, uint64_t size, int leaf,
			  bool alias)
{
	const struct map_picture *picture = looker->picture;
	struct map_column *columns =
		looker->picture->columns[looker->moment][looker->row];
	uint64_t width = column_size(picture);
	uint64_t offset = pa - picture->row[looker->row];

	for (uint64_t i = offset / width; i <= (offset + size - 1) / width; i++)
		add_to_column(&columns[i], leaf, alias);
	if (size >= OWN_COLUMNS * width)
		columns[offset / width].begins = true;
}

static void look_at_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct looker *looker = ctx;
	const struct map_picture *picture = looker->picture;
	uint64_t pa = va - picture->va_offset;
	bool alias = is_alias(looker->world->machine, pa);
	int index = leaf_index(&picture->report->machine.leaves, leaf->size,
			       leaf->contiguous);
	uint64_t piece;

	for (uint64_t left = leaf->size; left; left -= piece, pa += piece) {
		uint64_t row = round_down(pa, picture->row_size);

		piece = row + picture->row_size - pa;
		if (piece > left)
			piece = left;
		while (looker->row < picture->rows && picture->row[looker->row] < row)
			looker->row++;
		/* Only RAM has rows; a leaf elsewhere is found by a check of pages. */
		if (looker->row == picture->rows || picture->row[looker->row] != row)
			continue;
		look_at_piece(looker, pa, piece, index, alias);
		looker->picture->goes_on[looker->moment][looker->row] = piece < left;
	}
}

void map_picture_look(void *ctx, const struct world *world, enum scenario_moment moment)
{
	struct map_picture *picture = ctx;
	struct looker looker = { picture, world, moment, 0 };
	struct lm_range input = world_input(world);

	picture->va_offset = world->linear_start - world->memstart;
	for (size_t row = 0; row < picture->rows; row++)
		for (size_t i = 0; i < MAP_COLUMNS; i++)
			picture->columns[moment][row][i].leaf = MAP_HOLE;
	sim_for_each_leaf(world->sim, world->map.root.v, input.start.v, input.size,
			  look_at_leaf, &looker);
}

/* ----------------------------------------------------------------- drawing */

#define MARGIN	     24
#define LABEL_WIDTH  122
#define COLUMN_WIDTH 2
#define PANEL_WIDTH  (MAP_COLUMNS * COLUMN_WIDTH)
#define PANEL_GAP    32
#define PANELS_TOP   118
#define BAR_HEIGHT   24
#define ROW_PITCH    33
#define HOLE_PITCH   24
#define LEGEND_PITCH 46
#define FOOT_PITCH   20
#define CARD_WIDTH   222
#define CARDS_IN_ROW 5
#define WIDTH	     (2 * MARGIN + LABEL_WIDTH + 2 * PANEL_WIDTH + PANEL_GAP)

/*
 * Pages are warm, larger leaves are cold and the darker the larger: the difference that
 * matters can be seen by the colour-blind, and in grey. From pages upward: the list of
 * sizes from its end.
 */
static const char map_style[] =
	".s0 { fill: #f2b134 }\n"
	".s1 { fill: #b5e0d8 }\n"
	".s2 { fill: #6fbfcb }\n"
	".s3 { fill: #3a93c4 }\n"
	".s4 { fill: #2b5cae }\n"
	".s5 { fill: #232f78 }\n"
	".s6 { fill: #131838 }\n"
	".track { fill: #efefea; stroke: #c6c6be; stroke-dasharray: 3 3 }\n"
	".alias { fill: url(#hatch); stroke: #1f2530; stroke-width: 1.2 }\n"
	".mark { fill: #1f2530 }\n"
	".tick { stroke: #a9a9a2 }\n";

#define COLOURS 7

static const char hatch[] =
	"<defs><pattern id='hatch' width='5' height='5' patternUnits='userSpaceOnUse' "
	"patternTransform='rotate(45)'><rect width='5' height='5' fill='#ffffff' "
	"fill-opacity='0.45'/><rect width='2' height='5' fill='#1f2530'/></pattern></defs>\n";

static int panel_left(enum scenario_moment moment)
{
	return MARGIN + LABEL_WIDTH + (int)moment * (PANEL_WIDTH + PANEL_GAP);
}

/* Bytes without RAM between @row and the previous one, unless they have rows. */
static uint64_t hole_before(const struct map_picture *picture, size_t row)
{
	return row ? picture->row[row] - picture->row[row - 1] - picture->row_size : 0;
}

static int row_top(const struct map_picture *picture, size_t row)
{
	int top = PANELS_TOP;

	for (size_t i = 1; i <= row; i++)
		top += ROW_PITCH + (hole_before(picture, i) ? HOLE_PITCH : 0);
	return top;
}

static int colour_of(const struct report_leaves *leaves, int leaf)
{
	int from_pages = (int)leaves->sizes - 1 - leaf;

	return from_pages < COLOURS ? from_pages : COLOURS - 1;
}

/* Columns from @first on that make one rectangle. */
static size_t columns_alike(const struct map_column *columns, size_t first)
{
	size_t n = 1;

	while (first + n < MAP_COLUMNS && !columns[first + n].begins &&
	       columns[first + n].leaf == columns[first].leaf)
		n++;
	return n;
}

/* A leaf that continues in the next row is joined to its part there. */
static void draw_leaves(const struct map_picture *picture, FILE *out,
			enum scenario_moment moment, size_t row)
{
	const struct report_leaves *leaves = &picture->report->machine.leaves;
	const struct map_column *columns = picture->columns[moment][row];
	uint64_t width = column_size(picture);
	int height = picture->goes_on[moment][row] ? ROW_PITCH : BAR_HEIGHT;
	size_t n;

	for (size_t i = 0; i < MAP_COLUMNS; i += n) {
		int leaf = columns[i].leaf;
		uint64_t first = picture->row[row] + i * width;
		bool gap;

		n = columns_alike(columns, i);
		if (leaf == MAP_HOLE)
			continue;
		gap = i + n < MAP_COLUMNS && columns[i + n].begins;
		fprintf(out,
			"<rect class='s%d' x='%d' y='%d' width='%d' height='%d'>"
			"<title>%s: 0x%" PRIx64 " to 0x%" PRIx64 "</title></rect>\n",
			colour_of(leaves, leaf),
			panel_left(moment) + (int)i * COLUMN_WIDTH, row_top(picture, row),
			(int)n * COLUMN_WIDTH - gap, height,
			report_leaf_text(&leaves->leaf[leaf]).s, first,
			first + n * width - 1);
	}
}

static size_t aliases_alike(const struct map_column *columns, size_t first)
{
	size_t n = 1;

	while (first + n < MAP_COLUMNS && columns[first + n].alias)
		n++;
	return n;
}

#define MARKED_WIDTH 12 /* narrower ones get a mark */

/* Hatched, and marked if it is too narrow to see. */
static void draw_alias(const struct map_picture *picture, FILE *out,
		       enum scenario_moment moment, size_t row)
{
	const struct map_column *columns = picture->columns[moment][row];
	int top = row_top(picture, row);
	size_t n;

	for (size_t i = 0; i < MAP_COLUMNS; i += n) {
		int left = panel_left(moment) + (int)i * COLUMN_WIDTH;
		int width;

		n = 1;
		if (!columns[i].alias)
			continue;
		n = aliases_alike(columns, i);
		width = (int)n * COLUMN_WIDTH;
		fprintf(out,
			"<rect class='alias' x='%d' y='%d' width='%d' height='%d'/>\n",
			left, top, width, BAR_HEIGHT);
		if (width < MARKED_WIDTH)
			fprintf(out, "<path class='mark' d='M%d %d l-4 -6 h8 z'/>\n",
				left + width / 2, top - 1);
	}
}

static void draw_row(const struct map_picture *picture, FILE *out, size_t row)
{
	uint64_t hole = hole_before(picture, row);
	int top = row_top(picture, row);

	svg_text(out, MARGIN + LABEL_WIDTH - 12, top + BAR_HEIGHT / 2.0 + 5, "number end",
		 "0x%" PRIx64, picture->row[row]);
	for (int moment = 0; moment < SCENARIO_MOMENTS; moment++) {
		if (hole)
			svg_text(out, panel_left(moment) + PANEL_WIDTH / 2.0, top - 14,
				 "small faint middle", "no RAM: %s", size_text(hole).s);
		fprintf(out,
			"<rect class='track' x='%g' y='%g' width='%d' height='%d'/>\n",
			panel_left(moment) + 0.5, top + 0.5, PANEL_WIDTH - 1,
			BAR_HEIGHT - 1);
		draw_leaves(picture, out, moment, row);
		draw_alias(picture, out, moment, row);
	}
}

/* Offsets of addresses in a row. */
static void draw_axis(const struct map_picture *picture, FILE *out, int top)
{
	for (int moment = 0; moment < SCENARIO_MOMENTS; moment++) {
		for (int i = 0; i <= 4; i++) {
			int x = panel_left(moment) + i * PANEL_WIDTH / 4;
			uint64_t offset = (uint64_t)i * (picture->row_size / 4);
			const char *anchor = i == 0 ? "number faint" :
					     i == 4 ? "number faint end" :
						      "number faint middle";

			fprintf(out, "<path class='tick' d='M%d %d v6'/>\n",
				i == 4 ? x - 1 : x, top);
			svg_text(out, x, top + 20, anchor, i ? "+%s" : "%s",
				 i ? size_text(offset).s : "0");
		}
	}
}

static bool leaf_is_there(const struct report_edit *split, size_t i)
{
	return split->leaves_before.leaf[i].count || split->leaves_after.leaf[i].count;
}

/* One entry of the legend; @position counts from 0, @swatch: its classes. */
static void draw_card(FILE *out, int top, int position, const char *swatch,
		      const char *name)
{
	int x = MARGIN + position % CARDS_IN_ROW * CARD_WIDTH;
	int y = top + position / CARDS_IN_ROW * LEGEND_PITCH;

	fprintf(out, "<rect class='%s' x='%g' y='%g' width='26' height='26'/>\n", swatch,
		x + 0.5, y + 0.5);
	svg_text(out, x + 37, y + 11, "strong small", "%s", name);
	fprintf(out, "<text x='%d' y='%d' class='number faint'>", x + 37, y + 28);
}

static int draw_leaf_cards(const struct map_picture *picture, FILE *out, int top)
{
	const struct report_edit *split = &picture->report->edit[0];
	int position = 0;
	char swatch[16];

	for (size_t i = 0; i < split->leaves_before.sizes; i++) {
		const struct report_leaf *before = &split->leaves_before.leaf[i];
		const struct report_leaf *after = &split->leaves_after.leaf[i];

		if (!leaf_is_there(split, i))
			continue;
		snprintf(swatch, sizeof(swatch), "s%d",
			 colour_of(&split->leaves_before, (int)i));
		draw_card(out, top, position++, swatch, report_leaf_text(before).s);
		fprintf(out, "%s \342\206\222 %s</text>\n", count_text(before->count).s,
			count_text(after->count).s);
	}
	return position;
}

static bool has_holes(const struct map_picture *picture)
{
	for (size_t row = 0; row < picture->rows; row++) {
		if (hole_before(picture, row))
			return true;
		for (size_t i = 0; i < MAP_COLUMNS; i++)
			if (picture->columns[SCENARIO_BEFORE][row][i].leaf == MAP_HOLE)
				return true;
	}
	return false;
}

static void draw_legend(const struct map_picture *picture, FILE *out, int top)
{
	uint64_t left_out = picture->report->machine.left_out_size;
	int position = draw_leaf_cards(picture, out, top);

	if (left_out) {
		draw_card(out, top, position++, "alias", "kernel's alias, left out");
		fprintf(out, "%s</text>\n", size_text(left_out).s);
	}
	if (has_holes(picture)) {
		draw_card(out, top, position, "track", "no RAM");
		fprintf(out, "not mapped</text>\n");
	}
}

static int legend_rows(const struct map_picture *picture)
{
	int cards = (picture->report->machine.left_out_size != 0) + has_holes(picture);

	for (size_t i = 0; i < picture->report->machine.leaves.sizes; i++)
		cards += leaf_is_there(&picture->report->edit[0], i);
	return (cards + CARDS_IN_ROW - 1) / CARDS_IN_ROW;
}

/* What was done between the two sides. */
static void draw_change(const struct map_picture *picture, FILE *out)
{
	const struct report_edit *split = &picture->report->edit[0];

	if (!picture->report->machine.split_needed) {
		svg_text(out, MARGIN, 64, "faint",
			 "Every CPU tolerates live changes of leaf size: no split is "
			 "needed, and none was made.");
		return;
	}
	svg_text(out, MARGIN, 64, "faint",
		 "Committed by \342\200\234%s\342\200\235: %s %s to live tables%s, "
		 "%s allocations. %s new tables.",
		 lm_way_name(split->commit), count_text(split->stores_in_stop).s,
		 split->stores_in_stop == 1 ? "store" : "stores",
		 split->rolls ? ", no CPU held" : " in the stop",
		 count_text(split->allocations_in_stop).s,
		 count_text(split->tables_used).s);
}

static void draw_head(const struct map_picture *picture, FILE *out, const char *title)
{
	svg_text(out, MARGIN, 40, "big", "%s", title);
	draw_change(picture, out);
	svg_text(out, MARGIN + LABEL_WIDTH - 12, PANELS_TOP - 14, "small faint end",
		 "physical");
	svg_text(out, panel_left(SCENARIO_BEFORE), PANELS_TOP - 14, "strong", "before");
	svg_text(out, panel_left(SCENARIO_AFTER), PANELS_TOP - 14, "strong", "after");
}

static bool has_runs(const struct report_edit *split)
{
	for (size_t i = 0; i < split->leaves_before.sizes; i++)
		if (leaf_is_there(split, i) && split->leaves_before.leaf[i].contiguous)
			return true;
	return false;
}

#define NOTE_COLUMNS 140 /* what fits in any font */

/* How much of a note fits in a line; the blank after it is left out. */
static size_t note_line(const char *note)
{
	size_t length = strlen(note);

	if (length <= NOTE_COLUMNS)
		return length;
	for (length = NOTE_COLUMNS; length && note[length] != ' ';)
		length--;
	return length ? length : NOTE_COLUMNS;
}

static const char *note_next(const char *note)
{
	note += note_line(note);
	return note + strspn(note, " ");
}

static int note_rows(const struct machine_notes *notes)
{
	int rows = 0;

	for (size_t i = 0; i < notes->notes; i++)
		for (const char *note = notes->note[i]; *note; note = note_next(note))
			rows++;
	return rows;
}

/* What was assumed of the machine, and what was left out of it. */
static void draw_notes(const struct machine_notes *notes, FILE *out, int baseline)
{
	for (size_t i = 0; i < notes->notes; i++)
		for (const char *note = notes->note[i]; *note; note = note_next(note)) {
			svg_text(out, MARGIN, baseline, "small faint", "%.*s",
				 (int)note_line(note), note);
			baseline += FOOT_PITCH;
		}
}

static void draw_foot(const struct map_picture *picture, FILE *out, int baseline)
{
	const struct report_machine *machine = &picture->report->machine;
	char note[128] = "";

	svg_text(out, MARGIN, baseline, "small faint",
		 "Linear address = physical + 0x%" PRIx64
		 ". A column is %s wide and has the colour of the smallest leaf in it.",
		 picture->va_offset, size_text(column_size(picture)).s);
	if (has_runs(&picture->report->edit[0]))
		text_append(note, sizeof(note),
			    "A run is a contiguous run of entries, and one leaf. ");
	if (machine->left_out_size)
		text_append(note, sizeof(note), "Counts are without the kernel's alias.");
	if (note[0])
		svg_text(out, MARGIN, baseline + FOOT_PITCH, "small faint", "%s", note);
	draw_notes(&machine->notes, out,
		   baseline + (note[0] ? 2 * FOOT_PITCH : FOOT_PITCH));
}

void map_picture_draw(const struct map_picture *picture, FILE *out)
{
	const struct report_machine *machine = &picture->report->machine;
	int axis = row_top(picture, picture->rows - 1) + BAR_HEIGHT + 6;
	int legend = axis + 48;
	int foot = legend + legend_rows(picture) * LEGEND_PITCH + 16;
	int height = foot + (1 + note_rows(&machine->notes)) * FOOT_PITCH + MARGIN;
	char title[128];
	struct svg_names names = {
		title,
		"Leaves of the map in order of addresses, before and after it was split "
		"into pages; the legend has their counts.",
	};

	snprintf(title, sizeof(title), "Linear map of %s, %u %s",
		 size_text(machine->ram_size).s, machine->cpus,
		 machine->cpus == 1 ? "CPU" : "CPUs");
	svg_begin(out, WIDTH, height, &names, map_style);
	fputs(hatch, out);
	draw_head(picture, out, title);
	for (size_t row = 0; row < picture->rows; row++)
		draw_row(picture, out, row);
	draw_axis(picture, out, axis);
	draw_legend(picture, out, legend);
	draw_foot(picture, out, foot);
	svg_end(out);
}
