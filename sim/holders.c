/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which CPUs may have cached something, by the spans in which they walked roots, and the
 * clock that spans are measured by. Changes no span. Knows nothing of the contents of
 * tables.
 */
#include <stdlib.h>

#include "sim_internal.h"

/* Only a change of kind needs a new epoch: see enum sim_tick. */
uint64_t sim_tick(struct sim *sim, enum sim_tick kind)
{
	if (kind != SIM_TICK_DEATH && kind != sim->ticked)
		sim->epoch++;
	sim->ticked = kind;
	return sim->epoch;
}

/* ------------------------------------------------------------------- holders */

struct sim_class *sim_class_of(const struct sim *sim, unsigned int cpu)
{
	return &sim->classes[sim->cpus[cpu].class];
}

static bool is_in(const uint64_t *set, unsigned int cpu)
{
	return set && (set[cpu / 64] & UINT64_C(1) << cpu % 64);
}

struct sim_concerned sim_members(const struct sim *sim, const struct sim_class *class,
				 const uint64_t *gone)
{
	struct sim_concerned members = { 0 };

	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		if (sim_class_of(sim, cpu) == class && !is_in(gone, cpu) &&
		    !members.count++)
			members.first = cpu;
	}
	return members;
}

/*
 * When a span ended does not matter until a TLBI: cached table descriptors allow fetching
 * to go on.
 */
bool sim_span_holds(const struct sim_span *span, const struct sim_query *query)
{
	uint64_t since = query->tagged ? span->since_tagged : span->since;

	return (query->roots & sim_root_bit(span->root)) && query->death >= since &&
	       !(query->tagged && span->only_global);
}

static bool any_span_holds(const struct sim_class *class, const struct sim_query *query)
{
	for (size_t i = 0; i < class->span_count; i++) {
		if (sim_span_holds(&class->spans[i], query))
			return true;
	}
	return false;
}

/* Do CPUs of @class translate with the ASID of @root now? */
static bool uses_asid_of(const struct sim *sim, const struct sim_class *class,
			 unsigned int root)
{
	for (size_t i = 0; i < class->span_count; i++) {
		const struct sim_span *span = &class->spans[i];

		if (sim_span_goes_on(span) &&
		    sim->roots[span->root].asid == sim->roots[root].asid)
			return true;
	}
	return false;
}

/* Walks begin at descriptors that were cached, and these are tagged. */
static bool fetches_from_left(const struct sim *sim, const struct sim_class *class,
			      const struct sim_span *span)
{
	return !span->only_global && uses_asid_of(sim, class, span->root);
}

/*
 * Does it translate now, and may its walks fetch what one of the roots reaches?
 * From a root that it left, they begin at a cached table descriptor.
 */
bool sim_fetches(const struct sim *sim, const struct sim_class *class,
		 const struct sim_query *query)
{
	bool translates = false, fetches = false;

	if (query->fetched == SIM_ANYWHERE)
		return true;
	for (size_t i = 0; i < class->span_count; i++) {
		const struct sim_span *span = &class->spans[i];

		translates |= sim_span_goes_on(span);
		fetches |= (query->fetched & sim_root_bit(span->root)) &&
			   (sim_span_goes_on(span) ||
			    (query->below_root && fetches_from_left(sim, class, span)));
	}
	return translates && fetches;
}

bool sim_class_holds(const struct sim *sim, const struct sim_class *class,
		     const struct sim_query *query)
{
	return class->cpus && class->bbm_level < query->below &&
	       any_span_holds(class, query) && sim_fetches(sim, class, query) &&
	       (!query->gone || sim_members(sim, class, query->gone).count) &&
	       (!query->beside || sim_class_holds(sim, class, query->beside));
}

bool sim_cpu_holds(const struct sim *sim, unsigned int cpu, const struct sim_query *query)
{
	return !is_in(query->gone, cpu) &&
	       sim_class_holds(sim, sim_class_of(sim, cpu), query);
}

bool sim_anybody_holds(const struct sim *sim, const struct sim_query *query)
{
	if (!(query->roots & sim->active))
		return false;
	for (size_t i = 0; i < sim->class_count; i++) {
		if (sim_class_holds(sim, &sim->classes[i], query))
			return true;
	}
	return false;
}

struct sim_concerned sim_holders(const struct sim *sim, const struct sim_query *query)
{
	struct sim_concerned concerned = { 0 };

	for (size_t i = 0; i < sim->class_count; i++) {
		struct sim_concerned members;

		if (!sim_class_holds(sim, &sim->classes[i], query))
			continue;
		members = sim_members(sim, &sim->classes[i], query->gone);
		if (!concerned.count || members.first < concerned.first)
			concerned.first = members.first;
		concerned.count += members.count;
	}
	return concerned;
}

uint64_t *sim_all_but_holders(const struct sim *sim, const struct sim_dead *dead)
{
	struct sim_query query = sim_query_for(dead);
	uint64_t *others = calloc((sim->config.cpus + 63) / 64, sizeof(*others));

	if (!others)
		abort();
	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		if (!sim_cpu_holds(sim, cpu, &query))
			others[cpu / 64] |= UINT64_C(1) << cpu % 64;
	}
	return others;
}

/* ---------------------------------------------------------------------------- roots */

unsigned int sim_find_root(const struct sim *sim, uint64_t pa, uint16_t asid)
{
	for (uint64_t left = sim->active; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim->roots[root].pa == pa && sim->roots[root].asid == asid)
			return root;
	}
	return SIM_NO_ROOT;
}

uint64_t sim_roots_of_asid(const struct sim *sim, uint16_t asid)
{
	uint64_t roots = 0;

	for (uint64_t left = sim->active; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim->roots[root].asid == asid)
			roots |= sim_root_bit(root);
	}
	return roots;
}

unsigned int sim_held_from(const struct sim *sim, const struct sim_span *span,
			   unsigned int root)
{
	unsigned int how = 0;

	if (sim->roots[span->root].asid != sim->roots[root].asid)
		how |= SIM_DIFF_OTHER_ASID;
	if (span->only_global)
		how |= SIM_DIFF_ONLY_GLOBAL;
	return how;
}
