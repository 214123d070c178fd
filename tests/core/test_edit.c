// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The whole life of an edit on many layouts, both ways: what it takes and what it leaves. */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A layout and a way to commit. */
struct case_life {
	const struct split_case *c;
	enum lm_way way;
	const struct mix *mix;
};

#define NOBODY_WALKS (1 << LM_BREAK | 1 << LM_SWITCH | 1 << LM_ROLL)
#define EVERY_WAY    (1 << LM_IN_PLACE | 1 << LM_LIVE | NOBODY_WALKS)

/* Levels of all CPUs, and the ways that are allowed with CPU 0 as the leader. */
static const struct mix {
	const char *name;
	uint8_t bbm_level[CPUS];
	unsigned int ways;
} mixes[] = {
	{ "3-0-0", { 3, 0, 0 }, EVERY_WAY },
	{ "3-3-3", { 3, 3, 3 }, EVERY_WAY },
	{ "0-0-0", { 0, 0, 0 }, NOBODY_WALKS },
	{ "2-0-3", { 2, 0, 3 }, NOBODY_WALKS },
};

#define MIXES (sizeof(mixes) / sizeof(mixes[0]))

static void start_life(struct machine *m, const struct case_life *life)
{
	struct machine_config config = life->c->machine;

	memcpy(config.bbm_level, life->mix->bbm_level, sizeof(config.bbm_level));
	config.levels_given = true;
	machine_start(m, &config);
}

/* Tables that only a switch and a roll take: copies, among them a clone of the root. */
static uint64_t copied_tables(const struct case_life *life)
{
	return way_copies(life->way) ? life->c->copied : 0;
}

static void expect_plan(const struct case_life *life, const struct lm_plan *plan)
{
	const struct split_case *c = life->c;
	const char *name = c->machine.name;
	uint64_t copied = 0;

	expect_count(plan->new_tables[0], 0, "%s: tables above level 0", name);
	for (int level = -1; level <= 3; level++)
		copied += plan->copied_tables[level + 1];
	for (int level = 0; level <= 3; level++)
		expect_count(plan->new_tables[level + 1], c->tables[level],
			     "%s: new tables on level %d", name, level);
	expect_count(copied, copied_tables(life), "%s: copied tables", name);
	expect_count(plan->leaves, c->leaves, "%s: leaves that go", name);
	if (way_copies(life->way)) {
		expect_count(plan->updates, c->root_entries, "%s: updates", name);
		expect_count(plan->replaced, c->replaced, "%s: replaced", name);
	} else {
		expect_count(plan->updates, c->updates, "%s: updates", name);
	}
}

/* Reserves and stages; nothing of it may show in the map. */
static void get_ready(const struct case_life *life, struct machine *m,
		      struct lm_edit *edit)
{
	uint64_t tables = split_case_tables(life->c) + copied_tables(life);
	uint64_t before = sim_tables_allocated(m->sim);
	uint64_t stores = sim_events(m->sim).stores;
	const char *name = life->c->machine.name;
	struct snapshot snapshot;

	snapshot_take(&snapshot, m);
	expect_ok(lm_edit_reserve(edit));
	expect_count(sim_tables_allocated(m->sim) - before,
		     tables + edit->plan.log_granules, "%s: tables reserved", name);
	expect_count(edit->plan.bytes,
		     (tables + edit->plan.log_granules) * machine_granule(m), "%s: bytes",
		     name);
	expect_count(lm_edit_tables_left(edit), tables, "%s: tables in reserve", name);
	expect_ok(lm_edit_stage(edit));
	expect_count(sim_events(m->sim).stores, stores,
		     "%s: stores to live tables before the stop", name);
	expect_unchanged(&snapshot, m);
	snapshot_free(&snapshot);
}

static void an_edit_does_what_was_counted_by_hand(void **state)
{
	const struct case_life *life = *state;
	const struct split_case *c = life->c;
	uint64_t tables;
	struct machine m;
	struct lm_edit edit;

	start_life(&m, life);
	expect_leaves(&m, c->before);
	expect_translations(&m);
	expect_census(&m);
	tables = sim_tables_allocated(m.sim);

	split_case_edit(c, &m, &edit);
	expect_ok(edit_plan(&edit, life->way));
	expect_plan(life, &edit.plan);
	get_ready(life, &m, &edit);
	expect_ok(machine_commit(&m, &edit));

	expect_count(m.in_stop.stores, split_case_stores(life->c, life->way),
		     "%s: stores in the stop", c->machine.name);
	expect_count(m.in_stop.tlbis, split_case_tlbis(life->c, life->way),
		     "%s: TLBIs in the stop", c->machine.name);
	expect_count(m.in_stop.allocations, 0, "%s: allocations in the stop",
		     c->machine.name);
	expect_count(m.in_stop.frees, 0, "%s: frees in the stop", c->machine.name);
	expect_count(lm_edit_tables_left(&edit), 0, "%s: tables left", c->machine.name);
	expect_translations(&m);
	expect_leaves(&m, c->after);
	expect_census(&m);

	expect_ok(lm_edit_release(&edit));
	expect_count(sim_tables_allocated(m.sim), tables + split_case_tables(c),
		     "%s: tables allocated after the release", c->machine.name);
	expect_clean(&m);
	machine_stop(&m);
}

static void a_second_edit_of_the_same_range_has_nothing_to_do(void **state)
{
	const struct split_case *c = *state;
	struct machine m;
	struct lm_edit edit;

	machine_start(&m, &c->machine);
	for (int i = 0; i < 2; i++) {
		split_case_edit(c, &m, &edit);
		expect_ok(machine_edit(&m, &edit, LM_LIVE));
	}
	for (int level = -1; level <= 3; level++)
		expect_count(edit.plan.new_tables[level + 1], 0, "%s: tables on level %d",
			     c->machine.name, level);
	expect_count(edit.plan.leaves, 0, "%s: leaves", c->machine.name);
	expect_count(edit.plan.bytes, 0, "%s: bytes", c->machine.name);
	expect_count(m.in_stop.stores, 0, "%s: stores", c->machine.name);
	expect_leaves(&m, c->after);
	machine_stop(&m);
}

static void each_leaf_lies_where_it_may_and_is_as_large_as_it_can_be(void **state)
{
	const struct case_life *life = *state;
	const struct split_case *c = life->c;
	struct stretch exceptions[4];
	struct leaves leaves;
	struct lm_edit edit;
	struct machine m;
	size_t count = 0;

	start_life(&m, life);
	leaves_of_mappings(&leaves, &m);
	expect_these_leaves(&m, &leaves);

	split_case_edit(c, &m, &edit);
	for (; count < edit.exceptions.count; count++)
		exceptions[count] =
			(struct stretch){ edit.exceptions.ranges[count].start.v,
					  edit.exceptions.ranges[count].size };
	leaves_to_pages(&leaves, &m,
			(struct stretch){ edit.range.start.v, edit.range.size },
			exceptions, count);
	expect_ok(machine_edit(&m, &edit, life->way));
	expect_these_leaves(&m, &leaves);
	leaves_free(&leaves);
	machine_stop(&m);
}

/* --------------------------------------------------------------- attributes */

struct attrs_case {
	const char *name;
	uint64_t attrs;
};

static const struct attrs_case attrs_cases[] = {
	{ "memory-type", 0x71c },
	{ "non-secure", 0x720 },
	{ "el0", 0x740 },
	{ "read-only", 0x780 },
	{ "no-af", 0x300 },
	{ "outer-shareable", 0x600 },
	{ "non-global", 0xf00 },
	{ "guarded", UINT64_C(0x0004000000000700) },
	{ "dbm-read-only", UINT64_C(0x0008000000000780) },
	{ "pxn", UINT64_C(0x0020000000000700) },
	{ "uxn", UINT64_C(0x0040000000000700) },
	{ "software-55", UINT64_C(0x0080000000000700) },
	{ "software-58", UINT64_C(0x0400000000000700) },
	{ "pbha", UINT64_C(0x7800000000000700) },
	{ "bit-63", UINT64_C(0x8000000000000700) },
	{ "all", ATTRS_MASK },
};

static void splitting_keeps_every_attribute(void **state)
{
	const struct life *life = *state;

	for (size_t i = 0; i < sizeof(attrs_cases) / sizeof(attrs_cases[0]); i++) {
		struct machine_config config = life->g->machine;
		struct lm_edit edit;
		struct machine m;

		/* What is address or reserved there cannot be one. */
		config.attrs = attrs_cases[i].attrs & machine_attrs_mask(&config);
		if (!lm_regime_has_two_ranges(config.regime))
			config.attrs |= LM_ATTR_EL0;
		machine_start(&m, &config);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_ok(machine_edit(&m, &edit, life->way));
		expect_translations(&m);
		expect_leaves(&m, (struct leaf_count[]){ { life->g->page, false,
							   geometry_pages(life->g) },
							 { 0 } });
		expect_clean(&m);
		machine_stop(&m);
	}
}

static void every_new_table_has_the_table_attributes(void **state)
{
	/* PXNTable, UXNTable, AF and a software bit: 59, 60, 10 and 58. */
	const uint64_t wanted = UINT64_C(0x1c00000000000400);
	const uint64_t without_pxn = UINT64_C(0x1400000000000400);
	const struct life *life = *state;
	struct machine_config config = life->g->machine;
	/* Leaves that lose nothing by these: PXN and UXN, 53 and 54. */
	uint64_t attrs = PLAIN_ATTRS | UINT64_C(0x0060000000000000);
	struct bank ram = geometry_ram(life->g);
	struct lm_edit edit;
	struct machine m;

	/* Reserved where one range is all there is. */
	config.table_attrs = lm_regime_has_two_ranges(config.regime) ? wanted :
								       without_pxn;
	config.attrs = (attrs & machine_attrs_mask(&config)) |
		       machine_plain_attrs(&config);
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, life->way));
	expect_ok(machine_commit(&m, &edit));
	for (uint64_t done = 0; done < ram.size; done += life->g->block) {
		for (int level = life->g->start_level; level < 3; level++) {
			uint64_t desc = *machine_slot_of(&m, ram.pa + done, level);
			/* EL2 and EL3 alone have no PXN, so no leaf has it. */
			uint64_t expected = config.attrs >> 53 & 1 ? wanted : without_pxn;

			if (machine_not_output(&m, desc) != (expected | 3))
				fail_msg("0x%" PRIx64 ", level %d: expected a table with "
					 "0x%016" PRIx64 ", saw 0x%016" PRIx64,
					 ram.pa + done, level, expected, desc);
		}
	}
	/* The hierarchy of one says nothing about the leaves of it. */
	expect_translations(&m);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/* -------------------------------------------------- invalid, but holding memory */

/*
 * Linux marks a descriptor that was made invalid and keeps a mapping by nG, which
 * EL2 alone does not have: there it is a bit of software.
 */
#define PRESENT_INVALID UINT64_C(0x800)

static uint64_t mark_of(const struct machine_config *config)
{
	return config->regime == LM_EL2 ? UINT64_C(1) << 58 : PRESENT_INVALID;
}

static void start_with_mark(struct machine *m, const struct geometry *g)
{
	struct machine_config config = g->machine;

	config.present_invalid = mark_of(&config);
	machine_start(m, &config);
}

static void make_present_invalid(struct machine *m, uint64_t *slot)
{
	machine_poke(m, slot, (*slot & ~UINT64_C(1)) | mark_of(&m->config));
}

/* [@from, @to) of the physical memory keeps its mapping in invalid pages. */
static void expect_present_invalid_pages(const struct machine *m, uint64_t from,
					 uint64_t to)
{
	uint64_t attrs = m->config.attrs | mark_of(&m->config);

	for (uint64_t pa = from; pa < to; pa += machine_granule(m)) {
		/* page, but invalid: 0b10 */
		uint64_t expected = machine_leaf(m, pa, attrs, 3) & ~UINT64_C(1);
		uint64_t va = machine_va(m, pa).v;
		struct sim_translation t = sim_walk(m->sim, m->map.root.v, va);

		assert_false(t.valid);
		if (t.level != 3 || t.descriptor != expected)
			fail_msg("0x%" PRIx64 ": expected 0x%016" PRIx64
				 " on level 3, saw 0x%016" PRIx64 " on level %d",
				 va, expected, t.descriptor, t.level);
	}
}

static void expect_valid_pages(const struct machine *m, uint64_t from, uint64_t to)
{
	for (uint64_t pa = from; pa < to; pa += machine_granule(m)) {
		uint64_t va = machine_va(m, pa).v;
		struct sim_translation t = sim_walk(m->sim, m->map.root.v, va);

		if (!t.valid || t.descriptor != machine_leaf(m, pa, m->config.attrs, 3))
			fail_msg("0x%" PRIx64 ": expected the page 0x%" PRIx64
				 ", saw 0x%016" PRIx64,
				 va, pa, t.descriptor);
	}
}

static void a_block_that_holds_its_mapping_becomes_pages_that_do(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct bank ram = geometry_ram(g);
	struct lm_edit edit;
	struct machine m;

	start_with_mark(&m, g);
	make_present_invalid(&m, machine_slot_of(&m, geometry_block(g), 2));
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, life->way));
	expect_count(edit.plan.new_tables[4], g->blocks, "tables on level 3");
	expect_ok(machine_commit(&m, &edit));
	expect_valid_pages(&m, ram.pa, geometry_block(g));
	expect_present_invalid_pages(&m, geometry_block(g), geometry_run(g));
	expect_valid_pages(&m, geometry_run(g), ram.pa + ram.size);
	/* All are pages for the census, valid or not. */
	expect_count(m.linear.census.leaves[4][LM_SINGLE], geometry_pages(g), "pages");
	expect_count(m.linear.census.leaves[3][LM_SINGLE], 0, "blocks");
	expect_ok(lm_edit_release(&edit));
	expect_clean(&m);
	machine_stop(&m);
}

static void a_present_invalid_run_is_unfolded_and_stays_one(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	uint64_t block = g->blocks ? geometry_block(g) : geometry_run(g);
	struct lm_edit edit;
	struct machine m;

	start_with_mark(&m, g);
	/* A run of blocks, if there is one, and that of pages. */
	for (uint64_t pa = geometry_ram(g).pa; pa < block; pa += g->block)
		make_present_invalid(&m, machine_slot_of(&m, pa, 2));
	for (uint64_t pa = geometry_run(g); pa < geometry_page(g); pa += g->page)
		make_present_invalid(&m, machine_slot_of(&m, pa, 3));
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, life->way));
	expect_count(edit.plan.leaves, geometry_leaves(g), "leaves");
	expect_ok(machine_commit(&m, &edit));
	expect_present_invalid_pages(&m, geometry_ram(g).pa, block);
	expect_valid_pages(&m, block, geometry_run(g));
	expect_present_invalid_pages(&m, geometry_run(g), geometry_page(g));
	expect_valid_pages(&m, geometry_page(g), geometry_page(g) + g->page);
	expect_ok(lm_edit_release(&edit));
	expect_clean(&m);
	machine_stop(&m);
}

/* Three blocks: one, a hole where the second was, and the third is present-invalid. */
static void a_present_invalid_block_is_found_after_a_hole(void **state)
{
	const struct machine_config config = {
		.name = "present-invalid-after-hole",
		.ram = { { 1 * GIB, 6 * MIB } },
		.present_invalid = PRESENT_INVALID,
	};

	(void)state;
	for (int way = 0; way < LM_WAYS; way++) {
		struct lm_edit edit;
		struct machine m;

		machine_start(&m, &config);
		machine_poke(&m, machine_slot_of(&m, 1 * GIB + 2 * MIB, 2), 0);
		make_present_invalid(&m, machine_slot_of(&m, 1 * GIB + 4 * MIB, 2));
		expect_ok(lm_region_recount(&m.map, &m.linear));
		expect_count(m.linear.census.leaves[3][LM_SINGLE], 2, "blocks");
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		/* Nothing is there to be left out: but now the plan walks, too. */
		lm_edit_except(&edit, machine_range(&m, (struct bank){ 1 * GIB + 2 * MIB,
								       2 * MIB }));
		expect_ok(edit_prepare(&edit, way));
		expect_count(edit.plan.new_tables[4], 2, "tables on level 3");
		expect_ok(machine_commit(&m, &edit));
		expect_present_invalid_pages(&m, 1 * GIB + 4 * MIB, 1 * GIB + 6 * MIB);
		expect_ok(lm_edit_release(&edit));
		machine_stop(&m);
	}
}

/* Commits @edit, which is begun, live. */
static void expect_live(struct machine *m, struct lm_edit *edit, uint64_t stores,
			uint64_t barriers, const char *what)
{
	expect_ok(edit_prepare(edit, LM_LIVE));
	expect_ok(machine_commit(m, edit));
	expect_count(m->in_stop.stores, stores, "%s: stores", what);
	expect_count(m->in_stop.barriers, barriers, "%s: barriers", what);
	expect_ok(lm_edit_release(edit));
}

/*
 * An invalidation has three: DSB ISHST, TLBI, DSB ISH, ISB. Another one comes between two
 * phases that store: 16 hints of 2 MiB blocks go before the 16 blocks do, and come back
 * when all 16 blocks are there. A block alone has no hint, and one phase.
 */
static void a_live_commit_has_no_barrier_without_a_store_before_it(void **state)
{
	const struct machine_config block = { .name = "block",
					      .ram = { { GIB, 2 * MIB } } };
	const struct machine_config run = { .name = "run", .ram = { { GIB, 32 * MIB } } };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &block);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_live(&m, &edit, 1, 3, "a block to pages");
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_live(&m, &edit, 1, 3, "and back");
	machine_stop(&m);

	machine_start(&m, &run);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_live(&m, &edit, 16 + 16, 4, "a run to pages");
	lm_edit_collapse(&edit, &m.map, m.linear.range);
	expect_live(&m, &edit, 16 + 16, 4, "and back");
	machine_stop(&m);
}

static void a_gib_that_holds_its_mapping_is_split_in_part(void **state)
{
	const struct machine_config config = {
		.name = "present-invalid-gib",
		.ram = { { 1 * GIB, 1 * GIB } },
		.present_invalid = PRESENT_INVALID,
	};

	(void)state;
	for (int way = 0; way < LM_WAYS; way++) {
		struct lm_edit edit;
		struct machine m;
		uint64_t slot;

		machine_start(&m, &config);
		make_present_invalid(&m, machine_slot(&m, machine_va(&m, 1 * GIB).v, 1));
		lm_edit_to_pages(&edit, &m.map,
				 machine_range(&m, (struct bank){ 1 * GIB, 64 * KIB }));
		expect_ok(edit_prepare(&edit, (enum lm_way)way));
		expect_ok(machine_commit(&m, &edit));
		expect_present_invalid_pages(&m, 1 * GIB, 1 * GIB + 64 * KIB);
		/* A run of 64K keeps its hint, a block of an unfolded run has none. */
		slot = *machine_slot(&m, machine_va(&m, 1 * GIB + 64 * KIB).v, 3);
		assert_true(slot == UINT64_C(0x0050000040010f02));
		slot = *machine_slot(&m, machine_va(&m, 1 * GIB + 2 * MIB).v, 2);
		assert_true(slot == UINT64_C(0x0040000040200f00));
		slot = *machine_slot(&m, machine_va(&m, 1 * GIB + 34 * MIB).v, 2);
		assert_true(slot == UINT64_C(0x0050000042200f00));
		/* 31 runs, 15 blocks, 31 runs, 16 pages, as if it were valid */
		assert_int_equal(m.linear.census.leaves[3][LM_RUN], 31);
		assert_int_equal(m.linear.census.leaves[3][LM_SINGLE], 15);
		assert_int_equal(m.linear.census.leaves[4][LM_RUN], 31);
		assert_int_equal(m.linear.census.leaves[4][LM_SINGLE], 16);
		expect_ok(lm_edit_release(&edit));
		machine_stop(&m);
	}
}

static void an_invalid_entry_without_the_mark_is_left_alone(void **state)
{
	const struct life *life = *state;
	uint64_t block = geometry_block(life->g);
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot, junk;

	start_with_mark(&m, life->g);
	/* An address and attributes, but neither valid nor marked. */
	junk = machine_leaf(&m, block, m.config.attrs, 2) & ~UINT64_C(1);
	slot = machine_slot_of(&m, block, 2);
	machine_poke(&m, slot, junk);
	/* Not all of the region: then the census would not fit. */
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ geometry_ram(life->g).pa,
							  geometry_ram(life->g).size -
								  life->g->page }));
	expect_ok(edit_prepare(&edit, life->way));
	expect_ok(machine_commit(&m, &edit));
	slot = machine_slot_of(&m, block, 2);
	if (*slot != junk)
		fail_msg("expected 0x%016" PRIx64 ", saw 0x%016" PRIx64, junk, *slot);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/*
 * nT, bit 16 of a block (Arm ARM D8.3.1.2, FEAT_BBM), is not part of its output
 * address, and means nothing in a page, where that bit is address.
 */
static void a_bit_below_the_address_of_a_block_does_not_move_its_pages(void **state)
{
	const struct life *life = *state;
	uint64_t block = geometry_block(life->g);
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	machine_start(&m, &life->g->machine);
	slot = machine_slot_of(&m, block, 2);
	machine_poke(&m, slot, *slot | UINT64_C(0x10000));
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ block, life->g->block }));
	expect_ok(edit_prepare(&edit, life->way));
	expect_ok(machine_commit(&m, &edit));
	expect_valid_pages(&m, block, block + life->g->block);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/* ----------------------------------------------- leaves that hardware may update */

static void start_updated(struct machine *m, const struct geometry *g)
{
	struct machine_config config = g->machine;

	config.hw_updates = true;
	machine_start(m, &config);
}

static uint64_t first_block(const struct geometry *g)
{
	return geometry_ram(g).pa;
}

static uint64_t block_before_the_last(const struct geometry *g)
{
	return g->blocks > 1 ? geometry_block(g) - g->block : geometry_block(g);
}

static uint64_t sixth_page_of_the_run(const struct geometry *g)
{
	return geometry_run(g) + 5 * g->page;
}

static uint64_t last_page_of_the_run(const struct geometry *g)
{
	return geometry_page(g) - g->page;
}

struct update_case {
	const char *name;
	uint64_t (*pa)(const struct geometry *g); /* of the entry that is changed */
	int level;
	uint64_t clear, set;
	enum refusal { REFUSED_NEVER, REFUSED_ALWAYS, REFUSED_BY_SWITCH } refused;
};

#define AF	 UINT64_C(0x400)
#define DBM_RO	 UINT64_C(0x0008000000000080)
#define DBM_ONLY UINT64_C(0x0008000000000000)

static const struct update_case update_cases[] = {
	{ "nothing", geometry_page, 3, 0, 0, REFUSED_NEVER },
	{ "block-without-af", geometry_block, 2, AF, 0, REFUSED_ALWAYS },
	{ "block-dbm-read-only", geometry_block, 2, 0, DBM_RO, REFUSED_ALWAYS },
	{ "block-dbm-writable", geometry_block, 2, 0, DBM_ONLY, REFUSED_NEVER },
	{ "first-block-without-af", first_block, 2, AF, 0, REFUSED_ALWAYS },
	{ "last-member-without-af", block_before_the_last, 2, AF, 0, REFUSED_ALWAYS },
	{ "first-page-of-a-run-without-af", geometry_run, 3, AF, 0, REFUSED_ALWAYS },
	{ "page-of-a-run-without-af", sixth_page_of_the_run, 3, AF, 0, REFUSED_ALWAYS },
	{ "page-of-a-run-dbm-read-only", last_page_of_the_run, 3, 0, DBM_RO,
	  REFUSED_ALWAYS },
	/* A page of its own is not copied, but with its table in a switch. */
	{ "page-without-af", geometry_page, 3, AF, 0, REFUSED_BY_SWITCH },
};

#define UPDATES (sizeof(update_cases) / sizeof(update_cases[0]))

/* Planning or staging refuses and changes nothing. */
static void expect_update_refused(struct machine *m, struct lm_edit *edit,
				  enum lm_way way, uint64_t va)
{
	uint64_t tables = sim_tables_allocated(m->sim);
	struct snapshot snapshot;

	snapshot_take(&snapshot, m);
	expect_error(edit_prepare(edit, way), LM_EHWUPDATE);
	if (edit->where.v != va)
		fail_msg("expected the address 0x%" PRIx64 ", saw 0x%" PRIx64, va,
			 edit->where.v);
	expect_ok(lm_edit_release(edit));
	expect_count(sim_tables_allocated(m->sim), tables, "tables after the release");
	expect_unchanged(&snapshot, m);
	snapshot_free(&snapshot);
}

static void try_update(const struct life *life, const struct update_case *c,
		       uint64_t left_out)
{
	struct bank goal = geometry_ram(life->g);
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;
	lm_va_t va;

	start_updated(&m, life->g);
	va = machine_va(&m, c->pa(life->g));
	slot = machine_slot(&m, va.v, c->level);
	machine_poke(&m, slot, (*slot & ~c->clear) | c->set);
	goal.size -= left_out;
	lm_edit_to_pages(&edit, &m.map, machine_range(&m, goal));
	if (c->refused == REFUSED_ALWAYS ||
	    (c->refused == REFUSED_BY_SWITCH && way_copies(life->way))) {
		expect_update_refused(&m, &edit, life->way, va.v);
	} else {
		expect_ok(machine_edit(&m, &edit, life->way));
	}
	machine_stop(&m);
}

static void a_leaf_that_hardware_may_update_is_not_copied(void **state)
{
	const struct life *life = *state;

	for (size_t i = 0; i < UPDATES; i++) {
		if (update_cases[i].level == 2 && !life->g->blocks)
			continue;
		/* Planned by census, and all but the last page by a walk. */
		try_update(life, &update_cases[i], 0);
		try_update(life, &update_cases[i], life->g->page);
	}
}

static void expect_planning_refuses(const struct life *life, uint64_t pa, int level)
{
	struct bank goal = geometry_ram(life->g);
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	start_updated(&m, life->g);
	slot = machine_slot_of(&m, pa, level);
	machine_poke(&m, slot, *slot & ~AF);
	/* Not all of the region, so this is not planned by its census. */
	goal.size -= life->g->page;
	lm_edit_to_pages(&edit, &m.map, machine_range(&m, goal));
	expect_error(edit_plan(&edit, life->way), LM_EHWUPDATE);
	assert_int_equal(edit.where.v, machine_va(&m, pa).v);
	machine_stop(&m);
}

/* A run is planned as a whole only if its other members are as its first one is. */
static void a_member_that_hardware_may_update_is_refused_by_the_plan(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;

	expect_planning_refuses(life, sixth_page_of_the_run(g), 3);
	if (g->blocks > 1)
		expect_planning_refuses(life, block_before_the_last(g), 2);
}

static void a_leaf_outside_the_range_may_be_updated(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	start_updated(&m, g);
	slot = machine_slot_of(&m, geometry_block(g), 2);
	machine_poke(&m, slot, *slot & ~AF);
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ geometry_run(g), g->run }));
	/* Its table would be copied, and an update of one of the two lost. */
	if (way_copies(life->way)) {
		expect_error(edit_prepare(&edit, life->way), LM_EHWUPDATE);
	} else {
		expect_ok(edit_prepare(&edit, life->way));
		expect_ok(machine_commit(&m, &edit));
	}
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void a_leaf_that_was_used_after_staging_is_not_overwritten(void **state)
{
	const struct life *life = *state;
	uint64_t pa = sixth_page_of_the_run(life->g);
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;
	uint64_t *slot;

	start_updated(&m, life->g);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(edit_prepare(&edit, life->way));
	slot = machine_slot_of(&m, pa, 3);
	machine_poke(&m, slot, *slot & ~AF);
	snapshot_take(&snapshot, &m);
	expect_error(machine_commit(&m, &edit),
		     life->way == LM_IN_PLACE ? LM_EHWUPDATE : LM_ESTALE);
	assert_true(edit.where.v == machine_va(&m, pa).v);
	expect_count(m.in_stop.stores, 0, "stores");
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/* ------------------------------------------------------------------ exceptions */

/* Two exceptions that meet inside a block: none of its pages changes. */
static void exceptions_that_meet_inside_a_leaf_keep_it_whole(void **state)
{
	const struct machine_config config = { .name = "exceptions-that-meet",
					       .ram = {
						       { 1 * GIB, 1 * GIB + 2 * MIB } } };
	const struct bank halves[] = { { 1 * GIB, 7 * MIB },
				       { 1 * GIB + 7 * MIB, 1017 * MIB } };

	(void)state;
	/* Each way with the lower one named first, and with the upper one. */
	for (int i = 0; i < 2 * LM_WAYS; i++) {
		struct lm_edit edit;
		struct machine m;

		machine_start(&m, &config);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		lm_edit_except(&edit, machine_range(&m, halves[i % 2]));
		lm_edit_except(&edit, machine_range(&m, halves[!(i % 2)]));
		expect_ok(machine_edit(&m, &edit, (enum lm_way)(i / 2)));
		expect_leaves(&m, (struct leaf_count[]){ { 1 * GIB, false, 1 },
							 { 4 * KIB, false, 512 },
							 { 0 } });
		machine_stop(&m);
	}
}

static void exceptions_that_meet_inside_a_block_keep_it_whole(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	uint64_t start = geometry_ram(g).pa, border = geometry_block(g) + 3 * g->page;
	struct leaf_count after[] = { { g->page, false, g->run / g->page + 1 },
				      { g->block, false, 1 },
				      { 16 * g->block, true, 1 },
				      { 0 } };
	struct lm_edit edit;
	struct machine m;

	if (g->blocks == 1)
		after[2].size = 0;
	machine_start(&m, &g->machine);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_except(&edit, machine_range(&m, (struct bank){ start, border - start }));
	lm_edit_except(&edit, machine_range(&m, (struct bank){ border, geometry_run(g) -
									       border }));
	expect_ok(machine_edit(&m, &edit, life->way));
	expect_leaves(&m, after);
	machine_stop(&m);
}

static void an_excepted_range_has_no_store_and_no_table(void **state)
{
	const struct life *life = *state;
	struct snapshot snapshot;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &life->g->machine);
	snapshot_take(&snapshot, &m);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_except(&edit, m.linear.range);
	expect_ok(edit_prepare(&edit, life->way));
	expect_count(edit.plan.bytes, 0, "bytes");
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* One page, two from the end, one of the block, all: each edit by another way. */
static void edits_follow_each_other_in_every_geometry(void **state)
{
	const struct geometry *g = *state;
	const struct bank goals[] = { { geometry_run(g), g->page },
				      { geometry_page(g) - g->page, 2 * g->page },
				      { first_block(g) + 9 * g->page, g->page },
				      geometry_ram(g) };
	struct leaves leaves;
	struct machine m;
	uint64_t tables;

	machine_start(&m, &g->machine);
	tables = sim_tables_allocated(m.sim);
	leaves_of_mappings(&leaves, &m);
	for (size_t i = 0; i < 4 * LM_WAYS; i++) {
		struct lm_range range = machine_range(&m, goals[i / LM_WAYS]);
		struct lm_edit edit;

		lm_edit_to_pages(&edit, &m.map, range);
		expect_ok(edit_prepare(&edit, (enum lm_way)((i + i / 4) % LM_WAYS)));
		expect_ok(machine_commit(&m, &edit));
		expect_count(lm_edit_tables_left(&edit), 0, "tables left after edit %zu",
			     i);
		expect_ok(lm_edit_release(&edit));
		leaves_to_pages(&leaves, &m,
				(struct stretch){ range.start.v, range.size }, NULL, 0);
		expect_these_leaves(&m, &leaves);
		expect_census(&m);
		expect_clean(&m);
	}
	expect_count(sim_tables_allocated(m.sim), tables + g->blocks, "tables");
	leaves_free(&leaves);
	machine_stop(&m);
}

static void edits_of_one_map_follow_each_other(void **state)
{
	/* A 1G block, page by page from both ends of it to the middle. */
	static const struct bank goals[] = {
		{ 1 * GIB, 4 * KIB },			  /* the first page */
		{ 2 * GIB - 4 * KIB, 4 * KIB },		  /* the last one */
		{ 1 * GIB + 60 * KIB, 8 * KIB },	  /* the next run */
		{ 1 * GIB + 2 * MIB - 4 * KIB, 8 * KIB }, /* a block and a run */
		{ 1 * GIB + 30 * MIB, 34 * MIB }, /* a run of blocks and one more */
		{ 1 * GIB + 512 * MIB, 4 * KIB },
		{ 1 * GIB, 1 * GIB }, /* what is left */
	};
	const struct machine_config config = { .name = "one-after-the-other",
					       .ram = { { 1 * GIB, 1 * GIB } } };
	struct leaves leaves;
	struct machine m;
	uint64_t tables;

	(void)state;
	machine_start(&m, &config);
	tables = sim_tables_allocated(m.sim);
	leaves_of_mappings(&leaves, &m);
	for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++) {
		struct lm_range range = machine_range(&m, goals[i]);
		struct lm_edit edit;

		lm_edit_to_pages(&edit, &m.map, range);
		expect_ok(edit_prepare(&edit, (enum lm_way)(i % LM_WAYS)));
		expect_ok(machine_commit(&m, &edit));
		expect_count(lm_edit_tables_left(&edit), 0, "tables left after edit %zu",
			     i);
		expect_ok(lm_edit_release(&edit));
		leaves_to_pages(&leaves, &m,
				(struct stretch){ range.start.v, range.size }, NULL, 0);
		expect_these_leaves(&m, &leaves);
		expect_census(&m);
		expect_clean(&m);
	}
	/* 1 table of blocks and 512 of pages, as if it had been one edit */
	expect_count(sim_tables_allocated(m.sim), tables + 513, "tables");
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 262144 }, { 0 } });
	leaves_free(&leaves);
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };
	struct case_life *lives =
		calloc(LM_WAYS * MIXES * split_case_count, sizeof(*lives));
	char(*names)[64] = calloc(LM_WAYS * MIXES * split_case_count, sizeof(*names));
	int failed;

	if (!lives || !names)
		abort();
	for (size_t n = 0; n < LM_WAYS * MIXES * split_case_count; n++) {
		struct case_life *life = &lives[n];

		*life = (struct case_life){ &split_cases[n / MIXES / LM_WAYS],
					    (enum lm_way)(n / MIXES % LM_WAYS),
					    &mixes[n % MIXES] };
		if (!(life->mix->ways & (1U << life->way)))
			continue;
		snprintf(names[n], sizeof(names[n]), "%s/%s/%s", life->c->machine.name,
			 way_names[life->way], life->mix->name);
		ADD_CASE(&list, an_edit_does_what_was_counted_by_hand, names[n], life);
		/* The largest ones are counted; one by one they take long. */
		if (life->c->in_place_stores < 4096)
			ADD_CASE(&list,
				 each_leaf_lies_where_it_may_and_is_as_large_as_it_can_be,
				 names[n], life);
	}
	for (size_t i = 0; i < split_case_count; i++) {
		if (split_cases[i].in_place_stores < 4096)
			ADD_CASE(&list, a_second_edit_of_the_same_range_has_nothing_to_do,
				 split_cases[i].machine.name, &split_cases[i]);
	}
	ADD_LIVES(&list, splitting_keeps_every_attribute, every_geometry);
	ADD_LIVES(&list, every_new_table_has_the_table_attributes, geometry_has_blocks);
	ADD_LIVES(&list, a_block_that_holds_its_mapping_becomes_pages_that_do,
		  geometry_has_blocks);
	ADD_LIVES(&list, a_present_invalid_run_is_unfolded_and_stays_one, every_geometry);
	ADD(&list, a_present_invalid_block_is_found_after_a_hole);
	ADD(&list, a_gib_that_holds_its_mapping_is_split_in_part);
	ADD(&list, a_live_commit_has_no_barrier_without_a_store_before_it);
	ADD_LIVES(&list, an_invalid_entry_without_the_mark_is_left_alone,
		  geometry_has_blocks);
	ADD_LIVES(&list, a_bit_below_the_address_of_a_block_does_not_move_its_pages,
		  geometry_has_blocks);
	ADD_LIVES(&list, a_leaf_that_hardware_may_update_is_not_copied, every_geometry);
	ADD_LIVES(&list, a_member_that_hardware_may_update_is_refused_by_the_plan,
		  every_geometry);
	ADD_LIVES(&list, a_leaf_outside_the_range_may_be_updated, geometry_has_blocks);
	ADD_UNLOCKED_LIVES(&list, a_leaf_that_was_used_after_staging_is_not_overwritten,
			   every_geometry);
	ADD(&list, exceptions_that_meet_inside_a_leaf_keep_it_whole);
	ADD_LIVES(&list, exceptions_that_meet_inside_a_block_keep_it_whole,
		  geometry_has_blocks);
	ADD_LIVES(&list, an_excepted_range_has_no_store_and_no_table, every_geometry);
	ADD(&list, edits_of_one_map_follow_each_other);
	ADD_GEOMETRIES(&list, edits_follow_each_other_in_every_geometry, every_geometry);
	failed = test_list_run(&list, "edit");
	free(names);
	free(lives);
	return failed;
}
