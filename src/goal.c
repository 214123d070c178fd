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

struct lm_span lm_edit_walked(const struct lm_edit *edit)
{
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);

	if (!count)
		return (struct lm_span){ 0, 0 };
	return (struct lm_span){
		lm_span_checked(edit->map, parts[0]).start,
		lm_span_checked(edit->map, parts[count - 1]).end,
	};
}

/* Go on after @first, which is known to end too early, in steps of twice the size. */
static size_t search_after(const struct lm_map *map, const struct lm_range *ranges,
			   size_t first, size_t count, uint64_t at)
{
	size_t last = ++first;

	for (size_t step = 1; last < count; step *= 2) {
		if (lm_span_checked(map, ranges[last]).end > at)
			break;
		first = last + 1;
		last += step;
	}
	if (last < count)
		count = last;
	while (first < count) {
		size_t middle = first + (count - first) / 2;

		if (lm_span_checked(map, ranges[middle]).end > at)
			count = middle;
		else
			first = middle + 1;
	}
	return first;
}

/*
 * Of sorted ranges, which do not overlap, the first one that ends after @at; else @count.
 * All before @first are known to end earlier. Mostly it is that one or the next.
 */
static inline size_t first_after(const struct lm_map *map, const struct lm_range *ranges,
				 size_t first, size_t count, uint64_t at)
{
	for (size_t end = first + 2; first < count; first++) {
		if (lm_span_checked(map, ranges[first]).end > at)
			return first;
		if (first == end)
			return search_after(map, ranges, first, count, at);
	}
	return count;
}

size_t lm_goal_part(const struct lm_edit *edit, uint64_t at)
{
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);

	return first_after(edit->map, parts, 0, count, at);
}

/*
 * From @at on, the first address in no exception, and in @limit, if that is beyond it, where
 * the next one begins.
 */
static uint64_t after_exceptions(const struct lm_edit *edit, struct lm_cursor *cursor,
				 uint64_t at, uint64_t *limit)
{
	const struct lm_range_list *list = &edit->exceptions;
	size_t i =
		first_after(edit->map, list->ranges, cursor->exception, list->count, at);

	for (; i < list->count; i++) {
		struct lm_span except = lm_span_checked(edit->map, list->ranges[i]);

		if (at < except.start) {
			if (*limit > except.start)
				*limit = except.start;
			break;
		}
		at = except.end;
	}
	cursor->exception = i;
	return at;
}

/* The end of part @i and of those that follow it without a gap, as far as @limit matters. */
static uint64_t end_of_parts(const struct lm_edit *edit, size_t i, uint64_t limit)
{
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);
	uint64_t end = lm_span_checked(edit->map, parts[i]).end;

	while (end < limit && ++i < count && !edit->goal->ends_only &&
	       lm_span_checked(edit->map, parts[i]).start == end)
		end = lm_span_checked(edit->map, parts[i]).end;
	return end < limit ? end : limit;
}

/* Move @cursor to what changes first from @at on; as far as @limit matters. */
static void seek(const struct lm_edit *edit, struct lm_cursor *cursor, uint64_t at,
		 uint64_t limit)
{
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);
	size_t i = cursor->part;

	while ((i = first_after(edit->map, parts, i, count, at)) < count) {
		struct lm_span part = lm_span_checked(edit->map, parts[i]);
		uint64_t end = limit;

		if (at < part.start)
			at = part.start;
		if (edit->exceptions.count)
			at = after_exceptions(edit, cursor, at, &end);
		if (at < part.end) {
			cursor->part = i;
			cursor->start = at;
			cursor->end = end_of_parts(edit, i, end);
			return;
		}
	}
	cursor->start = cursor->end = UINT64_MAX;
}

/* Then nothing that changes comes after something that does not. */
static bool is_one_range(const struct lm_edit *edit)
{
	return !edit->has_parts && !edit->exceptions.count;
}

void lm_goal_seek(const struct lm_edit *edit, struct lm_cursor *cursor, uint64_t at)
{
	struct lm_span range;

	if (!is_one_range(edit)) {
		seek(edit, cursor, at, UINT64_MAX);
		return;
	}
	range = lm_edit_walked(edit);
	cursor->start = at > range.start ? at : range.start;
	cursor->end = range.end;
	if (at >= range.end)
		cursor->start = cursor->end = UINT64_MAX;
}

uint64_t lm_goal_next(const struct lm_edit *edit, uint64_t at)
{
	struct lm_cursor cursor = { 0 };

	seek(edit, &cursor, at, 0);
	return cursor.start;
}

enum lm_coverage lm_goal_covers(const struct lm_edit *edit, struct lm_span span)
{
	struct lm_cursor cursor = { 0 };

	seek(edit, &cursor, span.start, span.end);
	return lm_cursor_covers(&cursor, span);
}

uint32_t lm_entries_before(const struct lm_map *map, const struct lm_walk_item *item,
			   uint64_t end, bool in_run)
{
	const struct lm_level *level = lm_level(&map->fmt, item->level);
	uint32_t in_one = in_run ? level->run : level->entries;
	uint32_t left = in_one - (lm_index(map, item->level, item->va) & (in_one - 1));
	uint64_t before = (end - (item->va.v - map->fmt.base)) >> level->shift;

	return before < left ? (uint32_t)before : left;
}

int lm_goal_skip_after(const struct lm_edit *edit, struct lm_cursor *cursor,
		       struct lm_walk_item *item)
{
	uint64_t end = lm_item_span(edit->map, item).end;

	if (cursor->end > end || is_one_range(edit))
		return LM_WALK_NEXT;
	lm_goal_seek(edit, cursor, end);
	return lm_goal_skip(edit, cursor, item);
}

enum lm_coverage lm_goal_covers_item(const struct lm_edit *edit,
				     const struct lm_walk_item *item)
{
	return lm_goal_covers(edit, lm_item_span(edit->map, item));
}

bool lm_goal_splits(const struct lm_edit *edit, const struct lm_walk_item *leaf,
		    enum lm_coverage covers)
{
	/* Without sizes to change the edit has no region to say how leaves may be split. */
	if (!edit->goal->resizes || (leaf->level == LM_LAST_LEVEL && leaf->entries == 1))
		return false;
	return covers == LM_COVERS_PART ||
	       (covers == LM_COVERS_ALL && edit->goal->flattens);
}

bool lm_goal_unhints(const struct lm_edit *edit, const struct lm_walk_item *leaf,
		     enum lm_coverage covers)
{
	if (!edit->goal->resizes || !lm_item_has_stray_hint(leaf) ||
	    covers != LM_COVERS_ALL || edit->goal->unmaps)
		return false;
	/* Hardware may use it for all that a run would map there. */
	return edit->goal->flattens ||
	       lm_goal_covers(edit, lm_item_reach(edit->map, leaf)) != LM_COVERS_ALL;
}

bool lm_goal_resizes(const struct lm_edit *edit, const struct lm_walk_item *leaf,
		     enum lm_coverage covers)
{
	return lm_goal_splits(edit, leaf, covers) || lm_goal_unhints(edit, leaf, covers);
}

bool lm_goal_touches_all(const struct lm_edit *edit, const struct lm_walk_item *leaf,
			 enum lm_coverage covers)
{
	(void)edit;
	(void)leaf;
	return covers != LM_COVERS_NONE;
}

unsigned int lm_goal_kinds(const struct lm_edit *edit)
{
	unsigned int kinds = lm_change_kinds(edit->map, edit->change);

	return edit->goal->unmaps ? kinds | 1U << LM_CHANGE_UNMAP : kinds;
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

lm_desc_t lm_goal_becomes(const struct lm_edit *edit, lm_desc_t entry,
			  enum lm_coverage covers)
{
	if (covers == LM_COVERS_ALL && edit->goal->unmaps)
		return (lm_desc_t){ 0 };
	if (!lm_goal_has_change(edit) || covers != LM_COVERS_ALL)
		return entry;
	return lm_leaf_changed(edit->map, entry, edit->change);
}
