// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ID registers, by field. The only file that knows their layout. */
#include "features.h"

#include "report.h"
#include "sysreg.h"

/* ID_AA64MMFR0_EL1 */
#define MMFR0_PARANGE 0
#define MMFR0_TGRAN16 20
#define MMFR0_TGRAN64 24
#define MMFR0_TGRAN4  28

/* ID_AA64MMFR2_EL1, by number: not every assembler knows its name. */
#define MMFR2	      s3_0_c0_c7_2
#define MMFR2_VARANGE 16
#define MMFR2_CNP     0

/* ID_AA64PFR1_EL1 */
#define PFR1_BT 0

/* read_sysreg() makes a string of its argument; this expands a name first. */
#define read_by_number(name) read_sysreg(name)

/* A bit for software: invalid entries that have it are present-invalid leaves. */
#define HELD_LEAF LM_BIT(55)

#define MIDR_MODEL 0xff0ffff0 /* all but variant and revision */

struct model {
	uint32_t midr;
	const char *name;
};

static const struct model known[] = {
	{ 0x000f0510, "QEMU max" },    { 0x410fd030, "Cortex-A53" },
	{ 0x410fd080, "Cortex-A72" },  { 0x410fd0b0, "Cortex-A76" },
	{ 0x410fd0c0, "Neoverse N1" },
};

/*
 * QEMU's emulated MMU reports level 2, keeps entries of different size apart and never
 * raises a TLB conflict abort: that is level 3.
 */
static const struct lm_cpu_model levels[] = {
	{ .midr = 0x000f0510, .midr_mask = MIDR_MODEL, .bbm_level = LM_BBM_LIVE },
};

const char *features_cpu_name(void)
{
	uint32_t midr = (uint32_t)read_sysreg(midr_el1) & MIDR_MODEL;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].midr == midr)
			return known[i].name;
	}
	return "unknown";
}

bool features_has_cnp(void)
{
	return id_field(read_by_number(MMFR2), MMFR2_CNP);
}

uint8_t features_bbm_level(void)
{
	return lm_cpu_bbm_level((uint32_t)read_sysreg(midr_el1), read_by_number(MMFR2),
				levels, sizeof(levels) / sizeof(levels[0]));
}

static bool has_granule(uint64_t mmfr0, uint8_t shift)
{
	switch (shift) {
	case 12:
		return id_signed_field(mmfr0, MMFR0_TGRAN4) >= 0;
	case 14:
		return id_field(mmfr0, MMFR0_TGRAN16) > 0;
	default:
		return id_signed_field(mmfr0, MMFR0_TGRAN64) >= 0;
	}
}

/* 52-bit addresses: FEAT_LPA2, or with 64K FEAT_LVA. */
static bool has_52_bits(uint64_t mmfr0, uint8_t shift)
{
	switch (shift) {
	case 12:
		return id_signed_field(mmfr0, MMFR0_TGRAN4) >= 1;
	case 14:
		return id_field(mmfr0, MMFR0_TGRAN16) >= 2;
	default:
		return id_field(read_by_number(MMFR2), MMFR2_VARANGE) >= 1;
	}
}

static uint8_t physical_bits(uint64_t mmfr0)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52 };
	unsigned int range = id_field(mmfr0, MMFR0_PARANGE);

	return range < sizeof(bits) ? bits[range] : bits[sizeof(bits) - 1];
}

static uint8_t smaller(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

struct lm_format_config features_choose(const struct options *options)
{
	uint64_t mmfr0 = read_sysreg(id_aa64mmfr0_el1);
	uint8_t bits = options->bits ? options->bits : 48;
	uint8_t shift = options->granule_shift;
	bool large = bits > 48;

	if (!has_granule(mmfr0, shift))
		refuse("granule=%uk: this CPU (%s) has no such granule; "
		       "ID_AA64MMFR0_EL1 is 0x%lx",
		       1u << (shift - 10), features_cpu_name(), mmfr0);
	if (bits < 36)
		refuse("bits=%u: too few for the memory map of this machine; want 36 to 52",
		       bits);
	if (large && !has_52_bits(mmfr0, shift))
		refuse("bits=%u: this CPU (%s) has 48 at most with a granule of %u KiB",
		       bits, features_cpu_name(), 1u << (shift - 10));
	if (options->bti && !id_field(read_sysreg(id_aa64pfr1_el1), PFR1_BT))
		refuse("bti: this CPU (%s) has no FEAT_BTI", features_cpu_name());
	return (struct lm_format_config){
		.granule_shift = shift,
		.ia_bits = bits,
		.oa_bits = smaller(physical_bits(mmfr0), large ? 52 : 48),
		.lpa2 = large && shift < 16,
		.half = LM_UPPER,
		.present_invalid = HELD_LEAF,
	};
}
