// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any text as descriptors and walks of any format: it is read or refused with a reason,
 * and what is said about a number accounts for each of its bits once.
 */
#include "decode/decode.h"

#include <errno.h>
#include <string.h>

#include "decode/decode_read.h"
#include "machine/geometry.h"
#include "input.h"
#include "base/units.h"

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

static FILE *null_file(void)
{
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	return nowhere;
}

static void decode_all(const struct lm_format *fmt, uint64_t descriptor)
{
	static struct decoding decodings[LM_LEVELS];
	size_t count = decode_levels(decodings, fmt, descriptor);

	if (!count || count > LM_LEVELS || decodings[count - 1].last_level != 3)
		wrong("%zu decodings", count);
	for (size_t i = 0; i < count; i++)
		expect_fields(&decodings[i]);
	decode_print(null_file(), fmt, descriptor, decodings, count);
}

/* As libc reads it, which accepts more: blanks, signs. */
static void expect_number(const char *text, uint64_t value)
{
	char *end;

	errno = 0;
	if (value != strtoull(text, &end, 16) || *end || errno)
		wrong("\"%s\" was read as 0x%" PRIx64, text, value);
}

/* Only the last entry ends the walk, and a table does not. */
static void expect_walk(const struct walk_decoding *d)
{
	if (!d->count || d->count > WALK_ENTRIES || d->last >= d->count)
		wrong("a walk of %zu, ended by %zu", d->count, d->last);
	for (size_t i = 0; i < d->count; i++) {
		bool is_table = d->steps[i].decoding.kind == DECODE_TABLE;

		if (i < d->last && !is_table)
			wrong("step %zu ends a walk, not %zu", i, d->last);
		if (d->steps[i].is_walked != (i <= d->last))
			wrong("step %zu of a walk that %zu ends", i, d->last);
		expect_fields(&d->steps[i].decoding);
	}
	if (d->is_cut_off != (d->steps[d->last].decoding.kind == DECODE_TABLE))
		wrong("a walk that claims to be complete and is not");
	if (!d->end[0])
		wrong("a walk without an end");
}

static void read_line(const struct lm_format *fmt, char *line)
{
	static struct walk_decoding walk;
	struct decode_items items = { .item = NULL };
	struct error error = { "" };

	if (decode_read(&items, "", line, &error) && !error.text[0])
		wrong("refused without a reason");
	for (size_t i = 0; i < items.count; i++) {
		error.text[0] = '\0';
		if (!items.item[i].is_walk)
			continue;
		if (!walk_decode(&walk, &items.item[i].walk, fmt, "", &error)) {
			expect_walk(&walk);
			walk_print(null_file(), fmt, &walk);
		} else if (!error.text[0]) {
			wrong("a walk refused without a reason");
		}
	}
	decode_items_free(&items);
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
	struct error error = { "" };
	struct lm_format fmt;
	uint64_t value;
	char text[256];
	size_t length = (size_t)(in.end - in.at);

	if (length >= sizeof(text))
		length = sizeof(text) - 1;
	memcpy(text, in.at, length);
	text[length] = '\0';
	geometry_complete(&config, 0);
	if (geometry_check(&config, &error))
		return 0;
	if (lm_format_init(&fmt, &config))
		wrong("a format that was not refused before");
	if (!hexadecimal_parse(text, &value)) {
		expect_number(text, value);
		decode_all(&fmt, value);
	}
	read_line(&fmt, text);
	return 0;
}
