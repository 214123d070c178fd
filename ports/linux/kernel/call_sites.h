/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What arch/arm64/mm/mmu.c calls, at the sites that apply rewires. Without
 * CONFIG_ARM64_LINMAP each is what the kernel has there.
 */
#ifndef LINMAP_CALL_SITES_H
#define LINMAP_CALL_SITES_H

#include <linux/gfp.h>
#include <linux/stop_machine.h>

#ifdef CONFIG_ARM64_LINMAP

/**
 * linmap_split() - make pages of the linear map, except the kernel's alias
 * @stock: the kernel's own stop_machine() callback, for linmap=off
 * @flag: where CPUs that wait in the idmap count themselves in, initialised
 * @tolerant: whether the CPU it runs on takes live changes of entry size
 *
 * Context: may sleep, all CPUs of the boot online, capabilities final.
 */
void linmap_split(cpu_stop_fn_t stock, u32 *flag, bool (*tolerant)(void));

/**
 * linmap_kpti_stop() - make the kernel's mappings non-global
 * @stock: the kernel's stop_machine() callback, which uses the two below
 *
 * Allocates the temporary tables that @stock needs before the stop, and frees them after
 * it.
 *
 * Context: may sleep.
 */
void linmap_kpti_stop(cpu_stop_fn_t stock);

/* Inside that stop: take the temporary tables, zeroed; and return them. */
unsigned long linmap_kpti_take(unsigned int order);
void linmap_kpti_put_back(unsigned long tables, unsigned int order);

#else

static inline void linmap_split(cpu_stop_fn_t stock, u32 *flag, bool (*tolerant)(void))
{
	stop_machine(stock, NULL, cpu_online_mask);
}

static inline void linmap_kpti_stop(cpu_stop_fn_t stock)
{
	stop_machine(stock, NULL, cpu_online_mask);
}

static inline unsigned long linmap_kpti_take(unsigned int order)
{
	return __get_free_pages(GFP_ATOMIC | __GFP_ZERO, order);
}

static inline void linmap_kpti_put_back(unsigned long tables, unsigned int order)
{
	free_pages(tables, order);
}

#endif
#endif
