// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Filling the new tables before the stop. Live tables are read here and never written:
 * what they need goes to the list of updates, or into a copy.
 */
#include "core.h"

/* ------------------------------------------------- what must not be copied */

/*
 * Others may write @desc, an entry of @level for @entry, while there are two copies of
 * it.
 */
static int check_entry(const struct lm_map *map, lm_desc_t desc, int level,
		       struct lm_range entry)
{
	if (lm_desc_is_table(desc, level))
		return 0;
	if (map->fmt.config.hw_updates && lm_is_leaf(&map->fmt, desc, level) &&
	    lm_desc_awaits_hw_update(desc))
		return -LM_EHWUPDATE;
	return lm_region_volatile_in(map, lm_span_checked(map, entry)) ? -LM_EVOLATILE :
									 0;
}

/* Check a table on @level that begins at @va. */
static int check_table(struct lm_edit *edit, const lm_desc_t *table, int level,
		       lm_va_t va)
{
	const struct lm_map *map = edit->map;
	uint32_t entries = lm_level(&map->fmt, level)->entries;
	struct lm_range entry = { va, entries * lm_entry_size(&map->fmt, level) };
	int err = 0;

	if (!lm_region_volatile_in(map, lm_span_checked(map, entry)) &&
	    !map->fmt.config.hw_updates)
		return 0;
	entry.size /= entries;
	for (uint32_t i = 0; !err && i < entries; i++) {
		edit->where = entry.start;
		err = check_entry(map, lm_arch_load(&table[i]), level, entry);
		entry.start.v += entry.size;
	}
	return err;
}

/* ----------------------------------------------------------------- copying */

static void copy_entries(const struct lm_map *map, const lm_desc_t *table, int level,
			 lm_pa_t to)
{
	lm_desc_t *copy = lm_table(map, to);

	memcpy(copy, table, lm_level(&map->fmt, level)->entries * sizeof(*copy));
	lm_arch_wrote(&map->env, copy);
}

/* Copy a table on @level into one from the pool @pool. */
static int copy_table(struct lm_edit *edit, const lm_desc_t *table, int level, int pool,
		      lm_pa_t *pa)
{
	if (!lm_reserve_take(&edit->reserve, pool, 1, pa))
		return -LM_ESTALE;
	copy_entries(edit->map, table, level, *pa);
	return 0;
}

/* Copy the root into the port's memory for that. */
static void copy_root_to(struct lm_edit *edit, lm_pa_t clone)
{
	struct lm_map *map = edit->map;

	copy_entries(map, lm_table(map, map->root), map->fmt.start_level, clone);
	edit->clone.first = clone;
	map->clone_of = edit;
}

/*
 * What is walked during the commit: by the leader, and then it also records what the root
 * held; or by all CPUs, and then it leads to what is new.
 */
static int clone_root(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	const lm_desc_t *root = lm_table(map, map->root);
	int level = map->fmt.start_level;
	const lm_pa_t *port_clone = lm_edit_port_clone(edit);
	struct lm_step *step = lm_step_at(edit, level);
	int err = check_table(edit, root, level, lm_va_of(map, 0));

	if (!err && port_clone)
		copy_root_to(edit, *port_clone);
	else if (!err)
		err = copy_table(edit, root, level, level, &edit->clone.first);
	if (err)
		return err;
	edit->clone.tables = 1;
	step->snapshot = lm_table(map, edit->clone.first);
	if (edit->way == LM_ROLL)
		step->copy = lm_table(map, edit->clone.first);
	return 0;
}

static int log_update(struct lm_edit *edit, struct lm_update_list *list,
		      const struct lm_walk_item *entry, lm_desc_t after)
{
	return lm_updates_add(edit, list, entry, after) ? 0 : -LM_ESTALE;
}

/* Fill as many entries of a table that nobody walks as @entry is, the first with @after. */
static void put_alike(const struct lm_map *map, const struct lm_walk_item *entry,
		      lm_desc_t *slot, lm_desc_t after)
{
	lm_put(map, slot, entry->entries, after, lm_step_of(map, after, entry->level));
}

/* Replace entries in the copy of their table, if there is one. */
static LM_NOINLINE int replace_in_table(struct lm_edit *edit,
					const struct lm_walk_item *entry, lm_desc_t after)
{
	const struct lm_map *map = edit->map;
	const struct lm_step *step = lm_step_at(edit, entry->level);
	uint32_t index = lm_index(map, entry->level, entry->va);
	uint32_t same = lm_count_alike(&step->snapshot[index], entry->entries,
				       entry->desc,
				       lm_step_of(map, entry->desc, entry->level));

	/* They may have been read before the snapshot was taken, or after it. */
	if (same < entry->entries) {
		edit->where.v =
			entry->va.v + same * lm_entry_size(&map->fmt, entry->level);
		return -LM_ESTALE;
	}
	if (step->copy)
		put_alike(map, entry, &step->copy[index], after);
	return 0;
}

/* The same, and log what the commit needs: the root's entries, and where tables change. */
static int replace(struct lm_edit *edit, const struct lm_walk_item *entry,
		   lm_desc_t after)
{
	struct lm_update_list *list = &edit->updates;
	int err = replace_in_table(edit, entry, after);

	if (err)
		return err;
	if (entry->level > edit->map->fmt.start_level) {
		list = &edit->replaced;
		if (lm_item_is_table(entry) == lm_desc_is_table(after, entry->level))
			return 0;
	}
	return log_update(edit, list, entry, after);
}

/*
 * Copy the table on @level that contains @va, and link the copy where the table is
 * linked. The table is the one that the walk is in, whatever is linked there now: the
 * commit finds out if that is another one. It also compares the table with the snapshot,
 * since later stores by others would be lost. With the lock's promise there are none, and
 * no snapshot is needed.
 */
static int copy_on_the_way(struct lm_edit *edit, int level, lm_va_t va)
{
	const struct lm_map *map = edit->map;
	struct lm_step *step = lm_step_at(edit, level);
	struct lm_walk_item entry = {
		.va.v = va.v & ~(lm_entry_size(&map->fmt, level - 1) - 1),
		.level = level - 1,
		.entries = 1,
		.slot = step->slot,
		.desc = step->desc,
	};
	struct lm_update *copied =
		lm_updates_add(edit, &edit->copies, &entry, (lm_desc_t){ 0 });
	lm_pa_t snapshot = { 0 };
	lm_pa_t copy;
	int err;

	if (!copied)
		return -LM_ESTALE;
	step->snapshot = lm_table_of(map, step->desc);
	if (!edit->locked) {
		err = copy_table(edit, step->snapshot, level, LM_LEVEL_NONE, &snapshot);
		if (err)
			return err;
		step->snapshot = lm_table(map, snapshot);
	}
	/* What is checked is what is copied, whatever others store meanwhile. */
	err = check_table(edit, step->snapshot, level, entry.va);
	if (!err)
		err = copy_table(edit, step->snapshot, level, level, &copy);
	if (err) {
		if (!edit->locked)
			lm_reserve_put_back(&edit->reserve, LM_LEVEL_NONE, snapshot);
		return err;
	}
	step->copy = lm_table(map, copy);
	if (!edit->locked)
		copied->snapshot = snapshot;
	copied->after = lm_desc_with_oa(&map->fmt.oa, step->desc, copy);
	return replace(edit, &entry, copied->after);
}

/* A change in a table copies it, and each table above it. */
static int replace_in_copy(struct lm_edit *edit, const struct lm_walk_item *entry,
			   lm_desc_t after)
{
	int root = edit->map->fmt.start_level;
	int err = 0;

	for (int level = root; !err && level <= entry->level; level++) {
		if (lm_step_at(edit, level)->snapshot)
			continue;
		err = level == root ? clone_root(edit) :
				      copy_on_the_way(edit, level, entry->va);
	}
	return err ? err : replace(edit, entry, after);
}

/* ----------------------------------------------------------------- visitors */

/* Entries of a live table change when the edit is committed, those of a new table now. */
static int stage_change(const struct lm_pass *pass, const struct lm_walk_item *entry,
			lm_desc_t after)
{
	struct lm_edit *edit = pass->edit;

	edit->where = entry->va;
	if (!entry->linked) {
		put_alike(edit->map, entry, entry->slot, after);
		return 0;
	}
	if (lm_count_limit(edit))
		return -LM_ESTALE;
	if (lm_edit_copies(edit))
		return replace_in_copy(edit, entry, after);
	return log_update(edit, &edit->updates, entry, after);
}

static int stage_unfold(const struct lm_pass *pass, struct lm_walk_item *run)
{
	if (run->linked)
		return LM_WALK_MEMBERS;
	/* Nobody walks a new table: all its hints go at once. */
	for (uint32_t i = 0; i < run->entries; i++)
		run->slot[i] = lm_desc_without_hint(run->slot[i]);
	lm_arch_wrote(&pass->edit->map->env, run->slot);
	return LM_WALK_MEMBERS;
}

static int stage_split(const struct lm_pass *pass, struct lm_walk_item *leaf)
{
	lm_desc_t table;
	int next;
	int err;

	pass->edit->where = leaf->va;
	next = lm_split_new_table(pass->edit, leaf, &table);
	if (next < 0)
		return next;
	lm_count_one_level(pass->edit, leaf);
	lm_count_change(pass->edit, leaf, true);
	err = stage_change(pass, leaf, table);
	leaf->desc = table;
	if (!err)
		return next;
	lm_reserve_put_back(&pass->edit->reserve, leaf->level + 1,
			    lm_table_pa(pass->edit->map, table));
	return err;
}

static const struct lm_pass_ops stage_ops = {
	.counts = true,
	.unfold = stage_unfold,
	.split = stage_split,
	.change = stage_change,
};

/* ----------------------------------------------------------------- the step */

static int stage_tables(struct lm_edit *edit)
{
	struct lm_pass pass = { .edit = edit, .ops = &stage_ops };
	int err;

	lm_count_begin(edit);
	edit->where = edit->range.start;
	err = edit->goal->run(&pass);
	if (!err)
		err = lm_count_end(edit);
	/* Unless the map changed, what was done is what was planned. */
	if (!err)
		err = lm_count_compare(edit);
	if (!err && lm_reserve_tables_left(&edit->reserve))
		err = -LM_ESTALE;
	if (!err && (edit->way == LM_BREAK || edit->goal->unmaps))
		err = lm_self_cover_check(edit);
	return err;
}

int lm_edit_stage(struct lm_edit *edit)
{
	int err;

	if (edit->state != LM_EDIT_RESERVED)
		return -LM_ESTATE;
	err = lm_map_check_quiet(edit->map);
	if (err)
		return err;
	if (edit->generation != edit->map->generation)
		return -LM_ESTALE;

	edit->state = LM_EDIT_STAGING;
	/*
	 * In place fills nothing before the stop, but an edit that would be refused there
	 * is better refused here.
	 */
	err = edit->way == LM_IN_PLACE ? lm_plan_recount(edit) : stage_tables(edit);
	if (err)
		return err;
	/* Here and not in the stop: the tables are visible before they are published. */
	lm_arch_barrier(&edit->map->env, LM_DSB_ISHST);
	edit->state = LM_EDIT_STAGED;
	return 0;
}
