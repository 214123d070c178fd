// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mapping the largest leaves that fit, and keeping the census. Knows nothing of
 * splitting.
 */
#include "core.h"

void lm_map_init(struct lm_map *map, const struct lm_format *fmt,
		 const struct lm_env *env, lm_pa_t root)
{
	*map = (struct lm_map){ .fmt = *fmt, .env = *env, .root = root };
}

/*
 * One call of lm_map_range(), which walks twice with the same visitor: without a
 * reserve it counts the tables that it needs and looks through them, with one it takes
 * them.
 */
struct mapping {
	struct lm_map *map;
	struct lm_region *region;
	struct lm_span span;
	lm_pa_t oa;
	lm_attrs_t attrs;
	struct lm_reserve *reserve;
	uint64_t tables[LM_LEVELS];
	uint64_t above[LM_LEVELS]; /* hierarchical attributes, or-ed, on the way to @level */
	lm_desc_t *slot;	   /* of a live table, to link to @table; or NULL */
	lm_desc_t table;
};

/* What the address @offset of the map translates to. */
static lm_pa_t oa_at(const struct mapping *m, uint64_t offset)
{
	return (lm_pa_t){ m->oa.v + (offset - m->span.start) };
}

/* The descriptor of a leaf where @item begins. */
static lm_desc_t leaf_desc(const struct mapping *m, const struct lm_walk_item *item)
{
	lm_pa_t oa = oa_at(m, item->va.v - m->map->fmt.base);

	return lm_desc_leaf(&m->map->fmt.oa, oa, m->attrs, item->level);
}

static bool maps_the_same(const struct mapping *m, const struct lm_walk_item *leaf)
{
	return lm_desc_without_hint(leaf->desc).v == leaf_desc(m, leaf).v;
}

/*
 * Whether a leaf of @entries entries, from the hole @item on, stays inside the mapping.
 */
static bool leaf_fits(const struct mapping *m, const struct lm_walk_item *item,
		      uint32_t entries)
{
	uint64_t start = item->va.v - m->map->fmt.base;
	uint64_t size = entries * lm_entry_size(&m->map->fmt, item->level);
	struct lm_span span = { start, start + size };

	return lm_span_contains(m->span, span) &&
	       !((start | oa_at(m, start).v) & (size - 1));
}

/*
 * Entries from the hole @item on that one loop can fill with leaves: holes of its table,
 * inside the mapping, whose addresses count up in the same bits of a descriptor.
 */
static uint32_t count_holes(const struct mapping *m, const struct lm_walk_item *item,
			    uint32_t most)
{
	const struct lm_format *fmt = &m->map->fmt;
	uint64_t start = item->va.v - fmt->base;
	uint64_t left = m->span.end - start;
	uint64_t left_in_place = lm_bytes_in_place(fmt, oa_at(m, start));
	uint32_t holes = 1;

	if (left > left_in_place)
		left = left_in_place;
	left >>= lm_level(fmt, item->level)->shift;
	if (most > left)
		most = (uint32_t)left;
	/* In a new table there is nothing after what has been filled. */
	if (!item->linked)
		return most;
	while (holes < most && !lm_arch_load(&item->slot[holes]).v)
		holes++;
	return holes;
}

/*
 * The largest leaves that can begin at the hole @item: how many entries each has, 0 if
 * none fits, and in @entries those of as many of them as there is room for.
 */
static uint32_t largest_leaves(const struct mapping *m, const struct lm_walk_item *item,
			       uint32_t *entries)
{
	const struct lm_level *level = lm_level(&m->map->fmt, item->level);
	uint32_t index = lm_index(m->map, item->level, item->va);
	unsigned int flags = m->region->flags;
	uint32_t most = level->entries - index;
	bool run_fits;

	if (!level->leaf || (item->level < LM_LAST_LEVEL && (flags & LM_NO_BLOCKS)) ||
	    !leaf_fits(m, item, 1))
		return 0;
	if (!lm_region_makes_runs(m->region, &m->map->fmt, item->level)) {
		*entries = count_holes(m, item, most);
		return 1;
	}
	run_fits = leaf_fits(m, item, level->run);
	/* The next run may begin where one can. */
	if (!run_fits)
		most = level->run - index % level->run;
	*entries = count_holes(m, item, most);
	if (!run_fits || *entries < level->run)
		return 1;
	*entries -= *entries % level->run;
	return level->run;
}

/* Tables are filled before they are linked: with one store for all below it. */
static void link_table(struct mapping *m)
{
	const struct lm_env *env = &m->map->env;

	if (!m->slot)
		return;
	lm_arch_barrier(env, LM_DSB_ISHST);
	lm_arch_store(env, m->slot, m->table);
	m->slot = NULL;
}

/* Leaves of item->entries, one after the other in @entries entries. */
static void put_leaves(struct mapping *m, const struct lm_walk_item *item,
		       uint32_t entries)
{
	uint64_t step = lm_entry_size(&m->map->fmt, item->level);
	lm_desc_t desc = leaf_desc(m, item);

	lm_census_add(&m->region->census, m->map, item, entries / item->entries);
	if (item->entries > 1)
		desc = lm_desc_with_hint(desc);
	if (!item->linked) {
		lm_put(m->map, item->slot, entries, desc, step);
		return;
	}
	for (uint32_t i = 0; i < entries; i++, desc.v += step)
		lm_arch_store(&m->map->env, &item->slot[i], desc);
}

static int put_table(struct mapping *m, struct lm_walk_item *item)
{
	const struct lm_env *env = &m->map->env;
	lm_desc_t *table;
	lm_pa_t pa;

	if (!lm_reserve_take(m->reserve, item->level + 1, 1, &pa))
		return -LM_EBUG;
	table = lm_table(m->map, pa);
	lm_clear(table, lm_level(&m->map->fmt, item->level + 1)->entries);
	lm_arch_wrote(env, table);

	item->desc = lm_desc_table(&m->map->fmt.oa, pa, m->map->fmt.config.table_attrs,
				   m->attrs);
	if (item->linked) {
		m->slot = item->slot;
		m->table = item->desc;
	} else {
		lm_put(m->map, item->slot, 1, item->desc, 0);
	}
	return LM_WALK_DESCEND;
}

static int refuse(const struct mapping *m, lm_va_t va, int err)
{
	m->map->where = va;
	return err;
}

/* The walk goes down from @level into the table that @table links. */
static void go_down(struct mapping *m, int level, lm_desc_t table)
{
	uint64_t *above = &m->above[level - LM_FIRST_LEVEL];

	above[1] = lm_attrs_below(above[0], table);
}

/* Whether the tables above restrict @attrs, or the leaf that is there already. */
static bool is_restricted(const struct mapping *m, const struct lm_walk_item *leaf)
{
	return lm_attrs_lost(&m->map->fmt, leaf_desc(m, leaf),
			     m->above[leaf->level - LM_FIRST_LEVEL]);
}

/* A new table takes nothing away. */
static int add_table(struct mapping *m, struct lm_walk_item *item)
{
	go_down(m, item->level, (lm_desc_t){ 0 });
	if (m->reserve)
		return put_table(m, item);
	m->tables[item->level + 1 - LM_FIRST_LEVEL]++;
	item->child = (lm_desc_t){ 0 };
	return LM_WALK_THROUGH;
}

/*
 * The entry is in use: -LM_EEXIST unless it maps what was asked for. The members of a run
 * may differ in their attributes, and those outside the range are not asked for.
 */
static int keep_item(const struct mapping *m, const struct lm_walk_item *item)
{
	if (item->entries > 1)
		return LM_WALK_MEMBERS;
	if (!lm_spans_overlap(m->span, lm_item_span(m->map, item)))
		return LM_WALK_NEXT;
	if (!lm_item_is_leaf(m->map, item) || !maps_the_same(m, item))
		return refuse(m, item->va, -LM_EEXIST);
	if (is_restricted(m, item))
		return refuse(m, item->va, -LM_ETABLE);
	return LM_WALK_NEXT;
}

static int map_visit(void *ctx, struct lm_walk_item *item)
{
	struct mapping *m = ctx;
	uint32_t entries;
	uint32_t leaf;

	if (item->linked)
		link_table(m);
	if (lm_item_is_table(item)) {
		go_down(m, item->level, item->desc);
		return LM_WALK_DESCEND;
	}
	if (item->desc.v)
		return keep_item(m, item);
	leaf = largest_leaves(m, item, &entries);
	if (!leaf)
		return add_table(m, item);
	if (is_restricted(m, item))
		return refuse(m, item->va, -LM_ETABLE);
	item->entries = leaf;
	if (m->reserve)
		put_leaves(m, item, entries);
	item->entries = entries;
	return LM_WALK_NEXT;
}

static int mapping_init(struct mapping *m, struct lm_map *map, struct lm_range range,
			lm_pa_t oa, lm_attrs_t attrs)
{
	uint64_t oa_size = UINT64_C(1) << map->fmt.config.oa_bits;
	int err = lm_map_check_quiet(map);

	*m = (struct mapping){ .map = map, .oa = oa, .attrs = attrs };
	if (err)
		return err;
	if (lm_span_of(map, range, &m->span))
		return -LM_EINVAL;
	if ((oa.v & (lm_granule_size(&map->fmt) - 1)) || oa.v >= oa_size ||
	    range.size > oa_size - oa.v)
		return -LM_EINVAL;
	if ((attrs.v & map->fmt.not_attrs) ||
	    lm_attrs_wrong(&map->fmt, (lm_desc_t){ attrs.v }))
		return -LM_EINVAL;

	m->region = lm_region_overlapping(map, m->span);
	if (!m->region || !lm_span_contains(lm_region_span(map, m->region), m->span))
		return -LM_EREGION;
	return 0;
}

int lm_map_range(struct lm_map *map, struct lm_range range, lm_pa_t oa, lm_attrs_t attrs)
{
	struct lm_reserve reserve = { .map = map };
	struct mapping m;
	int err = mapping_init(&m, map, range, oa, attrs);

	if (err)
		return err;
	err = lm_walk_within(map, m.span, map_visit, &m);
	if (err)
		return err;
	err = lm_reserve_fill(&reserve, m.tables, 0);
	if (err)
		return err;

	m.reserve = &reserve;
	err = lm_walk_within(map, m.span, map_visit, &m);
	link_table(&m);
	lm_arch_barrier(&map->env, LM_DSB_ISHST);
	lm_arch_barrier(&map->env, LM_ISB);
	lm_reserve_empty(&reserve);
	map->generation++;
	return err;
}
