/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What all pictures have in common: a card with its own colour, to be readable on any
 * background, fonts, and texts. Knows nothing of what is drawn, and escapes nothing: the
 * texts are the command's own.
 */
#ifndef DRAW_SVG_H
#define DRAW_SVG_H

#include <stdio.h>

/* For screen readers. */
struct svg_names {
	const char *title;
	const char *description;
};

/* Open a picture of @width by @height. @style: rules of CSS beside the common ones. */
void svg_begin(FILE *out, int width, int height, const struct svg_names *names,
	       const char *style);
void svg_end(FILE *out);

/*
 * A line of text whose baseline begins at @x, @y. Classes: big, small, number,
 * faint, middle, end; several with spaces between.
 */
void svg_text(FILE *out, double x, double y, const char *class, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
