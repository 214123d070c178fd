// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What follows from the CPUs of a machine. The rules are those of Linux 7.3,
 * arch/arm64/mm/mmu.c: force_pte_mapping() asks the boot CPU, and
 * linear_map_maybe_split_to_ptes() all of them.
 */
#include "machine/cpus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---------------------------------------------------------------------- kinds */

static struct cpus_kind *kind_of(const struct cpus *cpus, uint32_t midr)
{
	for (size_t i = 0; i < cpus->kinds; i++)
		if (cpus->kind[i].cpu.midr == midr)
			return &cpus->kind[i];
	return NULL;
}

static int add_cpu(struct cpus *cpus, size_t index)
{
	uint32_t midr = cpus->info->cpu[index].midr;
	struct cpus_kind *kind = kind_of(cpus, midr);

	if (!kind) {
		size_t size = (cpus->kinds + 1) * sizeof(*kind);

		kind = realloc(cpus->kind, size);
		if (!kind)
			return -1;
		cpus->kind = kind;
		kind = &cpus->kind[cpus->kinds++];
		*kind = (struct cpus_kind){ .cpu = cpu_of(midr), .first = index };
	}
	kind->count++;
	return 0;
}

void cpus_free(struct cpus *cpus)
{
	free(cpus->kind);
	cpus->kind = NULL;
}

/* The end of the CPUs from @index on that have @midr and adjacent numbers. */
static size_t range_end(const struct cpuinfo *info, size_t index, uint32_t midr)
{
	size_t end = index + 1;

	while (end < info->count && info->cpu[end].midr == midr &&
	       info->cpu[end].number == info->cpu[end - 1].number + 1)
		end++;
	return end;
}

void cpus_numbers(const struct cpus *cpus, const struct cpus_kind *kind, char *text,
		  size_t size)
{
	const struct cpuinfo *info = cpus->info;
	uint32_t midr = kind->cpu.midr;
	size_t end;

	text[0] = '\0';
	for (size_t i = kind->first; i < info->count; i = end) {
		end = i + 1;
		if (info->cpu[i].midr != midr)
			continue;
		/* Two numbers of 20 digits, and what separates them. */
		if (strlen(text) + 52 > size) {
			text_append(text, size, ", ...");
			return;
		}
		end = range_end(info, i, midr);
		text_append(text, size, "%s%" PRIu64, text[0] ? ", " : "",
			    info->cpu[i].number);
		if (end - i > 1)
			text_append(text, size, "-%" PRIu64, info->cpu[end - 1].number);
	}
}

/* ---------------------------------------------------------------------- words */

const char *cpus_level_text(const struct cpu *cpu)
{
	switch (cpu_level(cpu)) {
	case CPU_LEVEL_LIVE:
		return "3: listed, whatever its ID_AA64MMFR2_EL1.BBM reads";
	case CPU_LEVEL_BELOW:
		return "below 3: its ID_AA64MMFR2_EL1.BBM reads 2 or less";
	case CPU_LEVEL_REGISTER:
		break;
	}
	return "not known: not listed, and ID_AA64MMFR2_EL1.BBM is not in the text; 3 if "
	       "that reads 3, else below";
}

static size_t kinds_at(const struct cpus *cpus, enum cpu_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < cpus->kinds; i++)
		count += cpu_level(&cpus->kind[i].cpu) == level;
	return count;
}

/* "Cortex-A520 r0p1 and Cortex-A720 r0p1", all kinds for which @is_meant is true. */
static void name_kinds(const struct cpus *cpus, bool (*is_meant)(const struct cpu *cpu),
		       char *text, size_t size)
{
	const char *separator = "";
	size_t left = 0;

	text[0] = '\0';
	for (size_t i = 0; i < cpus->kinds; i++)
		left += is_meant(&cpus->kind[i].cpu);
	for (size_t i = 0; i < cpus->kinds; i++) {
		if (!is_meant(&cpus->kind[i].cpu))
			continue;
		if (strlen(text) + 64 > size) {
			text_append(text, size, " and others");
			return;
		}
		text_append(text, size, "%s%s", separator,
			    cpu_text(&cpus->kind[i].cpu).s);
		separator = --left == 1 ? " and " : ", ";
	}
}

static bool is_below(const struct cpu *cpu)
{
	return cpu_level(cpu) == CPU_LEVEL_BELOW;
}

static bool is_unknown(const struct cpu *cpu)
{
	return cpu_level(cpu) == CPU_LEVEL_REGISTER;
}

/* ------------------------------------------------------------- the linear map */

#define SAY(text, ...) snprintf(text, sizeof(text), __VA_ARGS__)

static void judge_all_live(struct cpus *cpus)
{
	cpus->map = CPUS_MAP_LARGE;
	SAY(cpus->map_text, "large leaves, and no split at boot: every CPU is level 3");
	SAY(cpus->linmap_text,
	    "live: leaf sizes change while all CPUs walk; no CPU is held");
}

/* The boot CPU is level 3, some other CPU is not. */
static void judge_split(struct cpus *cpus)
{
	char names[256];

	cpus->map = CPUS_MAP_SPLIT;
	name_kinds(cpus, is_below, names, sizeof(names));
	SAY(cpus->map_text,
	    "large leaves, which are split into pages at boot while all other CPUs are held: "
	    "the boot CPU is level 3, but not %s",
	    names);
	SAY(cpus->linmap_text,
	    "roll: the same split, and no CPU is held; or live or switch, staged before the "
	    "stop; see 'linmap demo'");
}

static void judge_pages(struct cpus *cpus)
{
	cpus->map = CPUS_MAP_PAGES;
	SAY(cpus->map_text,
	    "pages from the start: the boot CPU is below level 3, so no leaf could be split "
	    "later");
	SAY(cpus->linmap_text,
	    "roll splits leaves on CPUs of any level and holds none, so the map could begin "
	    "with large leaves");
}

/* The text does not decide. */
static void judge_unknown(struct cpus *cpus)
{
	const struct cpu *boot = &cpus->kind[0].cpu;
	char names[256];

	cpus->map = CPUS_MAP_UNKNOWN;
	if (is_unknown(boot)) {
		SAY(cpus->map_text,
		    "if the BBM field of %s, the boot CPU, reads 3, large leaves%s; else "
		    "pages from the start",
		    cpu_text(boot).s,
		    kinds_at(cpus, CPU_LEVEL_BELOW) ?
			    ", which are split into pages at boot" :
		    cpus->kinds > 1 ? ", split at boot unless every CPU is level 3" :
				      "");
	} else {
		name_kinds(cpus, is_unknown, names, sizeof(names));
		SAY(cpus->map_text,
		    "large leaves, which are split into pages at boot while all other CPUs are "
		    "held, unless the BBM field of %s reads 3",
		    names);
	}
	SAY(cpus->linmap_text,
	    "live where every CPU is level 3; switch on CPUs of any level");
}

static void judge_map(struct cpus *cpus)
{
	const struct cpu *boot = &cpus->kind[0].cpu;

	if (is_below(boot))
		judge_pages(cpus);
	else if (!is_unknown(boot) && kinds_at(cpus, CPU_LEVEL_BELOW))
		judge_split(cpus);
	else if (is_unknown(boot) || kinds_at(cpus, CPU_LEVEL_REGISTER))
		judge_unknown(cpus);
	else
		judge_all_live(cpus);
}

static void judge_tlbi(struct cpus *cpus)
{
	char late[192];
	char unknown[192];

	name_kinds(cpus, cpu_needs_second_tlbi, late, sizeof(late));
	name_kinds(cpus, is_unknown, unknown, sizeof(unknown));
	cpus->second_tlbi = late[0];
	if (late[0])
		SAY(cpus->tlbi_text,
		    "a second one after each broadcast TLBI, on any CPU: without it "
		    "accesses of %s may not be complete when memory is reused",
		    late);
	else if (unknown[0])
		SAY(cpus->tlbi_text, "no listed CPU needs a second one");
	else
		SAY(cpus->tlbi_text, "no second one is needed");
	if (unknown[0])
		text_append(cpus->tlbi_text, sizeof(cpus->tlbi_text),
			    "; nothing is known about %s", unknown);
}

/* In Linux the boot CPU is always number 0; a text may lack it. */
static void note_assumptions(struct cpus *cpus)
{
	uint64_t boot = cpus->info->cpu[0].number;

	SAY(cpus->assumed,
	    "CPU %" PRIu64
	    " is the boot CPU%s; CPUs that are offline, and so missing in the "
	    "text, are of the same kinds; rodata=on, the default",
	    boot, boot ? ", though CPU 0 is missing" : "");
}

int cpus_judge(struct cpus *cpus, const struct cpuinfo *info)
{
	memset(cpus, 0, sizeof(*cpus));
	cpus->info = info;
	for (size_t i = 0; i < info->count; i++)
		if (add_cpu(cpus, i))
			return -1;
	judge_map(cpus);
	judge_tlbi(cpus);
	note_assumptions(cpus);
	return 0;
}
