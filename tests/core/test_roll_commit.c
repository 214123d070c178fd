// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commits for which every CPU moves by itself: what they need, what they leave alone when
 * a CPU does not come, and that nothing is given back while one is away. What comes of
 * them is tested with all other ways.
 */
#include "support.h"

#include <string.h>

#define READ_ONLY LM_ATTR_READ_ONLY

/* ------------------------------------------------------------------ CPUs that do not come */

/* Which CPUs answer their nth call, from 0: a bit for each CPU. */
#define CALLS 4
struct answers {
	unsigned int calls[CPUS];
	unsigned int answered[CALLS];
	unsigned int
		late[CALLS]; /* CPUs for which the leader had to wait on the way home */
	unsigned int lates;
};

static bool answers(void *ctx, unsigned int cpu)
{
	struct answers *a = ctx;
	unsigned int nth = a->calls[cpu]++;

	return nth >= CALLS || a->answered[nth] >> cpu & 1;
}

static void late(void *ctx, unsigned int cpu)
{
	struct answers *a = ctx;

	assert_true(a->lates < CALLS);
	a->late[a->lates++] = cpu;
}

#define ALL ((1u << CPUS) - 1)

static void all_but(struct answers *a, unsigned int nth, unsigned int cpu)
{
	a->answered[nth] &= ~(1u << cpu);
}

static void listen(struct machine *m, struct answers *a)
{
	*a = (struct answers){ .answered = { ALL, ALL, ALL, ALL } };
	m->port.roll->answers = answers;
	m->port.roll->late = late;
	m->port.roll->ctx = a;
}

static void begin(const struct geometry *g, struct machine *m, struct answers *a,
		  struct lm_edit *edit)
{
	struct machine_config config = g->machine;

	/* The weakest of all. */
	config.levels_given = true;
	machine_start(m, &config);
	listen(m, a);
	lm_edit_to_pages(edit, &m->map, m->linear.range);
}

static void expect_moves(const struct machine *m, uint64_t moves)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		expect_count(m->port.roll->moves[cpu], moves, "moves of cpu%u", cpu);
}

static void expect_pages(const struct machine *m, const struct geometry *g)
{
	expect_leaves(m, (struct leaf_count[]){ { g->page, false, geometry_pages(g) },
						{ 0 } });
	expect_translations(m);
	expect_census(m);
	expect_well_formed(m);
	expect_clean(m);
}

/* --------------------------------------------------------------------- the properties */

static void every_cpu_moves_and_goes_home(void **state)
{
	const struct geometry *g = *state;
	struct answers a;
	struct lm_edit edit;
	struct machine m;

	begin(g, &m, &a, &edit);
	expect_ok(edit_prepare(&edit, LM_ROLL));
	expect_ok(machine_commit(&m, &edit));
	expect_moves(&m, 2);
	expect_ok(lm_edit_release(&edit));
	/* With nothing to change nobody is interrupted. */
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, LM_ROLL));
	expect_moves(&m, 2);
	expect_pages(&m, g);
	machine_stop(&m);
}

static void a_cpu_that_does_not_come_leaves_the_map_as_it_was(void **state)
{
	const struct geometry *g = *state;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		struct snapshot snapshot;
		struct lm_edit edit;
		struct answers a;
		struct machine m;
		uint64_t tables;

		begin(g, &m, &a, &edit);
		tables = sim_tables_allocated(m.sim);
		snapshot_take(&snapshot, &m);
		expect_ok(edit_prepare(&edit, LM_ROLL));
		all_but(&a, 0, cpu);
		expect_error(machine_commit(&m, &edit), LM_ETIMEOUT);
		expect_count(edit.culprit, cpu, "culprit");
		expect_count(m.in_stop.stores, 0, "stores");
		expect_unchanged(&snapshot, &m);
		expect_clean(&m);
		if (cpu) {
			/* It comes the next time. */
			expect_ok(machine_commit(&m, &edit));
			expect_ok(lm_edit_release(&edit));
			expect_pages(&m, g);
		} else {
			expect_ok(lm_edit_abort(&edit));
			expect_count(sim_tables_allocated(m.sim), tables, "tables");
			expect_unchanged(&snapshot, &m);
			expect_clean(&m);
		}
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

/* What would store to the map, which a CPU on the clone would not see, or to the clone. */
static void expect_nothing_else_goes(struct machine *m, const struct geometry *g,
				     struct lm_edit *away)
{
	uint64_t tables = sim_tables_allocated(m->sim);
	struct lm_window window;
	struct lm_edit other;

	expect_error(lm_window_open(&window, &m->map, &m->cpus, 0, LM_NONE_HELD),
		     LM_EAWAY);
	assert_null(m->map.window);
	expect_error(machine_map(m, (struct bank){ geometry_page(g), g->page }),
		     LM_EAWAY);
	lm_edit_to_pages(&other, &m->map, m->linear.range);
	expect_ok(lm_edit_plan(&other, LM_LIVE));
	expect_ok(lm_edit_reserve(&other));
	expect_error(lm_edit_stage(&other), LM_EAWAY);
	expect_ok(lm_edit_release(&other));
	expect_count(sim_tables_allocated(m->sim), tables, "tables");
	assert_ptr_equal(m->map.away, away);
}

static void a_cpu_that_does_not_come_back_keeps_what_it_walks(void **state)
{
	const struct geometry *g = *state;

	for (unsigned int gone = 0; gone < CPUS; gone++) {
		unsigned int deaf = (gone + 1) % CPUS;
		struct snapshot snapshot;
		struct lm_edit edit;
		struct answers a;
		struct machine m;
		uint64_t tables, staged;

		begin(g, &m, &a, &edit);
		tables = sim_tables_allocated(m.sim);
		snapshot_take(&snapshot, &m);
		expect_ok(edit_prepare(&edit, LM_ROLL));
		staged = sim_tables_allocated(m.sim);
		/* @deaf does not come, so @gone is asked back, and does not hear it twice. */
		all_but(&a, 0, deaf);
		all_but(&a, 1, gone);
		all_but(&a, 2, gone);
		expect_error(machine_commit(&m, &edit), LM_EAWAY);
		expect_count(edit.culprit, gone, "culprit");
		edit.culprit = 77;
		expect_error(gone ? lm_edit_release(&edit) : lm_edit_abort(&edit),
			     LM_EAWAY);
		expect_count(edit.culprit, gone, "culprit");
		expect_count(sim_tables_allocated(m.sim), staged, "tables");
		expect_nothing_else_goes(&m, g, &edit);
		expect_no_findings(&m);
		/* The third call it hears. */
		expect_ok(gone ? lm_edit_release(&edit) : lm_edit_abort(&edit));
		assert_null(m.map.away);
		expect_count(sim_tables_allocated(m.sim), tables, "tables");
		expect_unchanged(&snapshot, &m);
		expect_clean(&m);
		/* And the map can be changed as ever. */
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_ok(machine_edit(&m, &edit, LM_ROLL));
		expect_pages(&m, g);
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

/* What it stores, the CPU that is away would not see in the tables that it walks. */
static void nothing_is_committed_while_a_cpu_is_away(void **state)
{
	const struct geometry *g = *state;
	struct lm_window window;
	struct snapshot snapshot;
	struct lm_edit edit, other;
	struct answers a;
	struct machine m;

	begin(g, &m, &a, &edit);
	snapshot_take(&snapshot, &m);
	expect_ok(edit_prepare(&edit, LM_ROLL));
	lm_edit_to_pages(&other, &m.map, m.linear.range);
	expect_ok(lm_edit_prepare(&other, LM_LIVE));
	all_but(&a, 0, 1);
	all_but(&a, 1, 0);
	all_but(&a, 2, 0);
	expect_ok(lm_window_open(&window, &m.map, &m.cpus, 0, LM_NONE_HELD));
	expect_error(lm_edit_commit(&window, &edit), LM_EAWAY);
	expect_error(lm_edit_commit(&window, &other), LM_EAWAY);
	expect_error(lm_edit_commit(&window, &edit), LM_EAWAY);
	lm_window_close(&window);
	expect_unchanged(&snapshot, &m);
	/* The third call it hears. */
	expect_error(lm_edit_release(&edit), LM_EAWAY);
	expect_ok(lm_edit_release(&edit));
	expect_ok(lm_edit_release(&other));
	expect_clean(&m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* Too late to promise it, and too late to take it back. */
static void a_lock_is_promised_before_the_plan(void **state)
{
	const struct geometry *g = *state;
	struct lm_edit edit;
	struct answers a;
	struct machine m;
	uint64_t tables;

	begin(g, &m, &a, &edit);
	tables = sim_tables_allocated(m.sim);
	lm_edit_locked(&edit);
	expect_ok(lm_edit_prepare(&edit, LM_SWITCH));
	lm_edit_locked(&edit);
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim), tables, "tables");
	expect_clean(&m);
	machine_stop(&m);
}

static void the_leader_waits_for_a_cpu_that_is_late_on_the_way_home(void **state)
{
	const struct geometry *g = *state;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		struct lm_edit edit;
		struct answers a;
		struct machine m;

		begin(g, &m, &a, &edit);
		expect_ok(edit_prepare(&edit, LM_ROLL));
		all_but(&a, 1, cpu);
		all_but(&a, 2, cpu);
		expect_ok(machine_commit(&m, &edit));
		expect_count(a.lates, 2, "waits");
		expect_count(a.late[0], cpu, "the first was for");
		expect_count(a.late[1], cpu, "the second was for");
		expect_moves(&m, 2);
		expect_ok(lm_edit_release(&edit));
		expect_pages(&m, g);
		machine_stop(&m);
	}
}

/* Each CPU has moved once, and none is home yet. */
static void before_store(void *ctx, uint64_t nth)
{
	(void)nth;
	expect_moves(ctx, 1);
}

static void count_page(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	uint64_t *sizes = ctx;

	(void)va;
	sizes[0] += leaf->size;
	sizes[1]++;
}

static void all_walk_the_whole_new_tree_before_the_first_store(void **state)
{
	const struct geometry *g = *state;
	uint64_t half, sizes[2] = { 0 };
	struct lm_edit edit;
	struct answers a;
	struct machine m;

	begin(g, &m, &a, &edit);
	expect_ok(edit_prepare(&edit, LM_ROLL));
	half = UINT64_C(1) << (g->machine.ia_bits - 1);
	sim_for_each_leaf(m.sim, edit.clone.first.v, machine_base(&m), half, count_page,
			  sizes);
	sim_for_each_leaf(m.sim, edit.clone.first.v, machine_base(&m) + half, half,
			  count_page, sizes);
	expect_count(sizes[0], geometry_ram(g).size, "bytes that the clone maps");
	expect_count(sizes[1], geometry_pages(g), "pages that it maps");
	sim_on_store(m.sim, before_store, &m);
	expect_ok(machine_commit(&m, &edit));
	sim_on_store(m.sim, NULL, NULL);
	expect_moves(&m, 2);
	expect_ok(lm_edit_release(&edit));
	expect_pages(&m, g);
	machine_stop(&m);
}

static void without_what_it_needs_a_roll_is_refused(void **state)
{
	const struct geometry *g = *state;
	struct lm_edit edit;
	struct answers a;
	struct machine m;
	lm_pa_t clone;

	begin(g, &m, &a, &edit);
	/* Nobody promised anything. */
	expect_error(lm_edit_plan(&edit, LM_ROLL), LM_EWAY);
	/* A promise that comes too late. */
	expect_ok(lm_edit_plan(&edit, LM_SWITCH));
	lm_edit_locked(&edit);
	expect_error(lm_edit_reserve(&edit), LM_ESTATE);
	/* Another memory type: two CPUs would use two of them for one location. */
	lm_edit_protect(&edit, &m.map, m.linear.range,
			lm_change_attrs((lm_attrs_t){ LM_ATTR_INDEX(3) },
					(lm_attrs_t){ 0 }));
	expect_error(edit_plan(&edit, LM_ROLL), LM_EUNSAFE);
	/* The root may be anywhere, and there is no memory for the clone to keep. */
	lm_roll_commit_settles(&m.port.roll->commit, NULL);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, LM_ROLL), LM_EWAY);
	lm_roll_commit_settles(&m.port.roll->commit, &clone);
	expect_ok(edit_plan(&edit, LM_ROLL));
	/* A port that cannot. */
	m.map.env.roller = NULL;
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, LM_ROLL), LM_EWAY);
	expect_moves(&m, 0);
	machine_stop(&m);
}

/* --------------------------------------------------------------- memory of the port's */

/* A clone's place in memory like the root's, which belongs to nobody else. */
static lm_pa_t clone_of_port(struct machine *m, const struct geometry *g)
{
	lm_pa_t clone;

	assert_int_equal(sim_alloc(m->sim, g->start_level, 1, &clone.v), 1);
	clone.v += m->config.root_offset;
	return clone;
}

static void a_clone_of_the_port_is_neither_allocated_nor_freed(void **state)
{
	const struct geometry *g = *state;
	struct lm_edit edit;
	struct answers a;
	struct machine m;
	uint64_t tables, by_census, by_walk, with_clone;
	lm_pa_t clone;

	begin(g, &m, &a, &edit);
	expect_ok(edit_plan(&edit, LM_ROLL));
	with_clone = edit.plan.bytes;
	clone = clone_of_port(&m, g);
	m.port.roll->commit.roller.clone = &clone;
	tables = sim_tables_allocated(m.sim);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, LM_ROLL));
	by_census = edit.plan.bytes;
	m.linear.census.tables_unknown = true;
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, LM_ROLL));
	by_walk = edit.plan.bytes;
	expect_count(by_census, with_clone - g->page, "bytes");
	expect_count(by_walk, by_census, "bytes by a walk");
	expect_count(sim_tables_allocated(m.sim), tables + by_walk / g->page, "tables");
	expect_ok(machine_commit(&m, &edit));
	expect_count(lm_edit_tables_left(&edit), 0, "tables left");
	expect_ok(lm_edit_release(&edit));
	/* Blocks became tables of level 3; copies took the place of what they copied. */
	expect_count(sim_tables_allocated(m.sim), tables + g->blocks, "tables");
	expect_pages(&m, g);
	machine_stop(&m);
}

static void an_edit_whose_clone_another_one_took_is_stale(void **state)
{
	const struct geometry *g = *state;
	struct snapshot snapshot;
	struct lm_edit edit, other;
	struct answers a;
	struct machine m;
	lm_pa_t clone;

	begin(g, &m, &a, &edit);
	clone = clone_of_port(&m, g);
	m.port.roll->commit.roller.clone = &clone;
	expect_ok(edit_prepare(&edit, LM_ROLL));
	lm_edit_protect(&other, &m.map, m.linear.range, read_only());
	expect_ok(edit_prepare(&other, LM_ROLL));
	snapshot_take(&snapshot, &m);
	expect_error(machine_commit(&m, &edit), LM_ESTALE);
	expect_moves(&m, 0);
	expect_unchanged(&snapshot, &m);
	expect_ok(lm_edit_release(&edit));
	expect_ok(machine_commit(&m, &other));
	expect_ok(lm_edit_release(&other));
	m.mappings[0].attrs |= READ_ONLY;
	expect_translations(&m);
	expect_clean(&m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* ------------------------------------------------------------- a root that may be anywhere */

/* Read-only, or writable again. */
static void protect(struct machine *m, struct lm_edit *edit, bool protects)
{
	const lm_attrs_t bit = { READ_ONLY }, none = { 0 };

	lm_edit_protect(edit, &m->map, m->linear.range,
			protects ? read_only() : lm_change_attrs(none, bit));
	expect_ok(machine_edit(m, edit, LM_ROLL));
	m->mappings[0].attrs ^= READ_ONLY;
}

static void where_the_root_may_be_anywhere_each_cpu_moves_once(void **state)
{
	const struct geometry *g = *state;
	struct lm_edit edit;
	struct answers a;
	struct machine m;
	lm_pa_t first, clone;

	begin(g, &m, &a, &edit);
	first = m.map.root;
	clone = clone_of_port(&m, g);
	lm_roll_commit_settles(&m.port.roll->commit, &clone);
	for (unsigned int i = 1; i <= 5; i++) {
		lm_pa_t root = m.map.root, next = clone;
		uint64_t stores = sim_events(m.sim).stores;
		uint64_t tables = sim_tables_allocated(m.sim);

		protect(&m, &edit, i % 2);
		expect_count(m.map.root.v, next.v, "root");
		expect_count(clone.v, root.v, "next clone");
		expect_count(sim_events(m.sim).stores, stores, "stores");
		expect_count(sim_tables_allocated(m.sim), tables, "tables");
		expect_moves(&m, i);
		expect_translations(&m);
		expect_clean(&m);
	}
	assert_true(m.map.root.v != first.v);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, LM_ROLL));
	/* One that does not come: as ever. */
	all_but(&a, 0, 1);
	a.calls[1] = 0;
	expect_error(machine_commit(&m, &edit), LM_ETIMEOUT);
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_pages(&m, g);
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD_GEOMETRIES(&list, every_cpu_moves_and_goes_home, every_geometry);
	ADD_GEOMETRIES(&list, a_cpu_that_does_not_come_leaves_the_map_as_it_was,
		       every_geometry);
	ADD_GEOMETRIES(&list, a_cpu_that_does_not_come_back_keeps_what_it_walks,
		       every_geometry);
	ADD_GEOMETRIES(&list, nothing_is_committed_while_a_cpu_is_away, every_geometry);
	ADD_GEOMETRIES(&list, a_lock_is_promised_before_the_plan, every_geometry);
	ADD_GEOMETRIES(&list, the_leader_waits_for_a_cpu_that_is_late_on_the_way_home,
		       every_geometry);
	ADD_GEOMETRIES(&list, all_walk_the_whole_new_tree_before_the_first_store,
		       every_geometry);
	ADD_GEOMETRIES(&list, without_what_it_needs_a_roll_is_refused, every_geometry);
	ADD_GEOMETRIES(&list, a_clone_of_the_port_is_neither_allocated_nor_freed,
		       every_geometry);
	ADD_GEOMETRIES(&list, an_edit_whose_clone_another_one_took_is_stale,
		       every_geometry);
	ADD_GEOMETRIES(&list, where_the_root_may_be_anywhere_each_cpu_moves_once,
		       every_geometry);
	return test_list_run(&list, "roll_commit");
}
