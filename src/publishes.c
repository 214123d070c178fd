// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The list of what a commit will store: kept in granules out of the edit's
 * reserve, so that adding to it allocates nothing. What is done with an entry
 * of the list is not known here.
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
	return (lm_granule_size(&map->fmt) - sizeof(struct lm_notes)) / sizeof(struct lm_publish);
}

static int add_note(struct lm_edit *edit)
{
	struct lm_publish_list *list = &edit->publishes;
	struct lm_notes *note;
	lm_pa_t pa;

	if (!lm_reserve_take(&edit->reserve, LM_LEVEL_NONE, 1, &pa))
		return -LM_EBUG;
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

int lm_publishes_add(struct lm_edit *edit, const struct lm_publish *publish)
{
	struct lm_publish_list *list = &edit->publishes;
	int err = 0;

	if (!list->last || list->last->count == lm_publishes_per_note(edit->map))
		err = add_note(edit);
	if (err)
		return err;
	list->last->publishes[list->last->count++] = *publish;
	return 0;
}

int lm_publishes_for_each(const struct lm_edit *edit, lm_publish_fn *visit, void *ctx)
{
	for (const struct lm_notes *note = edit->publishes.first; note; note = note->next) {
		for (uint64_t i = 0; i < note->count; i++) {
			int ret = visit(ctx, &note->publishes[i]);

			if (ret)
				return ret;
		}
	}
	return 0;
}

void lm_publishes_free(struct lm_edit *edit)
{
	const struct lm_env *env = &edit->map->env;
	struct lm_notes *note = edit->publishes.first;

	while (note) {
		struct lm_notes *next = note->next;

		env->free(env->ctx, LM_LEVEL_NONE, note->pa, 1, LM_UNUSED);
		note = next;
	}
	edit->publishes = (struct lm_publish_list){ 0 };
}
