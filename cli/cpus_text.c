// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A machine's CPUs for people: a block for each kind, then what follows. */
#include "machine/cpus.h"

#include <inttypes.h>

#include "base/lines.h"
#include "base/text.h"
#include "base/units.h"

static void print_line(FILE *out, const char *label, const char *text)
{
	char line[1024];

	snprintf(line, sizeof(line), "  %-8s %s", label, text);
	lines_print(out, 11, line);
}

static const char *cve_text(unsigned int erratum)
{
	return erratum == LM_ERRATUM_4118414 ? " (CVE-2025-10263)" : "";
}

/* "4118414 (CVE-2025-10263): ..."; a line each. */
static void print_errata(FILE *out, const struct cpu *cpu)
{
	unsigned int errata = cpu->model ? cpu->model->errata : 0;
	const char *label = "errata";
	char text[256];

	if (!errata)
		print_line(out, label,
			   cpu->model ? "none that matter here" :
					"not known: not listed");
	for (unsigned int bit = 1; bit <= errata; bit <<= 1) {
		if (!(errata & bit))
			continue;
		snprintf(
			text, sizeof(text), "%s%s: %s", cpu_erratum_name(bit),
			cve_text(bit),
			bit & LM_ERRATA_SECOND_TLBI ?
				"a broadcast TLBI needs a second one to complete accesses" :
				"changing leaf sizes live can hang the CPU");
		print_line(out, label, text);
		label = "";
	}
}

static void print_kind(FILE *out, const struct cpus *cpus, const struct cpus_kind *kind)
{
	char numbers[512];
	char line[640];

	cpus_numbers(cpus, kind, numbers, sizeof(numbers));
	if (kind->cpu.model)
		snprintf(line, sizeof(line),
			 "%s (0x%08" PRIx32 "): ", cpu_text(&kind->cpu).s,
			 kind->cpu.midr);
	else
		snprintf(line, sizeof(line),
			 "0x%08" PRIx32 ", not listed: ", kind->cpu.midr);
	text_append(line, sizeof(line), "%s %s (%s)", count_text(kind->count).s,
		    kind->count == 1 ? "CPU" : "CPUs", numbers);
	lines_print(out, 4, line);
	print_line(out, "level", cpus_level_text(&kind->cpu));
	print_errata(out, &kind->cpu);
}

void cpus_print(FILE *out, const struct cpus *cpus)
{
	for (size_t i = 0; i < cpus->kinds; i++)
		print_kind(out, cpus, &cpus->kind[i]);
	fprintf(out, "\nlinear map\n");
	print_line(out, "Linux", cpus->map_text);
	print_line(out, "linmap", cpus->linmap_text);
	print_line(out, "TLBI", cpus->tlbi_text);
	print_line(out, "assumed", cpus->assumed);
}

/* -------------------------------------------------------------- all known models */

static void revisions_text(const struct lm_cpu_model *model, char *text, size_t size)
{
	unsigned int first = model->first_revision;
	unsigned int end = model->end_revision;

	if (!first && !end)
		snprintf(text, size, "all");
	else if (!end)
		snprintf(text, size, "from r%up%u", first >> 4, first & 0xf);
	else
		snprintf(text, size, "r%up%u to r%up%u", first >> 4, first & 0xf,
			 (end - 1) >> 4, (end - 1) & 0xf);
}

void cpus_list(FILE *out)
{
	fprintf(out, "%-17s %-10s  %-13s %-7s  %s\n", "name", "MIDR_EL1", "revisions",
		"level", "errata");
	for (unsigned int i = 0; i < lm_cpu_model_count; i++) {
		const struct lm_cpu_model *model = &lm_cpu_models[i];
		struct cpu cpu = { model->midr, model };
		const char *separator = "  ";
		char revisions[32];

		revisions_text(model, revisions, sizeof(revisions));
		fprintf(out, "%-17s 0x%08" PRIx32 "  %-13s %s", model->name, model->midr,
			revisions,
			cpu_level(&cpu) == CPU_LEVEL_LIVE ? "3      " : "below 3");
		for (unsigned int bit = 1; bit <= model->errata; bit <<= 1) {
			if (!(model->errata & bit))
				continue;
			fprintf(out, "%s%s", separator, cpu_erratum_name(bit));
			separator = ", ";
		}
		fputc('\n', out);
	}
}
