// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A rule for each goal. */
#include "scenario/shape.h"

static struct sim_translation translate(const struct world *world, uint64_t va)
{
	return sim_walk(world->sim, world->map.root.v, va);
}

/* Leaves are aligned to their size. What does not translate may end anywhere. */
static bool leaf_reaches_across(const struct world *world, uint64_t va)
{
	struct sim_translation leaf = translate(world, va);

	return leaf.valid && (va & (leaf.size - 1));
}

static uint64_t ends_missed(const struct world *world, struct lm_range range)
{
	return (uint64_t)leaf_reaches_across(world, range.start.v) +
	       leaf_reaches_across(world, range.start.v + range.size);
}

static uint64_t ends_of_parts_missed(const struct world *world,
				     const struct edit_request *request)
{
	uint64_t count = 0;

	if (!request->parts)
		return ends_missed(world, request->range);
	for (size_t i = 0; i < request->part_count; i++)
		count += ends_missed(world, request->parts[i]);
	return count;
}

struct page_counter {
	const struct world *world;
	uint64_t larger;
};

static void count_larger(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct page_counter *counter = ctx;
	const struct world *world = counter->world;

	if (leaf->size != lm_granule_size(&world->fmt) && !world_is_alias(world, va))
		counter->larger++;
}

static uint64_t larger_than_pages(const struct world *world, struct lm_range range)
{
	struct page_counter counter = { world, 0 };

	sim_for_each_leaf(world->sim, world->map.root.v, range.start.v, range.size,
			  count_larger, &counter);
	return counter.larger;
}

static uint64_t sizes_that_differ(const struct report_leaves *wanted,
				  const struct report_leaves *leaves)
{
	uint64_t count = 0;

	for (size_t i = 0; i < leaves->sizes; i++)
		count += leaves->leaf[i].count != wanted->leaf[i].count;
	return count;
}

uint64_t shape_check(const struct world *world, const struct edit_request *request,
		     const struct report_leaves *wanted,
		     const struct report_leaves *leaves)
{
	switch (request->goal) {
	case EDIT_PAGES:
		return larger_than_pages(world, request->range);
	case EDIT_BOUNDARIES:
	case EDIT_PROTECT:
	case EDIT_UNMAP:
		return ends_of_parts_missed(world, request);
	case EDIT_COLLAPSE:
	case EDIT_NON_GLOBAL:
	case EDIT_GUARDS:
	case EDIT_NOTHING:
	case EDIT_RUN:
		break;
	}
	return sizes_that_differ(wanted, leaves);
}
