/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The geometry of one translation, as data: granule, sizes of input and output
 * addresses, levels, what each level can map, and how long its contiguous runs are.
 * linmap.h includes it.
 */
#ifndef LINMAP_FORMAT_H
#define LINMAP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linmap/desc.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LM_FIRST_LEVEL (-1)
#define LM_LEVELS      (LM_LAST_LEVEL - LM_FIRST_LEVEL + 1)

/* Whose translation it is: the stage 1 regimes of Arm ARM D8.1. */
enum lm_regime {
	LM_EL1_0, /* EL1 and EL0: two ranges */
	LM_EL2_0, /* EL2 and EL0, with HCR_EL2.E2H and TGE set: two ranges */
	LM_EL2,	  /* EL2 alone: one range, XN instead of PXN and UXN, no EL0, no nG */
	LM_EL3,	  /* the same for EL3 */
	LM_REGIMES
};

static inline bool lm_regime_has_two_ranges(enum lm_regime regime)
{
	return regime == LM_EL1_0 || regime == LM_EL2_0;
}

/* Which of the two ranges of a regime a map translates. */
enum lm_half {
	LM_LOWER, /* TTBR0: input addresses count from 0; the only one at EL2 and EL3 */
	LM_UPPER, /* TTBR1: input addresses end at 2^64 */
};

/**
 * struct lm_format_config - what decides the shape of the tables
 * @granule_shift: log2 of the page size in bytes; 12, 14 or 16
 * @ia_bits: size of the input range, 64 - TCR_ELx.TnSZ; 25 to 48, with 64K granules
 *	(FEAT_LVA) or @lpa2 to 52
 * @oa_bits: size of physical addresses as TCR_ELx.(I)PS has it: 32, 36, 40, 42, 44 or
 *	48; 52 with 64K granules (FEAT_LPA) or @lpa2
 * @lpa2: TCR_ELx.DS, with 4K and 16K granules (FEAT_LPA2): descriptors have
 *	room for 52 bits of output address and none for shareability
 * @regime: whose translation
 * @half: TTBR0 or TTBR1
 * @hw_updates: TCR_ELx.HA or HD is on, so that hardware writes AF and dirty state
 * @present_invalid: bits that mark an *invalid* descriptor as one that still holds a
 *	mapping; 0 if there are none. Linux: PTE_PRESENT_INVALID
 * @table_attrs: hierarchical and software bits of every new table descriptor, less
 *	those that would take a permission away from what is below it. Linux:
 *	PXNTable or UXNTable and AF
 */
struct lm_format_config {
	uint8_t granule_shift;
	uint8_t ia_bits;
	uint8_t oa_bits;
	bool lpa2;
	enum lm_regime regime;
	enum lm_half half;
	bool hw_updates;
	uint64_t present_invalid;
	uint64_t table_attrs;
};

/**
 * struct lm_level - the geometry of one level
 * @shift: log2 of the bytes that one entry maps
 * @entries: entries of a table on this level (fewer at the start level)
 * @run: entries of a contiguous run; 1 if the level has none
 * @leaf: whether an entry can be a block or a page
 */
struct lm_level {
	uint8_t shift;
	bool leaf;
	uint16_t run;
	uint32_t entries;
};

/**
 * struct lm_format - the geometry of one translation, as data
 * @config: what lm_format_init() was asked for
 * @base: first input address
 * @start_level: the root's, -1 to 3
 * @oa: where descriptors have their output address
 * @not_attrs: bits that no leaf's attributes can have: they are something else, or
 *	reserved in this regime
 * @levels: from LM_FIRST_LEVEL; above the start level unused
 */
struct lm_format {
	struct lm_format_config config;
	uint64_t base;
	int start_level;
	struct lm_oa_layout oa;
	uint64_t not_attrs;
	struct lm_level levels[LM_LEVELS];
};

/**
 * lm_format_init() - compute the geometry of a translation
 * @fmt: filled in
 * @config: what is wanted
 *
 * Context: any.
 * Return: 0; -LM_EFORMAT if there is no such translation or linmap does not
 * know it (lm_format_refusal() says why), and @fmt is untouched.
 */
int lm_format_init(struct lm_format *fmt, const struct lm_format_config *config);

/**
 * lm_format_refusal() - why there is no such translation
 * @config: what is wanted
 *
 * Context: any.
 * Return: one sentence that names the combination and why it is none; NULL if
 * there is nothing wrong with it.
 */
const char *lm_format_refusal(const struct lm_format_config *config);

/* The geometry of @level, from fmt->start_level to LM_LAST_LEVEL. */
static inline const struct lm_level *lm_level(const struct lm_format *fmt, int level)
{
	return &fmt->levels[level - LM_FIRST_LEVEL];
}

/* Bytes of one table, and of one page. */
static inline size_t lm_granule_size(const struct lm_format *fmt)
{
	return (size_t)1 << fmt->config.granule_shift;
}

/* Bytes that one entry on @level maps. */
static inline uint64_t lm_entry_size(const struct lm_format *fmt, int level)
{
	return UINT64_C(1) << lm_level(fmt, level)->shift;
}

/* A range of input addresses. */
struct lm_range {
	lm_va_t start;
	uint64_t size; /* bytes, a multiple of the granule */
};

/* A leaf is a block or page descriptor, or a contiguous run of them. */
enum lm_leaf_kind { LM_SINGLE, LM_RUN, LM_LEAF_KINDS };

#ifdef __cplusplus
}
#endif

#endif
