// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From registers and VMCOREINFO to the geometry of a translation. Sources: Arm ARM D19.2,
 * "TCR_EL1", "TCR_EL2", "TTBR1_EL1"; Linux arch/arm64/kernel/vmcore_info.c.
 */
#include "source/facts.h"

#include <inttypes.h>
#include <stdio.h>

#include "machine/geometry.h"
#include "source/vmcoreinfo.h"

const char *fact_label(enum fact_name name)
{
	static const char *const labels[FACTS] = {
		[FACT_ROOT] = "root",
		[FACT_GRANULE] = "granule",
		[FACT_VA_BITS] = "va_bits",
		[FACT_PA_BITS] = "pa_bits",
		[FACT_LPA2] = "lpa2",
		[FACT_REGIME] = "regime",
		[FACT_HALF] = "half",
		[FACT_HW_UPDATES] = "hw_updates",
		[FACT_INVALID_MARK] = "invalid_mark",
	};

	return labels[name];
}

const char *fact_origin_label(enum fact_origin origin)
{
	static const char *const labels[] = {
		[FACT_UNKNOWN] = "unknown",   [FACT_ASSUMED] = "assumed",
		[FACT_INFERRED] = "inferred", [FACT_READ] = "read",
		[FACT_GIVEN] = "given",
	};

	return labels[origin];
}

void facts_set(struct facts *facts, enum fact_name name, uint64_t value,
	       enum fact_origin origin, const char *how)
{
	if (facts->fact[name].origin < origin)
		facts->fact[name] = (struct fact){ value, origin, how };
}

int facts_set_granule(struct facts *facts, uint64_t size, const char *how)
{
	for (uint8_t shift = 12; shift <= 16; shift += 2) {
		if (size != UINT64_C(1) << shift)
			continue;
		facts_set(facts, FACT_GRANULE, shift, FACT_READ, how);
		return 0;
	}
	return -1;
}

/* ------------------------------------------------------------------ registers */

/* Where a TCR has its fields, by the kind of regime and the half. */
struct tcr_layout {
	uint8_t size_shift;    /* TnSZ */
	uint8_t granule_shift; /* TGn */
	uint8_t ps_shift;      /* (I)PS */
	uint8_t ha;
	uint8_t ds;
	uint8_t granules[4]; /* by the value of TGn; 0: reserved */
};

static const struct tcr_layout two_ranges[] = {
	[LM_LOWER] = { 0, 14, 32, 39, 59, { 12, 16, 14, 0 } },
	[LM_UPPER] = { 16, 30, 32, 39, 59, { 0, 14, 12, 16 } },
};

static const struct tcr_layout one_range = { 0, 14, 16, 21, 32, { 12, 16, 14, 0 } };

/* (I)PS. */
static const uint8_t output_sizes[8] = { 32, 36, 40, 42, 44, 48, 52, 0 };

int facts_set_tcr(struct facts *facts, uint64_t tcr, struct error *error)
{
	enum lm_regime regime = (enum lm_regime)facts->fact[FACT_REGIME].value;
	const struct tcr_layout *layout =
		lm_regime_has_two_ranges(regime) ?
			&two_ranges[facts->fact[FACT_HALF].value] :
			&one_range;
	uint8_t granule = layout->granules[tcr >> layout->granule_shift & 3];
	uint8_t pa_bits = output_sizes[tcr >> layout->ps_shift & 7];

	if (!granule)
		return error_set(error,
				 "--tcr 0x%" PRIx64 ": its TG field is reserved (is this "
				 "the TCR of %s?)",
				 tcr, regime_text(regime));
	if (!pa_bits)
		return error_set(error,
				 "--tcr 0x%" PRIx64 ": its PS field is reserved (is this "
				 "the TCR of %s?)",
				 tcr, regime_text(regime));
	facts_set(facts, FACT_GRANULE, granule, FACT_GIVEN, "--tcr");
	facts_set(facts, FACT_VA_BITS, 64 - (tcr >> layout->size_shift & 63), FACT_GIVEN,
		  "--tcr");
	facts_set(facts, FACT_PA_BITS, pa_bits, FACT_GIVEN, "--tcr");
	/* DS is for 4K and 16K granules, and ignored with 64K. */
	facts_set(facts, FACT_LPA2, granule != 16 && (tcr >> layout->ds & 1), FACT_GIVEN,
		  "--tcr");
	/* HA and HD are neighbours. */
	facts_set(facts, FACT_HW_UPDATES, (tcr >> layout->ha & 3) != 0, FACT_GIVEN,
		  "--tcr");
	return 0;
}

uint64_t facts_root_of_ttbr(uint64_t ttbr, uint64_t pa_bits)
{
	uint64_t low = ttbr & LM_BITS(47, 1);

	if (pa_bits <= 48)
		return low;
	return (low & ~LM_BITS(5, 0)) | (ttbr & LM_BITS(5, 2)) << 46;
}

/* ----------------------------------------------------------------- VMCOREINFO */

#define VMCOREINFO "VMCOREINFO"

static void set_va_bits(struct facts *facts, const char *info)
{
	uint64_t value;

	if (vmcoreinfo_number(info, "NUMBER(TCR_EL1_T1SZ)", 10, &value) && value < 64)
		facts_set(facts, FACT_VA_BITS, 64 - value, FACT_READ, VMCOREINFO);
	else if (vmcoreinfo_number(info, "NUMBER(VA_BITS)", 10, &value) && value < 64)
		facts_set(facts, FACT_VA_BITS, value, FACT_READ, VMCOREINFO);
}

/*
 * Linux since 6.11 marks invalid leaves that hold a mapping by the place of nG
 * (arch/arm64/include/asm/pgtable-prot.h, PTE_PRESENT_INVALID).
 */
static void set_invalid_mark(struct facts *facts, const char *info)
{
	char release[64];
	unsigned int major;
	unsigned int minor;

	if (!vmcoreinfo_text(info, "OSRELEASE", release, sizeof(release)) ||
	    sscanf(release, "%u.%u", &major, &minor) != 2)
		return;
	if (major > 6 || (major == 6 && minor >= 11))
		facts_set(facts, FACT_INVALID_MARK, LM_ATTR_NOT_GLOBAL, FACT_INFERRED,
			  "VMCOREINFO: Linux since 6.11");
	else
		facts_set(facts, FACT_INVALID_MARK, 0, FACT_INFERRED,
			  "VMCOREINFO: Linux before 6.11");
}

void facts_set_vmcoreinfo(struct facts *facts, const char *info)
{
	uint64_t swapper;
	uint64_t offset;
	uint64_t page;

	if (facts->fact[FACT_HALF].value != LM_UPPER)
		return;
	if (vmcoreinfo_number(info, "PAGESIZE", 10, &page))
		facts_set_granule(facts, page, VMCOREINFO);
	set_va_bits(facts, info);
	if (vmcoreinfo_number(info, "SYMBOL(swapper_pg_dir)", 16, &swapper) &&
	    vmcoreinfo_number(info, "NUMBER(kimage_voffset)", 10, &offset))
		facts_set(facts, FACT_ROOT, swapper - offset, FACT_READ, VMCOREINFO);
	/* With HCR_EL2.E2H the kernel runs at EL2&0, whose format is the same. */
	facts_set(facts, FACT_REGIME, LM_EL1_0, FACT_INFERRED, "VMCOREINFO: Linux");
	facts_set(facts, FACT_HALF, LM_UPPER, FACT_INFERRED, "VMCOREINFO: Linux");
	set_invalid_mark(facts, info);
}

/* ------------------------------------------------------------------ completing */

static int ask_for(const struct facts *facts, const char *path, struct error *error)
{
	bool is_upper = facts->fact[FACT_HALF].value == LM_UPPER;

	if (!facts_know(facts, FACT_ROOT))
		return error_set(
			error,
			"%s: does not say where its tables begin (give %s as the "
			"machine has it)",
			path, is_upper ? "--ttbr1" : "--ttbr0");
	if (!facts_know(facts, FACT_GRANULE))
		return error_set(
			error,
			"%s: does not say how large its pages are (give --tcr, or "
			"--granule)",
			path);
	if (!facts_know(facts, FACT_VA_BITS))
		return error_set(
			error,
			"%s: does not say how many bits its addresses have (give "
			"--tcr, or --va-bits)",
			path);
	return 0;
}

int facts_complete(struct facts *facts, uint64_t last_pa, const char *path,
		   struct error *error)
{
	const struct fact *fact = facts->fact;
	bool is_64k;
	bool needs_52;

	if (ask_for(facts, path, error))
		return -1;
	is_64k = fact[FACT_GRANULE].value == 16;
	/* Linux: 52-bit addresses of both kinds come together. */
	needs_52 = fact[FACT_VA_BITS].value > 48 || last_pa >> 48 ||
		   fact[FACT_ROOT].value >> 48 ||
		   (facts_know(facts, FACT_PA_BITS) && fact[FACT_PA_BITS].value > 48);
	facts_set(facts, FACT_LPA2, !is_64k && needs_52, FACT_INFERRED,
		  "the sizes of addresses");
	facts_set(facts, FACT_PA_BITS, needs_52 ? 52 : 48, FACT_ASSUMED,
		  "nothing tells (see --pa-bits, --tcr)");
	facts_set(facts, FACT_HW_UPDATES, true, FACT_ASSUMED,
		  "nothing tells (see --tcr)");
	facts_set(facts, FACT_INVALID_MARK, 0, FACT_ASSUMED,
		  "nothing tells whether an invalid entry holds a mapping");
	return 0;
}

int facts_format(const struct facts *facts, struct lm_format *fmt, const char *path,
		 struct error *error)
{
	const struct fact *fact = facts->fact;
	struct lm_format_config config = {
		.granule_shift = (uint8_t)fact[FACT_GRANULE].value,
		.ia_bits = (uint8_t)fact[FACT_VA_BITS].value,
		.oa_bits = (uint8_t)fact[FACT_PA_BITS].value,
		.lpa2 = fact[FACT_LPA2].value,
		.regime = (enum lm_regime)fact[FACT_REGIME].value,
		.half = (enum lm_half)fact[FACT_HALF].value,
		.hw_updates = fact[FACT_HW_UPDATES].value,
		.present_invalid = fact[FACT_INVALID_MARK].value,
	};
	const char *refusal = lm_format_refusal(&config);

	if (refusal)
		return error_set(error, "%s: %u-bit addresses with %s pages: %s", path,
				 config.ia_bits, granule_text(config.granule_shift),
				 refusal);
	lm_format_init(fmt, &config);
	return 0;
}
