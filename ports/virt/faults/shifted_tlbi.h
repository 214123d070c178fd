/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fault that a run must catch: the operand of a TLBI by address counts pages of the
 * granule and not of 4 KiB. With a granule of 4 KiB it is right.
 */
#define lm_arch_tlbi_va tlbi_va
#include "linmap_arch.h"
#undef lm_arch_tlbi_va

static inline void lm_arch_tlbi_va(const struct lm_map *map, lm_va_t va)
{
	va.v >>= map->fmt.config.granule_shift - 12;
	tlbi_va(map, va);
}
