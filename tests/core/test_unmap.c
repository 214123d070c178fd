// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Unmapping, counted by hand: which tables are retired, who may walk meanwhile, and what is
 * refused. What comes of it by every way in every geometry is asked with all goals.
 */
#include "support.h"

#include <inttypes.h>

static void expect_retired(const struct lm_edit *edit, uint64_t level1, uint64_t level2,
			   uint64_t level3)
{
	const uint64_t *retired = edit->plan.retired_tables;

	expect_count(retired[1 - LM_FIRST_LEVEL], level1, "tables of level 1");
	expect_count(retired[2 - LM_FIRST_LEVEL], level2, "tables of level 2");
	expect_count(retired[3 - LM_FIRST_LEVEL], level3, "tables of level 3");
}

static const struct machine_config pages = { .name = "pages",
					     .flags = LM_NO_BLOCKS | LM_NO_RUNS,
					     .ram = { { 1 * GIB, 8 * MIB } } };

/* 8 MiB of pages: 4 tables of them below one of level 2 and one of level 1. */
static void all_tables_below_the_root_go_by_one_store(void **state)
{
	const enum lm_way *way = *state;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &pages);
	lm_edit_unmap(&edit, &m.map, m.linear.range);
	expect_edited(&m, &edit, *way);
	expect_count(edit.plan.leaves, 2048, "leaves");
	expect_count(edit.plan.updates, 1, "updates");
	/* A switch copies nothing but the root, where the entry is. */
	expect_retired(&edit, 1, 1, 4);
	expect_leaves(&m, (struct leaf_count[]){ { 0 } });
	machine_stop(&m);
}

/* The last page of a table is unmapped by itself: then the table goes with it. */
static void a_table_that_maps_nothing_any_more_is_retired(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &pages);
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 0, 2 * MIB - 4 * KIB));
	expect_edited(&m, &edit, LM_LIVE);
	expect_retired(&edit, 0, 0, 0);
	expect_count(edit.plan.updates, 511, "updates");
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 2 * MIB - 4 * KIB, 4 * KIB));
	expect_edited(&m, &edit, LM_LIVE);
	expect_retired(&edit, 0, 0, 1);
	expect_count(edit.plan.updates, 1, "updates");
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 1536 }, { 0 } });
	machine_stop(&m);
}

/* The tables above have nothing left either, though they reach far beyond the range. */
static void tables_above_that_map_nothing_else_go_too(void **state)
{
	struct machine_config config = pages;
	struct lm_edit edit;
	struct machine m;

	(void)state;
	config.ram[0].size = 4 * KIB;
	machine_start(&m, &config);
	lm_edit_unmap(&edit, &m.map, m.linear.range);
	expect_edited(&m, &edit, LM_LIVE);
	expect_retired(&edit, 1, 1, 1);
	expect_count(edit.plan.updates, 1, "updates");
	machine_stop(&m);
}

/*
 * One page of a block of 1 GiB. Its table has 512 blocks of 2 MiB in runs of 16; one run is
 * unfolded and one block of it split, and there a run of 16 pages, one of which goes.
 */
static void a_leaf_across_the_ends_is_split_first(void **state)
{
	const enum lm_way *way = *state;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &(struct machine_config){ .name = "gib",
						    .ram = { { 1 * GIB, 1 * GIB } } });
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 4 * KIB, 4 * KIB));
	expect_edited(&m, &edit, *way);
	expect_count(edit.plan.leaves, 1, "leaves");
	expect_leaves(&m, (struct leaf_count[]){ { 32 * MIB, true, 31 },
						 { 2 * MIB, false, 15 },
						 { 64 * KIB, true, 31 },
						 { 4 * KIB, false, 15 },
						 { 0 } });
	machine_stop(&m);
}

/* The allocator is not asked: what an unmapping retired is in the deposit. */
static void a_deposit_takes_what_is_retired(void **state)
{
	struct lm_reserve deposit;
	struct lm_edit edit;
	struct machine m;
	uint64_t tables;

	(void)state;
	machine_start(&m, &pages);
	tables = sim_tables_allocated(m.sim);
	lm_deposit_init(&deposit, &m.map);
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 0, 4 * MIB));
	lm_edit_deposit(&edit, &deposit);
	expect_edited(&m, &edit, LM_LIVE);
	expect_retired(&edit, 0, 0, 2);
	/* Two tables and a granule of the log. */
	expect_count(sim_tables_allocated(m.sim), tables + 1, "tables");
	expect_ok(lm_deposit_release(&deposit));
	expect_count(sim_tables_allocated(m.sim), tables - 2, "tables");
	machine_stop(&m);
}

/* ----------------------------------------------------- what goes back, and how often */

#define MOST_OWNED 128

/* Tables that the map or an edit has: each goes back once, and only one of these does. */
static struct {
	lm_alloc_fn *alloc;
	lm_free_fn *free;
	uint64_t tables[MOST_OWNED];
	size_t count;
} owned;

static size_t find_owned(uint64_t pa)
{
	size_t i = 0;

	while (i < owned.count && owned.tables[i] != pa)
		i++;
	return i;
}

static void own(uint64_t pa)
{
	assert_true(owned.count < MOST_OWNED);
	assert_int_equal(find_owned(pa), owned.count);
	owned.tables[owned.count++] = pa;
}

static size_t alloc_owned(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	size_t got = owned.alloc(ctx, level, wanted, first);

	for (size_t i = 0; i < got; i++)
		own(first->v + i * 4 * KIB);
	return got;
}

static void free_owned(void *ctx, int level, lm_pa_t first, size_t tables,
		       enum lm_origin origin)
{
	for (size_t i = 0; i < tables; i++) {
		size_t at = find_owned(first.v + i * 4 * KIB);

		if (at == owned.count)
			fail_msg("level %d, table 0x%" PRIx64 ": nobody has it", level,
				 first.v + i * 4 * KIB);
		owned.tables[at] = owned.tables[--owned.count];
	}
	owned.free(ctx, level, first, tables, origin);
}

static void expect_map_owns_all(const struct machine *m)
{
	struct snapshot now;

	snapshot_take(&now, m);
	expect_count(owned.count, now.count, "tables that somebody has");
	for (size_t i = 0; i < now.count; i++)
		assert_true(find_owned(now.tables[i].pa) < owned.count);
	snapshot_free(&now);
}

static void own_tables_of(struct machine *m)
{
	struct snapshot now;

	owned.count = 0;
	owned.alloc = m->map.env.alloc;
	owned.free = m->map.env.free;
	m->map.env.alloc = alloc_owned;
	m->map.env.free = free_owned;
	snapshot_take(&now, m);
	for (size_t i = 0; i < now.count; i++)
		own(now.tables[i].pa);
	snapshot_free(&now);
}

/*
 * Of 8 MiB the last 511 pages of a table, the next table, and 300 pages of the one after
 * it; or the same of blocks; or all becomes blocks.
 */
enum many { MANY_PAGES, MANY_BLOCKS, MANY_MERGE, MANIES };

static void begin_many(struct lm_edit *edit, struct machine *m, enum many many)
{
	struct lm_range range = machine_part(m, 4 * KIB, 4 * MIB + 299 * 4 * KIB);

	m->linear.flags = LM_NO_RUNS;
	if (many == MANY_MERGE)
		lm_edit_collapse(edit, &m->map, m->linear.range);
	else
		lm_edit_unmap(edit, &m->map, range);
}

/* Once it is staged; or committed, first; with a deposit or without. */
static void give_back(enum many many, enum lm_way way, bool commits, bool deposits)
{
	struct machine_config config = pages;
	struct lm_reserve deposit;
	struct lm_edit edit;
	struct machine m;

	if (many == MANY_BLOCKS)
		config.flags = LM_NO_RUNS;
	machine_start(&m, &config);
	own_tables_of(&m);
	lm_deposit_init(&deposit, &m.map);
	begin_many(&edit, &m, many);
	if (deposits)
		lm_edit_deposit(&edit, &deposit);
	expect_ok(edit_prepare(&edit, way));
	if (commits)
		expect_ok(machine_commit(&m, &edit));
	expect_ok(commits ? lm_edit_release(&edit) : lm_edit_abort(&edit));
	expect_ok(lm_deposit_release(&deposit));
	expect_map_owns_all(&m);
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

static void each_table_goes_back_once(void **state)
{
	const enum lm_way *way = *state;

	for (unsigned int i = 0; i < MANIES * 4; i++)
		give_back((enum many)(i / 4), *way, i & 1, i & 2);
}

/* ----------------------------------------------------------------- who may walk */

static const struct machine_config level_0 = { .name = "level-0",
					       .levels_given = true,
					       .ram = { { 1 * GIB, 66 * MIB } } };

/* Runs of 32 MiB and blocks of 2 MiB: whole leaves become invalid while all CPUs walk. */
static void any_cpu_may_walk_what_is_unmapped_whole(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &level_0);
	expect_leaves(&m, (struct leaf_count[]){ { 32 * MIB, true, 2 },
						 { 2 * MIB, false, 1 },
						 { 0 } });
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 32 * MIB, 34 * MIB));
	expect_ok(lm_edit_prepare(&edit, LM_LIVE));
	expect_ok(machine_commit_among(&m, &edit));
	expect_finished(&m, &edit);
	/* 16 members and a block, each by one store: the hints do not go first. */
	expect_count(m.in_stop.stores, 17, "stores");
	expect_leaves(&m, (struct leaf_count[]){ { 32 * MIB, true, 1 }, { 0 } });
	machine_stop(&m);
}

static void who_is_below_level_3_must_not_see_a_leaf_split(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &level_0);
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 30 * MIB, 36 * MIB));
	expect_ok(lm_edit_prepare(&edit, LM_LIVE));
	expect_error(machine_commit_among(&m, &edit), LM_EUNSAFE);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void the_way_is_live_where_nothing_is_split(void **state)
{
	enum lm_way way;
	unsigned int culprit;
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &level_0);
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 32 * MIB, 34 * MIB));
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_NONE_HELD, &way, &culprit));
	expect_count(way, LM_LIVE, "way");
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 30 * MIB, 36 * MIB));
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_OTHERS_HELD, &way, &culprit));
	expect_count(way, LM_SWITCH, "way");
	machine_stop(&m);
}

/* -------------------------------------------------------------------- refusals */

static void a_volatile_region_is_not_unmapped(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &pages);
	m.linear.flags |= LM_VOLATILE;
	lm_edit_unmap(&edit, &m.map, m.linear.range);
	expect_error(lm_edit_plan(&edit, LM_LIVE), LM_EVOLATILE);
	machine_stop(&m);
}

/*
 * One table of pages, the first MiB of it mapped. The owner of the second one may map
 * something there at any time: the table stays, and 256 pages go one by one.
 */
static void a_table_that_a_volatile_region_is_in_stays(void **state)
{
	struct lm_region others = { .name = "others", .flags = LM_VOLATILE };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &pages);
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 1 * MIB, 1 * MIB));
	expect_edited(&m, &edit, LM_LIVE);
	others.range = machine_part(&m, 1 * MIB, 1 * MIB);
	expect_ok(lm_map_add_region(&m.map, &others));
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 0, 1 * MIB));
	expect_ok(lm_edit_prepare(&edit, LM_LIVE));
	expect_retired(&edit, 0, 0, 0);
	expect_count(edit.plan.updates, 256, "updates");
	expect_ok(machine_commit(&m, &edit));
	expect_finished(&m, &edit);
	machine_stop(&m);
}

static const void *needed;
static struct machine *machine_of_needed;

/* One pointer is in the second page of the RAM, all others nowhere in the map. */
static lm_va_t address_of(void *ctx, const void *pointer)
{
	(void)ctx;
	/* A physical address is no pointer. */
	assert_false(machine_has_tables_at(machine_of_needed, (uintptr_t)pointer));
	if (pointer == needed)
		return machine_part(machine_of_needed, 4 * KIB, 0).start;
	return (lm_va_t){ (uintptr_t)pointer };
}

static void what_the_commit_needs_is_not_unmapped_by_any_way(void **state)
{
	const enum lm_way *way = *state;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &pages);
	needed = &m.map;
	machine_of_needed = &m;
	m.map.env.address = address_of;
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 0, 8 * KIB));
	expect_error(edit_prepare(&edit, *way), LM_ESELF);
	expect_ok(lm_edit_release(&edit));
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 8 * KIB, 8 * KIB));
	lm_edit_needs(&edit, machine_part(&m, 12 * KIB, 16));
	expect_error(edit_prepare(&edit, *way), LM_ESELF);
	expect_ok(lm_edit_release(&edit));
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 8 * KIB, 8 * KIB));
	expect_edited(&m, &edit, *way);
	machine_stop(&m);
}

/*
 * 8 MiB of pages below one entry of the root: the root, where that entry is, and the tables
 * that go with it, which are read once more when they are returned.
 */
static void tables_of_the_edit_are_not_unmapped_by_any_way(void **state)
{
	const enum lm_way *way = *state;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &pages);
	machine_of_needed = &m;
	m.map.env.address = address_of;
	for (int level = m.map.fmt.start_level; level <= 3; level++) {
		uint64_t *slot = machine_slot(&m, m.linear.range.start.v, level);

		/* The RAM begins with a table of level 2 and of level 3. */
		needed = level == 1 ? slot - 1 : slot;
		lm_edit_unmap(&edit, &m.map, m.linear.range);
		expect_error(edit_prepare(&edit, *way), LM_ESELF);
		expect_ok(lm_edit_release(&edit));
	}
	needed = NULL;
	lm_edit_unmap(&edit, &m.map, m.linear.range);
	expect_edited(&m, &edit, *way);
	machine_stop(&m);
}

/* All that the allocator has given to an edit, one table at a time. */
#define MOST_GIVEN 64

static struct {
	lm_alloc_fn *alloc;
	const struct machine *m;
	lm_pa_t tables[MOST_GIVEN];
	size_t count;
	size_t needed;
} given;

static size_t alloc_and_note(void *ctx, int level, size_t tables, lm_pa_t *first)
{
	size_t got = given.alloc(ctx, level, tables, first);

	assert_true(given.count < MOST_GIVEN && got <= 1);
	if (got)
		given.tables[given.count++] = *first;
	return got;
}

/* As above, of a table. Where it is for the MMU is not where the CPU reaches it. */
static lm_va_t address_of_given(void *ctx, const void *pointer)
{
	(void)ctx;
	for (size_t i = 0; i < given.count; i++) {
		uintptr_t at = (uintptr_t)sim_pointer(given.m->sim, given.tables[i].v);

		assert_true((uintptr_t)pointer - given.tables[i].v >= 4 * KIB);
		if (i == given.needed && (uintptr_t)pointer - at < 4 * KIB)
			return machine_part(given.m, 4 * KIB, 0).start;
	}
	return (lm_va_t){ (uintptr_t)pointer };
}

/* 300 pages: a log for 300 updates, of which it takes few; or what is split for them. */
static void what_an_edit_allocated_is_not_unmapped_by_it(void **state)
{
	const enum lm_way *way = *state;

	for (int blocks = 0; blocks < 2; blocks++) {
		struct machine_config config = pages;
		struct lm_edit edit;
		struct machine m;

		config.longest_run = 1;
		if (blocks)
			config.flags = LM_NO_RUNS;
		machine_start(&m, &config);
		given.m = &m;
		given.alloc = m.map.env.alloc;
		m.map.env.alloc = alloc_and_note;
		m.map.env.address = address_of_given;
		given.needed = 0;
		do {
			given.count = 0;
			lm_edit_unmap(&edit, &m.map, machine_part(&m, 0, 300 * 4 * KIB));
			expect_error(edit_prepare(&edit, *way), LM_ESELF);
			expect_ok(lm_edit_release(&edit));
		} while (++given.needed < given.count);
		given.count = 0;
		lm_edit_unmap(&edit, &m.map, machine_part(&m, 0, 300 * 4 * KIB));
		expect_edited(&m, &edit, *way);
		machine_stop(&m);
	}
}

/* One page: all tables on the way to it are copied and go, but for the root. */
static void what_is_copied_is_not_unmapped(void **state)
{
	const enum lm_way *way = *state;
	struct lm_edit edit;
	struct machine m;

	if (!way_copies(*way))
		return;
	machine_start(&m, &pages);
	given.m = &m;
	given.count = 1;
	given.needed = 0;
	m.map.env.address = address_of_given;
	for (int level = m.map.fmt.start_level; level < 3; level++) {
		uint64_t *slot = machine_slot(&m, m.linear.range.start.v, level);

		given.tables[0].v = machine_output(&m, *slot);
		lm_edit_unmap(&edit, &m.map, machine_part(&m, 4 * KIB, 4 * KIB));
		expect_error(edit_prepare(&edit, *way), LM_ESELF);
		expect_ok(lm_edit_release(&edit));
	}
	machine_stop(&m);
}

/* The map is in a block's second page; the third goes. Only a break takes away both. */
static void what_a_split_block_still_maps_is_there_meanwhile(void **state)
{
	static const struct machine_config blocks = { .name = "blocks",
						      .flags = LM_NO_RUNS,
						      .ram = { { 1 * GIB, 8 * MIB } } };
	const enum lm_way *way = *state;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &blocks);
	needed = &m.map;
	machine_of_needed = &m;
	m.map.env.address = address_of;
	lm_edit_unmap(&edit, &m.map, machine_part(&m, 8 * KIB, 4 * KIB));
	if (*way == LM_BREAK) {
		expect_error(edit_prepare(&edit, *way), LM_ESELF);
		expect_ok(lm_edit_release(&edit));
	} else {
		expect_edited(&m, &edit, *way);
	}
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD_WAYS(&list, a_leaf_across_the_ends_is_split_first, LM_LIVE);
	ADD_WAYS(&list, all_tables_below_the_root_go_by_one_store, LM_LIVE);
	ADD_WAYS(&list, what_the_commit_needs_is_not_unmapped_by_any_way, LM_LIVE);
	ADD_WAYS(&list, tables_of_the_edit_are_not_unmapped_by_any_way, LM_LIVE);
	ADD_WAYS(&list, each_table_goes_back_once, LM_LIVE);
	ADD_WAYS(&list, what_an_edit_allocated_is_not_unmapped_by_it, LM_LIVE);
	ADD_WAYS(&list, what_is_copied_is_not_unmapped, LM_LIVE);
	ADD_WAYS(&list, what_a_split_block_still_maps_is_there_meanwhile, LM_LIVE);
	ADD(&list, a_table_that_maps_nothing_any_more_is_retired);
	ADD(&list, tables_above_that_map_nothing_else_go_too);
	ADD(&list, a_deposit_takes_what_is_retired);
	ADD(&list, any_cpu_may_walk_what_is_unmapped_whole);
	ADD(&list, who_is_below_level_3_must_not_see_a_leaf_split);
	ADD(&list, the_way_is_live_where_nothing_is_split);
	ADD(&list, a_volatile_region_is_not_unmapped);
	ADD(&list, a_table_that_a_volatile_region_is_in_stays);
	return test_list_run(&list, "unmap");
}
