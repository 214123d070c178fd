// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One stop, with nothing else going on that would be counted. */
#include "scenes.h"

#include "mmu.h"
#include "report.h"
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

	for (unsigned int id = 1; id < cpu_levels.count; id++)
		away = cpus[id].away > away ? cpus[id].away : away;
	return away;
}

void measure(const struct world *world)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	struct lm_edit edit;
	int err;

	if (!instructions_are_counted())
		refuse("measure: this CPU counts no instructions; start QEMU with -icount "
		       "shift=0");
	/*
	 * QEMU counts what all CPUs execute, and goes from one to the next when a timer
	 * is due: without timers all that is counted in the stop is the leader's.
	 */
	smp_call_all(stop_timer);
	lm_edit_to_pages(&edit, &kernel_map, linear.range);
	lm_edit_except(&edit, alias.range);
	scene_prepare(world, &edit, world->options->way, LM_OTHERS_HELD);
	err = stop_and_commit(&edit, &stop);
	scene_expect_committed(&edit, err, &stop);
	note("measured: way %s mib %lu instructions %u away %u", way_name(edit.way),
	     devtree_memory_size(world->tree) >> 20, stop.instructions, longest_away());
	lm_edit_release(&edit);
}
