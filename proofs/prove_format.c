// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The geometry of every possible translation: its levels add up to its input address, and
 * the Arm ARM says the same about each granule. An impossible one is refused, and nothing
 * is touched.
 */
#include "proofs/prove.h"
#include "src/format.c"

/* Whether the architecture has these input and output sizes (Arm ARM D8.1, D8.2). */
static bool arm_has_sizes(const struct lm_format_config *config)
{
	bool is_64k = config->granule_shift == 16;
	bool has_52 = is_64k || config->lpa2;
	uint8_t oa = config->oa_bits;

	if (config->granule_shift != 12 && config->granule_shift != 14 && !is_64k)
		return false;
	if (config->lpa2 && is_64k)
		return false;
	if (config->ia_bits < 25 || config->ia_bits > (has_52 ? 52 : 48))
		return false;
	return oa == 32 || oa == 36 || oa == 40 || oa == 42 || oa == 44 || oa == 48 ||
	       (oa == 52 && has_52);
}

static bool arm_has_half(const struct lm_format_config *config)
{
	switch (config->regime) {
	case LM_EL1_0:
	case LM_EL2_0:
		return config->half == LM_LOWER || config->half == LM_UPPER;
	case LM_EL2:
	case LM_EL3:
		return config->half == LM_LOWER;
	default:
		return false;
	}
}

/* The first level with blocks (Arm ARM D8.3.1). */
static int arm_first_block_level(const struct lm_format_config *config)
{
	if (config->granule_shift == 12)
		return config->lpa2 ? 0 : 1;
	if (config->granule_shift == 14)
		return config->lpa2 ? 1 : 2;
	return config->oa_bits == 52 ? 1 : 2;
}

/* The length of a contiguous run in a whole table (Arm ARM D8.7.1). */
static unsigned int arm_run(unsigned int granule_shift, int level)
{
	if (granule_shift == 12)
		return level >= 1 ? 16 : 1;
	if (granule_shift == 14)
		return level == 3 ? 128 : level == 2 ? 32 : 1;
	return level >= 2 ? 32 : 1;
}

static void prove_root(const struct lm_format *fmt)
{
	const struct lm_level *root = lm_level(fmt, fmt->start_level);
	uint64_t ia_size = UINT64_C(1) << fmt->config.ia_bits;
	unsigned int run = arm_run(fmt->config.granule_shift, fmt->start_level);

	expect("levels_add_up", (uint64_t)root->entries << root->shift == ia_size);
	expect("root_entries", root->entries >= 2);
	expect("root_entries",
	       root->entries <= UINT32_C(1) << (fmt->config.granule_shift - 3));
	expect("root_entries", implies(fmt->start_level == -1, root->entries <= 16));
	expect("run", root->run == (root->entries < run ? 1 : run));
	expect("base",
	       fmt->config.half == LM_UPPER ? fmt->base + ia_size == 0 : !fmt->base);
}

static void prove_level(const struct lm_format *fmt, int level)
{
	const struct lm_level *geometry = lm_level(fmt, level);
	unsigned int granule_shift = fmt->config.granule_shift;
	unsigned int index_bits = granule_shift - 3;

	if (level < LM_LAST_LEVEL)
		expect("shifts_descend",
		       geometry->shift == lm_level(fmt, level + 1)->shift + index_bits);
	else
		expect("shifts_descend", geometry->shift == granule_shift);
	expect("leaf", geometry->leaf == (level >= arm_first_block_level(&fmt->config)));
	expect("run", geometry->run >= 1 && geometry->entries % geometry->run == 0);
	expect("run", implies(geometry->run > 1, geometry->leaf));
	if (level > fmt->start_level) {
		expect("entries", geometry->entries == UINT32_C(1) << index_bits);
		expect("run", geometry->run == arm_run(granule_shift, level));
	}
}

static void prove_accepted(const struct lm_format *fmt)
{
	bool lpa2 = fmt->config.lpa2;
	unsigned int n = any_bit(0, 64);

	expect("start_level", fmt->start_level >= -1 && fmt->start_level <= 3);
	prove_root(fmt);
	for (int level = LM_FIRST_LEVEL; level <= LM_LAST_LEVEL; level++) {
		if (level >= fmt->start_level)
			prove_level(fmt, level);
	}
	expect("not_attrs",
	       implies(arm_is_oa_bit(n, fmt->config.granule_shift, lpa2) || n < 2,
		       bit(fmt->not_attrs, n)));
	expect("not_attrs", !(fmt->config.present_invalid & fmt->not_attrs));

	expect_possible("start level -1", fmt->start_level == -1);
	expect_possible("start level 0", fmt->start_level == 0);
	expect_possible("start level 1", fmt->start_level == 1);
	expect_possible("start level 2", fmt->start_level == 2);
	expect_possible("start level 3", fmt->start_level == 3);
	expect_possible("a root without a whole run",
			lm_level(fmt, fmt->start_level)->run <
				arm_run(fmt->config.granule_shift, fmt->start_level));
}

int main(void)
{
	struct lm_format_config config = any_config();
	struct lm_format before = nondet_format(), fmt = before;
	int err = lm_format_init(&fmt, &config);

	expect("refusal", err == (lm_format_refusal(&config) ? -LM_EFORMAT : 0));
	expect("refusal", implies(!err, arm_has_sizes(&config) && arm_has_half(&config)));
	expect("refusal", implies(arm_has_sizes(&config) && arm_has_half(&config) &&
					  !config.present_invalid && !config.table_attrs,
				  !err));
	if (err) {
		size_t byte = nondet_u32();

		assume(byte < sizeof(fmt));
		expect("untouched",
		       ((const char *)&fmt)[byte] == ((const char *)&before)[byte]);
		expect_possible("refused", true);
	} else {
		prove_accepted(&fmt);
	}
	return 0;
}
