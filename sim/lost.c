/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a store ends and begins, for the log: translations and table descriptors that
 * tables no longer hold, contiguous runs in which some members have the hint, what is
 * reached through stale descriptors, and what a root that begins to be walked may show of
 * stores on their way. Draws no conclusions.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

/* ------------------------------------------------------------------ what stores end */

static void log_lost_mapping(struct sim *sim, void *ctx,
			     const struct sim_mapping *mapping)
{
	const struct sim_change *change = ctx;
	struct sim_dead dead = {
		.what = *mapping,
		.death = SIM_PENDING,
		.roots = change->roots,
		.cpu = sim->cpu,
	};

	sim_log_add(sim, &dead);
}

static void log_lost_table(struct sim *sim, void *ctx, const struct sim_linked *linked)
{
	struct sim_mapping mapping;

	if (!sim_table_at(sim, linked->pa))
		return;
	mapping = sim_table_mapping(&sim->geo, linked);
	log_lost_mapping(sim, ctx, &mapping);
	sim_retire(sim, linked->pa, linked->va);
}

static bool is_hinted_leaf(const struct sim *sim, int level, uint64_t desc)
{
	return sim_desc_kind(&sim->geo, level, desc) == SIM_LEAF &&
	       sim_desc_hinted(&sim->geo, level, desc);
}

/* A run's translation may outlive the store to one member: see follow_runs(). */
static void log_what_is_lost(struct sim *sim, struct sim_change *change)
{
	struct sim_lost lost = { log_lost_mapping, log_lost_table, change };
	struct sim_replaced replaced = { change->level, change->va, change->old,
					 change->value, change->above };

	if (!is_hinted_leaf(sim, change->level, change->old))
		sim_for_each_lost(sim, &replaced, &lost);
}

static void learn_what_is_linked(struct sim *sim, const struct sim_change *change)
{
	int level = change->level;

	if (sim_desc_kind(&sim->geo, level, change->value) == SIM_TABLE)
		sim_learn(sim, sim_table_output(&sim->geo, change->value), level + 1,
			  change->va);
}

static void set_range(const struct sim *sim, struct sim_change *change)
{
	int level = change->level;
	bool run = is_hinted_leaf(sim, level, change->old) ||
		   is_hinted_leaf(sim, level, change->value);
	uint64_t size = run ? sim_run_size(&sim->geo, level) :
			      sim_entry_size(&sim->geo, level);

	change->start = change->va & ~(size - 1);
	change->last = change->va | (size - 1);
}

/* ------------------------------------------------------------------ contiguous runs */

/*
 * A walker that finds one member with the hint may cache the whole run. So the run's
 * translation lives until the last such member is gone, and it disagrees with the tables
 * as long as some members say otherwise: then it is in the log, though it is not dead.
 */
static unsigned int members_like(const struct sim_geometry *geo, const uint64_t *members,
				 uint64_t above, const struct sim_mapping *run)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < sim_run(geo, run->level); i++) {
		uint64_t va = run->start + ((uint64_t)i << sim_shift(geo, run->level));
		struct sim_mapping member;

		if (sim_desc_kind(geo, run->level, members[i]) != SIM_LEAF)
			continue;
		member = sim_leaf_mapping(geo, run->level, va, members[i], above);
		if (member.contiguous && member.offset == run->offset &&
		    member.attrs == run->attrs)
			count++;
	}
	return count;
}

/* As walkers from @root find them now. */
static unsigned int members_below(const struct sim *sim, unsigned int root,
				  const struct sim_mapping *run)
{
	uint64_t pa = sim_table_on_path(sim, sim->roots[root].pa, run->level, run->start);
	const uint64_t *table = sim_table_at(sim, pa);

	if (!table)
		return 0;
	return members_like(&sim->geo,
			    table + sim_index(&sim->geo, run->level, run->start),
			    sim_above_below(sim, sim->roots[root].pa, sim->geo.start,
					    run->level, run->start),
			    run);
}

struct run_search {
	const struct sim *sim;
	struct sim_dead *found;
	bool whole; /* or gone */
};

/* A run that lives on in the log, but has ended or is whole again. */
static bool find_outdated_run(void *ctx, struct sim_dead *dead)
{
	struct run_search *search = ctx;
	const struct sim *sim = search->sim;
	bool whole = true;

	if (dead->death != SIM_NEVER)
		return true;
	for (uint64_t left = dead->roots & sim->active; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);
		unsigned int members = members_below(sim, root, &dead->what);

		if (members && members < sim_run(&sim->geo, dead->what.level))
			return true;
		whole &= members != 0;
	}
	search->found = dead;
	search->whole = whole;
	return false;
}

static void update_living_runs(struct sim *sim, const struct sim_change *change)
{
	struct run_search search = { .sim = sim };

	while (sim->log_living && !sim_log_for_each(sim, change->start, change->last,
						    find_outdated_run, &search)) {
		if (search.whole)
			sim_log_remove(sim, search.found);
		else
			sim_log_end(sim, search.found);
	}
}

/* What a member of the run shows, or showed, unless all members do. */
static void log_run(struct sim *sim, const uint64_t *members, uint64_t above,
		    struct sim_dead *shown)
{
	unsigned int count = members_like(&sim->geo, members, above, &shown->what);

	shown->death = count ? SIM_NEVER : SIM_PENDING;
	if (count < sim_run(&sim->geo, shown->what.level))
		sim_log_add(sim, shown);
}

/* The run that @desc, before or after the store, is a member of. */
static void log_changed_run(struct sim *sim, const struct sim_change *change,
			    uint64_t desc)
{
	int level = change->level;
	unsigned int index = sim_index(&sim->geo, level, change->va);
	struct sim_dead shown = { .roots = change->roots, .cpu = sim->cpu };

	if (!is_hinted_leaf(sim, level, desc))
		return;
	shown.what = sim_leaf_mapping(&sim->geo, level, change->va, desc, change->above);
	log_run(sim, change->slot - index % sim_run(&sim->geo, level), change->above,
		&shown);
}

static void follow_runs(struct sim *sim, const struct sim_change *change)
{
	update_living_runs(sim, change);
	log_changed_run(sim, change, change->old);
	log_changed_run(sim, change, change->value);
}

/* --------------------------------------------------- what stale descriptors lead to */

/* Stale descriptors of tables that a change concerns: copies, as the log grows. */
struct stale_tables {
	const struct sim *sim;
	const struct sim_change *change;
	struct sim_dead *found;
	size_t count, room;
};

static void add_stale_table(struct stale_tables *tables, const struct sim_dead *dead)
{
	tables->found = sim_grow(tables->found, &tables->room, tables->count + 1,
				 sizeof(*tables->found));
	tables->found[tables->count++] = *dead;
}

bool sim_leads_to_change(const struct sim *sim, const struct sim_dead *dead,
			 const struct sim_change *change)
{
	const struct sim_mapping *what = &dead->what;

	return change->va >= what->start && change->va <= what->last &&
	       what->level < change->level &&
	       sim_table_below(sim, sim_mapping_table(&sim->geo, what, change->va),
			       what->level + 1, change->level, change->va) == change->pa;
}

/* A CPU holds it now or, before its DSB, may still come to fetch it. */
static bool collect_leading(void *ctx, struct sim_dead *dead)
{
	struct stale_tables *tables = ctx;
	struct sim_query holds = sim_query_for(dead);

	if (sim_leads_to_change(tables->sim, dead, tables->change) &&
	    (dead->death == SIM_PENDING || sim_anybody_holds(tables->sim, &holds)))
		add_stale_table(tables, dead);
	return true;
}

static bool collect_pending(void *ctx, struct sim_dead *dead)
{
	struct stale_tables *tables = ctx;

	if (dead->death == SIM_PENDING && (dead->roots & tables->change->roots) &&
	    dead->what.level < tables->change->level)
		add_stale_table(tables, dead);
	return true;
}

static void log_mapping_like(struct sim *sim, void *ctx,
			     const struct sim_mapping *mapping)
{
	struct sim_dead dead = *(const struct sim_dead *)ctx;

	dead.what = *mapping;
	sim_log_add(sim, &dead);
}

static void log_table_like(struct sim *sim, void *ctx, const struct sim_linked *linked)
{
	struct sim_mapping mapping = sim_table_mapping(&sim->geo, linked);

	if (!sim_table_at(sim, linked->pa))
		return;
	log_mapping_like(sim, ctx, &mapping);
	sim_retire(sim, linked->pa, linked->va);
}

uint64_t sim_above_through(const struct sim *sim, const struct sim_change *change,
			   const struct sim_dead *stale)
{
	return stale->what.attrs |
	       sim_above_below(sim,
			       sim_mapping_table(&sim->geo, &stale->what, change->va),
			       stale->what.level + 1, change->level, change->va);
}

/* It is in the table now: held at least as long as the descriptor may be. */
static void log_what_is_found(struct sim *sim, const struct sim_change *change,
			      struct sim_dead *stale)
{
	struct sim_lost found = { log_mapping_like, log_table_like, stale };
	struct sim_replaced replaced = { change->level, change->va, change->value, 0,
					 sim_above_through(sim, change, stale) };

	sim_for_each_lost(sim, &replaced, &found);
}

/* It was replaced: until now CPUs that hold the descriptor could fetch it. */
static void log_what_was_found(struct sim *sim, const struct sim_change *change,
			       const struct sim_dead *stale)
{
	struct sim_dead dead = *stale;
	struct sim_lost lost = { log_mapping_like, log_table_like, &dead };
	struct sim_replaced replaced = { change->level, change->va, change->old,
					 change->value,
					 sim_above_through(sim, change, stale) };

	dead.death = SIM_PENDING;
	dead.cpu = sim->cpu;
	dead.gone = sim_all_but_holders(sim, stale);
	sim_for_each_lost(sim, &replaced, &lost);
	free(dead.gone);
}

/*
 * A CPU that holds a stale descriptor of a table that others still walk continues to
 * fetch from it, and keeps what it fetched when the descriptor goes.
 */
void sim_log_stale_fetches(struct sim *sim, const struct sim_change *change)
{
	struct stale_tables tables = { .sim = sim, .change = change };

	sim_log_for_each_table(sim, change->start, change->last, collect_leading,
			       &tables);
	for (size_t i = 0; i < tables.count; i++) {
		log_what_was_found(sim, change, &tables.found[i]);
		log_what_is_found(sim, change, &tables.found[i]);
	}
	free(tables.found);
}

/*
 * Another CPU replaced a table above this slot, and has not executed its DSB yet: walks
 * may continue through the old table, and find there what is lost here.
 */
static void log_what_old_tables_show(struct sim *sim, const struct sim_change *change)
{
	struct stale_tables tables = { .sim = sim, .change = change };

	sim_log_for_each_table(sim, change->start, change->last, collect_pending,
			       &tables);
	for (size_t i = 0; i < tables.count; i++) {
		struct sim_dead *dead = &tables.found[i];
		struct sim_linked linked =
			sim_mapping_linked(&sim->geo, &dead->what, change->va);
		unsigned int root =
			(unsigned int)__builtin_ctzll(dead->roots & change->roots);
		struct sim_lost lost = { log_mapping_like, log_table_like, dead };

		if (sim_is_table(sim, linked.pa))
			sim_for_each_lost_to(sim, sim->roots[root].pa, &linked, &lost);
	}
	free(tables.found);
}

/* ------------------------------------------- tables that walks now lead to as well */

/*
 * Walks from @roots lead to tables that others lead to already. Until the DSB of the CPU
 * that replaced an entry there, they may find the old one; and of a run that lives on, the
 * whole run.
 */
struct discovery {
	struct sim *sim;
	uint64_t roots;
	bool unseen; /* a store is on its way to one of these tables */
};

/* A table, and where it is. */
struct discovered {
	uint64_t pa;
	int level;
	uint64_t va, above;
};

static uint64_t va_of_entry(const struct sim *sim, const struct discovered *table,
			    unsigned int index)
{
	return table->va + ((uint64_t)index << sim_shift(&sim->geo, table->level));
}

static void discover(struct discovery *discovery, const struct discovered *table);

static void discover_below(struct discovery *discovery, const struct discovered *table,
			   unsigned int index, uint64_t desc)
{
	const struct sim_geometry *geo = &discovery->sim->geo;
	struct discovered below = {
		.pa = sim_table_output(geo, desc),
		.level = table->level + 1,
		.va = va_of_entry(discovery->sim, table, index),
		.above = table->above | (desc & geo->table_attrs),
	};

	if (sim_desc_kind(geo, table->level, desc) == SIM_TABLE)
		discover(discovery, &below);
}

static void log_old_value(struct discovery *discovery, const struct discovered *table,
			  const struct sim_unseen *unseen)
{
	struct sim *sim = discovery->sim;
	uint64_t now = sim_table_at(sim, table->pa)[unseen->index];
	struct sim_dead dead = {
		.death = SIM_PENDING,
		.roots = discovery->roots,
		.cpu = unseen->cpu,
	};
	struct sim_lost lost = { log_mapping_like, log_table_like, &dead };
	struct sim_replaced replaced = {
		.level = table->level,
		.va = va_of_entry(sim, table, unseen->index),
		.old = unseen->old,
		.value = now,
		.above = table->above,
	};

	discovery->unseen = true;
	sim_for_each_lost(sim, &replaced, &lost);
	discover_below(discovery, table, unseen->index, unseen->old);
}

static void log_living_run(struct discovery *discovery, const struct discovered *table,
			   unsigned int index, uint64_t desc)
{
	struct sim *sim = discovery->sim;
	const uint64_t *entry = sim_table_at(sim, table->pa) + index;
	struct sim_dead shown = { .roots = discovery->roots };

	shown.what = sim_leaf_mapping(&sim->geo, table->level,
				      va_of_entry(sim, table, index), desc, table->above);
	log_run(sim, entry - index % sim_run(&sim->geo, table->level), table->above,
		&shown);
}

/* Among pages, only runs that live on matter. */
static bool is_of_interest(const struct sim *sim, int level)
{
	return level < SIM_LAST_LEVEL || sim->log_living;
}

static void discover(struct discovery *discovery, const struct discovered *table)
{
	struct sim *sim = discovery->sim;
	const uint64_t *entries = sim_table_at(sim, table->pa);
	unsigned int count = sim_entries(&sim->geo, table->level);

	if (!sim_is_table(sim, table->pa))
		return;
	for (const struct sim_unseen *unseen = sim_table_of(sim, table->pa)->unseen;
	     unseen; unseen = unseen->next_in_table) {
		if (unseen->index < count)
			log_old_value(discovery, table, unseen);
	}
	for (unsigned int i = 0; is_of_interest(sim, table->level) && i < count; i++) {
		if (sim->log_living && is_hinted_leaf(sim, table->level, entries[i]))
			log_living_run(discovery, table, i, entries[i]);
		discover_below(discovery, table, i, entries[i]);
	}
}

static bool is_anything_left(const struct sim *sim)
{
	return sim->unseen_count || sim->log_living;
}

static void discover_what_is_linked(struct sim *sim, const struct sim_change *change)
{
	struct discovery discovery = { .sim = sim, .roots = change->roots };
	struct discovered table = {
		.pa = change->pa,
		.level = change->level,
		.va = change->va -
		      ((uint64_t)change->index << sim_shift(&sim->geo, change->level)),
		.above = change->above,
	};

	if (!is_anything_left(sim))
		return;
	discover_below(&discovery, &table, change->index, change->value);
	/*
	 * Also if only its attributes changed: nobody checks what the old value, found with
	 * the new ones, meets.
	 */
	if (discovery.unseen)
		sim_report(sim, SIM_INVISIBLE_TABLE, sim_self(sim), change->va, 0,
			   "the table at 0x%" PRIx64
			   " is linked, with no DSB since it, or one below it, changed",
			   sim_table_output(&sim->geo, change->value));
}

static void discover_root(struct sim *sim, unsigned int root)
{
	struct discovery discovery = { .sim = sim, .roots = sim_root_bit(root) };
	struct discovered table = {
		.pa = sim->roots[root].pa,
		.level = sim->geo.start,
		.va = sim->geo.base,
	};

	if (is_anything_left(sim))
		discover(&discovery, &table);
}

/* ----------------------------------------------------------------- a root is walked */

static bool collect_all_pending(void *ctx, struct sim_dead *dead)
{
	if (dead->death == SIM_PENDING)
		add_stale_table(ctx, dead);
	return true;
}

static void log_what_tables_show(struct sim *sim, const struct sim_dead *stale,
				 unsigned int root)
{
	uint64_t count = sim_mapping_tables(&sim->geo, &stale->what);
	struct sim_dead dead = *stale;
	struct sim_lost lost = { log_mapping_like, log_table_like, &dead };

	dead.roots = sim_root_bit(root);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t va = stale->what.start +
			      (i << sim_shift(&sim->geo, stale->what.level));
		struct sim_linked linked =
			sim_mapping_linked(&sim->geo, &stale->what, va);

		if (sim_is_table(sim, linked.pa))
			sim_for_each_lost_to(sim, sim->roots[root].pa, &linked, &lost);
	}
}

void sim_log_arrival(struct sim *sim, unsigned int root)
{
	struct stale_tables tables = { .sim = sim };

	discover_root(sim, root);
	sim_log_for_each_table(sim, 0, UINT64_MAX, collect_all_pending, &tables);
	for (size_t i = 0; i < tables.count; i++) {
		if (tables.found[i].roots & sim_root_bit(root))
			log_what_tables_show(sim, &tables.found[i], root);
	}
	free(tables.found);
}

/* -------------------------------------------------------------------------- a store */

void sim_log_losses(struct sim *sim, struct sim_change *change)
{
	set_range(sim, change);
	log_what_is_lost(sim, change);
	learn_what_is_linked(sim, change);
}

void sim_log_leftovers(struct sim *sim, const struct sim_change *change)
{
	discover_what_is_linked(sim, change);
	follow_runs(sim, change);
	log_what_old_tables_show(sim, change);
}
