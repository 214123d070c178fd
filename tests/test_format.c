// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Geometry against the tables of the Arm ARM, D8.2 and D8.3, worked out by hand. */
#include "support.h"

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
	uint8_t granule_shift, ia_bits;
	int start_level;
	struct expected_level levels[4];
};

/*
 * A table of 4K has 2^9 entries, of 16K 2^11, of 64K 2^13. A level maps
 * shift(level + 1) + 9, 11 or 13 bits; the start level what is left of ia_bits.
 */
static const struct geometry_case geometries[] = {
	{
		/* 48 = 12 + 9 + 9 + 9 + 9 */
		"4k-48",
		12,
		48,
		0,
		{ { 0, 39, 512, false, 1 },
		  { 1, 30, 512, true, 16 },
		  { 2, 21, 512, true, 16 },
		  { 3, 12, 512, true, 16 } },
	},
	{
		/* 39 = 12 + 9 + 9 + 9 */
		"4k-39",
		12,
		39,
		1,
		{ { 1, 30, 512, true, 16 },
		  { 2, 21, 512, true, 16 },
		  { 3, 12, 512, true, 16 } },
	},
	{
		/* 36 = 12 + 9 + 9 + 6: 64 entries at the start */
		"4k-36",
		12,
		36,
		1,
		{ { 1, 30, 64, true, 16 },
		  { 2, 21, 512, true, 16 },
		  { 3, 12, 512, true, 16 } },
	},
	{
		/* 31 = 12 + 9 + 9 + 1: 2 entries at the start, less than a run of 16 */
		"4k-31",
		12,
		31,
		1,
		{ { 1, 30, 2, true, 1 },
		  { 2, 21, 512, true, 16 },
		  { 3, 12, 512, true, 16 } },
	},
	{
		/* 25 = 12 + 9 + 4: 16 entries at the start, just a run */
		"4k-25",
		12,
		25,
		2,
		{ { 2, 21, 16, true, 16 }, { 3, 12, 512, true, 16 } },
	},
	{
		/* 48 = 14 + 11 + 11 + 11 + 1 */
		"16k-48",
		14,
		48,
		0,
		{ { 0, 47, 2, false, 1 },
		  { 1, 36, 2048, false, 1 },
		  { 2, 25, 2048, true, 32 },
		  { 3, 14, 2048, true, 128 } },
	},
	{
		/* 47 = 14 + 11 + 11 + 11 */
		"16k-47",
		14,
		47,
		1,
		{ { 1, 36, 2048, false, 1 },
		  { 2, 25, 2048, true, 32 },
		  { 3, 14, 2048, true, 128 } },
	},
	{
		/* 36 = 14 + 11 + 11 */
		"16k-36",
		14,
		36,
		2,
		{ { 2, 25, 2048, true, 32 }, { 3, 14, 2048, true, 128 } },
	},
	{
		/* 48 = 16 + 13 + 13 + 6 */
		"64k-48",
		16,
		48,
		1,
		{ { 1, 42, 64, false, 1 },
		  { 2, 29, 8192, true, 32 },
		  { 3, 16, 8192, true, 32 } },
	},
	{
		/* 42 = 16 + 13 + 13 */
		"64k-42",
		16,
		42,
		2,
		{ { 2, 29, 8192, true, 32 }, { 3, 16, 8192, true, 32 } },
	},
	{
		/* 33 = 16 + 13 + 4: 16 entries at the start, less than a run of 32 */
		"64k-33",
		16,
		33,
		2,
		{ { 2, 29, 16, true, 1 }, { 3, 16, 8192, true, 32 } },
	},
	{
		/* 25 = 16 + 9: one table of 512 entries */
		"64k-25",
		16,
		25,
		3,
		{ { 3, 16, 512, true, 32 } },
	},
};

static void geometry_is_that_of_the_architecture(void **state)
{
	const struct geometry_case *c = *state;
	struct lm_format_config config = {
		c->granule_shift, c->ia_bits, 48, LM_UPPER, false, 0, 0
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
};

#define BITS(n) (UINT64_C(1) << (n))

/* granule_shift, ia_bits, oa_bits, half, hw_updates, held_leaf, table_attrs */
static const struct refused_case refused[] = {
	{ "granule-0", { 0, 48, 48, LM_UPPER, false, 0, 0 } },
	{ "granule-8k", { 13, 48, 48, LM_UPPER, false, 0, 0 } },
	{ "granule-32k", { 15, 48, 48, LM_UPPER, false, 0, 0 } },
	{ "granule-in-bytes", { 255, 48, 48, LM_UPPER, false, 0, 0 } },
	{ "ia-24", { 12, 24, 48, LM_UPPER, false, 0, 0 } },
	{ "ia-0", { 16, 0, 48, LM_UPPER, false, 0, 0 } },
	{ "ia-49", { 12, 49, 48, LM_UPPER, false, 0, 0 } },
	{ "ia-52", { 16, 52, 48, LM_UPPER, false, 0, 0 } },
	{ "ia-64", { 12, 64, 48, LM_UPPER, false, 0, 0 } },
	{ "oa-31", { 12, 48, 31, LM_UPPER, false, 0, 0 } },
	{ "oa-52", { 16, 48, 52, LM_UPPER, false, 0, 0 } },
	{ "no-such-half", { 12, 48, 48, (enum lm_half)2, false, 0, 0 } },
	{ "held-mark-says-valid", { 12, 48, 48, LM_UPPER, false, BITS(0), 0 } },
	{ "held-mark-in-the-type", { 12, 48, 48, LM_UPPER, false, BITS(1), 0 } },
	{ "held-mark-in-the-address", { 12, 48, 48, LM_UPPER, false, BITS(12), 0 } },
	{ "table-attributes-in-the-type", { 12, 48, 48, LM_UPPER, false, 0, BITS(1) } },
	{ "table-attributes-in-the-address",
	  { 12, 48, 48, LM_UPPER, false, 0, BITS(47) } },
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

static void every_input_size_has_levels_that_add_up_to_it(void **state)
{
	static const uint8_t granules[] = { 12, 14, 16 };

	(void)state;
	for (size_t g = 0; g < 3; g++) {
		for (uint8_t bits = 25; bits <= 48; bits++) {
			struct lm_format_config config = {
				granules[g], bits, 48, LM_LOWER, false, 0, 0
			};
			struct lm_format fmt;
			const struct lm_level *start;

			expect_ok(lm_format_init(&fmt, &config));
			start = lm_level(&fmt, fmt.start_level);
			expect_count((uint64_t)start->entries << start->shift,
				     UINT64_C(1) << bits,
				     "granule 2^%u, %u bits: bytes that the root maps",
				     granules[g], bits);
			/* A root with one entry would be a level too many. */
			assert_true(start->entries >= 2);
			assert_true(start->entries <= 1u << (granules[g] - 3));
		}
	}
}

static void the_configuration_is_kept(void **state)
{
	struct lm_format_config config = {
		16, 42, 40, LM_LOWER, true, BITS(11), BITS(59)
	};
	struct lm_format fmt;

	(void)state;
	expect_ok(lm_format_init(&fmt, &config));
	assert_int_equal(fmt.config.granule_shift, 16);
	assert_int_equal(fmt.config.ia_bits, 42);
	assert_int_equal(fmt.config.oa_bits, 40);
	assert_int_equal(fmt.config.half, LM_LOWER);
	assert_true(fmt.config.hw_updates);
	assert_true(fmt.config.held_leaf == UINT64_C(0x800));
	assert_true(fmt.config.table_attrs == UINT64_C(0x0800000000000000));
}

int main(void)
{
	struct test_list list = { 0 };

	for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++)
		ADD_CASE(&list, geometry_is_that_of_the_architecture, geometries[i].name,
			 &geometries[i]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ADD_CASE(&list, a_refused_configuration_leaves_the_format_untouched,
			 refused[i].name, &refused[i]);
	ADD(&list, every_input_size_has_levels_that_add_up_to_it);
	ADD(&list, the_configuration_is_kept);
	return test_list_run(&list, "format");
}
