// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The shapes of tables in which every edit is tried, and lists of tests over them.
 */
#include "shapes.h"

#include <stdio.h>
#include <string.h>

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

uint64_t geometry_updates(const struct geometry *g)
{
	return g->blocks + geometry_run_entries(g);
}

const char *const way_names[LM_WAYS] = {
	[LM_IN_PLACE] = "in-place", [LM_LIVE] = "live", [LM_BREAK] = "break",
	[LM_SWITCH] = "switch",	    [LM_ROLL] = "roll",
};

bool way_copies(enum lm_way way)
{
	return way == LM_SWITCH || way == LM_ROLL;
}

static void promise(struct lm_edit *edit, enum lm_way way)
{
	if (way == LM_ROLL && edit->state == LM_EDIT_NEW)
		lm_edit_locked(edit);
}

int edit_plan(struct lm_edit *edit, enum lm_way way)
{
	promise(edit, way);
	return lm_edit_plan(edit, way);
}

int edit_prepare(struct lm_edit *edit, enum lm_way way)
{
	promise(edit, way);
	return lm_edit_prepare(edit, way);
}

struct lm_leaf_change read_only(void)
{
	return lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY }, (lm_attrs_t){ 0 });
}

uint64_t sum_of_levels(const uint64_t *levels)
{
	uint64_t all = 0;

	for (int level = 0; level < LM_LEVELS; level++)
		all += levels[level];
	return all;
}

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

void test_list_add_ways(struct test_list *list, const char *property,
			CMUnitTestFunction function, enum lm_way first)
{
	/* Tests keep pointers to them. */
	static enum lm_way ways[LM_WAYS];

	for (unsigned int way = first; way < LM_WAYS; way++) {
		ways[way] = (enum lm_way)way;
		test_list_add(list, property, way_names[way], function, &ways[way]);
	}
}

static void add_lives(struct test_list *list, const char *property,
		      CMUnitTestFunction function, geometry_fn *is_for, unsigned int ways)
{
	/* Tests keep pointers to them. */
	static struct life lives[sizeof(geometries) / sizeof(geometries[0])][LM_WAYS];

	for (size_t i = 0; i < geometry_count; i++) {
		for (int way = 0; is_for(&geometries[i]) && way < LM_WAYS; way++) {
			char name[64];

			if (!(ways & 1u << way))
				continue;
			lives[i][way] = (struct life){ &geometries[i], (enum lm_way)way };
			snprintf(name, sizeof(name), "%s/%s", geometries[i].machine.name,
				 way_names[way]);
			test_list_add(list, property, name, function, &lives[i][way]);
		}
	}
}

void test_list_add_lives(struct test_list *list, const char *property,
			 CMUnitTestFunction function, geometry_fn *is_for)
{
	add_lives(list, property, function, is_for, (1u << LM_WAYS) - 1);
}

void test_list_add_unlocked_lives(struct test_list *list, const char *property,
				  CMUnitTestFunction function, geometry_fn *is_for)
{
	add_lives(list, property, function, is_for,
		  (1u << LM_WAYS) - 1 - (1u << LM_ROLL));
}
