// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether an edit changes a leaf of some range: a walk that stops at the first one. */
#include "core.h"

struct search {
	const struct lm_edit *edit;
	bool (*is_it)(const struct lm_edit *edit, const struct lm_walk_item *leaf);
};

/* Ends the walk at the first one. */
static int search_visit(void *ctx, struct lm_walk_item *item)
{
	const struct search *search = ctx;

	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	if (lm_item_is_leaf(search->edit->map, item) && search->is_it(search->edit, item))
		return LM_WALK_FOUND;
	return LM_WALK_NEXT;
}

bool lm_edit_cuts(const struct lm_edit *edit)
{
	struct search search = { edit, lm_goal_resizes };

	return lm_walk(edit->map, edit->range, search_visit, &search) == LM_WALK_FOUND;
}

/* Only a run that stays one: the members of others lose their hints first. */
static bool changes_members(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	struct lm_walk_item member = *leaf;

	if (leaf->entries == 1 || lm_goal_splits(edit, leaf))
		return false;
	member.entries = 1;
	for (uint32_t i = 0; i < leaf->entries; i++) {
		member.desc = lm_arch_load(&leaf->slot[i]);
		if (lm_attrs_differ_in_run(&edit->map->fmt, member.desc,
					   lm_goal_becomes(edit, &member)))
			return true;
		member.va.v += lm_entry_size(&edit->map->fmt, leaf->level);
	}
	return false;
}

bool lm_edit_changes_runs(const struct lm_edit *edit)
{
	struct search search = { edit, changes_members };

	return lm_walk(edit->map, edit->range, search_visit, &search) == LM_WALK_FOUND;
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
	struct search search = { edit, edit->goal->touches };

	range = (struct lm_range){ lm_va_of(edit->map, span.start),
				   span.end - span.start };
	return lm_walk(edit->map, range, search_visit, &search) == LM_WALK_FOUND;
}
