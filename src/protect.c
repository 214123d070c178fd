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
	const struct lm_edit *edit; /* set if it has exceptions, else NULL */
	enum lm_walkers walkers;
	uint64_t above[LM_LEVELS]; /* hierarchical attributes, or-ed, on the way to @level */
	lm_va_t where;
	bool is_checked;
};

/* Why a leaf, or a member of a run, cannot change. */
static int check_entry(const struct protection *p, const struct lm_walk_item *leaf,
		       lm_desc_t before, lm_desc_t after)
{
	const struct lm_format *fmt = &p->map->fmt;

	if (fmt->config.hw_updates && lm_desc_awaits_hw_update(before))
		return -LM_EHWUPDATE;
	if (lm_item_acts_as_run(leaf) && lm_attrs_differ_in_run(fmt, before, after) &&
	    lm_rules_check(1U << LM_CHANGE_RUN, p->walkers, true))
		return -LM_EUNSAFE;
	return lm_attrs_check_change(fmt, before, after,
				     p->above[leaf->level - LM_FIRST_LEVEL]);
}

/*
 * The entries of a run one by one, but all of them: until the TLBI any of them may stand
 * for the run. Hardware, too, may record an access to the run in any of them.
 */
static int protect_leaf(const struct protection *p, const struct lm_walk_item *leaf)
{
	const struct lm_map *map = p->map;
	int err;

	for (uint32_t i = 0; i < leaf->entries; i++) {
		lm_desc_t before = lm_arch_load(&leaf->slot[i]);
		lm_desc_t after = lm_leaf_changed(map, before, p->change);

		if (after.v == before.v)
			continue;
		if (p->is_checked) {
			lm_arch_store(&map->env, &leaf->slot[i], after);
			continue;
		}
		err = check_entry(p, leaf, before, after);
		if (err)
			return err;
	}
	return LM_WALK_NEXT;
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
	if (!lm_item_is_leaf(p->map, item))
		return LM_WALK_NEXT;
	if (p->edit && lm_goal_covers_item(p->edit, item) != LM_COVERS_ALL)
		return LM_WALK_NEXT;
	if (!lm_span_contains(p->span, lm_item_reach(p->map, item)))
		return -LM_ESIZE;
	return protect_leaf(p, item);
}

#define TLBI_PAGES 64 /* for more, one operation on everything is cheaper */

/* Only leaves changed, and no table: operations by address are enough. */
static void invalidate_range(const struct lm_map *map, struct lm_range range)
{
	uint64_t granule = lm_granule_size(&map->fmt);

	if (range.size > TLBI_PAGES * granule) {
		lm_invalidate(map);
		return;
	}
	lm_arch_barrier(&map->env, LM_DSB_ISHST);
	for (; range.size; range.size -= granule, range.start.v += granule)
		lm_arch_tlbi_va(map, range.start);
	lm_tlbi_complete(map);
}

/*
 * The entry of the first page of a range that is a few entries of one table, none of them
 * with a hint; else NULL. Such a range needs no walker, which would come from the root
 * each time.
 */
static lm_desc_t *find_pages(struct protection *p, struct lm_range range)
{
	const struct lm_map *map = p->map;
	const struct lm_level *last = lm_level(&map->fmt, LM_LAST_LEVEL);
	uint32_t index = lm_index(map, LM_LAST_LEVEL, range.start);
	lm_desc_t *table = lm_table(map, map->root);

	if (range.size >> last->shift > last->entries - index)
		return NULL;
	for (int level = map->fmt.start_level; level < LM_LAST_LEVEL && table; level++) {
		lm_desc_t desc = lm_arch_load(&table[lm_index(map, level, range.start)]);
		uint64_t *above = &p->above[level - LM_FIRST_LEVEL];

		if (!lm_desc_is_table(desc, level))
			return NULL;
		above[1] = lm_attrs_below(above[0], desc);
		table = lm_table_of(map, desc);
	}
	for (uint64_t i = range.size >> last->shift; table && i--;) {
		if (lm_desc_is_contiguous(lm_arch_load(&table[index + i])))
			return NULL;
	}
	return table ? &table[index] : NULL;
}

/* What lm_walk() would visit there. Inlined, its item would be on the walk's stack, too. */
__attribute__((__noinline__)) static int
visit_pages(struct protection *p, struct lm_range range, lm_desc_t *slot)
{
	uint64_t granule = lm_granule_size(&p->map->fmt);
	struct lm_walk_item page = { .va = range.start,
				     .level = LM_LAST_LEVEL,
				     .entries = 1,
				     .linked = true };
	int err = 0;

	for (uint64_t at = 0; !err && at < range.size; at += granule) {
		page.slot = slot++;
		page.desc = lm_arch_load(page.slot);
		err = protect_visit(p, &page);
		page.va.v += granule;
	}
	return err;
}

static int visit(struct protection *p, struct lm_range range, lm_desc_t *pages)
{
	return pages ? visit_pages(p, range, pages) :
		       lm_walk(p->map, range, protect_visit, p);
}

static int protect(const struct lm_map *map, struct lm_range range, struct protection *p)
{
	lm_desc_t *pages = find_pages(p, range);
	int err = 0;

	if (!p->is_checked)
		err = visit(p, range, pages);
	if (err)
		return err;
	p->is_checked = true;
	err = visit(p, range, pages);
	invalidate_range(map, range);
	return err;
}

int lm_protect(const struct lm_map *map, struct lm_range range,
	       struct lm_leaf_change change, enum lm_walkers walkers, lm_va_t *where)
{
	struct protection p = { .map = map, .change = change, .walkers = walkers };
	int err = walkers < LM_WALKERS ? 0 : -LM_ECPU;

	p.where = range.start;
	if (!err)
		err = lm_span_of(map, range, &p.span);
	if (!err)
		err = lm_change_check(map, change);
	if (!err)
		err = lm_rules_check(lm_change_kinds(map, change), walkers, true);
	if (!err)
		err = protect(map, range, &p);
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
static bool touches(const struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	return lm_goal_resizes(edit, leaf) ||
	       lm_edit_changes_any(edit, leaf, differ_at_all);
}

static int finish(struct lm_edit *edit)
{
	struct protection p = {
		.map = edit->map,
		.span = lm_span_checked(edit->map, edit->range),
		.change = edit->change,
		.edit = edit,
		.walkers = LM_WALKED_BY_TOLERANT,
		.is_checked = true, /* before sizes have changed */
	};

	return protect(edit->map, edit->range, &p);
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
	if (edit->exceptions.count ||
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
