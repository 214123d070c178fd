// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Returning tables: before a commit those that would have been published, after it those
 * that were replaced. Only when no CPU can reach them any more.
 */
#include "core.h"

static void give_back(const struct lm_edit *edit, int level, lm_pa_t table)
{
	struct lm_table_run one = { table, 1 };

	lm_reserve_give_back(&edit->reserve, level, one,
			     edit->committed ? LM_RETIRED : LM_UNUSED);
}

/*
 * Tables that were entered; they are returned when nothing below them is left to visit.
 */
struct entered {
	const struct lm_edit *edit;
	lm_pa_t tables[LM_LEVELS];
	bool is_there[LM_LEVELS];
};

static void give_back_below(struct entered *entered, int level)
{
	for (int below = LM_LAST_LEVEL; below > level; below--) {
		int i = below - LM_FIRST_LEVEL;

		if (entered->is_there[i])
			give_back(entered->edit, below, entered->tables[i]);
		entered->is_there[i] = false;
	}
}

static int give_back_visit(void *ctx, struct lm_walk_item *item)
{
	struct entered *entered = ctx;
	int below = item->level + 1;

	give_back_below(entered, item->level);
	if (!lm_item_is_table(item))
		return LM_WALK_NEXT;
	entered->tables[below - LM_FIRST_LEVEL] =
		lm_table_pa(entered->edit->map, item->desc);
	entered->is_there[below - LM_FIRST_LEVEL] = true;
	/* Pages have no tables below them. */
	return below == LM_LAST_LEVEL ? LM_WALK_NEXT : LM_WALK_DESCEND;
}

/*
 * Return the table @desc that an update leaves unused, and all tables below it, if it took a
 * leaf's place, or a leaf took its place. What is below a copy and its original belongs
 * to both: those two are in a list of their own.
 */
static void give_back_all(const struct lm_edit *edit, const struct lm_update *update,
			  lm_desc_t desc)
{
	struct entered entered = { .edit = edit };

	lm_walk_below(edit->map, desc, update->level, update->va, give_back_visit,
		      &entered);
	give_back_below(&entered, update->level);
	give_back(edit, update->level + 1, lm_table_pa(edit->map, desc));
}

static int give_back_update(void *ctx, const struct lm_update *update)
{
	const struct lm_edit *edit = ctx;
	lm_desc_t desc = edit->committed ? update->before : update->after;

	if (lm_desc_is_table(desc, update->level) && !lm_update_is_copy(update))
		give_back_all(edit, update, desc);
	return 0;
}

/* If copying was not completed, there is nothing to return. */
static int give_back_copy(void *ctx, const struct lm_update *copied)
{
	const struct lm_edit *edit = ctx;
	struct lm_table_run snapshot = { copied->snapshot, 1 };

	if (!copied->after.v)
		return 0;
	give_back(edit, copied->level + 1,
		  lm_table_pa(edit->map,
			      edit->committed ? copied->before : copied->after));
	if (!edit->locked)
		lm_reserve_give_back(&edit->reserve, LM_LEVEL_NONE, snapshot, LM_UNUSED);
	return 0;
}

/* CPUs that a roll could not take back may still walk what is to be released. */
static int take_back(struct lm_edit *edit)
{
	const struct lm_roller *roller = edit->map->env.roller;
	int err;

	if (edit->map->away != edit)
		return 0;
	err = roller->back(roller->ctx, &edit->culprit);
	if (!err)
		edit->map->away = NULL;
	return err;
}

int lm_edit_release(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	int err;

	if (map->window)
		return -LM_EWINDOW;
	err = take_back(edit);
	if (err)
		return err;
	lm_updates_free(edit, &edit->updates, give_back_update);
	lm_updates_free(edit, &edit->replaced, give_back_update);
	lm_updates_free(edit, &edit->copies, give_back_copy);
	if (edit->clone.tables && !lm_edit_port_clone(edit))
		lm_reserve_give_back(&edit->reserve, map->fmt.start_level, edit->clone,
				     LM_UNUSED);
	edit->clone.tables = 0;
	lm_reserve_empty(&edit->reserve);
	edit->state = LM_EDIT_RELEASED;
	return 0;
}

int lm_edit_abort(struct lm_edit *edit)
{
	if (edit->committed)
		return -LM_ESTATE;
	return lm_edit_release(edit);
}
