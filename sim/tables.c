/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known of each table: where it is linked, who wrote it before it was,
 * and whether a descriptor that led to it may still be cached. Knows nothing
 * of leaves.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

uint64_t sim_roots_reaching(const struct sim *sim, uint64_t granule)
{
	const struct sim_table *table = &sim->tables[granule];
	uint64_t pa = sim_granule_pa(sim, granule);
	uint64_t reaching = 0;

	if (!table->known)
		return 0;
	for (uint64_t left = sim->active; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim_table_on_path(sim, sim->roots[root].pa, table->level,
				      table->va) == pa)
			reaching |= UINT64_C(1) << root;
	}
	return reaching;
}

/* CPUs that may have a descriptor in a walk cache that led to this table. */
static struct sim_concerned descriptor_holders(const struct sim *sim,
					       const struct sim_table *table)
{
	struct sim_query query = {
		.roots = table->roots,
		.birth = table->since,
		.death = table->death,
		.walked = SIM_ANYWHERE,
		.below = SIM_ANY_LEVEL,
	};

	if (!table->death)
		return (struct sim_concerned){ 0 };
	return sim_holders(sim, &query);
}

/* CPUs that can walk to this table, or left a root that leads to it and did not invalidate. */
static struct sim_concerned walkers_to(const struct sim *sim, uint64_t granule)
{
	struct sim_query query = {
		.roots = sim_roots_reaching(sim, granule),
		.death = SIM_NEVER,
		.walked = SIM_ANYWHERE,
		.below = SIM_ANY_LEVEL,
	};

	return sim_holders(sim, &query);
}

/* --------------------------------------------------------------------- learning */

/* What a link of a table and all it reaches has shown. */
struct learning {
	struct sim *sim;
	uint64_t unordered, first_unordered; /* tables; the first one's address */
	unsigned int writer;
	uint64_t missing, first_missing;
};

/* CPUs that stored to it and executed no DSB since. */
static uint64_t unordered_writers(const struct sim *sim, const struct sim_table *table)
{
	uint64_t writers = table->wrote_by;

	for (uint64_t left = writers; left; left &= left - 1) {
		unsigned int cpu = (unsigned int)__builtin_ctzll(left);

		if (table->wrote_at <= sim->cpus[cpu].ordered_at)
			writers &= ~(UINT64_C(1) << cpu);
	}
	return writers;
}

static void note_unordered(struct learning *learning, uint64_t pa, unsigned int writer)
{
	if (!learning->unordered++) {
		learning->first_unordered = pa;
		learning->writer = writer;
	}
}

static void note_missing(struct learning *learning, uint64_t pa)
{
	if (!learning->missing++)
		learning->first_missing = pa;
}

static bool is_memory(const struct sim *sim, uint64_t pa)
{
	return sim_table_at(sim, pa) && sim->allocated[sim_granule_of(sim, pa)];
}

/* Linked here already, so all below it is known, too. */
static bool is_known_here(const struct sim *sim, uint64_t granule, int level, uint64_t va)
{
	const struct sim_table *table = &sim->tables[granule];

	return table->known && table->level == level && table->va == va &&
	       sim_roots_reaching(sim, granule);
}

static void know(struct sim *sim, struct sim_table *table, int level, uint64_t va)
{
	bool same_place = table->known && table->level == level && table->va == va;

	if (!same_place)
		table->since = sim->epoch;
	table->known = true;
	table->level = (int8_t)level;
	table->va = va;
}

static void learn_table(struct learning *learning, uint64_t pa, int level, uint64_t va)
{
	struct sim *sim = learning->sim;
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *entries = sim_table_at(sim, pa);
	uint64_t granule = sim_granule_of(sim, pa);
	uint64_t writers;

	if (!is_memory(sim, pa)) {
		note_missing(learning, pa);
		return;
	}
	if (is_known_here(sim, granule, level, va))
		return;
	writers = unordered_writers(sim, &sim->tables[granule]);
	if (writers)
		note_unordered(learning, pa, (unsigned int)__builtin_ctzll(writers));
	know(sim, &sim->tables[granule], level, va);
	if (level == SIM_LAST_LEVEL)
		return;
	for (unsigned int i = 0; i < geo->entries[level]; i++) {
		if (sim_desc_kind(geo, level, entries[i]) == SIM_TABLE)
			learn_table(learning, sim_table_output(geo, entries[i]),
				    level + 1, va + ((uint64_t)i << geo->shift[level]));
	}
}

void sim_learn(struct sim *sim, uint64_t pa, int level, uint64_t va)
{
	struct learning learning = { .sim = sim };

	learn_table(&learning, pa, level, va);
	if (learning.missing)
		sim_report(
			sim, SIM_USE_AFTER_FREE, sim_self(sim), va, 0,
			"%" PRIu64
			" tables are linked that are free or no memory, first 0x%" PRIx64,
			learning.missing, learning.first_missing);
	if (learning.unordered)
		sim_report(sim, SIM_INVISIBLE_TABLE, sim_self(sim), va, 0,
			   "%" PRIu64 " tables are linked, first 0x%" PRIx64
			   ", with no DSB since cpu%u wrote them",
			   learning.unordered, learning.first_unordered, learning.writer);
}

/* --------------------------------------------------------------------- retiring */

void sim_retire(struct sim *sim, uint64_t pa, uint64_t roots)
{
	struct sim_cpu *cpu = &sim->cpus[sim->cpu];
	struct sim_table *table;

	if (!sim_table_at(sim, pa))
		return;
	table = &sim->tables[sim_granule_of(sim, pa)];
	table->roots = roots | (table->death ? table->roots : 0);
	table->death = SIM_PENDING;
	cpu->retired = sim_grow(cpu->retired, &cpu->retired_room, cpu->retired_count + 1,
				sizeof(*cpu->retired));
	cpu->retired[cpu->retired_count++] = sim_granule_of(sim, pa);
}

void sim_retire_settle(struct sim *sim, unsigned int cpu)
{
	struct sim_cpu *by = &sim->cpus[cpu];

	for (size_t i = 0; i < by->retired_count; i++) {
		struct sim_table *table = &sim->tables[by->retired[i]];

		/* It may have been freed, and be another table now. */
		if (table->death == SIM_PENDING)
			table->death = sim->epoch;
	}
	by->retired_count = 0;
}

/* Until the DSB, walks from any root may still find them. */
void sim_retire_inherit(struct sim *sim, unsigned int root)
{
	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		const struct sim_cpu *by = &sim->cpus[cpu];

		for (size_t i = 0; i < by->retired_count; i++)
			sim->tables[by->retired[i]].roots |= UINT64_C(1) << root;
	}
}

/* Deaths that are over lie before any span on the new root. */
void sim_retire_forget_root(struct sim *sim, unsigned int root)
{
	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		const struct sim_cpu *by = &sim->cpus[cpu];

		for (size_t i = 0; i < by->retired_count; i++)
			sim->tables[by->retired[i]].roots &= ~(UINT64_C(1) << root);
	}
}

/* ------------------------------------------------------------- writing, releasing */

void sim_note_write(struct sim *sim, uint64_t granule)
{
	struct sim_table *table = &sim->tables[granule];
	struct sim_concerned holders = descriptor_holders(sim, table);

	table->wrote_by = unordered_writers(sim, table) | UINT64_C(1) << sim->cpu;
	table->wrote_at = sim->event;
	if (holders.count)
		sim_report(
			sim, SIM_USE_AFTER_FREE, holders, table->va, 0,
			"the table at 0x%" PRIx64
			" is written while cpu%u may walk to it from a stale descriptor",
			sim_granule_pa(sim, granule), holders.first);
}

void sim_wrote(struct sim *sim, const void *pointer)
{
	uint64_t pa = sim_address(sim, pointer);
	uint64_t granule = sim_granule_of(sim, pa);
	struct sim_concerned walkers;

	sim_trace(sim, "wrote pa=0x%016" PRIx64, pa);
	walkers = walkers_to(sim, granule);
	if (walkers.count) {
		sim_report(sim, SIM_USE_AFTER_FREE, walkers, sim->tables[granule].va, 0,
			   "the table at 0x%" PRIx64
			   " is written with plain stores while cpu%u may walk it",
			   pa, walkers.first);
		return;
	}
	sim_note_write(sim, granule);
	sim->tables[granule].known = false;
}

static void check_release_of_one(struct sim *sim, uint64_t granule)
{
	const struct sim_table *table = &sim->tables[granule];
	struct sim_concerned walkers = walkers_to(sim, granule);
	struct sim_concerned holders = descriptor_holders(sim, table);
	uint64_t pa = sim_granule_pa(sim, granule);

	if (walkers.count)
		sim_report(sim, SIM_USE_AFTER_FREE, walkers, table->va, 0,
			   "the table at 0x%" PRIx64
			   " is freed while cpu%u can walk to it",
			   pa, walkers.first);
	else if (holders.count)
		sim_report(sim, SIM_USE_AFTER_FREE, holders, table->va, 0,
			   "the table at 0x%" PRIx64
			   " is freed while cpu%u may have its descriptor cached",
			   pa, holders.first);
}

void sim_check_release(struct sim *sim, uint64_t granule, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		check_release_of_one(sim, granule + i);
}
