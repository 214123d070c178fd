// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bits of descriptors, from the Arm ARM (D8.3.1) and not from the core.
 */
#include "support.h"

#define BITS(high, low) ((UINT64_MAX >> (63 - (high))) & (UINT64_MAX << (low)))

/* Arm ARM D8.3.1: where descriptors have OA[51:48] (LPA) and OA[51:50] (LPA2). */
uint64_t machine_output(const struct machine *m, uint64_t desc)
{
	if (m->config.lpa2)
		return (desc & BITS(49, 12)) | (desc & BITS(9, 8)) << 42;
	if (m->config.granule_shift == 16)
		return (desc & BITS(47, 16)) | (desc & BITS(15, 12)) << 36;
	return desc & BITS(47, 12);
}

static uint64_t output_bits(const struct machine_config *config)
{
	return config->lpa2 ? BITS(49, 12) | BITS(9, 8) : BITS(47, 12);
}

static uint64_t put_output(const struct machine *m, uint64_t pa)
{
	if (m->config.lpa2)
		return (pa & BITS(49, 12)) | (pa & BITS(51, 50)) >> 42;
	if (m->config.granule_shift == 16)
		return (pa & BITS(47, 16)) | (pa & BITS(51, 48)) >> 36;
	return pa & BITS(47, 12);
}

uint64_t machine_attrs_mask(const struct machine_config *config)
{
	uint64_t mask = ATTRS_MASK & ~output_bits(config);

	/* Neither PXN nor, at EL2, nG. */
	if (config->regime == LM_EL2)
		mask &= ~(BITS(53, 53) | BITS(11, 11));
	if (config->regime == LM_EL3)
		mask &= ~BITS(53, 53);
	return mask;
}

uint64_t machine_plain_attrs(const struct machine_config *config)
{
	uint64_t attrs = PLAIN_ATTRS & machine_attrs_mask(config);

	return lm_regime_has_two_ranges(config->regime) ? attrs : attrs | LM_ATTR_EL0;
}

uint64_t machine_attrs(const struct machine *m, uint64_t desc)
{
	return desc & ATTRS_MASK & ~output_bits(&m->config);
}

uint64_t machine_leaf(const struct machine *m, uint64_t pa, uint64_t attrs, int level)
{
	return put_output(m, pa) | attrs | (level == 3 ? 3 : 1);
}

uint64_t machine_table(const struct machine *m, uint64_t pa)
{
	return put_output(m, pa) | 3;
}

uint64_t machine_not_output(const struct machine *m, uint64_t desc)
{
	return desc & ~output_bits(&m->config);
}
