// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every goal but "to pages" in each geometry and by each way: what has to be there
 * afterwards, and that nothing is lost wherever it ends before. What single goals
 * promise besides is in files of their own.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum goal { BOUNDARIES, PROTECT, NON_GLOBAL, COLLAPSE };

/* Where in a geometry's RAM a goal is. */
typedef struct bank where_fn(const struct geometry *g);

/**
 * struct scenario - a goal, and where
 * @set, @clear: what is protected; for NON_GLOBAL what it comes to
 * @ways: that can commit it, a bit each
 * @flags: of the region
 * @pages_first: all is made pages before, to be collapsed
 */
struct scenario {
	const char *name;
	enum goal goal;
	where_fn *where;
	geometry_fn *is_for;
	uint64_t set, clear;
	unsigned int ways;
	unsigned int flags;
	bool pages_first;
};

/* A scenario in a geometry by a way. */
struct trial {
	const struct scenario *s;
	const struct geometry *g;
	enum lm_way way;
	struct machine m;
	struct lm_edit edit;
	struct leaves before, after;
};

/* ------------------------------------------------------------------- scenarios */

static struct bank all_of_it(const struct geometry *g)
{
	return geometry_ram(g);
}

/* From the second page on to the middle of the run. */
static struct bank not_quite_all(const struct geometry *g)
{
	struct bank ram = geometry_ram(g);

	return (struct bank){ ram.pa + g->page, ram.size - 3 * g->page };
}

/* One page in the middle of the run of pages. */
static struct bank one_page(const struct geometry *g)
{
	return (struct bank){ geometry_run(g) + g->page, g->page };
}

/* Two runs inside the last block: both ends are between runs. */
static struct bank inside_a_block(const struct geometry *g)
{
	return (struct bank){ geometry_block(g) + g->run, 2 * g->run };
}

/* The run of pages, which need not be split. */
static struct bank the_run(const struct geometry *g)
{
	return (struct bank){ geometry_run(g), g->run };
}

static bool has_two_ranges(const struct geometry *g)
{
	return g->machine.regime == LM_EL1_0 || g->machine.regime == LM_EL2_0;
}

#define EVERY_WAY    (1 << LM_IN_PLACE | 1 << LM_LIVE | 1 << LM_BREAK | 1 << LM_SWITCH)
#define NOT_IN_PLACE (1 << LM_LIVE | 1 << LM_BREAK | 1 << LM_SWITCH)
#define NOBODY_WALKS (1 << LM_BREAK | 1 << LM_SWITCH)

#define READ_ONLY    UINT64_C(0x80)
#define MEMORY_INDEX UINT64_C(0x14)
#define NOT_GLOBAL   UINT64_C(0x800)
#define SOFTWARE     UINT64_C(0x0100000000000000)
#define UXN	     UINT64_C(0x0040000000000000)

static const struct scenario scenarios[] = {
	{ .name = "boundaries-all",
	  .goal = BOUNDARIES,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .ways = EVERY_WAY },
	{ .name = "boundaries-page",
	  .goal = BOUNDARIES,
	  .where = one_page,
	  .is_for = every_geometry,
	  .ways = EVERY_WAY },
	{ .name = "boundaries-block",
	  .goal = BOUNDARIES,
	  .where = inside_a_block,
	  .is_for = geometry_has_blocks,
	  .ways = EVERY_WAY },
	{ .name = "protect-all",
	  .goal = PROTECT,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .set = READ_ONLY | SOFTWARE,
	  .clear = UXN,
	  .ways = EVERY_WAY },
	{ .name = "protect-page",
	  .goal = PROTECT,
	  .where = one_page,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY },
	{ .name = "protect-block",
	  .goal = PROTECT,
	  .where = inside_a_block,
	  .is_for = geometry_has_blocks,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY },
	{ .name = "protect-run",
	  .goal = PROTECT,
	  .where = the_run,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY },
	{ .name = "protect-no-runs",
	  .goal = PROTECT,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY,
	  .flags = LM_NO_RUNS },
	{ .name = "memory-type",
	  .goal = PROTECT,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .set = MEMORY_INDEX,
	  .ways = NOBODY_WALKS },
	{ .name = "non-global",
	  .goal = NON_GLOBAL,
	  .where = all_of_it,
	  .is_for = has_two_ranges,
	  .set = NOT_GLOBAL,
	  .ways = NOBODY_WALKS },
	{ .name = "collapse-all",
	  .goal = COLLAPSE,
	  .where = all_of_it,
	  .is_for = every_geometry,
	  .ways = NOT_IN_PLACE,
	  .pages_first = true },
	{ .name = "collapse-no-runs",
	  .goal = COLLAPSE,
	  .where = all_of_it,
	  .is_for = geometry_has_blocks,
	  .ways = NOT_IN_PLACE,
	  .flags = LM_NO_RUNS,
	  .pages_first = true },
	{ .name = "collapse-part",
	  .goal = COLLAPSE,
	  .where = inside_a_block,
	  .is_for = geometry_has_blocks,
	  .ways = NOT_IN_PLACE,
	  .pages_first = true },
};

/* ---------------------------------------------------------------------- trials */

static void make_pages(struct trial *t)
{
	lm_edit_to_pages(&t->edit, &t->m.map, t->m.linear.range);
	expect_ok(lm_edit_prepare(&t->edit, LM_LIVE));
	expect_ok(machine_commit(&t->m, &t->edit));
	expect_ok(lm_edit_release(&t->edit));
}

static struct stretch range_of(const struct trial *t)
{
	struct lm_range range = machine_range(&t->m, t->s->where(t->g));

	return (struct stretch){ range.start.v, range.size };
}

static void expect_after(struct trial *t)
{
	struct stretch range = range_of(t);

	leaves_copy(&t->after, &t->before);
	switch (t->s->goal) {
	case BOUNDARIES:
		leaves_to_boundaries(&t->after, &t->m, range, NULL, 0);
		break;
	case PROTECT:
	case NON_GLOBAL:
		leaves_protect(&t->after, &t->m, range, NULL, 0, t->s->set, t->s->clear);
		break;
	case COLLAPSE:
		leaves_collapse(&t->after, &t->m, range, NULL, 0);
		break;
	}
}

static void begin_edit(struct trial *t)
{
	struct lm_range range = machine_range(&t->m, t->s->where(t->g));
	struct lm_map *map = &t->m.map;

	switch (t->s->goal) {
	case BOUNDARIES:
		lm_edit_to_boundaries(&t->edit, map, range);
		break;
	case PROTECT:
		lm_edit_protect(&t->edit, map, range,
				lm_change_attrs((lm_attrs_t){ t->s->set },
						(lm_attrs_t){ t->s->clear }));
		break;
	case NON_GLOBAL:
		lm_edit_non_global(&t->edit, map);
		break;
	case COLLAPSE:
		lm_edit_collapse(&t->edit, map, range);
		break;
	}
}

static void begin(struct trial *t, uint64_t longest_run)
{
	struct machine_config config = t->g->machine;

	config.flags = t->s->flags;
	config.longest_run = longest_run;
	/* Where EL0 is unknown, AP[1] is RES1. */
	config.attrs = machine_plain_attrs(&config);
	if (!has_two_ranges(t->g))
		config.attrs |= UINT64_C(0x40);
	machine_start(&t->m, &config);
	leaves_of_mappings(&t->before, &t->m);
	if (t->s->pages_first) {
		make_pages(t);
		leaves_to_pages(&t->before, &t->m,
				(struct stretch){ t->m.linear.range.start.v,
						  t->m.linear.range.size },
				NULL, 0);
	}
	expect_after(t);
	begin_edit(t);
}

static void end(struct trial *t)
{
	leaves_free(&t->before);
	leaves_free(&t->after);
	machine_stop(&t->m);
}

static uint64_t sum(const uint64_t *levels)
{
	uint64_t all = 0;

	for (int level = 0; level < LM_LEVELS; level++)
		all += levels[level];
	return all;
}

/* ------------------------------------------------------------------- properties */

static void an_edit_does_what_the_reference_does(void **state)
{
	struct trial *t = *state;
	const char *name = t->g->machine.name;
	struct snapshot snapshot;
	uint64_t tables;

	begin(t, 0);
	tables = sim_tables_allocated(t->m.sim);
	snapshot_take(&snapshot, &t->m);
	expect_ok(lm_edit_plan(&t->edit, t->way));
	expect_ok(lm_edit_reserve(&t->edit));
	expect_count(sim_tables_allocated(t->m.sim) - tables,
		     t->edit.plan.bytes / machine_granule(&t->m), "%s: tables reserved",
		     name);
	expect_ok(lm_edit_stage(&t->edit));
	expect_unchanged(&snapshot, &t->m);
	snapshot_free(&snapshot);

	expect_ok(machine_commit(&t->m, &t->edit));
	expect_count(lm_edit_tables_left(&t->edit), 0, "%s: tables left", name);
	expect_count(t->m.in_stop.allocations + t->m.in_stop.frees, 0,
		     "%s: allocations in the stop", name);
	if (t->way == LM_SWITCH)
		expect_count(t->m.in_stop.stores, t->edit.plan.publishes,
			     "%s: stores in the stop", name);
	expect_ok(lm_edit_release(&t->edit));
	expect_count(sim_tables_allocated(t->m.sim),
		     tables + sum(t->edit.plan.new_tables) -
			     sum(t->edit.plan.retired_tables),
		     "%s: tables", name);
	expect_these_leaves(&t->m, &t->after);
	expect_census(&t->m);
	expect_well_formed(&t->m);
	expect_no_mixed_run(&t->m, false);
	expect_clean(&t->m);
	end(t);
}

static void what_was_done_needs_not_be_done_again(void **state)
{
	struct trial *t = *state;
	int err;

	begin(t, 0);
	expect_ok(lm_edit_prepare(&t->edit, t->way));
	expect_ok(machine_commit(&t->m, &t->edit));
	expect_ok(lm_edit_release(&t->edit));
	begin_edit(t);
	err = lm_edit_prepare(&t->edit, t->way);
	expect_count(t->edit.plan.bytes, 0, "%s: bytes", t->g->machine.name);
	expect_count(t->edit.plan.leaves, 0, "%s: leaves", t->g->machine.name);
	/* There may be something that stands in the way of an even larger leaf. */
	if (t->s->goal == COLLAPSE && err == -LM_ENOLEAF)
		assert_true(t->edit.obstacle != LM_NO_OBSTACLE);
	else
		expect_ok(err);
	if (!err) {
		expect_ok(machine_commit(&t->m, &t->edit));
		expect_count(t->m.in_stop.stores, 0, "%s: stores", t->g->machine.name);
	}
	expect_ok(lm_edit_release(&t->edit));
	expect_these_leaves(&t->m, &t->after);
	expect_clean(&t->m);
	end(t);
}

static void without_memory_nothing_happens(void **state)
{
	struct trial *t = *state;
	bool enough = false;

	for (uint64_t nth = 1; !enough; nth++) {
		struct snapshot snapshot;
		uint64_t tables;
		int err;

		begin(t, 1);
		tables = sim_tables_allocated(t->m.sim);
		snapshot_take(&snapshot, &t->m);
		expect_ok(lm_edit_plan(&t->edit, t->way));
		sim_fail_alloc(t->m.sim, nth);
		err = lm_edit_reserve(&t->edit);
		sim_fail_alloc(t->m.sim, 0);
		enough = !err;
		if (err)
			expect_error(err, LM_ENOMEM);
		else
			expect_count(nth - 1, t->edit.plan.bytes / machine_granule(&t->m),
				     "%s: allocations", t->g->machine.name);
		/* After a failure it can be tried again. */
		if (err)
			expect_ok(lm_edit_reserve(&t->edit));
		expect_ok(lm_edit_abort(&t->edit));
		expect_unchanged(&snapshot, &t->m);
		expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
			     t->g->machine.name);
		snapshot_free(&snapshot);
		end(t);
	}
}

/* Does @steps of plan, reserve and stage. */
static void go_to(struct trial *t, int steps)
{
	if (steps > 0)
		expect_ok(lm_edit_plan(&t->edit, t->way));
	if (steps > 1)
		expect_ok(lm_edit_reserve(&t->edit));
	if (steps > 2)
		expect_ok(lm_edit_stage(&t->edit));
}

static void what_is_given_up_leaves_nothing_behind(void **state)
{
	struct trial *t = *state;

	for (int steps = 0; steps <= 3; steps++) {
		struct snapshot snapshot;
		uint64_t tables;

		begin(t, 0);
		tables = sim_tables_allocated(t->m.sim);
		snapshot_take(&snapshot, &t->m);
		go_to(t, steps);
		expect_ok(lm_edit_abort(&t->edit));
		expect_unchanged(&snapshot, &t->m);
		expect_census(&t->m);
		expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
			     t->g->machine.name);
		expect_clean(&t->m);
		snapshot_free(&snapshot);
		end(t);
	}
}

static void a_plan_of_another_time_is_stale(void **state)
{
	struct trial *t = *state;

	for (int steps = 1; steps <= 3; steps++) {
		struct snapshot snapshot;
		uint64_t tables;

		begin(t, 0);
		tables = sim_tables_allocated(t->m.sim);
		snapshot_take(&snapshot, &t->m);
		go_to(t, steps);
		expect_ok(lm_region_recount(&t->m.map, &t->m.linear));
		if (steps == 1)
			expect_error(lm_edit_reserve(&t->edit), LM_ESTALE);
		if (steps == 2)
			expect_error(lm_edit_stage(&t->edit), LM_ESTALE);
		if (steps == 3)
			expect_error(machine_commit(&t->m, &t->edit), LM_ESTALE);
		expect_ok(lm_edit_release(&t->edit));
		expect_unchanged(&snapshot, &t->m);
		expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
			     t->g->machine.name);
		snapshot_free(&snapshot);
		end(t);
	}
}

/* What maps the first page of the goal. */
static const struct leaf *first_leaf(const struct trial *t)
{
	const struct leaf *leaf = t->before.leaf;

	while (range_of(t).va - leaf->va >= leaf->size)
		leaf++;
	return leaf;
}

/* What is not staged cannot be stale: it is read when it is changed. */
static bool is_compared(const struct trial *t)
{
	const struct leaf *leaf = first_leaf(t);
	struct stretch range = range_of(t);
	bool is_split = leaf->va < range.va || leaf->size > range.size;

	return t->way != LM_IN_PLACE &&
	       (t->way != LM_LIVE || t->s->goal != PROTECT || is_split);
}

static void a_leaf_that_changed_after_staging_is_not_lost(void **state)
{
	struct trial *t = *state;
	struct snapshot snapshot;
	uint64_t *entry;

	begin(t, 0);
	expect_ok(lm_edit_prepare(&t->edit, t->way));
	entry = machine_slot(&t->m, range_of(t).va, first_leaf(t)->level);
	machine_poke(&t->m, entry, *entry ^ UINT64_C(0x0200000000000000));
	snapshot_take(&snapshot, &t->m);
	if (is_compared(t)) {
		expect_error(machine_commit(&t->m, &t->edit), LM_ESTALE);
		expect_unchanged(&snapshot, &t->m);
	} else {
		expect_ok(machine_commit(&t->m, &t->edit));
		assert_true(*machine_slot(&t->m, range_of(t).va, 3) >> 57 & 1);
	}
	expect_ok(lm_edit_release(&t->edit));
	expect_clean(&t->m);
	snapshot_free(&snapshot);
	end(t);
}

static void a_way_that_cannot_is_refused_and_nothing_happens(void **state)
{
	struct trial *t = *state;
	struct snapshot snapshot;
	uint64_t tables;
	int err;

	begin(t, 0);
	tables = sim_tables_allocated(t->m.sim);
	snapshot_take(&snapshot, &t->m);
	err = lm_edit_prepare(&t->edit, t->way);
	if (t->s->goal != PROTECT) {
		expect_error(err, LM_EWAY);
	} else {
		expect_ok(err);
		expect_error(machine_commit(&t->m, &t->edit), LM_EUNSAFE);
	}
	expect_ok(lm_edit_release(&t->edit));
	expect_unchanged(&snapshot, &t->m);
	expect_count(sim_tables_allocated(t->m.sim), tables, "%s: tables",
		     t->g->machine.name);
	expect_clean(&t->m);
	snapshot_free(&snapshot);
	end(t);
}

/* ------------------------------------------------------------------------ stops */

#define LOOKS 200

struct looking {
	struct trial *t;
	uint64_t stores;
};

static void look_at(const struct looking *l, const struct leaf *before,
		    const struct leaf *after, uint64_t root)
{
	const struct trial *t = l->t;
	struct sim_translation seen = sim_walk(t->m.sim, root, after->va);
	uint64_t attrs = machine_attrs(&t->m, seen.descriptor);
	uint64_t pa = before->pa + (after->va - before->va);

	/* What is broken is nowhere until it is made. */
	if (!seen.valid && t->way == LM_BREAK)
		return;
	if (!seen.valid || seen.pa != pa ||
	    (attrs != before->attrs && attrs != after->attrs))
		fail_msg("%s, before store %" PRIu64 ": 0x%" PRIx64
			 ": expected output 0x%" PRIx64 ", saw descriptor 0x%016" PRIx64
			 " on level %d",
			 t->g->machine.name, l->stores, after->va, pa, seen.descriptor,
			 seen.level);
}

/* So many leaves of those that there are then or now, whichever are smaller. */
static void look(const struct looking *l)
{
	const struct trial *t = l->t;
	bool grow = t->s->goal == COLLAPSE;
	const struct leaves *many = grow ? &t->before : &t->after;
	const struct leaves *few = grow ? &t->after : &t->before;
	size_t step = many->count / LOOKS + 1;
	size_t large = 0;

	for (size_t i = 0; i < many->count; i += step) {
		const struct leaf *leaf = &many->leaf[i];
		struct leaf of_it;

		while (leaf->va - few->leaf[large].va >= few->leaf[large].size)
			large++;
		/* The first page of the small one, of either. */
		of_it = few->leaf[large];
		of_it.pa += leaf->va - of_it.va;
		of_it.va = leaf->va;
		look_at(l, grow ? leaf : &of_it, grow ? &of_it : leaf, t->m.map.root.v);
		if (t->edit.clone.tables)
			look_at(l, grow ? leaf : &of_it, grow ? &of_it : leaf,
				t->edit.clone.first.v);
	}
	/*
	 * Nobody walks the root of a switch while it is stored to. Members of a run may
	 * be broken, or differ in permissions until the TLBI.
	 */
	if (t->way != LM_SWITCH)
		expect_no_mixed_run(&t->m, t->way == LM_BREAK || t->s->set);
}

static void before_store(void *ctx, uint64_t nth)
{
	struct looking *l = ctx;

	l->stores++;
	if (l->stores < LOOKS || l->stores % 64 == 0)
		look(l);
}

static void before_each_store_a_page_is_where_it_was(void **state)
{
	struct trial *t = *state;
	struct looking l = { .t = t };

	begin(t, 0);
	expect_ok(lm_edit_prepare(&t->edit, t->way));
	sim_on_store(t->m.sim, before_store, &l);
	expect_ok(machine_commit(&t->m, &t->edit));
	sim_on_store(t->m.sim, NULL, NULL);
	expect_count(l.stores, t->m.in_stop.stores, "stores that were looked at");
	expect_ok(lm_edit_release(&t->edit));
	end(t);
}

/* --------------------------------------------------------------------- the list */

static void add_trial(struct test_list *list, struct trial *t)
{
	char name[96];

	snprintf(name, sizeof(name), "%s/%s/%s", t->s->name, t->g->machine.name,
		 way_names[t->way]);
	if (!(t->s->ways & 1u << t->way)) {
		ADD_CASE(list, a_way_that_cannot_is_refused_and_nothing_happens, name, t);
		return;
	}
	ADD_CASE(list, an_edit_does_what_the_reference_does, name, t);
	ADD_CASE(list, what_was_done_needs_not_be_done_again, name, t);
	ADD_CASE(list, without_memory_nothing_happens, name, t);
	ADD_CASE(list, what_is_given_up_leaves_nothing_behind, name, t);
	ADD_CASE(list, a_plan_of_another_time_is_stale, name, t);
	ADD_CASE(list, a_leaf_that_changed_after_staging_is_not_lost, name, t);
	ADD_CASE(list, before_each_store_a_page_is_where_it_was, name, t);
}

int main(void)
{
	size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
	struct trial *trials =
		calloc(scenario_count * geometry_count * LM_WAYS, sizeof(*trials));
	struct test_list list = { 0 };
	size_t count = 0;
	int failed;

	if (!trials)
		abort();
	for (size_t s = 0; s < scenario_count; s++) {
		for (size_t i = 0; i < geometry_count * LM_WAYS; i++) {
			struct trial *t = &trials[count];

			t->s = &scenarios[s];
			t->g = &geometries[i / LM_WAYS];
			t->way = (enum lm_way)(i % LM_WAYS);
			if (!t->s->is_for(t->g))
				continue;
			add_trial(&list, t);
			count++;
		}
	}
	failed = test_list_run(&list, "goals");
	free(trials);
	return failed;
}
