/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the core needs of the machine, in Linux. It differs from bare metal in one
 * point: invalidations are Linux's, which knows the errata of the CPU it runs on.
 */
#ifndef LINMAP_ARCH_H
#define LINMAP_ARCH_H

#include <linmap/linmap.h>

/* One single-copy atomic load of a descriptor that others may be changing. */
static inline lm_desc_t lm_arch_load(const lm_desc_t *slot)
{
	return (lm_desc_t){ *(const volatile uint64_t *)&slot->v };
}

/* One single-copy atomic store to a table that may be walked. */
static inline void lm_arch_store(const struct lm_env *env, lm_desc_t *slot,
				 lm_desc_t desc)
{
	(void)env;
	*(volatile uint64_t *)&slot->v = desc.v;
}

/* Plain stores were made to @table, which nobody walks yet: nothing to do. */
static inline void lm_arch_wrote(const struct lm_env *env, const lm_desc_t *table)
{
	(void)env;
	(void)table;
}

static inline void lm_arch_barrier(const struct lm_env *env, enum lm_barrier barrier)
{
	(void)env;
	switch (barrier) {
	case LM_DSB_ISHST:
		__asm__ volatile("dsb ishst" ::: "memory");
		break;
	case LM_DSB_ISH:
		__asm__ volatile("dsb ish" ::: "memory");
		break;
	case LM_ISB:
		__asm__ volatile("isb" ::: "memory");
		break;
	}
}

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

#endif
