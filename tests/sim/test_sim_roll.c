// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine model of CPUs that go one by one to a clone of the root and home: the right
 * protocol at any BBM level, and what goes wrong if one rule of it is broken. Knows nothing
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
#define CPUS	 3

/*
 * A new tree, in which the block of 2 MiB at BLOCK_VA is what @block says: copies of level
 * 2 and 1, linked by a clone of the root.
 */
struct roll {
	struct world w;
	uint64_t clone_pa, l1_pa, l2_pa;
	uint64_t *clone, *l1, *l2;
};

static uint64_t *copy_of(struct world *w, const uint64_t *table, int level, uint64_t *pa)
{
	uint64_t *copy;

	assert_int_equal(sim_alloc(w->sim, level, 1, pa), 1);
	copy = sim_pointer(w->sim, *pa);
	memcpy(copy, table, 4096);
	return copy;
}

static struct roll stage(const uint8_t *levels, uint64_t block)
{
	struct roll r = { .w = world_of(CPUS, levels) };
	struct world *w = &r.w;

	r.l2 = copy_of(w, w->l2, 2, &r.l2_pa);
	r.l2[1] = block;
	r.l1 = copy_of(w, w->l1, 1, &r.l1_pa);
	r.l1[0] = r.l2_pa | TABLE;
	r.clone = copy_of(w, w->root, 0, &r.clone_pa);
	r.clone[0] = r.l1_pa | TABLE;
	sim_wrote(w->sim, r.l2);
	sim_wrote(w->sim, r.l1);
	sim_wrote(w->sim, r.clone);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	return r;
}

static void move(struct roll *r, unsigned int cpu, uint64_t root)
{
	struct sim *sim = r->w.sim;

	sim_on_cpu(sim, cpu);
	sim_write_ttbr(sim, 0);
	sim_barrier(sim, SIM_ISB);
	sim_tlbi(sim, SIM_VMALLE1);
	sim_barrier(sim, SIM_DSB_NSH);
	sim_barrier(sim, SIM_ISB);
	sim_write_ttbr(sim, root);
	sim_barrier(sim, SIM_ISB);
	sim_on_cpu(sim, 0);
}

static void go_home(struct roll *r, unsigned int cpu)
{
	sim_on_cpu(r->w.sim, cpu);
	sim_write_ttbr(r->w.sim, r->w.root_pa);
	sim_barrier(r->w.sim, SIM_ISB);
	sim_on_cpu(r->w.sim, 0);
}

static void all_move(struct roll *r)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		move(r, cpu, r->clone_pa);
}

static void make_equal(struct roll *r)
{
	store(&r->w, &r->w.root[0], r->l1_pa | TABLE);
	invalidate_all(&r->w);
}

static void all_go_home(struct roll *r)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		go_home(r, cpu);
}

/* The clone, and what only the old tree led to. */
static void free_old(struct roll *r)
{
	sim_release(r->w.sim, 0, r->clone_pa, 1);
	sim_release(r->w.sim, 1, r->w.l1_pa, 1);
	sim_release(r->w.sim, 2, r->w.l2_pa, 1);
}

static const uint8_t weak[CPUS];

#define READ_ONLY_BLOCK (UINT64_C(0x40200000) | BLOCK | READ_ONLY)
#define DEVICE_BLOCK	(UINT64_C(0x40200000) | BLOCK | DEVICE)

/* In every order in which CPUs move and go home, with a TLBI by address after it. */
static void in_any_order_a_roll_is_right(void **state)
{
	static const unsigned int orders[6][CPUS] = { { 0, 1, 2 }, { 0, 2, 1 },
						      { 1, 0, 2 }, { 1, 2, 0 },
						      { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (unsigned int i = 0; i < 36; i++) {
		struct roll r = stage(weak, READ_ONLY_BLOCK);

		for (unsigned int n = 0; n < CPUS; n++)
			move(&r, orders[i / 6][n], r.clone_pa);
		make_equal(&r);
		for (unsigned int n = 0; n < CPUS; n++)
			go_home(&r, orders[i % 6][n]);
		free_old(&r);
		sim_expect_clean_at(r.w.sim, r.w.root_pa);
		store(&r.w, &r.l2[1], 0);
		sim_tlbi_range(r.w.sim, SIM_VAAE1IS, BLOCK_VA, 2 * MIB);
		sim_barrier(r.w.sim, SIM_DSB_ISH);
		sim_expect_clean_at(r.w.sim, r.w.root_pa);
		expect_nothing(&r.w);
		end(&r.w);
	}
}

/* The leader sees the new permission, and another CPU still uses the old one. */
static void a_permission_is_not_gone_before_all_have_moved(void **state)
{
	struct roll r = stage(weak, READ_ONLY_BLOCK);

	(void)state;
	move(&r, 0, r.clone_pa);
	move(&r, 2, r.clone_pa);
	sim_expect_clean_at(r.w.sim, r.clone_pa);
	expect(&r.w, SIM_STALE, 1);
	expect_text(&r.w, 0, "cpu1 walks the root");
	expect_text(&r.w, 0, "does not translate 0x200000");
	end(&r.w);
}

/* Somebody without the lock changes a page of a table that was copied. */
static void a_write_to_the_old_tree_does_not_reach_cpus_that_moved(void **state)
{
	struct roll r = stage(weak, READ_ONLY_BLOCK);
	struct world *w = &r.w;

	(void)state;
	all_move(&r);
	store(w, &w->l2[16], 0);
	invalidate_all(w);
	sim_expect_clean_at(w->sim, w->root_pa);
	expect(w, SIM_STALE, 1);
	end(w);
}

static void a_write_to_the_new_tree_does_not_reach_cpus_that_stayed(void **state)
{
	struct roll r = stage(weak, UINT64_C(0x40200000) | BLOCK);
	struct world *w = &r.w;

	(void)state;
	move(&r, 0, r.clone_pa);
	store(w, &r.l2[1], READ_ONLY_BLOCK);
	invalidate_all(w);
	sim_expect_clean_at(w->sim, r.clone_pa);
	expect(w, SIM_STALE, 1);
	expect_text(w, 0, "cpu1 walks the root");
	end(w);
}

/* And what is stored to a table that both trees have is seen by all. */
static void a_write_to_what_both_trees_have_reaches_all(void **state)
{
	struct roll r = stage(weak, UINT64_C(0x40200000) | BLOCK);
	struct world *w = &r.w;

	(void)state;
	move(&r, 0, r.clone_pa);
	store(w, &w->l3[3], 0);
	invalidate_all(w);
	sim_expect_clean_at(w->sim, r.clone_pa);
	expect_nothing(w);
	end(w);
}

static void a_new_entry_of_the_root_does_not_reach_cpus_that_moved(void **state)
{
	struct roll r = stage(weak, READ_ONLY_BLOCK);
	struct world *w = &r.w;
	uint64_t l1_pa, *l1;

	(void)state;
	all_move(&r);
	assert_int_equal(sim_alloc(w->sim, 1, 1, &l1_pa), 1);
	l1 = sim_pointer(w->sim, l1_pa);
	memset(l1, 0, 4096);
	l1[0] = UINT64_C(0xc0000000) | BLOCK;
	sim_wrote(w->sim, l1);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	make_equal(&r);
	store(w, &w->root[5], l1_pa | TABLE);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	sim_expect_clean_at(w->sim, w->root_pa);
	expect(w, SIM_STALE, 1);
	end(w);
}

/* Each CPU uses one type, but two CPUs use two for the same memory. */
static void another_memory_type_is_two_views(void **state)
{
	for (int one_map = 0; one_map < 2; one_map++) {
		struct roll r = stage(weak, DEVICE_BLOCK);

		(void)state;
		if (one_map)
			sim_one_map(r.w.sim);
		all_move(&r);
		make_equal(&r);
		all_go_home(&r);
		sim_expect_clean_at(r.w.sim, r.w.root_pa);
		/* The first one that moves finds it, and the second. */
		expect(&r.w, SIM_TWO_VIEWS, one_map ? 2 : 0);
		if (one_map)
			expect_text(&r.w, 0, "cpu0 and cpu1 use 0x200000");
		end(&r.w);
	}
}

/* An SMMU that walks the CPUs' root: CPU 2, which nobody can move. */
static void a_walker_that_cannot_be_moved_is_a_conflict(void **state)
{
	struct roll r = stage(weak, 0);
	struct world *w = &r.w;
	uint64_t pages;

	(void)state;
	new_pages(w, &pages);
	r.l2[1] = pages | TABLE;
	sim_wrote(w->sim, r.l2);
	sim_barrier(w->sim, SIM_DSB_ISHST);
	move(&r, 0, r.clone_pa);
	move(&r, 1, r.clone_pa);
	store(w, &w->root[0], r.l1_pa | TABLE);
	expect(w, SIM_CONFLICT, 1);
	expect_text(w, 0, "cpu2 (BBM level 0)");
	end(w);
}

static void all_go_home_with_cnp(struct roll *r)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		sim_on_cpu(r->w.sim, cpu);
		sim_set_cnp(r->w.sim, true);
		go_home(r, cpu);
	}
}

static void cnp_is_for_the_same_entries(void **state)
{
	struct roll r = stage(weak, READ_ONLY_BLOCK);
	struct world *w = &r.w;

	(void)state;
	all_go_home_with_cnp(&r);
	expect_nothing(w);
	/* Left on by the first that moves: the other two walk the root with it. */
	move(&r, 0, r.clone_pa);
	expect(w, SIM_NOT_COMMON, 1);
	expect_text(w, 0, "cpu0 and cpu1 have CnP");
	end(w);
}

/* Off while roots differ; on again after the broadcast, or too early. */
static void cnp_returns_after_the_broadcast(void **state)
{
	for (int early = 0; early < 2; early++) {
		struct roll r = stage(weak, READ_ONLY_BLOCK);
		struct world *w = &r.w;

		(void)state;
		all_go_home_with_cnp(&r);
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			sim_on_cpu(w->sim, cpu);
			sim_set_cnp(w->sim, false);
			move(&r, cpu, r.clone_pa);
		}
		store(w, &w->root[0], r.l1_pa | TABLE);
		sim_barrier(w->sim, SIM_DSB_ISHST);
		if (!early)
			invalidate_all(w);
		all_go_home_with_cnp(&r);
		expect(w, SIM_NOT_COMMON, early ? CPUS : 0);
		end(w);
	}
}

/* The clone is freed while a CPU walks it; home too early; the new tree freed too early. */
static void what_a_cpu_walks_is_not_free(void **state)
{
	struct roll r = stage(weak, READ_ONLY_BLOCK);

	(void)state;
	all_move(&r);
	make_equal(&r);
	go_home(&r, 0);
	go_home(&r, 1);
	sim_release(r.w.sim, 0, r.clone_pa, 1);
	expect(&r.w, SIM_USE_AFTER_FREE, 1);
	expect_text(&r.w, 0, "cpu2");
	end(&r.w);

	/* Given up, and asked back by a TTBR write alone. */
	r = stage(weak, READ_ONLY_BLOCK);
	move(&r, 1, r.clone_pa);
	go_home(&r, 1);
	sim_release(r.w.sim, 2, r.l2_pa, 1);
	assert_true(sim_finding_count(r.w.sim, SIM_USE_AFTER_FREE) > 0);
	end(&r.w);

	/* And by a full move. */
	r = stage(weak, READ_ONLY_BLOCK);
	move(&r, 1, r.clone_pa);
	move(&r, 1, r.w.root_pa);
	sim_release(r.w.sim, 0, r.clone_pa, 1);
	sim_release(r.w.sim, 1, r.l1_pa, 1);
	sim_release(r.w.sim, 2, r.l2_pa, 1);
	sim_expect_clean_at(r.w.sim, r.w.root_pa);
	expect_nothing(&r.w);
	end(&r.w);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_order_a_roll_is_right),
		cmocka_unit_test(a_permission_is_not_gone_before_all_have_moved),
		cmocka_unit_test(a_write_to_the_old_tree_does_not_reach_cpus_that_moved),
		cmocka_unit_test(a_write_to_the_new_tree_does_not_reach_cpus_that_stayed),
		cmocka_unit_test(a_write_to_what_both_trees_have_reaches_all),
		cmocka_unit_test(a_new_entry_of_the_root_does_not_reach_cpus_that_moved),
		cmocka_unit_test(another_memory_type_is_two_views),
		cmocka_unit_test(a_walker_that_cannot_be_moved_is_a_conflict),
		cmocka_unit_test(cnp_is_for_the_same_entries),
		cmocka_unit_test(cnp_returns_after_the_broadcast),
		cmocka_unit_test(what_a_cpu_walks_is_not_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
