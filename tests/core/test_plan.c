// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counting before anything is taken: by census and by walk alike, and what is refused. */
#include "support.h"

#include <inttypes.h>
#include <string.h>

#include "core.h"

/* ------------------------------------------------------------- two ways to count */

/* Tables that linmap looked at. */
static uint64_t looks;
static void *(*table_of_port)(void *ctx, lm_pa_t pa);

static void *look_at_table(void *ctx, lm_pa_t pa)
{
	looks++;
	return table_of_port(ctx, pa);
}

static void watch_looks(struct machine *m)
{
	looks = 0;
	table_of_port = m->map.env.table;
	m->map.env.table = look_at_table;
}

static void expect_same_plans(const char *name, const struct lm_plan *census,
			      const struct lm_plan *walk)
{
	for (int level = -1; level <= 3; level++) {
		expect_count(census->new_tables[level + 1], walk->new_tables[level + 1],
			     "%s: new tables on level %d", name, level);
		expect_count(census->copied_tables[level + 1],
			     walk->copied_tables[level + 1],
			     "%s: copied tables on level %d", name, level);
	}
	expect_count(census->leaves, walk->leaves, "%s: leaves", name);
	expect_count(census->updates, walk->updates, "%s: updates", name);
	expect_count(census->replaced, walk->replaced, "%s: replaced", name);
}

static void expect_same_leaves(const char *name, const struct lm_census *census,
			       const struct lm_census *walk)
{
	for (int level = -1; level <= 3; level++) {
		for (int kind = 0; kind < 2; kind++)
			expect_count(census->leaves[level + 1][kind],
				     walk->leaves[level + 1][kind],
				     "%s: leaves after the edit, level %d, kind %d", name,
				     level, kind);
	}
}

/* Counts what is there once more, and edit->census with it. */
static struct lm_plan plan_by_walk(struct lm_edit *edit)
{
	expect_ok(lm_plan_recount(edit));
	return edit->counted;
}

static void compare_counts(const struct machine_config *config, enum lm_way way)
{
	struct lm_census census; /* after the edit, by census */
	struct lm_edit edit;
	struct lm_plan walk;
	struct machine m;

	machine_start(&m, config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	if (m.alias.name)
		lm_edit_except(&edit, m.alias.range);
	watch_looks(&m);
	expect_ok(edit_plan(&edit, way));
	expect_count(looks, 0, "%s: tables looked at", config->name);

	census = edit.census;
	walk = plan_by_walk(&edit);
	assert_true(looks > 0);
	expect_same_plans(config->name, &edit.plan, &walk);
	expect_same_leaves(config->name, &census, &edit.census);
	machine_stop(&m);
}

static void census_and_walk_come_to_the_same_numbers(void **state)
{
	const struct split_case *c = *state;

	for (int way = 0; way < LM_WAYS; way++)
		compare_counts(&c->machine, (enum lm_way)way);
}

static void census_and_walk_agree_in_every_geometry(void **state)
{
	const struct life *life = *state;

	compare_counts(&life->g->machine, life->way);
}

/* The plan, counted by hand. */
static void a_plan_is_exact_in_every_geometry(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct lm_edit edit;
	struct machine m;
	uint64_t copied = 0, tables;

	machine_start(&m, &g->machine);
	tables = sim_tables_allocated(m.sim);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, life->way));
	for (int level = -1; level <= 3; level++) {
		expect_count(edit.plan.new_tables[level + 1], level == 3 ? g->blocks : 0,
			     "new tables on level %d", level);
		copied += edit.plan.copied_tables[level + 1];
	}
	expect_count(edit.plan.leaves, geometry_leaves(g), "leaves");
	/* One on each level, from the root's to 3, where the run is. */
	expect_count(copied,
		     way_copies(life->way) ? 4u - (unsigned int)g->start_level : 0,
		     "copied tables");
	if (!way_copies(life->way))
		expect_count(edit.plan.updates, geometry_updates(g), "updates");
	expect_ok(lm_edit_reserve(&edit));
	expect_count((sim_tables_allocated(m.sim) - tables) * g->page, edit.plan.bytes,
		     "bytes");
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/* One leaf each: in one table, in tables beside each other, in others far away. */
static const struct bank scattered[] = {
	{ 1 * GIB, 2 * MIB },
	{ 1 * GIB + 4 * MIB, 64 * KIB },
	{ 1 * GIB + 6 * MIB, 64 * KIB },
	{ 3 * GIB, 1 * GIB },
	{ 600 * GIB, 2 * MIB },
};

#define SCATTERED (sizeof(scattered) / sizeof(scattered[0]))

/* The banks one after the other; then what a switch takes, by both counts. */
static void plan_mapped_in_order(const unsigned int order[SCATTERED], bool by_census)
{
	struct lm_edit edit;
	struct lm_plan walk;
	struct machine m;

	machine_start_empty(&m, &(struct machine_config){ .name = "any-order" });
	m.linear.range = machine_range(&m, (struct bank){ 0, 1024 * GIB });
	expect_ok(lm_map_add_region(&m.map, &m.linear));
	for (unsigned int i = 0; i < SCATTERED; i++)
		expect_ok(machine_map(&m, scattered[order[i]]));
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	watch_looks(&m);
	expect_ok(edit_plan(&edit, LM_SWITCH));
	if (by_census)
		expect_count(looks, 0, "tables looked at");
	walk = plan_by_walk(&edit);
	expect_same_plans("any-order", &edit.plan, &walk);
	/* Root; 2 of level 1; for 1G and 600G of level 2; for 4M and 6M of level 3. */
	expect_count(walk.copied_tables[1], 1, "copies of the root");
	expect_count(walk.copied_tables[2], 2, "copies on level 1");
	expect_count(walk.copied_tables[3], 2, "copies on level 2");
	expect_count(walk.copied_tables[4], 2, "copies on level 3");
	machine_stop(&m);
}

static void ram_may_be_mapped_in_any_order(void **state)
{
	(void)state;
	/* Every order: the digits of a number to the base 5, if all are different. */
	for (unsigned int number = 0; number < 5 * 5 * 5 * 5 * 5; number++) {
		unsigned int order[SCATTERED], seen = 0, rest = number;

		for (unsigned int i = 0; i < SCATTERED; i++, rest /= 5)
			seen |= 1u << (order[i] = rest % 5);
		if (seen == (1u << SCATTERED) - 1)
			plan_mapped_in_order(order, false);
	}
}

static void ram_mapped_upwards_or_downwards_is_planned_without_a_look(void **state)
{
	static const unsigned int upwards[SCATTERED] = { 0, 1, 2, 3, 4 };
	static const unsigned int downwards[SCATTERED] = { 4, 3, 2, 1, 0 };

	(void)state;
	plan_mapped_in_order(upwards, true);
	plan_mapped_in_order(downwards, true);
}

static void a_plan_by_walk_does_not_go_below_a_leaf(void **state)
{
	/* 16G + 1G: the root, level 1, no more; but the region's last page is left out. */
	const struct machine_config config = { .ram = { { 16 * GIB, 17 * GIB } } };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m,
				       (struct bank){ 16 * GIB, 17 * GIB - 4 * KIB }));
	watch_looks(&m);
	expect_ok(edit_plan(&edit, LM_LIVE));
	expect_count(looks, 2, "tables looked at");
	/*
	 * 17 of level 2; 16 * 512 of level 3, and all but the last run's last page of
	 * the last GiB: 512 more.
	 */
	expect_count(edit.plan.new_tables[3], 17, "tables on level 2");
	expect_count(edit.plan.new_tables[4], 17 * 512, "tables on level 3");
	machine_stop(&m);
}

static void a_plan_takes_nothing_and_changes_nothing(void **state)
{
	const struct split_case *c = *state;
	struct sim_events before, after;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &c->machine);
	snapshot_take(&snapshot, &m);
	before = sim_events(m.sim);
	split_case_edit(c, &m, &edit);
	expect_ok(edit_plan(&edit, LM_LIVE));
	after = sim_events(m.sim);
	assert_memory_equal(&before, &after, sizeof(before));
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* ------------------------------------------------------------------ partial ranges */

struct part_case {
	const char *name;
	struct bank goal;
	struct bank exceptions[3];
	uint64_t tables_2, tables_3, leaves, updates;
};

/* 1G at 1G, 32M at 2G, 2M, 64K, a page: 1 + 1 + 1 + 1 large leaves. */
static const struct machine_config parts_config = {
	.name = "parts",
	.ram = { { 1 * GIB, 1 * GIB + 34 * MIB + 68 * KIB } },
};

static const struct part_case parts[] = {
	/* 512M of the block are 256 tables, the other half stays runs. */
	{ "half-a-gib", { 1 * GIB, 512 * MIB }, { { 0 } }, 1, 256, 1, 1 },
	/* A page more reaches into one more block. */
	{ "half-a-gib-and-a-page",
	  { 1 * GIB, 512 * MIB + 4 * KIB },
	  { { 0 } },
	  1,
	  257,
	  1,
	  1 },
	{ "a-page-of-a-gib", { 1 * GIB + 512 * MIB, 4 * KIB }, { { 0 } }, 1, 1, 1, 1 },
	/* Pages on both sides of a border of 2M. */
	{ "two-pages-two-blocks",
	  { 1 * GIB + 2 * MIB - 4 * KIB, 8 * KIB },
	  { { 0 } },
	  1,
	  2,
	  1,
	  1 },
	/* The end of the block, 3M of the run: its 16 members, two of them tables. */
	{ "end-of-gib-into-a-run",
	  { 2 * GIB - 2 * MIB, 5 * MIB },
	  { { 0 } },
	  1,
	  1 + 2,
	  2,
	  1 + 16 },
	{ "a-member-of-a-run", { 2 * GIB + 2 * MIB, 2 * MIB }, { { 0 } }, 0, 1, 1, 16 },
	{ "a-page-of-a-run-of-pages",
	  { 2 * GIB + 34 * MIB + 4 * KIB, 4 * KIB },
	  { { 0 } },
	  0,
	  0,
	  1,
	  16 },
	{ "a-page", { 2 * GIB + 34 * MIB + 64 * KIB, 4 * KIB }, { { 0 } }, 0, 0, 0, 0 },
	/* All of it, but an exception around the run: 1 + 1 large leaves and a run of pages. */
	{ "but-the-run",
	  { 1 * GIB, 1 * GIB + 34 * MIB + 68 * KIB },
	  { { 2 * GIB, 32 * MIB } },
	  1,
	  512 + 1,
	  3,
	  1 + 1 + 16 },
	/* Exceptions inside the block, 1 of 512 parts each, and after the last one. */
	{ "two-exceptions",
	  { 1 * GIB, 1 * GIB },
	  { { 1 * GIB + 2 * MIB, 2 * MIB }, { 2 * GIB - 2 * MIB, 2 * MIB } },
	  1,
	  510,
	  1,
	  1 },
	/* Exceptions that are not aligned to blocks keep none. */
	{ "exception-across-blocks",
	  { 1 * GIB, 1 * GIB },
	  { { 1 * GIB + 1 * MIB, 2 * MIB } },
	  1,
	  512,
	  1,
	  1 },
	{ "overlapping-exceptions",
	  { 1 * GIB, 1 * GIB },
	  { { 1 * GIB, 6 * MIB }, { 1 * GIB + 4 * MIB, 4 * MIB } },
	  1,
	  508,
	  1,
	  1 },
	{ "the-same-exception-twice",
	  { 1 * GIB, 1 * GIB },
	  { { 1 * GIB, 2 * MIB }, { 1 * GIB, 2 * MIB } },
	  1,
	  511,
	  1,
	  1 },
	{ "exception-beyond-the-range",
	  { 1 * GIB, 512 * MIB },
	  { { 1 * GIB + 256 * MIB, 1 * GIB } },
	  1,
	  128,
	  1,
	  1 },
	{ "exception-outside", { 1 * GIB, 2 * MIB }, { { 2 * GIB, 2 * MIB } }, 1, 1, 1, 1 },
	/* An exception that has all of the goal that lies in the leaf. */
	{ "all-excepted", { 1 * GIB, 4 * MIB }, { { 1 * GIB, 1 * GIB } }, 0, 0, 0, 0 },
};

static void a_part_is_counted_exactly(void **state)
{
	const struct part_case *c = *state;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &parts_config);
	lm_edit_to_pages(&edit, &m.map, machine_range(&m, c->goal));
	for (const struct bank *exception = c->exceptions; exception->size; exception++)
		lm_edit_except(&edit, machine_range(&m, *exception));
	expect_ok(edit_plan(&edit, LM_LIVE));
	expect_count(edit.plan.new_tables[3], c->tables_2, "tables on level 2");
	expect_count(edit.plan.new_tables[4], c->tables_3, "tables on level 3");
	expect_count(edit.plan.leaves, c->leaves, "leaves");
	expect_count(edit.plan.updates, c->updates, "updates");
	expect_count(edit.plan.copied_tables[1], 0, "copied tables");
	/* And that is what it takes. */
	expect_ok(lm_edit_reserve(&edit));
	expect_ok(lm_edit_stage(&edit));
	expect_count(lm_edit_tables_left(&edit), 0, "tables left");
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_translations(&m);
	expect_census(&m);
	machine_stop(&m);
}

static void in_place_needs_no_notes(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &parts_config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_plan(&edit, LM_IN_PLACE));
	expect_count(edit.plan.log_granules, 0, "notes");
	/* 1 + 512 + 16 + 1 tables */
	expect_count(edit.plan.bytes, 530 * 4 * KIB, "bytes");
	machine_stop(&m);
}

/* ------------------------------------------------------------------- wrong edits */

struct bad_edit_case {
	const char *name;
	struct bank goal; /* its address an offset into the upper half */
	struct bank exceptions[3];
	int err;
	uint64_t where;
};

/* Linear: [1G, 3G); in it [2G, 2G + 2M), in that [2G + 1M, 2G + 2M). All unmapped. */
static const struct bad_edit_case bad_edits[] = {
	{ "empty", { 1 * GIB, 0 }, { { 0 } }, LM_EINVAL, 1 * GIB },
	{ "unaligned", { 1 * GIB + 8, 4 * KIB }, { { 0 } }, LM_EINVAL, 1 * GIB + 8 },
	{ "size-unaligned", { 1 * GIB, 6 * KIB }, { { 0 } }, LM_EINVAL, 1 * GIB },
	{ "size-wraps", { 1 * GIB, -4 * KIB }, { { 0 } }, LM_EINVAL, 1 * GIB },
	{ "no-region", { 4 * GIB, 4 * KIB }, { { 0 } }, LM_EREGION, 4 * GIB },
	{ "out-of-the-region",
	  { 3 * GIB - 4 * KIB, 8 * KIB },
	  { { 0 } },
	  LM_EREGION,
	  3 * GIB - 4 * KIB },
	{ "into-the-region",
	  { 1 * GIB - 4 * KIB, 8 * KIB },
	  { { 0 } },
	  LM_EREGION,
	  1 * GIB - 4 * KIB },
	{ "inner-not-excepted", { 1 * GIB, 2 * GIB }, { { 0 } }, LM_EREGION, 0 },
	{ "inner-excepted-in-part",
	  { 1 * GIB, 2 * GIB },
	  { { 2 * GIB, 2 * MIB - 4 * KIB } },
	  LM_EREGION,
	  0 },
	{ "inner-touched-at-its-start",
	  { 2 * GIB - 4 * KIB, 8 * KIB },
	  { { 0 } },
	  LM_EREGION,
	  2 * GIB },
	{ "inner-touched-at-its-end",
	  { 2 * GIB + 2 * MIB - 4 * KIB, 8 * KIB },
	  { { 0 } },
	  LM_EREGION,
	  0 },
	{ "inner-excepted", { 1 * GIB, 2 * GIB }, { { 2 * GIB, 2 * MIB } }, 0, 0 },
	{ "inner-excepted-and-more",
	  { 1 * GIB, 2 * GIB },
	  { { 2 * GIB - 4 * KIB, 4 * MIB } },
	  0,
	  0 },
	{ "the-inner-one-but-the-innermost",
	  { 2 * GIB, 2 * MIB },
	  { { 2 * GIB + 1 * MIB, 1 * MIB } },
	  0,
	  0 },
	{ "the-inner-one",
	  { 2 * GIB, 2 * MIB },
	  { { 0 } },
	  LM_EREGION,
	  2 * GIB + 1 * MIB },
	{ "beside-the-innermost", { 2 * GIB, 1 * MIB }, { { 0 } }, 0, 0 },
	{ "the-innermost", { 2 * GIB + 1 * MIB, 1 * MIB }, { { 0 } }, 0, 0 },
	{ "exception-unaligned",
	  { 1 * GIB, 4 * KIB },
	  { { 1 * GIB + 1 * KIB, 4 * KIB } },
	  LM_EINVAL,
	  1 * GIB + 1 * KIB },
	{ "exception-size-unaligned",
	  { 1 * GIB, 4 * KIB },
	  { { 1 * GIB, 4 * KIB }, { 2 * GIB, 5 * KIB } },
	  LM_EINVAL,
	  2 * GIB },
	{ "exception-wraps",
	  { 1 * GIB, 4 * KIB },
	  { { 1 * GIB, -4 * KIB } },
	  LM_EINVAL,
	  1 * GIB },
};

static void start_with_regions(struct machine *m, struct lm_region *innermost)
{
	machine_start_empty(m, &(struct machine_config){ 0 });
	m->linear.range = machine_range(m, (struct bank){ 1 * GIB, 2 * GIB });
	m->alias.range = machine_range(m, (struct bank){ 2 * GIB, 2 * MIB });
	*innermost = (struct lm_region){
		.range = machine_range(m, (struct bank){ 2 * GIB + 1 * MIB, 1 * MIB }),
	};
	expect_ok(lm_map_add_region(&m->map, &m->linear));
	expect_ok(lm_map_add_region(&m->map, &m->alias));
	expect_ok(lm_map_add_region(&m->map, innermost));
}

static void a_wrong_range_or_exception_is_refused(void **state)
{
	const struct bad_edit_case *c = *state;
	struct lm_region innermost;
	struct lm_edit edit;
	struct machine m;

	start_with_regions(&m, &innermost);
	lm_edit_to_pages(&edit, &m.map, machine_range(&m, c->goal));
	for (const struct bank *exception = c->exceptions; exception->size; exception++)
		lm_edit_except(&edit, machine_range(&m, *exception));
	expect_error(edit_plan(&edit, LM_LIVE), c->err);
	if (c->where && edit.where.v != machine_va(&m, c->where).v)
		fail_msg("expected the address 0x%" PRIx64 ", saw 0x%" PRIx64,
			 machine_va(&m, c->where).v, edit.where.v);
	if (c->err)
		expect_error(lm_edit_reserve(&edit), LM_ESTATE);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void a_way_that_is_none_is_refused(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &parts_config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_error(edit_plan(&edit, LM_WAYS), LM_EWAY);
	expect_ok(edit_plan(&edit, LM_LIVE));
	machine_stop(&m);
}

static void an_empty_exception_is_refused(void **state)
{
	struct lm_region innermost;
	struct lm_edit edit;
	struct machine m;

	(void)state;
	start_with_regions(&m, &innermost);
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ 1 * GIB, 4 * KIB }));
	lm_edit_except(&edit, machine_range(&m, (struct bank){ 1 * GIB, 0 }));
	expect_error(edit_plan(&edit, LM_LIVE), LM_EINVAL);
	machine_stop(&m);
}

static void one_exception_too_many_is_refused(void **state)
{
	(void)state;
	for (uint64_t count = LM_EDIT_RANGES; count < LM_EDIT_RANGES + 300; count++) {
		struct lm_edit edit;
		struct machine m;

		if (count == LM_EDIT_RANGES + 3)
			count = LM_EDIT_RANGES +
				256; /* as if it were 8 again in 8 bits */
		machine_start(&m, &parts_config);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		for (uint64_t i = 0; i < count; i++)
			lm_edit_except(&edit,
				       machine_range(&m,
						     (struct bank){ 1 * GIB + i * 2 * MIB,
								    2 * MIB }));
		expect_error(edit_plan(&edit, LM_LIVE),
			     count > LM_EDIT_RANGES ? LM_EINVAL : 0);
		machine_stop(&m);
		if (count >= LM_EDIT_RANGES + 256)
			break;
	}
}

static void eight_exceptions_are_left_out(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &parts_config);
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ 1 * GIB, 1 * GIB }));
	for (uint64_t i = 0; i < 8; i++)
		lm_edit_except(&edit,
			       machine_range(&m, (struct bank){ 1 * GIB + i * 64 * MIB,
								2 * MIB }));
	expect_ok(edit_plan(&edit, LM_LIVE));
	/* 512 - 8 */
	expect_count(edit.plan.new_tables[4], 504, "tables on level 3");
	machine_stop(&m);
}

/*
 * A run of blocks, a run of pages, and a page that is left out, so that there is a walk:
 * in which one member, any but the first, has lost a bit: it maps nothing any more and
 * still has its hint, or the other way round.
 */
static void plan_a_broken_run(int level, uint64_t member, uint64_t lost, enum lm_way way)
{
	const struct bank runs = { 1 * GIB, 32 * MIB + 64 * KIB };
	const struct machine_config config = { .ram = { { runs.pa,
							  runs.size + 4 * KIB } } };
	uint64_t pa = level == 2 ? runs.pa + member * 2 * MIB :
				   runs.pa + 32 * MIB + member * 4 * KIB;
	bool is_hole = lost == LM_DESC_VALID;
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	machine_start(&m, &config);
	slot = machine_slot_of(&m, pa, level);
	machine_poke(&m, slot, *slot & ~lost);
	expect_ok(lm_region_recount(&m.map, &m.linear));
	lm_edit_to_pages(&edit, &m.map, machine_range(&m, runs));
	expect_ok(edit_prepare(&edit, way));
	expect_count(edit.plan.new_tables[4], level == 2 && is_hole ? 15 : 16,
		     "tables on level 3");
	/*
	 * The whole run, and of the other one each member: all 16 blocks if there is no
	 * hole; of pages those that have a hint.
	 */
	expect_count(edit.plan.leaves, level == 2 && !is_hole ? 17 : 16, "leaves");
	/* 16 blocks and 16 pages, but for what needs no change: a hole, or no hint. */
	if (way == LM_LIVE)
		expect_count(edit.plan.updates, level == 2 && !is_hole ? 32 : 31,
			     "updates");
	expect_ok(machine_commit(&m, &edit));
	expect_count(lm_edit_tables_left(&edit), 0, "tables left");
	for (uint64_t page = 0; page < 16; page++) {
		uint64_t last_run = runs.pa + 32 * MIB;

		slot = machine_slot_of(&m, last_run + page * 4 * KIB, 3);
		if (level == 2 || page != member)
			assert_false(*slot & LM_DESC_CONTIGUOUS);
	}
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void what_is_left_of_a_broken_run_is_counted_exactly(void **state)
{
	(void)state;
	for (uint64_t member = 1; member < 16; member++) {
		for (int way = 0; way < LM_WAYS; way++) {
			if (way == LM_BREAK)
				continue;
			plan_a_broken_run(2, member, LM_DESC_VALID, way);
			plan_a_broken_run(3, member, LM_DESC_VALID, way);
			plan_a_broken_run(2, member, LM_DESC_CONTIGUOUS, way);
			plan_a_broken_run(3, member, LM_DESC_CONTIGUOUS, way);
		}
	}
}

int test_main(void)
{
	struct test_list list = { 0 };

	for (size_t i = 0; i < split_case_count; i++) {
		ADD_CASE(&list, census_and_walk_come_to_the_same_numbers,
			 split_cases[i].machine.name, &split_cases[i]);
		ADD_CASE(&list, a_plan_takes_nothing_and_changes_nothing,
			 split_cases[i].machine.name, &split_cases[i]);
	}
	ADD_LIVES(&list, census_and_walk_agree_in_every_geometry, every_geometry);
	ADD_LIVES(&list, a_plan_is_exact_in_every_geometry, every_geometry);
	ADD(&list, ram_may_be_mapped_in_any_order);
	ADD(&list, ram_mapped_upwards_or_downwards_is_planned_without_a_look);
	ADD(&list, a_plan_by_walk_does_not_go_below_a_leaf);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ADD_CASE(&list, a_part_is_counted_exactly, parts[i].name, &parts[i]);
	ADD(&list, in_place_needs_no_notes);
	for (size_t i = 0; i < sizeof(bad_edits) / sizeof(bad_edits[0]); i++)
		ADD_CASE(&list, a_wrong_range_or_exception_is_refused, bad_edits[i].name,
			 &bad_edits[i]);
	ADD(&list, a_way_that_is_none_is_refused);
	ADD(&list, an_empty_exception_is_refused);
	ADD(&list, one_exception_too_many_is_refused);
	ADD(&list, eight_exceptions_are_left_out);
	ADD(&list, what_is_left_of_a_broken_run_is_counted_exactly);
	return test_list_run(&list, "plan");
}
