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
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linmap/sim.h>

/* ------------------------------------------------ what the kernel has of its own */

typedef uint64_t pte_t;

#define PTE_VALID    ((pte_t)1)
#define PTE_TABLE    ((pte_t)2) /* of a page: the bit is set there */
#define PTE_READONLY ((pte_t)1 << 7)
#define PTE_ATTRS    ((pte_t)0x700 | PTE_VALID) /* AF, inner shareable, normal memory */
#define PTE_ADDRESS  ((pte_t)0x0000fffffffff000)
#define PAGE	     ((uint64_t)0x1000)
#define PMD	     ((uint64_t)0x200000)

/* The machine: what instructions are in a real kernel. */
static struct sim *machine;
static uint64_t root;
static bool fixed;

#define write_pte(slot, pte) sim_store(machine, slot, pte)
#define dsb_ishst()	     sim_barrier(machine, SIM_DSB_ISHST)
#define dsb_ish()	     sim_barrier(machine, SIM_DSB_ISH)
#define tlbi_pages(va, size) sim_tlbi_range(machine, SIM_VAAE1IS, va, size)
#define pointer_to(pa)	     ((pte_t *)sim_pointer(machine, pa))

static pte_t *new_table(uint64_t *pa)
{
	sim_alloc(machine, 3, 1, pa);
	return memset(pointer_to(*pa), 0, PAGE);
}

/* ------------------------------------------------------------------ code under test */

static pte_t *entry_of(uint64_t va, int level)
{
	pte_t *table = pointer_to(root);
	int at = 1;

	for (; at < level; at++)
		table = pointer_to(table[va >> (39 - 9 * at) & 511] & PTE_ADDRESS);
	return &table[va >> (39 - 9 * at) & 511];
}

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
	if (fixed) {
		tlbi_pages(va & ~(PMD - 1), PMD);
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
		tlbi_pages(va, PAGE);
	}
	dsb_ish();
}

/* ------------------------------------------------------------------------- the test */

/* 4 MiB at 0x4000_0000, in two blocks, with four CPUs that walk them. */
static void boot(void)
{
	uint64_t pmd_pa;
	pte_t *pgd = new_table(&root), *pmd = new_table(&pmd_pa);

	pgd[1] = pmd_pa | PTE_TABLE | PTE_VALID;
	pmd[0] = 0x80000000 | PTE_ATTRS;
	pmd[1] = (0x80000000 + PMD) | PTE_ATTRS;
	sim_wrote(machine, pgd);
	sim_wrote(machine, pmd);
	dsb_ishst();
	for (unsigned int cpu = 4; cpu-- > 0;) {
		sim_on_cpu(machine, cpu);
		sim_write_ttbr(machine, root);
		sim_barrier(machine, SIM_ISB);
	}
}

/* One error can show in many places; the first one is where to look. */
static size_t print_findings(void)
{
	const struct sim_finding *first = sim_finding(machine, 0);
	size_t count = 0;

	if (!first) {
		puts("nothing found");
		return 0;
	}
	while (sim_finding(machine, count))
		count++;
	printf("%s at 0x%llx, line %llu of the trace: %s\n(%s)\n",
	       sim_finding_name(first->kind), (unsigned long long)first->va,
	       (unsigned long long)first->event, first->text, first->why);
	if (count > 1)
		printf("(and %zu more)\n", count - 1);
	return count;
}

int main(int argc, char **argv)
{
	static const uint8_t bbm_level[4] = { 0, 0, 0, 0 };
	struct sim_config config = {
		.cpus = 4,
		.bbm_level = bbm_level,
		.granule_shift = 12,
		.ia_bits = 39,
		.pool_pa = 0x100000000,
		.pool_tables = 64,
	};
	size_t findings;

	for (int i = 1; i < argc; i++) {
		fixed |= !strcmp(argv[i], "fixed");
		if (!strcmp(argv[i], "-v"))
			config.trace = stdout;
	}
	machine = sim_new(&config);
	if (!machine)
		return 1;
	boot();
	set_readonly(0x40003000, 2 * PAGE);
	sim_expect_clean(machine);
	findings = print_findings();
	sim_free(machine);
	return fixed ? findings != 0 : findings == 0;
}
