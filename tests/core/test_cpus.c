// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The list of CPUs that comes with the library, against what Linux 7.3 has in its own,
 * written down a second time: supports_bbml3_list and arm64_repeat_tlbi_list.
 */
#include <linmap/cpus.h>

#include <string.h>

#include "support.h"

/* MIDR_EL1 is implementer, variant, 0xf, part (three digits), revision. */
struct cpu {
	uint32_t midr;
	uint8_t level_of_2; /* what counts if the register says 2 */
	bool second_tlbi;
	const char *name;
};

static const struct cpu cpus[] = {
	/* The edges of each range of revisions that Linux has for level 3. */
	{ 0x410fd822, 2, true, "Cortex-X4" },
	{ 0x410fd823, 3, true, "Cortex-X4" },
	{ 0x411fd820, 2, true, "Cortex-X4" },
	{ 0x410fd841, 2, true, "Neoverse-V3" },
	{ 0x410fd842, 3, true, "Neoverse-V3" },
	{ 0x410fd831, 2, true, "Neoverse-V3AE" },
	{ 0x410fd832, 3, true, "Neoverse-V3AE" },
	/* Erratum 3683289 before r1p1: never live. */
	{ 0x410fd8c0, 0, true, "C1-Ultra" },
	{ 0x411fd8c0, 0, true, "C1-Ultra" },
	{ 0x411fd8c1, 3, true, "C1-Ultra" },
	{ 0x41ffd8cf, 3, true, "C1-Ultra" },
	{ 0x410fd900, 0, true, "C1-Premium" },
	{ 0x411fd900, 0, true, "C1-Premium" },
	{ 0x411fd901, 3, true, "C1-Premium" },
	/* In all revisions. */
	{ 0x410fd880, 3, false, "Cortex-A520AE" },
	{ 0x41ffd4df, 3, false, "Cortex-A715" },
	{ 0x411fd890, 3, false, "Cortex-A720AE" },
	{ 0x410fd871, 3, false, "Cortex-A725" },
	{ 0x410fd8e0, 3, false, "Neoverse-N3" },
	{ 0x410fd8a0, 3, false, "C1-Nano" },
	{ 0x410fd8b0, 3, false, "C1-Pro" },
	{ 0x4e0f0100, 3, true, "Olympus" },
	{ 0xc00fac30, 3, false, "AmpereOne" },
	{ 0xc00fac40, 3, false, "AmpereOne-A" },
	/* A second TLBI in all revisions. */
	{ 0x413fd0b0, 2, true, "Cortex-A76" },
	{ 0x414fd0b1, 2, true, "Cortex-A76" },
	{ 0x410fd0e0, 2, true, "Cortex-A76AE" },
	{ 0x410fd0d0, 2, true, "Cortex-A77" },
	{ 0x410fd410, 2, true, "Cortex-A78" },
	{ 0x410fd420, 2, true, "Cortex-A78AE" },
	{ 0x410fd4b0, 2, true, "Cortex-A78C" },
	{ 0x412fd470, 2, true, "Cortex-A710" },
	{ 0x410fd440, 2, true, "Cortex-X1" },
	{ 0x410fd4c0, 2, true, "Cortex-X1C" },
	{ 0x412fd480, 2, true, "Cortex-X2" },
	{ 0x411fd4e0, 2, true, "Cortex-X3" },
	{ 0x410fd851, 2, true, "Cortex-X925" },
	{ 0x413fd0c1, 2, true, "Neoverse-N1" },
	{ 0x410fd490, 2, true, "Neoverse-N2" },
	{ 0x411fd401, 2, true, "Neoverse-V1" },
	{ 0x410fd4f0, 2, true, "Neoverse-V2" },
	{ 0x6d0fd490, 2, true, "Azure-Cobalt-100" },
	{ 0x412fd050, 2, true, "Cortex-A55" },
	/* In some. */
	{ 0x411fd461, 2, true, "Cortex-A510" },
	{ 0x411fd462, 2, false, "Cortex-A510" },
	{ 0x510f2010, 2, true, "Kryo" },
	{ 0x512f2110, 2, true, "Kryo" },
	{ 0x510f8000, 2, true, "Falkor-v1" },
	{ 0x51cf804d, 2, false, "Kryo-4xx-Gold" },
	{ 0x51cf804e, 2, true, "Kryo-4xx-Gold" },
	{ 0x51ff804e, 2, true, "Kryo-4xx-Gold" },
	{ 0x51ff804f, 2, false, "Kryo-4xx-Gold" },
	/* In none. */
	{ 0x410fd034, 2, false, "Cortex-A53" },
	{ 0x410fd083, 2, false, "Cortex-A72" },
	{ 0x410fd801, 2, false, "Cortex-A520" },
	{ 0x410fd811, 2, false, "Cortex-A720" },
};

static void each_model_is_as_linux_knows_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		const struct cpu *cpu = &cpus[i];
		const struct lm_cpu_model *model =
			lm_cpu_model_find(cpu->midr, lm_cpu_models, lm_cpu_model_count);

		assert_non_null(model);
		assert_string_equal(model->name, cpu->name);
		expect_count(lm_cpu_bbm_level(cpu->midr, UINT64_C(2) << 52, lm_cpu_models,
					      lm_cpu_model_count),
			     cpu->level_of_2, "level of %s, 0x%08x", cpu->name,
			     cpu->midr);
		expect_count(lm_cpu_needs_second_tlbi(cpu->midr, lm_cpu_models,
						      lm_cpu_model_count),
			     cpu->second_tlbi, "second TLBI of %s, 0x%08x", cpu->name,
			     cpu->midr);
	}
}

static void what_is_not_listed_is_what_its_register_says(void **state)
{
	/* Some implementer's; Falkor's part at another revision; Arm's at 0xfff. */
	static const uint32_t others[] = { 0x000f0000, 0x512f8000, 0x410ffff0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_null(
			lm_cpu_model_find(others[i], lm_cpu_models, lm_cpu_model_count));
		for (uint8_t level = 0; level <= 3; level++)
			expect_count(lm_cpu_bbm_level(others[i], (uint64_t)level << 52,
						      lm_cpu_models, lm_cpu_model_count),
				     level, "level of 0x%08x", others[i]);
		assert_false(lm_cpu_needs_second_tlbi(others[i], lm_cpu_models,
						      lm_cpu_model_count));
	}
}

/* A register that says 3 is believed, but for an entry that says less. */
static void a_register_of_level_3_counts(void **state)
{
	(void)state;
	expect_count(lm_cpu_bbm_level(0x410fd822, UINT64_C(3) << 52, lm_cpu_models,
				      lm_cpu_model_count),
		     3, "Cortex-X4 r0p2");
	expect_count(lm_cpu_bbm_level(0x410fd8c0, UINT64_C(3) << 52, lm_cpu_models,
				      lm_cpu_model_count),
		     0, "C1-Ultra r0p0");
	expect_count(lm_cpu_bbm_level(0x411fd900, UINT64_C(3) << 52, lm_cpu_models,
				      lm_cpu_model_count),
		     0, "C1-Premium r1p0");
}

/* An entry that no revision of its model can reach would be a mistake in the order. */
static void every_entry_is_the_first_for_some_revision(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < lm_cpu_model_count; i++) {
		const struct lm_cpu_model *model = &lm_cpu_models[i];
		bool is_first = false;

		assert_in_range(strlen(model->name), 1, sizeof(model->name) - 1);
		for (uint32_t revision = 0; revision < 256; revision++)
			is_first |= lm_cpu_model_find(
					    model->midr | (revision >> 4) << 20 |
						    (revision & 0xf),
					    lm_cpu_models, lm_cpu_model_count) == model;
		if (!is_first)
			fail_msg("entry %u, %s, is never the first", i, model->name);
	}
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_model_is_as_linux_knows_it),
		cmocka_unit_test(what_is_not_listed_is_what_its_register_says),
		cmocka_unit_test(a_register_of_level_3_counts),
		cmocka_unit_test(every_entry_is_the_first_for_some_revision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
