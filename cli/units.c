// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers as people write them.
 */
#include "units.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char too_large[] = "too large (it has to be below 2^64)";
static const char not_a_number[] = "not a number (write decimal, or 0x and hexadecimal)";

static int digit_value(char c, unsigned int base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (base == 16 && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_hexadecimal(const char *text, size_t length)
{
	return length > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* The digits that @text begins with; *@used says how many bytes they take. */
static const char *digits_parse(const char *text, size_t length, uint64_t *value,
				size_t *used)
{
	unsigned int base = is_hexadecimal(text, length) ? 16 : 10;
	size_t first = base == 16 ? 2 : 0;
	size_t i = first;
	uint64_t sum = 0;

	for (; i < length && digit_value(text[i], base) >= 0; i++) {
		uint64_t digit = (uint64_t)digit_value(text[i], base);

		if (sum > (UINT64_MAX - digit) / base)
			return too_large;
		sum = sum * base + digit;
	}
	if (i == first)
		return not_a_number;
	*value = sum;
	*used = i;
	return NULL;
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
		return "empty (a number has to stand here)";
	if (text[0] == '-')
		return "negative (write it without a sign)";
	return NULL;
}

/* Whether digits stand there that lack their 0x. */
static bool are_hexadecimal(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (digit_value(text[i], 16) < 0)
			return false;
	return true;
}

const char *size_parse_n(const char *text, size_t length, uint64_t *value)
{
	const char *problem = start_check(text, length);
	unsigned int shift = 0;
	size_t used = 0;
	uint64_t number = 0;

	if (!problem)
		problem = digits_parse(text, length, &number, &used);
	if (problem)
		return problem;
	if (used < length && are_hexadecimal(text, length))
		return "not decimal (write 0x before hexadecimal)";
	if (used < length && text[used] == '.')
		return "a fraction (use a whole number and a smaller suffix)";
	if (used < length) {
		shift = suffix_shift(text[used]);
		if (!shift || used + 1 < length)
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
	size_t length = strlen(text);
	const char *problem = start_check(text, length);
	size_t used = 0;
	uint64_t number = 0;

	if (!problem)
		problem = digits_parse(text, length, &number, &used);
	if (problem)
		return problem;
	if (used < length)
		return not_a_number;
	*value = number;
	return NULL;
}

const char *hexadecimal_parse(const char *text, uint64_t *value)
{
	size_t length = strlen(text);
	size_t first = is_hexadecimal(text, length) ? 2 : 0;
	uint64_t sum = 0;

	if (first == length)
		return "not a number (write up to 16 hexadecimal digits)";
	for (size_t i = first; i < length; i++) {
		int digit = digit_value(text[i], 16);

		if (digit < 0)
			return "not hexadecimal (write up to 16 of 0 to 9 and a to f)";
		if (sum >> 60)
			return too_large;
		sum = sum << 4 | (uint64_t)digit;
	}
	*value = sum;
	return NULL;
}

/* With one decimal, but none if it is 0: "256.5 MiB", "6 MiB". */
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

	/* What would be written as 1024 of a unit is 1 of the next. */
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

struct short_text time_text(uint64_t nanoseconds)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = (double)nanoseconds;
	unsigned int unit = 0;

	for (; unit < 3 && value >= 999.95; unit++)
		value /= 1000;
	return decimal_text(value, units[unit]);
}

struct short_text counted_text(uint64_t count, const char *one, const char *many)
{
	struct short_text text;

	snprintf(text.s, sizeof(text.s), "%.26s %.12s", count_text(count).s,
		 count == 1 ? one : many);
	return text;
}
