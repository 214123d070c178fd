// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A page in the middle of a leaf becomes code and data again, by one edit each. */
#include "scenes.h"

#include "access.h"
#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "translation.h"

#define AT_OFFSET 0x1100000 /* of the area: no border of a block or a run */

/* A function that only returns, made visible to instruction fetches. */
static void put_code(lm_va_t page)
{
	*(volatile uint32_t *)page.v = 0xd65f03c0;
	__asm__ volatile("dc cvau, %0\n"
			 "dsb ish\n"
			 "ic ivau, %0\n"
			 "dsb ish\n"
			 "isb" ::"r"(page.v)
			 : "memory");
}

static void change(const struct world *world, struct lm_range page, uint64_t set,
		   uint64_t clear)
{
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;

	lm_edit_protect(&edit, &kernel_map, page,
			lm_change_attrs((lm_attrs_t){ set }, (lm_attrs_t){ clear }));
	scene_edit(world, &edit, world->options->way, scene_hold());
	scene_release(&edit, in_use);
}

void scene_code(const struct world *world)
{
	struct lm_range range = scene_pages(world, AT_OFFSET, 1);
	lm_va_t page = range.start;
	lm_va_t neighbour = { page.v + range.size };

	scene("One page executable");
	put_code(page);
	put_code(neighbour);
	load_start();
	expect(every_cpu_finds(try_store, page, NO_FAULT) && !can_call(page),
	       "a page in the middle of a leaf is data on every CPU");
	change(world, range, LM_ATTR_READ_ONLY, LM_ATTR_PXN);
	/*
	 * Try first what a stale entry would allow: the other access loads a fresh one.
	 */
	expect(every_cpu_finds(try_store, page, PERMISSION_FAULT(LM_LAST_LEVEL)) &&
		       every_cpu_finds(try_call, page, NO_FAULT),
	       "it is code now, and a store to it faults on every CPU");
	expect(can_store(neighbour) && !can_call(neighbour), "its neighbour is data");
	change(world, range, LM_ATTR_PXN, LM_ATTR_READ_ONLY);
	expect(every_cpu_finds(try_call, page, PERMISSION_FAULT(LM_LAST_LEVEL)) &&
		       every_cpu_finds(try_store, page, NO_FAULT),
	       "made data again, no CPU executes it");
	load_stop();
	scene_to_largest(world);
	expect_every_page(world->tree, "after it");
}
