// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Planning: what an edit needs before it allocates anything, from the census where the
 * edit covers a whole region, else by a walk. Both find the same numbers.
 */
#include "core.h"

/* Whether its members differ only in what they map. */
static bool is_uniform(const struct lm_map *map, const struct lm_walk_item *run)
{
	uint64_t oa_bits = map->fmt.oa.in_place | map->fmt.oa.moved;

	return !(lm_members_differ(map, run) & ~oa_bits);
}

/* What becomes pages is counted without going down. */
static int plan_to_pages(struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	lm_count_change(edit, leaf, leaf->level < LM_LAST_LEVEL);
	lm_count_to_pages(edit, leaf->level, leaf->entries);
	return LM_WALK_NEXT;
}

/* A whole run if nothing of it stays large, else member by member. */
static int plan_unfold(const struct lm_pass *pass, struct lm_walk_item *run)
{
	struct lm_edit *edit = pass->edit;

	if (!lm_goal_flattens(edit, run) || !is_uniform(edit->map, run))
		return LM_WALK_MEMBERS;
	return plan_to_pages(edit, run);
}

static int plan_split(const struct lm_pass *pass, struct lm_walk_item *leaf)
{
	struct lm_edit *edit = pass->edit;

	if (lm_goal_flattens(edit, leaf))
		return plan_to_pages(edit, leaf);
	lm_count_change(edit, leaf, true);
	lm_count_one_level(edit, leaf);
	return LM_WALK_THROUGH;
}

static int plan_change(const struct lm_pass *pass, const struct lm_walk_item *entry,
		       lm_desc_t after)
{
	(void)pass;
	(void)entry;
	(void)after;
	return 0;
}

static const struct lm_pass_ops plan_ops = {
	.counts = true,
	.unfold = plan_unfold,
	.split = plan_split,
	.change = plan_change,
};

/* Fill edit->counted, and edit->census with what the region's census will be. */
static int plan_by_walk(struct lm_edit *edit)
{
	struct lm_pass pass = { .edit = edit, .ops = &plan_ops };
	int err;

	lm_count_begin(edit);
	edit->obstacle = LM_NO_OBSTACLE;
	err = edit->goal->run(&pass);
	return err ? err : lm_count_end(edit);
}

/*
 * The same, where the edit makes pages of all that the region's census counts. Every
 * table that leads to a large leaf is copied.
 */
static int plan_by_census(struct lm_edit *edit)
{
	const struct lm_format *fmt = &edit->map->fmt;
	const struct lm_census *now = &edit->region->census;
	struct lm_plan *plan = &edit->counted;
	int root = fmt->start_level;

	lm_count_begin(edit);
	for (int level = root; level <= LM_LAST_LEVEL; level++) {
		const uint64_t *leaves = now->leaves[level - LM_FIRST_LEVEL];
		uint32_t run = lm_level(fmt, level)->run;
		uint64_t entries = leaves[LM_RUN] * run;

		lm_count_unfolded(edit, level, leaves[LM_RUN], run);
		plan->leaves += leaves[LM_RUN];
		if (level < LM_LAST_LEVEL) {
			entries += leaves[LM_SINGLE];
			plan->leaves += leaves[LM_SINGLE];
			lm_count_to_pages(edit, level, entries);
		} else {
			entries += now->stray_hints;
			plan->leaves += now->stray_hints;
		}
		lm_count_replaced(edit, level, entries, level < LM_LAST_LEVEL);
		if (lm_edit_copies(edit) && level > root)
			lm_count_copied(edit, level,
					now->large_tables[level - LM_FIRST_LEVEL]);
	}
	if (lm_edit_copies(edit) && plan->updates && !lm_edit_port_clone(edit))
		plan->copied_tables[root - LM_FIRST_LEVEL] = 1;
	edit->census.stray_hints = 0;
	lm_census_forget_tables(&edit->census);
	return 0;
}

/* ------------------------------------------------------------- wrong edits */

static int check_lists(struct lm_edit *edit)
{
	const struct lm_range_list *lists[] = { &edit->exceptions, &edit->needs };

	for (unsigned int i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!lists[i]->is_wrong)
			continue;
		edit->where = lists[i]->wrong.start;
		return -LM_EINVAL;
	}
	return 0;
}

/* In ascending order, inside the edit's range, without overlaps. */
static int check_parts(struct lm_edit *edit)
{
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);
	struct lm_span left, span;
	int err = lm_span_of(edit->map, edit->range, &left);

	edit->where = edit->range.start;
	edit->part = 0;
	if (err || !count)
		return -LM_EINVAL;
	for (size_t i = 0; i < count; i++) {
		edit->part = i;
		edit->where = parts[i].start;
		if (lm_span_of(edit->map, parts[i], &span) ||
		    !lm_span_contains(left, span))
			return -LM_EINVAL;
		left.start = span.end;
	}
	return 0;
}

/* Whether all parts are in the edit's region. */
static int check_in_region(struct lm_edit *edit)
{
	struct lm_span region = lm_region_span(edit->map, edit->region);
	const struct lm_range *parts;
	size_t count = lm_edit_parts(edit, &parts);

	for (size_t i = 0; i < count; i++) {
		edit->part = i;
		edit->where = parts[i].start;
		if (!lm_span_contains(region, lm_span_checked(edit->map, parts[i])))
			return -LM_EREGION;
	}
	return 0;
}

static bool changes_in(const struct lm_edit *edit, struct lm_span span)
{
	return lm_spans_overlap(span, lm_edit_walked(edit)) &&
	       lm_goal_covers(edit, span) != LM_COVERS_NONE;
}

static int refuse_region(struct lm_edit *edit, const struct lm_region *inner)
{
	struct lm_span theirs = lm_region_span(edit->map, inner);

	edit->where = inner->range.start;
	edit->part = lm_goal_part(edit, lm_goal_next(edit, theirs.start));
	return -LM_EREGION;
}

/*
 * The edit's region counts only its own leaves, so no other region's may be in the parts.
 */
static int find_region(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	const struct lm_range *parts;
	struct lm_region *inner;
	int err;

	/* Where no leaf changes its size, the region does not matter. */
	if (!edit->goal->resizes)
		return 0;
	lm_edit_parts(edit, &parts);
	edit->part = 0;
	edit->where = parts->start;
	edit->region = lm_region_around(map, lm_span_checked(map, *parts));
	if (!edit->region)
		return -LM_EREGION;
	err = check_in_region(edit);
	for (inner = map->regions; !err && inner != edit->region; inner = inner->next) {
		if (changes_in(edit, lm_region_span(map, inner)))
			err = refuse_region(edit, inner);
	}
	return err;
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

	if (edit->has_parts || edit->range.start.v != whole->start.v ||
	    edit->range.size != whole->size)
		return false;
	for (unsigned int i = 0; i < edit->exceptions.count; i++) {
		if (!is_inner_region(edit, edit->exceptions.ranges[i]))
			return false;
	}
	return true;
}

static int count(struct lm_edit *edit)
{
	bool is_whole = edit->goal->flattens && takes_region_whole(edit);
	bool copies_unknown = lm_edit_copies(edit) && is_whole &&
			      edit->region->census.tables_unknown;

	return is_whole && !copies_unknown ? plan_by_census(edit) : plan_by_walk(edit);
}

static void add_up(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	struct lm_plan *plan = &edit->plan;
	uint64_t per_granule = lm_updates_per_granule(map);
	uint64_t tables = 0;
	uint64_t copies = 0;

	for (int level = 0; level < LM_LEVELS; level++) {
		tables += plan->new_tables[level];
		copies += plan->copied_tables[level];
	}
	tables += copies;
	/* The root's clone also serves as the root's snapshot. */
	copies -= plan->copied_tables[map->fmt.start_level - LM_FIRST_LEVEL];
	if (edit->way != LM_IN_PLACE) {
		const uint64_t lists[] = { plan->updates, plan->replaced, copies };

		plan->log_granules = edit->locked ? 0 : copies;
		for (unsigned int i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
			plan->log_granules += (lists[i] + per_granule - 1) / per_granule;
	}
	plan->bytes = (tables + plan->log_granules) * lm_granule_size(&map->fmt);
}

/* What the embedder must have for a way: callbacks, and the lock's promise. */
static bool has_what_it_takes(const struct lm_edit *edit, enum lm_way way)
{
	const struct lm_env *env = &edit->map->env;

	if (way == LM_ROLL)
		return env->roller && edit->locked &&
		       (env->roller->clone || !env->roller->settle);
	return way != LM_SWITCH || env->move;
}

int lm_edit_plan(struct lm_edit *edit, enum lm_way way)
{
	int err;

	if (edit->state != LM_EDIT_NEW)
		return -LM_ESTATE;
	if (way >= LM_WAYS || !(edit->goal->ways & 1U << way) ||
	    !has_what_it_takes(edit, way))
		return -LM_EWAY;
	err = check_parts(edit);
	if (!err)
		err = lm_change_check(edit->map, edit->change);
	if (!err)
		err = check_lists(edit);
	if (!err && edit->goal->check)
		err = edit->goal->check(edit);
	if (!err)
		err = find_region(edit);
	if (err)
		return err;

	edit->way = way;
	edit->changes = lm_goal_kinds(edit);
	err = count(edit);
	edit->plan = edit->counted;
	if (!err && edit->obstacle && !edit->plan.leaves) {
		edit->where = edit->obstacle_va;
		err = -LM_ENOLEAF;
	}
	if (err)
		return err;
	if (way == LM_ROLL && lm_rules_check(edit->changes, LM_WALKED_BY_NONE, true))
		return -LM_EUNSAFE;
	add_up(edit);
	edit->planned = edit->census;
	if (edit->plan.leaves && !edit->goal->unmaps)
		edit->changes |= 1U << LM_CHANGE_SIZE;
	edit->generation = edit->map->generation;
	edit->state = LM_EDIT_PLANNED;
	return 0;
}

static int refuse_stale(struct lm_edit *edit)
{
	edit->where = edit->range.start;
	return -LM_ESTALE;
}

int lm_plan_recount(struct lm_edit *edit)
{
	unsigned int changes = edit->changes;
	int err = plan_by_walk(edit);

	if (!err)
		err = lm_count_compare(edit);
	return !err && edit->changes != changes ? refuse_stale(edit) : err;
}

/* What comes in the place of a leaf that goes is staged, and nobody else writes it. */
static int recheck_goes(const struct lm_pass *pass, struct lm_walk_item *leaf)
{
	lm_count_change(pass->edit, leaf, true);
	return LM_WALK_NEXT;
}

static const struct lm_pass_ops recheck_ops = {
	.counts = true,
	.unfold = recheck_goes,
	.split = recheck_goes,
	.change = plan_change,
};

int lm_plan_recheck(struct lm_edit *edit)
{
	struct lm_pass pass = { .edit = edit, .ops = &recheck_ops };
	unsigned int changes = edit->changes;
	int err;

	edit->counted = (struct lm_plan){ 0 };
	err = edit->goal->run(&pass);
	/* Of that half was counted now, and all of it when it was staged. */
	edit->census = edit->planned;
	if (err)
		return err;
	if (edit->counted.leaves != edit->plan.leaves ||
	    edit->counted.updates != edit->plan.updates || edit->changes != changes)
		return refuse_stale(edit);
	return 0;
}
