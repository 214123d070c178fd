/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options of a scenario. Knows nothing of how it is run. */
#ifndef SCENARIO_OPTIONS_H
#define SCENARIO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "options/fault.h"
#include "machine/machine.h"
#include "base/progress.h"

/* Moments between edits, at which @look is called. */
enum scenario_moment { SCENARIO_BEFORE, SCENARIO_AFTER, SCENARIO_MOMENTS };

struct world;
typedef void scenario_look_fn(void *ctx, const struct world *world,
			      enum scenario_moment moment);

/**
 * struct scenario_options - what happens in the scenario
 * @machine: the machine; settled
 * @choose_way: the library chooses how an edit is committed
 * @way: how it is committed, otherwise
 * @region_flags: enum lm_region_flags of the linear map
 * @fault: known fault of the protocol to inject, or FAULT_NONE
 * @longest_run: an allocation returns at most so many tables; 0: no limit
 * @tables_apart: tables are in memory that the map does not translate
 * @trace_path: file for the model's trace, or NULL
 * @dump_dir: directory for the raw tables before and after, or NULL
 * @text_dir: directory for what they map as text, or NULL
 * @look: called at each moment of the boot split, unless NULL or only planned
 * @look_ctx: its argument
 * @checks: check every page after each edit, and run the verifier
 * @plan_only: end after planning the boot split
 * @boot: with the boot split
 * @runtime: with the edits at run time
 * @progress: shows each step
 */
struct scenario_options {
	struct machine machine;
	bool choose_way;
	enum lm_way way;
	unsigned int region_flags;
	enum fault fault;
	uint64_t longest_run;
	bool tables_apart;
	const char *trace_path;
	const char *dump_dir;
	const char *text_dir;
	scenario_look_fn *look;
	void *look_ctx;
	bool checks;
	bool plan_only;
	bool boot;
	bool runtime;
	struct progress *progress;
};

#endif
