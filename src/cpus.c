// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Models of CPUs as constants, and how to look one up. Independent of the rest of the
 * core, so that an embedder who does not use it does not link it.
 */
#include <linmap/cpus.h>

enum {
	ARM = 0x41,
	CAVIUM = 0x43,
	FUJITSU = 0x46,
	HISILICON = 0x48,
	NVIDIA = 0x4e,
	QUALCOMM = 0x51,
	APPLE = 0x61,
	MICROSOFT = 0x6d,
	AMPERE = 0xc0,
};

#define R(variant, revision) LM_CPU_REVISION(variant, revision)

#define REVISIONS(implementer, part, first, end, level, flaws, text)                    \
	{                                                                               \
		.midr = LM_MIDR(implementer, part), .midr_mask = LM_MIDR_MODEL,         \
		.bbm_level = (level), .first_revision = (first), .end_revision = (end), \
		.errata = (flaws),                                                      \
		.name = text /* NOLINT(bugprone-macro-parentheses): a string */         \
	}

#define MODEL(implementer, part, level, flaws, text) \
	REVISIONS(implementer, part, 0, 0, level, flaws, text)

#define REGISTER LM_BBM_AS_REGISTER
#define LIVE	 LM_BBM_LIVE
#define NOT_LIVE 0 /* whatever the register says */
#define LATE	 LM_ERRATUM_4118414

/* Which kind of Kryo is in the lowest eight bits of the part: Linux' is_kryo_midr(). */
#define ANY_KRYO (LM_MIDR_MODEL & ~(UINT32_C(0xff) << 4))

const struct lm_cpu_model lm_cpu_models[] = {
	MODEL(ARM, 0xd03, REGISTER, 0, "Cortex-A53"),
	MODEL(ARM, 0xd04, REGISTER, 0, "Cortex-A35"),
	MODEL(ARM, 0xd05, REGISTER, LM_ERRATUM_2441007, "Cortex-A55"),
	MODEL(ARM, 0xd07, REGISTER, 0, "Cortex-A57"),
	MODEL(ARM, 0xd08, REGISTER, 0, "Cortex-A72"),
	MODEL(ARM, 0xd09, REGISTER, 0, "Cortex-A73"),
	MODEL(ARM, 0xd0a, REGISTER, 0, "Cortex-A75"),
	REVISIONS(ARM, 0xd0b, R(3, 1), 0, REGISTER, LATE, "Cortex-A76"),
	REVISIONS(ARM, 0xd0b, 0, R(3, 1), REGISTER, LATE | LM_ERRATUM_1286807,
		  "Cortex-A76"),
	MODEL(ARM, 0xd0c, REGISTER, LATE, "Neoverse-N1"),
	MODEL(ARM, 0xd0d, REGISTER, LATE, "Cortex-A77"),
	MODEL(ARM, 0xd0e, REGISTER, LATE, "Cortex-A76AE"),
	MODEL(ARM, 0xd40, REGISTER, LATE, "Neoverse-V1"),
	MODEL(ARM, 0xd41, REGISTER, LATE, "Cortex-A78"),
	MODEL(ARM, 0xd42, REGISTER, LATE, "Cortex-A78AE"),
	MODEL(ARM, 0xd44, REGISTER, LATE, "Cortex-X1"),
	REVISIONS(ARM, 0xd46, R(1, 2), 0, REGISTER, 0, "Cortex-A510"),
	REVISIONS(ARM, 0xd46, 0, R(1, 2), REGISTER, LM_ERRATUM_2441009, "Cortex-A510"),
	MODEL(ARM, 0xd47, REGISTER, LATE, "Cortex-A710"),
	MODEL(ARM, 0xd48, REGISTER, LATE, "Cortex-X2"),
	MODEL(ARM, 0xd49, REGISTER, LATE, "Neoverse-N2"),
	MODEL(ARM, 0xd4b, REGISTER, LATE, "Cortex-A78C"),
	MODEL(ARM, 0xd4c, REGISTER, LATE, "Cortex-X1C"),
	MODEL(ARM, 0xd4d, LIVE, 0, "Cortex-A715"),
	MODEL(ARM, 0xd4e, REGISTER, LATE, "Cortex-X3"),
	MODEL(ARM, 0xd4f, REGISTER, LATE, "Neoverse-V2"),
	MODEL(ARM, 0xd80, REGISTER, 0, "Cortex-A520"),
	MODEL(ARM, 0xd81, REGISTER, 0, "Cortex-A720"),
	/* Linux names no erratum of earlier revisions: there the register counts. */
	REVISIONS(ARM, 0xd82, R(0, 3), R(1, 0), LIVE, LATE, "Cortex-X4"),
	MODEL(ARM, 0xd82, REGISTER, LATE, "Cortex-X4"),
	REVISIONS(ARM, 0xd83, R(0, 2), R(1, 0), LIVE, LATE, "Neoverse-V3AE"),
	MODEL(ARM, 0xd83, REGISTER, LATE, "Neoverse-V3AE"),
	REVISIONS(ARM, 0xd84, R(0, 2), R(1, 0), LIVE, LATE, "Neoverse-V3"),
	MODEL(ARM, 0xd84, REGISTER, LATE, "Neoverse-V3"),
	MODEL(ARM, 0xd85, REGISTER, LATE, "Cortex-X925"),
	MODEL(ARM, 0xd87, LIVE, 0, "Cortex-A725"),
	MODEL(ARM, 0xd88, LIVE, 0, "Cortex-A520AE"),
	MODEL(ARM, 0xd89, LIVE, 0, "Cortex-A720AE"),
	MODEL(ARM, 0xd8a, LIVE, 0, "C1-Nano"),
	MODEL(ARM, 0xd8b, LIVE, 0, "C1-Pro"),
	REVISIONS(ARM, 0xd8c, R(1, 1), 0, LIVE, LATE, "C1-Ultra"),
	REVISIONS(ARM, 0xd8c, 0, R(1, 1), NOT_LIVE, LATE | LM_ERRATUM_3683289,
		  "C1-Ultra"),
	MODEL(ARM, 0xd8e, LIVE, 0, "Neoverse-N3"),
	REVISIONS(ARM, 0xd90, R(1, 1), 0, LIVE, LATE, "C1-Premium"),
	REVISIONS(ARM, 0xd90, 0, R(1, 1), NOT_LIVE, LATE | LM_ERRATUM_3683289,
		  "C1-Premium"),
	MODEL(CAVIUM, 0x0af, REGISTER, 0, "ThunderX2"),
	MODEL(FUJITSU, 0x001, REGISTER, 0, "A64FX"),
	MODEL(HISILICON, 0xd01, REGISTER, 0, "Kunpeng-920"),
	MODEL(NVIDIA, 0x004, REGISTER, 0, "Carmel"),
	MODEL(NVIDIA, 0x010, LIVE, LATE, "Olympus"),
	MODEL(QUALCOMM, 0x001, REGISTER, 0, "Oryon"),
	{
		.midr = LM_MIDR(QUALCOMM, 0x200),
		.midr_mask = ANY_KRYO,
		.bbm_level = REGISTER,
		.errata = LM_ERRATUM_QCOM_1009,
		.name = "Kryo",
	},
	REVISIONS(QUALCOMM, 0x800, 0, R(0, 1), REGISTER, LM_ERRATUM_QCOM_1009,
		  "Falkor-v1"),
	REVISIONS(QUALCOMM, 0x804, R(0xc, 0xe), R(0xf, 0xf), REGISTER, LM_ERRATUM_1286807,
		  "Kryo-4xx-Gold"),
	MODEL(QUALCOMM, 0x804, REGISTER, 0, "Kryo-4xx-Gold"),
	MODEL(QUALCOMM, 0x805, REGISTER, 0, "Kryo-4xx-Silver"),
	MODEL(APPLE, 0x022, REGISTER, 0, "M1-Icestorm"),
	MODEL(APPLE, 0x023, REGISTER, 0, "M1-Firestorm"),
	MODEL(APPLE, 0x032, REGISTER, 0, "M2-Blizzard"),
	MODEL(APPLE, 0x033, REGISTER, 0, "M2-Avalanche"),
	MODEL(MICROSOFT, 0xd49, REGISTER, LATE, "Azure-Cobalt-100"),
	MODEL(AMPERE, 0xac3, LIVE, 0, "AmpereOne"),
	MODEL(AMPERE, 0xac4, LIVE, 0, "AmpereOne-A"),
};

const unsigned int lm_cpu_model_count = sizeof(lm_cpu_models) / sizeof(lm_cpu_models[0]);

static bool is_model(uint32_t midr, const struct lm_cpu_model *model)
{
	unsigned int revision = LM_CPU_REVISION(midr >> 20 & 0xf, midr & 0xf);

	return (midr & model->midr_mask) == model->midr &&
	       revision >= model->first_revision &&
	       (!model->end_revision || revision < model->end_revision);
}

const struct lm_cpu_model *
lm_cpu_model_find(uint32_t midr, const struct lm_cpu_model *models, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (is_model(midr, &models[i]))
			return &models[i];
	return NULL;
}

/* ID_AA64MMFR2_EL1.BBM */
#define MMFR2_BBM_SHIFT 52
#define MMFR2_BBM_MASK	0xf

uint8_t lm_cpu_bbm_level(uint32_t midr, uint64_t mmfr2, const struct lm_cpu_model *models,
			 unsigned int count)
{
	const struct lm_cpu_model *model = lm_cpu_model_find(midr, models, count);
	uint8_t level = (mmfr2 >> MMFR2_BBM_SHIFT) & MMFR2_BBM_MASK;

	if (model && model->bbm_level != LM_BBM_AS_REGISTER)
		return model->bbm_level;
	return level < LM_BBM_LIVE ? level : LM_BBM_LIVE;
}

bool lm_cpu_needs_second_tlbi(uint32_t midr, const struct lm_cpu_model *models,
			      unsigned int count)
{
	const struct lm_cpu_model *model = lm_cpu_model_find(midr, models, count);

	return model && model->errata & LM_ERRATA_SECOND_TLBI;
}
