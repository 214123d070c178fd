// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Many ranges in one edit, read-only and unmapped, by each way that is safe here. */
#include "changes.h"

#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "smp.h"
#include "translation.h"

#define PLACE 3

static const enum change in_turn[] = { PARTS_READ_ONLY, PARTS_WRITABLE, LARGE,
				       PARTS_UNMAPPED, LARGE };

static void expect_way(const struct world *world, enum lm_way way)
{
	bool all = true;

	for (unsigned int i = 0; i < sizeof(in_turn) / sizeof(in_turn[0]); i++)
		all = change_make(world, in_turn[i], PLACE, way) && all;
	expect(all,
	       "%s: ranges all over a leaf read-only, writable, unmapped, each in one edit",
	       way_name(way));
}

void scene_ways(const struct world *world)
{
	scene("Scattered pages");
	load_start();
	if (cpus[0].bbm_level == LM_BBM_LIVE)
		expect_way(world, LM_LIVE);
	else
		skip("live", "the boot CPU is not level 3");
	expect_way(world, LM_SWITCH);
	expect_way(world, LM_ROLL);
	expect_way(world, LM_BREAK);
	load_stop();
	expect(!pages_count().in_a_stop, "nothing was allocated in a commit");
	expect_every_page(world->tree, "after it");
}
