// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The steps of an edit out of order, too late, at the wrong place, or short of memory. */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of a geometry's RAM to pages: every kind of update, and few of them. */
static void begin(const struct life *life, struct machine *m, struct lm_edit *edit)
{
	machine_start(m, &life->g->machine);
	lm_edit_to_pages(edit, &m->map, m->linear.range);
}

static void expect_pages(const struct life *life, const struct machine *m)
{
	expect_leaves(m, (struct leaf_count[]){
				 { life->g->page, false, geometry_pages(life->g) },
				 { 0 } });
}

/* Brings a new edit to a state. */
static void bring_to(struct machine *m, struct lm_edit *edit, enum lm_way way,
		     enum lm_edit_state state)
{
	if (state >= LM_EDIT_PLANNED)
		expect_ok(edit_plan(edit, way));
	if (state >= LM_EDIT_RESERVED)
		expect_ok(lm_edit_reserve(edit));
	if (state >= LM_EDIT_STAGED)
		expect_ok(lm_edit_stage(edit));
	if (state >= LM_EDIT_COMMITTED)
		expect_ok(machine_commit(m, edit));
	if (state >= LM_EDIT_RELEASED)
		expect_ok(lm_edit_release(edit));
}

static const enum lm_edit_state states[] = { LM_EDIT_NEW,	LM_EDIT_PLANNED,
					     LM_EDIT_RESERVED,	LM_EDIT_STAGED,
					     LM_EDIT_COMMITTED, LM_EDIT_RELEASED };

#define STATES (sizeof(states) / sizeof(states[0]))

/* The edit has been given up: the map and its tables are as they were. */
static void expect_given_up(struct machine *m, const struct snapshot *snapshot,
			    uint64_t tables)
{
	expect_unchanged(snapshot, m);
	expect_count(sim_tables_allocated(m->sim), tables, "tables allocated");
	expect_clean(m);
}

/* ------------------------------------------------------------------------ order */

static void a_step_out_of_order_is_refused_and_does_nothing(void **state)
{
	const struct life *life = *state;

	for (size_t i = 0; i < STATES; i++) {
		struct snapshot snapshot;
		struct lm_edit edit;
		struct machine m;
		uint64_t tables;

		begin(life, &m, &edit);
		bring_to(&m, &edit, life->way, states[i]);
		snapshot_take(&snapshot, &m);
		tables = sim_tables_allocated(m.sim);
		if (states[i] != LM_EDIT_NEW)
			expect_error(edit_plan(&edit, life->way), LM_ESTATE);
		if (states[i] != LM_EDIT_NEW)
			expect_error(edit_prepare(&edit, life->way), LM_ESTATE);
		if (states[i] != LM_EDIT_PLANNED)
			expect_error(lm_edit_reserve(&edit), LM_ESTATE);
		if (states[i] != LM_EDIT_RESERVED)
			expect_error(lm_edit_stage(&edit), LM_ESTATE);
		if (states[i] != LM_EDIT_STAGED)
			expect_error(machine_commit(&m, &edit), LM_ESTATE);
		expect_unchanged(&snapshot, &m);
		expect_count(sim_tables_allocated(m.sim), tables, "tables in state %d",
			     states[i]);
		expect_count(edit.state, states[i], "state");
		snapshot_free(&snapshot);

		/* It can still be finished. */
		if (states[i] < LM_EDIT_PLANNED)
			expect_ok(edit_plan(&edit, life->way));
		if (states[i] < LM_EDIT_RESERVED)
			expect_ok(lm_edit_reserve(&edit));
		if (states[i] < LM_EDIT_STAGED)
			expect_ok(lm_edit_stage(&edit));
		if (states[i] < LM_EDIT_COMMITTED)
			expect_ok(machine_commit(&m, &edit));
		expect_ok(lm_edit_release(&edit));
		expect_translations(&m);
		expect_clean(&m);
		machine_stop(&m);
	}
}

static void an_edit_that_is_given_up_leaves_nothing_behind(void **state)
{
	const struct life *life = *state;

	for (size_t i = 0; i < STATES && states[i] < LM_EDIT_COMMITTED; i++) {
		/* By abort and by release. */
		for (int by_release = 0; by_release < 2; by_release++) {
			struct snapshot snapshot;
			struct lm_edit edit;
			struct machine m;
			uint64_t tables;

			begin(life, &m, &edit);
			snapshot_take(&snapshot, &m);
			tables = sim_tables_allocated(m.sim);
			bring_to(&m, &edit, life->way, states[i]);
			expect_ok(by_release ? lm_edit_release(&edit) :
					       lm_edit_abort(&edit));
			expect_given_up(&m, &snapshot, tables);
			expect_count(lm_edit_tables_left(&edit), 0, "tables left");
			/* Once more is harmless. */
			expect_ok(lm_edit_release(&edit));
			expect_ok(lm_edit_release(&edit));
			expect_given_up(&m, &snapshot, tables);
			snapshot_free(&snapshot);
			machine_stop(&m);
		}
	}
}

struct memory_case {
	const char *name;
	enum lm_way way;
	uint64_t longest_run;
};

static void tables_below_tables_are_given_up_too(void **state)
{
	const struct memory_case *c = *state;
	/* 12M and 4K of a GiB: a table on level 2, below it 7 on level 3, some with runs. */
	const struct machine_config config = { .name = "deep",
					       .ram = { { 1 * GIB, 1 * GIB } } };
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ 1 * GIB + 26 * MIB,
							  12 * MIB + 4 * KIB }));
	snapshot_take(&snapshot, &m);
	tables = sim_tables_allocated(m.sim);
	bring_to(&m, &edit, c->way, LM_EDIT_STAGED);
	expect_count(edit.plan.new_tables[3], 1, "tables on level 2");
	expect_count(edit.plan.new_tables[4], 7, "tables on level 3");
	expect_ok(lm_edit_abort(&edit));
	expect_given_up(&m, &snapshot, tables);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void what_was_committed_is_not_given_up(void **state)
{
	const struct life *life = *state;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	begin(life, &m, &edit);
	tables = sim_tables_allocated(m.sim);
	bring_to(&m, &edit, life->way, LM_EDIT_COMMITTED);
	expect_error(lm_edit_abort(&edit), LM_ESTATE);
	expect_pages(life, &m);
	expect_ok(lm_edit_release(&edit));
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim), tables + life->g->blocks, "tables");
	expect_pages(life, &m);
	expect_clean(&m);
	machine_stop(&m);
}

static void the_plan_stays_for_reports(void **state)
{
	const struct life *life = *state;
	struct lm_edit edit;
	struct lm_plan plan;
	struct machine m;

	begin(life, &m, &edit);
	bring_to(&m, &edit, life->way, LM_EDIT_PLANNED);
	plan = edit.plan;
	expect_ok(lm_edit_reserve(&edit));
	expect_ok(lm_edit_stage(&edit));
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	assert_memory_equal(&edit.plan, &plan, sizeof(plan));
	machine_stop(&m);
}

/* ------------------------------------------------------------------------ staleness */

/* Ways to change the map through linmap. */
static void map_elsewhere(struct machine *m, const struct geometry *g)
{
	struct bank page = { geometry_page(g), g->page };

	expect_ok(lm_map_range(&m->map, machine_range(m, page), (lm_pa_t){ page.pa },
			       (lm_attrs_t){ m->config.attrs }));
}

static void add_region(struct machine *m, const struct geometry *g)
{
	static struct lm_region region;

	region = (struct lm_region){
		.range = machine_range(m, (struct bank){ geometry_run(g), g->run }),
	};
	expect_ok(lm_map_add_region(&m->map, &region));
}

static void edit_elsewhere(struct machine *m, const struct geometry *g)
{
	struct lm_edit other;

	lm_edit_to_pages(&other, &m->map,
			 machine_range(m, (struct bank){ geometry_run(g), g->page }));
	expect_ok(machine_edit(m, &other, LM_LIVE));
}

typedef void change_fn(struct machine *m, const struct geometry *g);
static change_fn *const changes[] = { map_elsewhere, add_region, edit_elsewhere };

static void a_stale_plan_is_refused_before_the_first_store(void **state)
{
	const struct life *life = *state;

	for (size_t change = 0; change < sizeof(changes) / sizeof(changes[0]); change++) {
		for (int s = LM_EDIT_PLANNED; s <= LM_EDIT_STAGED; s++) {
			struct snapshot snapshot;
			struct lm_census census;
			struct lm_edit edit;
			struct machine m;
			uint64_t tables, stores;

			if (s == LM_EDIT_STAGING)
				continue;
			begin(life, &m, &edit);
			bring_to(&m, &edit, life->way, (enum lm_edit_state)s);
			tables = sim_tables_allocated(m.sim);
			changes[change](&m, life->g);
			snapshot_take(&snapshot, &m);
			stores = sim_events(m.sim).stores;
			census = m.linear.census;
			if (s == LM_EDIT_PLANNED)
				expect_error(lm_edit_reserve(&edit), LM_ESTALE);
			if (s == LM_EDIT_RESERVED)
				expect_error(lm_edit_stage(&edit), LM_ESTALE);
			if (s == LM_EDIT_STAGED)
				expect_error(machine_commit(&m, &edit), LM_ESTALE);
			expect_count(sim_events(m.sim).stores, stores, "stores");
			expect_unchanged(&snapshot, &m);
			assert_memory_equal(&census, &m.linear.census, sizeof(census));
			expect_ok(lm_edit_release(&edit));
			expect_unchanged(&snapshot, &m);
			if (s == LM_EDIT_PLANNED)
				expect_count(sim_tables_allocated(m.sim), tables,
					     "tables");
			snapshot_free(&snapshot);
			machine_stop(&m);
		}
	}
}

static void of_two_edits_the_second_is_stale(void **state)
{
	const struct life *life = *state;
	struct lm_edit first, second;
	struct machine m;
	uint64_t tables;

	begin(life, &m, &first);
	tables = sim_tables_allocated(m.sim);
	lm_edit_to_pages(
		&second, &m.map,
		machine_range(&m, (struct bank){ geometry_run(life->g), life->g->run }));
	expect_ok(edit_prepare(&first, life->way));
	expect_ok(edit_prepare(&second, life->way));
	expect_ok(machine_commit(&m, &first));
	expect_error(machine_commit(&m, &second), LM_ESTALE);
	expect_count(m.in_stop.stores, 0, "stores");
	expect_ok(lm_edit_release(&second));
	expect_ok(lm_edit_release(&first));
	expect_translations(&m);
	expect_count(sim_tables_allocated(m.sim), tables + life->g->blocks, "tables");
	expect_clean(&m);
	machine_stop(&m);
}

/* What somebody else stores into a live table after staging, and where. */
struct poke_case {
	const char *name;
	uint64_t (*pa)(const struct geometry *g);
	int level;
	uint64_t toggle; /* bits of the descriptor */
	/* in place reads everything when it commits, so only the structure has to fit */
	bool structure;
};

static uint64_t first_block(const struct geometry *g)
{
	return geometry_ram(g).pa;
}

static uint64_t member_before_the_last_block(const struct geometry *g)
{
	return g->blocks > 1 ? geometry_block(g) - g->block : geometry_block(g);
}

static uint64_t fourth_page_of_the_run(const struct geometry *g)
{
	return geometry_run(g) + 3 * g->page;
}

static uint64_t last_page_of_the_run(const struct geometry *g)
{
	return geometry_page(g) - g->page;
}

/* No MMU reads it, so one member of a run may have it alone. */
#define SOFTWARE_BIT (UINT64_C(1) << 58)

static const struct poke_case pokes[] = {
	{ "first-block", first_block, 2, SOFTWARE_BIT, false },
	{ "last-member", member_before_the_last_block, 2, SOFTWARE_BIT, false },
	{ "block", geometry_block, 2, 0x80, false },
	{ "block-gone", geometry_block, 2, 0x1, true },
	{ "page-of-a-run", fourth_page_of_the_run, 3, SOFTWARE_BIT, false },
	{ "last-page-of-a-run", last_page_of_the_run, 3, SOFTWARE_BIT, false },
};

#define POKES (sizeof(pokes) / sizeof(pokes[0]))

struct poke_life {
	struct life life;
	const struct poke_case *poke;
};

static void
a_leaf_that_changed_after_staging_is_found_before_the_first_store(void **state)
{
	const struct poke_life *c = *state;
	const struct life *life = &c->life;
	const struct poke_case *poke = c->poke;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot, desc;
	lm_va_t va;

	begin(life, &m, &edit);
	bring_to(&m, &edit, life->way, LM_EDIT_STAGED);
	va = machine_va(&m, poke->pa(life->g));
	slot = machine_slot(&m, va.v, poke->level);
	desc = *slot;
	machine_poke(&m, slot, desc ^ poke->toggle);
	snapshot_take(&snapshot, &m);
	if (life->way == LM_IN_PLACE && !poke->structure) {
		expect_ok(machine_commit(&m, &edit));
		machine_stop(&m);
		snapshot_free(&snapshot);
		return;
	}
	expect_error(machine_commit(&m, &edit), LM_ESTALE);
	expect_count(m.in_stop.stores, 0, "stores");
	expect_unchanged(&snapshot, &m);
	if (life->way != LM_IN_PLACE && edit.where.v != va.v)
		fail_msg("expected the address 0x%" PRIx64 ", saw 0x%" PRIx64, va.v,
			 edit.where.v);
	snapshot_free(&snapshot);

	/* Once it is back the same edit can go on. */
	machine_poke(&m, slot, desc);
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_translations(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/*
 * A leaf beside the range matters only to a switch: it copied the
 * table, and what was written into the original since would be lost.
 */
struct neighbour_case {
	const char *name;
	uint64_t pa;
	int level;
};

static const struct neighbour_case neighbours[] = {
	{ "in-a-copied-table", 1 * GIB + 4 * MIB, 2 },
	{ "last-of-a-copied-table", 2 * GIB - 2 * MIB, 2 },
	{ "above-it", 3 * GIB, 1 },
	{ "in-the-root", 512 * GIB, 0 },
};

static void a_change_beside_the_range_is_not_lost(void **state)
{
	const struct neighbour_case *c = *state;

	/* Without the lock, which would promise that this cannot happen. */
	for (int way = 0; way < LM_ROLL; way++) {
		const struct machine_config config = { .ram = { { 1 * GIB, 2 * MIB } } };
		struct lm_edit edit;
		struct machine m;
		uint64_t *slot;
		int err;

		machine_start(&m, &config);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		bring_to(&m, &edit, (enum lm_way)way, LM_EDIT_STAGED);
		slot = machine_slot(&m, machine_va(&m, c->pa).v, c->level);
		/* Somebody's mark in an entry that maps nothing. */
		machine_poke(&m, slot, UINT64_C(0x0400000000000004));
		err = machine_commit(&m, &edit);
		/* The root is not copied for good: it may be compared or not. */
		if (way != LM_SWITCH || (c->level == 0 && !err)) {
			expect_ok(err);
		} else {
			expect_error(err, LM_ESTALE);
			if (edit.where.v != machine_va(&m, c->pa).v)
				fail_msg("expected the address 0x%" PRIx64
					 ", saw 0x%" PRIx64,
					 machine_va(&m, c->pa).v, edit.where.v);
		}
		expect_ok(lm_edit_release(&edit));
		slot = machine_slot(&m, machine_va(&m, c->pa).v, c->level);
		if (*slot != UINT64_C(0x0400000000000004))
			fail_msg("%s: the mark at 0x%" PRIx64 " is lost, saw 0x%" PRIx64,
				 way_names[way], c->pa, *slot);
		machine_stop(&m);
	}
}

/*
 * Until it is staged an edit knows nothing of single leaves, and others may change
 * them. What does not fit any more is the embedder's change, not
 * a bug in linmap.
 */
static void a_map_that_changed_before_staging_is_stale(void **state)
{
	const struct life *life = *state;
	/* A second block after the first, put there by other code. */
	const struct geometry *g = life->g;
	uint64_t first = geometry_ram(g).pa, second = first + g->block;
	struct machine_config config = g->machine;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;
	int err;

	config.ram[0].size = g->block;
	config.ram[1] = (struct bank){ first + 4 * g->block, g->page };
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	tables = sim_tables_allocated(m.sim);
	bring_to(&m, &edit, life->way, LM_EDIT_RESERVED);
	machine_poke(&m, machine_slot_of(&m, second, 2),
		     machine_leaf(&m, second, m.config.attrs, 2));
	snapshot_take(&snapshot, &m);
	err = lm_edit_stage(&edit);
	/* In place it can also be counted again when it commits. */
	if (!err)
		err = machine_commit(&m, &edit);
	expect_error(err, LM_ESTALE);
	expect_unchanged(&snapshot, &m);
	expect_ok(lm_edit_release(&edit));
	expect_unchanged(&snapshot, &m);
	expect_count(sim_tables_allocated(m.sim), tables, "tables");
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* No table is missing then, but the memory for a log of updates. */
static void a_run_that_came_before_staging_is_stale(void **state)
{
	const struct life *life = *state;
	const struct bank run = { geometry_run(life->g), life->g->run };
	struct machine_config config = life->g->machine;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	int err;

	config.flags = LM_NO_RUNS;
	config.ram[0] = run;
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	bring_to(&m, &edit, life->way, LM_EDIT_RESERVED);
	expect_count(edit.plan.bytes, 0, "bytes");
	for (uint64_t at = 0; at < run.size; at += life->g->page) {
		uint64_t *slot = machine_slot_of(&m, run.pa + at, 3);

		machine_poke(&m, slot, *slot | UINT64_C(1) << 52);
	}
	snapshot_take(&snapshot, &m);
	err = lm_edit_stage(&edit);
	if (!err)
		err = machine_commit(&m, &edit);
	expect_error(err, LM_ESTALE);
	expect_ok(lm_edit_release(&edit));
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* The other direction: less to do than was planned. */
static void tables_that_are_not_needed_any_more_go_back(void **state)
{
	const struct life *life = *state;
	struct machine_config config = life->g->machine;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;
	int err;

	config.ram[0].size = 2 * life->g->block;
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	tables = sim_tables_allocated(m.sim);
	bring_to(&m, &edit, life->way, LM_EDIT_RESERVED);
	machine_poke(&m, machine_slot_of(&m, config.ram[0].pa + life->g->block, 2), 0);
	err = lm_edit_stage(&edit);
	if (!err)
		err = machine_commit(&m, &edit);
	/* Refused or not, the tables are right. */
	if (err)
		expect_error(err, LM_ESTALE);
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim), tables + (err ? 0 : 1), "tables");
	machine_stop(&m);
}

/* ------------------------------------------------------------------------- windows */

static void what_may_allocate_or_take_long_is_refused_inside_a_window(void **state)
{
	const struct life *life = *state;

	for (size_t i = 0; i < STATES; i++) {
		struct lm_edit_snapshot {
			struct lm_edit edit;
		} before;
		struct snapshot snapshot;
		struct lm_window window;
		struct sim_events events;
		struct lm_edit edit;
		struct machine m;
		uint64_t tables;

		begin(life, &m, &edit);
		bring_to(&m, &edit, life->way, states[i]);
		tables = sim_tables_allocated(m.sim);
		snapshot_take(&snapshot, &m);
		sim_hold_others(m.sim);
		sim_stop_begin(m.sim);
		expect_ok(lm_window_open(&window, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
		events = sim_events(m.sim);
		before.edit = edit;
		if (states[i] == LM_EDIT_PLANNED)
			expect_error(lm_edit_reserve(&edit), LM_EWINDOW);
		if (states[i] == LM_EDIT_RESERVED)
			expect_error(lm_edit_stage(&edit), LM_EWINDOW);
		expect_error(lm_edit_release(&edit), LM_EWINDOW);
		if (!edit.committed)
			expect_error(lm_edit_abort(&edit), LM_EWINDOW);
		expect_error(machine_map(&m, (struct bank){ geometry_page(life->g),
							    life->g->page }),
			     LM_EWINDOW);
		expect_count(edit.state, before.edit.state, "state");
		expect_count(lm_edit_tables_left(&edit),
			     lm_edit_tables_left(&before.edit), "tables left");
		expect_count(sim_events(m.sim).allocations, events.allocations,
			     "allocations");
		expect_count(sim_events(m.sim).frees, events.frees, "frees");
		expect_count(sim_events(m.sim).stores, events.stores, "stores");
		lm_window_close(&window);
		sim_stop_end(m.sim);
		sim_let_go(m.sim);
		expect_unchanged(&snapshot, &m);
		expect_count(sim_tables_allocated(m.sim), tables, "tables");
		expect_ok(lm_edit_release(&edit));
		expect_clean(&m);
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

static void a_map_has_one_window_at_a_time(void **state)
{
	const struct life life = { &geometries[0], LM_LIVE };
	struct lm_window first, second;
	struct lm_edit edit;
	struct machine m;

	(void)state;
	begin(&life, &m, &edit);
	expect_ok(lm_window_open(&first, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
	expect_error(lm_window_open(&second, &m.map, &m.cpus, 0, LM_OTHERS_HELD),
		     LM_EWINDOW);
	assert_ptr_equal(m.map.window, &first);
	lm_window_close(&first);
	expect_ok(lm_window_open(&second, &m.map, &m.cpus, 0, LM_NONE_HELD));
	lm_window_close(&second);
	expect_error(lm_window_open(&first, &m.map, &m.cpus, CPUS, LM_OTHERS_HELD),
		     LM_ECPU);
	assert_null(m.map.window);
	machine_stop(&m);
}

static void a_window_of_another_map_or_a_closed_one_is_no_key(void **state)
{
	const struct life *life = *state;
	struct lm_window mine, other;
	struct machine m, elsewhere;
	struct snapshot snapshot;
	struct lm_edit edit;

	begin(life, &m, &edit);
	machine_start(&elsewhere, &life->g->machine);
	bring_to(&m, &edit, life->way, LM_EDIT_STAGED);
	snapshot_take(&snapshot, &m);

	expect_ok(lm_window_open(&mine, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
	lm_window_close(&mine);
	expect_error(lm_edit_commit(&mine, &edit), LM_EWINDOW);

	expect_ok(lm_window_open(&other, &elsewhere.map, &m.cpus, 0, LM_OTHERS_HELD));
	expect_error(lm_edit_commit(&other, &edit), LM_EWINDOW);
	expect_ok(lm_window_open(&mine, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
	expect_error(lm_edit_commit(&other, &edit), LM_EWINDOW);
	lm_window_close(&other);
	lm_window_close(&mine);

	expect_unchanged(&snapshot, &m);
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	snapshot_free(&snapshot);
	machine_stop(&elsewhere);
	machine_stop(&m);
}

static void no_window_is_no_key(void **state)
{
	const struct life *life = *state;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;

	begin(life, &m, &edit);
	bring_to(&m, &edit, life->way, LM_EDIT_STAGED);
	snapshot_take(&snapshot, &m);
	assert_null(m.map.window);
	expect_error(lm_edit_commit(NULL, &edit), LM_EWINDOW);
	expect_unchanged(&snapshot, &m);
	expect_ok(lm_edit_release(&edit));
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* ------------------------------------------------------------------ who is walking */

struct walker_case {
	const char *name;
	uint8_t levels[CPUS];
	unsigned int leader;
	enum lm_hold hold;
	/* by way: who stands in the way, or -1 */
	int size;  /* in place, live */
	int alone; /* break, switch */
	int moves; /* roll: one that is held does not */
};

static const struct walker_case walkers[] = {
	{ "weak-others-held", { 3, 0, 0 }, 0, LM_OTHERS_HELD, -1, -1, 1 },
	{ "weak-others-go-on", { 3, 0, 3 }, 0, LM_NONE_HELD, 1, 1, -1 },
	{ "last-one-weak", { 3, 3, 0 }, 0, LM_NONE_HELD, 2, 1, -1 },
	{ "level-2-is-weak", { 3, 3, 2 }, 0, LM_NONE_HELD, 2, 1, -1 },
	{ "level-1-is-weak", { 3, 1, 3 }, 0, LM_NONE_HELD, 1, 1, -1 },
	{ "weak-leader", { 2, 3, 3 }, 0, LM_OTHERS_HELD, 0, -1, 1 },
	{ "weak-leader-elsewhere", { 3, 3, 0 }, 2, LM_OTHERS_HELD, 2, -1, 0 },
	{ "strong-leader-elsewhere", { 0, 0, 3 }, 2, LM_OTHERS_HELD, -1, -1, 0 },
	{ "all-strong", { 3, 3, 3 }, 1, LM_NONE_HELD, -1, 0, -1 },
	{ "all-weak-none-held", { 0, 0, 0 }, 1, LM_NONE_HELD, 0, 0, -1 },
};

static void a_cpu_that_does_not_tolerate_it_is_named_and_nothing_changes(void **state)
{
	const struct walker_case *c = *state;

	for (int way = 0; way < LM_WAYS; way++) {
		const struct life life = { &geometries[0], (enum lm_way)way };
		int culprit = way == LM_ROLL			   ? c->moves :
			      way == LM_IN_PLACE || way == LM_LIVE ? c->size :
								     c->alone;
		struct snapshot snapshot;
		struct lm_window window;
		struct lm_edit edit;
		struct machine m;

		begin(&life, &m, &edit);
		bring_to(&m, &edit, (enum lm_way)way, LM_EDIT_STAGED);
		for (unsigned int i = 0; i < CPUS; i++)
			m.cpu[i].bbm_level = c->levels[i];
		snapshot_take(&snapshot, &m);
		edit.culprit = 77;
		expect_ok(lm_window_open(&window, &m.map, &m.cpus, c->leader, c->hold));
		expect_error(lm_edit_commit(&window, &edit),
			     culprit < 0 ? 0 : LM_EUNSAFE);
		lm_window_close(&window);
		if (culprit >= 0) {
			expect_count(edit.culprit, (uint64_t)culprit, "%s, %s: culprit",
				     c->name, way_names[way]);
			expect_unchanged(&snapshot, &m);
			expect_count(edit.state, LM_EDIT_STAGED, "state");
			/* Held, it can be done after all. */
			m.cpu[0].bbm_level = 3;
			expect_ok(machine_commit(&m, &edit));
		}
		expect_ok(lm_edit_release(&edit));
		expect_translations(&m);
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

/* -------------------------------------------------------------- what a commit may not do */

static void committing_does_not_allocate_or_free(void **state)
{
	const struct life *life = *state;
	struct sim_events before, after;
	struct lm_edit edit;
	struct machine m;

	begin(life, &m, &edit);
	bring_to(&m, &edit, life->way, LM_EDIT_STAGED);
	before = sim_events(m.sim);
	expect_ok(machine_commit(&m, &edit));
	after = sim_events(m.sim);
	expect_count(after.allocations, before.allocations, "allocations");
	expect_count(after.tables_allocated, before.tables_allocated, "tables allocated");
	expect_count(after.frees, before.frees, "frees");
	expect_count(after.tables_freed, before.tables_freed, "tables freed");
	expect_ok(lm_edit_release(&edit));
	expect_clean(&m);
	machine_stop(&m);
}

static void only_reserving_allocates(void **state)
{
	const struct life *life = *state;
	struct lm_edit edit;
	struct machine m;
	uint64_t before;

	begin(life, &m, &edit);
	before = sim_events(m.sim).allocations;
	expect_ok(edit_plan(&edit, life->way));
	expect_count(sim_events(m.sim).allocations, before, "allocations by the plan");
	expect_ok(lm_edit_reserve(&edit));
	expect_count(sim_events(m.sim).allocations > before, edit.plan.bytes > 0,
		     "allocations by the reserve");
	before = sim_events(m.sim).allocations;
	expect_ok(lm_edit_stage(&edit));
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_events(m.sim).allocations, before,
		     "allocations after the reserve");
	machine_stop(&m);
}

/* --------------------------------------------------------------------- short of memory */

/* 1G and what small has: tables on levels 2 and 3, a log. */
static struct machine_config memory_config(const struct memory_case *c)
{
	return (struct machine_config){
		.name = c->name,
		.longest_run = c->longest_run,
		.ram = { { 1 * GIB, 1 * MIB },
			 { 2 * GIB, 34 * MIB + 68 * KIB },
			 { 3 * GIB, 1 * GIB } },
	};
}

/* The edit's goal: a part of the GiB, the run and the block. */
static void memory_edit(struct machine *m, struct lm_edit *edit)
{
	lm_edit_to_pages(edit, &m->map,
			 machine_range(m, (struct bank){ 1 * GIB, 2 * GIB + 32 * MIB }));
}

static uint64_t calls_of_reserve(const struct memory_case *c)
{
	struct machine_config config = memory_config(c);
	struct lm_edit edit;
	struct machine m;
	uint64_t before;

	machine_start(&m, &config);
	memory_edit(&m, &edit);
	expect_ok(edit_plan(&edit, c->way));
	before = sim_events(m.sim).allocations;
	expect_ok(lm_edit_reserve(&edit));
	before = sim_events(m.sim).allocations - before;
	/*
	 * New tables: 1 on level 2; 16 + 1 for the run and the block and 16 for 32M of
	 * the GiB on level 3, 34 in all. With one table for each call there is one call
	 * for each table or granule of the log.
	 */
	if (c->longest_run == 1)
		expect_count(before, edit.plan.bytes / (4 * KIB), "calls");
	expect_count(edit.plan.new_tables[3] + edit.plan.new_tables[4], 34, "new tables");
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
	return before;
}

static void a_reserve_that_cannot_be_filled_gives_everything_back(void **state)
{
	const struct memory_case *c = *state;
	struct machine_config config = memory_config(c);
	uint64_t calls = calls_of_reserve(c);

	for (uint64_t nth = 1; nth <= calls; nth++) {
		struct snapshot snapshot;
		struct lm_edit edit;
		struct lm_plan plan;
		struct machine m;
		uint64_t tables;

		machine_start(&m, &config);
		memory_edit(&m, &edit);
		expect_ok(edit_plan(&edit, c->way));
		plan = edit.plan;
		tables = sim_tables_allocated(m.sim);
		snapshot_take(&snapshot, &m);
		sim_fail_alloc(m.sim, nth);
		expect_error(lm_edit_reserve(&edit), LM_ENOMEM);
		expect_count(sim_tables_allocated(m.sim), tables,
			     "tables after call %" PRIu64 " failed", nth);
		expect_count(lm_edit_tables_left(&edit), 0, "tables left");
		expect_count(edit.state, LM_EDIT_PLANNED, "state");
		assert_memory_equal(&edit.plan, &plan, sizeof(plan));
		expect_unchanged(&snapshot, &m);

		/* Odd: given up. Even: tried again. */
		if (nth % 2 == 0) {
			expect_ok(lm_edit_reserve(&edit));
			expect_ok(lm_edit_stage(&edit));
			expect_ok(machine_commit(&m, &edit));
			expect_count(lm_edit_tables_left(&edit), 0, "tables left");
		}
		expect_ok(lm_edit_release(&edit));
		expect_count(sim_tables_allocated(m.sim), tables + (nth % 2 ? 0 : 34),
			     "tables in the end");
		expect_translations(&m);
		expect_clean(&m);
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

static void a_failed_prepare_can_be_released(void **state)
{
	const struct memory_case *c = *state;
	struct machine_config config = memory_config(c);
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	machine_start(&m, &config);
	memory_edit(&m, &edit);
	tables = sim_tables_allocated(m.sim);
	sim_fail_alloc(m.sim, 2);
	expect_error(edit_prepare(&edit, c->way), LM_ENOMEM);
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim), tables, "tables");
	expect_clean(&m);
	machine_stop(&m);
}

/* A static pool that has just what the plan said, and not one table less. */
static void a_pool_of_the_planned_size_is_enough(void **state)
{
	const struct memory_case *c = *state;
	struct machine_config config = memory_config(c);
	struct lm_edit edit;
	struct machine m;
	uint64_t granules, used = 0;
	uint64_t pa;

	machine_start(&m, &config);
	memory_edit(&m, &edit);
	expect_ok(edit_plan(&edit, c->way));
	granules = edit.plan.bytes / (4 * KIB);
	/* Use up all but so many. */
	while (sim_tables_allocated(m.sim) + granules < 1 << 15) {
		assert_int_equal(sim_alloc(m.sim, 3, 1, &pa), 1);
		used++;
	}
	assert_true(used > 0);
	/* One less is not enough. */
	assert_int_equal(sim_alloc(m.sim, 3, 1, &pa), 1);
	expect_error(lm_edit_reserve(&edit), LM_ENOMEM);
	sim_release(m.sim, 3, pa, 1);
	expect_ok(lm_edit_reserve(&edit));
	expect_error(sim_alloc(m.sim, 3, 1, &pa) ? 1 : 0, 0);
	expect_ok(lm_edit_stage(&edit));
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_translations(&m);
	machine_stop(&m);
}

/* ------------------------------------------------------------------------- the list */

static void add_lives(struct test_list *list)
{
	ADD_LIVES(list, a_step_out_of_order_is_refused_and_does_nothing, every_geometry);
	ADD_LIVES(list, an_edit_that_is_given_up_leaves_nothing_behind, every_geometry);
	ADD_LIVES(list, what_was_committed_is_not_given_up, every_geometry);
	ADD_LIVES(list, the_plan_stays_for_reports, every_geometry);
	ADD_LIVES(list, a_stale_plan_is_refused_before_the_first_store, every_geometry);
	ADD_LIVES(list, of_two_edits_the_second_is_stale, every_geometry);
	ADD_LIVES(list, a_map_that_changed_before_staging_is_stale, geometry_has_blocks);
	ADD_LIVES(list, a_run_that_came_before_staging_is_stale, every_geometry);
	ADD_LIVES(list, tables_that_are_not_needed_any_more_go_back, geometry_has_blocks);
	ADD_LIVES(list, what_may_allocate_or_take_long_is_refused_inside_a_window,
		  every_geometry);
	ADD_LIVES(list, a_window_of_another_map_or_a_closed_one_is_no_key,
		  every_geometry);
	ADD_LIVES(list, no_window_is_no_key, every_geometry);
	ADD_LIVES(list, committing_does_not_allocate_or_free, every_geometry);
	ADD_LIVES(list, only_reserving_allocates, every_geometry);
}

/* Each poke, in each geometry that has such a leaf, by each way. */
static struct poke_life *add_pokes(struct test_list *list)
{
	struct poke_life *lives =
		calloc(POKES * geometry_count * LM_WAYS, sizeof(*lives));
	struct poke_life *life = lives;

	if (!lives)
		abort();
	for (size_t n = 0; n < POKES * geometry_count * LM_WAYS; n++, life++) {
		char name[100];

		life->poke = &pokes[n / LM_WAYS / geometry_count];
		life->life.g = &geometries[n / LM_WAYS % geometry_count];
		life->life.way = (enum lm_way)(n % LM_WAYS);
		/* A roll needs the promise that nobody does that. */
		if (life->life.way == LM_ROLL ||
		    (life->poke->level == 2 && !life->life.g->blocks))
			continue;
		snprintf(name, sizeof(name), "%s/%s/%s", life->poke->name,
			 life->life.g->machine.name, way_names[life->life.way]);
		ADD_CASE(
			list,
			a_leaf_that_changed_after_staging_is_found_before_the_first_store,
			name, life);
	}
	return lives;
}

static void add_memory(struct test_list *list, const struct memory_case *c)
{
	ADD_CASE(list, a_reserve_that_cannot_be_filled_gives_everything_back, c->name, c);
	ADD_CASE(list, a_failed_prepare_can_be_released, c->name, c);
	ADD_CASE(list, a_pool_of_the_planned_size_is_enough, c->name, c);
}

int test_main(void)
{
	static const uint64_t longest[] = { 0, 1, 3 };
	struct memory_case memory[LM_WAYS * 3];
	struct test_list list = { 0 };
	struct poke_life *poke_lives;
	int failed;

	add_lives(&list);
	poke_lives = add_pokes(&list);
	for (size_t n = 0; n < sizeof(memory) / sizeof(memory[0]); n++) {
		enum lm_way way = (enum lm_way)(n / 3);

		memory[n] = (struct memory_case){ way_names[way], way, longest[n % 3] };
		add_memory(&list, &memory[n]);
	}
	for (size_t way = 0; way < LM_WAYS; way++)
		ADD_CASE(&list, tables_below_tables_are_given_up_too, way_names[way],
			 &memory[way * 3]);
	ADD(&list, a_map_has_one_window_at_a_time);
	for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++)
		ADD_CASE(&list, a_change_beside_the_range_is_not_lost, neighbours[i].name,
			 &neighbours[i]);
	for (size_t i = 0; i < sizeof(walkers) / sizeof(walkers[0]); i++)
		ADD_CASE(&list,
			 a_cpu_that_does_not_tolerate_it_is_named_and_nothing_changes,
			 walkers[i].name, &walkers[i]);
	failed = test_list_run(&list, "states");
	free(poke_lives);
	return failed;
}
