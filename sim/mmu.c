/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an MMU reads in tables: the walk for one address, all leaves, all
 * tables. Written from the Arm ARM (D8.2, D8.3); 48 bits of output address.
 * Knows nothing of time, CPUs or TLBs.
 */
#include "sim_internal.h"

/* --------------------------------------------------------------------- geometry */

/* Entries of a contiguous run, by granule and level (Arm ARM D8.7.1). */
static const struct {
	uint8_t granule_shift;
	bool block[4];
	uint8_t run[4];
} granules[] = {
	{ 12, { false, true, true, true }, { 0, 16, 16, 16 } },
	{ 14, { false, false, true, true }, { 0, 0, 32, 128 } },
	{ 16, { false, false, true, true }, { 0, 0, 32, 32 } },
};

static void init_level(struct sim_geometry *geo, unsigned int granule, int level,
		       unsigned int ia_bits)
{
	unsigned int stride = granules[granule].granule_shift - 3u;
	unsigned int shift = granules[granule].granule_shift +
			     (unsigned int)(SIM_LAST_LEVEL - level) * stride;
	unsigned int bits = level == geo->start ? ia_bits - shift : stride;

	geo->shift[level] = (uint8_t)shift;
	geo->entries[level] = 1u << bits;
	geo->block[level] = granules[granule].block[level];
	geo->run[level] = granules[granule].run[level];
	/* A run does not reach beyond its table. */
	if (geo->run[level] > geo->entries[level])
		geo->run[level] = 0;
}

static void init_levels(struct sim_geometry *geo, unsigned int granule,
			unsigned int ia_bits)
{
	unsigned int page_shift = granules[granule].granule_shift;
	unsigned int stride = page_shift - 3;
	int levels = (int)((ia_bits - page_shift + stride - 1) / stride);

	geo->start = SIM_LAST_LEVEL + 1 - levels;
	geo->granule_size = UINT64_C(1) << page_shift;
	for (int level = geo->start; level <= SIM_LAST_LEVEL; level++)
		init_level(geo, granule, level, ia_bits);
}

bool sim_geometry_init(struct sim_geometry *geo, const struct sim_config *config)
{
	size_t count = sizeof(granules) / sizeof(*granules);

	if (config->ia_bits < 25 || config->ia_bits > 48)
		return false;
	geo->range_mask = (UINT64_C(1) << config->ia_bits) - 1;
	geo->base = config->upper ? ~geo->range_mask : 0;
	for (unsigned int i = 0; i < count; i++) {
		if (granules[i].granule_shift != config->granule_shift)
			continue;
		init_levels(geo, i, config->ia_bits);
		return true;
	}
	return false;
}

/* --------------------------------------------------------------------- one walk */

static struct sim_translation leaf_translation(const struct sim_geometry *geo, int level,
					       uint64_t va, uint64_t desc)
{
	bool contiguous = sim_desc_hinted(geo, level, desc);
	uint64_t offset = va & (sim_entry_size(geo, level) - 1);

	return (struct sim_translation){
		.valid = true,
		.level = level,
		.contiguous = contiguous,
		.pa = sim_leaf_output(geo, level, desc) | offset,
		.size = contiguous ? sim_run_size(geo, level) :
				     sim_entry_size(geo, level),
		.descriptor = desc,
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
	uint64_t desc = 0;
	int level = geo->start;

	if (!sim_in_range(geo, va))
		return no_translation(level, 0);
	for (; table; level++) {
		desc = table[sim_index(geo, level, va)];
		if (sim_desc_kind(geo, level, desc) == SIM_LEAF)
			return leaf_translation(geo, level, va, desc);
		if (sim_desc_kind(geo, level, desc) == SIM_INVALID)
			break;
		table = sim_table_at(sim, sim_table_output(geo, desc));
	}
	return no_translation(level, desc);
}

uint64_t sim_table_below(const struct sim *sim, uint64_t pa, int from, int level,
			 uint64_t va)
{
	const struct sim_geometry *geo = &sim->geo;

	for (int at = from; at < level; at++) {
		const uint64_t *table = sim_table_at(sim, pa);
		uint64_t desc = table ? table[sim_index(geo, at, va)] : 0;

		if (sim_desc_kind(geo, at, desc) != SIM_TABLE)
			return 0;
		pa = sim_table_output(geo, desc);
	}
	return pa;
}

uint64_t sim_table_on_path(const struct sim *sim, uint64_t root, int level, uint64_t va)
{
	return sim_table_below(sim, root, sim->geo.start, level, va);
}

/* ------------------------------------------------------------------- all leaves */

/* What a visit of all leaves carries along. */
struct leaves {
	const struct sim *sim;
	uint64_t start, last;
	sim_leaf_fn *visit;
	void *ctx;
};

/* Are all entries of the run that begins at @run hinted, alike and in order? */
static bool run_is_whole(const struct sim_geometry *geo, int level, const uint64_t *run)
{
	uint64_t size = sim_entry_size(geo, level);
	uint64_t output = sim_leaf_output(geo, level, run[0]);

	if (output & (sim_run_size(geo, level) - 1))
		return false;
	for (unsigned int i = 0; i < geo->run[level]; i++) {
		if (sim_desc_kind(geo, level, run[i]) != SIM_LEAF ||
		    !(run[i] & SIM_DESC_CONTIGUOUS) ||
		    sim_leaf_output(geo, level, run[i]) != output + i * size ||
		    ((run[i] ^ run[0]) & SIM_DESC_ATTRS))
			return false;
	}
	return true;
}

/* Visits the leaf at @index, or the run it is in; returns the index behind it. */
static unsigned int visit_leaf(const struct leaves *leaves, const uint64_t *table,
			       int level, uint64_t table_va, unsigned int index)
{
	const struct sim_geometry *geo = &leaves->sim->geo;
	unsigned int first = geo->run[level] ? index - index % geo->run[level] : index;
	struct sim_translation leaf;
	unsigned int next = index + 1;
	uint64_t va;

	if (sim_desc_hinted(geo, level, table[index]) &&
	    run_is_whole(geo, level, table + first)) {
		index = first;
		next = first + geo->run[level];
	}
	va = table_va + ((uint64_t)index << geo->shift[level]);
	leaf = leaf_translation(geo, level, va, table[index]);
	/* A member of a run that is not whole is a leaf of its own. */
	leaf.size = (uint64_t)(next - index) << geo->shift[level];
	leaves->visit(leaves->ctx, va, &leaf);
	return next;
}

static void visit_leaves(const struct leaves *leaves, uint64_t pa, int level,
			 uint64_t table_va)
{
	const struct sim_geometry *geo = &leaves->sim->geo;
	const uint64_t *table = sim_table_at(leaves->sim, pa);
	uint64_t table_last =
		table_va + ((uint64_t)geo->entries[level] << geo->shift[level]) - 1;
	uint64_t last = table_last < leaves->last ? table_last : leaves->last;
	unsigned int index, end;

	if (!table)
		return;
	index = leaves->start > table_va ? sim_index(geo, level, leaves->start) : 0;
	end = sim_index(geo, level, last) + 1;
	while (index < end) {
		enum sim_desc_kind kind = sim_desc_kind(geo, level, table[index]);

		if (kind == SIM_LEAF) {
			index = visit_leaf(leaves, table, level, table_va, index);
			continue;
		}
		if (kind == SIM_TABLE)
			visit_leaves(leaves, sim_table_output(geo, table[index]),
				     level + 1,
				     table_va + ((uint64_t)index << geo->shift[level]));
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

	if (!root || !size || start > last || wanted_last < first)
		return;
	leaves.start = start > first ? start : first;
	leaves.last = wanted_last < last ? wanted_last : last;
	visit_leaves(&leaves, root, sim->geo.start, first);
}

/* ------------------------------------------------------------------- all tables */

static void visit_tables(const struct sim *sim, uint64_t pa, int level, uint64_t va,
			 sim_table_fn *visit, void *ctx)
{
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *table = sim_table_at(sim, pa);

	visit(ctx, pa, level, va);
	if (level == SIM_LAST_LEVEL || !table)
		return;
	for (unsigned int i = 0; i < geo->entries[level]; i++) {
		if (sim_desc_kind(geo, level, table[i]) == SIM_TABLE)
			visit_tables(sim, sim_table_output(geo, table[i]), level + 1,
				     va + ((uint64_t)i << geo->shift[level]), visit, ctx);
	}
}

void sim_for_each_table(const struct sim *sim, uint64_t root, sim_table_fn *visit,
			void *ctx)
{
	if (root)
		visit_tables(sim, root, sim->geo.start, sim->geo.base, visit, ctx);
}
