// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether an edit changes a leaf of some range: a walk that stops at the first one. */
#include "core.h"

struct search {
	const struct lm_edit *edit;
	lm_leaf_fn *is_it;
	struct lm_cursor cursor;
};

/* Ends the walk at the first one. */
static int search_visit(void *ctx, struct lm_walk_item *item)
{
	struct search *search = ctx;
	enum lm_coverage covers = lm_goal_look(search->edit, &search->cursor, item);

	if (covers == LM_COVERS_NONE)
		return lm_goal_skip(search->edit, &search->cursor, item);
	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	if (lm_item_is_leaf(search->edit->map, item) &&
	    search->is_it(search->edit, item, covers))
		return LM_WALK_FOUND;
	return LM_WALK_NEXT;
}

bool lm_edit_cuts(const struct lm_edit *edit)
{
	struct search search = { edit, lm_goal_resizes, { 0 } };

	return lm_walk_within(edit->map, lm_edit_walked(edit), search_visit, &search) ==
	       LM_WALK_FOUND;
}

bool lm_edit_changes_any(const struct lm_edit *edit, const struct lm_walk_item *leaf,
			 enum lm_coverage covers, lm_differ_fn *differ)
{
	for (uint32_t i = 0; i < leaf->entries; i++) {
		lm_desc_t before = lm_arch_load(&leaf->slot[i]);

		if (differ(&edit->map->fmt, before,
			   lm_goal_becomes(edit, before, covers)))
			return true;
	}
	return false;
}

/* One that keeps its hints: others lose them first. */
static bool changes_members(const struct lm_edit *edit, const struct lm_walk_item *leaf,
			    enum lm_coverage covers)
{
	return lm_item_acts_as_run(leaf) && !lm_goal_resizes(edit, leaf, covers) &&
	       lm_edit_changes_any(edit, leaf, covers, lm_attrs_differ_in_run);
}

bool lm_edit_changes_runs(const struct lm_edit *edit)
{
	struct search search = { edit, changes_members, { 0 } };

	return lm_walk_within(edit->map, lm_edit_walked(edit), search_visit, &search) ==
	       LM_WALK_FOUND;
}

/* The part of a range that the map can translate. */
static struct lm_span span_in_half(const struct lm_map *map, struct lm_range range)
{
	uint64_t in_page = lm_granule_size(&map->fmt) - 1;
	uint64_t first = range.start.v;
	uint64_t last = range.size ? first + (range.size - 1) : first;
	uint64_t half_first = lm_va_of(map, 0).v;
	uint64_t half_last = half_first + (lm_half_size(map) - 1);

	if (last < half_first || first > half_last)
		return (struct lm_span){ 0, 0 };
	first = first < half_first ? half_first : first;
	last = last > half_last ? half_last : last;
	return (struct lm_span){ (first - half_first) & ~in_page,
				 ((last - half_first) | in_page) + 1 };
}

bool lm_edit_touches(const struct lm_edit *edit, struct lm_range range)
{
	struct lm_span span = span_in_half(edit->map, range);
	struct search search = { edit, edit->goal->touches, { 0 } };

	return span.end &&
	       lm_walk_within(edit->map, span, search_visit, &search) == LM_WALK_FOUND;
}

bool lm_edit_unmaps(const struct lm_edit *edit, struct lm_range range)
{
	return edit->goal->unmaps &&
	       lm_goal_covers(edit, span_in_half(edit->map, range)) != LM_COVERS_NONE;
}
