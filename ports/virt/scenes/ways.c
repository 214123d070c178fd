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

/*
 * Collapsing, as any change of all RAM, is not for break: tables, stack and code would be
 * unmapped.
 */
static int commit(const struct world *world, struct lm_edit *edit, enum change change,
		  enum lm_way way, struct stop *stop)
{
	if (change == LARGE && way == LM_BREAK)
		way = scene_cheapest_way(edit, LM_OTHERS_HELD);
	return scene_commit_by(world, edit, way, stop);
}

/* Return: whether it is committed, all is given back, and every CPU sees it. */
static bool change_by(const struct world *world, enum change change, enum lm_way way)
{
	uint64_t in_use = pages_count().in_use;
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	struct lm_edit edit;
	bool good;
	int err;

	change_begin(&edit, world, change, PLACE);
	err = commit(world, &edit, change, way, &stop);
	good = !err && !lm_edit_tables_left(&edit) && !lm_edit_release(&edit) &&
	       pages_count().in_use - in_use == (uint64_t)scene_growth(&edit);
	good = good && change_is_seen(world, change, PLACE);
	good = change_end(world, change, PLACE) && good;
	if (!good)
		note("%s, %s at 0x%lx: %s", way_name(way), change_name(change),
		     edit.where.v, lm_strerror(err));
	return good;
}

static void expect_way(const struct world *world, enum lm_way way)
{
	bool all = true;

	for (unsigned int i = 0; i < sizeof(in_turn) / sizeof(in_turn[0]); i++)
		all = change_by(world, in_turn[i], way) && all;
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
