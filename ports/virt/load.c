// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Patterns, written and read back by all CPUs but the first. */
#include "load.h"

#include "mmu.h"
#include "physical.h"
#include "report.h"
#include "smp.h"
#include "timer.h"

#define PAGES_EACH  32
#define PATIENCE_MS 20000

static struct {
	uint64_t pages[MAX_CPUS * PAGES_EACH];
	uint32_t stop;
	unsigned int spared; /* CPUs, a bit for each */
	uint64_t rounds[MAX_CPUS];
	uint64_t wrong[MAX_CPUS];
} load;

/* Pages from all over RAM: CPU i has every i-th one. */
void load_init(const struct devtree *tree, uint64_t from, uint64_t to)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);
	uint64_t first = from & ~(page_size - 1);
	uint64_t count = sizeof(load.pages) / sizeof(load.pages[0]);
	uint64_t step;

	if (tree->memory_count > 1)
		first = tree->memory[tree->memory_count - 1].start;
	first += page_size;
	step = (to - first) / count & ~(page_size - 1);
	for (uint64_t i = 0; i < count; i++)
		load.pages[i] = physical_linear(first + i * step).v;
}

static volatile uint64_t *word(const struct cpu *cpu, unsigned int i)
{
	return (volatile uint64_t *)load.pages[i * MAX_CPUS + cpu->id];
}

static uint64_t pattern(const struct cpu *cpu, unsigned int i, uint64_t round)
{
	return (round << 32 | i << 8 | cpu->id) * UINT64_C(0x9e3779b97f4a7c15);
}

static void work(struct cpu *cpu)
{
	uint64_t round = 0;

	while (!__atomic_load_n(&load.stop, __ATOMIC_ACQUIRE)) {
		for (unsigned int i = 0; i < PAGES_EACH; i++)
			*word(cpu, i) = pattern(cpu, i, round);
		for (unsigned int i = 0; i < PAGES_EACH; i++)
			load.wrong[cpu->id] += *word(cpu, i) != pattern(cpu, i, round);
		round++;
		__atomic_store_n(&load.rounds[cpu->id], load.rounds[cpu->id] + 1,
				 __ATOMIC_RELEASE);
		relax();
	}
}

void load_spare(unsigned int cpu_bits)
{
	load.spared = cpu_bits;
}

static bool is_spared(unsigned int id)
{
	return load.spared >> id & 1;
}

void load_start(void)
{
	load.stop = 0;
	for (unsigned int id = 1; id < cpu_levels.count; id++) {
		if (read_once(cpus[id].work) || is_spared(id))
			continue;
		load.wrong[id] = 0;
		load.rounds[id] = 0;
		smp_work(&cpus[id], work);
	}
}

/* Whether a CPU that had done this much has done more by now, or does so soon. */
static bool goes_on(const struct cpu *cpu, uint64_t ticks, uint64_t rounds)
{
	uint64_t deadline = timer_deadline(PATIENCE_MS);

	while (read_once(cpu->ticks) == ticks ||
	       (read_once(cpu->work) && read_once(load.rounds[cpu->id]) == rounds)) {
		if (timer_is_past(deadline))
			return false;
		relax();
	}
	return true;
}

void load_expect_progress(const struct cpu *but, const char *when)
{
	unsigned int count = cpu_levels.count;
	unsigned int stuck = 0;
	uint64_t ticks[MAX_CPUS], rounds[MAX_CPUS];

	for (unsigned int id = 0; id < count; id++) {
		ticks[id] = read_once(cpus[id].ticks);
		rounds[id] = read_once(load.rounds[id]);
	}
	for (unsigned int id = 0; id < count; id++) {
		if (&cpus[id] == but || goes_on(&cpus[id], ticks[id], rounds[id]))
			continue;
		note("CPU %u makes no progress: %lu ticks, %lu rounds", id, ticks[id],
		     rounds[id]);
		stuck++;
	}
	expect(!stuck, "%s, every%s CPU ticks and works", when, but ? " other" : "");
}

void load_stop(void)
{
	uint64_t rounds = 0, wrong = 0;
	unsigned int workers = 0;

	__atomic_store_n(&load.stop, 1, __ATOMIC_RELEASE);
	for (unsigned int id = 1; id < cpu_levels.count; id++) {
		if (is_spared(id))
			continue;
		workers++;
		smp_wait(&cpus[id]);
		rounds += load.rounds[id];
		wrong += load.wrong[id];
	}
	if (!workers) {
		skip("load", "no CPU is left for it");
		return;
	}
	expect(!wrong && rounds,
	       "every word that the other CPUs wrote was read back: %'lu",
	       rounds * PAGES_EACH);
	if (wrong)
		note("%'lu were not", wrong);
}
