// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Back to the largest leaves, with a deposit that makes the next split free. */
#include "scenes.h"

#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "translation.h"
#include "witness.h"

/* All of the linear map, while the others work. Returns by how much the tables grew. */
static int64_t collapse(const struct world *world, struct lm_reserve *deposit)
{
	struct lm_edit edit;

	scene_begin_collapse(&edit);
	lm_edit_deposit(&edit, deposit);
	load_start();
	load_expect_progress(NULL, "before the commit");
	witness_load();
	scene_edit(world, &edit, WAY_CHOSEN, scene_hold());
	load_stop();
	/* The witness is in a large leaf now, so nobody else may use that meanwhile. */
	witness_look();
	witness_expect();
	lm_edit_release(&edit);
	expect(scene_is_as_at_boot(world), "the leaves are those at boot");
	return scene_growth(&edit);
}

/* Split the leaf or run that contains the area, or the area's pages. */
static int64_t split_without_memory(const struct world *world, struct lm_reserve *deposit)
{
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;

	note("now the allocator has nothing left to give");
	pages_refuse(true);
	lm_edit_to_pages(&edit, &kernel_map, world->area);
	lm_edit_deposit(&edit, deposit);
	witness_load();
	scene_edit(world, &edit, WAY_CHOSEN, scene_hold());
	witness_look();
	witness_expect();
	lm_edit_release(&edit);
	pages_refuse(false);
	expect(pages_count().in_use == in_use && edit.plan.leaves,
	       "%'lu leaves were split with tables from the deposit", edit.plan.leaves);
	return scene_growth(&edit);
}

void scene_collapse(const struct world *world)
{
	uint64_t in_use = pages_count().in_use;
	struct lm_reserve deposit;
	int64_t more;

	scene("Back to the largest leaves");
	lm_deposit_init(&deposit, &kernel_map);
	more = collapse(world, &deposit);
	note_leaves();
	expect_every_page(world->tree, "after it");

	more += split_without_memory(world, &deposit);
	expect_every_page(world->tree, "after that");
	more += collapse(world, &deposit);
	expect(!lm_deposit_release(&deposit) &&
		       pages_count().in_use == in_use + (uint64_t)more,
	       "the deposit gives everything back: %'lu pages less are in use, all were "
	       "tables",
	       in_use - pages_count().in_use);
	expect_every_page(world->tree, "with the largest leaves");
	expect_permissions();
}
