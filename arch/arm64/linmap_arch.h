/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the core needs of the machine, on arm64: one instruction each. TLB
 * maintenance is that of the map's regime, executed at its exception level.
 */
#ifndef LINMAP_ARCH_H
#define LINMAP_ARCH_H

#include <linmap/linmap.h>

#include "linmap_access.h"

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

/*
 * A TLBI that removes as little as possible: it is executed for the DSB after it, which
 * completes what the first DSB did not on CPUs with the erratum that env->repeat_tlbi is
 * for. Linux: ARM64_WORKAROUND_REPEAT_TLBI, ARM64_ERRATUM_4118414.
 */
static inline void lm_arch_tlbi_again(const struct lm_map *map)
{
	switch (map->fmt.config.regime) {
	case LM_EL2:
		__asm__ volatile("tlbi vale2is, xzr" ::: "memory");
		break;
	case LM_EL3:
		__asm__ volatile("tlbi vale3is, xzr" ::: "memory");
		break;
	default:
		__asm__ volatile("tlbi vale1is, xzr" ::: "memory");
	}
}

#endif
