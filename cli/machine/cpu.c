// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of CPUs, and what a MIDR_EL1 implies. */
#include "machine/cpu.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/near.h"
#include "base/units.h"

struct cpu cpu_of(uint32_t midr)
{
	return (struct cpu){
		.midr = midr,
		.model = lm_cpu_model_find(midr, lm_cpu_models, lm_cpu_model_count),
	};
}

enum cpu_level cpu_level(const struct cpu *cpu)
{
	if (!cpu->model)
		return CPU_LEVEL_REGISTER;
	return cpu->model->bbm_level >= LM_BBM_LIVE &&
			       cpu->model->bbm_level != LM_BBM_AS_REGISTER ?
		       CPU_LEVEL_LIVE :
		       CPU_LEVEL_BELOW;
}

bool cpu_needs_second_tlbi(const struct cpu *cpu)
{
	return cpu->model && cpu->model->errata & LM_ERRATA_SECOND_TLBI;
}

/* ---------------------------------------------------------------------- names */

static const char *skip_separators(const char *text)
{
	return text + strspn(text, "-_ ");
}

static bool is_name(const char *value, const char *name)
{
	while (*value || *name) {
		value = skip_separators(value);
		name = skip_separators(name);
		if (tolower((unsigned char)*value) != tolower((unsigned char)*name))
			return false;
		value += *value != '\0';
		name += *name != '\0';
	}
	return true;
}

/* Names of machines, by the CPU in them. */
static const char *const aliases[][2] = {
	{ "Altra", "Neoverse-N1" },	{ "Graviton2", "Neoverse-N1" },
	{ "Graviton3", "Neoverse-V1" }, { "Graviton4", "Neoverse-V2" },
	{ "Grace", "Neoverse-V2" },
};

/* Without the family, too: "A76". */
static bool is_model(const char *value, const char *name)
{
	const char *dash = strchr(name, '-');

	return is_name(value, name) || (dash && is_name(value, dash + 1));
}

/* Of a list that has each model's newest revisions first. */
static const struct lm_cpu_model *model_named(const char *value)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (is_name(value, aliases[i][0]))
			value = aliases[i][1];
	for (unsigned int i = 0; i < lm_cpu_model_count; i++)
		if (is_model(value, lm_cpu_models[i].name))
			return &lm_cpu_models[i];
	return NULL;
}

static int refuse_name(const char *option, const char *value, struct error *error)
{
	struct near near;

	near_begin(&near, value);
	for (unsigned int i = 0; i < lm_cpu_model_count; i++)
		near_try(&near, lm_cpu_models[i].name);
	return error_set(error, "--%s %s: unknown CPU (%s)", option, value,
			 near_advice(&near, "",
				     "see 'linmap cpus --list', or give its MIDR_EL1 as "
				     "0x410fd0b0")
				 .s);
}

int cpu_parse(const char *option, const char *value, struct cpu *cpu, struct error *error)
{
	const struct lm_cpu_model *model = model_named(value);
	uint64_t midr;
	const char *problem;

	if (model) {
		uint32_t revision = model->first_revision;

		cpu->midr = model->midr | (revision >> 4) << 20 | (revision & 0xf);
		cpu->model = model;
		return 0;
	}
	if (strncmp(value, "0x", 2) != 0 && strncmp(value, "0X", 2) != 0)
		return refuse_name(option, value, error);
	problem = number_parse(value, &midr);
	if (!problem && midr > UINT32_MAX)
		problem = "more than 32 bits (a MIDR_EL1 looks like 0x410fd0b0)";
	if (problem)
		return error_set(error, "--%s %s: %s", option, value, problem);
	*cpu = cpu_of((uint32_t)midr);
	return 0;
}

struct cpu_text cpu_text(const struct cpu *cpu)
{
	struct cpu_text text;

	if (cpu->model)
		snprintf(text.s, sizeof(text.s), "%s r%up%u", cpu->model->name,
			 cpu->midr >> 20 & 0xf, cpu->midr & 0xf);
	else
		snprintf(text.s, sizeof(text.s), "0x%08x", cpu->midr);
	return text;
}

const char *cpu_erratum_name(unsigned int erratum)
{
	switch (erratum) {
	case LM_ERRATUM_QCOM_1009:
		return "1009";
	case LM_ERRATUM_1286807:
		return "1286807";
	case LM_ERRATUM_2441007:
		return "2441007";
	case LM_ERRATUM_2441009:
		return "2441009";
	case LM_ERRATUM_4118414:
		return "4118414";
	case LM_ERRATUM_3683289:
		return "3683289";
	default:
		return NULL;
	}
}
