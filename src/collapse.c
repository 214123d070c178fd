// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Going back to the largest leaves: tables whose leaves map what one leaf can, and
 * entries that can form a contiguous run. Records why the first leaf that cannot be
 * formed cannot.
 */
#include "core.h"

static int cannot(struct lm_edit *edit, enum lm_obstacle obstacle, lm_va_t va)
{
	if (!edit->obstacle) {
		edit->obstacle = obstacle;
		edit->obstacle_va = va;
	}
	return -LM_ENOLEAF;
}

/*
 * The entry as that of a block: hints and the encoding of "page" differ between leaves
 * that map the same, and a leaf must not give what the tables in its place take away.
 */
static lm_desc_t as_block(const struct lm_edit *edit, lm_desc_t desc, int level)
{
	const struct lm_format *fmt = &edit->map->fmt;
	bool two_ranges = lm_regime_has_two_ranges(fmt->config.regime);
	uint64_t above = edit->merge.above[level - LM_FIRST_LEVEL];

	desc.v = lm_desc_below((lm_attrs_t){ desc.v }, above, two_ranges).v;
	if (level == LM_LAST_LEVEL)
		desc.v &= ~LM_DESC_TABLE_OR_PAGE;
	return lm_desc_without_hint(desc);
}

static int survey_entry(struct lm_edit *edit, lm_desc_t desc, int level)
{
	const struct lm_format *fmt = &edit->map->fmt;
	struct lm_merge *merge = &edit->merge;
	uint64_t oa_bits = fmt->oa.in_place | fmt->oa.moved;
	lm_va_t va = lm_va_of(edit->map, merge->at);
	lm_desc_t leaf = as_block(edit, desc, level);
	uint64_t wrong;

	if (!lm_is_leaf(fmt, desc, level))
		return cannot(edit, LM_OBSTACLE_HOLE, va);
	if (fmt->config.hw_updates && lm_desc_awaits_hw_update(desc))
		return cannot(edit, LM_OBSTACLE_HW_UPDATE, va);
	if (merge->at == merge->start)
		merge->leaf = leaf;
	wrong = leaf.v ^ (merge->leaf.v + (merge->at - merge->start));
	if (wrong & ~oa_bits)
		return cannot(edit, LM_OBSTACLE_ATTRIBUTES, va);
	if (wrong)
		return cannot(edit, LM_OBSTACLE_OUTPUT, va);
	merge->at += lm_entry_size(fmt, level);
	return 0;
}

/* Visits everything below the entries that may become one leaf, in ascending order. */
static int survey_visit(void *ctx, struct lm_walk_item *item)
{
	struct lm_edit *edit = ctx;
	struct lm_merge *merge = &edit->merge;
	int level = item->level - LM_FIRST_LEVEL;
	uint32_t leaves;
	int err = 0;

	if (lm_item_is_table(item)) {
		if (item->level >= merge->level) {
			merge->tables[level + 1]++;
			merge->above[level + 1] = merge->above[level] | item->desc.v;
		}
		return LM_WALK_DESCEND;
	}
	leaves = lm_walk_alike(edit->map, item, ~UINT64_C(0),
			       lm_entry_size(&edit->map->fmt, item->level), merge->end);
	merge->leaves[level][item->entries > 1 ? LM_RUN : LM_SINGLE] += leaves;
	if (item->level == LM_LAST_LEVEL && lm_item_has_stray_hint(item))
		merge->stray_hints++;
	for (uint32_t i = 0; !err && i < item->entries; i++)
		err = survey_entry(edit, lm_arch_load(&item->slot[i]), item->level);
	if (err)
		return err;
	/* Those that only go on from it fit as it does. */
	merge->at += (leaves - 1) * lm_entry_size(&edit->map->fmt, item->level);
	item->entries *= leaves;
	return LM_WALK_NEXT;
}

/* Whether a run can begin at @first and is not one already. */
static bool may_become_run(const struct lm_edit *edit, const struct lm_walk_item *first)
{
	const struct lm_format *fmt = &edit->map->fmt;
	uint64_t size =
		lm_level(fmt, first->level)->run * lm_entry_size(fmt, first->level);

	return lm_region_makes_runs(edit->region, fmt, first->level) &&
	       !(first->va.v & (size - 1)) &&
	       !lm_is_run(edit->map, first->slot, first->level);
}

/* Whether @entries entries from @va on can become one leaf; edit->merge says which. */
static bool can_merge(struct lm_edit *edit, lm_va_t va, int level, uint32_t entries)
{
	const struct lm_map *map = edit->map;
	struct lm_range range = { va, entries * lm_entry_size(&map->fmt, level) };
	struct lm_span span = lm_span_checked(map, range);

	edit->merge = (struct lm_merge){
		.level = level,
		.entries = entries,
		.start = span.start,
		.at = span.start,
		.end = span.end,
	};
	if ((span.start & (range.size - 1)) ||
	    lm_goal_covers(edit, span) != LM_COVERS_ALL ||
	    lm_walk(map, range, survey_visit, edit))
		return false;
	/* The walk has passed by a table that there is no memory for. */
	if (edit->merge.at != span.end) {
		cannot(edit, LM_OBSTACLE_HOLE, lm_va_of(map, edit->merge.at));
		return false;
	}
	if (lm_table_pa(map, edit->merge.leaf).v & (range.size - 1)) {
		cannot(edit, LM_OBSTACLE_ALIGNMENT, va);
		return false;
	}
	if (level == LM_LAST_LEVEL)
		edit->merge.leaf.v |= LM_DESC_TABLE_OR_PAGE;
	return true;
}

/* Entries of the largest leaf that those from @first on can merge into; 0 for none. */
static uint32_t largest_merge(struct lm_edit *edit, const struct lm_walk_item *first)
{
	const struct lm_level *level = lm_level(&edit->map->fmt, first->level);
	unsigned int flags = edit->region->flags;

	if (!level->leaf || (first->level < LM_LAST_LEVEL && (flags & LM_NO_BLOCKS)))
		return 0;
	if (may_become_run(edit, first) &&
	    can_merge(edit, first->va, first->level, level->run))
		return level->run;
	if (lm_item_is_table(first) && can_merge(edit, first->va, first->level, 1))
		return 1;
	return 0;
}

static void count_merge(struct lm_edit *edit)
{
	const struct lm_merge *merge = &edit->merge;
	enum lm_leaf_kind kind = merge->entries > 1 ? LM_RUN : LM_SINGLE;

	edit->census.stray_hints -= merge->stray_hints;
	for (int level = 0; level < LM_LEVELS; level++) {
		edit->counted.retired_tables[level] += merge->tables[level];
		for (int i = 0; i < LM_LEAF_KINDS; i++) {
			edit->counted.leaves += merge->leaves[level][i];
			edit->census.leaves[level][i] -= merge->leaves[level][i];
		}
	}
	edit->census.leaves[merge->level - LM_FIRST_LEVEL][kind]++;
}

/* Turn the entries from @entry on into the leaf in edit->merge. */
static int merge(const struct lm_pass *pass, struct lm_walk_item *entry)
{
	struct lm_edit *edit = pass->edit;
	uint64_t size = lm_entry_size(&edit->map->fmt, entry->level);
	lm_desc_t leaf = edit->merge.leaf;
	uint64_t hint = edit->merge.entries > 1 ? LM_DESC_CONTIGUOUS : 0;
	int err = 0;

	if (pass->ops->counts)
		count_merge(edit);
	for (uint32_t i = 0; !err && i < edit->merge.entries; i++) {
		entry->desc = lm_arch_load(entry->slot);
		/* It was read before, to find out what all of them become. */
		edit->where = entry->va;
		if (!lm_item_is_table(entry) &&
		    lm_desc_without_hint(entry->desc).v != leaf.v)
			return -LM_ESTALE;
		err = lm_pass_change(pass, entry, (lm_desc_t){ leaf.v | hint });
		entry->slot++;
		entry->va.v += size;
		leaf.v += size;
	}
	return err;
}

/*
 * Where something can be merged next that is not below @entry: at the next entry, since
 * that may be a table; among pages where the next run can begin.
 */
static uint64_t next_place(const struct lm_edit *edit, const struct lm_walk_item *entry,
			   uint64_t at)
{
	const struct lm_format *fmt = &edit->map->fmt;
	const struct lm_level *level = lm_level(fmt, entry->level);
	uint64_t size = lm_entry_size(fmt, entry->level);

	if (entry->level == LM_LAST_LEVEL)
		size *= lm_region_makes_runs(edit->region, fmt, entry->level) ?
				level->run :
				level->entries;
	return (at & ~(size - 1)) + size;
}

/*
 * Merge the entries at *@at into the largest leaf they can form, or step over them. Goes
 * from the root down, so that nothing below a table that goes is looked at by itself.
 */
static int merge_at(const struct lm_pass *pass, uint64_t *at)
{
	const struct lm_map *map = pass->edit->map;
	struct lm_walk_item entry = { .entries = 1, .linked = true };

	for (entry.level = map->fmt.start_level;; entry.level++) {
		uint64_t size = lm_entry_size(&map->fmt, entry.level);
		uint64_t in_entry = *at & (size - 1);
		uint32_t entries = 0;

		entry.va = lm_va_of(map, *at - in_entry);
		entry.slot = lm_find_slot(map, entry.va, entry.level);
		entry.desc = lm_arch_load(entry.slot);
		if (!in_entry && entry.desc.v)
			entries = largest_merge(pass->edit, &entry);
		if (entries) {
			*at += entries * size;
			return merge(pass, &entry);
		}
		if (!lm_item_is_table(&entry) || !lm_table_of(map, entry.desc)) {
			*at = next_place(pass->edit, &entry, *at);
			return 0;
		}
		lm_pass_enter(pass, &entry);
	}
}

static int collapse_run(struct lm_pass *pass)
{
	struct lm_edit *edit = pass->edit;
	uint64_t at = lm_goal_next(edit, 0);
	int err = 0;

	if (edit->region->flags & LM_VOLATILE) {
		edit->where = edit->range.start;
		return -LM_EVOLATILE;
	}
	while (!err && at < UINT64_MAX) {
		err = merge_at(pass, &at);
		at = lm_goal_next(edit, at);
	}
	return err;
}

/* Changes made to leaves since would be lost with their tables. */
static int verify(struct lm_edit *edit, const struct lm_update *update)
{
	if (lm_update_becomes_table(update))
		return 0;
	if (can_merge(edit, update->va, update->level, 1) &&
	    edit->merge.leaf.v == lm_desc_without_hint(update->after).v)
		return 0;
	return -LM_ESTALE;
}

static const struct lm_goal goal_collapse = {
	.name = "collapse",
	.ways = LM_ALL_WAYS & ~(1U << LM_IN_PLACE),
	.resizes = true,
	.touches = lm_goal_touches_all,
	.run = collapse_run,
	.verify = verify,
};

void lm_edit_collapse(struct lm_edit *edit, struct lm_map *map, struct lm_range range)
{
	lm_edit_init(edit, map, range, &goal_collapse);
}
