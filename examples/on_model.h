/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the examples of page-table code on the machine model share: a kernel's entries and
 * instructions, and a machine of four CPUs that walk 4 MiB of blocks at 0x4000_0000 and
 * 64 KiB of pages, one contiguous run, at 0x4060_0000.
 */
#ifndef ON_MODEL_H
#define ON_MODEL_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linmap/sim.h>

typedef uint64_t pte_t;

#define PTE_VALID      ((pte_t)1)
#define PTE_TABLE      ((pte_t)2) /* of a page: the bit is set there */
#define PTE_READONLY   ((pte_t)1 << 7)
#define PTE_CONTIGUOUS ((pte_t)1 << 52)
#define PTE_ATTRS      ((pte_t)0x700 | PTE_VALID) /* AF, inner shareable, normal memory */
#define PTE_ADDRESS    ((pte_t)0x0000fffffffff000)
#define PAGE	       ((uint64_t)0x1000)
#define BLOCK	       ((uint64_t)0x200000)
#define RUN	       16 /* pages of a contiguous run */
#define BLOCKS_VA      ((uint64_t)0x40000000)
#define RUN_VA	       ((uint64_t)0x40600000)

/* The machine: what instructions are in a real kernel. */
static struct sim *machine;
static uint64_t root;
static bool fault; /* make the one that the example is about */

#define write_pte(slot, pte)	  sim_store(machine, slot, pte)
#define dsb_ishst()		  sim_barrier(machine, SIM_DSB_ISHST)
#define dsb_ish()		  sim_barrier(machine, SIM_DSB_ISH)
#define isb()			  sim_barrier(machine, SIM_ISB)
#define tlbi_range(va, size)	  sim_tlbi_range(machine, SIM_VAAE1IS, va, size)
#define tlbi_last_level(va, size) sim_tlbi_range(machine, SIM_VAALE1IS, va, size)
#define pointer_to(pa)		  ((pte_t *)sim_pointer(machine, pa))

static inline pte_t *new_table(uint64_t *pa)
{
	sim_alloc(machine, 3, 1, pa);
	return memset(pointer_to(*pa), 0, PAGE);
}

/* The entry of @va in its table of @level, 1 to 3. */
static inline pte_t *entry_of(uint64_t va, int level)
{
	pte_t *table = pointer_to(root);
	int at = 1;

	for (; at < level; at++)
		table = pointer_to(table[va >> (39 - 9 * at) & 511] & PTE_ADDRESS);
	return &table[va >> (39 - 9 * at) & 511];
}

static inline void start_cpus(void)
{
	for (unsigned int cpu = 4; cpu-- > 0;) {
		sim_on_cpu(machine, cpu);
		sim_write_ttbr(machine, root);
		isb();
	}
}

static inline void boot(void)
{
	uint64_t l2_pa, l3_pa;
	pte_t *l1 = new_table(&root), *l2 = new_table(&l2_pa), *l3 = new_table(&l3_pa);

	l1[1] = l2_pa | PTE_TABLE | PTE_VALID;
	l2[0] = 0x80000000 | PTE_ATTRS;
	l2[1] = (0x80000000 + BLOCK) | PTE_ATTRS;
	l2[3] = l3_pa | PTE_TABLE | PTE_VALID;
	for (unsigned int i = 0; i < RUN; i++)
		l3[i] = (0x80600000 + i * PAGE) | PTE_CONTIGUOUS | PTE_TABLE | PTE_ATTRS;
	sim_wrote(machine, l1);
	sim_wrote(machine, l2);
	sim_wrote(machine, l3);
	dsb_ishst();
	start_cpus();
}

/* One error can show in many places; the first one is where to look. */
static inline void print_findings(void)
{
	const struct sim_finding *first = sim_finding(machine, 0);
	size_t count = 0;

	if (!first) {
		puts("nothing found");
		return;
	}
	while (sim_finding(machine, count))
		count++;
	printf("%s at 0x%llx, line %llu of the trace: %s\n(%s)\n",
	       sim_finding_name(first->kind), (unsigned long long)first->va,
	       (unsigned long long)first->event, first->text, first->why);
	if (count > 1)
		printf("(and %zu more)\n", count - 1);
}

/* The exit code: the fault must be found, as one of this kind; without it, nothing. */
static inline int verdict(enum sim_finding_kind expected)
{
	const struct sim_finding *first;
	bool right;

	sim_expect_clean(machine);
	print_findings();
	first = sim_finding(machine, 0);
	right = fault ? first && first->kind == expected : !first;
	sim_free(machine);
	return right ? 0 : 1;
}

static inline bool has_argument(int argc, char **argv, const char *wanted)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], wanted))
			return true;
	}
	return false;
}

/* Arguments: fault, to make it; -v, for the trace of all events. */
static inline bool begin(int argc, char **argv)
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

	fault = has_argument(argc, argv, "fault");
	if (has_argument(argc, argv, "-v"))
		config.trace = stdout;
	machine = sim_new(&config);
	if (!machine)
		return false;
	boot();
	return true;
}

#endif
