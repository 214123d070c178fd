// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changing what leaves allow and whether they are valid: by an edit, and without one
 * where leaves end already. What it comes to in each geometry is in test_goals.c.
 */
#include "support.h"

#include <inttypes.h>
#include <stdlib.h>

#define NONE	      ((lm_attrs_t){ 0 })
#define READ_ONLY     UINT64_C(0x80)
#define SOFTWARE_MARK UINT64_C(0x0400000000000000)
#define NOT_GLOBAL    UINT64_C(0x800)

static void to_boundaries(struct machine *m, struct lm_range range)
{
	struct lm_edit edit;

	lm_edit_to_boundaries(&edit, &m->map, range);
	expect_ok(machine_edit(m, &edit, LM_LIVE));
}

/* From the second page on to the middle of the run: large leaves, and parts of them. */
static struct bank most_of(const struct geometry *g)
{
	struct bank ram = geometry_ram(g);

	return (struct bank){ ram.pa + g->page, ram.size - 3 * g->page };
}

/* ---------------------------------------------- addresses that look like attributes */

/*
 * With LPA2 bit 50 is GP, right above bit 49 of an address. Pages of the last memory below
 * 2^50, and then, put there by hand, of address 0, guarded: as a number, each descriptor is
 * the one before it plus 4K. Only the guarded one changes. All are in one table.
 */
static void where_addresses_end_no_page_is_taken_for_the_next(void **state)
{
	static const struct machine_config config = {
		.name = "below-2^50",
		.skew = 1 * MIB,
		.ia_bits = 52,
		.oa_bits = 52,
		.lpa2 = true,
		.flags = LM_NO_BLOCKS | LM_NO_RUNS,
		.ram = { { (UINT64_C(1) << 50) - 32 * KIB, 64 * KIB } },
	};
	const uint64_t guarded = UINT64_C(1) << 50;
	const enum lm_way *way = *state;
	struct lm_edit edit;
	struct machine m;
	uint64_t *page;

	machine_start(&m, &config);
	page = machine_slot_of(&m, config.ram[0].pa, 3);
	machine_poke(&m, &page[8], machine_leaf(&m, 0, m.config.attrs | guarded, 3));
	assert_true(page[8] == page[7] + 4 * KIB);
	lm_edit_protect(&edit, &m.map, m.linear.range,
			lm_change_attrs(NONE, (lm_attrs_t){ guarded }));
	expect_ok(machine_edit(&m, &edit, *way));
	page = machine_slot_of(&m, config.ram[0].pa, 3);
	for (uint64_t i = 0; i < 16; i++) {
		uint64_t pa = i == 8 ? 0 : config.ram[0].pa + i * 4 * KIB;

		expect_count(page[i], machine_leaf(&m, pa, m.config.attrs, 3), "page %u",
			     (unsigned int)i);
	}
	machine_stop(&m);
}

/* ------------------------------------------------------------ invalid and valid */

/* Which bit marks invalid leaves, and whether valid ones have it, too. */
struct mark {
	uint64_t bit;
	bool on_valid;
};

/* nG as Linux has it, in maps with and without nG, and a bit of software. */
static const struct mark marks[] = {
	{ NOT_GLOBAL, true },
	{ NOT_GLOBAL, false },
	{ SOFTWARE_MARK, false },
};

#define MARKS (sizeof(marks) / sizeof(marks[0]))

/* EL2 has no nG, and at EL3 that bit is part of the address space. */
static bool has_mark(const struct geometry *g, const struct mark *mark)
{
	return mark->bit != NOT_GLOBAL || g->machine.regime == LM_EL1_0 ||
	       g->machine.regime == LM_EL2_0;
}

static void start_marked(struct machine *m, const struct geometry *g,
			 const struct mark *mark)
{
	struct machine_config config = g->machine;

	config.present_invalid = mark->bit;
	config.attrs = machine_plain_attrs(&config);
	if (mark->on_valid)
		config.attrs |= mark->bit;
	machine_start(m, &config);
}

static void expect_validity(const struct machine *m, const struct geometry *g,
			    struct bank invalid)
{
	struct bank ram = geometry_ram(g);
	uint64_t pages = ram.size / g->page;
	uint64_t step = pages / 500 + 1;

	for (uint64_t i = 0; i < pages; i += step) {
		uint64_t pa = ram.pa + i * g->page;
		struct sim_translation t =
			sim_walk(m->sim, m->map.root.v, machine_va(m, pa).v);
		bool expected = pa - invalid.pa >= invalid.size;

		if (t.valid != expected || (expected && t.pa != pa))
			fail_msg("%s: 0x%" PRIx64 ": expected a page that is %s, saw "
				 "descriptor 0x%016" PRIx64,
				 g->machine.name, pa, expected ? "mapped" : "not mapped",
				 t.descriptor);
	}
}

/* Descriptors that pages are found by: a switch copies the tables they are in. */
static uint64_t *words_of_pages(const struct machine *m, const struct geometry *g)
{
	uint64_t *words = calloc(geometry_pages(g), sizeof(*words));

	assert_non_null(words);
	for (uint64_t i = 0; i < geometry_pages(g); i++) {
		uint64_t va = machine_va(m, geometry_ram(g).pa + i * g->page).v;

		words[i] = sim_walk(m->sim, m->map.root.v, va).descriptor;
	}
	return words;
}

static void expect_same_words(const uint64_t *before, const struct machine *m,
			      const struct geometry *g)
{
	uint64_t *now = words_of_pages(m, g);

	for (uint64_t i = 0; i < geometry_pages(g); i++) {
		if (now[i] != before[i])
			fail_msg("%s, page %" PRIu64 ": expected 0x%016" PRIx64
				 ", saw 0x%016" PRIx64,
				 g->machine.name, i, before[i], now[i]);
	}
	free(now);
}

static void invalid_and_valid_again_gives_back_the_same_words(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;

	for (size_t i = 0; i < MARKS && has_mark(g, &marks[i]); i++) {
		uint64_t *words;
		struct lm_range range;
		struct lm_edit edit;
		struct machine m;

		start_marked(&m, g, &marks[i]);
		range = machine_range(&m, most_of(g));
		to_boundaries(&m, range);
		words = words_of_pages(&m, g);
		lm_edit_protect(&edit, &m.map, range, lm_change_to_invalid(&m.map.fmt));
		expect_ok(machine_edit(&m, &edit, life->way));
		expect_validity(&m, g, most_of(g));
		expect_well_formed(&m);
		expect_clean(&m);
		lm_edit_protect(&edit, &m.map, range,
				lm_change_to_valid(&m.map.fmt,
						   (lm_attrs_t){ m.config.attrs }));
		expect_ok(machine_edit(&m, &edit, life->way));
		expect_validity(&m, g, (struct bank){ 0, 0 });
		expect_same_words(words, &m, g);
		expect_census(&m);
		expect_clean(&m);
		free(words);
		machine_stop(&m);
	}
}

/* Splits leaves that are valid, and those that it made invalid. */
static void what_was_split_to_be_invalid_maps_the_same_when_valid(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;

	for (size_t i = 0; i < MARKS && has_mark(g, &marks[i]); i++) {
		struct bank part = most_of(g);
		struct lm_edit edit;
		struct machine m;

		start_marked(&m, g, &marks[i]);
		lm_edit_protect(&edit, &m.map, machine_range(&m, geometry_ram(g)),
				lm_change_to_invalid(&m.map.fmt));
		expect_ok(machine_edit(&m, &edit, life->way));
		expect_validity(&m, g, geometry_ram(g));
		/* What is in the middle is valid again, its ends cut through blocks. */
		lm_edit_protect(&edit, &m.map, machine_range(&m, part),
				lm_change_to_valid(&m.map.fmt,
						   (lm_attrs_t){ m.config.attrs }));
		expect_ok(machine_edit(&m, &edit, life->way));
		for (uint64_t pa = part.pa; pa < part.pa + part.size;
		     pa += part.size - g->page)
			assert_true(
				sim_walk(m.sim, m.map.root.v, machine_va(&m, pa).v).valid);
		assert_false(
			sim_walk(m.sim, m.map.root.v, machine_va(&m, part.pa - g->page).v)
				.valid);
		lm_edit_protect(&edit, &m.map, machine_range(&m, geometry_ram(g)),
				lm_change_to_valid(&m.map.fmt,
						   (lm_attrs_t){ m.config.attrs }));
		expect_ok(machine_edit(&m, &edit, life->way));
		expect_translations(&m);
		expect_census(&m);
		expect_clean(&m);
		machine_stop(&m);
	}
}

static void held_leaves_are_changed_and_stay_invalid(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	const struct bank run = { geometry_run(g), g->run };
	uint64_t *slot;
	uint64_t word;
	struct lm_edit edit;
	struct machine m;

	start_marked(&m, g, &marks[2]);
	expect_ok(lm_protect(&m.map, machine_range(&m, run),
			     lm_change_to_invalid(&m.map.fmt), LM_WALKED_BY_TOLERANT,
			     NULL));
	slot = machine_slot_of(&m, run.pa + g->page, 3);
	word = *slot;
	lm_edit_protect(&edit, &m.map, machine_range(&m, geometry_ram(g)), read_only());
	expect_ok(machine_edit(&m, &edit, life->way));
	slot = machine_slot_of(&m, run.pa + g->page, 3);
	assert_int_equal(*slot, word | READ_ONLY);
	assert_int_equal(*slot & 1, 0);
	/* Nothing of it is lost when it is valid again. */
	expect_ok(lm_protect(&m.map, machine_range(&m, run),
			     lm_change_to_valid(&m.map.fmt, NONE), LM_WALKED_BY_TOLERANT,
			     NULL));
	m.mappings[0].attrs |= READ_ONLY;
	expect_translations(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* Without it they are just invalid. */
static void what_stays_invalid_keeps_its_mark(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	const struct bank run = { geometry_run(g), g->run };

	/* Some marks are bits that only these two can change. */
	if (life->way != LM_BREAK && life->way != LM_SWITCH)
		return;
	for (size_t i = 0; i < MARKS && has_mark(g, &marks[i]); i++) {
		uint64_t bit = marks[i].bit;
		struct lm_edit edit;
		struct machine m;
		uint64_t word;

		start_marked(&m, g, &marks[i]);
		expect_ok(lm_protect(&m.map, machine_range(&m, run),
				     lm_change_to_invalid(&m.map.fmt),
				     LM_WALKED_BY_TOLERANT, NULL));
		word = *machine_slot_of(&m, run.pa + g->page, 3);
		lm_edit_protect(&edit, &m.map, m.linear.range,
				lm_change_attrs(NONE, (lm_attrs_t){ bit }));
		expect_ok(machine_edit(&m, &edit, life->way));
		assert_int_equal(*machine_slot_of(&m, run.pa + g->page, 3), word);
		expect_validity(&m, g, run);
		expect_clean(&m);
		/* Valid leaves have lost the bit, and those of the run do with their mark. */
		expect_ok(lm_protect(&m.map, machine_range(&m, run),
				     lm_change_to_valid(&m.map.fmt, NONE),
				     LM_WALKED_BY_TOLERANT, NULL));
		m.mappings[0].attrs &= ~bit;
		expect_translations(&m);
		expect_census(&m);
		expect_clean(&m);
		machine_stop(&m);
	}
}

/* ----------------------------------------------------------------- wrong changes */

struct wrong_change {
	const char *name;
	struct lm_leaf_change change;
	uint64_t mark;
	int err;
};

static const struct wrong_change wrong_changes[] = {
	{ "type", { UINT64_C(2), 0 }, SOFTWARE_MARK, LM_EINVAL },
	{ "address", { UINT64_C(1) << 30, 0 }, SOFTWARE_MARK, LM_EINVAL },
	{ "clear-address", { 0, UINT64_C(1) << 47 }, SOFTWARE_MARK, LM_EINVAL },
	{ "hint", { UINT64_C(1) << 52, 0 }, SOFTWARE_MARK, LM_EINVAL },
	{ "both", { READ_ONLY, READ_ONLY }, SOFTWARE_MARK, LM_EINVAL },
	{ "invalid-without-a-mark", { 0, 1 }, SOFTWARE_MARK, LM_EMARK },
	{ "no-mark-there-is", { 0, 1 }, 0, LM_EMARK },
	{ "marked-by-nothing", { SOFTWARE_MARK, 1 }, 0, LM_EINVAL },
};

static void a_wrong_change_is_refused(void **state)
{
	const struct wrong_change *wrong = *state;
	struct machine_config config = geometries[3].machine;
	struct snapshot snapshot;
	struct lm_range range;
	struct lm_edit edit;
	struct machine m;

	config.present_invalid = wrong->mark;
	machine_start(&m, &config);
	range = machine_range(&m, geometry_ram(&geometries[3]));
	snapshot_take(&snapshot, &m);
	for (int way = 0; way < LM_WAYS; way++) {
		lm_edit_protect(&edit, &m.map, range, wrong->change);
		expect_error(edit_plan(&edit, (enum lm_way)way), wrong->err);
		expect_ok(lm_edit_release(&edit));
	}
	expect_error(lm_protect(&m.map, range, wrong->change, LM_WALKED_BY_TOLERANT,
				NULL),
		     wrong->err);
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void what_is_not_about_permissions_takes_an_edit(void **state)
{
	const struct lm_leaf_change changes[] = {
		lm_change_attrs((lm_attrs_t){ 0x4 }, NONE),
		lm_change_attrs((lm_attrs_t){ 0x20 }, NONE),
		lm_change_attrs(NONE, (lm_attrs_t){ 0x100 }),
		lm_change_attrs((lm_attrs_t){ NOT_GLOBAL }, NONE),
	};
	struct snapshot snapshot;
	struct machine m;

	(void)state;
	machine_start(&m, &geometries[3].machine);
	snapshot_take(&snapshot, &m);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		expect_error(lm_protect(&m.map, m.linear.range, changes[i],
					LM_WALKED_BY_TOLERANT, NULL),
			     LM_EUNSAFE);
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void exceptions_stay_what_they_are(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct bank except = { geometry_run(g) + g->page, g->page };
	struct stretch all, exception;
	struct leaves leaves;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &g->machine);
	leaves_of_mappings(&leaves, &m);
	all = (struct stretch){ m.linear.range.start.v, m.linear.range.size };
	exception = (struct stretch){ machine_va(&m, except.pa).v, except.size };
	leaves_protect(&leaves, &m, all, &exception, 1, READ_ONLY, 0);
	lm_edit_protect(&edit, &m.map, m.linear.range, read_only());
	lm_edit_except(&edit, machine_range(&m, except));
	expect_ok(machine_edit(&m, &edit, life->way));
	expect_these_leaves(&m, &leaves);
	expect_census(&m);
	expect_clean(&m);
	leaves_free(&leaves);
	machine_stop(&m);
}

/* ------------------------------------------- what the architecture does not have */

/* Refused by the plan of each way, and without an edit; where, and nothing changes. */
static void expect_refused(struct machine *m, struct lm_range range,
			   struct lm_leaf_change change, int err, int err_without)
{
	struct snapshot snapshot;
	struct lm_edit edit;
	lm_va_t where = { 1 };

	snapshot_take(&snapshot, m);
	for (int way = 0; way < LM_WAYS; way++) {
		lm_edit_protect(&edit, &m->map, range, change);
		expect_error(edit_plan(&edit, (enum lm_way)way), err);
		expect_count(edit.where.v, range.start.v, "where, way %d", way);
		expect_ok(lm_edit_release(&edit));
	}
	expect_error(lm_protect(&m->map, range, change, LM_WALKED_BY_TOLERANT, &where),
		     err_without);
	expect_count(where.v, range.start.v, "where, without an edit");
	expect_unchanged(&snapshot, m);
	snapshot_free(&snapshot);
}

/* SH 0b11 without its bit 9, and SH 0b00 with bit 8, are SH 0b01. */
static void no_change_makes_a_leaf_that_is_reserved(void **state)
{
	const struct geometry *g = *state;
	struct lm_range page;
	struct machine m;
	uint64_t *slot;

	machine_start(&m, &g->machine);
	page = machine_range(&m, (struct bank){ geometry_page(g), g->page });
	slot = machine_slot_of(&m, geometry_page(g), 3);
	/* With LPA2 these bits are address: no change of attributes at all. */
	expect_refused(&m, page, lm_change_attrs(NONE, (lm_attrs_t){ 0x200 }), LM_EINVAL,
		       g->machine.lpa2 ? LM_EINVAL : LM_EUNSAFE);
	if (!lm_regime_has_two_ranges(g->machine.regime))
		expect_refused(&m, page, lm_change_attrs(NONE, (lm_attrs_t){ 0x40 }),
			       LM_EINVAL, LM_EINVAL);
	if (!g->machine.lpa2) {
		machine_poke(&m, slot, *slot & ~UINT64_C(0x300));
		expect_refused(&m, page, lm_change_attrs((lm_attrs_t){ 0x100 }, NONE),
			       LM_EINVAL, LM_EUNSAFE);
		/* What somebody made so may get other attributes. */
		machine_poke(&m, slot, *slot | 0x100);
		expect_ok(lm_protect(&m.map, page, read_only(), LM_WALKED_BY_TOLERANT,
				     NULL));
		assert_int_equal(*slot & 0x380, 0x180);
	}
	machine_stop(&m);
}

/* UXNTable, or XNTable at EL2 and EL3; and APTable 0b10, on the table of the page. */
static void a_permission_that_a_table_takes_away_is_not_given(void **state)
{
	const struct geometry *g = *state;
	const uint64_t uxn = UINT64_C(1) << 54;
	struct lm_range page;
	struct machine m;
	uint64_t *slot;
	int start;

	machine_start(&m, &g->machine);
	start = m.map.fmt.start_level;
	machine_stop(&m);
	for (int level = start; level < 3; level++) {
		struct lm_edit edit;

		machine_start(&m, &g->machine);
		page = machine_range(&m, (struct bank){ geometry_page(g), g->page });
		slot = machine_slot_of(&m, geometry_page(g), level);
		machine_poke(&m, slot, *slot | UINT64_C(5) << 60);
		expect_refused(&m, page, lm_change_attrs(NONE, (lm_attrs_t){ uxn }),
			       LM_ETABLE, LM_ETABLE);
		/* That it could not be written to before is no reason to refuse. */
		expect_ok(lm_protect(&m.map, page,
				     lm_change_attrs((lm_attrs_t){ SOFTWARE_MARK }, NONE),
				     LM_WALKED_BY_TOLERANT, NULL));
		expect_ok(lm_protect(&m.map, page, read_only(), LM_WALKED_BY_TOLERANT,
				     NULL));
		expect_refused(&m, page, lm_change_attrs(NONE, (lm_attrs_t){ READ_ONLY }),
			       LM_ETABLE, LM_ETABLE);
		lm_edit_protect(&edit, &m.map, page,
				lm_change_attrs(NONE, (lm_attrs_t){ SOFTWARE_MARK }));
		expect_ok(machine_edit(&m, &edit, LM_SWITCH));
		machine_stop(&m);
	}
}

/*
 * A page that may be executed, below a table that takes that away, keeps its bits when it is
 * to be executable. Once others have set UXN, it would be given what the table takes.
 */
static void what_a_table_takes_away_since_the_plan_is_stale(void **state)
{
	const struct geometry *g = *state;
	const lm_attrs_t uxn = { UINT64_C(1) << 54 };
	const enum lm_way ways[] = { LM_IN_PLACE, LM_LIVE, LM_SWITCH };

	for (unsigned int i = 0; i < 3 * 2; i++) {
		bool since_staging = i % 2;
		struct lm_range page;
		struct lm_edit edit;
		struct machine m;
		uint64_t *slot;

		machine_start(&m, &g->machine);
		/* No table is above a page of the root. */
		if (m.map.fmt.start_level == 3) {
			machine_stop(&m);
			return;
		}
		page = machine_range(&m, (struct bank){ geometry_page(g), g->page });
		machine_poke(&m, machine_slot_of(&m, geometry_page(g), 3),
			     *machine_slot_of(&m, geometry_page(g), 3) & ~uxn.v);
		slot = machine_slot_of(&m, geometry_page(g), 2);
		machine_poke(&m, slot, *slot | UINT64_C(1) << 60);
		lm_edit_protect(&edit, &m.map, page,
				lm_change_attrs((lm_attrs_t){ SOFTWARE_MARK }, uxn));
		expect_ok(edit_plan(&edit, ways[i / 2]));
		expect_ok(lm_edit_reserve(&edit));
		if (since_staging)
			expect_ok(lm_edit_stage(&edit));
		expect_ok(lm_protect(&m.map, page, lm_change_attrs(uxn, NONE),
				     LM_WALKED_BY_TOLERANT, NULL));
		expect_error(since_staging ? machine_commit(&m, &edit) :
					     lm_edit_stage(&edit),
			     LM_ESTALE);
		expect_count(edit.where.v, page.start.v, "where");
		expect_ok(lm_edit_release(&edit));
		expect_clean(&m);
		machine_stop(&m);
	}
}

/* A new table that it needs takes away nothing from what the same edit gives. */
static void a_new_table_takes_away_nothing_from_its_edit(void **state)
{
	const struct life *life = *state;
	const lm_attrs_t uxn = { UINT64_C(1) << 54 };
	/* One block and one page of a table of its own; the block is cut. */
	const struct machine_config config = { .name = "uxn-table",
					       .ram = { { 1 * GIB, 2 * MIB } },
					       .table_attrs = UINT64_C(1) << 60 };
	struct bank part = { 1 * GIB + 64 * KIB, 4 * KIB };
	struct machine_config made = config;
	uint64_t *slot;
	struct lm_edit edit;
	struct machine m;

	made.table_attrs = 0;
	machine_start(&m, &made);
	m.map.fmt.config.table_attrs = config.table_attrs;
	lm_edit_protect(&edit, &m.map, machine_range(&m, part),
			lm_change_attrs(NONE, uxn));
	expect_ok(machine_edit(&m, &edit, life->way));
	slot = machine_slot_of(&m, part.pa, 2);
	assert_int_equal(*slot >> 59 & 0x1f, 0);
	expect_well_formed(&m);
	/* Another one, that gives nothing, makes its table as the map's attributes say. */
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(machine_edit(&m, &edit, life->way));
	expect_well_formed(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* ------------------------------------------------------- while everybody walks */

/* Every CPU is level 0, and none is held. */
static void start_weak(struct machine *m, const struct geometry *g)
{
	struct machine_config config = g->machine;

	config.levels_given = true; /* all 0 */
	config.present_invalid = SOFTWARE_MARK;
	machine_start(m, &config);
}

static void expect_run(const struct machine *m, const struct geometry *g, uint64_t bits)
{
	for (uint64_t at = 0; at < g->run; at += g->page) {
		uint64_t va = machine_va(m, geometry_run(g) + at).v;
		struct sim_translation t = sim_walk(m->sim, m->map.root.v, va);

		if (!t.valid || !t.contiguous || (t.descriptor & READ_ONLY) != bits)
			fail_msg("%s, 0x%" PRIx64 ": expected a run with 0x%" PRIx64
				 ", saw 0x%016" PRIx64,
				 g->machine.name, va, bits, t.descriptor);
	}
}

/* Refused with the address, live and by lm_protect(); else by switch, with others held. */
static void expect_no_live_change(struct machine *m, struct lm_range run)
{
	struct snapshot snapshot;
	struct lm_edit edit;
	unsigned int culprit;
	lm_va_t where = { 1 };
	enum lm_way chosen;

	snapshot_take(&snapshot, m);
	expect_error(lm_protect(&m->map, run, read_only(), LM_WALKED_BY_INTOLERANT,
				&where),
		     LM_EUNSAFE);
	expect_count(where.v, run.start.v, "where");
	for (int live = LM_IN_PLACE; live <= LM_LIVE; live++) {
		lm_edit_protect(&edit, &m->map, run, read_only());
		expect_ok(edit_prepare(&edit, (enum lm_way)live));
		expect_error(machine_commit_among(m, &edit), LM_EUNSAFE);
		expect_ok(lm_edit_release(&edit));
	}
	expect_unchanged(&snapshot, m);
	snapshot_free(&snapshot);

	lm_edit_protect(&edit, &m->map, run, read_only());
	expect_error(lm_choose_way(&edit, &m->cpus, 0, LM_NONE_HELD, &chosen, &culprit),
		     LM_EUNSAFE);
	expect_ok(lm_choose_way(&edit, &m->cpus, 0, LM_OTHERS_HELD, &chosen, &culprit));
	assert_int_equal(chosen, LM_SWITCH);
}

/* Linux does: contpte_wrprotect_ptes(). By switch and break it changes and stays one. */
static void a_run_does_not_change_entry_by_entry_below_level_3(void **state)
{
	const struct geometry *g = *state;
	static const enum lm_way good[] = { LM_SWITCH, LM_BREAK };
	const struct bank bank = { geometry_run(g), g->run };

	for (int way = 0; way < 2; way++) {
		struct lm_range run;
		struct lm_edit edit;
		struct machine m;

		start_weak(&m, g);
		run = machine_range(&m, bank);
		expect_no_live_change(&m, run);
		lm_edit_protect(&edit, &m.map, run, read_only());
		expect_ok(machine_edit(&m, &edit, good[way]));
		expect_run(&m, g, READ_ONLY);
		expect_census(&m);
		expect_well_formed(&m);
		expect_clean(&m);
		machine_stop(&m);
	}
}

/*
 * Its members would differ only since it was staged: then nobody has asked who can walk
 * it, and the count of what changes is the same.
 */
static void a_run_that_differs_since_staging_does_not_change_live(void **state)
{
	const struct geometry *g = *state;
	const struct bank bank = { geometry_run(g), g->run };
	struct lm_range run;
	uint64_t *member;
	struct lm_edit edit;
	struct machine m;

	start_weak(&m, g);
	run = machine_range(&m, bank);
	lm_edit_protect(&edit, &m.map, run, read_only());
	expect_ok(machine_edit(&m, &edit, LM_SWITCH));
	/* In the copy of its table, which is the one in the map now. */
	member = machine_slot_of(&m, bank.pa + 5 * g->page, 3);
	for (int live = LM_IN_PLACE; live <= LM_LIVE; live++) {
		lm_edit_protect(&edit, &m.map, run, read_only());
		expect_ok(edit_prepare(&edit, (enum lm_way)live));
		*member &= ~(uint64_t)READ_ONLY;
		expect_error(machine_commit_among(&m, &edit), LM_ESTALE);
		assert_false(*member & READ_ONLY);
		expect_ok(lm_edit_release(&edit));
		*member |= READ_ONLY;
	}
	expect_clean(&m);
	machine_stop(&m);
}

/* A run that lacks a member, or one hint: what others take its hints for may still differ. */
static void nor_does_a_run_that_lacks_one_below_level_3(void **state)
{
	const struct geometry *g = *state;
	const uint64_t hint = UINT64_C(1) << 52;
	const struct bank bank = { geometry_run(g), g->run };

	for (int kind = 0; kind < 2; kind++) {
		uint64_t *slot;
		struct lm_range run;
		struct lm_edit edit;
		struct machine m;

		start_weak(&m, g);
		run = machine_range(&m, bank);
		slot = machine_slot_of(&m, bank.pa + 7 * g->page, 3);
		machine_poke(&m, slot, kind ? *slot & ~hint : 0);
		expect_ok(lm_region_recount(&m.map, &m.linear));
		expect_no_live_change(&m, run);
		lm_edit_protect(&edit, &m.map, run, read_only());
		/* Bits of software no MMU reads; then it is what it was. */
		expect_ok(lm_protect(&m.map, run,
				     lm_change_attrs((lm_attrs_t){ UINT64_C(1) << 55 },
						     NONE),
				     LM_WALKED_BY_INTOLERANT, NULL));
		expect_ok(machine_edit(&m, &edit, LM_SWITCH));
		assert_true(*machine_slot_of(&m, bank.pa, 3) & READ_ONLY);
		assert_true(kind ? *machine_slot_of(&m, bank.pa + 7 * g->page, 3) &
					    READ_ONLY :
				   !*machine_slot_of(&m, bank.pa + 7 * g->page, 3));
		machine_stop(&m);
	}
}

/* The break and the make of break-before-make: no two entries of a TLB can differ. */
static void a_whole_run_becomes_invalid_and_valid_while_anybody_walks(void **state)
{
	const struct geometry *g = *state;
	const struct bank bank = { geometry_run(g), g->run };
	struct lm_edit edit;
	struct lm_range run;
	struct machine m;

	start_weak(&m, g);
	run = machine_range(&m, bank);
	for (int by_edit = 0; by_edit < 2; by_edit++) {
		const struct lm_leaf_change changes[] = {
			lm_change_to_invalid(&m.map.fmt),
			/* What is invalid is in no TLB. */
			read_only(),
			lm_change_attrs(NONE, (lm_attrs_t){ READ_ONLY }),
			lm_change_to_valid(&m.map.fmt, NONE),
			/* And bits of software no MMU reads. */
			lm_change_attrs((lm_attrs_t){ UINT64_C(1) << 55 }, NONE),
			lm_change_attrs(NONE, (lm_attrs_t){ UINT64_C(1) << 55 }),
		};

		for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
			lm_edit_protect(&edit, &m.map, run, changes[i]);
			if (!by_edit) {
				expect_ok(lm_protect(&m.map, run, changes[i],
						     LM_WALKED_BY_INTOLERANT, NULL));
				continue;
			}
			expect_ok(edit_prepare(&edit, LM_LIVE));
			expect_ok(machine_commit_among(&m, &edit));
			expect_ok(lm_edit_release(&edit));
		}
	}
	expect_run(&m, g, 0);
	expect_translations(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* AF and dirty state: hardware sets them in one member, and so may software. */
static void members_may_differ_as_hardware_makes_them(void **state)
{
	const struct geometry *g = *state;
	const struct bank bank = { geometry_run(g), g->run };
	const lm_attrs_t dbm = { UINT64_C(1) << 51 };
	struct machine_config config = g->machine;
	struct lm_range run;
	lm_va_t where;
	struct machine m;

	config.levels_given = true; /* all 0 */
	config.hw_updates = true;
	config.attrs = machine_plain_attrs(&config) | dbm.v;
	machine_start(&m, &config);
	run = machine_range(&m, bank);
	expect_ok(lm_protect(&m.map, run, read_only(), LM_WALKED_BY_INTOLERANT, NULL));
	expect_run(&m, g, READ_ONLY);
	expect_clean(&m);
	machine_stop(&m);
	/* Really read-only it becomes without DBM, and that is a permission. */
	machine_start(&m, &config);
	expect_error(lm_protect(&m.map, run,
				lm_change_attrs((lm_attrs_t){ READ_ONLY }, dbm),
				LM_WALKED_BY_INTOLERANT, &where),
		     LM_EUNSAFE);
	machine_stop(&m);
}

static void permissions_of_whole_leaves_change_while_anybody_walks(void **state)
{
	const struct geometry *g = *state;
	struct machine_config config = g->machine;
	struct lm_edit edit;
	struct machine m;

	/* Runs take more: see a_run_does_not_change_entry_by_entry_below_level_3(). */
	config.flags |= LM_NO_RUNS;
	config.levels_given = true; /* all 0 */
	machine_start(&m, &config);
	lm_edit_protect(&edit, &m.map, m.linear.range, read_only());
	expect_ok(edit_prepare(&edit, LM_LIVE));
	expect_ok(machine_commit_among(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	m.mappings[0].attrs |= READ_ONLY;
	expect_translations(&m);
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

static void a_split_for_them_is_refused_where_somebody_is_below_level_3(void **state)
{
	const struct geometry *g = *state;
	const struct bank page = { geometry_run(g) + g->page, g->page };

	for (unsigned int weak = 0; weak < CPUS; weak++) {
		struct machine_config config = g->machine;
		struct snapshot snapshot;
		struct lm_edit edit;
		struct machine m;

		config.levels_given = true;
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			config.bbm_level[cpu] = cpu == weak ? 2 : 3;
		machine_start(&m, &config);
		snapshot_take(&snapshot, &m);
		lm_edit_protect(&edit, &m.map, machine_range(&m, page), read_only());
		expect_ok(edit_prepare(&edit, LM_LIVE));
		expect_error(machine_commit_among(&m, &edit), LM_EUNSAFE);
		expect_count(edit.culprit, weak, "the culprit");
		expect_unchanged(&snapshot, &m);
		expect_ok(lm_edit_release(&edit));
		expect_clean(&m);
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

static void the_cheapest_way_depends_on_what_is_cut(void **state)
{
	const struct geometry *g = *state;
	const struct bank run = { geometry_run(g), g->run };
	const struct bank page = { geometry_run(g), g->page };
	const struct bank single = { geometry_page(g), g->page };
	struct machine_config config = g->machine;
	unsigned int culprit;
	struct lm_edit edit;
	struct machine m;
	enum lm_way way;

	config.levels_given = true; /* all 0 */
	machine_start(&m, &config);
	lm_edit_protect(&edit, &m.map, machine_range(&m, single), read_only());
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_NONE_HELD, &way, &culprit));
	assert_int_equal(way, LM_LIVE);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		config.bbm_level[cpu] = 3;
	machine_stop(&m);
	machine_start(&m, &config);
	lm_edit_protect(&edit, &m.map, machine_range(&m, run), read_only());
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_NONE_HELD, &way, &culprit));
	assert_int_equal(way, LM_LIVE);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		config.bbm_level[cpu] = 0;
	machine_stop(&m);
	machine_start(&m, &config);
	lm_edit_protect(&edit, &m.map, machine_range(&m, page), read_only());
	expect_error(lm_choose_way(&edit, &m.cpus, 0, LM_NONE_HELD, &way, &culprit),
		     LM_EUNSAFE);
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_OTHERS_HELD, &way, &culprit));
	assert_int_equal(way, LM_SWITCH);
	lm_edit_protect(&edit, &m.map, machine_range(&m, run),
			lm_change_attrs((lm_attrs_t){ 4 }, NONE));
	expect_ok(lm_choose_way(&edit, &m.cpus, 0, LM_OTHERS_HELD, &way, &culprit));
	assert_int_equal(way, LM_SWITCH);
	machine_stop(&m);
}

/* ------------------------------------------------------------- order of events */

enum event { RESIZE, CHANGE, DSB_ISHST, DSB_ISH, TLBI_ALL, TLBI_VA, TLBI_AGAIN, EVENTS };

/* What was seen, and how often; EVENTS where the log is full. */
struct event_log {
	const struct lm_recorder *recorder;
	enum event events[20000];
	size_t count;
};

static struct event_log event_log;

static void note_event(enum event event)
{
	if (event_log.count < sizeof(event_log.events) / sizeof(event_log.events[0]))
		event_log.events[event_log.count++] = event;
}

/* Bits that say how large a leaf is: type and hint. */
#define SIZE_BITS (UINT64_C(1) << 52 | 2)

static void note_store(void *ctx, lm_desc_t *slot, lm_desc_t desc)
{
	note_event((slot->v ^ desc.v) & SIZE_BITS ? RESIZE : CHANGE);
	event_log.recorder->store(ctx, slot, desc);
}

static void note_wrote(void *ctx, const lm_desc_t *in_table)
{
	event_log.recorder->wrote(ctx, in_table);
}

static void note_barrier(void *ctx, enum lm_barrier barrier)
{
	if (barrier != LM_ISB)
		note_event(barrier == LM_DSB_ISH ? DSB_ISH : DSB_ISHST);
	event_log.recorder->barrier(ctx, barrier);
}

static void note_tlbi_all(void *ctx)
{
	note_event(TLBI_ALL);
	event_log.recorder->tlbi_all(ctx);
}

static void note_tlbi_va(void *ctx, lm_va_t va)
{
	note_event(TLBI_VA);
	event_log.recorder->tlbi_va(ctx, va);
}

static void note_tlbi_again(void *ctx)
{
	note_event(TLBI_AGAIN);
	event_log.recorder->tlbi_again(ctx);
}

static void note_events(struct machine *m)
{
	static const struct lm_recorder recorder = {
		.store = note_store,
		.wrote = note_wrote,
		.barrier = note_barrier,
		.tlbi_all = note_tlbi_all,
		.tlbi_va = note_tlbi_va,
		.tlbi_again = note_tlbi_again,
	};

	event_log.count = 0;
	event_log.recorder = m->map.env.recorder;
	m->map.env.recorder = &recorder;
}

static uint64_t count_events(enum event event)
{
	uint64_t count = 0;

	for (size_t i = 0; i < event_log.count; i++)
		count += event_log.events[i] == event;
	return count;
}

/* After the last @before, and before the first @after, if there is one. */
static bool is_between(enum event event, enum event before, enum event after)
{
	bool seen = false;

	for (size_t i = 0; i < event_log.count; i++) {
		if (event_log.events[i] == before)
			seen = false;
		if (event_log.events[i] == event)
			seen = true;
		if (event_log.events[i] == after)
			return seen;
	}
	return seen;
}

static void permissions_change_after_the_invalidation_of_sizes(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	struct lm_edit edit;
	struct machine m;

	if (life->way != LM_IN_PLACE && life->way != LM_LIVE)
		return;
	machine_start(&m, &g->machine);
	lm_edit_protect(&edit, &m.map, machine_range(&m, most_of(g)), read_only());
	expect_ok(edit_prepare(&edit, life->way));
	note_events(&m);
	expect_ok(machine_commit(&m, &edit));
	assert_true(count_events(RESIZE) > 0);
	assert_true(count_events(CHANGE) > 0);
	assert_true(is_between(TLBI_ALL, RESIZE, CHANGE));
	assert_true(is_between(DSB_ISH, TLBI_ALL, CHANGE));
	/* And after the last of them, another. */
	assert_true(is_between(DSB_ISHST, CHANGE, EVENTS));
	assert_true(is_between(TLBI_ALL, CHANGE, EVENTS) ||
		    is_between(TLBI_VA, CHANGE, EVENTS));
	assert_int_equal(event_log.events[event_log.count - 1], DSB_ISH);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void a_few_pages_are_invalidated_by_address(void **state)
{
	static const uint64_t pages[] = { 1, 3, 64, 65, 512 };
	const struct machine_config config = { .name = "few",
					       .flags = LM_NO_BLOCKS | LM_NO_RUNS,
					       .ram = { { 1 * GIB, 2 * MIB } } };

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		bool few = pages[i] <= 64;
		struct machine m;

		machine_start(&m, &config);
		note_events(&m);
		expect_ok(lm_protect(&m.map,
				     (struct lm_range){ m.linear.range.start,
							pages[i] * 4 * KIB },
				     read_only(), LM_WALKED_BY_TOLERANT, NULL));
		expect_count(count_events(CHANGE), pages[i], "stores");
		expect_count(count_events(TLBI_VA), few ? pages[i] : 0, "by address");
		expect_count(count_events(TLBI_ALL), few ? 0 : 1, "of all");
		expect_clean(&m);
		machine_stop(&m);
	}
}

/*
 * Each invalidation: one TLBI or more, DSB ISH; then, where CPUs need that, exactly one
 * more and its DSB. Return: how many invalidations there were.
 */
static uint64_t expect_invalidations(bool repeated)
{
	uint64_t invalidations = 0;
	size_t i = 0;

	while (i < event_log.count) {
		enum event event = event_log.events[i++];

		assert_int_not_equal(event, DSB_ISH);
		assert_int_not_equal(event, TLBI_AGAIN);
		if (event != TLBI_ALL && event != TLBI_VA)
			continue;
		while (event_log.events[i] == TLBI_ALL || event_log.events[i] == TLBI_VA)
			i++;
		assert_int_equal(event_log.events[i++], DSB_ISH);
		if (repeated) {
			assert_int_equal(event_log.events[i++], TLBI_AGAIN);
			assert_int_equal(event_log.events[i++], DSB_ISH);
		}
		invalidations++;
	}
	return invalidations;
}

static void each_invalidation_is_repeated_once_where_cpus_need_it(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;

	for (int repeated = 0; repeated < 2; repeated++) {
		struct machine_config config = g->machine;
		struct lm_edit edit;
		struct machine m;

		config.repeat_tlbi = repeated;
		machine_start(&m, &config);
		lm_edit_protect(&edit, &m.map, machine_range(&m, most_of(g)),
				read_only());
		expect_ok(edit_prepare(&edit, life->way));
		note_events(&m);
		expect_ok(machine_commit(&m, &edit));
		/* Switch, roll: at its end. The others: after sizes or the break, and at the end. */
		expect_count(expect_invalidations(repeated),
			     way_copies(life->way) ? 1 : 2, "invalidations");
		event_log.count = 0;
		/* Runs change, and the others are level 0. */
		sim_hold_others(m.sim);
		expect_ok(lm_protect(&m.map, machine_range(&m, most_of(g)),
				     lm_change_attrs(NONE, (lm_attrs_t){ READ_ONLY }),
				     LM_WALKED_BY_TOLERANT, NULL));
		sim_let_go(m.sim);
		expect_count(expect_invalidations(repeated), 1, "invalidations");
		expect_ok(lm_edit_release(&edit));
		expect_clean(&m);
		machine_stop(&m);
	}
}

/* All CPUs are level 3 and walk on: by lm_protect(), an edit, a collapse that retires. */
static void change_among_all(struct machine *m, const struct geometry *g)
{
	struct lm_edit edit;

	lm_edit_protect(&edit, &m->map, machine_range(m, most_of(g)), read_only());
	expect_ok(edit_prepare(&edit, LM_LIVE));
	expect_ok(machine_commit_among(m, &edit));
	expect_ok(lm_edit_release(&edit));
	sim_expect_clean(m->sim);
	expect_ok(lm_protect(&m->map, machine_range(m, most_of(g)),
			     lm_change_attrs(NONE, (lm_attrs_t){ READ_ONLY }),
			     LM_WALKED_BY_TOLERANT, NULL));
	sim_expect_clean(m->sim);
	lm_edit_collapse(&edit, &m->map, m->linear.range);
	expect_ok(edit_prepare(&edit, LM_LIVE));
	expect_ok(machine_commit_among(m, &edit));
	expect_ok(lm_edit_release(&edit));
	sim_expect_clean(m->sim);
}

static void what_a_second_tlbi_completes_is_over_when_an_edit_is(void **state)
{
	const struct geometry *g = *state;

	for (int told = 0; told < 2; told++) {
		struct machine_config config = g->machine;
		struct machine m;

		for (int i = 0; i < CPUS; i++)
			config.bbm_level[i] = 3;
		config.repeat_tlbi = true;
		machine_start(&m, &config);
		m.map.env.repeat_tlbi = told;
		change_among_all(&m, g);
		if (told)
			expect_clean(&m);
		else
			assert_true(sim_finding_count(m.sim, SIM_LATE_ACCESS) > 0);
		machine_stop(&m);
	}
}

/* --------------------------------------------------------------- without an edit */

static size_t no_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	fail_msg("memory was asked for");
	return 0;
}

static void without_an_edit_whole_leaves_change(void **state)
{
	const struct geometry *g = *state;
	struct lm_census census;
	struct machine m;

	machine_start(&m, &g->machine);
	m.map.env.alloc = no_alloc;
	census = m.linear.census;
	/* The leader is level 3, and runs are among them. */
	sim_hold_others(m.sim);
	expect_ok(lm_protect(&m.map, m.linear.range, read_only(), LM_WALKED_BY_TOLERANT,
			     NULL));
	sim_let_go(m.sim);
	assert_memory_equal(&census, &m.linear.census, sizeof(census));
	m.mappings[0].attrs |= READ_ONLY;
	expect_translations(&m);
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

static void what_reaches_beyond_is_refused_before_the_first_store(void **state)
{
	const struct geometry *g = *state;
	const struct bank ram = geometry_ram(g);
	/* Into the run from its end, and from its beginning; the run's middle. */
	const struct bank beyond[] = {
		{ geometry_page(g) - g->page, 2 * g->page },
		{ ram.pa, ram.size - 2 * g->page },
		{ geometry_run(g) + g->page, g->page },
	};
	struct snapshot snapshot;
	struct machine m;

	machine_start(&m, &g->machine);
	snapshot_take(&snapshot, &m);
	for (int i = 0; i < 3; i++) {
		uint64_t events = sim_events(m.sim).stores + sim_events(m.sim).tlbis;

		expect_error(lm_protect(&m.map, machine_range(&m, beyond[i]), read_only(),
					LM_WALKED_BY_TOLERANT, NULL),
			     LM_ESIZE);
		expect_count(sim_events(m.sim).stores + sim_events(m.sim).tlbis, events,
			     "stores and TLBIs");
	}
	expect_error(lm_protect(&m.map,
				(struct lm_range){ m.linear.range.start, g->page / 2 },
				read_only(), LM_WALKED_BY_TOLERANT, NULL),
		     LM_EINVAL);
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* AF of the @member of the run of pages is clear: hardware may set it at any time. */
static void start_awaiting(struct machine *m, const struct geometry *g, uint64_t member)
{
	struct machine_config config = g->machine;
	uint64_t *slot;

	config.hw_updates = true;
	machine_start(m, &config);
	slot = machine_slot_of(m, geometry_run(g) + member * g->page, 3);
	machine_poke(m, slot, *slot & ~UINT64_C(0x400));
}

static void what_hardware_may_update_is_refused(void **state)
{
	const struct geometry *g = *state;

	/* In any member of a run: one stands for all. */
	for (uint64_t member = 0; member < 2; member++) {
		struct snapshot snapshot;
		struct machine m;

		start_awaiting(&m, g, member);
		snapshot_take(&snapshot, &m);
		expect_error(lm_protect(&m.map, m.linear.range, read_only(),
					LM_WALKED_BY_TOLERANT, NULL),
			     LM_EHWUPDATE);
		for (int way = 0; way < LM_WAYS; way++) {
			struct lm_edit edit;

			lm_edit_protect(&edit, &m.map, machine_range(&m, most_of(g)),
					read_only());
			expect_error(edit_prepare(&edit, (enum lm_way)way), LM_EHWUPDATE);
			expect_ok(lm_edit_release(&edit));
			lm_edit_protect(&edit, &m.map, m.linear.range, read_only());
			expect_error(edit_prepare(&edit, (enum lm_way)way), LM_EHWUPDATE);
			expect_ok(lm_edit_release(&edit));
		}
		expect_unchanged(&snapshot, &m);
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

/* A run that somebody broke: what maps nothing maps nothing afterwards, too. */
static void a_hole_in_a_run_stays_a_hole(void **state)
{
	const struct life *life = *state;
	const struct geometry *g = life->g;
	const uint64_t hole = geometry_run(g) + g->page;

	for (int by_edit = 0; by_edit < 2; by_edit++) {
		struct lm_edit edit;
		struct machine m;

		start_marked(&m, g, &marks[2]);
		machine_poke(&m, machine_slot_of(&m, hole, 3), 0);
		if (by_edit) {
			lm_edit_protect(&edit, &m.map, m.linear.range, read_only());
			expect_ok(machine_edit(&m, &edit, life->way));
		} else {
			expect_ok(lm_protect(&m.map, m.linear.range, read_only(),
					     LM_WALKED_BY_TOLERANT, NULL));
			expect_ok(lm_protect(&m.map, m.linear.range,
					     lm_change_to_invalid(&m.map.fmt),
					     LM_WALKED_BY_TOLERANT, NULL));
			expect_ok(lm_protect(&m.map, m.linear.range,
					     lm_change_to_valid(&m.map.fmt, NONE),
					     LM_WALKED_BY_TOLERANT, NULL));
		}
		assert_int_equal(*machine_slot_of(&m, hole, 3), 0);
		assert_int_equal(*machine_slot_of(&m, hole - g->page, 3) & 0x81, 0x81);
		machine_stop(&m);
	}
}

/* ----------------------------------------------------------------- a KFENCE pool */

static void a_pool_is_guarded_page_by_page_without_memory(void **state)
{
	const struct geometry *g = *state;
	struct machine_config config = g->machine;
	struct bank pool_bank = { config.ram[0].pa & ~(2 * g->run - 1), g->run };
	struct bank beside = { pool_bank.pa + g->run, g->run };
	struct lm_region pool = { .name = "pool" };
	struct lm_edit edit;
	struct machine m;

	/* Both are runs in one table, and nothing else is there. */
	config.flags = LM_NO_BLOCKS;
	config.present_invalid = SOFTWARE_MARK;
	config.ram[0] = (struct bank){ pool_bank.pa, 2 * g->run };
	machine_start(&m, &config);
	pool.range = machine_range(&m, pool_bank);
	expect_ok(lm_map_add_region(&m.map, &pool));
	lm_edit_to_pages(&edit, &m.map, pool.range);
	expect_ok(machine_edit(&m, &edit, LM_SWITCH));
	pool.flags |= LM_VOLATILE;
	m.map.env.alloc = no_alloc;

	/* An edit beside it is on its way while the pool changes. */
	lm_edit_to_pages(&edit, &m.map, machine_range(&m, beside));
	expect_ok(edit_plan(&edit, LM_SWITCH));
	m.map.env.alloc = model_port_env(&m.port).alloc;
	expect_ok(lm_edit_reserve(&edit));
	m.map.env.alloc = no_alloc;
	expect_error(lm_edit_stage(&edit), LM_EVOLATILE);
	expect_ok(lm_edit_release(&edit));
	lm_edit_to_pages(&edit, &m.map, machine_range(&m, beside));
	m.map.env.alloc = model_port_env(&m.port).alloc;
	expect_ok(edit_prepare(&edit, LM_LIVE));
	m.map.env.alloc = no_alloc;
	for (uint64_t at = 0; at < pool_bank.size; at += 2 * g->page) {
		struct lm_range page = { { pool.range.start.v + at }, g->page };

		expect_ok(lm_protect(&m.map, page, lm_change_to_invalid(&m.map.fmt),
				     LM_WALKED_BY_TOLERANT, NULL));
	}
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	for (uint64_t at = 0; at < pool_bank.size; at += g->page)
		assert_int_equal(
			sim_walk(m.sim, m.map.root.v, pool.range.start.v + at).valid,
			at / g->page % 2);
	for (uint64_t at = 0; at < pool_bank.size; at += 2 * g->page) {
		struct lm_range page = { { pool.range.start.v + at }, g->page };

		expect_ok(lm_protect(&m.map, page, lm_change_to_valid(&m.map.fmt, NONE),
				     LM_WALKED_BY_TOLERANT, NULL));
	}
	expect_translations(&m);
	expect_leaves(&m, (struct leaf_count[]){ { g->page, false, 2 * g->run / g->page },
						 { 0 } });
	expect_clean(&m);
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD_WAYS(&list, where_addresses_end_no_page_is_taken_for_the_next, LM_IN_PLACE);
	ADD_LIVES(&list, invalid_and_valid_again_gives_back_the_same_words,
		  every_geometry);
	ADD_LIVES(&list, what_was_split_to_be_invalid_maps_the_same_when_valid,
		  every_geometry);
	ADD_LIVES(&list, held_leaves_are_changed_and_stay_invalid, every_geometry);
	ADD_LIVES(&list, what_stays_invalid_keeps_its_mark, every_geometry);
	for (size_t i = 0; i < sizeof(wrong_changes) / sizeof(wrong_changes[0]); i++)
		ADD_CASE(&list, a_wrong_change_is_refused, wrong_changes[i].name,
			 &wrong_changes[i]);
	ADD(&list, what_is_not_about_permissions_takes_an_edit);
	ADD_LIVES(&list, exceptions_stay_what_they_are, every_geometry);
	ADD_GEOMETRIES(&list, no_change_makes_a_leaf_that_is_reserved, every_geometry);
	ADD_GEOMETRIES(&list, a_permission_that_a_table_takes_away_is_not_given,
		       every_geometry);
	ADD_GEOMETRIES(&list, what_a_table_takes_away_since_the_plan_is_stale,
		       every_geometry);
	ADD_LIVES(&list, a_new_table_takes_away_nothing_from_its_edit, every_geometry);
	ADD_GEOMETRIES(&list, nor_does_a_run_that_lacks_one_below_level_3,
		       every_geometry);
	ADD_GEOMETRIES(&list, a_run_that_differs_since_staging_does_not_change_live,
		       every_geometry);
	ADD_GEOMETRIES(&list, a_run_does_not_change_entry_by_entry_below_level_3,
		       every_geometry);
	ADD_GEOMETRIES(&list, a_whole_run_becomes_invalid_and_valid_while_anybody_walks,
		       every_geometry);
	ADD_GEOMETRIES(&list, members_may_differ_as_hardware_makes_them, every_geometry);
	ADD_GEOMETRIES(&list, permissions_of_whole_leaves_change_while_anybody_walks,
		       every_geometry);
	ADD_GEOMETRIES(&list, a_split_for_them_is_refused_where_somebody_is_below_level_3,
		       every_geometry);
	ADD_GEOMETRIES(&list, the_cheapest_way_depends_on_what_is_cut, every_geometry);
	ADD_LIVES(&list, permissions_change_after_the_invalidation_of_sizes,
		  every_geometry);
	ADD(&list, a_few_pages_are_invalidated_by_address);
	ADD_LIVES(&list, each_invalidation_is_repeated_once_where_cpus_need_it,
		  every_geometry);
	ADD_GEOMETRIES(&list, what_a_second_tlbi_completes_is_over_when_an_edit_is,
		       every_geometry);
	ADD_GEOMETRIES(&list, without_an_edit_whole_leaves_change, every_geometry);
	ADD_GEOMETRIES(&list, what_reaches_beyond_is_refused_before_the_first_store,
		       every_geometry);
	ADD_GEOMETRIES(&list, what_hardware_may_update_is_refused, every_geometry);
	ADD_LIVES(&list, a_hole_in_a_run_stays_a_hole, every_geometry);
	ADD_GEOMETRIES(&list, a_pool_is_guarded_page_by_page_without_memory,
		       every_geometry);
	return test_list_run(&list, "protect");
}
