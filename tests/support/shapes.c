// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which leaves there can be, and how large tables are. Written out here once more, from
 * the Arm ARM (D8.3, D8.7.1), so that a mistake in the core's geometry has something to
 * differ from.
 */
#include "shapes.h"

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

unsigned int entry_shift(const struct machine_config *config, int level)
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

const struct shape *shapes_of(const struct machine *m)
{
	bool is_larger = m->config.lpa2 || m->config.oa_bits == 52;
	const struct shape *shape = all_shapes(&m->config) + !is_larger;

	while (shape->level < machine_start_level(&m->config))
		shape++;
	return shape;
}

const struct shape *shape_at(const struct machine *m, int level)
{
	const struct shape *shape = shapes_of(m);

	while (shape->level != level)
		shape++;
	return shape;
}

uint64_t half_size(const struct machine *m)
{
	return UINT64_C(1) << m->config.ia_bits;
}

uint64_t machine_entry_size(const struct machine *m, int level)
{
	return UINT64_C(1) << entry_shift(&m->config, level);
}

/* A root may be too small to hold a run. */
uint64_t run_size(const struct machine *m, const struct shape *shape)
{
	uint64_t size = shape->run * shape->entry_size;

	return size <= half_size(m) ? size : 0;
}

uint64_t table_bytes(const struct machine *m, int level)
{
	uint64_t entries = level == machine_start_level(&m->config) ?
				   half_size(m) / machine_entry_size(m, level) :
				   machine_granule(m) / 8;

	return entries * 8;
}
