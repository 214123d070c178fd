// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counting problems, and saying them. */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

void text_append(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, size - length, format, args);
	va_end(args);
}

uint64_t problem_difference(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

bool problems_any(const struct problem *problems, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (problems[i].count)
			return true;
	return false;
}

void problems_say(const struct problem *problems, size_t count, char *sentence,
		  size_t size)
{
	const char *separator = "did not hold: ";

	for (size_t i = 0; i < count; i++) {
		if (!problems[i].count)
			continue;
		text_append(sentence, size, "%s%s (%s)", separator, problems[i].what,
			    count_text(problems[i].count).s);
		separator = ", ";
	}
}
