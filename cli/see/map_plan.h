/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What it would take to change a machine's map, by each way to commit: the core's own
 * plans, of edits that are never made.
 */
#ifndef MAP_PLAN_H
#define MAP_PLAN_H

#include "machine/cpus.h"
#include "see/census.h"

/**
 * struct way_plan - one edit, committed in one way
 * @err: 0, or why there is no such plan, of enum lm_error
 * @plan: what it takes
 * @obstacle, @obstacle_va: of a collapse, the first obstacle to a larger leaf
 */
struct way_plan {
	int err;
	struct lm_plan plan;
	enum lm_obstacle obstacle;
	uint64_t obstacle_va;
};

/**
 * struct map_plan - splitting and collapsing a range
 * @range: of it
 * @census: leaves of the range
 * @to_pages: the split into pages, by way
 * @collapse: going to the largest leaves, by way
 * @has_choice: the CPUs are known, and there is a way
 * @choice: the one that the library chooses if the port can roll
 * @held_choice: if it cannot: all others are held, unless it is %LM_LIVE as @choice is
 */
struct map_plan {
	struct lm_range range;
	struct lm_census census;
	struct way_plan to_pages[LM_WAYS];
	struct way_plan collapse[LM_WAYS];
	bool has_choice;
	enum lm_way choice;
	enum lm_way held_choice;
};

/*
 * Plan both. @range ends where leaves end, or the error says which leaf crosses its ends.
 * @cpus may be NULL. 0, or -1 with an error.
 */
int map_plan_make(struct map_plan *plan, struct source *source, struct lm_range range,
		  const struct cpus *cpus, struct error *error);

/* Whether all other CPUs are interrupted for a way, and whether they are held meanwhile. */
bool map_plan_interrupts(const struct map_plan *plan, enum lm_way way);
bool map_plan_holds(const struct map_plan *plan, enum lm_way way);

#endif
