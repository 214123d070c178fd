// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changing permissions and validity of leaves while others may walk them: one store for
 * each entry. Leaves end where the range does; the caller has split them before.
 */
#include "core.h"

struct protection {
	const struct lm_map *map;
	struct lm_span span;
	struct lm_leaf_change change;
	enum lm_walkers walkers;
	uint64_t above[LM_LEVELS]; /* hierarchical attributes, or-ed, on the way to @level */
	lm_va_t where;
	bool is_checked;
};

/* Nothing checked yet. The way down sets @above. */
static inline void protection_init(struct protection *p, const struct lm_map *map,
				   struct lm_leaf_change change, enum lm_walkers walkers)
{
	p->map = map;
	p->change = change;
	p->walkers = walkers;
	p->is_checked = false;
}

/* Why an entry on @level, a member of a run or not, cannot change. */
static int check_entry(const struct protection *p, int level, bool in_run,
		       lm_desc_t before, lm_desc_t after)
{
	const struct lm_format *fmt = &p->map->fmt;

	if (fmt->config.hw_updates && lm_desc_awaits_hw_update(before))
		return -LM_EHWUPDATE;
	if (in_run && lm_attrs_differ_in_run(fmt, before, after) &&
	    lm_rules_check(1U << LM_CHANGE_RUN, p->walkers, true))
		return -LM_EUNSAFE;
	return lm_attrs_check_change(fmt, before, after,
				     p->above[level - LM_FIRST_LEVEL]);
}

/* What an entry becomes: itself if it maps nothing. */
static inline lm_desc_t becomes(const struct protection *p, int level, lm_desc_t before)
{
	return lm_is_leaf(&p->map->fmt, before, level) ?
		       lm_leaf_changed(p->map, before, p->change) :
		       before;
}

/* The index of the first of @entries that cannot change, and why; or their number. */
static uint32_t check_entries(const struct protection *p, const lm_desc_t *first,
			      uint32_t entries, int level, bool in_run, int *err)
{
	for (uint32_t i = 0; i < entries; i++) {
		lm_desc_t before = lm_arch_load(&first[i]);
		lm_desc_t after = becomes(p, level, before);

		if (after.v != before.v)
			*err = check_entry(p, level, in_run, before, after);
		if (*err)
			return i;
	}
	return entries;
}

static inline void change_entries(const struct protection *p, lm_desc_t *entry,
				  const lm_desc_t *end, int level)
{
	for (; entry < end; entry++) {
		lm_desc_t before = lm_arch_load(entry);
		lm_desc_t after = becomes(p, level, before);

		if (after.v != before.v)
			lm_arch_store(&p->map->env, entry, after);
	}
}

/*
 * The entries of a run one by one, but all of them: until the TLBI any of them may stand
 * for the run. Hardware, too, may record an access to the run in any of them.
 */
static int protect_leaf(const struct protection *p, const struct lm_walk_item *leaf)
{
	int err = 0;

	if (p->is_checked)
		change_entries(p, leaf->slot, leaf->slot + leaf->entries, leaf->level);
	else
		check_entries(p, leaf->slot, leaf->entries, leaf->level,
			      lm_item_acts_as_run(leaf), &err);
	return err ? err : LM_WALK_NEXT;
}

static int protect_visit(void *ctx, struct lm_walk_item *item)
{
	struct protection *p = ctx;

	p->where = item->va;
	if (lm_item_is_table(item)) {
		uint64_t *above = &p->above[item->level - LM_FIRST_LEVEL];

		above[1] = lm_attrs_below(above[0], item->desc);
		return LM_WALK_DESCEND;
	}
	if (!lm_is_leaf(&p->map->fmt, item->desc, item->level))
		return LM_WALK_NEXT;
	if (!lm_span_contains(p->span, lm_item_reach(p->map, item)))
		return -LM_ESIZE;
	return protect_leaf(p, item);
}

#define TLBI_PAGES 64 /* for more, one operation on everything is cheaper */

/* Only leaves changed, and no table: operations by address are enough. */
static inline void invalidate_pages(const struct lm_map *map, struct lm_range range)
{
	uint64_t pages = range.size >> map->fmt.config.granule_shift;
	lm_va_t va = range.start;

	if (pages > TLBI_PAGES) {
		lm_invalidate(map);
		return;
	}
	lm_arch_barrier(&map->env, LM_DSB_ISHST);
	for (; pages; pages--, va.v += lm_granule_size(&map->fmt))
		lm_arch_tlbi_va(map, va);
	lm_tlbi_complete(map);
}

/*
 * The entry of the first page of a range that is a few entries of one table, without hints
 * unless they were checked before; else NULL. Such a range needs no walker, which would
 * come from the root each time.
 */
static lm_desc_t *find_pages(struct protection *p, struct lm_range range, uint64_t pages)
{
	const struct lm_map *map = p->map;
	lm_desc_t *table = lm_table(map, map->root);
	uint64_t tables = 0;
	lm_desc_t *first;
	uint32_t index;

	for (int level = map->fmt.start_level; level < LM_LAST_LEVEL; level++) {
		lm_desc_t desc;

		if (!table)
			return NULL;
		desc = lm_arch_load(&table[lm_index(map, level, range.start)]);
		if (!lm_desc_is_table(desc, level))
			return NULL;
		tables |= desc.v;
		table = lm_table(map, lm_table_pa(map, desc));
	}
	if (!table)
		return NULL;
	index = lm_index(map, LM_LAST_LEVEL, range.start);
	if (pages > lm_level(&map->fmt, LM_LAST_LEVEL)->entries - index)
		return NULL;
	p->above[LM_LAST_LEVEL - LM_FIRST_LEVEL] = tables & LM_TABLE_ATTRS;
	first = &table[index];
	if (p->is_checked)
		return first;
	for (const lm_desc_t *page = first; page < first + pages; page++) {
		if (lm_desc_is_contiguous(lm_arch_load(page)))
			return NULL;
	}
	return first;
}

/* Whether there can be a page that must not change so. */
static bool can_refuse_pages(const struct protection *p)
{
	const struct lm_format *fmt = &p->map->fmt;
	uint64_t bits = (p->change.set | p->change.clear) & ~LM_DESC_VALID;

	return fmt->config.hw_updates ||
	       (bits & lm_attrs_asked(fmt, p->above[LM_LAST_LEVEL - LM_FIRST_LEVEL]));
}

static int protect_pages(struct protection *p, struct lm_range range, lm_desc_t *first,
			 uint32_t pages)
{
	uint64_t right;
	int err = 0;

	if (!p->is_checked && can_refuse_pages(p)) {
		right = check_entries(p, first, pages, LM_LAST_LEVEL, false, &err);
		p->where.v = range.start.v + (right << p->map->fmt.config.granule_shift);
	}
	if (!err)
		change_entries(p, first, first + pages, LM_LAST_LEVEL);
	return err;
}

static int protect_leaves(struct protection *p)
{
	int err = 0;

	p->above[p->map->fmt.start_level - LM_FIRST_LEVEL] = 0;
	if (!p->is_checked)
		err = lm_walk_within(p->map, p->span, protect_visit, p);
	p->is_checked = true;
	return err ? err : lm_walk_within(p->map, p->span, protect_visit, p);
}

/* @range is @p->span. Invalidates nothing. */
static int protect(struct protection *p, struct lm_range range)
{
	uint64_t pages = range.size >> p->map->fmt.config.granule_shift;
	lm_desc_t *first = find_pages(p, range, pages);

	return first ? protect_pages(p, range, first, (uint32_t)pages) :
		       protect_leaves(p);
}

int lm_protect(const struct lm_map *map, struct lm_range range,
	       struct lm_leaf_change change, enum lm_walkers walkers, lm_va_t *where)
{
	struct protection p;
	int err = walkers < LM_WALKERS ? 0 : -LM_ECPU;

	protection_init(&p, map, change, walkers);
	p.where = range.start;
	if (!err)
		err = lm_span_of(map, range, &p.span);
	if (!err)
		err = lm_change_check(map, change);
	if (!err)
		err = lm_rules_check(lm_change_kinds(map, change), walkers, true);
	if (!err)
		err = protect(&p, range);
	if (!err)
		invalidate_pages(map, range);
	if (err && where)
		*where = p.where;
	return err;
}

/* ------------------------------------------------------------------ as a goal */

static bool differ_at_all(const struct lm_format *fmt, lm_desc_t before, lm_desc_t after)
{
	(void)fmt;
	return before.v != after.v;
}

/* The members of a run may differ: the first does not tell what happens to the others. */
static bool touches(const struct lm_edit *edit, const struct lm_walk_item *leaf,
		    enum lm_coverage covers)
{
	return lm_goal_resizes(edit, leaf, covers) ||
	       lm_edit_changes_any(edit, leaf, covers, differ_at_all);
}

static int finish(struct lm_edit *edit)
{
	struct lm_span walked = lm_edit_walked(edit);
	struct lm_cursor cursor = { 0 };
	struct protection p;
	int err = 0;

	protection_init(&p, edit->map, edit->change, LM_WALKED_BY_TOLERANT);
	p.is_checked = true; /* before sizes have changed */
	while (!err && cursor.end < walked.end) {
		lm_goal_seek(edit, &cursor, cursor.end);
		p.span = (struct lm_span){ cursor.start, cursor.end };
		if (cursor.start < walked.end)
			err = protect(&p, lm_range_of(edit->map, p.span));
	}
	if (!err)
		invalidate_pages(edit->map, lm_range_of(edit->map, walked));
	return err;
}

static const struct lm_goal goal_protect = {
	.name = "protect",
	.resizes = true,
	.ways = LM_ALL_WAYS,
	.touches = touches,
	.run = lm_split_run,
	.finish = finish,
};

/* Every leaf becomes non-global: no exceptions, and one range alone has no nG bit. */
static int check_non_global(const struct lm_edit *edit)
{
	if (edit->exceptions.count || edit->has_parts ||
	    !lm_regime_has_two_ranges(edit->map->fmt.config.regime))
		return -LM_EINVAL;
	return 0;
}

/*
 * It changes every leaf and leaves each as large as it is. No walker may hold a global
 * and a non-global entry for one address, so nobody walks meanwhile.
 */
static const struct lm_goal goal_non_global = {
	.name = "non-global",
	.check = check_non_global,
	.ways = 1U << LM_BREAK | 1U << LM_SWITCH | 1U << LM_ROLL,
	.touches = touches,
	.run = lm_split_run,
};

void lm_edit_protect(struct lm_edit *edit, struct lm_map *map, struct lm_range range,
		     struct lm_leaf_change change)
{
	lm_edit_init(edit, map, range, &goal_protect);
	edit->change = change;
}

void lm_edit_non_global(struct lm_edit *edit, struct lm_map *map)
{
	struct lm_range all = { lm_va_of(map, 0), lm_half_size(map) };

	lm_edit_init(edit, map, all, &goal_non_global);
	edit->change.set = LM_ATTR_NOT_GLOBAL;
}
