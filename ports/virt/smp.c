// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CPUs by number. Does not know what they work on, nor why they park. */
#include "smp.h"

#include "features.h"
#include "gic.h"
#include "mmu.h"
#include "physical.h"
#include "report.h"
#include "timer.h"

#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

struct cpu cpus[MAX_CPUS];
struct lm_cpus cpu_levels;
struct lm_park park IDMAP_DATA;
static struct lm_cpu levels[MAX_CPUS];
static uint32_t last_held[MAX_CPUS];

void smp_init(const struct devtree *tree)
{
	uint64_t own = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
	unsigned int next = 1;

	for (unsigned int i = 0; i < tree->cpu_count; i++) {
		unsigned int id = tree->mpidr[i] == own ? 0 : next++;

		if (id == tree->cpu_count)
			refuse("device tree: the boot CPU, 0x%lx, is missing", own);
		cpus[id] = (struct cpu){
			.id = id,
			.mpidr = tree->mpidr[i],
			.bbm_level = features_bbm_level(),
		};
	}
	write_sysreg(tpidr_el1, &cpus[0]);
	cpus[0].online = 1;
	cpu_levels = (struct lm_cpus){ levels, tree->cpu_count };
	lm_park_init(&park, last_held, tree->cpu_count);
}

void smp_set_levels(const uint8_t *wanted, unsigned int count)
{
	for (unsigned int id = 0; id < cpu_levels.count; id++) {
		uint8_t has = cpus[id].bbm_level;
		uint8_t level = has;

		if (count)
			level = wanted[id < count ? id : count - 1];
		if (level > has)
			refuse("bbm=: CPU %u is level %u and cannot be %u", id, has,
			       level);
		levels[id].bbm_level = cpus[id].bbm_level = level;
	}
}

bool smp_all_tolerate_live(void)
{
	for (unsigned int id = 0; id < cpu_levels.count; id++) {
		if (levels[id].bbm_level < LM_BBM_LIVE)
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- working */

/* The interrupt that brings work must not come between the look and the sleep. */
static void wait_for_work(const struct cpu *cpu)
{
	for (;;) {
		uint64_t daif = mask_exceptions();

		if (__atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE)) {
			restore_exceptions(daif);
			return;
		}
		__asm__ volatile("wfi" ::: "memory");
		restore_exceptions(daif);
	}
}

void smp_serve(struct cpu *cpu)
{
	for (;;) {
		wait_for_work(cpu);
		cpu->work(cpu);
		__atomic_store_n(&cpu->work, NULL, __ATOMIC_RELEASE);
	}
}

void smp_work(struct cpu *cpu, void (*work)(struct cpu *cpu))
{
	__atomic_store_n(&cpu->work, work, __ATOMIC_RELEASE);
	gic_send(cpu->mpidr, GIC_CALL);
}

void smp_wait(const struct cpu *cpu)
{
	while (__atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE))
		relax();
}

/* ------------------------------------------------------------------- calling */

static struct {
	uint64_t number;
	void (*function)(struct cpu *cpu);
} call;

static bool is_online(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE);
}

void smp_call_all(void (*function)(struct cpu *cpu))
{
	uint64_t number = call.number + 1;

	call.function = function;
	__atomic_store_n(&call.number, number, __ATOMIC_RELEASE);
	for (unsigned int id = 1; id < cpu_levels.count; id++) {
		if (is_online(&cpus[id]))
			gic_send(cpus[id].mpidr, GIC_CALL);
	}
	for (unsigned int id = 1; id < cpu_levels.count; id++) {
		while (is_online(&cpus[id]) &&
		       __atomic_load_n(&cpus[id].call_done, __ATOMIC_ACQUIRE) != number)
			relax();
	}
	function(this_cpu());
}

void smp_answer_call(void)
{
	uint64_t number = __atomic_load_n(&call.number, __ATOMIC_ACQUIRE);
	struct cpu *cpu = this_cpu();

	if (cpu->call_done == number)
		return;
	call.function(cpu);
	__atomic_store_n(&cpu->call_done, number, __ATOMIC_RELEASE);
}

/* ------------------------------------------------------------------- parking */

struct patience {
	unsigned int ms;
	uint32_t held;
	uint64_t deadline;
};

static void park_call(void *ctx, unsigned int cpu)
{
	(void)ctx;
	cpus[cpu].called = 1;
	gic_send(cpus[cpu].mpidr, GIC_PARK);
}

/* A CPU that comes shows that the others may be on their way. */
static bool park_expired(void *ctx)
{
	struct patience *patience = ctx;
	uint32_t held = (uint32_t)read_once(park.word);

	if (held != patience->held) {
		patience->held = held;
		patience->deadline = timer_deadline(patience->ms);
	}
	return timer_is_past(patience->deadline);
}

static void park_relax(void *ctx)
{
	(void)ctx;
	relax();
}

int smp_gather(unsigned int patience_ms, unsigned int *culprit)
{
	struct patience patience = {
		.ms = patience_ms,
		.deadline = timer_deadline(patience_ms),
	};
	/* No leave_map and no enter_map: CPUs park in park.S. */
	struct lm_park_port port = {
		.ctx = &patience,
		.call = park_call,
		.expired = park_expired,
		.relax = park_relax,
	};

	return lm_park_gather(&park, &port, this_cpu()->id, culprit);
}

void smp_answer_park(void)
{
	struct cpu *cpu = this_cpu();

	if (lm_idmap_answer(&idmap, &park, cpu->id))
		cpu->held++;
	else
		cpu->late++;
}

/* --------------------------------------------------------------- coming and going */

void smp_arrive(struct cpu *cpu)
{
	cpu->work = NULL;
	cpu->called = 0;
	cpu->call_done = call.number;
	lm_park_arrive(&park, cpu->id);
}

void smp_leave(struct cpu *cpu)
{
	lm_park_leave(&park, cpu->id);
}
