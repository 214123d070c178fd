/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ASIDs and nG in the machine model: what is tagged, which operations remove it,
 * and what may not meet. Each protocol that is wrong is next to the one that
 * is right. Knows nothing of linmap.
 */
#include "test_sim_world.h"

#define SLOT(w)	  (&(w)->l3[3]) /* a page at 0x40_3000 */
#define VA	  UINT64_C(0x403000)
#define KERNEL	  2 /* ASIDs */
#define USER	  3
#define ALL_BYTES (UINT64_C(1) << 48)

static void move_to(struct world *w, unsigned int cpu, uint64_t root, uint16_t asid)
{
	sim_on_cpu(w->sim, cpu);
	sim_write_ttbr_asid(w->sim, root, asid);
	sim_barrier(w->sim, SIM_ISB);
	sim_on_cpu(w->sim, 0);
}

/* To an empty table, and nothing is left in the TLB. */
static void park(struct world *w, unsigned int cpu)
{
	move_to(w, cpu, 0, 0);
	sim_on_cpu(w->sim, cpu);
	invalidate(w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_on_cpu(w->sim, 0);
}

static void make_non_global(struct world *w)
{
	for (unsigned int i = 0; i < 32; i++)
		w->l3[i] |= NON_GLOBAL;
	for (unsigned int i = 16; i < 32; i++)
		w->l2[i] |= NON_GLOBAL;
	w->l2[1] |= NON_GLOBAL;
	w->l1[1] |= NON_GLOBAL;
	sim_wrote(w->sim, w->l1);
	sim_wrote(w->sim, w->l2);
	sim_wrote(w->sim, w->l3);
	sim_barrier(w->sim, SIM_DSB_ISHST);
}

/* As at boot, when no CPU walked yet: all leaves are tagged with ASID 2. */
static struct world non_global_world(unsigned int cpus, const uint8_t *levels)
{
	struct world w = world_of(cpus, levels);

	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		park(&w, cpu);
	make_non_global(&w);
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		move_to(&w, cpu, w.root_pa, KERNEL);
	return w;
}

static struct world two_non_global(void)
{
	static const uint8_t levels[2] = { 3, 3 };

	return non_global_world(2, levels);
}

static void invalidate_asid(struct world *w, enum sim_tlbi tlbi, uint16_t asid)
{
	sim_tlbi_asid(w->sim, tlbi, asid);
	sim_barrier(w->sim, SIM_DSB_ISH);
}

/* A tree that maps only the page at VA, to @pa; not walked. */
static uint64_t other_tree(struct world *w, uint64_t desc)
{
	uint64_t pa[4];
	uint64_t *tables[4];

	for (int level = 0; level < 4; level++)
		tables[level] = new_table(w->sim, level, &pa[level]);
	tables[0][0] = pa[1] | TABLE;
	tables[1][0] = pa[2] | TABLE;
	tables[2][2] = pa[3] | TABLE;
	tables[3][3] = desc;
	for (int level = 0; level < 4; level++)
		sim_wrote(w->sim, tables[level]);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	return pa[0];
}

/* ------------------------------------------------------------- global to non-global */

static void a_live_leaf_made_non_global_is_found_on_any_cpu(void **state)
{
	struct world w = two_cpus(3, 3);

	store(&w, &w.l2[1], w.l2[1] | NON_GLOBAL);
	expect(&w, SIM_CONFLICT, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 2);
	expect_text(&w, 0, "nG of 0x200000 changed without break-before-make");
	end(&w);
}

static void the_committer_may_not_walk_what_it_makes_non_global(void **state)
{
	struct world w = two_cpus(3, 3);

	sim_hold_others(w.sim);
	store(&w, &w.l2[1], w.l2[1] | NON_GLOBAL);
	expect(&w, SIM_CONFLICT, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 0);
	end(&w);
}

static void non_global_pages_under_a_global_block_are_found(void **state)
{
	struct world w = two_cpus(3, 3);
	uint64_t pa, *pages = new_pages(&w, &pa);

	for (unsigned int i = 0; i < 512; i++)
		pages[i] |= NON_GLOBAL;
	sim_wrote(w.sim, pages);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_CONFLICT, 1);
	end(&w);
}

static void parked_with_the_committer_everything_becomes_non_global(void **state)
{
	struct world w = two_cpus(0, 0);

	sim_hold_others(w.sim);
	park(&w, 0);
	for (unsigned int i = 0; i < 32; i++)
		sim_store(w.sim, &w.l3[i], w.l3[i] | NON_GLOBAL);
	for (unsigned int i = 16; i < 32; i++)
		sim_store(w.sim, &w.l2[i], w.l2[i] | NON_GLOBAL);
	sim_store(w.sim, &w.l2[1], w.l2[1] | NON_GLOBAL);
	store(&w, &w.l1[1], w.l1[1] | NON_GLOBAL);
	move_to(&w, 0, w.root_pa, KERNEL);
	sim_let_go(w.sim);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	assert_false(sim_may_hold_global(w.sim, 0, ALL_BYTES));
	end(&w);
}

static void a_committer_that_did_not_invalidate_is_found(void **state)
{
	struct world w = two_cpus(3, 3);

	sim_hold_others(w.sim);
	move_to(&w, 0, 0, 0);
	store(&w, &w.l2[1], w.l2[1] | NON_GLOBAL);
	expect_nothing(&w);
	move_to(&w, 0, w.root_pa, 0);
	expect(&w, SIM_CONFLICT, 1);
	end(&w);
}

/* ----------------------------------------------------------- operations of one ASID */

/* A permission of the page changes, then @tlbi; is the old one gone? */
static void check_removed(bool global, enum sim_tlbi tlbi, uint16_t asid, bool removed)
{
	struct world w = global ? two_cpus(0, 0) : two_non_global();

	if (global) {
		move_to(&w, 0, w.root_pa, KERNEL);
		move_to(&w, 1, w.root_pa, KERNEL);
		invalidate_all(&w);
	}
	store(&w, SLOT(&w), *SLOT(&w) | READ_ONLY);
	sim_tlbi_asid_range(w.sim, tlbi, asid, VA, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, !removed);
	end(&w);
}

static void an_operation_by_asid_removes_what_is_tagged_with_it(void **state)
{
	check_removed(false, SIM_ASIDE1IS, KERNEL, true);
	check_removed(false, SIM_ASIDE1IS, USER, false);
	check_removed(false, SIM_VAE1IS, KERNEL, true);
	check_removed(false, SIM_VAE1IS, USER, false);
	check_removed(false, SIM_VALE1IS, KERNEL, true);
	check_removed(false, SIM_VALE1IS, USER, false);
	check_removed(false, SIM_VAALE1IS, 0, true);
	check_removed(false, SIM_VMALLE1IS, 0, true);
}

static void a_global_entry_stays_unless_its_address_is_named(void **state)
{
	check_removed(true, SIM_ASIDE1IS, KERNEL, false);
	check_removed(true, SIM_ASIDE1IS, 0, false);
	check_removed(true, SIM_VAE1IS, KERNEL, true);
	check_removed(true, SIM_VAE1IS, USER, true);
	check_removed(true, SIM_VALE1IS, USER, true);
}

static void a_local_operation_by_asid_leaves_the_others(void **state)
{
	check_removed(false, SIM_ASIDE1, KERNEL, false);
	check_removed(false, SIM_VAE1, KERNEL, false);
	check_removed(false, SIM_VALE1, KERNEL, false);
}

static void an_operation_by_asid_waits_for_its_dsb(void **state)
{
	struct world w = two_non_global();

	store(&w, SLOT(&w), *SLOT(&w) | READ_ONLY);
	sim_tlbi_asid(w.sim, SIM_ASIDE1IS, KERNEL);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

static void an_operation_by_asid_before_the_dsb_of_the_store_is_found(void **state)
{
	struct world w = two_non_global();

	sim_store(w.sim, SLOT(&w), *SLOT(&w) | READ_ONLY);
	sim_tlbi_asid(w.sim, SIM_ASIDE1IS, KERNEL);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	end(&w);
}

/* l3 is unlinked, @tlbi, and freed. */
static void check_table_freed(enum sim_tlbi tlbi, uint16_t asid, bool found)
{
	struct world w = two_non_global();

	store(&w, &w.l2[2], 0);
	sim_tlbi_asid_range(w.sim, tlbi, asid, 4 * MIB, 2 * MIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, found);
	end(&w);
}

static void table_descriptors_are_tagged_as_well(void **state)
{
	check_table_freed(SIM_ASIDE1IS, KERNEL, false);
	check_table_freed(SIM_ASIDE1IS, USER, true);
	check_table_freed(SIM_VAE1IS, KERNEL, false);
	check_table_freed(SIM_VAE1IS, USER, true);
	check_table_freed(SIM_VALE1IS, KERNEL, true);
	check_table_freed(SIM_ASIDE1, KERNEL, true);
}

/* A cached descriptor leads to the old global leaf, until ASIDE1 removes it. */
static void a_global_leaf_is_fetched_until_the_descriptor_goes(void **state)
{
	struct world w = two_cpus(3, 3);

	move_to(&w, 0, w.root_pa, KERNEL);
	move_to(&w, 1, w.root_pa, KERNEL);
	invalidate_all(&w);
	store(&w, &w.l2[2], 0);
	sim_tlbi(w.sim, SIM_VAALE1IS);
	sim_barrier(w.sim, SIM_DSB_ISH);
	invalidate_asid(&w, SIM_ASIDE1IS, KERNEL);
	sim_expect_clean(w.sim);
	/* Pages, the run after them; the descriptor is gone. */
	expect(&w, SIM_STALE, 2);
	sim_tlbi(w.sim, SIM_VAALE1IS);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 2);
	end(&w);
}

/* ------------------------------------------------------------------- address spaces */

/* The same address elsewhere, for another ASID: nothing is invalidated in between. */
static void check_switch(uint64_t desc, uint16_t asid, enum sim_finding_kind kind,
			 uint64_t count)
{
	struct world w = two_non_global();
	uint64_t other = other_tree(&w, desc);

	move_to(&w, 0, other, asid);
	expect(&w, kind, count);
	end(&w);
}

static void address_spaces_with_their_own_asids_do_not_meet(void **state)
{
	struct world w = two_non_global();
	uint64_t other = other_tree(&w, 0x80000000 | PAGE | NON_GLOBAL | DEVICE);

	for (unsigned int i = 0; i < 3; i++) {
		move_to(&w, 0, other, USER);
		sim_expect_clean(w.sim);
		move_to(&w, 0, w.root_pa, KERNEL);
		sim_expect_clean(w.sim);
	}
	expect_nothing(&w);
	end(&w);
}

static void an_asid_used_twice_is_found(void **state)
{
	check_switch(0x80000000 | PAGE | NON_GLOBAL, USER, SIM_CONFLICT, 0);
	check_switch(0x80000000 | PAGE | NON_GLOBAL, KERNEL, SIM_CONFLICT, 1);
}

static void a_global_entry_meets_those_of_every_asid(void **state)
{
	check_switch(0x40403000 | PAGE, USER, SIM_CONFLICT, 1);
	check_switch(0x40403000 | PAGE | NON_GLOBAL, USER, SIM_CONFLICT, 0);
}

static void an_asid_may_be_used_again_after_its_invalidation(void **state)
{
	struct world w = two_non_global();
	uint64_t other = other_tree(&w, 0x80000000 | PAGE | NON_GLOBAL);

	move_to(&w, 0, 0, 0);
	invalidate_asid(&w, SIM_ASIDE1, KERNEL);
	move_to(&w, 0, other, KERNEL);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

static void a_store_is_no_concern_of_another_asid(void **state)
{
	struct world w = two_non_global();
	uint64_t other = other_tree(&w, 0);
	uint64_t l3_pa = other + 12 * KIB;
	uint64_t *l3 = sim_pointer(w.sim, l3_pa);

	move_to(&w, 0, other, USER);
	store(&w, &l3[3], 0x80000000 | PAGE | NON_GLOBAL);
	expect_nothing(&w);
	/* A global one is. */
	store(&w, &l3[4], 0x80001000 | PAGE);
	expect(&w, SIM_CONFLICT, 1);
	end(&w);
}

static void what_waits_for_its_asid_is_stale_there(void **state)
{
	struct world w = two_non_global();
	uint64_t other = other_tree(&w, 0);

	move_to(&w, 0, other, USER);
	sim_on_cpu(w.sim, 1);
	store(&w, SLOT(&w), 0);
	sim_on_cpu(w.sim, 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 2);
	end(&w);
}

static void what_waits_for_its_asid_meets_what_is_put_there(void **state)
{
	struct world w = two_non_global();
	uint64_t other = other_tree(&w, 0);

	move_to(&w, 0, other, USER);
	sim_on_cpu(w.sim, 1);
	store(&w, SLOT(&w), 0);
	invalidate_asid(&w, SIM_ASIDE1, KERNEL);
	store(&w, SLOT(&w), 0x80000000 | PAGE | NON_GLOBAL);
	sim_on_cpu(w.sim, 0);
	expect_nothing(&w);
	move_to(&w, 0, w.root_pa, KERNEL);
	expect(&w, SIM_CONFLICT, 1);
	end(&w);
}

/* An address space ends: no CPU uses it any more. */
static void check_exit(enum sim_tlbi tlbi, uint16_t asid, bool found)
{
	struct world w = two_non_global();
	uint64_t other = other_tree(&w, 0x80000000 | PAGE | NON_GLOBAL);

	move_to(&w, 0, other, USER);
	move_to(&w, 0, w.root_pa, KERNEL);
	invalidate_asid(&w, tlbi, asid);
	sim_release(w.sim, 3, other + 12 * KIB, 1);
	expect(&w, SIM_USE_AFTER_FREE, found);
	end(&w);
}

static void tables_are_freed_when_their_asid_is_invalidated(void **state)
{
	check_exit(SIM_ASIDE1IS, USER, false);
	check_exit(SIM_ASIDE1IS, KERNEL, true);
	check_exit(SIM_VALE1IS, USER, true);
}

static void what_is_held_comes_back_with_its_asid(void **state)
{
	struct world w = two_non_global();

	sim_hold_others(w.sim);
	sim_let_go(w.sim);
	store(&w, SLOT(&w), *SLOT(&w) | READ_ONLY);
	invalidate_asid(&w, SIM_ASIDE1IS, KERNEL);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* ---------------------------------------------------------------- who holds globals */

static void global_entries_are_known_by_their_range(void **state)
{
	struct world w = two_non_global();

	assert_false(sim_may_hold_global(w.sim, 0, ALL_BYTES));
	store(&w, &w.l3[40], 0x80000000 | PAGE);
	assert_true(sim_may_hold_global(w.sim, 0, ALL_BYTES));
	assert_true(sim_may_hold_global(w.sim, 0x428fff, 1));
	assert_false(sim_may_hold_global(w.sim, 0x429000, ALL_BYTES - 0x429000));
	assert_false(sim_may_hold_global(w.sim, 0, 0x428000));
	assert_false(sim_may_hold_global(w.sim, 0x428000, 0));
	expect_nothing(&w);
	end(&w);
}

static void a_global_entry_is_held_until_an_operation_that_removes_it(void **state)
{
	struct world w = two_non_global();

	store(&w, &w.l3[40], 0x80000000 | PAGE);
	store(&w, &w.l3[40], 0);
	assert_true(sim_may_hold_global(w.sim, 0x428000, 1));
	invalidate_asid(&w, SIM_ASIDE1IS, KERNEL);
	assert_true(sim_may_hold_global(w.sim, 0x428000, 1));
	sim_tlbi_range(w.sim, SIM_VAALE1, 0x428000, 1);
	sim_barrier(w.sim, SIM_DSB_ISH);
	assert_true(sim_may_hold_global(w.sim, 0x428000, 1));
	sim_tlbi_range(w.sim, SIM_VAALE1IS, 0x428000, 1);
	sim_barrier(w.sim, SIM_DSB_ISH);
	assert_false(sim_may_hold_global(w.sim, 0x428000, 1));
	expect_nothing(&w);
	end(&w);
}

static void a_root_that_was_left_keeps_its_global_entries(void **state)
{
	struct world w = two_cpus(3, 3);

	park(&w, 1);
	move_to(&w, 0, w.root_pa, USER);
	move_to(&w, 0, 0, 0);
	invalidate_asid(&w, SIM_ASIDE1IS, USER);
	invalidate_asid(&w, SIM_ASIDE1IS, 0);
	assert_true(sim_may_hold_global(w.sim, 0x40000000, 1));
	/* They are all that is left: the tables are free. */
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect_nothing(&w);
	park(&w, 0);
	assert_false(sim_may_hold_global(w.sim, 0, ALL_BYTES));
	end(&w);
}

/* Bit 11 is reserved at EL2: there are no ASIDs, and every entry is global. */
static void el2_has_no_ng(void **state)
{
	static const uint8_t level[1] = { 3 };
	struct world w = world_with(
		(struct sim_config){ .cpus = 1, .bbm_level = level, .regime = SIM_EL2 });

	store(&w, SLOT(&w), *SLOT(&w) | NON_GLOBAL);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	assert_true(sim_may_hold_global(w.sim, VA, 1));
	end(&w);
}

/* ---------------------------------------------------------------------------- trace */

static void the_trace_names_asids(void **state)
{
	char text[4096] = "";
	FILE *trace = fmemopen(text, sizeof(text), "w");
	struct world w = world_at_rest((struct sim_config){ .cpus = 1, .trace = trace });

	move_to(&w, 0, w.root_pa, 7);
	sim_tlbi_asid(w.sim, SIM_ASIDE1IS, 7);
	sim_tlbi_asid_range(w.sim, SIM_VAE1, 7, VA, 4 * KIB);
	end(&w);
	fclose(trace);
	assert_non_null(strstr(text, "cpu0 ttbr root=0x0000000100000000 asid=7\n"));
	assert_non_null(strstr(text, "cpu0 tlbi aside1is asid=7\n"));
	assert_non_null(strstr(text, "cpu0 tlbi vae1 asid=7 va=0x0000000000403000 "
				     "size=0x1000\n"));
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_leaf_made_non_global_is_found_on_any_cpu),
		cmocka_unit_test(the_committer_may_not_walk_what_it_makes_non_global),
		cmocka_unit_test(non_global_pages_under_a_global_block_are_found),
		cmocka_unit_test(parked_with_the_committer_everything_becomes_non_global),
		cmocka_unit_test(a_committer_that_did_not_invalidate_is_found),
		cmocka_unit_test(an_operation_by_asid_removes_what_is_tagged_with_it),
		cmocka_unit_test(a_global_entry_stays_unless_its_address_is_named),
		cmocka_unit_test(a_local_operation_by_asid_leaves_the_others),
		cmocka_unit_test(an_operation_by_asid_waits_for_its_dsb),
		cmocka_unit_test(
			an_operation_by_asid_before_the_dsb_of_the_store_is_found),
		cmocka_unit_test(table_descriptors_are_tagged_as_well),
		cmocka_unit_test(a_global_leaf_is_fetched_until_the_descriptor_goes),
		cmocka_unit_test(address_spaces_with_their_own_asids_do_not_meet),
		cmocka_unit_test(an_asid_used_twice_is_found),
		cmocka_unit_test(a_global_entry_meets_those_of_every_asid),
		cmocka_unit_test(an_asid_may_be_used_again_after_its_invalidation),
		cmocka_unit_test(a_store_is_no_concern_of_another_asid),
		cmocka_unit_test(what_waits_for_its_asid_is_stale_there),
		cmocka_unit_test(what_waits_for_its_asid_meets_what_is_put_there),
		cmocka_unit_test(tables_are_freed_when_their_asid_is_invalidated),
		cmocka_unit_test(what_is_held_comes_back_with_its_asid),
		cmocka_unit_test(global_entries_are_known_by_their_range),
		cmocka_unit_test(
			a_global_entry_is_held_until_an_operation_that_removes_it),
		cmocka_unit_test(a_root_that_was_left_keeps_its_global_entries),
		cmocka_unit_test(el2_has_no_ng),
		cmocka_unit_test(the_trace_names_asids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
