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
 * Print @text, which takes more than one line if it has to: after a comma or a
 * semicolon if there is one in the second half of the line, else at a blank. Lines after
 * the first are indented by @indent. A word that is longer is not broken.
 */
void lines_print(FILE *out, size_t indent, const char *text);

#endif
