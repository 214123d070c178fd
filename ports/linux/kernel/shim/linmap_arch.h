/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the core needs of the machine, in Linux. linmap_access.h is that of bare metal;
 * invalidations are Linux's, which knows the errata of the CPU it runs on.
 */
#ifndef LINMAP_ARCH_H
#define LINMAP_ARCH_H

#include <linmap/linmap.h>

#define lm_arch_store lm_plain_store
#include "linmap_access.h"
#undef lm_arch_store

/* Kernel headers would define memcpy(), which the core declares: so functions. */
void linmap_flush_tlb_all(void);
void linmap_flush_tlb_va(uint64_t va);
void linmap_store_root(lm_desc_t *slot, lm_desc_t desc);

extern uint64_t swapper_pg_dir[1UL << (CONFIG_PAGE_SHIFT - 3)];

static inline void lm_arch_store(const struct lm_env *env, lm_desc_t *slot,
				 lm_desc_t desc)
{
	if ((unsigned long)slot - (unsigned long)swapper_pg_dir < sizeof(swapper_pg_dir))
		linmap_store_root(slot, desc);
	else
		lm_plain_store(env, slot, desc);
}

static inline void lm_arch_tlbi_all(const struct lm_map *map)
{
	(void)map;
	linmap_flush_tlb_all();
}

static inline void lm_arch_tlbi_va(const struct lm_map *map, lm_va_t va)
{
	(void)map;
	linmap_flush_tlb_va(va.v);
}

/* Linux's invalidations repeat themselves where needed: env->repeat_tlbi is false. */
static inline void lm_arch_tlbi_again(const struct lm_map *map)
{
	(void)map;
}

#endif
