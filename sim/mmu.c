/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an MMU reads in tables: the walk for one address, all leaves, all tables. Written
 * from the Arm ARM (D8.2, D8.3, D8.4). Knows nothing of time, CPUs or TLBs.
 */
#include <string.h>

#include "sim_internal.h"

/* --------------------------------------------------------------------- geometry */

/* Blocks and contiguous runs, by granule and level from -1 on (Arm ARM D8.3.1, D8.7.1). */
struct granule {
	uint8_t shift;
	int first_block_level; /* one less where descriptors have 52 bits of address */
	uint8_t run[SIM_LEVELS];
};

static const struct granule granules[] = {
	{ 12, 1, { 0, 0, 16, 16, 16 } },
	{ 14, 2, { 0, 0, 0, 32, 128 } },
	{ 16, 2, { 0, 0, 0, 32, 32 } },
};

static const struct granule *find_granule(uint8_t shift)
{
	for (size_t i = 0; i < sizeof(granules) / sizeof(*granules); i++) {
		if (granules[i].shift == shift)
			return &granules[i];
	}
	return NULL;
}

static bool is_output_size(unsigned int bits)
{
	return bits == 32 || bits == 36 || bits == 40 || bits == 42 || bits == 44 ||
	       bits == 48 || bits == 52;
}

static bool has_two_ranges(enum sim_regime regime)
{
	return regime == SIM_EL1_0 || regime == SIM_EL2_0;
}

/* FEAT_LVA and FEAT_LPA are for 64K granules, FEAT_LPA2 is for the others. */
static bool is_possible(const struct sim_config *config)
{
	bool is_64k = config->granule_shift == 16;
	unsigned int most_bits = is_64k || config->lpa2 ? 52 : 48;

	return find_granule(config->granule_shift) && !(is_64k && config->lpa2) &&
	       config->ia_bits >= 25 && config->ia_bits <= most_bits &&
	       is_output_size(config->oa_bits) && config->oa_bits <= most_bits &&
	       config->regime <= SIM_EL3 &&
	       (has_two_ranges(config->regime) || !config->upper);
}

/*
 * FEAT_LPA has OA[51:48] in [15:12]; TCR_ELx.DS has OA[51:50] in [9:8], where
 * shareability was, and OA[49:48] in its own place.
 */
static void init_output(struct sim_geometry *geo, const struct sim_config *config)
{
	unsigned int in_place_bits = config->lpa2 ? 50 : 48;
	uint64_t beyond = (SIM_BIT(52) - 1) & ~(SIM_BIT(config->oa_bits) - 1);

	geo->in_place = (SIM_BIT(in_place_bits) - 1) & ~(geo->granule_size - 1);
	if (config->lpa2) {
		geo->moved = SIM_BIT(8) | SIM_BIT(9);
		geo->moved_by = 50 - 8;
	} else if (config->granule_shift == 16) {
		geo->moved = UINT64_C(0xf) << 12;
		geo->moved_by = 48 - 12;
	}
	geo->beyond = sim_output_bits(geo, beyond);
}

/*
 * AttrIndx, NS, AP, SH, nG; GP, DBM, PXN, UXN. Not AF, nor the bits for software. A
 * regime with one range has no ASIDs, AP[1] or PXN. At EL3, NS and bit 11 choose the
 * address space: they are part of the address.
 */
static void init_attrs(struct sim_geometry *geo, const struct sim_config *config)
{
	geo->attrs = UINT64_C(0x006c000000000bfc) & ~geo->moved;
	geo->type = UINT64_C(0xb1c) & ~geo->moved;
	geo->table_attrs = SIM_TABLE_UXN | SIM_TABLE_READ_ONLY | SIM_TABLE_NS;
	if (has_two_ranges(config->regime)) {
		geo->table_attrs |= SIM_TABLE_PXN | SIM_TABLE_NO_EL0;
		geo->not_global = SIM_DESC_NOT_GLOBAL;
		return;
	}
	geo->attrs &= ~(SIM_DESC_EL0 | SIM_DESC_PXN);
	if (config->regime == SIM_EL2)
		geo->attrs &= ~SIM_DESC_NOT_GLOBAL;
	else
		geo->type |= SIM_DESC_NS;
	geo->type &= geo->attrs;
}

static void init_level(struct sim_geometry *geo, const struct granule *granule, int level,
		       const struct sim_config *config)
{
	bool larger = config->lpa2 || config->oa_bits > 48;
	unsigned int stride = granule->shift - 3u;
	unsigned int shift =
		granule->shift + (unsigned int)(SIM_LAST_LEVEL - level) * stride;
	unsigned int bits = level == geo->start ? config->ia_bits - shift : stride;
	unsigned int run = granule->run[level - SIM_FIRST_LEVEL];

	/* A run does not reach beyond its table. */
	if (run > 1u << bits)
		run = 0;
	geo->levels[level - SIM_FIRST_LEVEL] = (struct sim_level){
		.size = SIM_BIT(shift),
		.run_size = run * SIM_BIT(shift),
		.in_place = geo->in_place & ~(SIM_BIT(shift) - 1),
		.shift = shift,
		.run = run,
		.entries = 1u << bits,
		.block = level >= granule->first_block_level - larger,
	};
}

static void init_levels(struct sim_geometry *geo, const struct sim_config *config)
{
	const struct granule *granule = find_granule(config->granule_shift);
	unsigned int stride = granule->shift - 3u;
	unsigned int levels = (config->ia_bits - granule->shift + stride - 1) / stride;

	geo->start = SIM_LAST_LEVEL + 1 - (int)levels;
	for (int level = geo->start; level <= SIM_LAST_LEVEL; level++)
		init_level(geo, granule, level, config);
	geo->root_size = sim_entries(geo, geo->start) * sizeof(uint64_t);
	if (geo->root_size < 64)
		geo->root_size = 64;
}

bool sim_geometry_init(struct sim_geometry *geo, const struct sim_config *config)
{
	if (!is_possible(config))
		return false;
	geo->range_mask = SIM_BIT(config->ia_bits) - 1;
	geo->base = config->upper ? ~geo->range_mask : 0;
	geo->granule_size = SIM_BIT(config->granule_shift);
	init_output(geo, config);
	init_levels(geo, config);
	init_attrs(geo, config);
	return true;
}

/* --------------------------------------------------------------------- one walk */

uint64_t sim_reduced_attrs(uint64_t attrs, uint64_t above)
{
	if (above & SIM_TABLE_PXN)
		attrs |= SIM_DESC_PXN;
	if (above & SIM_TABLE_UXN)
		attrs |= SIM_DESC_UXN;
	if (above & SIM_TABLE_NO_EL0)
		attrs &= ~SIM_DESC_EL0;
	if (above & SIM_TABLE_READ_ONLY)
		attrs = (attrs | SIM_DESC_READ_ONLY) & ~SIM_DESC_DBM;
	if (above & SIM_TABLE_NS)
		attrs |= SIM_DESC_NS;
	return attrs;
}

/* @above: the table descriptors on the way, or-ed. */
static inline struct sim_translation leaf_translation(const struct sim_geometry *geo,
						      int level, uint64_t va,
						      uint64_t desc, uint64_t above)
{
	const struct sim_level *at = sim_level(geo, level);
	bool contiguous = (desc & SIM_DESC_CONTIGUOUS) && at->run;

	return (struct sim_translation){
		.valid = true,
		.level = level,
		.contiguous = contiguous,
		.pa = (desc & at->in_place) | sim_moved_output(geo, desc) |
		      (va & (at->size - 1)),
		.size = contiguous ? at->run_size : at->size,
		.descriptor = desc,
		.attrs = sim_effective_attrs(geo, desc, above),
	};
}

static struct sim_translation no_translation(int level, uint64_t desc)
{
	return (struct sim_translation){ .level = level, .descriptor = desc };
}

struct sim_translation sim_walk(const struct sim *sim, uint64_t root, uint64_t va)
{
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *table = root ? sim_table_at(sim, root) : NULL;
	uint64_t desc = 0, above = 0;
	int level = geo->start;

	if (!sim_in_range(geo, va))
		return no_translation(level, 0);
	for (; table; level++) {
		desc = table[sim_index(geo, level, va)];
		if (sim_desc_kind(geo, level, desc) == SIM_LEAF)
			return leaf_translation(geo, level, va, desc, above);
		if (sim_desc_kind(geo, level, desc) == SIM_INVALID)
			break;
		table = sim_table_at(sim, sim_table_output(geo, desc));
		above |= desc;
	}
	return no_translation(level, desc);
}

bool sim_roots_equal(const struct sim *sim, uint64_t a, uint64_t b)
{
	const uint64_t *x = sim_table_at(sim, a), *y = sim_table_at(sim, b);

	return x && y &&
	       !memcmp(x, y, sim_entries(&sim->geo, sim->geo.start) * sizeof(*x));
}

/* Where descriptors lead to, 0 for nowhere, and their hierarchical attributes, or-ed. */
struct way {
	uint64_t pa, above;
};

static struct way way_down(const struct sim *sim, uint64_t pa, int from, int level,
			   uint64_t va)
{
	const struct sim_geometry *geo = &sim->geo;
	struct way way = { pa, 0 };

	for (int at = from; at < level; at++) {
		const uint64_t *table = sim_table_at(sim, way.pa);
		uint64_t desc = table ? table[sim_index(geo, at, va)] : 0;

		if (sim_desc_kind(geo, at, desc) != SIM_TABLE)
			return (struct way){ 0, way.above };
		way.pa = sim_table_output(geo, desc);
		way.above |= desc & geo->table_attrs;
	}
	return way;
}

uint64_t sim_table_below(const struct sim *sim, uint64_t pa, int from, int level,
			 uint64_t va)
{
	return way_down(sim, pa, from, level, va).pa;
}

uint64_t sim_above_below(const struct sim *sim, uint64_t pa, int from, int level,
			 uint64_t va)
{
	return way_down(sim, pa, from, level, va).above;
}

uint64_t sim_table_on_path(const struct sim *sim, uint64_t root, int level, uint64_t va)
{
	return sim_table_below(sim, root, sim->geo.start, level, va);
}

/* ------------------------------------------------------------------- all leaves */

/* State of a visit of all leaves. */
struct leaves {
	const struct sim *sim;
	uint64_t start, last;
	sim_leaf_fn *visit;
	void *ctx;
};

/*
 * Do all entries of the run that begins at @run have the hint, the same attributes, and
 * adjacent addresses?
 */
static bool run_is_whole(const struct sim_geometry *geo, int level, const uint64_t *run)
{
	uint64_t size = sim_entry_size(geo, level);
	uint64_t output = sim_leaf_output(geo, level, run[0]);

	if (output & (sim_run_size(geo, level) - 1))
		return false;
	for (unsigned int i = 0; i < sim_run(geo, level); i++) {
		if (sim_desc_kind(geo, level, run[i]) != SIM_LEAF ||
		    !(run[i] & SIM_DESC_CONTIGUOUS) ||
		    sim_leaf_output(geo, level, run[i]) != output + i * size ||
		    ((run[i] ^ run[0]) & geo->attrs))
			return false;
	}
	return true;
}

/* A table, where it is linked, and the descriptors that lead there, or-ed. */
struct linked {
	const uint64_t *table;
	int level;
	uint64_t va, above;
};

/* Visits the leaf at @index, or its run; returns the index after it. */
static unsigned int visit_leaf(const struct leaves *leaves, const struct linked *linked,
			       unsigned int index)
{
	const uint64_t *table = linked->table;
	int level = linked->level;
	const struct sim_geometry *geo = &leaves->sim->geo;
	unsigned int first = sim_run(geo, level) ? index - index % sim_run(geo, level) :
						   index;
	struct sim_translation leaf;
	unsigned int next = index + 1;
	uint64_t va;

	if (sim_desc_hinted(geo, level, table[index]) &&
	    run_is_whole(geo, level, table + first)) {
		index = first;
		next = first + sim_run(geo, level);
	}
	va = linked->va + ((uint64_t)index << sim_shift(geo, level));
	leaf = leaf_translation(geo, level, va, table[index], linked->above);
	/* A member of a run that is not whole is a leaf of its own. */
	leaf.size = (uint64_t)(next - index) << sim_shift(geo, level);
	leaves->visit(leaves->ctx, va, &leaf);
	return next;
}

static void visit_leaves(const struct leaves *leaves, const struct linked *linked)
{
	const struct sim_geometry *geo = &leaves->sim->geo;
	unsigned int shift = sim_shift(geo, linked->level);
	uint64_t table_last =
		linked->va + ((uint64_t)sim_entries(geo, linked->level) << shift) - 1;
	uint64_t last = table_last < leaves->last ? table_last : leaves->last;
	unsigned int index, end;

	if (!linked->table)
		return;
	index = leaves->start > linked->va ?
			sim_index(geo, linked->level, leaves->start) :
			0;
	end = sim_index(geo, linked->level, last) + 1;
	while (index < end) {
		uint64_t desc = linked->table[index];
		enum sim_desc_kind kind = sim_desc_kind(geo, linked->level, desc);
		struct linked below;

		if (kind == SIM_LEAF) {
			index = visit_leaf(leaves, linked, index);
			continue;
		}
		below = (struct linked){
			.level = linked->level + 1,
			.va = linked->va + ((uint64_t)index << shift),
			.above = linked->above | desc,
		};
		if (kind == SIM_TABLE) {
			below.table =
				sim_table_at(leaves->sim, sim_table_output(geo, desc));
			visit_leaves(leaves, &below);
		}
		index++;
	}
}

void sim_for_each_leaf(const struct sim *sim, uint64_t root, uint64_t start,
		       uint64_t size, sim_leaf_fn *visit, void *ctx)
{
	uint64_t first = sim->geo.base;
	uint64_t last = first + sim->geo.range_mask;
	uint64_t wanted_last = size - 1 > UINT64_MAX - start ? UINT64_MAX :
							       start + size - 1;
	struct leaves leaves = { .sim = sim, .visit = visit, .ctx = ctx };
	struct linked top;

	if (!root || !size || start > last || wanted_last < first)
		return;
	leaves.start = start > first ? start : first;
	leaves.last = wanted_last < last ? wanted_last : last;
	top = (struct linked){ sim_table_at(sim, root), sim->geo.start, first, 0 };
	visit_leaves(&leaves, &top);
}

static bool table_maps_globally(const struct leaves *leaves, const struct linked *linked)
{
	const struct sim_geometry *geo = &leaves->sim->geo;
	unsigned int shift = sim_shift(geo, linked->level);

	for (unsigned int i = 0; linked->table && i < sim_entries(geo, linked->level);
	     i++) {
		uint64_t desc = linked->table[i];
		uint64_t va = linked->va + ((uint64_t)i << shift);
		enum sim_desc_kind kind = sim_desc_kind(geo, linked->level, desc);
		struct linked below = { .level = linked->level + 1, .va = va };

		if (kind == SIM_INVALID || va > leaves->last ||
		    va + ((UINT64_C(1) << shift) - 1) < leaves->start)
			continue;
		if (kind == SIM_LEAF && !(desc & geo->not_global))
			return true;
		if (kind == SIM_LEAF)
			continue;
		below.table = sim_table_at(leaves->sim, sim_table_output(geo, desc));
		if (table_maps_globally(leaves, &below))
			return true;
	}
	return false;
}

bool sim_maps_globally(const struct sim *sim, uint64_t root, uint64_t start,
		       uint64_t last)
{
	const struct leaves range = { .sim = sim, .start = start, .last = last };
	const struct linked top = { .table = sim_table_at(sim, root),
				    .level = sim->geo.start,
				    .va = sim->geo.base };

	return table_maps_globally(&range, &top);
}

/* ------------------------------------------------------------------- all tables */

static void visit_tables(const struct sim *sim, uint64_t pa, int level, uint64_t va,
			 sim_table_fn *visit, void *ctx)
{
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *table = sim_table_at(sim, pa);

	if (!table)
		return;
	visit(ctx, pa, level, va);
	if (level == SIM_LAST_LEVEL)
		return;
	for (unsigned int i = 0; i < sim_entries(geo, level); i++) {
		if (sim_desc_kind(geo, level, table[i]) == SIM_TABLE)
			visit_tables(sim, sim_table_output(geo, table[i]), level + 1,
				     va + ((uint64_t)i << sim_shift(geo, level)), visit,
				     ctx);
	}
}

void sim_for_each_table(const struct sim *sim, uint64_t root, sim_table_fn *visit,
			void *ctx)
{
	if (root)
		visit_tables(sim, root, sim->geo.start, sim->geo.base, visit, ctx);
}
