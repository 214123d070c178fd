/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a CPU's MIDR_EL1 says of it that its ID registers do not: the BBM level it
 * really has, and whether it completes a broadcast TLBI late. A list of models as
 * constants, and three questions to it. Needs nothing else of the library, and is
 * linked only if one of them is asked.
 *
 *	for (i = 0; i < cpus.count; i++) {
 *		cpu[i].bbm_level = lm_cpu_bbm_level(midr[i], mmfr2[i], lm_cpu_models,
 *						    lm_cpu_model_count);
 *		twice |= lm_cpu_needs_second_tlbi(midr[i], lm_cpu_models,
 *						  lm_cpu_model_count);
 *	}
 */
#ifndef LINMAP_CPUS_H
#define LINMAP_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* MIDR_EL1 of a model, revision r0p0; and the bits that are the same in all revisions. */
#define LM_MIDR(implementer, part) \
	((uint32_t)(implementer) << 24 | UINT32_C(0xf) << 16 | (uint32_t)(part) << 4)
#define LM_MIDR_MODEL UINT32_C(0xff0ffff0)

/* A revision as lists have it: r1p2 is LM_CPU_REVISION(1, 2), 0x12. */
#define LM_CPU_REVISION(variant, revision) ((uint8_t)((variant) << 4 | (revision)))

#define LM_BBM_LIVE	   3	/* the level from which leaf sizes may change live */
#define LM_BBM_AS_REGISTER 0xff /* what ID_AA64MMFR2_EL1.BBM says */

/*
 * Errata that decide how a live map may be changed. Arm's own numbers, which Linux has in
 * the names of its options; QCOM_1009 is Qualcomm's.
 */
enum lm_cpu_erratum {
	LM_ERRATUM_QCOM_1009 = 1 << 0,
	LM_ERRATUM_1286807 = 1 << 1,
	LM_ERRATUM_2441007 = 1 << 2,
	LM_ERRATUM_2441009 = 1 << 3,
	LM_ERRATUM_4118414 = 1 << 4, /* CVE-2025-10263 */
	LM_ERRATUM_3683289 = 1 << 5, /* changing leaf sizes live can hang the CPU */

	/*
	 * A broadcast TLBI and its DSB remove the entries, but accesses that were
	 * already translated may not be complete: that takes a second TLBI, of anything,
	 * and a second DSB, once after any number of TLBIs. Without it, memory must not
	 * be reused, and a permission that was taken away is still there for a moment.
	 * A TLBI of the CPU's own (vmalle1) is not concerned.
	 */
	LM_ERRATA_SECOND_TLBI = LM_ERRATUM_QCOM_1009 | LM_ERRATUM_1286807 |
				LM_ERRATUM_2441007 | LM_ERRATUM_2441009 |
				LM_ERRATUM_4118414,
};

/**
 * struct lm_cpu_model - CPUs that are more, or less, than their ID registers say
 * @midr, @midr_mask: which: MIDR_EL1 under the mask
 * @bbm_level: their level: lower for an erratum, higher for CPUs that are known to raise
 *	no TLB conflict abort although they report level 2; or LM_BBM_AS_REGISTER
 * @first_revision: the first that is meant, as LM_CPU_REVISION(); 0 is r0p0
 * @end_revision: the first after it that is not meant; 0 if there is none
 * @errata: of enum lm_cpu_erratum
 * @name: for people
 *
 * A mask alone cannot say "from r0p3 on". All that is left 0 means all revisions, level
 * 0 and no errata.
 */
struct lm_cpu_model {
	uint32_t midr;
	uint32_t midr_mask;
	uint8_t bbm_level;
	uint8_t first_revision;
	uint8_t end_revision;
	uint8_t errata;
	char name[20];
};

/*
 * The CPUs that are known: those of which Linux 7.3 knows that they are level 3 although
 * ID_AA64MMFR2_EL1.BBM reads less (arch/arm64/kernel/cpufeature.c), those which need a
 * second TLBI (arch/arm64/kernel/cpu_errata.c), and the common ones that are neither. No
 * revision is listed as two models. Of a model with several entries the first has the
 * newest revisions. A model with LM_BBM_AS_REGISTER is older than the architecture's
 * level 3 (2025): its register reads 2 or less.
 */
extern const struct lm_cpu_model lm_cpu_models[];
extern const unsigned int lm_cpu_model_count;

/**
 * lm_cpu_model_find() - the first of @count @models that a CPU is
 * @midr: its MIDR_EL1
 *
 * Context: any.
 * Return: the model, or NULL if it is none of them.
 */
const struct lm_cpu_model *
lm_cpu_model_find(uint32_t midr, const struct lm_cpu_model *models, unsigned int count);

/**
 * lm_cpu_bbm_level() - how well a CPU takes live changes of leaf size
 * @midr: its MIDR_EL1
 * @mmfr2: its ID_AA64MMFR2_EL1
 * @models: exceptions to what the register says, such as lm_cpu_models; the first match
 *	counts
 * @count: how many
 *
 * Linux calls level 3 BBML3, before 7.3 BBML2_NOABORT: sizes may change while
 * the CPU walks, and it raises no TLB conflict abort.
 *
 * Context: any.
 * Return: 0 to 3.
 */
uint8_t lm_cpu_bbm_level(uint32_t midr, uint64_t mmfr2, const struct lm_cpu_model *models,
			 unsigned int count);

/**
 * lm_cpu_needs_second_tlbi() - whether a CPU completes a broadcast TLBI late
 * @midr, @models, @count: as above
 *
 * See LM_ERRATA_SECOND_TLBI. If one CPU that can walk the map needs it, every broadcast
 * TLBI for the map needs it, on whichever CPU it is executed.
 *
 * Context: any.
 * Return: whether a listed erratum of the CPU asks for a second TLBI.
 */
bool lm_cpu_needs_second_tlbi(uint32_t midr, const struct lm_cpu_model *models,
			      unsigned int count);

#ifdef __cplusplus
}
#endif

#endif
