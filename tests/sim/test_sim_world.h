/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A small world for tests of the machine model: tables made by hand, CPUs that
 * walk them, and what is to be found. Knows nothing of linmap.
 */
#ifndef TEST_SIM_WORLD_H
#define TEST_SIM_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "main.h"
#include "sim.h"

/* AF, inner shareable, AttrIndx 0, and the type bits: 0x400 | 0x300 | type. */
#define BLOCK	   UINT64_C(0x701)
#define PAGE	   UINT64_C(0x703)
#define TABLE	   UINT64_C(0x3)
#define CONTIGUOUS (UINT64_C(1) << 52)
#define READ_ONLY  (UINT64_C(1) << 7) /* AP[2] */
#define DEVICE	   (UINT64_C(1) << 2) /* AttrIndx 1 */
#define NON_GLOBAL (UINT64_C(1) << 11)

#define KIB UINT64_C(0x400)
#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)

#define POOL_PA	    UINT64_C(0x100000000)
#define POOL_TABLES 64

/*
 * 4K granule, 48 bits, from address 0:
 *
 *	root[0] -> l1
 *	  l1[0] -> l2
 *	    l2[0]  invalid
 *	    l2[1]  2 MiB block,        0x0020_0000 -> 0x4020_0000
 *	    l2[2] -> l3
 *	      l3[0..15]  pages,        0x0040_0000 -> 0x4040_0000
 *	      l3[16..31] one run,      0x0041_0000 -> 0x4041_0000
 *	      l3[32]     type 0b01,    reserved at level 3
 *	    l2[16..31] one run,        0x0200_0000 -> 0x4200_0000
 *	  l1[1]  1 GiB block,          0x4000_0000 -> 0x8000_0000
 *
 * CPU 0 walks the root, and CPU 1, if there is one.
 */
struct world {
	struct sim *sim;
	uint64_t root_pa, l1_pa, l2_pa, l3_pa;
	uint64_t *root, *l1, *l2, *l3;
};

static inline uint64_t *new_table(struct sim *sim, int level, uint64_t *pa)
{
	uint64_t *table;

	assert_int_equal(sim_alloc(sim, level, 1, pa), 1);
	table = sim_pointer(sim, *pa);
	memset(table, 0, 4096);
	return table;
}

static inline void fill(uint64_t *entries, unsigned int count, uint64_t desc,
			uint64_t step)
{
	for (unsigned int i = 0; i < count; i++)
		entries[i] = desc + i * step;
}

static inline void make_tables(struct world *w)
{
	w->root = new_table(w->sim, 0, &w->root_pa);
	w->l1 = new_table(w->sim, 1, &w->l1_pa);
	w->l2 = new_table(w->sim, 2, &w->l2_pa);
	w->l3 = new_table(w->sim, 3, &w->l3_pa);
	w->root[0] = w->l1_pa | TABLE;
	w->l1[0] = w->l2_pa | TABLE;
	w->l1[1] = 0x80000000 | BLOCK;
	w->l2[1] = 0x40200000 | BLOCK;
	w->l2[2] = w->l3_pa | TABLE;
	fill(w->l2 + 16, 16, 0x42000000 | BLOCK | CONTIGUOUS, 2 * MIB);
	fill(w->l3, 16, 0x40400000 | PAGE, 4 * KIB);
	fill(w->l3 + 16, 16, 0x40410000 | PAGE | CONTIGUOUS, 4 * KIB);
	w->l3[32] = 0x40420000 | BLOCK;
	sim_wrote(w->sim, w->root);
	sim_wrote(w->sim, w->l1);
	sim_wrote(w->sim, w->l2);
	sim_wrote(w->sim, w->l3);
	sim_barrier(w->sim, SIM_DSB_ISHST);
}

static inline void walk_root(struct sim *sim, unsigned int cpu, uint64_t root)
{
	sim_on_cpu(sim, cpu);
	sim_write_ttbr(sim, root);
	sim_barrier(sim, SIM_ISB);
	sim_on_cpu(sim, 0);
}

/* A machine like @config, of this pool and geometry, whose tables no CPU walks yet. */
static inline struct world world_at_rest(struct sim_config config)
{
	struct world w = { 0 };

	config.granule_shift = 12;
	config.ia_bits = 48;
	config.pool_pa = POOL_PA;
	config.pool_tables = POOL_TABLES;
	w.sim = sim_new(&config);
	assert_non_null(w.sim);
	make_tables(&w);
	return w;
}

static inline struct world world_with(struct sim_config config)
{
	struct world w = world_at_rest(config);

	for (unsigned int cpu = 0; cpu < config.cpus; cpu++)
		walk_root(w.sim, cpu, w.root_pa);
	return w;
}

static inline struct world world_of(unsigned int cpus, const uint8_t *levels)
{
	return world_with((struct sim_config){ .cpus = cpus, .bbm_level = levels });
}

static inline struct world one_cpu(uint8_t level)
{
	return world_of(1, &level);
}

static inline struct world two_cpus(uint8_t first, uint8_t second)
{
	uint8_t levels[2] = { first, second };

	return world_of(2, levels);
}

static inline void end(struct world *w)
{
	sim_free(w->sim);
}

/* Exactly @count findings, all of @kind. */
static inline void expect(const struct world *w, enum sim_finding_kind kind,
			  uint64_t count)
{
	for (size_t i = 0; sim_finding(w->sim, i); i++) {
		const struct sim_finding *finding = sim_finding(w->sim, i);

		if (finding->kind != kind)
			fail_msg("expected only %s, seen %s: %s", sim_finding_name(kind),
				 sim_finding_name(finding->kind), finding->text);
	}
	if (sim_finding_count(w->sim, kind) != count)
		fail_msg("expected %u of %s, seen %u; first: %s", (unsigned int)count,
			 sim_finding_name(kind),
			 (unsigned int)sim_finding_count(w->sim, kind),
			 sim_finding(w->sim, 0) ? sim_finding(w->sim, 0)->text : "none");
}

static inline void expect_nothing(const struct world *w)
{
	if (sim_finding(w->sim, 0))
		fail_msg("expected no finding, seen %s: %s",
			 sim_finding_name(sim_finding(w->sim, 0)->kind),
			 sim_finding(w->sim, 0)->text);
}

static inline void expect_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("expected \"%s\" in: %s", part, text);
}

static inline void expect_text(const struct world *w, size_t n, const char *part)
{
	assert_non_null(sim_finding(w->sim, n));
	expect_part(sim_finding(w->sim, n)->text, part);
}

static inline void expect_in_why(const struct world *w, size_t n, const char *part)
{
	assert_non_null(sim_finding(w->sim, n));
	expect_part(sim_finding(w->sim, n)->why, part);
}

static inline void store(struct world *w, uint64_t *slot, uint64_t value)
{
	sim_store(w->sim, slot, value);
	sim_barrier(w->sim, SIM_DSB_ISHST);
}

static inline void invalidate(struct world *w, enum sim_tlbi tlbi, enum sim_barrier dsb)
{
	sim_tlbi(w->sim, tlbi);
	sim_barrier(w->sim, dsb);
}

static inline void invalidate_all(struct world *w)
{
	invalidate(w, SIM_VMALLE1IS, SIM_DSB_ISH);
}

/* A table of pages for the block at 0x20_0000, written and not yet ordered. */
static inline uint64_t *new_pages(struct world *w, uint64_t *pa)
{
	uint64_t *pages = new_table(w->sim, 3, pa);

	fill(pages, 512, 0x40200000 | PAGE, 4 * KIB);
	sim_wrote(w->sim, pages);
	return pages;
}

/* Splits the block at 0x20_0000 live; no TLBI. Returns the table's address. */
static inline uint64_t split_block(struct world *w)
{
	uint64_t pa;

	new_pages(w, &pa);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	store(w, &w->l2[1], pa | TABLE);
	return pa;
}

/* A copy of the root with all that is below it. */
static inline uint64_t *clone_root(struct world *w, uint64_t *pa)
{
	uint64_t *clone = new_table(w->sim, 0, pa);

	memcpy(clone, w->root, 4096);
	sim_wrote(w->sim, clone);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	return clone;
}

/* A copy of l1 and l2 in which the block at 0x20_0000 is pages. */
static inline uint64_t stage_split(struct world *w)
{
	uint64_t l1_pa, l2_pa, pages_pa;
	uint64_t *l1 = new_table(w->sim, 1, &l1_pa);
	uint64_t *l2 = new_table(w->sim, 2, &l2_pa);

	memcpy(l1, w->l1, 4096);
	memcpy(l2, w->l2, 4096);
	new_pages(w, &pages_pa);
	l1[0] = l2_pa | TABLE;
	l2[1] = pages_pa | TABLE;
	sim_wrote(w->sim, l1);
	sim_wrote(w->sim, l2);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	return l1_pa;
}

#endif
