/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The picture of a linear map before and after a change: rows of memory, one
 * colour for each size of leaf. Knows what a world looks like; nothing of edits.
 */
#ifndef DRAW_MAP_H
#define DRAW_MAP_H

#include <stdio.h>

#include "report/report.h"
#include "scenario/scenario_options.h"

#define MAP_ROWS    12	/* at most */
#define MAP_COLUMNS 256 /* of a row */
#define MAP_HOLE    (-1)

/**
 * struct map_column - a piece of a row
 * @leaf: the smallest leaf in it, as an index into the report's lists, or MAP_HOLE
 * @begins: a leaf that is large enough to be drawn by itself begins here
 * @alias: some of it is the kernel's alias
 */
struct map_column {
	int leaf;
	bool begins;
	bool alias;
};

/**
 * struct map_picture - what to draw
 * @report: of the scenario, once it has run
 * @row_size: bytes of a row, a power of two
 * @row: physical address where each begins; rows without RAM are left out
 * @goes_on: a leaf continues from this row into the next, and fills both
 * @va_offset: input address less physical address
 */
struct map_picture {
	const struct report *report;
	uint64_t row_size;
	uint64_t row[MAP_ROWS];
	size_t rows;
	bool goes_on[SCENARIO_MOMENTS][MAP_ROWS];
	uint64_t va_offset;
	struct map_column columns[SCENARIO_MOMENTS][MAP_ROWS][MAP_COLUMNS];
};

/* The rows of @machine, which is settled; they are empty. */
void map_picture_init(struct map_picture *picture, const struct machine *machine,
		      const struct report *report);

/* Record the map as it is now; for scenario_options.look, with the picture. */
scenario_look_fn map_picture_look;

/* Write it. The caller checks @out for errors. */
void map_picture_draw(const struct map_picture *picture, FILE *out);

#endif
