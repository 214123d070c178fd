/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A set_memory routine, as a kernel has it for its own memory: sets and clears bits of a
 * range of pages that are mapped as pages, all entries first, and then one invalidation
 * of the range. Used to write-protect code, and to make freed memory invalid.
 *
 *	set_memory          exits with 0 if nothing was found
 *	set_memory fault    the TLBI is issued before the DSB that makes the entries visible:
 *			    a walk between them brings the old entry back. Exits with 0 if
 *			    that was found
 */
#include "on_model.h"

/* What to change in each entry. */
struct change {
	pte_t set, clear;
};

static void change_page(pte_t *entry, const struct change *change)
{
	pte_t now = *entry;

	write_pte(entry, (now & ~change->clear) | change->set);
}

static void flush_range(uint64_t start, uint64_t size)
{
	if (!fault)
		dsb_ishst();
	/* No table changed: leaves are enough. */
	tlbi_last_level(start, size);
	dsb_ish();
}

static void change_memory(uint64_t start, unsigned int pages, struct change change)
{
	for (unsigned int i = 0; i < pages; i++)
		change_page(entry_of(start + i * PAGE, 3), &change);
	flush_range(start, pages * PAGE);
}

static void set_memory_ro(uint64_t start, unsigned int pages)
{
	change_memory(start, pages, (struct change){ .set = PTE_READONLY });
}

static void set_memory_rw(uint64_t start, unsigned int pages)
{
	change_memory(start, pages, (struct change){ .clear = PTE_READONLY });
}

static void set_memory_valid(uint64_t start, unsigned int pages, bool valid)
{
	struct change change = { .set = valid ? PTE_VALID : 0,
				 .clear = valid ? 0 : PTE_VALID };

	change_memory(start, pages, change);
}

/* At boot a range of pages was made of the second block, while nobody else ran. */
static void map_pages(uint64_t va)
{
	uint64_t pa;
	pte_t *l2 = entry_of(va, 2), *pages = new_table(&pa);

	for (unsigned int i = 0; i < 512; i++)
		pages[i] = (*l2 | PTE_TABLE) + i * PAGE;
	sim_wrote(machine, pages);
	sim_hold_others(machine);
	write_pte(l2, 0);
	dsb_ishst();
	tlbi_range(va, BLOCK);
	dsb_ish();
	write_pte(l2, pa | PTE_TABLE | PTE_VALID);
	dsb_ishst();
	sim_let_go(machine);
}

int main(int argc, char **argv)
{
	uint64_t va = BLOCKS_VA + BLOCK;

	if (!begin(argc, argv))
		return 1;
	map_pages(va);
	set_memory_ro(va + 2 * PAGE, 6);
	set_memory_valid(va + 16 * PAGE, 4, false);
	set_memory_valid(va + 16 * PAGE, 4, true);
	set_memory_rw(va + 2 * PAGE, 3);
	return verdict(SIM_STALE);
}
