// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counting leaves, and the tables that lead to large ones, as they are written, so that a
 * plan need not walk. Knows nothing of plans.
 */
#include "core.h"

bool lm_census_has_large(const struct lm_census *census)
{
	uint64_t large = census->leaves[LM_LAST_LEVEL - LM_FIRST_LEVEL][LM_RUN] +
			 census->stray_hints;

	for (int level = 0; level < LM_LAST_LEVEL - LM_FIRST_LEVEL; level++)
		large += census->leaves[level][LM_SINGLE] + census->leaves[level][LM_RUN];
	return large;
}

void lm_census_forget_tables(struct lm_census *census)
{
	for (int level = 0; level < LM_LEVELS; level++)
		census->large_tables[level] = 0;
	census->tables_unknown = false;
}

/*
 * A table leads to a large leaf already if the nearest large leaf is below it, too. That
 * is known for leaves written in ascending or descending order, as RAM is mapped. The
 * neighbours of a leaf in between are not known, and from then on the count is unknown.
 */
static void add_tables(struct lm_census *census, const struct lm_format *fmt, uint64_t at,
		       int level)
{
	uint64_t apart = ~UINT64_C(0);

	if (!lm_census_has_large(census)) {
		census->first_large = census->last_large = at;
	} else if (at > census->last_large) {
		apart = at ^ census->last_large;
		census->last_large = at;
	} else if (at < census->first_large) {
		apart = at ^ census->first_large;
		census->first_large = at;
	} else {
		census->tables_unknown = true;
		return;
	}
	for (; level > fmt->start_level; level--) {
		if (apart >> lm_level(fmt, level - 1)->shift)
			census->large_tables[level - LM_FIRST_LEVEL]++;
	}
}

void lm_census_add(struct lm_census *census, const struct lm_map *map,
		   const struct lm_walk_item *leaf, uint32_t leaves)
{
	enum lm_leaf_kind kind = leaf->entries > 1 ? LM_RUN : LM_SINGLE;
	bool is_page = leaf->level == LM_LAST_LEVEL && kind == LM_SINGLE;
	bool is_stray = is_page && lm_item_has_stray_hint(leaf);
	uint64_t start = leaf->va.v - map->fmt.base;

	if (!is_page || is_stray)
		add_tables(census, &map->fmt, start, leaf->level);
	census->stray_hints += is_stray ? leaves : 0;
	census->leaves[leaf->level - LM_FIRST_LEVEL][kind] += leaves;
	/* Those between the first and the last are in the same table. */
	if (leaves > 1 && (!is_page || is_stray))
		add_tables(census, &map->fmt,
			   start + (leaves - 1) * lm_item_size(map, leaf), leaf->level);
}

/*
 * Add @what as often as @times says. A table can lead to leaves of both, so the count of
 * @to's tables is unknown then.
 */
static void add_times(struct lm_census *to, const struct lm_census *what, uint64_t times)
{
	for (int level = 0; level < LM_LEVELS; level++) {
		to->leaves[level][LM_SINGLE] += times * what->leaves[level][LM_SINGLE];
		to->leaves[level][LM_RUN] += times * what->leaves[level][LM_RUN];
	}
	to->stray_hints += times * what->stray_hints;
	if (lm_census_has_large(what))
		to->tables_unknown = true;
}

void lm_census_subtract(struct lm_census *from, const struct lm_census *what)
{
	add_times(from, what, -UINT64_C(1));
}

void lm_census_give(struct lm_census *to, const struct lm_census *what)
{
	add_times(to, what, 1);
}
