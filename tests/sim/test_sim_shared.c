/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables that several roots lead to: what a CPU can find there depends on the way that it
 * takes, and on stores that other CPUs have on their way.
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
	store(&w, &clone[0], w.l1_pa | TABLE);
	/* Last level, and not page 3: what was held of the others goes. */
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

/* CPU 1 has replaced member 3 of the run; CPU 0 comes, and may hold all of the run. */
static void a_run_that_lives_on_is_found_by_who_comes(void **state)
{
	struct world w = world_at_rest((struct sim_config){ .cpus = 2 });

	walk_root(w.sim, 1, w.root_pa);
	sim_on_cpu(w.sim, 1);
	store(&w, &w.l3[19], 0);
	sim_on_cpu(w.sim, 0);
	go_to(&w, w.root_pa, 0);
	sim_on_cpu(w.sim, 1);
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	/* 0x41_0000 + 3 pages; each member that has the hint shows it to both. */
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x413000);
	assert_int_equal(sim_finding(w.sim, 0)->cpus, 2);
	end(&w);
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
		cmocka_unit_test(a_run_that_lives_on_is_found_by_who_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
