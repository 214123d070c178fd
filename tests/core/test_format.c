// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Geometry against the tables of the Arm ARM, D8.2 and D8.3, worked out by hand. */
#include "support.h"

#include <inttypes.h>
#include <string.h>

/* What a level has to be; levels above the start are not listed. */
struct expected_level {
	int level;
	uint8_t shift;
	uint32_t entries;
	bool leaf;
	uint16_t run;
};

struct geometry_case {
	const char *name;
	uint8_t granule_shift, ia_bits, oa_bits;
	bool lpa2;
	int start_level;
	struct expected_level levels[5];
};

/*
 * A table of 4K has 2^9 entries, of 16K 2^11, of 64K 2^13. A level maps
 * shift(level + 1) + 9, 11 or 13 bits; the start level what is left of ia_bits.
 */
static const struct geometry_case geometry_cases[] = {
	{
		/* 48 = 12 + 9 + 9 + 9 + 9 */
		.name = "4k-48",
		.granule_shift = 12,
		.ia_bits = 48,
		.oa_bits = 48,
		.levels = { { 0, 39, 512, false, 1 },
			    { 1, 30, 512, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 47 = 12 + 9 + 9 + 9 + 8 */
		.name = "4k-47",
		.granule_shift = 12,
		.ia_bits = 47,
		.oa_bits = 44,
		.levels = { { 0, 39, 256, false, 1 },
			    { 1, 30, 512, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 42 = 12 + 9 + 9 + 9 + 3 */
		.name = "4k-42",
		.granule_shift = 12,
		.ia_bits = 42,
		.oa_bits = 40,
		.levels = { { 0, 39, 8, false, 1 },
			    { 1, 30, 512, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 39 = 12 + 9 + 9 + 9 */
		.name = "4k-39",
		.granule_shift = 12,
		.ia_bits = 39,
		.oa_bits = 48,
		.start_level = 1,
		.levels = { { 1, 30, 512, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 36 = 12 + 9 + 9 + 6: 64 entries at the start */
		.name = "4k-36",
		.granule_shift = 12,
		.ia_bits = 36,
		.oa_bits = 36,
		.start_level = 1,
		.levels = { { 1, 30, 64, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 31 = 12 + 9 + 9 + 1: 2 entries at the start, less than a run of 16 */
		.name = "4k-31",
		.granule_shift = 12,
		.ia_bits = 31,
		.oa_bits = 32,
		.start_level = 1,
		.levels = { { 1, 30, 2, true, 1 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 25 = 12 + 9 + 4: 16 entries at the start, just a run */
		.name = "4k-25",
		.granule_shift = 12,
		.ia_bits = 25,
		.oa_bits = 48,
		.start_level = 2,
		.levels = { { 2, 21, 16, true, 16 }, { 3, 12, 512, true, 16 } },
	},
	{
		/* 52 = 12 + 9 + 9 + 9 + 9 + 4: 16 entries on level -1; 512 GiB blocks */
		.name = "4k-52-lpa2",
		.granule_shift = 12,
		.ia_bits = 52,
		.oa_bits = 52,
		.lpa2 = true,
		.start_level = -1,
		.levels = { { -1, 48, 16, false, 1 },
			    { 0, 39, 512, true, 1 },
			    { 1, 30, 512, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 49 = 12 + 9 + 9 + 9 + 9 + 1: a root of 2 entries */
		.name = "4k-49-lpa2",
		.granule_shift = 12,
		.ia_bits = 49,
		.oa_bits = 52,
		.lpa2 = true,
		.start_level = -1,
		.levels = { { -1, 48, 2, false, 1 },
			    { 0, 39, 512, true, 1 },
			    { 1, 30, 512, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 48: no level -1; blocks of 512 GiB, whatever the size of what they lead to */
		.name = "4k-48-lpa2",
		.granule_shift = 12,
		.ia_bits = 48,
		.oa_bits = 48,
		.lpa2 = true,
		.levels = { { 0, 39, 512, true, 1 },
			    { 1, 30, 512, true, 16 },
			    { 2, 21, 512, true, 16 },
			    { 3, 12, 512, true, 16 } },
	},
	{
		/* 48 = 14 + 11 + 11 + 11 + 1 */
		.name = "16k-48",
		.granule_shift = 14,
		.ia_bits = 48,
		.oa_bits = 48,
		.levels = { { 0, 47, 2, false, 1 },
			    { 1, 36, 2048, false, 1 },
			    { 2, 25, 2048, true, 32 },
			    { 3, 14, 2048, true, 128 } },
	},
	{
		/* 47 = 14 + 11 + 11 + 11 */
		.name = "16k-47",
		.granule_shift = 14,
		.ia_bits = 47,
		.oa_bits = 48,
		.start_level = 1,
		.levels = { { 1, 36, 2048, false, 1 },
			    { 2, 25, 2048, true, 32 },
			    { 3, 14, 2048, true, 128 } },
	},
	{
		/* 39 = 14 + 11 + 11 + 3: a root of 8 entries */
		.name = "16k-39",
		.granule_shift = 14,
		.ia_bits = 39,
		.oa_bits = 40,
		.start_level = 1,
		.levels = { { 1, 36, 8, false, 1 },
			    { 2, 25, 2048, true, 32 },
			    { 3, 14, 2048, true, 128 } },
	},
	{
		/* 36 = 14 + 11 + 11 */
		.name = "16k-36",
		.granule_shift = 14,
		.ia_bits = 36,
		.oa_bits = 48,
		.start_level = 2,
		.levels = { { 2, 25, 2048, true, 32 }, { 3, 14, 2048, true, 128 } },
	},
	{
		/* 25 = 14 + 11: one table of pages */
		.name = "16k-25",
		.granule_shift = 14,
		.ia_bits = 25,
		.oa_bits = 48,
		.start_level = 3,
		.levels = { { 3, 14, 2048, true, 128 } },
	},
	{
		/* 52 = 14 + 11 + 11 + 11 + 5: 32 entries on level 0; 64 GiB blocks */
		.name = "16k-52-lpa2",
		.granule_shift = 14,
		.ia_bits = 52,
		.oa_bits = 52,
		.lpa2 = true,
		.levels = { { 0, 47, 32, false, 1 },
			    { 1, 36, 2048, true, 1 },
			    { 2, 25, 2048, true, 32 },
			    { 3, 14, 2048, true, 128 } },
	},
	{
		/* 48 = 16 + 13 + 13 + 6 */
		.name = "64k-48",
		.granule_shift = 16,
		.ia_bits = 48,
		.oa_bits = 48,
		.start_level = 1,
		.levels = { { 1, 42, 64, false, 1 },
			    { 2, 29, 8192, true, 32 },
			    { 3, 16, 8192, true, 32 } },
	},
	{
		/* 52 = 16 + 13 + 13 + 10: 1024 entries at the start; 4 TiB blocks */
		.name = "64k-52",
		.granule_shift = 16,
		.ia_bits = 52,
		.oa_bits = 52,
		.start_level = 1,
		.levels = { { 1, 42, 1024, true, 1 },
			    { 2, 29, 8192, true, 32 },
			    { 3, 16, 8192, true, 32 } },
	},
	{
		/* 52 bits of input, 48 of output: no 4 TiB blocks */
		.name = "64k-52-of-48",
		.granule_shift = 16,
		.ia_bits = 52,
		.oa_bits = 48,
		.start_level = 1,
		.levels = { { 1, 42, 1024, false, 1 },
			    { 2, 29, 8192, true, 32 },
			    { 3, 16, 8192, true, 32 } },
	},
	{
		/* 42 = 16 + 13 + 13 */
		.name = "64k-42",
		.granule_shift = 16,
		.ia_bits = 42,
		.oa_bits = 42,
		.start_level = 2,
		.levels = { { 2, 29, 8192, true, 32 }, { 3, 16, 8192, true, 32 } },
	},
	{
		/* 33 = 16 + 13 + 4: 16 entries at the start, less than a run of 32 */
		.name = "64k-33",
		.granule_shift = 16,
		.ia_bits = 33,
		.oa_bits = 48,
		.start_level = 2,
		.levels = { { 2, 29, 16, true, 1 }, { 3, 16, 8192, true, 32 } },
	},
	{
		/* 29 = 16 + 13: one table of pages */
		.name = "64k-29",
		.granule_shift = 16,
		.ia_bits = 29,
		.oa_bits = 52,
		.start_level = 3,
		.levels = { { 3, 16, 8192, true, 32 } },
	},
	{
		/* 25 = 16 + 9: one table of 512 entries */
		.name = "64k-25",
		.granule_shift = 16,
		.ia_bits = 25,
		.oa_bits = 48,
		.start_level = 3,
		.levels = { { 3, 16, 512, true, 32 } },
	},
};

static void geometry_is_that_of_the_architecture(void **state)
{
	const struct geometry_case *c = *state;
	struct lm_format_config config = {
		.granule_shift = c->granule_shift,
		.ia_bits = c->ia_bits,
		.oa_bits = c->oa_bits,
		.lpa2 = c->lpa2,
	};
	struct lm_format fmt;

	expect_ok(lm_format_init(&fmt, &config));
	assert_int_equal(fmt.start_level, c->start_level);
	assert_int_equal(lm_granule_size(&fmt), UINT64_C(1) << c->granule_shift);
	for (int i = 0; i <= 3 - c->start_level; i++) {
		const struct expected_level *e = &c->levels[i];
		const struct lm_level *seen = lm_level(&fmt, e->level);

		assert_int_equal(e->level, c->start_level + i);
		expect_count(seen->shift, e->shift, "shift of level %d", e->level);
		expect_count(lm_entry_size(&fmt, e->level), UINT64_C(1) << e->shift,
			     "bytes of an entry of level %d", e->level);
		expect_count(seen->entries, e->entries, "entries of level %d", e->level);
		expect_count(seen->leaf, e->leaf, "blocks on level %d", e->level);
		expect_count(seen->run, e->run, "run of level %d", e->level);
	}
}

struct refused_case {
	const char *name;
	struct lm_format_config config;
	const char *because;
};

#define BIT(n) (UINT64_C(1) << (n))

#define NO_GRANULE  "Granules are 4K, 16K and 64K."
#define NO_LPA2	    "LPA2 is for 4K and 16K granules; 64K has 52 bits without it."
#define IA_TOO_FEW  "Input addresses have at least 25 bits (TnSZ is 39 at most)."
#define IA_TOO_MANY "Input addresses have at most 52 bits."
#define IA_NO_LPA2  "Granules below 64K need LPA2 for more than 48 input bits."
#define NO_OA	    "Output addresses have 32, 36, 40, 42, 44, 48 or 52 bits."
#define OA_NO_LPA2  "Granules below 64K need LPA2 for 52 output bits."
#define NO_REGIME   "Regimes are EL1&0, EL2&0, EL2 and EL3."
#define NO_HALF	    "A range is the lower or the upper one."
#define ONE_RANGE   "EL2 and EL3 alone have one range, the lower one."
#define MARK_HAS    "The mark of present-invalid leaves has bits that are no attributes."
#define RESERVED    "The attributes of tables have bits that are reserved there."
#define TABLES	    "The attributes of tables have bits of type or address."

/* One thing is wrong with each. */
#define CONFIG(granule, ia, oa, ...)                                          \
	{                                                                     \
		.granule_shift = (granule), .ia_bits = (ia), .oa_bits = (oa), \
		__VA_ARGS__                                                   \
	}

static const struct refused_case refused[] = {
	{ "granule-0", CONFIG(0, 48, 48, .half = LM_UPPER), NO_GRANULE },
	{ "granule-8k", CONFIG(13, 48, 48, .half = LM_UPPER), NO_GRANULE },
	{ "granule-32k", CONFIG(15, 48, 48, .half = LM_UPPER), NO_GRANULE },
	{ "granule-255", CONFIG(255, 48, 48, .half = LM_UPPER), NO_GRANULE },
	{ "64k-lpa2", CONFIG(16, 48, 52, .lpa2 = true), NO_LPA2 },
	{ "ia-24", CONFIG(12, 24, 48, .half = LM_UPPER), IA_TOO_FEW },
	{ "ia-0", CONFIG(16, 0, 48, .half = LM_UPPER), IA_TOO_FEW },
	{ "ia-53-64k", CONFIG(16, 53, 52, .half = LM_UPPER), IA_TOO_MANY },
	{ "ia-53-lpa2", CONFIG(12, 53, 52, .lpa2 = true), IA_TOO_MANY },
	{ "ia-64", CONFIG(12, 64, 48, .half = LM_UPPER), IA_TOO_MANY },
	{ "ia-49-4k", CONFIG(12, 49, 48, .half = LM_UPPER), IA_NO_LPA2 },
	{ "ia-52-16k", CONFIG(14, 52, 48, .half = LM_UPPER), IA_NO_LPA2 },
	{ "oa-0", CONFIG(12, 48, 0, .half = LM_UPPER), NO_OA },
	{ "oa-31", CONFIG(12, 48, 31, .half = LM_UPPER), NO_OA },
	{ "oa-41", CONFIG(12, 48, 41, .half = LM_UPPER), NO_OA },
	{ "oa-50", CONFIG(16, 48, 50, .half = LM_UPPER), NO_OA },
	{ "oa-56", CONFIG(16, 48, 56, .half = LM_UPPER), NO_OA },
	{ "oa-52-4k", CONFIG(12, 48, 52, .half = LM_UPPER), OA_NO_LPA2 },
	{ "oa-52-16k", CONFIG(14, 48, 52, .half = LM_UPPER), OA_NO_LPA2 },
	{ "no-such-regime", CONFIG(12, 48, 48, .regime = LM_REGIMES), NO_REGIME },
	{ "no-such-half", CONFIG(12, 48, 48, .half = (enum lm_half)2), NO_HALF },
	{ "upper-half-of-el2", CONFIG(12, 48, 48, .regime = LM_EL2, .half = LM_UPPER),
	  ONE_RANGE },
	{ "upper-half-of-el3", CONFIG(16, 48, 48, .regime = LM_EL3, .half = LM_UPPER),
	  ONE_RANGE },
	{ "mark-says-valid", CONFIG(12, 48, 48, .present_invalid = BIT(0)), MARK_HAS },
	{ "mark-in-the-type", CONFIG(12, 48, 48, .present_invalid = BIT(1)), MARK_HAS },
	{ "mark-is-the-hint", CONFIG(12, 48, 48, .present_invalid = BIT(52)), MARK_HAS },
	{ "mark-in-the-address", CONFIG(12, 48, 48, .present_invalid = BIT(12)),
	  MARK_HAS },
	{ "mark-where-64k-has-address", CONFIG(16, 48, 52, .present_invalid = BIT(15)),
	  MARK_HAS },
	{ "mark-where-lpa2-has-address",
	  CONFIG(12, 48, 52, .lpa2 = true, .present_invalid = BIT(9)), MARK_HAS },
	{ "mark-is-ng-of-el2",
	  CONFIG(12, 48, 48, .regime = LM_EL2, .present_invalid = BIT(11)), MARK_HAS },
	{ "mark-is-pxn-of-el3",
	  CONFIG(12, 48, 48, .regime = LM_EL3, .present_invalid = BIT(53)), MARK_HAS },
	{ "table-attributes-in-the-type", CONFIG(12, 48, 48, .table_attrs = BIT(1)),
	  TABLES },
	{ "table-attributes-in-the-address", CONFIG(12, 48, 48, .table_attrs = BIT(47)),
	  TABLES },
	{ "table-attributes-where-lpa2-has-address",
	  CONFIG(14, 48, 52, .lpa2 = true, .table_attrs = BIT(8)), TABLES },
	{ "table-attributes-reserved", CONFIG(12, 48, 48, .table_attrs = BIT(50)),
	  RESERVED },
	{ "table-attributes-pxn-of-el2",
	  CONFIG(12, 48, 48, .regime = LM_EL2, .table_attrs = BIT(59)), RESERVED },
	{ "table-attributes-ap-0-of-el3",
	  CONFIG(12, 48, 48, .regime = LM_EL3, .table_attrs = BIT(61)), RESERVED },
};

static void a_refused_configuration_leaves_the_format_untouched(void **state)
{
	const struct refused_case *c = *state;
	struct lm_format fmt, before;

	memset(&fmt, 0xa5, sizeof(fmt));
	memcpy(&before, &fmt, sizeof(fmt));
	expect_error(lm_format_init(&fmt, &c->config), LM_EFORMAT);
	assert_memory_equal(&fmt, &before, sizeof(fmt));
}

static void a_refusal_says_why(void **state)
{
	const struct refused_case *c = *state;
	const char *refusal = lm_format_refusal(&c->config);

	assert_non_null(refusal);
	assert_string_equal(refusal, c->because);
}

struct accepted_case {
	const char *name;
	struct lm_format_config config;
};

/* Next to something refused. */
static const struct accepted_case accepted[] = {
	{ "64k-52", CONFIG(16, 52, 52, .half = LM_UPPER) },
	{ "4k-52-lpa2", CONFIG(12, 52, 52, .lpa2 = true) },
	{ "16k-52-lpa2", CONFIG(14, 52, 52, .lpa2 = true) },
	{ "4k-25", CONFIG(12, 25, 32, .half = LM_UPPER) },
	{ "oa-44-lpa2", CONFIG(12, 48, 44, .lpa2 = true) },
	{ "upper-half-of-el2-0",
	  CONFIG(12, 48, 48, .regime = LM_EL2_0, .half = LM_UPPER) },
	{ "lower-half-of-el2", CONFIG(12, 48, 48, .regime = LM_EL2, .half = LM_LOWER) },
	{ "lower-half-of-el3", CONFIG(16, 52, 52, .regime = LM_EL3, .half = LM_LOWER) },
	{ "mark-in-bit-9", CONFIG(12, 48, 48, .present_invalid = BIT(9)) },
	{ "mark-is-ng", CONFIG(12, 48, 48, .present_invalid = BIT(11)) },
	{ "mark-is-ng-of-el2-0",
	  CONFIG(12, 48, 48, .regime = LM_EL2_0, .present_invalid = BIT(11)) },
	{ "mark-is-pxn", CONFIG(12, 48, 48, .present_invalid = BIT(53)) },
	{ "table-attributes",
	  CONFIG(12, 48, 48, .table_attrs = BIT(59) | BIT(10) | BIT(8)) },
	{ "table-attributes-of-software", CONFIG(12, 48, 48, .table_attrs = BIT(51)) },
	{ "table-attributes-xn-of-el2",
	  CONFIG(12, 48, 48, .regime = LM_EL2, .table_attrs = BIT(60)) },
};

static void what_the_architecture_has_is_accepted(void **state)
{
	const struct accepted_case *c = *state;
	const char *refusal = lm_format_refusal(&c->config);
	struct lm_format fmt;

	if (refusal)
		fail_msg("expected no refusal, saw: %s", refusal);
	expect_ok(lm_format_init(&fmt, &c->config));
}

struct attrs_case {
	const char *name;
	struct lm_format_config config;
	uint64_t not_attrs;
};

/*
 * Address bits 49 to 12, contiguous, type: 0x0013fffffffff003. LPA2 has two more,
 * 9 and 8. EL2 and EL3 alone have no PXN, bit 53, and EL2 no nG, bit 11.
 */
static const struct attrs_case attrs_cases[] = {
	{ "el1-4k", CONFIG(12, 48, 48, .regime = LM_EL1_0),
	  UINT64_C(0x0013fffffffff003) },
	{ "el1-16k", CONFIG(14, 48, 48, .regime = LM_EL1_0),
	  UINT64_C(0x0013fffffffff003) },
	{ "el1-64k", CONFIG(16, 48, 52, .regime = LM_EL1_0),
	  UINT64_C(0x0013fffffffff003) },
	{ "el1-lpa2", CONFIG(12, 48, 52, .lpa2 = true), UINT64_C(0x0013fffffffff303) },
	{ "el2-0", CONFIG(12, 48, 48, .regime = LM_EL2_0), UINT64_C(0x0013fffffffff003) },
	{ "el2", CONFIG(12, 48, 48, .regime = LM_EL2), UINT64_C(0x0033fffffffff803) },
	{ "el3", CONFIG(12, 48, 48, .regime = LM_EL3), UINT64_C(0x0033fffffffff003) },
};

static void what_is_no_attribute_depends_on_layout_and_regime(void **state)
{
	const struct attrs_case *c = *state;
	struct lm_format fmt;

	expect_ok(lm_format_init(&fmt, &c->config));
	if (fmt.not_attrs != c->not_attrs)
		fail_msg("expected 0x%016" PRIx64 ", saw 0x%016" PRIx64, c->not_attrs,
			 fmt.not_attrs);
}

static void expect_levels_to_add_up(const struct lm_format_config *config)
{
	struct lm_format fmt;
	const struct lm_level *start;

	expect_ok(lm_format_init(&fmt, config));
	start = lm_level(&fmt, fmt.start_level);
	expect_count((uint64_t)start->entries << start->shift,
		     UINT64_C(1) << config->ia_bits,
		     "granule 2^%u, %u bits: bytes that the root maps",
		     config->granule_shift, config->ia_bits);
	/* A root with one entry would be a level too many. */
	assert_true(start->entries >= 2);
	assert_true(start->entries <= 1u << (config->granule_shift - 3));
	assert_true(fmt.start_level >= -1);
	expect_count(fmt.base, 0 - (UINT64_C(1) << config->ia_bits),
		     "granule 2^%u, %u bits: first address", config->granule_shift,
		     config->ia_bits);
}

static void every_input_size_has_levels_that_add_up_to_it(void **state)
{
	static const uint8_t granules[] = { 12, 14, 16 };

	(void)state;
	for (size_t g = 0; g < 3; g++) {
		for (uint8_t bits = 25; bits <= 52; bits++) {
			struct lm_format_config config = {
				.granule_shift = granules[g],
				.ia_bits = bits,
				.oa_bits = 48,
				.lpa2 = bits > 48 && granules[g] != 16,
				.half = LM_UPPER,
			};

			expect_levels_to_add_up(&config);
		}
	}
}

static void the_configuration_is_kept(void **state)
{
	struct lm_format_config config = {
		.granule_shift = 14,
		.ia_bits = 42,
		.oa_bits = 40,
		.lpa2 = true,
		.regime = LM_EL3,
		.half = LM_LOWER,
		.hw_updates = true,
		.present_invalid = BIT(55),
		.table_attrs = BIT(60),
	};
	struct lm_format fmt;

	(void)state;
	expect_ok(lm_format_init(&fmt, &config));
	assert_int_equal(fmt.config.granule_shift, 14);
	assert_int_equal(fmt.config.ia_bits, 42);
	assert_int_equal(fmt.config.oa_bits, 40);
	assert_true(fmt.config.lpa2);
	assert_int_equal(fmt.config.regime, LM_EL3);
	assert_int_equal(fmt.config.half, LM_LOWER);
	assert_true(fmt.config.hw_updates);
	assert_true(fmt.config.present_invalid == UINT64_C(0x0080000000000000));
	assert_true(fmt.config.table_attrs == UINT64_C(0x1000000000000000));
}

int test_main(void)
{
	struct test_list list = { 0 };

	for (size_t i = 0; i < sizeof(geometry_cases) / sizeof(geometry_cases[0]); i++)
		ADD_CASE(&list, geometry_is_that_of_the_architecture,
			 geometry_cases[i].name, &geometry_cases[i]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		ADD_CASE(&list, a_refused_configuration_leaves_the_format_untouched,
			 refused[i].name, &refused[i]);
		ADD_CASE(&list, a_refusal_says_why, refused[i].name, &refused[i]);
	}
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		ADD_CASE(&list, what_the_architecture_has_is_accepted, accepted[i].name,
			 &accepted[i]);
	for (size_t i = 0; i < sizeof(attrs_cases) / sizeof(attrs_cases[0]); i++)
		ADD_CASE(&list, what_is_no_attribute_depends_on_layout_and_regime,
			 attrs_cases[i].name, &attrs_cases[i]);
	ADD(&list, every_input_size_has_levels_that_add_up_to_it);
	ADD(&list, the_configuration_is_kept);
	return test_list_run(&list, "format");
}
