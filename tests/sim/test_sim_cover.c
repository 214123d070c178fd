/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine model: what the running code needs of the translation that it
 * changes. The slots it stores to, through a linear map; its code and stack.
 */
#include <stdio.h>
#include <stdlib.h>

#include "test_sim_world.h"

/* l1[5] maps the GiB of the pool: 0x1_4000_0000 -> 0x1_0000_0000. */
#define LINEAR_OFFSET GIB
/* Where CPUs run: the block at 0x20_0000, and a page. */
#define CODE_VA	 UINT64_C(0x00280000)
#define STACK_VA UINT64_C(0x00403000)

static struct world linear_world(unsigned int cpus)
{
	struct world w = cpus == 1 ? one_cpu(3) : two_cpus(3, 3);

	store(&w, &w.l1[5], POOL_PA | BLOCK);
	sim_linear_map(w.sim, LINEAR_OFFSET);
	return w;
}

static struct world running_world(unsigned int cpus)
{
	struct world w = cpus == 1 ? one_cpu(3) : two_cpus(3, 3);

	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		sim_on_cpu(w.sim, cpu);
		sim_needs(w.sim, CODE_VA, 64 * KIB);
	}
	sim_on_cpu(w.sim, 0);
	return w;
}

static uint64_t self_covers(const struct world *w)
{
	return sim_finding_count(w->sim, SIM_SELF_COVER);
}

/* ------------------------------------------------------------------- the linear map */

static void stores_through_a_linear_map_are_fine(void **state)
{
	struct world w = linear_world(2);

	store(&w, &w.l3[3], 0);
	sim_on_cpu(w.sim, 1);
	store(&w, &w.l3[4], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void without_a_linear_map_stores_just_happen(void **state)
{
	struct world w = one_cpu(3);

	walk_root(w.sim, 0, 0);
	store(&w, &w.l3[3], 0);
	expect_nothing(&w);
	end(&w);
}

static void a_store_with_an_empty_ttbr_is_found(void **state)
{
	struct world w = linear_world(1);

	walk_root(w.sim, 0, 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	store(&w, &w.l3[3], 0);
	expect(&w, SIM_SELF_COVER, 1);
	/* l3 is the world's fourth table, and 3 * 8 its slot. */
	assert_int_equal(sim_finding(w.sim, 0)->va, POOL_PA + GIB + 3 * (4 * KIB) + 24);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 0);
	end(&w);
}

/* The TTBR may be empty, or not yet. */
static void a_store_before_the_isb_of_a_ttbr_write_is_found(void **state)
{
	struct world leaving = linear_world(1), coming = linear_world(1);

	sim_write_ttbr(leaving.sim, 0);
	store(&leaving, &leaving.l3[3], 0);
	expect(&leaving, SIM_SELF_COVER, 1);

	walk_root(coming.sim, 0, 0);
	sim_write_ttbr(coming.sim, coming.root_pa);
	store(&coming, &coming.l3[3], 0);
	expect(&coming, SIM_SELF_COVER, 1);
	sim_barrier(coming.sim, SIM_ISB);
	store(&coming, &coming.l3[4], 0);
	expect(&coming, SIM_SELF_COVER, 1);
	end(&leaving);
	end(&coming);
}

static void a_store_after_a_break_of_its_own_mapping_is_found(void **state)
{
	struct world w = linear_world(1);

	/* The store that breaks is still covered. */
	sim_store(w.sim, &w.l1[5], 0);
	expect_nothing(&w);
	/* Walks may see it before the DSB, and will see it after. */
	sim_store(w.sim, &w.l3[3], 0);
	expect(&w, SIM_SELF_COVER, 1);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_store(w.sim, &w.l1[5], POOL_PA | BLOCK);
	expect(&w, SIM_SELF_COVER, 2);
	end(&w);
}

static void a_store_before_the_dsb_of_its_own_ground_is_found(void **state)
{
	struct world w = two_cpus(3, 3);

	/* CPU 1 maps the pool; CPU 0 stores before and after its DSB. */
	sim_linear_map(w.sim, LINEAR_OFFSET);
	sim_on_cpu(w.sim, 1);
	sim_store(w.sim, &w.l1[5], POOL_PA | BLOCK);
	expect(&w, SIM_SELF_COVER, 1);
	sim_on_cpu(w.sim, 0);
	sim_store(w.sim, &w.l3[3], 0);
	expect(&w, SIM_SELF_COVER, 2);
	sim_barrier(w.sim, SIM_DSB_ISH); /* not the one */
	sim_store(w.sim, &w.l3[4], 0);
	expect(&w, SIM_SELF_COVER, 3);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_DSB_NSH); /* for its own walker */
	sim_store(w.sim, &w.l3[5], 0);
	expect(&w, SIM_SELF_COVER, 3);
	sim_on_cpu(w.sim, 0);
	sim_store(w.sim, &w.l3[6], 0);
	expect(&w, SIM_SELF_COVER, 4);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_on_cpu(w.sim, 0);
	sim_store(w.sim, &w.l3[7], 0);
	expect(&w, SIM_SELF_COVER, 4);
	end(&w);
}

static void a_store_to_a_read_only_slot_is_found(void **state)
{
	struct world w = linear_world(1);

	store(&w, &w.l1[5], POOL_PA | BLOCK | READ_ONLY);
	invalidate_all(&w);
	expect_nothing(&w);
	store(&w, &w.l3[3], 0);
	expect(&w, SIM_SELF_COVER, 1);
	end(&w);
}

static void a_store_to_a_slot_that_is_mapped_elsewhere_is_found(void **state)
{
	struct world w = linear_world(1);

	sim_linear_map(w.sim, LINEAR_OFFSET + 4 * KIB);
	store(&w, &w.l3[3], 0);
	expect(&w, SIM_SELF_COVER, 1);
	end(&w);
}

static void a_live_split_of_its_own_ground_is_fine(void **state)
{
	struct world w = linear_world(1);
	uint64_t pa;
	uint64_t *blocks = new_table(w.sim, 2, &pa);

	fill(blocks, 512, POOL_PA | BLOCK, 2 * MIB);
	sim_wrote(w.sim, blocks);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_store(w.sim, &w.l1[5], pa | TABLE);
	sim_store(w.sim, &w.l3[3], 0); /* may go either way */
	sim_barrier(w.sim, SIM_DSB_ISHST);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* The leader stores while it walks a clone: the slots are mapped there, too. */
static void a_switch_stores_through_the_clone(void **state)
{
	struct world w = linear_world(2);
	uint64_t clone_pa, l1_pa = stage_split(&w);

	clone_root(&w, &clone_pa);
	sim_hold_others(w.sim);
	walk_root(w.sim, 0, 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	walk_root(w.sim, 0, clone_pa);
	store(&w, &w.root[0], l1_pa | TABLE);
	walk_root(w.sim, 0, 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	walk_root(w.sim, 0, w.root_pa);
	sim_let_go(w.sim);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* --------------------------------------------------------------------- code and stack */

static void code_that_stays_mapped_is_fine(void **state)
{
	struct world w = running_world(2);

	split_block(&w);
	invalidate_all(&w);
	store(&w, &w.l3[9], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_break_under_the_running_code_is_found(void **state)
{
	struct world w = running_world(1);
	uint64_t pa;

	new_pages(&w, &pa);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], 0);
	expect(&w, SIM_SELF_COVER, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, CODE_VA);
	assert_int_equal(sim_finding(w.sim, 0)->size, 64 * KIB);
	end(&w);
}

/* All CPUs run on while one of them stores. */
static void a_break_under_the_code_of_others_is_found(void **state)
{
	struct world w = two_cpus(3, 3);

	sim_on_cpu(w.sim, 1);
	sim_needs(w.sim, STACK_VA, 4 * KIB);
	sim_on_cpu(w.sim, 0);
	store(&w, &w.l3[4], 0);
	expect_nothing(&w);
	store(&w, &w.l3[3], 0);
	expect(&w, SIM_SELF_COVER, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	end(&w);
}

static void a_held_cpu_needs_nothing_until_it_is_let_go(void **state)
{
	struct world w = two_cpus(3, 3);

	sim_on_cpu(w.sim, 1);
	sim_needs(w.sim, STACK_VA, 4 * KIB);
	sim_on_cpu(w.sim, 0);
	sim_hold_others(w.sim);
	store(&w, &w.l3[3], 0);
	expect_nothing(&w);
	sim_let_go(w.sim);
	expect(&w, SIM_SELF_COVER, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	end(&w);
}

static void identity_mapped_code_needs_nothing(void **state)
{
	struct world w = running_world(1);

	sim_identity_mapped(w.sim, true);
	walk_root(w.sim, 0, 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	walk_root(w.sim, 0, w.root_pa);
	sim_identity_mapped(w.sim, false);
	expect_nothing(&w);
	end(&w);
}

static void a_move_outside_identity_mapped_code_is_found(void **state)
{
	struct world w = running_world(1);

	sim_write_ttbr(w.sim, 0);
	assert_int_equal(self_covers(&w), 1);
	end(&w);
}

/* Until its ISB, the CPU may walk the empty table that the move went through. */
static void a_move_that_ends_without_isb_is_found(void **state)
{
	struct world w = running_world(1);

	sim_identity_mapped(w.sim, true);
	walk_root(w.sim, 0, 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_write_ttbr(w.sim, w.root_pa);
	sim_identity_mapped(w.sim, false);
	expect(&w, SIM_SELF_COVER, 1);
	end(&w);
}

static void a_root_that_does_not_map_the_code_is_found(void **state)
{
	struct world w = running_world(1);
	uint64_t clone_pa;
	uint64_t *clone = clone_root(&w, &clone_pa);

	clone[0] = 0;
	sim_wrote(w.sim, clone);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_identity_mapped(w.sim, true);
	walk_root(w.sim, 0, 0);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	walk_root(w.sim, 0, clone_pa);
	expect_nothing(&w);
	sim_identity_mapped(w.sim, false);
	expect(&w, SIM_SELF_COVER, 1);
	end(&w);
}

static void what_is_mapped_again_is_not_mapped_before_the_dsb(void **state)
{
	struct world w = one_cpu(3);
	uint64_t page = w.l3[3];

	sim_needs(w.sim, STACK_VA, 4 * KIB);
	sim_identity_mapped(w.sim, true);
	store(&w, &w.l3[3], 0);
	sim_store(w.sim, &w.l3[3], page);
	expect_nothing(&w);
	sim_identity_mapped(w.sim, false);
	expect(&w, SIM_SELF_COVER, 1);
	sim_identity_mapped(w.sim, true);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_identity_mapped(w.sim, false);
	expect(&w, SIM_SELF_COVER, 1);
	end(&w);
}

/* From the last page of l3[0..15] into the run after it. */
static void every_address_of_a_need_is_looked_at(void **state)
{
	struct world w = one_cpu(3);

	sim_needs(w.sim, 0x0040e000, 12 * KIB);
	store(&w, &w.l3[13], 0);
	expect_nothing(&w);
	store(&w, &w.l3[16], 0);
	expect(&w, SIM_SELF_COVER, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x00410000);
	assert_int_equal(sim_finding(w.sim, 0)->size, 4 * KIB);
	end(&w);
}

static void a_need_that_is_not_mapped_is_found_at_once(void **state)
{
	struct world w = one_cpu(3);

	sim_needs(w.sim, 0x00100000, 4 * KIB); /* l2[0] */
	expect(&w, SIM_SELF_COVER, 1);
	end(&w);
}

static void needs_can_be_forgotten(void **state)
{
	struct world w = running_world(2);

	sim_needs(w.sim, 0, 0);
	store(&w, &w.l2[1], 0);
	/* CPU 1 has the same one. */
	expect(&w, SIM_SELF_COVER, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	sim_on_cpu(w.sim, 1);
	sim_needs(w.sim, 0, 0);
	sim_write_ttbr(w.sim, 0);
	expect(&w, SIM_SELF_COVER, 1);
	end(&w);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_through_a_linear_map_are_fine),
		cmocka_unit_test(without_a_linear_map_stores_just_happen),
		cmocka_unit_test(a_store_with_an_empty_ttbr_is_found),
		cmocka_unit_test(a_store_before_the_isb_of_a_ttbr_write_is_found),
		cmocka_unit_test(a_store_after_a_break_of_its_own_mapping_is_found),
		cmocka_unit_test(a_store_before_the_dsb_of_its_own_ground_is_found),
		cmocka_unit_test(a_store_to_a_read_only_slot_is_found),
		cmocka_unit_test(a_store_to_a_slot_that_is_mapped_elsewhere_is_found),
		cmocka_unit_test(a_live_split_of_its_own_ground_is_fine),
		cmocka_unit_test(a_switch_stores_through_the_clone),
		cmocka_unit_test(code_that_stays_mapped_is_fine),
		cmocka_unit_test(a_break_under_the_running_code_is_found),
		cmocka_unit_test(a_break_under_the_code_of_others_is_found),
		cmocka_unit_test(a_held_cpu_needs_nothing_until_it_is_let_go),
		cmocka_unit_test(identity_mapped_code_needs_nothing),
		cmocka_unit_test(a_move_outside_identity_mapped_code_is_found),
		cmocka_unit_test(a_move_that_ends_without_isb_is_found),
		cmocka_unit_test(a_root_that_does_not_map_the_code_is_found),
		cmocka_unit_test(what_is_mapped_again_is_not_mapped_before_the_dsb),
		cmocka_unit_test(every_address_of_a_need_is_looked_at),
		cmocka_unit_test(a_need_that_is_not_mapped_is_found_at_once),
		cmocka_unit_test(needs_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
