/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the core needs of the machine, on arm64: one instruction each. TLB
 * maintenance is that of the map's regime, executed at its exception level.
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

/*
 * All entries of the map's regime, in the TLBs of all CPUs, walk caches included.
 * VMALLE1IS is the EL2&0 regime's too, at EL2 with HCR_EL2.{E2H, TGE} set (Arm ARM
 * D8.17.5).
 */
static inline void lm_arch_tlbi_all(const struct lm_map *map)
{
	switch (map->fmt.config.regime) {
	case LM_EL2:
		__asm__ volatile("tlbi alle2is" ::: "memory");
		break;
	case LM_EL3:
		__asm__ volatile("tlbi alle3is" ::: "memory");
		break;
	default:
		__asm__ volatile("tlbi vmalle1is" ::: "memory");
	}
}

/*
 * All levels for the page at @va, whatever its ASID, in the TLBs of all CPUs. The
 * operand has VA[55:12] in its lower bits, with every granule.
 */
static inline void lm_arch_tlbi_va(const struct lm_map *map, lm_va_t va)
{
	uint64_t operand = va.v << 8 >> 20;

	switch (map->fmt.config.regime) {
	case LM_EL2:
		__asm__ volatile("tlbi vae2is, %0" ::"r"(operand) : "memory");
		break;
	case LM_EL3:
		__asm__ volatile("tlbi vae3is, %0" ::"r"(operand) : "memory");
		break;
	default:
		__asm__ volatile("tlbi vaae1is, %0" ::"r"(operand) : "memory");
	}
}

#endif
