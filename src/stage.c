// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Filling the new tables before the stop. Live tables are read here and never
 * written: what they need goes to the list of publishes, or into a copy.
 */
#include "core.h"

static struct lm_step *step_at(struct lm_edit *edit, int level)
{
	return &edit->path[level - LM_FIRST_LEVEL];
}

/* ----------------------------------------------------------------- copying */

/* One entry is replaced: the root's by the commit, any other in its table's copy. */
static int replace(struct lm_edit *edit, const struct lm_publish *publish)
{
	const struct lm_map *map = edit->map;
	lm_desc_t *copy;

	if (publish->level == map->fmt.start_level)
		return lm_publishes_add(edit, &edit->publishes, publish);
	copy = step_at(edit, publish->level)->copy;
	copy[lm_index(map, publish->level, publish->va)] = publish->after;
	lm_arch_wrote(&map->env, copy);
	return lm_publishes_add(edit, &edit->sources, publish);
}

/*
 * Copy the table on @level that @va is in, and link the copy where the table is
 * linked. The table is the one that the walk is in, whatever is linked there now:
 * the commit finds out if that is another one.
 */
static int copy_table(struct lm_edit *edit, int level, lm_va_t va)
{
	const struct lm_map *map = edit->map;
	struct lm_step *step = step_at(edit, level);
	struct lm_publish publish = {
		.slot = step->slot,
		.before = step->desc,
		.va.v = va.v & ~(lm_entry_size(&map->fmt, level - 1) - 1),
		.level = level - 1,
	};
	lm_pa_t pa;
	int err;

	if (!lm_reserve_take(&edit->reserve, level, 1, &pa))
		return -LM_ESTALE;
	step->copy = lm_table(map, pa);
	memcpy(step->copy, lm_table_of(map, step->desc), lm_granule_size(&map->fmt));
	lm_arch_wrote(&map->env, step->copy);
	publish.after = lm_desc_with_oa(&map->fmt.oa, step->desc, pa);
	err = replace(edit, &publish);
	if (err)
		lm_reserve_put_back(&edit->reserve, level, pa);
	return err;
}

/* A change in a table makes a copy of it, and of each table above it but the root. */
static int replace_in_copy(struct lm_edit *edit, const struct lm_publish *publish)
{
	for (int level = edit->map->fmt.start_level + 1; level <= publish->level;
	     level++) {
		int err = 0;

		if (!step_at(edit, level)->copy)
			err = copy_table(edit, level, publish->va);
		if (err)
			return err;
	}
	return replace(edit, publish);
}

static int clone_root(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	int level = map->fmt.start_level;
	lm_desc_t *clone;

	/* Nothing changes, nothing to move for. */
	if (!edit->publishes.first)
		return 0;
	edit->clone.tables =
		lm_reserve_take(&edit->reserve, level, 1, &edit->clone.first);
	if (!edit->clone.tables)
		return -LM_ESTALE;
	clone = lm_table(map, edit->clone.first);
	memcpy(clone, lm_table(map, map->root),
	       lm_level(&map->fmt, level)->entries * sizeof(*clone));
	lm_arch_wrote(&map->env, clone);
	return 0;
}

/* -------------------------------------------- what must not be copied */

static bool is_volatile(const struct lm_map *map, struct lm_span span)
{
	for (const struct lm_region *region = map->regions; region;
	     region = region->next) {
		if ((region->flags & LM_VOLATILE) &&
		    lm_spans_overlap(lm_span_checked(map, region->range), span))
			return true;
	}
	return false;
}

/* Others may write @desc, which stands on @level for @entry, while there are two of it. */
static int check_entry(const struct lm_map *map, lm_desc_t desc, int level,
		       struct lm_range entry)
{
	if (lm_desc_is_table(desc, level))
		return 0;
	if (map->fmt.config.hw_updates && lm_is_leaf(&map->fmt, desc, level) &&
	    lm_desc_awaits_hw_update(desc))
		return -LM_EHWUPDATE;
	return is_volatile(map, lm_span_checked(map, entry)) ? -LM_EVOLATILE : 0;
}

static int check_table(struct lm_edit *edit, const lm_desc_t *table, int level,
		       lm_va_t va)
{
	const struct lm_map *map = edit->map;
	struct lm_range entry = { va, lm_entry_size(&map->fmt, level) };

	for (uint32_t i = 0; i < lm_level(&map->fmt, level)->entries; i++) {
		int err = check_entry(map, lm_arch_load(&table[i]), level, entry);

		edit->where = entry.start;
		if (err)
			return err;
		entry.start.v += entry.size;
	}
	return 0;
}

static int check_copied(void *ctx, const struct lm_publish *publish)
{
	struct lm_edit *edit = ctx;

	if (!lm_publish_is_copy(publish))
		return 0;
	return check_table(edit, lm_table_of(edit->map, publish->before),
			   publish->level + 1, publish->va);
}

static int check_copies(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	int err;

	if (!edit->clone.tables || !(map->has_volatile || map->fmt.config.hw_updates))
		return 0;
	err = check_table(edit, lm_table(map, map->root), map->fmt.start_level,
			  lm_va_of(map, 0));
	return err ? err : lm_publishes_for_all(edit, check_copied, edit);
}

/* ----------------------------------------------------------------- visitors */

static void stage_enter(const struct lm_split *split, const struct lm_walk_item *table)
{
	if (table->linked)
		*step_at(split->edit, table->level + 1) =
			(struct lm_step){ table->slot, table->desc, NULL };
}

/* An entry that is there already changes when the edit is committed, a new one does now. */
static int put(const struct lm_split *split, const struct lm_walk_item *item,
	       lm_desc_t before, lm_desc_t after)
{
	struct lm_edit *edit = split->edit;
	struct lm_publish publish = { item->slot, before, after, item->va, item->level };

	if (item->linked && edit->way == LM_SWITCH)
		return replace_in_copy(edit, &publish);
	if (item->linked)
		return lm_publishes_add(edit, &edit->publishes, &publish);
	lm_put(edit->map, item, item->slot, after);
	return 0;
}

static int stage_dissolve(const struct lm_split *split, struct lm_walk_item *run)
{
	(void)split;
	(void)run;
	return LM_WALK_MEMBERS;
}

static int stage_split(const struct lm_split *split, struct lm_walk_item *leaf)
{
	lm_desc_t before = leaf->desc;
	int next = lm_split_new_table(split->edit, leaf);
	int err;

	if (next < 0)
		return next;
	err = put(split, leaf, before, leaf->desc);
	if (!err)
		return next;
	lm_reserve_put_back(&split->edit->reserve, leaf->level + 1,
			    lm_table_pa(split->edit->map, leaf->desc));
	return err;
}

static int stage_keep(const struct lm_split *split, struct lm_walk_item *member)
{
	int err = 0;

	if (lm_desc_is_contiguous(member->desc))
		err = put(split, member, member->desc,
			  lm_desc_without_hint(member->desc));
	return err ? err : LM_WALK_NEXT;
}

static const struct lm_split_ops stage_ops = {
	.enter = stage_enter,
	.dissolve = stage_dissolve,
	.split = stage_split,
	.keep = stage_keep,
};

/* ----------------------------------------------------------------- the step */

static int stage_tables(struct lm_edit *edit)
{
	struct lm_split split = { .edit = edit, .ops = &stage_ops };
	int err;

	edit->where = edit->range.start;
	err = lm_split_walk(&split);
	if (!err && edit->way == LM_SWITCH)
		err = clone_root(edit);
	/* What was reserved is exactly what was planned, or the map has changed. */
	if (!err && !lm_reserve_is_empty(&edit->reserve))
		err = -LM_ESTALE;
	if (!err && edit->way == LM_SWITCH)
		err = check_copies(edit);
	if (!err && edit->way == LM_BREAK)
		err = lm_self_cover_check(edit);
	return err;
}

int lm_edit_stage(struct lm_edit *edit)
{
	int err;

	if (edit->state != LM_EDIT_RESERVED)
		return -LM_ESTATE;
	if (edit->map->window)
		return -LM_EWINDOW;
	if (edit->generation != edit->map->generation)
		return -LM_ESTALE;

	edit->state = LM_EDIT_STAGING;
	/*
	 * In place fills nothing before the stop, but what would be refused there
	 * is better refused here.
	 */
	err = edit->way == LM_IN_PLACE ? lm_plan_check(edit) : stage_tables(edit);
	if (err)
		return err;
	/* Here and not in the stop: what is published later is visible by then. */
	lm_arch_barrier(&edit->map->env, LM_DSB_ISHST);
	edit->state = LM_EDIT_STAGED;
	return 0;
}

/* ------------------------------------------------------- undoing and retiring */

static void free_table(const struct lm_map *map, int level, lm_pa_t table,
		       enum lm_origin origin)
{
	map->env.free(map->env.ctx, level, table, 1, origin);
}

/* No table, or one. */
static void free_if_any(const struct lm_map *map, int level, struct lm_run *table)
{
	if (table->tables)
		free_table(map, level, table->first, LM_UNUSED);
	table->tables = 0;
}

/* Tables that were entered and are to be freed once nothing below is left to visit. */
struct undo {
	const struct lm_map *map;
	struct lm_run entered[LM_LEVELS];
};

static void free_entered_below(struct undo *undo, int level)
{
	for (int below = LM_LAST_LEVEL; below > level; below--)
		free_if_any(undo->map, below, &undo->entered[below - LM_FIRST_LEVEL]);
}

static int undo_visit(void *ctx, struct lm_walk_item *item)
{
	struct undo *undo = ctx;

	free_entered_below(undo, item->level);
	if (!lm_item_is_table(item))
		return LM_WALK_NEXT;
	undo->entered[item->level + 1 - LM_FIRST_LEVEL] =
		(struct lm_run){ lm_table_pa(undo->map, item->desc), 1 };
	/* Pages have nothing below them that would have to be freed. */
	return item->level + 1 == LM_LAST_LEVEL ? LM_WALK_NEXT : LM_WALK_DESCEND;
}

/* All below a leaf's successor is the edit's; below a copy only the copy itself is. */
static int undo_publish(void *ctx, const struct lm_publish *publish)
{
	const struct lm_map *map = ctx;
	lm_pa_t table = lm_table_pa(map, publish->after);
	struct undo undo = { .map = map };

	if (!lm_desc_is_table(publish->after, publish->level))
		return 0;
	if (!lm_publish_is_copy(publish))
		lm_walk_below(map, publish->after, publish->level, publish->va,
			      undo_visit, &undo);
	free_entered_below(&undo, publish->level);
	free_table(map, publish->level + 1, table, LM_UNUSED);
	return 0;
}

void lm_stage_undo(struct lm_edit *edit)
{
	lm_publishes_for_all(edit, undo_publish, edit->map);
	free_if_any(edit->map, edit->map->fmt.start_level, &edit->clone);
}

static int retire_publish(void *ctx, const struct lm_publish *publish)
{
	const struct lm_map *map = ctx;

	if (lm_publish_is_copy(publish))
		free_table(map, publish->level + 1, lm_table_pa(map, publish->before),
			   LM_RETIRED);
	return 0;
}

void lm_stage_retire(struct lm_edit *edit)
{
	lm_publishes_for_all(edit, retire_publish, edit->map);
	free_if_any(edit->map, edit->map->fmt.start_level, &edit->clone);
}
