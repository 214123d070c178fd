// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine of the unit tests and its plain reference. Geometry is written
 * out here once more, from the Arm ARM (D8.3, D8.7.1), so that a mistake in
 * the core's has something to differ from.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linmap/check.h>

/* ------------------------------------------------------------------- geometry */

/* What a leaf can be, the largest first. */
struct shape {
	uint64_t entry_size;
	unsigned int run; /* 0: no runs */
	int level;
};

/* The first of each only with room for 52 bits of address. */
static const struct shape shapes_4k[] = { { 512 * GIB, 0, 0 },
					  { 1 * GIB, 16, 1 },
					  { 2 * MIB, 16, 2 },
					  { 4 * KIB, 16, 3 },
					  { 0 } };
static const struct shape shapes_16k[] = { { 64 * GIB, 0, 1 },
					   { 32 * MIB, 32, 2 },
					   { 16 * KIB, 128, 3 },
					   { 0 } };
static const struct shape shapes_64k[] = { { 4 * TIB, 0, 1 },
					   { 512 * MIB, 32, 2 },
					   { 64 * KIB, 32, 3 },
					   { 0 } };

static unsigned int entry_shift(const struct machine_config *config, int level)
{
	unsigned int stride = config->granule_shift - 3u;

	return config->granule_shift + (unsigned int)(3 - level) * stride;
}

int machine_start_level(const struct machine_config *config)
{
	int level = 3;

	while (entry_shift(config, level - 1) < config->ia_bits)
		level--;
	return level;
}

static const struct shape *all_shapes(const struct machine_config *config)
{
	switch (config->granule_shift) {
	case 12:
		return shapes_4k;
	case 14:
		return shapes_16k;
	default:
		return shapes_64k;
	}
}

static const struct shape *shapes_of(const struct machine *m)
{
	bool is_larger = m->config.lpa2 || m->config.oa_bits == 52;
	const struct shape *shape = all_shapes(&m->config) + !is_larger;

	while (shape->level < machine_start_level(&m->config))
		shape++;
	return shape;
}

static const struct shape *shape_at(const struct machine *m, int level)
{
	const struct shape *shape = shapes_of(m);

	while (shape->level != level)
		shape++;
	return shape;
}

static uint64_t half_size(const struct machine *m)
{
	return UINT64_C(1) << m->config.ia_bits;
}

uint64_t machine_entry_size(const struct machine *m, int level)
{
	return UINT64_C(1) << entry_shift(&m->config, level);
}

/* A root may be too small to hold a run. */
static uint64_t run_size(const struct machine *m, const struct shape *shape)
{
	uint64_t size = shape->run * shape->entry_size;

	return size <= half_size(m) ? size : 0;
}

static uint64_t table_bytes(const struct machine *m, int level)
{
	uint64_t entries = level == machine_start_level(&m->config) ?
				   half_size(m) / machine_entry_size(m, level) :
				   machine_granule(m) / 8;

	return entries * 8;
}

/* ---------------------------------------------------------------- descriptors */

#define BITS(high, low) ((UINT64_MAX >> (63 - (high))) & (UINT64_MAX << (low)))

/* Arm ARM D8.3.1: where descriptors have OA[51:48] (LPA) and OA[51:50] (LPA2). */
uint64_t machine_output(const struct machine *m, uint64_t desc)
{
	if (m->config.lpa2)
		return (desc & BITS(49, 12)) | (desc & BITS(9, 8)) << 42;
	if (m->config.granule_shift == 16)
		return (desc & BITS(47, 16)) | (desc & BITS(15, 12)) << 36;
	return desc & BITS(47, 12);
}

static uint64_t output_bits(const struct machine_config *config)
{
	return config->lpa2 ? BITS(49, 12) | BITS(9, 8) : BITS(47, 12);
}

static uint64_t put_output(const struct machine *m, uint64_t pa)
{
	if (m->config.lpa2)
		return (pa & BITS(49, 12)) | (pa & BITS(51, 50)) >> 42;
	if (m->config.granule_shift == 16)
		return (pa & BITS(47, 16)) | (pa & BITS(51, 48)) >> 36;
	return pa & BITS(47, 12);
}

uint64_t machine_attrs_mask(const struct machine_config *config)
{
	uint64_t mask = ATTRS_MASK & ~output_bits(config);

	/* Neither PXN nor, at EL2, nG. */
	if (config->regime == LM_EL2)
		mask &= ~(BITS(53, 53) | BITS(11, 11));
	if (config->regime == LM_EL3)
		mask &= ~BITS(53, 53);
	return mask;
}

uint64_t machine_plain_attrs(const struct machine_config *config)
{
	uint64_t attrs = PLAIN_ATTRS & machine_attrs_mask(config);

	return lm_regime_has_two_ranges(config->regime) ? attrs : attrs | LM_ATTR_EL0;
}

uint64_t machine_attrs(const struct machine *m, uint64_t desc)
{
	return desc & ATTRS_MASK & ~output_bits(&m->config);
}

uint64_t machine_leaf(const struct machine *m, uint64_t pa, uint64_t attrs, int level)
{
	return put_output(m, pa) | attrs | (level == 3 ? 3 : 1);
}

uint64_t machine_table(const struct machine *m, uint64_t pa)
{
	return put_output(m, pa) | 3;
}

uint64_t machine_not_output(const struct machine *m, uint64_t desc)
{
	return desc & ~output_bits(&m->config);
}

/* ------------------------------------------------------------------- machines */

static void fill_in(struct machine_config *config)
{
	static const uint8_t levels[CPUS] = { 3, 0, 0 };
	static const uint8_t none[CPUS];

	if (!config->granule_shift)
		config->granule_shift = 12;
	if (!config->ia_bits)
		config->ia_bits = 48;
	if (!config->oa_bits)
		config->oa_bits = 48;
	if (!config->attrs)
		config->attrs = machine_plain_attrs(config);
	if (!config->levels_given && !memcmp(config->bbm_level, none, sizeof(none)))
		memcpy(config->bbm_level, levels, sizeof(levels));
}

#define POOL_TABLES (UINT64_C(1) << 15)

/* Tables are at addresses that have bits where only 52 bits have them. */
static uint64_t pool_pa(const struct machine_config *config)
{
	return config->oa_bits == 52 ? UINT64_C(5) << 48 :
				       UINT64_C(1) << (config->oa_bits - 2);
}

static void start_sim(struct machine *m)
{
	static const enum sim_regime regimes[LM_REGIMES] = {
		[LM_EL1_0] = SIM_EL1_0,
		[LM_EL2_0] = SIM_EL2_0,
		[LM_EL2] = SIM_EL2,
		[LM_EL3] = SIM_EL3,
	};
	struct sim_config config = {
		.cpus = CPUS,
		.bbm_level = m->config.bbm_level,
		.granule_shift = m->config.granule_shift,
		.ia_bits = m->config.ia_bits,
		.oa_bits = m->config.oa_bits,
		.lpa2 = m->config.lpa2,
		.regime = regimes[m->config.regime],
		.upper = !m->config.lower,
		.pool_pa = pool_pa(&m->config),
		.pool_tables = POOL_TABLES,
		.longest_run = m->config.longest_run,
		.repeat_tlbi = m->config.repeat_tlbi,
	};

	m->sim = sim_new(&config);
	assert_non_null(m->sim);
	for (unsigned int i = 0; i < CPUS; i++)
		m->cpu[i].bbm_level = m->config.bbm_level[i];
	m->cpus = (struct lm_cpus){ m->cpu, CPUS };
	m->port = (struct model_port){ .sim = m->sim };
}

static lm_pa_t make_root(struct machine *m)
{
	int level = machine_start_level(&m->config);
	lm_pa_t root;

	/* The rest of its granule is not the root's, and stays what it is: garbage. */
	assert_int_equal(sim_alloc(m->sim, level, 1, &root.v), 1);
	root.v += m->config.root_offset;
	memset(sim_pointer(m->sim, root.v), 0, table_bytes(m, level));
	sim_wrote(m->sim, sim_pointer(m->sim, root.v));
	sim_barrier(m->sim, SIM_DSB_ISH);
	return root;
}

void machine_start_cpus(struct machine *m)
{
	for (unsigned int i = CPUS; i-- > 0;) {
		sim_on_cpu(m->sim, i);
		sim_write_ttbr(m->sim, m->map.root.v);
		sim_barrier(m->sim, SIM_ISB);
	}
}

/* Nothing that a break needs lies in RAM: the tests put the tables elsewhere. */
static lm_va_t not_in_ram(void *ctx, const void *pointer)
{
	return (lm_va_t){ UINT64_C(1) << 62 };
}

void machine_start_empty(struct machine *m, const struct machine_config *config)
{
	struct lm_format_config format;
	struct lm_env env;
	struct lm_format fmt;

	*m = (struct machine){ .config = *config };
	fill_in(&m->config);
	format = (struct lm_format_config){
		.granule_shift = m->config.granule_shift,
		.ia_bits = m->config.ia_bits,
		.oa_bits = m->config.oa_bits,
		.lpa2 = m->config.lpa2,
		.regime = m->config.regime,
		.half = m->config.lower ? LM_LOWER : LM_UPPER,
		.hw_updates = m->config.hw_updates,
		.present_invalid = m->config.present_invalid,
		.table_attrs = m->config.table_attrs,
	};
	expect_ok(lm_format_init(&fmt, &format));
	start_sim(m);
	env = model_port_env(&m->port);
	env.repeat_tlbi = m->config.repeat_tlbi;
	env.address = not_in_ram;
	lm_map_init(&m->map, &fmt, &env, make_root(m));
}

static void add_region(struct machine *m, struct lm_region *region, const char *name,
		       struct bank bank)
{
	*region = (struct lm_region){
		.name = name,
		.range = machine_range(m, bank),
		.flags = m->config.flags,
		.longest_contiguous = m->config.longest_contiguous,
	};
	expect_ok(lm_map_add_region(&m->map, region));
}

static void add_regions(struct machine *m)
{
	const struct bank *ram = m->config.ram;
	const struct bank *last = ram;

	while (last + 1 < ram + BANKS && last[1].size)
		last++;
	add_region(m, &m->linear, "linear",
		   (struct bank){ ram->pa, last->pa + last->size - ram->pa });
	if (m->config.alias.size)
		add_region(m, &m->alias, "kernel alias", m->config.alias);
}

/* Around the alias, then in it, as a kernel maps its own image. */
static void map_bank(struct machine *m, struct bank bank)
{
	struct bank alias = m->config.alias;
	struct bank behind = { alias.pa + alias.size,
			       bank.pa + bank.size - alias.pa - alias.size };

	if (!alias.size || alias.pa >= bank.pa + bank.size || alias.pa < bank.pa) {
		expect_ok(machine_map(m, bank));
		return;
	}
	if (alias.pa > bank.pa)
		expect_ok(machine_map(m, (struct bank){ bank.pa, alias.pa - bank.pa }));
	expect_ok(machine_map(m, alias));
	if (behind.size)
		expect_ok(machine_map(m, behind));
}

void machine_start(struct machine *m, const struct machine_config *config)
{
	machine_start_empty(m, config);
	add_regions(m);
	for (size_t i = 0; i < BANKS && m->config.ram[i].size; i++)
		map_bank(m, m->config.ram[i]);
	machine_start_cpus(m);
}

void machine_stop(struct machine *m)
{
	sim_free(m->sim);
	m->sim = NULL;
}

uint64_t machine_base(const struct machine *m)
{
	return m->config.lower ? 0 : -half_size(m);
}

uint64_t machine_granule(const struct machine *m)
{
	return UINT64_C(1) << m->config.granule_shift;
}

bool machine_has_tables_at(const struct machine *m, uint64_t pa)
{
	return pa - pool_pa(&m->config) < POOL_TABLES * machine_granule(m);
}

lm_va_t machine_va(const struct machine *m, uint64_t pa)
{
	return (lm_va_t){ machine_base(m) + pa + m->config.skew };
}

struct lm_range machine_range(const struct machine *m, struct bank bank)
{
	return (struct lm_range){ machine_va(m, bank.pa), bank.size };
}

int machine_map(struct machine *m, struct bank bank)
{
	struct mapping *mapping = &m->mappings[m->mapping_count];
	struct lm_range range = machine_range(m, bank);
	int err = lm_map_range(&m->map, range, (lm_pa_t){ bank.pa },
			       (lm_attrs_t){ m->config.attrs });

	if (err)
		return err;
	assert_true(m->mapping_count < MAPPINGS);
	*mapping = (struct mapping){ range.start.v, bank.size, bank.pa, m->config.attrs };
	m->mapping_count++;
	return 0;
}

static struct sim_events events_since(struct sim_events now, struct sim_events then)
{
	return (struct sim_events){
		.stores = now.stores - then.stores,
		.barriers = now.barriers - then.barriers,
		.tlbis = now.tlbis - then.tlbis,
		.allocations = now.allocations - then.allocations,
		.frees = now.frees - then.frees,
		.tables_allocated = now.tables_allocated - then.tables_allocated,
		.tables_freed = now.tables_freed - then.tables_freed,
	};
}

int machine_commit_among(struct machine *m, struct lm_edit *edit)
{
	struct sim_events before = sim_events_in_stop(m->sim);
	struct lm_window window;
	int err;

	sim_stop_begin(m->sim);
	expect_ok(lm_window_open(&window, &m->map, &m->cpus, 0, LM_NONE_HELD));
	err = lm_edit_commit(&window, edit);
	lm_window_close(&window);
	sim_stop_end(m->sim);
	m->in_stop = events_since(sim_events_in_stop(m->sim), before);
	return err;
}

int machine_commit(struct machine *m, struct lm_edit *edit)
{
	struct sim_events before = sim_events_in_stop(m->sim);
	struct lm_window window;
	int err;

	sim_hold_others(m->sim);
	sim_stop_begin(m->sim);
	expect_ok(lm_window_open(&window, &m->map, &m->cpus, 0, LM_OTHERS_HELD));
	err = lm_edit_commit(&window, edit);
	lm_window_close(&window);
	sim_stop_end(m->sim);
	sim_let_go(m->sim);
	m->in_stop = events_since(sim_events_in_stop(m->sim), before);
	return err;
}

static size_t no_memory(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	return 0;
}

void machine_has_no_memory(struct machine *m)
{
	m->map.env.alloc = no_memory;
}

uint64_t *machine_slot(const struct machine *m, uint64_t va, int level)
{
	uint64_t offset = va - machine_base(m);
	uint64_t pa = m->map.root.v;

	for (int at = machine_start_level(&m->config);; at++) {
		uint64_t entries = table_bytes(m, at) / 8;
		uint64_t *slot = (uint64_t *)sim_pointer(m->sim, pa) +
				 (offset >> entry_shift(&m->config, at)) % entries;

		if (at == level)
			return slot;
		if ((*slot & 3) != 3)
			fail_msg("0x%" PRIx64 ": no table below level %d", va, at);
		pa = machine_output(m, *slot);
	}
}

uint64_t *machine_slot_of(const struct machine *m, uint64_t pa, int level)
{
	return machine_slot(m, machine_va(m, pa).v, level);
}

void machine_poke(struct machine *m, uint64_t *slot, uint64_t desc)
{
	sim_store(m->sim, slot, 0);
	sim_barrier(m->sim, SIM_DSB_ISH);
	sim_tlbi(m->sim, SIM_VMALLE1IS);
	sim_barrier(m->sim, SIM_DSB_ISH);
	sim_store(m->sim, slot, desc);
	sim_barrier(m->sim, SIM_DSB_ISH);
}

/* -------------------------------------------------------------- what is there */

static void for_each_leaf(const struct machine *m, sim_leaf_fn *visit, void *ctx)
{
	sim_for_each_leaf(m->sim, m->map.root.v, machine_base(m), half_size(m), visit,
			  ctx);
}

struct translations {
	const struct machine *m;
	size_t mapping;
	uint64_t done; /* bytes of it */
};

static void check_translation(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct translations *t = ctx;
	const char *name = t->m->config.name;
	const struct mapping *mapping = &t->m->mappings[t->mapping];

	if (t->mapping == t->m->mapping_count)
		fail_msg("%s: 0x%" PRIx64 ": expected nothing, saw a leaf of 0x%" PRIx64,
			 name, va, leaf->size);
	if (va != mapping->va + t->done)
		fail_msg("%s: expected a leaf at 0x%" PRIx64
			 ", saw the next at 0x%" PRIx64,
			 name, mapping->va + t->done, va);
	if (leaf->pa != mapping->pa + t->done)
		fail_msg("%s: 0x%" PRIx64 ": expected output 0x%" PRIx64
			 ", saw 0x%" PRIx64,
			 name, va, mapping->pa + t->done, leaf->pa);
	if (machine_attrs(t->m, leaf->descriptor) != mapping->attrs)
		fail_msg("%s: 0x%" PRIx64 ": expected attributes 0x%016" PRIx64
			 ", saw 0x%016" PRIx64,
			 name, va, mapping->attrs, machine_attrs(t->m, leaf->descriptor));
	if (leaf->size > mapping->size - t->done)
		fail_msg("%s: 0x%" PRIx64 ": a leaf of 0x%" PRIx64
			 " sticks out of its mapping",
			 name, va, leaf->size);
	t->done += leaf->size;
	if (t->done == mapping->size) {
		t->mapping++;
		t->done = 0;
	}
}

void expect_translations(const struct machine *m)
{
	struct translations t = { .m = m };

	for_each_leaf(m, check_translation, &t);
	if (t.mapping < m->mapping_count)
		fail_msg("%s: 0x%" PRIx64 ": expected a leaf, saw none", m->config.name,
			 m->mappings[t.mapping].va + t.done);
}

struct tally {
	const struct machine *m;
	struct leaf_count seen[LEAF_SIZES + 1];
};

/* A hint on some members of a run only leaves the size of all to the walker's choice. */
static bool is_run(const struct machine *m, uint64_t va,
		   const struct sim_translation *leaf)
{
	bool run = leaf->size == run_size(m, shape_at(m, leaf->level));

	if (leaf->contiguous && !run)
		fail_msg("%s: 0x%" PRIx64 ": a hint outside a whole run", m->config.name,
			 va);
	return run;
}

static void tally_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct tally *tally = ctx;
	bool run = is_run(tally->m, va, leaf);
	struct leaf_count *count = tally->seen;

	while (count->size && (count->size != leaf->size || count->run != run))
		count++;
	assert_true(count < tally->seen + LEAF_SIZES);
	count->size = leaf->size;
	count->run = run;
	count->leaves++;
}

static uint64_t leaves_counted(const struct leaf_count *count, uint64_t size, bool run)
{
	while (count->size && (count->size != size || count->run != run))
		count++;
	return count->size ? count->leaves : 0;
}

void expect_leaves(const struct machine *m, const struct leaf_count *expected)
{
	struct tally tally = { .m = m };

	for_each_leaf(m, tally_leaf, &tally);
	for (const struct leaf_count *e = expected; e->size; e++)
		expect_count(leaves_counted(tally.seen, e->size, e->run), e->leaves,
			     "%s: %s of 0x%" PRIx64, m->config.name,
			     e->run ? "contiguous runs" : "leaves", e->size);
	for (const struct leaf_count *s = tally.seen; s->size; s++)
		expect_count(s->leaves, leaves_counted(expected, s->size, s->run),
			     "%s: %s of 0x%" PRIx64, m->config.name,
			     s->run ? "contiguous runs" : "leaves", s->size);
}

struct censuses {
	const struct machine *m;
	struct lm_census linear, alias;
};

static void count_census(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct censuses *c = ctx;
	const struct lm_region *alias = &c->m->alias;
	bool in_alias = va - alias->range.start.v < alias->range.size;
	struct lm_census *census = in_alias ? &c->alias : &c->linear;

	/* Levels from -1, LM_SINGLE is 0 and LM_RUN 1. */
	census->leaves[leaf->level + 1][is_run(c->m, va, leaf)]++;
}

static void compare_census(const struct machine *m, const struct lm_region *region,
			   const struct lm_census *expected)
{
	for (int level = -1; level <= 3; level++) {
		for (int kind = 0; kind < 2; kind++)
			expect_count(region->census.leaves[level + 1][kind],
				     expected->leaves[level + 1][kind],
				     "%s: census of %s, level %d, %s", m->config.name,
				     region->name, level,
				     kind ? "runs" : "single leaves");
	}
}

void expect_census(const struct machine *m)
{
	struct censuses c = { .m = m };

	for_each_leaf(m, count_census, &c);
	compare_census(m, &m->linear, &c.linear);
	if (m->alias.name)
		compare_census(m, &m->alias, &c.alias);
}

struct mixed {
	const struct machine *m;
	bool may_be_invalid;
	uint64_t may_differ;
};

static void check_run(const struct mixed *c, const uint64_t *run,
		      const struct shape *shape, uint64_t va)
{
	const uint64_t type = shape->level == 3 ? 3 : 1;
	unsigned int hinted = 0;
	uint64_t first;

	while (hinted < shape->run &&
	       !((run[hinted] >> 52 & 1) && (run[hinted] & 3) == type))
		hinted++;
	if (hinted == shape->run)
		return;
	first = machine_output(c->m, run[hinted]) - hinted * shape->entry_size;
	for (unsigned int i = 0; i < shape->run; i++) {
		uint64_t output = first + i * shape->entry_size;
		uint64_t differs = machine_attrs(c->m, run[i] ^ run[hinted]);

		if (!(run[i] & 1) && c->may_be_invalid)
			continue;
		if ((run[i] & 3) != type || machine_output(c->m, run[i]) != output ||
		    (differs & ~c->may_differ))
			fail_msg("%s: 0x%" PRIx64 ": a run with hints has 0x%016" PRIx64
				 " as member %u, 0x%016" PRIx64 " as member %u",
				 c->m->config.name, va, run[i], i, run[hinted], hinted);
	}
}

static void check_runs_of_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	const struct mixed *c = ctx;
	const struct shape *shape = shapes_of(c->m);
	const uint64_t *table = sim_pointer(c->m->sim, pa);
	uint64_t entries = table_bytes(c->m, level) / sizeof(*table);

	while (shape->entry_size && shape->level != level)
		shape++;
	if (!shape->entry_size || !run_size(c->m, shape))
		return;
	for (uint64_t i = 0; i < entries; i += shape->run)
		check_run(c, table + i, shape, va + i * shape->entry_size);
}

void expect_no_mixed_run(const struct machine *m, bool may_be_invalid,
			 uint64_t may_differ)
{
	struct mixed c = { m, may_be_invalid, may_differ };

	sim_for_each_table(m->sim, m->map.root.v, check_runs_of_table, &c);
}

void expect_no_findings(const struct machine *m)
{
	const struct sim_finding *finding = sim_finding(m->sim, 0);

	if (finding)
		fail_msg("%s: the model found, at event %" PRIu64 ", 0x%" PRIx64 ": %s",
			 m->config.name, finding->event, finding->va, finding->text);
	for (int kind = 0; kind < SIM_FINDING_KINDS; kind++)
		expect_count(sim_finding_count(m->sim, (enum sim_finding_kind)kind), 0,
			     "%s: findings of kind %s", m->config.name,
			     sim_finding_name((enum sim_finding_kind)kind));
}

void expect_clean(const struct machine *m)
{
	sim_expect_clean(m->sim);
	expect_no_findings(m);
}

static int tell_finding(void *ctx, const struct lm_finding *finding)
{
	const struct machine *m = ctx;

	print_error("%s: the verifier found at 0x%" PRIx64 ", level %d, 0x%016" PRIx64
		    ": %s\n",
		    m->config.name, finding->va.v, finding->level, finding->desc.v,
		    lm_finding_text(finding->kind));
	return 0;
}

void expect_well_formed(const struct machine *m)
{
	size_t room = 2 * sim_tables_allocated(m->sim) + 2;
	lm_pa_t *seen = calloc(room, sizeof(*seen));
	int64_t findings;

	assert_non_null(seen);
	findings = lm_check(&m->map, seen, room, tell_finding, (void *)(uintptr_t)m);
	free(seen);
	expect_count((uint64_t)findings, 0, "%s: findings of the verifier",
		     m->config.name);
}

struct taking {
	struct snapshot *s;
	const struct machine *m;
};

static void *grow(void *array, size_t *room, size_t count, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	array = realloc(array, *room * size);
	assert_non_null(array);
	return array;
}

static void take_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	struct taking *t = ctx;
	struct snapshot *s = t->s;
	size_t size = table_bytes(t->m, level);
	unsigned char *bytes = malloc(size);

	assert_non_null(bytes);
	memcpy(bytes, sim_pointer(t->m->sim, pa), size);
	s->tables = grow(s->tables, &s->room, s->count, sizeof(*s->tables));
	s->tables[s->count].pa = pa;
	s->tables[s->count].size = size;
	s->tables[s->count++].bytes = bytes;
}

void snapshot_take(struct snapshot *s, const struct machine *m)
{
	struct taking t = { s, m };

	*s = (struct snapshot){ 0 };
	sim_for_each_table(m->sim, m->map.root.v, take_table, &t);
}

void snapshot_free(struct snapshot *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->tables[i].bytes);
	free(s->tables);
	*s = (struct snapshot){ 0 };
}

static void compare_table(const struct snapshot *s, const struct snapshot *now, size_t i)
{
	const uint64_t *was = (const uint64_t *)(const void *)s->tables[i].bytes;
	const uint64_t *is = (const uint64_t *)(const void *)now->tables[i].bytes;

	if (s->tables[i].pa != now->tables[i].pa)
		fail_msg("expected the table at 0x%" PRIx64 ", saw the one at 0x%" PRIx64,
			 s->tables[i].pa, now->tables[i].pa);
	for (size_t n = 0; n < s->tables[i].size / sizeof(*was); n++) {
		if (was[n] != is[n])
			fail_msg("table 0x%" PRIx64 ", entry %zu: expected 0x%016" PRIx64
				 ", saw 0x%016" PRIx64,
				 s->tables[i].pa, n, was[n], is[n]);
	}
}

void expect_unchanged(const struct snapshot *s, const struct machine *m)
{
	struct snapshot now;

	snapshot_take(&now, m);
	for (size_t i = 0; i < s->count && i < now.count; i++)
		compare_table(s, &now, i);
	expect_count(now.count, s->count, "%s: tables of the map", m->config.name);
	snapshot_free(&now);
}

/* ------------------------------------------------------------------ reference */

static void leaves_add(struct leaves *l, struct leaf leaf)
{
	l->leaf = grow(l->leaf, &l->room, l->count, sizeof(*l->leaf));
	l->leaf[l->count++] = leaf;
}

void leaves_free(struct leaves *l)
{
	free(l->leaf);
	*l = (struct leaves){ 0 };
}

static bool has_runs(const struct machine *m, const struct shape *shape)
{
	uint64_t limit = m->config.longest_contiguous;

	return !(m->config.flags & LM_NO_RUNS) && run_size(m, shape) &&
	       (!limit || run_size(m, shape) <= limit);
}

/* The largest leaf that may begin at @va and ends before @end. */
static struct leaf largest_leaf(const struct machine *m, const struct mapping *mapping,
				uint64_t va)
{
	uint64_t pa = mapping->pa + (va - mapping->va);
	uint64_t left = mapping->size - (va - mapping->va);
	struct leaf leaf = { .va = va, .pa = pa, .attrs = mapping->attrs };

	for (const struct shape *shape = shapes_of(m); shape->entry_size; shape++) {
		if (shape->level < 3 && (m->config.flags & LM_NO_BLOCKS))
			continue;
		leaf.level = shape->level;
		leaf.size = shape->run * shape->entry_size;
		leaf.run = true;
		if (has_runs(m, shape) && leaf.size <= left && !((va | pa) % leaf.size))
			return leaf;
		leaf.size = shape->entry_size;
		leaf.run = false;
		if (leaf.size <= left && !((va | pa) % leaf.size))
			return leaf;
	}
	fail_msg("no leaf fits at 0x%" PRIx64, va);
	return leaf;
}

void leaves_of_mappings(struct leaves *l, const struct machine *m)
{
	*l = (struct leaves){ 0 };
	for (size_t i = 0; i < m->mapping_count; i++) {
		const struct mapping *mapping = &m->mappings[i];
		uint64_t done = 0;

		while (done < mapping->size) {
			struct leaf leaf = largest_leaf(m, mapping, mapping->va + done);

			leaves_add(l, leaf);
			done += leaf.size;
		}
	}
}

struct goal {
	const struct machine *m;
	struct stretch range;
	const struct stretch *exceptions;
	size_t exception_count;
	bool ends_only; /* only what is not taken whole */
};

/* Distance from the base of the half, so that nothing wraps. */
static uint64_t offset_of(const struct goal *goal, uint64_t va)
{
	return va - machine_base(goal->m);
}

/* The first byte at or behind @offset that no exception has. */
static uint64_t behind_exceptions(const struct goal *goal, uint64_t offset)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < goal->exception_count; i++) {
			const struct stretch *e = &goal->exceptions[i];

			if (offset - offset_of(goal, e->va) >= e->size)
				continue;
			offset = offset_of(goal, e->va) + e->size;
			moved = true;
		}
	}
	return offset;
}

/* Whether any page of the leaf is in the goal. */
static bool goal_reaches(const struct goal *goal, const struct leaf *leaf)
{
	uint64_t start = offset_of(goal, leaf->va);
	uint64_t end = start + leaf->size;
	uint64_t goal_start = offset_of(goal, goal->range.va);
	uint64_t goal_end = goal_start + goal->range.size;

	if (start < goal_start)
		start = goal_start;
	if (end > goal_end)
		end = goal_end;
	return start < end && behind_exceptions(goal, start) < end;
}

/* Whether every page of it is. */
static bool goal_takes(const struct goal *goal, const struct leaf *leaf)
{
	uint64_t start = offset_of(goal, leaf->va);
	uint64_t goal_start = offset_of(goal, goal->range.va);

	if (start < goal_start || start + leaf->size > goal_start + goal->range.size)
		return false;
	for (size_t i = 0; i < goal->exception_count; i++) {
		uint64_t except = offset_of(goal, goal->exceptions[i].va);

		if (start < except + goal->exceptions[i].size &&
		    except < start + leaf->size)
			return false;
	}
	return true;
}

static void split_leaf(struct leaves *l, const struct goal *goal,
		       const struct leaf *leaf);

/* @leaf in equal parts of one @level, one after the other. */
static void split_into(struct leaves *l, const struct goal *goal, const struct leaf *leaf,
		       int level, uint64_t size, bool runs)
{
	for (uint64_t done = 0; done < leaf->size; done += size) {
		struct leaf part = *leaf;

		part.va += done;
		part.pa += done;
		part.size = size;
		part.level = level;
		part.run = runs;
		split_leaf(l, goal, &part);
	}
}

static void split_leaf(struct leaves *l, const struct goal *goal, const struct leaf *leaf)
{
	const struct shape *shape = shape_at(goal->m, leaf->level);
	bool runs;

	if (!goal_reaches(goal, leaf) || (leaf->level == 3 && !leaf->run) ||
	    (goal->ends_only && goal_takes(goal, leaf))) {
		leaves_add(l, *leaf);
	} else if (leaf->run) {
		split_into(l, goal, leaf, leaf->level, shape->entry_size, false);
	} else {
		runs = has_runs(goal->m, ++shape);
		split_into(l, goal, leaf, shape->level,
			   runs ? shape->run * shape->entry_size : shape->entry_size,
			   runs);
	}
}

static void split_leaves(struct leaves *l, const struct goal *goal)
{
	struct leaves split = { 0 };

	for (size_t i = 0; i < l->count; i++)
		split_leaf(&split, goal, &l->leaf[i]);
	leaves_free(l);
	*l = split;
}

void leaves_to_pages(struct leaves *l, const struct machine *m, struct stretch range,
		     const struct stretch *exceptions, size_t exception_count)
{
	struct goal goal = { m, range, exceptions, exception_count, false };

	split_leaves(l, &goal);
}

void leaves_to_boundaries(struct leaves *l, const struct machine *m, struct stretch range,
			  const struct stretch *exceptions, size_t exception_count)
{
	struct goal goal = { m, range, exceptions, exception_count, true };

	split_leaves(l, &goal);
}

void leaves_protect(struct leaves *l, const struct machine *m, struct stretch range,
		    const struct stretch *exceptions, size_t exception_count,
		    uint64_t set, uint64_t clear)
{
	struct goal goal = { m, range, exceptions, exception_count, true };

	split_leaves(l, &goal);
	for (size_t i = 0; i < l->count; i++) {
		if (goal_takes(&goal, &l->leaf[i]))
			l->leaf[i].attrs = (l->leaf[i].attrs & ~clear) | set;
	}
}

/* How many leaves from @from on map just what @large would; 0 if they do not. */
static size_t leaves_of(const struct leaves *l, size_t from, const struct leaf *large)
{
	uint64_t done = 0;
	size_t n = from;

	for (; n < l->count && done < large->size; n++) {
		const struct leaf *leaf = &l->leaf[n];

		if (leaf->va != large->va + done || leaf->pa != large->pa + done ||
		    leaf->attrs != large->attrs)
			return 0;
		done += leaf->size;
	}
	return done == large->size ? n - from : 0;
}

/* The largest leaf that can take the place of those from @from on; 0: there is none. */
static size_t collapse_from(const struct leaves *l, size_t from, const struct goal *goal,
			    struct leaf *large)
{
	const struct machine *m = goal->m;
	const struct leaf *first = &l->leaf[from];

	for (const struct shape *shape = shapes_of(m); shape->entry_size; shape++) {
		for (int run = 1; run >= 0; run--) {
			uint64_t size = shape->entry_size * (run ? shape->run : 1);
			size_t leaves;

			if (size <= first->size || (run && !has_runs(m, shape)) ||
			    (shape->level < 3 && (m->config.flags & LM_NO_BLOCKS)) ||
			    (offset_of(goal, first->va) | first->pa) % size)
				continue;
			*large = *first;
			large->size = size;
			large->level = shape->level;
			large->run = run;
			leaves = goal_takes(goal, large) ? leaves_of(l, from, large) : 0;
			if (leaves)
				return leaves;
		}
	}
	return 0;
}

uint64_t leaves_collapse(struct leaves *l, const struct machine *m, struct stretch range,
			 const struct stretch *exceptions, size_t exception_count)
{
	struct goal goal = { m, range, exceptions, exception_count, false };
	struct leaves collapsed = { 0 };
	uint64_t gone = 0;

	for (size_t i = 0; i < l->count;) {
		struct leaf large = l->leaf[i];
		size_t leaves = collapse_from(l, i, &goal, &large);

		leaves_add(&collapsed, leaves ? large : l->leaf[i]);
		gone += leaves;
		i += leaves ? leaves : 1;
	}
	leaves_free(l);
	*l = collapsed;
	return gone;
}

void leaves_copy(struct leaves *to, const struct leaves *from)
{
	*to = (struct leaves){ 0 };
	for (size_t i = 0; i < from->count; i++)
		leaves_add(to, from->leaf[i]);
}

struct comparing {
	const struct machine *m;
	const struct leaves *l;
	size_t at;
};

static void pass_held(struct comparing *c)
{
	while (c->at < c->l->count &&
	       (c->l->leaf[c->at].attrs & c->m->config.present_invalid))
		c->at++;
}

static void compare_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct comparing *c = ctx;
	const char *name = c->m->config.name;
	const struct leaf *expected;
	bool run;

	pass_held(c);
	expected = &c->l->leaf[c->at];
	if (c->at == c->l->count)
		fail_msg("%s: 0x%" PRIx64 ": expected nothing, saw a leaf of 0x%" PRIx64,
			 name, va, leaf->size);
	run = is_run(c->m, va, leaf);
	if (va != expected->va || leaf->size != expected->size ||
	    leaf->level != expected->level || run != expected->run)
		fail_msg("%s: expected %s of 0x%" PRIx64 ", level %d, at 0x%" PRIx64
			 ", saw %s of 0x%" PRIx64 ", level %d, at 0x%" PRIx64,
			 name, expected->run ? "a run" : "a leaf", expected->size,
			 expected->level, expected->va, run ? "a run" : "a leaf",
			 leaf->size, leaf->level, va);
	if (leaf->pa != expected->pa ||
	    machine_attrs(c->m, leaf->descriptor) != expected->attrs)
		fail_msg("%s: 0x%" PRIx64 ": expected output 0x%" PRIx64
			 ", attributes 0x%016" PRIx64 ", saw descriptor 0x%016" PRIx64,
			 name, va, expected->pa, expected->attrs, leaf->descriptor);
	c->at++;
}

void expect_these_leaves(const struct machine *m, const struct leaves *l)
{
	struct comparing c = { .m = m, .l = l };

	for_each_leaf(m, compare_leaf, &c);
	pass_held(&c);
	if (c.at < l->count)
		fail_msg("%s: 0x%" PRIx64 ": expected a leaf of 0x%" PRIx64 ", saw none",
			 m->config.name, l->leaf[c.at].va, l->leaf[c.at].size);
}

/* ----------------------------------------------------------------- geometries */

/* Has bits in all the places to which 52-bit descriptors move address bits. */
#define HIGH (UINT64_C(10) << 48)

/* A run of 16 and one more. Most have one only: of larger ones that is enough. */
#define RUN_AND_BLOCK 17

const struct geometry geometries[] = {
	{
		/* A root of 64 entries, 512 bytes. */
		.machine = { .name = "4k-36",
			     .granule_shift = 12,
			     .ia_bits = 36,
			     .oa_bits = 36,
			     .lower = true,
			     .root_offset = 0x600,
			     .ram = { { 16 * GIB, 2 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = 1,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
		.start_level = 1,
	},
	{
		.machine = { .name = "4k-39",
			     .granule_shift = 12,
			     .ia_bits = 39,
			     .oa_bits = 40,
			     .ram = { { 511 * GIB, 2 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = 1,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
		.start_level = 1,
	},
	{
		/* A root of 256 entries. */
		.machine = { .name = "4k-47-el2-0",
			     .granule_shift = 12,
			     .ia_bits = 47,
			     .oa_bits = 44,
			     .regime = LM_EL2_0,
			     .root_offset = 0x800,
			     .ram = { { 15 * TIB, 2 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = 1,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
	},
	{
		.machine = { .name = "4k-48",
			     .granule_shift = 12,
			     .ia_bits = 48,
			     .oa_bits = 48,
			     .ram = { { 1 * GIB, 34 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = RUN_AND_BLOCK,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
	},
	{
		.machine = { .name = "4k-48-el2",
			     .granule_shift = 12,
			     .ia_bits = 48,
			     .oa_bits = 48,
			     .regime = LM_EL2,
			     .lower = true,
			     .ram = { { 200 * TIB, 2 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = 1,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
	},
	{
		.machine = { .name = "4k-48-lpa2",
			     .granule_shift = 12,
			     .ia_bits = 48,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .regime = LM_EL2_0,
			     .skew = -HIGH,
			     .ram = { { HIGH + 1 * GIB, 2 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = 1,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
	},
	{
		/* A root of 16 entries, 128 bytes. */
		.machine = { .name = "4k-52-lpa2",
			     .granule_shift = 12,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .root_offset = 0x380,
			     .ram = { { HIGH + 1 * GIB,
					34 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = RUN_AND_BLOCK,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
		.start_level = -1,
	},
	{
		.machine = { .name = "4k-52-lpa2-el3",
			     .granule_shift = 12,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .regime = LM_EL3,
			     .lower = true,
			     .root_offset = 0x80,
			     .ram = { { HIGH + 600 * GIB,
					2 * MIB + 64 * KIB + 4 * KIB } } },
		.blocks = 1,
		.block = 2 * MIB,
		.run = 64 * KIB,
		.page = 4 * KIB,
		.start_level = -1,
	},
	{
		/* The root is the only table. */
		.machine = { .name = "16k-25",
			     .granule_shift = 14,
			     .ia_bits = 25,
			     .oa_bits = 48,
			     .ram = { { 26 * MIB, 2 * MIB + 16 * KIB } } },
		.run = 2 * MIB,
		.page = 16 * KIB,
		.start_level = 3,
	},
	{
		.machine = { .name = "16k-36",
			     .granule_shift = 14,
			     .ia_bits = 36,
			     .oa_bits = 44,
			     .ram = { { 63 * GIB, 32 * MIB + 2 * MIB + 16 * KIB } } },
		.blocks = 1,
		.block = 32 * MIB,
		.run = 2 * MIB,
		.page = 16 * KIB,
		.start_level = 2,
	},
	{
		.machine = { .name = "16k-47-el2-0",
			     .granule_shift = 14,
			     .ia_bits = 47,
			     .oa_bits = 48,
			     .regime = LM_EL2_0,
			     .lower = true,
			     .ram = { { 100 * TIB, 32 * MIB + 2 * MIB + 16 * KIB } } },
		.blocks = 1,
		.block = 32 * MIB,
		.run = 2 * MIB,
		.page = 16 * KIB,
		.start_level = 1,
	},
	{
		/* A root of 2 entries, and yet 64 bytes apart from others. */
		.machine = { .name = "16k-48",
			     .granule_shift = 14,
			     .ia_bits = 48,
			     .oa_bits = 48,
			     .root_offset = 0x40,
			     .ram = { { 200 * TIB, 32 * MIB + 2 * MIB + 16 * KIB } } },
		.blocks = 1,
		.block = 32 * MIB,
		.run = 2 * MIB,
		.page = 16 * KIB,
	},
	{
		.machine = { .name = "16k-48-lpa2-el2",
			     .granule_shift = 14,
			     .ia_bits = 48,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .regime = LM_EL2,
			     .lower = true,
			     .root_offset = 0x3fc0,
			     .skew = -HIGH,
			     .ram = { { HIGH + 1 * GIB,
					32 * MIB + 2 * MIB + 16 * KIB } } },
		.blocks = 1,
		.block = 32 * MIB,
		.run = 2 * MIB,
		.page = 16 * KIB,
	},
	{
		/* A root of 32 entries, 256 bytes. */
		.machine = { .name = "16k-52-lpa2",
			     .granule_shift = 14,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .root_offset = 0x3f00,
			     .ram = { { HIGH + 1 * GIB,
					32 * MIB + 2 * MIB + 16 * KIB } } },
		.blocks = 1,
		.block = 32 * MIB,
		.run = 2 * MIB,
		.page = 16 * KIB,
	},
	{
		/* A root of 512 pages. */
		.machine = { .name = "64k-25",
			     .granule_shift = 16,
			     .ia_bits = 25,
			     .oa_bits = 48,
			     .root_offset = 0xf000,
			     .ram = { { 26 * MIB, 2 * MIB + 64 * KIB } } },
		.run = 2 * MIB,
		.page = 64 * KIB,
		.start_level = 3,
	},
	{
		/* A root of 16 entries, less than a run. */
		.machine = { .name = "64k-33-el3",
			     .granule_shift = 16,
			     .ia_bits = 33,
			     .oa_bits = 48,
			     .regime = LM_EL3,
			     .lower = true,
			     .root_offset = 0x80,
			     .ram = { { 4 * GIB, 512 * MIB + 2 * MIB + 64 * KIB } } },
		.blocks = 1,
		.block = 512 * MIB,
		.run = 2 * MIB,
		.page = 64 * KIB,
		.start_level = 2,
	},
	{
		.machine = { .name = "64k-42",
			     .granule_shift = 16,
			     .ia_bits = 42,
			     .oa_bits = 48,
			     .ram = { { 3 * TIB, 512 * MIB + 2 * MIB + 64 * KIB } } },
		.blocks = 1,
		.block = 512 * MIB,
		.run = 2 * MIB,
		.page = 64 * KIB,
		.start_level = 2,
	},
	{
		/* A root of 64 entries. */
		.machine = { .name = "64k-48-el2-0",
			     .granule_shift = 16,
			     .ia_bits = 48,
			     .oa_bits = 48,
			     .regime = LM_EL2_0,
			     .root_offset = 0x200,
			     .ram = { { 200 * TIB, 512 * MIB + 2 * MIB + 64 * KIB } } },
		.blocks = 1,
		.block = 512 * MIB,
		.run = 2 * MIB,
		.page = 64 * KIB,
		.start_level = 1,
	},
	{
		.machine = { .name = "64k-48-lpa-el2",
			     .granule_shift = 16,
			     .ia_bits = 48,
			     .oa_bits = 52,
			     .regime = LM_EL2,
			     .lower = true,
			     .root_offset = 0xfe00,
			     .skew = -HIGH,
			     .ram = { { HIGH + 16 * GIB,
					512 * MIB + 2 * MIB + 64 * KIB } } },
		.blocks = 1,
		.block = 512 * MIB,
		.run = 2 * MIB,
		.page = 64 * KIB,
		.start_level = 1,
	},
	{
		/* A root of 1024 entries. */
		.machine = { .name = "64k-52-lpa",
			     .granule_shift = 16,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .root_offset = 0x2000,
			     .ram = { { HIGH + 16 * GIB,
					512 * MIB + 2 * MIB + 64 * KIB } } },
		.blocks = 1,
		.block = 512 * MIB,
		.run = 2 * MIB,
		.page = 64 * KIB,
		.start_level = 1,
	},
};

const size_t geometry_count = sizeof(geometries) / sizeof(geometries[0]);

struct bank geometry_ram(const struct geometry *g)
{
	return g->machine.ram[0];
}

uint64_t geometry_block(const struct geometry *g)
{
	return geometry_run(g) - g->block;
}

uint64_t geometry_run(const struct geometry *g)
{
	return geometry_page(g) - g->run;
}

uint64_t geometry_page(const struct geometry *g)
{
	return g->machine.ram[0].pa + g->machine.ram[0].size - g->page;
}

uint64_t geometry_pages(const struct geometry *g)
{
	return g->machine.ram[0].size / g->page;
}

uint64_t geometry_run_entries(const struct geometry *g)
{
	return g->run / g->page;
}

uint64_t geometry_block_run(const struct geometry *g)
{
	struct machine m = { .config = g->machine };

	return g->blocks ? run_size(&m, shape_at(&m, 2)) : 0;
}

struct leaf_count *geometry_leaf_counts(const struct geometry *g,
					struct leaf_count counts[LEAF_SIZES])
{
	struct leaf_count *next = counts;

	memset(counts, 0, LEAF_SIZES * sizeof(*counts));
	*next++ = (struct leaf_count){ g->page, false, 1 };
	*next++ = (struct leaf_count){ g->run, true, 1 };
	if (g->blocks)
		*next++ = (struct leaf_count){ g->block, false, 1 };
	if (g->blocks > 1)
		*next++ = (struct leaf_count){ (g->blocks - 1) * g->block, true, 1 };
	return counts;
}

uint64_t geometry_leaves(const struct geometry *g)
{
	return (g->blocks > 1) + (g->blocks > 0) + 1;
}

uint64_t geometry_publishes(const struct geometry *g)
{
	return g->blocks + geometry_run_entries(g);
}

/* -------------------------------------------------------------------- layouts */

#define PAGE4  (4 * KIB)
#define PAGE16 (16 * KIB)
#define PAGE64 (64 * KIB)

const struct split_case split_cases[] = {
	{
		/* One block becomes 512 * 512 pages: 1 table on level 2, 512 on level 3. */
		.machine = { .name = "one-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { PAGE4, false, 262144 } },
		.tables = { 0, 0, 1, 512 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 513,
		.copied = 2, /* the root and level 1 */
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * At 16G: 16G + 1G + 32M + 2M + 64K + 8K, each in the largest leaf.
		 * Pages: 17 * 262144 + 16 * 512 + 512 + 16 + 2 = 4465170.
		 * Tables: 16 + 1 on level 2; 17 * 512 + 16 + 1 = 8721 on level 3.
		 * Hints go from three runs, 48 members. Tables are published under
		 * 16 + 1 + 16 + 1 = 34 entries: 82 stores live. In place all 8738
		 * tables are: 8786.
		 */
		.machine = { .name = "every-size-of-4k",
			     .ram = { { 16 * GIB, 17 * GIB + 34 * MIB + 72 * KIB } } },
		.before = { { 16 * GIB, true, 1 },
			    { 1 * GIB, false, 1 },
			    { 32 * MIB, true, 1 },
			    { 2 * MIB, false, 1 },
			    { 64 * KIB, true, 1 },
			    { PAGE4, false, 2 } },
		.after = { { PAGE4, false, 4465170 } },
		.tables = { 0, 0, 17, 8721 },
		.leaves = 5,
		.publishes = 16 + 1 + 16 + 1 + 16,
		.live_stores = 82,
		.in_place_stores = 8786,
		.copied = 4,
		.replaced = 34,
		.root_entries = 1,
	},
	{
		/*
		 * 4 pages at 2M + 8K of a 1G block. It becomes 32 runs of 32M, the
		 * first of which becomes 16 blocks, the second of these 32 runs of
		 * 64K, the first of which becomes pages.
		 * In place: 2 tables, and the hints of 2 runs of 16.
		 */
		.machine = { .name = "inside-a-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 2 * MIB + 8 * KIB, 16 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 32,
		.copied = 2,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* The same place without hints: 511 blocks and 512 pages. */
		.machine = { .name = "inside-a-gib-no-runs",
			     .flags = LM_NO_RUNS,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 2 * MIB + 8 * KIB, 16 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 2 * MIB, false, 511 }, { PAGE4, false, 512 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 2,
		.copied = 2,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* Ends in the middle of three runs of 64K: all three go, 48 members. */
		.machine = { .name = "across-runs-of-pages",
			     .ram = { { 1 * GIB + 64 * KIB, 192 * KIB } } },
		.goal = { 1 * GIB + 96 * KIB, 128 * KIB },
		.before = { { 64 * KIB, true, 3 } },
		.after = { { PAGE4, false, 48 } },
		.leaves = 3,
		.publishes = 48,
		.live_stores = 48,
		.in_place_stores = 48,
		.copied = 4,
		.root_entries = 1,
	},
	{
		/* Just the middle one of the three. */
		.machine = { .name = "one-run-of-pages",
			     .ram = { { 1 * GIB + 64 * KIB, 192 * KIB } } },
		.goal = { 1 * GIB + 128 * KIB, 64 * KIB },
		.before = { { 64 * KIB, true, 3 } },
		.after = { { 64 * KIB, true, 2 }, { PAGE4, false, 16 } },
		.leaves = 1,
		.publishes = 16,
		.live_stores = 16,
		.in_place_stores = 16,
		.copied = 4,
		.root_entries = 1,
	},
	{
		/*
		 * All of a 1G block but 2M at 4M and 32M at 512M. Of 32 runs of 32M
		 * the one at 512M stays, of the first one's members the third; the
		 * other 31 * 16 - 1 = 495 become tables: 495 * 512 = 253440 pages.
		 * In place: 1 + 495 tables, hints of 31 runs of 16.
		 */
		.machine = { .name = "two-exceptions", .ram = { { 1 * GIB, 1 * GIB } } },
		.exceptions = { { 1 * GIB + 4 * MIB, 2 * MIB },
				{ 1 * GIB + 512 * MIB, 32 * MIB } },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 1 },
			   { 2 * MIB, false, 1 },
			   { PAGE4, false, 253440 } },
		.tables = { 0, 0, 1, 495 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 495 + 31 * 16,
		.copied = 2,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * Two banks of 1G, the alias 34M at 514M of the first. Before it 512M,
		 * 16 runs, and a block. In it 514M to 548M: no 32M aligned but 544M, of
		 * which it has 4M: 17 blocks. Behind it 548M to 576M: 14 blocks, then
		 * 448M: 14 runs. Then a block of 1G.
		 * Pages: (2048 - 34) * 256 = 515584.
		 * Tables: 1; 512 + 30 * 16 + 15 = 1007. Hints: 480.
		 * Published: 1 + 480 + 15 = 496.
		 */
		.machine = { .name = "alias-inside-a-gib",
			     .ram = { { 1 * GIB, 2 * GIB } },
			     .alias = { 1 * GIB + 514 * MIB, 34 * MIB } },
		.before = { { 1 * GIB, false, 1 },
			    { 32 * MIB, true, 30 },
			    { 2 * MIB, false, 15 + 17 } },
		.after = { { 2 * MIB, false, 17 }, { PAGE4, false, 515584 } },
		.tables = { 0, 0, 1, 1007 },
		.leaves = 46,
		.publishes = 496,
		.live_stores = 480 + 496,
		.in_place_stores = 480 + 1008,
		.copied = 3, /* the second GiB is a block on level 1 */
		.replaced = 496,
		.root_entries = 1,
	},
	{
		/* 4M are 64 runs of 16 pages. */
		.machine = { .name = "no-blocks",
			     .flags = LM_NO_BLOCKS,
			     .ram = { { 1 * GIB, 4 * MIB } } },
		.before = { { 64 * KIB, true, 64 } },
		.after = { { PAGE4, false, 1024 } },
		.leaves = 64,
		.publishes = 1024,
		.live_stores = 1024,
		.in_place_stores = 1024,
		.copied = 5, /* two tables of runs */
		.root_entries = 1,
	},
	{
		/* 1G + 34M + 68K: 1, 17 and 17 leaves; 1 and 512 + 17 tables. */
		.machine = { .name = "no-runs",
			     .flags = LM_NO_RUNS,
			     .ram = { { 1 * GIB, 1 * GIB + 34 * MIB + 68 * KIB } } },
		.before = { { 1 * GIB, false, 1 },
			    { 2 * MIB, false, 17 },
			    { PAGE4, false, 17 } },
		.after = { { PAGE4, false, 262144 + 17 * 512 + 17 } },
		.tables = { 0, 0, 1, 529 },
		.leaves = 18,
		.publishes = 18,
		.live_stores = 18,
		.in_place_stores = 530,
		.copied = 3, /* the pages stay */
		.replaced = 18,
		.root_entries = 1,
	},
	{
		/* Pages already: nothing to do. */
		.machine = { .name = "pages-only",
			     .flags = LM_NO_RUNS | LM_NO_BLOCKS,
			     .ram = { { 1 * GIB, 2 * MIB } } },
		.before = { { PAGE4, false, 512 } },
		.after = { { PAGE4, false, 512 } },
	},
	{
		/* 2M + 1M, a hole, 6M + 4K: 4 blocks, 16 runs, a page. */
		.machine = { .name = "holes",
			     .ram = { { 1 * GIB, 3 * MIB },
				      { 1 * GIB + 512 * MIB, 6 * MIB + 4 * KIB } } },
		.before = { { 2 * MIB, false, 4 },
			    { 64 * KIB, true, 16 },
			    { PAGE4, false, 1 } },
		.after = { { PAGE4, false, 4 * 512 + 16 * 16 + 1 } },
		.tables = { 0, 0, 0, 4 },
		.leaves = 20,
		.publishes = 4 + 256,
		.live_stores = 256 + 4,
		.in_place_stores = 256 + 4,
		.copied = 4, /* the page stays */
		.replaced = 4,
		.root_entries = 1,
	},
	{
		/*
		 * From the middle of one bank over the hole into the other: 1M of the
		 * 1M of runs, and 1M + 4K of the first block. Its last 14 * 64K and
		 * the run with the border aside, 15 runs stay.
		 * 16 runs of the first bank; 1 block: a table of 32 runs, 17 dissolved.
		 */
		.machine = { .name = "across-a-hole",
			     .ram = { { 1 * GIB, 3 * MIB },
				      { 1 * GIB + 512 * MIB, 6 * MIB + 4 * KIB } } },
		.goal = { 1 * GIB + 2 * MIB, 511 * MIB + 4 * KIB },
		.before = { { 2 * MIB, false, 4 },
			    { 64 * KIB, true, 16 },
			    { PAGE4, false, 1 } },
		.after = { { 2 * MIB, false, 3 },
			   { 64 * KIB, true, 15 },
			   { PAGE4, false, 1 + 16 * 16 + 17 * 16 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 17,
		.publishes = 256 + 1,
		.live_stores = 256 + 1,
		.in_place_stores = 256 + 1 + 17 * 16,
		.copied = 4,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * 3G + 1M to 5G of a run of 16G: 14 blocks stay, the member at 4G
		 * becomes 262144 pages. That at 3G becomes 512 tables; the first keeps
		 * 16 runs of 64K and has 256 pages, the others have 511 * 512.
		 * 262144 + 256 + 261632 = 524032 pages.
		 * In place: hints of the run; 2 + 1024 tables; hints of 32 runs of 32M
		 * and of 16 runs of 64K.
		 */
		.machine = { .name = "inside-a-run-of-gib",
			     .ram = { { 16 * GIB, 16 * GIB } } },
		.goal = { 19 * GIB + 1 * MIB, 2 * GIB - 1 * MIB },
		.before = { { 16 * GIB, true, 1 } },
		.after = { { 1 * GIB, false, 14 },
			   { 64 * KIB, true, 16 },
			   { PAGE4, false, 524032 } },
		.tables = { 0, 0, 2, 1024 },
		.leaves = 1,
		.publishes = 16,
		.live_stores = 16 + 2,
		.in_place_stores = 16 + 1026 + 32 * 16 + 16 * 16,
		.copied = 2,
		.replaced = 2,
		.root_entries = 1,
	},
	{
		/*
		 * 3M to 5M of a run of 32M, that sticks out at both ends: the members
		 * at 2M and 4M become tables, each half pages, half runs.
		 */
		.machine = { .name = "inside-a-run-of-blocks",
			     .ram = { { 1 * GIB, 32 * MIB } } },
		.goal = { 1 * GIB + 3 * MIB, 2 * MIB },
		.before = { { 32 * MIB, true, 1 } },
		.after = { { 2 * MIB, false, 14 },
			   { 64 * KIB, true, 32 },
			   { PAGE4, false, 512 } },
		.tables = { 0, 0, 0, 2 },
		.leaves = 1,
		.publishes = 16,
		.live_stores = 16 + 2,
		.in_place_stores = 16 + 2 + 32 * 16,
		.copied = 3,
		.replaced = 2,
		.root_entries = 1,
	},
	{
		/*
		 * The last page of an upper half of 39 bits: 31 runs of 32M, 15 blocks,
		 * 31 runs of 64K, 16 pages.
		 */
		.machine = { .name = "last-page-of-the-upper-half",
			     .ia_bits = 39,
			     .ram = { { 511 * GIB, 1 * GIB } } },
		.goal = { 512 * GIB - PAGE4, PAGE4 },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 34,
		.copied = 1, /* the block is in the root */
		.root_entries = 1,
	},
	{
		/* The lower half of 39 bits, from its first page to its last: 1 + 1 blocks. */
		.machine = { .name = "ends-of-the-lower-half",
			     .ia_bits = 39,
			     .lower = true,
			     .ram = { { 0, 1 * GIB }, { 511 * GIB, 1 * GIB } } },
		.before = { { 1 * GIB, false, 2 } },
		.after = { { PAGE4, false, 2 * 262144 } },
		.tables = { 0, 0, 2, 1024 },
		.leaves = 2,
		.publishes = 2,
		.live_stores = 2,
		.in_place_stores = 1026,
		.copied = 1,
		.root_entries = 2,
	},
	{
		/* Congruent modulo 2M only: 512 blocks, no runs of them. */
		.machine = { .name = "skewed-by-2m",
			     .ia_bits = 39,
			     .lower = true,
			     .skew = 2 * MIB,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.before = { { 2 * MIB, false, 512 } },
		.after = { { PAGE4, false, 262144 } },
		.tables = { 0, 0, 0, 512 },
		.leaves = 512,
		.publishes = 512,
		.live_stores = 512,
		.in_place_stores = 512,
		.copied = 3, /* the first GiB less 2M, 2M of the next */
		.replaced = 512,
		.root_entries = 2,
	},
	{
		/* Congruent modulo 4K only: pages, however much there is. */
		.machine = { .name = "skewed-by-4k",
			     .skew = 4 * KIB,
			     .ram = { { 1 * GIB, 4 * MIB } } },
		.before = { { PAGE4, false, 1024 } },
		.after = { { PAGE4, false, 1024 } },
	},
	{
		/*
		 * 16K: 1G in a run of 32 blocks of 32M, a block, 2M in a run of 128
		 * pages, 3 pages. Pages: 33 * 2048 + 128 + 3 = 67715.
		 */
		.machine = { .name = "every-size-of-16k",
			     .granule_shift = 14,
			     .ia_bits = 47,
			     .ram = { { 1 * GIB, 1 * GIB + 34 * MIB + 48 * KIB } } },
		.before = { { 1 * GIB, true, 1 },
			    { 32 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE16, false, 3 } },
		.after = { { PAGE16, false, 67715 } },
		.tables = { 0, 0, 0, 33 },
		.leaves = 3,
		.publishes = 32 + 1 + 128,
		.live_stores = 32 + 128 + 33,
		.in_place_stores = 32 + 128 + 33,
		.copied = 3,
		.replaced = 33,
		.root_entries = 1,
	},
	{
		/*
		 * One page at 40M + 16K of that run: 31 blocks, and of the 16 runs of
		 * 2M in the new table 15, the fifth becomes 128 pages.
		 */
		.machine = { .name = "one-page-of-16k",
			     .granule_shift = 14,
			     .ia_bits = 48,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 40 * MIB + 16 * KIB, PAGE16 },
		.before = { { 1 * GIB, true, 1 } },
		.after = { { 32 * MIB, false, 31 },
			   { 2 * MIB, true, 15 },
			   { PAGE16, false, 128 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.publishes = 32,
		.live_stores = 32 + 1,
		.in_place_stores = 32 + 1 + 128,
		.copied = 3,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* The same with 36 bits: the blocks are in the root. */
		.machine = { .name = "one-page-of-16k-36",
			     .granule_shift = 14,
			     .ia_bits = 36,
			     .ram = { { 63 * GIB, 1 * GIB } } },
		.goal = { 63 * GIB + 40 * MIB + 16 * KIB, PAGE16 },
		.before = { { 1 * GIB, true, 1 } },
		.after = { { 32 * MIB, false, 31 },
			   { 2 * MIB, true, 15 },
			   { PAGE16, false, 128 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.publishes = 32,
		.live_stores = 32 + 1,
		.in_place_stores = 32 + 1 + 128,
		.copied = 1, /* the run is in the root */
		.root_entries = 32,
	},
	{
		/*
		 * 64K: 16G in a run of 32 blocks of 512M, a block, 2M in a run of 32
		 * pages, 3 pages. Pages: 33 * 8192 + 32 + 3 = 270371.
		 */
		.machine = { .name = "every-size-of-64k",
			     .granule_shift = 16,
			     .ram = { { 16 * GIB, 16 * GIB + 514 * MIB + 192 * KIB } } },
		.before = { { 16 * GIB, true, 1 },
			    { 512 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE64, false, 3 } },
		.after = { { PAGE64, false, 270371 } },
		.tables = { 0, 0, 0, 33 },
		.leaves = 3,
		.publishes = 32 + 1 + 32,
		.live_stores = 64 + 33,
		.in_place_stores = 64 + 33,
		.copied = 3,
		.replaced = 33,
		.root_entries = 1,
	},
	{
		/*
		 * The last 128K + 64K of a block of 512M, of 256 runs of 2M the last
		 * one becomes 32 pages. The root holds the block.
		 */
		.machine = { .name = "inside-a-block-of-64k",
			     .granule_shift = 16,
			     .ia_bits = 42,
			     .lower = true,
			     .ram = { { 1 * GIB, 512 * MIB } } },
		.goal = { 1 * GIB + 512 * MIB - 192 * KIB, 192 * KIB },
		.before = { { 512 * MIB, false, 1 } },
		.after = { { 2 * MIB, true, 255 }, { PAGE64, false, 32 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 32,
		.copied = 1,
		.root_entries = 1,
	},
	{
		/* 25 bits: the root is the only table; two runs of 32 pages, and a page. */
		.machine = { .name = "root-of-pages",
			     .granule_shift = 16,
			     .ia_bits = 25,
			     .ram = { { 26 * MIB, 4 * MIB + 64 * KIB } } },
		.goal = { 28 * MIB, 2 * MIB },
		.before = { { 2 * MIB, true, 2 }, { PAGE64, false, 1 } },
		.after = { { 2 * MIB, true, 1 }, { PAGE64, false, 33 } },
		.leaves = 1,
		.publishes = 32,
		.live_stores = 32,
		.in_place_stores = 32,
		.copied = 1,
		.root_entries = 32,
	},
	{
		/*
		 * LPA2 has blocks of 512G. One page of it, in its 4th 16G: 31 runs of
		 * 16G stay, 15 blocks of 1G, 31 runs of 32M, 15 blocks, 31 runs of 64K,
		 * 16 pages. 3 tables and the hints of 3 runs.
		 */
		.machine = { .name = "one-page-of-512g",
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .root_offset = 0x100,
			     .ram = { { HIGH, 512 * GIB } } },
		.goal = { HIGH + 53 * GIB + 70 * MIB + 132 * KIB, PAGE4 },
		.before = { { 512 * GIB, false, 1 } },
		.after = { { 16 * GIB, true, 31 },
			   { 1 * GIB, false, 15 },
			   { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 1, 1, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 3 + 3 * 16,
		.copied = 2, /* levels -1 and 0 */
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* The same with 48 bits of input: the block is in the root. */
		.machine = { .name = "one-page-of-512g-48",
			     .oa_bits = 52,
			     .lpa2 = true,
			     .lower = true,
			     .regime = LM_EL2,
			     .skew = -HIGH,
			     .ram = { { HIGH + 512 * GIB, 512 * GIB } } },
		.goal = { HIGH + 1 * TIB - PAGE4, PAGE4 },
		.before = { { 512 * GIB, false, 1 } },
		.after = { { 16 * GIB, true, 31 },
			   { 1 * GIB, false, 15 },
			   { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 1, 1, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 3 + 3 * 16,
		.copied = 1,
		.root_entries = 1,
	},
	{
		/*
		 * 52 bits: 32M, 2M, 64K and two pages. 17 * 512 + 16 + 2 = 8722 pages,
		 * 16 + 1 tables, hints of 2 runs.
		 */
		.machine = { .name = "every-size-of-4k-lpa2",
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .regime = LM_EL3,
			     .lower = true,
			     .ram = { { HIGH + 1 * GIB, 34 * MIB + 72 * KIB } } },
		.before = { { 32 * MIB, true, 1 },
			    { 2 * MIB, false, 1 },
			    { 64 * KIB, true, 1 },
			    { PAGE4, false, 2 } },
		.after = { { PAGE4, false, 8722 } },
		.tables = { 0, 0, 0, 17 },
		.leaves = 3,
		.publishes = 16 + 1 + 16,
		.live_stores = 32 + 17,
		.in_place_stores = 32 + 17,
		.copied = 5, /* levels -1 to 3 */
		.replaced = 17,
		.root_entries = 1,
	},
	{
		/*
		 * LPA2 has blocks of 64G at 16K. One page of it: 63 runs of 1G, 31
		 * blocks, 15 runs of 2M, 128 pages.
		 */
		.machine = { .name = "one-page-of-64g",
			     .granule_shift = 14,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .root_offset = 0x1200,
			     .ram = { { HIGH, 64 * GIB } } },
		.goal = { HIGH + 3 * GIB + 40 * MIB + 16 * KIB, PAGE16 },
		.before = { { 64 * GIB, false, 1 } },
		.after = { { 1 * GIB, true, 63 },
			   { 32 * MIB, false, 31 },
			   { 2 * MIB, true, 15 },
			   { PAGE16, false, 128 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 32 + 128,
		.copied = 2, /* levels 0 and 1 */
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* A block, a run, 3 pages: 2048 + 128 + 3 pages, 1 table. */
		.machine = { .name = "every-size-of-16k-lpa2",
			     .granule_shift = 14,
			     .ia_bits = 47,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .regime = LM_EL2_0,
			     .skew = 320 * GIB - HIGH,
			     .ram = { { HIGH, 34 * MIB + 48 * KIB } } },
		.before = { { 32 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE16, false, 3 } },
		.after = { { PAGE16, false, 2179 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 2,
		.publishes = 1 + 128,
		.live_stores = 128 + 1,
		.in_place_stores = 128 + 1,
		.copied = 3,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * LPA has blocks of 4T. One page of it: 255 runs of 16G, 31 blocks, 255
		 * runs of 2M, 32 pages. The block is in the root.
		 */
		.machine = { .name = "one-page-of-4t",
			     .granule_shift = 16,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .root_offset = 0xe000,
			     .ram = { { HIGH, 4 * TIB } } },
		.goal = { HIGH + 1 * TIB + 40 * GIB + 514 * MIB + 64 * KIB, PAGE64 },
		.before = { { 4 * TIB, false, 1 } },
		.after = { { 16 * GIB, true, 255 },
			   { 512 * MIB, false, 31 },
			   { 2 * MIB, true, 255 },
			   { PAGE64, false, 32 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.publishes = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 32 + 32,
		.copied = 1,
		.root_entries = 1,
	},
	{
		/* A block, a run, 3 pages: 8192 + 32 + 3 pages, 1 table. */
		.machine = { .name = "every-size-of-64k-lpa",
			     .granule_shift = 16,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lower = true,
			     .ram = { { HIGH + 16 * GIB, 514 * MIB + 192 * KIB } } },
		.before = { { 512 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE64, false, 3 } },
		.after = { { PAGE64, false, 8227 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 2,
		.publishes = 1 + 32,
		.live_stores = 32 + 1,
		.in_place_stores = 32 + 1,
		.copied = 3,
		.replaced = 1,
		.root_entries = 1,
	},
};

const size_t split_case_count = sizeof(split_cases) / sizeof(split_cases[0]);

void split_case_edit(const struct split_case *c, struct machine *m, struct lm_edit *edit)
{
	struct lm_range range = c->goal.size ? machine_range(m, c->goal) :
					       m->linear.range;

	lm_edit_to_pages(edit, &m->map, range);
	if (m->alias.name)
		lm_edit_except(edit, m->alias.range);
	for (const struct bank *exception = c->exceptions; exception->size; exception++)
		lm_edit_except(edit, machine_range(m, *exception));
}

uint64_t split_case_tables(const struct split_case *c)
{
	return c->tables[0] + c->tables[1] + c->tables[2] + c->tables[3];
}

/* --------------------------------------------------------------- cases as tests */

void test_list_add(struct test_list *list, const char *property, const char *name,
		   CMUnitTestFunction function, const void *state)
{
	size_t length = strlen(property) + (name ? strlen(name) + 1 : 0) + 1;
	char *full = malloc(length);

	if (!full)
		abort();
	snprintf(full, length, "%s%s%s", property, name ? "/" : "", name ? name : "");
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		list->tests = realloc(list->tests, list->room * sizeof(*list->tests));
		if (!list->tests)
			abort();
	}
	/* Tests do not write to their case; cmocka's type does not say so. */
	list->tests[list->count++] = (struct CMUnitTest){
		.name = full,
		.test_func = function,
		.initial_state = (void *)(uintptr_t)state,
	};
}

const char *const way_names[LM_WAYS] = {
	[LM_IN_PLACE] = "in-place",
	[LM_LIVE] = "live",
	[LM_BREAK] = "break",
	[LM_SWITCH] = "switch",
};

bool every_geometry(const struct geometry *g)
{
	return true;
}

bool geometry_has_blocks(const struct geometry *g)
{
	return g->blocks > 0;
}

void test_list_add_geometries(struct test_list *list, const char *property,
			      CMUnitTestFunction function, geometry_fn *is_for)
{
	for (size_t i = 0; i < geometry_count; i++) {
		if (is_for(&geometries[i]))
			test_list_add(list, property, geometries[i].machine.name,
				      function, &geometries[i]);
	}
}

void test_list_add_lives(struct test_list *list, const char *property,
			 CMUnitTestFunction function, geometry_fn *is_for)
{
	/* Tests keep pointers to them. */
	static struct life lives[sizeof(geometries) / sizeof(geometries[0])][LM_WAYS];

	for (size_t i = 0; i < geometry_count; i++) {
		for (int way = 0; is_for(&geometries[i]) && way < LM_WAYS; way++) {
			char name[64];

			lives[i][way] = (struct life){ &geometries[i], (enum lm_way)way };
			snprintf(name, sizeof(name), "%s/%s", geometries[i].machine.name,
				 way_names[way]);
			test_list_add(list, property, name, function, &lives[i][way]);
		}
	}
}

int test_list_run(struct test_list *list, const char *group)
{
	int failed = _cmocka_run_group_tests(group, list->tests, list->count, NULL, NULL);

	for (size_t i = 0; i < list->count; i++)
		free((void *)(uintptr_t)list->tests[i].name);
	free(list->tests);
	return failed;
}

static const char *error_name(int err)
{
	static const char *const names[LM_ERRORS] = {
		[0] = "0",
		[LM_EINVAL] = "-LM_EINVAL",
		[LM_EFORMAT] = "-LM_EFORMAT",
		[LM_EEXIST] = "-LM_EEXIST",
		[LM_EREGION] = "-LM_EREGION",
		[LM_ENOMEM] = "-LM_ENOMEM",
		[LM_ESTATE] = "-LM_ESTATE",
		[LM_ESTALE] = "-LM_ESTALE",
		[LM_EWINDOW] = "-LM_EWINDOW",
		[LM_EUNSAFE] = "-LM_EUNSAFE",
		[LM_EHWUPDATE] = "-LM_EHWUPDATE",
		[LM_EWAY] = "-LM_EWAY",
		[LM_ESELF] = "-LM_ESELF",
		[LM_EVOLATILE] = "-LM_EVOLATILE",
		[LM_ETIMEOUT] = "-LM_ETIMEOUT",
		[LM_ESIZE] = "-LM_ESIZE",
		[LM_ENOLEAF] = "-LM_ENOLEAF",
		[LM_ETABLE] = "-LM_ETABLE",
		[LM_EBUG] = "-LM_EBUG",
	};
	bool known = err <= 0 && err > -LM_ERRORS && names[-err];

	return known ? names[-err] : "another error";
}

void expect_error_at(int seen, int expected, const char *call, const char *file, int line)
{
	if (seen == expected)
		return;
	print_error("%s: expected %s, saw %s (%d)\n", call, error_name(expected),
		    error_name(seen), seen);
	_fail(file, line);
}

void expect_count_at(uint64_t seen, uint64_t expected, const char *file, int line,
		     const char *format, ...)
{
	char about[200];
	va_list args;

	if (seen == expected)
		return;
	va_start(args, format);
	vsnprintf(about, sizeof(about), format, args);
	va_end(args);
	print_error("%s: expected %" PRIu64 ", saw %" PRIu64 "\n", about, expected, seen);
	_fail(file, line);
}
