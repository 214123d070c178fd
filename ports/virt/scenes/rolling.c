// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Edits for which nobody stops: all CPUs read and write checked patterns and take their
 * ticks, while leaves are split, change their permissions, and become large again.
 */
#include "scenes.h"

#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "roll.h"
#include "smp.h"
#include "translation.h"

#define ROUNDS 10

enum round_kind { PAGES, READ_ONLY, WRITABLE, LARGE, KINDS };

static void begin(const struct world *world, struct lm_edit *edit, unsigned int round)
{
	struct lm_range pages = scene_pages(world, 0, 16);
	const lm_attrs_t bit = { LM_ATTR_READ_ONLY }, none = { 0 };

	switch ((enum round_kind)(round % KINDS)) {
	case PAGES:
		lm_edit_to_pages(edit, &kernel_map, world->area);
		break;
	case READ_ONLY:
		lm_edit_protect(edit, &kernel_map, pages, lm_change_attrs(bit, none));
		break;
	case WRITABLE:
		lm_edit_protect(edit, &kernel_map, pages, lm_change_attrs(none, bit));
		break;
	case LARGE:
	case KINDS:
		lm_edit_collapse(edit, &kernel_map, linear.range);
		lm_edit_except(edit, alias.range);
		break;
	}
	lm_edit_locked(edit);
}

/* Return: whether all went well, and nothing is left. */
static bool roll_once(const struct world *world, unsigned int round)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	struct lm_edit edit;
	int err;

	begin(world, &edit, round);
	err = lm_edit_prepare(&edit, LM_ROLL);
	if (!err)
		err = roll_and_commit(&edit, &stop);
	if (err)
		note("round %u at 0x%lx, CPU %u: %s", round, edit.where.v, stop.culprit,
		     lm_strerror(err));
	return !err && !lm_edit_tables_left(&edit) && !lm_edit_release(&edit);
}

/* CPU 1 works on, and does not answer. */
static void expect_given_up(const struct world *world)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;
	int err;

	if (cpu_levels.count < 2)
		return;
	begin(world, &edit, PAGES);
	roll_ignore(1);
	err = lm_edit_prepare(&edit, LM_ROLL);
	if (!err)
		err = roll_and_commit(&edit, &stop);
	expect(err == -LM_ETIMEOUT && stop.culprit == 1,
	       "CPU 1 does not answer, and is named");
	expect(!lm_edit_abort(&edit) && pages_count().in_use == in_use,
	       "the others came back, and everything was given back");
}

/* CPU 1 has announced itself, and does not move before the leader's time is over. */
static void expect_waited_for(const struct world *world)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	struct lm_edit edit;
	int err;

	if (cpu_levels.count < 2)
		return;
	begin(world, &edit, PAGES);
	err = lm_edit_prepare(&edit, LM_ROLL);
	roll_dawdle(1);
	if (!err)
		err = roll_and_commit(&edit, &stop);
	expect(!err, "CPU 1, announced and slow to move, is waited for: %s",
	       lm_strerror(err));
	roll_dawdle_end();
	if (err)
		lm_edit_abort(&edit);
	lm_edit_release(&edit);
}

void scene_rolling(const struct world *world)
{
	uint64_t in_use = pages_count().in_use;
	struct roll_counts counts;
	unsigned int good = 0;

	scene("Nobody stops");
	load_start();
	load_expect_progress(NULL, "before the first edit");
	expect_given_up(world);
	expect_waited_for(world);
	for (unsigned int round = 0; round < ROUNDS * KINDS; round++)
		good += roll_once(world, round);
	expect(good == ROUNDS * KINDS, "%u edits were committed by roll, of %u", good,
	       ROUNDS * KINDS);
	load_expect_progress(NULL, "after the last one");
	load_stop();
	counts = roll_counts();
	note("CPUs moved and went home %'lu times",
	     counts.moves.times + counts.homes.times);
	expect(!counts.moves.nested && !counts.homes.nested,
	       "all exceptions were masked only for that");
	expect(pages_count().in_use == in_use, "as many tables are in use as before");
	expect(!pages_count().in_a_stop, "nothing was allocated in a commit");
	note_leaves();
	expect_every_page(world->tree, "after it");
	expect_permissions();
}
