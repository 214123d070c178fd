/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the running code itself reaches through the translation under test: the slots it
 * stores to, its code, stack and data. A walk may begin at each root that the CPU may be
 * walking and see each value that an entry had since its last DSB; all such walks must
 * end well. Knows nothing of TLBs: what is only cached is not relied on.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

/* --------------------------------------------------------------------------- walks */

/* An access to @va by @cpu, and all walks for it. */
struct access {
	const struct sim *sim;
	unsigned int cpu;
	uint64_t va;
	bool store; /* to memory at @pa */
	uint64_t pa;
	uint64_t size; /* smallest entry that a walk ended at */
};

static bool ends_well(struct access *access, int level, uint64_t desc, uint64_t above)
{
	const struct sim_geometry *geo = &access->sim->geo;
	uint64_t size = sim_entry_size(geo, level);
	uint64_t attrs = sim_effective_attrs(geo, desc, above);

	if (size < access->size)
		access->size = size;
	if (sim_desc_kind(geo, level, desc) != SIM_LEAF)
		return false;
	if (!access->store)
		return true;
	if ((attrs & SIM_DESC_READ_ONLY) && !(attrs & SIM_DESC_DBM))
		return false;
	return (sim_leaf_output(geo, level, desc) | (access->va & (size - 1))) ==
	       access->pa;
}

static bool table_ends_well(struct access *access, uint64_t pa, int level,
			    uint64_t above);

static bool entry_ends_well(struct access *access, int level, uint64_t desc,
			    uint64_t above)
{
	const struct sim_geometry *geo = &access->sim->geo;
	uint64_t pa = sim_table_output(geo, desc);

	if (sim_desc_kind(geo, level, desc) != SIM_TABLE)
		return ends_well(access, level, desc, above);
	return sim_table_at(access->sim, pa) &&
	       table_ends_well(access, pa, level + 1, above | desc);
}

/* @above: the table descriptors on the way, or-ed. */
static bool table_ends_well(struct access *access, uint64_t pa, int level, uint64_t above)
{
	const struct sim *sim = access->sim;
	const struct sim_table *table = sim_table_of(sim, pa);
	unsigned int index = sim_index(&sim->geo, level, access->va);

	for (const struct sim_unseen *unseen = table->unseen; unseen;
	     unseen = unseen->next_in_table) {
		if (unseen->index == index &&
		    !(unseen->cpu == access->cpu && unseen->seen_here) &&
		    !entry_ends_well(access, level, unseen->old, above))
			return false;
	}
	return entry_ends_well(access, level, sim_table_at(sim, pa)[index], above);
}

/* From every root that the CPU may be walking. */
static bool all_walks_end_well(struct access *access)
{
	const struct sim *sim = access->sim;
	const struct sim_class *class = sim_class_of(sim, access->cpu);

	access->size = sim->geo.range_mask + 1;
	if (sim->cpus[access->cpu].maybe_empty || !sim_in_range(&sim->geo, access->va))
		return false;
	for (size_t i = 0; i < class->span_count; i++) {
		uint64_t root = sim->roots[class->spans[i].root].pa;

		if (class->spans[i].until == SIM_NEVER && sim_table_at(sim, root) &&
		    !table_ends_well(access, root, sim->geo.start, 0))
			return false;
	}
	return true;
}

/* --------------------------------------------------------------------------- slots */

void sim_linear_map(struct sim *sim, uint64_t va_offset)
{
	sim_trace(sim, "linear-map offset=0x%016" PRIx64, va_offset);
	sim->linear_map = true;
	sim->linear_offset = va_offset;
}

void sim_check_slot(struct sim *sim, const uint64_t *slot)
{
	uint64_t pa = sim_address(sim, slot);
	struct access access = {
		.sim = sim,
		.cpu = sim->cpu,
		.va = pa + sim->linear_offset,
		.store = true,
		.pa = pa,
	};

	if (sim->linear_map && !all_walks_end_well(&access))
		sim_report(sim, SIM_SELF_COVER, sim_self(sim), access.va, sizeof(*slot),
			   "cpu%u stores to a table through 0x%" PRIx64
			   ", which may not map 0x%" PRIx64 " writable",
			   sim->cpu, access.va, pa);
}

/* --------------------------------------------------------------------------- needs */

static struct sim_need *find_need(struct sim *sim, uint64_t start, uint64_t last)
{
	struct sim_need *need;

	for (size_t i = 0; i < sim->need_count; i++) {
		need = &sim->needs[i];
		if (need->start == start && need->last == last)
			return need;
	}
	sim->needs = sim_grow(sim->needs, &sim->need_room, sim->need_count + 1,
			      sizeof(*sim->needs));
	need = &sim->needs[sim->need_count++];
	*need = (struct sim_need){ .start = start, .last = last };
	if (sim->need_count == 1 || start < sim->needs_start)
		sim->needs_start = start;
	if (sim->need_count == 1 || last > sim->needs_last)
		sim->needs_last = last;
	return need;
}

static void add_need(struct sim *sim, struct sim_need *need)
{
	struct sim_cpu *cpu = &sim->cpus[sim->cpu];

	need->cpus = sim_grow(need->cpus, &need->cpu_room, need->cpu_count + 1,
			      sizeof(*need->cpus));
	need->cpus[need->cpu_count++] = sim->cpu;
	cpu->needs = sim_grow(cpu->needs, &cpu->need_room, cpu->need_count + 1,
			      sizeof(*cpu->needs));
	cpu->needs[cpu->need_count++] = (unsigned int)(need - sim->needs);
}

static void remove_cpu(struct sim_need *need, unsigned int cpu)
{
	size_t kept = 0;

	for (size_t i = 0; i < need->cpu_count; i++) {
		if (need->cpus[i] != cpu)
			need->cpus[kept++] = need->cpus[i];
	}
	need->cpu_count = kept;
}

static void forget_needs(struct sim *sim)
{
	struct sim_cpu *cpu = &sim->cpus[sim->cpu];

	for (size_t i = 0; i < cpu->need_count; i++)
		remove_cpu(&sim->needs[cpu->needs[i]], sim->cpu);
	cpu->need_count = 0;
}

void sim_needs(struct sim *sim, uint64_t va, uint64_t size)
{
	sim_trace(sim, "needs va=0x%016" PRIx64 " size=0x%" PRIx64, va, size);
	if (!size) {
		forget_needs(sim);
		return;
	}
	if (va + (size - 1) < va) {
		sim_misuse(sim, "a need of 0x%" PRIx64 " bytes from 0x%" PRIx64 " on",
			   size, va);
		return;
	}
	add_need(sim, find_need(sim, va, va + (size - 1)));
	sim_check_needs(sim);
}

void sim_free_needs(struct sim *sim)
{
	for (unsigned int i = 0; sim->cpus && i < sim->config.cpus; i++)
		free(sim->cpus[i].needs);
	for (size_t i = 0; i < sim->need_count; i++)
		free(sim->needs[i].cpus);
	free(sim->needs);
}

/* Whether @cpu may find part of @need unmapped; access->va is the first such address. */
static bool is_missed(struct access *access, const struct sim_need *need)
{
	uint64_t va = need->start;

	for (;;) {
		uint64_t entry_last;

		access->va = va;
		if (!all_walks_end_well(access))
			return true;
		entry_last = va | (access->size - 1);
		if (entry_last >= need->last)
			return false;
		va = entry_last + 1;
	}
}

static bool runs_here(const struct sim_cpu *cpu)
{
	return !cpu->held && !cpu->identity_mapped;
}

static void report_missed(struct sim *sim, struct sim_concerned concerned,
			  const struct sim_need *need, uint64_t va)
{
	sim_report(sim, SIM_SELF_COVER, concerned, va, need->last - va + 1,
		   "cpu%u runs in what 0x%" PRIx64
		   " maps, and may find it not mapped (it needs 0x%" PRIx64
		   " to 0x%" PRIx64 ")",
		   concerned.first, va, need->start, need->last);
}

/* One finding for all CPUs that miss it. */
static void check_need(struct sim *sim, const struct sim_need *need)
{
	struct sim_concerned concerned = { 0 };
	uint64_t va = 0;

	for (size_t i = 0; i < need->cpu_count; i++) {
		struct access access = { .sim = sim, .cpu = need->cpus[i] };

		if (!runs_here(&sim->cpus[access.cpu]) || !is_missed(&access, need))
			continue;
		if (!concerned.count++) {
			concerned.first = access.cpu;
			va = access.va;
		}
	}
	if (concerned.count)
		report_missed(sim, concerned, need, va);
}

void sim_check_needs(struct sim *sim)
{
	const struct sim_cpu *cpu = &sim->cpus[sim->cpu];

	for (size_t i = 0; runs_here(cpu) && i < cpu->need_count; i++) {
		const struct sim_need *need = &sim->needs[cpu->needs[i]];
		struct access access = { .sim = sim, .cpu = sim->cpu };

		if (is_missed(&access, need))
			report_missed(sim, sim_self(sim), need, access.va);
	}
}

/* Other CPUs run on while this one stores: check their needs, too. */
void sim_check_needs_of_others(struct sim *sim, const struct sim_change *change)
{
	if (!change->roots || !sim->need_count || change->start > sim->needs_last ||
	    change->last < sim->needs_start)
		return;
	for (size_t i = 0; i < sim->need_count; i++) {
		const struct sim_need *need = &sim->needs[i];

		if (change->start <= need->last && change->last >= need->start)
			check_need(sim, need);
	}
}
