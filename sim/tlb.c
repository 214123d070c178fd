/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What CPUs find beside what they hold: the conflicts caused by a store, or by a CPU that
 * begins to walk a root. Uses the spans of time in which each CPU walked a root, the
 * tables as they are, and the log of what they no longer hold. docs/model.md explains the
 * rules.
 */
#include <inttypes.h>

#include "sim_internal.h"

/* ----------------------------------------------------------------------- reporting */

const char *sim_leaf_name(int level, bool contiguous)
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
		   sim_leaf_name(difference->held.level, difference->held.contiguous),
		   difference->va, difference->level,
		   sim_leaf_name(difference->level, difference->contiguous));
}

static const char *what_changed(unsigned int kind)
{
	if (kind & SIM_DIFF_OA)
		return "output address";
	return kind & SIM_DIFF_TYPE ? "memory type or nG" :
				      "size together with attributes";
}

static void report_unbroken_change(struct sim *sim, struct sim_concerned concerned,
				   const struct sim_difference *difference)
{
	sim_report(sim, SIM_CONFLICT, concerned, difference->va, difference->size,
		   "%s of 0x%" PRIx64
		   " changed without break-before-make: cpu%u may hold the old one",
		   what_changed(difference->kind), difference->va, concerned.first);
}

static void explain(struct sim *sim, struct sim_concerned concerned,
		    const struct sim_difference *difference, uint64_t roots)
{
	struct sim_held held = { &difference->held, difference->va, roots,
				 concerned.first };

	sim_explain_held(sim, &held);
}

/* ----------------------------------------------------------------------- conflicts */

#define UNBROKEN (SIM_DIFF_OA | SIM_DIFF_TYPE | SIM_DIFF_BOTH)
#define SIZE_OK	 3 /* BBM level from which sizes may mix */

/* What a store lets CPUs find beside what they hold. */
struct meeting {
	struct sim *sim;
	const struct sim_change *change;
	unsigned int root;  /* one that leads to the change */
	uint64_t same_asid; /* roots whose entries are matched together with its own */
	struct sim_query finds; /* the CPUs that can find it */
};

/* The kind of difference in size that is a conflict for a CPU of this level. */
static unsigned int wrong_size(uint8_t bbm_level)
{
	if (bbm_level >= SIZE_OK)
		return 0;
	return bbm_level < SIM_NT_LEVEL ? SIM_DIFF_SIZE : SIM_DIFF_MEETS;
}

/* CPUs that heed nT, and those that do not. */
static bool size_meets(struct sim *sim, const struct sim_mapping *held,
		       struct sim_query query, unsigned int root, unsigned int how)
{
	static const uint8_t below[] = { SIM_NT_LEVEL, SIZE_OK };
	uint8_t limit = query.below;

	for (size_t i = 0; i < sizeof(below); i++) {
		struct sim_difference difference = { 0 };

		query.below = limit < below[i] ? limit : below[i];
		if (!sim_anybody_holds(sim, &query) ||
		    !sim_differs(sim, sim->roots[root].pa, held,
				 wrong_size(below[i] - 1) | how, &difference))
			continue;
		explain(sim, sim_holders(sim, &query), &difference, query.roots);
		report_size_conflict(sim, sim_holders(sim, &query), &difference);
		return true;
	}
	return false;
}

/* @how: SIM_DIFF_OTHER_ASID if it is held that way, else nothing. */
static bool meets_through(const struct meeting *meeting, const struct sim_dead *dead,
			  uint64_t roots, unsigned int how)
{
	struct sim *sim = meeting->sim;
	uint64_t root = sim->roots[meeting->root].pa;
	struct sim_mapping held =
		sim_clip(&dead->what, meeting->change->start, meeting->change->last);
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference = { 0 };

	query.roots = roots;
	query.fetched = meeting->finds.fetched;
	query.below_root = meeting->finds.below_root;
	query.beside = meeting->finds.beside;
	if (size_meets(sim, &held, query, meeting->root, how))
		return true;
	if (sim_anybody_holds(sim, &query) &&
	    sim_differs(sim, root, &held, UNBROKEN | how, &difference)) {
		explain(sim, sim_holders(sim, &query), &difference, roots);
		report_unbroken_change(sim, sim_holders(sim, &query), &difference);
		return true;
	}
	return false;
}

static uint64_t roots_alike(const struct sim *sim, unsigned int root)
{
	return sim_roots_of_asid(sim, sim->roots[root].asid);
}

static bool meets_dead(void *ctx, struct sim_dead *dead)
{
	const struct meeting *meeting = ctx;
	uint64_t same = dead->what.tagged ? dead->roots & meeting->same_asid :
					    dead->roots;

	return !meets_through(meeting, dead, same, 0) &&
	       !meets_through(meeting, dead, dead->roots & ~same, SIM_DIFF_OTHER_ASID);
}

/* CPUs that walk @root now, and have not invalidated what they cached from @held. */
static bool roots_conflict(struct sim *sim, struct sim_concerned concerned,
			   const struct sim_span *held, unsigned int how,
			   unsigned int root, uint64_t start, uint64_t last)
{
	uint64_t held_pa = sim->roots[held->root].pa, pa = sim->roots[root].pa;
	struct sim_difference difference = { 0 };
	unsigned int size = wrong_size(sim->cpus[concerned.first].bbm_level);

	if (size &&
	    sim_roots_differ(sim, held_pa, pa, start, last, size | how, &difference)) {
		sim_explain_left(sim, concerned.first, held_pa);
		report_size_conflict(sim, concerned, &difference);
		return true;
	}
	if (sim_roots_differ(sim, held_pa, pa, start, last, UNBROKEN | how,
			     &difference)) {
		sim_explain_left(sim, concerned.first, held_pa);
		report_unbroken_change(sim, concerned, &difference);
		return true;
	}
	return false;
}

/* Through other roots, which do not lead to the change, other entries are held. */
static bool meets_other_roots(const struct meeting *meeting,
			      const struct sim_class *class)
{
	const struct sim_change *change = meeting->change;
	struct sim *sim = meeting->sim;

	if (!class->cpus || !sim_fetches(sim, class, &meeting->finds) ||
	    (meeting->finds.beside &&
	     !sim_class_holds(sim, class, meeting->finds.beside)))
		return false;
	for (size_t i = 0; i < class->span_count; i++) {
		const struct sim_span *span = &class->spans[i];
		unsigned int how = sim_held_from(sim, span, meeting->root);

		if (meeting->same_asid & sim_root_bit(span->root))
			how &= ~SIM_DIFF_OTHER_ASID;
		if (!(change->roots & sim_root_bit(span->root)) &&
		    roots_conflict(sim, sim_members(sim, class, NULL), span, how,
				   meeting->root, change->start, change->last))
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

/*
 * Leaves found through a stale descriptor may allow more, or less, than through the tables
 * as they are: that is all that is left to compare.
 */
struct stale_leaf {
	const struct sim_query *finds;
	const struct sim_mapping *leaf;
	struct sim *sim;
	bool meets; /* something it must not */
};

static bool is_like_stale_leaf(void *ctx, struct sim_dead *dead)
{
	const struct stale_leaf *stale = ctx;
	struct sim *sim = stale->sim;
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference;

	query.beside = stale->finds;
	query.fetched = sim->walked;
	if (!sim_mappings_differ(&sim->geo, &dead->what, stale->leaf, &difference) ||
	    !(difference.kind & SIM_DIFF_BOTH) || !sim_anybody_holds(sim, &query))
		return true;
	explain(sim, sim_holders(sim, &query), &difference, query.roots);
	report_unbroken_change(sim, sim_holders(sim, &query), &difference);
	return false;
}

static bool is_like_root(const struct stale_leaf *stale, unsigned int root)
{
	struct sim *sim = stale->sim;
	struct sim_difference difference = { 0 };
	unsigned int how = SIM_DIFF_BOTH;

	if (!(roots_alike(sim, root) & stale->finds->roots))
		how |= SIM_DIFF_OTHER_ASID;
	if (!sim_differs(sim, sim->roots[root].pa, stale->leaf, how, &difference))
		return true;
	explain(sim, sim_holders(sim, stale->finds), &difference, stale->finds->roots);
	report_unbroken_change(sim, sim_holders(sim, stale->finds), &difference);
	return false;
}

/* The CPUs that find it hold what their roots map, too. */
static bool is_like_roots(const struct stale_leaf *stale)
{
	const struct sim *sim = stale->sim;

	for (size_t i = 0; i < sim->class_count; i++) {
		const struct sim_class *class = &sim->classes[i];

		if (!sim_class_holds(sim, class, stale->finds))
			continue;
		for (size_t j = 0; j < class->span_count; j++) {
			if (!is_like_root(stale, class->spans[j].root))
				return false;
		}
	}
	return true;
}

static void check_stale_leaf(struct sim *sim, void *ctx, const struct sim_mapping *leaf)
{
	struct stale_leaf *stale = ctx;

	stale->leaf = leaf;
	if (!stale->meets)
		stale->meets = !sim_log_for_each(sim, leaf->start, leaf->last,
						 is_like_stale_leaf, stale) ||
			       !is_like_roots(stale);
}

static void skip_table(struct sim *sim, void *ctx, const struct sim_linked *linked)
{
	(void)sim;
	(void)ctx;
	(void)linked;
}

static bool meets_no_stale_leaf(const struct meeting *meeting,
				const struct sim_dead *table,
				const struct sim_query *finds)
{
	const struct sim_change *change = meeting->change;
	struct sim *sim = meeting->sim;
	struct stale_leaf stale = { .sim = sim, .finds = finds };
	struct sim_lost leaves = { check_stale_leaf, skip_table, &stale };
	struct sim_replaced found = { change->level, change->va, change->value, 0,
				      sim_above_through(sim, change, table) };

	if (found.above != change->above)
		sim_for_each_lost(sim, &found, &leaves);
	return !stale.meets;
}

/* A CPU that holds a stale descriptor that leads there finds the change, too. */
static bool meets_nothing_through(void *ctx, struct sim_dead *dead)
{
	struct meeting meeting = *(const struct meeting *)ctx;
	struct sim_query holds = sim_query_for(dead);

	if (!sim_leads_to_change(meeting.sim, dead, meeting.change) ||
	    !sim_anybody_holds(meeting.sim, &holds))
		return true;
	meeting.same_asid = UINT64_MAX;
	meeting.finds.fetched = meeting.sim->walked;
	meeting.finds.below_root = false;
	meeting.finds.beside = &holds;
	return meets_nothing(&meeting) && meets_no_stale_leaf(&meeting, dead, &holds);
}

/* One finding for each store. */
static void check_conflicts(struct sim *sim, const struct sim_change *change)
{
	struct meeting meeting = { .sim = sim, .change = change };

	meeting.finds.below_root = change->level > sim->geo.start;
	for (uint64_t left = change->roots; left; left &= ~meeting.same_asid) {
		meeting.root = (unsigned int)__builtin_ctzll(left);
		meeting.same_asid = roots_alike(sim, meeting.root);
		meeting.finds.fetched = change->roots & meeting.same_asid;
		if (!meets_nothing(&meeting))
			return;
	}
	sim_log_for_each_table(sim, change->start, change->last, meets_nothing_through,
			       &meeting);
}

/*
 * A table replaces one member of a run while that member, and so the run, carries the
 * hint: a walker may use the run's size for any of its members, whatever else it
 * tolerates.
 */
static void check_member(struct sim *sim, const struct sim_change *change)
{
	int level = change->level;

	if (!(change->roots & sim->walked) ||
	    sim_desc_kind(&sim->geo, level, change->old) != SIM_LEAF ||
	    !sim_desc_hinted(&sim->geo, level, change->old) ||
	    sim_desc_kind(&sim->geo, level, change->value) != SIM_TABLE)
		return;
	sim_report(sim, SIM_CONFLICT, sim_self(sim), change->va,
		   sim_entry_size(&sim->geo, level),
		   "a member of a level %d contiguous run at 0x%" PRIx64
		   " becomes a table while it carries the hint",
		   level, change->va);
}

/* -------------------------------------------------------------------------- a store */

void sim_before_store(struct sim *sim, struct sim_change *change)
{
	if (!change->roots)
		return;
	if (sim_desc_same(&sim->geo, change->level, change->old, change->value)) {
		change->roots = 0;
		return;
	}
	sim_record_logged_write(sim, change->pa);
	sim_log_losses(sim, change);
}

void sim_after_store(struct sim *sim, const struct sim_change *change)
{
	if (!change->roots)
		return;
	sim_log_leftovers(sim, change);
	check_member(sim, change);
	sim_check_runs(sim, change);
	if (sim_desc_kind(&sim->geo, change->level, change->value) != SIM_INVALID) {
		check_conflicts(sim, change);
		sim_late_check_store(sim, change);
	}
	sim_log_stale_fetches(sim, change);
}

/* ---------------------------------------------------------------------------- arrival */

/* What a CPU that begins to walk a root finds beside what it held before. */
struct arrival {
	struct sim *sim;
	unsigned int root;
	bool first; /* with its ASID: nothing checked yet what can be fetched with that */
	const struct sim_dead *found;
};

/* @held beside what tables say at @root now. */
static bool is_held_beside(struct sim *sim, const struct sim_dead *dead,
			   unsigned int root, unsigned int how)
{
	const struct sim_mapping *held = &dead->what;
	uint64_t pa = sim->roots[root].pa;
	unsigned int size = wrong_size(sim->cpus[sim->cpu].bbm_level);
	struct sim_difference difference = { 0 };

	if (size && sim_differs(sim, pa, held, size | how, &difference)) {
		explain(sim, sim_self(sim), &difference, dead->roots);
		report_size_conflict(sim, sim_self(sim), &difference);
		return true;
	}
	if (sim_differs(sim, pa, held, UNBROKEN | how, &difference)) {
		explain(sim, sim_self(sim), &difference, dead->roots);
		report_unbroken_change(sim, sim_self(sim), &difference);
		return true;
	}
	return false;
}

static bool arrives_beside_dead(void *ctx, struct sim_dead *dead)
{
	const struct arrival *arrival = ctx;
	struct sim *sim = arrival->sim;
	uint64_t alike = roots_alike(sim, arrival->root);
	struct sim_query query = sim_query_for(dead);

	query.roots = dead->what.tagged ? dead->roots & alike : dead->roots;
	if (sim_cpu_holds(sim, sim->cpu, &query) &&
	    is_held_beside(sim, dead, arrival->root, 0))
		return true;
	query.roots = dead->roots & ~query.roots;
	if (sim_cpu_holds(sim, sim->cpu, &query))
		is_held_beside(sim, dead, arrival->root, SIM_DIFF_OTHER_ASID);
	return true;
}

/* Does a look-up match both, if a CPU holds them? */
static bool are_matched_together(const struct sim *sim, const struct sim_dead *a,
				 const struct sim_dead *b)
{
	if (!a->what.tagged || !b->what.tagged)
		return true;
	for (uint64_t left = a->roots & sim->active; left; left &= left - 1) {
		if (roots_alike(sim, (unsigned int)__builtin_ctzll(left)) & b->roots)
			return true;
	}
	return false;
}

/* The root may still show it, or it was held while nothing used the ASID. */
static bool is_news(const struct arrival *arrival, const struct sim_dead *dead)
{
	struct sim_query query = sim_query_for(dead);

	if (dead->death >= SIM_PENDING && (dead->roots & sim_root_bit(arrival->root)))
		return true;
	return arrival->first && sim_cpu_holds(arrival->sim, arrival->sim->cpu, &query);
}

/* Two translations that tables no longer contain. */
static bool are_dead_together(void *ctx, struct sim_dead *dead)
{
	const struct arrival *arrival = ctx;
	struct sim *sim = arrival->sim;
	struct sim_query query = sim_query_for(dead);
	struct sim_difference difference;

	/* Of two that are news, once. */
	if (dead->serial < arrival->found->serial && is_news(arrival, dead))
		return true;
	if (!sim_cpu_holds(sim, sim->cpu, &query) ||
	    !are_matched_together(sim, dead, arrival->found) ||
	    !sim_mappings_differ(&sim->geo, &dead->what, &arrival->found->what,
				 &difference))
		return true;
	explain(sim, sim_self(sim), &difference, dead->roots);
	if (difference.kind & UNBROKEN)
		report_unbroken_change(sim, sim_self(sim), &difference);
	else if (sim->cpus[sim->cpu].bbm_level < SIZE_OK)
		report_size_conflict(sim, sim_self(sim), &difference);
	else
		return true;
	return false;
}

static bool finds_dead(void *ctx, struct sim_dead *dead)
{
	struct arrival arrival = *(const struct arrival *)ctx;
	struct sim *sim = arrival.sim;
	const struct sim_class *self = sim_class_of(sim, sim->cpu);

	if (!is_news(&arrival, dead))
		return true;
	arrival.found = dead;
	if (!sim_log_for_each(sim, dead->what.start, dead->what.last, are_dead_together,
			      &arrival))
		return true;
	for (size_t i = 0; i < self->span_count; i++) {
		unsigned int other = self->spans[i].root;
		unsigned int how =
			dead->roots & roots_alike(sim, other) ? 0 : SIM_DIFF_OTHER_ASID;

		if (other != arrival.root && is_held_beside(sim, dead, other, how))
			return true;
	}
	return true;
}

/* Does @class walk another root with the same ASID? */
static bool uses_asid(const struct sim *sim, const struct sim_class *class,
		      unsigned int root)
{
	uint64_t others = roots_alike(sim, root) & ~sim_root_bit(root);

	for (size_t i = 0; i < class->span_count; i++) {
		const struct sim_span *span = &class->spans[i];

		if (sim_span_goes_on(span) && (others & sim_root_bit(span->root)))
			return true;
	}
	return false;
}

void sim_check_arrival(struct sim *sim, unsigned int root)
{
	const struct sim_class *self = sim_class_of(sim, sim->cpu);
	struct arrival arrival = { sim, root, !uses_asid(sim, self, root), NULL };
	uint64_t base = sim->geo.base;

	sim_log_arrival(sim, root);
	sim_check_runs_below(sim, root);
	sim_log_for_each(sim, 0, UINT64_MAX, arrives_beside_dead, &arrival);
	sim_log_for_each(sim, 0, UINT64_MAX, finds_dead, &arrival);
	for (size_t i = 0; i < self->span_count; i++) {
		const struct sim_span *span = &self->spans[i];

		if (span->root != root &&
		    roots_conflict(sim, sim_self(sim), span,
				   sim_held_from(sim, span, root), root, base,
				   base + sim->geo.range_mask))
			return;
	}
}
