// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an edit wants: which leaves must go and which may stay. */
#include "core.h"

void lm_edit_init(struct lm_edit *edit, struct lm_map *map, struct lm_range range,
		  const struct lm_goal *goal)
{
	memset(edit, 0, sizeof(*edit));
	edit->map = map;
	edit->range = range;
	edit->goal = goal;
	edit->reserve.map = map;
}

/* @at, or the end of the exceptions that contain it, one after the other. */
static uint64_t after_exceptions(const struct lm_edit *edit, uint64_t at)
{
	unsigned int i = 0;

	while (i < edit->exceptions.count) {
		struct lm_span span =
			lm_span_checked(edit->map, edit->exceptions.ranges[i++]);

		if (span.start > at || at >= span.end)
			continue;
		/* Earlier ones in the list may begin where this one ends. */
		at = span.end;
		i = 0;
	}
	return at;
}

enum lm_coverage lm_goal_covers(const struct lm_edit *edit, struct lm_span span)
{
	struct lm_span range = lm_span_checked(edit->map, edit->range);
	struct lm_span inside = lm_span_clip(span, range);
	bool is_cut = !lm_span_contains(range, span);

	if (!lm_spans_overlap(range, span))
		return LM_COVERS_NONE;
	for (unsigned int i = 0; i < edit->exceptions.count; i++) {
		struct lm_range except = edit->exceptions.ranges[i];

		if (lm_spans_overlap(lm_span_checked(edit->map, except), span))
			is_cut = true;
	}
	if (!is_cut)
		return LM_COVERS_ALL;
	return after_exceptions(edit, inside.start) < inside.end ? LM_COVERS_PART :
								   LM_COVERS_NONE;
}

enum lm_coverage lm_goal_covers_item(const struct lm_edit *edit,
				     const struct lm_walk_item *item)
{
	return lm_goal_covers(edit, lm_item_span(edit->map, item));
}

bool lm_goal_splits(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	enum lm_coverage covers;

	/* Without sizes to change the edit has no region to say how leaves may be split. */
	if (!edit->goal->resizes || (leaf->level == LM_LAST_LEVEL && leaf->entries == 1))
		return false;
	covers = lm_goal_covers_item(edit, leaf);
	return covers == LM_COVERS_PART ||
	       (covers == LM_COVERS_ALL && edit->goal->flattens);
}

bool lm_goal_unhints(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	if (!edit->goal->resizes || !lm_item_has_stray_hint(leaf) ||
	    lm_goal_covers_item(edit, leaf) != LM_COVERS_ALL)
		return false;
	/* Hardware may use it for all that a run would map there. */
	return edit->goal->flattens ||
	       lm_goal_covers(edit, lm_item_reach(edit->map, leaf)) != LM_COVERS_ALL;
}

bool lm_goal_resizes(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	return lm_goal_splits(edit, leaf) || lm_goal_unhints(edit, leaf);
}

int lm_change_check(const struct lm_map *map, struct lm_leaf_change change)
{
	uint64_t bits = change.set | change.clear;
	uint64_t mark = map->fmt.config.present_invalid;

	/* Validity changes alone, or together with the mark. */
	if ((bits & LM_DESC_VALID) && (bits & ~(LM_DESC_VALID | mark)))
		return -LM_EINVAL;
	if ((change.set & change.clear) || (bits & map->fmt.not_attrs & ~LM_DESC_VALID))
		return -LM_EINVAL;
	/* Without the mark what the leaf maps would be lost. */
	if ((change.clear & LM_DESC_VALID) && !(change.set & mark))
		return -LM_EMARK;
	return 0;
}

lm_desc_t lm_goal_becomes(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	if (!lm_goal_has_change(edit) || lm_goal_covers_item(edit, leaf) != LM_COVERS_ALL)
		return leaf->desc;
	return lm_leaf_changed(edit->map, leaf->desc, edit->change);
}
