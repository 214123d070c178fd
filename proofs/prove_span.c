// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Input addresses of every translation: a range becomes a span exactly when it is
 * one of the map's, whatever its numbers are, and the indexes of an address on its
 * levels are inside their tables and make up the address.
 */
#include "proofs/prove.h"
#include "src/format.c"
#include "src/walk.c"

static bool is_aligned(const struct lm_map *map, uint64_t n)
{
	return !(n & (lm_granule_size(&map->fmt) - 1));
}

/* By their last bytes, which also exist for a range that ends at 2^64. */
static bool is_inside(const struct lm_map *map, struct lm_range range)
{
	uint64_t last_of_map =
		map->fmt.base + ((UINT64_C(1) << map->fmt.config.ia_bits) - 1);
	uint64_t last = range.start.v + (range.size - 1);

	return range.start.v >= map->fmt.base && last >= range.start.v &&
	       last <= last_of_map;
}

static void prove_span(const struct lm_map *map)
{
	struct lm_range range = { { nondet_u64() }, nondet_u64() };
	struct lm_span before = { nondet_u64(), nondet_u64() }, span = before;
	bool is_good = range.size && is_inside(map, range) &&
		       is_aligned(map, range.start.v) && is_aligned(map, range.size);
	int err = lm_span_of(map, range, &span);

	expect("refusal", err == (is_good ? 0 : -LM_EINVAL));
	if (err) {
		expect("untouched", span.start == before.start && span.end == before.end);
		expect_possible("refused", true);
		return;
	}
	expect("span", span.start < span.end);
	expect("span", span.end <= UINT64_C(1) << map->fmt.config.ia_bits);
	expect("span", span.end - span.start == range.size);
	expect("span", lm_va_of(map, span.start).v == range.start.v);
	expect("span", lm_span_checked(map, range).start == span.start &&
			       lm_span_checked(map, range).end == span.end);
	expect_possible("the last page", span.end == lm_half_size(map));
	expect_possible("the upper half", map->fmt.base);
	expect_possible("a range that ends at 2^64", !(range.start.v + range.size));
}

static void prove_indexes(const struct lm_map *map)
{
	uint64_t offset = nondet_u64(), sum;
	lm_va_t va;

	assume(offset < lm_half_size(map));
	va = lm_va_of(map, offset);
	sum = offset & (lm_granule_size(&map->fmt) - 1);
	for (int level = LM_FIRST_LEVEL; level <= LM_LAST_LEVEL; level++) {
		uint32_t index;

		if (level < map->fmt.start_level)
			continue;
		index = lm_index(map, level, va);
		expect("index_inside", index < lm_level(&map->fmt, level)->entries);
		sum += index * lm_entry_size(&map->fmt, level);
	}
	expect("indexes_add_up", sum == offset);
}

int main(void)
{
	struct lm_format_config config = any_config();
	struct lm_map map;

	assume(!lm_format_init(&map.fmt, &config));
	prove_span(&map);
	prove_indexes(&map);
	return 0;
}
