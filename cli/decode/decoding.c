// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of kinds, and room for problems. */
#include "decode/decoding.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const kind_names[] = {
	[DECODE_INVALID] = "invalid", [DECODE_RESERVED] = "reserved",
	[DECODE_TABLE] = "table",     [DECODE_BLOCK] = "block",
	[DECODE_PAGE] = "page",
};

const char *decode_kind_name(enum decode_kind kind)
{
	return kind_names[kind];
}

void decode_problem(struct decoding *decoding, const char *format, ...)
{
	va_list args;

	if (decoding->problem_count == DECODE_PROBLEMS)
		return;
	va_start(args, format);
	/* clang 14 loses sight of va_start().
	 * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(decoding->problems[decoding->problem_count++],
		  sizeof(decoding->problems[0]), format, args);
	va_end(args);
}
