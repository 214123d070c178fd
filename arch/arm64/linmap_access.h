/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads and stores of descriptors in a live table on arm64, and their ordering. TLB
 * maintenance is not here: a kernel has its own.
 */
#ifndef LINMAP_ACCESS_H
#define LINMAP_ACCESS_H

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

#endif
