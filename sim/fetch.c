/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions that a CPU fetches through the tables under test: whether these allow it,
 * and whether the CPU has synchronized with the store that made it so. After the store
 * that makes an entry valid, a DSB by its CPU and then an ISB by the one that executes
 * (Arm ARM D8.2.6, B2.3.10): else it may already have fetched what was there before.
 */
#include <inttypes.h>

#include "sim_internal.h"

static bool is_executable(const struct sim_geometry *geo, uint64_t attrs)
{
	return !(attrs &
		 (geo->table_attrs & SIM_TABLE_PXN ? SIM_DESC_PXN : SIM_DESC_UXN));
}

/* Whether @store, or one before it that it only repeats, made @va executable. */
static bool makes_executable(const struct sim *sim, const struct sim_past *store,
			     uint64_t va)
{
	const struct sim_geometry *geo = &sim->geo;

	if (store->kind != SIM_PAST_STORE || va < store->start || va > store->last)
		return false;
	if (sim_desc_kind(geo, store->level, store->value) == SIM_INVALID)
		return false;
	return sim_desc_kind(geo, store->level, store->old) == SIM_INVALID ||
	       !is_executable(geo, sim_effective_attrs(geo, store->old, store->above));
}

static uint64_t event_of(const struct sim_past *past)
{
	return past ? past->event : 0;
}

/* The first barrier like this after the event at @from. */
static size_t find_barrier(const struct sim *sim, size_t from, unsigned int cpu, bool isb)
{
	while (from-- > 0) {
		const struct sim_past *past = sim_past_at(sim, from);

		if (past->kind != SIM_PAST_BARRIER || past->cpu != cpu ||
		    (past->level == SIM_ISB) != isb)
			continue;
		/* DSB NSH: what follows on its own CPU observes the store. */
		if (isb || past->level != SIM_DSB_NSH || cpu == sim->cpu)
			return from;
	}
	return SIZE_MAX;
}

static void report_unsynchronized(struct sim *sim, uint64_t va, size_t store, size_t dsb)
{
	const struct sim_past *past = sim_past_at(sim, store);

	if (dsb == SIZE_MAX)
		sim_explain(sim,
			    "cpu%u made it executable at line %" PRIu64
			    "; no DSB of cpu%u follows",
			    past->cpu, past->event, past->cpu);
	else
		sim_explain(sim,
			    "cpu%u made it executable at line %" PRIu64
			    "; no ISB of cpu%u follows the DSB of line %" PRIu64,
			    past->cpu, past->event, sim->cpu,
			    event_of(sim_past_at(sim, dsb)));
	sim_report(sim, SIM_FETCH, sim_self(sim), va, 4,
		   "cpu%u executes 0x%" PRIx64
		   ", and may have fetched what was there before",
		   sim->cpu, va);
}

static void check_synchronized(struct sim *sim, uint64_t va)
{
	const struct sim_past *past;
	size_t store, dsb;

	for (store = 0; (past = sim_past_at(sim, store)); store++) {
		if (makes_executable(sim, past, va))
			break;
	}
	if (!past)
		return;
	dsb = find_barrier(sim, store, past->cpu, false);
	if (dsb == SIZE_MAX || find_barrier(sim, dsb, sim->cpu, true) == SIZE_MAX)
		report_unsynchronized(sim, va, store, dsb);
}

void sim_execute(struct sim *sim, uint64_t va)
{
	struct sim_translation now;

	sim_trace(sim, "execute va=0x%016" PRIx64, va);
	now = sim_walk(sim, sim_class_of(sim, sim->cpu)->ttbr, va);
	if (now.valid && is_executable(&sim->geo, now.attrs))
		check_synchronized(sim, va);
	else
		sim_report(sim, SIM_FETCH, sim_self(sim), va, 4,
			   "cpu%u executes 0x%" PRIx64 ", which the tables say is %s",
			   sim->cpu, va, now.valid ? "not executable" : "not mapped");
}
