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
static lm_desc_t first_child(const struct lm_edit *edit, const struct lm_walk_item *leaf,
			     enum lm_coverage covers)
{
	uint64_t size = lm_entry_size(&edit->map->fmt, leaf->level);
	lm_desc_t first = lm_desc_first_child(&edit->map->fmt.oa, leaf->desc, size,
					      leaf->level + 1);

	if (!lm_region_makes_runs(edit->region, &edit->map->fmt, leaf->level + 1) ||
	    (edit->goal->flattens && covers == LM_COVERS_ALL))
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

static int check_change(struct lm_edit *edit, const struct lm_walk_item *entry,
			lm_desc_t after)
{
	int err = lm_attrs_check_change(&edit->map->fmt, entry->desc, after,
					lm_step_at(edit, entry->level)->attrs);

	if (err)
		edit->where = entry->va;
	return err;
}

/* Planning and staging find out whether entries that keep their hints come to differ. */
static void record_member(const struct lm_pass *pass, lm_desc_t before, lm_desc_t after)
{
	struct lm_edit *edit = pass->edit;

	if (pass->ops->counts && lm_attrs_differ_in_run(&edit->map->fmt, before, after))
		edit->changes |= 1U << LM_CHANGE_RUN;
}

/* An entry, to become @wanted, of a leaf that stays as large as it is or was unfolded. */
static int stay_entry(const struct lm_pass *pass, const struct lm_walk_item *entry,
		      lm_desc_t wanted, bool is_stray)
{
	lm_desc_t after = wanted;
	int err;

	/* In place and live, attributes change after sizes. */
	if (lm_goal_finishes_later(pass->edit))
		after = entry->desc;
	if (entry->member || is_stray)
		after = lm_desc_without_hint(after);
	if (wanted.v == entry->desc.v && after.v == entry->desc.v)
		return 0;
	err = check_hw_update(pass->edit, entry);
	if (!err && wanted.v && wanted.v != entry->desc.v)
		err = check_change(pass->edit, entry, wanted);
	if (err || after.v == entry->desc.v)
		return err;
	if (is_stray)
		lm_pass_unhint(pass, entry);
	return lm_pass_change(pass, entry, after);
}

/* From one entry of a leaf to the next, or back to the first. */
static void go_on(const struct lm_pass *pass, struct lm_walk_item *entry, int64_t entries)
{
	uint64_t size = lm_entry_size(&pass->edit->map->fmt, entry->level);

	entry->va.v += (uint64_t)entries * size;
	entry->desc.v += (uint64_t)entries * size;
	if (entry->slot)
		entry->slot += entries;
}

/* Entry by entry, a leaf that stays as large as it is, or what is left of a run. */
static int stay(const struct lm_pass *pass, struct lm_walk_item *leaf,
		enum lm_coverage covers)
{
	bool is_stray = lm_goal_unhints(pass->edit, leaf, covers);
	bool is_run = lm_item_acts_as_run(leaf) && !is_stray;
	uint32_t entries = leaf->entries;
	int err = 0;

	pass->edit->has_staying |= leaf->linked;
	if (covers == LM_COVERS_ALL && pass->edit->goal->unmaps && pass->ops->counts)
		lm_count_unmapped(pass->edit, leaf, 1);
	leaf->entries = 1;
	for (uint32_t i = 0; !err && i < entries; i++) {
		lm_desc_t wanted;

		/* Hardware may have recorded an access to a run in any member of it. */
		if (leaf->slot)
			leaf->desc = lm_arch_load(leaf->slot);
		wanted = lm_goal_becomes(pass->edit, leaf->desc, covers);
		if (is_run)
			record_member(pass, leaf->desc, wanted);
		err = stay_entry(pass, leaf, wanted, is_stray);
		go_on(pass, leaf, 1);
	}
	go_on(pass, leaf, -(int64_t)entries);
	leaf->entries = entries;
	return err ? err : LM_WALK_NEXT;
}

/* How many of these members differ from the first in their addresses alone. */
static uint32_t count_alike(const struct lm_edit *edit,
			    const struct lm_walk_item *members)
{
	uint64_t size = lm_entry_size(&edit->map->fmt, members->level);
	uint64_t expected = members->desc.v + size;
	uint32_t alike = 1;

	while (alike < members->entries &&
	       lm_arch_load(&members->slot[alike]).v == expected) {
		alike++;
		expected += size;
	}
	return alike;
}

/* Members that are not to change lose their hints, as many at a time as possible. */
static int unhint_members(const struct lm_pass *pass, struct lm_walk_item *members)
{
	uint32_t entries = count_alike(pass->edit, members);
	int err;

	members->entries = entries;
	if (!lm_desc_is_contiguous(members->desc))
		return LM_WALK_NEXT;
	err = check_hw_update(pass->edit, members);
	if (!err && pass->ops->counts)
		lm_count_change(pass->edit, members, false);
	members->entries = 1;
	for (uint32_t i = 0; !err && i < entries; i++) {
		err = pass->ops->change(pass, members,
					lm_desc_without_hint(members->desc));
		go_on(pass, members, 1);
	}
	go_on(pass, members, -(int64_t)entries);
	members->entries = entries;
	return err ? err : LM_WALK_NEXT;
}

/* The walk goes down from @level into the table that @table links. */
static void go_down(struct lm_edit *edit, int level, lm_desc_t table)
{
	struct lm_step *step = lm_step_at(edit, level);

	step[1].attrs = lm_attrs_below(step->attrs, table);
}

int lm_split_visit(void *ctx, struct lm_walk_item *item)
{
	const struct lm_pass *pass = ctx;
	struct lm_edit *edit = pass->edit;
	enum lm_coverage covers = lm_goal_look(edit, &edit->parts_passed, item);
	uint64_t until;
	bool stays;
	int err;

	/* Of what is not to change only the hint of a live member goes. */
	if (covers == LM_COVERS_NONE)
		return item->member && item->linked ? unhint_members(pass, item) :
						      LM_WALK_NEXT;
	if (lm_item_is_table(item)) {
		if (edit->goal->ends_only && covers == LM_COVERS_ALL)
			return LM_WALK_NEXT;
		lm_pass_enter(pass, item);
		go_down(edit, item->level, item->desc);
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
	err = check_hw_update(edit, item);
	if (err)
		return err;
	if (item->entries > 1)
		return lm_pass_unfold(pass, item);
	item->child = first_child(edit, item, covers);
	/* A new table takes nothing away. */
	go_down(edit, item->level, (lm_desc_t){ 0 });
	return lm_pass_split(pass, item);
}

int lm_split_run(struct lm_pass *pass)
{
	struct lm_edit *edit = pass->edit;

	edit->parts_passed = 0;
	return lm_walk_within(edit->map, lm_edit_walked(edit), lm_split_visit, pass);
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
	lm_fill(entries, lm_level(&map->fmt, level)->entries, leaf->child,
		lm_entry_size(&map->fmt, level));
	lm_arch_wrote(&map->env, entries);
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
