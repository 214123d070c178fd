/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Demotion, as a BSD's pmap does it: a block becomes pages so that one of them can change.
 * The new table is filled first; then the entry is broken, invalidated, and made again,
 * with interrupts off, since nobody may touch the block's memory in between.
 *
 *	demote          exits with 0 if nothing was found
 *	demote fault    the new entry takes the place of the old one without a break: on a
 *			CPU that keeps both, an access may hit two entries. Exits with 0 if
 *			that was found
 */
#include "on_model.h"

/* Of the memory that holds page tables, these are kept for demotions. */
static uint64_t spare_pa;
static pte_t *spare;

static void disable_interrupts(void)
{
}

static void enable_interrupts(void)
{
}

/* A page for each 4 KiB of the block, with all of its attributes. */
static void fill_from_block(pte_t *pages, pte_t block)
{
	for (unsigned int i = 0; i < 512; i++)
		pages[i] = (block | PTE_TABLE) + i * PAGE;
	sim_wrote(machine, pages);
	dsb_ishst();
}

/*
 * Changes the size of what is mapped at @va. All levels are invalidated, because a table
 * may have been there before.
 */
static void update_entry(pte_t *entry, pte_t new_entry, uint64_t va, uint64_t size)
{
	disable_interrupts();
	if (!fault) {
		write_pte(entry, 0);
		dsb_ishst();
		tlbi_range(va, size);
		dsb_ish();
	}
	write_pte(entry, new_entry);
	dsb_ishst();
	isb();
	enable_interrupts();
	if (fault) {
		/* Too late: both were in use until here. */
		tlbi_range(va, size);
		dsb_ish();
	}
}

static pte_t *demote(uint64_t va)
{
	pte_t *l2 = entry_of(va, 2);

	if (*l2 & PTE_TABLE)
		return entry_of(va, 3);
	fill_from_block(spare, *l2);
	update_entry(l2, spare_pa | PTE_TABLE | PTE_VALID, va & ~(BLOCK - 1), BLOCK);
	return entry_of(va, 3);
}

/* Removes write permission from one page, which may be part of a block. */
static void protect_page(uint64_t va)
{
	pte_t *l3 = demote(va);

	write_pte(l3, *l3 | PTE_READONLY);
	dsb_ishst();
	tlbi_last_level(va, PAGE);
	dsb_ish();
}

int main(int argc, char **argv)
{
	if (!begin(argc, argv))
		return 1;
	spare = new_table(&spare_pa);
	protect_page(BLOCKS_VA + 3 * PAGE);
	protect_page(BLOCKS_VA + 4 * PAGE);
	return verdict(SIM_CONFLICT);
}
