// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A leaf is compared as a whole unless something was asked of single pages in it. */
#include "scenario/expect.h"

/* What the model says of a leaf in struct sim_translation. */
#define TRANSLATED_ATTRS                                                               \
	(LM_ATTR_MEMORY | LM_ATTR_AP | LM_ATTR_NOT_GLOBAL | LM_ATTR_GP | LM_ATTR_DBM | \
	 LM_ATTR_PXN | LM_ATTR_UXN)

void expect_init(struct expectation *expectation, const struct world *world)
{
	*expectation = (struct expectation){ .world = world, .first = UINT64_MAX };
}

void expect_add(struct expectation *expectation, const struct expect_request *request)
{
	uint64_t first = request->range.start.v;
	uint64_t last = first + (request->range.size - 1);

	expectation->request[expectation->count++] = *request;
	if (request->range.size == world_input(expectation->world).size)
		return;
	if (first < expectation->first)
		expectation->first = first;
	if (last > expectation->last)
		expectation->last = last;
}

static bool is_about(const struct expect_request *request, uint64_t va, uint64_t granule)
{
	uint64_t offset = va - request->range.start.v;

	return offset < request->range.size && offset % request->step < granule;
}

#define NOT_MAPPED UINT64_C(0) /* no page has such a descriptor: all are accessed */

static uint64_t changed(uint64_t desc, const struct expect_request *request)
{
	if (desc == NOT_MAPPED || request->unmaps)
		return NOT_MAPPED;
	return (desc & ~request->change.clear) | request->change.set;
}

/* The descriptor of a page at @va, without an address. */
static uint64_t expected(const struct expectation *expectation, uint64_t va)
{
	const struct world *world = expectation->world;
	uint64_t granule = lm_granule_size(&world->fmt);
	uint64_t desc = world_attrs(world, va) | LM_DESC_VALID;

	for (size_t i = 0; i < expectation->count; i++) {
		const struct expect_request *request = &expectation->request[i];

		if (is_about(request, va, granule))
			desc = changed(desc, request);
	}
	return desc;
}

/* AP[1] and PXN exist in regimes with EL0; with LPA2 there is no shareability. */
static uint64_t attrs_of_regime(const struct lm_format *fmt)
{
	uint64_t attrs = TRANSLATED_ATTRS & ~fmt->oa.moved;

	if (!lm_regime_has_two_ranges(fmt->config.regime))
		attrs &= ~(LM_ATTR_EL0 | LM_ATTR_PXN);
	return attrs;
}

struct checker {
	const struct expectation *expectation;
	struct progress *progress;
	uint64_t pages; /* seen */
	uint64_t shown; /* of them, at the last call of progress */
	uint64_t found; /* bytes of RAM that are mapped, or should not be */
	uint64_t checked;
	uint64_t mismatches;
};

static bool is_as_expected(const struct checker *checker, uint64_t va,
			   const struct sim_translation *leaf)
{
	const struct expectation *expectation = checker->expectation;
	const struct lm_format *fmt = &expectation->world->fmt;
	uint64_t desc = expected(expectation, va);
	uint64_t translated = attrs_of_regime(fmt);
	lm_desc_t is = { leaf->descriptor };

	return (desc & LM_DESC_VALID) &&
	       (leaf->attrs & translated) == (desc & translated) &&
	       lm_desc_attrs(&fmt->oa, is).v == (desc & ~LM_DESC_VALID);
}

static bool is_too_large(const struct checker *checker, uint64_t va,
			 const struct sim_translation *leaf)
{
	const struct expectation *expectation = checker->expectation;
	const struct world *world = expectation->world;

	return expectation->as_pages && leaf->size != lm_granule_size(&world->fmt) &&
	       !world_is_alias(world, va);
}

#define PROGRESS_PAGES 65536 /* between two readings of the clock */

static void show_progress(struct checker *checker, uint64_t pages)
{
	const struct world *world = checker->expectation->world;
	uint64_t ram = banks_size(&world->machine->ram);

	checker->pages += pages;
	if (checker->pages - checker->shown < PROGRESS_PAGES)
		return;
	checker->shown = checker->pages;
	progress_update(checker->progress, checker->pages,
			ram >> world->fmt.config.granule_shift);
}

/* @pages from @va on, which are all like the first one. */
static void check_pages(struct checker *checker, uint64_t va, uint64_t pa, uint64_t pages,
			const struct sim_translation *leaf)
{
	const struct world *world = checker->expectation->world;
	uint64_t size = pages << world->fmt.config.granule_shift;

	if (!world_is_ram(world, pa, size) || world_address(world, pa) != va ||
	    !is_as_expected(checker, va, leaf) || is_too_large(checker, va, leaf))
		checker->mismatches += pages;
	checker->found += size;
	show_progress(checker, pages);
	if (!world_is_alias(world, va))
		checker->checked += pages;
}

static void check_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct checker *checker = ctx;
	const struct expectation *expectation = checker->expectation;
	uint64_t granule = lm_granule_size(&expectation->world->fmt);

	if (va > expectation->last || va + (leaf->size - 1) < expectation->first) {
		check_pages(checker, va, leaf->pa, leaf->size / granule, leaf);
		return;
	}
	for (uint64_t at = 0; at < leaf->size; at += granule)
		check_pages(checker, va + at, leaf->pa + at, 1, leaf);
}

/* A present-invalid page still holds its address and permissions. */
static bool holds(const struct world *world, uint64_t va, lm_desc_t entry, uint64_t desc)
{
	const struct lm_oa_layout *oa = &world->fmt.oa;

	return world_address(world, lm_desc_oa(oa, entry).v) == va &&
	       lm_desc_attrs(oa, entry).v == desc;
}

static void check_invalid(void *ctx, uint64_t va, uint64_t desc)
{
	struct checker *checker = ctx;
	const struct world *world = checker->expectation->world;
	struct sim_translation is = sim_walk(world->sim, world->map.root.v, va);
	lm_desc_t entry = { is.descriptor };

	if (is.valid || !(desc == NOT_MAPPED ? !entry.v : holds(world, va, entry, desc)))
		checker->mismatches++;
	checker->found += lm_granule_size(&world->fmt);
	checker->checked++;
}

typedef void page_fn(void *ctx, uint64_t va, uint64_t desc);

static void for_each_invalid(const struct expectation *expectation, page_fn *visit,
			     void *ctx)
{
	uint64_t granule = lm_granule_size(&expectation->world->fmt);
	uint64_t va = expectation->first;

	for (; va <= expectation->last; va += granule) {
		uint64_t desc = expected(expectation, va);

		if (!(desc & LM_DESC_VALID))
			visit(ctx, va, desc);
	}
}

static void count_held(void *ctx, uint64_t va, uint64_t desc)
{
	uint64_t *count = ctx;

	*count += desc != NOT_MAPPED;
}

uint64_t expect_invalid(const struct expectation *expectation)
{
	uint64_t count = 0;

	for_each_invalid(expectation, count_held, &count);
	return count;
}

uint64_t expect_check(const struct expectation *expectation, struct progress *progress,
		      uint64_t *checked)
{
	const struct world *world = expectation->world;
	struct lm_range input = world_input(world);
	struct checker checker = { .expectation = expectation, .progress = progress };
	uint64_t ram = banks_size(&world->machine->ram);

	sim_for_each_leaf(world->sim, world->map.root.v, input.start.v, input.size,
			  check_leaf, &checker);
	for_each_invalid(expectation, check_invalid, &checker);
	if (checker.found < ram)
		checker.mismatches += (ram - checker.found) >>
				      world->fmt.config.granule_shift;
	*checked = checker.checked;
	return checker.mismatches;
}
