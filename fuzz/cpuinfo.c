// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes as the text of /proc/cpuinfo: it is read or refused with a reason, and what
 * is said about its CPUs accounts for each of them once.
 */
#include <string.h>

#include "machine/cpus.h"
#include "fuzz_file.h"
#include "input.h"

static void expect_cpus(const struct cpuinfo *info)
{
	for (size_t i = 0; i < info->count; i++) {
		if ((info->cpu[i].midr >> 16 & 0xf) != 0xf)
			wrong("MIDR_EL1 0x%08" PRIx32, info->cpu[i].midr);
		if (i && info->cpu[i].number <= info->cpu[i - 1].number)
			wrong("CPU %" PRIu64 " after CPU %" PRIu64, info->cpu[i].number,
			      info->cpu[i - 1].number);
	}
}

static void expect_judgement(const struct cpus *cpus)
{
	size_t count = 0;

	for (size_t i = 0; i < cpus->kinds; i++)
		count += cpus->kind[i].count;
	if (count != cpus->info->count || cpus->kind[0].first != 0)
		wrong("%zu CPUs in kinds, of %zu", count, cpus->info->count);
	if (!cpus->map_text[0] || !cpus->linmap_text[0] || !cpus->tlbi_text[0])
		wrong("nothing is said about it");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct error error = { "" };
	struct cpuinfo info;
	struct cpus cpus;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	fuzz_file_set(data, size);
	if (cpuinfo_read(&info, "text", &error)) {
		if (!error.text[0])
			wrong("refused without a reason");
	} else if (!info.count) {
		wrong("a machine without CPUs");
	} else if (!cpus_judge(&cpus, &info)) {
		expect_cpus(&info);
		expect_judgement(&cpus);
		cpus_print(nowhere, &cpus);
		cpus_free(&cpus);
	}
	cpuinfo_free(&info);
	return 0;
}
