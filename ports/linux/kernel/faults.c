// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Faults on purpose, one per boot, as the boot argument linmap_fault= says. Only for
 * tests: without CONFIG_ARM64_LINMAP_FAULTS there are none.
 */
#define pr_fmt(fmt) "linmap: " fmt

#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/memory.h>
#include <asm/pgtable-hwdef.h>
#include <asm/sections.h>
#include <asm/tlbflush.h>

#include "call_sites.h"
#include "port.h"

/* linmap_fault=memory: the allocator has this many tables and no more. */
#define TABLES_LEFT 100

static bool is_short;
static bool is_changing __initdata;
static bool is_trusting __initdata;
static bool is_widening __ro_after_init;
static bool is_racing __ro_after_init;
static bool is_single __ro_after_init;
static unsigned int times_deaf;
static size_t tables_left = TABLES_LEFT;

size_t linmap_fault_tables(size_t wanted)
{
	size_t tables = is_short ? min(wanted, tables_left) : wanted;

	tables_left -= is_short ? tables : 0;
	return tables;
}

bool __init linmap_fault_trusts(void)
{
	return is_trusting;
}

#ifdef CONFIG_ARM64_LINMAP_LARGE

bool linmap_fault_races(void)
{
	return is_racing;
}

/* Pages of an area are split as if nobody knew that they belong together. */
bool linmap_fault_is_single(void)
{
	return is_single;
}

/* CPU 1 does not answer the first time that it is asked to move. */
bool linmap_fault_is_deaf(void)
{
	bool is_deaf = times_deaf && smp_processor_id() == 1;

	times_deaf -= is_deaf;
	return is_deaf;
}

/* Long enough for an interrupt to arrive often, if it is let in. */
void linmap_widen_switch(void)
{
	if (is_widening || is_racing)
		udelay(200);
}

#endif

#define WALK_DONE (-1)

/* Non-global does no harm, and shows in kernel_page_tables. */
static int __init change_large_leaf(void *ctx, struct lm_walk_item *item)
{
	const struct lm_map *map = ctx;

	if (item->entries == 1 && lm_desc_is_table(item->desc, item->level))
		return LM_WALK_DESCEND;
	if (!lm_item_is_leaf(map, item) || lm_item_size(map, item) == PAGE_SIZE)
		return LM_WALK_NEXT;
	for (u32 i = 0; i < item->entries; i++)
		WRITE_ONCE(item->slot[i].v, item->slot[i].v | PTE_NG);
	pr_info("fault: %llu KiB at %llx changed just before the stop\n",
		lm_item_size(map, item) / 1024, item->va.v);
	return WALK_DONE;
}

/* The first leaf after the kernel's alias that is larger than a page. */
void __init linmap_fault_change(void)
{
	static struct lm_map map __initdata;
	struct lm_range range = linmap_linear_range();
	u64 start = round_up((unsigned long)lm_alias(_end), PAGE_SIZE);

	if (!is_changing || linmap_describe(&map))
		return;
	is_changing = false;
	range.size -= start - range.start.v;
	range.start.v = start;
	lm_walk(&map, range, change_large_leaf, &map);
	flush_tlb_all();
}

static int __init parse_fault(char *arg)
{
	is_short = arg && !strcmp(arg, "memory");
	is_changing = arg && !strcmp(arg, "change");
	is_trusting = arg && !strcmp(arg, "trust");
	is_widening = arg && !strcmp(arg, "widen");
	is_racing = arg && !strcmp(arg, "race");
	is_single = arg && !strcmp(arg, "single");
	times_deaf = arg && !strcmp(arg, "deaf");
	return 0;
}
early_param("linmap_fault", parse_fault);
