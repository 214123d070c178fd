// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a leaf is: an entry, or a contiguous run of them. Knows nothing of walking. */
#include "core.h"

/* For entries that differ in more than attributes: whether all are leaves. */
static bool are_leaves(const struct lm_format *fmt, const lm_desc_t *first, int level,
		       uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++) {
		if (!lm_is_leaf(fmt, lm_arch_load(&first[i]), level))
			return false;
	}
	return true;
}

uint64_t lm_members_differ(const struct lm_map *map, const struct lm_walk_item *run)
{
	uint64_t step = lm_entry_size(&map->fmt, run->level);
	uint64_t expected = run->desc.v;
	uint64_t differs = 0;

	for (uint32_t i = 0; run->slot && i < run->entries; i += LM_STRIDE) {
		differs |= lm_stride_differs(&run->slot[i], expected, step);
		expected += LM_STRIDE * step;
	}
	return differs;
}

bool lm_is_run(const struct lm_map *map, const lm_desc_t *first, int level)
{
	const struct lm_format *fmt = &map->fmt;
	uint64_t step = lm_entry_size(fmt, level);
	uint32_t entries = lm_level(fmt, level)->run;
	uint64_t size_and_place = LM_DESC_CONTIGUOUS | LM_DESC_TABLE_OR_PAGE |
				  fmt->oa.in_place | fmt->oa.moved;
	uint64_t leafness = LM_DESC_VALID | fmt->config.present_invalid;
	uint64_t expected = lm_arch_load(first).v;
	uint64_t differs = 0;

	if (entries == 1 || !(expected & LM_DESC_CONTIGUOUS) ||
	    (lm_desc_oa(&fmt->oa, (lm_desc_t){ expected }).v & ((entries - 1) * step)) ||
	    !lm_is_leaf(fmt, (lm_desc_t){ expected }, level))
		return false;
	for (const lm_desc_t *end = first + entries; first < end; first += LM_STRIDE) {
		differs |= lm_stride_differs(first, expected, step);
		expected += LM_STRIDE * step;
	}
	if (differs & size_and_place)
		return false;
	return !(differs & leafness) || are_leaves(fmt, first - entries, level, entries);
}

uint32_t lm_count_alike(const lm_desc_t *entry, uint32_t entries, lm_desc_t first,
			uint64_t step)
{
	uint32_t alike = 0;

	while (alike < entries && lm_arch_load(&entry[alike]).v == first.v) {
		alike++;
		first.v += step;
	}
	return alike;
}

/* Two entries, for compilers to store at once: with vectors where they may be used. */
typedef uint64_t pair __attribute__((__vector_size__(16), __aligned__(8), __may_alias__));

#define FILL_STRIDE 16

/* The hot path of all that makes tables. */
void lm_fill(lm_desc_t *entry, uint32_t entries, lm_desc_t first, uint64_t step)
{
	const lm_desc_t *end = entry + entries;
	const lm_desc_t *wide_end = end - entries % FILL_STRIDE;
	pair next = { first.v, first.v + step };

	for (; entry < wide_end; entry += FILL_STRIDE) {
#pragma GCC unroll 8
		for (unsigned int i = 0; i < FILL_STRIDE; i += 2) {
			*(pair *)(void *)&entry[i] = next;
			next += 2 * step;
		}
	}
	for (first.v = next[0]; entry < end; entry++, first.v += step)
		*entry = first;
}

void lm_clear(lm_desc_t *entry, uint32_t entries)
{
	const lm_desc_t *end = entry + entries;

	for (; entry < end; entry += LM_STRIDE)
		__builtin_memset(entry, 0, LM_STRIDE * sizeof(*entry));
}
