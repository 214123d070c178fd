// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* KPTI: makes every leaf of the upper half not-global, and looks at TLB entries then. */
#include "scenes.h"

#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "smp.h"
#include "sysreg.h"
#include "translation.h"
#include "witness.h"

#define ASID 0 /* TTBR0_EL1 and TTBR1_EL1 have no other one here */

struct globals {
	uint64_t leaves;
	uint64_t global;
};

static int count_leaf(void *ctx, struct lm_walk_item *item)
{
	struct globals *count = ctx;

	if (lm_desc_is_table(item->desc, item->level))
		return LM_WALK_DESCEND;
	for (uint32_t i = 0; item->desc.v && i < item->entries; i++) {
		count->leaves++;
		count->global += !(item->slot[i].v & LM_ATTR_NOT_GLOBAL);
	}
	return LM_WALK_NEXT;
}

/* Count entries of the whole half, one by one. */
static struct globals count_globals(void)
{
	uint64_t size = UINT64_C(1) << kernel_map.fmt.config.ia_bits;
	struct lm_range half = { { kernel_map.fmt.base }, size };
	struct globals count = { 0 };
	int err = lm_walk(&kernel_map, half, count_leaf, &count);

	if (err)
		panic("walk: %s", lm_strerror(err));
	return count;
}

static void invalidate_asid(void)
{
	dsb(ishst);
	__asm__ volatile("tlbi aside1is, %0" ::"r"((uint64_t)ASID << 48) : "memory");
	dsb(ish);
	isb();
}

struct staleness {
	unsigned int before; /* CPUs that still had the old entry */
	unsigned int after;  /* and those that had it after the invalidation */
};

/* Change an entry with no TLBI, then invalidate the ASID alone. */
static struct staleness look_behind_asid(void)
{
	struct staleness stale;

	witness_load();
	witness_replace();
	stale.before = witness_load();
	invalidate_asid();
	stale.after = witness_load();
	witness_restore();
	return stale;
}

/*
 * The control, and the one check here that depends on how exact a TLB is: hardware may
 * always drop more than the operation names.
 */
static void control(void)
{
	struct staleness global = look_behind_asid();

	expect(global.before == cpu_levels.count,
	       "a page's entry is changed with no TLBI: all CPUs have the old one");
	if (global.after == cpu_levels.count)
		expect(true, "global, it outlives TLBI ASIDE1IS on every CPU");
	else
		skip("a global entry outlives TLBI ASIDE1IS",
		     "this TLB drops global entries with those of an ASID");
}

static void roll_under_load(const struct world *world, struct lm_edit *edit)
{
	load_start();
	scene_edit(world, edit, LM_ROLL, LM_NONE_HELD);
	load_stop();
}

static void make_not_global(const struct world *world)
{
	uint64_t in_use = pages_count().in_use;
	struct globals count;
	struct lm_edit edit;

	lm_edit_non_global(&edit, &kernel_map);
	witness_load();
	if (world->options->way == LM_ROLL)
		roll_under_load(world, &edit);
	else
		scene_edit(world, &edit, WAY_CHOSEN, LM_OTHERS_HELD);
	scene_release(&edit, in_use);
	count = count_globals();
	expect(!count.global && count.leaves,
	       "all %'lu entries of the upper half that are leaves are not-global",
	       count.leaves);
}

void scene_not_global(const struct world *world)
{
	struct globals count = count_globals();
	struct staleness stale;

	scene("KPTI");
	expect(count.global == count.leaves, "%'lu entries are leaves, and global",
	       count.leaves);
	control();
	make_not_global(world);
	stale = look_behind_asid();
	expect(stale.before == cpu_levels.count && !stale.after,
	       "not-global, it is stale on %u CPUs, and after TLBI ASIDE1IS on %u",
	       stale.before, stale.after);
	expect_every_page(world->tree, "not-global");
	expect_permissions();
}
