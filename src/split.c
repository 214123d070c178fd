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
static void record_member(const struct lm_pass *pass, const struct lm_walk_item *member)
{
	struct lm_edit *edit = pass->edit;

	if (pass->ops->counts && lm_attrs_differ_in_run(&edit->map->fmt, member->desc,
							lm_goal_becomes(edit, member)))
		edit->changes |= 1U << LM_CHANGE_RUN;
}

/* An entry of a leaf that stays as large as it is, or of an unfolded run. */
static int stay_entry(const struct lm_pass *pass, const struct lm_walk_item *entry,
		      bool is_stray)
{
	lm_desc_t wanted = lm_goal_becomes(pass->edit, entry);
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
	if (!err && wanted.v != entry->desc.v)
		err = check_change(pass->edit, entry, wanted);
	if (err || after.v == entry->desc.v)
		return err;
	if (is_stray)
		lm_pass_unhint(pass, entry);
	return lm_pass_change(pass, entry, after);
}

static int stay(const struct lm_pass *pass, const struct lm_walk_item *leaf)
{
	uint64_t size = lm_entry_size(&pass->edit->map->fmt, leaf->level);
	struct lm_walk_item entry = *leaf;
	bool is_stray;
	int err = 0;

	/* Of a leaf that is not to change only a member's hint goes. */
	if (!leaf->member && lm_goal_covers_item(pass->edit, leaf) == LM_COVERS_NONE)
		return LM_WALK_NEXT;
	pass->edit->has_staying |= leaf->linked;
	is_stray = lm_goal_unhints(pass->edit, leaf);
	entry.entries = 1;
	for (uint32_t i = 0; !err && i < leaf->entries; i++) {
		/* Hardware may have recorded an access to a run in any member of it. */
		if (leaf->slot) {
			entry.slot = &leaf->slot[i];
			entry.desc = lm_arch_load(entry.slot);
		}
		if (lm_item_acts_as_run(leaf) && !is_stray)
			record_member(pass, &entry);
		err = stay_entry(pass, &entry, is_stray);
		entry.va.v += size;
		entry.desc.v += size;
	}
	return err ? err : LM_WALK_NEXT;
}

/* Members from @member on that lie before the edit's range or after its end. */
static uint32_t count_outside(const struct lm_edit *edit,
			      const struct lm_walk_item *member)
{
	const struct lm_level *level = lm_level(&edit->map->fmt, member->level);
	uint32_t index = lm_index(edit->map, member->level, member->va);
	uint32_t left = level->run - (index & (level->run - 1U));
	struct lm_span span = lm_item_span(edit->map, member);
	struct lm_span range = lm_span_checked(edit->map, edit->range);
	uint64_t before = (range.start - span.start) >> level->shift;

	if (lm_spans_overlap(span, range))
		return 0;
	return span.start < range.start && before < left ? (uint32_t)before : left;
}

/* How many of @most members from @member on differ from it in their addresses alone. */
static uint32_t count_alike(const struct lm_edit *edit, const struct lm_walk_item *member,
			    uint32_t most)
{
	uint64_t size = lm_entry_size(&edit->map->fmt, member->level);
	uint64_t expected = member->desc.v + size;
	uint32_t alike = 1;

	while (alike < most && lm_arch_load(&member->slot[alike]).v == expected) {
		alike++;
		expected += size;
	}
	return alike;
}

/* Nothing but their hints goes. */
static int unhint_members(const struct lm_pass *pass, const struct lm_walk_item *members)
{
	uint64_t size = lm_entry_size(&pass->edit->map->fmt, members->level);
	struct lm_walk_item entry = *members;
	int err = check_hw_update(pass->edit, members);

	if (!err && pass->ops->counts)
		lm_count_change(pass->edit, members, false);
	entry.entries = 1;
	for (uint32_t i = 0; !err && i < members->entries; i++) {
		err = pass->ops->change(pass, &entry, lm_desc_without_hint(entry.desc));
		entry.slot++;
		entry.va.v += size;
		entry.desc.v += size;
	}
	return err ? err : LM_WALK_NEXT;
}

/* Members that are not to change, as many at a time as possible. */
static int pass_members(const struct lm_pass *pass, struct lm_walk_item *members,
			uint32_t most)
{
	members->entries = count_alike(pass->edit, members, most);
	return lm_desc_is_contiguous(members->desc) ? unhint_members(pass, members) :
						      LM_WALK_NEXT;
}

/* The walk goes down from @level into the table that @table links. */
static void go_down(struct lm_edit *edit, int level, lm_desc_t table)
{
	struct lm_step *step = lm_step_at(edit, level);

	step[1].attrs = lm_attrs_below(step->attrs, table);
}

static int split_visit(void *ctx, struct lm_walk_item *item)
{
	const struct lm_pass *pass = ctx;
	struct lm_edit *edit = pass->edit;
	uint32_t outside;
	uint64_t until;
	bool stays;
	int err;

	if (lm_item_is_table(item)) {
		if (edit->goal->ends_only &&
		    lm_goal_covers_item(edit, item) != LM_COVERS_PART)
			return LM_WALK_NEXT;
		lm_pass_enter(pass, item);
		go_down(edit, item->level, item->desc);
		return LM_WALK_DESCEND;
	}
	outside = item->member && item->linked ? count_outside(edit, item) : 0;
	if (outside)
		return pass_members(pass, item, outside);
	stays = !item->member && !lm_goal_has_change(edit) &&
		!lm_item_has_stray_hint(item);
	until = lm_mapping_bits(edit->map);
	/* Where no page changes, only the hints of runs may have to go. */
	if (stays && item->level == LM_LAST_LEVEL && item->entries == 1)
		until = LM_DESC_CONTIGUOUS;
	if (until == LM_DESC_CONTIGUOUS ||
	    !lm_is_leaf(&edit->map->fmt, item->desc, item->level))
		return lm_walk_past(edit->map, item, until);
	if (!lm_goal_splits(edit, item))
		return stays ? LM_WALK_NEXT : stay(pass, item);
	err = check_hw_update(edit, item);
	if (err)
		return err;
	if (item->entries > 1)
		return lm_pass_unfold(pass, item);
	item->child = first_child(edit, item);
	/* A new table takes nothing away. */
	go_down(edit, item->level, (lm_desc_t){ 0 });
	return lm_pass_split(pass, item);
}

int lm_split_run(struct lm_pass *pass)
{
	return lm_walk(pass->edit->map, pass->edit->range, split_visit, pass);
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
	    !lm_goal_has_change(edit))
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
