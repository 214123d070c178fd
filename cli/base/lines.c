// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Wrapping lines. */
#include "base/lines.h"

#include <string.h>

/* How much of @text fits in a line with room for @room; the blank after it is left out. */
static size_t line_length(const char *text, size_t room)
{
	size_t length = strlen(text);
	size_t at_blank = 0;
	size_t at_comma = 0;
	size_t word = strspn(text, " ");

	if (length <= room)
		return length;
	for (size_t i = word + 1; i < length && (i <= room || !at_blank); i++) {
		if (text[i] != ' ')
			continue;
		at_blank = i;
		if (text[i - 1] == ',' || text[i - 1] == ';')
			at_comma = i;
	}
	if (at_comma > room / 2)
		return at_comma;
	return at_blank ? at_blank : length;
}

void lines_print(FILE *out, size_t indent, const char *text)
{
	size_t length = line_length(text, LINES_COLUMNS);

	fprintf(out, "%.*s\n", (int)length, text);
	for (text += length; *text; text += length) {
		text += strspn(text, " ");
		length = line_length(text, LINES_COLUMNS - indent);
		fprintf(out, "%*s%.*s\n", (int)indent, "", (int)length, text);
	}
}
