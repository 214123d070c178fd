// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Splitting so that leaves end where a range does, counted by hand: one level at a
 * time, at each level, and runs kept where they fit.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

/* As split_cases: @goal is the range whose ends become ends of leaves. */
#define HIGH (UINT64_C(10) << 48)

static const struct split_case cases[] = {
	{
		/* Half a block: 32 runs of 32M, and none of them is cut. */
		.machine = { .name = "half-a-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 512 * MIB, 512 * MIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 32 } },
		.tables = { 0, 0, 1, 0 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1,
		.copied = 2, /* the root and level 1 */
		.root_entries = 1,
	},
	{
		/* At 2M: the first run of 32M becomes 16 blocks. */
		.machine = { .name = "at-2m-of-a-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 2 * MIB, 1022 * MIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 }, { 2 * MIB, false, 16 } },
		.tables = { 0, 0, 1, 0 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* At 64K: the first of these blocks becomes 32 runs of 64K. */
		.machine = { .name = "at-64k-of-a-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 64 * KIB, 1 * GIB - 64 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 32 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* At 4K: and the first of these runs 16 pages. */
		.machine = { .name = "at-4k-of-a-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 4 * KIB, 1 * GIB - 4 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { 4 * KIB, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 16 + 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/*
		 * From 2M + 4K to 548M + 64K of a block. The runs of 32M at 0 and at
		 * 544M become blocks, of these those at 2M and at 548M runs of 64K,
		 * the first of which becomes pages; the other end is between runs.
		 */
		.machine = { .name = "both-ends-in-a-gib",
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 2 * MIB + 4 * KIB, 546 * MIB + 60 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 30 },
			   { 2 * MIB, false, 30 },
			   { 64 * KIB, true, 31 + 32 },
			   { 4 * KIB, false, 16 } },
		.tables = { 0, 0, 1, 2 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 3 + 3 * 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* Of three blocks the outer ones are halved, the middle one stays. */
		.machine = { .name = "from-block-to-block",
			     .ram = { { 1 * GIB, 3 * GIB } } },
		.goal = { 1 * GIB + 512 * MIB, 2 * GIB },
		.before = { { 1 * GIB, false, 3 } },
		.after = { { 1 * GIB, false, 1 }, { 32 * MIB, true, 64 } },
		.tables = { 0, 0, 2, 0 },
		.leaves = 2,
		.updates = 2,
		.live_stores = 2,
		.in_place_stores = 2,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* Between two blocks of a run of 16G: no table, 16 hints. */
		.machine = { .name = "a-run-of-gib", .ram = { { 16 * GIB, 16 * GIB } } },
		.goal = { 17 * GIB, 15 * GIB },
		.before = { { 16 * GIB, true, 1 } },
		.after = { { 1 * GIB, false, 16 } },
		.leaves = 1,
		.updates = 16,
		.live_stores = 16,
		.in_place_stores = 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* The second of three runs of blocks, and the two others stay runs. */
		.machine = { .name = "a-run-of-2m", .ram = { { 1 * GIB, 96 * MIB } } },
		.goal = { 1 * GIB + 48 * MIB, 48 * MIB },
		.before = { { 32 * MIB, true, 3 } },
		.after = { { 32 * MIB, true, 2 }, { 2 * MIB, false, 16 } },
		.leaves = 1,
		.updates = 16,
		.live_stores = 16,
		.in_place_stores = 16,
		.copied = 3,
		.root_entries = 1,
	},
	{
		/* A block of its own: 32 runs of 64K. */
		.machine = { .name = "a-block-of-2m", .ram = { { 1 * GIB, 2 * MIB } } },
		.goal = { 1 * GIB, 64 * KIB },
		.before = { { 2 * MIB, false, 1 } },
		.after = { { 64 * KIB, true, 32 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1,
		.copied = 3,
		.root_entries = 1,
	},
	{
		.machine = { .name = "a-run-of-pages",
			     .ram = { { 1 * GIB, 128 * KIB } } },
		.goal = { 1 * GIB + 96 * KIB, 32 * KIB },
		.before = { { 64 * KIB, true, 2 } },
		.after = { { 64 * KIB, true, 1 }, { 4 * KIB, false, 16 } },
		.leaves = 1,
		.updates = 16,
		.live_stores = 16,
		.in_place_stores = 16,
		.copied = 4,
		.root_entries = 1,
	},
	{
		/*
		 * One page at the end of a GiB, whose other end is that of a leaf
		 * already: what is after it stays. As at-4k-of-a-gib, from the end.
		 */
		.machine = { .name = "the-last-page-of-a-gib",
			     .ram = { { 1 * GIB, 2 * GIB } } },
		.goal = { 2 * GIB - 4 * KIB, 4 * KIB },
		.before = { { 1 * GIB, false, 2 } },
		.after = { { 1 * GIB, false, 1 },
			   { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { 4 * KIB, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 16 + 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* And one at its beginning. */
		.machine = { .name = "the-first-page-of-a-gib",
			     .ram = { { 1 * GIB, 2 * GIB } } },
		.goal = { 2 * GIB, 4 * KIB },
		.before = { { 1 * GIB, false, 2 } },
		.after = { { 1 * GIB, false, 1 },
			   { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { 4 * KIB, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 16 + 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* Leaves end there already: 1G, 32M, and the next block. */
		.machine = { .name = "ends-there-already",
			     .ram = { { 1 * GIB, 1 * GIB + 34 * MIB } } },
		.goal = { 2 * GIB, 32 * MIB },
		.before = { { 1 * GIB, false, 1 },
			    { 32 * MIB, true, 1 },
			    { 2 * MIB, false, 1 } },
		.after = { { 1 * GIB, false, 1 },
			   { 32 * MIB, true, 1 },
			   { 2 * MIB, false, 1 } },
	},
	{
		.machine = { .name = "pages-end-anywhere",
			     .flags = LM_NO_BLOCKS | LM_NO_RUNS,
			     .ram = { { 1 * GIB, 2 * MIB } } },
		.goal = { 1 * GIB + 12 * KIB, 8 * KIB },
		.before = { { 4 * KIB, false, 512 } },
		.after = { { 4 * KIB, false, 512 } },
	},
	{
		/* From hole to hole. */
		.machine = { .name = "in-a-hole",
			     .ram = { { 1 * GIB, 2 * MIB },
				      { 2 * GIB, 2 * MIB },
				      { 3 * GIB, 2 * MIB } } },
		.goal = { 1 * GIB + 4 * MIB, 1 * GIB },
		.before = { { 2 * MIB, false, 3 } },
		.after = { { 2 * MIB, false, 3 } },
	},
	{
		/* Without hints: 511 blocks and 512 pages. */
		.machine = { .name = "at-4k-without-runs",
			     .flags = LM_NO_RUNS,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 4 * KIB, 1 * GIB - 4 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 2 * MIB, false, 511 }, { 4 * KIB, false, 512 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/*
		 * Runs of 64K but not of 32M: 511 blocks; of the other one 31 runs, and
		 * 16 pages, whose hints leave first if their table is linked already.
		 */
		.machine = { .name = "at-4k-with-short-runs",
			     .longest_contiguous = 1 * MIB,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 4 * KIB, 1 * GIB - 4 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 2 * MIB, false, 511 },
			   { 64 * KIB, true, 31 },
			   { 4 * KIB, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/*
		 * All of a block but 64K at 2M: the ends of what is left out count,
		 * too. 31 runs of 32M, 15 blocks, 32 runs of 64K.
		 */
		.machine = { .name = "around-an-exception",
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB, 1 * GIB },
		.exceptions = { { 1 * GIB + 2 * MIB, 64 * KIB } },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 32 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 16,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* 16K: at 48M of a run of 32 blocks of 32M. 31 blocks, 16 runs of 2M. */
		.machine = { .name = "a-run-of-32m",
			     .granule_shift = 14,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 48 * MIB, 976 * MIB },
		.before = { { 1 * GIB, true, 1 } },
		.after = { { 32 * MIB, false, 31 }, { 2 * MIB, true, 16 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.updates = 32,
		.live_stores = 32 + 1,
		.in_place_stores = 32 + 1,
		.copied = 3, /* levels 0 to 2 */
		.root_entries = 1,
	},
	{
		/* From 16K to 2M + 16K: of its 16 runs the first two become pages. */
		.machine = { .name = "a-block-of-32m",
			     .granule_shift = 14,
			     .ram = { { 1 * GIB, 32 * MIB } } },
		.goal = { 1 * GIB + 16 * KIB, 2 * MIB },
		.before = { { 32 * MIB, false, 1 } },
		.after = { { 2 * MIB, true, 14 }, { 16 * KIB, false, 256 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 256,
		.copied = 3,
		.root_entries = 1,
	},
	{
		/* 64K: 256 runs of 2M. The block is in the root. */
		.machine = { .name = "a-block-of-512m",
			     .granule_shift = 16,
			     .ia_bits = 42,
			     .lower = true,
			     .ram = { { 1 * GIB, 512 * MIB } } },
		.goal = { 1 * GIB + 2 * MIB, 510 * MIB },
		.before = { { 512 * MIB, false, 1 } },
		.after = { { 2 * MIB, true, 256 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1,
		.copied = 1,
		.root_entries = 1,
	},
	{
		/* LPA2: 32 runs of 16G. */
		.machine = { .name = "a-block-of-512g",
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .ram = { { HIGH, 512 * GIB } } },
		.goal = { HIGH, 256 * GIB },
		.before = { { 512 * GIB, false, 1 } },
		.after = { { 16 * GIB, true, 32 } },
		.tables = { 0, 1, 0, 0 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1,
		.copied = 2, /* levels -1 and 0 */
		.root_entries = 1,
	},
	{
		/* LPA2 at 16K: at 1G + 32M of a block of 64G. 63 runs, 32 blocks. */
		.machine = { .name = "a-block-of-64g",
			     .granule_shift = 14,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .ram = { { HIGH, 64 * GIB } } },
		.goal = { HIGH + 1 * GIB + 32 * MIB, 62 * GIB },
		.before = { { 64 * GIB, false, 1 } },
		/* 63G + 32M, its end, is in another run. */
		.after = { { 1 * GIB, true, 62 }, { 32 * MIB, false, 64 } },
		.tables = { 0, 0, 1, 0 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 64,
		.copied = 2,
		.root_entries = 1,
	},
	{
		/* LPA: 256 runs of 16G, the one at 16G in blocks. It is in the root. */
		.machine = { .name = "a-block-of-4t",
			     .granule_shift = 16,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .ram = { { HIGH, 4 * TIB } } },
		.goal = { HIGH + 16 * GIB + 512 * MIB, 1 * TIB - 512 * MIB },
		.before = { { 4 * TIB, false, 1 } },
		.after = { { 16 * GIB, true, 255 }, { 512 * MIB, false, 32 } },
		.tables = { 0, 0, 1, 0 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 32,
		.copied = 1,
		.root_entries = 1,
	},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

struct case_life {
	const struct split_case *c;
	enum lm_way way;
};

static void expect_plan(const struct case_life *life, const struct lm_plan *plan)
{
	const struct split_case *c = life->c;
	const char *name = c->machine.name;
	bool copies = way_copies(life->way);
	uint64_t copied = 0;

	for (int level = -1; level <= 3; level++)
		copied += plan->copied_tables[level + 1];
	for (int level = 0; level <= 3; level++)
		expect_count(plan->new_tables[level + 1], c->tables[level],
			     "%s: new tables on level %d", name, level);
	expect_count(copied, copies ? c->copied : 0, "%s: copied tables", name);
	expect_count(plan->leaves, c->leaves, "%s: leaves that go", name);
	expect_count(plan->updates, copies ? c->root_entries : c->updates, "%s: updates",
		     name);
}

static void begin(const struct split_case *c, struct machine *m, struct lm_edit *edit)
{
	machine_start(m, &c->machine);
	lm_edit_to_boundaries(edit, &m->map, machine_range(m, c->goal));
	for (const struct bank *exception = c->exceptions; exception->size; exception++)
		lm_edit_except(edit, machine_range(m, *exception));
}

static void leaves_end_there_by_what_was_counted_by_hand(void **state)
{
	const struct case_life *life = *state;
	const struct split_case *c = life->c;
	const char *name = c->machine.name;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	begin(c, &m, &edit);
	expect_leaves(&m, c->before);
	tables = sim_tables_allocated(m.sim);
	expect_ok(edit_prepare(&edit, life->way));
	expect_plan(life, &edit.plan);
	expect_ok(machine_commit(&m, &edit));

	expect_count(m.in_stop.stores, split_case_stores(life->c, life->way),
		     "%s: stores", name);
	expect_count(m.in_stop.tlbis, split_case_tlbis(life->c, life->way), "%s: TLBIs",
		     name);
	expect_count(m.in_stop.allocations + m.in_stop.frees, 0,
		     "%s: allocations in the stop", name);
	expect_count(lm_edit_tables_left(&edit), 0, "%s: tables left", name);
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim), tables + split_case_tables(c),
		     "%s: tables", name);
	expect_translations(&m);
	expect_leaves(&m, c->after);
	expect_census(&m);
	expect_well_formed(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* Both ends are ends of leaves then: no leaf reaches across one. */
static void no_leaf_reaches_across_an_end(void **state)
{
	const struct split_case *c = *state;
	struct lm_range range;
	struct lm_edit edit;
	struct machine m;

	begin(c, &m, &edit);
	expect_ok(machine_edit(&m, &edit, LM_LIVE));
	/* Which is what lm_protect() wants; runs change where all walkers are level 3. */
	sim_hold_others(m.sim);
	range = machine_range(&m, c->goal);
	if (!c->exceptions[0].size)
		expect_ok(lm_protect(&m.map, range,
				     lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY },
						     (lm_attrs_t){ 0 }),
				     LM_WALKED_BY_TOLERANT, NULL));
	for (const struct bank *e = c->exceptions; e->size; e++)
		expect_ok(lm_protect(&m.map, machine_range(&m, *e),
				     lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY },
						     (lm_attrs_t){ 0 }),
				     LM_WALKED_BY_TOLERANT, NULL));
	sim_let_go(m.sim);
	expect_clean(&m);
	machine_stop(&m);
}

/* ------------------------------------------------------------------- its cost */

static void *(*table_of_port)(void *ctx, lm_pa_t pa);
static uint64_t looks;

static void *look_at_table(void *ctx, lm_pa_t pa)
{
	looks++;
	return table_of_port(ctx, pa);
}

/* 64M of pages are 32 tables, of which the first and the last one have an end. */
static void tables_between_the_ends_are_not_looked_at(void **state)
{
	const struct machine_config config = { .name = "pages",
					       .flags = LM_NO_BLOCKS | LM_NO_RUNS,
					       .ram = { { 1 * GIB, 64 * MIB } } };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	table_of_port = m.map.env.table;
	m.map.env.table = look_at_table;
	lm_edit_to_boundaries(&edit, &m.map,
			      machine_range(&m, (struct bank){ 1 * GIB + 4 * KIB,
							       64 * MIB - 8 * KIB }));
	looks = 0;
	expect_ok(edit_plan(&edit, LM_LIVE));
	/* The root, levels 1 and 2, and the two of pages. */
	expect_count(looks, 5, "tables that were looked at");
	machine_stop(&m);
}

int test_main(void)
{
	static struct case_life lives[CASES][LM_WAYS];
	struct test_list list = { 0 };

	for (size_t i = 0; i < CASES; i++) {
		for (int way = 0; way < LM_WAYS; way++) {
			char name[64];

			lives[i][way] = (struct case_life){ &cases[i], (enum lm_way)way };
			snprintf(name, sizeof(name), "%s/%s", cases[i].machine.name,
				 way_names[way]);
			ADD_CASE(&list, leaves_end_there_by_what_was_counted_by_hand,
				 name, &lives[i][way]);
		}
		ADD_CASE(&list, no_leaf_reaches_across_an_end, cases[i].machine.name,
			 &cases[i]);
	}
	ADD(&list, tables_between_the_ends_are_not_looked_at);
	return test_list_run(&list, "boundaries");
}
