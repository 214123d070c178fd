// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Finds out by loads what TLBs hold. Does not know why anything was changed before. */
#include "witness.h"

#include "mmu.h"
#include "report.h"
#include "smp.h"
#include "sysreg.h"
#include "translation.h"

#define WORD_SAYS   UINT64_C(0xaaaa5555aaaa5555)
#define BEFORE_SAYS UINT64_C(0x123456789abcdef0)
#define OFFSET	    64 /* in its page: load.c uses the first word of pages */

static lm_va_t word;
static uint64_t seen[MAX_CPUS];

static struct {
	lm_desc_t *slot;
	lm_desc_t before;
} replaced;

static volatile uint64_t *at(uint64_t va)
{
	return (volatile uint64_t *)va;
}

void witness_init(struct lm_range range)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);

	word.v = range.start.v + range.size - page_size + OFFSET;
	*at(word.v) = WORD_SAYS;
}

static void load_word(struct cpu *cpu)
{
	seen[cpu->id] = *at(word.v);
}

static unsigned int count_seen(void)
{
	unsigned int count = 0;

	for (unsigned int id = 0; id < cpu_levels.count; id++)
		count += seen[id] == WORD_SAYS;
	return count;
}

unsigned int witness_load(void)
{
	smp_call_all(load_word);
	return count_seen();
}

static void store_entry(lm_desc_t *slot, lm_desc_t desc)
{
	*(volatile uint64_t *)&slot->v = desc.v;
	dsb(ish);
	isb();
}

/*
 * Never do this to a machine: the output address changes without break-before-make. Here
 * it shows what the TLBs held before it.
 */
void witness_replace(void)
{
	lm_va_t page = { word.v - OFFSET };
	uint64_t size;
	int level;

	replaced.slot = leaf_slot(page, &level);
	replaced.before = *replaced.slot;
	size = lm_entry_size(&kernel_map.fmt, level);
	*at(word.v - size) = BEFORE_SAYS;
	store_entry(replaced.slot, (lm_desc_t){ replaced.before.v - size });
}

void witness_restore(void)
{
	store_entry(replaced.slot, replaced.before);
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
	dsb(ish);
	isb();
}

void witness_look(void)
{
	witness_replace();
	witness_load();
	witness_restore();
}

void witness_expect(void)
{
	for (unsigned int id = 0; id < cpu_levels.count; id++) {
		if (seen[id] == WORD_SAYS)
			note("CPU %u still sees the page as it was mapped before", id);
		else if (seen[id] != BEFORE_SAYS)
			panic("CPU %u loaded 0x%lx: the witness is broken", id, seen[id]);
	}
	expect(!count_seen(), "no CPU has the old leaf in its TLB");
}
