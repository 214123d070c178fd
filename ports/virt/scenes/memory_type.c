// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What needs break-before-make: another memory type, for memory that nobody needs
 * meanwhile.
 */
#include "scenes.h"

#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "translation.h"
#include "witness.h"

#define TYPE_OF(index) ((uint8_t)(MAIR >> (8 * (index))))

/* The last pages of the area, the witness's among them. */
#define PAGES 4

static void change_type(const struct world *world, struct lm_range range, uint64_t set,
			uint64_t clear)
{
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;

	lm_edit_protect(&edit, &kernel_map, range,
			lm_change_attrs((lm_attrs_t){ set }, (lm_attrs_t){ clear }));
	witness_load();
	scene_edit(world, &edit, LM_BREAK, LM_OTHERS_HELD);
	witness_look();
	witness_expect();
	scene_release(&edit, in_use);
}

static bool all_are(struct lm_range range, uint8_t type)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);
	unsigned int others = 0;

	for (uint64_t at = 0; at < range.size; at += page_size)
		others += memory_type((lm_va_t){ range.start.v + at }) != type;
	return !others;
}

void scene_memory_type(const struct world *world)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);
	uint64_t offset = AREA_SIZE - PAGES * page_size;
	struct lm_range range = scene_pages(world, offset, PAGES);
	lm_va_t before = { range.start.v - page_size };

	scene("Another memory type, by break");
	note("the leaf holds no table, no stack and no code: it may be gone for a while");
	change_type(world, range, LM_ATTR_INDEX(MAIR_DEVICE), 0);
	expect(all_are(range, TYPE_OF(MAIR_DEVICE)) &&
		       memory_type(before) == TYPE_OF(MAIR_NORMAL),
	       "%u pages are device memory now, and not the one before them", PAGES);
	change_type(world, range, 0, LM_ATTR_INDEX(MAIR_DEVICE));
	expect_every_page(world->tree, "made memory again");
}
