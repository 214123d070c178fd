/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known of a translation: its root and its geometry, and for each of these how it
 * is known. Knows how registers and VMCOREINFO encode them; nothing of tables.
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "base/error.h"

/* How a fact is known, from the least certain up. */
enum fact_origin {
	FACT_UNKNOWN,
	FACT_ASSUMED,  /* nothing says it */
	FACT_INFERRED, /* it follows from what something else says */
	FACT_READ,     /* the source says it */
	FACT_GIVEN,    /* an option says it */
};

/* @how: what says it: "--tcr", "VMCOREINFO"; a constant text. */
struct fact {
	uint64_t value;
	enum fact_origin origin;
	const char *how;
};

enum fact_name {
	FACT_ROOT,    /* physical address */
	FACT_GRANULE, /* shift */
	FACT_VA_BITS,
	FACT_PA_BITS,
	FACT_LPA2,
	FACT_REGIME, /* enum lm_regime */
	FACT_HALF,   /* enum lm_half */
	FACT_HW_UPDATES,
	FACT_INVALID_MARK, /* of invalid leaves that hold a mapping, or 0 */
	FACTS
};

struct facts {
	struct fact fact[FACTS];
};

/* "root", "granule", ... as JSON has them. */
const char *fact_label(enum fact_name name);
/* "assumed", "inferred", "read", "given". */
const char *fact_origin_label(enum fact_origin origin);

/* Set a fact, unless it is known better. */
void facts_set(struct facts *facts, enum fact_name name, uint64_t value,
	       enum fact_origin origin, const char *how);

/* The granule from its size in bytes, which @how says. 0, or -1: there is none like it. */
int facts_set_granule(struct facts *facts, uint64_t size, const char *how);

static inline bool facts_know(const struct facts *facts, enum fact_name name)
{
	return facts->fact[name].origin != FACT_UNKNOWN;
}

/*
 * TCR_EL1 or TCR_EL2 with HCR_EL2.E2H set (regimes with two ranges), TCR_EL2 or TCR_EL3;
 * FACT_REGIME and FACT_HALF are known. 0, or -1 with an error: a reserved value.
 */
int facts_set_tcr(struct facts *facts, uint64_t tcr, struct error *error);

/*
 * The root from a TTBR, by the register's layout: with 52-bit output addresses its bits
 * [5:2] are bits [51:48] of the address. @bits is the size of output addresses.
 */
uint64_t facts_root_of_ttbr(uint64_t ttbr, uint64_t pa_bits);

/* What VMCOREINFO says of Linux, swapper_pg_dir and its geometry: the upper half's. */
void facts_set_vmcoreinfo(struct facts *facts, const char *info);

/*
 * Complete what follows or may be assumed once the rest is known. @last_pa is the last
 * address of RAM, or 0. 0, or -1 with an error that asks for what is missing by name.
 */
int facts_complete(struct facts *facts, uint64_t last_pa, const char *path,
		   struct error *error);

/* The geometry. 0, or -1 with an error: the architecture has none like it. */
int facts_format(const struct facts *facts, struct lm_format *fmt, const char *path,
		 struct error *error);

#endif
