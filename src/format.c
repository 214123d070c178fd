// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The geometry of VMSAv8-64 as data: which levels there are, what an entry maps on each,
 * where blocks exist, how long a contiguous run is. Nothing outside this file looks at
 * the granule to decide any of this.
 */
#include "core.h"

/*
 * Arm ARM D8.2 (levels), D8.3.1 (blocks), D8.7.1 (contiguous runs). 52 bits of
 * output address bring blocks one level further up: 512 GiB, 64 GiB and 4 TiB,
 * which do not form runs.
 */
struct granule {
	uint8_t shift;
	int8_t first_block_level;
	uint16_t run[LM_LEVELS];
};

static const struct granule granules[] = {
	{ .shift = 12, .first_block_level = 1, .run = { 1, 1, 16, 16, 16 } },
	{ .shift = 14, .first_block_level = 2, .run = { 1, 1, 1, 32, 128 } },
	{ .shift = 16, .first_block_level = 2, .run = { 1, 1, 1, 32, 32 } },
};

static const struct granule *find_granule(uint8_t shift)
{
	for (size_t i = 0; i < sizeof(granules) / sizeof(granules[0]); i++) {
		if (granules[i].shift == shift)
			return &granules[i];
	}
	return NULL;
}

static bool is_output_size(uint8_t bits)
{
	return bits == 32 || bits == 36 || bits == 40 || bits == 42 || bits == 44 ||
	       bits == 48 || bits == 52;
}

/* Bits that cannot be an attribute of a leaf. */
static uint64_t not_attrs(const struct lm_format_config *config,
			  const struct lm_oa_layout *oa)
{
	uint64_t bits = LM_DESC_ADDRESS | lm_desc_not_attrs(oa);

	if (!lm_regime_has_two_ranges(config->regime))
		bits |= LM_ATTR_PXN;
	/* At EL3 the same bit may choose a physical address space (FEAT_RME's NSE). */
	if (config->regime == LM_EL2)
		bits |= LM_ATTR_NOT_GLOBAL;
	return bits;
}

static uint64_t reserved_in_tables(const struct lm_format_config *config,
				   const struct lm_oa_layout *oa)
{
	return lm_desc_table_reserved(oa, lm_regime_has_two_ranges(config->regime));
}

const char *lm_format_refusal(const struct lm_format_config *config)
{
	bool is_64k = config->granule_shift == 16;
	struct lm_oa_layout oa;

	if (!find_granule(config->granule_shift))
		return "Granules are 4K, 16K and 64K.";
	oa = lm_oa_layout(config->granule_shift, config->lpa2);
	if (config->lpa2 && is_64k)
		return "LPA2 is for 4K and 16K granules; 64K has 52 bits without it.";
	if (config->ia_bits < 25)
		return "Input addresses have at least 25 bits (TnSZ is 39 at most).";
	if (config->ia_bits > 52)
		return "Input addresses have at most 52 bits.";
	if (config->ia_bits > 48 && !is_64k && !config->lpa2)
		return "Granules below 64K need LPA2 for more than 48 input bits.";
	if (!is_output_size(config->oa_bits))
		return "Output addresses have 32, 36, 40, 42, 44, 48 or 52 bits.";
	if (config->oa_bits > 48 && !is_64k && !config->lpa2)
		return "Granules below 64K need LPA2 for 52 output bits.";
	if ((unsigned int)config->regime >= LM_REGIMES)
		return "Regimes are EL1&0, EL2&0, EL2 and EL3.";
	if (config->half != LM_LOWER && config->half != LM_UPPER)
		return "A range is the lower or the upper one.";
	if (config->half == LM_UPPER && !lm_regime_has_two_ranges(config->regime))
		return "EL2 and EL3 alone have one range, the lower one.";
	if (config->present_invalid & not_attrs(config, &oa))
		return "The mark of present-invalid leaves has bits that are no attributes.";
	if (config->table_attrs & (LM_DESC_ADDRESS | LM_DESC_TYPE | oa.moved))
		return "The attributes of tables have bits of type or address.";
	if (config->table_attrs & reserved_in_tables(config, &oa))
		return "The attributes of tables have bits that are reserved there.";
	return NULL;
}

/* Blocks one level further up need a descriptor that has room for 52 bits of address. */
static int first_block_level(const struct granule *granule,
			     const struct lm_format_config *config)
{
	if (config->lpa2 || config->oa_bits > 48)
		return granule->first_block_level - 1;
	return granule->first_block_level;
}

/* From the last level up, until all bits of the input are used. */
static void describe_levels(struct lm_format *fmt, const struct granule *granule)
{
	uint8_t index_bits = (uint8_t)(granule->shift - 3);
	uint8_t ia_bits = fmt->config.ia_bits;
	struct lm_level now = { .shift = granule->shift };
	int level = LM_LAST_LEVEL;

	for (;; level--) {
		now.leaf = level >= first_block_level(granule, &fmt->config);
		now.run = granule->run[level - LM_FIRST_LEVEL];
		now.entries = UINT32_C(1) << index_bits;
		if (now.shift + index_bits >= ia_bits)
			break;
		fmt->levels[level - LM_FIRST_LEVEL] = now;
		now.shift = (uint8_t)(now.shift + index_bits);
	}
	/*
	 * The root has as many entries as the input size needs, which may be less than a
	 * run.
	 */
	now.entries = UINT32_C(1) << (ia_bits - now.shift);
	if (now.entries < now.run)
		now.run = 1;
	fmt->levels[level - LM_FIRST_LEVEL] = now;
	fmt->start_level = level;
}

int lm_format_init(struct lm_format *fmt, const struct lm_format_config *config)
{
	if (lm_format_refusal(config))
		return -LM_EFORMAT;

	*fmt = (struct lm_format){
		.config = *config,
		.base = config->half == LM_UPPER ? -(UINT64_C(1) << config->ia_bits) : 0,
		.oa = lm_oa_layout(config->granule_shift, config->lpa2),
	};
	fmt->not_attrs = not_attrs(config, &fmt->oa);
	describe_levels(fmt, find_granule(config->granule_shift));
	return 0;
}
