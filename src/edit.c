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

/* lm_edit_plan() refuses it. */
static void record_wrong(struct lm_range_list *list, struct lm_range range)
{
	if (!list->is_wrong)
		list->wrong = range;
	list->is_wrong = true;
}

/* Insert @range at @index of @list. */
static void insert(struct lm_range_list *list, unsigned int index, struct lm_range range)
{
	if (list->count == LM_EDIT_RANGES) {
		record_wrong(list, range);
		return;
	}
	for (unsigned int i = list->count++; i > index; i--)
		list->ranges[i] = list->ranges[i - 1];
	list->ranges[index] = range;
}

static void take_out(struct lm_range_list *list, unsigned int index)
{
	list->count--;
	for (unsigned int i = index; i < list->count; i++)
		list->ranges[i] = list->ranges[i + 1];
}

void lm_edit_only(struct lm_edit *edit, const struct lm_range *parts, size_t count)
{
	if (!is_open(edit))
		return;
	edit->has_parts = true;
	edit->parts = parts;
	edit->part_count = count;
}

/*
 * Exceptions are sorted, and those that overlap are one, so that it is quick to find the
 * one at some address. Adjacent ones stay as they are: each may be a region.
 */
void lm_edit_except(struct lm_edit *edit, struct lm_range range)
{
	struct lm_range_list *list = &edit->exceptions;
	struct lm_span span;
	unsigned int i = 0;

	if (!is_open(edit))
		return;
	if (lm_span_of(edit->map, range, &span)) {
		record_wrong(list, range);
		return;
	}
	while (i < list->count) {
		struct lm_span other = lm_span_checked(edit->map, list->ranges[i]);

		if (other.start >= span.end)
			break;
		if (lm_spans_overlap(other, span)) {
			span = lm_span_around(span, other);
			take_out(list, i);
		} else {
			i++;
		}
	}
	insert(list, i, lm_range_of(edit->map, span));
}

void lm_edit_needs(struct lm_edit *edit, struct lm_range range)
{
	if (is_open(edit))
		insert(&edit->needs, edit->needs.count, range);
}

void lm_edit_locked(struct lm_edit *edit)
{
	if (is_open(edit))
		edit->locked = true;
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
