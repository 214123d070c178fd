// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Layouts, ranges, exceptions, ways and allocators by chance, one edit after the
 * other, against the plain reference. A failure prints the seed;
 * LINMAP_TEST_SEED=n runs that one alone.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define SEEDS 260
#define EDITS 6

/* ----------------------------------------------------------------------- chance */

/* xorshift64*: the same numbers everywhere. */
static uint64_t random_state;

static uint64_t chance(uint64_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % below;
}

static bool one_in(uint64_t n)
{
	return !chance(n);
}

/* --------------------------------------------------------------------- machines */

/* Leaf sizes of a granule, the smallest first; 0 ends them. */
static const struct {
	uint8_t granule_shift;
	uint64_t sizes[6];
	uint64_t most; /* RAM of a bank */
} granules[] = {
	{ 12, { 4 * KIB, 64 * KIB, 2 * MIB, 32 * MIB, 1 * GIB }, 1 * GIB + 128 * MIB },
	{ 14, { 16 * KIB, 2 * MIB, 32 * MIB, 1 * GIB }, 2 * GIB },
	{ 16, { 64 * KIB, 2 * MIB, 512 * MIB }, 2 * GIB },
};

/* What fits into a geometry. */
struct scale {
	uint64_t sizes[6];
	uint64_t most;	 /* RAM of a bank */
	uint64_t gap;	 /* between banks */
	uint64_t before; /* the first one */
	uint64_t base;	 /* physical address before all this */
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Three banks and what is between them take 7/8 of a small input range at most. */
static void choose_scale(struct scale *scale, const struct machine_config *config)
{
	uint64_t part = (UINT64_C(1) << config->ia_bits) / 8;
	size_t granule = (config->granule_shift - 12u) / 2;

	*scale = (struct scale){
		.most = smaller(granules[granule].most, part),
		.gap = smaller(3 * GIB, part),
		.before = smaller(4 * GIB, 2 * part),
		.base = config->oa_bits == 52 ? UINT64_C(10) << 48 : 0,
	};
	for (size_t i = 0;
	     granules[granule].sizes[i] && granules[granule].sizes[i] <= part; i++)
		scale->sizes[i] = granules[granule].sizes[i];
}

/* A multiple of one of the sizes, up to a few of it, and maybe a little more. */
static uint64_t some_size(const struct scale *scale, uint64_t most)
{
	uint64_t granule = scale->sizes[0];
	unsigned int sizes = 0;
	uint64_t size;

	while (scale->sizes[sizes])
		sizes++;
	size = scale->sizes[chance(sizes)] * (1 + chance(40));
	if (one_in(2))
		size += scale->sizes[chance(sizes)];
	if (one_in(3))
		size += granule * chance(600);
	if (size > most)
		size = granule * (1 + chance(most / granule));
	return size;
}

/* A place in [@start, @start + @size), on a border of some leaf size if there is one. */
static uint64_t some_place(const struct scale *scale, uint64_t start, uint64_t size)
{
	uint64_t granule = scale->sizes[0];
	unsigned int sizes = 0;
	uint64_t place = start + granule * chance(size / granule);

	while (scale->sizes[sizes])
		sizes++;
	if (one_in(2))
		place &= ~(scale->sizes[chance(sizes)] - 1);
	if (one_in(4))
		place += granule;
	return place >= start && place < start + size ? place : start;
}

static struct bank some_bank(const struct scale *scale, struct bank in)
{
	uint64_t end = in.pa + in.size;
	struct bank bank = { some_place(scale, in.pa, in.size), 0 };

	bank.size = some_size(scale, end - bank.pa);
	return bank;
}

static void some_ram(struct machine_config *config, const struct scale *scale)
{
	uint64_t granule = scale->sizes[0];
	uint64_t at = scale->base + granule * chance(scale->before / granule);

	if (one_in(2))
		at &= ~(scale->sizes[1] - 1);
	if (one_in(2) && scale->sizes[2])
		at &= ~(scale->sizes[2] - 1);
	if (one_in(3) && scale->before >= 2 * GIB)
		at &= ~(1 * GIB - 1);
	for (unsigned int i = 0; i < 1 + chance(3); i++) {
		config->ram[i].pa = at;
		config->ram[i].size = some_size(scale, scale->most / (i + 1));
		at += config->ram[i].size;
		if (!one_in(4))
			at += some_size(scale, scale->gap);
	}
}

/* A place that an offset can have in the input range: skews, and where RAM is high. */
static uint64_t some_skew(const struct scale *scale, const struct machine_config *config)
{
	uint64_t skew = one_in(3) ? scale->sizes[chance(2)] : 0;

	if (one_in(8) && scale->sizes[2] && scale->sizes[2] < 1 * GIB)
		skew = scale->sizes[2];
	return config->ia_bits < 52 ? skew - scale->base : skew;
}

static void some_machine(struct machine_config *config, const struct geometry *g,
			 const struct scale *scale)
{
	static const uint64_t longest[] = { 0, 1, 2, 7 };

	*config = g->machine;
	memset(config->ram, 0, sizeof(config->ram));
	config->longest_run = longest[chance(4)];
	config->attrs = one_in(3) ? machine_attrs_mask(config) :
				    machine_plain_attrs(config);
	/* Where EL0 is unknown, AP[1] is RES1. */
	if (!lm_regime_has_two_ranges(config->regime))
		config->attrs |= LM_ATTR_EL0;
	config->skew = some_skew(scale, config);
	/* Which half is no matter of the geometry where there are two. */
	if (config->regime == LM_EL1_0 || config->regime == LM_EL2_0)
		config->lower = one_in(2);
	if (one_in(4))
		config->flags |= LM_NO_RUNS;
	if (one_in(8))
		config->flags |= LM_NO_BLOCKS;
	some_ram(config, scale);
	/* Pages only: less of them. */
	if (config->flags & LM_NO_BLOCKS)
		for (unsigned int i = 0; i < BANKS; i++)
			config->ram[i].size = config->ram[i].size % (64 * MIB);
	for (unsigned int i = 0; i < BANKS; i++) {
		if (!config->ram[i].size)
			memset(&config->ram[i], 0, (BANKS - i) * sizeof(config->ram[i]));
	}
	if (!config->ram[0].size)
		config->ram[0].size = scale->sizes[0];
	if (one_in(2))
		config->alias = some_bank(scale, config->ram[0]);
}

/* ------------------------------------------------------------------------ edits */

enum goal { PAGES, BOUNDARIES, PROTECT, NON_GLOBAL, COLLAPSE, UNMAP, GOALS };

/* What an edit is about, before anybody looks at it. */
struct wish {
	enum goal goal;
	struct lm_range range;
	uint64_t set, clear;
	struct stretch exceptions[LM_EDIT_RANGES];
	size_t exception_count;
	enum lm_way way;
};

static void except(struct wish *wish, struct lm_edit *edit, struct lm_range range)
{
	lm_edit_except(edit, range);
	wish->exceptions[wish->exception_count++] =
		(struct stretch){ range.start.v, range.size };
}

/* A leader below level 3 can only break, switch or roll, as can nG: and a type not roll. */
static enum lm_way some_way(const struct machine *m, const struct wish *wish)
{
	uint64_t bits = wish->set | wish->clear;

	if ((bits & LM_ATTR_INDEX(7)) || (wish->clear & LM_ATTR_NOT_GLOBAL))
		return chance(2) ? LM_BREAK : LM_SWITCH;
	if (m->cpu[0].bbm_level < LM_BBM_LIVE || (bits & LM_ATTR_NOT_GLOBAL))
		return (enum lm_way)(LM_BREAK + chance(LM_WAYS - LM_BREAK));
	if (wish->goal == COLLAPSE || wish->goal == UNMAP)
		return (enum lm_way)(LM_LIVE + chance(LM_WAYS - LM_LIVE));
	return (enum lm_way)chance(LM_WAYS);
}

static enum goal some_goal(const struct machine *m)
{
	enum goal goal = (enum goal)chance(GOALS);
	bool has_asids = lm_regime_has_two_ranges(m->config.regime);

	return goal == NON_GLOBAL && !has_asids ? COLLAPSE : goal;
}

/* Of attributes that the machine has; now and then what is no permission. */
static void some_change(struct wish *wish, const struct machine *m)
{
	uint64_t bits = LM_ATTR_READ_ONLY | LM_ATTR_UXN | LM_BIT(57);

	if (wish->goal == NON_GLOBAL)
		wish->set = LM_ATTR_NOT_GLOBAL;
	if (wish->goal != PROTECT)
		return;
	if (one_in(4))
		bits |= LM_ATTR_INDEX(7);
	if (one_in(8) && lm_regime_has_two_ranges(m->config.regime))
		bits |= LM_ATTR_NOT_GLOBAL;
	wish->set = bits & chance(UINT64_C(1) << 47) << 12;
	wish->set |= bits & chance(1 << 12);
	wish->clear = bits & ~wish->set;
	if (one_in(2))
		wish->clear &= chance(1 << 12);
}

static void begin_edit(struct wish *wish, struct machine *m, struct lm_edit *edit)
{
	switch (wish->goal) {
	case PAGES:
		lm_edit_to_pages(edit, &m->map, wish->range);
		break;
	case BOUNDARIES:
		lm_edit_to_boundaries(edit, &m->map, wish->range);
		break;
	case PROTECT:
		lm_edit_protect(edit, &m->map, wish->range,
				lm_change_attrs((lm_attrs_t){ wish->set },
						(lm_attrs_t){ wish->clear }));
		break;
	case NON_GLOBAL:
		wish->range = m->linear.range;
		lm_edit_non_global(edit, &m->map);
		break;
	case UNMAP:
		lm_edit_unmap(edit, &m->map, wish->range);
		break;
	case COLLAPSE:
	default:
		lm_edit_collapse(edit, &m->map, wish->range);
		break;
	}
}

/* Returns how many leaves collapse. */
static uint64_t wish_for(const struct wish *wish, const struct machine *m,
			 struct leaves *leaves)
{
	struct stretch range = { wish->range.start.v, wish->range.size };

	switch (wish->goal) {
	case PAGES:
		leaves_to_pages(leaves, m, range, wish->exceptions,
				wish->exception_count);
		return 0;
	case BOUNDARIES:
		leaves_to_boundaries(leaves, m, range, wish->exceptions,
				     wish->exception_count);
		return 0;
	case PROTECT:
	case NON_GLOBAL:
		leaves_protect(leaves, m, range, wish->exceptions, wish->exception_count,
			       wish->set, wish->clear);
		return 0;
	case UNMAP:
		leaves_unmap(leaves, m, range, wish->exceptions, wish->exception_count);
		return 0;
	case COLLAPSE:
	default:
		return leaves_collapse(leaves, m, range, wish->exceptions,
				       wish->exception_count);
	}
}

static void some_edit(struct wish *wish, struct machine *m, struct lm_edit *edit,
		      const struct scale *scale)
{
	struct bank all = { m->linear.range.start.v, m->linear.range.size };
	struct bank goal = one_in(4) ? all : some_bank(scale, all);

	*wish = (struct wish){
		.goal = some_goal(m),
		.range = { { goal.pa }, goal.size },
	};
	some_change(wish, m);
	wish->way = some_way(m, wish);
	begin_edit(wish, m, edit);
	if (wish->goal == NON_GLOBAL)
		return;
	if (m->alias.name)
		except(wish, edit, m->alias.range);
	for (uint64_t i = chance(4); i-- > 1;) {
		struct bank bank = some_bank(scale, all);

		except(wish, edit, (struct lm_range){ { bank.pa }, bank.size });
	}
}

static void expect_plan_by_walk(struct lm_edit *edit)
{
	/* It sets the census after the edit, which must stay the plan's. */
	struct lm_census census = edit->census;
	struct lm_plan walk;

	expect_ok(lm_plan_recount(edit));
	walk = edit->counted;
	edit->census = census;
	for (int level = 0; level < LM_LEVELS; level++) {
		expect_count(edit->plan.new_tables[level], walk.new_tables[level],
			     "new tables");
		expect_count(edit->plan.copied_tables[level], walk.copied_tables[level],
			     "copied tables");
	}
	expect_count(edit->plan.updates, walk.updates, "updates");
	expect_count(edit->plan.replaced, walk.replaced, "replaced");
	expect_count(edit->plan.leaves, walk.leaves, "leaves");
}

/* Given up at some step, or refused without memory: nothing changed. */
static void do_not(struct machine *m, struct lm_edit *edit, enum lm_way way)
{
	struct snapshot snapshot;
	uint64_t tables = sim_tables_allocated(m->sim);
	uint64_t steps = one_in(2) ? 3 : chance(3);
	int err = 0;

	snapshot_take(&snapshot, m);
	if (steps > 0)
		err = edit_plan(edit, way);
	if (err == -LM_ENOLEAF)
		steps = 0;
	else
		expect_ok(err);
	if (steps > 1) {
		sim_fail_alloc(m->sim, one_in(2) ? 1 + chance(3) : 0);
		err = lm_edit_reserve(edit);
		sim_fail_alloc(m->sim, 0);
	}
	if (steps > 2 && !err)
		expect_ok(lm_edit_stage(edit));
	expect_ok(lm_edit_abort(edit));
	expect_unchanged(&snapshot, m);
	expect_count(sim_tables_allocated(m->sim), tables, "tables after giving up");
	snapshot_free(&snapshot);
}

static void do_it(struct machine *m, struct lm_edit *edit, const struct wish *wish,
		  struct leaves *leaves)
{
	uint64_t tables = sim_tables_allocated(m->sim);
	uint64_t collapsed;
	int err;

	err = edit_plan(edit, wish->way);
	if (wish->goal == COLLAPSE && err == -LM_ENOLEAF) {
		expect_count(wish_for(wish, m, leaves), 0, "leaves that can collapse");
		assert_true(edit->obstacle != LM_NO_OBSTACLE);
		return;
	}
	expect_ok(err);
	expect_plan_by_walk(edit);
	expect_ok(lm_edit_reserve(edit));
	expect_count(sim_tables_allocated(m->sim),
		     tables + edit->plan.bytes / machine_granule(m), "tables reserved");
	expect_ok(lm_edit_stage(edit));
	expect_these_leaves(m, leaves);
	expect_ok(machine_commit(m, edit));
	expect_count(lm_edit_tables_left(edit), 0, "tables left");
	expect_count(m->in_stop.allocations + m->in_stop.frees, 0,
		     "allocations in the stop");
	if (way_copies(wish->way))
		expect_count(m->in_stop.stores, edit->plan.updates, "stores in the stop");
	expect_ok(lm_edit_release(edit));
	expect_count(sim_tables_allocated(m->sim),
		     tables + sum_of_levels(edit->plan.new_tables) -
			     sum_of_levels(edit->plan.retired_tables),
		     "tables");

	collapsed = wish_for(wish, m, leaves);
	if (wish->goal == COLLAPSE)
		expect_count(edit->plan.leaves, collapsed, "leaves that collapse");
	expect_these_leaves(m, leaves);
	expect_census(m);
	expect_no_mixed_run(m, false, 0);
	expect_well_formed(m);
	expect_clean(m);
}

static void run(uint64_t seed)
{
	const struct geometry *geometry;
	struct machine_config config;
	struct scale scale;
	struct leaves leaves;
	struct machine m;

	random_state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	for (int i = 0; i < 4; i++)
		chance(2);
	geometry = &geometries[seed % geometry_count];
	choose_scale(&scale, &geometry->machine);
	some_machine(&config, geometry, &scale);
	config.levels_given = true;
	for (unsigned int i = 0; i < CPUS; i++)
		config.bbm_level[i] = (uint8_t)chance(4);
	machine_start(&m, &config);
	leaves_of_mappings(&leaves, &m);
	expect_these_leaves(&m, &leaves);
	expect_translations(&m);
	expect_census(&m);
	for (unsigned int i = 0; i < EDITS; i++) {
		struct lm_edit edit;
		struct wish wish;

		some_edit(&wish, &m, &edit, &scale);
		/* Inside the alias there is nothing of the linear region. */
		if (m.alias.name && wish.range.start.v >= m.alias.range.start.v &&
		    wish.range.start.v + wish.range.size - m.alias.range.start.v <=
			    m.alias.range.size)
			continue;
		if (one_in(4))
			do_not(&m, &edit, wish.way);
		else
			do_it(&m, &edit, &wish, &leaves);
	}
	leaves_free(&leaves);
	machine_stop(&m);
}

/* Printed when a test failed: cmocka leaves it before it could say more. */
static uint64_t running;
static bool finished;

static int tell_seed(void **state)
{
	if (!finished)
		print_error("# LINMAP_TEST_SEED=%" PRIu64 " does it again\n", running);
	return 0;
}

static void any_edit_of_any_layout_does_what_the_reference_does(void **state)
{
	const char *given = getenv("LINMAP_TEST_SEED");
	uint64_t last = SEEDS;

	if (given) {
		running = strtoull(given, NULL, 0);
		last = running + 1;
	}
	for (; running < last; running++)
		run(running);
	finished = true;
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			any_edit_of_any_layout_does_what_the_reference_does, tell_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
