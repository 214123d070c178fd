/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the proofs have in common: arbitrary values, assumptions and expectations, and the
 * Arm ARM's account of where an output address is, bit by bit, so that no proof relies on
 * desc.h for it. Read by CBMC only.
 */
#ifndef LINMAP_PROVE_H
#define LINMAP_PROVE_H

#include "src/core.h"

/* CBMC takes these as any value of their type. */
bool nondet_bool(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
struct lm_format nondet_format(void);
struct lm_format_config nondet_config(void);

#define assume(condition)	__CPROVER_assume(condition)
#define expect(name, condition) __CPROVER_assert(condition, name)

/*
 * A case that must exist: if nothing met the assumptions, everything would hold. cbmc.sh
 * wants the assertion to fail.
 */
#define expect_possible(name, condition) __CPROVER_assert(!(condition), "possible: " name)

/* Any one bit: what holds for it holds for all. */
static inline unsigned int any_bit(unsigned int from, unsigned int end)
{
	unsigned int n = nondet_u32();

	assume(n >= from && n < end);
	return n;
}

/*
 * CBMC compares an enum of type unsigned int as signed: this leaves out half of its
 * values, none of which has a name.
 */
static inline struct lm_format_config any_config(void)
{
	struct lm_format_config config = nondet_config();

	assume((int)config.regime >= 0 && (int)config.half >= 0);
	return config;
}

static inline bool bit(uint64_t word, unsigned int n)
{
	return word >> n & 1;
}

static inline bool implies(bool condition, bool consequence)
{
	return !condition || consequence;
}

/* Arm ARM D8.3: bits of an output address, and where each is in a descriptor. */
static inline unsigned int arm_oa_bits(unsigned int granule_shift, bool lpa2)
{
	return lpa2 || granule_shift == 16 ? 52 : 48;
}

static inline unsigned int arm_place_of_oa_bit(unsigned int n, unsigned int granule_shift,
					       bool lpa2)
{
	if (lpa2 && n >= 50)
		return n - 50 + 8;
	if (!lpa2 && n >= 48)
		return n - 48 + 12;
	return n;
}

/* Whether bit @n of a descriptor is one of an output address. */
static inline bool arm_is_oa_bit(unsigned int n, unsigned int granule_shift, bool lpa2)
{
	if (lpa2)
		return (n >= granule_shift && n < 50) || n == 8 || n == 9;
	if (granule_shift == 16)
		return n >= 12 && n < 48;
	return n >= granule_shift && n < 48;
}

#endif
