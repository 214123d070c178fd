// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The temporary tables of KPTI, through which the kernel reaches its own tables while it
 * makes their entries non-global: allocated before the stop and freed after it.
 */
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/stop_machine.h>

#include "call_sites.h"
#include "port.h"

/* The kernel may use fewer levels than it is built for, never more. */
#define TEMPORARY_ORDER order_base_2(CONFIG_PGTABLE_LEVELS)

static unsigned long temporary_tables __initdata;

unsigned long __init linmap_kpti_take(unsigned int order)
{
	if (linmap_is_off())
		return __get_free_pages(GFP_ATOMIC | __GFP_ZERO, order);
	BUG_ON(order > TEMPORARY_ORDER);
	return temporary_tables;
}

void __init linmap_kpti_put_back(unsigned long tables, unsigned int order)
{
	if (linmap_is_off())
		free_pages(tables, order);
}

void __init linmap_kpti_stop(cpu_stop_fn_t stock)
{
	if (!linmap_is_off()) {
		temporary_tables =
			__get_free_pages(GFP_KERNEL | __GFP_ZERO, TEMPORARY_ORDER);
		if (!temporary_tables)
			panic("linmap: no memory for %lu KiB of temporary tables for KPTI\n",
			      (PAGE_SIZE << TEMPORARY_ORDER) / 1024);
	}
	linmap_stop(stock, NULL);
	if (!linmap_is_off())
		free_pages(temporary_tables, TEMPORARY_ORDER);
}
