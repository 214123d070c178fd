// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any text as a descriptor of any format: it is a number or is told why not, and what
 * the number says accounts for each of its bits once.
 */
#include "decode.h"

#include <errno.h>
#include <string.h>

#include "geometry.h"
#include "input.h"
#include "units.h"

static void expect_fields(const struct decoding *d)
{
	unsigned int next = 64;

	if (d->field_count > DECODE_FIELDS || d->problem_count > DECODE_PROBLEMS)
		wrong("%zu fields, %zu problems", d->field_count, d->problem_count);
	if (d->kind == DECODE_RESERVED)
		return;
	for (size_t i = 0; i < d->field_count; i++) {
		if (d->fields[i].high + 1 != next || d->fields[i].low > d->fields[i].high)
			wrong("bits %u to %u after bit %u", d->fields[i].high,
			      d->fields[i].low, next);
		next = d->fields[i].low;
	}
	if (next)
		wrong("bits below %u are no field", next);
}

static void decode_all(const struct lm_format *fmt, uint64_t descriptor)
{
	static struct decoding decodings[LM_LEVELS];
	size_t count = decode_levels(decodings, fmt, descriptor);
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!count || count > LM_LEVELS || decodings[count - 1].last_level != 3)
		wrong("%zu decodings", count);
	for (size_t i = 0; i < count; i++)
		expect_fields(&decodings[i]);
	decode_print(nowhere, fmt, descriptor, decodings, count);
}

/* As libc reads it, which takes more: blanks, signs. */
static void expect_number(const char *text, uint64_t value)
{
	char *end;

	errno = 0;
	if (value != strtoull(text, &end, 16) || *end || errno)
		wrong("\"%s\" was read as 0x%" PRIx64, text, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct lm_format_config config = {
		.granule_shift = (uint8_t)(12 + 2 * take(&in, 3)),
		.ia_bits = (uint8_t)(25 + take(&in, 28)),
		.lpa2 = take_flag(&in),
		.regime = (enum lm_regime)take(&in, LM_REGIMES),
	};
	struct complaint complaint = { "" };
	struct lm_format fmt;
	uint64_t value;
	char text[64];
	size_t length = (size_t)(in.end - in.at);

	if (length >= sizeof(text))
		length = sizeof(text) - 1;
	memcpy(text, in.at, length);
	text[length] = '\0';
	geometry_complete(&config, 0);
	if (geometry_check(&config, &complaint))
		return 0;
	if (lm_format_init(&fmt, &config))
		wrong("a format that was not refused before");
	if (hexadecimal_parse(text, &value))
		return 0;
	expect_number(text, value);
	decode_all(&fmt, value);
	return 0;
}
