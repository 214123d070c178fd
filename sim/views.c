/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What CPUs that walk different roots at a time find: entries that they promised to have
 * in common, one address used in two ways, and a CPU left on a root that leads elsewhere.
 */
#include <inttypes.h>

#include "sim_internal.h"

void sim_set_cnp(struct sim *sim, bool on)
{
	sim_trace(sim, "cnp %s", on ? "on" : "off");
	sim->cpus[sim->cpu].sets_cnp = on;
}

void sim_one_map(struct sim *sim)
{
	sim_trace(sim, "one-map");
	sim->one_map = true;
}

/* As last written; 0 for an empty table. */
static uint64_t ttbr_of(const struct sim *sim, unsigned int cpu)
{
	return sim_class_of(sim, cpu)->ttbr;
}

/*
 * What a CPU with CnP fetched may be used by all others that have it. A local TLBI is for
 * the TLB of one CPU, and another one with CnP may have fetched the same again after it.
 */
static void check_return(struct sim *sim)
{
	if (sim->changed_at)
		sim_report(sim, SIM_NOT_COMMON, sim_self(sim), sim->geo.base, 0,
			   "cpu%u sets CnP, and no broadcast has removed what CPUs with "
			   "CnP fetched before entries changed",
			   sim->cpu);
}

static void check_common(struct sim *sim, unsigned int other)
{
	uint64_t mine = ttbr_of(sim, sim->cpu), theirs = ttbr_of(sim, other);

	if (!sim->cpus[other].cnp || sim_roots_equal(sim, mine, theirs))
		return;
	sim_report(sim, SIM_NOT_COMMON, sim_self(sim), sim->geo.base, 0,
		   "cpu%u and cpu%u have CnP, and walk the roots 0x%" PRIx64
		   " and 0x%" PRIx64 ", which differ",
		   sim->cpu, other, mine, theirs);
}

static void check_view(struct sim *sim, unsigned int other)
{
	uint64_t mine = ttbr_of(sim, sim->cpu), theirs = ttbr_of(sim, other);
	uint64_t base = sim->geo.base;
	struct sim_difference difference = { 0 };

	if (!sim_roots_differ(sim, theirs, mine, base, base + sim->geo.range_mask,
			      SIM_DIFF_OA | SIM_DIFF_MEMORY, &difference))
		return;
	sim_report(sim, SIM_TWO_VIEWS, sim_self(sim), difference.va, difference.size,
		   "cpu%u and cpu%u use 0x%" PRIx64 " for different memory, or with "
		   "different types",
		   sim->cpu, other, difference.va);
}

/* CPUs that walk one root are told apart no further: the first of them is named. */
struct seen {
	uint64_t root[SIM_ROOTS];
	bool cnp[SIM_ROOTS];
	unsigned int count;
};

static bool is_first_on_its_root(const struct sim *sim, unsigned int cpu,
				 struct seen *seen)
{
	uint64_t root = ttbr_of(sim, cpu);
	bool cnp = sim->cpus[cpu].cnp;

	for (unsigned int i = 0; i < seen->count; i++) {
		if (seen->root[i] == root && seen->cnp[i] == cnp)
			return false;
	}
	if (seen->count < SIM_ROOTS) {
		seen->root[seen->count] = root;
		seen->cnp[seen->count++] = cnp;
	}
	return true;
}

void sim_check_views(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];
	uint64_t mine = ttbr_of(sim, sim->cpu);
	bool common = self->sets_cnp && mine;
	struct seen seen = { .count = 0 };

	if (common && !self->cnp)
		check_return(sim);
	self->cnp = common;
	if (!mine || (!common && !sim->one_map))
		return;
	for (unsigned int i = 0; i < sim->config.cpus; i++) {
		uint64_t theirs = ttbr_of(sim, i);

		if (!theirs || theirs == mine || !is_first_on_its_root(sim, i, &seen))
			continue;
		if (common)
			check_common(sim, i);
		if (sim->one_map)
			check_view(sim, i);
	}
}

static void report_elsewhere(struct sim *sim, unsigned int cpu, uint64_t root,
			     const struct sim_difference *difference)
{
	struct sim_concerned concerned = sim_members(sim, sim_class_of(sim, cpu), NULL);

	sim_report(sim, SIM_STALE, concerned, difference->va, difference->size,
		   "cpu%u walks the root 0x%" PRIx64
		   ", which does not translate 0x%" PRIx64 " as 0x%" PRIx64 " does",
		   concerned.first, ttbr_of(sim, cpu), difference->va, root);
}

void sim_expect_clean_at(struct sim *sim, uint64_t root)
{
	uint64_t base = sim->geo.base;
	struct seen seen = { .count = 0 };

	sim_expect_clean(sim);
	if (!sim_is_table(sim, root)) {
		sim_misuse(sim, "there is no root at 0x%" PRIx64, root);
		return;
	}
	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		uint64_t walked = ttbr_of(sim, cpu);
		struct sim_difference difference = { 0 };

		if (!walked || walked == root || !is_first_on_its_root(sim, cpu, &seen))
			continue;
		if (sim_roots_differ(sim, walked, root, base, base + sim->geo.range_mask,
				     SIM_DIFF_ANY, &difference) ||
		    sim_roots_differ(sim, root, walked, base, base + sim->geo.range_mask,
				     SIM_DIFF_ANY, &difference))
			report_elsewhere(sim, cpu, root, &difference);
	}
}
