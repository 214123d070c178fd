/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CPUs that complete a broadcast TLBI only with a second one: what a TLBI has removed
 * from TLBs, and which CPUs may still have accesses under way that it translated. Such an
 * access is no TLB entry: it fetches and finds nothing, but it reaches the memory that
 * the old translation named.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

/* A translation, or a table descriptor, that no TLB holds any more. */
struct sim_late {
	struct sim_mapping what;
	uint64_t root; /* one that had it: address and ASID */
	uint16_t asid;
	uint64_t *cpus;	  /* with accesses under way, a bit each */
	uint64_t removed; /* event of the DSB that completed the removal */
	struct sim_late *next;
};

static size_t words(const struct sim *sim)
{
	return (sim->config.cpus + 63) / 64;
}

static bool has_cpu(const struct sim_late *late, unsigned int cpu)
{
	return late->cpus[cpu / 64] & UINT64_C(1) << cpu % 64;
}

static bool has_any(const struct sim *sim, const struct sim_late *late)
{
	for (size_t i = 0; i < words(sim); i++) {
		if (late->cpus[i])
			return true;
	}
	return false;
}

static void free_late(struct sim_late *late)
{
	free(late->cpus);
	free(late);
}

/* Drop those for which @is_over is true. */
static void drop(struct sim *sim,
		 bool (*is_over)(const struct sim *sim, struct sim_late *late))
{
	struct sim_late **link = &sim->late;

	while (*link) {
		struct sim_late *late = *link;

		if (!is_over(sim, late)) {
			link = &late->next;
			continue;
		}
		*link = late->next;
		free_late(late);
	}
}

/* ------------------------------------------------------------------ what begins late */

/* The executing CPU's DSB completes its own accesses, so it is left out. */
static uint64_t *others_that_hold(const struct sim *sim, const struct sim_query *query)
{
	uint64_t *cpus = calloc(words(sim), sizeof(*cpus));

	if (!cpus)
		abort();
	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		if (cpu != sim->cpu && sim_cpu_holds(sim, cpu, query))
			cpus[cpu / 64] |= UINT64_C(1) << cpu % 64;
	}
	return cpus;
}

void sim_late_record(struct sim *sim, const struct sim_dead *dead,
		     const struct sim_mapping *piece, uint64_t roots)
{
	struct sim_query query = sim_query_for(dead);
	struct sim_late *late;
	uint64_t shown_by;

	if (!sim->config.repeat_tlbi)
		return;
	query.roots &= roots;
	shown_by = query.roots & sim->active;
	if (!shown_by)
		return;
	late = calloc(1, sizeof(*late));
	if (!late)
		abort();
	*late = (struct sim_late){
		.what = *piece,
		.root = sim->roots[__builtin_ctzll(shown_by)].pa,
		.asid = sim->roots[__builtin_ctzll(shown_by)].asid,
		.cpus = others_that_hold(sim, &query),
		.removed = sim->event,
		.next = sim->late,
	};
	if (has_any(sim, late))
		sim->late = late;
	else
		free_late(late);
}

struct cut {
	struct sim *sim;
	uint64_t issued, roots;
	bool tagged_only;
};

static bool record_if_cut(void *ctx, struct sim_dead *dead)
{
	const struct cut *cut = ctx;

	if (dead->death < cut->issued && (dead->what.tagged || !cut->tagged_only))
		sim_late_record(cut->sim, dead, &dead->what, cut->roots);
	return true;
}

static void record_cut(struct cut *cut)
{
	if (!cut->sim->config.repeat_tlbi)
		return;
	sim_log_for_each(cut->sim, 0, UINT64_MAX, record_if_cut, cut);
	sim_log_for_each_table(cut->sim, 0, UINT64_MAX, record_if_cut, cut);
}

void sim_late_record_all(struct sim *sim, uint64_t issued)
{
	struct cut cut = { sim, issued, UINT64_MAX, false };

	record_cut(&cut);
}

void sim_late_record_asid(struct sim *sim, uint16_t asid, uint64_t issued)
{
	struct cut cut = { sim, issued, sim_roots_of_asid(sim, asid), true };

	record_cut(&cut);
}

/* -------------------------------------------------------------------- what completes */

static bool ends_with_own_dsb(const struct sim *sim, struct sim_late *late)
{
	late->cpus[sim->cpu / 64] &= ~(UINT64_C(1) << sim->cpu % 64);
	return !has_any(sim, late);
}

void sim_late_complete_own(struct sim *sim)
{
	drop(sim, ends_with_own_dsb);
}

static bool is_removed_before_issue(const struct sim *sim, struct sim_late *late)
{
	return late->removed < sim->cpus[sim->cpu].broadcast_at;
}

void sim_late_complete(struct sim *sim)
{
	drop(sim, is_removed_before_issue);
	sim->cpus[sim->cpu].broadcast_at = 0;
}

static bool always(const struct sim *sim, struct sim_late *late)
{
	return true;
}

void sim_late_forget(struct sim *sim)
{
	drop(sim, always);
}

/* -------------------------------------------------------------------- what goes wrong */

static struct sim_concerned all_of(const struct sim *sim, const struct sim_late *late)
{
	struct sim_concerned concerned = { 0 };

	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		if (has_cpu(late, cpu) && !concerned.count++)
			concerned.first = cpu;
	}
	return concerned;
}

static void explain(struct sim *sim, const struct sim_late *late)
{
	sim_explain(sim,
		    "the DSB of line %" PRIu64
		    " completed the TLBI that removed the translation; no broadcast TLBI "
		    "issued after that line, with its DSB, follows",
		    late->removed);
}

static const char *what_tables_say(unsigned int kind)
{
	if (kind & SIM_DIFF_GONE)
		return "nothing";
	if (kind & SIM_DIFF_OA)
		return "another address";
	return kind & SIM_DIFF_MEMORY ? "another memory type" : "that it is not allowed";
}

/* The root whose tables decide for @cpu. */
static uint64_t judging_root(const struct sim *sim, const struct sim_late *late,
			     unsigned int cpu)
{
	const struct sim_class *class = sim_class_of(sim, cpu);

	if (!class->ttbr || (late->what.tagged && class->asid != late->asid))
		return late->root;
	return class->ttbr;
}

static void check_end(struct sim *sim, const struct sim_late *late)
{
	unsigned int harm = SIM_DIFF_GONE | SIM_DIFF_OA | SIM_DIFF_MEMORY |
			    SIM_DIFF_TAKEN;
	struct sim_difference difference = { 0 };
	struct sim_concerned concerned = { 0 };
	uint64_t root = 0;
	bool differs = false;

	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		if (!has_cpu(late, cpu))
			continue;
		if (root != judging_root(sim, late, cpu)) {
			root = judging_root(sim, late, cpu);
			differs = sim_differs(sim, root, &late->what, harm, &difference);
		}
		if (differs && !concerned.count++)
			concerned.first = cpu;
	}
	if (!concerned.count)
		return;
	explain(sim, late);
	sim_report(sim, SIM_LATE_ACCESS, concerned, difference.va, difference.size,
		   "cpu%u may have an access to 0x%" PRIx64
		   " under way, where the tables say %s: no second TLBI",
		   concerned.first, difference.va, what_tables_say(difference.kind));
}

void sim_late_expect_clean(struct sim *sim)
{
	for (const struct sim_late *late = sim->late; late; late = late->next) {
		if (!late->what.table)
			check_end(sim, late);
	}
}

/* The old memory and the new one are in use at the same time. */
static bool meets(struct sim *sim, const struct sim_late *late,
		  const struct sim_change *change)
{
	struct sim_mapping held;
	struct sim_difference difference = { 0 };
	unsigned int root = (unsigned int)__builtin_ctzll(change->roots);

	if (late->what.table || late->what.start > change->last ||
	    late->what.last < change->start)
		return false;
	held = sim_clip(&late->what, change->start, change->last);
	if (!sim_differs(sim, sim->roots[root].pa, &held, SIM_DIFF_OA | SIM_DIFF_MEMORY,
			 &difference))
		return false;
	explain(sim, late);
	sim_report(sim, SIM_LATE_ACCESS, all_of(sim, late), difference.va,
		   difference.size,
		   "%s of 0x%" PRIx64
		   " changed while cpu%u may have an access to the old one under way: "
		   "no second TLBI",
		   difference.kind & SIM_DIFF_OA ? "output address" : "memory type",
		   difference.va, all_of(sim, late).first);
	return true;
}

void sim_late_check_store(struct sim *sim, const struct sim_change *change)
{
	const struct sim_late *late = sim->late;

	while (late && !meets(sim, late, change))
		late = late->next;
}

void sim_late_check_table(struct sim *sim, uint64_t pa, const char *what)
{
	const struct sim_late *late = sim->late;

	while (late &&
	       !(late->what.table && sim_mapping_leads_to(&sim->geo, &late->what, pa)))
		late = late->next;
	if (!late)
		return;
	explain(sim, late);
	sim_report(sim, SIM_LATE_ACCESS, all_of(sim, late), sim_table_of(sim, pa)->va, 0,
		   "the table at 0x%" PRIx64
		   " is %s while cpu%u may have accesses through it under way: "
		   "no second TLBI",
		   pa, what, all_of(sim, late).first);
}
