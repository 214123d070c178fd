/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An edit is over, so no TLB may hold anything but what the tables say: reports what is
 * stale.
 */
#include <inttypes.h>

#include "sim_internal.h"

/* ----------------------------------------------------------------------- reporting */

static const char *stale_text(unsigned int kind)
{
	if (kind & SIM_DIFF_GONE)
		return "nothing";
	if (kind & SIM_DIFF_OA)
		return "another address";
	return kind & SIM_DIFF_SIZE ? "another size" : "other attributes";
}

static void report_stale(struct sim *sim, struct sim_concerned concerned,
			 const struct sim_difference *difference)
{
	sim_report(sim, SIM_STALE, concerned, difference->va, difference->size,
		   "cpu%u may hold a level %d %s of 0x%" PRIx64
		   ", where the tables say %s",
		   concerned.first, difference->held.level,
		   sim_leaf_name(difference->held.level, difference->held.contiguous),
		   difference->va, stale_text(difference->kind));
}

static void report_stale_table(struct sim *sim, struct sim_concerned concerned,
			       const struct sim_dead *dead,
			       const struct sim_difference *difference)
{
	uint64_t va = difference->va & ~(sim_entry_size(&sim->geo, dead->what.level) - 1);

	sim_report(sim, SIM_STALE, concerned, difference->va, difference->size,
		   "cpu%u may walk from a stale level %d descriptor of 0x%" PRIx64
		   " to the table at 0x%" PRIx64 ", which says otherwise",
		   concerned.first, dead->what.level, va,
		   sim_mapping_table(&sim->geo, &dead->what, va));
}

static void report_stale_walk(struct sim *sim, struct sim_concerned concerned,
			      uint64_t root, const struct sim_difference *difference)
{
	sim_report(sim, SIM_STALE, concerned, difference->va, difference->size,
		   "cpu%u may walk tables of the root at 0x%" PRIx64 ", where 0x%" PRIx64
		   " is not mapped as in its own",
		   concerned.first, root, difference->va);
}

/* --------------------------------------------------------------------- expected clean */

/*
 * The root whose tables must agree with what @class holds of @held: its TTBR's, if any.
 * What is tagged with another ASID must agree with its own root.
 */
static unsigned int judged_by(const struct sim *sim, const struct sim_class *class,
			      unsigned int held, bool tagged)
{
	if (!class->ttbr || (tagged && sim->roots[held].asid != class->asid))
		return held;
	return sim_find_root(sim, class->ttbr, class->asid);
}

/* The roots that decide what @class may hold. */
static uint64_t judges_of(const struct sim *sim, const struct sim_class *class,
			  const struct sim_query *query)
{
	uint64_t roots = 0;

	for (size_t i = 0; i < class->span_count; i++) {
		const struct sim_span *span = &class->spans[i];

		if (sim_span_holds(span, query))
			roots |= sim_root_bit(
				judged_by(sim, class, span->root, query->tagged));
	}
	return roots;
}

/* The same for all CPUs that hold it. */
static uint64_t judges(const struct sim *sim, const struct sim_query *query)
{
	uint64_t roots = 0;

	for (size_t i = 0; i < sim->class_count; i++) {
		const struct sim_class *class = &sim->classes[i];

		if (sim_class_holds(sim, class, query))
			roots |= judges_of(sim, class, query);
	}
	return roots;
}

/* The CPUs that hold it and for which @root decides. */
static struct sim_concerned
holders_judged_by(const struct sim *sim, const struct sim_query *query, unsigned int root)
{
	struct sim_concerned concerned = { 0 };

	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		const struct sim_class *class = sim_class_of(sim, cpu);

		if (sim_cpu_holds(sim, cpu, query) &&
		    (judges_of(sim, class, query) & sim_root_bit(root)) &&
		    !concerned.count++)
			concerned.first = cpu;
	}
	return concerned;
}

/* The deciding roots whose tables contradict @dead. */
static uint64_t disagreeing(const struct sim *sim, const struct sim_dead *dead,
			    struct sim_difference *difference)
{
	struct sim_query query = sim_query_for(dead);
	uint64_t disagree = 0;

	for (uint64_t left = judges(sim, &query); left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim_differs(sim, sim->roots[root].pa, &dead->what, SIM_DIFF_ANY,
				difference))
			disagree |= sim_root_bit(root);
	}
	return disagree;
}

static void explain(struct sim *sim, const struct sim_dead *dead,
		    struct sim_concerned concerned, uint64_t va)
{
	struct sim_held held = { &dead->what, va, dead->roots, concerned.first };

	sim_explain_held(sim, &held);
}

static bool report_if_stale(void *ctx, struct sim_dead *dead)
{
	struct sim *sim = ctx;
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference = { 0 };

	for (uint64_t left = disagreeing(sim, dead, &difference); left;
	     left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		sim_differs(sim, sim->roots[root].pa, &dead->what, SIM_DIFF_ANY,
			    &difference);
		explain(sim, dead, holders_judged_by(sim, &query, root), difference.va);
		report_stale(sim, holders_judged_by(sim, &query, root), &difference);
	}
	return true;
}

static bool is_not_stale(void *ctx, struct sim_dead *dead)
{
	struct sim_difference difference = { 0 };

	return !disagreeing(ctx, dead, &difference);
}

/* The first of @dead's tables that leads elsewhere than @root's. */
static bool a_table_differs(const struct sim *sim, const struct sim_dead *dead,
			    uint64_t root, struct sim_difference *difference)
{
	const struct sim_mapping *what = &dead->what;
	uint64_t count = sim_mapping_tables(&sim->geo, what);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t va = what->start + (i << sim_shift(&sim->geo, what->level));
		struct sim_linked linked = sim_mapping_linked(&sim->geo, what, va);

		if (sim_is_table(sim, linked.pa) &&
		    sim_table_differs(sim, root, &linked, difference))
			return true;
	}
	return false;
}

/*
 * A table descriptor that a CPU holds is one more place to walk from. Leaves that it led
 * to and that may be held are findings of their own.
 */
static bool report_if_table_is_stale(void *ctx, struct sim_dead *dead)
{
	struct sim *sim = ctx;
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference = { 0 };

	if (!sim_log_for_each(sim, dead->what.start, dead->what.last, is_not_stale, sim))
		return true;
	for (uint64_t left = judges(sim, &query); left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (!a_table_differs(sim, dead, sim->roots[root].pa, &difference))
			continue;
		explain(sim, dead, holders_judged_by(sim, &query, root), difference.va);
		report_stale_table(sim, holders_judged_by(sim, &query, root), dead,
				   &difference);
	}
	return true;
}

/* From a root that it left, a CPU walks only with the ASID that it had there. */
static bool may_walk(const struct sim *sim, const struct sim_class *class,
		     const struct sim_span *span)
{
	return span->until == SIM_NEVER ||
	       (!span->only_global && sim->roots[span->root].asid == class->asid);
}

/* What CPUs of @class may hold of, or find through, a root other than their TTBR's. */
static void report_stale_root(struct sim *sim, const struct sim_class *class,
			      const struct sim_span *span, unsigned int root)
{
	uint64_t held = sim->roots[span->root].pa, pa = sim->roots[root].pa;
	uint64_t base = sim->geo.base;
	struct sim_concerned members = sim_members(sim, class, NULL);
	struct sim_difference difference = { 0 };
	unsigned int how = SIM_DIFF_ANY;

	/* Until its ISB, a CPU may walk the root that it left for any address. */
	if (span->until != SIM_NEVER)
		how |= sim_held_from(sim, span, root);
	sim_explain_left(sim, members.first, held);
	if (sim_roots_differ(sim, held, pa, base, base + sim->geo.range_mask, how,
			     &difference))
		report_stale(sim, members, &difference);
	else if (may_walk(sim, class, span) &&
		 sim_root_leads_astray(sim, held, span->until == SIM_NEVER, pa,
				       &difference))
		report_stale_walk(sim, members, held, &difference);
	sim_explain_nothing(sim);
}

/* How a root is held: left, still walked, or only global entries are. */
#define WAYS 3

static unsigned int way_of(const struct sim_span *span)
{
	return span->only_global ? 2 : span->until == SIM_NEVER;
}

/* @compared: for each root, those already compared with it, by the way they are held. */
static void report_stale_roots(struct sim *sim, const struct sim_class *class,
			       uint64_t (*compared)[WAYS])
{
	unsigned int root = class->ttbr ? sim_find_root(sim, class->ttbr, class->asid) :
					  SIM_NO_ROOT;

	for (size_t i = 0; root != SIM_NO_ROOT && i < class->span_count; i++) {
		const struct sim_span *span = &class->spans[i];
		uint64_t *done = &compared[root][way_of(span)];

		if (span->root == root || (*done & sim_root_bit(span->root)))
			continue;
		*done |= sim_root_bit(span->root);
		report_stale_root(sim, class, span, root);
	}
}

void sim_expect_clean(struct sim *sim)
{
	uint64_t compared[SIM_ROOTS][WAYS] = { 0 };

	sim_find_all_untold(sim);
	sim_trace(sim, "expect-clean");
	sim_log_for_each(sim, 0, UINT64_MAX, report_if_stale, sim);
	sim_log_for_each_table(sim, 0, UINT64_MAX, report_if_table_is_stale, sim);
	for (size_t i = 0; i < sim->class_count; i++)
		report_stale_roots(sim, &sim->classes[i], compared);
	sim_late_expect_clean(sim);
}

/* --------------------------------------------------------------------- global entries */

static bool is_not_held_globally(void *ctx, struct sim_dead *dead)
{
	const struct sim *sim = ctx;
	struct sim_query query = sim_query_for(dead);

	return dead->what.tagged || !sim_anybody_holds(sim, &query);
}

bool sim_may_hold_global(const struct sim *sim, uint64_t va, uint64_t size)
{
	uint64_t last = va + (size - 1);

	if (!size)
		return false;
	if (last < va)
		last = UINT64_MAX;
	for (uint64_t left = sim->active; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim_maps_globally(sim, sim->roots[root].pa, va, last))
			return true;
	}
	return !sim_log_for_each(sim, va, last, is_not_held_globally, (void *)sim);
}
