// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The virtual timer and counter, and the PMU where QEMU counts instructions. */
#include "timer.h"

#include "sysreg.h"

#define TICKS_PER_SECOND 100

#define CTL_ENABLE 1

#define EVENT_INST_RETIRED 8
#define PMCR_ENABLE	   1

void timer_arm(void)
{
	write_sysreg(cntv_tval_el0, read_sysreg(cntfrq_el0) / TICKS_PER_SECOND);
}

void timer_start(void)
{
	timer_arm();
	write_sysreg(cntv_ctl_el0, CTL_ENABLE);
	isb();
}

void timer_stop(void)
{
	write_sysreg(cntv_ctl_el0, 0);
	isb();
}

static uint64_t now(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

uint64_t timer_deadline(unsigned int milliseconds)
{
	return now() + read_sysreg(cntfrq_el0) * milliseconds / 1000;
}

bool timer_is_past(uint64_t deadline)
{
	return now() >= deadline;
}

void instructions_start(void)
{
	write_sysreg(pmevtyper0_el0, EVENT_INST_RETIRED);
	write_sysreg(pmcntenset_el0, 1);
	write_sysreg(pmcr_el0, read_sysreg(pmcr_el0) | PMCR_ENABLE);
	isb();
}

bool instructions_are_counted(void)
{
	return read_sysreg(pmceid0_el0) & (1 << EVENT_INST_RETIRED);
}

uint64_t instructions(void)
{
	return read_sysreg(pmevcntr0_el0);
}
