// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The life of an edit, apart from what its steps do: see plan, stage, commit. */
#include "core.h"

/* What an edit does cannot change after it is counted. */
static bool is_open(struct lm_edit *edit)
{
	if (edit->state != LM_EDIT_NEW)
		edit->state = LM_EDIT_SPOILED;
	return edit->state == LM_EDIT_NEW;
}

static void add_range(struct lm_edit *edit, struct lm_range_list *list,
		      struct lm_range range)
{
	if (!is_open(edit))
		return;
	/* lm_edit_plan() refuses this. */
	list->is_short = list->count == LM_EDIT_RANGES;
	if (!list->is_short)
		list->ranges[list->count++] = range;
}

void lm_edit_except(struct lm_edit *edit, struct lm_range range)
{
	add_range(edit, &edit->exceptions, range);
}

void lm_edit_needs(struct lm_edit *edit, struct lm_range range)
{
	add_range(edit, &edit->needs, range);
}

void lm_edit_locked(struct lm_edit *edit)
{
	edit->locked = is_open(edit);
}

void lm_edit_deposit(struct lm_edit *edit, struct lm_reserve *deposit)
{
	if (is_open(edit))
		edit->reserve.deposit = deposit;
}

int lm_edit_reserve(struct lm_edit *edit)
{
	uint64_t tables[LM_LEVELS];
	int err;

	if (edit->state != LM_EDIT_PLANNED)
		return -LM_ESTATE;
	if (edit->generation != edit->map->generation)
		return -LM_ESTALE;
	for (int level = 0; level < LM_LEVELS; level++)
		tables[level] =
			edit->plan.new_tables[level] + edit->plan.copied_tables[level];
	err = lm_reserve_fill(&edit->reserve, tables, edit->plan.log_granules);
	if (!err)
		edit->state = LM_EDIT_RESERVED;
	return err;
}

int lm_edit_prepare(struct lm_edit *edit, enum lm_way way)
{
	int err = lm_edit_plan(edit, way);

	if (!err)
		err = lm_edit_reserve(edit);
	if (!err)
		err = lm_edit_stage(edit);
	return err;
}

uint64_t lm_edit_tables_left(const struct lm_edit *edit)
{
	return lm_reserve_tables_left(&edit->reserve);
}
