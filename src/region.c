// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Parts of a map that are counted separately: which one something lies in, and what it
 * holds already when it is added.
 */
#include "core.h"

/* Inner regions come before outer ones, so the first that overlaps is the innermost. */
struct lm_region *lm_region_overlapping(const struct lm_map *map, struct lm_span span)
{
	struct lm_region *region = map->regions;

	while (region && !lm_spans_overlap(lm_region_span(map, region), span))
		region = region->next;
	return region;
}

struct lm_region *lm_region_around(const struct lm_map *map, struct lm_span span)
{
	struct lm_region *region = map->regions;

	while (region && !lm_span_contains(lm_region_span(map, region), span))
		region = region->next;
	return region;
}

bool lm_region_makes_runs(const struct lm_region *region, const struct lm_format *fmt,
			  int level)
{
	uint32_t run = lm_level(fmt, level)->run;
	uint64_t limit = region->longest_contiguous;

	return run > 1 && !(region->flags & LM_NO_RUNS) &&
	       (!limit || run * lm_entry_size(fmt, level) <= limit);
}

struct count {
	const struct lm_map *map;
	const struct lm_region *region;
	struct lm_census *census;
	lm_va_t *where;
};

/* Where an inner region begins after @start, or where the region ends. */
static uint64_t end_of_own(const struct count *count, uint64_t start)
{
	const struct lm_region *inner = count->map->regions;
	uint64_t end = lm_region_span(count->map, count->region).end;

	for (; inner && inner != count->region; inner = inner->next) {
		uint64_t theirs = lm_region_span(count->map, inner).start;

		if (theirs > start && theirs < end)
			end = theirs;
	}
	return end;
}

/* A leaf that counts, and those after it that are leaves as well, whatever they map. */
static void count_leaves(const struct count *count, struct lm_walk_item *leaf,
			 uint64_t start)
{
	uint64_t bits = LM_DESC_TYPE | LM_DESC_CONTIGUOUS |
			count->map->fmt.config.present_invalid;
	uint32_t leaves =
		lm_walk_alike(count->map, leaf, bits, 0, end_of_own(count, start));

	lm_census_add(count->census, count->map, leaf, leaves);
	leaf->entries *= leaves;
}

static int count_leaf(void *ctx, struct lm_walk_item *item)
{
	struct count *count = ctx;
	struct lm_span span;

	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	if (!lm_item_is_leaf(count->map, item))
		return lm_walk_past(count->map, item, lm_mapping_bits(count->map));
	span = lm_item_span(count->map, item);
	if (!lm_span_contains(lm_region_span(count->map, count->region), span)) {
		*count->where = item->va;
		return -LM_EEXIST;
	}
	/* Leaves of a region inside this one count there. */
	if (lm_region_overlapping(count->map, span) == count->region)
		count_leaves(count, item, span.start);
	return LM_WALK_NEXT;
}

int lm_region_count(const struct lm_map *map, const struct lm_region *region,
		    struct lm_census *census, lm_va_t *where)
{
	struct count count = { map, region, census, where };

	*census = (struct lm_census){ 0 };
	return lm_walk(map, region->range, count_leaf, &count);
}

static int count_region(struct lm_map *map, struct lm_region *region)
{
	struct lm_census census;
	int err = lm_region_count(map, region, &census, &map->where);

	if (!err)
		region->census = census;
	return err;
}

int lm_region_recount(struct lm_map *map, struct lm_region *region)
{
	if (map->window)
		return -LM_EWINDOW;
	map->generation++;
	return count_region(map, region);
}

int lm_map_add_region(struct lm_map *map, struct lm_region *region)
{
	struct lm_region *outer;
	struct lm_span span;
	int err;

	if (map->window)
		return -LM_EWINDOW;
	if (lm_span_of(map, region->range, &span))
		return -LM_EINVAL;
	for (outer = map->regions; outer; outer = outer->next) {
		if (outer == region)
			return -LM_EREGION;
	}
	outer = lm_region_overlapping(map, span);
	if (outer && !lm_span_contains(lm_region_span(map, outer), span))
		return -LM_EREGION;

	region->next = map->regions;
	map->regions = region;
	err = count_region(map, region);
	if (err) {
		map->regions = region->next;
		return err;
	}
	if (outer)
		lm_census_subtract(&outer->census, &region->census);
	map->generation++;
	return 0;
}

int lm_map_remove_region(struct lm_map *map, struct lm_region *region)
{
	struct lm_region **link = &map->regions;
	struct lm_region *outer;

	if (map->window)
		return -LM_EWINDOW;
	while (*link && *link != region)
		link = &(*link)->next;
	if (!*link)
		return -LM_EREGION;
	*link = region->next;
	outer = lm_region_around(map, lm_region_span(map, region));
	if (outer)
		lm_census_give(&outer->census, &region->census);
	region->next = NULL;
	map->generation++;
	return 0;
}

bool lm_region_needs_split(const struct lm_region *region, const struct lm_cpus *cpus)
{
	if (!lm_census_has_large(&region->census))
		return false;
	for (unsigned int i = 0; i < cpus->count; i++) {
		if (cpus->cpu[i].bbm_level < LM_BBM_LIVE)
			return true;
	}
	return false;
}

bool lm_region_volatile_in(const struct lm_map *map, struct lm_span span)
{
	for (const struct lm_region *region = map->regions; region;
	     region = region->next) {
		if ((region->flags & LM_VOLATILE) &&
		    lm_spans_overlap(lm_region_span(map, region), span))
			return true;
	}
	return false;
}
