// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counting what an edit takes before it takes anything: from the census where
 * a region is taken whole, else by a walk. Both come to the same numbers.
 */
#include "core.h"

static uint64_t *leaves_of(struct lm_edit *edit, int level, enum lm_leaf_kind kind)
{
	return &edit->census.leaves[level - LM_FIRST_LEVEL][kind];
}

/* @leaves blocks on @level, each to become pages altogether. */
static void count_to_pages(struct lm_edit *edit, int level, uint64_t leaves)
{
	*leaves_of(edit, level, LM_SINGLE) -= leaves;
	for (int below = level + 1; below <= LM_LAST_LEVEL; below++) {
		edit->counted.new_tables[below - LM_FIRST_LEVEL] += leaves;
		leaves *= lm_level(&edit->map->fmt, below)->entries;
	}
	*leaves_of(edit, LM_LAST_LEVEL, LM_SINGLE) += leaves;
}

/* @leaf to become a table of leaves of the next size. */
static void count_one_level(struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	int level = leaf->level + 1;
	const struct lm_level *below = lm_level(&edit->map->fmt, level);

	edit->counted.new_tables[level - LM_FIRST_LEVEL]++;
	*leaves_of(edit, leaf->level, LM_SINGLE) -= 1;
	if (lm_desc_is_contiguous(leaf->child))
		*leaves_of(edit, level, LM_RUN) += below->entries / below->run;
	else
		*leaves_of(edit, level, LM_SINGLE) += below->entries;
}

static void count_dissolved(struct lm_edit *edit, int level, uint64_t runs, uint32_t run)
{
	*leaves_of(edit, level, LM_RUN) -= runs;
	*leaves_of(edit, level, LM_SINGLE) += runs * run;
}

/*
 * An entry on @level that is there now is to be replaced: by the commit, or in a
 * copy. There it is noted unless the goal says what it becomes.
 */
static void count_replaced(struct lm_edit *edit, int level, bool noted)
{
	if (edit->way == LM_SWITCH && level > edit->map->fmt.start_level)
		edit->counted.sources += noted;
	else
		edit->counted.publishes++;
}

/* A change makes copies of all tables on the way to it, and the first one a clone. */
static void count_change(struct lm_edit *edit, int level, bool noted)
{
	int root = edit->map->fmt.start_level;

	count_replaced(edit, level, noted);
	if (edit->way != LM_SWITCH)
		return;
	edit->counted.copied_tables[root - LM_FIRST_LEVEL] = 1;
	for (int copy = level; copy > root; copy--) {
		struct lm_step *step = &edit->path[copy - LM_FIRST_LEVEL];

		if (step->is_copied)
			break;
		step->is_copied = true;
		edit->counted.copied_tables[copy - LM_FIRST_LEVEL]++;
		count_replaced(edit, copy - 1, true);
	}
}

static void plan_enter(const struct lm_pass *pass, const struct lm_walk_item *table)
{
	pass->edit->path[table->level + 1 - LM_FIRST_LEVEL].is_copied = false;
}

static int plan_dissolve(const struct lm_pass *pass, struct lm_walk_item *run)
{
	count_dissolved(pass->edit, run->level, 1, run->entries);
	pass->edit->counted.leaves += run->linked;
	return LM_WALK_MEMBERS;
}

static int plan_split(const struct lm_pass *pass, struct lm_walk_item *leaf)
{
	struct lm_edit *edit = pass->edit;

	if (leaf->linked)
		count_change(edit, leaf->level, true);
	edit->counted.leaves += leaf->linked && !leaf->member;
	if (lm_goal_flattens(edit, leaf)) {
		count_to_pages(edit, leaf->level, 1);
		return LM_WALK_NEXT;
	}
	count_one_level(edit, leaf);
	return LM_WALK_THROUGH;
}

static int plan_change(const struct lm_pass *pass, const struct lm_walk_item *entry,
		       lm_desc_t after)
{
	if (entry->linked)
		count_change(pass->edit, entry->level,
			     after.v != lm_goal_becomes(pass->edit, entry).v);
	return 0;
}

static const struct lm_pass_ops plan_ops = {
	.counts = true,
	.enter = plan_enter,
	.dissolve = plan_dissolve,
	.split = plan_split,
	.change = plan_change,
};

/*
 * More leaves than the census knew of have gone if it was wrong: somebody has
 * changed sizes without us. Without large leaves no table leads to one.
 */
static int settle_census(struct lm_edit *edit)
{
	struct lm_census *census = &edit->census;

	edit->where = edit->range.start;
	for (int level = 0; level < LM_LEVELS; level++) {
		if ((int64_t)census->leaves[level][LM_SINGLE] < 0 ||
		    (int64_t)census->leaves[level][LM_RUN] < 0)
			return -LM_ESTALE;
	}
	if (!lm_census_has_large(census))
		lm_census_forget_tables(census);
	return 0;
}

/* Into edit->counted, and in edit->census what the region's will be. */
static int plan_by_walk(struct lm_edit *edit)
{
	struct lm_pass pass = { .edit = edit, .ops = &plan_ops };
	int err;

	if (edit->region)
		edit->census = edit->region->census;
	edit->census.tables_unknown = true;
	edit->obstacle = LM_NO_OBSTACLE;
	err = edit->goal->run(&pass);
	return err ? err : settle_census(edit);
}

/* Every table that leads to a large leaf is copied, and linked in its parent's copy. */
static void count_copies(struct lm_plan *plan, const struct lm_format *fmt,
			 const struct lm_census *now)
{
	int root = fmt->start_level;
	uint64_t in_root =
		now->leaves[root - LM_FIRST_LEVEL][LM_RUN] * lm_level(fmt, root)->run;

	if (root < LM_LAST_LEVEL)
		in_root += now->leaves[root - LM_FIRST_LEVEL][LM_SINGLE];
	plan->copied_tables[root - LM_FIRST_LEVEL] = plan->publishes > 0;
	plan->sources = plan->publishes - in_root;
	plan->publishes = in_root;
	for (int level = root + 1; level <= LM_LAST_LEVEL; level++) {
		uint64_t copies = now->large_tables[level - LM_FIRST_LEVEL];

		plan->copied_tables[level - LM_FIRST_LEVEL] = copies;
		*(level == root + 1 ? &plan->publishes : &plan->sources) += copies;
	}
}

/* The same, where the edit makes pages of all that the region's census counts. */
static int plan_by_census(struct lm_edit *edit)
{
	const struct lm_format *fmt = &edit->map->fmt;
	const struct lm_census *now = &edit->region->census;
	struct lm_plan *plan = &edit->counted;

	edit->census = *now;
	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++) {
		uint64_t runs = now->leaves[level - LM_FIRST_LEVEL][LM_RUN];
		uint64_t singles = now->leaves[level - LM_FIRST_LEVEL][LM_SINGLE];
		uint32_t run = lm_level(fmt, level)->run;

		count_dissolved(edit, level, runs, run);
		plan->leaves += runs;
		plan->publishes += runs * run;
		if (level == LM_LAST_LEVEL)
			break;
		count_to_pages(edit, level, runs * run + singles);
		plan->leaves += singles;
		plan->publishes += singles;
	}
	if (edit->way == LM_SWITCH)
		count_copies(plan, fmt, now);
	lm_census_forget_tables(&edit->census);
	return 0;
}

/* ------------------------------------------------------------- wrong edits */

static int check_exceptions(struct lm_edit *edit)
{
	struct lm_span span;

	const struct lm_range_list *exceptions = &edit->exceptions;

	if (exceptions->is_short || edit->needs.is_short)
		return -LM_EINVAL;
	/* Every leaf is to be not-global, which one range alone does not know. */
	if (!edit->goal->resizes &&
	    (exceptions->count ||
	     !lm_regime_has_two_ranges(edit->map->fmt.config.regime)))
		return -LM_EINVAL;
	for (unsigned int i = 0; i < exceptions->count; i++) {
		edit->where = exceptions->ranges[i].start;
		if (lm_span_of(edit->map, exceptions->ranges[i], &span))
			return -LM_EINVAL;
	}
	return 0;
}

/* The edit's region counts its own leaves only, so nobody else's may be in the range. */
static int find_region(struct lm_edit *edit, struct lm_span span)
{
	const struct lm_map *map = edit->map;
	struct lm_region *inner;

	/* Whose leaves they are is no matter where none changes its size. */
	if (!edit->goal->resizes)
		return 0;
	edit->where = edit->range.start;
	edit->region = lm_region_around(map, span);
	if (!edit->region)
		return -LM_EREGION;
	for (inner = map->regions; inner != edit->region; inner = inner->next) {
		struct lm_span theirs = lm_region_span(map, inner);

		edit->where = inner->range.start;
		if (lm_goal_share(edit, theirs) != LM_SHARE_NONE)
			return -LM_EREGION;
	}
	return 0;
}

static bool is_inner_region(const struct lm_edit *edit, struct lm_range range)
{
	const struct lm_region *region = edit->map->regions;

	while (region != edit->region && (region->range.start.v != range.start.v ||
					  region->range.size != range.size))
		region = region->next;
	return region != edit->region;
}

/* Whether the range is all that the region's census counts, and nothing else. */
static bool takes_region_whole(const struct lm_edit *edit)
{
	const struct lm_range *whole = &edit->region->range;

	if (edit->range.start.v != whole->start.v || edit->range.size != whole->size)
		return false;
	for (unsigned int i = 0; i < edit->exceptions.count; i++) {
		if (!is_inner_region(edit, edit->exceptions.ranges[i]))
			return false;
	}
	return true;
}

static int count(struct lm_edit *edit)
{
	bool is_whole = edit->goal == &lm_goal_pages && takes_region_whole(edit);
	bool copies_unknown = edit->way == LM_SWITCH && is_whole &&
			      edit->region->census.tables_unknown;

	edit->counted = (struct lm_plan){ 0 };
	return is_whole && !copies_unknown ? plan_by_census(edit) : plan_by_walk(edit);
}

static void add_up(struct lm_edit *edit)
{
	struct lm_plan *plan = &edit->plan;
	uint64_t per_note = lm_publishes_per_note(edit->map);
	uint64_t granules;

	if (edit->way != LM_IN_PLACE)
		plan->notes = (plan->publishes + per_note - 1) / per_note +
			      (plan->sources + per_note - 1) / per_note;
	granules = plan->notes;
	for (int level = 0; level < LM_LEVELS; level++)
		granules += plan->new_tables[level] + plan->copied_tables[level];
	plan->bytes = granules * lm_granule_size(&edit->map->fmt);
}

int lm_edit_plan(struct lm_edit *edit, enum lm_way way)
{
	struct lm_span span;
	int err;

	if (edit->state != LM_EDIT_NEW)
		return -LM_ESTATE;
	if (way >= LM_WAYS)
		return -LM_EINVAL;
	if ((way == LM_SWITCH && !edit->map->env.move) || !(edit->goal->ways & 1U << way))
		return -LM_EWAY;
	edit->where = edit->range.start;
	if (lm_span_of(edit->map, edit->range, &span) ||
	    !lm_change_is_possible(edit->map, edit->change))
		return -LM_EINVAL;
	err = check_exceptions(edit);
	if (!err)
		err = find_region(edit, span);
	if (err)
		return err;

	edit->way = way;
	err = count(edit);
	edit->plan = edit->counted;
	if (!err && edit->obstacle && !edit->plan.leaves) {
		edit->where = edit->obstacle_va;
		err = -LM_ENOLEAF;
	}
	if (err)
		return err;
	add_up(edit);
	edit->changes = lm_change_kinds(edit->map, edit->change);
	if (edit->plan.leaves)
		edit->changes |= 1U << LM_CHANGE_SIZE;
	edit->generation = edit->map->generation;
	edit->state = LM_EDIT_PLANNED;
	return 0;
}

static bool takes_the_same(const struct lm_plan *a, const struct lm_plan *b)
{
	for (int level = 0; level < LM_LEVELS; level++) {
		if (a->new_tables[level] != b->new_tables[level])
			return false;
	}
	return a->leaves == b->leaves && a->publishes == b->publishes;
}

int lm_plan_check(struct lm_edit *edit)
{
	int err;

	edit->counted = (struct lm_plan){ 0 };
	err = plan_by_walk(edit);
	if (err)
		return err;
	if (takes_the_same(&edit->counted, &edit->plan))
		return 0;
	edit->where = edit->range.start;
	return -LM_ESTALE;
}
