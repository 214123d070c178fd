// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Complaints: how they are written and how they reach the user.
 */
#include "base/complaint.h"

#include <stdarg.h>
#include <stdio.h>

int complain(struct complaint *complaint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* clang 14 loses sight of va_start().
	 * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(complaint->text, sizeof(complaint->text), format, args);
	va_end(args);
	return -1;
}

void complaint_print(struct complaint *complaint, const char *who)
{
	for (char *c = complaint->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "%s: %s\n", who, complaint->text);
}
