/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the machine model was not told: plain stores to tables that are walked, tables
 * that sim_wrote() was not called for, and calls that make no sense.
 */
#include "test_sim_world.h"

/* ------------------------------------------------------------------- plain stores */

/* A page of l3 becomes read-only by a plain store. */
static struct world with_plain_store(void)
{
	struct world w = two_cpus(3, 3);

	w.l3[3] |= READ_ONLY;
	expect_nothing(&w);
	return w;
}

static void expect_page_3(const struct world *w)
{
	assert_int_equal(sim_finding_count(w->sim, SIM_UNTOLD), 1);
	/* 0x40_0000 + 3 pages; 0x4040_3000 | 0x703, then with bit 7. */
	assert_int_equal(sim_finding(w->sim, 0)->kind, SIM_UNTOLD);
	assert_int_equal(sim_finding(w->sim, 0)->va, 0x403000);
	assert_int_equal(sim_finding(w->sim, 0)->size, 0x1000);
	expect_text(w, 0, "level 3 entry of 0x403000 was written without sim_store()");
	expect_text(w, 0, "0x40403703 became 0x40403783");
}

static void a_plain_store_is_found_at_the_next_event(void **state)
{
	for (int event = 0; event < 4; event++) {
		struct world w = with_plain_store();

		if (event == 0)
			sim_barrier(w.sim, SIM_ISB);
		else if (event == 1)
			sim_tlbi(w.sim, SIM_VMALLE1);
		else if (event == 2)
			sim_write_ttbr(w.sim, w.root_pa);
		else
			sim_expect_clean(w.sim);
		expect_page_3(&w);
		/* Once. */
		sim_barrier(w.sim, SIM_DSB_ISHST);
		invalidate_all(&w);
		sim_expect_clean(w.sim);
		assert_int_equal(sim_finding_count(w.sim, SIM_UNTOLD), 1);
		end(&w);
	}
}

static void a_store_to_the_same_slot_shows_the_plain_one_before_it(void **state)
{
	struct world w = with_plain_store();

	sim_store(w.sim, &w.l3[3], 0);
	expect_page_3(&w);
	end(&w);
}

/* The block becomes a table, and nobody says so: below level 3 that is a conflict, too. */
static void what_follows_from_a_plain_store_is_found(void **state)
{
	struct world w = two_cpus(3, 0);
	uint64_t pa;

	new_pages(&w, &pa);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	w.l2[1] = pa | TABLE;
	sim_barrier(w.sim, SIM_DSB_ISHST);
	assert_int_equal(sim_finding_count(w.sim, SIM_UNTOLD), 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_CONFLICT), 1);
	end(&w);
}

static void a_page_without_its_tlbi_is_stale_although_nobody_told(void **state)
{
	struct world w = with_plain_store();

	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_expect_clean(w.sim);
	assert_int_equal(sim_finding_count(w.sim, SIM_UNTOLD), 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_STALE), 1);
	end(&w);
}

static void many_entries_of_a_table_are_one_finding(void **state)
{
	struct world w = one_cpu(3);

	/* 16 pages and 16 members of a run. */
	memset(w.l3, 0, 32 * sizeof(*w.l3));
	sim_barrier(w.sim, SIM_DSB_ISHST);
	expect(&w, SIM_UNTOLD, 1);
	expect_text(&w, 0, "and 31 more");
	invalidate_all(&w);
	sim_expect_clean(w.sim);
	expect(&w, SIM_UNTOLD, 1);
	end(&w);
}

/* 54 tables can be walked; a barrier compares 64 KiB, which are 16 of them. */
static void in_a_large_world_the_end_compares_everything(void **state)
{
	struct world w = one_cpu(3);
	uint64_t *last = NULL, pa;

	for (unsigned int i = 0; i < 50; i++) {
		last = new_table(w.sim, 3, &pa);
		fill(last, 512, 0x50000000 | PAGE, 4 * KIB);
		sim_wrote(w.sim, last);
		sim_barrier(w.sim, SIM_DSB_ISHST);
		store(&w, &w.l2[64 + i], pa | TABLE);
	}
	last[511] = 0;
	sim_expect_clean(w.sim);
	assert_int_equal(sim_finding_count(w.sim, SIM_UNTOLD), 1);
	last[510] = 0;
	/* 4 times 16 are more than 54. */
	for (unsigned int i = 0; i < 4; i++)
		sim_barrier(w.sim, SIM_DSB_ISHST);
	assert_int_equal(sim_finding_count(w.sim, SIM_UNTOLD), 2);
	end(&w);
}

/* ------------------------------------------------------------- tables nobody walks */

static void a_table_without_sim_wrote_is_found_when_it_is_linked(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa, *pages = new_table(w.sim, 3, &pa);

	/* Nothing else shows that no DSB orders these. */
	fill(pages, 512, 0x40200000 | PAGE, 4 * KIB);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_UNTOLD, 1);
	expect_text(&w, 0, "1 tables are linked with no sim_wrote() since they changed");
	expect_text(&w, 0, "no sim_wrote() named it");
	end(&w);
}

static void a_change_after_sim_wrote_is_found_when_it_is_linked(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa, *pages = new_pages(&w, &pa);

	pages[7] |= UINT64_C(1) << 58; /* for software */
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_UNTOLD, 1);
	/* 0x4020_0000 + 7 pages | 0x703 */
	expect_text(&w, 0,
		    "entry 7 was 0x40207703 at sim_wrote() and is 0x400000040207703");
	end(&w);
}

static void a_root_without_sim_wrote_is_found_when_it_is_walked(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa, *clone = new_table(w.sim, 0, &pa);

	memcpy(clone, w.root, 4096);
	sim_write_ttbr(w.sim, pa);
	expect(&w, SIM_UNTOLD, 1);
	end(&w);
}

/* Unlinked and invalidated, it is anybody's memory; linked again, it needs sim_wrote(). */
static void reuse_l3(bool told, uint64_t found)
{
	struct world w = one_cpu(3);

	store(&w, &w.l2[2], 0);
	invalidate_all(&w);
	memset(w.l3, 0, 4096);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	if (told)
		sim_wrote(w.sim, w.l3);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[2], w.l3_pa | TABLE);
	expect(&w, SIM_UNTOLD, found);
	end(&w);
}

static void a_table_that_nobody_walks_may_be_written(void **state)
{
	reuse_l3(true, 0);
	reuse_l3(false, 1);
}

/* Before its TLBI a CPU may still walk there. */
static void a_table_that_was_unlinked_is_still_watched(void **state)
{
	struct world w = one_cpu(3);

	store(&w, &w.l2[2], 0);
	w.l3[0] = 0;
	sim_barrier(w.sim, SIM_DSB_ISHST);
	assert_int_equal(sim_finding_count(w.sim, SIM_UNTOLD), 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_USE_AFTER_FREE), 1);
	end(&w);
}

/* ------------------------------------------------------------------------- misuse */

static void expect_misuse(struct world *w, uint64_t count, const char *text)
{
	expect(w, SIM_MISUSE, count);
	expect_text(w, count - 1, text);
}

static void calls_without_sense_are_said(void **state)
{
	struct world w = two_cpus(0, 0);
	uint64_t outside = 5;
	uint64_t *unaligned = (uint64_t *)(void *)((uint8_t *)w.l3 + 4);

	sim_store(w.sim, &outside, 7);
	assert_int_equal(outside, 5);
	expect_misuse(&w, 1, "no entry of a table in the pool");
	sim_store(w.sim, unaligned, 0);
	expect_misuse(&w, 2, "no entry of a table in the pool");
	sim_store(w.sim, NULL, 0);
	expect_misuse(&w, 3, "no entry of a table in the pool");
	sim_on_cpu(w.sim, 2);
	expect_misuse(&w, 4, "there is no cpu2: the machine has 2");
	sim_observe(w.sim, 7);
	expect_misuse(&w, 5, "there is no cpu7");
	sim_wrote(w.sim, &outside);
	expect_misuse(&w, 6, "sim_wrote()");
	assert_int_equal(sim_address(w.sim, &outside), 0);
	expect_misuse(&w, 7, "sim_address()");
	sim_barrier(w.sim, (enum sim_barrier)9);
	expect_misuse(&w, 8, "there is no barrier 9");
	sim_tlbi(w.sim, (enum sim_tlbi)99);
	expect_misuse(&w, 9, "there is no TLBI 99");
	sim_tlbi_range(w.sim, SIM_VAAE1IS, UINT64_MAX - 4095, 8192);
	expect_misuse(&w, 10, "0x2000 bytes from 0xfffffffffffff000 on");
	sim_needs(w.sim, UINT64_MAX - 4095, 8192);
	expect_misuse(&w, 11, "0x2000 bytes");
	assert_null(sim_pointer(w.sim, POOL_PA - 8));
	expect_misuse(&w, 12, "sim_pointer() of 0xfffffff8, which is not in the pool");
	sim_expect_clean_at(w.sim, POOL_PA - 4096);
	expect_misuse(&w, 13, "there is no root at 0xfffff000");
	sim_tlbi_level(w.sim, SIM_VMALLE1IS, 0, 0, 4 * KIB, 3);
	expect_misuse(&w, 14, "vmalle1is with a hint");
	assert_int_equal(sim_finding_count(w.sim, SIM_FINDING_KINDS), 0);
	end(&w);
}

/* One is walked already; each new one has an ASID of its own. */
static void more_roots_than_there_is_room_for_are_said(void **state)
{
	struct world w = one_cpu(0);

	for (uint16_t asid = 1; asid < 64; asid++)
		sim_write_ttbr_asid(w.sim, w.root_pa, asid);
	expect_nothing(&w);
	sim_write_ttbr_asid(w.sim, w.root_pa, 64);
	expect_misuse(&w, 1, "more than 64 roots");
	sim_barrier(w.sim, SIM_ISB);
	sim_expect_clean(w.sim);
	expect(&w, SIM_MISUSE, 1);
	end(&w);
}

static void a_store_to_free_memory_is_found_and_not_done(void **state)
{
	struct world w = one_cpu(0);
	uint64_t pa, *table = new_table(w.sim, 3, &pa);

	sim_release(w.sim, 3, pa, 1);
	sim_store(w.sim, table, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	expect_text(&w, 0, "which is free");
	assert_int_not_equal(table[0], 1);
	sim_wrote(w.sim, table);
	expect(&w, SIM_USE_AFTER_FREE, 2);
	expect_text(&w, 1, "cpu0 wrote the table at 0x100004000, which is free");
	end(&w);
}

static void count_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	(void)pa;
	(void)level;
	(void)va;
	++*(unsigned int *)ctx;
}

/* There is nothing to look at, and no table at an address outside of the pool. */
static void looking_outside_of_the_pool_shows_nothing(void **state)
{
	struct world w = one_cpu(0);
	unsigned int tables = 0;

	sim_for_each_table(w.sim, POOL_PA - 4096, count_table, &tables);
	assert_int_equal(tables, 0);
	w.l2[3] = (POOL_PA - 4096) | TABLE;
	sim_for_each_table(w.sim, w.root_pa, count_table, &tables);
	assert_int_equal(tables, 4);
	end(&w);
}

/* 0x4000_0000 on, to the end of all addresses and not beyond. */
static void a_range_that_wraps_ends_with_the_last_address(void **state)
{
	struct world w = one_cpu(0);

	assert_true(sim_may_hold_global(w.sim, GIB, UINT64_MAX));
	end(&w);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_store_is_found_at_the_next_event),
		cmocka_unit_test(a_store_to_the_same_slot_shows_the_plain_one_before_it),
		cmocka_unit_test(what_follows_from_a_plain_store_is_found),
		cmocka_unit_test(a_page_without_its_tlbi_is_stale_although_nobody_told),
		cmocka_unit_test(many_entries_of_a_table_are_one_finding),
		cmocka_unit_test(in_a_large_world_the_end_compares_everything),
		cmocka_unit_test(a_table_without_sim_wrote_is_found_when_it_is_linked),
		cmocka_unit_test(a_change_after_sim_wrote_is_found_when_it_is_linked),
		cmocka_unit_test(a_root_without_sim_wrote_is_found_when_it_is_walked),
		cmocka_unit_test(a_table_that_nobody_walks_may_be_written),
		cmocka_unit_test(a_table_that_was_unlinked_is_still_watched),
		cmocka_unit_test(calls_without_sense_are_said),
		cmocka_unit_test(more_roots_than_there_is_room_for_are_said),
		cmocka_unit_test(a_store_to_free_memory_is_found_and_not_done),
		cmocka_unit_test(looking_outside_of_the_pool_shows_nothing),
		cmocka_unit_test(a_range_that_wraps_ends_with_the_last_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
