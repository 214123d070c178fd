// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One edit, with nothing else going on that would be counted. */
#include "scenes.h"

#include "load.h"
#include "mmu.h"
#include "report.h"
#include "roll.h"
#include "smp.h"
#include "timer.h"

static void stop_timer(struct cpu *cpu)
{
	(void)cpu;
	timer_stop();
}

static void come_back(struct cpu *cpu)
{
	(void)cpu;
}

/* A CPU that answers a call has returned from parking. */
static uint32_t longest_away(void)
{
	uint32_t away = 0;

	smp_call_all(come_back);

	for (unsigned int id = 0; id < cpu_levels.count; id++)
		away = cpus[id].away > away ? cpus[id].away : away;
	return away;
}

/* Each CPU has moved once, and gone home once. */
static void report_roll(const struct world *world)
{
	struct roll_counts all = roll_counts();
	unsigned int count = cpu_levels.count;

	expect(all.moves.times == count && all.homes.times == count,
	       "every CPU moved and went home");
	expect(!all.moves.nested && !all.homes.nested,
	       "all exceptions were masked only for that");
	note("measured: way roll mib %lu move %u %u home %u %u away %u",
	     devtree_memory_size(world->tree) >> 20, all.moves.least, all.moves.most,
	     all.homes.least, all.homes.most, longest_away());
}

/* The others work meanwhile. */
static void measure_roll(const struct world *world, struct lm_edit *edit)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	int err;

	load_start();
	err = roll_and_commit(edit, &stop);
	expect(!err && !lm_edit_tables_left(edit), "the change is committed: %s",
	       lm_strerror(err));
	load_stop();
	report_roll(world);
}

static void measure_stop(const struct world *world, struct lm_edit *edit)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	int err = stop_and_commit(edit, &stop);

	scene_expect_committed(edit, err, &stop);
	note("measured: way %s mib %lu instructions %u away %u", way_name(edit->way),
	     devtree_memory_size(world->tree) >> 20, stop.instructions, longest_away());
}

void measure(const struct world *world)
{
	struct lm_edit edit;

	if (!instructions_are_counted())
		refuse("measure: this CPU counts no instructions; start QEMU with -icount "
		       "shift=0");
	/*
	 * QEMU counts what all CPUs execute, and goes from one to the next when a timer
	 * is due: without timers all that is counted in the stop is the leader's.
	 */
	smp_call_all(stop_timer);
	scene_begin_to_pages(&edit);
	scene_prepare(world, &edit, world->options->way, LM_OTHERS_HELD);
	if (edit.way == LM_ROLL)
		measure_roll(world, &edit);
	else
		measure_stop(world, &edit);
	lm_edit_release(&edit);
}
