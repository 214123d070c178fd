/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A real machine's map as a picture (SVG), and as a page that stands alone (HTML). Knows
 * nothing of how the map was read.
 */
#ifndef SEEN_PICTURE_H
#define SEEN_PICTURE_H

#include "see/census_report.h"
#include "see/stretches.h"

/* Draw the stretches, which are not empty. */
void seen_picture_draw(FILE *out, const struct seen_map *seen,
		       const struct stretches *stretches);

/* Write the page: it needs nothing but itself. 0, or -1 without memory. */
int seen_page_write(FILE *out, const struct seen_map *seen,
		    const struct stretches *stretches);

/* "2 MiB blocks" and so on, by what a stretch consists of. */
struct stretch_text {
	char s[64];
};

struct stretch_text stretch_text(const struct census *census,
				 const struct stretch *stretch);

/* @text with what means something in XML replaced, and bytes that are no text. */
void print_escaped(FILE *out, const char *text);

#endif
