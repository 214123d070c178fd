// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What each interrupt means: a tick, a call, a call to park or to roll. */
#include "interrupts.h"

#include "gic.h"
#include "roll.h"
#include "smp.h"
#include "timer.h"

static void note_away(struct cpu *cpu, uint64_t from)
{
	uint32_t away = (uint32_t)(instructions() - from);

	if (away > cpu->away)
		cpu->away = away;
}

void interrupt(void)
{
	uint64_t from = instructions();
	enum gic_interrupt_id id;

	if (!gic_take(&id))
		return;
	if (id == GIC_TIMER) {
		timer_arm();
		this_cpu()->ticks++;
	}
	/* Before the answer: a call that arrives during it counts again. */
	gic_end(id);
	if (id == GIC_PARK)
		smp_answer_park();
	if (id == GIC_ROLL)
		roll_answer();
	if (id == GIC_CALL)
		smp_answer_call();
	if (id == GIC_PARK || id == GIC_ROLL)
		note_away(this_cpu(), from);
}
