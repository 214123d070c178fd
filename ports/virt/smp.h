/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The CPUs: giving them work, calling them, parking them. CPU 0 is the one that booted, and
 * the leader. power.c switches the others on and off.
 */
#ifndef VIRT_SMP_H
#define VIRT_SMP_H

#include <linmap/park.h>

#include "devtree.h"
#include "sysreg.h"

/**
 * struct cpu - one CPU
 * @id: its number here
 * @bbm_level: from the ID registers, which are alike, and "bbm="
 * @online: it takes part
 * @called: a leader has called it to park or to roll since it was started
 * @misses_call: it will come up after that, and miss it
 * @came_up_on: TTBR1 with which it came up
 * @ticks: of its timer, so far
 * @work, @work_arg: what it does when it is not interrupted; NULL when done
 * @call_done: the last smp_call_all() that it has answered
 * @held, @late: how often it parked when called, and how often not
 * @away: the most instructions of all CPUs in one of its interrupts that call it to park
 *	or to roll
 */
struct cpu {
	unsigned int id;
	uint64_t mpidr;
	uint8_t bbm_level;
	uint32_t online;
	uint32_t called;
	uint32_t misses_call;
	uint64_t came_up_on;
	uint64_t ticks;
	void (*work)(struct cpu *cpu);
	uint64_t call_done;
	uint64_t held;
	uint64_t late;
	uint32_t away;
};

extern struct cpu cpus[MAX_CPUS];
extern struct lm_cpus cpu_levels; /* what linmap needs to know about them */
extern struct lm_park park;

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el1);
}

/* A value that another CPU writes. */
#define read_once(variable) (*(volatile __typeof__(variable) *)&(variable))

static inline void relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* Number the CPUs; the caller is CPU 0. */
void smp_init(const struct devtree *tree);

/* Read or lower the levels of all CPUs; @wanted as in struct options. */
void smp_set_levels(const uint8_t *wanted, unsigned int count);

/* Whether all are level 3. */
bool smp_all_tolerate_live(void);

/* Give a CPU work; wait until it has returned from it. */
void smp_work(struct cpu *cpu, void (*work)(struct cpu *cpu));
void smp_wait(const struct cpu *cpu);

/* Do the work that a CPU is given, for ever. */
_Noreturn void smp_serve(struct cpu *cpu);

/* Call @function on every CPU that is online, the caller last, and wait for all. */
void smp_call_all(void (*function)(struct cpu *cpu));

/*
 * Park all CPUs but the caller's. Gives up when no CPU has come for this long. The rest
 * of a stop is in stop.c.
 */
int smp_gather(unsigned int patience_ms, unsigned int *culprit);

/* Before a CPU is started, on the one that starts it; and when it is known to be off. */
void smp_arrive(struct cpu *cpu);
void smp_leave(struct cpu *cpu);

/* From the interrupts of the same names. */
void smp_answer_call(void);
void smp_answer_park(void);

#endif
