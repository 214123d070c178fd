/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why the machine model calls something wrong: the store, since when it is held, and the
 * TLBI or DSB that is missing or does not count.
 */
#include "test_sim_world.h"

/*
 * make_tables() writes four tables and executes a DSB, lines 5 to 9; CPU 0 writes its TTBR
 * at line 10 and CPU 1 at line 12, each followed by an ISB. So a test begins at line 14.
 */
static void expect_why(const struct world *w, size_t n, const char *why)
{
	const struct sim_finding *finding = sim_finding(w->sim, n);

	assert_non_null(finding);
	if (strcmp(finding->why, why))
		fail_msg("expected \"%s\", seen \"%s\"", why, finding->why);
}

/* ------------------------------------------------------------------- a page removed */

#define REMOVED                                                                   \
	"cpu0 replaced it at line 14, 0x40403703 by 0x0; cpu0 may hold it since " \
	"line 10; "

/* Line 14: the page of 0x40_3000 becomes invalid; then what the test does. */
static struct world without_page(void)
{
	struct world w = two_cpus(0, 0);

	sim_store(w.sim, &w.l3[3], 0);
	return w;
}

static void expect_stale(struct world *w, const char *why, uint64_t tlbi)
{
	sim_expect_clean(w->sim);
	expect(w, SIM_STALE, 1);
	expect_why(w, 0, why);
	assert_int_equal(sim_finding(w->sim, 0)->store, 14);
	assert_int_equal(sim_finding(w->sim, 0)->old, 0x40403703);
	assert_int_equal(sim_finding(w->sim, 0)->value, 0);
	assert_int_equal(sim_finding(w->sim, 0)->since, 10);
	assert_int_equal(sim_finding(w->sim, 0)->tlbi, tlbi);
	end(w);
}

static void no_tlbi_and_no_dsb(void **state)
{
	struct world w = without_page();

	expect_stale(&w, REMOVED "no DSB and no TLBI follow", 0);
}

static void no_tlbi_after_the_dsb(void **state)
{
	struct world w = without_page();

	sim_barrier(w.sim, SIM_DSB_ISHST);
	expect_stale(&w, REMOVED "no TLBI follows the DSB of line 15", 0);
}

static void a_tlbi_before_the_dsb(void **state)
{
	struct world w = without_page();

	sim_tlbi(w.sim, SIM_VMALLE1IS);
	sim_barrier(w.sim, SIM_DSB_ISH);
	expect_stale(&w,
		     REMOVED "the TLBI of line 15 does not count: issued before the DSB "
			     "of line 16",
		     15);
}

/* Not the storing CPU's, not for the other CPU's walker, or no DSB at all. */
static void barriers_that_do_not_order_the_store_do_not_count(void **state)
{
	static const struct {
		unsigned int cpu;
		enum sim_barrier barrier;
	} tries[] = { { 1, SIM_DSB_ISH }, { 0, SIM_DSB_NSH }, { 0, SIM_ISB } };

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		struct world w = without_page();

		/* Line 15 is the barrier; 16 the TLBI; 17 the DSB that orders the store. */
		sim_on_cpu(w.sim, tries[i].cpu);
		sim_barrier(w.sim, tries[i].barrier);
		sim_on_cpu(w.sim, 0);
		invalidate_all(&w);
		expect_stale(&w,
			     REMOVED "the TLBI of line 16 does not count: issued before "
				     "the DSB of line 17",
			     16);
	}
}

static void a_tlbi_that_is_not_complete(void **state)
{
	struct world w = without_page();

	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_tlbi(w.sim, SIM_VMALLE1IS);
	expect_stale(&w,
		     REMOVED "the TLBI of line 16 does not count: no DSB ISH of cpu0 "
			     "follows",
		     16);
	w = without_page();
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_tlbi(w.sim, SIM_VMALLE1IS);
	sim_barrier(w.sim, SIM_DSB_NSH);
	expect_stale(&w,
		     REMOVED
		     "the TLBI of line 16 does not count: the DSB of line 17 does "
		     "not complete it: no DSB ISH of cpu0 follows",
		     16);
}

static void a_tlbi_for_other_addresses(void **state)
{
	struct world w = without_page();

	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x404000, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	expect_stale(&w,
		     REMOVED
		     "the TLBI of line 16 does not count: it is for other addresses",
		     16);
}

/* CPU 0 invalidates itself only: CPU 1 keeps it. */
static void a_local_tlbi(void **state)
{
	struct world w = without_page();

	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_tlbi(w.sim, SIM_VMALLE1);
	sim_barrier(w.sim, SIM_DSB_NSH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->cpu, 1);
	expect_why(&w, 0,
		   "cpu0 replaced it at line 14, 0x40403703 by 0x0; cpu1 may hold it "
		   "since line 12; the TLBI of line 16 does not count: it is local to "
		   "cpu0");
	end(&w);
}

static void the_closest_tlbi_is_named(void **state)
{
	struct world w = without_page();

	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x403000, 4 * KIB);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x404000, 4 * KIB);
	expect_stale(&w,
		     REMOVED "the TLBI of line 16 does not count: no DSB ISH of cpu0 "
			     "follows",
		     16);
	/* The same in the other order. */
	w = without_page();
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x404000, 4 * KIB);
	sim_tlbi_range(w.sim, SIM_VAAE1IS, 0x403000, 4 * KIB);
	expect_stale(&w,
		     REMOVED "the TLBI of line 17 does not count: no DSB ISH of cpu0 "
			     "follows",
		     17);
}

/* ------------------------------------------------------------------------- tables */

static void a_table_descriptor_outlives_an_operation_on_leaves(void **state)
{
	struct world w = one_cpu(3);

	/* One CPU: TTBR at line 10, ISB; so the store is line 12. */
	store(&w, &w.l2[2], 0);
	invalidate(&w, SIM_VAALE1IS, SIM_DSB_ISH);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	expect_in_why(&w, 0, "cpu0 replaced the descriptor at line 12, 0x");
	expect_in_why(&w, 0,
		      "; the TLBI of line 14 does not count: it is for the last "
		      "level only");
	end(&w);
}

static void a_table_that_is_linked_is_named_by_its_descriptor(void **state)
{
	struct world w = one_cpu(3);

	sim_release(w.sim, 3, w.l3_pa, 1);
	expect(&w, SIM_USE_AFTER_FREE, 1);
	expect_why(&w, 0, "the level 2 descriptor of 0x400000 leads to it");
	end(&w);
}

static void an_unordered_table_names_the_line_that_wrote_it(void **state)
{
	struct world w = one_cpu(3);
	uint64_t pa;

	/* Lines 12 and 13: alloc, wrote. */
	new_pages(&w, &pa);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_INVISIBLE_TABLE, 1);
	expect_why(
		&w, 0,
		"cpu0 wrote it at line 13; no DSB ISHST or ISH of cpu0, or of one that "
		"observed it, follows");
	end(&w);
}

/* ------------------------------------------------------------------------ conflicts */

static void a_live_change_of_size_has_nothing_between(void **state)
{
	struct world w = one_cpu(0);

	/* Lines 12 to 14: alloc, wrote, dsb; 15: the link. */
	split_block(&w);
	expect(&w, SIM_CONFLICT, 1);
	expect_in_why(&w, 0, "cpu0 replaced it at line 15, 0x40200701 by 0x");
	expect_in_why(&w, 0,
		      "since line 10; no invalid entry, DSB, TLBI and DSB came "
		      "between");
	end(&w);
}

static void the_store_that_made_it_valid_is_since_when_it_is_held(void **state)
{
	struct world w = one_cpu(0);

	/* Line 12: l2[0] maps 0; 13: DSB; 14: it does no longer. */
	store(&w, &w.l2[0], 0x60000000 | BLOCK);
	store(&w, &w.l2[0], 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	expect_why(
		&w, 0,
		"cpu0 replaced it at line 14, 0x60000701 by 0x0; cpu0 may hold it since "
		"line 12; no TLBI follows the DSB of line 15");
	end(&w);
}

/* ------------------------------------------------------------------- a root was left */

static void left_without(struct world *w, const char *why)
{
	sim_expect_clean(w->sim);
	assert_true(sim_finding_count(w->sim, SIM_STALE) > 0);
	expect_why(w, 0, why);
	end(w);
}

static struct world in_an_empty_clone(void)
{
	struct world w = one_cpu(3);
	uint64_t pa, *clone = new_table(w.sim, 0, &pa);

	/* Lines 12 to 15: alloc, wrote, dsb, ttbr; 16: ISB. */
	sim_wrote(w.sim, clone);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	sim_write_ttbr(w.sim, pa);
	return w;
}

static void a_root_that_was_left_names_what_is_missing(void **state)
{
	struct world w = in_an_empty_clone();

	left_without(&w,
		     "cpu0 left the root at 0x100000000 at line 15; no ISB follows, so "
		     "it may still walk it");
	w = in_an_empty_clone();
	sim_barrier(w.sim, SIM_ISB);
	left_without(&w, "cpu0 left the root at 0x100000000 at line 15; no TLBI of cpu0 "
			 "follows");
	w = in_an_empty_clone();
	invalidate(&w, SIM_VMALLE1, SIM_DSB_NSH);
	sim_barrier(w.sim, SIM_ISB);
	left_without(&w, "cpu0 left the root at 0x100000000 at line 15; the TLBI of line "
			 "16 does not count: issued before the ISB of line 18");
	w = in_an_empty_clone();
	sim_barrier(w.sim, SIM_ISB);
	sim_tlbi_range(w.sim, SIM_VAAE1, 0, GIB);
	sim_barrier(w.sim, SIM_DSB_NSH);
	left_without(&w, "cpu0 left the root at 0x100000000 at line 15; the TLBI of line "
			 "17 does not count: it is not for everything");
}

/* ------------------------------------------------------------- links and plain stores */

/* The pages are linked at 0xa0_0000 as well: there, they are held since then only. */
static void a_link_is_since_when_what_is_below_is_held(void **state)
{
	struct world w = one_cpu(0);

	/* Lines 12 and 13: the link, dsb; 14 to 17: the page, its dsb, TLBI, dsb. */
	store(&w, &w.l2[5], w.l3_pa | TABLE);
	store(&w, &w.l3[3], 0);
	sim_tlbi_range(w.sim, SIM_VAALE1IS, 0x403000, 4 * KIB);
	sim_barrier(w.sim, SIM_DSB_ISH);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	expect_why(
		&w, 0,
		"cpu0 replaced it at line 14, 0x40403703 by 0x0; cpu0 may hold it since "
		"line 12; the TLBI of line 16 does not count: it is for other addresses");
	end(&w);
}

/* Found when the end is expected to be clean, and before that line. */
static void a_plain_store_is_before_the_event_that_shows_it(void **state)
{
	struct world w = one_cpu(0);

	w.l3[3] = 0;
	sim_expect_clean(w.sim);
	assert_int_equal(sim_finding_count(w.sim, SIM_UNTOLD), 1);
	assert_int_equal(sim_finding_count(w.sim, SIM_STALE), 1);
	expect_why(
		&w, 1,
		"cpu0 replaced it at line 11, 0x40403703 by 0x0; cpu0 may hold it since "
		"line 10; no DSB and no TLBI follow");
	end(&w);
}

/* The block with nT is in no TLB: what is held is the one before, and lacks its TLBI. */
static void what_nt_replaced_is_held(void **state)
{
	struct world w = one_cpu(1);
	uint64_t pa;

	/* Lines 12 to 14: alloc, wrote, dsb; 15 and 16: nT, bit 16, and its DSB. */
	new_pages(&w, &pa);
	sim_barrier(w.sim, SIM_DSB_ISHST);
	store(&w, &w.l2[1], 0x40210000 | BLOCK);
	store(&w, &w.l2[1], pa | TABLE);
	expect(&w, SIM_CONFLICT, 1);
	expect_why(
		&w, 0,
		"cpu0 replaced it at line 15, 0x40200701 by 0x40210701; cpu0 may hold it "
		"since line 10; no TLBI follows the DSB of line 16");
	end(&w);
}

/* ------------------------------------------------------------------------ clearing */

/* Two faults, each found once although what the first one left goes on. */
static void a_cleared_fault_is_not_found_again(void **state)
{
	struct world w = two_cpus(3, 3);

	store(&w, &w.l3[3], 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	sim_clear_findings(w.sim);
	expect_nothing(&w);
	assert_int_equal(sim_finding_count(w.sim, SIM_STALE), 0);
	sim_expect_clean(w.sim);
	expect_nothing(&w);
	store(&w, &w.l3[5], 0);
	sim_expect_clean(w.sim);
	expect(&w, SIM_STALE, 1);
	assert_int_equal(sim_finding(w.sim, 0)->va, 0x405000);
	/* Lines 14 to 18: store, dsb, expect-clean, clear-findings, expect-clean. */
	expect_why(
		&w, 0,
		"cpu0 replaced it at line 19, 0x40405703 by 0x0; cpu0 may hold it since "
		"line 17; no TLBI follows the DSB of line 20");
	end(&w);
}

/* Nothing that was under way is left: no TLBI, no unordered table, no root that was left. */
static void clearing_completes_what_was_under_way(void **state)
{
	struct world w = two_cpus(3, 3);
	uint64_t pa;

	new_pages(&w, &pa);
	store(&w, &w.l2[2], 0);
	sim_clear_findings(w.sim);
	sim_store(w.sim, &w.l2[1], pa | TABLE);
	sim_release(w.sim, 3, w.l3_pa, 1);
	expect_nothing(&w);
	end(&w);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_tlbi_and_no_dsb),
		cmocka_unit_test(no_tlbi_after_the_dsb),
		cmocka_unit_test(a_tlbi_before_the_dsb),
		cmocka_unit_test(barriers_that_do_not_order_the_store_do_not_count),
		cmocka_unit_test(a_tlbi_that_is_not_complete),
		cmocka_unit_test(a_tlbi_for_other_addresses),
		cmocka_unit_test(a_local_tlbi),
		cmocka_unit_test(the_closest_tlbi_is_named),
		cmocka_unit_test(a_table_descriptor_outlives_an_operation_on_leaves),
		cmocka_unit_test(a_table_that_is_linked_is_named_by_its_descriptor),
		cmocka_unit_test(an_unordered_table_names_the_line_that_wrote_it),
		cmocka_unit_test(a_live_change_of_size_has_nothing_between),
		cmocka_unit_test(the_store_that_made_it_valid_is_since_when_it_is_held),
		cmocka_unit_test(a_root_that_was_left_names_what_is_missing),
		cmocka_unit_test(a_link_is_since_when_what_is_below_is_held),
		cmocka_unit_test(a_plain_store_is_before_the_event_that_shows_it),
		cmocka_unit_test(what_nt_replaced_is_held),
		cmocka_unit_test(a_cleared_fault_is_not_found_again),
		cmocka_unit_test(clearing_completes_what_was_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
