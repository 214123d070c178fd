// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Type and address of a descriptor on each level. */
#include "decode/decode.h"

#include <inttypes.h>
#include <string.h>

#include "decode/decode_fields.h"
#include "machine/geometry.h"
#include "base/units.h"

static enum decode_kind kind_of(const struct lm_format *fmt, lm_desc_t desc, int level)
{
	if (!lm_desc_is_valid(desc))
		return DECODE_INVALID;
	if (lm_desc_is_table(desc, level))
		return DECODE_TABLE;
	if (!lm_desc_is_valid_leaf(desc, level) || !lm_level(fmt, level)->leaf)
		return DECODE_RESERVED;
	return level == LM_LAST_LEVEL ? DECODE_PAGE : DECODE_BLOCK;
}

/* Whether the level would have blocks with 52 bits of output address. */
static bool has_larger_blocks(const struct lm_format *fmt, int level)
{
	struct lm_format_config config = fmt->config;
	struct lm_format larger;

	config.oa_bits = 52;
	config.lpa2 = config.granule_shift != 16;
	return !lm_format_init(&larger, &config) && lm_level(&larger, level)->leaf;
}

static void say_reserved(struct decoding *decoding, const struct lm_format *fmt,
			 int level)
{
	const char *granule = granule_text(fmt->config.granule_shift);
	struct short_text size = size_text(lm_entry_size(fmt, level));
	char why[128];

	if (level == LM_LAST_LEVEL)
		snprintf(why, sizeof(why), "a page has 0b11 in bits 1:0");
	else if (!has_larger_blocks(fmt, level))
		snprintf(why, sizeof(why), "%s granules have no blocks at level %d",
			 granule, level);
	else
		snprintf(why, sizeof(why), "a %s block at level %d needs %s", size.s,
			 level,
			 fmt->config.granule_shift == 16 ?
				 "52-bit physical addresses: --pa-bits 52" :
				 "LPA2: --lpa2");
	snprintf(decoding->what, sizeof(decoding->what),
		 "reserved, and faults as if invalid: %s", why);
}

static void say_leaf(struct decoding *decoding)
{
	snprintf(decoding->what, sizeof(decoding->what), "%s of %s at 0x%" PRIx64,
		 decode_kind_name(decoding->kind), size_text(decoding->size).s,
		 decoding->address);
}

/* Bits below the size of a block are not address: those set are reported as reserved. */
static void find_address(struct decoding *decoding, const struct lm_format *fmt,
			 lm_desc_t desc, int level)
{
	uint64_t size = decoding->kind == DECODE_TABLE ? lm_granule_size(fmt) :
							 lm_entry_size(fmt, level);
	uint64_t last;

	decoding->size = size;
	decoding->address = lm_desc_oa(&fmt->oa, desc).v & ~(size - 1);
	last = decoding->address + (size - 1);
	if (last >> fmt->config.oa_bits)
		decode_problem(decoding,
			       "ends at 0x%" PRIx64 ", beyond %u-bit physical addresses "
			       "(is --pa-bits right?)",
			       last, fmt->config.oa_bits);
}

void decode(struct decoding *decoding, const struct lm_format *fmt, uint64_t descriptor,
	    int level)
{
	lm_desc_t desc = { descriptor };

	memset(decoding, 0, sizeof(*decoding));
	decoding->first_level = level;
	decoding->last_level = level;
	decoding->kind = kind_of(fmt, desc, level);
	switch (decoding->kind) {
	case DECODE_INVALID:
		snprintf(decoding->what, sizeof(decoding->what),
			 "invalid: every access faults");
		break;
	case DECODE_RESERVED:
		say_reserved(decoding, fmt, level);
		return;
	case DECODE_TABLE:
		find_address(decoding, fmt, desc, level);
		snprintf(decoding->what, sizeof(decoding->what), "table at 0x%" PRIx64,
			 decoding->address);
		break;
	case DECODE_BLOCK:
	case DECODE_PAGE:
		find_address(decoding, fmt, desc, level);
		say_leaf(decoding);
		break;
	}
	decode_fields(decoding, fmt, descriptor, level);
}

static bool are_alike(const struct decode_field *a, const struct decode_field *b)
{
	return a->high == b->high && a->low == b->low && !strcmp(a->name, b->name) &&
	       a->value == b->value && a->base == b->base &&
	       !strcmp(a->meaning, b->meaning) && a->is_idle == b->is_idle;
}

static bool read_alike(const struct decoding *a, const struct decoding *b)
{
	if (strcmp(a->what, b->what) || a->kind != b->kind ||
	    a->field_count != b->field_count)
		return false;
	for (size_t i = 0; i < a->field_count; i++)
		if (!are_alike(&a->fields[i], &b->fields[i]))
			return false;
	/* memset() in decode() makes unused ones equal. */
	return !memcmp(a->problems, b->problems, sizeof(a->problems));
}

size_t decode_levels(struct decoding decodings[LM_LEVELS], const struct lm_format *fmt,
		     uint64_t descriptor)
{
	size_t count = 0;

	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++) {
		struct decoding *next = &decodings[count];

		decode(next, fmt, descriptor, level);
		if (count && read_alike(next - 1, next))
			next[-1].last_level = level;
		else
			count++;
	}
	return count;
}
