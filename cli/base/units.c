// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers as people write them.
 */
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char too_large[] = "too large (must be below 2^64)";
static const char not_a_number[] = "not a number (write decimal, or 0x and hexadecimal)";

static bool is_digit(char c, int base)
{
	return base == 16 ? isxdigit((unsigned char)c) : isdigit((unsigned char)c);
}

static bool has_0x(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* The digits that @text begins with, without a sign; *@end is set to what follows. */
static const char *digits_parse(const char *text, int base, uint64_t *value,
				const char **end)
{
	const char *first = base == 16 && has_0x(text) ? text + 2 : text;
	char *after;

	if (!is_digit(*first, base))
		return not_a_number;
	errno = 0;
	*value = strtoull(text, &after, base);
	*end = after;
	return errno == ERANGE ? too_large : NULL;
}

/* Decimal, or hexadecimal with 0x. */
static const char *number_begin(const char *text, uint64_t *value, const char **end)
{
	return digits_parse(text, has_0x(text) ? 16 : 10, value, end);
}

/* Of a suffix; 0 if there is no such suffix. */
static unsigned int suffix_shift(char c)
{
	static const char suffixes[] = "kmgtKMGT";
	const char *found = c ? strchr(suffixes, c) : NULL;

	return found ? (unsigned int)((found - suffixes) % 4 + 1) * 10 : 0;
}

static const char *start_check(const char *text, size_t length)
{
	if (!length)
		return "empty (write a number)";
	if (text[0] == '-')
		return "negative (write it without a sign)";
	return NULL;
}

/* Whether these are hexadecimal digits without 0x. */
static bool are_hexadecimal(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_digit(text[i], 16))
			return false;
	return true;
}

const char *size_parse_n(const char *text, size_t length, uint64_t *value)
{
	const char *problem = start_check(text, length);
	unsigned int shift = 0;
	const char *end = text;
	uint64_t number = 0;
	size_t left;

	if (!problem)
		problem = number_begin(text, &number, &end);
	if (problem)
		return problem;
	left = length - (size_t)(end - text);
	if (left && are_hexadecimal(text, length))
		return "not decimal (write 0x before hexadecimal)";
	if (left && *end == '.')
		return "a fraction (use a whole number and a smaller suffix)";
	if (left) {
		shift = suffix_shift(*end);
		if (!shift || left > 1)
			return "unknown suffix (use K, M, G or T)";
	}
	if (number > UINT64_MAX >> shift)
		return too_large;
	*value = number << shift;
	return NULL;
}

const char *size_parse(const char *text, uint64_t *value)
{
	return size_parse_n(text, strlen(text), value);
}

const char *number_parse(const char *text, uint64_t *value)
{
	const char *problem = start_check(text, strlen(text));
	const char *end = text;
	uint64_t number = 0;

	if (!problem)
		problem = number_begin(text, &number, &end);
	if (problem)
		return problem;
	if (*end)
		return not_a_number;
	*value = number;
	return NULL;
}

const char *hexadecimal_parse(const char *text, uint64_t *value)
{
	static const char not_hexadecimal[] =
		"not hexadecimal (write up to 16 of 0 to 9 and a to f)";
	const char *end = text;
	uint64_t number = 0;
	const char *problem;

	if (!*(has_0x(text) ? text + 2 : text))
		return "not a number (write up to 16 hexadecimal digits)";
	problem = digits_parse(text, 16, &number, &end);
	if (problem == not_a_number || (!problem && *end))
		return not_hexadecimal;
	if (problem)
		return problem;
	*value = number;
	return NULL;
}

/* With one decimal, unless that is 0: "256.5 MiB", "6 MiB". */
static struct short_text decimal_text(double value, const char *unit)
{
	struct short_text text;
	char number[24];
	size_t length = (size_t)snprintf(number, sizeof(number), "%.1f", value);

	if (!strcmp(number + length - 2, ".0"))
		number[length - 2] = '\0';
	snprintf(text.s, sizeof(text.s), "%s %s", number, unit);
	return text;
}

struct short_text size_text(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB",
					     "TiB",   "PiB", "EiB" };
	double value = (double)bytes;
	unsigned int unit = 0;

	/* 1024 of a unit is written as 1 of the next. */
	for (; unit < 6 && value >= 1023.95; unit++)
		value /= 1024;
	return decimal_text(value, units[unit]);
}

struct short_text count_text(uint64_t count)
{
	struct short_text text;
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text.s[at++] = ',';
		text.s[at++] = digits[i];
	}
	text.s[at] = '\0';
	return text;
}

struct short_text counted_text(uint64_t count, const char *one, const char *many)
{
	struct short_text text;

	snprintf(text.s, sizeof(text.s), "%.26s %.12s", count_text(count).s,
		 count == 1 ? one : many);
	return text;
}
