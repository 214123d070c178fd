// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Edits for which nobody stops: all CPUs read and write checked patterns and take their
 * ticks, while leaves are split, change their permissions, and become large again.
 */
#include "changes.h"

#include "load.h"
#include "pages.h"
#include "report.h"
#include "roll.h"
#include "smp.h"
#include "translation.h"

/* CPU 1 works on, and does not answer. */
static void expect_given_up(const struct world *world)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;
	int err;

	if (cpu_levels.count < 2)
		return;
	change_begin(&edit, world, TO_PAGES, 1);
	roll_ignore(1);
	err = scene_commit_by(world, &edit, LM_ROLL, &stop);
	expect(err == -LM_ETIMEOUT && stop.culprit == 1,
	       "CPU 1 does not answer, and is named: %s", lm_strerror(err));
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
	change_begin(&edit, world, TO_PAGES, 1);
	roll_dawdle(1);
	err = scene_commit_by(world, &edit, LM_ROLL, &stop);
	expect(!err, "CPU 1, announced and slow to move, is waited for: %s",
	       lm_strerror(err));
	roll_dawdle_end();
	if (err)
		lm_edit_abort(&edit);
	lm_edit_release(&edit);
}

/* CPUs tick during the edits, as before and after them: none is held anywhere. */
static void expect_ticks(const uint64_t *before)
{
	unsigned int still = 0;

	for (unsigned int id = 0; id < cpu_levels.count; id++)
		still += read_once(cpus[id].ticks) == before[id];
	expect(!still, "every CPU took its ticks meanwhile");
}

void scene_rolling(const struct world *world)
{
	unsigned int edits = world->options->rolls;
	uint64_t in_use = pages_count().in_use;
	uint64_t ticks[MAX_CPUS] = { 0 };
	struct roll_counts counts;
	unsigned int good = 0;

	scene("Nobody stops");
	load_start();
	load_expect_progress(NULL, "before the first edit");
	expect_given_up(world);
	expect_waited_for(world);
	for (unsigned int id = 0; id < cpu_levels.count; id++)
		ticks[id] = read_once(cpus[id].ticks);
	for (unsigned int round = 0; round < edits; round++)
		good += change_make(world, round % CHANGES, round / CHANGES, LM_ROLL);
	expect(good == edits,
	       "%u edits were committed by roll, of %u, and seen by every CPU", good,
	       edits);
	expect_ticks(ticks);
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
