// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What others do to a map while an edit is on its way, what must not be copied,
 * and what a break must not cut off.
 */
#include "support.h"

#include <inttypes.h>
#include <string.h>

/* -------------------------------------------- staging that moves from CPU to CPU */

static struct {
	struct sim *sim;
	const struct lm_recorder *recorder;
	unsigned int cpu;
	bool observes; /* each context switch has release and acquire */
} staging;

static void go_to_cpu(unsigned int cpu)
{
	unsigned int before = staging.cpu;

	staging.cpu = cpu;
	sim_on_cpu(staging.sim, cpu);
	if (staging.observes)
		sim_observe(staging.sim, before);
}

/* A table is full, and the task goes on on the next CPU. */
static void wrote_and_go(void *ctx, const lm_desc_t *in_table)
{
	staging.recorder->wrote(ctx, in_table);
	go_to_cpu((staging.cpu + 1) % CPUS);
}

static void staging_may_move_from_cpu_to_cpu(void **state)
{
	const struct life *life = *state;

	/* In place nothing is staged. */
	if (life->way == LM_IN_PLACE)
		return;
	for (int observes = 0; observes < 2; observes++) {
		struct lm_recorder recorder;
		struct lm_edit edit;
		struct machine m;

		machine_start(&m, &life->g->machine);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_ok(edit_plan(&edit, life->way));
		expect_ok(lm_edit_reserve(&edit));

		staging.sim = m.sim;
		staging.recorder = m.map.env.recorder;
		staging.cpu = 0;
		staging.observes = observes;
		recorder = *staging.recorder;
		recorder.wrote = wrote_and_go;
		m.map.env.recorder = &recorder;
		go_to_cpu(1);
		expect_ok(lm_edit_stage(&edit));
		go_to_cpu(0);
		m.map.env.recorder = staging.recorder;

		expect_ok(machine_commit(&m, &edit));
		expect_ok(lm_edit_release(&edit));
		if (observes)
			expect_clean(&m);
		else
			assert_true(sim_finding_count(m.sim, SIM_INVISIBLE_TABLE) > 0);
		machine_stop(&m);
	}
}

/* ------------------------------------------------------------ changes by others */

/* Four runs of pages and nothing larger. */
static struct machine_config runs_config(const struct geometry *g)
{
	struct machine_config config = g->machine;

	config.flags = LM_NO_BLOCKS;
	config.ram[0].size = 4 * g->run;
	return config;
}

/* Somebody puts a copy of the table on @level over @pa in its place. */
static void replace_table(struct machine *m, uint64_t pa, int level)
{
	uint64_t *link = machine_slot_of(m, pa, level - 1);
	uint64_t old = *link;
	uint64_t copy;

	assert_int_equal(sim_alloc(m->sim, level, 1, &copy), 1);
	memcpy(sim_pointer(m->sim, copy), sim_pointer(m->sim, machine_output(m, old)),
	       machine_granule(m));
	sim_wrote(m->sim, sim_pointer(m->sim, copy));
	sim_barrier(m->sim, SIM_DSB_ISH);
	machine_poke(m, link, machine_not_output(m, old) | machine_table(m, copy));
}

/* Somebody makes 512 blocks of 2 MiB of the block of 1 GiB at @pa. */
static void replace_by_blocks(struct machine *m, uint64_t pa)
{
	uint64_t *blocks, table;

	assert_int_equal(sim_alloc(m->sim, 2, 1, &table), 1);
	blocks = sim_pointer(m->sim, table);
	for (uint64_t i = 0; i < 512; i++)
		blocks[i] = machine_leaf(m, pa + i * 2 * MIB, m->config.attrs, 2);
	sim_wrote(m->sim, blocks);
	sim_barrier(m->sim, SIM_DSB_ISH);
	machine_poke(m, machine_slot_of(m, pa, 1), machine_table(m, table));
}

/* Whether blocks are in a table that something leads to. */
static bool has_blocks_below_the_root(const struct geometry *g)
{
	return g->blocks && g->start_level < 2;
}

static bool has_pages_below_the_root(const struct geometry *g)
{
	return g->start_level < 3;
}

static bool has_runs_of_blocks(const struct geometry *g)
{
	return geometry_block_run(g) > 0;
}

static bool is_4k(const struct geometry *g)
{
	return g->page == 4 * KIB;
}

static void a_table_that_was_replaced_after_staging_is_not_written(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct leaves leaves;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &g->machine);
	leaves_of_mappings(&leaves, &m);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, life->way));
	replace_table(&m, geometry_block(g), 2);
	if (life->way == LM_IN_PLACE) {
		/* It walks when it commits, and finds what is there now. */
		expect_ok(machine_commit(&m, &edit));
		leaves_to_pages(&leaves, &m,
				(struct stretch){ m.linear.range.start.v,
						  m.linear.range.size },
				NULL, 0);
	} else {
		expect_error(machine_commit(&m, &edit), LM_ESTALE);
	}
	expect_these_leaves(&m, &leaves);
	expect_ok(lm_edit_release(&edit));
	leaves_free(&leaves);
	machine_stop(&m);
}

/* The table that the walk goes down into is replaced by one whose page is read-only. */
static uint64_t *third_page(const struct machine *m)
{
	return machine_slot_of(m, m->config.ram[0].pa + 2 * machine_granule(m), 3);
}

static struct machine *watched;
static void *(*table_of_port)(void *ctx, lm_pa_t pa);
static unsigned int looks_left;

static void *replace_while_looking(void *ctx, lm_pa_t pa)
{
	void *table = table_of_port(ctx, pa);

	if (looks_left && !--looks_left) {
		replace_table(watched, watched->config.ram[0].pa, 3);
		*third_page(watched) |= LM_ATTR_READ_ONLY;
	}
	return table;
}

static void *change_while_looking(void *ctx, lm_pa_t pa)
{
	void *table = table_of_port(ctx, pa);

	if (looks_left && !--looks_left)
		*third_page(watched) |= LM_ATTR_READ_ONLY;
	return table;
}

/* Stage and commit, and have @look do something at the @nth look at a table. */
static void expect_noticed(struct machine *m, struct lm_edit *edit, unsigned int nth,
			   void *(*look)(void *ctx, lm_pa_t pa))
{
	int err;

	expect_ok(lm_edit_reserve(edit));
	watched = m;
	table_of_port = m->map.env.table;
	m->map.env.table = look;
	looks_left = nth;
	err = lm_edit_stage(edit);
	m->map.env.table = table_of_port;
	if (!err)
		err = machine_commit(m, edit);
	if (!err && !looks_left && !(*third_page(m) & LM_ATTR_READ_ONLY))
		fail_msg("look %u: a page became writable again", nth);
	expect_ok(lm_edit_release(edit));
}

/* At each time that staging reads a table. */
static void a_table_that_is_replaced_while_it_is_copied_is_noticed(void **state)
{
	const struct machine_config config = runs_config(*state);

	looks_left = 0;
	for (unsigned int nth = 1; !looks_left; nth++) {
		struct lm_edit edit;
		struct machine m;

		machine_start(&m, &config);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_ok(edit_plan(&edit, LM_SWITCH));
		expect_noticed(&m, &edit, nth, replace_while_looking);
		machine_stop(&m);
	}
}

static void a_page_that_changes_while_a_run_is_formed_is_noticed(void **state)
{
	const struct life *life = *state;
	struct machine_config config = runs_config(life->g);

	config.flags |= LM_NO_RUNS;
	looks_left = 0;
	for (unsigned int nth = 1; !looks_left; nth++) {
		struct lm_edit edit;
		struct machine m;

		machine_start(&m, &config);
		m.linear.flags = LM_NO_BLOCKS;
		lm_edit_collapse(&edit, &m.map, m.linear.range);
		if (life->way == LM_IN_PLACE) {
			expect_error(edit_plan(&edit, life->way), LM_EWAY);
			looks_left = 1;
		} else {
			expect_ok(edit_plan(&edit, life->way));
			expect_count(edit.plan.leaves, 4 * geometry_run_entries(life->g),
				     "leaves that go");
			expect_noticed(&m, &edit, nth, change_while_looking);
		}
		machine_stop(&m);
	}
}

/* ------------------------------------------------- many leaves that change alike */

/* Of four runs, or as many pages, without the first page and the last one. */
enum alike { UNMAP, PROTECT, PAGES, ALIKE };

static void begin_alike(struct lm_edit *edit, struct machine *m, enum alike goal,
			const struct geometry *g)
{
	struct lm_range most = machine_part(m, g->page, 4 * g->run - 2 * g->page);

	if (goal == UNMAP)
		lm_edit_unmap(edit, &m->map, most);
	else if (goal == PROTECT)
		lm_edit_protect(edit, &m->map, most, read_only());
	else
		lm_edit_to_pages(edit, &m->map, most);
}

/*
 * Whether the commit stores what was staged to the pages of the first run. Pages are pages
 * already; live, attributes change last, as far as they are not as wanted then.
 */
static bool commit_stores(enum alike goal, enum lm_way way, bool has_runs)
{
	return has_runs || goal == UNMAP || (goal == PROTECT && way != LM_LIVE);
}

/* What somebody makes of page @n: read-only, of other memory, or nothing. */
#define OTHERS_CHANGES 3

static void change_page(struct machine *m, uint64_t n, unsigned int change)
{
	uint64_t pa = m->config.ram[0].pa + n * machine_granule(m);
	uint64_t *slot = machine_slot_of(m, pa, 3);
	const uint64_t descs[OTHERS_CHANGES] = {
		*slot | LM_ATTR_READ_ONLY,
		machine_leaf(m, pa ^ machine_granule(m), machine_attrs(m, *slot), 3),
		0,
	};

	machine_poke(m, slot, descs[change]);
}

/* Of page @n, once the edit is staged. */
static void expect_change_noticed(const struct life *life, enum alike goal,
				  unsigned int flags, uint64_t n, unsigned int change)
{
	struct machine_config config = runs_config(life->g);
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	/* So that they fit into the smallest half. */
	config.ram[0].pa &= ~(4 * life->g->run - 1);
	config.flags |= flags;
	machine_start(&m, &config);
	tables = sim_tables_allocated(m.sim);
	begin_alike(&edit, &m, goal, life->g);
	expect_ok(edit_prepare(&edit, life->way));
	change_page(&m, n, change);
	snapshot_take(&snapshot, &m);
	expect_error(machine_commit(&m, &edit), LM_ESTALE);
	expect_count(edit.where.v, machine_part(&m, n * life->g->page, 0).start.v,
		     "where, goal %u, flags %u, page %u, change %u", (unsigned int)goal,
		     flags, (unsigned int)n, change);
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim), tables, "tables");
	machine_stop(&m);
}

/* The first, one in the middle and the last of the first run, but for its first page. */
static void each_of_many_that_change_alike_is_looked_at_again(void **state)
{
	const struct life *life = *state;
	const uint64_t entries = geometry_run_entries(life->g);
	const uint64_t pages[] = { 1, entries / 2, entries - 1 };

	if (life->way == LM_IN_PLACE)
		return;
	for (unsigned int i = 0; i < ALIKE * 2; i++) {
		enum alike goal = (enum alike)(i / 2);
		bool has_runs = i % 2;

		if (!commit_stores(goal, life->way, has_runs))
			continue;
		for (unsigned int n = 0; n < 3; n++)
			expect_change_noticed(life, goal, has_runs ? 0 : LM_NO_RUNS,
					      pages[n], (n + i) % OTHERS_CHANGES);
	}
}

static void *change_middle_while_looking(void *ctx, lm_pa_t pa)
{
	void *table = table_of_port(ctx, pa);

	if (looks_left && !--looks_left)
		change_page(watched, 5, 0);
	return table;
}

/* Between the walk that has found them alike and the copy of their table. */
static void one_of_many_that_changes_before_it_is_copied_is_named(void **state)
{
	const struct geometry *g = *state;
	struct machine_config config = runs_config(g);
	bool is_named = false;

	config.flags |= LM_NO_RUNS;
	looks_left = 0;
	for (unsigned int nth = 1; !looks_left; nth++) {
		struct lm_edit edit;
		struct machine m;

		machine_start(&m, &config);
		watched = &m;
		begin_alike(&edit, &m, UNMAP, g);
		expect_ok(edit_plan(&edit, LM_SWITCH));
		expect_ok(lm_edit_reserve(&edit));
		table_of_port = m.map.env.table;
		m.map.env.table = change_middle_while_looking;
		looks_left = nth;
		is_named |= lm_edit_stage(&edit) == -LM_ESTALE &&
			    edit.where.v == machine_part(&m, 5 * g->page, 0).start.v;
		m.map.env.table = table_of_port;
		expect_ok(lm_edit_release(&edit));
		machine_stop(&m);
	}
	assert_true(is_named);
}

/* Leaves of a map that were planned to change in one way, and are found to in another. */
static void expect_stale_staging(struct machine *m, struct lm_edit *edit, uint64_t tables)
{
	expect_error(lm_edit_stage(edit), LM_ESTALE);
	expect_ok(lm_edit_release(edit));
	expect_count(sim_tables_allocated(m->sim), tables, "tables");
}

/* A run of pages where a block was planned: memory for a snapshot, no table for a copy. */
static void a_copy_that_was_not_planned_is_refused(void **state)
{
	const struct geometry *g = *state;
	struct machine_config config = g->machine;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	config.ram[0] = (struct bank){ geometry_block(g), g->block };
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, LM_SWITCH));

	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, LM_SWITCH));
	expect_count(edit.plan.replaced, 1, "replaced");
	tables = sim_tables_allocated(m.sim);
	expect_ok(lm_edit_reserve(&edit));
	machine_poke(&m, machine_slot_of(&m, config.ram[0].pa, 3),
		     machine_leaf(&m, config.ram[0].pa,
				  m.config.attrs ^ LM_ATTR_READ_ONLY, 3));
	expect_stale_staging(&m, &edit, tables);
	machine_stop(&m);
}

/*
 * Blocks of the root, planned as updates and nothing else, of which one has become a
 * table of blocks.
 */
static void a_table_below_the_root_that_was_not_planned_is_refused(void **state)
{
	struct machine_config config = { .ia_bits = 39, .ram = { { 1 * GIB, 2 * GIB } } };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, LM_SWITCH));
	expect_count(edit.plan.log_granules, 1, "notes");
	expect_ok(lm_edit_reserve(&edit));
	replace_by_blocks(&m, 2 * GIB);
	/* The root, and what has become of the block. */
	expect_stale_staging(&m, &edit, 1 + 1);
	machine_stop(&m);
}

static void staging_that_ends_half_way_leaves_no_table_behind(void **state)
{
	const struct life *life = *state;
	struct machine_config config = life->g->machine;
	uint64_t start = config.ram[0].pa & ~(1 * GIB - 1);
	struct lm_edit edit;
	struct machine m;

	config.ram[0] = (struct bank){ start, 1 * GIB };
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, life->way));
	expect_ok(lm_edit_reserve(&edit));
	/* The block that was counted has become 512 of 2 MiB: the log has room for one. */
	replace_by_blocks(&m, start);
	expect_error(lm_edit_stage(&edit), LM_ESTALE);
	expect_ok(lm_edit_release(&edit));
	/* One on each level from the root's to 2. */
	expect_count(sim_tables_allocated(m.sim), 3u - (unsigned int)life->g->start_level,
		     "tables");
	machine_stop(&m);
}

static void a_region_that_others_changed_is_right_after_a_recount(void **state)
{
	const struct geometry *g = *state;
	struct machine_config config = g->machine;
	uint64_t run = geometry_block_run(g);
	uint64_t start = config.ram[0].pa & ~(4 * run - 1);
	struct lm_edit edit;
	struct machine m;

	/* Two runs of blocks. */
	config.ram[0] = (struct bank){ start, 2 * run };
	machine_start(&m, &config);
	/* The blocks of the first run without their hints. */
	for (uint64_t at = 0; at < run; at += g->block)
		machine_poke(&m, machine_slot_of(&m, start + at, 2),
			     machine_leaf(&m, start + at, m.config.attrs, 2));
	/* A part of them: more single blocks go than the census knows of. */
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ start, 2 * g->block }));
	expect_error(edit_plan(&edit, LM_LIVE), LM_ESTALE);
	expect_ok(lm_edit_release(&edit));

	expect_ok(lm_region_recount(&m.map, &m.linear));
	expect_census(&m);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, LM_LIVE));
	expect_leaves(&m, (struct leaf_count[]){ { g->page, false, 2 * run / g->page },
						 { 0 } });
	expect_census(&m);
	machine_stop(&m);
}

static void what_is_said_after_the_plan_spoils_the_edit(void **state)
{
	const struct life *life = *state;

	for (int what = 0; what < 3; what++) {
		struct lm_edit edit;
		struct machine m;
		uint64_t tables;

		machine_start(&m, &life->g->machine);
		tables = sim_tables_allocated(m.sim);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_ok(edit_prepare(&edit, life->way));
		if (what == 0)
			lm_edit_except(&edit, m.linear.range);
		if (what == 1)
			lm_edit_needs(&edit, m.linear.range);
		if (what == 2)
			lm_edit_locked(&edit);
		expect_error(machine_commit(&m, &edit), LM_ESTATE);
		expect_ok(lm_edit_release(&edit));
		expect_count(sim_tables_allocated(m.sim), tables, "tables");
		machine_stop(&m);
	}
}

/* ---------------------------------------------------------------- volatile */

static void a_table_with_volatile_entries_is_not_copied(void **state)
{
	const struct geometry *g = *state;
	const struct machine_config config = runs_config(g);
	const struct bank second = { config.ram[0].pa + g->run, g->run };

	/* Valid, and invalid without a trace, as a pool's guard pages are. */
	for (int valid = 0; valid < 2; valid++) {
		struct lm_region pool = { .name = "pool", .flags = LM_VOLATILE };
		struct lm_edit edit;
		struct machine m;

		machine_start(&m, &config);
		pool.range = machine_range(&m, second);
		expect_ok(lm_map_add_region(&m.map, &pool));
		for (uint64_t at = 0; !valid && at < g->run; at += g->page)
			machine_poke(&m, machine_slot_of(&m, second.pa + at, 3), 0);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		lm_edit_except(&edit, pool.range);
		expect_error(edit_prepare(&edit, LM_SWITCH), LM_EVOLATILE);
		expect_ok(lm_edit_release(&edit));

		/* It is no matter where nothing is copied. */
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		lm_edit_except(&edit, pool.range);
		expect_ok(machine_edit(&m, &edit, LM_LIVE));
		machine_stop(&m);
	}
}

/* -------------------------------------------------------------- self-cover */

static void a_need_is_found_however_it_lies(void **state)
{
	const uint64_t base = UINT64_C(0xffff000000000000);
	const struct machine_config config = { .ram = { { 0, 2 * MIB } } };
	struct lm_edit edit;
	struct machine m;
	lm_va_t first;

	(void)state;
	machine_start(&m, &config);
	first = machine_va(&m, 0);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	assert_true(lm_edit_touches(&edit, (struct lm_range){ first, 1 }));
	assert_true(lm_edit_touches(&edit,
				    (struct lm_range){ { first.v + 2 * MIB - 1 }, 1 }));
	assert_true(lm_edit_touches(&edit, (struct lm_range){ { first.v - 1 }, 2 }));
	assert_false(
		lm_edit_touches(&edit, (struct lm_range){ { first.v + 2 * MIB }, 1 }));
	/* Over the borders of the half. */
	assert_true(lm_edit_touches(&edit, (struct lm_range){ { base - 4096 },
							      first.v - base + 8192 }));
	assert_true(lm_edit_touches(&edit, (struct lm_range){ { 0 }, UINT64_MAX }));
	assert_false(lm_edit_touches(&edit, (struct lm_range){ { 0x1000 }, 0x1000 }));
	machine_stop(&m);
}

static void a_break_that_cuts_off_what_is_needed_is_refused(void **state)
{
	const struct geometry *g = *state;
	const uint64_t needed = geometry_run(g) + g->page;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &g->machine);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_needs(&edit, (struct lm_range){ machine_va(&m, needed), 100 });
	expect_error(edit_prepare(&edit, LM_BREAK), LM_ESELF);
	expect_ok(lm_edit_release(&edit));
	/* A switch leaves it where it is. */
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_needs(&edit, (struct lm_range){ machine_va(&m, needed), 100 });
	expect_ok(edit_prepare(&edit, LM_SWITCH));
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/* What changes may be any member of the run, and none of the first. */
static void a_break_of_some_members_cuts_off_what_is_needed(void **state)
{
	const struct geometry *g = *state;
	const uint64_t needed = geometry_run(g) + 5 * g->page;
	const uint64_t bits[] = { LM_BIT(55), LM_BIT(11) };
	struct machine m;

	machine_start(&m, &g->machine);
	for (unsigned int i = 0; i < 2; i++) {
		struct lm_range range =
			machine_range(&m, (struct bank){ geometry_run(g), g->run });
		uint64_t *slot = machine_slot_of(&m, geometry_run(g), 3);
		struct lm_edit edit;

		if (i && !lm_regime_has_two_ranges(g->machine.regime))
			continue;
		for (unsigned int set = 0; set < 2; set++) {
			/* Only the first member has what all should have. */
			machine_poke(&m, slot, set ? *slot | bits[i] : *slot & ~bits[i]);
			if (i)
				lm_edit_non_global(&edit, &m.map);
			else
				lm_edit_protect(&edit, &m.map, range,
						lm_change_attrs((lm_attrs_t){ bits[i] },
								(lm_attrs_t){ 0 }));
			lm_edit_needs(&edit,
				      (struct lm_range){ machine_va(&m, needed), 1 });
			expect_error(edit_prepare(&edit, LM_BREAK), LM_ESELF);
			expect_ok(lm_edit_release(&edit));
		}
	}
	machine_stop(&m);
}

/* The only object that the map translates, at an address in the block to break. */
static struct {
	uintptr_t first;
	size_t size;
	lm_va_t va;
} mapped;

static lm_va_t address_if_mapped(void *ctx, const void *pointer)
{
	if ((uintptr_t)pointer - mapped.first < mapped.size)
		return mapped.va;
	return (lm_va_t){ UINT64_C(1) << 62 };
}

static void a_break_that_cuts_itself_off_is_refused(void **state)
{
	const struct machine_config config = { .ram = { { 0, 2 * MIB } } };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	m.map.env.address = address_if_mapped;
	mapped.va = machine_va(&m, 4096);
	const struct {
		const void *first;
		size_t size;
	} own[] = {
		{ &edit, sizeof(edit) },
		{ &m.map, sizeof(m.map) },
		{ (const void *)(uintptr_t)lm_edit_commit, 1 },
		{ machine_slot_of(&m, 0, 2), 8 },
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		/* The last byte alone is enough. */
		mapped.first = (uintptr_t)own[i].first + own[i].size - 1;
		mapped.size = 1;
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_error(edit_prepare(&edit, LM_BREAK), LM_ESELF);
		expect_ok(lm_edit_release(&edit));
	}
	mapped.size = 0;
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, LM_BREAK));
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD_UNLOCKED_LIVES(&list, a_table_that_was_replaced_after_staging_is_not_written,
			   has_blocks_below_the_root);
	ADD_LIVES(&list, staging_may_move_from_cpu_to_cpu, has_pages_below_the_root);
	ADD_LIVES(&list, staging_that_ends_half_way_leaves_no_table_behind, is_4k);
	ADD_LIVES(&list, what_is_said_after_the_plan_spoils_the_edit, every_geometry);
	ADD_GEOMETRIES(&list, a_table_that_is_replaced_while_it_is_copied_is_noticed,
		       has_pages_below_the_root);
	ADD_UNLOCKED_LIVES(&list, a_page_that_changes_while_a_run_is_formed_is_noticed,
			   has_pages_below_the_root);
	ADD_UNLOCKED_LIVES(&list, each_of_many_that_change_alike_is_looked_at_again,
			   every_geometry);
	ADD_GEOMETRIES(&list, one_of_many_that_changes_before_it_is_copied_is_named,
		       has_pages_below_the_root);
	ADD_GEOMETRIES(&list, a_copy_that_was_not_planned_is_refused,
		       has_blocks_below_the_root);
	ADD(&list, a_table_below_the_root_that_was_not_planned_is_refused);
	ADD_GEOMETRIES(&list, a_region_that_others_changed_is_right_after_a_recount,
		       has_runs_of_blocks);
	ADD_GEOMETRIES(&list, a_table_with_volatile_entries_is_not_copied,
		       has_pages_below_the_root);
	ADD(&list, a_need_is_found_however_it_lies);
	ADD_GEOMETRIES(&list, a_break_that_cuts_off_what_is_needed_is_refused,
		       every_geometry);
	ADD_GEOMETRIES(&list, a_break_of_some_members_cuts_off_what_is_needed,
		       every_geometry);
	ADD(&list, a_break_that_cuts_itself_off_is_refused);
	return test_list_run(&list, "meanwhile");
}
