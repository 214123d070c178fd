// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How CPUs come up, and go. Does not know what they do in between. */
#include "power.h"

#include "gic.h"
#include "mmu.h"
#include "physical.h"
#include "report.h"
#include "roll.h"
#include "smp.h"
#include "timer.h"

#define PSCI_CPU_OFF	   UINT64_C(0x84000002)
#define PSCI_CPU_ON	   UINT64_C(0xc4000003)
#define PSCI_AFFINITY_INFO UINT64_C(0xc4000004)
#define AFFINITY_IS_OFF	   1

#define PATIENCE_MS 10000

char cpu_stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));

/* What secondary.S reads with the MMU off. */
struct secondary {
	struct mmu_registers registers;
	uint64_t stack;
	uint64_t vectors;
	uint64_t id;
	void (*main)(uint64_t id);
};

_Static_assert(offsetof(struct secondary, registers.tcr) == 16 &&
		       offsetof(struct secondary, stack) == 32 &&
		       offsetof(struct secondary, main) == 56,
	       "offsets in secondary.S");

static struct secondary secondary IDMAP_DATA;
static bool by_smc;

extern char secondary_entry[];

static int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	if (by_smc)
		__asm__ volatile("smc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	else
		__asm__ volatile("hvc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	return (int64_t)x0;
}

/* ------------------------------------------------------------------------ on */

/*
 * A leader may have called it to park or to roll before it could take calls: it answers
 * once by itself. As in an interrupt, only interrupts are masked.
 */
static _Noreturn void secondary_main(uint64_t id)
{
	struct cpu *cpu = &cpus[id];

	write_sysreg(tpidr_el1, cpu);
	cpu->came_up_on = read_sysreg(ttbr1_el1);
	mmu_leave_identity_map();
	while (cpu->misses_call && !__atomic_load_n(&cpu->called, __ATOMIC_ACQUIRE))
		relax();
	gic_init_cpu();
	instructions_start();
	timer_start();
	__asm__ volatile("msr daifclr, #0xd" ::: "memory");
	smp_answer_park();
	roll_answer();
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	unmask_exceptions();
	smp_serve(cpu);
}

/* The CPU reads this with its MMU off, past all caches. */
static void clean_to_memory(const void *object, size_t size)
{
	uint64_t line = UINT64_C(4) << (read_sysreg(ctr_el0) >> 16 & 0xf);
	uint64_t at = (uint64_t)object & ~(line - 1);

	for (; at < (uint64_t)object + size; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb(sy);
}

/* Counted first: then no leader changes what it walks before it has answered. */
void power_on(struct cpu *cpu)
{
	int64_t err;

	smp_arrive(cpu);
	secondary = (struct secondary){
		.registers = mmu_registers,
		.stack = (uint64_t)cpu_stacks[cpu->id + 1],
		.vectors = read_sysreg(vbar_el1), /* the same for all */
		.id = cpu->id,
		.main = secondary_main,
	};
	secondary.registers.ttbr1 = roll_arrive(cpu->id);
	clean_to_memory(&secondary, sizeof(secondary));
	err = psci(PSCI_CPU_ON, cpu->mpidr, physical_of_image(secondary_entry),
		   physical_of_image(&secondary));
	if (err)
		panic("CPU %u: PSCI CPU_ON returns %ld", cpu->id, (long)err);
}

void power_wait(const struct cpu *cpu)
{
	uint64_t deadline = timer_deadline(PATIENCE_MS);

	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (timer_is_past(deadline))
			panic("CPU %u was started and did not come online", cpu->id);
		relax();
	}
}

void power_on_all(const struct devtree *tree)
{
	by_smc = tree->psci_by_smc;
	for (unsigned int id = 1; id < cpu_levels.count; id++) {
		power_on(&cpus[id]);
		power_wait(&cpus[id]);
	}
}

/* ----------------------------------------------------------------------- off */

static void go_off(struct cpu *cpu)
{
	mask_exceptions();
	timer_stop();
	gic_stop_cpu();
	psci(PSCI_CPU_OFF, 0, 0, 0);
	panic("CPU %u: PSCI CPU_OFF returns", cpu->id);
}

/* Only a CPU that is off cannot walk the map any more. */
void power_off(struct cpu *cpu)
{
	uint64_t deadline = timer_deadline(PATIENCE_MS);

	__atomic_store_n(&cpu->online, 0, __ATOMIC_RELEASE);
	smp_work(cpu, go_off);
	while (psci(PSCI_AFFINITY_INFO, cpu->mpidr, 0, 0) != AFFINITY_IS_OFF) {
		if (timer_is_past(deadline))
			panic("CPU %u was switched off and is not", cpu->id);
		relax();
	}
	smp_leave(cpu);
	roll_leave(cpu->id);
}
