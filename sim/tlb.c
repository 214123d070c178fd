/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What CPUs may have cached, and what is wrong with it: from the spans of time
 * in which each CPU walked a root, the tables as they are, and the log of what
 * they no longer hold. docs/model.md explains the rules.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

#define NO_ROOT SIM_ROOTS

static uint64_t root_bit(unsigned int root)
{
	return UINT64_C(1) << root;
}

/* ------------------------------------------------------------------- who holds it */

static bool goes_on(const struct sim_span *span)
{
	return span->until == SIM_NEVER;
}

/* The root through which @cpu may have cached it, or NO_ROOT. */
static unsigned int held_through(const struct sim_cpu *cpu, const struct sim_query *query)
{
	for (size_t i = 0; i < cpu->span_count; i++) {
		const struct sim_span *span = &cpu->spans[i];

		if ((query->roots & root_bit(span->root)) &&
		    query->death >= span->since && query->birth < span->until)
			return span->root;
	}
	return NO_ROOT;
}

static bool walks_one_of(const struct sim_cpu *cpu, uint64_t roots)
{
	if (roots == SIM_ANYWHERE)
		return true;
	for (size_t i = 0; i < cpu->span_count; i++) {
		if (goes_on(&cpu->spans[i]) && (roots & root_bit(cpu->spans[i].root)))
			return true;
	}
	return false;
}

static bool is_concerned(const struct sim_cpu *cpu, const struct sim_query *query)
{
	return cpu->bbm_level < query->below && held_through(cpu, query) != NO_ROOT &&
	       walks_one_of(cpu, query->walked);
}

struct sim_concerned sim_holders(const struct sim *sim, const struct sim_query *query)
{
	struct sim_concerned concerned = { 0 };

	if (!(query->roots & sim->active))
		return concerned;
	for (unsigned int i = 0; i < sim->config.cpus; i++) {
		if (!is_concerned(&sim->cpus[i], query))
			continue;
		if (!concerned.count++)
			concerned.first = i;
	}
	return concerned;
}

static struct sim_query query_for(const struct sim_dead *dead)
{
	return (struct sim_query){
		.roots = dead->roots,
		.birth = dead->birth,
		.death = dead->death,
		.walked = SIM_ANYWHERE,
		.below = SIM_ANY_LEVEL,
	};
}

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
	uint64_t root;	 /* one that leads to the change */
	uint64_t walked; /* all of those that CPUs walk now */
};

static bool meets_dead(void *ctx, struct sim_dead *dead)
{
	const struct meeting *meeting = ctx;
	struct sim *sim = meeting->sim;
	struct sim_mapping held =
		clip(&dead->what, meeting->change->start, meeting->change->last);
	struct sim_query query = query_for(dead);
	struct sim_difference difference;
	struct sim_concerned concerned;

	query.walked = meeting->walked;
	query.below = SIZE_OK;
	concerned = sim_holders(sim, &query);
	if (concerned.count &&
	    sim_differs(sim, meeting->root, &held, SIM_DIFF_SIZE, &difference)) {
		report_size_conflict(sim, concerned, &difference);
		return false;
	}
	query.below = SIM_ANY_LEVEL;
	concerned = sim_holders(sim, &query);
	if (concerned.count &&
	    sim_differs(sim, meeting->root, &held, UNBROKEN, &difference)) {
		report_unbroken_change(sim, concerned, &difference);
		return false;
	}
	return true;
}

/* The CPU walks @root now; what it cached through @held_root is not invalidated. */
static bool roots_conflict(struct sim *sim, unsigned int cpu, uint64_t held_root,
			   uint64_t root, uint64_t start, uint64_t last)
{
	struct sim_concerned concerned = { .first = cpu, .count = 1 };
	struct sim_difference difference;

	if (sim->cpus[cpu].bbm_level < SIZE_OK &&
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
static bool meets_other_roots(const struct meeting *meeting, unsigned int cpu)
{
	const struct sim_change *change = meeting->change;
	const struct sim_cpu *self = &meeting->sim->cpus[cpu];

	if (!walks_one_of(self, meeting->walked))
		return false;
	for (size_t i = 0; i < self->span_count; i++) {
		unsigned int other = self->spans[i].root;

		if (!(change->roots & root_bit(other)) &&
		    roots_conflict(meeting->sim, cpu, meeting->sim->roots[other].pa,
				   meeting->root, change->start, change->last))
			return true;
	}
	return false;
}

/* One store is one finding. */
static void check_conflicts(struct sim *sim, const struct sim_change *change)
{
	struct meeting meeting = {
		.sim = sim,
		.change = change,
		.walked = change->roots & sim->walked,
	};

	if (!meeting.walked)
		return;
	meeting.root = sim->roots[__builtin_ctzll(meeting.walked)].pa;
	if (!sim_log_for_each(sim, change->start, change->last, meets_dead, &meeting))
		return;
	if (!(sim->active & ~change->roots))
		return;
	for (unsigned int i = 0; i < sim->config.cpus; i++) {
		if (meets_other_roots(&meeting, i))
			return;
	}
}

/* ------------------------------------------------------------------ what stores end */

static void log_lost_mapping(struct sim *sim, void *ctx,
			     const struct sim_mapping *mapping)
{
	const struct sim_change *change = ctx;
	struct sim_dead dead = {
		.what = *mapping,
		.birth = change->table->since,
		.death = SIM_PENDING,
		.roots = change->roots,
		.cpu = sim->cpu,
	};

	sim_log_add(sim, &dead);
}

static void retire_lost_table(struct sim *sim, void *ctx, uint64_t pa)
{
	const struct sim_change *change = ctx;

	sim_retire(sim, pa, change->roots);
}

static bool is_hinted_leaf(const struct sim *sim, int level, uint64_t desc)
{
	return sim_desc_kind(&sim->geo, level, desc) == SIM_LEAF &&
	       sim_desc_hinted(&sim->geo, level, desc);
}

/* A run's translation may outlive the store to one member: see follow_runs(). */
static void log_what_is_lost(struct sim *sim, struct sim_change *change)
{
	struct sim_lost lost = { log_lost_mapping, retire_lost_table, change };

	if (!is_hinted_leaf(sim, change->table->level, change->old))
		sim_for_each_lost(sim, change->table->level, change->va, change->old,
				  change->value, &lost);
}

static void learn_what_is_linked(struct sim *sim, const struct sim_change *change)
{
	int level = change->table->level;

	if (sim_desc_kind(&sim->geo, level, change->value) == SIM_TABLE)
		sim_learn(sim, sim_table_output(&sim->geo, change->value), level + 1,
			  change->va);
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
		.birth = change->table->since,
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
	if (sim_desc_kind(&sim->geo, change->table->level, change->value) != SIM_INVALID)
		check_conflicts(sim, change);
}

void sim_stores_visible(struct sim *sim, unsigned int cpu)
{
	sim_log_settle(sim, cpu);
	sim_retire_settle(sim, cpu);
}

/* ---------------------------------------------------------------------------- roots */

static unsigned int find_root(const struct sim *sim, uint64_t pa)
{
	for (uint64_t left = sim->active; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim->roots[root].pa == pa)
			return root;
	}
	return NO_ROOT;
}

static unsigned int new_root(struct sim *sim, uint64_t pa)
{
	unsigned int root = 0;

	while (root < SIM_ROOTS && sim->roots[root].spans)
		root++;
	if (root == SIM_ROOTS) {
		fprintf(stderr, "sim: more than %d roots in TLBs at once\n", SIM_ROOTS);
		abort();
	}
	sim_log_forget_root(sim, root);
	sim_retire_forget_root(sim, root);
	sim->roots[root].pa = pa;
	sim_log_inherit(sim, root);
	sim_retire_inherit(sim, root);
	return root;
}

/* Tables that nobody walked may have changed unseen, so they are read anew. */
static unsigned int activate_root(struct sim *sim, uint64_t pa)
{
	unsigned int root = find_root(sim, pa);

	if (root != NO_ROOT)
		return root;
	root = new_root(sim, pa);
	sim_learn(sim, pa, sim->geo.start, sim->geo.base);
	return root;
}

static void count_span(struct sim *sim, unsigned int root)
{
	sim->roots[root].spans++;
	sim->roots[root].open++;
	sim->active |= root_bit(root);
	sim->walked |= root_bit(root);
}

static void count_span_closed(struct sim *sim, unsigned int root)
{
	if (!--sim->roots[root].open)
		sim->walked &= ~root_bit(root);
}

static void count_span_gone(struct sim *sim, unsigned int root)
{
	if (!--sim->roots[root].spans)
		sim->active &= ~root_bit(root);
}

/* ---------------------------------------------------------------------------- spans */

/* What a CPU that begins to walk a root finds beside what it held before. */
struct arrival {
	struct sim *sim;
	const struct sim_cpu *self;
	uint64_t root;
};

static bool arrives_beside_dead(void *ctx, struct sim_dead *dead)
{
	const struct arrival *arrival = ctx;
	struct sim *sim = arrival->sim;
	struct sim_query query = query_for(dead);
	struct sim_difference difference;

	if (!is_concerned(arrival->self, &query))
		return true;
	if (arrival->self->bbm_level < SIZE_OK &&
	    sim_differs(sim, arrival->root, &dead->what, SIM_DIFF_SIZE, &difference))
		report_size_conflict(sim, sim_self(sim), &difference);
	else if (sim_differs(sim, arrival->root, &dead->what, UNBROKEN, &difference))
		report_unbroken_change(sim, sim_self(sim), &difference);
	return true;
}

static void check_arrival(struct sim *sim, unsigned int root)
{
	const struct sim_cpu *self = &sim->cpus[sim->cpu];
	struct arrival arrival = { sim, self, sim->roots[root].pa };
	uint64_t base = sim->geo.base;

	sim_log_for_each(sim, 0, UINT64_MAX, arrives_beside_dead, &arrival);
	for (size_t i = 0; i < self->span_count; i++) {
		unsigned int other = self->spans[i].root;

		if (other != root &&
		    roots_conflict(sim, sim->cpu, sim->roots[other].pa, arrival.root,
				   base, base + sim->geo.range_mask))
			return;
	}
}

static bool walks_already(const struct sim *sim, const struct sim_cpu *self, uint64_t pa)
{
	unsigned int root = find_root(sim, pa);

	return root != NO_ROOT && walks_one_of(self, root_bit(root));
}

void sim_span_open(struct sim *sim, uint64_t pa)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];
	unsigned int root;

	if (!pa || walks_already(sim, self, pa))
		return;
	root = activate_root(sim, pa);
	self->spans = sim_grow(self->spans, &self->span_room, self->span_count + 1,
			       sizeof(*self->spans));
	self->spans[self->span_count++] =
		(struct sim_span){ root, ++sim->epoch, SIM_NEVER };
	count_span(sim, root);
	check_arrival(sim, root);
}

void sim_spans_close(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	for (size_t i = 0; i < self->span_count; i++) {
		struct sim_span *span = &self->spans[i];

		if (!goes_on(span) || sim->roots[span->root].pa == self->ttbr)
			continue;
		span->until = ++sim->epoch;
		count_span_closed(sim, span->root);
	}
}

void sim_spans_cut(struct sim *sim, unsigned int cpu, uint64_t issued)
{
	struct sim_cpu *self = &sim->cpus[cpu];
	size_t kept = 0;

	for (size_t i = 0; i < self->span_count; i++) {
		struct sim_span span = self->spans[i];

		if (span.until <= issued) {
			count_span_gone(sim, span.root);
			continue;
		}
		if (span.since < issued)
			span.since = issued;
		self->spans[kept++] = span;
	}
	self->span_count = kept;
}

/* --------------------------------------------------------------------- expected clean */

/* The root whose tables must agree with what @cpu holds through @held: its own, if any. */
static unsigned int judged_by(const struct sim *sim, const struct sim_cpu *cpu,
			      unsigned int held)
{
	return cpu->ttbr ? find_root(sim, cpu->ttbr) : held;
}

/* CPUs that hold it and are judged by one root's tables; also all such roots. */
static struct sim_concerned holders_by_root(const struct sim *sim,
					    const struct sim_query *query,
					    unsigned int root, uint64_t *roots)
{
	struct sim_concerned concerned = { 0 };

	for (unsigned int i = 0; i < sim->config.cpus; i++) {
		const struct sim_cpu *cpu = &sim->cpus[i];
		unsigned int held = held_through(cpu, query);
		unsigned int judge;

		if (held == NO_ROOT)
			continue;
		judge = judged_by(sim, cpu, held);
		*roots |= root_bit(judge);
		if (judge == root && !concerned.count++)
			concerned.first = i;
	}
	return concerned;
}

static bool report_if_stale(void *ctx, struct sim_dead *dead)
{
	struct sim *sim = ctx;
	struct sim_query query = query_for(dead);
	struct sim_difference difference;
	uint64_t roots = 0;

	holders_by_root(sim, &query, NO_ROOT, &roots);
	for (uint64_t left = roots; left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim_differs(sim, sim->roots[root].pa, &dead->what, SIM_DIFF_ANY,
				&difference))
			report_stale(sim, holders_by_root(sim, &query, root, &roots),
				     &difference);
	}
	return true;
}

/* @compared: for each root, those it has been compared with. */
static void report_stale_roots(struct sim *sim, unsigned int cpu, uint64_t *compared)
{
	const struct sim_cpu *self = &sim->cpus[cpu];
	struct sim_concerned concerned = { .first = cpu, .count = 1 };
	unsigned int root = self->ttbr ? find_root(sim, self->ttbr) : NO_ROOT;
	uint64_t base = sim->geo.base;
	struct sim_difference difference;

	for (size_t i = 0; root != NO_ROOT && i < self->span_count; i++) {
		unsigned int other = self->spans[i].root;

		if (other == root || (compared[root] & root_bit(other)))
			continue;
		compared[root] |= root_bit(other);
		if (sim_roots_differ(sim, sim->roots[other].pa, sim->roots[root].pa, base,
				     base + sim->geo.range_mask, SIM_DIFF_ANY,
				     &difference))
			report_stale(sim, concerned, &difference);
	}
}

void sim_expect_clean(struct sim *sim)
{
	uint64_t compared[SIM_ROOTS] = { 0 };

	sim_trace(sim, "expect-clean");
	sim_log_for_each(sim, 0, UINT64_MAX, report_if_stale, sim);
	for (unsigned int i = 0; i < sim->config.cpus; i++)
		report_stale_roots(sim, i, compared);
}
