// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Filling the new tables before the stop. Live tables are read here and never
 * written: what they need goes to the list of publishes.
 */
#include "core.h"

/* The live entry at @item changes when the edit is committed, a new one does now. */
static int put(const struct lm_split *split, const struct lm_walk_item *item, lm_desc_t before,
	       lm_desc_t after)
{
	struct lm_publish publish = { item->slot, before, after, item->va, item->level };

	if (item->linked)
		return lm_publishes_add(split->edit, &publish);
	*item->slot = after;
	lm_arch_wrote(&split->edit->map->env, item->slot);
	return 0;
}

static int stage_dissolve(const struct lm_split *split, struct lm_walk_item *run)
{
	(void)split;
	(void)run;
	return LM_WALK_MEMBERS;
}

static int stage_split(const struct lm_split *split, struct lm_walk_item *leaf)
{
	lm_desc_t before = leaf->desc;
	int next = lm_split_new_table(split->edit, leaf);
	int err;

	if (next < 0)
		return next;
	err = put(split, leaf, before, leaf->desc);
	return err ? err : next;
}

static int stage_keep(const struct lm_split *split, struct lm_walk_item *member)
{
	int err = put(split, member, member->desc, lm_desc_without_hint(member->desc));

	return err ? err : LM_WALK_NEXT;
}

static const struct lm_split_ops stage_ops = {
	.dissolve = stage_dissolve,
	.split = stage_split,
	.keep = stage_keep,
};

/*
 * In place fills nothing before the stop, but what would be refused there is
 * better refused here.
 */
static int stage_nothing(struct lm_edit *edit)
{
	struct lm_census census;
	struct lm_plan plan;

	return lm_plan_by_walk(edit, &plan, &census);
}

int lm_edit_stage(struct lm_edit *edit)
{
	struct lm_split split = { .edit = edit, .ops = &stage_ops };
	int err;

	if (edit->state != LM_EDIT_RESERVED)
		return -LM_ESTATE;
	if (edit->map->window)
		return -LM_EWINDOW;
	if (edit->generation != edit->map->generation)
		return -LM_ESTALE;

	edit->state = LM_EDIT_STAGING;
	err = edit->way == LM_IN_PLACE ? stage_nothing(edit) : lm_split_walk(&split);
	if (err)
		return err;
	/* Here and not in the stop: what is published later is visible by then. */
	lm_arch_barrier(&edit->map->env, LM_DSB_ISHST);
	edit->state = LM_EDIT_STAGED;
	return 0;
}

/* ---------------------------------------------------------------- undoing */

/* Tables that were entered and are to be freed once nothing below is left to visit. */
struct undo {
	struct lm_edit *edit;
	lm_pa_t entered[LM_LEVELS];
};

static void free_entered_below(struct undo *undo, int level)
{
	const struct lm_env *env = &undo->edit->map->env;

	for (int below = LM_LAST_LEVEL; below > level; below--) {
		lm_pa_t *table = &undo->entered[below - LM_FIRST_LEVEL];

		if (table->v)
			env->free(env->ctx, below, *table, 1, LM_UNUSED);
		table->v = 0;
	}
}

static int undo_visit(void *ctx, struct lm_walk_item *item)
{
	struct undo *undo = ctx;

	free_entered_below(undo, item->level);
	if (!lm_item_is_table(item))
		return LM_WALK_NEXT;
	undo->entered[item->level + 1 - LM_FIRST_LEVEL] = lm_desc_oa(item->desc);
	return LM_WALK_DESCEND;
}

static int undo_publish(void *ctx, const struct lm_publish *publish)
{
	struct undo undo = { .edit = ctx };

	if (!lm_desc_is_table(publish->after, publish->level))
		return 0;
	undo.entered[publish->level + 1 - LM_FIRST_LEVEL] = lm_desc_oa(publish->after);
	lm_walk_below(undo.edit->map, publish->after, publish->level, publish->va, undo_visit,
		      &undo);
	free_entered_below(&undo, publish->level);
	return 0;
}

void lm_stage_undo(struct lm_edit *edit)
{
	lm_publishes_for_each(edit, undo_publish, edit);
}
