/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lines that a terminal of 80 columns shows as they are. Knows nothing of what they say.
 */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>
#include <stdio.h>

#define LINES_COLUMNS 80

/*
 * Print @text, which takes more than one line if it has to: behind a comma or a
 * semicolon if one stands in the second half of the line, else at a blank. What comes
 * behind the first line is indented by @indent. A word that is longer is not broken.
 */
void lines_print(FILE *out, size_t indent, const char *text);

#endif
