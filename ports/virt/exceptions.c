// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tells the faults that were asked for from all others. */
#include "exceptions.h"

#include "report.h"
#include "smp.h"
#include "sysreg.h"

#define ESR_EC(esr)	((unsigned int)((esr) >> 26) & 0x3f)
#define EC_INSTRUCTION	0x21 /* abort, from EL1 */
#define EC_DATA		0x25
#define ESR_STATUS(esr) ((unsigned int)(esr)&0x3c) /* without the level */
#define PERMISSION	0x0c

#define INSTRUCTION_SIZE 4

extern char probe_load_at[], probe_store_at[], probe_call_back[];
uint64_t probe_load(uint64_t va);
uint64_t probe_store(uint64_t va);
uint64_t probe_call(uint64_t va);

static _Noreturn void die(const struct frame *frame, const char *what)
{
	panic("CPU %u: %s: ESR 0x%lx FAR 0x%lx ELR 0x%lx LR 0x%lx", this_cpu()->id, what,
	      read_sysreg(esr_el1), read_sysreg(far_el1), frame->elr, frame->x[30]);
}

void exception_sync(struct frame *frame)
{
	uint64_t esr = read_sysreg(esr_el1);

	if (ESR_EC(esr) == EC_DATA && (frame->elr == (uint64_t)probe_load_at ||
				       frame->elr == (uint64_t)probe_store_at))
		frame->elr += INSTRUCTION_SIZE;
	else if (ESR_EC(esr) == EC_INSTRUCTION &&
		 frame->x[30] == (uint64_t)probe_call_back)
		frame->elr = frame->x[30];
	else
		die(frame, "fault");
	frame->x[0] = esr;
}

void exception_unexpected(struct frame *frame)
{
	die(frame, "unexpected exception");
}

static bool was_allowed(uint64_t esr, lm_va_t va)
{
	if (esr && ESR_STATUS(esr) != PERMISSION)
		panic("access to 0x%lx: ESR 0x%lx", va.v, esr);
	return !esr;
}

bool can_load(lm_va_t va)
{
	return was_allowed(probe_load(va.v), va);
}

bool can_store(lm_va_t va)
{
	return was_allowed(probe_store(va.v), va);
}

bool can_call(lm_va_t va)
{
	return was_allowed(probe_call(va.v), va);
}
