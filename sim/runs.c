/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contiguous runs whose members differ in attributes where a CPU that does not tolerate
 * this can walk: the cause is a store to a member, the link of a table, or a CPU that
 * begins to walk. Looks at the tables as they are; knows nothing of TLBs.
 */
#include <inttypes.h>

#include "sim_internal.h"

#define MIXED_OK 3 /* BBM level from which members may differ */

static struct sim_query can_walk(uint64_t roots, bool below_root)
{
	return (struct sim_query){
		.roots = roots,
		.death = SIM_NEVER,
		.fetched = roots,
		.below_root = below_root,
		.below = MIXED_OK,
	};
}

/*
 * Arm ARM D8.7.1: the attributes and permissions of all members are the same. Hardware
 * itself writes the access flag, which is no attribute here, and, with DBM, dirty state
 * to any one member (D8.5).
 */
static bool members_differ(const struct sim_geometry *geo, int level, uint64_t a,
			   uint64_t b)
{
	uint64_t differ = (a ^ b) & geo->attrs;

	if (a & b & SIM_DESC_DBM)
		differ &= ~SIM_DESC_READ_ONLY;
	return differ && sim_desc_kind(geo, level, a) == SIM_LEAF &&
	       sim_desc_kind(geo, level, b) == SIM_LEAF &&
	       sim_desc_hinted(geo, level, a) && sim_desc_hinted(geo, level, b);
}

/* Whether one of the members of a run differs from @like. */
static bool is_mixed(const struct sim_geometry *geo, int level, const uint64_t *members,
		     uint64_t like)
{
	for (unsigned int i = 0; i < sim_run(geo, level); i++) {
		if (members_differ(geo, level, members[i], like))
			return true;
	}
	return false;
}

static void report_mixed(struct sim *sim, struct sim_concerned concerned, int level,
			 uint64_t va)
{
	uint64_t size = sim_run_size(&sim->geo, level);

	va &= ~(size - 1);
	sim_report(sim, SIM_MIXED_RUN, concerned, va, size,
		   "members of a level %d contiguous run at 0x%" PRIx64
		   " do not agree, and cpu%u (BBM level %u) can walk it",
		   level, va, concerned.first, sim->cpus[concerned.first].bbm_level);
}

/* ------------------------------------------------------------------ all of a table */

/* The first member of a run that has the hint; 0 if none has. */
static uint64_t hinted_member(const struct sim_geometry *geo, int level,
			      const uint64_t *members)
{
	for (unsigned int i = 0; i < sim_run(geo, level); i++) {
		if (sim_desc_kind(geo, level, members[i]) == SIM_LEAF &&
		    sim_desc_hinted(geo, level, members[i]))
			return members[i];
	}
	return 0;
}

/* Whether the addresses of valid members with the hint do not follow each other. */
static bool is_scattered(const struct sim_geometry *geo, int level,
			 const uint64_t *members)
{
	uint64_t size = sim_run_size(geo, level), first = 0;
	bool any = false;

	for (unsigned int i = 0; i < sim_run(geo, level); i++) {
		uint64_t start;

		if (sim_desc_kind(geo, level, members[i]) != SIM_LEAF ||
		    !sim_desc_hinted(geo, level, members[i]))
			continue;
		start = sim_leaf_output(geo, level, members[i]) -
			((uint64_t)i << sim_shift(geo, level));
		if (start % size || (any && start != first))
			return true;
		first = start;
		any = true;
	}
	return false;
}

/* Whether valid members have the hint and others do not. */
static bool is_half_hinted(const struct sim_geometry *geo, int level,
			   const uint64_t *members)
{
	unsigned int hinted = 0, leaves = 0;

	for (unsigned int i = 0; i < sim_run(geo, level); i++) {
		if (sim_desc_kind(geo, level, members[i]) != SIM_LEAF)
			continue;
		leaves++;
		hinted += sim_desc_hinted(geo, level, members[i]);
	}
	return hinted && hinted != leaves;
}

static bool is_misprogrammed(const struct sim_geometry *geo, int level,
			     const uint64_t *members, bool tolerant)
{
	uint64_t hinted = hinted_member(geo, level, members);

	if (!hinted)
		return false;
	return is_scattered(geo, level, members) ||
	       (!tolerant && (is_half_hinted(geo, level, members) ||
			      is_mixed(geo, level, members, hinted)));
}

/*
 * The first such run in @table; *@va, the table's address, becomes the run's. Level 3
 * takes members that differ, but not addresses that do not follow each other.
 */
static bool find_mixed_in(const struct sim_geometry *geo, const uint64_t *table,
			  int level, bool tolerant, uint64_t *va)
{
	unsigned int run = sim_run(geo, level);

	for (unsigned int i = 0; run && i < sim_entries(geo, level); i += run) {
		if (!is_misprogrammed(geo, level, &table[i], tolerant))
			continue;
		*va += (uint64_t)i << sim_shift(geo, level);
		return true;
	}
	return false;
}

/* A mixed run, in or below a table. */
struct mixed {
	bool tolerant; /* all walkers are */
	int level;
	uint64_t va;
};

static bool find_mixed(const struct sim *sim, uint64_t pa, int level, uint64_t va,
		       struct mixed *found)
{
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *table = sim_table_at(sim, pa);

	found->level = level;
	found->va = va;
	if (!table)
		return false;
	if (find_mixed_in(geo, table, level, found->tolerant, &found->va))
		return true;
	for (unsigned int i = 0; level < SIM_LAST_LEVEL && i < sim_entries(geo, level);
	     i++) {
		if (sim_desc_kind(geo, level, table[i]) == SIM_TABLE &&
		    find_mixed(sim, sim_table_output(geo, table[i]), level + 1,
			       va + ((uint64_t)i << sim_shift(geo, level)), found))
			return true;
	}
	return false;
}

/* --------------------------------------------------------------------- what happens */

static void check_link(struct sim *sim, const struct sim_change *change,
		       const struct sim_query *intolerant)
{
	int level = change->level;
	struct sim_query walkers = *intolerant;
	struct mixed mixed = { .tolerant = !sim_anybody_holds(sim, intolerant) };

	if (mixed.tolerant)
		walkers.below = SIM_ANY_LEVEL;
	if (find_mixed(sim, sim_table_output(&sim->geo, change->value), level + 1,
		       change->va, &mixed))
		report_mixed(sim, sim_holders(sim, &walkers), mixed.level, mixed.va);
}

static void check_member(struct sim *sim, const struct sim_change *change,
			 const struct sim_query *walkers)
{
	const struct sim_geometry *geo = &sim->geo;
	int level = change->level;
	const uint64_t *members;

	if (!sim_desc_hinted(geo, level, change->value))
		return;
	members = change->slot - sim_index(geo, level, change->va) % sim_run(geo, level);
	if (!is_mixed(geo, level, members, change->value))
		return;
	sim_explain(sim,
		    "cpu%u changed the member of 0x%" PRIx64 " at line %" PRIu64
		    ", 0x%" PRIx64 " to 0x%" PRIx64 ", and others are not like it; "
		    "below level 3 the hints, or the whole run, have to go first",
		    sim->cpu, change->va, sim->event, change->old, change->value);
	report_mixed(sim, sim_holders(sim, walkers), level, change->va);
}

void sim_check_runs(struct sim *sim, const struct sim_change *change)
{
	const struct sim_geometry *geo = &sim->geo;
	int level = change->level;
	enum sim_desc_kind kind = sim_desc_kind(geo, level, change->value);
	struct sim_query walkers = can_walk(change->roots, level > geo->start);

	if (kind == SIM_TABLE && (change->roots & sim->walked))
		check_link(sim, change, &walkers);
	else if (kind == SIM_LEAF && sim_anybody_holds(sim, &walkers))
		check_member(sim, change, &walkers);
}

/*
 * If such a CPU walks already, a mixed run was found when it became mixed: only the first
 * such CPU needs to look.
 */
void sim_check_runs_below(struct sim *sim, unsigned int root)
{
	struct sim_query walkers = can_walk(sim_root_bit(root), false);
	struct mixed mixed = { .tolerant = sim->cpus[sim->cpu].bbm_level >= MIXED_OK };

	if (mixed.tolerant)
		walkers.below = SIM_ANY_LEVEL;
	if (sim_holders(sim, &walkers).count == 1 &&
	    find_mixed(sim, sim->roots[root].pa, sim->geo.start, sim->geo.base, &mixed))
		report_mixed(sim, sim_self(sim), mixed.level, mixed.va);
}
