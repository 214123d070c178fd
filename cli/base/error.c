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

void error_print(struct error *error, const char *who)
{
	for (char *c = error->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "%s: %s\n", who, error->text);
}
