// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counting leaves, and the tables on the way to large ones, as they are put
 * down, so that a plan need not walk. Knows nothing of what is planned.
 */
#include "core.h"

static bool is_large(const struct lm_walk_item *leaf)
{
	return leaf->level < LM_LAST_LEVEL || leaf->entries > 1;
}

static enum lm_tallied *tallied(struct lm_tally *tally, int level)
{
	return &tally->tables[level - LM_FIRST_LEVEL];
}

struct search {
	const struct lm_map *map;
	const struct lm_region *region;
	bool found;
};

static int search_large(void *ctx, struct lm_walk_item *item)
{
	struct search *search = ctx;

	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	if (lm_item_is_leaf(search->map, item) && is_large(item) &&
	    lm_region_around(search->map, lm_item_span(search->map, item)) == search->region) {
		search->found = true;
		return -LM_EEXIST; /* enough */
	}
	return LM_WALK_NEXT;
}

bool lm_census_has_large(const struct lm_census *census)
{
	uint64_t large = census->leaves[LM_LAST_LEVEL - LM_FIRST_LEVEL][LM_RUN];

	for (int level = 0; level < LM_LAST_LEVEL - LM_FIRST_LEVEL; level++)
		large += census->leaves[level][LM_SINGLE] + census->leaves[level][LM_RUN];
	return large;
}

/* Whether the table on @level that @leaf is in, or below, has a large leaf already. */
static bool has_large(const struct lm_tally *tally, const struct lm_walk_item *leaf, int level)
{
	const struct lm_map *map = tally->map;
	struct search search = { map, tally->region, false };
	struct lm_span region = lm_span_checked(map, tally->region->range);
	uint64_t size = lm_entry_size(&map->fmt, level - 1);
	struct lm_span table;

	if (!lm_census_has_large(&tally->region->census))
		return false;
	table.start = lm_item_span(map, leaf).start & ~(size - 1);
	table = lm_span_clip((struct lm_span){ table.start, table.start + size }, region);
	lm_walk(map, (struct lm_range){ lm_va_of(map, table.start), table.end - table.start },
		search_large, &search);
	return search.found;
}

void lm_tally_enter(struct lm_tally *tally, int level, enum lm_tallied state)
{
	*tallied(tally, level) = state;
}

/* From the leaf's own table up, until one that was counted with what is below it. */
static void tally_tables(struct lm_tally *tally, const struct lm_walk_item *leaf)
{
	struct lm_census *census = &tally->region->census;

	for (int level = leaf->level; level > tally->map->fmt.start_level; level--) {
		enum lm_tallied *state = tallied(tally, level);

		if (*state == LM_TALLY_UNKNOWN && has_large(tally, leaf, level))
			*state = LM_TALLY_COUNTED;
		if (*state == LM_TALLY_COUNTED)
			return;
		*state = LM_TALLY_COUNTED;
		census->large_tables[level - LM_FIRST_LEVEL]++;
	}
}

void lm_tally_leaf(struct lm_tally *tally, const struct lm_walk_item *leaf)
{
	enum lm_leaf_kind kind = leaf->entries > 1 ? LM_RUN : LM_SINGLE;

	if (is_large(leaf))
		tally_tables(tally, leaf);
	tally->region->census.leaves[leaf->level - LM_FIRST_LEVEL][kind]++;
}
