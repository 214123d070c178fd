// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of what a commit will store, and of what copies replace: kept in granules out
 * of the edit's reserve, so that adding to one allocates nothing. What is done with an
 * entry is not known here.
 */
#include "core.h"

struct lm_notes {
	struct lm_notes *next;
	lm_pa_t pa;
	uint64_t count;
	struct lm_publish publishes[];
};

uint64_t lm_publishes_per_note(const struct lm_map *map)
{
	return (lm_granule_size(&map->fmt) - sizeof(struct lm_notes)) /
	       sizeof(struct lm_publish);
}

static int add_note(struct lm_edit *edit, struct lm_publish_list *list)
{
	struct lm_notes *note;
	lm_pa_t pa;

	if (!lm_reserve_take(&edit->reserve, LM_LEVEL_NONE, 1, &pa))
		return -LM_ESTALE;
	note = (struct lm_notes *)(void *)lm_table(edit->map, pa);
	note->next = NULL;
	note->pa = pa;
	note->count = 0;
	if (list->last)
		list->last->next = note;
	else
		list->first = note;
	list->last = note;
	return 0;
}

struct lm_publish *lm_publishes_add(struct lm_edit *edit, struct lm_publish_list *list,
				    const struct lm_walk_item *entry, lm_desc_t after)
{
	struct lm_publish *publish;

	if ((!list->last || list->last->count == lm_publishes_per_note(edit->map)) &&
	    add_note(edit, list))
		return NULL;
	publish = &list->last->publishes[list->last->count++];
	*publish = (struct lm_publish){ { entry->slot },
					entry->desc,
					after,
					entry->va,
					entry->level };
	return publish;
}

int lm_publishes_for_each(const struct lm_publish_list *list, lm_publish_fn *each,
			  void *ctx)
{
	for (const struct lm_notes *note = list->first; note; note = note->next) {
		for (uint64_t i = 0; i < note->count; i++) {
			int ret = each(ctx, &note->publishes[i]);

			if (ret)
				return ret;
		}
	}
	return 0;
}

void lm_publishes_free(struct lm_edit *edit, struct lm_publish_list *list,
		       lm_publish_fn *last)
{
	struct lm_notes *note = list->first;

	lm_publishes_for_each(list, last, edit);
	while (note) {
		struct lm_run one = { note->pa, 1 };

		note = note->next;
		lm_reserve_give_back(&edit->reserve, LM_LEVEL_NONE, one, LM_UNUSED);
	}
	*list = (struct lm_publish_list){ 0 };
}
