/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine model: TLB maintenance by address, all levels and leaves only;
 * the move from one set of tables to another with a step left out; many CPUs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "test_sim_world.h"

/* l3 maps 2 MiB from here. */
#define L3_VA UINT64_C(0x00400000)

static void invalidate_range(struct world *w, enum sim_tlbi tlbi, uint64_t va,
			     uint64_t size)
{
	sim_tlbi_range(w->sim, tlbi, va, size);
	sim_barrier(w->sim, SIM_DSB_ISH);
}

/* ----------------------------------------------------------------------- leaves */

static void a_page_needs_only_its_own_address(void **state)
{
	static const enum sim_tlbi tlbis[] = { SIM_VAAE1IS, SIM_VAALE1IS };

	for (size_t i = 0; i < 2; i++) {
		struct world w = two_cpus(0, 0);

		store(&w, &w.l3[3], 0);
		invalidate_range(&w, tlbis[i], L3_VA + 3 * 4 * KIB, 4 * KIB);
		sim_expect_clean(w.sim);
		expect_nothing(&w);
		end(&w);
	}
}

static void another_address_is_not_enough(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	store(&w, &w.l3[4], 0);
	invalidate_range(&w, SIM_VAAE1IS, L3_VA + 4 * 4 * KIB, 4 * KIB);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, L3_VA + 3 * 4 * KIB);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 2);
	end(&w);
}

static void addresses_one_by_one_are_as_good_as_a_range(void **state)
{
	struct world w = one_cpu(0);

	for (unsigned int i = 2; i < 9; i++)
		store(&w, &w.l3[i], 0);
	for (unsigned int i = 2; i < 9; i++)
		sim_tlbi_range(w.sim, SIM_VAALE1IS, L3_VA + i * 4 * KIB, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_range_is_rounded_to_pages(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l3[3], 0);
	store(&w, &w.l3[4], 0);
	/* The last byte of one page, the first one of the next. */
	invalidate_range(&w, SIM_VAALE1IS, L3_VA + 4 * 4 * KIB - 1, 2);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_block_goes_with_any_address_in_it(void **state)
{
	struct world w = one_cpu(3);

	split_block(&w);
	invalidate_range(&w, SIM_VAAE1IS, 0x00200000 + 77 * 4 * KIB, 4 * KIB);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_live_split_needs_only_its_own_range(void **state)
{
	struct world w = two_cpus(3, 3);

	split_block(&w);
	invalidate_range(&w, SIM_VAAE1IS, 0x00200000, 2 * MIB);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void break_before_make_by_address_is_fine(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	invalidate_range(&w, SIM_VAALE1IS, L3_VA + 3 * 4 * KIB, 4 * KIB);
	store(&w, &w.l3[3], 0x50000000 | PAGE | DEVICE);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* A TLB may hold the run's members one by one. */
static void of_a_run_only_named_members_go(void **state)
{
	struct world w = one_cpu(0);

	for (unsigned int i = 16; i < 32; i++)
		store(&w, &w.l3[i], 0);
	invalidate_range(&w, SIM_VAALE1IS, L3_VA + 64 * KIB, 4 * KIB);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, L3_VA + 68 * KIB);
	invalidate_range(&w, SIM_VAALE1IS, L3_VA + 64 * KIB, 64 * KIB);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void a_local_operation_is_of_one_cpu(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	sim_tlbi_range(w.sim, SIM_VAALE1, L3_VA + 3 * 4 * KIB, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	sim_on_cpu(w.sim, 1);
	sim_tlbi_range(w.sim, SIM_VAAE1, L3_VA, 2 * MIB);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void what_one_cpu_removed_is_not_mixed_with_the_rest(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	store(&w, &w.l3[4], 0);
	sim_tlbi_range(w.sim, SIM_VAALE1, L3_VA + 3 * 4 * KIB, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_on_cpu(w.sim, 1);
	sim_tlbi_range(w.sim, SIM_VAALE1, L3_VA + 3 * 4 * KIB, 2 * 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, L3_VA + 4 * 4 * KIB);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 0);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	end(&w);
}

static void an_operation_by_address_is_complete_at_its_dsb(void **state)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	sim_tlbi_range(w.sim, SIM_VAALE1IS, L3_VA, 2 * MIB);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void an_operation_by_address_before_the_dsb_of_the_store_is_found(void **state)
{
	struct world w = one_cpu(0);

	sim_store(w.sim, &w.l3[3], 0);
	invalidate_range(&w, SIM_VAAE1IS, L3_VA, 2 * MIB);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

/* -------------------------------------------------------------- table descriptors */

/* A copy of l3, changed by the caller and then to be ordered. */
static uint64_t *copy_l3(struct world *w, uint64_t *pa)
{
	uint64_t *copy = new_table(w->sim, 3, pa);

	memcpy(copy, w->l3, 4096);
	return copy;
}

static void replace_l3(struct world *w, uint64_t *table, uint64_t pa)
{
	sim_wrote(w->sim, table);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	store(w, &w->l2[2], pa | TABLE);
}

static void expect_stale_walks(struct world *w, uint64_t va)
{
	sim_expect_clean(w->sim);
	expect(w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w->sim, 0)->va, va);
	sim_release(w->sim, 3, w->l3_pa, 1);
	assert_int_equal(sim_finding_count(w->sim, SIM_USE_AFTER_FREE), 1);
}

static void after_a_last_level_tlbi_a_replaced_table_is_still_walked(void **state)
{
	struct world less = two_cpus(3, 3), more = two_cpus(3, 3);
	uint64_t pa;
	uint64_t *copy = copy_l3(&less, &pa);

	copy[5] = 0; /* the old one maps it */
	replace_l3(&less, copy, pa);
	invalidate_range(&less, SIM_VAALE1IS, L3_VA, 2 * MIB);
	expect_stale_walks(&less, L3_VA + 5 * 4 * KIB);

	copy = copy_l3(&more, &pa);
	copy[40] = 0x50000000 | PAGE; /* the old one does not */
	replace_l3(&more, copy, pa);
	invalidate_range(&more, SIM_VAALE1IS, L3_VA, 2 * MIB);
	expect_stale_walks(&more, L3_VA + 40 * 4 * KIB);
	assert_non_null(strstr(sim_finding(more.sim, 0)->text, "descriptor"));
	end(&less);
	end(&more);
}

static void after_an_all_level_tlbi_a_replaced_table_can_go(void **state)
{
	struct world w = two_cpus(3, 3);
	uint64_t pa;
	uint64_t *copy = copy_l3(&w, &pa);

	copy[5] = 0;
	copy[40] = 0x50000000 | PAGE;
	replace_l3(&w, copy, pa);
	invalidate_range(&w, SIM_VAAE1IS, L3_VA, 2 * MIB);
	sim_expect_clean(w.sim);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect_nothing(&w);
	end(&w);
}

/* It says the same, so nothing is stale; but it is walked. */
static void a_table_replaced_by_its_copy_cannot_go_after_a_last_level_tlbi(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa;
	uint64_t *copy = copy_l3(&w, &pa);

	replace_l3(&w, copy, pa);
	invalidate_range(&w, SIM_VAALE1IS, L3_VA, 2 * MIB);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	/* What changes in the copy does not change in the old one. */
	store(&w, &copy[3], 0);
	invalidate_range(&w, SIM_VAALE1IS, L3_VA, 2 * MIB);
	expect_stale_walks(&w, L3_VA + 3 * 4 * KIB);
	end(&w);
}

static void a_broken_table_needs_all_levels_before_the_make(void **state)
{
	static const uint64_t block = 0x40400000 | BLOCK;
	struct world good = one_cpu(0), bad = one_cpu(0), strong = one_cpu(3);

	store(&good, &good.l2[2], 0);
	invalidate_range(&good, SIM_VAAE1IS, L3_VA, 2 * MIB);
	store(&good, &good.l2[2], block);
	sim_expect_clean(good.sim);
	sim_release(good.sim, 3, good.l3_pa, 1);
	expect_nothing(&good);

	store(&bad, &bad.l2[2], 0);
	invalidate_range(&bad, SIM_VAALE1IS, L3_VA, 2 * MIB);
	store(&bad, &bad.l2[2], block);
	expect(&bad, SIM_CONFLICT, 1);

	store(&strong, &strong.l2[2], 0);
	invalidate_range(&strong, SIM_VAALE1IS, L3_VA, 2 * MIB);
	store(&strong, &strong.l2[2], block);
	expect_nothing(&strong);
	sim_expect_clean(strong.sim);
	/* 16 pages and a run: two intervals. */
	expect(&strong, SIM_STALE, 2);
	expect_text(&strong, 0, "another size");
	end(&good);
	end(&bad);
	end(&strong);
}

/* As Linux does when a block takes the place of a table whose pages are gone. */
static void one_address_is_enough_for_a_table_descriptor(void **state)
{
	struct world w = one_cpu(0);

	for (unsigned int i = 0; i < 32; i++)
		store(&w, &w.l3[i], 0);
	invalidate_range(&w, SIM_VAALE1IS, L3_VA, 2 * MIB);
	store(&w, &w.l2[2], 0);
	invalidate_range(&w, SIM_VAAE1IS, L3_VA, 4 * KIB);
	store(&w, &w.l2[2], 0x40400000 | BLOCK);
	sim_release(w.sim, 3, w.l3_pa, 1);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void leaves_of_a_lost_table_need_their_own_addresses(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l2[2], 0);
	invalidate_range(&w, SIM_VAAE1IS, L3_VA, 4 * KIB);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect_nothing(&w);
	sim_expect_clean(w.sim);
	/* Pages 1 to 15, and the run. */
	expect(&w, SIM_STALE, 2);
	assert_int_equal(sim_finding(w.sim, 0)->va, L3_VA + 4 * KIB);
	end(&w);
}

/*
 * They may act in any order: the leaf goes, is fetched again from the table,
 * and then the table's descriptor goes.
 */
static void operations_that_share_a_dsb_are_in_no_order(void **state)
{
	struct world apart = one_cpu(3), together = one_cpu(3);

	store(&together, &together.l2[2], 0);
	sim_tlbi_range(together.sim, SIM_VAAE1IS, L3_VA, 4 * KIB);
	sim_tlbi_range(together.sim, SIM_VAALE1IS, L3_VA, 2 * MIB);
	sim_barrier(together.sim, SIM_DSB_ISH);
	sim_expect_clean(together.sim);
	assert_true(sim_finding_count(together.sim, SIM_STALE) > 0);

	store(&apart, &apart.l2[2], 0);
	invalidate_range(&apart, SIM_VAAE1IS, L3_VA, 4 * KIB);
	invalidate_range(&apart, SIM_VAALE1IS, L3_VA, 2 * MIB);
	sim_expect_clean(apart.sim);
	expect_nothing(&apart);
	end(&apart);
	end(&together);
}

/* As mremap() does. */
static void a_table_that_moved_is_held_at_both_addresses(void **state)
{
	struct world w = one_cpu(3);

	store(&w, &w.l2[2], 0);
	store(&w, &w.l2[8], w.l3_pa | TABLE);
	store(&w, &w.l2[8], 0);
	invalidate_range(&w, SIM_VAAE1IS, 0x01000000, 2 * MIB);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	end(&w);
}

static void a_trace_names_operations_by_address(void **state)
{
	char text[1024] = { 0 };
	FILE *trace = fmemopen(text, sizeof(text), "w");
	struct sim_config config = {
		.cpus = 1,
		.granule_shift = 12,
		.ia_bits = 48,
		.pool_pa = POOL_PA,
		.pool_tables = POOL_TABLES,
		.trace = trace,
	};
	struct sim *sim = sim_new(&config);

	sim_tlbi_range(sim, SIM_VAAE1IS, 0x200000, 0x1000);
	sim_tlbi_range(sim, SIM_VAALE1, 0x200000, 0x1000);
	assert_int_equal(sim_events(sim).tlbis, 2);
	sim_free(sim);
	fclose(trace);
	assert_non_null(strstr(text,
			       "1 cpu0 tlbi vaae1is va=0x0000000000200000 size=0x1000\n"
			       "2 cpu0 tlbi vaale1 va=0x0000000000200000 size=0x1000\n"));
}

/* ------------------------------------------------------ a move with a step left out */

enum step { ISB_EMPTY, TLBI, DSB, ISB_CLEAN, ISB_NEW, ALL };

static void move_without(struct world *w, uint64_t root, enum step left_out)
{
	sim_write_ttbr(w->sim, 0);
	if (left_out != ISB_EMPTY)
		sim_barrier(w->sim, SIM_ISB);
	if (left_out != TLBI)
		sim_tlbi(w->sim, SIM_VMALLE1);
	if (left_out != DSB)
		sim_barrier(w->sim, SIM_DSB_NSH);
	if (left_out != ISB_CLEAN)
		sim_barrier(w->sim, SIM_ISB);
	sim_write_ttbr(w->sim, root);
	if (left_out != ISB_NEW)
		sim_barrier(w->sim, SIM_ISB);
}

/* To a root under which the block at 0x20_0000 is pages; then the old one goes. */
static struct world moved_without(enum step left_out)
{
	struct world w = one_cpu(0);
	uint64_t l1_pa = stage_split(&w), clone_pa;
	uint64_t *clone = clone_root(&w, &clone_pa);

	clone[0] = l1_pa | TABLE;
	sim_wrote(w.sim, clone);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	move_without(&w, clone_pa, left_out);
	sim_expect_clean(w.sim);
	sim_release(w.sim, 0, w.root_pa, 1);
	return w;
}

static void a_whole_move_is_clean(void **state)
{
	struct world w = moved_without(ALL);

	expect_nothing(&w);
	end(&w);
}

/*
 * Without the first ISB the old tables may be walked while the TLBI executes,
 * and fetched from after it. Without TLBI, or without the DSB that waits for
 * it, what was fetched before is still held.
 */
static void a_move_without_its_first_isb_tlbi_or_dsb_is_found(void **state)
{
	static const enum step left_out[] = { ISB_EMPTY, TLBI, DSB };

	for (size_t i = 0; i < 3; i++) {
		struct world w = moved_without(left_out[i]);

		assert_int_equal(sim_finding_count(w.sim, SIM_CONFLICT), 1);
		assert_int_equal(sim_finding_count(w.sim, SIM_STALE), 1);
		/* Its TTBR is another one, but its table descriptors may be cached. */
		assert_int_equal(sim_finding_count(w.sim, SIM_USE_AFTER_FREE), 1);
		end(&w);
	}
}

/*
 * The ISB after the DSB is there for instructions fetched through the tables.
 * The move's code is not: the empty table is in use since the first ISB, nothing
 * can be fetched, and the DSB holds the TTBR write back until the TLBI is
 * complete. The ISB after the last TTBR write is missed by code that needs the
 * new tables, not by the tables: until then the CPU may walk the empty one.
 * test_sim_cover.c has that.
 */
static void a_move_without_its_other_isbs_leaves_nothing_behind(void **state)
{
	static const enum step left_out[] = { ISB_CLEAN, ISB_NEW };

	for (size_t i = 0; i < 2; i++) {
		struct world w = moved_without(left_out[i]);

		expect_nothing(&w);
		end(&w);
	}
}

/* Straight from one root to the other, the last ISB is all that ends the old one. */
static void a_ttbr_write_without_isb_goes_on_with_the_old_tables(void **state)
{
	struct world w = one_cpu(3);
	uint64_t l1_pa = stage_split(&w), clone_pa;
	uint64_t *clone = clone_root(&w, &clone_pa);

	clone[0] = l1_pa | TABLE;
	sim_wrote(w.sim, clone);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_write_ttbr(w.sim, clone_pa);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	sim_release(w.sim, 0, w.root_pa, 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_USE_AFTER_FREE), 1);
	end(&w);
}

static void an_unfinished_move_may_walk_nothing_where_the_root_maps(void **state)
{
	struct world w = one_cpu(3);
	uint64_t clone_pa;
	uint64_t *clone = clone_root(&w, &clone_pa);

	clone[0] = 0;
	sim_wrote(w.sim, clone);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	move_without(&w, clone_pa, ALL);
	sim_write_ttbr(w.sim, w.root_pa);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	expect_text(&w, 0, "not mapped as in its own");
	end(&w);
}

/*
 * CPU 1 goes to the empty table, and a new table is linked and lost again; with
 * a cached descriptor of the table above it, CPU 1 may have found it.
 */
static void a_cpu_that_did_not_invalidate_goes_on_fetching(void **state)
{
	struct world w = two_cpus(3, 3);
	uint64_t pa;

	walk_root(w.sim, 1, 0);
	sim_wrote(w.sim, new_table(w.sim, 3, &pa));
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[0], pa | TABLE);
	store(&w, &w.l2[0], 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_release(w.sim, 3, pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	end(&w);
}

/* ----------------------------------------------------------------------- many CPUs */

#define MANY 4096

static struct world many_cpus(uint8_t level)
{
	static uint8_t levels[MANY];

	memset(levels, level, sizeof(levels));
	return world_of(MANY, levels);
}

static void thousands_of_cpus_are_held_and_let_go(void **state)
{
	struct world w = many_cpus(3);

	sim_hold_others(w.sim);
	split_block(&w);
	invalidate_all(&w);
	sim_let_go(w.sim);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_finding_counts_thousands_of_cpus(void **state)
{
	struct world w = many_cpus(3);

	split_block(&w);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, MANY - 1);
	end(&w);
}

static void the_one_weak_cpu_of_thousands_is_found(void **state)
{
	static uint8_t levels[MANY];
	struct world w;

	memset(levels, 3, sizeof(levels));
	levels[2345] = 2;
	w = world_of(MANY, levels);
	split_block(&w);
	expect(&w, SIM_CONFLICT, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 2345);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	end(&w);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_needs_only_its_own_address),
		cmocka_unit_test(another_address_is_not_enough),
		cmocka_unit_test(addresses_one_by_one_are_as_good_as_a_range),
		cmocka_unit_test(a_range_is_rounded_to_pages),
		cmocka_unit_test(a_block_goes_with_any_address_in_it),
		cmocka_unit_test(a_live_split_needs_only_its_own_range),
		cmocka_unit_test(break_before_make_by_address_is_fine),
		cmocka_unit_test(of_a_run_only_named_members_go),
		cmocka_unit_test(a_local_operation_is_of_one_cpu),
		cmocka_unit_test(what_one_cpu_removed_is_not_mixed_with_the_rest),
		cmocka_unit_test(an_operation_by_address_is_complete_at_its_dsb),
		cmocka_unit_test(
			an_operation_by_address_before_the_dsb_of_the_store_is_found),
		cmocka_unit_test(
			after_a_last_level_tlbi_a_replaced_table_is_still_walked),
		cmocka_unit_test(after_an_all_level_tlbi_a_replaced_table_can_go),
		cmocka_unit_test(
			a_table_replaced_by_its_copy_cannot_go_after_a_last_level_tlbi),
		cmocka_unit_test(a_broken_table_needs_all_levels_before_the_make),
		cmocka_unit_test(one_address_is_enough_for_a_table_descriptor),
		cmocka_unit_test(leaves_of_a_lost_table_need_their_own_addresses),
		cmocka_unit_test(operations_that_share_a_dsb_are_in_no_order),
		cmocka_unit_test(a_table_that_moved_is_held_at_both_addresses),
		cmocka_unit_test(a_trace_names_operations_by_address),
		cmocka_unit_test(a_whole_move_is_clean),
		cmocka_unit_test(a_move_without_its_first_isb_tlbi_or_dsb_is_found),
		cmocka_unit_test(a_move_without_its_other_isbs_leaves_nothing_behind),
		cmocka_unit_test(a_ttbr_write_without_isb_goes_on_with_the_old_tables),
		cmocka_unit_test(an_unfinished_move_may_walk_nothing_where_the_root_maps),
		cmocka_unit_test(a_cpu_that_did_not_invalidate_goes_on_fetching),
		cmocka_unit_test(thousands_of_cpus_are_held_and_let_go),
		cmocka_unit_test(a_finding_counts_thousands_of_cpus),
		cmocka_unit_test(the_one_weak_cpu_of_thousands_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
