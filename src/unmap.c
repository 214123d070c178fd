// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Unmapping: leaves become invalid entries, and a table below which nothing is left mapped
 * goes with all that is below it. Leaves across an end are split as for every other goal.
 */
#include "core.h"

/* ------------------------------------------------------------------ whole tables */

/* Ends the walk at what stays mapped. */
static int stays_visit(void *ctx, struct lm_walk_item *item)
{
	const struct lm_edit *edit = ctx;

	if (lm_goal_covers_item(edit, item) == LM_COVERS_ALL)
		return LM_WALK_NEXT;
	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	if (lm_item_is_leaf(edit->map, item))
		return LM_WALK_FOUND;
	return lm_walk_past(edit->map, item, lm_mapping_bits(edit->map));
}

/*
 * Whether nothing below a table stays mapped. Those that the pass is in are known to stay. So
 * does one that a volatile region is in: its owner may write it at any time, also if it maps
 * nothing there now.
 */
static bool goes(struct lm_edit *edit, const struct lm_walk_item *table)
{
	return lm_step_at(edit, table->level + 1)->slot != table->slot &&
	       !lm_region_volatile_in(edit->map, lm_item_span(edit->map, table)) &&
	       lm_walk_below(edit->map, table->desc, table->level, table->va, stays_visit,
			     edit) != LM_WALK_FOUND;
}

/* Counts all below a table that goes. */
static int count_visit(void *ctx, struct lm_walk_item *item)
{
	struct lm_edit *edit = ctx;
	const struct lm_map *map = edit->map;
	uint64_t leaf_bits = lm_mapping_bits(map) | LM_DESC_TABLE_OR_PAGE |
			     LM_DESC_CONTIGUOUS;
	uint32_t leaves;

	if (lm_item_is_table(item)) {
		edit->counted.retired_tables[item->level + 1 - LM_FIRST_LEVEL]++;
		return LM_WALK_DESCEND;
	}
	if (!lm_item_is_leaf(map, item))
		return lm_walk_past(map, item, lm_mapping_bits(map));
	leaves = lm_walk_alike(map, item, leaf_bits, 0, lm_half_size(map));
	lm_count_unmapped(edit, item, leaves);
	item->entries *= leaves;
	return LM_WALK_NEXT;
}

static int unmap_table(const struct lm_pass *pass, const struct lm_walk_item *table)
{
	struct lm_edit *edit = pass->edit;

	if (pass->ops->counts) {
		edit->counted.retired_tables[table->level + 1 - LM_FIRST_LEVEL]++;
		lm_walk_below(edit->map, table->desc, table->level, table->va,
			      count_visit, edit);
	}
	return lm_pass_change(pass, table, (lm_desc_t){ 0 });
}

/*
 * Go down from the root to where @at->start is, into tables that stay. Unmap the first
 * table that goes, with which @at ends then; else @at ends where there is a table again.
 */
static LM_NOINLINE int go_down(const struct lm_pass *pass, struct lm_span *at)
{
	const struct lm_map *map = pass->edit->map;
	struct lm_walk_item entry = { .entries = 1, .linked = true };
	lm_desc_t *table = lm_table(map, map->root);

	for (entry.level = map->fmt.start_level;; entry.level++) {
		const struct lm_level *level = lm_level(&map->fmt, entry.level);
		uint64_t size = UINT64_C(1) << level->shift;
		uint32_t index = lm_index(map, entry.level, lm_va_of(map, at->start));

		entry.va = lm_va_of(map, at->start & ~(size - 1));
		at->end = (at->start & ~(size - 1)) + size;
		entry.slot = &table[index];
		entry.desc = lm_arch_load(entry.slot);
		if (lm_item_is_table(&entry)) {
			if (goes(pass->edit, &entry))
				return unmap_table(pass, &entry);
			lm_pass_enter(pass, &entry);
			table = lm_table_of(map, entry.desc);
			continue;
		}
		while (++index < level->entries &&
		       !lm_desc_is_table(lm_arch_load(&table[index]), entry.level))
			at->end += size;
		return LM_WALK_FOUND;
	}
}

/* ------------------------------------------------------------------------ the goal */

/*
 * From one table that goes to the next, and between them leaf by leaf. Each walk comes from
 * the root and goes through tables only that the pass is in already.
 */
static int unmap_run(struct lm_pass *pass)
{
	struct lm_edit *edit = pass->edit;
	struct lm_span at = { .end = 0 };
	int err = 0;

	if (edit->region->flags & LM_VOLATILE) {
		edit->where = edit->range.start;
		return -LM_EVOLATILE;
	}
	edit->cursor = (struct lm_cursor){ 0 };
	while (!err && (at.start = lm_goal_next(edit, at.end)) < UINT64_MAX) {
		err = go_down(pass, &at);
		if (err == LM_WALK_FOUND)
			err = lm_walk_within(edit->map, at, lm_split_visit, pass);
	}
	return err;
}

static const struct lm_goal goal_unmap = {
	.name = "unmap",
	.resizes = true,
	.ways = LM_ALL_WAYS & ~(1U << LM_IN_PLACE),
	.touches = lm_goal_touches_all,
	.run = unmap_run,
	.unmaps = true,
};

void lm_edit_unmap(struct lm_edit *edit, struct lm_map *map, struct lm_range range)
{
	lm_edit_init(edit, map, range, &goal_unmap);
}
