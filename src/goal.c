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

/* Of sorted ranges, which do not overlap, the first one that ends after @at; else @count. */
static size_t first_after(const struct lm_map *map, const struct lm_range *ranges,
			  size_t count, uint64_t at)
{
	size_t first = 0;

	while (first < count) {
		size_t middle = first + (count - first) / 2;

		if (lm_span_checked(map, ranges[middle]).end > at)
			count = middle;
		else
			first = middle + 1;
	}
	return first;
}

size_t lm_goal_part(const struct lm_edit *edit, uint64_t at)
{
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);

	return first_after(edit->map, parts, count, at);
}

/* The first exception that ends after @at; one beyond all if there is none. */
static struct lm_span exception_after(const struct lm_edit *edit, uint64_t at)
{
	const struct lm_range_list *list = &edit->exceptions;
	size_t i = first_after(edit->map, list->ranges, list->count, at);

	if (i == list->count)
		return (struct lm_span){ UINT64_MAX, UINT64_MAX };
	return lm_span_checked(edit->map, list->ranges[i]);
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
	return end;
}

/*
 * The first of what the edit is to change from @span.start on, and as far as @span reaches;
 * empty, after everything, if there is nothing. Part @i is the first that ends after its
 * start.
 */
static struct lm_span changes_in(const struct lm_edit *edit, size_t i,
				 struct lm_span span)
{
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);

	while (i < count) {
		uint64_t start = lm_span_checked(edit->map, parts[i]).start;
		struct lm_span except = { UINT64_MAX, UINT64_MAX };

		if (span.start < start)
			span.start = start;
		if (edit->exceptions.count)
			except = exception_after(edit, span.start);
		if (span.start < except.start) {
			span.end = end_of_parts(edit, i, span.end);
			return lm_span_clip(span, (struct lm_span){ 0, except.start });
		}
		span.start = except.end;
		i = first_after(edit->map, parts, count, span.start);
	}
	return (struct lm_span){ UINT64_MAX, UINT64_MAX };
}

uint64_t lm_goal_next(const struct lm_edit *edit, uint64_t at)
{
	struct lm_span from = { at, 0 };

	return changes_in(edit, lm_goal_part(edit, at), from).start;
}

static enum lm_coverage coverage(struct lm_span span, struct lm_span changes)
{
	if (changes.start >= span.end)
		return LM_COVERS_NONE;
	return lm_span_contains(changes, span) ? LM_COVERS_ALL : LM_COVERS_PART;
}

enum lm_coverage lm_goal_covers(const struct lm_edit *edit, struct lm_span span)
{
	return coverage(span, changes_in(edit, lm_goal_part(edit, span.start), span));
}

/*
 * Extend @item, which begins at @start, up to the entry for @next. That may be in a run,
 * which is found by its first entry. Members do not go beyond their run.
 */
static void skip(const struct lm_edit *edit, struct lm_walk_item *item, uint64_t start,
		 uint64_t next)
{
	const struct lm_level *level = lm_level(&edit->map->fmt, item->level);
	uint32_t index = lm_index(edit->map, item->level, item->va);
	uint64_t run_mask = level->run - UINT64_C(1);
	uint64_t first = start >> level->shift;
	uint64_t end = first - index + level->entries;

	next >>= level->shift;
	if (item->member)
		end = (first | run_mask) + 1;
	else
		next &= ~run_mask;
	if (next > end)
		next = end;
	if (next > first + item->entries)
		item->entries = (uint32_t)(next - first);
}

enum lm_coverage lm_goal_look(const struct lm_edit *edit, size_t *parts,
			      struct lm_walk_item *item)
{
	struct lm_span span = lm_item_span(edit->map, item);
	const struct lm_range *all;
	size_t count = lm_edit_parts(edit, &all);
	struct lm_span changes;

	while (*parts < count &&
	       lm_span_checked(edit->map, all[*parts]).end <= span.start)
		++*parts;
	changes = changes_in(edit, *parts, span);
	if (changes.start >= span.end)
		skip(edit, item, span.start, changes.start);
	return coverage(span, changes);
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
