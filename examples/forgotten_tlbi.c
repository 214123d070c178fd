/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel has a routine that makes 4 KiB pages read-only. It is plain code, knows
 * nothing of linmap, and forgets a TLBI. The machine model says where.
 *
 *	forgotten_tlbi          runs it as it is: exits with 0 if the error was found
 *	forgotten_tlbi fixed    with the TLBI: exits with 0 if nothing was found
 *
 * With -v, the trace of all events goes to standard output first.
 */
#include "on_model.h"

/* A block of 2 MiB becomes 512 pages, by break-before-make. */
static void split_pmd(pte_t *pmd, uint64_t va)
{
	uint64_t pa;
	pte_t *pages = new_table(&pa);

	for (unsigned int i = 0; i < 512; i++)
		pages[i] = (*pmd | PTE_TABLE) + i * PAGE;
	sim_wrote(machine, pages);
	write_pte(pmd, 0);
	dsb_ishst();
	if (!fault) {
		tlbi_range(va & ~(BLOCK - 1), BLOCK);
		dsb_ish();
	}
	write_pte(pmd, pa | PTE_TABLE | PTE_VALID);
	dsb_ishst();
}

static void set_readonly(uint64_t va, uint64_t size)
{
	for (uint64_t end = va + size; va < end; va += PAGE) {
		pte_t *pmd = entry_of(va, 2), *pte;

		if (!(*pmd & PTE_TABLE))
			split_pmd(pmd, va);
		pte = entry_of(va, 3);
		write_pte(pte, *pte | PTE_READONLY);
		dsb_ishst();
		tlbi_range(va, PAGE);
	}
	dsb_ish();
}

int main(int argc, char **argv)
{
	if (!begin(argc, argv))
		return 1;
	fault = !has_argument(argc, argv, "fixed");
	set_readonly(BLOCKS_VA + 3 * PAGE, 2 * PAGE);
	return verdict(SIM_CONFLICT);
}
