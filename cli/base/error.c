// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Errors: how they are written and how they reach the user.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* clang 14 loses sight of va_start().
	 * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -1;
}

/* How many bytes a character beyond ASCII has, or 0 if @text begins with none to show. */
static size_t wide_length(const unsigned char *text)
{
	size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009f are controls. */
	return text[0] == 0xc2 && text[1] < 0xa0 ? 0 : length;
}

void error_print(struct error *error, const char *who)
{
	for (char *c = error->text; *c; c++) {
		size_t wide = wide_length((unsigned char *)c);

		if (wide)
			c += wide - 1;
		else if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
	}
	fprintf(stderr, "%s: %s\n", who, error->text);
}
