// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Edits of the linear map of a running machine: which ones, where, in which order.
 * Pools of single pages come last: from then on their tables are not copied.
 */
#include "scenario/parts.h"

#include "scenario/edit_check.h"
#include "scenario/edit_way.h"

#include <string.h>

/* Larger blocks to work in would show nothing more. */
#define LARGEST_BLOCK (UINT64_C(1) << 30)

#define POOL_PAGES 512

#define MANY 64

/* Input addresses; the single pages are adjacent, if the block has that many. */
struct places {
	struct lm_range block;
	struct lm_range page;
	struct lm_range guard;
	struct lm_range other_memory;
	struct lm_range many[MANY]; /* single pages all over the block */
	size_t many_count;
	uint64_t apart; /* bytes from one of these to the next */
	struct lm_range unmapped;
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

/* The first aligned block of this size in RAM without tables and kernel's alias. */
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

/* The largest block that was mapped as one leaf, or as part of a larger one. */
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

/* The nth page after the middle of the block, or its last one. */
static struct lm_range page_after_middle(struct lm_range block, uint64_t granule,
					 uint64_t n)
{
	uint64_t offset = block.size / 2 + n * granule;

	if (offset >= block.size)
		offset = block.size - granule;
	return (struct lm_range){ { block.start.v + offset }, granule };
}

static void spread_many(struct places *places, uint64_t granule)
{
	struct lm_range block = places->block;

	places->apart = block.size / MANY;
	if (places->apart < 2 * granule)
		places->apart = 2 * granule;
	for (uint64_t at = 0; at < block.size; at += places->apart)
		places->many[places->many_count++] =
			(struct lm_range){ { block.start.v + at }, granule };
}

/*
 * A quarter of the block, in its second half. It ends between two of the many pages, and a
 * page after what would be the end of a larger leaf: so leaves reach across both of its
 * ends.
 */
static void choose_unmapped(struct places *places, uint64_t granule)
{
	struct lm_range block = places->block;
	uint64_t offset = block.size / 8 * 5 + places->apart / 2 + granule;

	if (offset >= block.size)
		places->unmapped = places->page;
	else
		places->unmapped =
			(struct lm_range){ { block.start.v + offset }, block.size / 4 };
}

static bool find_places(const struct scenario *scenario, struct places *places)
{
	const struct world *world = &scenario->world;
	uint64_t granule = lm_granule_size(&world->fmt);
	struct lm_range block;

	if (!find_block(world, &scenario->report->machine.leaves, &block))
		return false;
	*places = (struct places){
		.block = block,
		.page = page_after_middle(block, granule, 1),
		.guard = page_after_middle(block, granule, 2),
		.other_memory = page_after_middle(block, granule, 3),
		.pool = block,
	};
	spread_many(places, granule);
	choose_unmapped(places, granule);
	if (places->pool.size > POOL_PAGES * granule)
		places->pool.size = POOL_PAGES * granule;
	if (places->pool.size > block.size / 2 && block.size > granule)
		places->pool.size = block.size / 2;
	return true;
}

/* ------------------------------------------------------------------------- what */

/* The state of the edits at run time. */
struct runtime {
	struct scenario *scenario;
	struct places places;
	struct lm_reserve deposit;
	bool is_over; /* a fault was injected */
	int err;
};

/* The fault that the options ask for, if this edit is the one for it. */
static enum fault fault_of(const struct runtime *runtime,
			   const struct edit_request *request)
{
	enum fault fault = runtime->scenario->options->fault;
	const char *name = fault_edit(fault);

	return name && !strcmp(name, request->name) ? fault : FAULT_NONE;
}

/* The allocator of a machine without free memory, or in atomic context. */
static size_t refuse_to_allocate(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	(void)ctx;
	(void)level;
	(void)wanted;
	(void)first;
	return 0;
}

static int make(struct edit_run *run)
{
	struct lm_env *env = &run->scenario->world.map.env;
	lm_alloc_fn *alloc = env->alloc;
	int err;

	if (run->request->no_memory)
		env->alloc = refuse_to_allocate;
	err = run->report->by_edit ? edit_way_run(run) : edit_run_protect(run);
	env->alloc = alloc;
	return err;
}

static void note_error(struct edit_run *run, int err)
{
	struct report_edit *report = run->report;

	if (err == -LM_ENOLEAF)
		report_set_not_done(report, "nothing forms a larger leaf");
	else
		snprintf(report->failure, sizeof(report->failure), "%s: %s", run->at,
			 lm_strerror(err));
}

/* As in the plan. */
static void note_obstacle(struct edit_run *run)
{
	if (run->request->goal != EDIT_COLLAPSE)
		return;
	run->report->obstacle = run->edit.obstacle;
	run->report->obstacle_va = run->edit.obstacle_va.v;
}

static void expect(struct edit_run *run)
{
	const struct edit_request *request = run->request;
	const struct world *world = &run->scenario->world;
	struct expect_request asked = {
		.range = request->range,
		.step = request->step ? request->step : lm_granule_size(&world->fmt),
		.change = request->change,
		.unmaps = request->goal == EDIT_UNMAP,
	};

	if (request->goal == EDIT_NON_GLOBAL)
		asked.range = world_input(world);
	if (asked.unmaps || (asked.change.set | asked.change.clear))
		expect_add(&run->scenario->expectation, &asked);
}

static void count_allocations(struct edit_run *run)
{
	const struct scenario *scenario = run->scenario;

	run->report->allocations = sim_events(scenario->world.sim).allocations -
				   scenario->mark.events.allocations;
}

static void edit(struct runtime *runtime, const struct edit_request *request)
{
	struct scenario *scenario = runtime->scenario;
	struct edit_run run;
	int err;

	if (runtime->err || runtime->is_over)
		return;
	edit_run_begin(&run, scenario, request, report_add_edit(scenario->report),
		       fault_of(runtime, request));
	err = make(&run);
	if (err)
		note_error(&run, err);
	else
		expect(&run);
	note_obstacle(&run);
	count_allocations(&run);
	runtime->err = edit_check(&run);
	runtime->is_over = run.fault;
}

static void edit_collapse_of_all(struct runtime *runtime)
{
	if (!runtime->scenario->report->machine.split_needed ||
	    !runtime->scenario->options->boot)
		return;
	edit(runtime, &(struct edit_request){
			      .name = "collapse-all",
			      .what = "back to the largest leaves, the whole map",
			      .goal = EDIT_COLLAPSE,
			      .range = runtime->scenario->world.linear.range,
		      });
}

static void edit_non_global(struct runtime *runtime)
{
	struct edit_request request = {
		.name = "non-global",
		.what = "every leaf not-global, for KPTI",
		.goal = EDIT_NON_GLOBAL,
		.change = { .set = LM_ATTR_NOT_GLOBAL },
	};

	if (lm_regime_has_two_ranges(runtime->scenario->world.fmt.config.regime))
		edit(runtime, &request);
}

static void edit_permissions(struct runtime *runtime)
{
	const struct lm_format *fmt = &runtime->scenario->world.fmt;
	const struct places *places = &runtime->places;
	lm_attrs_t attrs = { 0 };

	edit(runtime, &(struct edit_request){
			      .name = "boundaries",
			      .what = "a single page split out of a large leaf",
			      .goal = EDIT_BOUNDARIES,
			      .range = places->page,
		      });
	edit(runtime,
	     &(struct edit_request){
		     .name = "read-only",
		     .what = "that page read-only",
		     .goal = EDIT_PROTECT,
		     .range = places->page,
		     .change = lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY }, attrs),
	     });
	edit(runtime, &(struct edit_request){
			      .name = "guard",
			      .what = "a guard page made invalid",
			      .goal = EDIT_PROTECT,
			      .range = places->guard,
			      .change = lm_change_to_invalid(fmt),
		      });
	edit(runtime, &(struct edit_request){
			      .name = "guard-valid",
			      .what = "the guard page valid again",
			      .goal = EDIT_PROTECT,
			      .range = places->guard,
			      .change = lm_change_to_valid(fmt, attrs),
		      });
}

/*
 * The page that was split out of a large leaf has runs beside it. The previous edit shows
 * the right protocol; this one exists only for its fault.
 */
static void edit_run_of_pages(struct runtime *runtime)
{
	const struct scenario *scenario = runtime->scenario;
	const struct world *world = &scenario->world;
	uint64_t va =
		runtime->places.page.start.v +
		lm_level(&world->fmt, LM_LAST_LEVEL)->run * lm_granule_size(&world->fmt);
	struct sim_translation found = sim_walk(world->sim, world->map.root.v, va);
	lm_attrs_t attrs = { 0 };

	if (scenario->options->fault != FAULT_RUN_ONE_BY_ONE || !found.contiguous)
		return;
	edit(runtime,
	     &(struct edit_request){
		     .name = "run-read-only",
		     .what = "a contiguous run read-only, entry by entry",
		     .goal = EDIT_RUN,
		     .range = { { va & ~(found.size - 1) }, found.size },
		     .change = lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY }, attrs),
	     });
}

static void edit_memory_type(struct runtime *runtime)
{
	const struct places *places = &runtime->places;
	lm_attrs_t other = { LM_ATTR_INDEX(1) };
	lm_attrs_t none = { 0 };
	lm_attrs_t all = { other.v | LM_ATTR_READ_ONLY };
	struct lm_range range = places->page;

	edit(runtime, &(struct edit_request){
			      .name = "memory-type",
			      .what = "another memory type for a page",
			      .goal = EDIT_PROTECT,
			      .range = places->other_memory,
			      .change = lm_change_attrs(other, none),
		      });
	range.size =
		places->other_memory.start.v + places->other_memory.size - range.start.v;
	edit(runtime, &(struct edit_request){
			      .name = "restore",
			      .what = "these pages back to what they were",
			      .goal = EDIT_PROTECT,
			      .range = range,
			      .change = lm_change_attrs(none, all),
		      });
}

/* With a deposit, unless the fault frees tables too early. */
static void edit_collapse(struct runtime *runtime)
{
	struct scenario *scenario = runtime->scenario;
	bool keeps = scenario->options->fault != FAULT_COLLAPSE_FREED_EARLY;

	edit(runtime, &(struct edit_request){
			      .name = "collapse",
			      .what = "back to the largest leaves, tables kept",
			      .goal = EDIT_COLLAPSE,
			      .range = scenario->world.linear.range,
			      .deposit = keeps ? &runtime->deposit : NULL,
		      });
	edit(runtime,
	     &(struct edit_request){
		     .name = "boundaries-again",
		     .what = "the same split with the kept tables, no free memory",
		     .goal = EDIT_BOUNDARIES,
		     .range = runtime->places.page,
		     .deposit = &runtime->deposit,
		     .no_memory = true,
	     });
	lm_deposit_release(&runtime->deposit);
}

static void edit_many(struct runtime *runtime)
{
	const struct places *places = &runtime->places;
	lm_attrs_t attrs = { 0 };

	edit(runtime,
	     &(struct edit_request){
		     .name = "many-ranges",
		     .what = "single pages far apart read-only, in one edit",
		     .goal = EDIT_PROTECT,
		     .range = places->block,
		     .change = lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY }, attrs),
		     .step = places->apart,
		     .parts = places->many,
		     .part_count = places->many_count,
	     });
}

/* A step between edits that should not fail. */
static void note_step(struct runtime *runtime, const char *step, int err)
{
	if (err)
		runtime->err = scenario_refuse(runtime->scenario, step, err);
}

/* Memory goes: while part of it is unmapped, it is counted by itself. */
static void edit_unmap(struct runtime *runtime)
{
	struct world *world = &runtime->scenario->world;

	if (runtime->err || runtime->is_over)
		return;
	world->plugged = (struct lm_region){
		.name = "plugged",
		.range = runtime->places.block,
		.flags = world->linear.flags,
		.longest_contiguous = world->linear.longest_contiguous,
	};
	note_step(runtime, "adding a region",
		  lm_map_add_region(&world->map, &world->plugged));
	edit(runtime, &(struct edit_request){
			      .name = "unmap",
			      .what = "memory that goes away, unmapped",
			      .goal = EDIT_UNMAP,
			      .range = runtime->places.unmapped,
		      });
	if (runtime->err)
		return;
	note_step(runtime, "removing a region",
		  lm_map_remove_region(&world->map, &world->plugged));
	world->plugged = (struct lm_region){ 0 };
}

static void edit_pool(struct runtime *runtime)
{
	struct world *world = &runtime->scenario->world;
	struct lm_range pool = runtime->places.pool;

	edit(runtime, &(struct edit_request){
			      .name = "pool",
			      .what = "a pool of pages, as for KFENCE",
			      .goal = EDIT_PAGES,
			      .range = pool,
		      });
	if (runtime->err || runtime->is_over)
		return;
	world->pool = (struct lm_region){
		.name = "pool",
		.range = pool,
		.flags = LM_VOLATILE,
	};
	note_step(runtime, "adding the pool's region",
		  lm_map_add_region(&world->map, &world->pool));
	edit(runtime, &(struct edit_request){
			      .name = "pool-guards",
			      .what = "every other page of it a guard, no free memory",
			      .goal = EDIT_GUARDS,
			      .range = pool,
			      .change = lm_change_to_invalid(&world->fmt),
			      .step = 2 * lm_granule_size(&world->fmt),
			      .no_memory = true,
		      });
}

int scenario_runtime(struct scenario *scenario)
{
	struct runtime runtime = { .scenario = scenario };
	struct report *report = scenario->report;

	report->fault = fault_name(scenario->options->fault);
	if (!find_places(scenario, &runtime.places)) {
		snprintf(report->none, sizeof(report->none),
			 "all RAM is the kernel's alias or tables");
		return 0;
	}
	lm_deposit_init(&runtime.deposit, &scenario->world.map);
	edit_collapse_of_all(&runtime);
	edit_non_global(&runtime);
	edit_permissions(&runtime);
	edit_run_of_pages(&runtime);
	edit_memory_type(&runtime);
	edit_collapse(&runtime);
	edit_many(&runtime);
	edit_unmap(&runtime);
	edit_pool(&runtime);
	return runtime.err;
}
