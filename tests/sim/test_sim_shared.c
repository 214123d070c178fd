/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables that several roots lead to, or that are found through descriptors that were
 * replaced: what a CPU can find there depends on the way that it takes, and on stores that
 * other CPUs have on their way.
 */
#include "test_sim_world.h"

#define AP_TABLE_RO (UINT64_C(1) << 62)

static void go_to(struct world *w, uint64_t root, uint16_t asid)
{
	sim_write_ttbr_asid(w->sim, root, asid);
	sim_barrier(w->sim, SIM_ISB);
}

/* Leave the map with nothing in the TLB, as a parked CPU does. */
static void leave(struct world *w)
{
	go_to(w, 0, 0);
	invalidate(w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_barrier(w->sim, SIM_ISB);
}

static void replace_entry(struct world *w, uint64_t *entry, uint64_t desc)
{
	*entry = desc;
	sim_wrote(w->sim, entry);
	sim_barrier(w->sim, SIM_DSB_ISHST);
}

/* ------------------------------------------------------- a store that is on its way */

/*
 * CPU 1's root takes write permission away from everything, so the page that becomes
 * read-only is no change for it. The clone, which CPU 0 goes to, takes nothing away.
 */
static struct world one_root_takes_away(uint64_t *clone_pa)
{
	struct world w = world_at_rest((struct sim_config){ .cpus = 2 });

	clone_root(&w, clone_pa);
	replace_entry(&w, &w.root[0], w.l1_pa | TABLE | AP_TABLE_RO);
	walk_root(w.sim, 0, w.root_pa);
	walk_root(w.sim, 1, w.root_pa);
	return w;
}

static void arrive_during_store(bool dsb, uint64_t stale)
{
	uint64_t clone_pa;
	struct world w = one_root_takes_away(&clone_pa);

	sim_on_cpu(w.sim, 1);
	sim_store(w.sim, &w.l3[3], w.l3[3] | READ_ONLY);
	if (dsb)
		sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_on_cpu(w.sim, 0);
	leave(&w);
	go_to(&w, clone_pa, 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, stale);
	if (stale)
		expect_text(&w, 0, "cpu0 may hold a level 3 page of 0x403000");
	end(&w);
}

static void a_store_that_changed_nothing_elsewhere_is_on_its_way_here(void **state)
{
	arrive_during_store(false, 1);
	arrive_during_store(true, 0);
}

/*
 * The same page becomes invalid, and CPU 0 goes to a root that takes away: until the DSB it
 * finds the old entry, and holds it read-only. Then the page is back, writable, and the
 * root takes nothing away: it must not be held read-only any more.
 */
static void what_is_on_its_way_is_held_as_the_root_shows_it(void **state)
{
	uint64_t clone_pa, page;
	struct world w = world_at_rest((struct sim_config){ .cpus = 2 });
	uint64_t *clone = clone_root(&w, &clone_pa);

	replace_entry(&w, &clone[0], w.l1_pa | TABLE | AP_TABLE_RO);
	walk_root(w.sim, 0, w.root_pa);
	walk_root(w.sim, 1, w.root_pa);
	page = w.l3[3];
	sim_on_cpu(w.sim, 1);
	sim_store(w.sim, &w.l3[3], 0);
	sim_on_cpu(w.sim, 0);
	leave(&w);
	go_to(&w, clone_pa, 0);
	sim_on_cpu(w.sim, 1);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_on_cpu(w.sim, 0);
	store(&w, &clone[0], w.l1_pa | TABLE);
	/* Of all pages but page 3. */
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0, 0x403000);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x404000, GIB);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, GIB, GIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_on_cpu(w.sim, 1);
	store(&w, &w.l3[3], page);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	expect_text(&w, 0, "cpu0 may hold a level 3 page of 0x403000");
	end(&w);
}

/* Two address spaces map different pages at 0x40_0000; the first one unmaps its own. */
static struct world two_spaces(uint64_t *other_pa, uint64_t **other_l2)
{
	struct world w = world_at_rest((struct sim_config){ .cpus = 2 });
	uint64_t l1_pa, l2_pa, l3_pa;
	uint64_t *root = new_table(w.sim, 0, other_pa);
	uint64_t *l1 = new_table(w.sim, 1, &l1_pa);
	uint64_t *l2 = new_table(w.sim, 2, &l2_pa);
	uint64_t *l3 = new_table(w.sim, 3, &l3_pa);

	fill(w.l3, 16, 0x40400000 | PAGE | NON_GLOBAL, 4 * KIB);
	sim_wrote(w.sim, w.l3);
	fill(l3, 16, 0x50400000 | PAGE | NON_GLOBAL, 4 * KIB);
	sim_wrote(w.sim, l3);
	l2[2] = l3_pa | TABLE;
	sim_wrote(w.sim, l2);
	l1[0] = l2_pa | TABLE;
	sim_wrote(w.sim, l1);
	replace_entry(&w, root, l1_pa | TABLE);
	*other_l2 = l2;
	return w;
}

static void finish_unmap(struct world *w)
{
	sim_on_cpu(w->sim, 1);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	sim_tlbi_asid_range(w->sim, SIM_VALE1IS, 1, 0x403000, 4 * KIB);
	sim_barrier(w->sim, SIM_DSB_ISH);
	sim_expect_clean(w->sim);
	expect_nothing(w);
	end(w);
}

static void a_store_to_one_address_space_is_not_on_its_way_to_another(void **state)
{
	uint64_t other_pa, *l2;
	struct world w = two_spaces(&other_pa, &l2);

	sim_on_cpu(w.sim, 1);
	go_to(&w, w.root_pa, 1);
	sim_store(w.sim, &w.l3[3], 0);
	sim_on_cpu(w.sim, 0);
	go_to(&w, other_pa, 2);
	finish_unmap(&w);
}

static void a_table_that_is_linked_shows_no_store_to_another_space(void **state)
{
	uint64_t other_pa, *l2, pages;
	struct world w = two_spaces(&other_pa, &l2);

	pages = l2[2];
	replace_entry(&w, &l2[2], 0);
	sim_on_cpu(w.sim, 0);
	go_to(&w, other_pa, 2);
	sim_on_cpu(w.sim, 1);
	go_to(&w, w.root_pa, 1);
	sim_store(w.sim, &w.l3[3], 0);
	sim_on_cpu(w.sim, 0);
	store(&w, &l2[2], pages);
	finish_unmap(&w);
}

/*
 * CPU 1 has replaced member 3 of the run. CPU 0 comes by another root: there, too, each
 * member that has the hint shows all of the run.
 */
static void a_run_that_lives_on_is_found_from_another_root(void **state)
{
	struct world w = world_at_rest((struct sim_config){ .cpus = 2 });
	uint64_t clone_pa;

	clone_root(&w, &clone_pa);
	walk_root(w.sim, 1, w.root_pa);
	sim_on_cpu(w.sim, 1);
	store(&w, &w.l3[19], 0);
	sim_on_cpu(w.sim, 0);
	go_to(&w, clone_pa, 0);
	sim_expect_clean(w.sim);
	/* 0x41_0000 + 3 pages, of each root and its CPU. */
	expect(&w, SIM_STALE, 2);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(sim_finding(w.sim, i)->va, 0x413000);
		assert_int_equal(sim_finding(w.sim, i)->cpus, 1);
	}
	end(&w);
}

/* -------------------------------------- leaves found through a descriptor that is stale */

/*
 * CPU 0's l1 leads to an empty l2 and takes write permission away; CPU 1 walks a root that
 * leads to l2 as well. Then l1 maps the GiB by a block. @tlbi leaves the descriptor cached
 * or not; and CPU 1 writes to l2.
 */
static struct world block_beside_l2(enum sim_tlbi tlbi)
{
	static const uint8_t levels[2] = { 3, 3 };
	struct world w =
		world_at_rest((struct sim_config){ .cpus = 2, .bbm_level = levels });
	uint64_t root_pa, l1_pa;
	uint64_t *root = new_table(w.sim, 0, &root_pa);
	uint64_t *l1 = new_table(w.sim, 1, &l1_pa);

	memset(w.l2, 0, 4096);
	sim_wrote(w.sim, w.l2);
	replace_entry(&w, &w.l1[0], w.l2_pa | TABLE | AP_TABLE_RO);
	replace_entry(&w, &l1[0], w.l2_pa | TABLE);
	replace_entry(&w, &root[0], l1_pa | TABLE);
	walk_root(w.sim, 0, w.root_pa);
	walk_root(w.sim, 1, root_pa);
	store(&w, &w.l1[0], 0x40000000 | BLOCK);
	invalidate(&w, tlbi, SIM_DSB_ISH);
	sim_on_cpu(w.sim, 1);
	return w;
}

static void find_beside_block(enum sim_tlbi tlbi, bool table, uint64_t conflicts)
{
	struct world w = block_beside_l2(tlbi);

	sim_store(w.sim, &w.l2[2], table ? w.l3_pa | TABLE : 0x40400000 | BLOCK);
	expect(&w, SIM_CONFLICT, conflicts);
	if (conflicts)
		expect_text(&w, 0, "size together with attributes of 0x400000");
	end(&w);
}

static void what_is_found_through_a_stale_descriptor_meets_the_root(void **state)
{
	find_beside_block(SIM_VAALE1IS, false, 1);
	find_beside_block(SIM_VAALE1IS, true, 1);
	find_beside_block(SIM_VAAE1IS, false, 0);
	find_beside_block(SIM_VAAE1IS, true, 0);
}

/* ------------------------------------------------------------------ an ASID comes back */

/*
 * The CPU leaves ASID 1, with no TLBI, for an empty root with ASID 2. A global page below
 * the first root changes its address, and what leads there goes from that root; the
 * descriptors stay cached. With ASID 1 again, the CPU finds the new page beside the old one.
 */
static void come_back(bool page_tlbi, uint64_t conflicts)
{
	struct world w = world_at_rest((struct sim_config){ .cpus = 1 });
	uint64_t empty_pa, *empty = new_table(w.sim, 0, &empty_pa);

	sim_wrote(w.sim, empty);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	go_to(&w, w.root_pa, 1);
	go_to(&w, empty_pa, 2);
	store(&w, &w.l3[3], 0x60403000 | PAGE);
	store(&w, &w.root[0], 0);
	sim_tlbi_range(w.sim, SIM_VAALE1IS, page_tlbi ? 0x403000 : 0x8000000, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_write_ttbr_asid(w.sim, w.root_pa, 1);
	expect(&w, SIM_CONFLICT, conflicts);
	if (conflicts)
		expect_text(&w, 0, "output address of 0x403000");
	end(&w);
}

static void an_asid_that_comes_back_finds_what_changed_meanwhile(void **state)
{
	come_back(false, 1);
	come_back(true, 0);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_store_that_changed_nothing_elsewhere_is_on_its_way_here),
		cmocka_unit_test(what_is_on_its_way_is_held_as_the_root_shows_it),
		cmocka_unit_test(
			a_store_to_one_address_space_is_not_on_its_way_to_another),
		cmocka_unit_test(a_table_that_is_linked_shows_no_store_to_another_space),
		cmocka_unit_test(a_run_that_lives_on_is_found_from_another_root),
		cmocka_unit_test(what_is_found_through_a_stale_descriptor_meets_the_root),
		cmocka_unit_test(an_asid_that_comes_back_finds_what_changed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
