// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A rule for each goal. */
#include "shape.h"

static struct sim_translation translate(const struct world *world, uint64_t va)
{
	return sim_walk(world->sim, world->map.root.v, va);
}

/* Leaves are aligned to their size. What does not translate ends anywhere. */
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

static uint64_t larger_than_pages(const struct world *world, struct lm_range range)
{
	uint64_t granule = lm_granule_size(&world->fmt);
	uint64_t count = 0;

	for (uint64_t at = 0; at < range.size; at += granule) {
		struct sim_translation leaf = translate(world, range.start.v + at);

		count += leaf.valid && leaf.size != granule;
	}
	return count;
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
		return ends_missed(world, request->range);
	case EDIT_COLLAPSE:
	case EDIT_NON_GLOBAL:
	case EDIT_GUARDS:
	case EDIT_RUN:
		break;
	}
	return sizes_that_differ(wanted, leaves);
}
