/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the Linux port declare for each other. */
#ifndef LINMAP_PORT_H
#define LINMAP_PORT_H

#include <linux/types.h>

#include <linmap/linmap.h>

/* env.c: the linear map as linmap sees it */

/* Describe all of the linear map; its root is the kernel's. */
int linmap_describe(struct lm_map *map);
struct lm_range linmap_linear_range(void);

/* Where the CPU reaches a table. */
void *linmap_table_at(void *ctx, lm_pa_t pa);

/*
 * Call when the executing CPU is back and all TLBs are clean: sets CnP as the kernel has
 * it.
 */
void linmap_share_tlb(void);

/*
 * The kernel's tables that were replaced and are kept: stop_machine() does not wait for a
 * walker of them that was preempted.
 */
extern size_t linmap_tables_kept;

/* options.c: linmap= */

bool linmap_is_off(void);

/* LM_WAYS if linmap may choose. */
enum lm_way linmap_wanted_way(void);
const char *linmap_way_name(enum lm_way way);

/* faults.c: linmap_fault= */

#ifdef CONFIG_ARM64_LINMAP_FAULTS
/* How many of @wanted tables there are. */
size_t linmap_fault_tables(size_t wanted);

/* Change the linear map now, as another user of it would. */
void linmap_fault_change(void);

/* Whether to trust that nobody changes the linear map, though nobody promises it. */
bool linmap_fault_trusts(void);
#else
static inline size_t linmap_fault_tables(size_t wanted)
{
	return wanted;
}

static inline void linmap_fault_change(void)
{
}

static inline bool linmap_fault_trusts(void)
{
	return false;
}
#endif

/* split.c: what happened */

/* What the time of an edit of a region goes to. */
enum linmap_step {
	LINMAP_COUNT, /* its leaves, when the region is described */
	LINMAP_PLAN,
	LINMAP_RESERVE,
	LINMAP_STAGE,
	LINMAP_STOP, /* from the moment the last CPU is held to letting them go */
	LINMAP_RELEASE,
	LINMAP_STEPS
};

/**
 * struct linmap_outcome - the last edit of a region
 * @region: its name; NULL if there was none
 * @way: how it was committed
 * @plan: what it needed
 * @tables_left: reserved and not used
 * @ns: how long each step took, in the last attempt
 * @stops: 1, plus one for each time that the map had changed meanwhile
 * @err: 0, or why it was not committed
 */
struct linmap_outcome {
	const char *region;
	enum lm_way way;
	struct lm_plan plan;
	u64 tables_left;
	u64 ns[LINMAP_STEPS];
	unsigned int stops;
	int err;
};

u64 linmap_tables(const struct lm_plan *plan);

#define LINMAP_REGIONS 2
extern struct linmap_outcome linmap_outcomes[LINMAP_REGIONS];

#endif
