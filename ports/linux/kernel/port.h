/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the Linux port declare for each other. */
#ifndef LINMAP_PORT_H
#define LINMAP_PORT_H

#include <linux/mm_types.h>
#include <linux/stop_machine.h>
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

#ifdef CONFIG_ARM64_LINMAP_LARGE

/* rolling.c: CPUs that move to a clone of the root, and home */

/**
 * struct linmap_moves - what CPUs have done
 * @rolls: edits for which all of them moved, and went home
 * @moves: to the clone, or back from an edit that was given up
 * @strays: times that a CPU was not on the root on which it was counted: a bug
 * @sleeps_refused: times that a CPU on the clone was kept from a sleep that loses registers
 * @gone_away: CPUs that went off while they were on the clone
 */
struct linmap_moves {
	u64 rolls;
	atomic_t moves;
	atomic_t strays;
	atomic_t sleeps_refused;
	u64 gone_away;
};
extern struct linmap_moves linmap_moves;

/* Context: early in the boot, one CPU. Return: 0, or -errno: then nothing may be split. */
int linmap_roll_init(struct lm_map *map);

/* Whether every CPU that may walk the tables can be asked to move. */
bool linmap_can_roll(void);

/* The longest time that a move had all exceptions masked, on any CPU. */
u64 linmap_longest_masked_ns(void);

/* Online CPUs that are not on swapper_pg_dir now, or not counted. Context: the map's lock. */
unsigned int linmap_cpus_astray(void);

/* large.c: what has to be small */

/**
 * struct linmap_edits - what was done to a linear map with large leaves
 * @edits: committed
 * @live: of those, without moving CPUs
 * @leaves: that were split, or collapsed
 * @failed: for lack of memory, or since a CPU did not move
 * @tables_retired: tables that were replaced
 * @tables_freed: of those
 * @tables_added: that were needed to split leaves
 * @tables_given_back: that became leaves again
 * @delayed: changes that had to wait, as users had caused many
 */
struct linmap_edits {
	u64 edits;
	u64 live;
	u64 leaves;
	u64 failed;
	u64 tables_retired;
	u64 tables_freed;
	u64 tables_added;
	u64 tables_given_back;
	atomic_t delayed;
};
extern struct linmap_edits linmap_edits;

/* Tables that nobody can find any more, though somebody may still be in them. */
void linmap_retire(struct page *first, size_t tables);

/* Against a map of pages. Context: the map's lock. */
u64 linmap_tables_saved(void);

/* The lock, for those who only look. */
void linmap_lock_map_shared(void);
void linmap_unlock_map_shared(void);

/*
 * Go back to large leaves where they fit: in all of the linear map, or between two addresses
 * that are aligned to PMD_SIZE. Context: may sleep. Return: 0 or -errno.
 */
int linmap_collapse_all(void);
int linmap_collapse(unsigned long start, unsigned long end);

#else

static inline void linmap_lock_map_shared(void)
{
}

static inline void linmap_unlock_map_shared(void)
{
}

static inline void linmap_retire(struct page *first, size_t tables)
{
}

#endif

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

/* Whether the executing CPU does not answer this time. */
bool linmap_fault_is_deaf(void);

/* Whether every page of an area is an edit of its own. */
bool linmap_fault_is_single(void);
#else
static inline bool linmap_fault_is_single(void)
{
	return false;
}

static inline bool linmap_fault_is_deaf(void)
{
	return false;
}

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

/* stop_machine() on all CPUs that are online, and how often that was called. */
int linmap_stop(cpu_stop_fn_t callback, void *arg);
extern unsigned int linmap_stops;

#define LINMAP_REGIONS 2
extern struct linmap_outcome linmap_outcomes[LINMAP_REGIONS];

#endif
