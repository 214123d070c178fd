// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Accesses that may fault, and what ESR_EL1 and FAR_EL1 must say about each. */
#include "access.h"

#include "exceptions.h"
#include "report.h"
#include "smp.h"

#define ESR_STATUS(esr) ((unsigned int)(esr)&0x3f)
#define ESR_WRITE	UINT64_C(0x40) /* WnR */

#define STATUS_WITHOUT_LEVEL 0x3cU

static unsigned int outcome_of(struct fault fault, lm_va_t va, unsigned int class,
			       uint64_t write)
{
	if (!fault.esr)
		return NO_FAULT;
	if (ESR_CLASS(fault.esr) != class || (fault.esr & ESR_WRITE) != write ||
	    fault.far != va.v)
		panic("access to 0x%lx: ESR 0x%lx FAR 0x%lx", va.v, fault.esr, fault.far);
	return ESR_STATUS(fault.esr);
}

unsigned int try_load(lm_va_t va)
{
	return outcome_of(probe_load(va.v), va, CLASS_DATA_ABORT, 0);
}

unsigned int try_store(lm_va_t va)
{
	return outcome_of(probe_store(va.v), va, CLASS_DATA_ABORT, ESR_WRITE);
}

unsigned int try_call(lm_va_t va)
{
	return outcome_of(probe_call(va.v), va, CLASS_INSTRUCTION_ABORT, 0);
}

static bool was_allowed(unsigned int outcome, lm_va_t va)
{
	if (outcome != NO_FAULT &&
	    (outcome & STATUS_WITHOUT_LEVEL) != PERMISSION_FAULT(0))
		panic("access to 0x%lx: fault status 0x%x", va.v, outcome);
	return outcome == NO_FAULT;
}

bool can_store(lm_va_t va)
{
	return was_allowed(try_store(va), va);
}

bool can_call(lm_va_t va)
{
	return was_allowed(try_call(va), va);
}

static struct {
	access_fn *access;
	const struct expected *expected;
	unsigned int count;
	/* Of each CPU, the first one that is not as expected, or the count. */
	unsigned int wrong[MAX_CPUS];
	unsigned int outcome[MAX_CPUS];
} attempt;

static void make_attempts(struct cpu *cpu)
{
	unsigned int i = 0;

	while (i < attempt.count) {
		attempt.outcome[cpu->id] = attempt.access(attempt.expected[i].va);
		if (attempt.outcome[cpu->id] != attempt.expected[i].outcome)
			break;
		i++;
	}
	attempt.wrong[cpu->id] = i;
}

bool every_cpu_finds_all(access_fn *access, const struct expected *expected,
			 unsigned int count)
{
	bool all = true;

	attempt.access = access;
	attempt.expected = expected;
	attempt.count = count;
	smp_call_all(make_attempts);
	for (unsigned int id = 0; id < cpu_levels.count; id++) {
		const struct expected *wrong = &expected[attempt.wrong[id]];

		if (attempt.wrong[id] == count)
			continue;
		note("CPU %u at 0x%lx: fault status 0x%x and not 0x%x", id, wrong->va.v,
		     attempt.outcome[id], wrong->outcome);
		all = false;
	}
	return all;
}

bool every_cpu_finds(access_fn *access, lm_va_t va, unsigned int outcome)
{
	struct expected expected = { va, outcome };

	return every_cpu_finds_all(access, &expected, 1);
}
