/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the boot arguments (/chosen/bootargs) ask for. */
#ifndef VIRT_OPTIONS_H
#define VIRT_OPTIONS_H

#include <linmap/linmap.h>

#include "layout.h"

#define WAY_CHOSEN LM_WAYS /* by lm_choose_way() */

/**
 * struct options - what the boot arguments ask for
 * @granule_shift: granule=4k|16k|64k
 * @bits: bits=N, the size of the linear map's half; 0 if not given
 * @bbm: bbm=N,N,...: levels of the CPUs, not above their own
 * @bbm_count: how many were given; the last one also applies to all further CPUs
 * @way: way=in-place|live|break|switch|roll
 * @rolls: rolls=N, how many edits are committed by roll one after the other
 * @verify: "verify": do not promise that nobody else changes the tables
 * @bti: "bti": the code in the identity map is guarded
 * @repeat_tlbi: "repeat-tlbi": act as if CPUs completed a TLBI only with a second one
 * @tap: "tap"
 * @measure: "measure": only one edit, counted
 * @measure_edits: "measure-edits": only edits of a map that no CPU walks, counted
 */
struct options {
	uint8_t granule_shift;
	uint8_t bits;
	uint8_t bbm[MAX_CPUS];
	unsigned int bbm_count;
	enum lm_way way;
	unsigned int rolls;
	bool verify;
	bool bti;
	bool repeat_tlbi;
	bool tap;
	bool measure;
	bool measure_edits;
};

/* Refuses unknown words. */
void options_parse(struct options *options, const char *bootargs);

const char *way_name(enum lm_way way);

#endif
