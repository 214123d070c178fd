// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of what a commit will store, and of what copies replace: kept in granules out of
 * the edit's reserve, so that adding to one allocates nothing. Knows nothing of what is
 * done with an entry.
 */
#include "core.h"

uint64_t lm_updates_per_granule(const struct lm_map *map)
{
	return (lm_granule_size(&map->fmt) - sizeof(struct lm_log)) /
	       sizeof(struct lm_update);
}

/* Whether a granule of the list has no room for one more. */
static bool is_full(const struct lm_map *map, const struct lm_log *log)
{
	const char *end = (const char *)log + lm_granule_size(&map->fmt);

	return (const char *)(log->end + 1) > end;
}

static int add_granule(struct lm_edit *edit, struct lm_update_list *list)
{
	struct lm_log *log;
	lm_pa_t pa;

	if (!lm_reserve_take(&edit->reserve, LM_LEVEL_NONE, 1, &pa))
		return -LM_ESTALE;
	log = (struct lm_log *)(void *)lm_table(edit->map, pa);
	log->next = NULL;
	log->pa = pa;
	log->end = log->updates;
	if (list->last)
		list->last->next = log;
	else
		list->first = log;
	list->last = log;
	return 0;
}

struct lm_update *lm_updates_add(struct lm_edit *edit, struct lm_update_list *list,
				 const struct lm_walk_item *entry, lm_desc_t after)
{
	struct lm_update *update;

	if ((!list->last || is_full(edit->map, list->last)) && add_granule(edit, list))
		return NULL;
	update = list->last->end++;
	update->slot = entry->slot;
	update->before = entry->desc;
	update->after = after;
	update->va = entry->va;
	update->level = entry->level;
	update->entries = entry->entries;
	list->unhints |= lm_update_unhints(update);
	list->resizes |= lm_update_resizes(update);
	list->hints |= lm_update_hints(update);
	return update;
}

int lm_updates_for_each(const struct lm_update_list *list, lm_update_fn *each, void *ctx)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, list)
	{
		int ret = each(ctx, update);

		if (ret)
			return ret;
	}
	return 0;
}

void lm_updates_free(struct lm_edit *edit, struct lm_update_list *list,
		     lm_update_fn *last)
{
	struct lm_log *log = list->first;

	lm_updates_for_each(list, last, edit);
	while (log) {
		struct lm_table_run one = { log->pa, 1 };

		log = log->next;
		lm_reserve_give_back(&edit->reserve, LM_LEVEL_NONE, one, LM_UNUSED);
	}
	*list = (struct lm_update_list){ 0 };
}
