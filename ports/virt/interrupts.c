// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What each interrupt means: a tick, a call, a call to park or to roll. */
#include "interrupts.h"

#include "gic.h"
#include "roll.h"
#include "smp.h"
#include "timer.h"

void interrupt(void)
{
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
}
