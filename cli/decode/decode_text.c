// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A decoded descriptor for people: the bits under a ruler, then field by field. */
#include "decode/decode.h"

#include <inttypes.h>

#include "machine/geometry.h"
#include "base/lines.h"

/* Bytes are separated, each under the number of its highest bit. */
static void print_ruler(FILE *out, uint64_t descriptor)
{
	for (int bit = 63; bit > 7; bit -= 8)
		fprintf(out, "%-9d", bit);
	fprintf(out, "7\n");
	for (int bit = 63; bit >= 0; bit--) {
		fputc(descriptor >> bit & 1 ? '1' : '0', out);
		if (bit)
			fputs(bit % 8 ? "" : " ", out);
	}
	fputc('\n', out);
}

struct value_text {
	char s[72];
};

static struct value_text value_text(const struct decode_field *field)
{
	struct value_text text;
	unsigned int width = field->high - field->low + 1;
	char *at = text.s;

	if (field->base == DECODE_DECIMAL)
		snprintf(text.s, sizeof(text.s), "%" PRIu64, field->value);
	else if (field->base == DECODE_HEXADECIMAL)
		snprintf(text.s, sizeof(text.s), "0x%" PRIx64, field->value);
	if (field->base != DECODE_BINARY)
		return text;
	*at++ = '0';
	*at++ = 'b';
	while (width--)
		*at++ = field->value >> width & 1 ? '1' : '0';
	*at = '\0';
	return text;
}

static void print_field(FILE *out, const struct decode_field *field)
{
	char bits[16];
	char line[256];

	if (field->is_idle)
		return;
	if (field->high == field->low)
		snprintf(bits, sizeof(bits), "%u", field->high);
	else
		snprintf(bits, sizeof(bits), "%u:%u", field->high, field->low);
	snprintf(line, sizeof(line), "  %-5s %-10s %-16s %s", bits, field->name,
		 value_text(field).s, field->meaning);
	lines_print(out, 36, line);
}

static void print_decoding(FILE *out, const struct decoding *decoding)
{
	char line[320];

	if (decoding->first_level == decoding->last_level)
		snprintf(line, sizeof(line), "level %d: %s", decoding->first_level,
			 decoding->what);
	else
		snprintf(line, sizeof(line), "levels %d to %d: %s", decoding->first_level,
			 decoding->last_level, decoding->what);
	lines_print(out, 4, line);
	for (size_t i = 0; i < decoding->problem_count; i++) {
		snprintf(line, sizeof(line), "  wrong: %s", decoding->problems[i]);
		lines_print(out, 9, line);
	}
	for (size_t i = 0; i < decoding->field_count; i++)
		print_field(out, &decoding->fields[i]);
}

void decode_print(FILE *out, const struct lm_format *fmt, uint64_t descriptor,
		  const struct decoding *decodings, size_t count)
{
	const struct lm_format_config *config = &fmt->config;

	fprintf(out, "0x%016" PRIx64 ", %s granule%s, %s\n\n", descriptor,
		granule_text(config->granule_shift), config->lpa2 ? " with LPA2" : "",
		regime_text(config->regime));
	print_ruler(out, descriptor);
	for (size_t i = 0; i < count; i++) {
		fputc('\n', out);
		print_decoding(out, &decodings[i]);
	}
}
