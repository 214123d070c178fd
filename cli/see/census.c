// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Adding up leaves as they come, in ascending order, and how many tables they would need
 * at least.
 */
#include "see/census.h"

#include <string.h>

#define NONE_TOUCHED UINT64_MAX

void census_begin(struct census *census, const struct lm_format *fmt,
		  const struct layout *layout)
{
	memset(census, 0, sizeof(*census));
	census->fmt = *fmt;
	census->layout = *layout;
	census->has_pa = true;
	for (int level = 0; level < LM_LEVELS; level++)
		census->touched[level] = NONE_TOUCHED;
}

uint64_t census_leaf_size(const struct census *census, int level, enum lm_leaf_kind kind)
{
	uint64_t size = lm_entry_size(&census->fmt, level);

	return kind == LM_RUN ? size * lm_level(&census->fmt, level)->run : size;
}

/* ---------------------------------------------------------- the fewest tables */

/* Blocks of @shift that [@start, @end) reaches into; the previous one counted already. */
static uint64_t blocks_touched(uint64_t start, uint64_t end, uint8_t shift,
			       uint64_t *touched)
{
	uint64_t first = start >> shift;
	uint64_t last = (end - 1) >> shift;
	uint64_t count = last - first + 1;

	if (first == *touched)
		count--;
	*touched = last;
	return count;
}

/* Blocks of @shift that it covers, if memory is aligned as they need it. */
static uint64_t blocks_covered(const struct census_stretch *stretch, uint8_t shift)
{
	uint64_t size = UINT64_C(1) << shift;
	uint64_t first = (stretch->start + size - 1) >> shift;
	uint64_t end = stretch->end >> shift;

	if ((stretch->start ^ stretch->pa) & (size - 1))
		return 0;
	return end > first ? end - first : 0;
}

/*
 * A table is needed on each level for every entry above that is reached into, but where a
 * leaf covers the entry. Offsets into the half cannot overflow.
 */
static void end_stretch(struct census *census)
{
	const struct lm_format *fmt = &census->fmt;
	struct census_stretch *stretch = &census->stretch;
	struct census_part *part = &census->part[stretch->part];

	if (stretch->start == stretch->end)
		return;
	for (int level = fmt->start_level + 1; level <= LM_LAST_LEVEL; level++) {
		const struct lm_level *above = lm_level(fmt, level - 1);
		uint64_t *tables = &part->least_tables[level - LM_FIRST_LEVEL];

		*tables += blocks_touched(stretch->start, stretch->end, above->shift,
					  &census->touched[level - LM_FIRST_LEVEL]);
		if (above->leaf)
			*tables -= blocks_covered(stretch, above->shift);
	}
	stretch->start = stretch->end;
}

static void extend_stretch(struct census *census, const struct seen_leaf *leaf,
			   size_t part)
{
	struct census_stretch *stretch = &census->stretch;
	uint64_t start = leaf->va - census->fmt.base;

	if (stretch->start == stretch->end || start != stretch->end ||
	    leaf->pa != stretch->pa + (stretch->end - stretch->start) ||
	    leaf->attrs != stretch->attrs || part != stretch->part) {
		end_stretch(census);
		*stretch = (struct census_stretch){ start, start, leaf->pa, leaf->attrs,
						    part };
	}
	stretch->end = start + leaf->size * leaf->count;
}

/* --------------------------------------------------------------------- counting */

void census_add(struct census *census, const struct seen_leaf *leaf)
{
	size_t index = layout_find(&census->layout, leaf->va);
	struct census_part *part = &census->part[index];
	uint64_t bytes = leaf->size * leaf->count;

	part->leaves[leaf->level - LM_FIRST_LEVEL][leaf->is_run ? LM_RUN : LM_SINGLE] +=
		leaf->count;
	part->by_bits[leaf->bits].leaves += leaf->count;
	part->by_bits[leaf->bits].bytes += bytes;
	part->by_attr[leaf->attr_index & 7].leaves += leaf->count;
	part->by_attr[leaf->attr_index & 7].bytes += bytes;
	if (!part->bytes)
		part->first = leaf->va;
	part->last = leaf->va + (bytes - 1);
	part->bytes += bytes;
	census->has_pa &= leaf->has_pa;
	if (leaf->has_pa)
		extend_stretch(census, leaf, index);
}

void census_add_table(struct census *census, uint64_t va, int level)
{
	size_t part = layout_find(&census->layout, va);

	census->part[part].tables[level - LM_FIRST_LEVEL]++;
}

void census_add_twice(struct census *census, uint64_t va, uint64_t size)
{
	if (!census->seen_twice++)
		census->twice_first = va;
	census->twice_last = va + (size - 1);
}

void census_end(struct census *census)
{
	end_stretch(census);
}

/* ------------------------------------------------------------------------ sums */

uint64_t sum_levels(const uint64_t tables[LM_LEVELS])
{
	uint64_t sum = 0;

	for (int level = 0; level < LM_LEVELS; level++)
		sum += tables[level];
	return sum;
}

uint64_t census_tables(const struct census_part *part)
{
	return sum_levels(part->tables);
}

uint64_t census_least_tables(const struct census_part *part)
{
	return sum_levels(part->least_tables);
}

uint64_t census_all_tables(const struct census *census)
{
	uint64_t tables = 1; /* the root */

	for (size_t i = 0; i < census->layout.count; i++)
		tables += census_tables(&census->part[i]);
	return tables;
}

uint64_t census_bytes(const struct census *census)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < census->layout.count; i++)
		bytes += census->part[i].bytes;
	return bytes;
}

uint64_t census_page_bytes(const struct census *census, const struct census_part *part,
			   enum lm_leaf_kind kind)
{
	return part->leaves[LM_LAST_LEVEL - LM_FIRST_LEVEL][kind] *
	       census_leaf_size(census, LM_LAST_LEVEL, kind);
}

const struct census_part *census_linear(const struct census *census)
{
	return &census->part[census->layout.linear];
}
