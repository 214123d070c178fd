/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Wrapping text to the 80 columns of a terminal. Knows nothing of what it says.
 */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>
#include <stdio.h>

#define LINES_COLUMNS 80

/*
 * Print @text, wrapped after a comma or a semicolon if there is one in the second half of
 * the line, else at a blank. Lines after the first are indented by @indent. A word that is
 * longer than a line is not broken.
 */
void lines_print(FILE *out, size_t indent, const char *text);

#endif
