// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does what is about to change map what is needed meanwhile? */
#include "core.h"

struct search {
	const struct lm_edit *edit;
	bool found;
};

static int search_visit(void *ctx, struct lm_walk_item *item)
{
	struct search *search = ctx;

	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	if (lm_item_is_leaf(search->edit->map, item) &&
	    lm_goal_splits(search->edit, item))
		search->found = true;
	return LM_WALK_NEXT;
}

bool lm_edit_touches(const struct lm_edit *edit, struct lm_range range)
{
	uint64_t in_page = lm_granule_size(&edit->map->fmt) - 1;
	uint64_t end = (range.start.v + range.size + in_page) & ~in_page;
	struct search search = { .edit = edit };

	range.start.v &= ~in_page;
	range.size = end - range.start.v;
	/* What another half or map translates is not touched: lm_walk() refuses it. */
	lm_walk(edit->map, range, search_visit, &search);
	return search.found;
}

static bool touches_memory(const struct lm_edit *edit, const void *memory)
{
	const struct lm_env *env = &edit->map->env;
	lm_va_t va = { (uintptr_t)memory };

	if (env->address)
		va = env->address(env->ctx, memory);
	return lm_edit_touches(edit, (struct lm_range){ va, 1 });
}

static int check_memory(struct lm_edit *edit, const void *memory)
{
	return touches_memory(edit, memory) ? -LM_ESELF : 0;
}

static int check_note(void *ctx, const void *note)
{
	return check_memory(ctx, note);
}

static int check_slot(void *ctx, const struct lm_publish *publish)
{
	struct lm_edit *edit = ctx;

	edit->where = publish->va;
	return check_memory(edit, publish->slot);
}

int lm_self_cover_check(struct lm_edit *edit)
{
	int err;

	for (unsigned int i = 0; i < edit->need_count; i++) {
		edit->where = edit->needs[i].start;
		if (lm_edit_touches(edit, edit->needs[i]))
			return -LM_ESELF;
	}
	edit->where = edit->range.start;
	err = check_memory(edit, edit);
	if (!err)
		err = check_memory(edit, edit->map);
	if (!err)
		err = lm_publishes_for_each_note(&edit->publishes, check_note, edit);
	if (!err)
		err = lm_publishes_for_each(&edit->publishes, check_slot, edit);
	return err;
}
