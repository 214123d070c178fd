/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the core needs of the machine, in Linux. linmap_access.h is that of bare metal;
 * invalidations are Linux's, which knows the errata of the CPU it runs on.
 */
#ifndef LINMAP_ARCH_H
#define LINMAP_ARCH_H

#include <linmap/linmap.h>

#include "linmap_access.h"

/* Kernel headers would define memcpy(), which the core declares: so functions. */
void linmap_flush_tlb_all(void);
void linmap_flush_tlb_va(uint64_t va);

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
