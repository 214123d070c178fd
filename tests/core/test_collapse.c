// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Going back to the largest leaves: after each layout was made pages, what stands in
 * the way, and what becomes of the tables; kept in a deposit they are enough to split
 * again.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- there and back */

struct case_life {
	const struct split_case *c;
	enum lm_way way;
};

static void collapse_all(struct machine *m, struct lm_edit *edit)
{
	lm_edit_collapse(edit, &m->map, m->linear.range);
	if (m->alias.name)
		lm_edit_except(edit, m->alias.range);
}

static void what_was_split_is_as_large_as_before(void **state)
{
	const struct case_life *life = *state;
	const struct split_case *c = life->c;
	struct machine_config config = c->machine;
	const char *name = config.name;
	struct leaves leaves;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	config.attrs = machine_plain_attrs(&config);
	machine_start(&m, &config);
	tables = sim_tables_allocated(m.sim);
	leaves_of_mappings(&leaves, &m);
	split_case_edit(c, &m, &edit);
	expect_ok(machine_edit(&m, &edit, life->way));

	collapse_all(&m, &edit);
	/* There is nothing larger than pages, before and after. */
	if (!c->leaves) {
		int err = machine_edit(&m, &edit, life->way);

		assert_true(!err || err == -LM_ENOLEAF);
	} else {
		expect_ok(machine_edit(&m, &edit, life->way));
		for (int level = 0; level <= 3; level++)
			expect_count(edit.plan.retired_tables[level + 1],
				     c->tables[level], "%s: retired tables on level %d",
				     name, level);
	}
	expect_these_leaves(&m, &leaves);
	expect_leaves(&m, c->before);
	expect_count(sim_tables_allocated(m.sim), tables, "%s: tables", name);
	expect_translations(&m);
	expect_census(&m);
	expect_well_formed(&m);
	expect_clean(&m);
	leaves_free(&leaves);
	machine_stop(&m);
}

/* A block of 1G in pages, and one of 32M after it in 16 tables of pages. */
static void start_in_pages(struct machine *m, struct bank ram, unsigned int flags)
{
	struct machine_config config = { .name = "in-pages", .ram = { ram } };
	struct lm_edit edit;

	machine_start(m, &config);
	lm_edit_to_pages(&edit, &m->map, m->linear.range);
	expect_ok(machine_edit(m, &edit, LM_LIVE));
	m->linear.flags = flags;
	m->config.flags = flags;
}

static void sixteen_tables_become_a_run_at_once(void **state)
{
	const struct case_life *life = *state;
	struct lm_edit edit;
	struct machine m;

	start_in_pages(&m, (struct bank){ 1 * GIB, 32 * MIB }, 0);
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, life->way));
	expect_count(edit.plan.retired_tables[3 + 1], 16, "retired tables");
	expect_count(edit.plan.leaves, 16 * 512, "leaves");
	expect_ok(lm_edit_reserve(&edit));
	expect_ok(lm_edit_stage(&edit));
	expect_ok(machine_commit(&m, &edit));
	/* Each is replaced, then gets its hint; broken and made; one entry of the root. */
	expect_count(m.in_stop.stores, way_copies(life->way) ? 1 : 32, "stores");
	expect_ok(lm_edit_release(&edit));
	expect_leaves(&m, (struct leaf_count[]){ { 32 * MIB, true, 1 }, { 0 } });
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* -------------------------------------------------------------- what may not be */

struct limit {
	const char *name;
	struct bank goal;      /* of 2 GiB at 1 GiB in pages */
	struct bank exception; /* size 0: none */
	unsigned int flags;
	uint64_t longest_contiguous; /* of the collapse: the pages are single ones */
	struct leaf_count after[LEAF_SIZES];
};

/* 2 GiB are 524288 pages. */
static const struct limit limits[] = {
	{ .name = "inside-the-range",
	  /* 4K before 1G + 64M, up to 1G + 128M + 64K: two runs of 32M, one of 64K. */
	  .goal = { 1 * GIB + 64 * MIB - 4 * KIB, 64 * MIB + 68 * KIB },
	  .after = { { 32 * MIB, true, 2 },
		     { 64 * KIB, true, 1 },
		     { 4 * KIB, false, 524288 - 2 * 8192 - 16 } } },
	{ .name = "around-an-exception",
	  /*
	   * All but a page at 2G + 4M: a block of 1G, 31 runs of 32M, 15 blocks, 31
	   * runs of 64K, 16 pages.
	   */
	  .goal = { 1 * GIB, 2 * GIB },
	  .exception = { 2 * GIB + 4 * MIB, 4 * KIB },
	  .after = { { 1 * GIB, false, 1 },
		     { 32 * MIB, true, 31 },
		     { 2 * MIB, false, 15 },
		     { 64 * KIB, true, 31 },
		     { 4 * KIB, false, 16 } } },
	{ .name = "no-runs",
	  .goal = { 1 * GIB, 1 * GIB + 2 * MIB + 64 * KIB },
	  .flags = LM_NO_RUNS,
	  .after = { { 1 * GIB, false, 1 },
		     { 2 * MIB, false, 1 },
		     { 4 * KIB, false, 511 * 512 } } },
	{ .name = "short-runs",
	  /* 1G; 32M of 16 blocks; 2M; 64K in a run. */
	  .goal = { 1 * GIB, 1 * GIB + 34 * MIB + 64 * KIB },
	  .longest_contiguous = 1 * MIB,
	  .after = { { 1 * GIB, false, 1 },
		     { 2 * MIB, false, 17 },
		     { 64 * KIB, true, 1 },
		     { 4 * KIB, false, 495 * 512 - 16 } } },
	{ .name = "no-blocks",
	  .goal = { 1 * GIB, 2 * GIB },
	  .flags = LM_NO_BLOCKS,
	  .after = { { 64 * KIB, true, 32768 } } },
};

static void no_leaf_is_formed_beyond_what_is_wanted(void **state)
{
	const struct limit *limit = *state;

	for (int way = LM_LIVE; way < LM_WAYS; way++) {
		struct lm_edit edit;
		struct machine m;

		start_in_pages(&m, (struct bank){ 1 * GIB, 2 * GIB }, limit->flags);
		m.linear.longest_contiguous = limit->longest_contiguous;
		lm_edit_collapse(&edit, &m.map, machine_range(&m, limit->goal));
		if (limit->exception.size)
			lm_edit_except(&edit, machine_range(&m, limit->exception));
		expect_ok(machine_edit(&m, &edit, (enum lm_way)way));
		expect_leaves(&m, limit->after);
		expect_translations(&m);
		expect_census(&m);
		expect_clean(&m);
		machine_stop(&m);
	}
}

static void no_leaf_is_formed_across_a_region(void **state)
{
	const struct machine_config config = {
		.name = "two-regions",
		.flags = LM_NO_BLOCKS | LM_NO_RUNS,
		.ram = { { 1 * GIB, 4 * MIB } },
		.alias = { 1 * GIB + 3 * MIB, 512 * KIB },
	};
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	m.linear.flags = m.alias.flags = m.config.flags = 0;
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, LM_LIVE), LM_EREGION);
	expect_ok(lm_edit_release(&edit));
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	lm_edit_except(&edit, m.alias.range);
	expect_ok(machine_edit(&m, &edit, LM_LIVE));
	/* The first block; 16 and 8 runs around 128 pages. */
	expect_leaves(&m, (struct leaf_count[]){ { 2 * MIB, false, 1 },
						 { 64 * KIB, true, 24 },
						 { 4 * KIB, false, 128 },
						 { 0 } });
	lm_edit_collapse(&edit, &m.map, m.alias.range);
	expect_ok(machine_edit(&m, &edit, LM_LIVE));
	expect_leaves(&m, (struct leaf_count[]){ { 2 * MIB, false, 1 },
						 { 64 * KIB, true, 32 },
						 { 0 } });
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* ---------------------------------------------------------------- obstacles */

#define SOFTWARE UINT64_C(0x0100000000000000)

struct obstacle_case {
	const char *name;
	uint64_t at;   /* the page, of 512 */
	uint64_t flip; /* bits of it */
	bool is_hole, hw_updates;
	enum lm_obstacle expected;
	uint64_t expected_at; /* page */
};

static const struct obstacle_case obstacle_cases[] = {
	{ .name = "attributes",
	  .at = 5,
	  .flip = SOFTWARE,
	  .expected = LM_OBSTACLE_ATTRIBUTES,
	  .expected_at = 5 },
	{ .name = "attributes-of-the-last",
	  .at = 511,
	  .flip = 0x80,
	  .expected = LM_OBSTACLE_ATTRIBUTES,
	  .expected_at = 511 },
	{ .name = "hole",
	  .at = 300,
	  .is_hole = true,
	  .expected = LM_OBSTACLE_HOLE,
	  .expected_at = 300 },
	{ .name = "output",
	  .at = 77,
	  .flip = 4 * MIB,
	  .expected = LM_OBSTACLE_OUTPUT,
	  .expected_at = 77 },
	{ .name = "hardware",
	  .at = 9,
	  .flip = 0x400,
	  .hw_updates = true,
	  .expected = LM_OBSTACLE_HW_UPDATE,
	  .expected_at = 9 },
};

/* 2M in pages: what is around a hole of one page still forms leaves. */
static void an_obstacle_is_named_with_its_address(void **state)
{
	const struct obstacle_case *c = *state;
	const struct machine_config config = {
		.name = c->name,
		.flags = LM_NO_BLOCKS | LM_NO_RUNS,
		.ram = { { 1 * GIB, 2 * MIB } },
		.hw_updates = c->hw_updates,
	};
	uint64_t first;
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	machine_start(&m, &config);
	/* A region of blocks only, so that only one leaf can be formed. */
	m.linear.flags = LM_NO_RUNS;
	first = m.linear.range.start.v;
	slot = machine_slot(&m, first + c->at * 4 * KIB, 3);
	if (c->is_hole)
		machine_poke(&m, slot, 0);
	else if (c->flip)
		machine_poke(&m, slot, *slot ^ c->flip);
	expect_ok(lm_region_recount(&m.map, &m.linear));
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, LM_LIVE), LM_ENOLEAF);
	assert_int_equal(edit.obstacle, c->expected);
	expect_count(edit.obstacle_va.v, first + c->expected_at * 4 * KIB, "where");
	expect_count(edit.where.v, edit.obstacle_va.v, "where, too");
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static struct {
	uint64_t pa;
	void *(*table)(void *ctx, lm_pa_t pa);
} hidden;

static void *table_unless_hidden(void *ctx, lm_pa_t pa)
{
	return pa.v == hidden.pa ? NULL : hidden.table(ctx, pa);
}

/* 32M in pages, in 16 tables; there is no memory for the last: 15 blocks, and no run. */
static void a_table_without_memory_is_a_hole(void **state)
{
	const struct machine_config config = {
		.name = "hidden",
		.flags = LM_NO_BLOCKS | LM_NO_RUNS,
		.ram = { { 1 * GIB, 32 * MIB } },
	};
	struct lm_edit edit;
	struct machine m;
	uint64_t last;

	(void)state;
	machine_start(&m, &config);
	m.linear.flags = 0;
	last = m.linear.range.start.v + 30 * MIB;
	hidden.pa = machine_output(&m, *machine_slot(&m, last, 2));
	hidden.table = m.map.env.table;
	m.map.env.table = table_unless_hidden;

	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, LM_LIVE));
	expect_count(edit.plan.retired_tables[4], 15, "retired tables");
	assert_int_equal(edit.obstacle, LM_OBSTACLE_HOLE);
	expect_count(edit.obstacle_va.v, last, "where");
	expect_ok(lm_edit_release(&edit));

	lm_edit_collapse(&edit, &m.map, (struct lm_range){ { last }, 2 * MIB });
	expect_error(edit_plan(&edit, LM_LIVE), LM_ENOLEAF);
	assert_int_equal(edit.obstacle, LM_OBSTACLE_HOLE);
	expect_count(edit.where.v, last, "where");
	expect_ok(lm_edit_release(&edit));
	m.map.env.table = hidden.table;
	machine_stop(&m);
}

/* 4M of pages whose memory begins a page later than a block could. */
static void memory_that_no_block_can_begin_at_is_named(void **state)
{
	const struct machine_config config = {
		.name = "skewed",
		.flags = LM_NO_BLOCKS | LM_NO_RUNS,
		.skew = 4 * KIB,
		.ram = { { 1 * GIB, 4 * MIB } },
	};
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	m.linear.flags = 0;
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, LM_LIVE), LM_ENOLEAF);
	assert_int_equal(edit.obstacle, LM_OBSTACLE_ALIGNMENT);
	/* The first run of pages that is all in the region: 15 pages after its start. */
	expect_count(edit.obstacle_va.v, m.linear.range.start.v + 15 * 4 * KIB, "where");
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void what_has_an_obstacle_stays_and_the_rest_grows(void **state)
{
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	(void)state;
	start_in_pages(&m, (struct bank){ 1 * GIB, 4 * MIB }, 0);
	slot = machine_slot_of(&m, 1 * GIB + 2 * MIB + 36 * KIB, 3);
	machine_poke(&m, slot, *slot ^ SOFTWARE);
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, LM_LIVE));
	/* A run of 16 blocks was tried first. */
	assert_true(edit.obstacle != LM_NO_OBSTACLE);
	expect_ok(lm_edit_reserve(&edit));
	expect_ok(lm_edit_stage(&edit));
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_leaves(&m, (struct leaf_count[]){ { 2 * MIB, false, 1 },
						 { 64 * KIB, true, 31 },
						 { 4 * KIB, false, 16 },
						 { 0 } });
	assert_int_equal(*machine_slot_of(&m, 1 * GIB + 2 * MIB + 36 * KIB, 3) >> 56 & 1,
			 1);
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

static void invalid_leaves_collapse_among_themselves(void **state)
{
	const struct machine_config config = {
		.name = "present-invalid",
		.flags = LM_NO_BLOCKS | LM_NO_RUNS,
		.present_invalid = UINT64_C(0x0400000000000000),
		.ram = { { 1 * GIB, 4 * MIB } },
	};
	const struct bank first = { 1 * GIB, 2 * MIB };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	expect_ok(lm_protect(&m.map, machine_range(&m, first),
			     lm_change_to_invalid(&m.map.fmt), LM_WALKED_BY_TOLERANT,
			     NULL));
	m.linear.flags = m.config.flags = 0;
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, LM_LIVE));
	expect_leaves(&m, (struct leaf_count[]){ { 2 * MIB, false, 1 }, { 0 } });
	expect_ok(lm_protect(&m.map, machine_range(&m, first),
			     lm_change_to_valid(&m.map.fmt, (lm_attrs_t){ 0 }),
			     LM_WALKED_BY_TOLERANT, NULL));
	expect_leaves(&m, (struct leaf_count[]){ { 2 * MIB, false, 2 }, { 0 } });
	expect_translations(&m);
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* ---------------------------------------------------- hierarchical attributes */

/* APTable read-only, UXNTable and PXNTable: a leaf in the table's place has them. */
static void what_tables_take_away_the_leaf_does_not_give(void **state)
{
	const uint64_t hierarchy = UINT64_C(1) << 62 | UINT64_C(3) << 59;
	const uint64_t attrs = UINT64_C(0x700); /* writable, executable */
	const struct case_life *life = *state;
	struct machine_config config = {
		.name = "hierarchy",
		.attrs = attrs,
		.ram = { { 1 * GIB, 1 * GIB } },
	};
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, LM_LIVE));
	slot = machine_slot_of(&m, 1 * GIB, 1);
	machine_poke(&m, slot, *slot | hierarchy);
	expect_count(sim_walk(m.sim, m.map.root.v, m.linear.range.start.v).attrs & 0x80,
		     0x80, "read-only by its table");
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, life->way));
	m.mappings[0].attrs = attrs | 0x80 | UINT64_C(3) << 53;
	expect_leaves(&m, (struct leaf_count[]){ { 1 * GIB, false, 1 }, { 0 } });
	expect_translations(&m);
	expect_clean(&m);
	machine_stop(&m);
}

static void tables_that_take_different_things_away_are_an_obstacle(void **state)
{
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	(void)state;
	start_in_pages(&m, (struct bank){ 1 * GIB, 32 * MIB }, LM_NO_RUNS);
	m.linear.flags = 0;
	/* A run of 16 blocks, one of which may not be written. */
	slot = machine_slot_of(&m, 1 * GIB + 6 * MIB, 2);
	machine_poke(&m, slot, *slot | UINT64_C(1) << 62);
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, LM_LIVE));
	assert_int_equal(edit.obstacle, LM_OBSTACLE_ATTRIBUTES);
	expect_count(edit.obstacle_va.v, machine_va(&m, 1 * GIB + 6 * MIB).v, "where");
	expect_leaves(&m, (struct leaf_count[]){ { 2 * MIB, false, 16 }, { 0 } });
	assert_int_equal(*machine_slot_of(&m, 1 * GIB + 6 * MIB, 2) & 0x80, 0x80);
	expect_clean(&m);
	machine_stop(&m);
}

/* ------------------------------------------------------------------ meanwhile */

/* Pages below tables that would go: what is written there must not be lost. */
static void a_change_below_a_table_that_would_go_is_found(void **state)
{
	const struct case_life *life = *state;

	for (int locked = life->way == LM_ROLL; locked < 2; locked++) {
		struct snapshot snapshot;
		struct lm_edit edit;
		struct machine m;
		uint64_t *slot;

		start_in_pages(&m, (struct bank){ 1 * GIB, 1 * GIB }, 0);
		lm_edit_collapse(&edit, &m.map, m.linear.range);
		if (locked)
			lm_edit_locked(&edit);
		expect_ok(edit_prepare(&edit, life->way));
		slot = machine_slot_of(&m, 1 * GIB + 513 * MIB + 4 * KIB, 3);
		machine_poke(&m, slot, *slot ^ SOFTWARE);
		snapshot_take(&snapshot, &m);
		if (locked) {
			/* The edit would not have written there. */
			expect_ok(machine_commit(&m, &edit));
		} else {
			expect_error(machine_commit(&m, &edit), LM_ESTALE);
			expect_unchanged(&snapshot, &m);
		}
		expect_ok(lm_edit_release(&edit));
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

static void what_may_change_at_any_time_is_not_collapsed(void **state)
{
	const struct case_life *life = *state;
	struct lm_edit edit;
	struct machine m;

	start_in_pages(&m, (struct bank){ 1 * GIB, 2 * MIB }, LM_VOLATILE);
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, life->way), LM_EVOLATILE);
	expect_ok(lm_edit_release(&edit));
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, LM_IN_PLACE), LM_EWAY);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/* -------------------------------------------------------------------- deposits */

/* What came back, by origin. */
struct given_back {
	lm_free_fn *free;
	uint64_t tables[2];
};

static struct given_back given_back;

static void count_free(void *ctx, int level, lm_pa_t first, size_t tables,
		       enum lm_origin origin)
{
	given_back.tables[origin] += tables;
	given_back.free(ctx, level, first, tables, origin);
}

static void watch_frees(struct machine *m)
{
	given_back = (struct given_back){ .free = m->map.env.free };
	m->map.env.free = count_free;
}

static void a_deposit_is_enough_to_split_again(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct lm_reserve deposit;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	if (life->way == LM_IN_PLACE)
		return;
	machine_start(&m, &g->machine);
	tables = sim_tables_allocated(m.sim);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, life->way));

	watch_frees(&m);
	lm_deposit_init(&deposit, &m.map);
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	lm_edit_deposit(&edit, &deposit);
	expect_ok(machine_edit(&m, &edit, life->way));
	expect_count(given_back.tables[LM_UNUSED] + given_back.tables[LM_RETIRED], 0,
		     "tables that came back");
	/* And again and again: nothing leaks, and nothing is asked for. */
	machine_has_no_memory(&m);
	for (int i = 0; i < 3; i++) {
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		lm_edit_deposit(&edit, &deposit);
		expect_ok(machine_edit(&m, &edit, life->way));
		expect_leaves(
			&m, (struct leaf_count[]){ { g->page, false, geometry_pages(g) },
						   { 0 } });
		lm_edit_collapse(&edit, &m.map, m.linear.range);
		lm_edit_deposit(&edit, &deposit);
		expect_ok(machine_edit(&m, &edit, life->way));
		expect_translations(&m);
		expect_census(&m);
	}
	expect_count(given_back.tables[LM_UNUSED] + given_back.tables[LM_RETIRED], 0,
		     "tables that came back");
	expect_ok(lm_deposit_release(&deposit));
	assert_true(given_back.tables[LM_RETIRED] > 0);
	expect_count(given_back.tables[LM_UNUSED], 0, "tables said to be unused");
	expect_ok(lm_deposit_release(&deposit));
	expect_count(sim_tables_allocated(m.sim), tables, "tables");
	expect_clean(&m);
	machine_stop(&m);
}

static void a_deposit_that_is_too_small_is_not_lost(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct lm_reserve deposit;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	machine_start(&m, &g->machine);
	tables = sim_tables_allocated(m.sim);
	snapshot_take(&snapshot, &m);
	lm_deposit_init(&deposit, &m.map);
	/* A table for a log, and nothing else: an edit that was given up left it. */
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ geometry_run(g), g->page }));
	lm_edit_deposit(&edit, &deposit);
	expect_ok(edit_prepare(&edit, LM_LIVE));
	expect_ok(lm_edit_abort(&edit));
	expect_count(sim_tables_allocated(m.sim), tables + 1, "tables");
	machine_has_no_memory(&m);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_deposit(&edit, &deposit);
	expect_ok(edit_plan(&edit, life->way));
	if (edit.plan.bytes > machine_granule(&m))
		expect_error(lm_edit_reserve(&edit), LM_ENOMEM);
	expect_ok(lm_edit_release(&edit));
	expect_unchanged(&snapshot, &m);
	expect_ok(lm_deposit_release(&deposit));
	expect_count(sim_tables_allocated(m.sim), tables, "tables");
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void a_deposit_is_not_released_inside_a_window(void **state)
{
	struct lm_reserve deposit;
	struct lm_window window;
	struct machine m;

	(void)state;
	machine_start(&m, &geometries[3].machine);
	lm_deposit_init(&deposit, &m.map);
	expect_ok(lm_window_open(&window, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
	expect_error(lm_deposit_release(&deposit), LM_EWINDOW);
	lm_window_close(&window);
	expect_ok(lm_deposit_release(&deposit));
	machine_stop(&m);
}

/* Retired by a switch, too: what it copied. */
static void all_that_goes_is_given_back_as_retired(void **state)
{
	const struct case_life *life = *state;
	struct lm_edit edit;
	struct machine m;
	uint64_t reserved, unused;

	start_in_pages(&m, (struct bank){ 1 * GIB, 1 * GIB }, 0);
	watch_frees(&m);
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, life->way));
	reserved = sum_of_levels(edit.plan.copied_tables);
	/* Notes, and the root's clone. */
	unused = edit.plan.log_granules + (reserved ? 1 : 0);
	expect_count(given_back.tables[LM_UNUSED], unused, "unused");
	/* 1 on level 2, 512 on level 3, and the originals of copies but the root. */
	expect_count(given_back.tables[LM_RETIRED], 513 + (reserved ? reserved - 1 : 0),
		     "retired");
	expect_count(sum_of_levels(edit.plan.retired_tables), 513, "retired by plan");
	machine_stop(&m);
}

int test_main(void)
{
	static const struct split_case none = { .machine = { .name = "4k" } };
	struct case_life *lives =
		calloc((split_case_count + 1) * LM_WAYS, sizeof(*lives));
	struct test_list list = { 0 };
	int failed;

	if (!lives)
		abort();
	for (size_t n = 0; n < (split_case_count + 1) * LM_WAYS; n++) {
		struct case_life *life = &lives[n];
		bool is_case = n / LM_WAYS < split_case_count;
		char name[64];

		*life = (struct case_life){ is_case ? &split_cases[n / LM_WAYS] : &none,
					    (enum lm_way)(n % LM_WAYS) };
		if (life->way == LM_IN_PLACE)
			continue;
		snprintf(name, sizeof(name), "%s/%s", life->c->machine.name,
			 way_names[life->way]);
		if (is_case) {
			ADD_CASE(&list, what_was_split_is_as_large_as_before, name, life);
			continue;
		}
		ADD_CASE(&list, sixteen_tables_become_a_run_at_once, name, life);
		ADD_CASE(&list, what_tables_take_away_the_leaf_does_not_give, name, life);
		ADD_CASE(&list, a_change_below_a_table_that_would_go_is_found, name,
			 life);
		ADD_CASE(&list, what_may_change_at_any_time_is_not_collapsed, name, life);
		ADD_CASE(&list, all_that_goes_is_given_back_as_retired, name, life);
	}
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		ADD_CASE(&list, no_leaf_is_formed_beyond_what_is_wanted, limits[i].name,
			 &limits[i]);
	for (size_t i = 0; i < sizeof(obstacle_cases) / sizeof(obstacle_cases[0]); i++)
		ADD_CASE(&list, an_obstacle_is_named_with_its_address,
			 obstacle_cases[i].name, &obstacle_cases[i]);
	ADD(&list, no_leaf_is_formed_across_a_region);
	ADD(&list, a_table_without_memory_is_a_hole);
	ADD(&list, memory_that_no_block_can_begin_at_is_named);
	ADD(&list, what_has_an_obstacle_stays_and_the_rest_grows);
	ADD(&list, invalid_leaves_collapse_among_themselves);
	ADD(&list, tables_that_take_different_things_away_are_an_obstacle);
	ADD_LIVES(&list, a_deposit_is_enough_to_split_again, every_geometry);
	ADD_LIVES(&list, a_deposit_that_is_too_small_is_not_lost, every_geometry);
	ADD(&list, a_deposit_is_not_released_inside_a_window);
	failed = test_list_run(&list, "collapse");
	free(lives);
	return failed;
}
