/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the CPUs of a machine mean for its linear map: which kinds there are, what stock
 * Linux does with them, and what linmap could do. Knows nothing of where the list of CPUs
 * comes from.
 */
#ifndef CPUS_H
#define CPUS_H

#include <stdio.h>

#include "machine/cpu.h"
#include "machine/cpuinfo.h"
#include "base/object.h"

/* CPUs with the same MIDR_EL1; @first is the index of the first one in the list. */
struct cpus_kind {
	struct cpu cpu;
	size_t count;
	size_t first;
};

/* What stock Linux does with the linear map (7.3, rodata=on). */
enum cpus_map {
	CPUS_MAP_LARGE,	  /* large leaves that stay */
	CPUS_MAP_SPLIT,	  /* large leaves, split at boot in a stop of all CPUs */
	CPUS_MAP_PAGES,	  /* pages from the start */
	CPUS_MAP_UNKNOWN, /* a BBM field that is not in the text decides */
};

/**
 * struct cpus - a machine's CPUs, and what they imply
 * @info: all of them; borrowed
 * @kind, @kinds: by MIDR_EL1, in the order of their first CPUs
 * @map: what stock Linux does
 * @map_text: the same in words, and why
 * @linmap_text: what linmap could do instead
 * @second_tlbi: some CPU completes a broadcast TLBI only with a second one
 * @tlbi_text: the same in words
 * @assumed: what was not in the text, in words
 */
struct cpus {
	const struct cpuinfo *info;
	struct cpus_kind *kind;
	size_t kinds;
	enum cpus_map map;
	char map_text[768];
	char linmap_text[512];
	bool second_tlbi;
	char tlbi_text[512];
	char assumed[512];
};

/* 0, or -1 without memory; to be freed in either case. */
int cpus_judge(struct cpus *cpus, const struct cpuinfo *info);
void cpus_free(struct cpus *cpus);

/* The numbers of all CPUs of a kind, as ranges: "0-3, 8". What does not fit is "...". */
void cpus_numbers(const struct cpus *cpus, const struct cpus_kind *kind, char *text,
		  size_t size);

/* Whether a CPU tolerates live changes of leaf size, and how that is known: a sentence. */
const char *cpus_level_text(const struct cpu *cpu);

void cpus_print(FILE *out, const struct cpus *cpus);
int cpus_print_json(FILE *out, const struct cpus *cpus);

/* All known models: a line each, or JSON. */
void cpus_list(FILE *out);
int cpus_list_json(FILE *out);

#endif
