// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verifier: whatever is wrong is found, where it is, and nothing else is. What
 * each bit of a descriptor means is written out here once more, from the Arm ARM
 * (D8.3, D8.4).
 */
#include "tables.h"

#include <inttypes.h>
#include <stdio.h>

#include <linmap/check.h>

/* ------------------------------------------------------------------- table sets */

/* One leaf of each size that the geometry has, the largest first, from @oa on. */
struct set_case {
	const char *name;
	struct lm_format_config config;
	uint64_t oa;
	uint64_t size;
};

#define FORMAT(granule, ia, oa, has_lpa2, whose, which, updates)              \
	{                                                                     \
		.granule_shift = (granule), .ia_bits = (ia), .oa_bits = (oa), \
		.lpa2 = (has_lpa2), .regime = (whose), .half = (which),       \
		.hw_updates = (updates),                                      \
	}
#define TIB (1024 * GIB)

static const struct set_case set_cases[] = {
	{ /* a run of 16G, 1G, a run of 32M, 2M, a run of 64K, 4K */
	  "4k-48", FORMAT(12, 48, 48, false, LM_EL1_0, LM_UPPER, false), 16 * GIB,
	  17 * GIB + 34 * MIB + 68 * KIB },
	{ "4k-48-hw-updates", FORMAT(12, 48, 48, false, LM_EL1_0, LM_UPPER, true),
	  1 * GIB, 1 * GIB + 34 * MIB + 68 * KIB },
	{ "4k-39-el2", FORMAT(12, 39, 40, false, LM_EL2, LM_LOWER, false), 1 * GIB,
	  1 * GIB + 34 * MIB + 68 * KIB },
	{ "4k-32-el2-0", FORMAT(12, 32, 32, false, LM_EL2_0, LM_LOWER, false), 1 * GIB,
	  1 * GIB + 34 * MIB + 68 * KIB },
	{ /* 512G, and the above */
	  "4k-lpa2-52", FORMAT(12, 52, 52, true, LM_EL2_0, LM_UPPER, false), 1 * TIB,
	  512 * GIB + 17 * GIB + 34 * MIB + 68 * KIB },
	{ "4k-lpa2-48", FORMAT(12, 48, 48, true, LM_EL3, LM_LOWER, false), 1 * GIB,
	  1 * GIB + 34 * MIB + 68 * KIB },
	{ /* a run of 1G, 32M, a run of 2M, 16K */
	  "16k-47", FORMAT(14, 47, 48, false, LM_EL1_0, LM_UPPER, false), 1 * GIB,
	  1 * GIB + 34 * MIB + 16 * KIB },
	{ /* 64G, and the above */
	  "16k-lpa2-52", FORMAT(14, 52, 52, true, LM_EL2, LM_LOWER, false), 64 * GIB,
	  65 * GIB + 34 * MIB + 16 * KIB },
	{ /* a run of 16G, 512M, a run of 2M, 64K */
	  "64k-36-el3", FORMAT(16, 36, 44, false, LM_EL3, LM_LOWER, false), 16 * GIB,
	  16 * GIB + 514 * MIB + 64 * KIB },
	{ /* 4T, and the above */
	  "64k-52", FORMAT(16, 52, 52, false, LM_EL1_0, LM_UPPER, false), 4 * TIB,
	  4 * TIB + 16 * GIB + 514 * MIB + 64 * KIB },
};

#define SET_CASES (sizeof(set_cases) / sizeof(set_cases[0]))

static bool has_two_ranges(const struct lm_format_config *config)
{
	return config->regime == LM_EL1_0 || config->regime == LM_EL2_0;
}

/* Normal memory, AF, UXN or XN; inner shareable if it says; AP[1] if it has to be 1. */
static uint64_t attrs_of(const struct lm_format_config *config)
{
	uint64_t attrs = UINT64_C(0x0040000000000400);

	if (!config->lpa2)
		attrs |= 0x300;
	if (!has_two_ranges(config))
		attrs |= 0x40;
	return attrs;
}

static void start(struct tables *t, const struct set_case *g)
{
	tables_start(t, &g->config);
	tables_add_region(t, g->oa, g->size);
	tables_map(t, g->oa, g->oa, g->size, attrs_of(&g->config));
}

/* --------------------------------------------------------------------- findings */

struct findings {
	struct lm_finding finding[64];
	int64_t count;
	int64_t end_after; /* this many; 0: never */
};

#define SET(kind) (1U << (kind))

static int note(void *ctx, const struct lm_finding *finding)
{
	struct findings *f = ctx;

	if (f->count < 64)
		f->finding[f->count] = *finding;
	return ++f->count == f->end_after ? -LM_EREGION : 0;
}

static lm_pa_t seen[TABLES + 1];

static void check(struct findings *f, const struct tables *t)
{
	int64_t ret;

	*f = (struct findings){ .count = 0 };
	ret = lm_check(&t->map, seen, TABLES + 1, note, f);
	assert_int_equal(ret, f->count);
}

static unsigned int kinds_of(const struct findings *f)
{
	unsigned int kinds = 0;

	for (int64_t i = 0; i < f->count && i < 64; i++)
		kinds |= SET(f->finding[i].kind);
	return kinds;
}

static void print_kinds(const char *what, unsigned int kinds)
{
	print_error("%s:%s\n", what, kinds ? "" : " nothing");
	for (int kind = 0; kind < LM_FINDINGS; kind++) {
		if (kinds & SET(kind))
			print_error("  %s\n",
				    lm_finding_text((enum lm_finding_kind)kind));
	}
}

static void expect_kinds(const struct findings *f, unsigned int expected,
			 const char *about)
{
	if (kinds_of(f) == expected)
		return;
	print_kinds("expected", expected);
	print_kinds("saw", kinds_of(f));
	fail_msg("%s", about);
}

static void expect_one(const struct findings *f, enum lm_finding_kind kind, uint64_t va,
		       int level, uint64_t desc)
{
	expect_kinds(f, SET(kind), "one fault");
	assert_int_equal(f->count, 1);
	assert_int_equal(f->finding[0].va.v, va);
	assert_int_equal(f->finding[0].level, level);
	assert_int_equal(f->finding[0].desc.v, desc);
}

/* ---------------------------------------------------------------- nothing is wrong */

static void a_right_set_has_no_findings(void **state)
{
	const struct set_case *g = *state;
	struct findings f;
	struct tables t;

	start(&t, g);
	check(&f, &t);
	expect_kinds(&f, 0, g->name);
	tables_stop(&t);
}

static void commit(struct tables *t, enum lm_way way, struct lm_range range)
{
	static const struct lm_cpu cpu = { 3 };
	const struct lm_cpus cpus = { &cpu, 1 };
	struct lm_window window;
	struct lm_edit edit;

	lm_edit_to_pages(&edit, &t->map, range);
	expect_ok(lm_edit_prepare(&edit, way));
	expect_ok(lm_window_open(&window, &t->map, &cpus, 0, LM_OTHERS_HELD));
	expect_ok(lm_edit_commit(&window, &edit));
	lm_window_close(&window);
	expect_ok(lm_edit_release(&edit));
}

/* From inside the leaf before the last block to inside the last run. */
static void no_way_to_commit_leaves_findings(void **state)
{
	const struct set_case *g = *state;
	uint64_t granule = UINT64_C(1) << g->config.granule_shift;
	uint64_t end = g->config.granule_shift == 12 ? 8 * granule : MIB;
	uint64_t before = g->config.granule_shift == 12 ? 4 * MIB : 514 * MIB;

	if (g->config.granule_shift == 14)
		before = 34 * MIB;
	/* These tables are walked by no CPU that could roll. */
	for (enum lm_way way = LM_IN_PLACE; way < LM_ROLL; way++) {
		struct lm_range range = { .size = before - end };
		struct findings f;
		struct tables t;

		start(&t, g);
		range.start.v = t.map.fmt.base + g->oa + g->size - before;
		commit(&t, way, range);
		check(&f, &t);
		expect_kinds(&f, 0, g->name);
		tables_stop(&t);
	}
}

/* ------------------------------------------------------------- each bit, flipped once */

/* The original of a descriptor of the set. */
struct place {
	const struct set_case *g;
	struct tables *t;
	uint64_t *slot;
	uint64_t va;
	int level;
};

static unsigned int shift_at(const struct lm_format_config *config, int level)
{
	unsigned int granule = config->granule_shift;

	return granule + (unsigned int)(3 - level) * (granule - 3);
}

static bool has_blocks(const struct lm_format_config *config, int level)
{
	int first = config->granule_shift == 12 ? 1 : 2;

	if (config->lpa2 || config->oa_bits == 52)
		first--;
	return level >= first && level < 3;
}

static unsigned int run_at(const struct lm_format_config *config, int level)
{
	switch (config->granule_shift) {
	case 12:
		return level >= 1 ? 16 : 1;
	case 14:
		return level == 3 ? 128 : level == 2 ? 32 : 1;
	default:
		return level >= 2 ? 32 : 1;
	}
}

/* What [49:12], and under LPA2 [9:8], mean: which bit of the address; -1: none. */
static int address_bit(const struct lm_format_config *config, int bit)
{
	if (config->lpa2 && (bit == 8 || bit == 9))
		return bit + 42;
	if (config->granule_shift == 16 && bit >= 12 && bit <= 15)
		return bit + 36;
	if (bit < config->granule_shift || bit > (config->lpa2 ? 49 : 47))
		return -1;
	return bit;
}

static bool is_address_field(const struct lm_format_config *config, int bit)
{
	return (bit >= 12 && bit <= 49) || (config->lpa2 && (bit == 8 || bit == 9));
}

static unsigned int leaf_address_kinds(const struct place *p, int bit)
{
	int at = address_bit(&p->g->config, bit);

	if (at < 0)
		return SET(LM_FOUND_RESERVED); /* RES0 with this granule */
	if (at >= p->g->config.oa_bits)
		return SET(LM_FOUND_ADDRESS);
	if (p->level < 3 && at == 16)
		return 0; /* nT: the block is on its way to another size */
	if (at < (int)shift_at(&p->g->config, p->level))
		return SET(LM_FOUND_ADDRESS);
	return 0; /* other memory, which only its owner knows to be wrong */
}

/* The leaf by itself. */
static unsigned int leaf_kinds(const struct place *p, int bit)
{
	const struct lm_format_config *config = &p->g->config;
	bool two = has_two_ranges(config);

	if (is_address_field(config, bit))
		return leaf_address_kinds(p, bit);
	switch (bit) {
	case 0: /* maps nothing */
		return SET(LM_FOUND_CENSUS);
	case 1: /* a page gets a reserved type; a block names RAM as a table */
		return p->level == 3 ? SET(LM_FOUND_TYPE) : SET(LM_FOUND_NO_TABLE);
	case 6: /* AP[1] is RES1 for one exception level */
		return two ? 0 : SET(LM_FOUND_RESERVED);
	case 9: /* SH 0b11 becomes 0b01, which is reserved; bit 8 makes it 0b10 */
		return SET(LM_FOUND_RESERVED);
	case 11: /* nG; NSE at EL3 */
		return config->regime == LM_EL2 ? SET(LM_FOUND_RESERVED) : 0;
	case 52:
		return SET(LM_FOUND_RUN);
	case 53:
		return two ? 0 : SET(LM_FOUND_RESERVED);
	default:
		/* AttrIndx, NS, AP[2], SH[0], AF, GP, DBM, UXN, [63:55]: any value is allowed */
		return 0;
	}
}

/* A member is no longer like the others, and by itself may be wrong too. */
static unsigned int member_kinds(const struct place *p, int bit)
{
	if (bit == 10 && p->g->config.hw_updates)
		return 0; /* AF may be noted in one member */
	return (leaf_kinds(p, bit) & ~SET(LM_FOUND_CENSUS)) | SET(LM_FOUND_RUN);
}

static unsigned int table_kinds(const struct place *p, int bit)
{
	const struct lm_format_config *config = &p->g->config;
	bool two = has_two_ranges(config);
	int at = address_bit(config, bit);

	if (is_address_field(config, bit)) {
		if (at < 0)
			return SET(LM_FOUND_RESERVED);
		return at < config->oa_bits ? SET(LM_FOUND_NO_TABLE) :
					      SET(LM_FOUND_ADDRESS);
	}
	switch (bit) {
	case 0: /* what was below is gone */
		return SET(LM_FOUND_CENSUS);
	case 1: /* a block: not aligned, and without AP[1] */
		if (!has_blocks(config, p->level))
			return SET(LM_FOUND_TYPE);
		return SET(LM_FOUND_ADDRESS) | (two ? 0 : SET(LM_FOUND_RESERVED));
	case 50:
		return SET(LM_FOUND_RESERVED);
	case 59: /* PXNTable, and no leaf has PXN */
		return two ? SET(LM_FOUND_PERMISSIONS) : SET(LM_FOUND_RESERVED);
	case 61: /* APTable[0], and EL0 may do nothing anyway */
		return two ? 0 : SET(LM_FOUND_RESERVED);
	case 62: /* APTable[1]: read-only */
	case 63: /* NSTable */
		return SET(LM_FOUND_PERMISSIONS);
	default:
		/* [11:2], [58:51] are ignored; UXNTable takes nothing from leaves with UXN */
		return 0;
	}
}

/* An entry that maps nothing, outside of the region. */
static unsigned int hole_kinds(const struct place *p, int bit)
{
	if (bit != 0)
		return 0; /* the rest of an invalid descriptor is ignored */
	if (!has_blocks(&p->g->config, p->level))
		return SET(LM_FOUND_TYPE);
	/* A block at address 0, which only its owner knows to be wrong. */
	return has_two_ranges(&p->g->config) ? 0 : SET(LM_FOUND_RESERVED);
}

static bool is_member(const struct place *p)
{
	return *p->slot >> 52 & 1;
}

static unsigned int expected_kinds(const struct place *p, int bit)
{
	if (!*p->slot)
		return hole_kinds(p, bit);
	if (p->level < 3 && (*p->slot & 3) == 3)
		return table_kinds(p, bit);
	return is_member(p) ? member_kinds(p, bit) : leaf_kinds(p, bit);
}

/* Findings are about the descriptor, its run, or what is below it. */
static void expect_near(const struct findings *f, const struct place *p)
{
	uint64_t size = UINT64_C(1) << shift_at(&p->g->config, p->level);
	uint64_t run = run_at(&p->g->config, p->level) * size;

	for (int64_t i = 0; i < f->count; i++) {
		const struct lm_finding *finding = &f->finding[i];
		bool of_run = finding->kind == LM_FOUND_RUN;

		if (finding->kind == LM_FOUND_CENSUS)
			assert_ptr_equal(finding->region, &p->t->region);
		else if ((finding->va.v & -(of_run ? run : size)) !=
			 (p->va & -(of_run ? run : size)))
			fail_msg("level %d at 0x%" PRIx64 ": found at 0x%" PRIx64,
				 p->level, p->va, finding->va.v);
	}
}

static void flip_each_bit(const struct place *p)
{
	for (int bit = 0; bit < 64; bit++) {
		unsigned int expected = expected_kinds(p, bit);
		struct findings f;
		char about[160];

		*p->slot ^= UINT64_C(1) << bit;
		check(&f, p->t);
		*p->slot ^= UINT64_C(1) << bit;
		snprintf(about, sizeof(about),
			 "%s: level %d at 0x%" PRIx64 ", 0x%016" PRIx64 ", bit %d",
			 p->g->name, p->level, p->va, *p->slot, bit);
		expect_kinds(&f, expected, about);
		expect_near(&f, p);
	}
}

/* All entries of a table that are not 0, and one after the last of them. */
static void flip_table(struct tables *t, const struct set_case *g, uint64_t *table,
		       uint64_t offset, int level)
{
	unsigned int shift = shift_at(&g->config, level);
	unsigned int stride = g->config.granule_shift - 3u;
	uint64_t entries = UINT64_C(1) << stride;
	bool hole_is_next = false;

	if (level == t->map.fmt.start_level)
		entries = UINT64_C(1) << (g->config.ia_bits - shift);
	for (uint64_t i = 0; i < entries; i++) {
		uint64_t at = offset + (i << shift);
		struct place p = {
			.g = g,
			.t = t,
			.slot = &table[i],
			.va = t->map.fmt.base + at,
			.level = level,
		};

		if (!table[i] && (!hole_is_next || at < g->oa + g->size))
			continue;
		hole_is_next = table[i];
		flip_each_bit(&p);
		if (level < 3 && (table[i] & 3) == 3)
			flip_table(t, g, tables_slot(t, at, level + 1), at, level + 1);
	}
}

static void each_wrong_bit_is_found_and_nothing_else(void **state)
{
	const struct set_case *g = *state;
	struct tables t;

	start(&t, g);
	flip_table(&t, g, t.table[0], 0, t.map.fmt.start_level);
	tables_stop(&t);
}

/* ------------------------------------------------------------- faults of their own */

static const struct set_case *const small = &set_cases[3]; /* 4K, 32 bits, 1G at 1G */

#define VA(offset) (t.map.fmt.base + (offset))

/* All members, so that they agree: the OA is aligned to a member, not to the run. */
static void a_run_of_misaligned_memory_is_found_once(void **state)
{
	struct findings f;
	struct tables t;
	uint64_t *slot;

	start(&t, small);
	/* The run of 16 pages after 1G, 32M and 2M. */
	slot = tables_slot(&t, 2 * GIB + 34 * MIB, 3);
	for (int i = 0; i < 16; i++)
		slot[i] += 4 * KIB;
	check(&f, &t);
	expect_one(&f, LM_FOUND_RUN, VA(2 * GIB + 34 * MIB), 3, slot[0]);
	tables_stop(&t);
}

/* A table among the members of a run is walked once, in its place. */
static void a_table_among_the_members_is_walked_once(void **state)
{
	struct findings f;
	struct tables t;
	uint64_t *slot;
	lm_pa_t pa = { 0 };

	start(&t, small);
	slot = tables_slot(&t, 2 * GIB, 2);
	assert_int_equal(tables_alloc(&t, 3, 1, &pa), 1);
	slot[0] = pa.v | 3;
	check(&f, &t);
	/* The first hint that is in no run any more. */
	expect_one(&f, LM_FOUND_RUN, VA(2 * GIB + 2 * MIB), 2, slot[1]);
	tables_stop(&t);
}

static void a_run_where_hardware_noted_dirty_state_is_whole(void **state)
{
	struct lm_format_config config = small->config;
	struct findings f;
	struct tables t;

	config.hw_updates = true;
	tables_start(&t, &config);
	tables_add_region(&t, 0, 64 * KIB);
	/* Writable, clean: DBM and AP[2]. Hardware clears AP[2] of the one it writes to. */
	tables_map(&t, 0, 0, 64 * KIB, UINT64_C(0x0048000000000780));
	tables_slot(&t, 0, 3)[5] &= ~UINT64_C(0x80);
	check(&f, &t);
	expect_kinds(&f, 0, "dirty");
	t.map.fmt.config.hw_updates = false;
	check(&f, &t);
	expect_kinds(&f, SET(LM_FOUND_RUN), "hardware notes nothing there");
	tables_stop(&t);
}

static void a_table_reached_twice_is_found_where_it_is_reached_again(void **state)
{
	struct findings f;
	struct tables t;
	uint64_t *slot;

	start(&t, small);
	slot = tables_slot(&t, 2 * GIB, 1);
	slot[1] = slot[0];
	check(&f, &t);
	expect_one(&f, LM_FOUND_TWICE, VA(3 * GIB), 1, slot[0]);
	/* No edit asked for it. */
	f = (struct findings){ .count = 0 };
	assert_int_equal(lm_check(&t.map, NULL, 0, note, &f), 0);
	tables_stop(&t);
}

/* The root's entry, and one of the last table that leads anywhere. */
static void a_loop_ends_where_it_closes(void **state)
{
	static const int levels[] = { 1, 2 };

	for (size_t i = 0; i < 2; i++) {
		uint64_t va = levels[i] == 1 ? 3 * GIB : 2 * GIB + 512 * MIB;
		struct findings f;
		struct tables t;
		uint64_t *slot;

		start(&t, small);
		slot = tables_slot(&t, va, levels[i]);
		*slot = t.map.root.v | 3;
		check(&f, &t);
		expect_one(&f, LM_FOUND_TWICE, VA(va), levels[i], *slot);
		f = (struct findings){ .count = 0 };
		assert_int_equal(lm_check(&t.map, NULL, 0, note, &f), 1);
		expect_one(&f, LM_FOUND_TWICE, VA(va), levels[i], *slot);
		tables_stop(&t);
	}
}

static void a_root_without_memory_is_found(void **state)
{
	struct findings f;
	struct tables t;

	start(&t, small);
	t.map.root.v = 0;
	check(&f, &t);
	expect_one(&f, LM_FOUND_NO_TABLE, VA(0), 1, 0);
	tables_stop(&t);
}

static void a_present_invalid_leaf_on_a_level_without_leaves_is_found(void **state)
{
	struct lm_format_config config =
		FORMAT(12, 48, 48, false, LM_EL1_0, LM_UPPER, false);
	struct findings f;
	struct tables t;

	config.present_invalid = UINT64_C(1) << 58;
	tables_start(&t, &config);
	((uint64_t *)t.table[0])[7] = UINT64_C(1) << 58;
	check(&f, &t);
	expect_one(&f, LM_FOUND_TYPE, VA(7 * 512 * GIB), 0, UINT64_C(1) << 58);
	tables_stop(&t);
}

/* A table of two tables of leaves, and a leaf beside these: three findings, not 1025. */
static void what_tables_take_away_is_said_once_for_each_table(void **state)
{
	struct findings f;
	struct tables t;

	tables_start(&t, &small->config);
	tables_add_region(&t, 0, 1 * GIB);
	tables_map(&t, 0, 0, 1 * GIB - 4 * KIB, UINT64_C(0x0040000000000700));
	*tables_slot(&t, 0, 1) |= UINT64_C(1) << 62;
	check(&f, &t);
	/* Level 2: runs of 32M, blocks; level 3: under its last entry. */
	expect_one(&f, LM_FOUND_PERMISSIONS, VA(0), 2, *tables_slot(&t, 0, 2));
	tables_stop(&t);
}

static void restricted_tables_side_by_side_are_each_reported(void **state)
{
	struct findings f;
	struct tables t;

	tables_start(&t, &small->config);
	tables_add_region(&t, 0, 1 * GIB);
	tables_map(&t, 0, 0, 4 * KIB, UINT64_C(0x0040000000000700));
	tables_map(&t, 2 * MIB, 2 * MIB, 8 * KIB, UINT64_C(0x0040000000000700));
	*tables_slot(&t, 0, 1) |= UINT64_C(1) << 62;
	check(&f, &t);
	expect_kinds(&f, SET(LM_FOUND_PERMISSIONS), "two tables");
	assert_int_equal(f.count, 2);
	assert_int_equal(f.finding[0].va.v, VA(0));
	assert_int_equal(f.finding[1].va.v, VA(2 * MIB));
	tables_stop(&t);
}

/* Each leaf counts for its innermost region, and each region's census by itself. */
static void a_wrong_census_is_found_in_the_region_that_has_it(void **state)
{
	struct lm_region inner = { .name = "inner" };
	struct findings f;
	struct tables t;

	start(&t, small);
	inner.range = (struct lm_range){ { VA(2 * GIB) }, 32 * MIB };
	expect_ok(lm_map_add_region(&t.map, &inner));
	check(&f, &t);
	expect_kinds(&f, 0, "a region in a region");

	inner.census.leaves[2 - LM_FIRST_LEVEL][LM_RUN]++;
	check(&f, &t);
	expect_one(&f, LM_FOUND_CENSUS, VA(2 * GIB), 0, 0);
	assert_ptr_equal(f.finding[0].region, &inner);
	inner.census.leaves[2 - LM_FIRST_LEVEL][LM_RUN]--;

	t.region.census.leaves[3 - LM_FIRST_LEVEL][LM_SINGLE]--;
	check(&f, &t);
	expect_one(&f, LM_FOUND_CENSUS, VA(1 * GIB), 0, 0);
	assert_ptr_equal(f.finding[0].region, &t.region);
	tables_stop(&t);
}

/* Plans are made of these: a table on level 2, and one on 3, lead to large leaves. */
static void a_wrong_count_of_tables_is_found_unless_it_is_unknown(void **state)
{
	struct findings f;
	struct tables t;

	start(&t, small);
	t.region.census.large_tables[3 - LM_FIRST_LEVEL]++;
	check(&f, &t);
	expect_kinds(&f, SET(LM_FOUND_CENSUS), "one table too many");
	t.region.census.tables_unknown = true;
	check(&f, &t);
	expect_kinds(&f, 0, "unknown");
	tables_stop(&t);
}

/* Three tables: the root, one on level 2, one on level 3. */
static void seen_has_room_for_more_than_there_are_tables(void **state)
{
	struct findings f = { .count = 0 };
	struct tables t;

	start(&t, small);
	for (size_t room = 0; room <= 3; room++)
		assert_int_equal(lm_check(&t.map, seen, room, note, &f), -LM_ENOMEM);
	assert_int_equal(lm_check(&t.map, seen, 4, note, &f), 0);
	assert_int_equal(f.count, 0);
	tables_stop(&t);
}

static void what_the_caller_returns_ends_the_check(void **state)
{
	struct findings f = { .end_after = 2 };
	struct tables t;
	uint64_t *slot;

	start(&t, small);
	slot = tables_slot(&t, 3 * GIB, 1);
	*slot = 0x40000003; /* no memory */
	slot = tables_slot(&t, 2 * GIB + 34 * MIB + 64 * KIB, 3);
	slot[0] ^= 2;
	slot[1] = 1;
	assert_int_equal(lm_check(&t.map, seen, TABLES + 1, note, &f), -LM_EREGION);
	assert_int_equal(f.count, 2);
	assert_int_equal(f.finding[1].va.v, VA(2 * GIB + 34 * MIB + 68 * KIB));
	tables_stop(&t);
}

/* --------------------------------------------------------- hierarchical attributes */

struct below_case {
	const char *name;
	uint64_t leaf, tables;
	bool two_ranges;
	uint64_t effective;
};

#define B(n) (UINT64_C(1) << (n))

/* Arm ARM D8.4: NSTable [63], APTable [62:61], XNTable or UXNTable [60], PXNTable [59]. */
static const struct below_case below_cases[] = {
	{ "nothing", B(6) | B(51), 0, true, B(6) | B(51) },
	{ "no-el0", B(6) | B(51), B(61), true, B(51) },
	{ "read-only", B(6) | B(51), B(62), true, B(6) | B(7) },
	{ "both", B(6), B(62) | B(61), true, B(7) },
	{ "pxn", 0, B(59), true, B(53) },
	{ "uxn", 0, B(60), true, B(54) },
	{ "ns", 0, B(63), true, B(5) },
	{ "one-range-no-el0", B(6), B(61), false, B(6) },
	{ "one-range-read-only", B(6), B(62), false, B(6) | B(7) },
	{ "one-range-pxn", B(6), B(59), false, B(6) },
	{ "one-range-xn", B(6), B(60), false, B(6) | B(54) },
	{ "one-range-ns", B(6), B(63), false, B(6) | B(5) },
	{ "ignored", B(6), LM_BITS(58, 0), true, B(6) },
};

static void tables_take_away_what_they_say(void **state)
{
	const struct below_case *c = *state;

	assert_int_equal(
		lm_desc_below((lm_attrs_t){ c->leaf }, c->tables, c->two_ranges).v,
		c->effective);
}

static void every_finding_has_its_own_sentence(void **state)
{
	for (int kind = 0; kind < LM_FINDINGS; kind++) {
		const char *text = lm_finding_text((enum lm_finding_kind)kind);

		assert_int_equal(text[strlen(text) - 1], '.');
		for (int other = 0; other < kind; other++)
			assert_string_not_equal(
				text, lm_finding_text((enum lm_finding_kind)other));
	}
}

int test_main(void)
{
	struct test_list list = { 0 };

	for (size_t i = 0; i < SET_CASES; i++) {
		const struct set_case *g = &set_cases[i];

		ADD_CASE(&list, a_right_set_has_no_findings, g->name, g);
		ADD_CASE(&list, no_way_to_commit_leaves_findings, g->name, g);
		ADD_CASE(&list, each_wrong_bit_is_found_and_nothing_else, g->name, g);
	}
	ADD(&list, a_run_of_misaligned_memory_is_found_once);
	ADD(&list, a_table_among_the_members_is_walked_once);
	ADD(&list, a_run_where_hardware_noted_dirty_state_is_whole);
	ADD(&list, a_table_reached_twice_is_found_where_it_is_reached_again);
	ADD(&list, a_loop_ends_where_it_closes);
	ADD(&list, a_root_without_memory_is_found);
	ADD(&list, a_present_invalid_leaf_on_a_level_without_leaves_is_found);
	ADD(&list, what_tables_take_away_is_said_once_for_each_table);
	ADD(&list, restricted_tables_side_by_side_are_each_reported);
	ADD(&list, a_wrong_census_is_found_in_the_region_that_has_it);
	ADD(&list, a_wrong_count_of_tables_is_found_unless_it_is_unknown);
	ADD(&list, seen_has_room_for_more_than_there_are_tables);
	ADD(&list, what_the_caller_returns_ends_the_check);
	for (size_t i = 0; i < sizeof(below_cases) / sizeof(below_cases[0]); i++)
		ADD_CASE(&list, tables_take_away_what_they_say, below_cases[i].name,
			 &below_cases[i]);
	ADD(&list, every_finding_has_its_own_sentence);
	return test_list_run(&list, "check");
}
