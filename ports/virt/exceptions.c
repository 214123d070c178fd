// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tells expected faults from all others. */
#include "exceptions.h"

#include "report.h"
#include "smp.h"
#include "sysreg.h"

#define INSTRUCTION_SIZE 4

extern char probe_load_at[], probe_store_at[], probe_call_back[];

static _Noreturn void die(const struct frame *frame, const char *what)
{
	panic("CPU %u: %s: ESR 0x%lx FAR 0x%lx ELR 0x%lx LR 0x%lx", this_cpu()->id, what,
	      read_sysreg(esr_el1), read_sysreg(far_el1), frame->elr, frame->x[30]);
}

void exception_sync(struct frame *frame)
{
	uint64_t esr = read_sysreg(esr_el1);

	if (ESR_CLASS(esr) == CLASS_DATA_ABORT &&
	    (frame->elr == (uint64_t)probe_load_at ||
	     frame->elr == (uint64_t)probe_store_at))
		frame->elr += INSTRUCTION_SIZE;
	else if (ESR_CLASS(esr) == CLASS_INSTRUCTION_ABORT &&
		 frame->x[30] == (uint64_t)probe_call_back)
		frame->elr = frame->x[30];
	else
		die(frame, "fault");
	frame->x[0] = esr;
	frame->x[1] = read_sysreg(far_el1);
}

void exception_unexpected(struct frame *frame)
{
	die(frame, "unexpected exception");
}
