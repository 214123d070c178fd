// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* KiB, MiB, GiB. */
#include "units.h"

#include "string.h"

static char *put_decimal(char *at, uint64_t number)
{
	if (number >= 10)
		at = put_decimal(at, number / 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

const char *units(char text[UNITS_SIZE], uint64_t bytes)
{
	static const char names[][5] = { " KiB", " MiB", " GiB" };
	unsigned int unit = 0;
	uint64_t number = bytes >> 10;

	while (unit < 2 && number && !(number & 1023)) {
		number >>= 10;
		unit++;
	}
	memcpy(put_decimal(text, number), names[unit], sizeof(names[unit]));
	return text;
}
