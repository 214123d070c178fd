// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether an edit takes away the mapping of something that it needs meanwhile. */
#include "core.h"

/* A break takes away for a while what it changes; every way takes away what it unmaps. */
static bool takes_away(const struct lm_edit *edit, struct lm_range range)
{
	return edit->way == LM_BREAK ? lm_edit_touches(edit, range) :
				       lm_edit_unmaps(edit, range);
}

static struct lm_range byte_at(const struct lm_edit *edit, const void *byte)
{
	const struct lm_env *env = &edit->map->env;
	struct lm_range range = { { (uintptr_t)byte }, 1 };

	if (env->address)
		range.start = env->address(env->ctx, byte);
	return range;
}

/* Of something smaller than a page, checking both ends is enough. */
static int check_memory(const struct lm_edit *edit, const void *memory, size_t size)
{
	const char *first = memory;

	if (takes_away(edit, byte_at(edit, first)) ||
	    takes_away(edit, byte_at(edit, first + size - 1)))
		return -LM_ESELF;
	return 0;
}

/* Whether a table cannot be reached any more: to return it, or for the next edit. */
static bool loses_table(const struct lm_edit *edit, lm_pa_t table)
{
	return lm_edit_unmaps(edit, byte_at(edit, lm_table(edit->map, table)));
}

static int check_table_visit(void *ctx, struct lm_walk_item *item)
{
	const struct lm_edit *edit = ctx;

	if (!lm_item_is_table(item))
		return LM_WALK_NEXT;
	if (loses_table(edit, lm_table_pa(edit->map, item->desc)))
		return -LM_ESELF;
	return item->level + 1 < LM_LAST_LEVEL ? LM_WALK_DESCEND : LM_WALK_NEXT;
}

/* The tables that @desc, an entry of an update before or after it, leads to. */
static LM_NOINLINE int check_tables(struct lm_edit *edit, const struct lm_update *update,
				    lm_desc_t desc)
{
	if (!lm_desc_is_table(desc, update->level))
		return 0;
	if (loses_table(edit, lm_table_pa(edit->map, desc)))
		return -LM_ESELF;
	if (update->level + 1 == LM_LAST_LEVEL)
		return 0;
	return lm_walk_below(edit->map, desc, update->level, update->va,
			     check_table_visit, edit);
}

/* The entries of an update, its place in the log, the tables that go and that come. */
static int check_update(struct lm_edit *edit, const struct lm_update *update)
{
	int err = check_memory(edit, update, sizeof(*update));

	if (!err)
		err = check_memory(edit, update->slot,
				   update->entries * sizeof(*update->slot));
	if (err || !edit->goal->unmaps || lm_update_is_copy(update))
		return err;
	err = check_tables(edit, update, update->before);
	return err ? err : check_tables(edit, update, update->after);
}

static int check_updates(struct lm_edit *edit, const struct lm_update_list *list)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, list)
	{
		int err = check_update(edit, update);

		edit->where = update->va;
		if (err)
			return err;
	}
	return 0;
}

/* What was copied, the copy, and the snapshot; what is below both is in other lists. */
static LM_NOINLINE int check_copies(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	const struct lm_update *copied;
	const struct lm_log *log;

	lm_for_each_update(copied, log, &edit->copies)
	{
		edit->where = copied->va;
		if (check_memory(edit, copied, sizeof(*copied)) ||
		    loses_table(edit, lm_table_pa(map, copied->before)) ||
		    loses_table(edit, lm_table_pa(map, copied->after)) ||
		    (!edit->locked && loses_table(edit, copied->snapshot)))
			return -LM_ESELF;
	}
	return 0;
}

/* What the edit returns besides: the clone, and memory that its log did not take. */
static LM_NOINLINE int check_rest(struct lm_edit *edit)
{
	struct lm_reserve left = edit->reserve; /* to look at its memory, and take none */
	lm_pa_t first;

	edit->where = edit->range.start;
	if (edit->clone.tables && loses_table(edit, edit->clone.first))
		return -LM_ESELF;
	while (lm_reserve_take(&left, LM_LEVEL_NONE, SIZE_MAX, &first)) {
		if (loses_table(edit, first))
			return -LM_ESELF;
	}
	return 0;
}

int lm_self_cover_check(struct lm_edit *edit)
{
	uintptr_t commit = (uintptr_t)lm_edit_commit;
	int err;

	for (unsigned int i = 0; i < edit->needs.count; i++) {
		edit->where = edit->needs.ranges[i].start;
		if (takes_away(edit, edit->needs.ranges[i]))
			return -LM_ESELF;
	}
	edit->where = edit->range.start;
	/* What linmap itself uses, the stack, and the code. */
	if (check_memory(edit, edit, sizeof(*edit)) ||
	    check_memory(edit, edit->map, sizeof(*edit->map)) ||
	    check_memory(edit, &commit, sizeof(commit)) ||
	    check_memory(edit, (const void *)commit, 1))
		return -LM_ESELF;
	err = check_rest(edit);
	if (!err)
		err = check_updates(edit, &edit->updates);
	if (!err)
		err = check_updates(edit, &edit->replaced);
	return err ? err : check_copies(edit);
}
