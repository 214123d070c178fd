// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Gives five pages leaves of their own, and makes one read-only, without an edit. */
#include "scenes.h"

#include "access.h"
#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "translation.h"

#define FIRST_PAGE 3 /* of the area; in one contiguous run with any granule */
#define PAGES	   5
#define READ_ONLY  2 /* of these */

/*
 * After it, the run of pages that contained the five is gone, whatever the leaf was
 * before, and everything around them is runs and larger leaves.
 */
static void expect_one_run_less(uint64_t pages_before)
{
	const uint64_t *pages =
		&linear.census.leaves[LM_LAST_LEVEL - LM_FIRST_LEVEL][LM_SINGLE];
	unsigned int run = lm_level(&kernel_map.fmt, LM_LAST_LEVEL)->run;

	expect(*pages - pages_before == run,
	       "%lu pages are leaves now, one run of %u, and all around are larger",
	       *pages - pages_before, run);
}

static void make_boundaries(const struct world *world, struct lm_range range)
{
	uint64_t pages = linear.census.leaves[LM_LAST_LEVEL - LM_FIRST_LEVEL][LM_SINGLE];
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;

	lm_edit_to_boundaries(&edit, &kernel_map, range);
	scene_edit(world, &edit, world->options->way, scene_hold());
	scene_release(&edit, in_use);
	expect_one_run_less(pages);
}

static bool protect(lm_va_t va, struct lm_leaf_change change)
{
	struct lm_range page = { va, lm_granule_size(&kernel_map.fmt) };
	int err = lm_protect(&kernel_map, page, change, LM_WALKED_BY_INTOLERANT, NULL);

	if (err)
		note("lm_protect: %s", lm_strerror(err));
	return !err;
}

void scene_boundaries(const struct world *world)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);
	struct lm_range range = scene_pages(world, FIRST_PAGE * page_size, PAGES);
	lm_va_t page = { range.start.v + READ_ONLY * page_size };
	lm_va_t left = { page.v - page_size }, right = { page.v + page_size };

	scene("One page read-only");
	load_start();
	make_boundaries(world, range);
	expect(every_cpu_finds(try_store, page, NO_FAULT),
	       "a store to a page in the middle is allowed on every CPU");
	expect(protect(page, scene_read_only(true)),
	       "it is made read-only while all CPUs run");
	expect(every_cpu_finds(try_store, page, PERMISSION_FAULT(LM_LAST_LEVEL)),
	       "a store to it faults on every CPU");
	expect(every_cpu_finds(try_store, left, NO_FAULT) &&
		       every_cpu_finds(try_store, right, NO_FAULT),
	       "a store to its neighbours does not fault");
	expect(protect(page, scene_read_only(false)) &&
		       every_cpu_finds(try_store, page, NO_FAULT),
	       "made writable again, a store to it is allowed");
	load_stop();
	note_leaves();
	expect_every_page(world->tree, "after it");
}
