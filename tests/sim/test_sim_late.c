/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine model of CPUs that complete a broadcast TLBI only with a second one: what a
 * single TLBI leaves undone is found where it does harm, and nowhere else. Knows nothing
 * of linmap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"
#include "test_sim_world.h"

#define BLOCK_VA UINT64_C(0x200000)

static struct world late_world(unsigned int cpus)
{
	static const uint8_t levels[4] = { 3, 3, 3, 3 };

	return world_with((struct sim_config){ .cpus = cpus,
					       .bbm_level = levels,
					       .repeat_tlbi = true });
}

static void invalidate_block(struct world *w)
{
	sim_tlbi_range(w->sim, SIM_VAAE1IS, BLOCK_VA, 2 * MIB);
	sim_barrier(w->sim, SIM_DSB_ISH);
}

/* Any will do. */
static void repeat(struct world *w)
{
	sim_tlbi_asid_range(w->sim, SIM_VALE1IS, 0, 0, 1);
	sim_barrier(w->sim, SIM_DSB_ISH);
}

static void expect_late_until_repeated(struct world *w)
{
	sim_expect_clean(w->sim);
	expect(w, SIM_LATE_ACCESS, 1);
	repeat(w);
	sim_expect_clean(w->sim);
	expect(w, SIM_LATE_ACCESS, 1);
	end(w);
}

/* CPU 1 may still write the block: it translated that before. */
static void an_unmapped_block_is_accessed_until_a_second_tlbi(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, 1);
	expect_text(&w, 0, "cpu1 may have an access to 0x200000 under way");
	expect_text(&w, 0, "where the tables say nothing");
	repeat(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, 1);
	end(&w);
}

static void so_it_is_after_a_tlbi_by_address(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_block(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, 1);
	end(&w);
}

static void a_second_tlbi_completes_any_number_of_first_ones(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	store(&w, &w.l3[0], 0);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, BLOCK_VA, 2 * MIB);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x400000, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	repeat(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* The DSB between the two is what the second one has to come after. */
static void two_tlbis_before_one_dsb_are_one(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	sim_tlbi(w.sim, SIM_VMALLE1IS);
	repeat(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, 1);
	end(&w);
}

static void a_second_tlbi_without_its_dsb_is_none(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	sim_tlbi_asid_range(w.sim, SIM_VALE1IS, 0, 0, 1);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, 1);
	end(&w);
}

static void a_local_tlbi_does_not_complete_what_others_do(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, 1);
	end(&w);
}

static void a_cpu_that_executed_a_dsb_has_nothing_under_way(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_on_cpu(w.sim, 0);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* A DSB for stores only leaves loads under way. */
static void a_dsb_ishst_does_not_complete_its_own_accesses(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_on_cpu(w.sim, 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, 1);
	end(&w);
}

/* Parking has a DSB in it, so that one TLBI is enough. */
static void cpus_that_are_held_have_nothing_under_way(void **state)
{
	struct world w = late_world(3);

	sim_hold_others(w.sim);
	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	sim_let_go(w.sim);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void the_only_cpu_has_nothing_under_way(void **state)
{
	struct world w = late_world(1);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* What the tables say of a page before and after, and whether an access may be late for it. */
static void expect_late(uint64_t before, uint64_t after, uint64_t findings)
{
	struct world w = late_world(2);

	store(&w, &w.l3[0], 0x40400000 | before);
	invalidate_all(&w);
	repeat(&w);
	store(&w, &w.l3[0], 0x40400000 | after);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_LATE_ACCESS, findings);
	end(&w);
}

#define EL0 (UINT64_C(1) << 6)
#define DBM (UINT64_C(1) << 51)
#define UXN (UINT64_C(1) << 54)

static void a_permission_taken_away_is_used_and_one_given_does_no_harm(void **state)
{
	expect_late(PAGE, PAGE | READ_ONLY, 1);
	expect_late(PAGE | READ_ONLY, PAGE, 0);
	expect_late(PAGE | EL0, PAGE, 1);
	expect_late(PAGE, PAGE | EL0, 0);
	/* With DBM the MMU makes it writable. */
	expect_late(PAGE | READ_ONLY | DBM, PAGE | READ_ONLY, 1);
	expect_late(PAGE, PAGE | READ_ONLY | DBM, 0);
	/* Fetching instructions is no explicit access. */
	expect_late(PAGE, PAGE | UXN, 0);
}

/* The old memory and the new one are in use at a time: the break was not over. */
static void an_output_address_changes_too_early(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	store(&w, &w.l2[1], 0x50000000 | BLOCK);
	expect(&w, SIM_LATE_ACCESS, 1);
	expect_text(&w, 0, "output address of 0x200000 changed while cpu1");
	end(&w);
}

static void a_break_with_a_second_tlbi_is_right(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	repeat(&w);
	store(&w, &w.l2[1], 0x50000000 | BLOCK | DEVICE);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_memory_type_changes_too_early(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	store(&w, &w.l2[1], 0x40200000 | BLOCK | DEVICE);
	expect(&w, SIM_LATE_ACCESS, 1);
	expect_text(&w, 0, "memory type of 0x200000 changed while cpu1");
	end(&w);
}

/* The same memory with the same permissions: what is under way is right. */
static void another_leaf_size_takes_no_second_tlbi(void **state)
{
	struct world w = late_world(2);

	split_block(&w);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void retire_pages(struct world *w)
{
	store(w, &w->l2[2], 0);
	invalidate_all(w);
}

static void a_table_is_freed_before_the_second_tlbi(void **state)
{
	struct world w = late_world(2);

	retire_pages(&w);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect(&w, SIM_LATE_ACCESS, 1);
	expect_text(&w, 0, "is freed while cpu1 may have accesses through it under way");
	end(&w);
}

static void a_table_is_written_before_the_second_tlbi(void **state)
{
	struct world w = late_world(2);

	retire_pages(&w);
	sim_wrote(w.sim, w.l3);
	expect(&w, SIM_LATE_ACCESS, 1);
	expect_text(&w, 0, "is written while cpu1");
	end(&w);
}

static void a_table_is_freed_after_the_second_tlbi(void **state)
{
	struct world w = late_world(2);

	retire_pages(&w);
	repeat(&w);
	sim_wrote(w.sim, w.l3);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect_nothing(&w);
	end(&w);
}

/* Of an ASID: what is tagged with it goes, and is late. */
static void a_tlbi_by_asid_is_completed_by_a_second_one(void **state)
{
	struct world w = late_world(2);

	store(&w, &w.l3[0], 0);
	invalidate_all(&w);
	repeat(&w);
	store(&w, &w.l3[0], 0x40400000 | PAGE | NON_GLOBAL);
	store(&w, &w.l3[0], 0);
	sim_tlbi_asid(w.sim, SIM_ASIDE1IS, 0);
	sim_barrier(w.sim, SIM_DSB_ISH);
	expect_late_until_repeated(&w);
}

/* CPU 2 issued its TLBI before the DSB of CPU 0: it does not count. */
static void another_cpus_tlbi_counts_if_it_comes_after_the_first_dsb(void **state)
{
	struct world w = late_world(3);

	store(&w, &w.l2[1], 0);
	sim_tlbi(w.sim, SIM_VMALLE1IS);
	sim_on_cpu(w.sim, 2);
	sim_tlbi(w.sim, SIM_VMALLE1IS);
	sim_on_cpu(w.sim, 0);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_on_cpu(w.sim, 2);
	sim_barrier(w.sim, SIM_DSB_ISH);
	expect_late_until_repeated(&w);
}

static void other_cpus_take_one_tlbi(void **state)
{
	struct world w = two_cpus(3, 3);

	store(&w, &w.l2[1], 0);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unmapped_block_is_accessed_until_a_second_tlbi),
		cmocka_unit_test(so_it_is_after_a_tlbi_by_address),
		cmocka_unit_test(a_second_tlbi_completes_any_number_of_first_ones),
		cmocka_unit_test(two_tlbis_before_one_dsb_are_one),
		cmocka_unit_test(a_second_tlbi_without_its_dsb_is_none),
		cmocka_unit_test(a_local_tlbi_does_not_complete_what_others_do),
		cmocka_unit_test(a_cpu_that_executed_a_dsb_has_nothing_under_way),
		cmocka_unit_test(a_dsb_ishst_does_not_complete_its_own_accesses),
		cmocka_unit_test(cpus_that_are_held_have_nothing_under_way),
		cmocka_unit_test(the_only_cpu_has_nothing_under_way),
		cmocka_unit_test(
			a_permission_taken_away_is_used_and_one_given_does_no_harm),
		cmocka_unit_test(an_output_address_changes_too_early),
		cmocka_unit_test(a_break_with_a_second_tlbi_is_right),
		cmocka_unit_test(a_memory_type_changes_too_early),
		cmocka_unit_test(another_leaf_size_takes_no_second_tlbi),
		cmocka_unit_test(a_table_is_freed_before_the_second_tlbi),
		cmocka_unit_test(a_table_is_written_before_the_second_tlbi),
		cmocka_unit_test(a_table_is_freed_after_the_second_tlbi),
		cmocka_unit_test(a_tlbi_by_asid_is_completed_by_a_second_one),
		cmocka_unit_test(
			another_cpus_tlbi_counts_if_it_comes_after_the_first_dsb),
		cmocka_unit_test(other_cpus_take_one_tlbi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
