/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A CPU by name ("cortex-a76") or by its MIDR_EL1. What is known about it is in
 * linmap/cpus.h.
 */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/cpus.h>

#include "base/error.h"

/* Whether a CPU tolerates live changes of leaf size, as far as its MIDR_EL1 says. */
enum cpu_level {
	CPU_LEVEL_REGISTER, /* not listed: ID_AA64MMFR2_EL1.BBM decides */
	CPU_LEVEL_BELOW,    /* listed: its register reads 2 or less */
	CPU_LEVEL_LIVE,	    /* listed: level 3, whatever its register says */
};

/*
 * @model is NULL if it is not listed; @is_named: by a name, which gives no revision: then
 * it is the newest one that is listed by itself.
 */
struct cpu {
	uint32_t midr;
	const struct lm_cpu_model *model;
	bool is_named;
};

/* A CPU by the MIDR_EL1 that it has. */
struct cpu cpu_of(uint32_t midr);

enum cpu_level cpu_level(const struct cpu *cpu);
bool cpu_needs_second_tlbi(const struct cpu *cpu);

/*
 * @value of --@option: a name, in either case, with '-', '_', a blank or nothing between
 * its parts, with or without its family; or 0x and a MIDR_EL1. 0, or -1 with an error.
 */
int cpu_parse(const char *option, const char *value, struct cpu *cpu,
	      struct error *error);

/* "Cortex-A76 r3p0", or "0x611f0250" if it is not listed. */
struct cpu_text {
	char s[40];
};

struct cpu_text cpu_text(const struct cpu *cpu);

/* "4118414"; NULL for bits without an erratum. */
const char *cpu_erratum_name(unsigned int erratum);

#endif
