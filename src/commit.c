// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What happens while the machine is stopped. Everything is checked before the
 * first store to a live table; behind it nothing can fail.
 */
#include "core.h"

/* -------------------------------------------------------------------- live */

static int is_stale(void *ctx, const struct lm_publish *publish)
{
	struct lm_edit *edit = ctx;

	if (lm_arch_load(publish->slot).v == publish->before.v)
		return 0;
	edit->where = publish->va;
	return -LM_ESTALE;
}

static int publish_without_hint(void *ctx, const struct lm_publish *publish)
{
	const struct lm_edit *edit = ctx;

	if (lm_desc_is_contiguous(publish->before))
		lm_arch_store(&edit->map->env, publish->slot,
			      lm_desc_without_hint(publish->before));
	return 0;
}

static int publish_table(void *ctx, const struct lm_publish *publish)
{
	const struct lm_edit *edit = ctx;

	if (lm_desc_is_table(publish->after, publish->level))
		lm_arch_store(&edit->map->env, publish->slot, publish->after);
	return 0;
}

static int check_live(struct lm_edit *edit)
{
	return lm_publishes_for_each(edit, is_stale, edit);
}

/*
 * A hint must be gone from a whole run before one member changes: a walker that
 * sees a mixed run may use either size for any member.
 */
static int commit_live(struct lm_edit *edit)
{
	lm_publishes_for_each(edit, publish_without_hint, edit);
	lm_arch_barrier(&edit->map->env, LM_DSB_ISHST);
	lm_publishes_for_each(edit, publish_table, edit);
	return 0;
}

/* ---------------------------------------------------------------- in place */

static int in_place_dissolve(const struct lm_split *split, struct lm_walk_item *run)
{
	const struct lm_env *env = &split->edit->map->env;

	for (uint32_t i = 0; i < run->entries; i++)
		lm_arch_store(env, &run->slot[i],
			      lm_desc_without_hint(lm_arch_load(&run->slot[i])));
	lm_arch_barrier(env, LM_DSB_ISHST);
	return LM_WALK_MEMBERS;
}

static int in_place_split(const struct lm_split *split, struct lm_walk_item *leaf)
{
	const struct lm_env *env = &split->edit->map->env;
	int next = lm_split_new_table(split->edit, leaf);

	if (next < 0)
		return next;
	/* The table's contents must be visible before the descriptor that links it. */
	lm_arch_barrier(env, LM_DSB_ISHST);
	lm_arch_store(env, leaf->slot, leaf->desc);
	return next;
}

static int in_place_keep(const struct lm_split *split, struct lm_walk_item *member)
{
	(void)split;
	(void)member;
	return LM_WALK_NEXT;
}

static const struct lm_split_ops in_place_ops = {
	.dissolve = in_place_dissolve,
	.split = in_place_split,
	.keep = in_place_keep,
};

static bool takes_the_same(const struct lm_plan *a, const struct lm_plan *b)
{
	for (int level = 0; level < LM_LEVELS; level++) {
		if (a->new_tables[level] != b->new_tables[level])
			return false;
	}
	return a->leaves == b->leaves && a->publishes == b->publishes;
}

/* The reserve fits only what was planned, so count again what is there. */
static int check_in_place(struct lm_edit *edit)
{
	struct lm_census census;
	struct lm_plan now;
	int err = lm_plan_by_walk(edit, &now, &census);

	if (err)
		return err;
	if (takes_the_same(&now, &edit->plan))
		return 0;
	edit->where = edit->range.start;
	return -LM_ESTALE;
}

static int commit_in_place(struct lm_edit *edit)
{
	struct lm_split split = { .edit = edit, .ops = &in_place_ops };

	return lm_split_walk(&split);
}

/* -------------------------------------------------------------------- both */

/*
 * Blocks became tables, so what a TLB may hold is not last-level entries alone:
 * only an all-level invalidation will do. The DSB before it makes sure that
 * nobody fetches the old entries again, the one behind it that all TLBs have
 * taken notice before anybody is let go.
 */
static void invalidate(const struct lm_map *map)
{
	lm_arch_barrier(&map->env, LM_DSB_ISHST);
	lm_arch_tlbi_all(&map->env);
	lm_arch_barrier(&map->env, LM_DSB_ISH);
	lm_arch_barrier(&map->env, LM_ISB);
}

static int check(const struct lm_window *window, struct lm_edit *edit)
{
	int err;

	if (edit->state != LM_EDIT_STAGED)
		return -LM_ESTATE;
	if (edit->map->window != window)
		return -LM_EWINDOW;
	if (edit->generation != edit->map->generation)
		return -LM_ESTALE;
	err = lm_window_check_sizes(window, &edit->culprit);
	if (err)
		return err;
	return edit->way == LM_IN_PLACE ? check_in_place(edit) : check_live(edit);
}

int lm_edit_commit(struct lm_window *window, struct lm_edit *edit)
{
	int err = check(window, edit);

	if (err)
		return err;
	err = edit->way == LM_IN_PLACE ? commit_in_place(edit) : commit_live(edit);
	invalidate(edit->map);
	edit->region->census = edit->census;
	edit->map->generation++;
	edit->state = LM_EDIT_COMMITTED;
	return err;
}
