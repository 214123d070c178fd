// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A pool like KFENCE's: pages from the start, where guards come and go at any time. */
#include "scenes.h"

#include "access.h"
#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "translation.h"

#define AT_OFFSET 0x800000 /* of the area */
#define PAGES	  32
#define GUARD	  7
#define ROUNDS	  8

static struct lm_region pool = { .name = "pool", .flags = LM_VOLATILE };

static void make_pool(const struct world *world)
{
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;
	int err;

	pool.range = scene_pages(world, AT_OFFSET, PAGES);
	lm_edit_to_pages(&edit, &kernel_map, pool.range);
	scene_edit(world, &edit, world->options->way, scene_hold());
	scene_release(&edit, in_use);
	err = lm_map_add_region(&kernel_map, &pool);
	expect(!err && pool.census.leaves[LM_LAST_LEVEL - LM_FIRST_LEVEL][LM_SINGLE] ==
			       PAGES,
	       "the pool is a region of %u pages", PAGES);
}

static bool change(lm_va_t va, struct lm_leaf_change change)
{
	struct lm_range page = { va, lm_granule_size(&kernel_map.fmt) };

	return !lm_protect(&kernel_map, page, change, LM_WALKED_BY_INTOLERANT, NULL);
}

/* Whether all CPUs see the guard at once, and see it gone at once. */
static unsigned int guard_comes_and_goes(lm_va_t guard)
{
	const struct lm_format *fmt = &kernel_map.fmt;
	lm_attrs_t none = { 0 };
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		wrong += !every_cpu_finds(try_load, guard, NO_FAULT);
		wrong += !change(guard, lm_change_to_invalid(fmt));
		wrong += !every_cpu_finds(try_load, guard,
					  TRANSLATION_FAULT(LM_LAST_LEVEL));
		wrong += !change(guard, lm_change_to_valid(fmt, none));
	}
	return wrong;
}

/* A switch would copy the table that maps the pool, and lose its guards. */
static void expect_no_copy(struct lm_range beside)
{
	uint64_t fingerprint = linear_fingerprint();
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;
	int err;

	lm_edit_protect(&edit, &kernel_map, beside, scene_read_only(true));
	err = lm_edit_prepare(&edit, LM_SWITCH);
	expect(err == -LM_EVOLATILE && linear_fingerprint() == fingerprint,
	       "a switch beside the pool is refused: %s", lm_strerror(err));
	scene_release(&edit, in_use);
}

void scene_guard(const struct world *world)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);
	lm_va_t guard, left, right;

	scene("A guard page");
	make_pool(world);
	guard.v = pool.range.start.v + GUARD * page_size;
	left.v = guard.v - page_size;
	right.v = guard.v + page_size;

	load_start();
	load_expect_progress(NULL, "with the pool");
	expect(!guard_comes_and_goes(guard),
	       "made invalid it faults, and valid it does not, on every CPU, %u times",
	       ROUNDS);
	expect(change(guard, lm_change_to_invalid(&kernel_map.fmt)) &&
		       every_cpu_finds(try_store, left, NO_FAULT) &&
		       every_cpu_finds(try_store, right, NO_FAULT),
	       "its neighbours work while it is there");
	expect(change(guard, lm_change_to_valid(&kernel_map.fmt, (lm_attrs_t){ 0 })),
	       "the guard goes");
	load_stop();

	expect_no_copy(scene_pages(world, AT_OFFSET + PAGES * page_size, 1));
	note_leaves();
	expect_every_page(world->tree, "in the end");
	expect_permissions();
}
