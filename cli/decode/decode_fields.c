// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fields of a descriptor and their bits (Arm ARM D8.3.1 and D8.3.2, without
 * FEAT_S1PIE, FEAT_S1POE and FEAT_MEC). The kind of descriptor is known.
 */
#include "decode/decode_fields.h"

#include <stdio.h>

#include "decode/decode_meaning.h"
#include "machine/geometry.h"

/**
 * struct field_row - a field of one kind of descriptor
 * @mask: its bits
 * @name: the Arm ARM's
 * @base: how its value is written
 * @meaning: of its value
 */
struct field_row {
	uint64_t mask;
	const char *name;
	enum decode_base base;
	decode_meaning_fn *meaning;
};

/* --------------------------------------------------------------- the tables */

/*
 * The first row that has a bit says what it is: a format's address comes first, and
 * fields of fewer formats before those of all.
 */
#define MOST_ROWS 20

struct rows {
	struct field_row row[MOST_ROWS];
	size_t count;
	uint64_t ignored; /* of the rest; all others are reserved, and 0 */
};

/* With FEAT_HPDS2; to linmap itself it is just a part of the attributes. */
#define PBHA LM_BITS(62, 59)

/* A table descriptor's, with FEAT_HAFT; above and below it, what hardware ignores. */
#define TABLE_AF      LM_ATTR_AF
#define TABLE_IGNORED (LM_BITS(58, 51) | LM_BITS(11, 2))

static void add(struct rows *rows, uint64_t mask, const char *name, enum decode_base base,
		decode_meaning_fn *meaning)
{
	rows->row[rows->count++] = (struct field_row){ mask, name, base, meaning };
}

static void add_address(struct rows *rows, const struct lm_format *fmt, uint64_t size)
{
	add(rows, fmt->oa.in_place & ~(size - 1), "OA", DECODE_HEXADECIMAL, mean_address);
	if (fmt->oa.moved)
		add(rows, fmt->oa.moved, "OA", DECODE_HEXADECIMAL, mean_high_address);
}

static void leaf_rows_upper(struct rows *rows, const struct lm_format *fmt)
{
	bool two_ranges = lm_regime_has_two_ranges(fmt->config.regime);

	add(rows, PBHA, "PBHA", DECODE_BINARY, mean_pbha);
	add(rows, LM_ATTR_SOFTWARE, "software", DECODE_BINARY, mean_software);
	if (two_ranges) {
		add(rows, LM_ATTR_UXN, "UXN", DECODE_DECIMAL, mean_uxn);
		add(rows, LM_ATTR_PXN, "PXN", DECODE_DECIMAL, mean_xn);
	} else {
		add(rows, LM_ATTR_XN, "XN", DECODE_DECIMAL, mean_xn);
	}
	add(rows, LM_DESC_CONTIGUOUS, "Contiguous", DECODE_DECIMAL, mean_contiguous);
	add(rows, LM_ATTR_DBM, "DBM", DECODE_DECIMAL, mean_dbm);
	add(rows, LM_ATTR_GP, "GP", DECODE_DECIMAL, mean_gp);
}

static void leaf_rows_lower(struct rows *rows, const struct lm_format *fmt)
{
	enum lm_regime regime = fmt->config.regime;

	if (lm_regime_has_two_ranges(regime))
		add(rows, LM_ATTR_NOT_GLOBAL, "nG", DECODE_DECIMAL, mean_ng);
	else if (regime == LM_EL3)
		add(rows, LM_ATTR_NOT_GLOBAL, "NSE", DECODE_DECIMAL, mean_nse);
	add(rows, LM_ATTR_AF, "AF", DECODE_DECIMAL, mean_af);
	add(rows, LM_ATTR_INNER_SHAREABLE, "SH", DECODE_BINARY, mean_sh);
	add(rows, LM_ATTR_READ_ONLY | LM_ATTR_EL0, "AP[2:1]", DECODE_BINARY, mean_ap);
	add(rows, LM_ATTR_NS, "NS", DECODE_DECIMAL, mean_ns);
	add(rows, LM_ATTR_INDEX(7), "AttrIndx", DECODE_DECIMAL, mean_attr_index);
	add(rows, LM_DESC_TYPE, "type", DECODE_BINARY, mean_type);
}

static void leaf_rows(struct rows *rows, const struct lm_format *fmt,
		      const struct decoding *decoding)
{
	add_address(rows, fmt, decoding->size);
	if (decoding->kind == DECODE_BLOCK)
		add(rows, LM_BLOCK_NT, "nT", DECODE_DECIMAL, mean_nt);
	leaf_rows_upper(rows, fmt);
	leaf_rows_lower(rows, fmt);
	rows->ignored = LM_BIT(63);
}

static void table_rows(struct rows *rows, const struct lm_format *fmt)
{
	add_address(rows, fmt, lm_granule_size(fmt));
	add(rows, LM_TABLE_NS, "NSTable", DECODE_DECIMAL, mean_table_ns);
	if (lm_regime_has_two_ranges(fmt->config.regime)) {
		add(rows, LM_TABLE_AP, "APTable", DECODE_BINARY, mean_table_ap);
		add(rows, LM_TABLE_UXN, "UXNTable", DECODE_DECIMAL, mean_table_uxn);
		add(rows, LM_TABLE_PXN, "PXNTable", DECODE_DECIMAL, mean_table_xn);
	} else {
		/* The half about EL0 is reserved. */
		add(rows, LM_TABLE_AP & ~(LM_TABLE_AP >> 1), "APTable[1]", DECODE_DECIMAL,
		    mean_table_read_only);
		add(rows, LM_TABLE_UXN, "XNTable", DECODE_DECIMAL, mean_table_xn);
	}
	add(rows, TABLE_AF, "AF", DECODE_DECIMAL, mean_table_af);
	add(rows, LM_DESC_TYPE, "type", DECODE_BINARY, mean_type);
	rows->ignored = TABLE_IGNORED;
}

static void invalid_rows(struct rows *rows)
{
	add(rows, LM_DESC_VALID, "valid", DECODE_DECIMAL, mean_valid);
	add(rows, ~LM_DESC_VALID, "ignored", DECODE_HEXADECIMAL, mean_not_looked_at);
}

/* --------------------------------------------------------- bit by bit, downwards */

static const struct field_row *row_of(const struct rows *rows, unsigned int bit)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->row[i].mask & LM_BIT(bit))
			return &rows->row[i];
	return NULL;
}

/* The lowest bit that, together with all from @high on, is of one field. */
static unsigned int low_end(const struct rows *rows, unsigned int high)
{
	const struct field_row *row = row_of(rows, high);
	bool ignored = rows->ignored & LM_BIT(high);
	unsigned int low = high;

	while (low > 0 && row_of(rows, low - 1) == row &&
	       (row || !!(rows->ignored & LM_BIT(low - 1)) == ignored))
		low--;
	return low;
}

static void bits_text(char *text, size_t size, unsigned int high, unsigned int low)
{
	if (high == low)
		snprintf(text, size, "bit %u is", high);
	else
		snprintf(text, size, "bits %u:%u are", high, low);
}

/* LPA2 uses bits that are reserved without it. */
static const char *reserved_advice(const struct lm_format *fmt, unsigned int low)
{
	bool may_be_lpa2 = fmt->config.granule_shift != 16 && !fmt->config.lpa2;

	return may_be_lpa2 && (low == 48 || low == 49) ? " (is it one of --lpa2?)" : "";
}

static void rest_field(struct decode_field *field, const struct decode_context *context,
		       bool ignored)
{
	char bits[32];

	field->base = DECODE_HEXADECIMAL;
	field->value <<= field->low;
	field->is_idle = !field->value;
	snprintf(field->name, sizeof(field->name), "%s", ignored ? "ignored" : "RES0");
	snprintf(field->meaning, sizeof(field->meaning), "%s",
		 ignored ? "hardware ignores it" : "reserved, must be 0");
	if (ignored || !field->value)
		return;
	bits_text(bits, sizeof(bits), field->high, field->low);
	decode_problem(context->decoding, "%s reserved and must be 0%s", bits,
		       reserved_advice(context->fmt, field->low));
}

static bool is_address(const struct field_row *row)
{
	return row->meaning == mean_address || row->meaning == mean_high_address;
}

/* The name includes which bits of the address they are. */
static void address_field(struct decode_field *field, const struct lm_format *fmt,
			  const struct field_row *row)
{
	unsigned int by = row->mask == fmt->oa.moved ? fmt->oa.moved_by : 0;

	snprintf(field->name, sizeof(field->name), "OA[%u:%u]", field->high + by,
		 field->low + by);
	field->value <<= by;
}

static void row_field(struct decode_field *field, struct decode_context *context,
		      const struct field_row *row)
{
	field->base = row->base;
	field->is_idle = row->meaning == mean_pbha && !field->value;
	snprintf(field->name, sizeof(field->name), "%s", row->name);
	context->value = field->value;
	row->meaning(context, field->meaning, sizeof(field->meaning));
	if (field->base == DECODE_HEXADECIMAL)
		field->value <<= field->low;
	if (is_address(row))
		address_field(field, context->fmt, row);
}

static void add_field(struct decoding *decoding, struct decode_context *context,
		      const struct rows *rows, unsigned int high, unsigned int low)
{
	struct decode_field *field = &decoding->fields[decoding->field_count++];
	const struct field_row *row = row_of(rows, high);

	field->high = high;
	field->low = low;
	field->value = (context->descriptor & LM_BITS(high, low)) >> low;
	if (row)
		row_field(field, context, row);
	else
		rest_field(field, context, rows->ignored & LM_BIT(high));
}

/* Errors in values other than reserved bits. */
static void check_values(struct decoding *decoding, const struct lm_format *fmt,
			 uint64_t descriptor, int level)
{
	bool is_leaf = decoding->kind == DECODE_BLOCK || decoding->kind == DECODE_PAGE;
	uint64_t sh = descriptor & LM_ATTR_INNER_SHAREABLE;

	if (!is_leaf)
		return;
	if ((descriptor & LM_DESC_CONTIGUOUS) && lm_level(fmt, level)->run == 1)
		decode_problem(decoding,
			       "the contiguous hint is set, and level %d has no runs",
			       level);
	if (!fmt->config.lpa2 &&
	    sh == (LM_ATTR_INNER_SHAREABLE & ~LM_ATTR_OUTER_SHAREABLE))
		decode_problem(decoding, "shareability 0b01 is reserved");
	if (!lm_regime_has_two_ranges(fmt->config.regime) && !(descriptor & LM_ATTR_EL0))
		decode_problem(decoding,
			       "AP[1] is reserved and must be 1 (there is no EL0)");
}

void decode_fields(struct decoding *decoding, const struct lm_format *fmt,
		   uint64_t descriptor, int level)
{
	struct decode_context context = {
		.fmt = fmt,
		.decoding = decoding,
		.descriptor = descriptor,
		.level = level,
	};
	struct rows rows = { .count = 0 };
	int high = 63;

	if (decoding->kind == DECODE_TABLE)
		table_rows(&rows, fmt);
	else if (decoding->kind == DECODE_INVALID)
		invalid_rows(&rows);
	else
		leaf_rows(&rows, fmt, decoding);
	while (high >= 0) {
		unsigned int low = low_end(&rows, (unsigned int)high);

		add_field(decoding, &context, &rows, (unsigned int)high, low);
		high = (int)low - 1;
	}
	check_values(decoding, fmt, descriptor, level);
}
