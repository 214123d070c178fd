// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does what is about to change map what is needed meanwhile? */
#include "core.h"

struct search {
	const struct lm_edit *edit;
	bool (*is_it)(const struct lm_edit *edit, const struct lm_walk_item *leaf);
};

/* Ends the walk where it finds one. */
static int search_visit(void *ctx, struct lm_walk_item *item)
{
	const struct search *search = ctx;

	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	if (lm_item_is_leaf(search->edit->map, item) && search->is_it(search->edit, item))
		return -LM_EEXIST;
	return LM_WALK_NEXT;
}

bool lm_edit_cuts(const struct lm_edit *edit)
{
	struct search search = { edit, lm_goal_splits };

	return lm_walk(edit->map, edit->range, search_visit, &search) == -LM_EEXIST;
}

/* The part of a range that the map can translate. */
static struct lm_span span_in_half(const struct lm_map *map, struct lm_range range)
{
	uint64_t in_page = lm_granule_size(&map->fmt) - 1;
	uint64_t first = range.start.v;
	uint64_t last = range.size ? first + (range.size - 1) : first;
	uint64_t half_first = lm_va_of(map, 0).v;
	uint64_t half_last = half_first + (lm_half_size(map) - 1);

	if (last < half_first || first > half_last)
		return (struct lm_span){ 0, 0 };
	first = first < half_first ? half_first : first;
	last = last > half_last ? half_last : last;
	return (struct lm_span){ (first - half_first) & ~in_page,
				 ((last - half_first) | in_page) + 1 };
}

bool lm_edit_touches(const struct lm_edit *edit, struct lm_range range)
{
	struct lm_span span = span_in_half(edit->map, range);
	struct search search = { edit, edit->goal->touches };

	range = (struct lm_range){ lm_va_of(edit->map, span.start),
				   span.end - span.start };
	return lm_walk(edit->map, range, search_visit, &search) == -LM_EEXIST;
}

static bool touches_byte(const struct lm_edit *edit, const void *byte)
{
	const struct lm_env *env = &edit->map->env;
	lm_va_t va = { (uintptr_t)byte };

	if (env->address)
		va = env->address(env->ctx, byte);
	return lm_edit_touches(edit, (struct lm_range){ va, 1 });
}

/* Of what is smaller than a page the two ends tell all. */
static int check_memory(struct lm_edit *edit, const void *memory, size_t size)
{
	const char *first = memory;

	if (touches_byte(edit, first) || touches_byte(edit, first + size - 1))
		return -LM_ESELF;
	return 0;
}

/* The entry itself, and where it is noted. */
static int check_publish(void *ctx, const struct lm_publish *publish)
{
	struct lm_edit *edit = ctx;
	int err;

	edit->where = publish->va;
	err = check_memory(edit, publish, sizeof(*publish));
	return err ? err : check_memory(edit, publish->slot, sizeof(*publish->slot));
}

int lm_self_cover_check(struct lm_edit *edit)
{
	uintptr_t commit = (uintptr_t)lm_edit_commit;

	for (unsigned int i = 0; i < edit->needs.count; i++) {
		edit->where = edit->needs.ranges[i].start;
		if (lm_edit_touches(edit, edit->needs.ranges[i]))
			return -LM_ESELF;
	}
	edit->where = edit->range.start;
	/* What is ours, the stack, and the code. */
	if (check_memory(edit, edit, sizeof(*edit)) ||
	    check_memory(edit, edit->map, sizeof(*edit->map)) ||
	    check_memory(edit, &commit, sizeof(commit)) ||
	    check_memory(edit, (const void *)commit, 1))
		return -LM_ESELF;
	return lm_publishes_for_each(&edit->publishes, check_publish, edit);
}
