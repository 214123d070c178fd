/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine model, with small tables made by hand: each kind of finding
 * appears for a protocol that is wrong and not for the one that is right. Knows
 * nothing of linmap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim.h"
#include "test_sim_world.h"

/* ---------------------------------------------------------------------- walking */

static void expect_leaf(const struct world *w, uint64_t va, int level, bool contiguous,
			uint64_t pa, uint64_t size)
{
	struct sim_translation t = sim_walk(w->sim, w->root_pa, va);

	assert_true(t.valid);
	assert_int_equal(t.level, level);
	assert_int_equal(t.contiguous, contiguous);
	assert_int_equal(t.pa, pa);
	assert_int_equal(t.size, size);
}

static void a_walk_ends_in_blocks_and_pages(void **state)
{
	struct world w = one_cpu(0);

	/* l1[1]: 0x8000_0000 + 0x1234_5678 */
	expect_leaf(&w, 0x52345678, 1, false, 0x92345678, GIB);
	/* l2[1]: 0x4020_0000 + 0x1_2345 */
	expect_leaf(&w, 0x00212345, 2, false, 0x40212345, 2 * MIB);
	/* l3[15]: 0x4040_f000 + 8 */
	expect_leaf(&w, 0x0040f008, 3, false, 0x4040f008, 4 * KIB);
	/* l3[17]: 0x4041_1000; 16 pages */
	expect_leaf(&w, 0x00411000, 3, true, 0x40411000, 64 * KIB);
	/* l2[31]: 0x4200_0000 + 15 * 0x20_0000; 16 blocks */
	expect_leaf(&w, 0x03e00000, 2, true, 0x43e00000, 32 * MIB);
	end(&w);
}

static void a_walk_ends_nowhere_at_invalid_entries(void **state)
{
	struct world w = one_cpu(0);

	assert_false(sim_walk(w.sim, w.root_pa, 0x00000000).valid); /* l2[0] */
	assert_int_equal(sim_walk(w.sim, w.root_pa, 0x00000000).level, 2);
	assert_false(sim_walk(w.sim, w.root_pa, 0x00420000).valid); /* type 0b01 */
	assert_int_equal(sim_walk(w.sim, w.root_pa, 0x00420000).level, 3);
	assert_false(sim_walk(w.sim, w.root_pa, UINT64_C(1) << 48).valid);
	assert_false(sim_walk(w.sim, 0, 0x00200000).valid);
	/* No blocks at level 0: bit 1 clear is reserved. */
	w.root[1] = BLOCK;
	assert_false(sim_walk(w.sim, w.root_pa, UINT64_C(1) << 39).valid);
	end(&w);
}

/* The same three entries for each granule: a page, a block, a run of pages. */
struct geometry_case {
	uint8_t granule_shift, ia_bits;
	int start;
	uint64_t block_size, run_size;
};

static void fill_geometry_case(const struct geometry_case *c, uint64_t *const *tables,
			       const uint64_t *pa)
{
	uint64_t pages = c->run_size >> c->granule_shift;

	for (int level = c->start; level < 2; level++)
		tables[level][0] = pa[level + 1] | TABLE;
	tables[2][0] = pa[3] | TABLE;
	tables[2][1] = (c->block_size * 5) | BLOCK;
	tables[3][0] = (UINT64_C(1) << c->granule_shift) | PAGE;
	for (uint64_t i = 0; i < pages; i++)
		tables[3][pages + i] = (c->run_size * 3 + (i << c->granule_shift)) |
				       PAGE | CONTIGUOUS;
}

static void check_geometry(const struct geometry_case *c)
{
	struct sim_config config = {
		.cpus = 1,
		.granule_shift = c->granule_shift,
		.ia_bits = c->ia_bits,
		.upper = true,
		.pool_pa = POOL_PA,
		.pool_tables = POOL_TABLES,
	};
	struct sim *sim = sim_new(&config);
	uint64_t base = UINT64_MAX << c->ia_bits;
	uint64_t *tables[4] = { 0 };
	uint64_t pa[4] = { 0 };
	struct sim_translation t;

	assert_non_null(sim);
	for (int level = c->start; level <= 3; level++) {
		assert_int_equal(sim_alloc(sim, level, 1, &pa[level]), 1);
		tables[level] = sim_pointer(sim, pa[level]);
		memset(tables[level], 0, (size_t)1 << c->granule_shift);
	}
	fill_geometry_case(c, tables, pa);

	t = sim_walk(sim, pa[c->start], base + 0x123);
	assert_true(t.valid && t.level == 3 && !t.contiguous);
	assert_int_equal(t.pa, (UINT64_C(1) << c->granule_shift) + 0x123);
	t = sim_walk(sim, pa[c->start], base + c->block_size + 0x12345);
	assert_true(t.valid && t.level == 2 && t.size == c->block_size);
	assert_int_equal(t.pa, c->block_size * 5 + 0x12345);
	t = sim_walk(sim, pa[c->start], base + c->run_size + 0xf345);
	assert_true(t.valid && t.level == 3 && t.contiguous && t.size == c->run_size);
	assert_int_equal(t.pa, c->run_size * 3 + 0xf345);
	assert_false(sim_walk(sim, pa[c->start], 0x123).valid);
	sim_free(sim);
}

static void every_granule_has_its_own_geometry(void **state)
{
	/* 4K: 9 bits a level, 512 pages a block, runs of 16; 48 bits start at 0. */
	/* 16K: 11 bits, 2048 pages, runs of 128; 47 bits = 14 + 3 * 11 start at 1. */
	/* 64K: 13 bits, 8192 pages, runs of 32; 42 bits = 16 + 2 * 13 start at 2. */
	static const struct geometry_case cases[] = {
		{ 12, 48, 0, 2 * MIB, 64 * KIB },  { 12, 39, 1, 2 * MIB, 64 * KIB },
		{ 14, 48, 0, 32 * MIB, 2 * MIB },  { 14, 47, 1, 32 * MIB, 2 * MIB },
		{ 14, 36, 2, 32 * MIB, 2 * MIB },  { 16, 48, 1, 512 * MIB, 2 * MIB },
		{ 16, 42, 2, 512 * MIB, 2 * MIB },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_geometry(&cases[i]);
}

struct seen {
	size_t count;
	uint64_t va[32], size[32];
	int level[32];
};

static void see_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct seen *seen = ctx;

	assert_true(seen->count < 32);
	seen->va[seen->count] = va;
	seen->size[seen->count] = leaf->size;
	seen->level[seen->count++] = leaf->level;
}

static void see_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	struct seen *seen = ctx;

	seen->va[seen->count] = va;
	seen->size[seen->count] = pa;
	seen->level[seen->count++] = level;
}

static void a_contiguous_run_is_one_leaf(void **state)
{
	struct world w = one_cpu(0);
	struct seen seen = { 0 };

	/* 1 block, 16 pages, 1 run, 1 run of blocks, 1 block of 1 GiB: 20 leaves. */
	sim_for_each_leaf(w.sim, w.root_pa, 0, UINT64_C(1) << 48, see_leaf, &seen);
	assert_int_equal(seen.count, 20);
	assert_int_equal(seen.va[0], 0x00200000);
	assert_int_equal(seen.va[1], 0x00400000);
	assert_int_equal(seen.va[17], 0x00410000);
	assert_int_equal(seen.size[17], 64 * KIB);
	assert_int_equal(seen.va[18], 0x02000000);
	assert_int_equal(seen.size[18], 32 * MIB);
	assert_int_equal(seen.va[19], 0x40000000);
	end(&w);
}

static void a_broken_run_is_seen_member_by_member(void **state)
{
	struct world w = one_cpu(0);
	struct seen seen = { 0 };

	w.l3[20] &= ~CONTIGUOUS;
	sim_for_each_leaf(w.sim, w.root_pa, 0x00410000, 64 * KIB, see_leaf, &seen);
	assert_int_equal(seen.count, 16);
	assert_int_equal(seen.size[0], 4 * KIB);
	end(&w);
}

static void leaves_that_only_touch_the_range_are_visited_whole(void **state)
{
	struct world w = one_cpu(0);
	struct seen seen = { 0 };

	/* From the middle of the block to the second page. */
	sim_for_each_leaf(w.sim, w.root_pa, 0x00300000, 0x101001, see_leaf, &seen);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.va[0], 0x00200000);
	assert_int_equal(seen.size[0], 2 * MIB);
	assert_int_equal(seen.va[2], 0x00401000);
	end(&w);
}

static void tables_are_visited_parents_first(void **state)
{
	struct world w = one_cpu(0);
	struct seen seen = { 0 };

	sim_for_each_table(w.sim, w.root_pa, see_table, &seen);
	assert_int_equal(seen.count, 4);
	assert_int_equal(seen.size[0], w.root_pa);
	assert_int_equal(seen.size[1], w.l1_pa);
	assert_int_equal(seen.size[2], w.l2_pa);
	assert_int_equal(seen.size[3], w.l3_pa);
	assert_int_equal(seen.va[3], 0x00400000);
	assert_int_equal(seen.level[3], 3);
	end(&w);
}

/* ----------------------------------------------------------------------- memory */

static void allocations_are_adjacent_and_full_of_garbage(void **state)
{
	struct world w = one_cpu(0);
	uint64_t *words;
	uint64_t pa;

	/* The world has 4 tables of 64. */
	assert_int_equal(sim_alloc(w.sim, 3, 10, &pa), 10);
	assert_int_equal(pa, POOL_PA + 4 * (4 * KIB));
	words = sim_pointer(w.sim, pa);
	assert_int_not_equal(words[0], 0);
	assert_int_not_equal(words[511], 0);
	assert_int_equal(sim_address(w.sim, words + 1), pa + 8);
	assert_int_equal(sim_alloc(w.sim, 3, 100, &pa), 50);
	assert_int_equal(sim_alloc(w.sim, 3, 1, &pa), 0);
	assert_int_equal(sim_tables_allocated(w.sim), 64);
	end(&w);
}

static void freed_tables_are_handed_out_again(void **state)
{
	struct world w = one_cpu(0);
	uint64_t pa, again;
	uint64_t *words;

	assert_int_equal(sim_alloc(w.sim, 3, 10, &pa), 10);
	words = sim_pointer(w.sim, pa + 2 * (4 * KIB));
	words[100] = 0;
	sim_release(w.sim, 3, pa + 2 * (4 * KIB), 3);
	assert_int_not_equal(words[100], 0);
	assert_int_equal(sim_alloc(w.sim, 3, 10, &again), 3);
	assert_int_equal(again, pa + 2 * (4 * KIB));
	expect_nothing(&w);
	end(&w);
}

static void the_nth_allocation_fails(void **state)
{
	struct world w = one_cpu(0);
	uint64_t pa;

	sim_fail_alloc(w.sim, 2);
	assert_int_equal(sim_alloc(w.sim, 3, 1, &pa), 1);
	assert_int_equal(sim_alloc(w.sim, 3, 1, &pa), 0);
	assert_int_equal(sim_alloc(w.sim, 3, 1, &pa), 1);
	end(&w);
}

static void a_double_free_is_found(void **state)
{
	struct world w = one_cpu(0);
	uint64_t pa;

	assert_int_equal(sim_alloc(w.sim, 3, 1, &pa), 1);
	sim_release(w.sim, 3, pa, 1);
	expect_nothing(&w);
	sim_release(w.sim, 3, pa, 1);
	expect(&w, SIM_BAD_FREE, 1);
	sim_release(w.sim, 3, 0x1000, 1); /* not in the pool */
	expect(&w, SIM_BAD_FREE, 2);
	end(&w);
}

static void memory_is_left_alone_inside_the_stop(void **state)
{
	struct world w = one_cpu(0);
	uint64_t pa;

	sim_alloc(w.sim, 3, 1, &pa);
	sim_stop_begin(w.sim);
	store(&w, &w.l3[40], 0x50000000 | PAGE);
	sim_stop_end(w.sim);
	expect_nothing(&w);
	sim_stop_begin(w.sim);
	sim_release(w.sim, 3, pa, 1);
	sim_alloc(w.sim, 3, 1, &pa);
	sim_stop_end(w.sim);
	expect(&w, SIM_ALLOC_IN_STOP, 2);
	assert_int_equal(sim_events_in_stop(w.sim).stores, 1);
	assert_int_equal(sim_events_in_stop(w.sim).barriers, 1);
	assert_int_equal(sim_events_in_stop(w.sim).allocations, 1);
	assert_int_equal(sim_events_in_stop(w.sim).frees, 1);
	end(&w);
}

/* ------------------------------------------------------------------------ stale */

static void an_invalidated_change_is_clean(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_missing_tlbi_is_found(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00403000);
	assert_int_equal(sim_finding(w.sim, 0)->size, 4 * KIB);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 0);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 2);
	expect_text(&w, 0, "nothing");
	end(&w);
}

static void a_tlbi_before_the_dsb_of_the_store_is_found(void **state)
{
	struct world w = one_cpu(0);

	sim_store(w.sim, &w.l3[3], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void a_missing_dsb_after_the_tlbi_is_found(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l3[3], 0);
	sim_tlbi(w.sim, SIM_VMALLE1IS);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void a_dsb_for_stores_does_not_complete_a_tlbi(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l3[3], 0);
	invalidate(&w, SIM_VMALLE1IS, SIM_DSB_ISHST);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void a_dsb_for_stores_does_not_complete_a_local_tlbi(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l3[3], 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_ISHST);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void a_broadcast_is_complete_at_a_dsb_that_all_observe(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	invalidate(&w, SIM_VMALLE1IS, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

/* CPU 1 writes a table, CPU 0 or 2 links it; CPU 0 has observed CPU 2, and that CPU 1. */
static void expect_linked(bool observes, bool late, uint64_t findings)
{
	static const uint8_t levels[3] = { 3, 3, 3 };
	struct world w = world_of(3, levels);
	uint64_t pa;

	sim_on_cpu(w.sim, 1);
	if (!late)
		new_pages(&w, &pa);
	sim_on_cpu(w.sim, 2);
	sim_observe(w.sim, 1);
	sim_on_cpu(w.sim, 0);
	if (observes)
		sim_observe(w.sim, 2);
	sim_on_cpu(w.sim, 1);
	if (late)
		new_pages(&w, &pa);
	sim_on_cpu(w.sim, 0);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_INVISIBLE_TABLE, findings);
	end(&w);
}

static void a_dsb_orders_what_its_cpu_has_observed(void **state)
{
	expect_linked(true, false, 0);
	expect_linked(false, false, 1);
	/* Written after it was observed. */
	expect_linked(true, true, 1);
}

static void a_dsb_of_another_cpu_completes_nothing(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	sim_tlbi(w.sim, SIM_VMALLE1IS);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void a_local_tlbi_where_others_walk_is_found(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	end(&w);
}

static void a_local_tlbi_is_enough_where_nobody_else_walks(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l3[3], 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_permission_change_needs_a_tlbi_and_no_break(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l3[3], w.l3[3] | READ_ONLY);
	expect_nothing(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	expect_text(&w, 0, "other attributes");
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void what_was_put_back_is_not_stale(void **state)
{
	struct world w = one_cpu(0);
	uint64_t page = w.l3[3];

	store(&w, &w.l3[3], 0);
	store(&w, &w.l3[3], page);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void bits_that_no_tlb_holds_may_change(void **state)
{
	struct world w = one_cpu(0);

	/* The access flag, and bit 55, which software owns. */
	store(&w, &w.l3[3], w.l3[3] ^ 0x400 ^ (UINT64_C(1) << 55));
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_new_mapping_needs_no_tlbi(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[40], 0x50000000 | PAGE);
	store(&w, &w.l2[0], 0x60000000 | BLOCK);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* Four pages in a row are one interval, and one finding. */
static void neighbours_are_one_finding(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l3[5], 0);
	store(&w, &w.l3[4], 0);
	store(&w, &w.l3[7], 0);
	store(&w, &w.l3[6], 0);
	store(&w, &w.l3[9], 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 2);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00404000);
	assert_int_equal(sim_finding(w.sim, 1)->va, 0x00409000);
	end(&w);
}

static void all_below_a_lost_table_is_stale(void **state)
{
	struct world w = one_cpu(0);

	/* l3 holds 16 pages and one run: two sizes, two intervals. */
	store(&w, &w.l2[2], 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 2);
	end(&w);
}

/* --------------------------------------------------------------------- conflicts */

static void a_live_size_change_is_found_below_level_3(void **state)
{
	for (uint8_t level = 0; level < 3; level++) {
		struct world w = one_cpu(level);

		split_block(&w);
		expect(&w, SIM_CONFLICT, 1);
		assert_int_equal(sim_finding(w.sim, 0)->va, 0x00200000);
		expect_text(&w, 0, "level 2 block");
		end(&w);
	}
}

static void a_live_size_change_is_fine_at_level_3(void **state)
{
	struct world w = two_cpus(3, 3);

	split_block(&w);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void the_weakest_walker_decides(void **state)
{
	struct world w = two_cpus(3, 2);

	split_block(&w);
	expect(&w, SIM_CONFLICT, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	end(&w);
}

static void a_live_size_change_is_stale_until_the_tlbi(void **state)
{
	struct world w = one_cpu(3);

	split_block(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	expect_text(&w, 0, "another size");
	end(&w);
}

static void a_held_cpu_does_not_see_a_size_change(void **state)
{
	struct world w = two_cpus(3, 0);

	sim_hold_others(w.sim);
	split_block(&w);
	invalidate_all(&w);
	sim_let_go(w.sim);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_cpu_let_go_is_clean_though_the_leader_is_not(void **state)
{
	struct world w = two_cpus(3, 0);

	sim_hold_others(w.sim);
	split_block(&w);
	sim_let_go(w.sim);
	expect_nothing(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	end(&w);
}

/* CPU 1 leaves the tables; returns as it left. */
static void park(struct world *w, bool tlbi)
{
	walk_root(w->sim, 1, 0);
	sim_on_cpu(w->sim, 1);
	if (tlbi)
		invalidate(w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_on_cpu(w->sim, 0);
}

static void a_parked_cpu_that_did_not_invalidate_is_found(void **state)
{
	struct world good = two_cpus(3, 0), bad = two_cpus(3, 0);

	park(&good, true);
	split_block(&good);
	walk_root(good.sim, 1, good.root_pa);
	expect_nothing(&good);

	park(&bad, false);
	split_block(&bad);
	expect_nothing(&bad);
	walk_root(bad.sim, 1, bad.root_pa);
	expect(&bad, SIM_CONFLICT, 1);
	assert_int_equal(sim_finding(bad.sim, 0)->cpu, 1);
	end(&good);
	end(&bad);
}

static void a_ttbr_write_without_isb_is_no_parking(void **state)
{
	struct world w = two_cpus(3, 0);

	sim_on_cpu(w.sim, 1);
	sim_write_ttbr(w.sim, 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_on_cpu(w.sim, 0);
	split_block(&w);
	expect(&w, SIM_CONFLICT, 1);
	end(&w);
}

static void break_before_make_changes_size_at_any_level(void **state)
{
	struct world w = two_cpus(0, 0);
	uint64_t pa;

	new_pages(&w, &pa);
	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	store(&w, &w.l2[1], pa | TABLE);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_break_without_tlbi_is_found(void **state)
{
	struct world w = two_cpus(0, 0);
	uint64_t pa;

	new_pages(&w, &pa);
	store(&w, &w.l2[1], 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_CONFLICT, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	end(&w);
}

static void an_empty_table_for_a_block_is_no_conflict(void **state)
{
	struct world w = one_cpu(0);
	uint64_t pa;

	sim_wrote(w.sim, new_table(w.sim, 3, &pa));
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], pa | TABLE);
	expect_nothing(&w);
	end(&w);
}

static void an_address_change_without_break_is_found_at_any_level(void **state)
{
	struct world w = one_cpu(3);

	store(&w, &w.l3[3], 0x50000000 | PAGE);
	expect(&w, SIM_CONFLICT, 1);
	expect_text(&w, 0,
		    "output address of 0x403000 changed without break-before-make");
	end(&w);
}

static void a_split_that_maps_another_address_is_found(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa;
	uint64_t *pages = new_pages(&w, &pa);

	pages[300] += 4 * KIB; /* 0x20_0000 + 300 * 0x1000 = 0x32_c000 */
	sim_wrote(w.sim, pages);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_CONFLICT, 1);
	expect_text(&w, 0, "output address of 0x32c000");
	end(&w);
}

static void a_type_change_without_break_is_found(void **state)
{
	struct world w = one_cpu(3);

	store(&w, &w.l3[3], w.l3[3] | DEVICE);
	expect(&w, SIM_CONFLICT, 1);
	expect_text(&w, 0, "memory type or nG of 0x403000");
	store(&w, &w.l3[5], w.l3[5] | NON_GLOBAL);
	expect(&w, SIM_CONFLICT, 2);
	end(&w);
}

static void an_address_change_with_break_is_fine(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	invalidate_all(&w);
	store(&w, &w.l3[3], 0x50000000 | PAGE | DEVICE);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* ----------------------------------------------------------------- contiguous runs */

/* Members 16 to 31 of l3, at 0x41_0000. */
static void clear_hints(struct world *w, unsigned int members)
{
	for (unsigned int i = 16; i < 16 + members; i++)
		store(w, &w->l3[i], w->l3[i] & ~CONTIGUOUS);
}

static void hints_leave_a_run_live_at_level_3_only(void **state)
{
	struct world strong = one_cpu(3), weak = one_cpu(2);

	clear_hints(&strong, 16);
	invalidate_all(&strong);
	sim_expect_clean(strong.sim);
	expect_nothing(&strong);

	/* Each of the 16 stores leaves the held run beside a page. */
	clear_hints(&weak, 16);
	expect(&weak, SIM_CONFLICT, 16);
	expect_text(&weak, 0, "contiguous run");
	end(&strong);
	end(&weak);
}

static void a_run_that_is_hinted_in_part_is_stale_after_any_tlbi(void **state)
{
	struct world w = one_cpu(3);

	clear_hints(&w, 15);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00410000);
	end(&w);
}

static void one_member_changed_in_a_hinted_run_is_found(void **state)
{
	struct world w = one_cpu(3);

	/* Size and attributes at once, and 15 members that still map it otherwise. */
	store(&w, &w.l3[20], (w.l3[20] & ~CONTIGUOUS) | READ_ONLY);
	expect(&w, SIM_CONFLICT, 1);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	assert_int_equal(sim_finding_count(w.sim, SIM_STALE), 1);
	assert_int_equal(sim_finding(w.sim, 1)->va, 0x00414000);
	end(&w);
}

/* ----------------------------------------------- members that differ in attributes */

/* All 16 entries of the run at 0x41_0000, one by one. */
static void change_run(struct world *w, uint64_t set, uint64_t clear)
{
	for (unsigned int i = 16; i < 32; i++)
		store(w, &w->l3[i], (w->l3[i] & ~clear) | set);
}

/*
 * After each of the first 15 stores members differ, after the last one none does. On
 * level 3 that is how it is done.
 */
static void a_run_that_changes_member_by_member_is_found_below_level_3(void **state)
{
	for (unsigned int level = 0; level <= 3; level++) {
		struct world w = two_cpus(3, (uint8_t)level);

		change_run(&w, READ_ONLY, 0);
		invalidate_all(&w);
		sim_expect_clean(w.sim);
		if (level == 3) {
			expect_nothing(&w);
		} else {
			expect(&w, SIM_MIXED_RUN, 15);
			expect_text(&w, 0, "cpu1");
			assert_int_equal(sim_finding(w.sim, 14)->va, 0x00410000);
			assert_int_equal(sim_finding(w.sim, 14)->size, 0x10000);
		}
		end(&w);
	}
}

/* Blocks: 16 of 2 MiB. */
static void a_run_of_blocks_that_changes_is_found(void **state)
{
	struct world w = one_cpu(2);

	for (unsigned int i = 16; i < 32; i++)
		store(&w, &w.l2[i], w.l2[i] | READ_ONLY);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_MIXED_RUN, 15);
	end(&w);
}

/* While no CPU below level 3 walks it may be mixed, but not when it comes back. */
static void a_run_may_differ_while_weak_cpus_are_held(void **state)
{
	struct world whole = two_cpus(3, 0);
	struct world half = two_cpus(3, 0);

	sim_hold_others(whole.sim);
	change_run(&whole, READ_ONLY, 0);
	invalidate_all(&whole);
	sim_let_go(whole.sim);
	sim_expect_clean(whole.sim);
	expect_nothing(&whole);
	end(&whole);

	sim_hold_others(half.sim);
	store(&half, &half.l3[20], half.l3[20] | READ_ONLY);
	invalidate_all(&half);
	expect_nothing(&half);
	sim_let_go(half.sim);
	expect(&half, SIM_MIXED_RUN, 1);
	end(&half);
}

static void a_run_that_is_linked_with_members_that_differ_is_found(void **state)
{
	for (unsigned int level = 0; level <= 3; level += 3) {
		struct world w = one_cpu((uint8_t)level);
		uint64_t pa;
		uint64_t *pages = new_pages(&w, &pa);

		/* At 0x60_0000, l2[3]: the second run of it, and its last member. */
		for (unsigned int i = 16; i < 32; i++)
			pages[i] |= CONTIGUOUS;
		pages[31] |= READ_ONLY;
		sim_wrote(w.sim, pages);
		sim_barrier(w.sim, SIM_DSB_ISHST);
		store(&w, &w.l2[3], pa | TABLE);
		expect(&w, SIM_MIXED_RUN, level == 0);
		if (level == 0)
			assert_int_equal(sim_finding(w.sim, 0)->va, 0x00610000);
		end(&w);
	}
}

/* The new root is walked for the first time. */
static void a_root_with_members_that_differ_is_found(void **state)
{
	struct world w = two_cpus(3, 0);
	uint64_t pa;

	clone_root(&w, &pa);
	sim_on_cpu(w.sim, 1);
	sim_write_ttbr(w.sim, 0);
	sim_barrier(w.sim, SIM_ISB);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_on_cpu(w.sim, 0);
	store(&w, &w.l3[31], w.l3[31] | READ_ONLY);
	expect_nothing(&w);
	walk_root(w.sim, 1, pa);
	expect(&w, SIM_MIXED_RUN, 1);
	end(&w);
}

/* Which is how break-before-make takes a run away and makes another one. */
static void a_run_becomes_invalid_and_another_one_at_any_level(void **state)
{
	struct world w = two_cpus(0, 0);
	uint64_t before[16];

	memcpy(before, &w.l3[16], sizeof(before));
	for (unsigned int i = 16; i < 32; i++)
		store(&w, &w.l3[i], w.l3[i] & ~UINT64_C(1));
	invalidate_all(&w);
	for (unsigned int i = 16; i < 32; i++)
		store(&w, &w.l3[i], before[i - 16] | READ_ONLY);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

#define ACCESS_FLAG (UINT64_C(1) << 10)
#define DBM	    (UINT64_C(1) << 51)
#define SOFTWARE    (UINT64_C(1) << 55)

/* Hardware sets AF, and clears AP[2] where DBM is set, in any one member. */
static void what_hardware_writes_to_one_member_is_fine(void **state)
{
	struct world w = two_cpus(0, 0);

	/* Writable and clean: AP[2] and DBM, and no AF yet. */
	for (unsigned int i = 16; i < 32; i++)
		store(&w, &w.l3[i], 0);
	invalidate_all(&w);
	for (unsigned int i = 0; i < 16; i++)
		store(&w, &w.l3[16 + i],
		      ((0x40410000 + i * 4 * KIB) | PAGE | CONTIGUOUS | READ_ONLY | DBM) &
			      ~ACCESS_FLAG);
	store(&w, &w.l3[20], w.l3[20] | ACCESS_FLAG);
	store(&w, &w.l3[21], w.l3[21] & ~READ_ONLY);
	store(&w, &w.l3[22], w.l3[22] | SOFTWARE);
	expect_nothing(&w);
	/* Without DBM it is a permission. */
	store(&w, &w.l3[23], w.l3[23] & ~DBM);
	expect(&w, SIM_MIXED_RUN, 1);
	end(&w);
}

static void a_run_made_member_by_member_is_clean_when_whole(void **state)
{
	struct world w = one_cpu(3);

	/* l3[0..15], at 0x40_0000 -> 0x4040_0000, is aligned for a run. */
	for (unsigned int i = 0; i < 16; i++)
		store(&w, &w.l3[i], w.l3[i] | CONTIGUOUS);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_run_is_broken_and_made_at_any_level(void **state)
{
	struct world w = two_cpus(0, 0);

	for (unsigned int i = 16; i < 32; i++)
		sim_store(w.sim, &w.l3[i], 0);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	invalidate_all(&w);
	for (unsigned int i = 0; i < 16; i++)
		sim_store(w.sim, &w.l3[16 + i], (0x40410000 + 4 * KIB * i) | PAGE);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void the_last_member_of_a_run_needs_a_tlbi_after_it(void **state)
{
	struct world w = one_cpu(3);

	clear_hints(&w, 15);
	invalidate_all(&w);
	store(&w, &w.l3[31], w.l3[31] & ~CONTIGUOUS);
	sim_expect_clean(w.sim);
	/* Fetched through the last member, the run covers all 16. */
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00410000);
	end(&w);
}

static void the_end_of_a_run_is_seen_until_the_dsb(void **state)
{
	struct world w = one_cpu(3);

	clear_hints(&w, 15);
	sim_store(w.sim, &w.l3[31], w.l3[31] & ~CONTIGUOUS);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void one_hint_among_pages_is_found(void **state)
{
	struct world w = one_cpu(3);

	store(&w, &w.l3[3], w.l3[3] | CONTIGUOUS);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00400000);
	end(&w);
}

static void a_run_ends_with_the_table_it_is_in(void **state)
{
	struct world w = one_cpu(3);

	clear_hints(&w, 5);
	store(&w, &w.l2[2], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_cpu_that_arrives_at_a_mixed_run_is_found(void **state)
{
	struct world w = two_cpus(3, 0);

	sim_hold_others(w.sim);
	clear_hints(&w, 5);
	expect_nothing(&w);
	sim_let_go(w.sim);
	assert_int_equal(sim_finding_count(w.sim, SIM_CONFLICT), 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_MIXED_RUN), 1);
	end(&w);
}

/* ------------------------------------------------------------------------ tables */

static void a_table_linked_without_dsb_is_found(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa;

	new_pages(&w, &pa);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_INVISIBLE_TABLE, 1);
	end(&w);
}

static void a_dsb_for_this_cpu_or_of_another_one_does_not_order_a_table(void **state)
{
	struct world w = two_cpus(3, 3);
	uint64_t pa;

	new_pages(&w, &pa);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_DSB_ISH);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_INVISIBLE_TABLE, 1);
	expect_text(&w, 0, "since cpu0 wrote");
	end(&w);
}

static void an_unordered_table_further_down_is_found(void **state)
{
	struct world w = one_cpu(3);
	uint64_t *upper;
	uint64_t upper_pa, pa;

	new_pages(&w, &pa);
	upper = new_table(w.sim, 2, &upper_pa);
	sim_wrote(w.sim, upper);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_store(w.sim, &upper[7], pa | TABLE); /* this one is not ordered */
	store(&w, &w.l1[2], upper_pa | TABLE);
	expect(&w, SIM_INVISIBLE_TABLE, 1);
	end(&w);
}

static void a_tree_that_is_linked_again_is_read_anew(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa;

	store(&w, &w.root[0], 0);
	invalidate_all(&w);
	new_pages(&w, &pa);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	w.l2[0] = pa | TABLE;
	sim_wrote(w.sim, w.l2);
	store(&w, &w.root[1], 0);
	sim_wrote(w.sim, sim_pointer(w.sim, pa)); /* not ordered */
	sim_store(w.sim, &w.root[0], w.l1_pa | TABLE);
	expect(&w, SIM_INVISIBLE_TABLE, 1);
	end(&w);
}

static void each_writer_of_a_table_needs_its_own_dsb(void **state)
{
	struct world w = two_cpus(3, 3);
	uint64_t pa;
	uint64_t *pages = new_pages(&w, &pa);

	sim_on_cpu(w.sim, 1);
	sim_wrote(w.sim, pages);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_INVISIBLE_TABLE, 1);
	expect_text(&w, 0, "since cpu0 wrote");
	end(&w);
}

static void a_root_without_dsb_is_found(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa;

	sim_wrote(w.sim, new_table(w.sim, 0, &pa));
	walk_root(w.sim, 0, pa);
	assert_int_equal(sim_finding_count(w.sim, SIM_INVISIBLE_TABLE), 1);
	end(&w);
}

static void a_table_freed_while_reachable_is_found(void **state)
{
	struct world w = two_cpus(0, 0);

	sim_release(w.sim, 3, w.l3_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 2);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00400000);
	end(&w);
}

static void a_table_freed_before_the_tlbi_is_found(void **state)
{
	struct world good = two_cpus(0, 0), bad = two_cpus(0, 0), early = two_cpus(0, 0);

	store(&good, &good.l2[2], 0);
	invalidate_all(&good);
	sim_release(good.sim, 3, good.l3_pa, 1);
	expect_nothing(&good);

	store(&bad, &bad.l2[2], 0);
	sim_release(bad.sim, 3, bad.l3_pa, 1);
	expect(&bad, SIM_USE_AFTER_FREE, 1);
	expect_text(&bad, 0, "descriptor cached");

	sim_store(early.sim, &early.l2[2], 0); /* no DSB: walks still find it */
	sim_tlbi(early.sim, SIM_VMALLE1IS);
	sim_barrier(early.sim, SIM_DSB_ISH);
	sim_release(early.sim, 3, early.l3_pa, 1);
	expect(&early, SIM_USE_AFTER_FREE, 1);
	end(&good);
	end(&bad);
	end(&early);
}

static void tables_below_a_lost_table_are_held_with_it(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l1[0], 0);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	invalidate_all(&w);
	sim_release(w.sim, 2, w.l2_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	end(&w);
}

static void a_retired_table_written_before_the_tlbi_is_found(void **state)
{
	struct world good = one_cpu(0), bad = one_cpu(0);

	store(&good, &good.l2[2], 0);
	invalidate_all(&good);
	store(&good, &good.l3[0], 0);
	expect_nothing(&good);

	store(&bad, &bad.l2[2], 0);
	store(&bad, &bad.l3[0], 0);
	expect(&bad, SIM_USE_AFTER_FREE, 1);
	end(&good);
	end(&bad);
}

static void plain_stores_to_a_walked_table_are_found(void **state)
{
	struct world w = one_cpu(0);

	sim_wrote(w.sim, w.l3);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	end(&w);
}

static void a_link_to_a_free_table_is_found(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa;

	new_pages(&w, &pa);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_release(w.sim, 3, pa, 1);
	store(&w, &w.l2[0], pa | TABLE);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	end(&w);
}

/* -------------------------------------------------------------------- two roots */

static void move(struct world *w, uint64_t root, bool tlbi)
{
	walk_root(w->sim, 0, 0);
	if (tlbi)
		invalidate(w, SIM_VMALLE1, SIM_DSB_NSH);
	walk_root(w->sim, 0, root);
}

static void a_switch_changes_size_at_any_level(void **state)
{
	struct world w = two_cpus(0, 0);
	uint64_t clone_pa, l1_pa = stage_split(&w);

	clone_root(&w, &clone_pa);
	sim_hold_others(w.sim);
	move(&w, clone_pa, true);
	store(&w, &w.root[0], l1_pa | TABLE);
	move(&w, w.root_pa, true);
	sim_let_go(w.sim);
	sim_expect_clean(w.sim);
	/* The copied tables and the clone can go. */
	sim_release(w.sim, 0, clone_pa, 1);
	sim_release(w.sim, 1, w.l1_pa, 1);
	sim_release(w.sim, 2, w.l2_pa, 1);
	expect_nothing(&w);
	assert_int_equal(sim_walk(w.sim, w.root_pa, 0x00200000).level, 3);
	end(&w);
}

static void a_switch_back_without_tlbi_is_found(void **state)
{
	struct world w = one_cpu(0);
	uint64_t clone_pa, l1_pa = stage_split(&w);

	clone_root(&w, &clone_pa);
	move(&w, clone_pa, true);
	store(&w, &w.root[0], l1_pa | TABLE);
	expect_nothing(&w);
	move(&w, w.root_pa, false);
	expect(&w, SIM_CONFLICT, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00200000);
	end(&w);
}

static void what_another_root_left_behind_is_stale(void **state)
{
	struct world w = one_cpu(3);
	uint64_t clone_pa, l1_pa = stage_split(&w);

	clone_root(&w, &clone_pa);
	move(&w, clone_pa, true);
	store(&w, &w.root[0], l1_pa | TABLE);
	move(&w, w.root_pa, false);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	/* The old tables can be reached from the clone's entries, which may be cached. */
	sim_release(w.sim, 1, w.l1_pa, 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_USE_AFTER_FREE), 1);
	end(&w);
}

static void a_store_to_one_root_meets_what_another_one_left(void **state)
{
	struct world w = one_cpu(0);
	uint64_t clone_pa;
	uint64_t *clone = clone_root(&w, &clone_pa);

	clone[0] = 0;
	sim_wrote(w.sim, clone);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	move(&w, clone_pa, false);
	expect_nothing(&w);
	store(&w, &clone[0], stage_split(&w) | TABLE);
	expect(&w, SIM_CONFLICT, 1);
	end(&w);
}

static void a_root_that_was_left_and_not_invalidated_is_not_freed(void **state)
{
	struct world w = one_cpu(3);
	uint64_t clone_pa;

	clone_root(&w, &clone_pa);
	move(&w, clone_pa, false);
	sim_release(w.sim, 0, w.root_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	end(&w);
}

static void a_store_is_old_to_a_root_begun_before_its_dsb(void **state)
{
	struct world w = two_cpus(3, 3);
	uint64_t clone_pa;

	/* Both roots lead to l3. The DSB NSH of the move does nothing for CPU 1's walker. */
	park(&w, true);
	clone_root(&w, &clone_pa);
	sim_store(w.sim, &w.l3[3], 0);
	move(&w, clone_pa, true);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

/* ------------------------------------------------------------------------- hooks */

static void count_calls(void *ctx, uint64_t nth)
{
	uint64_t *calls = ctx;

	assert_int_equal(nth, ++*calls);
}

static void the_hook_sees_each_store_before_it_is_made(void **state)
{
	struct world w = one_cpu(0);
	uint64_t calls = 0;

	sim_on_store(w.sim, count_calls, &calls);
	store(&w, &w.l3[40], 0x50000000 | PAGE);
	store(&w, &w.l3[41], 0x50001000 | PAGE);
	assert_int_equal(calls, 2);
	assert_int_equal(sim_events(w.sim).stores, 2);
	end(&w);
}

static void a_trace_has_a_line_for_each_event(void **state)
{
	char text[2048] = { 0 };
	FILE *trace = fmemopen(text, sizeof(text), "w");
	uint8_t level = 0;
	struct sim_config config = {
		.cpus = 1,
		.bbm_level = &level,
		.granule_shift = 12,
		.ia_bits = 48,
		.pool_pa = POOL_PA,
		.pool_tables = POOL_TABLES,
		.trace = trace,
	};
	struct sim *sim = sim_new(&config);
	uint64_t pa;

	sim_alloc(sim, 0, 1, &pa);
	sim_barrier(sim, SIM_DSB_ISHST);
	sim_tlbi(sim, SIM_VMALLE1IS);
	sim_release(sim, 0, 0x1000, 1);
	sim_free(sim);
	fclose(trace);
	assert_non_null(strstr(text,
			       "1 cpu0 alloc level=0 pa=0x0000000100000000 tables=1\n"
			       "2 cpu0 dsb ishst\n"
			       "3 cpu0 tlbi vmalle1is\n"
			       "4 cpu0 free level=0 pa=0x0000000000001000 tables=1\n"
			       "4 cpu0 finding bad-free "));
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_ends_in_blocks_and_pages),
		cmocka_unit_test(a_walk_ends_nowhere_at_invalid_entries),
		cmocka_unit_test(every_granule_has_its_own_geometry),
		cmocka_unit_test(a_contiguous_run_is_one_leaf),
		cmocka_unit_test(a_broken_run_is_seen_member_by_member),
		cmocka_unit_test(leaves_that_only_touch_the_range_are_visited_whole),
		cmocka_unit_test(tables_are_visited_parents_first),
		cmocka_unit_test(allocations_are_adjacent_and_full_of_garbage),
		cmocka_unit_test(freed_tables_are_handed_out_again),
		cmocka_unit_test(the_nth_allocation_fails),
		cmocka_unit_test(a_double_free_is_found),
		cmocka_unit_test(memory_is_left_alone_inside_the_stop),
		cmocka_unit_test(an_invalidated_change_is_clean),
		cmocka_unit_test(a_missing_tlbi_is_found),
		cmocka_unit_test(a_tlbi_before_the_dsb_of_the_store_is_found),
		cmocka_unit_test(a_missing_dsb_after_the_tlbi_is_found),
		cmocka_unit_test(a_dsb_for_stores_does_not_complete_a_tlbi),
		cmocka_unit_test(a_dsb_for_stores_does_not_complete_a_local_tlbi),
		cmocka_unit_test(a_broadcast_is_complete_at_a_dsb_that_all_observe),
		cmocka_unit_test(a_dsb_orders_what_its_cpu_has_observed),
		cmocka_unit_test(a_dsb_of_another_cpu_completes_nothing),
		cmocka_unit_test(a_local_tlbi_where_others_walk_is_found),
		cmocka_unit_test(a_local_tlbi_is_enough_where_nobody_else_walks),
		cmocka_unit_test(a_permission_change_needs_a_tlbi_and_no_break),
		cmocka_unit_test(what_was_put_back_is_not_stale),
		cmocka_unit_test(bits_that_no_tlb_holds_may_change),
		cmocka_unit_test(a_new_mapping_needs_no_tlbi),
		cmocka_unit_test(neighbours_are_one_finding),
		cmocka_unit_test(all_below_a_lost_table_is_stale),
		cmocka_unit_test(a_live_size_change_is_found_below_level_3),
		cmocka_unit_test(a_live_size_change_is_fine_at_level_3),
		cmocka_unit_test(the_weakest_walker_decides),
		cmocka_unit_test(a_live_size_change_is_stale_until_the_tlbi),
		cmocka_unit_test(a_held_cpu_does_not_see_a_size_change),
		cmocka_unit_test(a_cpu_let_go_is_clean_though_the_leader_is_not),
		cmocka_unit_test(a_parked_cpu_that_did_not_invalidate_is_found),
		cmocka_unit_test(a_ttbr_write_without_isb_is_no_parking),
		cmocka_unit_test(break_before_make_changes_size_at_any_level),
		cmocka_unit_test(a_break_without_tlbi_is_found),
		cmocka_unit_test(an_empty_table_for_a_block_is_no_conflict),
		cmocka_unit_test(an_address_change_without_break_is_found_at_any_level),
		cmocka_unit_test(a_split_that_maps_another_address_is_found),
		cmocka_unit_test(a_type_change_without_break_is_found),
		cmocka_unit_test(an_address_change_with_break_is_fine),
		cmocka_unit_test(hints_leave_a_run_live_at_level_3_only),
		cmocka_unit_test(a_run_that_is_hinted_in_part_is_stale_after_any_tlbi),
		cmocka_unit_test(one_member_changed_in_a_hinted_run_is_found),
		cmocka_unit_test(
			a_run_that_changes_member_by_member_is_found_below_level_3),
		cmocka_unit_test(a_run_of_blocks_that_changes_is_found),
		cmocka_unit_test(a_run_may_differ_while_weak_cpus_are_held),
		cmocka_unit_test(a_run_that_is_linked_with_members_that_differ_is_found),
		cmocka_unit_test(a_root_with_members_that_differ_is_found),
		cmocka_unit_test(a_run_becomes_invalid_and_another_one_at_any_level),
		cmocka_unit_test(what_hardware_writes_to_one_member_is_fine),
		cmocka_unit_test(a_run_made_member_by_member_is_clean_when_whole),
		cmocka_unit_test(a_run_is_broken_and_made_at_any_level),
		cmocka_unit_test(the_last_member_of_a_run_needs_a_tlbi_after_it),
		cmocka_unit_test(the_end_of_a_run_is_seen_until_the_dsb),
		cmocka_unit_test(one_hint_among_pages_is_found),
		cmocka_unit_test(a_run_ends_with_the_table_it_is_in),
		cmocka_unit_test(a_cpu_that_arrives_at_a_mixed_run_is_found),
		cmocka_unit_test(a_table_linked_without_dsb_is_found),
		cmocka_unit_test(
			a_dsb_for_this_cpu_or_of_another_one_does_not_order_a_table),
		cmocka_unit_test(an_unordered_table_further_down_is_found),
		cmocka_unit_test(a_tree_that_is_linked_again_is_read_anew),
		cmocka_unit_test(each_writer_of_a_table_needs_its_own_dsb),
		cmocka_unit_test(a_root_without_dsb_is_found),
		cmocka_unit_test(a_table_freed_while_reachable_is_found),
		cmocka_unit_test(a_table_freed_before_the_tlbi_is_found),
		cmocka_unit_test(tables_below_a_lost_table_are_held_with_it),
		cmocka_unit_test(a_retired_table_written_before_the_tlbi_is_found),
		cmocka_unit_test(plain_stores_to_a_walked_table_are_found),
		cmocka_unit_test(a_link_to_a_free_table_is_found),
		cmocka_unit_test(a_switch_changes_size_at_any_level),
		cmocka_unit_test(a_switch_back_without_tlbi_is_found),
		cmocka_unit_test(what_another_root_left_behind_is_stale),
		cmocka_unit_test(a_store_to_one_root_meets_what_another_one_left),
		cmocka_unit_test(a_root_that_was_left_and_not_invalidated_is_not_freed),
		cmocka_unit_test(a_store_is_old_to_a_root_begun_before_its_dsb),
		cmocka_unit_test(the_hook_sees_each_store_before_it_is_made),
		cmocka_unit_test(a_trace_has_a_line_for_each_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
