// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Looking at tables that anybody may have made: what an item of the walk is when neither
 * runs nor links between tables can be trusted. Knows nothing of what is reported.
 */
#include "core.h"

void lm_look_init(struct lm_look *look, const struct lm_map *map)
{
	look->map = map;
	look->tables[map->fmt.start_level - LM_FIRST_LEVEL] =
		(struct lm_look_table){ .pa = map->root };
}

/*
 * Whether all members make one leaf: they have the same attributes, and adjacent memory.
 */
static bool is_whole(const struct lm_look *look, const struct lm_walk_item *run)
{
	return !(lm_members_differ(look->map, run) &
		 ~lm_attrs_hw_writes(&look->map->fmt, run->desc));
}

enum lm_look_kind lm_look_at(struct lm_look *look, const struct lm_walk_item *item)
{
	look->span = lm_item_span(look->map, item);
	look->oa = lm_table_pa(look->map, item->desc).v;
	if (item->entries > 1 && !is_whole(look, item))
		return LM_LOOK_BROKEN_RUN;
	if (lm_item_is_table(item))
		return LM_LOOK_TABLE;
	return lm_is_leaf(&look->map->fmt, item->desc, item->level) ? LM_LOOK_LEAF :
								      LM_LOOK_HOLE;
}

bool lm_look_enter(struct lm_look *look, const struct lm_walk_item *table)
{
	struct lm_look_table *in = &look->tables[table->level - LM_FIRST_LEVEL];

	for (int level = look->map->fmt.start_level; level <= table->level; level++) {
		if (look->tables[level - LM_FIRST_LEVEL].pa.v == look->oa)
			return false;
	}
	in[1].pa.v = look->oa;
	in[1].above = lm_attrs_below(in->above, table->desc);
	return true;
}

struct lm_leaf_change lm_look_change(const struct lm_look *look, int level)
{
	bool two_ranges = lm_regime_has_two_ranges(look->map->fmt.config.regime);
	uint64_t above = look->tables[level - LM_FIRST_LEVEL].above;
	lm_attrs_t none = { 0 };
	lm_attrs_t all = { ~UINT64_C(0) };

	return (struct lm_leaf_change){ lm_desc_below(none, above, two_ranges).v,
					~lm_desc_below(all, above, two_ranges).v };
}
