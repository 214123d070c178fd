/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known about each table: where it is linked, which CPUs wrote to it before, and
 * whether a descriptor that led to it may still be cached. Knows nothing of leaves.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

/* Is @table a root that takes less than a granule? */
static bool is_small_root(const struct sim *sim, const struct sim_table *table)
{
	return table->known && table->level == sim->geo.start &&
	       sim->geo.root_size < sim->geo.granule_size;
}

/*
 * A granule holds one table, or several roots that are smaller. Memory beside such a root
 * is unused, or will be another root.
 */
uint64_t sim_table_holding(const struct sim *sim, uint64_t pa)
{
	uint64_t granule = pa & ~(sim->geo.granule_size - 1);
	uint64_t place = pa & ~(sim->geo.root_size - 1);

	if (is_small_root(sim, sim_table_of(sim, place)) ||
	    is_small_root(sim, sim_table_of(sim, granule)))
		return place;
	return granule;
}

uint64_t sim_roots_reaching_at(const struct sim *sim, uint64_t pa, int level, uint64_t va)
{
	uint64_t reaching = 0;

	for (uint64_t left = sim->active; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim_table_on_path(sim, sim->roots[root].pa, level, va) == pa)
			reaching |= UINT64_C(1) << root;
	}
	return reaching;
}

uint64_t sim_roots_reaching(const struct sim *sim, uint64_t pa)
{
	const struct sim_table *table = sim_table_of(sim, pa);
	uint64_t reaching = 0;

	if (!table->known)
		return 0;
	for (const struct sim_place *place = table->others; place; place = place->next)
		reaching |= sim_roots_reaching_at(sim, pa, place->level, place->va);
	return reaching | sim_roots_reaching_at(sim, pa, table->level, table->va);
}

/* CPUs that may have a descriptor in a walk cache that led to the table at @pa. */
struct descriptor_search {
	const struct sim *sim;
	uint64_t pa;
	struct sim_concerned holders;
	struct sim_mapping what; /* the descriptor */
	uint64_t roots;
};

static bool find_holders(void *ctx, struct sim_dead *dead)
{
	struct descriptor_search *search = ctx;
	struct sim_query query = sim_query_for(dead);

	if (!sim_mapping_leads_to(&search->sim->geo, &dead->what, search->pa))
		return true;
	search->what = dead->what;
	search->roots = dead->roots;
	search->holders = sim_holders(search->sim, &query);
	/* A CPU that begins to walk there before the DSB still finds it. */
	if (!search->holders.count && dead->death == SIM_PENDING)
		search->holders = (struct sim_concerned){ dead->cpu, 1 };
	return !search->holders.count;
}

static struct descriptor_search find_descriptor(const struct sim *sim, uint64_t pa)
{
	const struct sim_table *table = sim_table_of(sim, pa);
	struct descriptor_search search = { .sim = sim, .pa = pa };

	if (!table->retired)
		return search;
	sim_log_for_each_table(sim, table->retired_elsewhere ? 0 : table->retired_va,
			       table->retired_elsewhere ? UINT64_MAX : table->retired_va,
			       find_holders, &search);
	return search;
}

static void explain_descriptor(struct sim *sim, const struct descriptor_search *search)
{
	const struct sim_geometry *geo = &sim->geo;
	uint64_t va = (search->pa - search->what.offset) / geo->granule_size
		      << sim_shift(geo, search->what.level);
	struct sim_held held = { &search->what, va, search->roots,
				 search->holders.first };

	sim_explain_held(sim, &held);
}

/* It is linked still: no TLBI would help. */
static void explain_link(struct sim *sim, const struct sim_table *table)
{
	if (table->level == sim->geo.start)
		sim_explain(sim, "it is a root that was not left, or left with no TLBI");
	else
		sim_explain(sim, "the level %d descriptor of 0x%" PRIx64 " leads to it",
			    table->level - 1, table->va);
}

/*
 * CPUs that can walk to this table, or left a root that leads to it without invalidating.
 */
static struct sim_concerned walkers_to(const struct sim *sim, uint64_t pa)
{
	struct sim_query query = {
		.roots = sim_roots_reaching(sim, pa),
		.death = SIM_NEVER,
		.tagged = true,
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
 * The first CPU that stored to @table and executed no DSB since, or NULL. A CPU that
 * begins to walk finds stores to tables that were walked before in the log.
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
		sim->records++;
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
		sim->records--;
	}
	first->at = 0;
}

/* --------------------------------------------------------------------- learning */

/* What linking a table shows about it and all it reaches. */
struct learning {
	struct sim *sim;
	bool linked;			     /* by a store, not by a TTBR write */
	bool again;			     /* also what is known */
	uint64_t unordered, first_unordered; /* tables; the first one's address */
	unsigned int writer;
	uint64_t written; /* event */
	uint64_t missing, first_missing;
	uint64_t untold; /* tables that sim_wrote() was not called for */
	struct sim_untold first_untold;
};

static void record_unordered(struct learning *learning, uint64_t pa,
			     const struct sim_writer *writer)
{
	if (learning->unordered++)
		return;
	learning->first_unordered = pa;
	learning->writer = writer->cpu;
	learning->written = writer->at;
}

static void record_missing(struct learning *learning, uint64_t pa)
{
	if (!learning->missing++)
		learning->first_missing = pa;
}

static void begin_to_watch(struct learning *learning, uint64_t pa)
{
	struct sim_untold untold;

	if (sim_shadow_begin(learning->sim, pa, &untold) && !learning->untold++)
		learning->first_untold = untold;
}

bool sim_is_table(const struct sim *sim, uint64_t pa)
{
	return sim_table_at(sim, pa) && sim->allocated[sim_granule_of(sim, pa)];
}

static bool is_place(const struct sim_table *table, int level, uint64_t va)
{
	const struct sim_place *place = table->others;

	if (table->level == level && table->va == va)
		return true;
	while (place && !(place->level == level && place->va == va))
		place = place->next;
	return place;
}

/* Linked here already, so all below it is known, too. */
static bool is_known_here(const struct sim *sim, uint64_t pa, int level, uint64_t va)
{
	const struct sim_table *table = sim_table_of(sim, pa);

	return table->known && is_place(table, level, va) &&
	       sim_roots_reaching_at(sim, pa, level, va);
}

/* Before a root was known, all of its granule counted as one table. */
static const struct sim_writer *unordered_writer_of(const struct sim *sim, uint64_t pa,
						    bool linked)
{
	uint64_t granule = pa & ~(sim->geo.granule_size - 1);
	const struct sim_writer *writer =
		unordered_writer(sim, sim_table_of(sim, pa), linked);

	return writer ? writer :
			unordered_writer(sim, sim_table_of(sim, granule), linked);
}

static void divide(struct sim *sim, uint64_t pa)
{
	if (pa & (sim->geo.granule_size - 1))
		sim->divided[sim_granule_of(sim, pa)] = 1;
}

static void forget_places(struct sim *sim, struct sim_table *table)
{
	while (table->others) {
		struct sim_place *next = table->others->next;

		free(table->others);
		table->others = next;
		sim->records--;
	}
}

/* Those where it is still linked, but for the one given; how many. */
static unsigned int keep_places(struct sim *sim, uint64_t pa, int level, uint64_t va)
{
	struct sim_place **link = &sim_table_of(sim, pa)->others;
	unsigned int kept = 0;

	while (*link) {
		struct sim_place *place = *link;

		if (!(place->level == level && place->va == va) &&
		    sim_roots_reaching_at(sim, pa, place->level, place->va)) {
			kept++;
			link = &place->next;
			continue;
		}
		*link = place->next;
		free(place);
		sim->records--;
	}
	return kept;
}

static void add_place(struct sim *sim, struct sim_table *table)
{
	struct sim_place *place = malloc(sizeof(*place));

	if (!place)
		abort();
	*place = (struct sim_place){ table->level, table->va, table->others };
	table->others = place;
	sim->records++;
}

/* If it is linked elsewhere as well, both are followed. */
static void know(struct sim *sim, uint64_t pa, int level, uint64_t va)
{
	struct sim_table *table = sim_table_of(sim, pa);
	unsigned int others = keep_places(sim, pa, level, va);

	divide(sim, pa);
	if (table->known && !(table->level == level && table->va == va) &&
	    others + 1 < SIM_PLACES &&
	    sim_roots_reaching_at(sim, pa, table->level, table->va))
		add_place(sim, table);
	table->known = true;
	table->level = level;
	table->va = va;
}

static void learn_table(struct learning *learning, uint64_t pa, int level, uint64_t va)
{
	struct sim *sim = learning->sim;
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *entries = sim_table_at(sim, pa);
	const struct sim_writer *writer;

	if (!sim_is_table(sim, pa)) {
		record_missing(learning, pa);
		return;
	}
	if (!learning->again && is_known_here(sim, pa, level, va))
		return;
	writer = unordered_writer_of(sim, pa, learning->linked);
	/* A store may link the table that it is in: then it is seen, or it leads nowhere. */
	if (writer && writer->at != sim->event)
		record_unordered(learning, pa, writer);
	know(sim, pa, level, va);
	begin_to_watch(learning, pa);
	if (level == SIM_LAST_LEVEL)
		return;
	for (unsigned int i = 0; i < sim_entries(geo, level); i++) {
		if (sim_desc_kind(geo, level, entries[i]) == SIM_TABLE)
			learn_table(learning, sim_table_output(geo, entries[i]),
				    level + 1,
				    va + ((uint64_t)i << sim_shift(geo, level)));
	}
}

static void report_unordered(struct sim *sim, const struct learning *learning,
			     uint64_t va)
{
	unsigned int cpu = learning->writer;

	sim_explain(sim,
		    "cpu%u wrote it at line %" PRIu64
		    "; no DSB ISHST or ISH of cpu%u, or of one that observed it, follows",
		    cpu, learning->written, cpu);
	sim_report(sim, SIM_INVISIBLE_TABLE, sim_self(sim), va, 0,
		   "%" PRIu64 " tables are linked, first 0x%" PRIx64
		   ", with no DSB since cpu%u wrote them",
		   learning->unordered, learning->first_unordered, cpu);
}

static void report_untold(struct sim *sim, const struct learning *learning, uint64_t va)
{
	const struct sim_untold *first = &learning->first_untold;

	if (first->entries)
		sim_report(sim, SIM_UNTOLD, sim_self(sim), va, 0,
			   "%" PRIu64 " tables are linked with no sim_wrote() since they "
			   "changed, first 0x%" PRIx64 ": entry %u was 0x%" PRIx64
			   " at sim_wrote() and is 0x%" PRIx64,
			   learning->untold, first->pa, first->index, first->told,
			   first->now);
	else
		sim_report(sim, SIM_UNTOLD, sim_self(sim), va, 0,
			   "%" PRIu64 " tables are linked with no sim_wrote() since they "
			   "changed, first 0x%" PRIx64 ": no sim_wrote() named it",
			   learning->untold, first->pa);
}

static void learn(struct learning *learning, uint64_t pa, int level, uint64_t va)
{
	struct sim *sim = learning->sim;

	learn_table(learning, pa, level, va);
	if (learning->missing)
		sim_report(
			sim, SIM_USE_AFTER_FREE, sim_self(sim), va, 0,
			"%" PRIu64
			" tables are linked that are free or no memory, first 0x%" PRIx64,
			learning->missing, learning->first_missing);
	if (learning->unordered)
		report_unordered(sim, learning, va);
	if (learning->untold)
		report_untold(sim, learning, va);
}

void sim_learn_root(struct sim *sim, uint64_t pa)
{
	struct learning learning = { .sim = sim };

	learn(&learning, pa, sim->geo.start, sim->geo.base);
}

void sim_learn_root_again(struct sim *sim, uint64_t pa)
{
	struct learning learning = { .sim = sim, .again = true };

	learn(&learning, pa, sim->geo.start, sim->geo.base);
}

void sim_learn(struct sim *sim, uint64_t pa, int level, uint64_t va)
{
	struct learning learning = { .sim = sim, .linked = true };

	learn(&learning, pa, level, va);
}

/* --------------------------------------------------------------------- retiring */

/* The addresses where the log has descriptors of it. */
void sim_retire(struct sim *sim, uint64_t pa, uint64_t va)
{
	struct sim_table *table = sim_table_of(sim, pa);

	table->retired_elsewhere |= table->retired && table->retired_va != va;
	table->retired = true;
	table->retired_va = va;
}

/* ------------------------------------------------------------- writing, releasing */

void sim_record_logged_write(struct sim *sim, uint64_t pa)
{
	add_writer(sim, &sim_table_of(sim, pa)->writer, true);
}

void sim_record_write(struct sim *sim, uint64_t pa)
{
	struct sim_table *table = sim_table_of(sim, pa);
	struct descriptor_search search = find_descriptor(sim, pa);

	divide(sim, pa);
	add_writer(sim, &table->writer, false);
	if (!search.holders.count) {
		sim_late_check_table(sim, pa, "written");
		return;
	}
	explain_descriptor(sim, &search);
	sim_report(sim, SIM_USE_AFTER_FREE, search.holders, table->va, 0,
		   "the table at 0x%" PRIx64
		   " is written while cpu%u may walk to it from a stale descriptor",
		   pa, search.holders.first);
}

bool sim_may_be_walked(const struct sim *sim, uint64_t pa)
{
	return walkers_to(sim, pa).count || find_descriptor(sim, pa).holders.count;
}

void sim_wrote(struct sim *sim, const void *pointer)
{
	struct sim_concerned walkers;
	uint64_t pa;

	if (!sim_contains(sim, pointer)) {
		sim_misuse(sim, "sim_wrote() of what is not in the pool");
		return;
	}
	pa = sim_table_holding(sim, sim_address(sim, pointer));
	sim_trace(sim, "wrote pa=0x%016" PRIx64, pa);
	if (!sim_is_table(sim, pa)) {
		sim_report(sim, SIM_USE_AFTER_FREE, sim_self(sim), 0, 0,
			   "cpu%u wrote the table at 0x%" PRIx64 ", which is free",
			   sim->cpu, pa);
		return;
	}
	walkers = walkers_to(sim, pa);
	if (walkers.count) {
		sim_shadow_tell(sim, pa);
		explain_link(sim, sim_table_of(sim, pa));
		sim_report(sim, SIM_USE_AFTER_FREE, walkers, sim_table_of(sim, pa)->va, 0,
			   "the table at 0x%" PRIx64
			   " is written with plain stores while cpu%u may walk it",
			   pa, walkers.first);
		return;
	}
	sim_record_write(sim, pa);
	sim_shadow_forget(sim, pa);
	forget_places(sim, sim_table_of(sim, pa));
	sim_table_of(sim, pa)->known = false;
	sim_shadow_tell(sim, pa);
}

static void report_freed(struct sim *sim, uint64_t pa, struct sim_concerned concerned,
			 const char *how)
{
	sim_report(sim, SIM_USE_AFTER_FREE, concerned, sim_table_of(sim, pa)->va, 0,
		   "the table at 0x%" PRIx64 " is freed while cpu%u %s", pa,
		   concerned.first, how);
}

static void check_release_of_one(struct sim *sim, uint64_t pa)
{
	struct sim_concerned walkers = walkers_to(sim, pa);
	struct descriptor_search search = find_descriptor(sim, pa);

	if (walkers.count) {
		explain_link(sim, sim_table_of(sim, pa));
		report_freed(sim, pa, walkers, "can walk to it");
	} else if (search.holders.count) {
		explain_descriptor(sim, &search);
		report_freed(sim, pa, search.holders, "may have its descriptor cached");
	} else {
		sim_late_check_table(sim, pa, "freed");
	}
}

/* The tables that a granule has records of: one table, or several roots. */
static uint64_t tables_in(const struct sim *sim, uint64_t granule)
{
	return sim->divided[granule] ? sim->geo.granule_size >> sim->table_shift : 1;
}

static uint64_t table_in(const struct sim *sim, uint64_t granule, uint64_t i)
{
	return sim_granule_pa(sim, granule) + (i << sim->table_shift);
}

void sim_check_release(struct sim *sim, uint64_t granule, uint64_t count)
{
	for (uint64_t end = granule + count; granule < end; granule++) {
		for (uint64_t i = 0; i < tables_in(sim, granule); i++)
			check_release_of_one(sim, table_in(sim, granule, i));
	}
}

void sim_forget_granule(struct sim *sim, uint64_t granule)
{
	for (uint64_t i = 0; i < tables_in(sim, granule); i++) {
		struct sim_table *table = sim_table_of(sim, table_in(sim, granule, i));

		forget_writers(sim, &table->writer);
		forget_places(sim, table);
		sim_shadow_forget(sim, table_in(sim, granule, i));
		/* Unseen stores to it belong to their CPUs. */
		*table = (struct sim_table){ 0 };
	}
	sim->divided[granule] = 0;
}

/* For what they have on the heap. */
void sim_forget_tables(struct sim *sim)
{
	for (uint64_t i = 0; sim->records && i < sim->config.pool_tables; i++)
		sim_forget_granule(sim, i);
}
