// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps that are not as linmap would have made them, or change between two steps of an
 * edit: runs that lack hints or members, and leaves that others write meanwhile. What is
 * expected is counted here, entry by entry, from the tables.
 */
#include <linmap/check.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core.h"
#include "support.h"

#define SEEDS	 600
#define BLOCK	 (2 * MIB)
#define PAGE	 (4 * KIB)
#define ENTRIES	 16
#define HINT	 (UINT64_C(1) << 52)
#define NG	 (UINT64_C(1) << 11)
#define AF	 (UINT64_C(1) << 10)
#define SOFTWARE (UINT64_C(1) << 57)
#define RO	 (UINT64_C(1) << 7)
#define OUTPUT	 UINT64_C(0x0000fffffffff000)

/* Three runs of blocks, three of pages, and a page. */
#define RAM_PA	   (1 * GIB)
#define PAGES_PA   (RAM_PA + 3 * ENTRIES * BLOCK)
#define RAM_END	   (PAGES_PA + 3 * ENTRIES * PAGE + PAGE)
#define PAGE_COUNT ((RAM_END - RAM_PA) / PAGE)

static const struct machine_config runs_config = {
	.ram = { { RAM_PA, RAM_END - RAM_PA } },
	.bbm_level = { 3, 3, 3 },
};

static uint64_t random_state;

static uint64_t chance(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

/* ------------------------------------------------------------------ what is there */

static bool is_leaf(uint64_t desc, int level)
{
	return (desc & 3) == (level == 3 ? 3 : 1);
}

/* The slot of the leaf, or hole, that maps @pa. */
static uint64_t *slot_at(const struct machine *m, uint64_t pa, int *level)
{
	uint64_t *slot = machine_slot_of(m, pa, 2);

	*level = 2;
	if ((*slot & 3) != 3)
		return slot;
	*level = 3;
	return machine_slot_of(m, pa, 3);
}

static uint64_t size_on(int level)
{
	return level == 3 ? PAGE : BLOCK;
}

/* All of the run that @pa is in are leaves with a hint, of adjacent memory. */
static bool is_whole_run(const struct machine *m, uint64_t pa, int level)
{
	uint64_t size = size_on(level);
	uint64_t *slot;

	pa &= ~(ENTRIES * size - 1);
	slot = machine_slot_of(m, pa, level);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		if (!is_leaf(slot[i], level) || !(slot[i] & HINT) ||
		    (slot[i] & OUTPUT) != pa + i * size)
			return false;
	}
	return true;
}

static void count_there(const struct machine *m, struct lm_census *census)
{
	*census = (struct lm_census){ 0 };
	for (uint64_t pa = RAM_PA; pa < RAM_END;) {
		int level;
		uint64_t desc = *slot_at(m, pa, &level);
		uint64_t *leaves = census->leaves[level + 1];

		if (!is_leaf(desc, level)) {
			pa += size_on(level);
		} else if (is_whole_run(m, pa, level)) {
			leaves[LM_RUN]++;
			pa += ENTRIES * size_on(level);
		} else {
			leaves[LM_SINGLE]++;
			census->stray_hints += level == 3 && (desc & HINT);
			pa += size_on(level);
		}
	}
}

static void expect_same_census(const struct lm_census *seen,
			       const struct lm_census *expected, const char *whose)
{
	for (int level = 0; level < LM_LEVELS; level++) {
		expect_count(seen->leaves[level][LM_SINGLE],
			     expected->leaves[level][LM_SINGLE],
			     "%s: single leaves on level %d", whose, level - 1);
		expect_count(seen->leaves[level][LM_RUN], expected->leaves[level][LM_RUN],
			     "%s: runs on level %d", whose, level - 1);
	}
	expect_count(seen->stray_hints, expected->stray_hints, "%s: stray hints", whose);
}

/* The kept census, and a fresh one, are what the tables hold. */
static void expect_right_census(struct machine *m)
{
	struct lm_census expected;

	count_there(m, &expected);
	expect_same_census(&m->linear.census, &expected, "kept");
	expect_ok(lm_region_recount(&m->map, &m->linear));
	expect_same_census(&m->linear.census, &expected, "recounted");
}

/* What each page is translated to: output and attributes, 0 for a hole. */
static void take_pages(const struct machine *m, uint64_t *pages)
{
	for (uint64_t i = 0; i < PAGE_COUNT; i++) {
		uint64_t pa = RAM_PA + i * PAGE;
		int level;
		uint64_t desc = *slot_at(m, pa, &level);
		uint64_t in_leaf = pa & (size_on(level) - 1);

		pages[i] = 0;
		if (is_leaf(desc, level))
			pages[i] = ((desc & ~(HINT | UINT64_C(2))) &
				    ~(size_on(level) - PAGE)) +
				   in_leaf;
	}
}

/* ----------------------------------------------------------------- breaking runs */

static void put_table(struct machine *m, uint64_t *slot)
{
	uint64_t leaf = *slot & ~HINT;
	lm_pa_t pa;
	lm_desc_t *table;

	assert_int_equal(m->map.env.alloc(m->map.env.ctx, 3, 1, &pa), 1);
	table = m->map.env.table(m->map.env.ctx, pa);
	for (uint64_t i = 0; i < 512; i++)
		table[i].v = (leaf | 2) + i * PAGE;
	machine_poke(m, slot, pa.v | 3);
}

static void break_member(struct machine *m, uint64_t pa, int level)
{
	uint64_t *slot = machine_slot_of(m, pa, level);

	switch (chance(level == 2 ? 4 : 3)) {
	case 0:
		machine_poke(m, slot, *slot & ~HINT);
		break;
	case 1:
		machine_poke(m, slot, chance(2) ? 0 : HINT);
		break;
	case 2:
		machine_poke(m, slot, *slot ^ SOFTWARE);
		break;
	default:
		if (is_leaf(*slot, 2))
			put_table(m, slot);
		break;
	}
}

/* Each run is whole, or some members are not what they were, most often the first. */
static void break_runs(struct machine *m)
{
	for (uint64_t run = 0; run < 6; run++) {
		int level = run < 3 ? 2 : 3;
		uint64_t size = size_on(level);
		uint64_t pa = level == 2 ? RAM_PA + run * ENTRIES * size :
					   PAGES_PA + (run - 3) * ENTRIES * size;

		for (uint64_t faults = chance(5); faults--;)
			break_member(m, pa + (chance(2) ? 0 : chance(ENTRIES)) * size,
				     level);
	}
}

/* ---------------------------------------------------------------------- the edits */

enum goal { PAGES, BOUNDARIES, PROTECT, NON_GLOBAL, COLLAPSE, GOALS };

struct wish {
	enum goal goal;
	enum lm_way way;
	uint64_t start, end; /* physical */
};

static void some_wish(struct wish *wish)
{
	bool is_whole = !chance(3);
	uint64_t a = chance(PAGE_COUNT), b = chance(PAGE_COUNT);

	/* Half of them reach into the runs of pages, which are few pages. */
	if (chance(2))
		b = PAGE_COUNT - 1 - chance(4 * ENTRIES);
	if (!chance(4))
		a = PAGE_COUNT - 1 - chance(4 * ENTRIES);
	*wish = (struct wish){ .goal = (enum goal)chance(GOALS),
			       .way = (enum lm_way)chance(LM_WAYS) };
	wish->start = is_whole ? RAM_PA : RAM_PA + (a < b ? a : b) * PAGE;
	wish->end = is_whole ? RAM_END : RAM_PA + (a < b ? b : a) * PAGE + PAGE;
	if (wish->goal == COLLAPSE && wish->way == LM_IN_PLACE)
		wish->way = LM_LIVE;
	if (wish->goal == NON_GLOBAL)
		wish->way = (enum lm_way)(LM_BREAK + chance(LM_WAYS - LM_BREAK));
}

static void begin(const struct wish *wish, struct machine *m, struct lm_edit *edit)
{
	struct lm_range range =
		machine_range(m, (struct bank){ wish->start, wish->end - wish->start });

	switch (wish->goal) {
	case PAGES:
		/* All of the region: planned by its census, where that knows enough. */
		if (wish->start == RAM_PA && wish->end == RAM_END)
			range = m->linear.range;
		lm_edit_to_pages(edit, &m->map, range);
		break;
	case BOUNDARIES:
		lm_edit_to_boundaries(edit, &m->map, range);
		break;
	case PROTECT:
		lm_edit_protect(edit, &m->map, range,
				lm_change_attrs((lm_attrs_t){ RO }, (lm_attrs_t){ 0 }));
		break;
	case NON_GLOBAL:
		lm_edit_non_global(edit, &m->map);
		break;
	default:
		lm_edit_collapse(edit, &m->map, range);
		break;
	}
}

static void change_pages(const struct wish *wish, uint64_t *pages)
{
	for (uint64_t i = 0; i < PAGE_COUNT; i++) {
		uint64_t pa = RAM_PA + i * PAGE;

		if (!pages[i])
			continue;
		if (wish->goal == NON_GLOBAL)
			pages[i] |= NG;
		if (wish->goal == PROTECT && wish->start <= pa && pa < wish->end)
			pages[i] |= RO;
	}
}

/* No leaf reaches across @pa, and no hint in the range promises that one does. */
static void expect_end(const struct machine *m, const struct wish *wish, uint64_t pa)
{
	for (int side = 0; side < 2; side++) {
		uint64_t at = side ? pa : pa - PAGE;
		int level;
		uint64_t desc, size;

		if (at < RAM_PA || at >= RAM_END)
			continue;
		desc = *slot_at(m, at, &level);
		size = size_on(level);
		if (!is_leaf(desc, level))
			continue;
		assert_true(!(pa & (size - 1)));
		if ((pa & (ENTRIES * size - 1)) && wish->start <= at && at < wish->end)
			assert_false(desc & HINT);
	}
}

static void expect_goal_reached(const struct machine *m, const struct wish *wish)
{
	if (wish->goal == BOUNDARIES || wish->goal == PROTECT) {
		expect_end(m, wish, wish->start);
		expect_end(m, wish, wish->end);
	}
	for (uint64_t pa = wish->start; wish->goal == PAGES && pa < wish->end;
	     pa += PAGE) {
		int level;
		uint64_t desc = *slot_at(m, pa, &level);

		assert_true(!is_leaf(desc, level) || level == 3);
		assert_true(!is_leaf(desc, level) || !(desc & HINT));
	}
}

static int note_kinds(void *ctx, const struct lm_finding *finding)
{
	*(unsigned int *)ctx |= 1U << finding->kind;
	return 0;
}

/* The verifier reports runs that are none, and nothing else. */
static void expect_found(const struct machine *m)
{
	bool is_broken = false;
	unsigned int kinds = 0;

	for (uint64_t pa = RAM_PA; pa < RAM_END;) {
		int level;
		uint64_t *slot = slot_at(m, pa, &level);
		uint64_t desc = *slot, size = size_on(level);

		if (is_leaf(desc, level) && (desc & HINT)) {
			uint64_t into = pa / size % ENTRIES;

			is_broken |= !is_whole_run(m, pa, level);
			for (uint64_t i = 0; i < ENTRIES; i++)
				is_broken |= ((slot - into)[i] ^ desc) & SOFTWARE;
		}
		pa += size;
	}
	assert_true(lm_check(&m->map, NULL, 0, note_kinds, &kinds) >= 0);
	assert_int_equal(kinds, is_broken ? 1U << LM_FOUND_RUN : 0);
}

static uint64_t sum(const uint64_t *levels)
{
	uint64_t all = 0;

	for (int level = 0; level < LM_LEVELS; level++)
		all += levels[level];
	return all;
}

static void run(uint64_t seed)
{
	static uint64_t before[PAGE_COUNT], after[PAGE_COUNT];
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	struct wish wish;
	uint64_t tables;
	int err;

	random_state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	machine_start(&m, &runs_config);
	break_runs(&m);
	expect_ok(lm_region_recount(&m.map, &m.linear));
	expect_right_census(&m);
	expect_found(&m);
	take_pages(&m, before);
	some_wish(&wish);
	begin(&wish, &m, &edit);
	tables = sim_tables_allocated(m.sim);

	err = edit_plan(&edit, wish.way);
	if (wish.goal == COLLAPSE && err == -LM_ENOLEAF) {
		machine_stop(&m);
		return;
	}
	expect_ok(err);
	expect_ok(lm_plan_recount(&edit));
	expect_ok(lm_edit_reserve(&edit));
	snapshot_take(&snapshot, &m);
	expect_ok(lm_edit_stage(&edit));
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	expect_ok(machine_commit(&m, &edit));
	expect_count(lm_edit_tables_left(&edit), 0, "tables left");
	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim),
		     tables + sum(edit.plan.new_tables) - sum(edit.plan.retired_tables),
		     "tables");

	change_pages(&wish, before);
	take_pages(&m, after);
	for (uint64_t i = 0; i < PAGE_COUNT; i++)
		expect_count(after[i], before[i], "page %" PRIu64, i);
	expect_goal_reached(&m, &wish);
	expect_right_census(&m);
	expect_found(&m);
	machine_stop(&m);
}

static void edits_of_broken_runs_are_planned_staged_and_done_alike(void **state)
{
	const char *given = getenv("LINMAP_TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 0;
	uint64_t last = given ? seed + 1 : SEEDS;

	(void)state;
	for (; seed < last; seed++) {
		print_message("# LINMAP_TEST_SEED=%" PRIu64 "\n", seed);
		run(seed);
	}
}

/* ------------------------------------------------- the first member lost its hint */

static int count_items(void *ctx, struct lm_walk_item *item)
{
	uint64_t *at = ctx;

	/* Never back to where the walk has been. */
	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	assert_true(item->va.v >= at[0]);
	at[0] = item->va.v + 1;
	at[1]++;
	return LM_WALK_NEXT;
}

static void a_walk_does_not_go_back_into_a_broken_run(void **state)
{
	uint64_t at[2] = { 0, 0 };
	struct machine m;
	uint64_t *slot;

	(void)state;
	machine_start(&m, &runs_config);
	slot = machine_slot_of(&m, RAM_PA, 2);
	machine_poke(&m, slot, *slot & ~HINT);
	expect_ok(lm_walk(&m.map,
			  machine_range(&m, (struct bank){ RAM_PA, 2 * ENTRIES * BLOCK }),
			  count_items, at));
	/* 16 blocks, and a run. */
	expect_count(at[1], 17, "items");
	machine_stop(&m);
}

struct repair {
	uint64_t *slot;
	uint64_t items;
};

static int repair_at_first(void *ctx, struct lm_walk_item *item)
{
	struct repair *repair = ctx;

	if (lm_item_is_table(item))
		return LM_WALK_DESCEND;
	*repair->slot |= HINT;
	repair->items++;
	assert_int_equal(item->entries, 1);
	return LM_WALK_NEXT;
}

/* A collapse may give a run its hints while somebody walks without the lock. */
static void nor_into_a_run_that_is_whole_meanwhile(void **state)
{
	struct repair repair = { 0 };
	struct machine m;

	(void)state;
	machine_start(&m, &runs_config);
	repair.slot = machine_slot_of(&m, RAM_PA, 2);
	machine_poke(&m, repair.slot, *repair.slot & ~HINT);
	expect_ok(lm_walk(&m.map,
			  machine_range(&m, (struct bank){ RAM_PA, ENTRIES * BLOCK }),
			  repair_at_first, &repair));
	expect_count(repair.items, ENTRIES, "items");
	machine_stop(&m);
}

/* -------------------------------------------- leaves change between plan and stage */

static struct machine_config pages_config(bool hw_updates)
{
	return (struct machine_config){
		.ram = { { RAM_PA, 2 * BLOCK } },
		.flags = LM_NO_BLOCKS | LM_NO_RUNS,
		.hw_updates = hw_updates,
		.bbm_level = { 3, 3, 3 },
	};
}

struct meanwhile {
	struct machine m;
	struct lm_edit edit;
	struct snapshot snapshot;
	uint64_t tables;
};

static struct lm_range page_at(const struct machine *m, uint64_t pa)
{
	return machine_range(m, (struct bank){ pa, PAGE });
}

static void plan_and_reserve(struct meanwhile *t, enum lm_way way)
{
	expect_ok(edit_plan(&t->edit, way));
	expect_ok(lm_edit_reserve(&t->edit));
}

/* What is refused has done nothing, and all comes back. */
static void expect_refused_at(struct meanwhile *t, uint64_t pa)
{
	snapshot_take(&t->snapshot, &t->m);
	expect_error(lm_edit_stage(&t->edit), LM_ESTALE);
	assert_int_equal(t->edit.where.v, machine_va(&t->m, pa).v);
	expect_ok(lm_edit_abort(&t->edit));
	expect_unchanged(&t->snapshot, &t->m);
	snapshot_free(&t->snapshot);
	expect_count(sim_tables_allocated(t->m.sim), t->tables, "tables");
	expect_census(&t->m);
	machine_stop(&t->m);
}

static void expect_done(struct meanwhile *t)
{
	expect_ok(lm_edit_stage(&t->edit));
	expect_ok(machine_commit(&t->m, &t->edit));
	expect_count(lm_edit_tables_left(&t->edit), 0, "tables left");
	expect_ok(lm_edit_release(&t->edit));
	expect_census(&t->m);
	machine_stop(&t->m);
}

static void expect_protect(struct machine *m, uint64_t pa, uint64_t set, uint64_t clear)
{
	expect_ok(lm_protect(&m->map, page_at(m, pa),
			     lm_change_attrs((lm_attrs_t){ set }, (lm_attrs_t){ clear }),
			     LM_WALKED_BY_TOLERANT, NULL));
}

static void begin_collapse(struct meanwhile *t, bool hw_updates)
{
	struct machine_config config = pages_config(hw_updates);

	machine_start(&t->m, &config);
	t->m.linear.flags = LM_NO_RUNS;
	t->tables = sim_tables_allocated(t->m.sim);
	lm_edit_collapse(&t->edit, &t->m.map, machine_range(&t->m, config.ram[0]));
}

/* Planned: one block, as a page of the other differs. Then it does not any more. */
static void a_block_more_to_collapse_is_refused(void **state)
{
	struct meanwhile t;

	(void)state;
	for (int way = LM_LIVE; way < LM_WAYS; way++) {
		begin_collapse(&t, false);
		expect_protect(&t.m, RAM_PA + BLOCK + 5 * PAGE, RO, 0);
		plan_and_reserve(&t, (enum lm_way)way);
		expect_count(t.edit.plan.retired_tables[4], 1, "retired tables");
		expect_protect(&t.m, RAM_PA + BLOCK + 5 * PAGE, 0, RO);
		expect_refused_at(&t, RAM_PA + BLOCK);
	}
}

/* Planned: two. */
static void a_block_less_to_collapse_is_refused(void **state)
{
	struct meanwhile t;

	(void)state;
	for (int way = LM_LIVE; way < LM_WAYS; way++) {
		begin_collapse(&t, false);
		plan_and_reserve(&t, (enum lm_way)way);
		expect_count(t.edit.plan.retired_tables[4], 2, "retired tables");
		expect_protect(&t.m, RAM_PA + BLOCK + 5 * PAGE, RO, 0);
		expect_refused_at(&t, RAM_PA);
	}
}

/* The same by hardware, which sets AF of a page that is used. */
static void a_page_that_was_used_is_refused(void **state)
{
	struct meanwhile t;
	uint64_t *slot;

	(void)state;
	for (int way = LM_LIVE; way < LM_WAYS; way++) {
		begin_collapse(&t, true);
		slot = machine_slot_of(&t.m, RAM_PA + BLOCK + 5 * PAGE, 3);
		machine_poke(&t.m, slot, *slot & ~AF);
		plan_and_reserve(&t, (enum lm_way)way);
		expect_count(t.edit.plan.retired_tables[4], 1, "retired tables");
		machine_poke(&t.m, slot, *slot | AF);
		expect_refused_at(&t, RAM_PA + BLOCK);
	}
}

/* After the refusal the region is pages, all of it. */
static void a_refused_collapse_leaves_a_census_that_is_right(void **state)
{
	struct lm_cpus cpus;
	struct meanwhile t;

	(void)state;
	begin_collapse(&t, false);
	cpus = t.m.cpus;
	expect_protect(&t.m, RAM_PA + BLOCK, RO, 0);
	plan_and_reserve(&t, LM_LIVE);
	expect_protect(&t.m, RAM_PA + BLOCK, 0, RO);
	expect_error(lm_edit_stage(&t.edit), LM_ESTALE);
	expect_ok(lm_edit_release(&t.edit));
	/* 2 MiB are 512 pages. */
	expect_count(t.m.linear.census.leaves[4][LM_SINGLE], 1024, "pages");
	assert_false(lm_region_needs_split(&t.m.linear, &cpus));
	machine_stop(&t.m);
}

/* Somebody puts a table in the place of a block that is to become one. */
static void a_block_that_was_split_meanwhile_is_refused(void **state)
{
	struct meanwhile t;

	(void)state;
	for (int goal = PAGES; goal <= PROTECT; goal++) {
		for (int way = 0; way < LM_WAYS; way++) {
			struct wish wish = { .goal = (enum goal)goal,
					     .start = RAM_PA + PAGE,
					     .end = RAM_PA + BLOCK };
			struct machine_config config = pages_config(false);
			uint64_t *slot;

			config.flags = LM_NO_RUNS;
			machine_start(&t.m, &config);
			begin(&wish, &t.m, &t.edit);
			plan_and_reserve(&t, (enum lm_way)way);
			expect_count(t.edit.plan.new_tables[4], 1, "new tables");
			slot = machine_slot_of(&t.m, RAM_PA, 2);
			put_table(&t.m, slot);
			expect_error(lm_edit_stage(&t.edit), LM_ESTALE);
			expect_ok(lm_edit_abort(&t.edit));
			expect_ok(lm_region_recount(&t.m.map, &t.m.linear));
			expect_census(&t.m);
			machine_stop(&t.m);
		}
	}
}

/*
 * A page that is to be read-only is so before it is staged. A break has one entry less
 * to store than was planned. Live, the stores are made later and not counted; a switch
 * counts its copies, and these are the same.
 */
static void a_page_that_is_as_wanted_already_counts_where_it_is_stored(void **state)
{
	struct meanwhile t;

	(void)state;
	for (int way = 0; way < LM_WAYS; way++) {
		struct wish wish = { .goal = PROTECT,
				     .start = RAM_PA + PAGE,
				     .end = RAM_PA + 9 * PAGE };
		struct machine_config config = pages_config(false);

		machine_start(&t.m, &config);
		t.tables = sim_tables_allocated(t.m.sim);
		begin(&wish, &t.m, &t.edit);
		plan_and_reserve(&t, (enum lm_way)way);
		expect_count(t.edit.plan.updates,
			     way == LM_BREAK		  ? 8 :
			     way_copies((enum lm_way)way) ? 1 :
							    0,
			     "updates");
		expect_protect(&t.m, RAM_PA + 5 * PAGE, RO, 0);
		if (way == LM_BREAK)
			expect_refused_at(&t, wish.start);
		else
			expect_done(&t);
	}
}

/* The same for nG, stored by hand: the only page of its table that would have changed. */
static void a_table_that_needs_no_copy_any_more_is_refused(void **state)
{
	struct meanwhile t;

	(void)state;
	for (int way = LM_BREAK; way <= LM_SWITCH; way++) {
		struct machine_config config = pages_config(false);
		uint64_t *slot;

		config.ram[0].size = PAGE;
		config.ram[1] = (struct bank){ RAM_PA + GIB, PAGE };
		machine_start(&t.m, &config);
		t.tables = sim_tables_allocated(t.m.sim);
		lm_edit_non_global(&t.edit, &t.m.map);
		plan_and_reserve(&t, (enum lm_way)way);
		slot = machine_slot_of(&t.m, RAM_PA, 3);
		machine_poke(&t.m, slot, *slot | NG);
		assert_int_equal(t.edit.range.start.v, t.m.map.fmt.base);
		expect_refused_at(&t, -machine_va(&t.m, 0).v + t.m.map.fmt.base);
	}
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD(&list, a_walk_does_not_go_back_into_a_broken_run);
	ADD(&list, nor_into_a_run_that_is_whole_meanwhile);
	ADD(&list, edits_of_broken_runs_are_planned_staged_and_done_alike);
	ADD(&list, a_block_more_to_collapse_is_refused);
	ADD(&list, a_block_less_to_collapse_is_refused);
	ADD(&list, a_page_that_was_used_is_refused);
	ADD(&list, a_refused_collapse_leaves_a_census_that_is_right);
	ADD(&list, a_block_that_was_split_meanwhile_is_refused);
	ADD(&list, a_page_that_is_as_wanted_already_counts_where_it_is_stored);
	ADD(&list, a_table_that_needs_no_copy_any_more_is_refused);
	return test_list_run(&list, "broken");
}
