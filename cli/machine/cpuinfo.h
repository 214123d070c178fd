/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The CPUs of an arm64 machine from the text of its /proc/cpuinfo. Knows nothing of what
 * they can do.
 */
#ifndef CPUINFO_H
#define CPUINFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One CPU: its number in Linux, and its MIDR_EL1. */
struct cpuinfo_cpu {
	uint64_t number;
	uint32_t midr;
};

/* Ascending by number. */
struct cpuinfo {
	struct cpuinfo_cpu *cpu;
	size_t count;
	size_t room;
};

/*
 * @path may be "-", standard input. At least one CPU, or -1 with an error; to be freed
 * in either case.
 */
int cpuinfo_read(struct cpuinfo *info, const char *path, struct error *error);
void cpuinfo_free(struct cpuinfo *info);

#endif
