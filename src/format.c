// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The geometry of VMSAv8-64 as data: which levels there are, what an entry maps
 * on each, where blocks exist, how long a contiguous run is. Nothing outside
 * this file asks for the granule to decide any of it.
 */
#include "core.h"

/*
 * Arm ARM D8.2 (levels), D8.3.1 (blocks), D8.7.1 (contiguous runs), for output
 * addresses of up to 48 bits.
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

static bool config_is_known(const struct lm_format_config *config)
{
	uint64_t not_attributes = LM_DESC_TYPE | LM_DESC_OA;

	return config->ia_bits >= 25 && config->ia_bits <= 48 && config->oa_bits >= 32 &&
	       config->oa_bits <= 48 &&
	       (config->half == LM_LOWER || config->half == LM_UPPER) &&
	       !(config->held_leaf & not_attributes) &&
	       !(config->table_attrs & not_attributes);
}

static int start_level(const struct granule *granule, uint8_t ia_bits)
{
	int index_bits = granule->shift - 3;
	int levels = (ia_bits - granule->shift + index_bits - 1) / index_bits;

	return LM_LAST_LEVEL - levels + 1;
}

static struct lm_level describe_level(const struct granule *granule, int level)
{
	int index_bits = granule->shift - 3;

	return (struct lm_level){
		.shift = (uint8_t)(granule->shift + (LM_LAST_LEVEL - level) * index_bits),
		.leaf = level >= granule->first_block_level,
		.run = granule->run[level - LM_FIRST_LEVEL],
		.entries = UINT32_C(1) << index_bits,
	};
}

int lm_format_init(struct lm_format *fmt, const struct lm_format_config *config)
{
	const struct granule *granule = find_granule(config->granule_shift);
	struct lm_level *start;

	if (!granule || !config_is_known(config))
		return -LM_EFORMAT;

	*fmt = (struct lm_format){
		.config = *config,
		.base = config->half == LM_UPPER ? -(UINT64_C(1) << config->ia_bits) : 0,
		.start_level = start_level(granule, config->ia_bits),
	};
	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++)
		fmt->levels[level - LM_FIRST_LEVEL] = describe_level(granule, level);

	/* The root has as many entries as the input size needs, and maybe no whole run. */
	start = &fmt->levels[fmt->start_level - LM_FIRST_LEVEL];
	start->entries = UINT32_C(1) << (config->ia_bits - start->shift);
	if (start->entries < start->run)
		start->run = 1;
	return 0;
}
