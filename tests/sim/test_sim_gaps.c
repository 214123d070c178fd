/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules of their own, each with a right protocol and a wrong one: TTL hints, attributes
 * that change together with sizes, runs that were filled wrongly, attributes of tables,
 * memory that is free, instructions that are fetched.
 */
#include "test_sim_world.h"

#define PXN	    (UINT64_C(1) << 53)
#define AP_TABLE_RO (UINT64_C(1) << 62)
#define PXN_TABLE   (UINT64_C(1) << 59)
#define DBM	    (UINT64_C(1) << 51)

/* ------------------------------------------------------------------------ TTL hints */

/* A page goes; the TLBI says that it was of @level. */
static void remove_page(int level, uint64_t stale)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l3[3], 0);
	sim_tlbi_level(w.sim, SIM_VAALE1IS, 0, 0x403000, 4 * KIB, level);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, stale);
	if (stale)
		expect_in_why(&w, 0, "names another level");
	end(&w);
}

static void a_hint_must_name_the_level_of_the_leaf(void **state)
{
	remove_page(3, 0);
	remove_page(2, 1);
	remove_page(1, 1);
}

/* A whole table of pages goes: the hint 3 keeps the way there, 2 keeps the pages. */
static void remove_table(int level, uint64_t stale, uint64_t freed)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l2[2], 0);
	if (level)
		sim_tlbi_level(w.sim, SIM_VAAE1IS, 0, 0x400000, 2 * MIB, level);
	else
		sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x400000, 2 * MIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_release(w.sim, 3, w.l3_pa, 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_USE_AFTER_FREE), freed);
	sim_expect_clean(w.sim);
	/* Its 16 pages and its run are intervals of their own. */
	assert_int_equal(sim_finding_count(w.sim, SIM_STALE), stale);
	end(&w);
}

static void a_hint_for_leaves_removes_descriptors_above_them(void **state)
{
	remove_table(0, 0, 0);
	remove_table(3, 0, 0);
	remove_table(2, 2, 1);
}

static void a_hint_for_no_level_is_said(void **state)
{
	struct world w = one_cpu(0);

	sim_tlbi_level(w.sim, SIM_VAAE1IS, 0, 0, 4 * KIB, 4);
	expect(&w, SIM_MISUSE, 1);
	end(&w);
}

/* ------------------------------------------------------- sizes together with attributes */

/* The block at 0x20_0000 becomes pages; one of them read-only in the same store, or later. */
static void split_and_protect(bool together, bool tlbi, uint64_t conflicts)
{
	struct world w = two_cpus(3, 3);
	uint64_t pa, *pages = new_pages(&w, &pa);

	if (together) {
		pages[7] |= READ_ONLY;
		sim_wrote(w.sim, pages);
	}
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], pa | TABLE);
	if (tlbi)
		invalidate_all(&w);
	if (!together)
		store(&w, &pages[7], pages[7] | READ_ONLY);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_CONFLICT, conflicts);
	end(&w);
}

static void attributes_change_after_the_tlbi_of_the_size(void **state)
{
	split_and_protect(false, true, 0);
	split_and_protect(false, false, 1);
	split_and_protect(true, true, 1);
}

/* ------------------------------------------------------------------ runs filled wrongly */

/* The pages have one run; @spoil changes its member 5 before the table is linked. */
static void link_run(uint8_t level, void (*spoil)(uint64_t *member), uint64_t mixed)
{
	struct world w = one_cpu(level);
	uint64_t pa, *pages = new_table(w.sim, 3, &pa);

	fill(pages, 16, 0x40800000 | PAGE | CONTIGUOUS, 4 * KIB);
	if (spoil)
		spoil(&pages[5]);
	sim_wrote(w.sim, pages);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[4], pa | TABLE);
	expect(&w, SIM_MIXED_RUN, mixed);
	end(&w);
}

static void forget_hint(uint64_t *member)
{
	*member &= ~CONTIGUOUS;
}

static void move_away(uint64_t *member)
{
	*member += 0x100000;
}

static void make_read_only(uint64_t *member)
{
	*member |= READ_ONLY;
}

static void remove_member(uint64_t *member)
{
	*member = 0;
}

static void a_run_is_linked_whole(void **state)
{
	link_run(0, NULL, 0);
	link_run(0, remove_member, 0);
	link_run(0, forget_hint, 1);
	link_run(2, make_read_only, 1);
	link_run(0, move_away, 1);
}

static void level_3_takes_all_but_scattered_addresses(void **state)
{
	link_run(3, forget_hint, 0);
	link_run(3, make_read_only, 0);
	link_run(3, move_away, 1);
}

/* ----------------------------------------------------------- attributes of the tables */

static void restrict_table(uint64_t bits, enum sim_tlbi tlbi, uint64_t stale)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l2[2], w.l2[2] | bits);
	if (tlbi != SIM_VMALLE1)
		sim_tlbi_range(w.sim, tlbi, 0x400000, 2 * MIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	if (stale)
		assert_true(sim_finding_count(w.sim, SIM_STALE) > 0);
	expect(&w, SIM_STALE, sim_finding_count(w.sim, SIM_STALE));
	assert_int_equal(sim_finding_count(w.sim, SIM_STALE) != 0, stale);
	end(&w);
}

/* SIM_VMALLE1 stands for no TLBI. */
static void what_a_table_takes_away_has_to_be_invalidated(void **state)
{
	restrict_table(AP_TABLE_RO, SIM_VMALLE1, 1);
	restrict_table(PXN_TABLE, SIM_VMALLE1, 1);
	restrict_table(AP_TABLE_RO, SIM_VAAE1IS, 0);
	restrict_table(PXN_TABLE, SIM_VAAE1IS, 0);
}

/*
 * The pages of 0x40_0000 are read-only by their table's descriptor, then by the one above as
 * well, then one block of the same addresses. Through the old descriptor above, if it is not
 * invalidated, the block is writable.
 */
static void replace_restricted_pages(bool invalidated, uint64_t conflicts)
{
	struct world w = two_cpus(3, 3);

	store(&w, &w.l2[2], w.l3_pa | TABLE | AP_TABLE_RO);
	invalidate_all(&w);
	store(&w, &w.l1[0], w.l2_pa | TABLE | AP_TABLE_RO);
	if (invalidated)
		invalidate_all(&w);
	sim_store(w.sim, &w.l2[2], 0x40400000 | BLOCK);
	expect(&w, SIM_CONFLICT, conflicts);
	end(&w);
}

static void a_block_is_compared_as_a_stale_descriptor_shows_it(void **state)
{
	replace_restricted_pages(true, 0);
	replace_restricted_pages(false, 1);
}

/* The descriptor stays cached, and with it what it took away, or did not. */
static void an_operation_on_leaves_keeps_what_the_table_took_away(void **state)
{
	restrict_table(AP_TABLE_RO, SIM_VAALE1IS, 1);
}

static void a_bit_that_changes_nothing_below_needs_no_tlbi_of_leaves(void **state)
{
	struct world w = one_cpu(0);

	/* The leaves are read-only already, so only descriptors differ, and lead to the same. */
	for (unsigned int i = 0; i < 32; i++)
		store(&w, &w.l3[i], 0);
	invalidate_all(&w);
	store(&w, &w.l3[0], 0x40400000 | PAGE | READ_ONLY);
	store(&w, &w.l2[2], w.l2[2] | AP_TABLE_RO);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* Above by two levels; and a page whose own bit replaces what the table took away. */
static void a_leaf_is_judged_by_what_it_allows_in_the_end(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa, *pages = new_table(w.sim, 3, &pa);

	store(&w, &w.l1[0], w.l1[0] | AP_TABLE_RO);
	invalidate_all(&w);
	fill(pages, 512, 0x40200000 | PAGE | READ_ONLY, 4 * KIB);
	sim_wrote(w.sim, pages);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	/* A block that is writable but for the table, by pages that are not: only the size. */
	store(&w, &w.l2[1], pa | TABLE);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	end(&w);
}

/* ---------------------------------------------------------------------- free memory */

static void software_that_walks_to_a_free_table_is_found(void **state)
{
	struct world w = one_cpu(0);

	assert_non_null(sim_pointer(w.sim, w.l3_pa));
	store(&w, &w.l2[2], 0);
	invalidate_all(&w);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect_nothing(&w);
	sim_pointer(w.sim, w.l3_pa + 8);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	expect_text(&w, 0, "which is free");
	end(&w);
}

static void a_store_to_a_table_after_its_release_is_found(void **state)
{
	for (int written = 0; written < 2; written++) {
		struct world w = one_cpu(0);
		uint64_t pa, again, *table = new_table(w.sim, 3, &pa);

		sim_release(w.sim, 3, pa, 1);
		if (written)
			table[100] = 0;
		assert_int_equal(sim_alloc(w.sim, 3, 1, &again), 1);
		assert_int_equal(again, pa);
		expect(&w, SIM_USE_AFTER_FREE, (uint64_t)written);
		end(&w);
	}
}

/* ----------------------------------------------------------------------- instructions */

/* CPU 0 maps 0x60_0000; CPU 1 executes there. */
static void execute_new_page(bool dsb, bool isb, uint64_t found)
{
	struct world w = two_cpus(3, 3);

	sim_store(w.sim, &w.l2[3], 0x40600000 | BLOCK);
	if (dsb)
		sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_on_cpu(w.sim, 1);
	if (isb)
		sim_barrier(w.sim, SIM_ISB);
	sim_execute(w.sim, 0x600040);
	expect(&w, SIM_FETCH, found);
	end(&w);
}

static void a_new_mapping_is_executed_after_dsb_and_isb(void **state)
{
	execute_new_page(true, true, 0);
	execute_new_page(true, false, 1);
	execute_new_page(false, true, 1);
}

static void an_isb_before_the_dsb_does_not_count(void **state)
{
	struct world w = two_cpus(3, 3);

	sim_store(w.sim, &w.l2[3], 0x40600000 | BLOCK);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_ISB);
	sim_on_cpu(w.sim, 0);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_on_cpu(w.sim, 1);
	sim_execute(w.sim, 0x600040);
	expect(&w, SIM_FETCH, 1);
	end(&w);
}

/* DSB NSH of CPU 0, and an ISB of the CPU that executes. */
static void a_dsb_nsh_is_enough_for_its_own_cpu(void **state)
{
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		struct world w = two_cpus(3, 3);

		sim_store(w.sim, &w.l2[3], 0x40600000 | BLOCK);
		sim_barrier(w.sim, SIM_DSB_NSH);
		sim_on_cpu(w.sim, cpu);
		sim_barrier(w.sim, SIM_ISB);
		sim_execute(w.sim, 0x600040);
		expect(&w, SIM_FETCH, cpu);
		end(&w);
	}
}

static void a_mapping_that_only_changes_its_size_needs_no_isb(void **state)
{
	struct world w = one_cpu(3);

	split_block(&w);
	sim_execute(w.sim, 0x200000);
	expect_nothing(&w);
	end(&w);
}

static void a_page_that_becomes_executable_needs_an_isb(void **state)
{
	struct world w = one_cpu(3);

	store(&w, &w.l3[1], w.l3[1] | PXN);
	sim_barrier(w.sim, SIM_ISB);
	sim_execute(w.sim, 0x401000);
	expect(&w, SIM_FETCH, 1);
	expect_text(&w, 0, "not executable");
	store(&w, &w.l3[1], w.l3[1] & ~PXN);
	sim_execute(w.sim, 0x401000);
	expect(&w, SIM_FETCH, 2);
	expect_in_why(&w, 1, "no ISB of cpu0 follows");
	sim_barrier(w.sim, SIM_ISB);
	sim_execute(w.sim, 0x401000);
	sim_execute(w.sim, 0x500000);
	expect(&w, SIM_FETCH, 3);
	expect_text(&w, 2, "not mapped");
	end(&w);
}

/* ------------------------------------------------------------------------------- nT */

#define NT (UINT64_C(1) << 16)

/* The block at 0x20_0000 becomes pages by way of nT; @level is the other CPU's. */
static void split_by_nt(uint8_t level, bool nt, bool tlbi, uint64_t conflicts)
{
	struct world w = two_cpus(1, level);
	uint64_t pa;

	new_pages(&w, &pa);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	if (nt)
		store(&w, &w.l2[1], w.l2[1] | NT);
	if (tlbi)
		invalidate_all(&w);
	store(&w, &w.l2[1], pa | TABLE);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_CONFLICT, conflicts);
	end(&w);
}

static void a_block_with_nt_may_become_a_table(void **state)
{
	split_by_nt(1, true, true, 0);
	split_by_nt(2, true, true, 0);
	split_by_nt(1, true, false, 1);
	split_by_nt(1, false, true, 1);
}

/* There the bit is reserved. */
static void level_0_does_not_heed_nt(void **state)
{
	split_by_nt(0, true, true, 1);
}

/* And back: the block comes with nT, which goes after the TLBI. */
static void join_by_nt(bool nt, bool tlbi, uint64_t conflicts)
{
	struct world w = two_cpus(1, 2);
	uint64_t bit = nt ? NT : 0;

	for (unsigned int i = 0; i < 16; i++)
		store(&w, &w.l3[16 + i], 0);
	invalidate_all(&w);
	store(&w, &w.l2[2], 0x40400000 | BLOCK | bit);
	if (tlbi)
		invalidate_all(&w);
	if (nt)
		store(&w, &w.l2[2], 0x40400000 | BLOCK);
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_CONFLICT, conflicts);
	end(&w);
}

static void a_table_may_become_a_block_with_nt(void **state)
{
	join_by_nt(true, true, 0);
	join_by_nt(true, false, 1);
	join_by_nt(false, true, 1);
}

/* Adjacent blocks with and without it go together: only the latter was in a TLB. */
static void a_block_with_nt_hides_no_neighbour(void **state)
{
	static const uint8_t level[1] = { 1 };
	struct world w =
		world_at_rest((struct sim_config){ .cpus = 1, .bbm_level = level });

	memset(w.l2, 0, 4096);
	w.l2[4] = 0x40800000 | BLOCK | NT;
	w.l2[5] = 0x40a00000 | BLOCK;
	sim_wrote(w.sim, w.l2);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	walk_root(w.sim, 0, w.root_pa);
	store(&w, &w.l1[0], 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	/* 5 * 2 MiB */
	assert_int_equal(sim_finding(w.sim, 0)->va, 0xa00000);
	end(&w);
}

/* -------------------------------------------------------- what hardware writes meanwhile */

#define AF (UINT64_C(1) << 10)

static struct world with_updates(bool access_flag, bool dirty)
{
	static const uint8_t level[1] = { 3 };
	struct world w = world_at_rest((struct sim_config){ .cpus = 1,
							    .bbm_level = level,
							    .hw_access_flag = access_flag,
							    .hw_dirty = dirty });

	w.l3[1] &= ~AF;
	w.l3[2] |= DBM | READ_ONLY;
	sim_wrote(w.sim, w.l3);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	walk_root(w.sim, 0, w.root_pa);
	return w;
}

static void a_store_that_does_not_see_an_update_loses_it(void **state)
{
	struct world w = with_updates(true, true);

	sim_store(w.sim, &w.l3[1], 0);
	expect(&w, SIM_LOST_UPDATE, 1);
	expect_text(&w, 0, "the access flag of 0x401000");
	sim_store(w.sim, &w.l3[2], w.l3[2] & ~DBM);
	expect(&w, SIM_LOST_UPDATE, 2);
	expect_text(&w, 1, "the dirty state of 0x402000");
	/* Not where hardware writes nothing: page 0 has AF and no DBM. */
	sim_store(w.sim, &w.l3[0], 0);
	expect(&w, SIM_LOST_UPDATE, 2);
	end(&w);
}

/* An invalid entry is not writable: it does not say that the page was written to. */
static void a_dirty_page_that_becomes_invalid_loses_its_state(void **state)
{
	struct world w = with_updates(true, true);

	sim_store(w.sim, &w.l3[2], 0);
	expect(&w, SIM_LOST_UPDATE, 1);
	expect_text(&w, 0, "the dirty state of 0x402000");
	end(&w);
}

static void a_table_that_is_not_walked_loses_nothing(void **state)
{
	struct world w = with_updates(true, true);

	store(&w, &w.l2[2], 0);
	invalidate_all(&w);
	sim_store(w.sim, &w.l3[1], 0);
	expect_nothing(&w);
	end(&w);
}

/* An entry that stays valid loses the flag as well, unless it has it. */
static void a_plain_change_of_permission_loses_the_access_flag(void **state)
{
	struct world w = with_updates(true, true);

	sim_store(w.sim, &w.l3[1], w.l3[1] | READ_ONLY);
	expect(&w, SIM_LOST_UPDATE, 1);
	expect_text(&w, 0, "the access flag of 0x401000");
	end(&w);
	w = with_updates(true, true);
	sim_store(w.sim, &w.l3[1], w.l3[1] | READ_ONLY | AF);
	expect_nothing(&w);
	end(&w);
}

static void an_exchange_sees_it(void **state)
{
	struct world w = with_updates(true, true);
	uint64_t page = 0x40402703 | DBM | READ_ONLY, other = 5;

	assert_int_equal(sim_swap(w.sim, &w.l3[1], 0), 0x40401303);
	assert_false(sim_compare_swap(w.sim, &w.l3[2], &other, 0));
	assert_int_equal(other, page);
	assert_int_equal(w.l3[2], page);
	assert_true(sim_compare_swap(w.sim, &w.l3[2], &other, 0));
	assert_int_equal(w.l3[2], 0);
	expect_nothing(&w);
	end(&w);
}

/* It becomes what hardware would make of it, or a machine where hardware does nothing. */
static void nothing_is_lost_where_the_new_entry_says_it(void **state)
{
	struct world w = with_updates(true, true);

	sim_store(w.sim, &w.l3[1], w.l3[1] | AF);
	sim_store(w.sim, &w.l3[2], w.l3[2] & ~READ_ONLY);
	expect_nothing(&w);
	end(&w);
	w = with_updates(false, false);
	sim_store(w.sim, &w.l3[1], 0);
	sim_store(w.sim, &w.l3[2], 0);
	expect_nothing(&w);
	end(&w);
}

/* A copy of l3 takes its place: live, or after everything in l3 is as hardware leaves it. */
static void a_copy_loses_what_is_written_to_the_old_table(void **state)
{
	for (int settled = 0; settled < 2; settled++) {
		struct world w = with_updates(true, true);
		uint64_t pa, *copy = new_table(w.sim, 3, &pa);

		if (settled) {
			store(&w, &w.l3[1], w.l3[1] | AF);
			store(&w, &w.l3[2], w.l3[2] & ~READ_ONLY);
			invalidate_all(&w);
		}
		memcpy(copy, w.l3, 4096);
		sim_wrote(w.sim, copy);
		sim_barrier(w.sim, SIM_DSB_ISHST);
		store(&w, &w.l2[2], pa | TABLE);
		expect(&w, SIM_LOST_UPDATE, !settled);
		end(&w);
	}
}

/* --------------------------------------------------------- a table linked in two places */

/* l3 is at 0x40_0000, and at 0x80_0000; a page of it goes. */
static void remove_shared_page(uint64_t first, uint64_t second, uint64_t stale)
{
	struct world w = two_cpus(0, 0);

	store(&w, &w.l2[4], w.l3_pa | TABLE);
	store(&w, &w.l3[3], 0);
	if (first)
		sim_tlbi_range(w.sim, SIM_VAAE1IS, first, 4 * KIB);
	if (second)
		sim_tlbi_range(w.sim, SIM_VAAE1IS, second, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, stale);
	end(&w);
}

static void a_shared_table_is_invalidated_at_each_address(void **state)
{
	remove_shared_page(0x403000, 0x803000, 0);
	remove_shared_page(0x403000, 0, 1);
	remove_shared_page(0, 0x803000, 1);
	remove_shared_page(0, 0, 2);
}

/* Unlinked in one place, it is still walked in the other. */
static void a_shared_table_is_freed_when_the_last_link_is_gone(void **state)
{
	struct world w = one_cpu(0);

	store(&w, &w.l2[4], w.l3_pa | TABLE);
	store(&w, &w.l2[4], 0);
	invalidate_all(&w);
	sim_wrote(w.sim, w.l3);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	sim_clear_findings(w.sim);
	store(&w, &w.l2[2], 0);
	invalidate_all(&w);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect_nothing(&w);
	end(&w);
}

/* The root's last entry leads to the root: its tables are pages of the last 512 GiB. */
static void a_table_may_be_linked_below_itself(void **state)
{
	struct world w = one_cpu(3);

	store(&w, &w.root[511], w.root_pa | TABLE);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	/* The descriptor of l3 is a page there, too, and is not invalidated. */
	store(&w, &w.l2[2], 0);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x400000, 2 * MIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	assert_true(sim_finding_count(w.sim, SIM_STALE) > 0);
	end(&w);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hint_must_name_the_level_of_the_leaf),
		cmocka_unit_test(a_hint_for_leaves_removes_descriptors_above_them),
		cmocka_unit_test(a_hint_for_no_level_is_said),
		cmocka_unit_test(attributes_change_after_the_tlbi_of_the_size),
		cmocka_unit_test(a_run_is_linked_whole),
		cmocka_unit_test(level_3_takes_all_but_scattered_addresses),
		cmocka_unit_test(what_a_table_takes_away_has_to_be_invalidated),
		cmocka_unit_test(a_block_is_compared_as_a_stale_descriptor_shows_it),
		cmocka_unit_test(an_operation_on_leaves_keeps_what_the_table_took_away),
		cmocka_unit_test(
			a_bit_that_changes_nothing_below_needs_no_tlbi_of_leaves),
		cmocka_unit_test(a_leaf_is_judged_by_what_it_allows_in_the_end),
		cmocka_unit_test(software_that_walks_to_a_free_table_is_found),
		cmocka_unit_test(a_store_to_a_table_after_its_release_is_found),
		cmocka_unit_test(a_new_mapping_is_executed_after_dsb_and_isb),
		cmocka_unit_test(an_isb_before_the_dsb_does_not_count),
		cmocka_unit_test(a_dsb_nsh_is_enough_for_its_own_cpu),
		cmocka_unit_test(a_mapping_that_only_changes_its_size_needs_no_isb),
		cmocka_unit_test(a_page_that_becomes_executable_needs_an_isb),
		cmocka_unit_test(a_block_with_nt_may_become_a_table),
		cmocka_unit_test(level_0_does_not_heed_nt),
		cmocka_unit_test(a_table_may_become_a_block_with_nt),
		cmocka_unit_test(a_block_with_nt_hides_no_neighbour),
		cmocka_unit_test(a_store_that_does_not_see_an_update_loses_it),
		cmocka_unit_test(a_dirty_page_that_becomes_invalid_loses_its_state),
		cmocka_unit_test(a_table_that_is_not_walked_loses_nothing),
		cmocka_unit_test(a_plain_change_of_permission_loses_the_access_flag),
		cmocka_unit_test(an_exchange_sees_it),
		cmocka_unit_test(a_shared_table_is_invalidated_at_each_address),
		cmocka_unit_test(a_shared_table_is_freed_when_the_last_link_is_gone),
		cmocka_unit_test(a_table_may_be_linked_below_itself),
		cmocka_unit_test(nothing_is_lost_where_the_new_entry_says_it),
		cmocka_unit_test(a_copy_loses_what_is_written_to_the_old_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
