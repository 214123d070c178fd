// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Splitting, one leaf at a time, at any level of any granule: finds the leaves that must
 * go and says what takes their place, and what becomes of those that stay. The pass
 * decides whether that is counted, staged or published at once.
 */
#include "core.h"

/*
 * A table is filled without hints if none of its leaves stays large. Else every run has
 * them, and those that the goal covers in part are unfolded next.
 */
static lm_desc_t first_child(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	uint64_t size = lm_entry_size(&edit->map->fmt, leaf->level);
	lm_desc_t first = lm_desc_first_child(&edit->map->fmt.oa, leaf->desc, size,
					      leaf->level + 1);

	if (!lm_region_makes_runs(edit->region, &edit->map->fmt, leaf->level + 1) ||
	    lm_goal_flattens(edit, leaf))
		return first;
	return lm_desc_with_hint(first);
}

static int check_hw_update(struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	if (!edit->map->fmt.config.hw_updates || !lm_desc_awaits_hw_update(leaf->desc))
		return 0;
	edit->where = leaf->va;
	return -LM_EHWUPDATE;
}

/* What could change when it was planned, and cannot any more, was changed by others. */
static int check_change(struct lm_edit *edit, const struct lm_walk_item *entry,
			lm_desc_t after)
{
	int err = lm_attrs_check_change(&edit->map->fmt, entry->desc, after,
					lm_step_at(edit, entry->level)->attrs);

	if (!err)
		return 0;
	edit->where = entry->va;
	return edit->state == LM_EDIT_NEW ? err : -LM_ESTALE;
}

/* Planning and staging find out whether entries that keep their hints come to differ. */
static void record_member(const struct lm_pass *pass, lm_desc_t before, lm_desc_t after)
{
	struct lm_edit *edit = pass->edit;

	if (pass->ops->counts && lm_attrs_differ_in_run(&edit->map->fmt, before, after))
		edit->changes |= 1U << LM_CHANGE_RUN;
}

/*
 * Entries that differ in their addresses alone, the first to become @wanted, of leaves that
 * stay as large as they are or were unfolded.
 */
static int stay_alike(const struct lm_pass *pass, const struct lm_walk_item *entries,
		      lm_desc_t wanted, bool is_stray)
{
	lm_desc_t after = wanted;
	int err;

	/* In place and live, attributes change after sizes. */
	if (lm_goal_finishes_later(pass->edit))
		after = entries->desc;
	if (entries->member || is_stray)
		after = lm_desc_without_hint(after);
	if (wanted.v == entries->desc.v && after.v == entries->desc.v)
		return 0;
	err = check_hw_update(pass->edit, entries);
	if (!err && wanted.v && wanted.v != entries->desc.v)
		err = check_change(pass->edit, entries, wanted);
	if (err || after.v == entries->desc.v)
		return err;
	if (is_stray)
		lm_pass_unhint(pass, entries);
	return lm_pass_change(pass, entries, after);
}

/* How many entries of @most differ from the first in their addresses alone. */
static uint32_t count_alike(const struct lm_edit *edit, const struct lm_walk_item *first,
			    uint32_t most)
{
	const struct lm_map *map = edit->map;
	const struct lm_level *level = lm_level(&map->fmt, first->level);
	uint64_t size = UINT64_C(1) << level->shift;
	lm_desc_t next = { first->desc.v + size };
	uint64_t in_place;

	/* Imagined ones always do. */
	if (!first->slot)
		return most;
	/* An address that does not fit its bits any more would go on in an attribute. */
	in_place = lm_bytes_in_place(&map->fmt, lm_table_pa(map, first->desc)) >>
		   level->shift;
	if (most > in_place)
		most = in_place ? (uint32_t)in_place : 1;
	return 1 + lm_count_alike(first->slot + 1, most - 1, next, size);
}

/* From one entry of a leaf to another, forwards or backwards. */
static void go_on(const struct lm_pass *pass, struct lm_walk_item *entry, int64_t entries)
{
	uint64_t size = lm_entry_size(&pass->edit->map->fmt, entry->level);

	entry->va.v += (uint64_t)entries * size;
	entry->desc.v += (uint64_t)entries * size;
	if (entry->slot)
		entry->slot += entries;
}

/*
 * A run that stays whole. Its members may differ: hardware may have recorded an access to
 * the run in any of them.
 */
static int stay_run(const struct lm_pass *pass, struct lm_walk_item *run,
		    enum lm_coverage covers)
{
	uint32_t entries = run->entries;
	uint32_t left = entries;
	int err = 0;

	for (; !err && left; left -= run->entries) {
		lm_desc_t wanted;

		if (run->slot)
			run->desc = lm_arch_load(run->slot);
		run->entries = count_alike(pass->edit, run, left);
		wanted = lm_goal_becomes(pass->edit, run->desc, covers);
		record_member(pass, run->desc, wanted);
		err = stay_alike(pass, run, wanted, false);
		go_on(pass, run, run->entries);
	}
	go_on(pass, run, -(int64_t)(entries - left));
	run->entries = entries;
	return err ? err : LM_WALK_NEXT;
}

/* A leaf that stays as large as it is, or those from it on that are alike. */
static int stay(const struct lm_pass *pass, struct lm_walk_item *leaf,
		enum lm_coverage covers)
{
	struct lm_edit *edit = pass->edit;
	bool is_stray = lm_goal_unhints(edit, leaf, covers);
	bool is_run = lm_item_acts_as_run(leaf) && !is_stray;
	lm_desc_t wanted = lm_goal_becomes(edit, leaf->desc, covers);
	uint32_t leaves = 1;
	int err;

	edit->has_staying |= leaf->linked;
	if (covers == LM_COVERS_ALL && !is_run && !is_stray)
		leaves = count_alike(edit, leaf,
				     lm_entries_before(edit->map, leaf, edit->cursor.end,
						       leaf->member));
	if (covers == LM_COVERS_ALL && edit->goal->unmaps && pass->ops->counts)
		lm_count_unmapped(edit, leaf, leaves);
	if (leaf->entries > 1)
		return stay_run(pass, leaf, covers);
	leaf->entries = leaves;
	if (is_run)
		record_member(pass, leaf->desc, wanted);
	err = stay_alike(pass, leaf, wanted, is_stray);
	return err ? err : lm_goal_skip_after(edit, &edit->cursor, leaf);
}

/* Members that are not to change lose their hints, as many at a time as are alike. */
static int unhint_members(const struct lm_pass *pass, struct lm_walk_item *members)
{
	struct lm_edit *edit = pass->edit;
	int err;

	members->entries = count_alike(edit, members,
				       lm_entries_before(edit->map, members,
							 edit->cursor.start, true));
	if (!lm_desc_is_contiguous(members->desc))
		return LM_WALK_NEXT;
	err = check_hw_update(edit, members);
	if (!err)
		err = lm_pass_change(pass, members, lm_desc_without_hint(members->desc));
	return err ? err : LM_WALK_NEXT;
}

/* The walk goes down from @level into the table that @table links. */
static void go_down(struct lm_edit *edit, int level, lm_desc_t table)
{
	struct lm_step *step = lm_step_at(edit, level);

	step[1].attrs = lm_attrs_below(step->attrs, table);
}

/* Unfold a run, or split any other leaf; go on in it with what changes first. */
static int resize(const struct lm_pass *pass, struct lm_walk_item *leaf)
{
	struct lm_edit *edit = pass->edit;
	int next = check_hw_update(edit, leaf);

	if (next)
		return next;
	if (leaf->entries > 1) {
		next = lm_pass_unfold(pass, leaf);
	} else {
		leaf->child = first_child(edit, leaf);
		/* A new table takes nothing away. */
		go_down(edit, leaf->level, (lm_desc_t){ 0 });
		next = lm_pass_split(pass, leaf);
	}
	if (next == LM_WALK_INSIDE || next == LM_WALK_THROUGH || next == LM_WALK_DESCEND)
		lm_goal_go_in(edit, &edit->cursor, leaf);
	return next;
}

int lm_split_visit(void *ctx, struct lm_walk_item *item)
{
	const struct lm_pass *pass = ctx;
	struct lm_edit *edit = pass->edit;
	enum lm_coverage covers = lm_goal_look(edit, &edit->cursor, item);
	uint64_t until;
	bool stays;

	/* Of what is not to change only the hint of a live member goes. */
	if (covers == LM_COVERS_NONE)
		return item->member && item->linked ?
			       unhint_members(pass, item) :
			       lm_goal_skip(edit, &edit->cursor, item);
	if (lm_item_is_table(item)) {
		if (edit->goal->ends_only && covers == LM_COVERS_ALL)
			return LM_WALK_NEXT;
		lm_pass_enter(pass, item);
		go_down(edit, item->level, item->desc);
		lm_goal_go_in(edit, &edit->cursor, item);
		return LM_WALK_DESCEND;
	}
	stays = !item->member && !lm_goal_changes_leaves(edit) &&
		!lm_item_has_stray_hint(item);
	until = lm_mapping_bits(edit->map);
	/* Where no page changes, only the hints of runs may have to go. */
	if (stays && item->level == LM_LAST_LEVEL && item->entries == 1)
		until = LM_DESC_CONTIGUOUS;
	if (until == LM_DESC_CONTIGUOUS ||
	    !lm_is_leaf(&edit->map->fmt, item->desc, item->level))
		return lm_walk_past(edit->map, item, until);
	if (!lm_goal_splits(edit, item, covers))
		return stays ? LM_WALK_NEXT : stay(pass, item, covers);
	return resize(pass, item);
}

/*
 * Through tables while the whole edit is inside one entry, and smaller, without a visit of
 * each: most edits are small. Return: the first other table, and its level.
 */
static LM_NOINLINE lm_pa_t go_straight_down(const struct lm_pass *pass,
					    struct lm_span span, int *level)
{
	const struct lm_map *map = pass->edit->map;
	struct lm_walk_item entry = { .entries = 1, .linked = true };
	lm_pa_t pa = map->root;

	for (entry.level = map->fmt.start_level;; entry.level++) {
		uint64_t size = lm_entry_size(&map->fmt, entry.level);
		uint64_t start = span.start & ~(size - 1);
		lm_desc_t *table;

		*level = entry.level;
		if (span.end - start > size || span.end - span.start == size)
			return pa;
		table = lm_table(map, pa);
		if (!table)
			return pa;
		entry.va = lm_va_of(map, start);
		entry.slot = &table[lm_index(map, entry.level, entry.va)];
		entry.desc = lm_arch_load(entry.slot);
		if (!lm_desc_is_table(entry.desc, entry.level))
			return pa;
		lm_pass_enter(pass, &entry);
		go_down(pass->edit, entry.level, entry.desc);
		pa = lm_table_pa(map, entry.desc);
	}
}

int lm_split_run(struct lm_pass *pass)
{
	struct lm_edit *edit = pass->edit;
	struct lm_span span = lm_edit_walked(edit);
	int level;
	lm_pa_t table = go_straight_down(pass, span, &level);

	edit->cursor = (struct lm_cursor){ 0 };
	return lm_walk_table(edit->map, table, level, span, lm_split_visit, pass);
}

int lm_split_new_table(struct lm_edit *edit, const struct lm_walk_item *leaf,
		       lm_desc_t *table)
{
	const struct lm_map *map = edit->map;
	int level = leaf->level + 1;
	lm_desc_t *entries;
	lm_pa_t pa;

	if (!lm_reserve_take(&edit->reserve, level, 1, &pa))
		return -LM_ESTALE;
	entries = lm_table(map, pa);
	lm_put(map, entries, lm_level(&map->fmt, level)->entries, leaf->child,
	       lm_entry_size(&map->fmt, level));
	*table = lm_desc_table(&map->fmt.oa, pa, map->fmt.config.table_attrs,
			       (lm_attrs_t){ leaf->desc.v & ~edit->change.clear });

	/* Nothing needs a visit among pages that do not change. */
	if (level == LM_LAST_LEVEL && !lm_desc_is_contiguous(leaf->child) &&
	    !lm_goal_changes_leaves(edit))
		return LM_WALK_NEXT;
	return LM_WALK_DESCEND;
}

/* ------------------------------------------------------ goals that only split */

static const struct lm_goal goal_pages = {
	.name = "to-pages",
	.flattens = true,
	.resizes = true,
	.ways = LM_ALL_WAYS,
	.touches = lm_goal_resizes,
	.run = lm_split_run,
};

void lm_edit_to_pages(struct lm_edit *edit, struct lm_map *map, struct lm_range range)
{
	lm_edit_init(edit, map, range, &goal_pages);
}

static const struct lm_goal goal_boundaries = {
	.name = "to-boundaries",
	.resizes = true,
	.ways = LM_ALL_WAYS,
	.ends_only = true,
	.touches = lm_goal_resizes,
	.run = lm_split_run,
};

void lm_edit_to_boundaries(struct lm_edit *edit, struct lm_map *map,
			   struct lm_range range)
{
	lm_edit_init(edit, map, range, &goal_boundaries);
}
