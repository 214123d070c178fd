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

/* Whether a table that goes cannot be read any more, which its return needs. */
static bool loses_table(const struct lm_edit *edit, lm_desc_t table)
{
	return lm_edit_unmaps(edit, byte_at(edit, lm_table_of(edit->map, table)));
}

static int going_visit(void *ctx, struct lm_walk_item *item)
{
	if (!lm_item_is_table(item))
		return LM_WALK_NEXT;
	if (loses_table(ctx, item->desc))
		return -LM_ESELF;
	return item->level + 1 < LM_LAST_LEVEL ? LM_WALK_DESCEND : LM_WALK_NEXT;
}

/* The same of all tables that an update retires. */
__attribute__((__noinline__)) static bool loses_tables(struct lm_edit *edit,
						       const struct lm_update *update)
{
	lm_desc_t table = update->before;

	if (!edit->goal->unmaps || !lm_desc_is_table(table, update->level) ||
	    lm_update_is_copy(update))
		return false;
	return loses_table(edit, table) ||
	       lm_walk_below(edit->map, table, update->level, update->va, going_visit,
			     edit) == -LM_ESELF;
}

/* What a list is in. */
static int check_log(struct lm_edit *edit, const struct lm_update_list *list)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, list)
	{
		edit->where = update->va;
		if (check_memory(edit, update, sizeof(*update)))
			return -LM_ESELF;
	}
	return 0;
}

/* The entries of each update, and what goes with them. */
static int check_updates(struct lm_edit *edit, const struct lm_update_list *list)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, list)
	{
		size_t size = update->entries * sizeof(*update->slot);

		edit->where = update->va;
		if (check_memory(edit, update->slot, size) || loses_tables(edit, update))
			return -LM_ESELF;
	}
	return 0;
}

int lm_self_cover_check(struct lm_edit *edit)
{
	uintptr_t commit = (uintptr_t)lm_edit_commit;

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
	if (check_log(edit, &edit->updates) || check_log(edit, &edit->replaced) ||
	    check_log(edit, &edit->copies) || check_updates(edit, &edit->updates) ||
	    check_updates(edit, &edit->replaced))
		return -LM_ESELF;
	return 0;
}
