// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What one does to the linear map of a machine that runs: which edits, where, in which
 * order. Pools of single pages come last: from then on their tables are not copied.
 */
#include "story_edit.h"

/* Blocks to work in are no larger: what goes on in them is alike. */
#define LARGEST_BLOCK (UINT64_C(1) << 30)

#define POOL_PAGES 512

/* Input addresses; single pages beside one another, if the block has that many. */
struct places {
	struct lm_range block;
	struct lm_range page;
	struct lm_range guard;
	struct lm_range other_memory;
	struct lm_range pool;
};

/* ------------------------------------------------------------------------ where */

static bool overlaps(struct lm_range a, struct lm_range b)
{
	return a.size && b.size && a.start.v < b.start.v + b.size &&
	       b.start.v < a.start.v + a.size;
}

static bool is_free(const struct world *world, struct lm_range range)
{
	if (overlaps(range, world->tables))
		return false;
	for (size_t i = 0; i < world->machine->aliases.count; i++)
		if (overlaps(range, world->aliases[i].range))
			return false;
	return true;
}

/* The first aligned block of this size in RAM, without tables and the kernel's alias. */
static bool find_block_of(const struct world *world, uint64_t size,
			  struct lm_range *block)
{
	const struct banks *ram = &world->machine->ram;

	for (size_t i = 0; i < ram->count; i++) {
		const struct bank *bank = &ram->bank[i];
		uint64_t end = bank->start + bank->size;
		uint64_t pa = (bank->start + (size - 1)) & ~(size - 1);

		for (; pa < end && end - pa >= size; pa += size) {
			*block = (struct lm_range){ { world_address(world, pa) }, size };
			if (is_free(world, *block))
				return true;
		}
	}
	return false;
}

/* The largest that was mapped as one leaf, or as part of a larger one. */
static bool find_block(const struct world *world, const struct report_leaves *mapped,
		       struct lm_range *block)
{
	bool is_mapped = false;

	for (size_t i = 0; i < mapped->sizes; i++) {
		const struct report_leaf *leaf = &mapped->leaf[i];

		is_mapped = is_mapped || leaf->count;
		if (is_mapped && leaf->size <= LARGEST_BLOCK &&
		    find_block_of(world, leaf->size, block))
			return true;
	}
	return false;
}

/* The nth page behind the middle of the block, or its last one. */
static struct lm_range page_behind_middle(struct lm_range block, uint64_t granule,
					  uint64_t n)
{
	uint64_t offset = block.size / 2 + n * granule;

	if (offset >= block.size)
		offset = block.size - granule;
	return (struct lm_range){ { block.start.v + offset }, granule };
}

static bool find_places(const struct story *story, struct places *places)
{
	const struct world *world = &story->world;
	uint64_t granule = lm_granule_size(&world->fmt);
	struct lm_range block;

	if (!find_block(world, &story->report->leaves_before, &block))
		return false;
	*places = (struct places){
		.block = block,
		.page = page_behind_middle(block, granule, 1),
		.guard = page_behind_middle(block, granule, 2),
		.other_memory = page_behind_middle(block, granule, 3),
		.pool = block,
	};
	if (places->pool.size > POOL_PAGES * granule)
		places->pool.size = POOL_PAGES * granule;
	if (places->pool.size > block.size / 2 && block.size > granule)
		places->pool.size = block.size / 2;
	return true;
}

/* ------------------------------------------------------------------------- what */

/* The runtime story while it is told. */
struct telling {
	struct story *story;
	struct report_edits *edits;
	struct places places;
	struct expectation expectation;
	struct lm_reserve deposit;
	bool is_over; /* a fault was committed */
	int err;
};

static struct report_edit *add(struct telling *telling)
{
	struct report_edit *edit =
		report_edits_add(telling->edits, telling->story->report);

	if (telling->edits->count > 1) {
		edit->numbers.leaves_before = edit[-1].numbers.leaves_after;
		edit->numbers.verifier_before = edit[-1].numbers.verifier_after;
	} else if (!telling->story->options->without_boot) {
		edit->numbers.leaves_before = telling->story->report->leaves_after;
	}
	return edit;
}

static void tell(struct telling *telling, const struct edit_request *request)
{
	struct report_edit *edit;

	if (telling->err || telling->is_over)
		return;
	edit = add(telling);
	telling->err = story_edit(telling->story, request, &telling->expectation,
				  &telling->story->report->leaves_before, edit);
	telling->is_over = edit->numbers.fault;
}

static void tell_collapse_of_all(struct telling *telling)
{
	if (!telling->story->report->split_needed ||
	    telling->story->options->without_boot)
		return;
	tell(telling, &(struct edit_request){
			      .name = "collapse-all",
			      .what = "back to the largest leaves, all of it",
			      .goal = EDIT_COLLAPSE,
			      .range = telling->story->world.linear.range,
		      });
}

static void tell_non_global(struct telling *telling)
{
	struct edit_request request = {
		.name = "non-global",
		.what = "every leaf not-global, for KPTI",
		.goal = EDIT_NON_GLOBAL,
		.change = { .set = LM_ATTR_NOT_GLOBAL },
	};

	if (lm_regime_has_two_ranges(telling->story->world.fmt.config.regime))
		tell(telling, &request);
}

static void tell_permissions(struct telling *telling)
{
	const struct lm_format *fmt = &telling->story->world.fmt;
	const struct places *places = &telling->places;
	lm_attrs_t attrs = { 0 };

	tell(telling, &(struct edit_request){
			      .name = "boundaries",
			      .what = "a page of its own in a large leaf",
			      .goal = EDIT_BOUNDARIES,
			      .range = places->page,
		      });
	tell(telling,
	     &(struct edit_request){
		     .name = "read-only",
		     .what = "that page read-only",
		     .goal = EDIT_PROTECT,
		     .range = places->page,
		     .change = lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY }, attrs),
	     });
	tell(telling, &(struct edit_request){
			      .name = "guard",
			      .what = "a guard page made invalid",
			      .goal = EDIT_PROTECT,
			      .range = places->guard,
			      .change = lm_change_to_invalid(fmt),
		      });
	tell(telling, &(struct edit_request){
			      .name = "guard-valid",
			      .what = "the guard page valid again",
			      .goal = EDIT_PROTECT,
			      .range = places->guard,
			      .change = lm_change_to_valid(fmt, attrs),
		      });
}

/*
 * Beside the page that has been cut out of a large leaf are runs. What is right is what
 * the edit before does; this one is only made to go wrong.
 */
static void tell_run(struct telling *telling)
{
	struct world *world = &telling->story->world;
	uint64_t va =
		telling->places.page.start.v +
		lm_level(&world->fmt, LM_LAST_LEVEL)->run * lm_granule_size(&world->fmt);
	struct sim_translation found = sim_walk(world->sim, world->map.root.v, va);
	lm_attrs_t attrs = { 0 };

	if (!story_commits(telling->story, FAULT_RUN_ONE_BY_ONE) || !found.contiguous)
		return;
	tell(telling,
	     &(struct edit_request){
		     .name = "run-read-only",
		     .what = "a contiguous run read-only, entry by entry",
		     .goal = EDIT_RUN,
		     .range = { { va & ~(found.size - 1) }, found.size },
		     .change = lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY }, attrs),
	     });
}

static void tell_memory_type(struct telling *telling)
{
	const struct places *places = &telling->places;
	lm_attrs_t other = { LM_ATTR_INDEX(1) };
	lm_attrs_t none = { 0 };
	lm_attrs_t all = { other.v | LM_ATTR_READ_ONLY };
	struct lm_range range = places->page;

	tell(telling, &(struct edit_request){
			      .name = "memory-type",
			      .what = "another memory type for a page",
			      .goal = EDIT_PROTECT,
			      .range = places->other_memory,
			      .change = lm_change_attrs(other, none),
		      });
	range.size =
		places->other_memory.start.v + places->other_memory.size - range.start.v;
	tell(telling, &(struct edit_request){
			      .name = "restore",
			      .what = "these pages as they were mapped",
			      .goal = EDIT_PROTECT,
			      .range = range,
			      .change = lm_change_attrs(none, all),
		      });
}

/* With a deposit, unless it is shown what becomes of tables that go back too early. */
static void tell_collapse(struct telling *telling)
{
	struct story *story = telling->story;
	bool keeps = !story_commits(story, FAULT_COLLAPSE_FREED_EARLY);

	tell(telling, &(struct edit_request){
			      .name = "collapse",
			      .what = "back to the largest leaves, tables kept",
			      .goal = EDIT_COLLAPSE,
			      .range = story->world.linear.range,
			      .deposit = keeps ? &telling->deposit : NULL,
		      });
	tell(telling, &(struct edit_request){
			      .name = "boundaries-again",
			      .what = "split again with kept tables, no memory left",
			      .goal = EDIT_BOUNDARIES,
			      .range = telling->places.page,
			      .deposit = &telling->deposit,
			      .refuses = true,
		      });
	lm_deposit_release(&telling->deposit);
}

static void tell_pool(struct telling *telling)
{
	struct world *world = &telling->story->world;
	struct lm_range pool = telling->places.pool;

	tell(telling, &(struct edit_request){
			      .name = "pool",
			      .what = "a pool of pages, as for KFENCE",
			      .goal = EDIT_PAGES,
			      .range = pool,
		      });
	if (telling->err || telling->is_over)
		return;
	world->pool = (struct lm_region){
		.name = "pool",
		.range = pool,
		.flags = LM_VOLATILE,
	};
	telling->err = lm_map_add_region(&world->map, &world->pool);
	if (telling->err)
		telling->err = story_refuse(telling->story, "adding the pool's region",
					    telling->err);
	tell(telling, &(struct edit_request){
			      .name = "pool-guards",
			      .what = "every other page of it a guard, without memory",
			      .goal = EDIT_GUARDS,
			      .range = pool,
			      .change = lm_change_to_invalid(&world->fmt),
			      .step = 2 * lm_granule_size(&world->fmt),
			      .refuses = true,
		      });
}

int story_tell_runtime(struct story *story, struct report_edits *edits)
{
	struct telling telling = { .story = story, .edits = edits };

	edits->fault = fault_name(story->options->fault);
	if (!find_places(story, &telling.places)) {
		snprintf(edits->none, sizeof(edits->none),
			 "no RAM is neither the kernel's alias nor tables");
		return 0;
	}
	expect_init(&telling.expectation, &story->world);
	lm_deposit_init(&telling.deposit, &story->world.map);
	tell_collapse_of_all(&telling);
	tell_non_global(&telling);
	tell_permissions(&telling);
	tell_run(&telling);
	tell_memory_type(&telling);
	tell_collapse(&telling);
	tell_pool(&telling);
	return telling.err;
}
