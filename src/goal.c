// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an edit wants: which leaves have to go and which may stay as they are. */
#include "core.h"

/* @at, or the end of the exceptions that it is in, one after the other. */
static uint64_t behind_exceptions(const struct lm_edit *edit, uint64_t at)
{
	for (unsigned int i = 0; i < edit->exceptions.count; i++) {
		struct lm_span span =
			lm_span_checked(edit->map, edit->exceptions.ranges[i]);

		if (span.start > at || at >= span.end)
			continue;
		/* Those before it in the list may begin where this one ends. */
		at = span.end;
		i = -1U;
	}
	return at;
}

enum lm_share lm_goal_share(const struct lm_edit *edit, struct lm_span span)
{
	struct lm_span range = lm_span_checked(edit->map, edit->range);
	struct lm_span inside = lm_span_clip(span, range);

	if (inside.start >= inside.end ||
	    behind_exceptions(edit, inside.start) >= inside.end)
		return LM_SHARE_NONE;
	if (!lm_span_contains(range, span))
		return LM_SHARE_PART;
	for (unsigned int i = 0; i < edit->exceptions.count; i++) {
		struct lm_range except = edit->exceptions.ranges[i];

		if (lm_spans_overlap(lm_span_checked(edit->map, except), span))
			return LM_SHARE_PART;
	}
	return LM_SHARE_ALL;
}

enum lm_share lm_goal_share_of(const struct lm_edit *edit,
			       const struct lm_walk_item *item)
{
	return lm_goal_share(edit, lm_item_span(edit->map, item));
}

bool lm_goal_splits(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	enum lm_share share;

	if (leaf->level == LM_LAST_LEVEL && leaf->entries == 1)
		return false;
	share = lm_goal_share_of(edit, leaf);
	return share == LM_SHARE_PART ||
	       (share == LM_SHARE_ALL && edit->goal == &lm_goal_pages);
}

lm_desc_t lm_goal_becomes(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	if (!lm_goal_has_change(edit) || lm_goal_share_of(edit, leaf) != LM_SHARE_ALL)
		return leaf->desc;
	return lm_desc_changed(leaf->desc, edit->change);
}

/* -------------------------------------------------------------- the simple ones */

const struct lm_goal lm_goal_pages = {
	.resizes = true,
	.in_place = true,
	.touches = lm_goal_splits,
	.run = lm_split_run,
};

void lm_edit_to_pages(struct lm_edit *edit, struct lm_map *map, struct lm_range range)
{
	lm_edit_init(edit, map, range, &lm_goal_pages);
}

static const struct lm_goal goal_boundaries = {
	.resizes = true,
	.in_place = true,
	.ends_only = true,
	.touches = lm_goal_splits,
	.run = lm_split_run,
};

void lm_edit_to_boundaries(struct lm_edit *edit, struct lm_map *map,
			   struct lm_range range)
{
	lm_edit_init(edit, map, range, &goal_boundaries);
}
