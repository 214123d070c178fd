// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Splitting, one leaf at a time, at any level of any granule: finds the leaves
 * that have to go and says what stands below them. Whether that is counted,
 * staged or published at once is up to whoever walks.
 */
#include "core.h"

/*
 * A table none of whose leaves stays large is filled without hints; else every
 * run gets them, and those that the goal reaches into are dissolved next.
 */
static lm_desc_t first_child(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	const struct lm_level *below = lm_level(&edit->map->fmt, leaf->level + 1);
	uint64_t size = lm_entry_size(&edit->map->fmt, leaf->level);
	lm_desc_t first = lm_desc_first_child(&edit->map->fmt.oa, leaf->desc, size,
					      leaf->level + 1);

	if (below->run == 1 || (edit->region->flags & LM_NO_RUNS) ||
	    lm_goal_covers(edit, leaf))
		return first;
	return lm_desc_with_hint(first);
}

static int split_visit(void *ctx, struct lm_walk_item *item)
{
	const struct lm_split *split = ctx;
	struct lm_edit *edit = split->edit;
	bool goes;

	if (lm_item_is_table(item)) {
		if (split->ops->enter)
			split->ops->enter(split, item);
		return LM_WALK_DESCEND;
	}
	if (!lm_item_is_leaf(edit->map, item))
		return LM_WALK_NEXT;

	goes = lm_goal_splits(edit, item);
	if (!goes && !item->member)
		return LM_WALK_NEXT;
	if (item->entries > 1)
		return split->ops->dissolve(split, item);
	if (edit->map->fmt.config.hw_updates && lm_desc_awaits_hw_update(item->desc)) {
		edit->where = item->va;
		return -LM_EHWUPDATE;
	}
	if (!goes)
		return split->ops->keep(split, item);
	item->child = first_child(edit, item);
	return split->ops->split(split, item);
}

int lm_split_walk(const struct lm_split *split)
{
	/* The visitor takes its context as the walker hands it, without const. */
	return lm_walk(split->edit->map, split->edit->range, split_visit,
		       (void *)(uintptr_t)split);
}

/*
 * The hot path of an edit: every descriptor of every new table is written here,
 * while nobody walks it. Entries that do not depend on each other, a constant
 * number at a time, are what compilers turn into wide stores; every table
 * below another is a multiple of FILL_STRIDE long.
 */
#define FILL_STRIDE 8

static void fill_table(lm_desc_t *table, uint32_t entries, lm_desc_t first, uint64_t step)
{
	for (lm_desc_t *end = table + entries; table < end; table += FILL_STRIDE) {
		for (unsigned int i = 0; i < FILL_STRIDE; i++)
			table[i].v = first.v + i * step;
		first.v += FILL_STRIDE * step;
	}
}

int lm_split_new_table(struct lm_edit *edit, struct lm_walk_item *leaf)
{
	const struct lm_map *map = edit->map;
	int level = leaf->level + 1;
	lm_desc_t *entries;
	lm_pa_t pa;

	if (!lm_reserve_take(&edit->reserve, level, 1, &pa))
		return -LM_ESTALE;
	entries = lm_table(map, pa);
	fill_table(entries, lm_level(&map->fmt, level)->entries, leaf->child,
		   lm_entry_size(&map->fmt, level));
	lm_arch_wrote(&map->env, entries);
	leaf->desc = lm_desc_table(&map->fmt.oa, pa, map->fmt.config.table_attrs,
				   lm_desc_attrs(&map->fmt.oa, leaf->desc));

	/* There is nothing to be found among pages. */
	if (level == LM_LAST_LEVEL && !lm_desc_is_contiguous(leaf->child))
		return LM_WALK_NEXT;
	return LM_WALK_DESCEND;
}
