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

/* CPUs that may have a descriptor in a walk cache that led to the table at @pa. */
struct descriptor_search {
	const struct sim *sim;
	uint64_t pa;
	struct sim_concerned holders;
};

static bool leads_to(const struct sim_geometry *geo, const struct sim_mapping *what,
		     uint64_t pa)
{
	uint64_t va = (pa - what->offset) / geo->granule_size << geo->shift[what->level];

	return va >= what->start && va <= what->last;
}

static bool find_holders(void *ctx, struct sim_dead *dead)
{
	struct descriptor_search *search = ctx;
	struct sim_query query = sim_query_for(dead);

	if (!leads_to(&search->sim->geo, &dead->what, search->pa))
		return true;
	search->holders = sim_holders(search->sim, &query);
	/* Who comes to walk there before the DSB still finds it. */
	if (!search->holders.count && dead->death == SIM_PENDING)
		search->holders = (struct sim_concerned){ dead->cpu, 1 };
	return !search->holders.count;
}

static struct sim_concerned descriptor_holders(const struct sim *sim, uint64_t granule)
{
	const struct sim_table *table = &sim->tables[granule];
	struct descriptor_search search = { .sim = sim,
					    .pa = sim_granule_pa(sim, granule) };

	if (!table->retired)
		return search.holders;
	sim_log_for_each_table(sim, table->retired_elsewhere ? 0 : table->retired_va,
			       table->retired_elsewhere ? UINT64_MAX : table->retired_va,
			       find_holders, &search);
	return search.holders;
}

/* CPUs that can walk to this table, or left a root that leads to it and did not invalidate. */
static struct sim_concerned walkers_to(const struct sim *sim, uint64_t granule)
{
	struct sim_query query = {
		.roots = sim_roots_reaching(sim, granule),
		.death = SIM_NEVER,
		.fetched = SIM_ANYWHERE,
		.below = SIM_ANY_LEVEL,
	};

	if (!query.roots)
		return (struct sim_concerned){ 0 };
	return sim_holders(sim, &query);
}

/* ---------------------------------------------------------------------- writers */

static bool is_unordered(const struct sim *sim, const struct sim_writer *writer)
{
	return writer->at > sim->cpus[writer->cpu].ordered_at;
}

/*
 * The first one that stored to @table and executed no DSB since, or NULL. Who
 * begins to walk finds the stores to tables that were walked before in the log.
 */
static const struct sim_writer *
unordered_writer(const struct sim *sim, const struct sim_table *table, bool linked)
{
	const struct sim_writer *writer = &table->writer;

	while (writer && (!is_unordered(sim, writer) || (writer->logged && !linked)))
		writer = writer->next;
	return writer;
}

/* Few tables have more than one writer at a time. */
static void add_writer(struct sim *sim, struct sim_writer *first, bool logged)
{
	struct sim_writer *writer = first;

	while (writer && writer->cpu != sim->cpu && is_unordered(sim, writer))
		writer = writer->next;
	if (!writer) {
		writer = calloc(1, sizeof(*writer));
		if (!writer)
			abort();
		writer->next = first->next;
		first->next = writer;
		sim->writers++;
	}
	writer->logged = logged && (writer->logged || !is_unordered(sim, writer));
	writer->cpu = sim->cpu;
	writer->at = sim->event;
}

static void forget_writers(struct sim *sim, struct sim_writer *first)
{
	while (first->next) {
		struct sim_writer *next = first->next;

		first->next = next->next;
		free(next);
		sim->writers--;
	}
	first->at = 0;
}

/* --------------------------------------------------------------------- learning */

/* What a link of a table and all it reaches has shown. */
struct learning {
	struct sim *sim;
	bool linked;			     /* by a store, not by a TTBR write */
	uint64_t unordered, first_unordered; /* tables; the first one's address */
	unsigned int writer;
	uint64_t missing, first_missing;
};

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

bool sim_is_table(const struct sim *sim, uint64_t pa)
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

static void know(struct sim_table *table, int level, uint64_t va)
{
	table->known = true;
	table->level = level;
	table->va = va;
}

static void learn_table(struct learning *learning, uint64_t pa, int level, uint64_t va)
{
	struct sim *sim = learning->sim;
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *entries = sim_table_at(sim, pa);
	uint64_t granule = sim_granule_of(sim, pa);
	const struct sim_writer *writer;

	if (!sim_is_table(sim, pa)) {
		note_missing(learning, pa);
		return;
	}
	if (is_known_here(sim, granule, level, va))
		return;
	writer = unordered_writer(sim, &sim->tables[granule], learning->linked);
	if (writer)
		note_unordered(learning, pa, writer->cpu);
	know(&sim->tables[granule], level, va);
	if (level == SIM_LAST_LEVEL)
		return;
	for (unsigned int i = 0; i < geo->entries[level]; i++) {
		if (sim_desc_kind(geo, level, entries[i]) == SIM_TABLE)
			learn_table(learning, sim_table_output(geo, entries[i]),
				    level + 1, va + ((uint64_t)i << geo->shift[level]));
	}
}

static void learn(struct sim *sim, uint64_t pa, int level, uint64_t va, bool linked)
{
	struct learning learning = { .sim = sim, .linked = linked };

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

void sim_learn_root(struct sim *sim, uint64_t pa)
{
	learn(sim, pa, sim->geo.start, sim->geo.base, false);
}

void sim_learn(struct sim *sim, uint64_t pa, int level, uint64_t va)
{
	learn(sim, pa, level, va, true);
}

/* --------------------------------------------------------------------- retiring */

/* Where the log has descriptors of it. */
void sim_retire(struct sim *sim, uint64_t pa, uint64_t va)
{
	struct sim_table *table = &sim->tables[sim_granule_of(sim, pa)];

	table->retired_elsewhere |= table->retired && table->retired_va != va;
	table->retired = true;
	table->retired_va = va;
}

/* ------------------------------------------------------------- writing, releasing */

void sim_note_logged_write(struct sim *sim, uint64_t granule)
{
	add_writer(sim, &sim->tables[granule].writer, true);
}

void sim_note_write(struct sim *sim, uint64_t granule)
{
	struct sim_table *table = &sim->tables[granule];
	struct sim_concerned holders = descriptor_holders(sim, granule);

	add_writer(sim, &table->writer, false);
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
	struct sim_concerned holders = descriptor_holders(sim, granule);
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

void sim_forget_table(struct sim *sim, uint64_t granule)
{
	struct sim_table *table = &sim->tables[granule];

	forget_writers(sim, &table->writer);
	sim_unseen_forget_table(sim, granule);
	*table = (struct sim_table){ 0 };
}
