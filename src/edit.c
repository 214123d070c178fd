// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The life of an edit, apart from what its steps do: see plan, stage, commit. */
#include "core.h"

void lm_edit_to_pages(struct lm_edit *edit, struct lm_map *map, struct lm_range range)
{
	*edit = (struct lm_edit){ .map = map, .range = range, .reserve.map = map };
}

/* What an edit is to do cannot change once it is counted. */
static bool is_open(struct lm_edit *edit)
{
	if (edit->state != LM_EDIT_NEW)
		edit->state = LM_EDIT_SPOILED;
	return edit->state == LM_EDIT_NEW;
}

void lm_edit_except(struct lm_edit *edit, struct lm_range range)
{
	if (!is_open(edit))
		return;
	/* One too many is remembered, for the plan to refuse. */
	if (edit->exception_count < LM_EDIT_EXCEPTIONS)
		edit->exceptions[edit->exception_count] = range;
	if (edit->exception_count <= LM_EDIT_EXCEPTIONS)
		edit->exception_count++;
}

void lm_edit_needs(struct lm_edit *edit, struct lm_range range)
{
	if (!is_open(edit))
		return;
	if (edit->need_count < LM_EDIT_NEEDS)
		edit->needs[edit->need_count] = range;
	if (edit->need_count <= LM_EDIT_NEEDS)
		edit->need_count++;
}

void lm_edit_locked(struct lm_edit *edit)
{
	edit->locked = is_open(edit);
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
	err = lm_reserve_fill(&edit->reserve, edit->map, tables, edit->plan.notes);
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

int lm_edit_release(struct lm_edit *edit)
{
	if (edit->map->window)
		return -LM_EWINDOW;
	if (edit->committed)
		lm_stage_retire(edit);
	else
		lm_stage_undo(edit);
	lm_publishes_free(edit->map, &edit->publishes);
	lm_publishes_free(edit->map, &edit->sources);
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

uint64_t lm_edit_tables_left(const struct lm_edit *edit)
{
	return lm_reserve_tables_left(&edit->reserve);
}
