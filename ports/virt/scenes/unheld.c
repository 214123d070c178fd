// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A live change while all other CPUs go on. */
#include "scenes.h"

#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "smp.h"
#include "translation.h"
#include "witness.h"

/* The upper half of RAM, to the page: leaves across its border are split, too. */
static struct lm_range upper_half(void)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);
	uint64_t size = (linear.range.size / 2 & ~(page_size - 1)) + page_size;

	return (struct lm_range){ { linear.range.start.v + linear.range.size - size },
				  size };
}

void scene_unheld(const struct world *world)
{
	struct stop stop = { 0 };
	uint64_t in_use = pages_count().in_use;
	struct lm_range range = upper_half();
	struct lm_edit edit;
	int err;

	scene("Pages while all CPUs run");
	if (!smp_all_tolerate_live()) {
		skip("pages while all CPUs run", "not every CPU is level 3");
		return;
	}
	lm_edit_to_pages(&edit, &kernel_map, range);
	lm_edit_except(&edit, alias.range);
	scene_prepare(world, &edit, scene_stop_way(world), LM_NONE_HELD);
	load_start();
	load_expect_progress(NULL, "before the commit");
	witness_load();
	err = commit_unheld(&edit, &stop);
	if (!err)
		witness_look();
	scene_expect_committed(&edit, err, &stop);
	witness_expect();
	load_expect_progress(NULL, "after it");
	load_stop();

	scene_release(&edit, in_use);
	note_leaves();
	expect_every_page(world->tree, "after it");
	expect_permissions();
}
