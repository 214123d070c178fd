/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is wrong with what CPUs may have cached: from the spans of time in which
 * each CPU walked a root, the tables as they are, and the log of what they no
 * longer hold. docs/model.md explains the rules.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

/* ----------------------------------------------------------------------- reporting */

static const char *leaf_name(int level, bool contiguous)
{
	if (contiguous)
		return "contiguous run";
	return level == SIM_LAST_LEVEL ? "page" : "block";
}

static void report_size_conflict(struct sim *sim, struct sim_concerned concerned,
				 const struct sim_difference *difference)
{
	sim_report(sim, SIM_CONFLICT, concerned, difference->va, difference->size,
		   "cpu%u (BBM level %u) may hold a level %d %s of 0x%" PRIx64
		   " and find a level %d %s",
		   concerned.first, sim->cpus[concerned.first].bbm_level,
		   difference->held.level,
		   leaf_name(difference->held.level, difference->held.contiguous),
		   difference->va, difference->level,
		   leaf_name(difference->level, difference->contiguous));
}

static void report_unbroken_change(struct sim *sim, struct sim_concerned concerned,
				   const struct sim_difference *difference)
{
	sim_report(sim, SIM_CONFLICT, concerned, difference->va, difference->size,
		   "%s of 0x%" PRIx64
		   " changed without break-before-make: cpu%u may hold the old one",
		   difference->kind & SIM_DIFF_OA ? "output address" :
						    "memory type or nG",
		   difference->va, concerned.first);
}

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
		   leaf_name(difference->held.level, difference->held.contiguous),
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
		   "cpu%u may walk tables of the root at 0x%" PRIx64
		   ", where 0x%" PRIx64 " is not mapped as in its own",
		   concerned.first, root, difference->va);
}

/* ----------------------------------------------------------------------- conflicts */

#define UNBROKEN (SIM_DIFF_OA | SIM_DIFF_TYPE)
#define SIZE_OK	 3 /* BBM level from which sizes may mix */

static struct sim_mapping clip(const struct sim_mapping *mapping, uint64_t start,
			       uint64_t last)
{
	struct sim_mapping clipped = *mapping;

	if (clipped.start < start)
		clipped.start = start;
	if (clipped.last > last)
		clipped.last = last;
	return clipped;
}

/* What a store makes CPUs find beside what they hold. */
struct meeting {
	struct sim *sim;
	const struct sim_change *change;
	uint64_t root;		/* one that leads to the change */
	struct sim_query finds; /* the CPUs that can find it */
};

static bool meets_dead(void *ctx, struct sim_dead *dead)
{
	const struct meeting *meeting = ctx;
	struct sim *sim = meeting->sim;
	struct sim_mapping held =
		clip(&dead->what, meeting->change->start, meeting->change->last);
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference = { 0 };

	query.fetched = meeting->finds.fetched;
	query.below_root = meeting->finds.below_root;
	query.beside = meeting->finds.beside;
	query.below = SIZE_OK;
	if (sim_anybody_holds(sim, &query) &&
	    sim_differs(sim, meeting->root, &held, SIM_DIFF_SIZE, &difference)) {
		report_size_conflict(sim, sim_holders(sim, &query), &difference);
		return false;
	}
	query.below = SIM_ANY_LEVEL;
	if (sim_anybody_holds(sim, &query) &&
	    sim_differs(sim, meeting->root, &held, UNBROKEN, &difference)) {
		report_unbroken_change(sim, sim_holders(sim, &query), &difference);
		return false;
	}
	return true;
}

/* CPUs that walk @root now; what they cached through @held_root is not invalidated. */
static bool roots_conflict(struct sim *sim, struct sim_concerned concerned,
			   uint64_t held_root, uint64_t root, uint64_t start,
			   uint64_t last)
{
	struct sim_difference difference = { 0 };

	if (sim->cpus[concerned.first].bbm_level < SIZE_OK &&
	    sim_roots_differ(sim, held_root, root, start, last, SIM_DIFF_SIZE,
			     &difference)) {
		report_size_conflict(sim, concerned, &difference);
		return true;
	}
	if (sim_roots_differ(sim, held_root, root, start, last, UNBROKEN, &difference)) {
		report_unbroken_change(sim, concerned, &difference);
		return true;
	}
	return false;
}

/* Through another root, which the change is not reached from, other entries are held. */
static bool meets_other_roots(const struct meeting *meeting,
			      const struct sim_class *class)
{
	const struct sim_change *change = meeting->change;
	struct sim *sim = meeting->sim;

	if (!class->cpus || !sim_fetches(class, &meeting->finds) ||
	    (meeting->finds.beside && !sim_class_holds(sim, class, meeting->finds.beside)))
		return false;
	for (size_t i = 0; i < class->span_count; i++) {
		unsigned int other = class->spans[i].root;

		if (!(change->roots & sim_root_bit(other)) &&
		    roots_conflict(sim, sim_members(sim, class, NULL),
				   sim->roots[other].pa, meeting->root, change->start,
				   change->last))
			return true;
	}
	return false;
}

static bool meets_nothing(struct meeting *meeting)
{
	const struct sim_change *change = meeting->change;
	struct sim *sim = meeting->sim;

	if (!sim_log_for_each(sim, change->start, change->last, meets_dead, meeting))
		return false;
	if (!(sim->active & ~change->roots))
		return true;
	for (size_t i = 0; i < sim->class_count; i++) {
		if (meets_other_roots(meeting, &sim->classes[i]))
			return false;
	}
	return true;
}

static bool leads_to_change(const struct sim *sim, const struct sim_dead *dead,
			    const struct sim_change *change)
{
	const struct sim_mapping *what = &dead->what;

	return change->va >= what->start && change->va <= what->last &&
	       what->level < change->table->level &&
	       sim_table_below(sim, sim_mapping_table(&sim->geo, what, change->va),
			       what->level + 1, change->table->level,
			       change->va) == sim_granule_pa(sim, change->granule);
}

/* Who holds a stale descriptor that leads there finds the change, too. */
static bool meets_nothing_through(void *ctx, struct sim_dead *dead)
{
	struct meeting meeting = *(const struct meeting *)ctx;
	struct sim_query holds = sim_query_for(dead);

	if (!leads_to_change(meeting.sim, dead, meeting.change) ||
	    !sim_anybody_holds(meeting.sim, &holds))
		return true;
	meeting.finds.fetched = meeting.sim->walked;
	meeting.finds.below_root = false;
	meeting.finds.beside = &holds;
	return meets_nothing(&meeting);
}

/* One store is one finding. */
static void check_conflicts(struct sim *sim, const struct sim_change *change)
{
	struct meeting meeting = { .sim = sim, .change = change };

	meeting.finds.fetched = change->roots;
	meeting.finds.below_root = change->table->level > sim->geo.start;
	meeting.root = sim->roots[__builtin_ctzll(change->roots)].pa;
	if (meets_nothing(&meeting))
		sim_log_for_each_table(sim, change->start, change->last,
				       meets_nothing_through, &meeting);
}

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

static void log_lost_table(struct sim *sim, void *ctx, uint64_t pa, int level,
			   uint64_t va)
{
	struct sim_mapping mapping;

	if (!sim_table_at(sim, pa))
		return;
	mapping = sim_table_mapping(&sim->geo, level, va, pa);
	log_lost_mapping(sim, ctx, &mapping);
	sim_retire(sim, pa, va);
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

	if (!is_hinted_leaf(sim, change->table->level, change->old))
		sim_for_each_lost(sim, change->table->level, change->va, change->old,
				  change->value, &lost);
}

static void learn_what_is_linked(struct sim *sim, const struct sim_change *change)
{
	int level = change->table->level;

	if (sim_desc_kind(&sim->geo, level, change->value) != SIM_TABLE)
		return;
	sim_learn(sim, sim_table_output(&sim->geo, change->value), level + 1, change->va);
	/* Other roots may have led there, and stores be on their way. */
	sim_log_inherit(sim, change->roots, change->start, change->last);
}

static void set_range(const struct sim *sim, struct sim_change *change)
{
	int level = change->table->level;
	bool run = is_hinted_leaf(sim, level, change->old) ||
		   is_hinted_leaf(sim, level, change->value);
	uint64_t size = run ? sim_run_size(&sim->geo, level) :
			      sim_entry_size(&sim->geo, level);

	change->start = change->va & ~(size - 1);
	change->last = change->va | (size - 1);
}

/* ------------------------------------------------------------------ contiguous runs */

/*
 * A walker that finds one hinted member may cache the whole run. So the run's
 * translation lives until the last hinted member is gone, and it disagrees
 * with the tables as long as some members say otherwise: then it is in the
 * log, though it is not dead.
 */
static unsigned int members_like(const struct sim_geometry *geo, const uint64_t *members,
				 const struct sim_mapping *run)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < geo->run[run->level]; i++) {
		uint64_t va = run->start + ((uint64_t)i << geo->shift[run->level]);
		struct sim_mapping member;

		if (sim_desc_kind(geo, run->level, members[i]) != SIM_LEAF)
			continue;
		member = sim_leaf_mapping(geo, run->level, va, members[i]);
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
			    table + sim_index(&sim->geo, run->level, run->start), run);
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

		if (members && members < sim->geo.run[dead->what.level])
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

/* The run that @desc, before or after the store, is a member of. */
static void log_run(struct sim *sim, const struct sim_change *change, uint64_t desc)
{
	int level = change->table->level;
	const uint64_t *members;
	struct sim_dead dead;
	unsigned int count;

	if (!is_hinted_leaf(sim, level, desc))
		return;
	dead = (struct sim_dead){
		.what = sim_leaf_mapping(&sim->geo, level, change->va, desc),
		.roots = change->roots,
		.cpu = sim->cpu,
	};
	members = change->slot -
		  sim_index(&sim->geo, level, change->va) % sim->geo.run[level];
	count = members_like(&sim->geo, members, &dead.what);
	dead.death = count ? SIM_NEVER : SIM_PENDING;
	if (count < sim->geo.run[level])
		sim_log_add(sim, &dead);
}

static void follow_runs(struct sim *sim, const struct sim_change *change)
{
	update_living_runs(sim, change);
	log_run(sim, change, change->old);
	log_run(sim, change, change->value);
}

/* --------------------------------------------------- what stale descriptors lead to */

/* Stale descriptors of tables that have to do with a change: copies, as the log grows. */
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

static bool collect_leading(void *ctx, struct sim_dead *dead)
{
	struct stale_tables *tables = ctx;
	struct sim_query holds = sim_query_for(dead);

	if (leads_to_change(tables->sim, dead, tables->change) &&
	    sim_anybody_holds(tables->sim, &holds))
		add_stale_table(tables, dead);
	return true;
}

static bool collect_pending(void *ctx, struct sim_dead *dead)
{
	struct stale_tables *tables = ctx;

	if (dead->death == SIM_PENDING && (dead->roots & tables->change->roots) &&
	    dead->what.level < tables->change->table->level)
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

static void log_table_like(struct sim *sim, void *ctx, uint64_t pa, int level, uint64_t va)
{
	struct sim_mapping mapping = sim_table_mapping(&sim->geo, level, va, pa);

	if (!sim_table_at(sim, pa))
		return;
	log_mapping_like(sim, ctx, &mapping);
	sim_retire(sim, pa, va);
}

/*
 * Who holds a stale descriptor of a table that others still walk may fetch what
 * is put there, and keep it when the descriptor goes.
 */
static void log_found_through_descriptors(struct sim *sim, const struct sim_change *change)
{
	struct stale_tables tables = { .sim = sim, .change = change };

	sim_log_for_each_table(sim, change->start, change->last, collect_leading, &tables);
	for (size_t i = 0; i < tables.count; i++) {
		struct sim_lost found = { log_mapping_like, log_table_like,
					  &tables.found[i] };

		sim_for_each_lost(sim, change->table->level, change->va, change->value, 0,
				  &found);
	}
	free(tables.found);
}

/*
 * Another CPU put a table in the place of one above this slot, and its DSB is to
 * come: walks may go on through the old one, and find there what is lost here.
 */
static void log_what_old_tables_show(struct sim *sim, const struct sim_change *change)
{
	struct stale_tables tables = { .sim = sim, .change = change };

	sim_log_for_each_table(sim, change->start, change->last, collect_pending, &tables);
	for (size_t i = 0; i < tables.count; i++) {
		struct sim_dead *dead = &tables.found[i];
		uint64_t pa = sim_mapping_table(&sim->geo, &dead->what, change->va);
		unsigned int root = (unsigned int)__builtin_ctzll(dead->roots &
								  change->roots);
		struct sim_lost lost = { log_mapping_like, log_table_like, dead };

		if (sim_is_table(sim, pa))
			sim_for_each_lost_to(sim, sim->roots[root].pa, dead->what.level,
					     change->va, pa, &lost);
	}
	free(tables.found);
}

/* -------------------------------------------------------------------------- a store */

void sim_before_store(struct sim *sim, struct sim_change *change)
{
	change->roots = sim_roots_reaching(sim, change->granule);
	if (!change->roots) {
		sim_note_write(sim, change->granule);
		return;
	}
	if (sim_desc_same(&sim->geo, change->table->level, change->old, change->value)) {
		change->roots = 0;
		return;
	}
	set_range(sim, change);
	log_what_is_lost(sim, change);
	learn_what_is_linked(sim, change);
}

void sim_after_store(struct sim *sim, const struct sim_change *change)
{
	if (!change->roots)
		return;
	follow_runs(sim, change);
	log_what_old_tables_show(sim, change);
	if (sim_desc_kind(&sim->geo, change->table->level, change->value) == SIM_INVALID)
		return;
	check_conflicts(sim, change);
	log_found_through_descriptors(sim, change);
}

/* ---------------------------------------------------------------------------- arrival */

/* What a CPU that begins to walk a root finds beside what it held before. */
struct arrival {
	struct sim *sim;
	unsigned int root;
	const struct sim_dead *found; /* one of those that the root still shows */
};

/* @held beside what tables say at @root now. */
static bool is_held_beside(struct sim *sim, const struct sim_mapping *held, uint64_t root)
{
	struct sim_difference difference = { 0 };

	if (sim->cpus[sim->cpu].bbm_level < SIZE_OK &&
	    sim_differs(sim, root, held, SIM_DIFF_SIZE, &difference)) {
		report_size_conflict(sim, sim_self(sim), &difference);
		return true;
	}
	if (sim_differs(sim, root, held, UNBROKEN, &difference)) {
		report_unbroken_change(sim, sim_self(sim), &difference);
		return true;
	}
	return false;
}

static bool arrives_beside_dead(void *ctx, struct sim_dead *dead)
{
	const struct arrival *arrival = ctx;
	struct sim *sim = arrival->sim;
	struct sim_query query = sim_query_for(dead);

	if (sim_cpu_holds(sim, sim->cpu, &query))
		is_held_beside(sim, &dead->what, sim->roots[arrival->root].pa);
	return true;
}

/* Two translations that tables do not contain any more. */
static bool are_dead_together(void *ctx, struct sim_dead *dead)
{
	const struct arrival *arrival = ctx;
	struct sim *sim = arrival->sim;
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference;

	if (!sim_cpu_holds(sim, sim->cpu, &query) ||
	    !sim_mappings_differ(&sim->geo, &dead->what, &arrival->found->what,
				 &difference))
		return true;
	if (difference.kind & UNBROKEN)
		report_unbroken_change(sim, sim_self(sim), &difference);
	else if (sim->cpus[sim->cpu].bbm_level < SIZE_OK)
		report_size_conflict(sim, sim_self(sim), &difference);
	else
		return true;
	return false;
}

/* An entry that the root may still show, beside what was held through others. */
static bool finds_dead(void *ctx, struct sim_dead *dead)
{
	struct arrival arrival = *(const struct arrival *)ctx;
	struct sim *sim = arrival.sim;
	const struct sim_class *self = sim_class_of(sim, sim->cpu);

	if (dead->death < SIM_PENDING || !(dead->roots & sim_root_bit(arrival.root)))
		return true;
	arrival.found = dead;
	if (!sim_log_for_each(sim, dead->what.start, dead->what.last, are_dead_together,
			      &arrival))
		return true;
	for (size_t i = 0; i < self->span_count; i++) {
		unsigned int other = self->spans[i].root;

		if (other != arrival.root &&
		    is_held_beside(sim, &dead->what, sim->roots[other].pa))
			return true;
	}
	return true;
}

void sim_check_arrival(struct sim *sim, unsigned int root)
{
	const struct sim_class *self = sim_class_of(sim, sim->cpu);
	struct arrival arrival = { sim, root, NULL };
	uint64_t base = sim->geo.base;

	sim_log_for_each(sim, 0, UINT64_MAX, arrives_beside_dead, &arrival);
	sim_log_for_each(sim, 0, UINT64_MAX, finds_dead, &arrival);
	for (size_t i = 0; i < self->span_count; i++) {
		unsigned int other = self->spans[i].root;

		if (other != root &&
		    roots_conflict(sim, sim_self(sim), sim->roots[other].pa,
				   sim->roots[root].pa, base, base + sim->geo.range_mask))
			return;
	}
}

/* --------------------------------------------------------------------- expected clean */

/* The root whose tables must agree with what @class holds through @held: its own, if any. */
static unsigned int judged_by(const struct sim *sim, const struct sim_class *class,
			      unsigned int held)
{
	return class->ttbr ? sim_find_root(sim, class->ttbr) : held;
}

/* Roots that judge those who hold it. */
static uint64_t judges(const struct sim *sim, const struct sim_query *query)
{
	uint64_t roots = 0;

	for (size_t i = 0; i < sim->class_count; i++) {
		const struct sim_class *class = &sim->classes[i];

		if (sim_class_holds(sim, class, query))
			roots |= sim_root_bit(
				judged_by(sim, class, sim_held_through(class, query)));
	}
	return roots;
}

/* CPUs that hold it and are judged by @root. */
static struct sim_concerned holders_judged_by(const struct sim *sim,
					      const struct sim_query *query,
					      unsigned int root)
{
	struct sim_concerned concerned = { 0 };

	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		const struct sim_class *class = sim_class_of(sim, cpu);

		if (sim_cpu_holds(sim, cpu, query) &&
		    judged_by(sim, class, sim_held_through(class, query)) == root &&
		    !concerned.count++)
			concerned.first = cpu;
	}
	return concerned;
}

/* The judging roots by whose tables @dead is wrong. */
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

static bool report_if_stale(void *ctx, struct sim_dead *dead)
{
	struct sim *sim = ctx;
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference = { 0 };

	for (uint64_t left = disagreeing(sim, dead, &difference); left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		sim_differs(sim, sim->roots[root].pa, &dead->what, SIM_DIFF_ANY,
			    &difference);
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
		uint64_t va = what->start + (i << sim->geo.shift[what->level]);
		uint64_t pa = sim_mapping_table(&sim->geo, what, va);

		if (sim_is_table(sim, pa) &&
		    sim_table_differs(sim, root, what->level, va, pa, difference))
			return true;
	}
	return false;
}

/*
 * A table descriptor that is held is one more place to walk from. If leaves
 * that it led to can be held, they are findings themselves.
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

		if (a_table_differs(sim, dead, sim->roots[root].pa, &difference))
			report_stale_table(sim, holders_judged_by(sim, &query, root),
					   dead, &difference);
	}
	return true;
}

/* What CPUs of @class may hold of, or find through, a root that is not their TTBR's. */
static void report_stale_root(struct sim *sim, const struct sim_class *class,
			      const struct sim_span *span, uint64_t root)
{
	uint64_t held = sim->roots[span->root].pa;
	uint64_t base = sim->geo.base;
	struct sim_difference difference = { 0 };

	if (sim_roots_differ(sim, held, root, base, base + sim->geo.range_mask,
			     SIM_DIFF_ANY, &difference))
		report_stale(sim, sim_members(sim, class, NULL), &difference);
	else if (sim_root_leads_astray(sim, held, span->until == SIM_NEVER, root,
				       &difference))
		report_stale_walk(sim, sim_members(sim, class, NULL), held, &difference);
}

/* @compared: for each root, those it has been compared with; not walked, and walked. */
static void report_stale_roots(struct sim *sim, const struct sim_class *class,
			       uint64_t (*compared)[2])
{
	unsigned int root = class->ttbr ? sim_find_root(sim, class->ttbr) : SIM_NO_ROOT;

	for (size_t i = 0; root != SIM_NO_ROOT && i < class->span_count; i++) {
		const struct sim_span *span = &class->spans[i];
		uint64_t *done = &compared[root][span->until == SIM_NEVER];

		if (span->root == root || (*done & sim_root_bit(span->root)))
			continue;
		*done |= sim_root_bit(span->root);
		report_stale_root(sim, class, span, sim->roots[root].pa);
	}
}

void sim_expect_clean(struct sim *sim)
{
	uint64_t compared[SIM_ROOTS][2] = { 0 };

	sim_trace(sim, "expect-clean");
	sim_log_for_each(sim, 0, UINT64_MAX, report_if_stale, sim);
	sim_log_for_each_table(sim, 0, UINT64_MAX, report_if_table_is_stale, sim);
	for (size_t i = 0; i < sim->class_count; i++)
		report_stale_roots(sim, &sim->classes[i], compared);
}
